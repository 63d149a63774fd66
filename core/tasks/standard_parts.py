"""A file of an industry format, read into its parts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath
from types import MappingProxyType
from typing import TYPE_CHECKING

from core.config.layouts import ImportColumn
from core.errors import Refused
from core.tasks.parts import FileParts, Part
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from core.config.industry_layouts import IndustryImportLayout
    from core.exchange.formats import contract
    from core.exchange.formats.contract import Facts, IndustryFormat
    from core.tasks.parts import Reading


def read_standard(reading: Reading, layout: IndustryImportLayout) -> FileParts:
    """Read a file of the format of a layout, and stage its records.

    Raises:
        DataError: the file is none of this format, or broken.
        Refused: it says of itself that it is complete, or is not, and the task says otherwise; or it is not as the
            official rules want it, and the task refuses such files.
        EngineError: the disk or the memory does not suffice.
        StopRequested: a stop was asked for.
    """
    from core.exchange.formats.registry import industry_format

    own = {walk.entity: walk.columns for walk in layout.walks}
    rules = reading.context.config.schemas_dir / layout.format
    return _Standard(reading, industry_format(layout.format), own, rules).parts()


def read_as(
    reading: Reading, form: IndustryFormat, own: Mapping[str, Sequence[ImportColumn]] = MappingProxyType({})
) -> FileParts:
    """Read a file as one of a format, and stage its records; ``own`` has by entity what is taken otherwise.

    Raises:
        DataError, Refused, EngineError, StopRequested: as :func:`read_standard`.
    """
    return _Standard(reading, form, own).parts()


class _Standard:
    """One file on its way into parts; what was read stays until it is imported."""

    def __init__(
        self,
        reading: Reading,
        form: IndustryFormat,
        own: Mapping[str, Sequence[ImportColumn]],
        rules: Path | None = None,
    ) -> None:
        self._reading = reading
        self._own = own
        self._form = form
        self._source, self._inner = _unpacked(reading, form)
        self._content = self._read()
        self._faults = [] if rules is None else self._held_against(rules)

    def _read(self) -> contract.Content:
        from core.exchange.formats.contract import Reading as FormatReading
        from core.exchange.formats.contract import Sharing
        from core.store.catalogue import find_record

        reading, context = self._reading, self._reading.context
        size = self._source.stat().st_size
        advance = context.step(f"reading {reading.name}", total=size, unit="bytes")
        self._format_reading = FormatReading(
            path=self._source,
            name=reading.name,
            work_dir=reading.work / "raw",
            entities=context.config.entities,
            languages=context.config.engine.languages,
            delta=reading.task.says_delta is not False,
            stop=context.stop,
            today=f"{context.now().astimezone(context.config.engine.zone):%Y-%m-%d}",
            known=lambda entity, key: find_record(
                reading.session, context.config.entities[entity], reading.task.assortment, key, before_run=context.run
            ),
            advance=lambda read: advance(read, size),
            sharing=Sharing(memory=context.config.engine.memory_limit * 1_000_000),
        )
        read = self._form.read
        assert read is not None  # noqa: S101 - a test holds the formats against what the settings offer
        content = read(self._format_reading)
        refuse_contradiction(content.facts, reading.task.says_delta, reading.name)
        return content

    def _held_against(self, rules: Path) -> list[str]:
        """Hold the file against the official rules of its format; return what there is to warn of.

        Raises:
            Refused: there is something, and the task refuses such files.
        """
        from core.exchange.formats.official.checking import check_official
        from core.exchange.formats.official.verdict import MEND

        reading, context = self._reading, self._reading.context
        if not rules.is_dir():
            return []
        size = self._source.stat().st_size
        advance = context.step(f"checking {reading.name} by the official rules", total=size, unit="bytes")
        verdict = check_official(
            replace(self._format_reading, advance=lambda read: advance(read, size)), self._form, rules
        )
        if verdict is None:
            return []
        names = " and ".join(verdict.against)
        for fault in verdict.faults:
            context.log.warning("%s, by %s: %s.", reading.name, names, fault.rstrip("."))
        found = [f"{reading.name} {verdict.in_words()}."] if verdict.faults else []
        found += [f"{reading.name} was not checked by all official rules: {each} {MEND}." for each in verdict.unusable]
        if found and reading.task.if_invalid == "refuse":
            raise Refused(
                found[0],
                advice="Nothing of it was imported. "
                + ("Ask the sender for a file without faults" if verdict.faults else MEND)
                + f", or set if_invalid to warn; the official rules are in {rules}.",
            )
        for each in verdict.spare:
            context.log.warning("%s %s: %s.", each, MEND, rules)
        if verdict.unfitting:
            context.log.info("%s was not held against a schema or template: %s.", reading.name, verdict.unfitting)
        if verdict.unmet:
            fields = clean(", ".join(verdict.unmet), limit=300)
            context.log.info("%s has none of these, for which codes.csv names a list: %s.", reading.name, fields)
        if not found and verdict.against:
            context.log.info("%s is as %s wants it.", reading.name, names)
        return found

    def parts(self) -> FileParts:
        """Stage the records of all parts."""
        reading = self._reading
        staged = [self._stage(part, number) for number, part in enumerate(self._content.parts, start=1)]
        if staged:
            warnings = [*self._content.warnings, *self._format_reading.language_warnings(), *self._faults]
            staged[0].warnings = warnings
        name = (
            reading.name if not self._inner else str(PurePath(reading.name).with_suffix(PurePath(self._inner).suffix))
        )
        return FileParts(
            staged,
            "only what stands before the first",
            self._locate,
            self._write_rejects,
            name,
            facts=dict(self._content.facts.lines()),
            fetches=reading.task.attachments is not None,
        )

    def _stage(self, found: contract.Part, number: int) -> Part:
        from core.config.values import TypedFormats
        from core.exchange.staging import stage_rows

        reading = self._reading
        columns = columns_of(found, self._own.get(found.entity.name, ()))
        part = Part(
            found.entity,
            f"staged {number}",
            f"rejects {number}",
            reading.task.assortment,
            full=found.scope != "listed",
            owners=found.owners,
            of_owners=found.scope == "owners",
            references={column.field: column.references for column in columns},
            title=found.entity.name,
            only_known=found.only_known,
        )
        result = stage_rows(
            found.raw.rows(),
            columns,
            TypedFormats(),
            found.entity,
            connection=reading.session,
            stop=reading.context.stop,
            name=f"{reading.name}, {found.entity.name}",
            staged=part.staged,
            rejects=part.rejects,
            deleted=f"deleted {number}",
        )
        part.fields, part.read, part.unread = result.fields, result.accepted, result.rejected
        part.deleted, part.gone = (f"deleted {number}" if result.deleted else ""), result.deleted
        return part

    def _locate(self, rejects: str) -> None:
        from core.exchange.staging import locate_rows

        reading = self._reading
        for number, part in enumerate(self._content.parts):
            locate_rows(
                part.raw.rows(),
                rejects,
                connection=reading.session,
                stop=reading.context.stop,
                name=reading.name,
                only=f"part = {number}",
            )

    def _write_rejects(self, rejects: str, target: Path) -> int:
        from core.exchange.numbers import Numbers, queried_numbers
        from core.sql import quoted_name

        of_parts = " UNION ".join(
            f"SELECT i.item FROM ({part.raw.items()}) i "
            f"JOIN {quoted_name(rejects)} r ON r.record = i.record AND r.part = {number} WHERE i.item > 0"
            for number, part in enumerate(self._content.parts)
        )
        items = Numbers(queried_numbers(self._reading.session, f"SELECT item FROM ({of_parts}) ORDER BY item"))
        rewrite = self._form.rewrite_rejects
        assert rewrite is not None  # noqa: S101 - a test holds the formats against what the settings offer
        rewrite(self._format_reading, items, target)
        return len(items)


def _unpacked(reading: Reading, form: IndustryFormat) -> tuple[Path, str]:
    """Return the file itself, or the one in a zip file, with its name there."""
    from core.exchange.formats.unpacking import is_zip, only_member

    if not form.unpacks or not is_zip(reading.source):
        return reading.source, ""
    member = only_member(reading.source, reading.work / "unpacked", name=reading.name, stop=reading.context.stop)
    return member.path, member.name


def columns_of(found: contract.Part, own: Sequence[ImportColumn]) -> list[ImportColumn]:
    """Return how the columns of a part and the fields go together: by their names, but for what a layout says."""
    said = {column.field: column for column in own}
    references = found.references
    columns = [
        said.pop(name)
        if name in said
        else ImportColumn(column=name, field=name, references=references.get(name, "reject"))
        for name in found.raw.fields
    ]
    return [*columns, *said.values()]


def refuse_contradiction(facts: Facts, delta: bool | None, name: str) -> None:
    """Refuse a file that says it is complete, or is not, to a task that says the opposite.

    Raises:
        Refused: it does; nothing was changed.
    """
    if delta is None or facts.complete is None or facts.complete is not delta:
        return
    kind = f" ({facts.kind})" if facts.kind else ""
    if facts.complete:
        raise Refused(
            f"{name} says that it is complete{kind}, but the task takes files of changes: delta = true.",
            advice="Nothing was changed. Set delta = false, or leave delta out: then each file is taken as it says.",
        )
    raise Refused(
        f"{name} says that it has changes only{kind}, but the task would archive all that is not in it: delta = false.",
        advice="Nothing was changed. Set delta = true, or leave delta out: then each file is taken as it says.",
    )
