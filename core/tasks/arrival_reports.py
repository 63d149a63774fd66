"""The reports beside a file of a watched folder: one to be read, and one for programs (IM11)."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from core.runs import Counts
from core.tasks.arrivals import QUARANTINE
from core.tasks.rejects import rejects_dir
from core.tasks.samples import SAMPLES
from core.text import clean, counted, file_size

if TYPE_CHECKING:
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from core.tasks.arrivals import Arrival
    from core.tasks.context import RunContext

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


def tell(
    context: RunContext, file: Arrival, verdict: str, message: str, advice: str = "", *, inner: RunContext | None = None
) -> None:
    """Settle what becomes of a file, and what its reports say; ``inner`` is the context of its import."""
    zone = context.config.engine.zone
    looked = file.mode == "check" or context.dry_run
    file.verdict = verdict
    file.report = {
        "recognised": "not looked at",
        "facts": {},
        "layout": "",
        "entity": "",
        "assortment": "",
        "delta": True,
        **file.report,
        "file": clean(file.name),
        "mode": file.mode,
        "outcome": "quarantined" if verdict == QUARANTINE else "checked" if looked else "imported",
        "message": message,
        "advice": advice,
        "braked": inner is not None and "brake" in inner.details,
        "size": file.size,
        "arrived": _moment(datetime.fromisoformat(file.modified), zone) if file.modified else "",
        "at": _moment(context.now(), zone),
        "run": context.run,
        "task": context.task,
        "counts": {},
        "rejects": [],
        "rejects_file": "",
        "samples": {},
    }
    if inner is not None:
        file.report |= _figures(file, inner)
        if context.dry_run:
            _show(context, inner)


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def summary(file: Arrival) -> dict[str, Any]:
    """Return what the run tells of a file, for its view."""
    report = file.report
    kept = ("file", "mode", "outcome", "message", "recognised", "layout", "braked", "counts")
    return {key: report[key] for key in kept} | {"name": file.name, "verdict": file.verdict, "parked": file.parked}


def _figures(file: Arrival, inner: RunContext) -> dict[str, Any]:
    """The counts, rejects and samples of a file."""
    pairs = zip(fields(Counts), inner.counts.values(), file.before, strict=True)
    counts = {each.name: now - before for each, now, before in pairs}
    if inner.dry_run:
        details = inner.details
        return {"counts": counts, "rejects": details.get("rejects", []), "samples": details.get("samples", {})}
    rows = inner.journal.rejects.of_run(inner.run, start=len(inner.rejects_before), limit=REJECTS_TOLD)
    where = rejects_dir(inner.config.data_dir, inner.run) / clean(file.name)
    return {"counts": counts, "rejects": [asdict(row) for row in rows], "rejects_file": str(where) if rows else ""}


def _show(context: RunContext, inner: RunContext) -> None:
    """Let a dry run of the whole show what those of its files would do."""
    details = context.details
    details["rejects"] = (details.get("rejects", []) + inner.details.get("rejects", []))[:SAMPLES]
    told = details.setdefault("samples", {})
    for kind, samples in inner.details.get("samples", {}).items():
        told[kind] = (told.get(kind, []) + samples)[:SAMPLES]


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
        lines += [f"Layout      {report['layout']}, into {report['entity']}{where}; {kind}"]
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
