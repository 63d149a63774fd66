"""The command that says what a file is."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from core.cli.main import json_option, plain_errors
from core.cli.output import ExitCode, note, print_json
from core.config.load import load
from core.errors import ConfigError, DataError
from core.text import clean, file_size

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.config.model import Config
    from core.exchange.formats.contract import Inspection
    from core.exchange.recognition import Recognition
    from core.exchange.recognition.proposal import LayoutProposal

_COLUMNS_TOLD = 40
_TEXT, _NAMED = ("csv", "text"), ("jsonl", "parquet")
"""Formats of text in columns, and those in which every record or the file itself names the columns."""


def commands(console: Callable[[Path, bool], int]) -> list[click.Command]:  # noqa: ARG001 - one shape for all modules
    """Return the commands of this module."""
    return [inspect]


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@json_option
@click.pass_obj
@plain_errors
def inspect(config_path: Path, *, file: Path, as_json: bool) -> ExitCode:
    """Say what FILE is: format, version, supplier, validity, counts, columns, and the layout that would take it.

    The exit code is 0 where one format or one layout is certain, else 3. No configuration is needed.
    """
    from core.exchange.recognition import recognise

    config = _own_config(config_path)
    found = recognise(file, config.layouts if config else {})
    columns = None if found.claims else _columns(file)
    looked = _look(file, found, config)
    certain = (found.claim is not None and found.claim.sure) or (not found.claims and len(found.layouts) == 1)
    if as_json:
        print_json(_as_json(file, found, columns, looked, certain=certain))
    else:
        for line in _lines(file, found, columns, looked):
            click.echo(line)
    return ExitCode.SUCCEEDED if certain else ExitCode.WARNINGS


def _own_config(config_path: Path) -> Config | None:
    """The configuration, where there is one that can be used: it has layouts, and says where official schemas are."""
    if not config_path.exists():
        return None
    try:
        return load(config_path)
    except ConfigError:
        note(f"{config_path} cannot be used, so that no layouts of your own are held against the file: pendel check.")
        return None


def _look(file: Path, found: Recognition, config: Config | None) -> Inspection | None:
    """Look at a file that is certain to be of a format."""
    if found.claim is None:
        return None
    from core.exchange.formats.looking import look

    with TemporaryDirectory(prefix="pendel-") as work:
        return look(
            found.claim.format,
            file,
            Path(work),
            name=clean(file.name),
            languages=["en"],
            schemas=config.schemas_dir if config else None,
        )


def _columns(file: Path) -> LayoutProposal | None:
    """How a file with columns seems to be written; None where it has none."""
    from core.exchange.recognition.proposal import propose_layout

    try:
        with TemporaryDirectory() as work_dir:
            proposal = propose_layout(file, Path(work_dir), rows=0)
    except DataError:
        return None
    return proposal if len(proposal.columns) > 1 else None


def _as_json(
    file: Path, found: Recognition, columns: LayoutProposal | None, looked: Inspection | None, *, certain: bool
) -> dict[str, Any]:
    return {
        "file": file.name,
        "size": file.stat().st_size,
        "is": found.in_words(),
        "certain": certain,
        "carrier": found.carrier,
        "formats": [asdict(claim) for claim in found.claims],
        "look": None
        if looked is None
        else {
            "facts": dict(looked.facts.lines()),
            "counts": dict(looked.counts),
            "official": looked.official,
            "problems": list(looked.problems),
        },
        "layouts": [fit.layout for fit in found.layouts],
        "nearest_layouts": [{"layout": fit.layout, "missing": fit.missing} for fit in found.near],
        "columns": columns and columns.columns,
        "text": {
            "encoding": columns.file["encoding"],
            "delimiter": columns.file["delimiter"],
            "quote": columns.file.get("quote", '"'),
            "header": columns.file.get("header", True),
            "columns": columns.columns,
        }
        if columns is not None and columns.format in _TEXT
        else None,
    }


def _lines(file: Path, found: Recognition, columns: LayoutProposal | None, looked: Inspection | None) -> list[str]:
    rows = [("File", f"{clean(file.name)}, {file_size(file.stat().st_size)}"), ("Carrier", found.carrier)]
    for claim in found.claims:
        rows += [
            ("Format", f"{claim.name}{'' if claim.sure else ', not certain'} ({claim.format})"),
            ("Why", claim.why),
            *([("In the zip", claim.member)] if claim.member else []),
            *(() if looked else ((name[:1].upper() + name[1:], value) for name, value in claim.facts.items())),
        ]
    if looked is not None:
        from core.exchange.formats.looking import in_rows

        rows += in_rows(looked)
    rows += [("Layout", fit.in_words()) for fit in found.layouts]
    if not found.claims and not found.layouts:
        rows += [("Format", "none that is known")]
        rows += [("Nearest", fit.in_words()) for fit in found.near[:3]]
    if columns is not None:
        file_settings = columns.file
        if columns.format in _TEXT:
            delimiter = str(file_settings["delimiter"])
            rows += [
                ("Encoding", str(file_settings["encoding"])),
                ("Separated by", {"\t": "a tab"}.get(delimiter, delimiter)),
            ]
        if "sheet" in file_settings:
            rows.append(("Sheet", clean(str(file_settings["sheet"]))))
        if columns.format not in _NAMED:
            row = f"line {file_settings['skip_rows'] + 1}" if "skip_rows" in file_settings else "the first line"
            rows.append(("Header", row if file_settings.get("header", True) else "none: columns by position"))
        rows += [
            ("Columns", f"{len(columns.columns)}: {clean(', '.join(columns.columns[:_COLUMNS_TOLD]), limit=600)}"),
        ]
    width = max(len(name) for name, _ in rows)
    return [f"{name:<{width}}  {value}" for name, value in rows]
