"""The settings that have no screen of their own, the secrets by name, the files, and who changed what."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from core.config.config_file import ConfigFile
from core.config.introspect import fields_of
from core.text import clean, counted
from tui.action import Scope
from tui.forms.choosing import ChoiceDialog
from tui.forms.fields import root_models
from tui.forms.form import NAMED_KINDS
from tui.forms.words import settings_in_words
from tui.screens.confirm import Choice, ConfirmDialog
from tui.screens.form import FormScreen
from tui.screens.listing import ConfiguredScreen
from tui.screens.prompt import PromptDialog
from tui.widgets.list_table import Column, Row
from tui.widgets.rows import Line, paragraph
from tui.words import full_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.engine.api import Snapshot
    from core.engine.api.settings import AuditView, SecretView, TableView
    from tui.screens.base import Context

_COLUMNS = (
    Column("kind", "Kind", 11, 0),
    Column("name", "Name", 22, 1),
    Column("what", "What", 20, 2, grows=True),
)
_SINGLE = tuple(key for key in fields_of(ConfigFile) if root_models(key) and key not in NAMED_KINDS)
"""The tables that stand alone and have a form."""
_NAMED = ("entities", "schemes")
_FIRST_STEP: dict[str, Any] = {"steps": [{"name": "first", "sql": ""}]}
AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class _Entry:
    """One line of the list."""

    kind: str
    name: str
    what: str
    values: dict[str, Any] | None = None
    used_by: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return f"{self.kind} {self.name}".rstrip()


@dataclass(frozen=True, slots=True)
class _Found:
    """What is asked of the engine at once."""

    tables: tuple[TableView, ...]
    named: tuple[_Entry, ...]
    """Entities and ETL schemes."""
    secrets: tuple[SecretView, ...]
    files: tuple[str, ...]
    audit: tuple[AuditView, ...]


class SettingsScreen(ConfiguredScreen):
    """Lists what is set; each can be edited, and the last change taken back."""

    scope: ClassVar[Scope] = Scope.SETTINGS

    columns: ClassVar[tuple[Column, ...]] = _COLUMNS

    def __init__(self, context: Context, snapshot: Snapshot) -> None:
        super().__init__(context, snapshot)
        self._entries: dict[str, _Entry] = {}
        self._audit: Sequence[AuditView] = ()

    # -- what is shown --------------------------------------------------------------------------------------------

    def settings_changed(self) -> None:
        """Read everything anew."""
        self.ask_for_list(self._question, self._take)

    def _question(self) -> _Found:
        settings = self.engine.settings
        return _Found(
            tuple(settings.table(kind) for kind in _SINGLE),
            tuple(
                _Entry(kind, item.name, _size(kind, dict(item.values)), dict(item.values), item.used_by)
                for kind in _NAMED
                for item in settings.items(kind)
            ),
            tuple(settings.secrets()),
            tuple(settings.included()),
            tuple(settings.audit()),
        )

    def _take(self, found: _Found) -> None:
        entries = [
            _Entry(table.kind, "", _summary(table.kind, dict(table.values)), dict(table.values))
            for table in found.tables
        ]
        entries += found.named
        entries += [
            _Entry("secret", each.name, f"used by {', '.join(each.used_by) or 'nothing'}", None, each.used_by)
            for each in found.secrets
        ]
        entries += [
            _Entry("file", Path(name).name, f"{'included' if place else 'the main file'}, {name}")
            for place, name in enumerate(found.files)
        ]
        entries.append(
            _Entry(AUDIT, "", f"who asked for what, and the answer: {self.key_of('item.edit')} shows it whole")
        )
        self._entries = {entry.id: entry for entry in entries}
        self._audit = found.audit
        self.filled()

    def show_list(self) -> None:
        """Show what passes the filter."""
        shown = [
            entry
            for entry in self._entries.values()
            if self.admits(f"{entry.id} {NAMED_KINDS.get(entry.kind, '')} {entry.what} {entry.values}")
        ]
        if self._entries:
            self.list.empty_text = "Nothing passes the filter; esc clears it."
        if self.list.sorted_by:
            place = [column.id for column in _COLUMNS].index(self.list.sorted_by)
            shown.sort(key=lambda entry: (entry.kind, entry.name, entry.what)[place])
        if self.list.reverse:
            shown.reverse()
        self.list.take(
            [Row(entry.id, (NAMED_KINDS.get(entry.kind, entry.kind), clean(entry.name), entry.what)) for entry in shown]
        )
        self.show_details()
        self.stand()

    @property
    def _current(self) -> _Entry | None:
        return self._entries.get(self.list.cursor or "")

    def detail_lines(self, width: int) -> list[Line]:
        """Return what is set there, what uses it, or who changed what."""
        entry = self._current
        if entry is None:
            return []
        lines: list[Line] = paragraph(f"{self.signs.rule * 2} {clean(entry.id)}", width, "title")
        if entry.kind == AUDIT:
            return lines + [line for row in self._audit for line in self._audit_lines(row, width)]
        if entry.values is not None:
            return lines + settings_in_words(entry.kind, entry.values, width, all_of_them=True)
        texts = {
            "secret": f"In the vault; its value is shown nowhere. {entry.what.capitalize()}. "
            f"{self.key_of('item.edit')} sets a new value.",
            "file": f"{entry.what}. Further files are named by include at the top of the main file.",
        }
        return lines + paragraph(texts[entry.kind], width)

    def _audit_lines(self, row: AuditView, width: int) -> list[Line]:
        head = f"{full_time(row.at, self.snapshot.zone)} {row.actor}: {row.action} {row.object}"
        refused = row.answer not in ("accepted", "good")
        lines: list[Line] = paragraph(head, width)
        if row.old or row.new:
            change = f"{row.old or 'nothing'} -> {row.new or 'nothing'}"
            lines += paragraph(change, width, "label", indent="  ")
        return lines + paragraph(row.answer, width, "bad" if refused else "good", indent="  ")

    # -- actions --------------------------------------------------------------------------------------------------

    def do_item_edit(self) -> None:
        """Carry out ``item.edit``: the form of a table, a new value of a secret, or the whole audit."""
        entry = self._current
        if entry is None:
            return
        if entry.kind == "secret":
            self._enter_secret(entry.name)
        elif entry.kind == "file":
            self.say("A file is edited with an editor; Pendel takes in what changed by itself.")
        elif entry.kind == AUDIT:
            self._toggle_details()
        else:
            self.app.push_screen(FormScreen(self.context, self.snapshot, entry.kind, entry.name))

    def _toggle_details(self) -> None:
        full = self.toggle_class("-details").has_class("-details")
        (self.details if full else self.list).focus()
        self.call_after_refresh(self.show_details)

    def do_app_back(self) -> None:
        """Carry out ``app.back``."""
        if self.has_class("-details"):
            self._toggle_details()
        else:
            super().do_app_back()

    def do_item_add(self) -> None:
        """Carry out ``item.add``: an entity, an ETL scheme or a secret."""

        def answered(chosen: tuple[str, ...] | None) -> None:
            if chosen == ("secret",):
                self.app.push_screen(PromptDialog("The name of the secret"), self._named)
            elif chosen:
                values = _FIRST_STEP if chosen == ("schemes",) else {}
                self.app.push_screen(FormScreen(self.context, self.snapshot, chosen[0], values=values))

        words = [
            ("entities", "An entity of your own, or fields of a standard one"),
            ("secret", "A secret in the vault"),
            ("schemes", "An ETL scheme: SQL steps over records"),
        ]
        self.app.push_screen(ChoiceDialog("Add", words, signs=self.signs), answered)

    def _named(self, name: str | None) -> None:
        if name:
            self._enter_secret(name)

    def _enter_secret(self, name: str) -> None:
        settings = self.engine.settings

        def answered(value: str | None) -> None:
            if value:
                self.ask(
                    lambda: settings.put_secret(name, value),
                    lambda _: self._stored(f"The secret {clean(name)} is in the vault."),
                    group="settings",
                )

        self.app.push_screen(
            PromptDialog(
                f"The value of the secret {clean(name)}",
                notes=["It goes into the vault and is shown nowhere."],
                masked=True,
            ),
            answered,
        )

    def _stored(self, words: str) -> None:
        self.say(words)
        self.settings_changed()

    def do_item_delete(self) -> None:
        """Carry out ``item.delete``: an entity, an ETL scheme or a secret."""
        entry = self._current
        if entry is None:
            return
        if entry.kind in _NAMED:
            self.ask_to_delete(entry.kind, entry.name, entry.used_by)
        elif entry.kind == "secret":
            self._ask_to_delete_secret(entry)
        else:
            self.say("Only entities, ETL schemes and secrets can be deleted here.")

    def _ask_to_delete_secret(self, entry: _Entry) -> None:
        if entry.used_by:
            self.ask_to_delete("secret", entry.name, entry.used_by)
            return
        settings = self.engine.settings

        def answered(choice: str | None) -> None:
            if choice:
                self.ask(
                    lambda: settings.delete_secret(entry.name),
                    lambda _: self._stored(f"The secret {clean(entry.name)} was deleted."),
                    group="settings",
                )

        self.app.push_screen(
            ConfirmDialog(
                f"Delete the secret {clean(entry.name)}?",
                notes=["Nothing names it. Its value cannot be brought back."],
                choices=[Choice("delete", "Delete", "y")],
                opened_by=["item.delete"],
                sign=self.signs.cursor,
            ),
            answered,
        )


def _size(kind: str, values: dict[str, Any]) -> str:
    if kind == "entities":
        return counted(len(values.get("fields", {})), "field")
    described = clean(str(values.get("description", "")), limit=80)
    return f"{counted(len(values.get('steps', [])), 'step')}{f', {described}' if described else ''}"


def _summary(kind: str, values: dict[str, Any]) -> str:
    known = [key for key in values if not isinstance(values[key], dict | list)]
    return clean(", ".join(f"{key} = {values[key]}" for key in known[:4]), limit=120) or f"the defaults of [{kind}]"
