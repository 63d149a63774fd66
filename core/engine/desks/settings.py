"""What is configured, and changing it (:mod:`core.engine.api.settings`)."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC
from typing import TYPE_CHECKING, Any, cast

from core.config import sources
from core.config.entities import STANDARD_PUBLICATIONS
from core.config.load import findings_in
from core.engine.api.rights import Right
from core.engine.api.settings import (
    NAME,
    AuditView,
    ChangeView,
    Choices,
    FieldProblem,
    ItemView,
    SecretView,
    TableView,
)
from core.engine.desks import tables
from core.engine.desks.foreseen import foreseen
from core.engine.desks.kind_checks import further_problems, layout_texts, scheme_problems, warnings_about
from core.engine.desks.sight import Sight
from core.engine.desks.stepwise import TypedSecrets
from core.engine.desks.task_renaming import renamed_tasks, renaming
from core.engine.desks.templates import empty_tasks, templates
from core.errors import ChangedOutside, ConfigError, Problem, Refused
from core.links.tested import is_own
from core.text import clean, listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import JsonValue

    from core.config.document import ConfigDocument, TableKind
    from core.config.finding import Finding
    from core.config.model import Config
    from core.config.outline import KeyPath
    from core.config.vault import Vault
    from core.engine.api.schemes import SchemeTrial
    from core.engine.api.settings import Planned, Template
    from core.engine.door import Door

_FREE_NAME = "0"


class SettingsDesk:
    """What is configured, and changing it, as one actor may."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._sight = Sight(door)

    @property
    def _config(self) -> Config:
        return self._door.engine.workspace.config

    def _read(self) -> sources.Sources:
        read = sources.read(self._config.path)
        if not read.complete:
            raise ConfigError(read.problems)
        return read

    # -- looking --------------------------------------------------------------------------------------------------

    def table(self, kind: str, name: str = "") -> TableView:
        """Return one table."""
        read = self._read()
        if kind not in tables.WORDS and kind not in read.data:
            return TableView(kind, "", {}, "", clean(read.main.name))
        if name in self._sight.hidden(kind):
            raise Refused(f"The configuration has no {tables.in_words(kind, name)}.")
        path = tables.found_place(read.data, kind, name)
        values = tables.at(read.data, path)
        file = clean(read.origin(path)[0].name)
        return TableView(kind, name, self._sight.shown(kind, values), tables.fingerprint(values), file)

    def items(self, kind: str) -> Sequence[ItemView]:
        """Return every table of a kind."""
        read = self._read()
        used, hidden = tables.used_by(read.data), self._sight.hidden(kind)
        return [
            ItemView(
                name,
                self._sight.shown(kind, tables.at(read.data, path)),
                self._sight.seen(used.get((kind, name), ())),
                clean(read.origin(path)[0].name),
            )
            for name, path in tables.named(read.data, kind)
            if name not in hidden
        ]

    def choices(self) -> Choices:
        """Return what settings can refer to."""
        from core.config.industry_layouts import undeclared_layouts
        from core.engine.visibility import principals
        from core.links.connectors import definition_names
        from core.links.ready import ready_names

        config = self._config
        names = {
            "entities": tuple(config.entities),
            "locations": tuple(config.locations),
            "layouts": tuple(dict.fromkeys((*config.layouts, *undeclared_layouts()))),
            "schemes": tuple(config.schemes),
            "connectors": tuple(dict.fromkeys((*config.connectors, *ready_names()))),
            "definitions": tuple(definition_names()),
            "links": tuple(name for name in config.links if name not in self._door.hidden_links),
            "principals": tuple(principals()),
            "tasks": tuple(task.id for task in config.tasks if task.id not in self._door.hidden_tasks),
            "secrets": tuple(self._vault_names()),
            "publications": (*STANDARD_PUBLICATIONS, *config.engine.publications),
        }
        return Choices(names, {name: tuple(entity.fields) for name, entity in config.entities.items()})

    def _vault_names(self) -> list[str]:
        # A vault that cannot be opened says so when a secret of it is needed; settings can be changed all the same.
        with suppress(ConfigError):
            return [name for name in self._vault.names() if not is_own(name)]
        return []

    @property
    def _vault(self) -> Vault:
        return self._door.engine.workspace.vault

    def templates(self, kind: str) -> Sequence[Template]:
        """Return what a new table can begin with."""
        found = templates(kind, self._config)
        return [*found, *empty_tasks(self._config)] if kind == "tasks" else found

    def check(
        self, kind: str, name: str, values: dict[str, JsonValue], *, new_name: str = ""
    ) -> Sequence[FieldProblem]:
        """Return what would be wrong if a table held these settings."""
        data = self._read().data
        target = _target(kind, name, values, new_name)
        named = []
        if taken := _taken(data, kind, name, target):
            if kind == "tasks":
                return [FieldProblem(("id",), taken)]
            named = [FieldProblem(NAME, taken)]
            # The rest is checked all the same, under a name that nothing has.
            target = name or _FREE_NAME
        tried = tables.changed(data, kind, name, values, target)
        problems = [_problem(finding, tried, kind, target) for finding in findings_in(tried)]
        found = problems or further_problems(kind, target, tried, self._config)
        return [*named, *found, *warnings_about(kind, values)]

    def try_scheme(self, name: str, values: dict[str, JsonValue], assortment: str) -> SchemeTrial:
        """Return what an ETL scheme would do."""
        from core.engine.desks.schemes import try_scheme

        return try_scheme(self._door, name, values, assortment)

    def dependents(self, kind: str, name: str) -> tuple[str, ...]:
        """Return the tables that name this one."""
        return self._sight.seen(tables.used_by(self._read().data).get((kind, name), ()))

    # -- changing -------------------------------------------------------------------------------------------------

    def save(
        self,
        kind: str,
        name: str,
        values: dict[str, JsonValue],
        *,
        fingerprint: str,
        new_name: str = "",
        secrets: dict[str, str] | None = None,
    ) -> str:
        """Write a table, and the secrets that were typed for it into the vault; return its name."""
        if kind == "links":
            from core.engine.desks import link_settings

            link_settings.refuse_plain_passwords(values, self._config)
        target = _target(kind, name, values, new_name)
        data = self._read().data
        path = tables.place_of(data, kind, name) if name or kind not in tables.WORDS else None
        before = tables.at(data, path) if path else None
        self._sight.learn(kind, before)
        old, new = map(self._redacted, tables.differences(tables.plain(before or {}), values))
        if name and target != name:
            old, new = f"name = {clean(name)}, {old}".rstrip(", "), f"name = {clean(target)}, {new}".rstrip(", ")
        action = "settings.change" if path else "settings.add"
        with self._door.command(action, tables.in_words(kind, target), needs=Right.ADMINISTER, old=old, new=new):
            if taken := _taken(data, kind, name, target):
                raise Refused(taken)
            if tables.fingerprint(before) != fingerprint:
                raise ChangedOutside(
                    f"The {tables.in_words(kind, name)} was changed in the file since this form was opened."
                    if before is not None
                    else f"The {tables.in_words(kind, name)} was taken out of the file since this form was opened.",
                    advice="Nothing was written.",
                )
            self._write(data, kind, name, values, target, secrets or {})
        return target

    def _redacted(self, text: str) -> str:
        return self._door.engine.workspace.redactor.redact(text)

    def _write(
        self,
        data: dict[str, Any],
        kind: str,
        name: str,
        values: dict[str, JsonValue],
        target: str,
        secrets: Mapping[str, str],
    ) -> None:
        from core.config.document import ConfigDocument

        workspace = self._door.engine.workspace
        document = ConfigDocument.open(workspace.config.path)
        after = tables.changed(data, kind, name, values, target)
        _put(document, kind, name, target, after)
        for other_kind, other in tables.tables_naming(after, kind, target) if name and target != name else ():
            if (other_kind, other) != (kind, target):
                place = tables.found_place(after, other_kind, other)
                document.put(_known(other_kind), other, tables.at(after, place))
        fresh = document.check()
        if kind == "links":
            from core.engine.desks import link_settings

            link_settings.refuse_active_untested(target, name, fresh, TypedSecrets(secrets, workspace.secrets))
        if kind == "schemes" and (faults := scheme_problems(after["schemes"][target], workspace.config)):
            table = f"[schemes.{clean(target)}]"
            raise ConfigError(
                [Problem(clean(workspace.config.path.name), table, _key(each.path), each.message) for each in faults]
            )
        if kind == "layouts" and values.get("direction") == "report":
            # What a query may reach is nobody's choice.
            found = layout_texts(after["layouts"][target], workspace.config)
            if found:
                file = str(workspace.config.path)
                raise ConfigError([Problem(file, f"[layouts.{target}]", "", text) for text in found])
        for secret, value in secrets.items():
            workspace.redactor.add(value)
            workspace.vault.set(secret, value)
        moved = {name: target} if kind == "tasks" and name and target != name else {}
        with renaming(self._door.engine, moved):
            document.save(expected_fingerprint=document.fingerprint)
        if kind == "links" and name and target != name:
            from core.engine.desks import link_settings

            link_settings.follow(name, target, self._config)
        self._door.engine.reload()

    def delete(self, kind: str, name: str) -> None:
        """Remove a table that no other names."""
        from core.config.document import ConfigDocument

        data = self._read().data
        path = tables.place_of(data, kind, name)
        before = tables.at(data, path) if path else {}
        self._sight.learn(kind, before)
        old, _ = tables.differences(tables.plain(before), {})
        with self._door.command(
            "settings.delete", tables.in_words(kind, name), needs=Right.ADMINISTER, old=self._redacted(old)
        ):
            if users := self.dependents(kind, name):
                raise Refused(
                    f"{tables.in_words(kind, name).capitalize()} is named by {listed(users, last='and')}.",
                    advice="Change or delete what names it first.",
                )
            document = ConfigDocument.open(self._config.path)
            document.delete(_known(kind), name)
            document.save(expected_fingerprint=document.fingerprint)
            if kind == "links":
                from core.engine.desks import link_settings
                from core.engine.desks.surroundings import surroundings

                if name in self._config.links:
                    link_settings.let_go(name, surroundings(self._door.engine.workspace))
                link_settings.follow(name, "", self._config)
            self._door.engine.reload()

    def last_change(self) -> ChangeView | None:
        """Return what an undo would take back."""
        from core.config.document import last_change

        change, before = last_change(self._config.path), self._before_last_change()
        if change is None or before is None:
            return None
        now = sources.read(self._config.path).data
        return ChangeView(change.saved_at.astimezone(UTC), tuple(tables.different_tables(before, now)))

    def _before_last_change(self) -> dict[str, Any] | None:
        """Return what the configuration said before its last change; ``None`` where there was none."""
        from core.config.document import last_change

        path = self._config.path
        change = last_change(path)
        return None if change is None else sources.read(path, instead=change.before).data

    def undo(self) -> None:
        """Take back the last change of the settings."""
        from core.config.document import undo

        change = self.last_change() if self._door.right.allows(Right.ADMINISTER) else None
        with self._door.command(
            "settings.undo", "configuration", needs=Right.ADMINISTER, old="; ".join(change.tables if change else ())
        ):
            read = self._read()
            before = read.data.get("links", {})
            with renaming(self._door.engine, renamed_tasks(read.data, self._before_last_change() or read.data)):
                undo(self._config.path, expected_fingerprint=read.fingerprint)
            after = self._read().data.get("links", {})
            if before.keys() != after.keys():
                from core.engine.desks import link_settings

                link_settings.follow_back(before, after, self._config)
            self._door.engine.reload()

    # -- frequencies ----------------------------------------------------------------------------------------------

    def planned(self, frequency: dict[str, JsonValue]) -> Planned:
        """Return the next moments of a frequency."""
        return foreseen(frequency, self._config.engine, self._door.engine.workspace.now())

    # -- secrets and the audit ------------------------------------------------------------------------------------

    def secrets(self) -> Sequence[SecretView]:
        """Return the secrets of the vault by name."""
        used = tables.used_by(self._read().data)
        return [
            SecretView(clean(name), self._sight.seen(used.get(("secrets", name), ())))
            for name in self._vault.names()
            if not is_own(name)
        ]

    def put_secret(self, name: str, value: str) -> None:
        """Store a secret in the vault."""
        with self._door.command("secret.set", f"secret {clean(name, limit=70)}", needs=Right.ADMINISTER):
            self._door.engine.workspace.redactor.add(value)
            self._vault.set(name, value)

    def delete_secret(self, name: str) -> None:
        """Remove a secret that no table names from the vault."""
        with self._door.command("secret.delete", f"secret {clean(name, limit=70)}", needs=Right.ADMINISTER):
            if users := self.dependents("secrets", name):
                raise Refused(f"The secret is named by {listed(users, last='and')}.", advice="Change that first.")
            self._vault.delete(name)

    def included(self) -> Sequence[str]:
        """Return the files of the configuration."""
        return [clean(str(file)) for file in self._config.files]

    def audit(self, limit: int = 200) -> Sequence[AuditView]:
        """Return what was asked for, the latest first."""
        return [
            AuditView(
                row.at,
                clean(str(row.actor)),
                clean(row.action),
                clean(row.object),
                clean(row.old),
                clean(row.new),
                clean(row.answer),
            )
            for row in self._door.engine.workspace.journal.audit.latest(limit)
            if self._sight.sees(row)
        ]


def _target(kind: str, name: str, values: Mapping[str, Any], new_name: str) -> str:
    """The name that a table is to have: of a task its id."""
    if kind == "tasks":
        found = values.get("id", "")
        return found if isinstance(found, str) else ""
    return new_name or name


def _taken(data: Mapping[str, Any], kind: str, name: str, target: str) -> str:
    if kind in tables.WORDS and not target and kind != "tasks":
        return "It needs a name."
    if target != name and target and tables.place_of(data, kind, target) is not None:
        return f"There is a {tables.in_words(kind, target)} already."
    return ""


def _key(path: KeyPath) -> str:
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in path)


def _known(kind: str) -> TableKind:
    return cast("TableKind", kind)


def _put(document: ConfigDocument, kind: str, name: str, target: str, after: Mapping[str, Any]) -> None:
    """Put a table into the document as it stands in ``after``, where it stands and under its new name."""
    values = tables.at(after, tables.found_place(after, kind, target))
    if kind == "tasks":
        document.put("tasks", name or target, values)
        return
    if name and target != name:
        document.rename(_known(kind), name, target)
    document.put(_known(kind), target, values)


def _problem(finding: Finding, data: Mapping[str, Any], kind: str, name: str) -> FieldProblem:
    message = f"{finding.message}; did you mean {finding.suggestion!r}?" if finding.suggestion else finding.message
    found_kind, found_name, path = tables.owner(data, finding.path)
    if (found_kind, found_name) == (kind, name):
        return FieldProblem(NAME if finding.of_key and not path else path, clean(message))
    return FieldProblem((), clean(message), f"{tables.in_words(found_kind, found_name)} {_keys(path)}".rstrip())


def _keys(path: tuple[str | int, ...]) -> str:
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in path)
