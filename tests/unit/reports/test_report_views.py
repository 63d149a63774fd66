"""What the views of reports show: records, changes in a period, quality, and the run history."""

from __future__ import annotations

import datetime as dt
import threading
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from biip.checksums import gs1_standard_check_digit
from hypothesis import given, settings
from hypothesis import strategies as st
from support.catalogue_tools import Importer, opened

from core.config.entities import build_entities
from core.config.reports import ReportLayout
from core.config.standard import STANDARD_ENTITIES
from core.config.tasks import ImportTask
from core.errors import DataError, StopRequested
from core.reports import results as results_module
from core.reports.period import Span, Spans, span_of, spans_of
from core.reports.results import Result, run_queries
from core.reports.views import RECORD_VIEWS, Subject, Views
from core.runs import Counts, RunState, Trigger
from core.stop import StopToken
from core.store.catalogue import apply_revert, plan_revert, report_views, snapshot
from core.store.journal import Journal
from core.store.journal.records import FileRow, RejectRow
from core.store.journal.runs import NewRun

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.store.catalogue import Catalogue

ALL = build_entities(STANDARD_ENTITIES, {}, ["nl", "en"])
ENTITIES = {name: ALL[name] for name in ("article", "product")}
ARTICLE = ENTITIES["article"]
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
FAR_OFF = dt.datetime(2200, 1, 1, tzinfo=dt.UTC)


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with opened(tmp_path, ENTITIES) as made:
        yield made


def layout_of(sql: str, **more: Any) -> ReportLayout:
    blocks = [{"kind": "table", "query": "q"}]
    return ReportLayout.model_validate(
        {"direction": "report", "title": "T", "queries": [{"name": "q", "sql": sql}], "blocks": blocks, **more}
    )


def found(
    catalogue: Catalogue,
    sql: str,
    *,
    span: tuple[dt.datetime, dt.datetime] = (LONG_AGO, FAR_OFF),
    journal: Journal | None = None,
    tasks: list[Any] | None = None,
    stop: StopToken | None = None,
    assortment: str | None = None,
    **more: Any,
) -> Result:
    period = Span(*span, AMSTERDAM)
    subject = Subject(period, period, "weekly", ARTICLE, assortment)
    with catalogue.session() as session, snapshot(session):
        return run_queries(
            session,
            layout_of(sql, **more),
            Views(ENTITIES, tasks or []),
            subject,
            journal=journal,
            stop=stop or StopToken(),
        )["q"]


def moment(catalogue: Catalogue) -> dt.datetime:
    return catalogue.watermark()


def put(catalogue: Catalogue, rows: list[dict[str, Any]]) -> None:
    """Keep articles that no import would take."""
    columns = ", ".join(f'"{name}"' for name in rows[0])
    signs = ", ".join("?" * len(rows[0]))
    with catalogue.session() as session:
        session.executemany(
            f"INSERT INTO entity.article (assortment, created_at, changed_at, {columns}) "
            f"VALUES ('a', TIMESTAMP '2026-01-01', TIMESTAMP '2026-01-01', {signs})",
            [list(row.values()) for row in rows],
        )


# -- records ---------------------------------------------------------------------------------------------------------


def test_records_as_they_are_with_local_times(catalogue: Catalogue) -> None:
    articles = Importer(catalogue, ARTICLE)
    articles.carry_out([{"number": "A1", "gross_price": 1}, {"number": "A2", "gross_price": 2}])
    articles.carry_out([{"number": "A1", "gross_price": 1}], full=True)
    result = found(catalogue, "SELECT number, gross_price, archived, changed_at FROM article ORDER BY number")
    assert [row[:3] for row in result.rows] == [("A1", Decimal(1), False), ("A2", Decimal(2), True)]
    local = moment(catalogue).astimezone(AMSTERDAM).replace(tzinfo=None)
    assert result.rows[1][3] == local
    assert list(result.columns.values()) == ["text", "decimal", "boolean", "datetime"]


def test_what_became_of_records_in_a_period(catalogue: Catalogue) -> None:
    articles = Importer(catalogue, ARTICLE)
    prices = {"A1": 1, "A2": 2, "A3": 3, "A4": 4}
    articles.carry_out([{"number": key, "gross_price": price} for key, price in prices.items()])
    begin = moment(catalogue)
    # A1 changes twice, A2 changes and comes back, A3 is archived, A4 stays, A5 is new, A6 is new and archived.
    articles.carry_out([{"number": "A1", "gross_price": 5}, {"number": "A2", "gross_price": 9}])
    articles.carry_out([{"number": "A5", "gross_price": 50}, {"number": "A6", "gross_price": 60}])
    articles.carry_out(
        [{"number": "A1", "gross_price": 7}, {"number": "A2", "gross_price": 2}, {"number": "A4", "gross_price": 4},
         {"number": "A5", "gross_price": 55}],
        full=True,
    )  # fmt: skip
    end = moment(catalogue)
    articles.carry_out([{"number": "A1", "gross_price": 99}, {"number": "A3", "gross_price": 3}])
    sql = "SELECT number, change, old_gross_price, gross_price, archived FROM record_changes ORDER BY number"
    assert found(catalogue, sql, span=(begin, end)).rows == [
        ("A1", "changed", Decimal(1), Decimal(7), False),
        ("A2", "changed", Decimal(2), Decimal(2), False),
        ("A3", "archived", Decimal(3), Decimal(3), True),
        ("A5", "new", None, Decimal(55), False),
        ("A6", "new", None, Decimal(60), True),
    ]
    assert found(catalogue, sql, span=(end, FAR_OFF)).rows == [
        ("A1", "changed", Decimal(7), Decimal(99), False),
        ("A3", "restored", Decimal(3), Decimal(3), False),
    ]
    whole = found(catalogue, "SELECT change, count(*) FROM article_changes GROUP BY ALL").rows
    assert whole == [("new", 6)]


def test_a_record_that_a_revert_took_away_is_removed(catalogue: Catalogue) -> None:
    articles = Importer(catalogue, ARTICLE)
    articles.carry_out([{"number": "A1", "gross_price": 1}])
    begin = moment(catalogue)
    articles.run += 1
    with catalogue.session() as session:
        plan = plan_revert(session, 1)
        apply_revert(session, plan, by_run=articles.run, fence=1, stop=StopToken(), force=True)
    sql = "SELECT number, change, old_gross_price, gross_price FROM record_changes"
    assert found(catalogue, sql, span=(begin, FAR_OFF)).rows == [("A1", "removed", Decimal(1), None)]
    assert found(catalogue, sql).rows == [], "what came and went in the period is nothing"


def test_only_the_assortment_of_the_report(catalogue: Catalogue) -> None:
    articles = Importer(catalogue, ARTICLE)
    articles.carry_out([{"number": "A1"}], assortment="a")
    articles.carry_out([{"number": "B1"}], assortment="it's b")
    for view in ("record", "record_changes"):
        assert found(catalogue, f"SELECT number FROM {view}", assortment="it's b").rows == [("B1",)]
    assert len(found(catalogue, "SELECT number FROM article", assortment="it's b").rows) == 2


# -- quality ---------------------------------------------------------------------------------------------------------


def test_how_fields_are_filled_and_what_cannot_be_right(catalogue: Catalogue) -> None:
    Importer(catalogue, ENTITIES["product"]).carry_out([{"number": "P1"}])
    rows: list[dict[str, Any]] = [
        {"number": "A1", "product": "P1", "gtin": "8712345678906", "gross_price": -1, "brand": "good",
         "manufacturer_gln": "8712345000004", "valid_from": dt.date(1, 1, 1)},
        {"number": "A2", "product": "P9", "gtin": "123", "gross_price": 2, "brand": "b\ufffdd",
         "manufacturer_gln": "8712345000005", "valid_from": None},
        {"number": "A3", "product": None, "gtin": " ", "gross_price": None, "brand": "", "manufacturer_gln": None,
         "valid_from": None},
        {"number": "A4", "product": None, "gtin": None, "gross_price": 1, "brand": "a\x07b", "manufacturer_gln": None,
         "valid_from": None},
    ]  # fmt: skip
    put(catalogue, rows)
    fields = {
        name: (filled, invalid)
        for name, filled, invalid in found(catalogue, "SELECT field, filled, invalid FROM record_fields").rows
    }
    assert fields["number"] == (4, 0)
    assert fields["product"] == (2, 1)
    assert fields["gtin"] == (2, 1)
    assert fields["gross_price"] == (3, 1)
    assert fields["brand"] == (3, 2)
    assert fields["manufacturer_gln"] == (2, 1)
    assert fields["valid_from"] == (1, 1)
    assert fields["weight"] == (0, 0)
    assert set(fields) == set(ARTICLE.fields)


def test_gtins_that_are_wrong_or_shared(catalogue: Catalogue) -> None:
    gtins = ["8712345678906", "8712345678907", "abc", "12345", "87123457", "08712345678906", "4006381333931"]
    rows = [{"number": f"A{number}", "gtin": gtin} for number, gtin in enumerate(gtins)]
    Importer(catalogue, ARTICLE).carry_out(rows)
    told = found(catalogue, "SELECT record, problem FROM record_gtins ORDER BY record").rows
    assert told == [
        ("A0", "is the same for 2 records"),
        ("A1", "has the check digit 7 in place of 6"),
        ("A2", "is not made of digits"),
        ("A3", "has 5 digits"),
        ("A4", f"has the check digit 7 in place of {gs1_standard_check_digit('8712345')}"),
        ("A5", "is the same for 2 records"),
    ]


DIGITS = st.sampled_from((7, 11, 12, 13)).flatmap(lambda size: st.text("0123456789", min_size=size, max_size=size))


@settings(max_examples=10)
@given(st.lists(DIGITS, min_size=100, max_size=200))
def test_the_check_digit_is_that_of_biip(digits: list[str]) -> None:
    with duckdb.connect() as connection:
        sql = f"SELECT {report_views._check_digit('v')} FROM (SELECT unnest(?::VARCHAR[]) AS v)"
        mine = connection.execute(sql, [[f"{each}0" for each in digits]]).fetchall()
    assert [digit for (digit,) in mine] == [str(gs1_standard_check_digit(each)) for each in digits]


def test_texts_that_are_missing_of_fields_that_are_used(catalogue: Catalogue) -> None:
    rows: list[dict[str, Any]] = [
        {"number": "A1", "description.nl": "schroef", "description.en": "screw"},
        {"number": "A2", "description.nl": "moer", "description.en": " "},
        {"number": "A3", "description.nl": None, "description.en": None},
    ]
    Importer(catalogue, ARTICLE).carry_out(rows)
    sql = "SELECT record, field, language FROM record_missing_texts ORDER BY ALL"
    assert found(catalogue, sql).rows == [
        ("A2", "description", "en"),
        ("A3", "description", "en"),
        ("A3", "description", "nl"),
    ]
    assert found(catalogue, "SELECT description.nl FROM record WHERE number = 'A2'").rows == [("moer",)]


def test_references_to_what_is_not_there_or_archived(catalogue: Catalogue) -> None:
    products = Importer(catalogue, ENTITIES["product"])
    products.carry_out([{"number": "P1"}, {"number": "P2"}])
    products.carry_out([{"number": "P1"}], full=True)
    rows = [{"number": f"A{number}", "product": product} for number, product in enumerate(("P1", "P2", "P3", None))]
    put(catalogue, rows)
    sql = 'SELECT record, refers_to, "value", problem FROM record_references ORDER BY record'
    assert found(catalogue, sql).rows == [
        ("A1", "product", "P2", "is archived"),
        ("A2", "product", "P3", "is not there"),
    ]


def test_every_view_can_be_made_for_every_entity(tmp_path: Path) -> None:
    span = Span(LONG_AGO, FAR_OFF, AMSTERDAM)
    views = Views(ALL, [])
    with opened(tmp_path, ALL) as catalogue, catalogue.session() as session:
        for entity in ALL.values():
            names = [*RECORD_VIEWS, entity.name, f"{entity.name}_changes"]
            views.make(session, names, Subject(span, span, "", entity), journal=None, stop=StopToken())
            for name in names:
                rows = session.execute(f'SELECT * FROM "{name}"').fetchall()
                assert len(rows) == (len(entity.fields) if name == "record_fields" else 0)


# -- the run history -------------------------------------------------------------------------------------------------


@contextmanager
def journal_with_runs(tmp_path: Path, runs: int = 3) -> Iterator[Journal]:
    """Runs that end at 23:30 UTC on Sunday 15 November and each hour after it; the first of them failed."""
    journal = Journal(tmp_path / "journal.sqlite")
    end = dt.datetime(2026, 11, 15, 22, 30, tzinfo=dt.UTC)
    with journal.transaction():
        for number in range(runs):
            at = end + dt.timedelta(hours=number)
            (run,) = journal.runs.queue([NewRun("prices", "import", Trigger.PLANNED, "pendel")], at=at)
            journal.runs.start(run, at=at - dt.timedelta(seconds=90))
            journal.runs.end(
                run,
                RunState.SUCCEEDED if number else RunState.FAILED,
                at=at,
                message=f"Run {number}.",
                counts=Counts(read=10, rejected=number),
            )
            journal.files.add(run, FileRow("source", "p.csv", "supplier", 1000, "", at))
            journal.rejects.replace(
                run, [RejectRow("p.csv", 7, "price", "Price", "abc", "is no number")] * min(number, 2)
            )
    try:
        yield journal
    finally:
        journal.close()


WEEK = (dt.datetime(2026, 11, 16, tzinfo=AMSTERDAM), dt.datetime(2026, 11, 23, tzinfo=AMSTERDAM))


def test_runs_of_the_period_with_their_counts_and_local_times(catalogue: Catalogue, tmp_path: Path) -> None:
    with journal_with_runs(tmp_path) as journal:
        sql = 'SELECT run, state, ended_at, round(seconds, 3), "read", rejected, dry_run FROM runs ORDER BY run'
        result = found(catalogue, sql, span=WEEK, journal=journal)
        files = found(catalogue, "SELECT run, role, size FROM run_files ORDER BY run", span=WEEK, journal=journal)
        rejects = found(catalogue, "SELECT run, line, reason FROM run_rejects", span=WEEK, journal=journal)
    midnight = dt.datetime(2026, 11, 16, 0, 30)  # noqa: DTZ001 - local
    assert result.rows == [
        (2, "succeeded", midnight, 90.0, 10, 1, False),
        (3, "succeeded", midnight + dt.timedelta(hours=1), 90.0, 10, 2, False),
    ]
    assert files.rows == [(2, "source", 1000), (3, "source", 1000)]
    assert rejects.rows == [(2, 7, "is no number")] + [(3, 7, "is no number")] * 2


def test_more_runs_than_a_batch(catalogue: Catalogue, tmp_path: Path) -> None:
    with journal_with_runs(tmp_path, runs=5001) as journal:
        result = found(catalogue, 'SELECT count(*), sum("read"), max(run) FROM runs', journal=journal)
    assert result.rows == [(5001, 50_010, 5001)]


def test_days_without_anything(catalogue: Catalogue) -> None:
    rows = found(catalogue, "SELECT day FROM days", span=WEEK).rows
    assert [str(day) for (day,) in rows] == [f"2026-11-{day}" for day in range(16, 23)]


def test_days_where_the_clocks_change(catalogue: Catalogue) -> None:
    span = (dt.datetime(2026, 10, 24, tzinfo=AMSTERDAM), dt.datetime(2026, 10, 27, tzinfo=AMSTERDAM))
    rows = found(catalogue, "SELECT day FROM days", span=span).rows
    assert [str(day) for (day,) in rows] == ["2026-10-24", "2026-10-25", "2026-10-26"]


def test_the_report_itself(catalogue: Catalogue) -> None:
    (row,) = found(catalogue, "SELECT * FROM report", span=WEEK, assortment="it's").rows
    assert (str(row[0]), row[2:]) == ("2026-11-16 00:00:00", ("weekly", "article", "it's"))


def test_tasks_and_which_are_overdue(catalogue: Catalogue, tmp_path: Path) -> None:
    daily = {"kind": "time_of_day", "at": "07:00"}
    common = {"description": "d", "sequence": 10, "entity": "article", "layout": "l", "file": "f"}
    tasks = [
        ImportTask.model_validate({"id": name, "frequency": frequency, "active": active, **common})
        for name, frequency, active in (
            ("prices", daily, True),
            ("off", daily, False),
            ("hand", {"kind": "manual"}, True),
        )
    ]
    with journal_with_runs(tmp_path) as journal:
        journal.tallies.take(limit=100)
        with journal._database.transaction():
            for task in ("prices", "off", "hand"):
                for day in (17, 18, 19):
                    journal._database.execute(
                        "INSERT INTO occurrence (task, due_at, skipped) VALUES (?, ?, 'x')",
                        (task, f"2026-11-{day}T06:00:00.000000Z"),
                    )
        rows = found(
            catalogue,
            "SELECT task, last_state, last_success_at, due_since_success, overdue, frequency FROM tasks ORDER BY task",
            span=WEEK,
            journal=journal,
            tasks=tasks,
        ).rows
    success = dt.datetime(2026, 11, 16, 1, 30)  # noqa: DTZ001 - local
    assert rows == [
        ("hand", None, None, 3, False, "by hand"),
        ("off", None, None, 3, False, "daily at 07:00"),
        ("prices", "succeeded", success, 3, True, "daily at 07:00"),
    ]


# -- bounds ----------------------------------------------------------------------------------------------------------


def test_rows_beyond_the_bound_are_cut(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results_module, "MAX_ROWS", 100)
    result = found(catalogue, "SELECT x FROM range(1000) r(x)")
    assert (len(result.rows), result.cut) == (100, True)
    assert not found(catalogue, "SELECT x FROM range(100) r(x)").cut


def test_long_texts_and_lists_are_cut(catalogue: Catalogue) -> None:
    ((text, numbers),) = found(catalogue, "SELECT repeat('x', 1000000) AS a, [1, 2] AS b").rows
    assert (len(text), numbers) == (4000, "[1, 2]")


def test_a_query_that_does_not_end_is_interrupted(catalogue: Catalogue) -> None:
    sql = "SELECT sum(a.x * b.x) FROM range(1000000) a(x), range(1000000) b(x)"
    with pytest.raises(DataError, match="had not ended after 1 seconds"):
        found(catalogue, sql, timeout=1)
    assert found(catalogue, "SELECT 1 AS x").rows == [(1,)], "the session of the next report is not touched"


def test_a_stop_interrupts_a_query(catalogue: Catalogue) -> None:
    stop = StopToken()
    timer = threading.Timer(0.3, stop.request)
    timer.start()
    with pytest.raises(StopRequested):
        found(catalogue, "SELECT sum(a.x * b.x) FROM range(1000000) a(x), range(1000000) b(x)", stop=stop)
    timer.join()


def test_a_query_that_fails_says_why(catalogue: Catalogue) -> None:
    with pytest.raises(DataError, match=r"The query 'q' failed: .*nunber"):
        found(catalogue, "SELECT nunber FROM article")
    with pytest.raises(DataError, match="two columns named 'x'"):
        found(catalogue, "SELECT 1 AS x, 2 AS x")


def test_a_view_of_the_entity_needs_one(catalogue: Catalogue) -> None:
    span = Span(LONG_AGO, FAR_OFF, AMSTERDAM)
    with catalogue.session() as session, pytest.raises(DataError, match="'record', which is about one entity"):
        Views(ENTITIES, []).make(session, ["record"], Subject(span, span), journal=None, stop=StopToken())


# -- periods ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("period", "since", "until", "words"),
    [
        ("previous_week", "2026-11-16 00:00", "2026-11-23 00:00", "16 Nov 2026 to 22 Nov 2026"),
        ("previous_month", "2026-10-01 00:00", "2026-11-01 00:00", "01 Oct 2026 to 31 Oct 2026"),
        ("last_7_days", "2026-11-17 00:00", "2026-11-23 07:30", "17 Nov 2026 to 23 Nov 2026 07:30"),
        ("since_last_run", "2026-11-20 12:00", "2026-11-23 07:30", "20 Nov 2026 12:00 to 23 Nov 2026 07:30"),
    ],
)
def test_periods_on_a_monday_morning(period: Any, since: str, until: str, words: str) -> None:
    now = dt.datetime(2026, 11, 23, 7, 30, tzinfo=AMSTERDAM)
    last = dt.datetime(2026, 11, 20, 12, tzinfo=AMSTERDAM)
    span = span_of(period, now=now, zone=AMSTERDAM, last_run=last)
    assert (f"{span.since:%Y-%m-%d %H:%M}", f"{span.until:%Y-%m-%d %H:%M}") == (since, until)
    assert span.words == words


def test_what_came_since_the_last_run_ends_where_the_catalogue_ends() -> None:
    now = dt.datetime(2026, 11, 23, 7, 30, tzinfo=AMSTERDAM)
    spans = spans_of(
        "since_last_run", now=now, zone=AMSTERDAM, watermark=FAR_OFF, runs_seen=LONG_AGO, changes_seen=LONG_AGO
    )
    assert spans == Spans(Span(LONG_AGO, now, AMSTERDAM), Span(LONG_AGO, FAR_OFF, AMSTERDAM))
