"""The reports beside a file of a watched folder: one to be read, and one for programs (IM11)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from core.text import clean, counted, file_size

if TYPE_CHECKING:
    from pathlib import Path

    from core.tasks.arrivals import Arrival

REJECTS_TOLD = 100
"""Rejects that stand in a report; the rejects file has them all."""
_COUNTS = {
    "read": "read",
    "new": "new",
    "changed": "changed",
    "unchanged": "unchanged",
    "restored": "coming back",
    "archived": "archived",
    "rejected": "rejected",
}
_SAMPLES_TOLD = 5


def write_reports(arrival: Arrival, directory: Path) -> tuple[Path, Path]:
    """Write both reports of a file into a directory, and return where: the readable one, and the one for programs."""
    text, machine = directory / "report.txt", directory / "report.json"
    text.write_text(as_text(arrival.report), encoding="utf-8")
    machine.write_text(json.dumps(arrival.report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return text, machine


def as_text(report: dict[str, Any]) -> str:
    """Return a report as people read it, in lines of plain text."""
    lines = [
        report["file"],
        "=" * len(report["file"]),
        "",
        report["message"],
        *([report["advice"]] if report["advice"] else []),
        "",
        f"Outcome     {report['outcome']}",
        f"Arrived     {report['arrived'] or 'the location does not tell'}, {file_size(report['size'])}",
        f"Looked at   {report['at']}, run {report['run']} of task {report['task']}",
        f"What it is  {report['recognised']}",
        *(f"            {name}: {value}" for name, value in report["facts"].items()),
    ]
    if report["layout"]:
        where = f", assortment {report['assortment']}" if report["assortment"] else ""
        kind = "only new and changed records" if report["delta"] else "complete: what is missing is archived"
        lines += [f"Imported by layout {report['layout']} into {report['entity']}{where}; {kind}"]
    lines += _counts(report) + _samples(report) + _rejects(report)
    return "\n".join(lines) + "\n"


def _counts(report: dict[str, Any]) -> list[str]:
    counts = {name: number for name, number in report["counts"].items() if name in _COUNTS and number}
    if not counts:
        return []
    would = "What would be done" if report["outcome"] == "checked" else "What was done"
    width = max(len(f"{number:,}") for number in counts.values())
    return ["", would, *(f"  {number:>{width},} {_COUNTS[name]}" for name, number in counts.items())]


def _samples(report: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    for kind, samples in report["samples"].items():
        if samples:
            lines += ["", f"The first that would be {_COUNTS.get(kind, kind)}"]
            lines += [f"  {_sample(sample)}" for sample in samples[:_SAMPLES_TOLD]]
    return lines


def _sample(sample: dict[str, Any]) -> str:
    key = " ".join(clean(str(value)) for value in sample["key"])
    changes = "; ".join(
        f"{field}: {_value(old)} -> {_value(new)}" for field, (old, new) in list(sample["changes"].items())[:4]
    )
    return f"{key}  {changes}" if changes else key


def _value(value: object) -> str:
    return "nothing" if value is None else clean(str(value), limit=60)


def _rejects(report: dict[str, Any]) -> list[str]:
    rejects = report["rejects"]
    if not rejects:
        return []
    lines = ["", f"Rejected: {counted(report['counts'].get('rejected', len(rejects)), 'record')}"]
    for reject in rejects:
        name = reject["column"] or reject["field"]
        value = f" “{clean(reject['value'], limit=60)}”" if reject["value"] else ""
        lines.append(f"  line {reject['line'] or '?'}{f', {name}' if name else ''}{value}: {reject['reason']}")
    left = report["counts"].get("rejected", 0) - len(rejects)
    if left > 0:
        lines.append(f"  … and {left:,} more")
    if report["rejects_file"]:
        lines.append(f"All of them, to be mended and sent again: {report['rejects_file']}")
    return lines
