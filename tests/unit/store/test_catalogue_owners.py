"""What a file replaces and deletes: records of the owners that it names, and records that it says are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.catalogue_tools import Importer, Row, contents, opened, stage

from core.config.entities import EntitySettings, FieldSettings, build_entities
from core.stop import StopToken
from core.store.catalogue import ChangePlan, Owned, StagedPart, apply_block, check_parts, find_record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.store.catalogue import Catalogue

TEXT = FieldSettings(type="text")
ENTITIES = build_entities(
    {},
    {
        "article": EntitySettings(key=["number"], fields={"number": TEXT}),
        "price": EntitySettings(
            key=["article", "since"],
            fields={"article": FieldSettings(type="text", refers_to="article"), "since": TEXT, "amount": TEXT},
        ),
    },
    ["nl"],
)
PRICE = ENTITIES["price"]


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with opened(tmp_path, ENTITIES) as catalogue:
        yield catalogue


@pytest.fixture
def prices(catalogue: Catalogue) -> Importer:
    """Prices of A and B, two each, and of C, one."""
    articles = Importer(catalogue, ENTITIES["article"])
    articles.carry_out([{"number": number} for number in "ABCZ"])
    made = Importer(catalogue, PRICE, run=articles.run)
    made.carry_out([price("A", "1"), price("A", "2"), price("B", "1"), price("B", "2"), price("C", "1")])
    return made


def price(article: str, since: str, amount: str = "9") -> Row:
    return {"article": article, "since": since, "amount": amount}


def counts(plan: ChangePlan) -> dict[str, int]:
    names = ("new", "changed", "unchanged", "restored", "missing")
    return {name: getattr(plan, name) for name in names if getattr(plan, name)}


def planned(prices: Importer, rows: list[Row], *owners: str, gone: list[Row] | None = None, **more: Any) -> ChangePlan:
    """Compare rows that replace what these owners had; ``gone`` are deleted."""
    with prices.catalogue.session() as session:
        session.execute("CREATE TEMP TABLE owners AS SELECT unnest(?::VARCHAR[]) AS article", [list(owners)])
        session.execute('CREATE TEMP TABLE gone (article VARCHAR, "since" VARCHAR)')
        for row in gone or []:
            session.execute("INSERT INTO gone VALUES (?, ?)", [row["article"], row["since"]])
        given = {"owned": Owned(("article",), "owners", weigh_owners=True), "full": True, **more}
        return prices.plan(
            session, rows, deleted="gone" if gone else "", fields=["article", "since", "amount"], **given
        )


def test_only_what_the_named_owners_had_is_archived(prices: Importer) -> None:
    plan = planned(prices, [price("A", "1"), price("A", "3")], "A")
    assert counts(plan) == {"new": 1, "unchanged": 1, "missing": 1}


def test_an_owner_without_any_record_in_the_file_loses_all(prices: Importer) -> None:
    assert counts(planned(prices, [], "B")) == {"missing": 2}


def test_the_brake_weighs_owners_that_lose_everything_and_not_prices_that_are_replaced(prices: Importer) -> None:
    replaced = planned(prices, [price("A", "7"), price("B", "7")], "A", "B")
    assert (replaced.missing, replaced.lost, replaced.lost_of) == (4, 0, 2)
    taken = planned(prices, [price("A", "7")], "A", "B")
    assert (taken.missing, taken.lost, taken.lost_of) == (4, 1, 2)
    everything = planned(prices, [price("A", "7")], owned=Owned(("article",), weigh_owners=True))
    assert (everything.missing, everything.lost, everything.lost_of) == (5, 2, 3)


def test_records_are_weighed_among_those_of_the_owners(prices: Importer) -> None:
    plan = planned(prices, [price("A", "1")], "A", owned=Owned(("article",), "owners"))
    assert (plan.missing, plan.lost, plan.lost_of, plan.active_before) == (1, 1, 2, 5)


def test_what_the_file_deletes_is_archived_in_a_file_of_changes_too(prices: Importer) -> None:
    gone = [price("A", "1"), price("Z", "1")]
    plan = planned(prices, [price("B", "1", "10")], gone=gone, full=False, owned=None)
    assert counts(plan) == {"changed": 1, "missing": 1, "unchanged": 1}
    assert (plan.lost, plan.lost_of) == (1, 5)


def test_what_is_deleted_and_listed_stays(prices: Importer) -> None:
    plan = planned(prices, [price("A", "1")], gone=[price("A", "1")], full=False, owned=None)
    assert plan.missing == 0


def test_archived_records_come_back_and_are_not_archived_twice(prices: Importer) -> None:
    def apply(rows: list[Row], **more: Any) -> None:
        with prices.catalogue.session() as session:
            session.execute("CREATE TEMP TABLE owners AS SELECT 'A' AS article")
            plan = prices.plan(session, rows, fields=["article", "since", "amount"], **more)
            for block in range(plan.blocks):
                apply_block(session, plan, block, fence=1, stop=StopToken())

    owned = {"owned": Owned(("article",), "owners"), "full": True}
    apply([price("A", "1")], **owned)
    kept = {key[1:] for key, (_, archived) in contents(prices.catalogue, PRICE).items() if not archived}
    assert kept == {("A", "1"), ("B", "1"), ("B", "2"), ("C", "1")}
    assert counts(planned(prices, [price("A", "1")], "A")) == {"unchanged": 1}
    assert counts(planned(prices, [price("A", "2")], "A")) == {"restored": 1, "missing": 1}


def test_a_record_that_must_be_known_is_rejected_where_it_is_not(prices: Importer) -> None:
    with prices.catalogue.session() as session:
        stage(session, PRICE, [price("A", "1"), price("A", "9")])
        part = StagedPart(PRICE, "staged", "rejects", "a", only_known=True, references={"article": "stub"})
        check_parts(session, [part], stop=StopToken())
        found = session.execute("SELECT record, field, value, reason FROM rejects").fetchall()
    assert [(record, field, value) for record, field, value, _ in found] == [(2, "article, since", "A, 9")]
    assert "has no such record" in found[0][3]


def test_what_refers_to_a_record_that_the_file_deletes_is_rejected(catalogue: Catalogue) -> None:
    article = ENTITIES["article"]
    Importer(catalogue, article).carry_out([{"number": "A"}, {"number": "B"}])
    with catalogue.session() as session:
        stage(session, PRICE, [price("A", "1"), price("B", "1")])
        session.execute("CREATE TEMP TABLE listed (_record BIGINT, number VARCHAR)")
        session.execute("CREATE TEMP TABLE other_rejects AS FROM rejects")
        session.execute("CREATE TEMP TABLE gone AS SELECT 'A' AS number")
        parts = [
            StagedPart(article, "listed", "other_rejects", "a", deleted="gone"),
            StagedPart(PRICE, "staged", "rejects", "a"),
        ]
        check_parts(session, parts, stop=StopToken())
        assert session.execute("SELECT record, field, value FROM rejects").fetchall() == [(1, "article", "A")]


def test_a_record_is_found_by_its_key_as_text(prices: Importer) -> None:
    with prices.catalogue.session() as session:
        key = {"article": "A", "since": "1"}
        assert find_record(session, PRICE, "a", key, before_run=99) == {**key, "amount": "9"}
        assert find_record(session, PRICE, "b", key, before_run=99) is None
        assert find_record(session, PRICE, "a", {"article": "A"}, before_run=99) is None


def test_a_record_is_found_as_it_was_before_a_run_that_goes_on(catalogue: Catalogue, prices: Importer) -> None:
    """After a crash, what the run has done already must not look like what was there before it."""
    again = Importer(catalogue, PRICE, run=prices.run + 1)
    again.carry_out([price("A", "1", "7"), price("Z", "1")])
    with catalogue.session() as session:
        for name, before in (("A", {"article": "A", "since": "1", "amount": "9"}), ("Z", None)):
            key = {"article": name, "since": "1"}
            assert find_record(session, PRICE, "a", key, before_run=again.run) == before
