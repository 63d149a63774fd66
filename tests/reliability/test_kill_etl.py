"""kill -9 of a process that carries out an ETL scheme, or archives what an export left out: all of it, once."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest
from support import kept_state
from support.task_site import TABLES, TaskSite, etl_of, export_of, import_of, scheme_of

if TYPE_CHECKING:
    from pathlib import Path

    from support.killing import Nursery

HEADER = "No;Price\n"
ARTICLES = 5_000
KILLS = 6
TWICE = (
    "UPDATE article SET gross_price = gross_price * 2",
    "INSERT INTO product (number) SELECT 'P' || number FROM article WHERE product IS NULL",
    "UPDATE article SET product = 'P' || number",
)
"""Not the same when it is carried out again."""


def make_site(tmp_path: Path, *tasks: str, articles: int = 10) -> TaskSite:
    config = tmp_path / "config.toml"
    engine = 'version = 1\n[engine]\nlanguages = ["nl", "en"]\nattempts = 1\nblock_rows = 1000\n'
    config.write_text(engine + "\n".join((TABLES, *tasks)))
    made = TaskSite(config)
    lines = "".join(f"A{number};{number},00\n" for number in range(1, articles + 1))
    made.put("uploads/prices.csv", HEADER + lines)
    (tmp_path / "exports").mkdir()
    return made


def check(made: TaskSite) -> int:
    """Check that every run that succeeded was applied once, and no other; return how many these are."""
    done = [run for run in kept_state.runs(made.data, "work") if run["state"] == "succeeded"]
    articles = made.kept("count(*)")[0]
    for run in done:
        counts = json.loads(run["counts"])
        assert (counts["new"], counts["changed"]) == (articles if run is done[0] else 0, articles)
    assert _state(made) == (2 ** len(done), articles if done else 0)
    return len(done)


def _state(made: TaskSite) -> tuple[int, int]:
    """By what the prices were multiplied, and how many products there are; whole in any case."""
    (factor,) = made.kept("DISTINCT gross_price / (substr(number, 2)::INTEGER)")
    products = made.kept("count(*)", entity="product")[0]
    assert products == made.kept("count(*)", where="product = 'P' || number")[0]
    return factor, products


@pytest.mark.parametrize(
    ("dies", "left"),
    [
        (("before", "core.store.catalogue", "apply_together"), (1, 0)),
        (("after", "core.store.catalogue.applying", "_keep_images"), (1, 0)),
        (("after", "core.store.catalogue.applying", "note_applied"), (1, 0)),
        (("after", "core.store.catalogue", "apply_together"), (2, 10)),
    ],
)
def test_a_scheme_is_applied_whole_and_once(
    tmp_path: Path, nursery: Nursery, dies: tuple[str, str, str], left: tuple[int, int]
) -> None:
    made = make_site(tmp_path, import_of("prices"), etl_of("work"), scheme_of("work", *TWICE))
    assert nursery.run(made.config, "run", "prices").code == 0
    assert nursery.run(made.config, "run", "work", dies=dies).killed
    assert _state(made) == left
    assert nursery.run(made.config, "run", "work").code == 0
    # The one that was taken up, and the one that was asked for now.
    assert check(made) == 2


@pytest.mark.slow
def test_a_scheme_is_applied_whole_and_once_whenever_it_is_killed(tmp_path: Path, nursery: Nursery) -> None:
    rng = random.Random(41)
    made = make_site(tmp_path, import_of("prices"), etl_of("work"), scheme_of("work", *TWICE), articles=ARTICLES)
    assert nursery.run(made.config, "run", "prices").code == 0
    begun = nursery.run(made.config, "run", "work")
    hits = 0
    for number in range(KILLS):
        hits += nursery.run(
            made.config, "run", "work", kill_after=(number + rng.random()) / KILLS * begun.seconds
        ).killed
        assert nursery.run(made.config, "run", "work").code == 0
        assert check(made) >= number + 2
    assert hits >= KILLS // 2


def test_an_export_that_was_killed_after_its_delivery_archives_what_its_file_left_out(
    tmp_path: Path, nursery: Nursery
) -> None:
    made = make_site(
        tmp_path,
        import_of("prices"),
        export_of(
            "out", assortment="supplier", where="gross_price > 2", delta=False, archive_left_out=True, overwrite=True
        ),
    )
    assert nursery.run(made.config, "run", "prices").code == 0
    killed = nursery.run(made.config, "run", "out", dies=("before", "core.store.catalogue", "apply_block"))
    assert killed.killed
    assert len(made.files("exports")["out.csv"].splitlines()) == 9
    assert made.kept(where="archived_at IS NOT NULL") == []
    made.put("uploads/prices.csv", HEADER + "A1;5,00\n")
    assert nursery.run(made.config, "run", "prices").code == 0
    # The file did not see that A1 has become one of its records; A2 is what it left out.
    assert nursery.run(made.config, "run", "out").code == 0
    assert made.kept(where="archived_at IS NOT NULL") == ["A2"]
    out = [json.loads(run["counts"]) for run in kept_state.runs(made.data, "out") if run["state"] == "succeeded"]
    assert [(counts["written"], counts["archived"]) for counts in out] == [(8, 1), (9, 0)]
