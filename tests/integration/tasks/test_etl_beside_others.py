"""ETL schemes beside other runs: locks, changes that come in between, a stop, and a million records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.live_engine import live_engine
from support.task_site import etl_of, import_of, scheme_of

from core.config.load import load
from core.config.writes import written_by
from core.errors import StopRequested, StoreError
from core.runs import RunState
from core.stop import StopToken
from core.store.catalogue import Catalogue, apply_together
from core.tasks.transforming import work_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support.task_site import TaskSite

    Make = Callable[..., TaskSite]

ENDLESS = (
    "CREATE TEMP TABLE h AS WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r) SELECT max(i) AS i FROM r"
)
MILLION = 1_000_000


def two_schemes(site: Make) -> TaskSite:
    made = site(
        import_of("prices"),
        etl_of("one"),
        scheme_of("one", "UPDATE article SET gross_price = 2"),
        etl_of("two"),
        scheme_of("two", "UPDATE product SET number = number", "UPDATE article SET product = NULL"),
        etl_of("other", assortment="other"),
        scheme_of("other", "UPDATE article SET gross_price = (SELECT max(gross_price) FROM all_price)"),
    )
    made.put("uploads/prices.csv", "No;Price\nA1;1,00\n")
    return made


def test_a_run_locks_what_its_scheme_names(site: Make) -> None:
    config = load(two_schemes(site).config)
    locks = {task.id: frozenset(written_by(task, config)) for task in config.tasks}
    assert ("article", "supplier") in locks["prices"] & locks["one"] & locks["two"]
    assert ("product", "supplier") in locks["two"]
    assert not locks["other"] & (locks["one"] | locks["two"])
    assert ("price", "other") not in locks["other"]


def test_two_schemes_over_the_same_records_run_one_after_the_other(site: Make) -> None:
    made = two_schemes(site)
    assert made.run("prices").code == 0
    with live_engine(made.config) as live:
        runs = [live.start("one"), live.start("two")]
        rows = [live.ended(run) for run in runs]
    assert [row.state for row in rows] == [RunState.SUCCEEDED, RunState.SUCCEEDED]
    first, second = sorted(rows, key=lambda row: row.started_at or row.queued_at)
    assert first.ended_at is not None
    assert second.started_at is not None
    assert first.ended_at <= second.started_at


def test_a_stop_ends_a_step_that_has_no_end_and_changes_nothing(site: Make) -> None:
    made = site(import_of("prices"), etl_of("work"), scheme_of("work", "DELETE FROM article", ENDLESS))
    made.put("uploads/prices.csv", "No;Price\nA1;1,00\n")
    assert made.run("prices").code == 0
    with live_engine(made.config) as live:
        run = live.start("work")
        live.wait_for_step("work", "step 2 of 2", done=-1)
        row, seconds = live.stop(run)
    assert row.state is RunState.STOPPED
    assert seconds < 10
    assert made.kept() == ["A1"]


@pytest.fixture
def catalogue(site: Make) -> Iterator[tuple[Catalogue, Path]]:
    made = two_schemes(site)
    assert made.run("prices").code == 0
    config = load(made.config)
    kept = Catalogue.open(config.catalogue_file, config.entities, spool=config.spool_dir, memory_limit_mb=512)
    yield kept, made.config
    kept.close()


def test_a_change_that_comes_in_between_is_not_lost(catalogue: tuple[Catalogue, Path]) -> None:
    kept, path = catalogue
    config, stop = load(path), StopToken()
    with kept.session() as slow, kept.session() as quick:
        plans = [
            work_out(
                session,
                name,
                config.schemes[name],
                config.entities,
                assortment="supplier",
                run=run,
                block_rows=10,
                stop=stop,
            )[1].plans
            for session, name, run in ((slow, "one", 101), (quick, "one", 102))
        ]
        assert apply_together(quick, plans[1], run=102, fence=1, stop=stop, advance=lambda _: None).changed == 1
        with pytest.raises(StoreError, match="Run 102 changed records of article"):
            apply_together(slow, plans[0], run=101, fence=1, stop=stop, advance=lambda _: None)
    assert kept.applied(101).blocks == 0


def test_a_stop_in_the_middle_of_applying_takes_all_of_it_back(catalogue: tuple[Catalogue, Path]) -> None:
    kept, path = catalogue
    config, stop = load(path), StopToken()
    with kept.session() as session:
        session.execute(
            "INSERT INTO entity.article BY NAME "
            "SELECT 'supplier' AS assortment, 'B' || i AS number, now() AS created_at, 0 AS created_by_run, "
            "now() AS changed_at, 0 AS changed_by_run FROM range(1000) t(i)"
        )
        _, planned = work_out(
            session,
            "one",
            config.schemes["one"],
            config.entities,
            assortment="supplier",
            run=101,
            block_rows=100,
            stop=StopToken(),
        )
        with pytest.raises(StopRequested):
            apply_together(
                session,
                planned.plans,
                run=101,
                fence=1,
                stop=stop,
                advance=lambda done: stop.request() if done >= 500 else None,
            )
        row = session.execute("SELECT count(*) FROM entity.article WHERE gross_price = 2").fetchone()
    assert row == (0,)
    assert kept.applied(101).blocks == 0


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_million_records_pass_through_the_memory_that_is_set(site: Make) -> None:
    made = site(
        import_of("prices"),
        etl_of("work", max_archived=1),
        scheme_of(
            "work",
            "UPDATE article SET gross_price = gross_price * 2 WHERE number NOT LIKE '%7'",
            "DELETE FROM article WHERE number LIKE '%9'",
        ),
    )
    lines = "".join(f"A{number:07d};{number % 1000},50\n" for number in range(MILLION))
    made.put("uploads/prices.csv", "No;Price\n" + lines)
    assert made.run("prices").code == 0
    text = made.config.read_text()
    assert "memory_limit" not in text, "by default"
    assert made.run("work").counts == {
        "changed": MILLION * 8 // 10,
        "unchanged": MILLION // 10,
        "archived": MILLION // 10,
    }
