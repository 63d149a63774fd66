"""A site with a watched folder, and what a test asks of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from support.task_site import task_table

if TYPE_CHECKING:
    from support.task_site import TaskSite

PRICES = {"layout": "prices", "entity": "article", "assortment": "supplier"}
NAMES = {"layout": "names", "entity": "article"}
HEADER = "No;Price\n"


def drop_of(task_id: str = "drop", **settings: Any) -> str:
    """Return an auto-import of ``in/AutoImport`` and ``in/AutoCheck`` as TOML, which takes price lists."""
    given = {"location": "in", "settle": 0, "accept": [PRICES], **settings}
    return task_table(task_id, "auto-import", given)


def prices(*numbers: str, price: str = "1,00") -> str:
    """Return a price list."""
    return HEADER + "".join(f"{number};{price}\n" for number in numbers)


def make_folders(site: TaskSite, base: str = "in") -> None:
    """Make the folders of the task."""
    for name in ("AutoImport", "AutoCheck"):
        (site.home / base / name).mkdir(parents=True, exist_ok=True)


def report_of(site: TaskSite, path: str) -> dict[str, Any]:
    """Return the report for programs beside a file."""
    found: dict[str, Any] = json.loads((site.home / f"{path}.report.json").read_text())
    return found


def paths(site: TaskSite, base: str = "in") -> list[str]:
    """Return what lies below a directory, without the reports, whose presence beside each file is asserted."""
    found = sorted(str(path.relative_to(site.home / base)) for path in (site.home / base).rglob("*") if path.is_file())
    ends = (".report.txt", ".report.json")
    files = [name for name in found if not name.endswith(ends)]
    parked = [name for name in files if "/processed/" in name or "/quarantine/" in name]
    assert sorted(set(found) - set(files)) == sorted(name + end for name in parked for end in ends)
    return files
