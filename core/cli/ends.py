"""How runs ended, as commands tell it: in lines, or as JSON; and the exit code that says it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from core.cli.output import ExitCode, exit_code_of_run, gravest, print_json
from core.tasks.tallies import Tallies
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Collection

    from core.config.model import Config
    from core.store.journal import Journal
    from core.store.journal.runs import RunRow

SAMPLES_SHOWN = 5
"""Of each kind and entity, after a dry run; ``--json`` has all that are kept."""
_UNTOLD = (
    "How it ended could not be written into the journal; the log says why. It is taken up again by the next start."
)
"""Of a run that has come to its end, and of which the journal does not know: the disk is full."""


def tell_ends(journal: Journal, config: Config, ids: Collection[int], *, as_json: bool) -> ExitCode:
    """Print how runs ended, and return the exit code."""
    rows = [row for run_id in ids if (row := journal.runs.get(run_id)) is not None]
    if as_json:
        told = [run_as_json(journal, row, config) for row in rows]
        print_json(told[0] if len(told) == 1 else {"runs": told})
    else:
        for row in rows:
            click.echo(f"{row.task}: {row.state}: {row.message if row.state.ended else _UNTOLD}")
            for kind, samples in row.details.get("samples", {}).items():
                shown: Counter[str] = Counter()
                for sample in samples:
                    shown[sample.get("entity", "")] += 1
                    if shown[sample.get("entity", "")] <= SAMPLES_SHOWN:
                        click.echo(f"  {kind}: {_sample(sample)}")
            for part in Tallies(row.details.get("parts", ())).entries:
                place = f"{part.entity}, {part.assortment}" if part.assortment else part.entity
                click.echo(f"  {clean(place)}: {part.in_words()}")
    return gravest([exit_code_of_run(row) for row in rows])


def run_as_json(journal: Journal, row: RunRow, config: Config) -> dict[str, Any]:
    """Return what ``--json`` tells of a run."""
    files = [
        {
            "role": file.role,
            "name": file.name,
            "location": file.location,
            "size": file.size,
            "sha256": file.sha256,
            "path": str(config.data_dir / file.spooled) if file.role == "rejects" else None,
        }
        for file in journal.files.of_run(row.id)
    ]
    return {
        "run": row.id,
        "task": row.task,
        "outcome": row.state,
        "started_at": row.started_at,
        "ended_at": row.ended_at,
        "counts": row.counts,
        "files": files,
        "message": row.message,
        "dry_run": row.dry_run,
        "details": row.details,
    }


def _sample(sample: dict[str, Any]) -> str:
    key = clean(", ".join(str(part) for part in sample["key"]))
    if sample.get("entity"):
        key = f"{sample['entity']} {key}"
    changes = "; ".join(f"{field}: {_value(old)} → {_value(new)}" for field, (old, new) in sample["changes"].items())
    return f"{key} ({clean(changes)})" if changes else key


def _value(value: object) -> str:
    return "(empty)" if value is None else str(value)
