"""The settings of tasks: what every task has, and what each type adds."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, StrictBool, StrictFloat, StrictInt, StrictStr, model_validator

from core.config.alerts import TaskAlerts
from core.config.attachments import AttachmentExport, AttachmentImport
from core.config.base import EntityName, FieldName, Identifier, Line, Settings, setting
from core.config.entities import Publication
from core.config.frequency import Frequency, Manual
from core.config.placeholders import placeholder_problem, uses_sequence

Share = Annotated[StrictFloat | StrictInt, Field(ge=0, le=1)]
"""A part of a whole, from 0 to 1."""


DELTA_HELP = (
    "Yes: only new and changed records are written. No: records not in the file are archived. Left out, a file of an "
    "industry format that says itself what it is, is taken as that."
)
INVALID_HELP = (
    "By the official schemas, code lists and templates of its industry format that lie in schemas/FORMAT of the data "
    "directory: warn of them and import what can be, or import nothing of it."
)


def settle_time() -> Any:
    """Declare the setting for how long a file must have kept its size."""
    return setting(
        2,
        title="Settle time",
        help="A file is taken when its size stays the same for so long.",
        unit="seconds",
        ge=0,
        le=3600,
    )


def _known_placeholders(template: str) -> str:
    if problem := placeholder_problem(template):
        raise ValueError(problem)
    return template


FileTemplate = Annotated[StrictStr, AfterValidator(_known_placeholders)]
"""A file name or path in which placeholders may stand (EX6)."""


class Predecessors(Settings):
    """The tasks that a task comes after, inside a wave or by frequency ``after`` (T6)."""

    tasks: list[Identifier] = setting(
        title="Tasks", help="Those that this one comes after.", refers="tasks", min_length=1
    )
    on_failure: Literal["skip", "run"] = setting(
        "skip", title="When one failed", help="Skip this task with that reason, or run it all the same."
    )


class RemotePath(Settings):
    """A file, or several by a wildcard, at a location."""

    location: Identifier = setting(title="Location", refers="locations")
    path: StrictStr = setting(title="Path", help="In the location's directory.")


class TargetPath(Settings):
    """A file, or for a csv-export the directory of its files, at a location."""

    location: Identifier = setting(title="Location", refers="locations")
    path: FileTemplate = setting(title="Path", help="In the location's directory; {date} and the like are allowed.")


class TaskBase(Settings):
    """What every task has (T2)."""

    type: StrictStr = setting(title="Type")
    id: Identifier = setting(
        title="Id", help="Its name on the command line and in logs; it stays when all else changes."
    )
    description: Line = setting(title="Description")
    active: StrictBool = setting(
        True, title="Active", help="No: it never starts by itself, but can be started by hand."
    )
    sequence: StrictInt = setting(
        title="Sequence number", help="Orders the tasks that are due at the same time.", ge=0, le=999_999
    )
    frequency: Frequency = setting(Manual, title="Frequency", help="When the task starts by itself.")
    after: Predecessors | None = setting(None, title="After", help="Tasks that have to end before this one starts.")
    missed: Literal["run_once", "skip"] | None = setting(
        None, title="Missed occurrences", help="Empty: as set for the engine."
    )
    alerts: TaskAlerts | None = setting(
        None, title="Alerts", help="Empty: by the rules in [alerts]; false: nobody is told."
    )


class ImportTask(TaskBase):
    """A file into the catalogue (IM)."""

    type: Literal["import"] = "import"
    entity: EntityName | None = setting(
        None, title="Entity", help="Empty: that of the layout, or of its first pass.", refers="entities"
    )
    assortment: StrictStr = setting(
        "", title="Assortment", help="Where the records go, such as the name of a supplier. Empty: into none."
    )
    layout: Identifier = setting(title="Layout", help="How the file is read.", refers="layouts")
    delta: StrictBool = setting(True, title="Delta", help=DELTA_HELP)
    file: StrictStr | None = setting(None, title="Import file", help="In the upload directory; or set a source.")
    source: RemotePath | None = setting(None, title="Source", help="A wildcard takes all that match, oldest first.")
    if_missing: Literal["succeed", "warn", "fail"] | None = setting(
        None, title="When there is no file", help="Empty: fail for one file, succeed for a wildcard."
    )
    settle: StrictInt = settle_time()
    delete_after: StrictBool = setting(
        False, title="Delete the file afterwards", help="At its source, once all of it is imported."
    )
    move_after: StrictStr | None = setting(
        None, title="Move the file to", help="A directory beside it, after the import, in place of deleting."
    )
    max_rejected: Share = setting(
        0.05, title="Rejects allowed", help="Share of the rows; more fails the run and changes nothing."
    )
    max_archived: Share = setting(
        0.20,
        title="Archiving allowed",
        help="Share of the assortment; more stops the run before it changes anything.",
    )
    allow_empty: StrictBool = setting(False, title="Take a file without records", help="No: such a file fails the run.")
    if_invalid: Literal["warn", "refuse"] = setting("warn", title="When a file has faults", help=INVALID_HELP)
    attachments: AttachmentImport | None = setting(
        None, title="Attachments", help="Of the entity attachment: how the files are fetched that its records name."
    )

    @model_validator(mode="after")
    def _one_source(self) -> ImportTask:
        if (self.file is None) == (self.source is None):
            raise ValueError("exactly one of file (in the upload directory) and source (at a location) is needed")
        if self.delete_after and self.move_after:
            raise ValueError("the file is deleted or moved afterwards, not both")
        return self

    @property
    def says_delta(self) -> bool | None:
        """Delta as it is set; None where it is left out."""
        return self.delta if "delta" in self.model_fields_set else None


class _Delivery(TaskBase):
    compress: StrictBool = setting(False, title="Compress", help="As a zip file.")
    overwrite: StrictBool = setting(
        False, title="Overwrite an existing file", help="No: a run fails where its file is at the target already."
    )
    target: TargetPath | None = setting(None, title="Target", help="Empty: the export directory.")


class RecordExport(_Delivery):
    """What exports and feeds have in common: which records, through which layout, to where."""

    entity: EntityName = setting(title="Entity", refers="entities")
    assortment: StrictStr | None = setting(None, title="Assortment", help="Empty: all.")
    publication: Publication | None = setting(
        None, title="Publication", help="Only records that are published there. Empty: all.", refers="publications"
    )
    layout: Identifier = setting(title="Layout", help="How the file is written.", refers="layouts")
    changes_only: StrictBool = setting(
        False,
        title="Changes since",
        help="Only what changed after the cursor; Pendel keeps it, and it can be set by hand.",
    )
    where: StrictStr | None = setting(
        None,
        title="Only records where",
        help="A SQL condition over the fields of a record: \"stock > 0 AND status = 'active'\". Empty: all.",
        min_length=1,
    )
    if_empty: Literal["write", "skip"] = setting(
        "write", title="When there is no record", help="Write a file without records, or none."
    )
    file: FileTemplate | None = setting(None, title="Export file", help="In the export directory; or set a target.")
    attachments: AttachmentExport | None = setting(
        None, title="Attachments", help="Send the files of the records, too. Empty: only the records."
    )

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if (self.file is None) == (self.target is None):
            raise ValueError("exactly one of file (in the export directory) and target (at a location) is needed")
        return self


class ExportTask(RecordExport):
    """Records of the catalogue into a file (EX)."""

    type: Literal["export"] = "export"
    language: StrictStr | None = setting(
        None,
        title="Language",
        help="Of translated fields that are named without one. Empty: a column per language.",
    )
    delta: StrictBool = setting(
        True,
        title="Delta",
        help="No: the file is the whole truth, and the receiver may count what is missing as expired.",
    )
    archive_left_out: StrictBool = setting(
        False,
        title="Archive what is left out",
        help="Once the file is delivered: records of the assortment that the condition leaves out. For delta = false.",
    )
    max_archived: Share = setting(
        0.20,
        title="Archiving allowed",
        help="Share of the assortment; more stops the run before it writes or archives anything.",
    )

    @model_validator(mode="after")
    def _changes_are_no_whole(self) -> ExportTask:
        if self.changes_only and not self.delta:
            raise ValueError("a file of changes since the cursor is not the whole truth: set delta = true")
        if self.archive_left_out and (self.delta or self.where is None or self.assortment is None):
            raise ValueError(
                "archive_left_out needs delta = false, an assortment, and a condition (where) that leaves records out"
            )
        return self


class EtlTask(TaskBase):
    """The steps of an ETL scheme over the records of an assortment (ETL)."""

    type: Literal["etl"] = "etl"
    assortment: StrictStr = setting("", title="Assortment", help="Empty: the records that stand in none.")
    scheme: Identifier = setting(title="ETL scheme", refers="schemes")
    max_archived: Share = setting(
        0.20,
        title="Archiving allowed",
        help="Share of an entity's records in the assortment; more stops the run before it changes anything.",
    )
    max_changed: Share = setting(
        1.0, title="Changes allowed", help="The same for records that become others. 1: all of them."
    )


class FeedTask(RecordExport):
    """Records of the catalogue, and what belongs to them, into a nested document (FE)."""

    type: Literal["feed"] = "feed"
    language: StrictStr | None = setting(
        None,
        title="Language",
        help="Of translated fields that are named without one. Empty: the first of the engine.",
    )


class CsvExportPart(Settings):
    """One kind of data in a csv-export: its file and its columns (CF1)."""

    entity: EntityName = setting(title="Entity", refers="entities")
    assortment: StrictStr | None = setting(None, title="Assortment", help="Empty: all.")
    publication: Publication | None = setting(
        None, title="Publication", help="Only records that are published there. Empty: all.", refers="publications"
    )
    file: FileTemplate = setting(title="File name", help="{date} and the like are allowed.", min_length=1)
    fields: list[FieldName] = setting(title="Columns", refers="fields", min_length=1)


class CsvExportTask(_Delivery):
    """Several kinds of data, each its own CSV file with the columns that are ticked (CF)."""

    type: Literal["csv-export"] = "csv-export"
    exports: list[CsvExportPart] = setting(title="Exports", min_length=1)
    delimiter: StrictStr = setting(",", title="Delimiter", min_length=1, max_length=1)

    @model_validator(mode="after")
    def _different_files(self) -> CsvExportTask:
        written: set[tuple[str, str, str | None]] = set()
        for part in self.exports:
            if uses_sequence(part.file):
                continue
            # What a placeholder stands for tells two files of one name apart.
            entity = part.entity if "{entity" in part.file else ""
            assortment = part.assortment if "{assortment" in part.file else None
            if (part.file, entity, assortment) in written:
                raise ValueError(f"two exports write the file {part.file!r}")
            written.add((part.file, entity, assortment))
        return self


FileTask = ImportTask | ExportTask | FeedTask | CsvExportTask | EtlTask
"""The types of task that are declared here; :mod:`core.config.task_types` has all."""
