"""Where files can be looked for, and which of them nobody looks into through a console: those that keep secrets."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from core.config.locations import LocalLocation as LocalSettings
from core.config.model import placed
from core.config.secrets import SecretRef
from core.engine.api.files import EntryView, Listing, PlaceView
from core.errors import Refused
from core.text import clean, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from core.config.model import Config
    from core.engine.workspace import Workspace
    from core.transfer import Location

UPLOADS, MACHINE, LOCATION = "uploads", "machine", "location "
MOST_ENTRIES = 5000
_LINKS_FOLLOWED = 200
_SYSTEM = ("/proc", "/sys", "/dev", "/run/credentials")


class Places:
    """The places of a workspace, by id."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    @property
    def _config(self) -> Config:
        return self._workspace.config

    def all(self) -> Sequence[PlaceView]:
        """Return every place, the upload directory first."""
        config = self._config
        views = [PlaceView(UPLOADS, "Upload directory", "local", clean(str(config.uploads_dir)))]
        views += [
            PlaceView(f"{LOCATION}{name}", clean(name), location.protocol, clean(location.directory))
            for name, location in config.locations.items()
        ]
        return [*views, PlaceView(MACHINE, "This machine", "local", clean(str(config.base_dir)))]

    @contextmanager
    def opened(self, place: str) -> Iterator[Location]:
        """Open a place as a location; that of this machine begins at its root.

        Raises:
            Refused: there is no such place.
        """
        from core.transfer import open_location
        from core.transfer.local import LocalLocation

        config = self._config
        location: Location
        if place == UPLOADS:
            location = LocalLocation("the upload directory", config.uploads_dir)
        elif place == MACHINE:
            location = LocalLocation("this machine", Path("/"))
        else:
            name = place.removeprefix(LOCATION)
            if not place.startswith(LOCATION) or name not in config.locations:
                near = nearest(name, config.locations)
                raise Refused(
                    f"There is no location {clean(name, limit=70)!r}.", advice=f"Did you mean {near!r}?" if near else ""
                )
            location = open_location(
                name,
                config.locations[name],
                base_dir=config.base_dir,
                secrets=self._workspace.secrets,
                known_hosts=config.known_hosts_file,
            )
        with location:
            yield location

    def browse(self, place: str, directory: str, limit: int) -> Listing:
        """Return what is in a directory: its directories by name, then its files, the latest first.

        Raises:
            Refused: there is no such place, or it keeps secrets.
            PendelError: it cannot be looked into.
        """
        directory = directory.strip("/")
        limit = max(1, min(limit, MOST_ENTRIES))
        with self.opened(place) as location:
            self.refuse_secret(location, directory)
            entries = list(location.entries(directory))
            skipped = location.skipped
            views = [
                EntryView(
                    f"{directory}/{entry.name}" if directory else entry.name,
                    clean(entry.name, limit=255),
                    entry.kind == "directory",
                    0 if entry.kind == "directory" else entry.size,
                    entry.modified,
                )
                for entry in entries
                if entry.kind != "link"
            ]
            links = [entry.name for entry in entries if entry.kind == "link"]
            views += self._followed(location, directory, links[:_LINKS_FOLLOWED])
        views.sort(key=_order)
        left_out = max(0, len(views) - limit) + max(0, len(links) - _LINKS_FOLLOWED)
        title = f"/{directory}" if place == MACHINE else directory
        return Listing(place, directory, clean(title), tuple(views[:limit]), left_out, skipped)

    def _followed(self, location: Location, directory: str, links: Sequence[str]) -> Iterator[EntryView]:
        """Links with what they lead to; one that leads to no file is taken for one to a directory."""
        from core.errors import PendelError

        for name in links:
            path = f"{directory}/{name}" if directory else name
            try:
                found = location.stat(path)
            except PendelError as error:
                if error.retriable:
                    raise
                continue
            shown = clean(name, limit=255)
            if found is None:
                yield EntryView(path, shown, True, 0, None)
            else:
                yield EntryView(path, shown, False, found.size, found.modified)

    def refuse_secret(self, location: Location, path: str) -> None:
        """Refuse a path of this machine behind which secrets are kept.

        Raises:
            Refused: it is such a path.
        """
        from core.transfer.local import LocalLocation

        if not isinstance(location, LocalLocation):
            return
        real = (location.directory / path).resolve()
        if why := self._secret(real):
            raise Refused(
                f"{clean(str(real))} cannot be looked into from here: {why}.",
                advice="Put the file that you want to look into in the upload directory.",
            )

    def _secret(self, real: Path) -> str:
        config = self._config
        if any(real.is_relative_to(place) for place in (*_SYSTEM, os.environ.get("CREDENTIALS_DIRECTORY") or "/proc")):
            return "the system keeps its own things there"
        if real in self._secret_files():
            return "it is a secret of the configuration"
        roots = [root for root in self._roots() if real.is_relative_to(root)]
        data_dir = config.data_dir.resolve()
        inner = real.relative_to(data_dir).parts[:1] if real.is_relative_to(data_dir) else ()
        named = any(root != data_dir and root.is_relative_to(data_dir) for root in roots)
        if inner and not named and inner[0] not in ("rejects", "spool"):
            return "Pendel keeps its own things there"
        # What the operator has named for data may lie anywhere, also in a hidden directory.
        known = [root for root in (Path("/"), config.base_dir.resolve(), *roots) if real.is_relative_to(root)]
        begins = max(known, key=lambda root: len(root.parts))
        if any(part.startswith(".") for part in real.relative_to(begins).parts):
            return "hidden files and directories may keep secrets"
        return ""

    def _roots(self) -> Iterator[Path]:
        """The directories that the operator has named for data."""
        config = self._config
        yield config.uploads_dir.resolve()
        yield config.exports_dir.resolve()
        for settings in config.locations.values():
            if isinstance(settings, LocalSettings):
                yield placed(config.base_dir, settings.directory).resolve()

    def _secret_files(self) -> set[Path]:
        references = [value for settings in self._config.locations.values() for _, value in settings]
        return {
            placed(self._config.base_dir, reference.file).resolve()
            for reference in references
            if isinstance(reference, SecretRef) and reference.file
        }


def _order(entry: EntryView) -> tuple[bool, float, str]:
    moment: datetime | None = entry.modified
    return (not entry.directory, 0.0 if entry.directory or moment is None else -moment.timestamp(), entry.name)
