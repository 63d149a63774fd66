"""What a format of the industry is made of: how it is looked at, read and written.

A format is one module (or a small package) in this folder with a constant ``FORMAT``, an :class:`IndustryFormat`, and a
line in :mod:`core.exchange.formats.registry`. What the settings must know of it without importing it (its entities, the
settings of its header) stands in :mod:`core.config.industry`.

**Reading.** ``read(reading)`` walks through the file once and streams: for each kind of record it asks for a
:class:`~core.exchange.formats.rawfile.RawFile` with ``reading.part(...)`` and adds rows to it; then it returns a
:class:`Content`. Nothing is kept in memory but what the file says before its records. The rows are text in **neutral
notation**, and the columns are **named as the fields of the entity**, so that the default mapping is name to name:

- dates ``2026-03-01``, moments ``2026-03-01 12:00:00`` in UTC, numbers with a decimal point and nothing else,
  ``true``/``false``, a VAT rate in percent;
- units by UN/ECE Rec 20, currencies by ISO 4217, countries by ISO 3166-1, languages by ISO 639-1 (BCP 47 with a
  region), a GTIN and a GLN as text with their zeros;
- a field that is translated has a column for each language: ``description.nl`` (see :meth:`Reading.translated`);
- no value is a column left out. What the file has as text, but cannot be meant (``EAN`` of zeros), is no value.

What the notation of the format has to be turned into ours for goes through :mod:`core.exchange.codes`; the reason of
its ``Unfit`` is that of a reject (:meth:`RawFile.reject`), as is what makes a record none at all: an article without a
number, a line that is too long. A value that is in our notation already is *not* looked at: the projection rejects the
record where it is not of its type. A fault that makes the whole file worthless is a ``DataError``.
What a record has and no field is made for goes to the field ``extension`` of its entity, as JSON or as the XML
fragment, in the form in which the writer of the same format takes it back.

**What a part replaces** (:attr:`Part.scope`) follows from the file's own words, such as its transaction. Only where a
format has none, ``reading.delta`` is asked: what the task says.

**Writing.** ``write(writing)`` makes the file ``writing.target`` of ``writing.items(entity)``, which come in the order
of their key, each with the records that belong to it. Rows are dictionaries of text in the same notation as when
reading, without the fields that have no value. A record that the format cannot take is left out with
:meth:`Writing.refuse`, never silently; a text that is too long goes through :meth:`Writing.fitted`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from core.exchange.formats.rawfile import RawFile
from core.text import clean, counted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from core.config.entities import Entity
    from core.config.formats import FormatId
    from core.stop import StopToken

Row = Mapping[str, str]
"""A record as text in neutral notation; fields without a value are left out."""
Change = Literal["new", "changed", "deleted"]
Scope = Literal["all", "owners", "listed"]
"""What a part replaces. ``all``: the assortment; what is absent is archived. ``owners``: what is absent of those owners
that the file names is archived, such as the other prices of an article. ``listed``: nothing that is absent changes."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a file says of itself: shown by ``pendel inspect``, kept with the run. All text is as the file has it."""

    format: FormatId
    title: str
    """Of the format, with its version: ``BMEcat 2005.1``."""
    version: str = ""
    kind: str = ""
    """What it is, in words: ``a new catalogue``, ``changes of articles since update 3``, ``order``."""
    complete: bool | None = None
    """Whether the file calls itself the whole truth, or mere changes (False); None where it does not say. A task
    whose ``delta`` says otherwise refuses it."""
    supplier: str = ""
    supplier_gln: str = ""
    buyer: str = ""
    buyer_gln: str = ""
    catalogue: str = ""
    catalogue_version: str = ""
    currency: str = ""
    languages: tuple[str, ...] = ()
    valid_from: str = ""
    """Dates are ISO 8601 where the file's can be read, else as they stand."""
    valid_until: str = ""
    made_at: str = ""
    announced: int | None = None
    """How many records the file itself says that it has."""
    more: Mapping[str, str] = field(default_factory=dict)
    """What else is worth telling, by what it is called."""

    def lines(self) -> list[tuple[str, str]]:
        """Return what is known as pairs of a name and a text, cleaned, in the order in which it is shown."""
        pairs = [
            ("format", self.title),
            ("kind", self.kind),
            ("supplier", self.supplier),
            ("supplier GLN", self.supplier_gln),
            ("buyer", self.buyer),
            ("buyer GLN", self.buyer_gln),
            ("catalogue", self.catalogue),
            ("catalogue version", self.catalogue_version),
            ("currency", self.currency),
            ("languages", ", ".join(self.languages)),
            ("valid from", self.valid_from),
            ("valid until", self.valid_until),
            ("made", self.made_at),
            ("records announced", "" if self.announced is None else str(self.announced)),
            *self.more.items(),
        ]
        return [(name, clean(text, limit=120)) for name, text in pairs if text]


@dataclass(frozen=True, slots=True)
class Part:
    """The records of one entity in a file, in the order in which parts refer to each other."""

    raw: RawFile
    scope: Scope
    owners: tuple[str, ...] = ()
    """For the scope ``owners``: the fields that say whose a record is, such as ``("article",)``. Named by the file are
    the owners of its records of this part and, where the one field refers to an entity, all its records of that one.
    Attachments are owned by ``("entity", "record")``, and all records with a key of one field are named."""
    references: Mapping[str, Literal["reject", "wait", "stub"]] = field(default_factory=dict)
    """What is done with a reference to what is not there, by field; ``reject`` where nothing is said."""
    only_known: bool = False
    """Records that the assortment does not have are rejected: the file says too little of them to make them."""

    @property
    def entity(self) -> Entity:
        """Of the records."""
        return self.raw.entity


@dataclass(frozen=True, slots=True)
class Content:
    """A file that was read."""

    facts: Facts
    parts: Sequence[Part]
    warnings: Sequence[str] = ()
    """What whoever started the run should know, each in a sentence: each kind of thing once, with how often it was."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a file is, after a quick look."""

    facts: Facts
    counts: Mapping[str, str] = field(default_factory=dict)
    """By what is counted, how much of it: ``{"articles": "12,034"}``; ``about 12,000`` where it was estimated."""
    problems: Sequence[str] = ()
    """The first that was found wrong, each with its line."""
    official: str = ""
    """By which official rules it was looked at, and how far; or that there are none. Empty where none can be."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """When several processes read one document (:mod:`core.exchange.formats.xml_sharing`), and what they may take."""

    processes: int = field(default_factory=lambda: min(os.cpu_count() or 1, 4))
    least: int = 32 << 20
    """Bytes of a document below which starting them would take longer than they save."""
    piece: int = 1 << 18
    """Bytes that one of them takes at a time."""
    memory: int = 1 << 30
    """Bytes that each of them may take: what the catalogue may. One takes about 70 MB, whatever the size of the
    document."""


@dataclass(slots=True)
class Reading:
    """A file that is being read, and what may be used for that."""

    path: Path
    name: str
    """What the file is called in messages."""
    work_dir: Path
    """For working files, which stay until the file is imported."""
    entities: Mapping[str, Entity]
    languages: Sequence[str]
    """Those of the engine: fields that are translated have a value for each."""
    delta: bool
    """What the task says: the file has changes only. For formats whose files do not say so themselves."""
    stop: StopToken
    today: str
    """The date in the zone of the engine, ISO 8601."""
    known: Callable[[str, Row], Row | None] = lambda *_: None
    """To look up a record of the assortment, unless archived, by entity and key: what a file of changes builds on."""
    advance: Callable[[int], None] = lambda _: None
    """To be told, now and then, how many bytes of the file were read."""
    unheld: dict[str, int] = field(default_factory=dict)
    """Languages that the file has and the engine does not, with how many texts."""
    sharing: Sharing = field(default_factory=Sharing)
    parts: list[RawFile] = field(default_factory=list)
    """Those that were asked for, in their order."""
    handed_on: bool = False
    """The records are those of a helper, which hands them on (:mod:`core.exchange.formats.xml_helper`)."""
    _fitting: dict[str, str | None] = field(default_factory=dict)

    def part(
        self, entity: str, fields: Sequence[str], *, optional: Sequence[str] = (), extra: Sequence[str] = ()
    ) -> RawFile:
        """Return a raw file for records of an entity.

        ``fields`` are those that the file speaks of: a record that has no value for one loses the value that it had.
        Of the ``optional`` fields, such as texts in languages that may turn up, those are filled that any record has.
        ``extra`` columns are no fields: they are there for layouts that want them, and cost space.
        """
        path = self.work_dir / f"part-{len(self.parts) + 1}"
        raw = RawFile(path, self.entities[entity], fields, optional, extra, handed_on=self.handed_on)
        self.parts.append(raw)
        return raw

    def translated(self, name: str, language: str) -> str | None:
        """Return the field of a translated text in a language (BCP 47); None, and noted, where the engine lacks it."""
        from core.exchange.codes.languages import fitting_or_none

        known = self._fitting
        if language not in known:
            known[language] = fitting_or_none(language, self.languages)
        found = known[language]
        if found is None:
            self.unheld[language] = self.unheld.get(language, 0) + 1
            return None
        return f"{name}.{found}"

    def every_language(self, *names: str) -> list[str]:
        """Return the fields of translated texts in all languages of the engine: for ``optional``."""
        return [f"{name}.{language}" for name in names for language in self.languages]

    def language_warnings(self) -> list[str]:
        """Return what to say of texts in languages that the engine does not have."""
        return [
            f"{counted(count, 'text')} in {clean(language, limit=20) or 'no language'} "
            f"{'is' if count == 1 else 'are'} not kept: it is none of the languages in [engine]."
            for language, count in self.unheld.items()
        ]


@dataclass(frozen=True, slots=True)
class Item:
    """A record to be written, with the records that belong to it."""

    row: Row
    change: Change
    """What the receiver must be told of it, in a file of changes; in a complete file all are ``new``."""
    related: Mapping[str, Sequence[Row]]
    """By entity, in their order; an entity that was asked for is always there. Of a deleted record there are none."""


@dataclass(frozen=True, slots=True)
class Related:
    """Records of another entity that belong to those that are written."""

    entity: str
    field: str
    """Its field with the key of the record that it belongs to: ``article`` of ``price``."""
    order: tuple[str, ...] = ()
    """Fields by which they are put in order, before their key."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record, or a related one, that was not written."""

    entity: str
    key: str
    field: str
    value: str
    reason: str
    """As a sentence without a subject: ``is longer than the 20 characters that ICC has for it``."""


class Records(Protocol):
    """The records of an export; all come from one snapshot."""

    def count(self, entity: str, related: Sequence[Related] = ()) -> int:
        """Return how many :meth:`items` will yield, asked the same way: for a header that says so beforehand."""

    def given(self, entity: str) -> int:
        """Return how many there were the last time that they were asked for."""

    def items(self, entity: str, related: Sequence[Related] = (), *, everything: bool = False) -> Iterator[Item]:
        """Yield the records of an entity in the order of their key, each with its related ones in theirs.

        In a file of changes they are those that changed, unless ``everything`` is asked for: what a header is made of.
        Call it as often as it is needed, one iteration at a time.
        """


@dataclass(slots=True)
class Writing:
    """A file that is being written, and of what."""

    target: Path
    settings: Any
    """What the layout says of the header: the model that the format has in :mod:`core.config.industry`."""
    records: Records
    entity: str
    """What the task exports: the entity that the file is about."""
    changes_only: bool
    """The file has what changed since the receiver was told last, and not everything there is."""
    made_at: datetime
    """In the zone of the engine."""
    languages: Sequence[str]
    """In which texts are written, the first before all: those of the engine, or the one that the task names."""
    sequence: int
    """1 for a file with everything; of the files of changes that the task has sent since then, the number behind it."""
    stop: StopToken
    work_dir: Path
    refusals: list[Refusal] = field(default_factory=list)
    """The first of them."""
    refused: dict[str, int] = field(default_factory=dict)
    """By entity, how many records were refused."""
    left_out: int = 0
    warned: dict[str, int] = field(default_factory=dict)

    def items(self, entity: str, related: Sequence[Related] = (), *, everything: bool = False) -> Iterator[Item]:
        """Yield the records of an entity, as :meth:`Records.items` does, and heed a stop."""
        for number, item in enumerate(self.records.items(entity, related, everything=everything)):
            if number % 200 == 0:
                self.stop.check()
            yield item

    def refuse(self, entity: str, key: str, reason: str, *, field: str = "", value: str = "") -> None:
        """Note that a record is left out, and why; once for each."""
        self.refused[entity] = self.refused.get(entity, 0) + 1
        if len(self.refusals) < _REFUSALS:
            self.refusals.append(Refusal(entity, clean(key, limit=80), field, clean(value, limit=120), reason))

    def leave_out(self) -> None:
        """Count a record of the entity that the file is about, which by the settings does not belong into it."""
        self.left_out += 1

    def fitted(self, text: str, most: int, field: str) -> str | None:
        """Return a text that has room; None where it has none and the settings want such records refused.

        Where they say ``too_long = "cut"``, it is cut at the limit, and how often that was so is warned of.
        """
        if len(text) <= most:
            return text
        if self.settings.too_long == "refuse":
            return None
        self.warn(f"texts of {field} were cut to the {most} characters that the format has for them")
        return text[:most].rstrip()

    def warn(self, what: str) -> None:
        """Count something that happens to records, to be told once in the end with how often it was."""
        self.warned[what] = self.warned.get(what, 0) + 1


_REFUSALS = 1000


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A record as it stands in the file, in the format's own words."""

    place: str
    """``line 12``, ``row 3 of B01_COMMERCE``."""
    kind: str
    """Of the record: its file, sheet or table, as the standard calls it."""
    values: Mapping[str, str]
    """By the standard's names of the fields."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written; refusals and warnings are noted in the :class:`Writing`."""

    records: int
    """Of the entity that the file is about, deleted ones among them. With those that were refused or left out, they are
    all that were given."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Of the other records by entity."""
    facts: Facts | None = None


@dataclass(frozen=True, slots=True)
class IndustryFormat:
    """A format: what can be done with a file of it. What it lacks is None."""

    id: FormatId
    title: str
    inspect: Callable[[Reading], Inspection] | None = None
    """Look at a file, within a second whatever its size; never raises for what is wrong with records."""
    read: Callable[[Reading], Content] | None = None
    """Read a file, as the module says. Raises DataError, EngineError and StopRequested."""
    rewrite_rejects: Callable[[Reading, Collection[int], Path], None] | None = None
    """Write the items of a file by their numbers (:meth:`RawFile.add`) into another, with the same header, so that it
    can be mended and imported again."""
    write: Callable[[Writing], Written] | None = None
    """Write a file, as the module says. Raises DataError, EngineError and StopRequested."""
    unpacks: bool = True
    """Whether the one file of a zip file is unpacked before; not of what is a zip file itself, or a set of files in
    one: these have :func:`core.exchange.formats.unpacking.unpack`."""
    tells_deleted: bool = False
    """Whether a file of changes can say of a record that it is gone."""
    source_records: Callable[[Reading, int], Iterator[SourceRecord]] | None = None
    """Of a format that is neither XML nor JSON: yield the records of a file as they stand, so that they are held
    against lists of codes; no more than the number of each kind, if that is not 0. What cannot be read is left out."""
    workbook: bool = False
    """Whether a file is a workbook, which may have a template."""
    records: Mapping[str, str] = field(default_factory=dict)
    """Of XML: the elements that are records, each with the one in it that says which: so faults are told of records."""
