"""The first configuration: made from five answers and one real file, ending in a task that can be started."""

from __future__ import annotations

import locale
import os
import re
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from core.config.document import ConfigDocument
from core.config.engine import EngineSettings, Window
from core.config.load import load
from core.config.model import placed
from core.errors import DataError, Refused
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.config.model import Config
    from core.exchange.detecting import Proposal
    from core.exchange.recognition.proposal import LayoutProposal

TASK = "first-import"

FREQUENCIES: dict[str, tuple[str, dict[str, Any]]] = {
    "manual": ("by hand, when I start it", {"kind": "manual"}),
    "weekly": ("every Monday at 07:30", {"kind": "weekly", "day": "monday", "at": "07:30"}),
    "workday": ("every working day at 07:00", {"kind": "workday", "at": "07:00"}),
    "daily": ("every day, when the window opens at 06:00", {"kind": "daily"}),
    "interval": ("every hour, from 06:00 to 23:00", {"kind": "interval", "minutes": 60}),
}
"""What a first task can be planned as: how a person says it, and the settings."""

_HEAD = """\
# The configuration of Pendel. Every setting is explained in docs/settings.md; "pendel check" names what is wrong here,
# and the console (the command "pendel") changes it in forms.
version = 1

[engine]
data_dir = "data"
"""

_THINGS = (
    "Installatiekabel 3 x 2,5 mm², ring van {} m",
    "Kabelgoot 60 x 40 mm, {} m",
    "Flexibele buis 19 mm, rol van {} m",
    "Lasdoos met {} invoeren",
    "Groepenkast met {} groepen",
)
_SIZES = (2, 5, 10, 25, 50)


def _example_text() -> str:
    """Return a file as a Dutch wholesaler sends it; one of its 25 records has no price and must be rejected."""
    lines = ["Artikelnummer;Omschrijving;EAN;Bruto;Eenheid"]
    for group, thing in enumerate(_THINGS, start=1):
        for place, size in enumerate(_SIZES, start=1):
            price = "prijs op aanvraag" if (group, size) == (5, 50) else f"{group * size * 3},{size:02d}"
            lines.append(f"{group}00-{place:02d};{thing.format(size)};87123450{group}{place:02d}0;{price};ST")
    return "".join(f"{line}\r\n" for line in lines)


@dataclass(frozen=True, slots=True)
class SupplierFile:
    """A supplier's file as it is recognised."""

    path: Path
    columns: tuple[str, ...]
    fields: dict[str, str]
    """Which columns are taken, and for which fields."""
    key: str
    """The column that identifies an article; empty where no name says so."""
    file: dict[str, Any] = field(hash=False)
    """How it is written."""
    format: str = "csv"


@dataclass(frozen=True, slots=True)
class Answers:
    """What a first configuration is made from."""

    time_zone: str
    languages: tuple[str, ...]
    file: SupplierFile
    supplier: str
    frequency: str
    """A key of :data:`FREQUENCIES`."""


def usual_time_zone() -> str:
    """Return the time zone of this machine."""
    from tzlocal import get_localzone_name

    try:
        return get_localzone_name()
    except (LookupError, ValueError):
        return "UTC"


def usual_languages() -> tuple[str, ...]:
    """Return the language of whoever asks, and English."""
    found = re.match(r"[a-z]{2}", locale.getlocale(locale.LC_MESSAGES)[0] or "")
    own = found.group() if found else "en"
    return tuple(dict.fromkeys((own, "en")))


def check_time_zone(text: str) -> str:
    """Return the name of a time zone.

    Raises:
        Refused: there is none of that name; the message names the nearest.
    """
    return EngineSettings.model_validate({"time_zone": _checked("time_zone", text)}).time_zone


def check_languages(text: str) -> tuple[str, ...]:
    """Return the languages that a text such as ``nl, en`` names.

    Raises:
        Refused: one of them is no language code.
    """
    codes = [code for code in re.split(r"[,;\s]+", text.strip()) if code]
    return tuple(EngineSettings.model_validate({"languages": _checked("languages", codes)}).languages)


def _checked(name: str, value: Any) -> Any:
    from pydantic import ValidationError

    try:
        EngineSettings.model_validate({name: value})
    except ValidationError as error:
        message = error.errors()[0]["msg"].removeprefix("Value error, ")
        end = "" if message.endswith((".", "?")) else "."
        raise Refused(f"{message[:1].upper()}{message[1:]}{end}") from None
    return value


def check_supplier(text: str) -> str:
    """Return the name of a supplier as assortment, location and layout are named after it.

    Raises:
        Refused: nothing of it can stand in a name.
    """
    name = re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")[:40]
    if not name:
        raise Refused("A name has letters or digits.")
    return name


def look_at(config_path: Path, text: str, languages: Sequence[str]) -> SupplierFile:
    """Recognise a supplier's file; an empty text stands for an example, which is written into the upload directory.

    Raises:
        Refused: there is no such file, or it holds nothing that an import could take.
        DataError: it is of no kind that an import reads.
    """
    from core.exchange.matching import LANGUAGES, propose_fields

    path = placed(Path.cwd(), text) if text else _example(config_path)
    if path.is_dir():
        raise Refused(f"{clean(str(path))} is a directory.", advice="Name a file in it.")
    if not path.is_file():
        raise Refused(f"There is no file {clean(str(path))}.", advice="Leave the line empty for an example.")
    if path.suffix.lower() in (".xml", ".zip", ".gz"):
        raise Refused(
            f"{clean(path.name)} is no file of rows.",
            advice="Give a CSV or text file, an Excel workbook, or JSON Lines.",
        )
    try:
        found, written = _recognised(path)
    except OSError as error:
        raise DataError(f"{clean(str(path))} cannot be read: {error.strerror}.") from error
    columns = tuple(found.columns)
    entity = _articles(list(languages))
    # A supplier's language need not be one that is kept.
    tongues = tuple(dict.fromkeys((*languages, *LANGUAGES)))
    fields = {columns[match.column]: match.field for match in propose_fields(columns, entity, tongues)}
    key = next((column for column, name in fields.items() if name == entity.key[0]), "")
    return SupplierFile(path, columns, fields, key, written, found.format)


def _recognised(path: Path) -> tuple[LayoutProposal, dict[str, Any]]:
    """Return what a file looks like, and how it is written; of text all of that, as people may want to change it."""
    from core.exchange.detecting import propose
    from core.exchange.recognition.proposal import propose_layout

    with TemporaryDirectory(prefix="pendel-") as work:
        found = propose_layout(path, Path(work))
    return found, _written(propose(path)) if found.format in ("csv", "text") else found.file


def _articles(languages: list[str]) -> Any:
    from core.config.entities import build_entities
    from core.config.standard import STANDARD_ENTITIES

    return build_entities(STANDARD_ENTITIES, {}, languages)["article"]


def _example(config_path: Path) -> Path:
    path = config_path.absolute().parent / "uploads" / "example-prices.csv"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_example_text().encode("windows-1252"))
    except OSError as error:
        raise Refused(f"The example {clean(str(path))} cannot be written: {error.strerror}.") from error
    return path


def _written(found: Proposal) -> dict[str, Any]:
    settings = {
        "delimiter": found.delimiter,
        "quote": found.quote,
        "encoding": found.encoding,
        "header": found.header,
        "decimal": found.decimal,
    }
    return settings | ({"date": found.date} if found.date else {})


def write(config_path: Path, answers: Answers) -> Config:
    """Write the configuration with the directories that it names; nothing of it stays where that fails.

    Raises:
        Refused: a file of that name exists, or cannot be written.
        ConfigError: what the answers make is no configuration.
    """
    path = config_path.absolute()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(_HEAD)
    except FileExistsError:
        raise Refused(
            f"{clean(str(path))} exists and is not overwritten.", advice="Name another one with --config."
        ) from None
    except OSError as error:
        raise Refused(
            f"{clean(str(path))} cannot be written: {error.strerror}.", advice="Check who may write there."
        ) from error
    try:
        document = ConfigDocument.open(path)
        for kind, name, settings in _tables(path, answers):
            document.put(kind, name, settings)
        config = document.save(expected_fingerprint=document.fingerprint)
        for directory in (config.data_dir, config.uploads_dir, config.exports_dir):
            directory.mkdir(parents=True, exist_ok=True)
        config.data_dir.chmod(0o700)
    except BaseException as error:
        with suppress(OSError):
            path.unlink()
        if isinstance(error, OSError):
            raise Refused(f"A directory cannot be made: {error.strerror}: {clean(str(error.filename))}.") from error
        raise
    return load(path)


def _tables(path: Path, answers: Answers) -> list[tuple[Any, str, dict[str, Any]]]:
    supplier, file = answers.supplier, answers.file
    columns = [
        {"column": column, "field": name} | ({"required": True} if name == "number" else {})
        for column, name in (file.fields | {file.key: "number"}).items()
    ]
    window = Window()
    engine = {
        "data_dir": "data",
        "time_zone": answers.time_zone,
        "window": {"opens": f"{window.opens:%H:%M}", "closes": f"{window.closes:%H:%M}"},
        "languages": list(answers.languages),
    }
    directory = Path(os.path.relpath(file.path.parent, path.parent)).as_posix()
    location = {
        "protocol": "local",
        "directory": directory if not directory.startswith("..") else str(file.path.parent),
    }
    layout = {
        "direction": "import",
        "entity": "article",
        "format": file.format,
        **({"file": file.file} if file.file else {}),
        "columns": columns,
    }
    task = {
        "id": TASK,
        "type": "import",
        "description": f"Articles of {supplier}",
        "active": answers.frequency != "manual",
        "sequence": 10,
        "frequency": FREQUENCIES[answers.frequency][1],
        "entity": "article",
        "assortment": supplier,
        "layout": f"{supplier}-articles",
        "source": {"location": supplier, "path": _literal(file.path.name)},
    }
    return [
        ("engine", "", engine),
        ("locations", supplier, location),
        ("layouts", f"{supplier}-articles", layout),
        ("tasks", TASK, task),
    ]


def _literal(name: str) -> str:
    """Return a file name in which no sign stands for others."""
    if re.search(r"[*?\[\]]", name):
        raise Refused(f"The name {clean(name)} holds a wildcard.", advice="Rename the file, or take another one.")
    return name
