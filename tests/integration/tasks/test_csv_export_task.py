"""The csv-export task: several kinds of data, each in its own file with the columns that were ticked (CF)."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from support.task_site import import_of, task_table

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from support.task_site import TaskSite

    Make = Callable[..., TaskSite]

ARTICLES = {"entity": "article", "file": "articles-{date}.csv", "fields": ["gross_price", "number"]}
SHELVES = {"entity": "shelf", "file": "shelves.csv", "fields": ["shop", "content", "bin"]}


def erp(*exports: dict[str, Any], **settings: Any) -> str:
    return task_table("erp", "csv-export", {"exports": list(exports) or [ARTICLES, SHELVES], **settings})


def filled(site: Make, *tasks: str) -> TaskSite:
    """A workspace with two articles and a shelf."""
    made = site(
        import_of("prices"),
        import_of("other", assortment="other"),
        import_of("shelves", entity="shelf", layout="shelves"),
        *tasks,
    )
    made.put("uploads/prices.csv", "No;Price\nA1;1,25\nA2;2,50\n")
    made.put("uploads/other.csv", "No;Price\nB1;1,00\n")
    made.put("uploads/shelves.csv", 'shop,bin,content\nN,1,"nails, long"\n')
    assert made.run("prices", "other", "shelves").code == 0
    return made


def today() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d}"


def test_every_file_has_its_own_records_and_columns_in_the_order_chosen(site: Make) -> None:
    made = filled(site, erp({**ARTICLES, "assortment": "supplier"}, SHELVES))
    before = today()
    answer = made.run("erp")
    assert (answer.code, answer.counts) == (0, {"written": 3})
    names = [file["name"] for file in answer.told["files"]]
    assert names in ([f"articles-{day}.csv", "shelves.csv"] for day in (before, today()))
    files = made.files("exports")
    assert files[names[0]] == "gross_price,number\n1.25,A1\n2.5,A2\n"
    assert files[names[1]] == 'shop,content,bin\nN,"nails, long",1\n'
    assert answer.told["message"] == (f"Sent {names[0]} (2 records), shelves.csv (1 record) to the export directory.")


def test_the_delimiter_and_all_assortments(site: Make) -> None:
    made = filled(site, erp({**ARTICLES, "file": "{entity}-{assortment}.csv"}, delimiter=";"))
    assert made.run("erp").counts == {"written": 3}
    lines = made.files("exports")["article-all.csv"].splitlines()
    assert lines[0] == "gross_price;number"
    assert sorted(line.partition(";")[2] for line in lines[1:]) == ["A1", "A2", "B1"]


def test_the_files_go_into_the_directory_of_the_target(site: Make) -> None:
    made = filled(site, erp(SHELVES, target={"location": "out", "path": "erp/{task}"}))
    (made.home / "out" / "erp" / "erp").mkdir(parents=True)
    assert made.run("erp").code == 0
    assert list(made.files("out")) == ["erp/erp/shelves.csv"]


def test_compressed_files_hold_the_file_that_they_are_named_for(site: Make) -> None:
    made = filled(site, erp(SHELVES, {**ARTICLES, "file": "a.zip"}, compress=True))
    assert made.run("erp").code == 0
    assert sorted(path.name for path in (made.home / "exports").iterdir()) == ["a.zip", "shelves.csv.zip"]
    with zipfile.ZipFile(made.home / "exports" / "shelves.csv.zip") as packed:
        assert packed.namelist() == ["shelves.csv"]
        assert packed.read("shelves.csv").startswith(b"shop,content,bin\n")


def test_the_first_file_stays_where_the_second_fails(site: Make) -> None:
    made = filled(site, erp(SHELVES, {**ARTICLES, "file": "articles.csv"}, {**SHELVES, "file": "third.csv"}))
    made.put("exports/articles.csv", "theirs")
    answer = made.run("erp")
    assert answer.code == 1
    assert "articles.csv exists at the export directory" in answer.told["message"]
    assert answer.counts == {"written": 1}
    assert [file["name"] for file in answer.told["files"]] == ["shelves.csv"]
    assert made.files("exports") == {"articles.csv": "theirs", "shelves.csv": 'shop,content,bin\nN,"nails, long",1\n'}


def test_each_file_is_delivered_before_the_next_is_rendered(site: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.exchange import writing

    made = filled(site, erp(SHELVES, {**ARTICLES, "file": "articles.csv"}))
    there: list[list[str]] = []
    write_csv = writing.write_csv

    def noting(*args: Any, **more: Any) -> object:
        there.append([name for name in made.files("exports") if not name.startswith(".")])
        return write_csv(*args, **more)

    monkeypatch.setattr(writing, "write_csv", noting)
    assert made.run("erp").code == 0
    assert there == [[], ["shelves.csv"]]


def test_archived_records_are_left_out(site: Make) -> None:
    full = import_of("full", delta=False, max_archived=1)
    made = filled(site, full, erp({**ARTICLES, "file": "a.csv", "assortment": "supplier"}))
    made.put("uploads/full.csv", "No;Price\nA2;2,50\n")
    made.run("full")
    made.run("erp")
    assert made.files("exports") == {"a.csv": "gross_price,number\n2.5,A2\n"}


def test_a_dry_run_sends_nothing(site: Make) -> None:
    made = filled(site, erp())
    spooled = made.spooled()
    answer = made.run("erp", "--dry-run")
    assert (answer.code, answer.counts) == (0, {"written": 4})
    assert answer.told["message"].startswith("Would send articles-")
    shown = answer.told["details"]["samples"]["written"]
    assert sorted(each["key"][0] for each in shown if each["entity"].startswith("articles-")) == ["A1", "A2", "B1"]
    assert [each["changes"] for each in shown if each["entity"] == "shelves.csv"] == [
        {"shop": [None, "N"], "content": [None, "nails, long"], "bin": [None, "1"]}
    ]
    assert made.files("exports") == {}
    assert made.spooled() == spooled


def test_two_exports_cannot_write_the_same_file(site: Make) -> None:
    twice = {**ARTICLES, "file": "all.csv"}
    answer = site(erp(twice, {**twice, "fields": ["number"]})).run("erp")
    assert answer.code == 2
    assert "two exports write the file 'all.csv'" in answer.notes


def test_a_placeholder_keeps_the_files_of_two_assortments_apart(site: Make) -> None:
    named = {**ARTICLES, "file": "{assortment}.csv"}
    made = site(erp({**named, "assortment": "a"}, {**named, "assortment": "b"}))
    assert made.run("erp").code == 0
    assert sorted(made.files("exports")) == ["a.csv", "b.csv"]
