"""The links to other systems and their connectors: what they are, whether they work, and who may use them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from core.engine.api.links import ConnectorView, LinkState, LinkView
from core.engine.api.location_tests import GOOD
from core.text import clean, counted, listed
from tui.action import Scope, Situation
from tui.forms.choosing import ChoiceDialog
from tui.forms.words import settings_in_words
from tui.obstacles import CONNECTOR
from tui.screens.form import FormScreen
from tui.screens.link_form import LinkFormScreen, open_new_link
from tui.screens.link_testing import LinkTesting
from tui.screens.listing import ConfiguredScreen
from tui.screens.testing import test_lines
from tui.widgets.list_table import Column, Row
from tui.widgets.rows import Line, paragraph
from tui.words import full_time, short_time, some_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from core.engine.api import Snapshot
    from tui.screens.base import Context

_COLUMNS = (
    Column("name", "Link", 18, 0),
    Column("connector", "Connector", 20, 2, grows=True),
    Column("state", "State", 16, 1),
    Column("used", "Used by", 8, 4),
    Column("tested", "Tested", 16, 3),
)
_ROLES = {LinkState.ACTIVE: "good", LinkState.TESTED: "good", LinkState.WRONG: "bad"}
_RESOURCES_TOLD = 12


class LinksScreen(LinkTesting, ConfiguredScreen):
    """Lists the links, or the connectors; each can be edited, copied and deleted, and a link tested and activated."""

    scope: ClassVar[Scope] = Scope.LINKS
    columns: ClassVar[tuple[Column, ...]] = _COLUMNS

    def __init__(self, context: Context, snapshot: Snapshot) -> None:
        super().__init__(context, snapshot)
        self.list.sorted_by = "name"
        self._links: dict[str, LinkView] = {}
        self._connectors: dict[str, ConnectorView] = {}
        self._of_connectors = False
        """Whether the connectors are shown in place of the links."""

    # -- what is shown --------------------------------------------------------------------------------------------

    def settings_changed(self) -> None:
        """Read links and connectors anew."""
        links = self.engine.links
        self.ask_for_list(lambda: (links.links(), links.connectors()), lambda found: self._take(*found))

    def _take(self, links: Sequence[LinkView], connectors: Sequence[ConnectorView]) -> None:
        self._links = {each.name: each for each in links}
        self._connectors = {each.name: each for each in connectors}
        self.filled()

    @property
    def _shown(self) -> dict[str, LinkView] | dict[str, ConnectorView]:
        return self._connectors if self._of_connectors else self._links

    def show_list(self) -> None:
        """Show the links or connectors that pass the filter."""
        add, other = self.key_of("item.add"), self.key_of("link.connectors")
        self.list.empty_text = (
            "Nothing passes the filter; esc clears it."
            if self._shown
            else f"There are no links yet. Press {add} to add one, {other} to see what there are connectors for."
        )
        shown = [each for each in self._shown.values() if self.admits(_text(each))]
        keys = {
            "name": lambda each: each.name,
            "connector": _system,
            "state": _state,
            "used": lambda each: len(each.used_by),
            "tested": lambda each: each.tested_at.timestamp() if _tested(each) else 0.0,
        }
        shown.sort(key=keys[self.list.sorted_by], reverse=self.list.reverse)
        self.list.take([self._row(each) for each in shown])
        self.show_details()
        self.stand()

    def _row(self, view: LinkView | ConnectorView) -> Row:
        used = (
            counted(len(view.used_by), "link" if isinstance(view, ConnectorView) else "task") if view.used_by else "-"
        )
        return Row(view.name, (clean(view.name), _system(view), _state(view), used, self._when(view)))

    def _when(self, view: LinkView | ConnectorView) -> str:
        if isinstance(view, ConnectorView):
            return ""
        if self.testing and self.tested == view.name:
            return f"testing{self.signs.ellipsis}"
        if view.tested_at is None:
            return "no"
        return short_time(view.tested_at, self.context.clock(), self.snapshot.zone)

    def standing_words(self) -> str:
        """Say what is shown where it is not the links."""
        parts = ["Connectors; esc shows the links." if self._of_connectors else "", super().standing_words()]
        return " ".join(part for part in parts if part)

    def situation(self) -> Situation:
        """Return what decides which actions can be done now."""
        item = self.list.cursor or ""
        shown = f"{CONNECTOR}{item}" if item and self._of_connectors else item
        return replace(super().situation(), item=shown)

    @property
    def _link(self) -> LinkView | None:
        return None if self._of_connectors else self._links.get(self.list.cursor or "")

    @property
    def _connector(self) -> ConnectorView | None:
        return self._connectors.get(self.list.cursor or "") if self._of_connectors else None

    def show_details(self) -> None:
        """Tell of what is under the cursor; of a test that goes on, its last step."""
        super().show_details()
        if self.testing:
            self.details.move_to_end(bottom=True)

    def detail_lines(self, width: int) -> list[Line]:
        """Return what is under the cursor, or the steps of its test."""
        rule = self.signs.rule * 2
        if (connector := self._connector) is not None:
            return [*paragraph(f"{rule} {clean(connector.title)}", width, "title"), *_of_connector(connector, width)]
        link = self._link
        if link is None:
            return [((f"{rule} no link", "title"),)]
        lines = paragraph(f"{rule} {clean(link.name)}", width, "title")
        if self.step_test is not None and self.tested == link.name:
            return lines + test_lines(self.step_test, width, self.signs)
        return lines + self._of_link(link, width)

    def _of_link(self, link: LinkView, width: int) -> list[Line]:
        state = f"{link.state}: {link.why}" if link.why else str(link.state)
        if link.active and link.state is not LinkState.ACTIVE:
            state += "; no task can use it, though it is active"
        lines = paragraph(state, width, _ROLES.get(link.state, "warning"))
        zone = self.snapshot.zone
        if link.tested_at is not None:
            lines += paragraph(f"Tested with its present values {full_time(link.tested_at, zone)}.", width)
        if link.last_test_at is not None and link.last_test != GOOD:
            words = f"Last test {full_time(link.last_test_at, zone)}: {link.last_test}"
            lines += paragraph(words, width, "bad")
        lines += settings_in_words("links", dict(link.values), width)
        who = listed(link.visible_to, last="and") or "everyone who may look"
        users = some_of(link.used_by) or "nothing"
        return lines + paragraph(f"Visible to {who}. Used by {users}. Stands in {link.file}.", width)

    def show_test(self) -> None:
        """Show a test as far as it has come, in the details."""
        self.show_details()
        if self.step_test is not None and self.step_test.ended:
            self.settings_changed()
        elif link := self._links.get(self.tested):
            self.list.take([self._row(link) if row.id == link.name else row for row in self.list.rows])

    # -- actions --------------------------------------------------------------------------------------------------

    def do_link_connectors(self) -> None:
        """Carry out ``link.connectors``."""
        self._of_connectors = not self._of_connectors
        self.show_list()

    def do_item_edit(self) -> None:
        """Carry out ``item.edit``."""
        if self._link is not None:
            self._open_link(self._link.name)
        elif (connector := self._connector) is not None:
            if connector.declared:
                self._open_connector(connector.name)
            else:
                copy = self.key_of("item.copy")
                self.say(f"Pendel brings {connector.name} along; {copy} makes one of your own that has its definition.")

    def do_item_add(self) -> None:
        """Carry out ``item.add``."""
        if self._of_connectors:
            self._choose_definition()
        else:
            words = [
                (each.name, f"{each.title}  ({each.name})") for each in self._connectors.values() if not each.problem
            ]
            self._choose(
                "A new link to",
                words,
                lambda name: open_new_link(
                    self,
                    self._connectors[name],
                    self._leave_connectors,
                    links=self._links,
                    connectors=self._connectors,
                ),
            )

    def _leave_connectors(self, link: str) -> None:
        self._of_connectors = False
        self.go_to_row(link)

    def _choose_definition(self) -> None:
        words = [("", "A definition file of your own")]
        words += [(each.name, each.title) for each in self._connectors.values() if not each.declared]

        def chosen(name: str) -> None:
            self._open_connector(values={"definition": name} if name else {"file": ""})

        self._choose("A new connector by", words, chosen)

    def _choose(self, title: str, words: Iterable[tuple[str, str]], chosen: Any) -> None:
        def answered(found: tuple[str, ...] | None) -> None:
            if found:
                chosen(found[0])

        self.app.push_screen(ChoiceDialog(title, [*words], signs=self.signs), answered)

    def do_item_copy(self) -> None:
        """Carry out ``item.copy``."""
        if (link := self._link) is not None:
            # A copy was not tested, and is on nobody's behalf before it was.
            self._open_link(values={key: value for key, value in link.values.items() if key != "active"})
        elif (connector := self._connector) is not None:
            self._copy_connector(connector)

    def _copy_connector(self, connector: ConnectorView) -> None:
        if not connector.declared:
            self._open_connector(values={"definition": connector.name})
            return
        settings = self.engine.settings
        self.ask(
            lambda: settings.table("connectors", connector.name),
            lambda table: self._open_connector(values=dict(table.values)),
            group="settings",
            awaited=True,
        )

    def _open_link(self, name: str = "", values: dict[str, Any] | None = None) -> None:
        self.app.push_screen(
            LinkFormScreen(self.context, self.snapshot, "links", name, values=values, saved=self.go_to_row)
        )

    def _open_connector(self, name: str = "", values: dict[str, Any] | None = None) -> None:
        self.app.push_screen(
            FormScreen(self.context, self.snapshot, "connectors", name, values=values, saved=self.go_to_row)
        )

    def do_item_delete(self) -> None:
        """Carry out ``item.delete``."""
        if (link := self._link) is not None:
            self.ask_to_delete("links", link.name, link.used_by, but=", but for its sign-in and its test")
        elif (connector := self._connector) is not None:
            if connector.declared:
                self.ask_to_delete("connectors", connector.name, connector.used_by)
            else:
                self.say(f"Pendel brings {connector.name} along; it does not stand in the configuration.")

    def do_link_test(self) -> None:
        """Carry out ``link.test``."""
        if self._link is not None:
            self.begin_test(self._link.name)

    def do_link_toggle(self) -> None:
        """Carry out ``link.toggle``."""
        link = self._link
        if link is None:
            return
        links, name, active = self.engine.links, link.name, not link.active

        def done(_: None) -> None:
            self.say(f"{clean(name)} is {'active: tasks may use it' if active else 'not active any more'}.")
            self.settings_changed()

        self.ask(lambda: links.set_active([name], active), done, group="settings", awaited=True)

    def do_link_sign_in(self) -> None:
        """Carry out ``link.sign_in``."""
        if (link := self._link) is not None:
            name = link.name
            self.begin_sign_in(name, None, None, then=lambda: self.begin_test(name))

    def go_back(self) -> None:
        """Leave what is shown of a test, then the filter, then the connectors."""
        if self._of_connectors and not self.filter_words:
            self.do_link_connectors()
        elif self.step_test is not None and not self._of_connectors:
            self.give_up_test()
            self.show_list()
        else:
            super().go_back()


def _of_connector(view: ConnectorView, width: int) -> list[Line]:
    """Return what is known of a connector."""
    lines: list[Line] = []
    if view.problem:
        lines += paragraph(view.problem, width, "bad")
    if view.description:
        lines += paragraph(view.description, width)
    # One that the link is asked for says nothing here.
    if view.address and "{" not in view.address:
        lines += paragraph(f"Address: {view.address}", width)
    if view.needs_address:
        words = (
            "A link to it begins with the address, which becomes a connector of one's own; it then asks for the rest."
        )
        lines += paragraph(words, width)
    if view.resources:
        names = [each.name for each in view.resources]
        more = f" and {len(names) - _RESOURCES_TOLD} more" if len(names) > _RESOURCES_TOLD else ""
        lines += paragraph(f"Records of: {', '.join(names[:_RESOURCES_TOLD])}{more}.", width)
    if view.inferred:
        lines += paragraph("To be looked at with the real system first:", width, "warning")
    for text in view.inferred:
        lines += paragraph(f"- {text}", width, hanging="  ")
    place = f"The definition is {view.place}. Stands in {view.file}." if view.declared else "Pendel brings it along."
    return lines + paragraph(f"Used by {some_of(view.used_by) or 'nothing'}. {place}", width)


def _system(view: LinkView | ConnectorView) -> str:
    return view.title or clean(view.connector if isinstance(view, LinkView) else view.name)


def _state(view: LinkView | ConnectorView) -> str:
    if isinstance(view, LinkView):
        return str(view.state)
    if view.needs_address:
        return "needs an address"
    return "cannot be used" if view.problem else "own" if view.declared else "brought along"


def _tested(view: LinkView | ConnectorView) -> bool:
    return isinstance(view, LinkView) and view.tested_at is not None


def _text(view: LinkView | ConnectorView) -> str:
    """What the filter looks into."""
    return " ".join((view.name, view.title, view.description, _state(view), *view.used_by)).casefold()
