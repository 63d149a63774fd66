"""The check of an ETL scheme: done without any data, before it is saved and before each run.

DuckDB parses and binds every step in a database of its own, in memory, in which there is nothing but empty tables with
the names and types of the entities: what is not there cannot be named. Beyond that, only kinds of statements and
functions that are listed here pass.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.config.attachments import ATTACHMENT
from core.config.entities import RECORD_FIELDS
from core.errors import DataError
from core.sql import quoted_name
from core.store.transform.empty_tables import ALL, ARCHIVED, SECONDS, empty_database, known_to
from core.store.transform.functions import functions
from core.store.transform.tokens import Token, calls, named, place, tokens, written_tables
from core.text import clean, listed, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity
    from core.config.schemes import SchemeSettings

_KINDS = ("UPDATE", "INSERT", "DELETE", "MERGE_INTO", "CREATE")
_SYSTEM_BEGIN = ("duckdb_", "pg_", "sqlite_", "pragma_", "_kept ")
_SYSTEM = frozenset({"information_schema", "system", "memory"})
_CREATE = "CREATE TEMP TABLE name AS SELECT …"
_UNKNOWN = re.compile(r'(?:named?|column) "?([\w.]+)"?(?: not found|$)')
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class SchemeFault:
    """One thing that is wrong with a scheme."""

    step: int
    """From 0."""
    name: str
    message: str
    """In a sentence without the scheme and the step; it has the place inside the step where it is known."""

    def __str__(self) -> str:
        return f"step {self.step + 1}, {clean(self.name, limit=60)}: {self.message}"


@dataclass(frozen=True, slots=True)
class CheckedStep:
    """A step that passed."""

    name: str
    sql: str
    """One statement, without what stands behind it."""
    kind: str
    """``UPDATE``, ``INSERT``, ``DELETE``, ``MERGE`` or ``CREATE``."""
    reads: tuple[str, ...]
    """The entities whose records it may name, in any way."""
    writes: tuple[str, ...]
    """The entities whose records it may change."""
    makes: str = ""
    """The helper table that it makes."""


class _Wrong(Exception):
    """What is wrong with a step, and where in its statement."""

    def __init__(self, message: str, offset: int | None = None) -> None:
        super().__init__(message)
        self.offset = offset


def scheme_faults(scheme: SchemeSettings, entities: Mapping[str, Entity]) -> list[SchemeFault]:
    """Return what is wrong with a scheme, step by step; an empty list where nothing is."""
    return _check(scheme, entities)[1]


def checked_scheme(name: str, scheme: SchemeSettings, entities: Mapping[str, Entity]) -> list[CheckedStep]:
    """Return the steps of a scheme.

    Raises:
        DataError: something is wrong with it.
    """
    steps, faults = _check(scheme, entities)
    if faults:
        raise DataError(
            f"The ETL scheme {clean(name, limit=70)} cannot be used: {faults[0]}", advice="Change the step."
        )
    return steps


def _check(scheme: SchemeSettings, entities: Mapping[str, Entity]) -> tuple[list[CheckedStep], list[SchemeFault]]:
    steps: list[CheckedStep] = []
    faults: list[SchemeFault] = []
    written = {
        entity for step in scheme.steps for entity in _written_entities(step.sql, entities)
    }  # the tables, where all others are views
    with empty_database(known_to(scheme, entities), written) as connection:
        check = _Check(connection, entities)
        for number, step in enumerate(scheme.steps):
            try:
                steps.append(check.step(step.name, step.sql))
            except _Wrong as error:
                where = (
                    "line {}, column {}: ".format(*place(step.sql, error.offset)) if error.offset is not None else ""
                )
                faults.append(SchemeFault(number, step.name, f"{where}{error}"))
    return steps, faults


def _written_entities(sql: str, entities: Mapping[str, Entity]) -> set[str]:
    import duckdb

    try:
        return {token.name for token in written_tables(tokens(sql))} & set(entities)
    except duckdb.Error:
        return set()


class _Check:
    """Checks the steps of one scheme in order: a helper table of one can be used in those behind it."""

    def __init__(self, connection: DuckDBPyConnection, entities: Mapping[str, Entity]) -> None:
        self.connection = connection
        self.entities = entities
        self.tables = [prefix + name for prefix in ("", ALL, ARCHIVED) for name in entities]
        self.helpers: list[str] = []
        self.functions, self.allowed = functions()

    def step(self, name: str, sql: str) -> CheckedStep:
        """Check one step.

        Raises:
            _Wrong: it cannot be used.
        """
        kind, statement = self._statement(sql)
        found = tokens(statement)
        self._check_words(found)
        written = list(written_tables(found))
        if refused := next((token for token in written if token.name == ATTACHMENT), None):
            raise _Wrong(
                f"Records of {ATTACHMENT!r} can be read in a step and not changed: they belong to files, which only "
                "an import brings.",
                refused.start,
            )
        makes = ""
        if kind == "CREATE":
            makes, query = self._helper(found, statement)
            self._bind(f"DESCRIBE\n{query}", statement, shift=len("DESCRIBE\n") - (len(statement) - len(query)))
            self._make(makes, query)
        else:
            self._bind(f"EXPLAIN\n{statement}", statement, shift=len("EXPLAIN\n"))
        writes = {token.name for token in written}
        return CheckedStep(
            name,
            statement,
            kind.removesuffix("_INTO"),
            tuple(named(found, list(self.entities))),
            tuple(entity for entity in self.entities if entity in writes),
            makes,
        )

    def _statement(self, sql: str) -> tuple[str, str]:
        """Return the kind of the one statement of a step, and its text."""
        import duckdb

        try:
            statements = self.connection.extract_statements(sql)
        except duckdb.Error as error:
            raise self._explained(error, sql, 0) from error
        if not statements:
            raise _Wrong("There is no statement in this step.")
        if len(statements) > 1:
            raise _Wrong(f"A step is one statement, and this one has {len(statements)}: make a step of each.")
        kind = statements[0].type.name
        found = tokens(sql)
        if kind not in _KINDS:
            word = next((token.text for token in found), "")
            raise _Wrong(
                f"A step may not be a statement that begins with {clean(word, limit=30).upper()}: only UPDATE, INSERT, "
                f"DELETE, MERGE and {_CREATE}",
                0,
            )
        if statements[0].named_parameters:
            raise _Wrong("There are no parameters to fill in: write the value itself.")
        if found[0].keyword == "truncate":
            raise _Wrong("Write DELETE FROM, which archives the records.", 0)
        end = next((token.start for token in reversed(found) if token.text == ";"), None)
        if end is not None and end == found[-1].start:
            return kind, sql[:end]
        return kind, sql

    def _check_words(self, found: Sequence[Token]) -> None:
        for token in calls(found):
            name = token.name
            if name in self.functions and name not in self.allowed:
                near = nearest(name, self.allowed)
                hint = f"; did you mean {near!r}?" if near else ""
                raise _Wrong(
                    f"{clean(name)!r} may not be called, only functions that compute a value from records{hint or '.'}",
                    token.start,
                )
        for token in found:
            if token.keyword == "returning":
                raise _Wrong("RETURNING has no use in a step: nobody sees what it returns.", token.start)
            if token.is_name and (token.name.startswith(_SYSTEM_BEGIN) or token.name in _SYSTEM):
                raise _Wrong(
                    f"{clean(token.name)!r} is of the database: a step sees nothing but records of entities.",
                    token.start,
                )
        self._check_record_fields(found)

    def _check_record_fields(self, found: Sequence[Token]) -> None:
        """Say plainly why Pendel's own fields cannot be set; binding would only say that they are not there."""
        for position, token in enumerate(found[:-1]):
            sets = token.keyword == "set" or (token.text == "," and found[position + 1].is_name)
            after = found[position + 1]
            if (
                sets
                and after.name in RECORD_FIELDS
                and [each.text for each in found[position + 2 : position + 3]] == ["="]
            ):
                raise _Wrong(f"{after.name!r} is kept by Pendel itself and cannot be changed.", after.start)

    def _helper(self, found: Sequence[Token], statement: str) -> tuple[str, str]:
        """Return the name and the query of a helper table."""
        words = [token.keyword or token.text.casefold() for token in found]
        position = 3 if words[1:3] == ["or", "replace"] else 1
        if words[position : position + 1] not in (["temp"], ["temporary"]) or words[position + 1 : position + 2] != [
            "table"
        ]:
            raise _Wrong(f"The only thing that a step may create is a helper table: {_CREATE}", 0)
        position += 2
        if words[position + 1 : position + 2] != ["as"] or position + 2 >= len(found):
            raise _Wrong(f"A helper table has a plain name and is filled by a query: {_CREATE}", 0)
        token = found[position]
        if not _NAME.fullmatch(token.name) or token.name in self.tables:
            raise _Wrong(
                "The name of a helper table is of small letters, digits and underscores, and not that of an entity.",
                token.start,
            )
        if position == 3 and token.name in self.helpers:
            raise _Wrong(f"There is a helper table {token.name!r} already: write CREATE OR REPLACE.", token.start)
        return token.name, statement[found[position + 2].start :]

    def _make(self, name: str, query: str) -> None:
        """Make a helper table without its rows, which to find may take for ever."""
        described = self.connection.execute(f"DESCRIBE\n{query}").fetchall()
        columns = ", ".join(f"{quoted_name(column)} {kind}" for column, kind, *_ in described)
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {quoted_name(name)} ({columns})")
        self.helpers.append(name)

    def _bind(self, bound: str, statement: str, *, shift: int) -> None:
        import duckdb

        try:
            self.connection.execute(bound).fetchall()
        except duckdb.InterruptException as error:
            raise _Wrong(
                f"It takes more than {SECONDS:.0f} seconds to check: is a constant in it very large?"
            ) from error
        except duckdb.Error as error:
            raise self._explained(error, statement, shift) from error

    def _explained(self, error: Exception, statement: str, shift: int) -> _Wrong:
        """Return DuckDB's error as a sentence with its place in the step, and the nearest name that there is."""
        told = _told(str(error))
        message = clean(str(told.get("exception_message", error)).partition("\n")[0], limit=200).rstrip("!.")
        unknown = str(told.get("name", "")) or next((match[1] for match in _UNKNOWN.finditer(message)), "")
        offset = _offset(told, statement, shift)
        if offset is None and unknown:
            offset = next((each.start for each in tokens(statement) if each.is_name and each.name == unknown), None)
        if unknown in RECORD_FIELDS:
            return _Wrong(
                f"{unknown!r} is kept by Pendel itself: it can be read in {ALL}… and {ARCHIVED}…, and not changed.",
                offset,
            )
        return _Wrong(f"{message}{self._hint(told, message, unknown)}", offset)

    def _hint(self, told: Mapping[str, Any], message: str, unknown: str) -> str:
        if message.startswith("Can only") and "base table" in message:
            return f". Only the records of the assortment can be changed: {ALL}… and {ARCHIVED}… are there to be read."
        if not unknown:
            word = re.search(r'syntax error at or near "(\w+)"', message)
            reserved = f" {word[1]!r} is a word of SQL too: write {quoted_name(word[1])}." if word else ""
            return f".{reserved if word and word[1].casefold() in self.entities else ''}"
        if told.get("type") == "Table":
            near = nearest(unknown, [*self.tables, *self.helpers])
        elif "unction" in str(told.get("type", "")):
            near = nearest(unknown, self.allowed)
        else:
            fields = [field for entity in self.entities.values() for field in entity.fields]
            translated = [
                field for field in dict.fromkeys(fields) if field.partition(".")[0] == unknown and "." in field
            ]
            if translated:
                return f". It is translated: write {listed(map(quoted_name, translated))}, in double quotes."
            offered = [each for each in str(told.get("candidates", "")).split(",") if each]
            near = nearest(unknown, offered or fields) or nearest(unknown, fields)
        return f"; did you mean {near!r}?" if near and near != unknown else "."


def _told(text: str) -> dict[str, Any]:
    start = text.find("{")
    try:
        told = json.loads(text[start:]) if start >= 0 else {}
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _offset(told: Mapping[str, Any], statement: str, shift: int) -> int | None:
    position = str(told.get("position", ""))
    if not position.isdecimal():
        return None
    # What DuckDB counts is bytes.
    found = int(position) - shift
    return len(statement.encode()[:found].decode(errors="replace")) if found >= 0 else None
