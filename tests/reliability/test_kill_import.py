"""kill -9 of an importing process at any moment: nothing is lost, and nothing is done twice."""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from support import kept_state
from support.supplier_site import csv_of, make_articles, price, write_config

if TYPE_CHECKING:
    from pathlib import Path

    from support.killing import Nursery

KILLS = 50
ARTICLES = 20_000
BAD_LINES = 20


@dataclass(frozen=True)
class Undisturbed:
    """The workspace before the import, and what the import makes of it when nobody disturbs it."""

    root: Path
    run: int
    seconds: float
    counts: dict[str, int]
    before: list[tuple[Any, ...]]
    after: list[tuple[Any, ...]]
    images: list[tuple[Any, ...]]
    blocks: int


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, nursery: Nursery) -> Undisturbed:
    """An assortment with archived records in it, and a full import that does everything an import can do."""
    root = tmp_path_factory.mktemp("before") / "site"
    config = write_config(root)
    rng = random.Random(11)
    articles = make_articles(ARTICLES, seed=12)
    source = root / "supplier" / "prices.csv"
    source.write_bytes(csv_of(articles))
    _succeed(nursery, config)
    resting = rng.sample(sorted(articles), 400)
    source.write_bytes(csv_of({key: value for key, value in articles.items() if key not in resting}))
    _succeed(nursery, config)

    for key in rng.sample(sorted(articles), ARTICLES * 3 // 10):
        articles[key] = {**articles[key], "Bruto": price(rng)}
    for key in rng.sample(sorted(set(articles) - set(resting)), 600):
        del articles[key]
    fresh = {f"9{key[1:]}": {**value, "Artikelnummer": f"9{key[1:]}"} for key, value in list(articles.items())[:1000]}
    source.write_bytes(csv_of({**articles, **fresh}, bad_lines=BAD_LINES))

    trial = shutil.copytree(root, root.with_name("trial"))
    ended = nursery.run(trial / "config.toml", "run", "full")
    assert ended.code == 3, ended.notes
    counts = ended.told["counts"]
    assert (counts["archived"], counts["restored"], counts["rejected"]) == (600, 400, BAD_LINES)
    run = ended.told["run"]
    data = trial / "data"
    return Undisturbed(
        root=root,
        run=run,
        seconds=ended.seconds,
        counts=counts,
        before=kept_state.records(root / "data", values_only=True),
        after=kept_state.records(data),
        images=kept_state.before_images(data, run),
        blocks=len(kept_state.applied_blocks(data, run)),
    )


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_fifty_kills_lose_nothing_and_double_nothing(undisturbed: Undisturbed, nursery: Nursery) -> None:
    rng = random.Random(13)
    share = 1.0
    hits: Counter[str] = Counter()
    for number in range(KILLS):
        root = shutil.copytree(undisturbed.root, undisturbed.root.with_name(f"kill-{number}"))
        killed, moment = False, 0.0
        while not killed:
            # One moment out of each fiftieth of the walk; the process gets faster or slower with the machine.
            moment = (number + rng.random()) / KILLS * undisturbed.seconds * share
            killed = nursery.run(root / "config.toml", "run", "full", kill_after=moment).killed
            if not killed:
                share *= 0.9
                shutil.rmtree(root)
                shutil.copytree(undisturbed.root, root)
        if number % 5 == 4:
            # Again, in the attempt that takes it up.
            nursery.run(root / "config.toml", "run", "full", kill_after=moment * rng.random())
        hits[_check_end_state(root, undisturbed, nursery)] += 1
        shutil.rmtree(root)
    assert hits["between blocks"] >= KILLS // 10, hits
    assert hits["before the first block"] >= KILLS // 10, hits


def _check_end_state(root: Path, undisturbed: Undisturbed, nursery: Nursery) -> str:
    """Let the run come to its end and check that all is as if nothing had happened; say what the kill met."""
    config, data = root / "config.toml", root / "data"

    again = nursery.run(config, "run", "full")

    assert again.code == 3, again.notes
    assert again.told["counts"]["written"] == 0
    working = [run for run in kept_state.runs(data, "full") if run["id"] >= undisturbed.run]
    assert {run["state"] for run in working} <= {"warnings", "skipped"}, again.notes
    did_it, *others = [run for run in working if run["state"] == "warnings"]
    assert json.loads(did_it["counts"]) == undisturbed.counts
    for other in others:
        told = json.loads(other["counts"])
        assert (told["read"], told["rejected"]) == (undisturbed.counts["read"], BAD_LINES)
        assert told["unchanged"] == told["read"]

    run = did_it["id"]
    assert _as_run(undisturbed.run, run, kept_state.records(data)) == undisturbed.after
    images = kept_state.before_images(data, run)
    assert [row[2:] for row in images] == [row[2:] for row in undisturbed.images]
    blocks = kept_state.applied_blocks(data, run)
    assert [block for _, block in blocks] == list(range(len(blocks)))

    reverted = nursery.run(config, "revert", str(run))

    assert reverted.code == 0, reverted.notes
    assert kept_state.records(data, values_only=True) == undisturbed.before
    early = sum(1 for fence, _ in blocks if fence == 1)
    if did_it["fence"] == 1 or not early:
        return "before the first block"
    return "between blocks" if early < len(blocks) else "after the last block"


def _as_run(wanted: int, run: int, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return records in which ``run``, among the runs that touched them, is called ``wanted``."""
    if run == wanted:
        return rows
    return [(row[0], *(wanted if value == run else value for value in row[1:4]), *row[4:]) for row in rows]


def _succeed(nursery: Nursery, config: Path) -> None:
    ended = nursery.run(config, "run", "full")
    assert ended.code == 0, ended.notes
