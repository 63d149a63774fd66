"""The export task: which records go into the file, what the file is called, and when it counts as sent (EX)."""

from __future__ import annotations

import hashlib
import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from support.kept_state import cursor
from support.pendel_cli import pendel
from support.task_site import export_of, import_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.task_site import TaskSite

    Make = Callable[..., TaskSite]

NAMES = "no,nl,en\nA1,stoel,chair\nA2,tafel,\n"
THREE = "No;Price\nA1;1,25\nA2;2,50\nA3;3,75\n"
NAMED = import_of("names", layout="names")
PRICES = import_of("prices", delta=False, max_archived=1)


def supplied(made: TaskSite, content: str = THREE) -> None:
    """Import prices; what is not among them is archived."""
    made.put("uploads/prices.csv", content)
    assert made.run("prices").code == 0


def named(made: TaskSite, content: str = NAMES) -> None:
    made.put("uploads/names.csv", content)
    assert made.run("names").code == 0


# -- the content --


def test_a_file_has_a_header_and_the_formats_of_the_layout(site: Make) -> None:
    made = site(PRICES, NAMED, export_of("list"), export_of("western", layout="western"))
    supplied(made)
    named(made, 'no,nl,en\nA1,"Stoel ""luxe"", ø 5; €",chair\n')
    assert made.run("list").counts == {"written": 3}
    made.run("western")
    assert (made.home / "exports" / "list.csv").read_bytes() == b"sku,price\nA1,1.25\nA2,2.50\nA3,3.75\n"
    assert (made.home / "exports" / "western.csv").read_bytes() == (
        'sku;title;price\r\nA1;"Stoel ""luxe"", ø 5; €";1,25\r\nA2;;2,5\r\nA3;;3,75\r\n'.encode("windows-1252")
    )


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (None, ["sku,title.nl,title.en", "A1,stoel,chair", "A2,tafel,"]),
        ("nl", ["sku,title", "A1,stoel", "A2,tafel"]),
        ("en", ["sku,title", "A1,chair", "A2,"]),
    ],
)
def test_a_translated_field_is_in_the_language_of_the_task_or_in_all(
    site: Make, language: str | None, lines: list[str]
) -> None:
    made = site(NAMED, export_of("titles", layout="titles", **({"language": language} if language else {})))
    named(made)
    made.run("titles")
    assert made.files("exports")["titles.csv"].splitlines() == lines


def test_an_assortment_is_chosen_or_all_are(site: Make) -> None:
    made = site(PRICES, import_of("more", assortment="more"), export_of("one", assortment="more"), export_of("all"))
    supplied(made)
    made.put("uploads/more.csv", "No;Price\nM1;1,00\n")
    made.run("more")
    assert made.run("one").counts == {"written": 1}
    assert made.run("all").counts == {"written": 4}


@pytest.mark.parametrize("layout", ["list", "changes"])
def test_a_whole_file_leaves_archived_records_out(site: Make, layout: str) -> None:
    made = site(PRICES, export_of("list", layout=layout))
    supplied(made)
    supplied(made, "No;Price\nA2;2,50\n")
    made.run("list")
    assert [line[:2] for line in made.files("exports")["list.csv"].splitlines()[1:]] == ["A2"]


def test_a_character_that_the_encoding_lacks_fails_and_names_the_record(site: Make) -> None:
    made = site(NAMED, export_of("western", layout="western", changes_only=True))
    named(made, "no,nl,en\nA1,stoel,\nA2,椅子,\n")
    answer = made.run("western")
    assert answer.code == 1
    assert answer.told["details"]["error"] == "DataError"
    assert "Article 'A2' cannot be written: column 'title'" in answer.told["message"]
    assert "U+6905" in answer.told["message"]
    assert made.files("exports") == {}
    assert cursor(made.data, "western") is None


# -- the file --


@pytest.mark.parametrize(
    ("file", "name", "inside"),
    [("a.csv", "a.csv.zip", "a.csv"), ("a.zip", "a.zip", "a"), ("b.csv.zip",) * 2 + ("b.csv",)],
)
def test_a_compressed_file_holds_the_one_it_is_named_for(site: Make, file: str, name: str, inside: str) -> None:
    made = site(PRICES, export_of("list", file=file, compress=True))
    supplied(made)
    answer = made.run("list")
    assert [path.name for path in (made.home / "exports").iterdir()] == [name]
    assert [each["name"] for each in answer.told["files"]] == [name]
    with zipfile.ZipFile(made.home / "exports" / name) as packed:
        assert packed.namelist() == [inside]
        assert packed.read(inside).decode().splitlines()[:2] == ["sku,price", "A1,1.25"]


@pytest.mark.parametrize(("compress", "name"), [(False, "list.csv"), (True, "list.csv.zip")])
def test_an_existing_file_is_refused_before_anything_is_rendered(
    site: Make, monkeypatch: pytest.MonkeyPatch, compress: bool, name: str
) -> None:
    made = site(PRICES, export_of("list", compress=compress, changes_only=True))
    supplied(made)
    made.put(f"exports/{name}", "theirs")

    def rendered(*_: Any, **__: Any) -> None:
        raise AssertionError("it was rendered")

    monkeypatch.setattr("core.exchange.writing.write_file", rendered)
    for arguments in (["list"], ["list", "--dry-run"]):
        answer = made.run(*arguments)
        assert answer.code == 1
        assert f"{name} exists at the export directory and may not be overwritten." in answer.told["message"]
    assert made.files("exports") == {name: "theirs"}
    assert cursor(made.data, "list") is None


def test_an_existing_file_is_replaced_where_that_is_set(site: Make) -> None:
    made = site(PRICES, export_of("list", overwrite=True))
    supplied(made)
    made.put("exports/list.csv", "theirs")
    assert made.run("list").code == 0
    assert made.files("exports")["list.csv"].startswith("sku,price\nA1,")


def test_placeholders_are_filled_in_and_the_sequence_rises(site: Make) -> None:
    template = "{task}/{entity}-{assortment}-{date:%Y}-{sequence:03}.csv"
    made = site(
        PRICES,
        export_of("list", target={"location": "out", "path": template}, assortment="supplier"),
        export_of("all", target={"location": "out", "path": template}),
    )
    (made.home / "out" / "list").mkdir()
    (made.home / "out" / "all").mkdir()
    supplied(made)
    year = f"{datetime.now(UTC):%Y}"
    made.run("list")
    assert made.run("list", "--dry-run").code == 0
    made.run("list")
    made.run("all")
    assert list(made.files("out")) == [
        f"all/article-all-{year}-001.csv",
        f"list/article-supplier-{year}-001.csv",
        f"list/article-supplier-{year}-002.csv",
    ]


def test_the_journal_has_the_hash_of_the_file_and_the_spool_no_second_name_of_it(site: Make) -> None:
    made = site(PRICES, export_of("list", overwrite=True), export_of("packed", compress=True))
    supplied(made)
    made.run("list")
    supplied(made, THREE + "A4;4,00\n")
    answer = made.run("list")
    content = (made.home / "exports" / "list.csv").read_bytes()
    (told,) = answer.told["files"]
    assert (told["size"], told["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert (made.home / "exports" / "list.csv").stat().st_nlink == 1, "who edits it edits no other file"
    assert not any(name.endswith("/export") for name in made.spooled())
    made.run("packed")
    assert any(name.endswith("/export.zip") for name in made.spooled())


# -- changes since --


def test_the_first_file_has_all_and_then_each_change_stands_in_one(site: Make) -> None:
    made = site(PRICES, export_of("shop", changes_only=True, file="{sequence}.csv"))
    supplied(made)
    assert made.run("shop").counts == {"written": 3}
    assert made.run("shop").counts == {}
    supplied(made, THREE.replace("2,50", "9,99") + "A4;4,00\n")
    assert made.run("shop").counts == {"written": 2}
    assert made.run("shop").counts == {}
    assert list(made.files("exports").values()) == [
        "sku,price\nA1,1.25\nA2,2.50\nA3,3.75\n",
        "sku,price\n",
        "sku,price\nA2,9.99\nA4,4.00\n",
        "sku,price\n",
    ]


def test_a_dry_run_tells_what_would_be_sent_and_leaves_the_cursor(site: Make) -> None:
    made = site(PRICES, export_of("shop", changes_only=True))
    supplied(made)
    answer = made.run("shop", "--dry-run")
    assert answer.counts == {"written": 3}
    assert answer.told["message"].startswith("Would send shop.csv to the export directory: 3 records, ")
    # As they would stand in the file.
    shown = answer.told["details"]["samples"]["written"]
    assert shown[0] == {"key": ["A1"], "changes": {"sku": [None, "A1"], "price": [None, "1.25"]}}
    assert len(shown) == 3
    assert made.files("exports") == {}
    assert cursor(made.data, "shop") is None
    assert made.run("shop").counts == {"written": 3}


def test_the_cursor_can_be_set_and_cleared_by_hand(site: Make) -> None:
    made = site(PRICES, export_of("shop", changes_only=True, overwrite=True))
    supplied(made)
    made.run("shop")
    seen = cursor(made.data, "shop")
    supplied(made, THREE.replace("2,50", "9,99"))
    made.run("shop")
    assert pendel(made.config, "cursor", "shop", "--set", str(seen)).code == 0
    assert made.run("shop").counts == {"written": 1}, "what changed after that moment goes out again"
    assert pendel(made.config, "cursor", "shop", "--clear").code == 0
    assert made.run("shop").counts == {"written": 3}


def test_archived_records_are_told_only_where_the_layout_has_a_column_for_it(site: Make) -> None:
    made = site(
        PRICES,
        export_of("told", layout="changes", changes_only=True, overwrite=True),
        export_of("untold", changes_only=True, overwrite=True),
    )
    supplied(made)
    supplied(made, "No;Price\nA1;1,25\nA2;2,50\n")
    made.run("told", "untold")
    first = made.files("exports")
    assert first["told.csv"] == "sku,what\nA1,new\nA2,new\n", "the receiver never had A3"
    supplied(made, "No;Price\nA1;9,99\nA4;4,00\n")
    made.run("told", "untold")
    assert made.files("exports") == {
        "told.csv": "sku,what\nA1,changed\nA2,deleted\nA4,new\n",
        "untold.csv": "sku,price\nA1,9.99\nA4,4.00\n",
    }


def test_where_empty_files_are_skipped_the_cursor_moves_and_nothing_is_written(site: Make) -> None:
    made = site(PRICES, export_of("shop", changes_only=True, if_empty="skip", file="{sequence}.csv"))
    supplied(made)
    made.run("shop")
    before = cursor(made.data, "shop")
    supplied(made, "No;Price\nA1;1,25\n")
    answer = made.run("shop")
    assert (answer.code, answer.told["message"]) == (0, "No record to export; no file was written.")
    assert answer.told["files"] == []
    assert list(made.files("exports")) == ["1.csv"]
    after = cursor(made.data, "shop")
    assert before is not None
    assert after is not None
    assert after > before, "what was archived meanwhile has been looked at"


def test_a_failed_delivery_leaves_the_cursor(site: Make) -> None:
    made = site(PRICES, export_of("shop", changes_only=True, target={"location": "out", "path": "shop.csv"}))
    supplied(made)
    (made.home / "out").rmdir()
    answer = made.run("shop")
    assert answer.code == 1
    assert cursor(made.data, "shop") is None
    (made.home / "out").mkdir()
    assert made.run("shop").counts == {"written": 3}
    assert list(made.files("out")) == ["shop.csv"]


def test_a_delivery_that_breaks_off_leaves_the_cursor_and_no_part_of_the_file(
    site: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.errors import TransferError
    from core.transfer.local import LocalLocation

    made = site(PRICES, export_of("shop", changes_only=True))
    supplied(made)

    def broken(*_: object) -> None:
        raise TransferError("The disk is full.")

    with monkeypatch.context() as broke:
        broke.setattr(LocalLocation, "_rename_new", broken)
        answer = made.run("shop")
    assert (answer.code, answer.told["message"]) == (1, "The disk is full.")
    assert made.files("exports") == {}
    assert cursor(made.data, "shop") is None
    assert made.run("shop").counts == {"written": 3}


def test_a_directory_that_is_not_there_is_named(site: Make) -> None:
    made = site(PRICES, export_of("shop", file="sub/shop.csv"))
    supplied(made)
    answer = made.run("shop")
    assert answer.code == 1
    assert "The directory of sub/shop.csv at the location the export directory (sub) is not there." in answer.notes
