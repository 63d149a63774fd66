"""The etl task: SQL steps on copies of the records, into the catalogue as a whole, with history (ETL1)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from support.pendel_cli import pendel
from support.task_site import etl_of, export_of, import_of, scheme_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.task_site import TaskSite

    Make = Callable[..., TaskSite]

HEADER = "No;Price\n"
FIVE = HEADER + "".join(f"A{number};{number},00\n" for number in range(1, 6))
D = Decimal


def with_articles(site: Make, *steps: str, task: dict[str, Any] | None = None, more: tuple[str, ...] = ()) -> TaskSite:
    """A workspace with five articles, and a scheme of these steps for their assortment."""
    made = site(
        import_of("prices", delta=False, max_archived=1),
        etl_of("work", **(task or {})),
        scheme_of("work", *steps),
        *more,
    )
    made.put("uploads/prices.csv", FIVE)
    assert made.run("prices").code == 0
    return made


def prices(made: TaskSite) -> dict[str, Decimal]:
    return dict(made.kept("number, gross_price", where="archived_at IS NULL AND assortment = 'supplier'"))


def archived(made: TaskSite) -> list[Any]:
    return made.kept(where="archived_at IS NOT NULL")


# -- kinds of steps --


def test_every_kind_of_step_does_what_it_says(site: Make) -> None:
    made = with_articles(
        site,
        "CREATE TEMP TABLE dear AS SELECT number FROM article WHERE gross_price >= 4",
        "UPDATE article SET gross_price = gross_price * 2 WHERE number IN (FROM dear)",
        "DELETE FROM article WHERE number = 'A1'",
        "INSERT INTO article (number, gross_price) VALUES ('B1', 7)",
        "MERGE INTO article a USING (VALUES ('A2', 20), ('B2', 8)) n(number, price) ON a.number = n.number "
        "WHEN MATCHED THEN UPDATE SET gross_price = n.price "
        "WHEN NOT MATCHED THEN INSERT (number, gross_price) VALUES (n.number, n.price)",
        task={"max_archived": 1},
    )
    answer = made.run("work")
    assert answer.code == 0
    assert answer.counts == {"new": 2, "changed": 3, "unchanged": 1, "archived": 1}
    assert prices(made) == {"A2": D(20), "A3": D(3), "A4": D(8), "A5": D(10), "B1": D(7), "B2": D(8)}
    assert archived(made) == ["A1"]
    assert "Step 2, step 2: 2 rows updated." in made.log(answer.told["run"])


def test_only_records_of_the_assortment_are_touched(site: Make) -> None:
    made = with_articles(
        site,
        "UPDATE article SET gross_price = (SELECT max(gross_price) FROM all_article)",
        more=(import_of("others", assortment="other"),),
    )
    made.put("uploads/others.csv", HEADER + "X1;99,00\n")
    made.run("others")
    assert made.run("work").counts == {"changed": 5}
    assert set(prices(made).values()) == {D(99)}
    assert made.kept("number, gross_price", where="assortment = 'other' AND changed_by_run = created_by_run") == [
        ("X1", D(99))
    ]


def test_records_without_an_assortment_have_a_task_of_their_own(site: Make) -> None:
    made = with_articles(site, "DELETE FROM article", task={"assortment": "", "max_archived": 1})
    assert made.run("work").told["message"].startswith("Carried out work (1 step): nothing changed.")
    assert len(prices(made)) == 5


def test_a_record_comes_back_with_what_the_archive_has_of_it(site: Make) -> None:
    made = with_articles(
        site,
        "INSERT INTO article BY NAME SELECT * EXCLUDE (assortment, created_at, created_by_run, changed_at, "
        "changed_by_run, archived_at, archived_by_run) FROM archived_article WHERE number <> 'A5'",
    )
    made.put("uploads/prices.csv", HEADER + "A1;1,00\n")
    made.run("prices")
    assert sorted(archived(made)) == ["A2", "A3", "A4", "A5"]
    assert made.run("work").counts == {"unchanged": 1, "restored": 3}
    assert prices(made) == {f"A{number}": D(number) for number in range(1, 5)}


def test_a_changed_key_is_a_new_record_and_the_old_one_is_archived(site: Make) -> None:
    made = with_articles(site, "UPDATE article SET number = 'Z1' WHERE number = 'A1'")
    assert made.run("work").counts == {"new": 1, "unchanged": 4, "archived": 1}
    assert prices(made)["Z1"] == D(1)
    assert archived(made) == ["A1"]


def test_a_step_sees_what_those_before_it_did(site: Make) -> None:
    made = with_articles(
        site,
        "UPDATE article SET gross_price = 10",
        "UPDATE article SET gross_price = gross_price + 1",
        "UPDATE article SET gross_price = 1 WHERE number = 'A1'",
    )
    assert made.run("work").counts == {"changed": 4, "unchanged": 1}
    assert prices(made) == {"A1": D(1), **{f"A{number}": D(11) for number in range(2, 6)}}


# -- several entities --


def test_several_entities_are_one_transaction_and_may_refer_to_each_other(site: Make) -> None:
    made = with_articles(
        site,
        "UPDATE article SET product = 'P' || number",
        "INSERT INTO product (number) SELECT DISTINCT product FROM article",
    )
    answer = made.run("work")
    assert answer.counts == {"new": 5, "changed": 5}
    assert made.kept("number, product", where="product IS NOT NULL")[0] == ("A1", "PA1")
    assert len(made.kept(entity="product")) == 5
    (moments,) = made.kept(
        "list_distinct(list_concat(list(changed_at), (SELECT list(changed_at) FROM entity.product)))"
    )
    assert len(moments) == 1, "one transaction has one moment"
    assert [part["entity"] for part in answer.told["details"]["parts"]] == ["product", "article"]


def test_a_reference_to_nothing_leaves_everything_as_it_was(site: Make) -> None:
    made = with_articles(
        site,
        "INSERT INTO product (number) VALUES ('P1')",
        "UPDATE article SET product = 'P' || number[2]",
    )
    answer = made.run("work")
    assert answer.code == 1
    assert "article A2: There is no product with this number." in answer.told["message"]
    assert made.kept(entity="product") == []
    assert made.kept(where="product IS NOT NULL") == []
    rejects = pendel(made.config, "log", "--run", str(answer.told["run"]), "--rejects").told["rejects"]
    assert [(each["entity"], each["field"], each["value"]) for each in rejects[:1]] == [("article", "product", "P2")]


def test_an_old_reference_to_what_is_gone_keeps_nobody_from_a_change(site: Make) -> None:
    made = with_articles(
        site,
        "UPDATE article SET gross_price = 9",
        more=(
            import_of("products", entity="product", layout="products", delta=False, max_archived=1),
            import_of("belonging", layout="belonging"),
        ),
    )
    made.put("uploads/products.csv", "no\nP1\nP2\n")
    made.put("uploads/belonging.csv", "no,product\nA1,P1\n")
    made.run("products")
    made.run("belonging")
    made.put("uploads/products.csv", "no\nP2\n")
    assert made.run("products").counts["archived"] == 1
    assert made.run("work").counts == {"changed": 5}


# -- what cannot be kept, and brakes --


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("INSERT INTO article SELECT * FROM article", "article A1: Another record has the same key."),
        ("UPDATE article SET number = NULL WHERE number = 'A3'", "article : The key field is empty."),
        ("UPDATE article SET number = 'A1' WHERE number = 'A3'", "article A1: Another record has the same key."),
        ("UPDATE article SET gross_price = number::DECIMAL", "Step 1, step 1, could not be carried out: Conversion"),
    ],
)
def test_what_cannot_be_kept_fails_the_run_and_changes_nothing(site: Make, step: str, words: str) -> None:
    made = with_articles(site, step)
    before = made.kept("*")
    answer = made.run("work")
    assert answer.code == 1
    assert words in answer.told["message"]
    assert made.kept("*") == before


def test_the_brake_stops_what_would_archive_too_much(site: Make) -> None:
    made = with_articles(site, "DELETE FROM article WHERE gross_price > 2")
    answer = made.run("work")
    assert answer.code == 5
    assert "3 of the 5 records of article in assortment 'supplier' would be archived: 60%" in answer.told["message"]
    assert len(prices(made)) == 5
    dry = made.run("work", "--dry-run")
    assert dry.counts["archived"] == 3
    assert "The brake would stop this run." in dry.told["message"]
    assert made.run("work", "--confirm-archive").counts["archived"] == 3
    assert len(prices(made)) == 2


def test_the_brake_on_changes(site: Make) -> None:
    made = with_articles(site, "UPDATE article SET gross_price = 1", task={"max_changed": 0.5})
    answer = made.run("work")
    assert answer.code == 5
    assert "4 of the 5 records of article in assortment 'supplier' would be changed" in answer.told["message"]
    assert len(set(prices(made).values())) == 5


def test_a_scheme_that_became_wrong_is_not_begun(site: Make) -> None:
    made = with_articles(site, "UPDATE article SET gross_prise = 1")
    answer = made.run("work")
    assert answer.code == 1
    assert "step 1, step 1: line 1, column 20:" in answer.told["message"]
    assert "did you mean 'gross_price'?" in answer.told["message"]
    checked = pendel(made.config, "check")
    assert checked.code != 0
    assert "gross_price" in checked.notes


# -- dry runs, history, undo --


def test_a_dry_run_shows_each_field_and_changes_nothing(site: Make) -> None:
    made = with_articles(
        site, "UPDATE article SET gross_price = 10 WHERE number = 'A2'", "DELETE FROM article WHERE number = 'A5'"
    )
    before = made.kept("*", where="true")
    answer = made.run("work", "--dry-run")
    assert answer.counts == {"changed": 1, "unchanged": 3, "archived": 1}
    details = answer.told["details"]
    assert details["samples"]["changed"] == [{"key": ["article A2"], "changes": {"gross_price": ["2", "10"]}}]
    assert details["samples"]["archived"] == [{"key": ["article A5"], "changes": {}}]
    assert details["steps"] == [
        {"name": "step 1", "kind": "UPDATE", "rows": 1},
        {"name": "step 2", "kind": "DELETE", "rows": 1},
    ]
    assert made.kept("*", where="true") == before


def test_exports_of_changes_tell_what_a_scheme_did(site: Make) -> None:
    made = with_articles(
        site,
        "UPDATE article SET gross_price = 10 WHERE number = 'A2'",
        "DELETE FROM article WHERE number = 'A5'",
        "INSERT INTO article (number) VALUES ('B1')",
        more=(export_of("out", layout="changes", changes_only=True, overwrite=True),),
    )
    made.run("out")
    assert made.run("work").code == 0
    made.run("out")
    assert made.files("exports")["out.csv"] == "sku,what\nA2,changed\nA5,deleted\nB1,new\n"


def test_a_revert_puts_everything_back(site: Make) -> None:
    made = with_articles(
        site,
        "UPDATE article SET product = 'P1', gross_price = 3 WHERE number <= 'A3'",
        "INSERT INTO product (number) VALUES ('P1')",
        "DELETE FROM article WHERE number = 'A5'",
    )
    fields = "number, gross_price, product, archived_at"
    before = made.kept(fields, where="true")
    run = made.run("work").told["run"]
    assert made.kept(fields, where="true") != before
    assert pendel(made.config, "revert", str(run)).code == 0
    assert made.kept(fields, where="true") == before
    assert made.kept(entity="product") == []


def test_a_scheme_that_changes_nothing_writes_nothing(site: Make) -> None:
    made = with_articles(site, "UPDATE article SET gross_price = gross_price")
    before = made.kept("*")
    assert made.run("work").counts == {"unchanged": 5}
    assert made.kept("*") == before
