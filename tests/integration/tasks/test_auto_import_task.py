"""Automatic import, from the folder to the catalogue and to the report beside the file (IM11)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from support.drop_site import NAMES, PRICES, drop_of, make_folders, paths, prices, report_of
from support.pendel_cli import pendel

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.task_site import TaskSite

    Make = Callable[..., TaskSite]


@pytest.fixture
def drop(site: Make) -> Callable[..., TaskSite]:
    def make(**settings: Any) -> TaskSite:
        made = site(drop_of(**settings))
        make_folders(made, "in" if settings.get("location", "in") == "in" else "uploads")
        return made

    return make


def test_a_file_is_imported_and_reported_beside_it(drop: Make) -> None:
    made = drop()
    made.put("in/AutoImport/week.csv", prices("A1", "A2"))
    answer = made.run("drop")
    assert answer.code == 0
    assert answer.told["message"] == "1 file imported. Records: 2 read, 2 new."
    assert made.kept() == ["A1", "A2"]
    assert paths(made) == ["AutoImport/processed/week.csv"]
    report = report_of(made, "in/AutoImport/processed/week.csv")
    assert report["outcome"] == "imported"
    assert report["recognised"] == "Recognised as layout prices (2 of 2 columns)."
    assert (report["counts"]["read"], report["counts"]["new"]) == (2, 2)
    text = (made.home / "in/AutoImport/processed/week.csv.report.txt").read_text()
    assert text.startswith("week.csv\n========\n")
    assert "  2 new" in text


def test_a_report_tells_all_its_times_in_the_zone_of_the_engine(drop: Make) -> None:
    made = drop()
    config = made.config.read_text()
    made.config.write_text(
        re.sub("(?m)^time_zone = .*\n", "", config).replace("[engine]\n", '[engine]\ntime_zone = "Asia/Kathmandu"\n')
    )
    made.put("in/AutoImport/week.csv", prices("A1"))
    arrived = datetime.fromtimestamp((made.home / "in/AutoImport/week.csv").stat().st_mtime, ZoneInfo("Asia/Kathmandu"))
    made.run("drop")
    text = (made.home / "in/AutoImport/processed/week.csv.report.txt").read_text()
    assert f"Arrived     {arrived:%Y-%m-%d %H:%M:%S}, " in text
    assert f"Looked at   {arrived:%Y-%m-%d %H:}" in text


def test_a_check_changes_nothing_and_says_what_would_be(drop: Make) -> None:
    made = drop(accept=[{**PRICES, "max_rejected": 0.5}])
    made.put("in/AutoImport/old.csv", prices("A1"))
    made.run("drop")
    made.put("in/AutoCheck/new.csv", prices("A1", "A2", price="9,00") + "A3;x\n")
    answer = made.run("drop")
    assert answer.code == 3
    assert answer.counts == {}
    assert made.kept("number, gross_price::INTEGER") == [("A1", 1)]
    report = report_of(made, "in/AutoCheck/processed/new.csv")
    assert report["outcome"] == "checked"
    assert {name: number for name, number in report["counts"].items() if number} == {
        "read": 2,
        "new": 1,
        "changed": 1,
        "rejected": 1,
    }
    text = (made.home / "in/AutoCheck/processed/new.csv.report.txt").read_text()
    assert "What would be done" in text
    assert "gross_price: 1 -> 9" in text
    assert "line 4, Price “x”" in text


def test_the_upload_directory_is_watched_where_no_location_is_named(drop: Make) -> None:
    made = drop(location=None)
    made.put("uploads/AutoImport/week.csv", prices("A1"))
    assert made.run("drop").code == 0
    assert paths(made, "uploads") == ["AutoImport/processed/week.csv"]


def test_what_nobody_recognises_goes_into_quarantine_and_holds_up_nobody(drop: Make) -> None:
    made = drop()
    made.put("in/AutoImport/a.csv", "Number,Net\n1,2\n", minutes_old=3)
    made.put("in/AutoImport/b.csv", prices("A1"), minutes_old=2)
    made.put("in/AutoImport/c.xml", "<shop><item/></shop>", minutes_old=1)
    answer = made.run("drop")
    assert answer.code == 3
    assert answer.told["message"].startswith("1 file imported, 2 files in quarantine. Records: 1 read, 1 new.")
    assert paths(made) == [
        "AutoImport/processed/b.csv",
        "AutoImport/quarantine/a.csv",
        "AutoImport/quarantine/c.xml",
    ]
    told = report_of(made, "in/AutoImport/quarantine/c.xml")
    assert told["message"] == "Nobody recognises c.xml: it is XML with the root shop."
    assert told["advice"].endswith("Once that is mended, put it back into AutoImport, and it is tried again.")


def test_a_file_from_quarantine_that_is_put_back_is_tried_again(drop: Make) -> None:
    made = drop()
    made.put("in/AutoImport/a.csv", "No;Prijs\nA1;1\n")
    assert made.run("drop").code == 3
    held = made.home / "in/AutoImport/quarantine/a.csv"
    (made.home / "in/AutoImport/a.csv").write_text(held.read_text().replace("Prijs", "Price"))
    for name in ("a.csv", "a.csv.report.txt", "a.csv.report.json"):
        (held.parent / name).unlink()
    assert made.run("drop").counts == {"read": 1, "new": 1}
    assert paths(made) == ["AutoImport/processed/a.csv"]


def test_two_layouts_that_claim_a_file_are_not_chosen_between(drop: Make) -> None:
    made = drop(accept=[PRICES, {"layout": "twin", "entity": "article"}])
    made.put("in/AutoImport/a.csv", prices("A1"))
    assert made.run("drop").code == 3
    report = report_of(made, "in/AutoImport/quarantine/a.csv")
    assert "Two layouts claim it: prices (2 of 2 columns) or twin (2 of 2 columns)." in report["message"]
    assert made.kept() == []


def test_a_name_that_comes_again_is_numbered(drop: Make) -> None:
    made = drop()
    for price in ("1,00", "2,00", "3,00"):
        made.put("in/AutoImport/week.csv", prices("A1", price=price))
        assert made.run("drop").code == 0
    assert paths(made) == [f"AutoImport/processed/week{number}.csv" for number in ("-1", "-2", "")]
    assert report_of(made, "in/AutoImport/processed/week-2.csv")["counts"]["changed"] == 1


def test_too_many_rejects_and_an_empty_file_are_refused(drop: Make) -> None:
    made = drop()
    made.put("in/AutoImport/bad.csv", prices("A1") + "A2;x\n", minutes_old=2)
    made.put("in/AutoImport/empty.csv", "", minutes_old=1)
    answer = made.run("drop")
    assert answer.code == 3
    assert answer.counts == {}
    assert "more than the 5% allowed" in report_of(made, "in/AutoImport/quarantine/bad.csv")["message"]
    assert "it is empty" in report_of(made, "in/AutoImport/quarantine/empty.csv")["message"]
    assert made.kept() == []


def test_the_brake_holds_a_file_until_archiving_is_confirmed(drop: Make) -> None:
    made = drop(accept=[{**PRICES, "delta": False}])
    made.put("in/AutoImport/all.csv", prices("A1", "A2", "A3"))
    made.run("drop")
    made.put("in/AutoImport/few.csv", prices("A1"))
    answer = made.run("drop")
    assert answer.code == 5
    assert "67% would be archived" in answer.told["message"]
    assert paths(made) == ["AutoImport/processed/all.csv", "AutoImport/quarantine/few.csv"]
    for report in (made.home / "in/AutoImport/quarantine").glob("*.report.*"):
        report.unlink()
    confirmed = made.run("drop", "--confirm-archive")
    assert confirmed.counts == {"read": 1, "unchanged": 1, "archived": 2}
    assert paths(made) == ["AutoImport/processed/all.csv", "AutoImport/processed/few.csv"]
    assert made.kept() == ["A1"]


def test_files_of_two_kinds_in_one_run_can_be_reverted_together(drop: Make) -> None:
    made = drop(accept=[PRICES, NAMES])
    made.put("in/AutoImport/a.csv", prices("A1", "A2"), minutes_old=3)
    made.put("in/AutoImport/b.csv", "no,nl,en\nA1,Bout,Bolt\nB1,Moer,Nut\n", minutes_old=2)
    answer = made.run("drop")
    assert answer.counts == {"read": 4, "new": 4}
    assert sorted(made.kept("number, assortment")) == [("A1", ""), ("A1", "supplier"), ("A2", "supplier"), ("B1", "")]
    assert pendel(made.config, "revert", str(answer.told["run"])).code == 0
    assert made.kept() == []


def test_rejects_of_all_files_of_a_run_are_kept(drop: Make) -> None:
    made = drop(accept=[{**PRICES, "max_rejected": 1}])
    made.put("in/AutoImport/a.csv", prices("A1") + "A2;x\n", minutes_old=3)
    made.put("in/AutoImport/b.csv", prices("B1") + "B2;y\nB3;z\n", minutes_old=2)
    answer = made.run("drop")
    assert answer.code == 3
    told = pendel(made.config, "log", "--run", str(answer.told["run"]), "--rejects").told["rejects"]
    assert [(row["file"], row["value"]) for row in told] == [("a.csv", "x"), ("b.csv", "y"), ("b.csv", "z")]
    report = report_of(made, "in/AutoImport/processed/b.csv")
    assert [row["value"] for row in report["rejects"]] == ["y", "z"]
    assert (made.home / "data/rejects" / f"run-{answer.told['run']}" / "b.csv").exists()
    assert report["rejects_file"].endswith("b.csv")


def test_a_dry_run_leaves_everything_where_it_is(drop: Make) -> None:
    made = drop()
    made.put("in/AutoImport/a.csv", prices("A1"), minutes_old=2)
    made.put("in/AutoImport/b.csv", "what;is;this\n", minutes_old=1)
    before = made.files("in")
    answer = made.run("drop", "--dry-run")
    assert answer.code == 3
    assert "1 file checked, 1 file in quarantine." in answer.told["message"]
    assert made.files("in") == before
    assert not (made.home / "in/AutoImport/.pendel").exists()
    assert made.run("drop").counts == {"read": 1, "new": 1}


def test_names_that_cannot_be_used_are_said_and_left(drop: Make) -> None:
    made = drop()
    made.put("in/AutoImport/good \x9b[31mü.csv".replace("\x9b", ""), prices("A1"))
    for name in ("line\nbreak.csv", "esc\x1b[2J.csv"):
        made.put(f"in/AutoImport/{name}", prices("B1"))
    answer = made.run("drop")
    assert answer.code == 3
    assert "control characters or line breaks" in answer.told["message"]
    assert "\x1b" not in answer.told["message"]
    assert "\n" not in answer.told["message"]
    assert made.kept() == ["A1"]
    assert len(list((made.home / "in/AutoImport").glob("*.csv"))) == 2


def test_files_that_are_still_written_by_their_name_are_left(drop: Make) -> None:
    made = drop()
    for name in ("a.csv.part", "b.csv.filepart", "c.tmp", ".d.csv", "old.csv.report.txt"):
        made.put(f"in/AutoImport/{name}", prices("A1"))
    answer = made.run("drop")
    assert answer.told["message"] == "Nothing to take in AutoImport and AutoCheck at in."
    assert made.kept() == []


def test_a_folder_that_is_not_there_fails_the_run(drop: Make) -> None:
    made = drop()
    (made.home / "in/AutoCheck").rmdir()
    answer = made.run("drop")
    assert answer.code == 1
    assert "AutoCheck" in answer.told["message"]


def test_a_file_that_may_not_be_read_is_put_aside(drop: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    made = drop()
    made.put("in/AutoImport/a.csv", prices("A1"), minutes_old=2)
    made.put("in/AutoImport/b.csv", prices("B1"), minutes_old=1)
    from core.errors import AccessDenied
    from core.transfer.local import LocalLocation

    read = LocalLocation.read_from

    def denied(self: LocalLocation, path: str, offset: int, size: int) -> Any:
        if path.endswith("a.csv"):
            raise AccessDenied(f"{path} may not be read.")
        return read(self, path, offset, size)

    monkeypatch.setattr(LocalLocation, "read_from", denied)
    assert made.run("drop").code == 3
    assert paths(made) == ["AutoImport/processed/b.csv", "AutoImport/quarantine/a.csv"]


def test_a_fault_in_pendel_costs_one_file_only(drop: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    made = drop()
    made.put("in/AutoImport/a.csv", prices("A1"), minutes_old=2)
    made.put("in/AutoImport/b.csv", prices("B1"), minutes_old=1)
    from core.exchange.recognition import registry

    look = registry.carrier

    def fail(head: Any) -> str:
        if head.name == "a.csv":
            raise KeyError("a fault")
        return look(head)

    monkeypatch.setattr(registry, "carrier", fail)
    answer = made.run("drop")
    assert answer.code == 3
    assert paths(made) == ["AutoImport/processed/b.csv", "AutoImport/quarantine/a.csv"]
    assert "A fault in Pendel ended the import of a.csv (KeyError)." in answer.told["message"]


def test_an_industry_format_is_named_where_no_rule_takes_it(drop: Make) -> None:
    made = drop()
    made.put("in/AutoImport/cat.xml", '<IXF xmlns="http://www.etim-international.com/etimixf/1" schemaVersion="1.0"/>')
    made.run("drop")
    report = report_of(made, "in/AutoImport/quarantine/cat.xml")
    assert "Recognised as ETIM IXF" in report["message"]
    assert 'Add a rule with format = "etim-ixf"' in report["advice"]


def test_a_file_is_taken_by_its_format_where_a_layout_reads_it(drop: Make) -> None:
    rule = {"layout": "units", "entity": "article", "format": "etim-csv"}
    made = drop(accept=[PRICES, rule])
    made.put("in/AutoImport/units.csv", "UNITOFMEASID;UNITDESC\nEU1;piece\nEU2;meter\n".encode("utf-16-le"))
    answer = made.run("drop")
    assert answer.told["message"] == "1 file imported. Records: 2 read, 2 new."
    assert made.kept() == ["EU1", "EU2"]


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ([{**PRICES, "layout": "list"}], "this layout is for an export, not for an import"),
        ([{**PRICES, "entity": "product"}], "this layout is of 'article', not of 'product'"),
        ([PRICES, {**PRICES, "assortment": "other"}], "rule number 1 takes the same files already"),
        ([{**PRICES, "layout": "headless"}], "it reads no column by its name in a header line"),
        ([{**PRICES, "format": "etim-ixf"}], "a layout of columns cannot read files of this format"),
        ([{**PRICES, "layout": "nobody"}], "there is no such layout"),
    ],
)
def test_rules_that_cannot_work_are_refused(drop: Make, rules: list[Any], words: str) -> None:
    answer = pendel(drop(accept=rules).config, "check")
    assert answer.code == 2
    assert words in answer.notes


def test_only_a_folder_can_have_arrivals(site: Make) -> None:
    from support.task_site import import_of

    answer = pendel(site(import_of("prices", frequency={"kind": "arrival"})).config, "check")
    assert answer.code == 2
    assert "only an auto-import has a folder in which files arrive" in answer.notes


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"check_directory": "AutoImport/"}, "must be different folders"),
        ({"check_directory": "", "import_directory": ""}, "at least one of"),
    ],
)
def test_the_folders_are_two(drop: Make, given: dict[str, str], words: str) -> None:
    assert words in pendel(drop(**given).config, "check").notes
