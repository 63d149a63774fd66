"""The attachments of exported records, sent beside the export file: as one zip file, or as files in a directory."""

from __future__ import annotations

import csv
import zipfile
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from core.store.attachments import AttachmentStore
from core.store.catalogue.attached import AttachedFiles, write_listing
from core.tasks.attachment_names import FileNames
from core.tasks.parcels import Parcel, addressed, deliver, kept_parcel, note_target, refuse_existing
from core.text import clean, counted, file_size
from core.transfer.names import split_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path
    from typing import TextIO

    from duckdb import DuckDBPyConnection

    from core.config.attachments import AttachmentExport
    from core.config.tasks import ExportTask, FeedTask
    from core.tasks.connection import Connection
    from core.tasks.context import RunContext

INDEX = "attachments.csv"
"""What comes with the files, and says whose they are: an import of attachments can read it."""
INDEX_COLUMNS = (
    "entity", "record", "file", "type", "language", "description", "sort_order", "media_type", "size", "sha256",
)  # fmt: skip
_LISTING = "attachments-listing.csv"
_PACKED = (
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/webp",
    "video/",
    "audio/",
    "application/zip",
    "application/vnd.",
)
"""Beginnings of media types whose files get no smaller in a zip file."""


@dataclass(frozen=True, slots=True)
class _File:
    """One file that is to be sent."""

    name: str
    """A path below the zip file or the directory."""
    sha256: str
    size: int
    media_type: str


class AttachedExport:
    """The attachments of one export, from the snapshot of its records until they are delivered."""

    def __init__(self, context: RunContext, task: ExportTask | FeedTask, settings: AttachmentExport) -> None:
        self._context = context
        self._task = task
        self._settings = settings
        self._store = AttachmentStore(context.config.attachments_dir)
        self._listing = context.spool / _LISTING

    @property
    def found(self) -> AttachedFiles:
        """How many files there are, once they are listed."""
        return AttachedFiles(**self._context.checkpoint["attached"]["found"])

    @property
    def listed(self) -> bool:
        """Whether an earlier attempt has listed them, and all of its list is still there."""
        known = self._context.checkpoint.get("attached")
        return known is not None and self._listing.exists() and self._listing.stat().st_size == known["listing"]

    def place(self, path: str) -> str:
        """Return the path of the zip file, or of the directory, beside the export file ``path``."""
        directory, name = split_path(path.removesuffix(".zip"))
        stem = name.rpartition(".")[0] or name
        beside = f"{stem}-attachments.zip" if self._settings.form == "zip" else f"{stem}-attachments"
        return str(PurePosixPath(directory) / (self._settings.directory or beside))

    def refuse_existing(self, connection: Connection, path: str) -> None:
        """Refuse what is there already, before anything is rendered.

        Raises:
            TargetExists: the zip file is there, or files were sent to the directory before.
        """
        place = self.place(path)
        refuse_existing(connection, place if self._settings.form == "zip" else f"{place}/{INDEX}")

    def list(self, session: DuckDBPyConnection, selection: str, *, since: datetime | None, upto: datetime) -> None:
        """List the files in the snapshot of the exported records, and keep that with the next checkpoint."""
        config = self._context.config
        found = write_listing(
            session,
            config.entities[self._task.entity],
            selection,
            self._listing,
            assortment=self._task.assortment,
            since=since,
            upto=upto,
            types=self._settings.types,
            languages=tuple(dict.fromkeys(filter(None, (self._task.language, *config.engine.languages)))),
        )
        self._context.checkpoint["attached"] = {"found": asdict(found), "listing": self._listing.stat().st_size}

    def in_words(self, path: str) -> str:
        """Return what belongs to the export, as the end of a sentence."""
        found = self.found
        if not found.files:
            return "no attachments"
        return f"{counted(found.files, 'attachment')} ({file_size(found.size)}) in {clean(self.place(path))}"

    def deliver(self, connection: Connection, path: str) -> None:
        """Send the files: all that an earlier attempt has not sent.

        Raises:
            StoreError: the content of one is not what it was; nothing of it was sent.
            PendelError: it could not be delivered.
        """
        if not self.found.files:
            return
        if self._settings.form == "zip":
            self._deliver_zip(connection, self.place(path))
        else:
            self._deliver_files(connection, self.place(path))

    def _deliver_zip(self, connection: Connection, path: str) -> None:
        context, known = self._context, self._context.checkpoint["attached"]
        parcel = kept_parcel(context, known.get("parcel"))
        resumed = parcel is not None
        if parcel is None:
            written = context.spool / "attachments.zip"
            self._pack(written)
            parcel = Parcel(written.name, path, written.stat().st_size, self.found.files, "")
            parcel = addressed(connection, parcel)
            self._save(parcel=asdict(parcel))
        if parcel.delivered:
            return
        sha256 = deliver(context, connection, parcel, overwrite=self._task.overwrite, look_first=resumed)
        with context.journal.transaction():
            note_target(context, connection, parcel, sha256)
            self._save(parcel=asdict(replace(parcel, delivered=True)))

    def _pack(self, target: Path) -> None:
        """Write the zip file; content goes through memory in pieces, however large it is."""
        context = self._context
        advance = context.step("packing attachments", total=self.found.size, unit="bytes")
        moment = context.now().astimezone(context.config.engine.zone).timetuple()[:6]
        done = 0
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive, self._files() as (files, index):
            for file in files:
                info = zipfile.ZipInfo(file.name, date_time=moment)
                info.compress_type = zipfile.ZIP_STORED if file.media_type.startswith(_PACKED) else zipfile.ZIP_DEFLATED
                info.external_attr = 0o644 << 16
                with archive.open(info, "w", force_zip64=True) as member:
                    for piece in self._store.read(file.sha256, context.stop):
                        member.write(piece)
                        done += len(piece)
                        advance(done, self.found.size)
            archive.write(index, INDEX)

    def _deliver_files(self, connection: Connection, directory: str) -> None:
        context = self._context
        already = int(context.checkpoint["attached"].get("sent", 0))
        resumed = "sent" in context.checkpoint["attached"]
        self._save(sent=already)
        made: set[str] = set()
        with self._files() as (files, index):
            for number, file in enumerate(files):
                if number < already:
                    continue
                path = f"{directory}/{file.name}"
                self._make_directory(connection, split_path(path)[0], made)
                spooled = context.spool / "attachment"
                with spooled.open("wb") as copy:
                    for piece in self._store.read(file.sha256, context.stop):
                        copy.write(piece)
                self._deliver_one(connection, spooled, path, look_first=resumed and number == already)
                self._save(sent=number + 1)
            self._make_directory(connection, directory, made)
            path = f"{directory}/{INDEX}"
            parcel, sha256 = self._deliver_one(connection, index, path, look_first=resumed)
        note_target(context, connection, parcel, sha256)

    def _deliver_one(self, connection: Connection, spooled: Path, path: str, *, look_first: bool) -> tuple[Parcel, str]:
        parcel = Parcel(spooled.name, path, spooled.stat().st_size, 1, "")
        if self._task.overwrite:
            # So that what is there is never taken for this file, by its size alone.
            parcel = addressed(connection, parcel)
        sha256 = deliver(self._context, connection, parcel, overwrite=self._task.overwrite, look_first=look_first)
        spooled.unlink()
        return parcel, sha256

    def _make_directory(self, connection: Connection, directory: str, made: set[str]) -> None:
        if directory not in made:
            connection.attempt("Making a directory", lambda location: location.make_directory(directory))
            made.add(directory)

    def _save(self, **more: object) -> None:
        self._context.checkpoint["attached"] |= more
        self._context.save_checkpoint()

    @contextmanager
    def _files(self) -> Iterator[tuple[Iterator[_File], Path]]:
        """Give the files with their names, in the same order each time, and the index, whole when all were taken."""
        index = self._context.spool / INDEX
        with (
            self._listing.open(encoding="utf-8", newline="") as listing,
            index.open("w", encoding="utf-8", newline="") as written,
        ):
            yield self._named(listing, written), index

    def _named(self, listing: TextIO, index: TextIO) -> Iterator[_File]:
        names = FileNames(self._settings.name, taken=[INDEX])
        rows = csv.writer(index, lineterminator="\n")
        rows.writerow(INDEX_COLUMNS)
        for row in csv.DictReader(listing):
            values = {**row, "hash": row["content_hash"], "sort_order": row["sort_order"] or "0"}
            file = _File(
                names.name(values, row["media_type"]), row["content_hash"], int(row["size"] or 0), row["media_type"]
            )
            rows.writerow(
                [
                    row["entity"], row["record"], file.name, row["type"], row["language"], row["description"],
                    row["sort_order"], file.media_type, file.size, file.sha256,
                ]
            )  # fmt: skip
            yield file
        index.flush()
