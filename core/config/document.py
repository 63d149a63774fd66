"""The configuration as a document that is changed from the console: comments, order and unknown keys stay.

Open it, change it, save it. Nothing reaches the disk before :meth:`ConfigDocument.save`, which refuses a change that
would not load, and one to files that somebody else has changed in the meantime.
"""

from __future__ import annotations

import codecs
import copy
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal

from core.config import editing, sources
from core.config.files import replace_file
from core.config.history import History, content_hash
from core.config.introspect import DISCRIMINATORS, tells_kind
from core.config.load import checked, load
from core.config.model import DATA_DIR, placed
from core.errors import ChangedOutside, ConfigError, EngineError, Refused
from core.text import clean, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from core.config.base import Settings
    from core.config.history import Change
    from core.config.model import Config
    from core.config.outline import KeyPath

TableKind = Literal[
    "engine", "retention", "access", "console", "alerts", "monitoring", "superoffice", "entities", "locations",
    "layouts", "schemes", "connectors", "links", "tasks",
]  # fmt: skip

_WORDS = {
    "entities": "entity", "locations": "location", "layouts": "layout", "schemes": "ETL scheme",
    "connectors": "connector", "links": "link", "tasks": "task",
}  # fmt: skip


def plain(settings: Settings) -> dict[str, Any]:
    """Return settings as they are written in the file: what was set, and the words that tell their kind."""
    values = settings.model_dump(by_alias=True, exclude_none=True, exclude_unset=True)
    for name, info in type(settings).model_fields.items():
        inner = getattr(settings, name)
        key = info.alias or name
        if key in values and hasattr(inner, "model_fields_set"):
            values[key] = plain(inner)
    words = {key: getattr(settings, key) for key in DISCRIMINATORS if tells_kind(type(settings), key)}
    return words | values


class ConfigDocument:
    """All files of a configuration, with the changes that were made to them and are not saved yet.

    A table is named by its kind and its name: ``("locations", "supplier")``, a task by its id, and ``engine`` and
    ``retention`` by an empty name. New tables go into the file in which the last of their kind stands.
    """

    def __init__(self, read: sources.Sources, path: Path) -> None:
        self._path = path
        self._take(read)

    def _take(self, read: sources.Sources) -> None:
        self._read = read
        self._texts = {file.path: _with_line_feeds(file.text) for file in read.files}

    @classmethod
    def open(cls, path: Path) -> ConfigDocument:
        """Read the files. What they say need not be right, so that it can be mended.

        Raises:
            ConfigError: a file cannot be read, or is no TOML.
        """
        read = sources.read(path)
        if not read.complete:
            raise ConfigError(read.problems)
        return cls(read, path)

    @property
    def fingerprint(self) -> str:
        """Of the files as they were read; :attr:`core.config.model.Config.fingerprint` of the same state is equal."""
        return self._read.fingerprint

    def get(self, kind: TableKind, name: str = "") -> dict[str, Any]:
        """Return what a table holds now.

        Raises:
            Refused: there is no such table.
        """
        file, path = self._place(kind, name)
        node: Any = editing.parsed(self._texts[file])
        for part in path:
            node = node[part]
        return copy.deepcopy(dict(node))

    def names(self, kind: TableKind) -> list[str]:
        """Return the names of all tables of a kind, or the ids of the tasks, in file order."""
        return [name for _, name, _ in self._places(kind)]

    def put(self, kind: TableKind, name: str, settings: Mapping[str, Any]) -> None:
        """Make a table hold exactly these settings; add it where it is not there.

        Raises:
            EngineError: the file is written in a way that does not allow the change.
        """
        meant = copy.deepcopy(dict(settings))
        try:
            file, path = self._place(kind, name)
        except Refused:
            self._add(kind, name, meant)
        else:
            self._texts[file] = editing.replace_table(self._texts[file], path, meant)

    def set(self, kind: TableKind, name: str, keys: tuple[str, ...], value: Any) -> None:
        """Set one key of a table, such as ``("active",)`` or ``("frequency", "at")``; ``None`` takes it out.

        Raises:
            Refused: there is no such table, or no such key to take out.
            EngineError: as :meth:`put`.
        """
        settings = self.get(kind, name)
        node = settings
        for key in keys[:-1]:
            node = node.setdefault(key, {})
        if value is not None:
            node[keys[-1]] = value
        elif keys[-1] in node:
            del node[keys[-1]]
        else:
            raise Refused(f"{'.'.join(keys)} is not set there.")
        self.put(kind, name, settings)

    def rename(self, kind: TableKind, name: str, new_name: str) -> None:
        """Give a named table another name; where its header allows that, nothing else of the file changes.

        Raises:
            Refused: there is no such table, or one with the new name.
            EngineError: as :meth:`put`.
        """
        file, path = self._place(kind, name)
        if new_name in self.names(kind):
            raise Refused(f"There is a {_WORDS.get(kind, kind)} {clean(new_name, limit=70)!r} already.")
        self._texts[file] = editing.rename_table(self._texts[file], path, new_name)

    def delete(self, kind: TableKind, name: str = "") -> None:
        """Remove a table with the comment directly above it.

        Raises:
            Refused: there is no such table.
            EngineError: as :meth:`put`.
        """
        file, path = self._place(kind, name)
        self._texts[file] = editing.delete_table(self._texts[file], path)

    def text(self, path: Path) -> str:
        """Return the text of a file as a save would write it."""
        return self._texts[path]

    def check(self) -> Config:
        """Return the configuration that a save would make.

        Raises:
            ConfigError: it could not be used.
        """
        return checked(self._changed())

    def save(self, *, expected_fingerprint: str) -> Config:
        """Write what was changed, and return the configuration as it is now.

        Raises:
            ConfigError: the changed configuration could not be used; nothing was written.
            ChangedOutside: a file was changed on the disk since ``expected_fingerprint``; nothing was written.
            EngineError: a file could not be written.
        """
        changed = self._changed()
        config = checked(changed)
        after = {file.path: self._content(file) for file in self._read.files if self._content(file) != file.content}
        _write(self._read, after, History(config.data_dir), expected_fingerprint)
        self._take(changed)
        return config

    def _changed(self) -> sources.Sources:
        return sources.read(self._path, instead={file.path: self._content(file) for file in self._read.files})

    def _content(self, file: sources.SourceFile) -> bytes:
        text = self._texts[file.path]
        line_feeds = _with_line_feeds(file.text)
        if text == line_feeds:
            return file.content
        mark = codecs.BOM_UTF8 if file.content.startswith(codecs.BOM_UTF8) else b""
        return mark + (text if line_feeds is file.text else text.replace("\n", "\r\n")).encode("utf-8")

    def _places(self, kind: TableKind) -> list[tuple[Path, str, KeyPath]]:
        result: list[tuple[Path, str, KeyPath]] = []
        for file in self._read.files:
            tables = editing.parsed(self._texts[file.path]).get(kind)
            if tables is None:
                continue
            if kind == "tasks":
                ids = (task.get("id", "") if isinstance(task, dict) else "" for task in tables)
                result += [(file.path, str(task_id), (kind, index)) for index, task_id in enumerate(ids)]
            elif kind in sources.NAMED_TABLES:
                result += [(file.path, name, (kind, name)) for name in tables]
            else:
                result.append((file.path, "", (kind,)))
        return result

    def _place(self, kind: TableKind, name: str) -> tuple[Path, KeyPath]:
        places = self._places(kind)
        for file, found, path in places:
            if found == name:
                return file, path
        near = nearest(name, [found for _, found, _ in places])
        raise Refused(
            f"The configuration has no {_WORDS.get(kind, kind)} {clean(name, limit=70)!r}.".replace(" ''.", "."),
            advice=f"Did you mean {near!r}?" if near else "",
        )

    def _add(self, kind: TableKind, name: str, settings: dict[str, Any]) -> None:
        places = self._places(kind)
        file = places[-1][0] if places else self._read.main.path
        path: KeyPath = (kind,)
        if kind == "tasks":
            path = (kind, sum(1 for each, _, _ in places if each == file))
        elif kind in sources.NAMED_TABLES:
            path = (kind, name)
        self._texts[file] = editing.add_table(self._texts[file], path, settings)


def _with_line_feeds(text: str) -> str:
    """Return text whose lines all end as on Windows with plain line feeds; any other as it is."""
    return text.replace("\r\n", "\n") if 0 < text.count("\r\n") == text.count("\n") else text


def undo(path: Path, *, expected_fingerprint: str) -> Config:
    """Put back what the last change of the configuration replaced, and return the configuration as it is then.

    That is a change itself, so undoing it again brings the change back.

    Raises:
        Refused: there is nothing to put back, or a file was changed on the disk by somebody else.
        ConfigError: the previous version could not be used; nothing was written.
        EngineError: a file could not be written.
    """
    read = sources.read(path)
    if not read.complete:
        raise ConfigError(read.problems)
    change = _last_change(read)
    config = load(path, instead=change.before)
    _write(read, change.before, _history(read), expected_fingerprint)
    return config


def last_change(path: Path) -> Change | None:
    """Return the change that :func:`undo` would take back; ``None`` where there is none that could be."""
    try:
        return _last_change(sources.read(path))
    except Refused:
        return None


def _history(read: sources.Sources) -> History:
    return History(placed(read.main.path.parent, _data_dir(read.data)))


def _last_change(read: sources.Sources) -> Change:
    contents = {file.path: file.content for file in read.files}
    for change in reversed(_history(read).changes()):
        before = {file: contents.get(file, b"") for file in change.before}
        if before == change.before:
            continue  # the program ended between noting the change and making it
        if {file: content_hash(content) for file, content in before.items()} != change.hash_after:
            raise Refused(
                "The configuration was changed by hand since its last change from here; nothing was put back.",
                advice="Mend the file by hand; what stood there before is kept in config-history.",
            )
        return change
    raise Refused("There is no change of the configuration to undo.")


def _data_dir(data: Mapping[str, Any]) -> str:
    engine = data.get("engine")
    found = engine.get("data_dir") if isinstance(engine, dict) else None
    return found if isinstance(found, str) else DATA_DIR


def _write(read: sources.Sources, after: Mapping[Path, bytes], history: History, expected_fingerprint: str) -> None:
    """Write files, each whole or not at all, unless the configuration is not what was read and expected any more."""
    before = {file.path: file.content for file in read.files if file.path in after}
    try:
        with history.locked():
            if read.fingerprint != expected_fingerprint or not sources.unchanged(read):
                raise ChangedOutside(
                    "The configuration was changed on disk since it was read; nothing was written.",
                    advice="Look at what is there now, and make the change again.",
                )
            if not after:
                return
            record = history.add(before, after)
            try:
                for file, content in after.items():
                    replace_file(file, content)
            except OSError:
                with suppress(OSError):
                    _put_back(before, after)
                    record.unlink()
                raise
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise EngineError(
            f"The configuration could not be written: {reason} ({clean(str(error.filename or read.main.path))}).",
            advice="The files are as they were before.",
        ) from None


def _put_back(before: Mapping[Path, bytes], after: Mapping[Path, bytes]) -> None:
    for file, content in before.items():
        if file.read_bytes() == after[file]:
            replace_file(file, content)
