"""A form for one link: its fields are those that its connector asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.engine.api.links import AskedOfLink, LinkTest
from core.text import clean
from tui.forms.asked import LISTED, as_they_stand, link_model
from tui.forms.choosing import ChoiceDialog
from tui.forms.rows import Part
from tui.forms.texts import pair_of, pair_text
from tui.screens.form import FormScreen
from tui.screens.link_testing import LinkTesting

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from core.config.base import Settings
    from core.engine.api.links import ConnectorView, LookedUp, Offer
    from core.engine.api.location_tests import LocationTest
    from core.engine.api.settings import Choices, TableView
    from core.errors import PendelError
    from tui.forms.form import Path
    from tui.forms.rows import Row
    from tui.screens.base import PendelScreen


class LinkFormScreen(FormScreen, LinkTesting):
    """Shows the settings of a link with the fields of its connector, and offers what the system has to choose from."""

    # What is tested in it is a link. Textual takes the looks of the first base, which is the form therefore.
    first_test = LinkTesting.first_test
    test_question = LinkTesting.test_question
    follow_question = LinkTesting.follow_question
    give_up_question = LinkTesting.give_up_question

    _asked: AskedOfLink = AskedOfLink(())
    _asked_of = ""
    """The connector that said what it asks for."""
    _offers: dict[str, tuple[Offer, ...]]
    _looked_up: dict[str, LookedUp]
    """By resource, the records that were looked up in this form."""

    def begin(self, table: TableView | None, choices: Choices) -> None:
        """Ask what the connector asks for, and show the fields."""
        self._offers, self._looked_up = {}, {}
        values = self.starting if self.starting is not None else dict(table.values) if table else {}
        connector = str(values.get("connector", ""))
        begin = super().begin

        def known(asked: AskedOfLink) -> None:
            self._take_asked(connector, asked)
            begin(table, choices)

        def unknown(error: PendelError) -> None:
            known(as_they_stand(values))
            self.say(str(error).partition("\n")[0])

        links = self.engine.links
        self.ask(lambda: links.asked(connector), known, group="asked", failed=unknown)

    def models(self) -> tuple[type[Settings], ...]:
        """Return the model that the form is made of."""
        return (link_model(self._asked),)

    def _take_asked(self, connector: str, asked: AskedOfLink) -> None:
        self._asked_of, self._asked = connector, asked
        self._looked_up = {}

    # -- another connector ----------------------------------------------------------------------------------------

    def check_now(self) -> None:
        """Check what stands in the form; with another connector, it asks for other things."""
        form = self.form
        connector = str(form.values.get("connector", "")) if form else ""
        if form is None or connector == self._asked_of:
            super().check_now()
            return
        links, check = self.engine.links, super().check_now

        def known(asked: AskedOfLink) -> None:
            self._take_asked(connector, asked)
            if self.form is not None:
                self.form.models = self.models()
                self.changed_models()
            check()

        def unknown(_: PendelError) -> None:
            # The check says why; what was told is kept.
            self._asked_of = connector
            check()

        self.ask(lambda: links.asked(connector), known, group="asked", failed=unknown)

    def changed_models(self) -> None:
        """Show the fields that there are now."""
        self.panel.forget()
        self.show_form()

    # -- testing --------------------------------------------------------------------------------------------------

    def do_form_test(self) -> None:
        """Carry out ``form.test``: test the link with what stands in the form."""
        if self.form is not None:
            self.begin_test(self.form.title_name, self.form.result(), self.form.typed_secrets() or None)

    def test_ended(self, test: LocationTest | LinkTest) -> None:
        """Take what the system lists for fields, and let somebody sign in where that is needed."""
        if isinstance(test, LinkTest):
            self._offers |= test.offers
        LinkTesting.test_ended(self, test)

    # -- what there is to choose from -----------------------------------------------------------------------------

    def offered(self, row: Row) -> Sequence[str]:
        """Return what a field can be, of what the connector, the system and the form itself have."""
        refers = row.field.refers
        if refers == "kinds" and row.part is Part.ITEM_NAME:
            return self._asked.kinds
        if refers == LISTED:
            return [offer.value for offer in self._offers.get(str(row.path[-1]), ())]
        if refers == "resources":
            return [each.name for each in self._asked.resources]
        if refers == "lists":
            lists = self.form.values.get("lists") if self.form else None
            return list(lists) if isinstance(lists, dict) else ()
        if refers == "members":
            return self._members(self._resource_of(row.path))
        return super().offered(row)

    def offered_title(self, row: Row, word: str) -> str:
        """Return a value with its title, where the system has one."""
        for offer in self._offers.get(str(row.path[-1]), ()) if row.field.refers == LISTED else ():
            if offer.value == word and offer.title != word:
                return f"{clean(word)}  {clean(offer.title)}"
        return super().offered_title(row, word)

    def _members(self, resource: str) -> list[str]:
        """The fields of a resource that are known; of all, where it is none."""
        known = [member for each in self._asked.resources if resource in ("", each.name) for member in each.fields]
        looked_up = self._looked_up.get(resource)
        return list(dict.fromkeys([*(looked_up.columns if looked_up else ()), *known]))

    def _resource_of(self, path: Path) -> str:
        """The resource of the connector that a field of the form is about; empty where it is none."""
        names = {each.name for each in self._asked.resources}
        if path[0] == "sync" and len(path) > 1:
            return str(path[1]) if path[1] in names else ""
        if path[0] == "lists" and len(path) > 1 and self.form is not None:
            found = self.form.get((*path[:2], "resource"))
            return found if found in names else ""
        return ""

    def do_form_open(self) -> None:
        """Carry out ``form.open``; what only the system knows is looked up there first."""
        row = self.panel.rows.current
        resource = self._resource_of(row.path) if row is not None else ""
        needs = row is not None and (row.field.refers == "members" or _is_value(row))
        if row is None or not needs or not resource or resource in self._looked_up:
            self._open_known(row)
        else:
            self._look_up(row, resource)

    def _open_known(self, row: Row | None) -> None:
        if row is not None and _is_value(row) and (words := self._values_of(row)):
            self._choose_value(row, words)
        else:
            super().do_form_open()

    def _look_up(self, row: Row, resource: str) -> None:
        form = self.form
        if form is None:
            return
        links, name, values = self.engine.links, form.title_name, form.result()
        secrets = form.typed_secrets() or None

        def known(found: LookedUp) -> None:
            self._looked_up[resource] = found
            self._open_known(row)

        def unknown(error: PendelError) -> None:
            # What the definition says is offered all the same.
            self.say(str(error))
            if self.offered(row):
                self._open_known(row)

        self.say(f"Asking for {clean(resource)}{self.signs.ellipsis}")
        self.ask(lambda: links.look_up(name, resource, values, secrets=secrets), known, group="look-up", failed=unknown)

    def _values_of(self, row: Row) -> list[tuple[str, str]]:
        """The values of the system for a value list, each with the rest of its record."""
        found = self._looked_up.get(self._resource_of(row.path))
        member = self.form.get((*row.path[:2], "member")) if self.form else None
        if found is None or member not in found.columns:
            return []
        if listed := found.choices.get(str(member)):
            return [(each.value, clean(f"{each.value}  {each.title}", limit=60)) for each in listed]
        place = found.columns.index(member)
        words: dict[str, str] = {}
        for record in found.rows:
            rest = [text for at, text in enumerate(record) if at != place and text]
            words.setdefault(record[place], "  ".join([record[place], *rest]))
        return [(word, clean(text, limit=60)) for word, text in words.items() if word]

    def _choose_value(self, row: Row, words: Sequence[tuple[str, str]]) -> None:
        def answered(chosen: tuple[str, ...] | None) -> None:
            if chosen and self.form is not None:
                key, _ = pair_of(row.typed or "")
                self.take_text(row, pair_text(key, chosen[0]))
                self.changed()

        key, _ = pair_of(row.typed or "")
        title = f"What {key} is in the system" if key else "A value of the system"
        self.app.push_screen(ChoiceDialog(clean(title), words, signs=self.signs), answered)


def open_new_link(
    screen: PendelScreen,
    connector: ConnectorView,
    saved: Callable[[str], None],
    *,
    links: Collection[str],
    connectors: Collection[str],
) -> None:
    """Open the form of a new link; where its connector needs an address, that of a connector that has one goes before.

    ``saved`` is called with the name of the link; ``links`` and ``connectors`` are names that are taken.
    """
    context, snapshot = screen.context, screen.snapshot

    def of_link(name: str) -> None:
        values, free = {"connector": name}, _free(name, links)
        form = LinkFormScreen(context, snapshot, "links", values=values, name_of_new=free, saved=saved)
        screen.app.push_screen(form)

    if not connector.needs_address:
        of_link(connector.name)
        return
    values, free = {"definition": connector.name, "base_url": ""}, _free("erp", connectors)
    screen.app.push_screen(FormScreen(context, snapshot, "connectors", values=values, name_of_new=free, saved=of_link))


def _free(name: str, taken: Collection[str]) -> str:
    names = (name, *(f"{name}-{number}" for number in range(2, len(taken) + 3)))
    return next(each for each in names if each not in taken)


def _is_value(row: Row) -> bool:
    """Whether a row is one line of a value list of a link."""
    return row.part is Part.PAIR and row.path[0] == "lists"
