"""References between the parts of one file: to what is before them, to what comes later, and to what nobody has."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from support.catalogue_tools import Importer, Row, contents, entities, opened, stage

from core.sql import quoted_name
from core.stop import StopToken
from core.store.catalogue import (
    Catalogue,
    ChangePlan,
    StagedPart,
    apply_block,
    apply_revert,
    check_parts,
    content_of,
    fold_repeated,
    plan_changes,
    plan_revert,
    stage_stubs,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity
    from core.store.catalogue import Reference

ENTITIES = entities()
PART, ARTICLE, PRODUCT = ENTITIES["part"], ENTITIES["article"], ENTITIES["product"]


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with opened(tmp_path) as catalogue:
        yield catalogue


def article(number: str, product: int | None = None, successor: str | None = None) -> Row:
    return {"number": number, "product": product, "successor": successor}


def staged_part(
    session: DuckDBPyConnection,
    number: int,
    entity: Entity,
    rows: Sequence[Row],
    *,
    assortment: str = "a",
    full: bool = False,
    **references: Reference,
) -> StagedPart:
    """Stage rows as the part of a file."""
    stage(session, entity, rows)
    names = {"staged": f"staged {number}", "rejects": f"rejects {number}"}
    for old, new in names.items():
        session.execute(f"CREATE OR REPLACE TEMP TABLE {quoted_name(new)} AS FROM {old}")
    return StagedPart(entity, names["staged"], names["rejects"], assortment, full=full, references=references)


def passed(session: DuckDBPyConnection, part: StagedPart) -> list[Any]:
    """Return the keys that are left of a part."""
    (key,) = part.entity.key
    return [row[0] for row in session.execute(f'SELECT "{key}" FROM "{part.staged}" ORDER BY _record').fetchall()]


def reasons(session: DuckDBPyConnection, part: StagedPart) -> list[tuple[Any, ...]]:
    """Return the rejects of a part."""
    return session.execute(f'SELECT record, value, reason FROM "{part.rejects}" ORDER BY ALL').fetchall()


def plan_of(session: DuckDBPyConnection, staged: str, entity: Entity, run: int, **settings: Any) -> ChangePlan:
    settings = {"assortment": "a", "full": False, **settings}
    return plan_changes(session, staged, entity, run=run, block_rows=2, stop=StopToken(), **settings)


def carry_out(session: DuckDBPyConnection, plan: ChangePlan) -> None:
    for block in range(plan.blocks):
        apply_block(session, plan, block, fence=1, stop=StopToken())


@pytest.mark.parametrize("order", [(PRODUCT, ARTICLE), (ARTICLE, PRODUCT)], ids=["before", "after"])
@pytest.mark.parametrize("choice", ["reject", "wait"])
def test_a_record_may_refer_to_parts_before_it_and_waits_for_others(
    catalogue: Catalogue, order: tuple[Entity, Entity], choice: Reference
) -> None:
    rows = {"product": [{"id": 1}], "article": [article("x", 1), article("y", 2), article("z")]}
    with catalogue.session() as session:
        parts = [staged_part(session, place, entity, rows[entity.name]) for place, entity in enumerate(order)]
        parts[order.index(ARTICLE)].references = {"product": choice}
        check_parts(session, parts, stop=StopToken())
        articles = parts[order.index(ARTICLE)]
        found = choice == "wait" or order[0] is PRODUCT
        assert passed(session, articles) == (["x", "z"] if found else ["z"])
        assert articles.rejected == (1 if found else 2)
        place = {
            ("wait", PRODUCT): "the catalogue, nor among what is accepted of this file.",
            ("wait", ARTICLE): "the catalogue, nor among what is accepted of this file.",
            ("reject", PRODUCT): "the catalogue, nor in the parts of the file before this one.",
            ("reject", ARTICLE): "the catalogue.",
        }[choice, order[0]]
        assert reasons(session, articles)[-1] == (2, "2", f"There is no product with this id in {place}")


def test_what_refers_to_a_rejected_record_falls_with_it_across_parts_and_back(catalogue: Catalogue) -> None:
    """Articles wait for shelves that refer to articles: one that is missing takes the whole ring with it."""
    known = ENTITIES
    with catalogue.session() as session:
        products = staged_part(session, 1, known["product"], [{"id": 1}, {"id": None}])
        articles = staged_part(
            session, 2, ARTICLE, [article("a", 1, "b"), article("b", 1, "c"), article("c", 7), article("d", 1, "d")]
        )
        check_parts(session, [products, articles], stop=StopToken())
        assert passed(session, products) == [1]
        assert passed(session, articles) == ["d"]
        assert (products.rejected, articles.rejected) == (1, 3)


def test_what_the_file_itself_archives_cannot_be_referred_to(catalogue: Catalogue) -> None:
    Importer(catalogue, PRODUCT).carry_out([{"id": 1}, {"id": 2}])
    Importer(catalogue, PRODUCT).carry_out([{"id": 3}], assortment="other")
    with catalogue.session() as session:
        products = staged_part(session, 1, PRODUCT, [{"id": 1}], full=True)
        articles = staged_part(session, 2, ARTICLE, [article("x", 1), article("y", 2), article("z", 3)])
        check_parts(session, [products, articles], stop=StopToken())
        assert passed(session, articles) == ["x", "z"]


def test_a_stub_is_made_once_of_what_nobody_has(catalogue: Catalogue) -> None:
    Importer(catalogue, PRODUCT).carry_out([{"id": 1}])
    with catalogue.session() as session:
        first = staged_part(
            session, 1, ARTICLE, [article(f"a{place}", n) for place, n in enumerate((1, 5, 6, 5))], product="stub"
        )
        second = staged_part(session, 2, ARTICLE, [article("b6", 6), article("b8", 8)], assortment="b", product="stub")
        third = staged_part(session, 3, PRODUCT, [{"id": 8}])
        parts = [first, second, third]
        check_parts(session, parts, stop=StopToken())
        assert [part.rejected for part in parts] == [0, 0, 0]
        made = stage_stubs(session, parts, ENTITIES, stop=StopToken())
        assert [(one.entity, one.assortment, one.records, one.part) for one in made] == [("product", "a", 2, 0)]
        assert session.execute(f'SELECT _record, id FROM "{made[0].staged}" ORDER BY ALL').fetchall() == [
            (1, 5),
            (2, 6),
        ]


def test_no_stub_stands_for_an_archived_record_or_for_what_is_no_key(catalogue: Catalogue) -> None:
    products = Importer(catalogue, PRODUCT)
    products.carry_out([{"id": 1}, {"id": 2}], assortment="a")
    products.carry_out([{"id": 2}], assortment="a", full=True)
    text = {**ENTITIES, "note": _notes()}
    catalogue.declare(text)
    with catalogue.session() as session:
        notes = staged_part(
            session,
            1,
            text["note"],
            [{"number": str(n), "about": about} for n, about in enumerate(["1", "2", "3", "03", "x"])],
            about="stub",
        )
        check_parts(session, [notes], stop=StopToken())
        assert passed(session, notes) == ["1", "2"]
        unfit = (
            "There is no product with this id in the catalogue, nor among what is accepted of this file, "
            "and this value cannot be its id."
        )
        assert reasons(session, notes) == [
            (1, "1", "The product with this id is archived."),
            (4, "03", unfit),
            (5, "x", unfit),
        ]


def _notes() -> Entity:
    from core.config.entities import EntitySettings, FieldSettings, build_entities

    declared = {
        "product": EntitySettings(key=["id"], fields={"id": FieldSettings(type="integer")}),
        "note": EntitySettings(
            key=["number"],
            fields={"number": FieldSettings(type="text"), "about": FieldSettings(type="text", refers_to="product")},
        ),
    }
    return build_entities({}, declared, ["nl"])["note"]


def test_a_full_import_leaves_stubs_alone_until_somebody_has_filled_them(catalogue: Catalogue) -> None:
    """An article that is a stub: made by run 1, filled by run 3, and missing in the full imports 2, 4 and 6."""
    with catalogue.session() as session:
        part = staged_part(session, 1, ARTICLE, [article("x", None, "s"), article("y")], successor="stub")
        check_parts(session, [part], stop=StopToken())
        (stubs,) = stage_stubs(session, [part], ENTITIES, stop=StopToken())
        own = plan_of(session, part.staged, ARTICLE, 1)
        carry_out(session, plan_of(session, stubs.staged, ARTICLE, 1, stubs=True))
        # The blocks of a second plan for the same records follow those of the first.
        carry_out(session, replace(own, first_block=1))
        assert catalogue.stubs(1) == {("article", "a"): 1}
        assert catalogue.applied(1, of=("article", "a")).new == 2
        assert catalogue.applied(1).new == 3

        def full(run: int, *rows: Row) -> ChangePlan:
            part = staged_part(session, 1, ARTICLE, rows)
            plan = plan_of(session, part.staged, ARTICLE, run, full=True)
            carry_out(session, plan)
            return plan

        second = full(2, article("x"))
        assert (second.missing, second.spared) == (1, 1)  # y goes, s stays
        third = full(3, article("x"), {**article("s"), "product": 4})
        assert (third.changed, third.missing, third.spared) == (1, 0, 0)
        fourth = plan_of(session, staged_part(session, 1, ARTICLE, [article("x")]).staged, ARTICLE, 4, full=True)
        assert (fourth.missing, fourth.spared) == (1, 0)
        # What filled it is undone: it is a stub again.
        apply_revert(session, plan_revert(session, 3), by_run=5, fence=1, force=False, stop=StopToken())
        sixth = plan_of(session, staged_part(session, 1, ARTICLE, [article("x")]).staged, ARTICLE, 6, full=True)
        assert (sixth.missing, sixth.spared) == (0, 1)
    assert {key: archived for (_, key), (_, archived) in contents(catalogue, ARTICLE).items()} == {
        "x": False,
        "y": True,
        "s": False,
    }


def test_a_revert_takes_stubs_away_again(catalogue: Catalogue) -> None:
    with catalogue.session() as session:
        part = staged_part(session, 1, ARTICLE, [article("x", 9)], product="stub")
        check_parts(session, [part], stop=StopToken())
        (stubs,) = stage_stubs(session, [part], ENTITIES, stop=StopToken())
        carry_out(session, plan_of(session, stubs.staged, PRODUCT, 1, stubs=True))
        carry_out(session, plan_of(session, part.staged, ARTICLE, 1))
        assert list(contents(catalogue, PRODUCT)) == [("a", 9)]
        apply_revert(session, plan_revert(session, 1), by_run=2, fence=1, force=False, stop=StopToken())
    assert contents(catalogue, PRODUCT) == contents(catalogue, ARTICLE) == {}


def test_the_first_of_repeated_records_stays_and_differences_are_told(catalogue: Catalogue) -> None:
    rows: list[Row] = [
        {"maker": "acme", "number": "1", "stock": 5},
        {"maker": "acme", "number": "2", "stock": 1},
        {"maker": "acme", "number": "1", "stock": 5},
        {"maker": "acme", "number": None, "stock": 1},
        {"maker": "acme", "number": None, "stock": 1},
        {"maker": "acme", "number": "1", "stock": 6},
        {"maker": "acme", "number": "2", "stock": None},
    ]
    with catalogue.session() as session:
        part = staged_part(session, 1, PART, rows)
        folded = fold_repeated(session, part.staged, PART, content_of(PART, ["stock"]), stop=StopToken())
        assert (folded.records, folded.differing, folded.example) == (3, 2, (6, 1))
        again = fold_repeated(session, part.staged, PART, content_of(PART, ["stock"]), stop=StopToken())
        assert (again.records, again.differing, again.example) == (0, 0, None)
        check_parts(session, [part], stop=StopToken())
        assert part.rejected == 2  # each without a key is a reject of its own
