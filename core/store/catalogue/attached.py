"""What the catalogue knows of attachments: whose they are, what their content is, and which content it refers to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.config.attachments import ATTACHMENT, FILLED
from core.sql import column_list, quoted_name, quoted_text
from core.store.catalogue.faults import faults
from core.store.catalogue.names import entity_table, history_table, moment_literal
from core.store.catalogue.schema import key_of
from core.store.catalogue.transactions import transaction
from core.text import nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity
    from core.stop import StopToken
    from core.store.catalogue.references import StagedPart

KEY_SEPARATOR = "/"
"""Between the parts of a key of several fields, where an attachment names the record that it belongs to."""
_PAGE = 1000
_ADDRESSES, _ANSWERS = "attachment_addresses", "attachment_answers"


@dataclass(frozen=True, slots=True)
class ContentAnswer:
    """What became of the file at one address: its content, or why there is none."""

    address: str
    sha256: str = ""
    size: int | None = None
    media_type: str = ""
    source: str = ""
    reason: str = ""
    """Why records with this address are rejected; empty where they are not."""


@dataclass(frozen=True, slots=True)
class AttachedFiles:
    """How many files belong to the records of an export, and how large they are in all."""

    files: int
    size: int


def refuse_unattached(
    session: DuckDBPyConnection,
    part: StagedPart,
    others: Sequence[StagedPart],
    known: Collection[str],
    *,
    stop: StopToken,
) -> None:
    """Move the staged attachments of a part to its rejects whose record is not there, as ``check_parts`` does.

    ``known`` are the names of all entities. A record is there that some assortment has and has not archived, or that
    stands in ``others``, the parts of the same file.
    """
    with faults("check the file", session=session, stop=stop), transaction(session):
        for (entity,) in session.execute(
            f"SELECT DISTINCT entity FROM {quoted_name(part.staged)} ORDER BY 1"
        ).fetchall():
            if entity not in known:
                near = nearest(entity, known)
                reason = "There is no such entity" + (f"; did you mean {near!r}?" if near else ".")
                part.reject(session, _rejected(part, entity, "entity", reason))
                continue
            places = [f"{entity_table(entity)} t WHERE t.archived_at IS NULL AND"]
            places += [f"{quoted_name(other.staged)} t WHERE" for other in others if other.entity.name == entity]
            key = key_text(session, entity, "t")
            missing = "".join(f" AND NOT EXISTS (SELECT 1 FROM {place} {key} = s.record)" for place in places)
            reason = f"There is no {entity.replace('_', ' ')} with this key in the catalogue."
            part.reject(session, _rejected(part, entity, "record", reason, missing))


def key_text(session: DuckDBPyConnection, entity: str, table: str) -> str:
    """Return the SQL of a record's key as attachments name it."""
    parts = ", ".join(f"CAST({table}.{quoted_name(name)} AS VARCHAR)" for name in key_of(session, entity))
    return f"concat_ws({quoted_text(KEY_SEPARATOR)}, {parts})"


def _rejected(part: StagedPart, entity: str, field: str, reason: str, condition: str = "") -> str:
    return (
        f"SELECT s._record AS record, {quoted_text(field)} AS field, s.{quoted_name(field)} AS value, "
        f"{quoted_text(reason)} AS reason FROM {quoted_name(part.staged)} s "
        f"WHERE s.entity = {quoted_text(entity)}{condition}"
    )


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    """A file that belongs to a record."""

    file: str
    type: str
    language: str
    media_type: str
    size: int
    sha256: str


def attachments_of(
    session: DuckDBPyConnection, entity: str, key: Sequence[object], *, limit: int
) -> tuple[list[AttachmentRow], int]:
    """Return the first files of a record in their order, and how many it has in all."""
    parts = ", ".join("CAST(? AS VARCHAR)" for _ in key)
    query = (
        f"SELECT file, coalesce(any_value(type), '') AS type, coalesce(any_value(language), '') AS language, "
        "coalesce(any_value(media_type), '') AS media_type, coalesce(any_value(size), 0) AS size, "
        "coalesce(any_value(content_hash), '') AS sha256, "
        f"min(sort_order) AS place FROM {entity_table(ATTACHMENT)} WHERE archived_at IS NULL AND entity = ? "
        f"AND record = concat_ws({quoted_text(KEY_SEPARATOR)}, {parts}) GROUP BY file"
    )
    with faults("be read"):
        rows = session.execute(
            f"SELECT file, type, language, media_type, size, sha256, count(*) OVER () FROM ({query}) "
            f"ORDER BY place NULLS LAST, file LIMIT {limit}",
            [entity, *key],
        ).fetchall()
    return [AttachmentRow(*row[:6]) for row in rows], int(rows[0][6]) if rows else 0


def list_addresses(session: DuckDBPyConnection, staged: str, *, stop: StopToken) -> int:
    """List where the files of staged attachments are, each once, in the order of the file; return how many there are.

    That is what stands in the field ``source``, where a layout fills that, else in ``file``.
    """
    address = _address(session, staged)
    with faults("read the addresses of attachments", session=session, stop=stop):
        session.execute(
            f"CREATE OR REPLACE TEMP TABLE {_ADDRESSES} AS SELECT address, row_number() OVER (ORDER BY first) AS place "
            f"FROM (SELECT {address} AS address, min(_record) AS first FROM {quoted_name(staged)} s GROUP BY ALL)"
        )
        session.execute(
            f"CREATE OR REPLACE TEMP TABLE {_ANSWERS} (address VARCHAR, content_hash VARCHAR, size BIGINT, "
            "media_type VARCHAR, source VARCHAR, reason VARCHAR)"
        )
        row = session.execute(f"SELECT count(*) FROM {_ADDRESSES}").fetchone()
    return int(row[0]) if row else 0


def addresses(session: DuckDBPyConnection) -> Iterator[str]:
    """Yield the listed addresses, in their order."""
    place = 0
    while True:
        with faults("read the addresses of attachments"):
            page = session.execute(
                f"SELECT address FROM {_ADDRESSES} WHERE place > ? AND place <= ? ORDER BY place",
                [place, place + _PAGE],
            ).fetchall()
        if not page:
            return
        yield from (address for (address,) in page)
        place += _PAGE


def note_answers(session: DuckDBPyConnection, answers: Sequence[ContentAnswer]) -> None:
    """Keep what became of some of the addresses."""
    columns = [
        [each.address for each in answers],
        [each.sha256 or None for each in answers],
        [each.size for each in answers],
        [each.media_type or None for each in answers],
        [each.source or None for each in answers],
        [each.reason or None for each in answers],
    ]
    types = ("VARCHAR", "VARCHAR", "BIGINT", "VARCHAR", "VARCHAR", "VARCHAR")
    with faults("keep what is known of attachments"):
        session.execute(f"INSERT INTO {_ANSWERS} SELECT {', '.join(f'unnest(?::{kind}[])' for kind in types)}", columns)


def fill_contents(session: DuckDBPyConnection, part: StagedPart, *, stop: StopToken) -> None:
    """Fill what the answers tell into the staged attachments of a part; reject those without content."""
    table = quoted_name(part.staged)
    with faults("check the file", session=session, stop=stop), transaction(session):
        address, asked = _address(session, part.staged), "source" if _maps_source(session, part.staged) else "file"
        part.reject(
            session,
            f"SELECT s._record AS record, {quoted_text(asked)} AS field, {address} AS value, a.reason AS reason "
            f"FROM {table} s JOIN {_ANSWERS} a ON a.address = {address} WHERE a.reason IS NOT NULL",
        )
        filled = (*FILLED, "source")
        session.execute(
            f"CREATE OR REPLACE TEMP TABLE filled AS SELECT s._record, {column_list(filled, prefix='a.')} "
            f"FROM {table} s JOIN {_ANSWERS} a ON a.address = {address}"
        )
        for name, kind in zip(filled, ("VARCHAR", "BIGINT", "VARCHAR", "VARCHAR"), strict=True):
            session.execute(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {quoted_name(name)} {kind}")
        settings = ", ".join(f"{quoted_name(name)} = f.{quoted_name(name)}" for name in filled)
        session.execute(f"UPDATE {table} SET {settings} FROM filled f WHERE f._record = {table}._record")
        session.execute("DROP TABLE filled")


def _address(session: DuckDBPyConnection, staged: str) -> str:
    """Return the SQL of where the file of a staged record ``s`` is."""
    file = "trim(s.file)"
    return f"coalesce(nullif(trim(s.source), ''), {file})" if _maps_source(session, staged) else file


def _maps_source(session: DuckDBPyConnection, staged: str) -> bool:
    return any(name == "source" for name, *_ in session.execute(f"DESCRIBE {quoted_name(staged)}").fetchall())


def write_listing(
    session: DuckDBPyConnection,
    entity: Entity,
    selection: str,
    target: Path,
    *,
    assortment: str | None,
    since: datetime | None,
    upto: datetime,
    types: Collection[str] = (),
    languages: Sequence[str],
) -> AttachedFiles:
    """Write the attachments of an entity's records into a CSV file, with their fields named in its header.

    ``selection`` is what :func:`core.store.catalogue.reading.select_records` made of these settings. The attachments
    are those of the active records in the assortment, and of attachments themselves those selected. With ``since``,
    they are those that changed after it, and all of a record that is new since then. ``languages`` are those in which a
    description is looked for, the first that has one first.
    """
    if entity.name == ATTACHMENT:
        source = f"SELECT * FROM {quoted_name(selection)} a WHERE mutation <> 'deleted'"
    else:
        key = key_text(session, entity.name, "t")
        where = "t.archived_at IS NULL"
        where += "" if assortment is None else f" AND t.assortment = {quoted_text(assortment)}"
        source = (
            f"SELECT * FROM {entity_table(ATTACHMENT)} a WHERE a.entity = {quoted_text(entity.name)} "
            f"AND a.archived_at IS NULL AND a.changed_at <= {moment_literal(upto)} "
            f"AND a.record IN (SELECT {key} FROM {entity_table(entity.name)} t WHERE {where})"
        )
        if since is not None:
            fresh = f"SELECT {key} FROM {quoted_name(selection)} t WHERE mutation = 'new'"
            source += f" AND (a.changed_at > {moment_literal(since)} OR a.record IN ({fresh}))"
    wanted = f" AND type IN ({', '.join(map(quoted_text, types))})" if types else ""
    fields = ", ".join(
        f"any_value({name}) AS {name}" for name in ("type", "language", "sort_order", "size", "media_type")
    )
    texts = ", ".join(f"any_value({quoted_name(f'description.{language}')})" for language in languages)
    fields += f", coalesce({texts}, '') AS description"
    listing = (
        f"SELECT entity, record, file, content_hash, {fields} FROM ({source}) WHERE content_hash IS NOT NULL{wanted} "
        "GROUP BY entity, record, file, content_hash ORDER BY entity, record, sort_order NULLS LAST, file, content_hash"
    )
    with faults("list the attachments"):
        session.execute(f"COPY ({listing}) TO {quoted_text(str(target))} (FORMAT csv, HEADER, FORCE_QUOTE *)")
        row = session.execute(f"SELECT count(*), coalesce(sum(size), 0)::BIGINT FROM ({listing})").fetchone()
    return AttachedFiles(*(row or (0, 0)))


def contents_referred_to(session: DuckDBPyConnection) -> dict[str, int]:
    """Return the SHA-256 and size of all content that a record refers to, be it archived, or did before a run."""
    with faults("be read"):
        rows = session.execute(
            f"SELECT content_hash, max(size) FROM (SELECT content_hash, size FROM {entity_table(ATTACHMENT)} UNION ALL "
            f"SELECT content_hash, size FROM {history_table(ATTACHMENT)}) WHERE content_hash IS NOT NULL GROUP BY ALL"
        ).fetchall()
    return {sha256: int(size or 0) for sha256, size in rows}
