"""The first use: five questions that make a configuration with a task that works."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import App
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Input

from core.engine import first_use
from core.errors import PendelError
from core.text import clean, listed
from tui.actions import action, key_name
from tui.driver import TerminalDriver, TerminalLost
from tui.ending import Ending
from tui.signals import EndSignals
from tui.widgets.list_table import Column, ListTable, Row
from tui.widgets.rows import Line, Lines, paragraph, wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from textual.app import ComposeResult

    from tui.words import Signs


TASK = first_use.TASK
_DRY_RUN, _START = (key_name(action(each).keys[0]) for each in ("task.dry_run", "task.start"))
GREETING = f"{_DRY_RUN} is a dry run of {TASK}, which changes nothing; {_START} starts it."


@dataclass(frozen=True, slots=True)
class Question:
    """One question: what is asked, what it is for, and what is proposed."""

    id: str
    text: str
    notes: tuple[str, ...]
    usual: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    """Answers to choose from, each with its words; without any, a line is typed."""


class FirstUse:
    """The questions in their order, the answers so far, and what is made of them. No widget, no terminal."""

    def __init__(self, config_path: Path) -> None:
        self.config_path = config_path
        self.answers: dict[str, Any] = {}
        self._asked: list[str] = []

    @property
    def question(self) -> Question | None:
        """The question that comes next; none where all are answered."""
        for number, (name, make) in enumerate(self._questions(), start=1):
            if name not in self.answers:
                question = make()
                return Question(
                    question.id, f"{number}. {question.text}", question.notes, question.usual, question.choices
                )
        return None

    def _questions(self) -> list[tuple[str, Callable[[], Question]]]:
        asked: list[tuple[str, Callable[[], Question]]] = [
            ("zone", self._zone),
            ("languages", self._languages),
            ("file", self._file),
            ("supplier", self._supplier),
            ("frequency", self._frequency),
        ]
        file = self.answers.get("file")
        if file is not None and not file.key:
            asked.insert(3, ("key", self._key))
        return asked

    def answer(self, text: str) -> None:
        """Take the answer to the question that is asked.

        Raises:
            PendelError: it is none; the message says why.
        """
        question = self.question
        if question is None:
            return
        match question.id:
            case "zone":
                taken: Any = first_use.check_time_zone(text)
            case "languages":
                taken = first_use.check_languages(text)
            case "file":
                taken = first_use.look_at(self.config_path, text, self.answers["languages"])
            case "supplier":
                taken = first_use.check_supplier(text)
            case _:
                taken = text
        self.answers[question.id] = taken
        self._asked.append(question.id)

    def back(self) -> bool:
        """Ask the question before again; return False where this is the first."""
        if not self._asked:
            return False
        del self.answers[self._asked.pop()]
        return True

    def write(self) -> None:
        """Write the configuration.

        Raises:
            PendelError: it cannot be written.
        """
        file: first_use.SupplierFile = self.answers["file"]
        if "key" in self.answers:
            fields = {column: name for column, name in file.fields.items() if column != self.answers["key"]}
            file = first_use.SupplierFile(file.path, file.columns, fields, self.answers["key"], file.file, file.format)
        first_use.write(
            self.config_path,
            first_use.Answers(
                time_zone=self.answers["zone"],
                languages=self.answers["languages"],
                file=file,
                supplier=self.answers["supplier"],
                frequency=self.answers["frequency"],
            ),
        )

    # -- the questions --------------------------------------------------------------------------------------------

    def _zone(self) -> Question:
        return Question(
            "zone",
            "In which time zone are tasks planned?",
            ("Such as Europe/Amsterdam. Every time on the screen and in the configuration is of this zone.",),
            first_use.usual_time_zone(),
        )

    def _languages(self) -> Question:
        return Question(
            "languages",
            "In which languages are descriptions kept?",
            ("Codes with commas between them, such as nl, de. A file that names no language is taken for the first.",),
            ", ".join(first_use.usual_languages()),
        )

    def _file(self) -> Question:
        return Question(
            "file",
            "Which file does a supplier send you?",
            (
                "The path of a CSV, text or Excel file here, to learn from; later, files can come from a server.",
                "Leave it empty for an example that is made for you.",
            ),
        )

    def _key(self) -> Question:
        file: first_use.SupplierFile = self.answers["file"]
        return Question(
            "key",
            "Which column identifies an article?",
            ("None of the names says so. It is taken for the article number.",),
            choices=tuple((column, clean(column, limit=60)) for column in file.columns),
        )

    def _supplier(self) -> Question:
        file: first_use.SupplierFile = self.answers["file"]
        taken = [f"{clean(column, limit=30)} ({name})" for column, name in file.fields.items()]
        found = f"Recognised in {clean(file.path.name, limit=40)}: {listed(taken, last='and')}." if taken else ""
        key = self.answers.get("key", file.key)
        left = [clean(column, limit=30) for column in file.columns if column != key and column not in file.fields]
        others = (
            f"Not taken for now: {listed(left, last='and')}. The layout can be changed to take more." if left else ""
        )
        notes = (found, others, "Its articles become an assortment of that name.")
        return Question("supplier", "What is the supplier called?", tuple(note for note in notes if note), "supplier")

    def _frequency(self) -> Question:
        return Question(
            "frequency",
            "When is the file imported?",
            ("Any other time can be set in the task's form.",),
            choices=tuple((name, words) for name, (words, _) in first_use.FREQUENCIES.items()),
        )


class FirstUseScreen(Screen[None]):
    """Asks one question after the other."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", priority=True),
        Binding("ctrl+c,ctrl+q", "leave", priority=True),
        Binding("enter", "go_on", priority=True),
        Binding("down", "move(1)", priority=True),
        Binding("up", "move(-1)", priority=True),
    ]

    def __init__(self, first: FirstUse, signs: Signs) -> None:
        super().__init__()
        self._first = first
        self._begun = False
        self._text = Lines(id="first-question")
        self._input = Input(compact=True, select_on_focus=False, id="first-answer")
        self._input.cursor_blink = False
        self._choices = ListTable((Column("answer", "Answer", 20, 0, grows=True),), signs, id="first-choices")
        self._fault = Lines(id="first-fault")
        self._keys = Lines(id="first-keys")

    def compose(self) -> ComposeResult:
        """Build the screen."""
        with Vertical():
            yield self._text
            yield self._input
            yield self._choices
            yield self._fault
        yield self._keys

    def on_mount(self) -> None:
        """Offer to begin."""
        self._show()

    def on_resize(self) -> None:
        """Break the lines anew."""
        self._show(keep=True)

    def _show(self, *, keep: bool = False) -> None:
        question = self._first.question if self._begun else None
        width = max(20, self.app.size.width - 4)
        if question is None:
            lines = self._welcome(width)
        else:
            lines = paragraph(question.text, width, "title")
            lines += [line for note in question.notes for line in paragraph(note, width)]
        self._text.styles.height = len(lines)
        self._text.show(lines)
        typed = question is not None and not question.choices
        self._input.display, self._choices.display = typed, bool(question and question.choices)
        if question is not None and not keep:
            self._fault.show([])
            self._input.value = question.usual
            self._input.cursor_position = len(question.usual)
            self._choices.take([Row(name, (words,)) for name, words in question.choices])
            self._choices.move_to_end(bottom=False)
            (self._input if typed else self._choices).focus()
        esc = "Back" if self._begun else "Leave"
        self._keys.show([(("enter", "key"), (" Go on  ", ""), ("esc", "key"), (f" {esc}  ", ""))])

    def _welcome(self, width: int) -> list[Line]:
        path = clean(str(self._first.config_path.absolute()))
        lines: list[Line] = paragraph("Welcome to Pendel.", width, "title")
        for text in (
            f"There is no configuration {path}. Shall one be made here?",
            "",
            "Five questions lead to a first task: the import of a supplier's file into the catalogue.",
            "Everything can be changed later, in forms or in the file.",
            "",
            'To see Pendel at work first, leave and type "pendel demo".',
        ):
            lines += paragraph(text, width) or [()]
        return lines

    # -- keys -----------------------------------------------------------------------------------------------------

    def action_move(self, lines: int) -> None:
        """Move among the answers."""
        if self._choices.display:
            self._choices.move(lines)

    def action_go_on(self) -> None:
        """Take the answer, and ask the next question; after the last, write the configuration."""
        if not self._begun:
            self._begun = True
            self._show()
            return
        try:
            self._first.answer((self._choices.cursor or "") if self._choices.display else self._input.value.strip())
            if self._first.question is None:
                self._write()
                return
        except PendelError as error:
            self._say(str(error))
            return
        self._show()

    def _write(self) -> None:
        try:
            self._first.write()
        except PendelError:
            self._first.back()
            raise
        self.app.exit(Ending.QUIT)

    def _say(self, text: str) -> None:
        rows: Sequence[str] = wrapped(text, max(20, self.app.size.width - 4))
        self._fault.styles.height = len(rows)
        self._fault.show([((row, "warning"),) for row in rows])

    def action_back(self) -> None:
        """Ask the question before again; before the first, leave."""
        if self._first.back():
            self._show()
        elif self._begun:
            self._begun = False
            self._show()
        else:
            self.action_leave()

    def action_leave(self) -> None:
        """End without a configuration."""
        self.app.exit(Ending.STOP)


def offer(config_path: Path, signs: Signs) -> bool:
    """Offer to make a configuration, and return whether there is one now."""
    app, signals = FirstUseApp(config_path, signs), EndSignals()

    async def show() -> Ending | None:
        with signals.told(app.exit):
            return await app.run_async(mouse=False)

    return asyncio.run(show()) is Ending.QUIT


class FirstUseApp(App[Ending]):
    """Asks; it ends with ``QUIT`` where a configuration was written, and otherwise with the reason for its end."""

    CSS_PATH = "pendel.tcss"
    BINDINGS: ClassVar[list[BindingType]] = []
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, config_path: Path, signs: Signs) -> None:
        super().__init__(driver_class=TerminalDriver, ansi_color=True)
        self.theme = "ansi-dark"
        self.animation_level = "none"
        self.terminal_answers = True
        self._first = FirstUse(config_path)
        self._signs = signs

    def on_mount(self) -> None:
        """Ask."""
        self.push_screen(FirstUseScreen(self._first, self._signs))

    @on(TerminalLost)
    def _lost(self) -> None:
        self.exit(Ending.LOST)
