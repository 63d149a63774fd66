"""A small ERP in memory, and a connector in front of it that can be told to misbehave."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from support.links.rest_server import FakeClock

from core.links.superoffice.answering import Answering
from core.links.superoffice.client import Client
from core.links.superoffice.contract import (
    UNKNOWN_FIELD,
    UNKNOWN_ITEM,
    Access,
    Actor,
    FieldInfo,
    FieldType,
)
from core.links.superoffice.erp import ErpError
from core.links.superoffice.server import PATH, ConnectorServer, Limits
from core.redaction import Redactor
from core.stop import StopToken

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from core.links.superoffice.answering import Answer
    from core.links.superoffice.contract import Restriction

GUID = "5b1f3a52-8c5e-4d0a-9d3e-2f6c0a7b1c11"
CANARY = "hunter2-canary-password"
INFO = {"Password": CANARY, "Company": "2"}
NAME = "Memory"

CONFIG = (
    FieldInfo("Company", "Company", "Which one", FieldType.List, list_name="companies", rank=2),
    FieldInfo(
        "Password", 'NO:"Passord";US:"Password"', "Of the ERP", FieldType.Password, rank=1, access=Access.Mandatory
    ),
    FieldInfo("Hint", "Ask your administrator.", type=FieldType.Label, rank=3),
)
FIELDS = (
    FieldInfo("NUMBER1", "Number", rank=1, access=Access.ReadOnly),
    FieldInfo("NAME", "Name", rank=2, access=Access.Mandatory, max_length=80),
    FieldInfo("CREDIT", "Credit limit", type=FieldType.Double, rank=3),
    FieldInfo("SINCE", "Customer since", type=FieldType.Datetime, rank=4),
    FieldInfo("ACTIVE", "Active", type=FieldType.Checkbox, rank=5),
    FieldInfo("GROUP", "Group", type=FieldType.List, list_name="groups", rank=6),
    FieldInfo("EMAIL", "E-mail", rank=7),
)
PERSON = (
    FieldInfo("FIRSTNAME", "First name", rank=1),
    FieldInfo("LASTNAME", "Last name", rank=2, access=Access.Mandatory),
    FieldInfo("NAME", "Shown as", rank=3),
)
SUPPLIER = (
    FieldInfo("NUMBER1", "Number", rank=1),
    FieldInfo("NAME", "Name", rank=2, access=Access.Mandatory),
    FieldInfo("STREETCITY", "City", rank=3),
)
PROJECT = (
    FieldInfo("NUMBER", "Number", rank=1),
    FieldInfo("NAME", "Name", rank=2, access=Access.Mandatory),
    FieldInfo("ENDDATE", "Ends", type=FieldType.Datetime, rank=3),
)
LISTS: Mapping[str, Mapping[str, str]] = {
    "companies": {"1": "North", "2": "South"},
    "groups": {"a": "Wholesale", "b": "Retail"},
}


class MemoryErp:
    """Customers and persons in dictionaries."""

    def __init__(self) -> None:
        self.kinds: dict[str, Sequence[FieldInfo]] = {"Customer": FIELDS, "Person": PERSON}
        self.rows: dict[tuple[str, str], Actor] = {}
        self.searched: Sequence[str] = ("NAME", "NUMBER", "NUMBER1", "EMAIL")
        self.clock = 0
        self.askers: set[str] = set()
        self._lock = threading.Lock()

    def put(self, actor: Actor) -> Actor:
        with self._lock:
            self.clock += 1
            key = actor.key or f"N{len(self.rows) + 1}"
            before = self.rows.get((actor.type, key))
            values = {**(before.values if before else {}), **actor.values}
            made = replace(actor, key=key, modified=str(self.clock), values=values)
            self.rows[made.type, key] = made
            return made

    def config_fields(self) -> Sequence[FieldInfo]:
        return CONFIG

    def check_config(self, info: Mapping[str, str]) -> None:
        if info.get("Password") != CANARY:
            raise ErpError("The password is wrong.")

    def actor_types(self) -> Sequence[str]:
        return tuple(self.kinds)

    def fields(self, actor_type: str) -> Sequence[FieldInfo]:
        if actor_type not in self.actor_types():
            raise ErpError(f"There are no actors of type {actor_type}.")
        return self.kinds[actor_type]

    def searchable(self, actor_type: str) -> Sequence[str]:
        return [each.key for each in self.fields(actor_type) if each.key in self.searched]

    def actors(self, actor_type: str, keys: Sequence[str], fields: Sequence[str]) -> Sequence[Actor]:
        known = {each.key for each in self.fields(actor_type)}
        if unknown := [each for each in fields if each not in known]:
            raise ErpError(f"There is no field {unknown[0]}.", code=UNKNOWN_FIELD)
        return [_shown(row, fields) for key in keys if (row := self.rows.get((actor_type, key)))]

    def search(
        self, actor_type: str, text: str, fields: Sequence[str], *, parent: tuple[str, str] | None = None
    ) -> Sequence[Actor]:
        return [
            _shown(row, fields)
            for (kind, _), row in self.rows.items()
            if kind == actor_type
            and any(text.lower() in row.values.get(name, "").lower() for name in ("NAME", "LASTNAME"))
            and (parent is None or (row.parent_type, row.parent_key) == parent)
        ]

    def search_where(
        self, actor_type: str, restrictions: Sequence[Restriction], fields: Sequence[str]
    ) -> Sequence[Actor]:
        def holds(row: Actor, each: Restriction) -> bool:
            assert each.operator == "="
            return row.values.get(each.field, "").lower() == each.operands[0].lower()

        return [
            _shown(row, fields)
            for (kind, _), row in self.rows.items()
            if kind == actor_type and all(holds(row, each) for each in restrictions)
        ]

    def changed(self, actor_type: str, since: str, fields: Sequence[str]) -> Sequence[Actor]:
        rows = [_shown(row, fields) for (kind, _), row in self.rows.items() if kind == actor_type]
        # Not in order, as nobody promises one.
        return sorted((row for row in rows if int(row.modified) >= int(since or 0)), key=lambda row: -int(row.modified))

    def create(self, actor: Actor, *, asked_by: str) -> Actor:
        self.askers.add(asked_by)
        return self.put(actor)

    def save(self, actors: Sequence[Actor], *, asked_by: str) -> tuple[Sequence[Actor], Sequence[str]]:
        self.askers.add(asked_by)
        there = [each for each in actors if (each.type, each.key) in self.rows]
        gone = [f"There is no {each.type} {each.key}." for each in actors if each not in there]
        return [self.put(each) for each in there], gone

    def list_items(self, name: str, keys: Sequence[str] | None = None) -> Mapping[str, str]:
        if name not in LISTS:
            raise ErpError(f"There is no list {name}.", code=UNKNOWN_ITEM)
        return {key: text for key, text in LISTS[name].items() if keys is None or key in keys}


def _shown(row: Actor, fields: Sequence[str]) -> Actor:
    return replace(row, values={key: text for key, text in row.values.items() if key in fields})


class WatchedAnswering(Answering):
    """Notes what was asked, and can lose answers, forget connections or say something else."""

    def __init__(self, erp: MemoryErp) -> None:
        super().__init__(erp, name=NAME)
        self.asked: list[str] = []
        self.contents: list[bytes] = []
        self.instead: list[Answer | None] = []
        """What is answered in place of the next answers, after they were carried out; None leaves one as it is."""

    def answer(self, content: bytes, *, action: str, asked_by: str, connector: str = "") -> Answer:
        self.asked.append(action.strip('"').rpartition("/")[2])
        self.contents.append(content)
        answer = super().answer(content, action=action, asked_by=asked_by, connector=connector)
        return (self.instead.pop(0) if self.instead else None) or answer

    def forget(self) -> None:
        self._connections.clear()


class Site:
    """A connector on loopback."""

    def __init__(self, limits: Limits, certificate: tuple[Path, Path] | None) -> None:
        self.erp = MemoryErp()
        self.answering = WatchedAnswering(self.erp)
        self.server = ConnectorServer(self.answering, ("127.0.0.1", 0), limits=limits, certificate=certificate)
        self.clock = FakeClock()
        self.redactor = Redactor()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}{PATH}"

    def client(self, **given: Any) -> Client:
        settings: dict[str, Any] = {
            "connection": GUID,
            "info": INFO,
            "passwords": ["Password"],
            "clock": self.clock,
            "redactor": self.redactor,
            "stop": StopToken(),
        }
        return Client(given.pop("address", self.url), **(settings | given))


@contextmanager
def connector_site(*, limits: Limits | None = None, certificate: tuple[Path, Path] | None = None) -> Iterator[Site]:
    """Let a connector answer inside the ``with`` block."""
    site = Site(limits or Limits(), certificate)
    site.server.start()
    try:
        yield site
    finally:
        site.server.stop()
