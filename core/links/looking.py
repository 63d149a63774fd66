"""Looking for records that may be there already, as the definition of a resource says."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from core.links.decoding import unreadable
from core.links.faults import CallFailed, several_fit
from core.links.judging import MISSING, member
from core.links.paging import pages
from core.links.values import json_bytes, plain, read_as
from core.text import clean, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from core.links.connection import Connection
    from core.links.model.resources import Resource
    from core.links.model.writes import LookUp, Write

SETTLING_SECONDS = 5.0
"""What a system is still at is given so long to show."""


class Finder:
    """Looks for the records of one resource."""

    def __init__(self, connection: Connection, resource: Resource, write: Write, name: str) -> None:
        """``write`` is how the resource is written, with the look-ups that count; ``name`` is that of the resource."""
        self._connection, self._resource, self._write, self._name = connection, resource, write, name

    def find(self, record: Mapping[str, Any]) -> str | None:
        """Return the id of a record that is there already; None where there is none, or no look-up for it.

        Raises:
            CallFailed: several fit, so that nobody can tell which; or the system refuses.
        """
        seen: dict[str, list[dict[str, Any]]] = {}
        for look_up in self._look_ups(record):
            asked, rows = self._looked_through(look_up, record)
            if asked not in seen:
                # Where a system cannot filter, all look-ups look through the same rows.
                seen[asked] = list(rows)
            found = {self.key(member(row, self._write.id)) for row in seen[asked] if _fits(look_up, row, record)}
            if len(found) > 1:
                what = f"records of {self._name} that fit this one"
                raise several_fit(self._connection.host, what, dict.fromkeys(found, ""))
            if found:
                return found.pop()
        return None

    def possible(self, record: Mapping[str, Any]) -> bool:
        """Whether a record has what it would be looked for by."""
        return bool(self._look_ups(record))

    def lacking(self, record: Mapping[str, Any]) -> list[str]:
        """The fields that a record lacks to be looked for in the first way."""
        look_up = self._write.look_up
        return [key for key in look_up.match if not folded(record.get(key))] if look_up is not None else []

    def shows_at_once(self, record: Mapping[str, Any]) -> bool:
        """Whether a record is found that was created a moment ago: as the definition says, and nothing disproves it."""
        return any(each.at_once for each in self._look_ups(record)) and self._proof() is not False

    def prove(self, record: Mapping[str, Any]) -> str:
        """See once whether a record is found that was just created, and return what is to be told where none is.

        Some systems take a reference and do not keep it. Where nobody has looked, an answer that gets lost makes a
        record twice.

        Raises:
            ConnectionFailed, StopRequested: as :meth:`core.links.connection.Connection.call`.
        """
        if not any(each.at_once for each in self._look_ups(record)):
            return ""
        found = self._proof()
        if found is None:
            try:
                found = self._there(record)
                if not found:
                    self._connection.clock.wait(SETTLING_SECONDS)
                    found = self._there(record)
            except CallFailed:
                # The record is there, whatever is wrong with asking. The next one proves it.
                return ""
            with self._connection.traces.shared() as traces:
                traces.found[self._way] = found
        if found:
            return ""
        by = listed(list(dict.fromkeys(key for each in self._look_ups(record) for key in each.match)), last="or")
        return (
            f"{self._connection.host} does not find a record of {self._name} by the {by} that it was just made with: "
            "it does not keep that. Where an answer gets lost, nothing is sent again until somebody has looked there."
        )

    def _there(self, record: Mapping[str, Any]) -> bool:
        try:
            return self.find(record) is not None
        except CallFailed as error:
            if error.kind != "conflict":
                raise
            return True

    def _proof(self) -> bool | None:
        with self._connection.traces.shared() as traces:
            return traces.found.get(self._way)

    @property
    def _way(self) -> str:
        """Of how records are looked for: another way is to be proved anew."""
        told = [each.model_dump(mode="json") for each in (self._write.look_up, *self._write.otherwise) if each]
        return f"{self._name} {hashlib.sha256(json_bytes(told)).hexdigest()}"

    def fingerprint(self, record: Mapping[str, Any]) -> str:
        """Return by what a record is known when it is sent again: what it is looked for by, else all of it."""
        look_ups = self._look_ups(record)
        told = [folded(record.get(key)) for key in look_ups[0].match] if look_ups else dict(record)
        return hashlib.sha256(json_bytes([self._name, told])).hexdigest()

    def named(self, record: Mapping[str, Any]) -> str:
        """Return in words what a record is looked for by; empty where nothing is."""
        told = [
            f"{key} {clean(plain(record[key]), limit=40)}" for each in self._look_ups(record)[:1] for key in each.match
        ]
        return ", ".join(told)

    def key(self, value: Any) -> str:
        """Return an id as readings have it."""
        rule = self._resource.fields.get(self._write.id)
        try:
            return plain(read_as(value, rule.read) if rule is not None and rule.read is not None else value)
        except ValueError as error:
            raise unreadable(self._write.id, self._name, rule.read if rule and rule.read else "text", error) from None

    def _look_ups(self, record: Mapping[str, Any]) -> list[LookUp]:
        """The look-ups that a record has values for; one without an e-mail address fits nobody else's."""
        declared = [self._write.look_up, *self._write.otherwise]
        return [each for each in declared if each and all(folded(record.get(key)) for key in each.match)]

    def _looked_through(self, look_up: LookUp, record: Mapping[str, Any]) -> tuple[str, Iterator[dict[str, Any]]]:
        """Return what is asked by a look-up, and the rows that come; nothing is asked before the first is taken."""
        resource = self._resource
        call = self._connection.prepared(look_up, more=record, repeatable=True)
        if not call.path:
            own = self._connection.prepared(resource, repeatable=True)
            call = replace(call, path=own.path, group=resource.path)
        rows = resource.rows or self._connection.connector.reply.rows
        found = islice(pages(self._connection, call, resource.paging, rows), look_up.max_pages)
        return f"{call} {look_up.max_pages}", (row for page in found for row in page)


def _fits(look_up: LookUp, row: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    """Whether a row is the record, as a look-up says."""
    told = ((folded(member(row, key)), folded(record.get(key))) for key in look_up.agrees)
    differs = any(theirs and ours and theirs != ours for theirs, ours in told)
    return not differs and all(folded(member(row, key)) == folded(record.get(key)) for key in look_up.match)


def folded(value: Any) -> str:
    """Return a value as it is compared: but for case, and blanks at both ends."""
    return "" if value is None or value is MISSING else plain(value).strip().casefold()
