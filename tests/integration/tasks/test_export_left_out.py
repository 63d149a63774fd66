"""An export that is the whole truth: its condition, and archiving what it leaves out (EX4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.pendel_cli import pendel
from support.task_site import export_of, import_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.task_site import TaskSite

    Make = Callable[..., TaskSite]

HEADER = "No;Price\n"
TEN = HEADER + "".join(f"A{number};{number},00\n" for number in range(10))


def with_export(site: Make, **settings: Any) -> TaskSite:
    given = {"assortment": "supplier", "overwrite": True, **settings}
    made = site(import_of("prices"), export_of("out", **given), import_of("others", assortment="other"))
    made.put("uploads/prices.csv", TEN)
    made.put("uploads/others.csv", HEADER + "X0;0,00\n")
    made.run("prices")
    made.run("others")
    return made


def left_out(site: Make, where: str = "gross_price >= 2", **settings: Any) -> TaskSite:
    return with_export(site, where=where, delta=False, archive_left_out=True, **settings)


def archived(made: TaskSite) -> list[Any]:
    return made.kept(where="archived_at IS NOT NULL")


def test_a_condition_chooses_the_records_of_the_file(site: Make) -> None:
    made = with_export(site, where="gross_price > 7 AND assortment = 'supplier'")
    assert made.run("out").counts == {"written": 2}
    assert made.files("exports")["out.csv"] == "sku,price\nA8,8.00\nA9,9.00\n"
    assert archived(made) == []


def test_a_condition_that_cannot_be_used_is_named_with_its_task(site: Make) -> None:
    made = with_export(site, where="gros_price > 7")
    answer = made.run("out")
    assert answer.code == 1
    assert "'gros_price', which is not there. Did you mean 'gross_price'?" in answer.told["message"]
    assert made.files("exports") == {}


def test_what_the_delivered_file_leaves_out_is_archived(site: Make) -> None:
    made = left_out(site)
    answer = made.run("out")
    assert answer.counts == {"written": 8, "archived": 2}
    assert answer.told["message"].endswith("2 records that it leaves out were archived.")
    assert archived(made) == ["A0", "A1"]
    assert made.kept(where="assortment = 'other' AND archived_at IS NULL") == ["X0"]
    assert made.run("out").counts == {"written": 8}


def test_it_can_be_put_back(site: Make) -> None:
    made = left_out(site)
    run = made.run("out").told["run"]
    assert pendel(made.config, "revert", str(run)).code == 0
    assert archived(made) == []


def test_an_export_that_archived_nothing_cannot_be_reverted(site: Make) -> None:
    made = left_out(site, where="true")
    run = made.run("out").told["run"]
    assert pendel(made.config, "revert", str(run)).code == 5


def test_a_dry_run_shows_what_would_be_archived(site: Make) -> None:
    made = left_out(site)
    answer = made.run("out", "--dry-run")
    assert answer.counts == {"written": 8, "archived": 2}
    assert [each["key"] for each in answer.told["details"]["samples"]["archived"]] == [["A0"], ["A1"]]
    assert [each["key"] for each in answer.told["details"]["samples"]["written"]] == [[f"A{n}"] for n in range(2, 10)]
    assert archived(made) == []
    assert made.files("exports") == {}


def test_the_brake_stops_before_the_file_is_written(site: Make) -> None:
    made = left_out(site, where="gross_price >= 5")
    answer = made.run("out")
    assert answer.code == 5
    assert (
        "leaves out 5 of the 10 records of the assortment 'supplier': 50% would be archived" in answer.told["message"]
    )
    assert made.files("exports") == {}
    assert archived(made) == []
    assert "The brake would stop" in made.run("out", "--dry-run").told["message"]
    assert made.run("out", "--confirm-archive").counts == {"written": 5, "archived": 5}


def test_nothing_is_archived_when_the_file_cannot_be_delivered(site: Make) -> None:
    made = left_out(site, overwrite=False)
    made.put("exports/out.csv", "there already")
    assert made.run("out").code == 1
    assert archived(made) == []


def test_where_the_condition_says_nothing_of_a_record_it_is_left_out(site: Make) -> None:
    made = left_out(site, where="net_price > 1", max_archived=1)
    assert made.run("out").counts == {"archived": 10}


def test_a_file_that_is_not_written_archives_nothing(site: Make) -> None:
    made = left_out(site, where="net_price > 1", max_archived=1, if_empty="skip")
    assert made.run("out").counts == {}
    assert archived(made) == []
