"""kill -9 of a process that reverts a run: afterwards all of it is put back, once."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from support import kept_state
from support.supplier_site import csv_of, make_articles, price, write_config

from core.cli.looking import journal_beside
from core.config.load import load

if TYPE_CHECKING:
    from pathlib import Path

    from support.killing import Nursery

KILLS = 12
ARTICLES = 20_000


@pytest.mark.slow
def test_a_revert_is_done_once_whenever_it_is_killed(tmp_path: Path, nursery: Nursery) -> None:
    rng = random.Random(31)
    config, data = write_config(tmp_path), tmp_path / "data"
    source = tmp_path / "supplier" / "prices.csv"
    articles = make_articles(ARTICLES, seed=32)
    source.write_bytes(csv_of(articles))
    assert nursery.run(config, "run", "full").code == 0
    wanted = kept_state.records(data, values_only=True)

    seconds, hits = 0.0, 0
    for number in range(KILLS):
        changed = {key: {**article, "Bruto": price(rng)} for key, article in articles.items() if rng.random() < 0.5}
        fresh = {f"9{key}": {**article, "Artikelnummer": f"9{key}"} for key, article in list(changed.items())[:500]}
        source.write_bytes(csv_of({**changed, **fresh}))
        imported = nursery.run(config, "run", "delta")
        assert imported.code == 0, imported.notes
        run = str(imported.told["run"])

        # The first one shows how long it takes; then one moment out of each part of that time.
        moment = (number - 1 + rng.random()) / (KILLS - 1) * seconds if number else None
        first = nursery.run(config, "revert", run, kill_after=moment)
        seconds = seconds or first.seconds
        hits += first.killed
        again = nursery.run(config, "revert", run)

        # 5: the first one had come to its end, and there is nothing left to put back. Else it goes on.
        assert again.code in ((0, 5) if first.killed else (5,)), again.notes
        assert kept_state.records(data, values_only=True) == wanted
        with journal_beside(load(config)) as journal:
            assert journal is not None
            assert journal.runs.open() == []
    assert hits >= KILLS // 2
