"""The complete ETIM 10.0 release through the engine, imported twice and exported again.

Contains information from the ETIM Classification Model, which is made available by ETIM International under the Open
Data Commons Attribution Licence v1.0 (ODC-BY 1.0).
"""

from __future__ import annotations

import csv
import shutil
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from support.pendel_cli import pendel

PROJECT = Path(__file__).parents[3]
CONFIG = PROJECT / "tests" / "data" / "etim" / "config.toml"
RELEASE = PROJECT.parent / "shared" / "formats" / "etim" / "data" / "ETIM-10.0-ALL-SECTORS-CSV-METRIC-EI-2024-12-05.zip"

RECORDS = {
    "groups": 159,
    "feature-groups": 18,
    "units": 188,
    "values": 16_163,
    "classes": 5_640,
    "features": 17_377,
    "class-synonyms": 37_058,
    "class-features": 76_625,
    "class-feature-values": 201_284,
}


@pytest.fixture(scope="module")
def etim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the release in its upload directory; the path of its configuration."""
    if not RELEASE.exists():
        pytest.skip(f"the ETIM release is not at {RELEASE}")
    root = tmp_path_factory.mktemp("etim")
    shutil.copy(CONFIG, root)
    with zipfile.ZipFile(RELEASE) as release:
        release.extractall(root / "uploads")
    return root / "config.toml"


@pytest.mark.slow
def test_the_whole_release_is_imported_twice_and_its_classes_are_exported(etim: Path) -> None:
    first = pendel(etim, "run", *RECORDS)

    assert first.code == 0, first.notes
    assert {run["task"]: run["counts"]["read"] for run in first.told["runs"]} == RECORDS
    for run in first.told["runs"]:
        assert run["outcome"] == "succeeded"
        assert _done(run) == {"read": RECORDS[run["task"]], "new": RECORDS[run["task"]]}

    again = pendel(etim, "run", *RECORDS)

    assert again.code == 0, again.notes
    for run in again.told["runs"]:
        assert run["outcome"] == "succeeded"
        assert _done(run) == {"read": RECORDS[run["task"]], "unchanged": RECORDS[run["task"]]}

    exported = pendel(etim, "run", "class-list")

    assert exported.code == 0, exported.notes
    assert exported.counts == {"written": RECORDS["classes"]}
    with (etim.parent / "exports" / "classes.csv").open(encoding="utf-8", newline="") as file:
        header, *records = csv.reader(file)
    assert header == ["class", "group", "description", "version", "version_date"]
    assert sorted(records) == sorted(_classes(etim.parent / "uploads" / "ETIMARTCLASS.csv"))


def _done(run: dict[str, dict[str, int]]) -> dict[str, int]:
    return {name: number for name, number in run["counts"].items() if number}


def _classes(path: Path) -> list[list[str]]:
    """The classes as the export is to write them, read by nothing of Pendel."""
    lines = path.read_text(encoding="utf-16-le").splitlines()[1:]
    return [[*values, _as_iso(moment)] for *values, moment in (line.split(";") for line in lines)]


def _as_iso(moment: str) -> str:
    if not moment:
        return ""
    return datetime.strptime(moment, "%m/%d/%Y %H:%M:%S").isoformat(sep=" ")  # noqa: DTZ007 - as the file has it
