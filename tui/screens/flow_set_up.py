"""The guided set-up of flows: two systems, their test, what flows, its questions, a dry run, activation (FL8)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from core.config.flow_kinds import CATALOGUE
from core.engine.api.links import LinkState
from core.runs import RunState
from core.text import clean, counted, listed
from tui.action import Scope
from tui.flow_plan import FlowPlan, PlannedStep, Step, impossible_words, possible_words
from tui.forms.choosing import ChoiceDialog
from tui.screens.confirm import Choice, ConfirmDialog
from tui.screens.form import FormScreen
from tui.screens.link_form import LinkFormScreen, open_new_link
from tui.screens.link_testing import LinkTesting
from tui.screens.listing import ListScreen
from tui.screens.testing import test_lines
from tui.widgets.list_table import Column, Row
from tui.widgets.rows import Line, paragraph
from tui.words import state_word

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.engine.api import RunView, Snapshot
    from core.engine.api.flows import Possible
    from core.engine.api.links import ConnectorView, LinkView
    from core.engine.api.settings import Template
    from tui.screens.base import Context

_COLUMNS = (
    Column("step", "Step", 20, 0),
    Column("what", "What", 24, 0, grows=True),
    Column("state", "", 8, 1),
)
_NEW, _AGAIN = "new link to ", "dry run again"
"""In a list of names, which have no blanks: no name but another answer."""
_HELP = {
    Step.SOURCE: "Choose where the records come from: a link, the catalogue, or a new link whose form then opens.",
    Step.TARGET: "Choose where the records go.",
    Step.TEST_SOURCE: "Test the link with the values that it has. Its form opens where something is to be entered.",
    Step.TEST_TARGET: "Test the link with the values that it has. Its form opens where something is to be entered.",
    Step.KINDS: "Choose what flows. What others refer to is run first: products and customers before orders.",
    Step.QUESTIONS: "Answer the questions of this flow: when it runs, which records, what happens to what is missing. "
    "Saving the form leads on.",
    Step.DRY_RUN: "Try all flows without sending anything. Then enter shows the exact requests that would be sent.",
    Step.ACTIVATE: "Switch the links and the flows on. From then on they run when they are planned.",
}


class SetUpScreen(LinkTesting, ListScreen):
    """Shows the steps of a set-up; each can be done again, and the cursor goes to the next one by itself."""

    scope: ClassVar[Scope] = Scope.SET_UP
    columns: ClassVar[tuple[Column, ...]] = _COLUMNS
    waiting: ClassVar[str] = "Looking at the links"

    def __init__(self, context: Context, snapshot: Snapshot, *, done: Callable[[str], None] = lambda _: None) -> None:
        """``done`` is called with the first flow that was set up, when somebody leaves."""
        super().__init__(context, snapshot)
        self.plan = FlowPlan()
        self._done = done
        self._links: dict[str, LinkView] = {}
        self._connectors: Sequence[ConnectorView] = ()
        self._impossible: Sequence[Possible] = ()
        self._last_step = ""

    # -- what is shown --------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Ask for the links there are."""
        super().on_mount()
        self.look_again()

    def on_screen_resume(self) -> None:
        """Look again: a form may have changed something."""
        self.look_again()

    def look_again(self) -> None:
        """Ask for links and connectors anew."""
        links = self.engine.links
        self.ask_for_list(lambda: (links.links(), links.connectors()), lambda found: self._take(*found))

    def _take(self, links: Sequence[LinkView], connectors: Sequence[ConnectorView]) -> None:
        self._links = {each.name: each for each in links}
        self._connectors = connectors
        self.show_list()

    def show(self, *, progress: bool) -> None:  # noqa: ARG002 - dry runs tell how far they are in their log
        """Look whether dry runs have ended."""
        going = {task.run.id for task in self.snapshot.tasks if task.run}
        for task, run in self.plan.runs.items():
            if run not in going and task not in self.plan.outcomes:
                self._ask_for_outcome(task, run)

    def _ask_for_outcome(self, task: str, run: int) -> None:
        history = self.engine.history

        def take(found: RunView) -> None:
            if self.plan.runs.get(task) == run and found.state.ended:
                self.plan.outcomes[task] = f"{state_word(found.state)}. {found.message}"
                if found.state is RunState.SUCCEEDED:
                    self.plan.good.add(task)
                self.show_list()

        self.ask(lambda: history.run(run).run, take, group=f"outcome {run}")

    def show_list(self) -> None:
        """Show the steps; the cursor goes on where the one that it stood on is done now."""
        steps = self.plan.steps(self._links)
        shown = [each for each in steps if self.admits(f"{each.title} {each.what}")]
        self.list.take([self._row(each) for each in shown])
        following = next((each.id for each in steps if not each.done), Step.ACTIVATE)
        if following != self._last_step:
            self._last_step = following
            self.list.move_to_row(following)
        self.show_details()
        self.stand()

    def _row(self, step: PlannedStep) -> Row:
        sign = self.signs.states[RunState.SUCCEEDED] if step.done else self.signs.dot
        state = "done" if step.done else "" if step.open else "later"
        return Row(step.id, (f"{sign} {clean(step.title)}", clean(step.what), state))

    @property
    def _step(self) -> PlannedStep | None:
        return next((each for each in self.plan.steps(self._links) if each.id == self.list.cursor), None)

    def detail_lines(self, width: int) -> list[Line]:
        """Return what the step under the cursor is about, and what came of it."""
        step = self._step
        if step is None:
            return [((f"{self.signs.rule * 2} no step", "title"),)]
        lines: list[Line] = paragraph(f"{self.signs.rule * 2} {clean(step.title)}", width, "title")
        kind = Step(step.id.partition(" ")[0] if step.id.startswith(Step.QUESTIONS) else step.id)
        lines += paragraph(_HELP[kind], width)
        if kind in (Step.TEST_SOURCE, Step.TEST_TARGET):
            lines += self._link_lines(self._name_of(kind), width)
        if kind is Step.KINDS:
            for reason, kinds in impossible_words(self._impossible):
                lines += paragraph(f"Not between these two, for {reason}: {listed(kinds, last='and')}.", width)
        if kind is Step.DRY_RUN:
            for task, outcome in self.plan.outcomes.items():
                role = "good" if task in self.plan.good else "bad"
                lines += paragraph(f"{clean(task)}: {outcome}", width, role)
        return lines

    def _link_lines(self, name: str, width: int) -> list[Line]:
        if self.step_test is not None and self.tested == name:
            return test_lines(self.step_test, width, self.signs)
        link = self._links.get(name)
        return paragraph(link.why, width, "warning") if link is not None and link.why else []

    def _name_of(self, step: Step) -> str:
        return self.plan.source if step is Step.TEST_SOURCE else self.plan.target

    # -- the steps ------------------------------------------------------------------------------------------------

    def do_set_up_step(self) -> None:
        """Carry out ``set_up.step``."""
        step = self._step
        if step is None:
            return
        if not step.open:
            self.say("The steps above come first.")
            return
        if step.id.startswith(f"{Step.QUESTIONS} "):
            self._answer(step.id.partition(" ")[2])
            return
        match Step(step.id):
            case Step.SOURCE | Step.TARGET as side:
                self._choose_side(side)
            case Step.TEST_SOURCE | Step.TEST_TARGET as test:
                self._test(self._name_of(test))
            case Step.KINDS:
                self._ask_for_kinds()
            case Step.DRY_RUN if step.done:
                self._show_requests()
            case Step.DRY_RUN:
                self._ask_to_try()
            case _:
                self._ask_to_activate()

    def _choose_side(self, side: Step) -> None:
        other = self.plan.target if side is Step.SOURCE else self.plan.source
        flowing = {each.name: _named(each) for each in self._connectors if each.flows}
        words = [(CATALOGUE, "The catalogue")] if other != CATALOGUE else []
        words += [
            (each.name, f"{each.name}: {each.title}, {each.state}")
            for each in self._links.values()
            if each.name != other and each.connector in flowing
        ]
        words += [(f"{_NEW}{each}", f"A new link to {title}") for each, title in flowing.items()]

        def answered(chosen: tuple[str, ...] | None) -> None:
            if not chosen:
                return
            if chosen[0].startswith(_NEW):
                known = {each.name: each for each in self._connectors}
                connector = known[chosen[0].removeprefix(_NEW)]
                open_new_link(self, connector, take, links=self._links, connectors=known)
            else:
                take(chosen[0])

        def take(name: str) -> None:
            self.plan.choose_side(side, name)
            self.look_again()

        title = "Records come from" if side is Step.SOURCE else "Records go to"
        self.app.push_screen(ChoiceDialog(title, words, signs=self.signs), answered)

    def _open_link(self, name: str) -> None:
        self.app.push_screen(LinkFormScreen(self.context, self.snapshot, "links", name))

    def _test(self, name: str) -> None:
        link = self._links.get(name)
        if link is None or link.state is LinkState.WRONG:
            self._open_link(name)
        else:
            self.begin_test(name)

    def show_test(self) -> None:
        """Show a test as far as it has come, in the details."""
        self.show_details()
        if self.step_test is not None and self.step_test.ended:
            self.look_again()

    def _ask_for_kinds(self) -> None:
        flows, source, target = self.engine.flows, self.plan.source, self.plan.target
        self.ask(lambda: flows.possible(source, target), self._choose_kinds, group="kinds")

    def _choose_kinds(self, possible: Sequence[Possible]) -> None:
        self._impossible = possible
        self.show_details()
        words = possible_words(possible)
        if not words:
            self.say("Nothing can flow between these two; the details say why.")
            return

        def answered(chosen: tuple[str, ...] | None) -> None:
            if chosen is None:
                return
            if not chosen:
                self.say("Nothing was marked, so nothing flows yet: space marks.")
            self.plan.choose_kinds(chosen)
            self.show_list()

        marked = self.plan.kinds or ([words[0][0]] if len(words) == 1 else ())
        self.app.push_screen(ChoiceDialog("What flows", words, signs=self.signs, chosen=marked, several=True), answered)

    def _answer(self, kind: str) -> None:
        def saved(task: str) -> None:
            self.plan.take_task(kind, task)
            self.show_list()

        if task := self.plan.tasks.get(kind):
            self.app.push_screen(FormScreen(self.context, self.snapshot, "tasks", task, saved=saved))
            return
        settings = self.engine.settings

        def begin(templates: Sequence[Template]) -> None:
            starting = next(each.values for each in templates if each.values.get("type") == "flow")
            taken = {each.id for each in self.snapshot.tasks}
            values = self.plan.draft(kind, starting, taken)
            self.app.push_screen(FormScreen(self.context, self.snapshot, "tasks", values=values, saved=saved))

        self.ask(lambda: settings.templates("tasks"), begin, group="templates")

    def _ask_to_try(self) -> None:
        tasks = [self.plan.tasks[kind] for kind in self.plan.kinds]
        engine = self.engine

        def begun(runs: list[int]) -> None:
            self.plan.runs = dict(zip(tasks, runs, strict=True))
            self.plan.outcomes.clear()
            self.plan.good.clear()
            self.show_list()

        self.ask(lambda: engine.start_tasks(tasks, dry_run=True), begun, group="dry-run")

    def _show_requests(self) -> None:
        from tui.screens.flow_activity import ActivityScreen

        def show(task: str) -> None:
            self.app.push_screen(ActivityScreen(self.context, self.snapshot, task, run=self.plan.runs[task]))

        def answered(chosen: tuple[str, ...] | None) -> None:
            if not chosen:
                return
            if chosen[0] == _AGAIN:
                self._ask_to_try()
            else:
                show(chosen[0])

        words = [(task, f"What {task} would send") for task in self.plan.runs]
        again = (_AGAIN, "Another dry run")
        self.app.push_screen(ChoiceDialog("The dry run", [*words, again], signs=self.signs), answered)

    def _ask_to_activate(self) -> None:
        links = [name for name in (self.plan.source, self.plan.target) if name != CATALOGUE]
        tasks = [self.plan.tasks[kind] for kind in self.plan.kinds]
        engine = self.engine

        def activate() -> None:
            engine.links.set_active(links, True)
            engine.set_active(tasks, True)

        def activated(_: None) -> None:
            self.plan.active = True
            self.say(f"{counted(len(tasks), 'flow')} set up. They run when they are planned; esc shows them.")
            self.look_again()

        def answered(choice: str | None) -> None:
            if choice:
                self.ask(activate, activated, group="activate")

        bad = [task for task in tasks if task not in self.plan.good]
        notes = [f"The dry run of {listed(bad, last='and')} found something to be looked at."] if bad else []
        self.app.push_screen(
            ConfirmDialog(
                f"Activate {counted(len(tasks), 'flow')}?",
                names=[*(f"link {name}" for name in links), *(f"flow {task}" for task in tasks)],
                notes=notes,
                choices=[Choice("yes", "Activate", "y")],
                opened_by=["set_up.step"],
                sign=self.signs.cursor,
            ),
            answered,
        )

    def situation(self) -> Any:
        """Return what decides which actions can be done now."""
        return replace(super().situation(), item=self.list.cursor or "")

    def go_back(self) -> None:
        """Give a test up, clear the filter, then leave; what was saved stays."""
        if self.filter_words:
            self.set_filter("")
        elif self.testing:
            self.give_up_test()
            self.show_list()
        else:
            self._done(next(iter(self.plan.tasks.values()), ""))
            self.dismiss()


def _named(connector: ConnectorView) -> str:
    """Return what a connector is called among others, of which several may be to one kind of system."""
    if connector.declared:
        return f"{connector.title} ({connector.name})"
    return f"{connector.title}, at another address" if connector.needs_address else connector.title
