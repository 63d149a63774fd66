"""Records of one kind in an assortment: looked for, and gathered until they are applied."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.config.layouts import ImportColumn
from core.config.values import TypedFormats
from core.exchange.staging import RawRows, stage_rows
from core.flows.catalogue_names import FAMILY_KEY
from core.flows.catalogue_parts import OWNERS, ProductRows
from core.flows.catalogue_source import CatalogueSource
from core.flows.catalogue_staged import Staged
from core.flows.deciding import decided
from core.flows.record import LINES, Record, digest, is_family
from core.links.faults import CannotTell, several_fit
from core.links.looking import folded
from core.links.values import plain
from core.sql import column_list, quoted_name, quoted_text
from core.store.catalogue.names import entity_table
from core.store.catalogue.references import StagedPart

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity
    from core.flows.catalogue_names import Columns
    from core.flows.catalogue_target import CatalogueTarget
    from core.flows.sides import Sent
    from core.stop import StopToken


@dataclass(slots=True)
class _Waiting:
    """Records of a kind that were taken and not applied yet, by their key in the catalogue."""

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    lines: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    by_email: dict[str, set[str]] = field(default_factory=dict)
    """The keys of rows that had an address when they were taken; they may have another by now."""
    products: ProductRows | None = None
    """Of products, in place of lines."""


class CatalogueRecords:
    """The records of one kind in an assortment (:class:`core.flows.sides.Records`)."""

    updates = True
    takes: Collection[str] = ("variants", "categories", "attribute", "characteristic")

    def __init__(self, target: CatalogueTarget, columns: Columns, fields: Collection[str]) -> None:
        self._target, self._columns = target, columns
        self._kind = columns.kind
        told = {name.removeprefix("variants.") for name in fields}
        self._filled = {columns.own[name] for name in told if name in columns.own}
        self._filled_lines = {
            columns.lines[name]
            for each in fields
            if (name := each.removeprefix(f"{LINES}.")) != each and name in columns.lines
        }
        self._fields = fields
        self._there: dict[str, bool] = {}
        """Whether there are records with these keys, of those that were looked for together."""
        self._by_email_there: dict[str, list[str]] = {}
        """The customers that there are with these addresses, of those that were looked for together."""
        self.waiting = _Waiting()
        self.forget()

    def forget(self) -> None:
        """Let go of what was taken: it was applied, or is not to be. What was looked for may be there by now."""
        self.waiting, self._by_email_there, target = _Waiting(), {}, self._target
        if self._kind.name == "products":
            self.waiting.products = ProductRows(self._columns, target.language, target.source, self._fields)

    def look_for(self, keys: Collection[str]) -> None:
        """Look for records by their keys, all at once."""
        own = self._columns.entity.key[0]
        with self._target.catalogue.session() as session:
            rows = session.execute(
                f"SELECT {quoted_name(own)} FROM {entity_table(self._columns.entity.name)} WHERE assortment = ? "
                f"AND archived_at IS NULL AND {quoted_name(own)} IN (SELECT unnest(?::VARCHAR[]))",
                [self._target.assortment, list(keys)],
            ).fetchall()
        found = {str(row[0]) for row in rows}
        self._there = {key: key in found or key in self.waiting.rows for key in keys}

    def look_for_emails(self, emails: Collection[str]) -> None:
        """Look for customers by their addresses, all at once."""
        self._by_email_there |= {email: [] for email in emails}
        if not emails:
            return
        with self._target.catalogue.session() as session:
            rows = session.execute(
                f'SELECT "number", lower(trim(email)) AS address FROM {entity_table("customer")} WHERE assortment = ? '
                "AND archived_at IS NULL AND address IN (SELECT unnest(?::VARCHAR[]))",
                [self._target.assortment, list(emails)],
            ).fetchall()
        for number, email in rows:
            self._by_email_there.setdefault(email, []).append(number)

    def find(self, record: Mapping[str, Any]) -> str | None:
        """Return the key of a record that is there (:class:`core.flows.sides.Records`)."""
        if self._kind.name == "customers":
            number, email = str(record.get("number", "")), str(record.get("email", ""))
            return decided(lambda: self._by_email(email), self._target.chosen) or self._by_number(number)
        if self._kind.name == "stock":
            article = str(record.get("article", ""))
            found = self._having("article", "number", article)
            return f"{article} {record.get('location', '')}" if found else None
        number = str(record.get("number", ""))
        if is_family(record) and self._columns.family_entity is not None:
            key = f"{FAMILY_KEY}{number}"
            there = key in self.waiting.rows or self._having(self._columns.family_entity.name, "number", number)
            return key if there else None
        if number in self._there or number in self.waiting.rows:
            return number if self._there.get(number, True) else None
        found = self._having(self._columns.entity.name, self._columns.entity.key[0], number)
        return found[0] if found else None

    def create(self, record: Mapping[str, Any], sent: Sent) -> str:
        """Take a record (:class:`core.flows.sides.Records`)."""
        values = dict(record)
        if self._kind.name == "customers" and not values.get("number"):
            # A number that says nothing, and is the same tomorrow.
            email = str(values.get("email", "")).strip().casefold()
            values["number"] = f"C-{hashlib.sha256(email.encode()).hexdigest()[:12]}"
        key = str(values.get("number", ""))
        if is_family(values) and self._columns.family_entity is not None:
            key = f"{FAMILY_KEY}{key}"
        self._take(key, values, sent)
        return key

    def update(self, key: str, record: Mapping[str, Any], sent: Sent) -> None:
        """Take a record that is there (:class:`core.flows.sides.Records`)."""
        values = dict(record)
        if self._kind.name != "stock":
            values["number"] = key.removeprefix(FAMILY_KEY) if is_family(values) else key
        self._take(key, values, sent)

    def shows_at_once(self, record: Mapping[str, Any]) -> bool:  # noqa: ARG002 - all of a record is there, or nothing
        """Whether a look-up finds a record that was created a moment ago (:class:`core.flows.sides.Records`)."""
        return True

    def complete(self, key: str, record: Mapping[str, Any], sent: Sent) -> None:
        """All of a record is applied in one transaction: nothing can be missing."""

    looks_back = False

    def look_back(self, key: str, record: Mapping[str, Any]) -> None:
        """What a record is made of is kept, or it is refused (:class:`core.flows.sides.Records`)."""

    @property
    def fields(self) -> Collection[str]:
        """The fields that the catalogue shows of a record."""
        return self._columns.own.keys()

    @property
    def echoed(self) -> Collection[str]:
        """Of these, the ones that it is written by."""
        return {name for name in self._columns.own if "." not in name}

    def echo(self, record: Mapping[str, Any], fields: Collection[str]) -> str:
        """Return a hash of what the catalogue will show of a record: what it is given."""
        return digest(record, only=fields)

    def current(self, key: str) -> Record | None:
        """Return a record as the catalogue has it."""
        return self.shown([key], self.takes).get(key)

    def shown(self, keys: Collection[str], takes: Collection[str]) -> dict[str, Record]:
        """Return records as the catalogue gives them to who takes this of a product."""
        target = self._target
        source = CatalogueSource(
            target.catalogue,
            target.entities,
            self._kind.name,
            assortment=target.assortment,
            language=target.language,
            since=None,
        )
        source.prefer(takes)
        try:
            return {key: each.record for key, each in source.some(keys).items()}
        except CannotTell:
            return {}

    def reference(self, key: str) -> str:
        """Records refer to each other by their keys."""
        return key

    def _take(self, key: str, record: Record, sent: Sent) -> None:
        columns = self._columns
        if self.waiting.products is not None:
            rows = self.waiting.products.take(key, record)
            self.waiting.rows[key] = {}
            self._there |= {} if is_family(record) else {key: True}
            sent.requests.append({"method": "", "path": f"catalogue/{columns.entity.name}", "body": _shown(rows)})
            return
        row = {column: record[name] for name, column in columns.own.items() if name in record}
        if self._kind.name == "stock":
            row.setdefault("location", "")
            row["location"] = row["location"] or "main"
            if "quantity" in record:
                row["available"] = record["quantity"]
        if self._kind.lines and "customer.key" in record:
            row["customer"] = record["customer.key"]
        self.waiting.rows[key] = row
        if row.get("email"):
            self.waiting.by_email.setdefault(folded(row["email"]), set()).add(key)
        self._there[key] = True
        told: dict[str, Any] = {columns.entity.name: row}
        if self._kind.lines:
            lines = [
                {column: line[name] for name, column in columns.lines.items() if name in line} | {columns.owner: key}
                for line in record.get(LINES, ())
            ]
            self.waiting.lines[key] = lines
            told[LINES] = lines
        sent.requests.append({"method": "", "path": f"catalogue/{columns.entity.name}", "body": _shown(told)})

    def stage(self, session: DuckDBPyConnection, stop: StopToken) -> list[Staged]:
        """Put what waits into temporary tables, those of its lines behind."""
        columns, waiting = self._columns, self.waiting
        if waiting.products is not None:
            return self._stage_products(session, waiting.products, stop)
        keys = list(waiting.rows)
        self._keep_others(session, waiting.rows)
        own = self._staged(session, columns.entity, [waiting.rows[key] for key in keys], keys, self._filled, stop)
        if columns.line_entity is None:
            return [own]
        rows = [(key, line) for key in keys for line in waiting.lines.get(key, ())]
        lines = self._staged(
            session,
            columns.line_entity,
            [line for _, line in rows],
            [key for key, _ in rows],
            self._filled_lines | set(columns.line_entity.key),
            stop,
        )
        self._own(lines, (columns.owner,), [(key, (key,)) for key in keys])
        return [own, lines]

    def _stage_products(self, session: DuckDBPyConnection, products: ProductRows, stop: StopToken) -> list[Staged]:
        there = session.execute(
            f"SELECT product, number FROM {entity_table(self._columns.entity.name)} WHERE assortment = ? "
            "AND archived_at IS NULL AND product IN (SELECT unnest(?::VARCHAR[]))",
            [self._target.assortment, list(products.whole)],
        ).fetchall()
        found, entities = products.belongings(there), self._target.entities
        articles = found["article"].rows
        self._keep_others(session, {str(row["number"]): row for row in articles if "number" in row})
        filled = {self._columns.entity.name: self._filled}
        result = []
        for name, each in found.items():
            if not each.rows and not each.owned:
                continue
            staged = self._staged(session, entities[name], each.rows, each.numbers, filled.get(name, ()), stop)
            staged.shared = name == "catalogue_group"
            if each.owned:
                self._own(staged, OWNERS[name], each.owned)
            result.append(staged)
        return result

    def _own(self, staged: Staged, owners: tuple[str, ...], owned: Sequence[tuple[str, tuple[str, ...]]]) -> None:
        """Say whose the staged rows are: other rows of the same owners are archived."""
        part = staged.part
        part.full, part.owners, part.of_owners = True, owners, True
        part.assortment = self._target.assortment
        staged.owned, staged.owners = owned, f"flow owners {part.entity.name}"

    def _staged(
        self,
        session: DuckDBPyConnection,
        entity: Entity,
        rows: Sequence[Mapping[str, Any]],
        numbers: Sequence[str],
        filled: Iterable[str],
        stop: StopToken,
    ) -> Staged:
        seen = {name for row in rows for name in row} | set(filled) | set(entity.key)
        names = [name for name in entity.fields if name in seen]
        raw, staged, rejects = (f"flow {word} {entity.name}" for word in ("raw", "staged", "rejects"))
        cells = ", ".join(f"unnest(?::VARCHAR[]) AS _c{number}" for number in range(1, len(names) + 1))
        values = [[None if row.get(name) is None else plain(row[name]) for row in rows] for name in names]
        session.execute(
            f"CREATE OR REPLACE TEMP TABLE {quoted_name(raw)} AS SELECT unnest(?::BIGINT[]) AS _record, {cells}",
            [list(range(1, len(rows) + 1)), *values],
        )
        stage_rows(
            RawRows(tuple(names), len(names), quoted_name(raw), len(rows)),
            [ImportColumn(column=number, field=name) for number, name in enumerate(names, start=1)],
            TypedFormats(),
            entity,
            connection=session,
            stop=stop,
            name=f"the records of {entity.name}",
            staged=staged,
            rejects=rejects,
        )
        return Staged(StagedPart(entity, staged, rejects, self._target.assortment), numbers)

    def _keep_others(self, session: DuckDBPyConnection, rows: Mapping[str, dict[str, Any]]) -> None:
        """Fill what the flow does not bring from what is there: a customer of an order is no whole customer."""
        wanted = {name for row in rows.values() for name in row} - self._filled - set(self._columns.entity.key)
        if not wanted or len(self._columns.entity.key) != 1:
            return
        own = self._columns.entity.key[0]
        names = sorted(wanted)
        found = session.execute(
            f"SELECT {column_list([own, *names])} FROM {entity_table(self._columns.entity.name)} "
            f"WHERE assortment = ? AND {quoted_name(own)} IN (SELECT unnest(?::VARCHAR[]))",
            [self._target.assortment, list(rows)],
        ).fetchall()
        for key, *values in found:
            for name, value in zip(names, values, strict=True):
                if value is not None:
                    rows[key].setdefault(name, value)

    def _by_email(self, email: str) -> str | None:
        email = email.strip().casefold()
        if not email:
            return None
        rows = self.waiting.rows
        waiting = [key for key in self.waiting.by_email.get(email, ()) if folded(rows[key].get("email")) == email]
        if email not in self._by_email_there:
            self.look_for_emails({email})
        found = sorted({*waiting, *self._by_email_there[email]})
        if len(found) > 1:
            what = "customers with the e-mail address of this one"
            raise several_fit("The catalogue", what, dict.fromkeys(found, ""))
        return found[0] if found else None

    def _by_number(self, number: str) -> str | None:
        if number in self.waiting.rows:
            return number
        found = self._having(self._columns.entity.name, "number", number)
        return found[0] if found else None

    def findable(self, record: Mapping[str, Any]) -> bool:
        """Whether a customer has what it is looked for by (:class:`core.flows.sides.Records`)."""
        return bool(record.get("email") or record.get("number"))

    def _having(self, entity: str, name: str, value: str) -> list[str]:
        if not value:
            return []
        with self._target.catalogue.session() as session:
            rows = session.execute(
                f"SELECT {quoted_name(name)} FROM {entity_table(entity)} WHERE assortment = "
                f"{quoted_text(self._target.assortment)} AND archived_at IS NULL AND {quoted_name(name)} = ? LIMIT 1",
                [value],
            ).fetchall()
        return [str(row[0]) for row in rows]


def _shown(told: Any) -> Any:
    if isinstance(told, dict):
        return {name: _shown(value) for name, value in told.items()}
    if isinstance(told, list):
        return [_shown(each) for each in told]
    return told if told is None or isinstance(told, bool | int) else plain(told)
