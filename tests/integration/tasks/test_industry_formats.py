"""Files of industry formats through tasks: imported and exported as any, without a layout that somebody declared."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from support.bmecat_desk import catalogue, product
from support.drop_site import drop_of, make_folders, paths, report_of
from support.icc_files import condition, file_of, header
from support.pendel_cli import pendel
from support.task_site import export_of, import_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.task_site import TaskSite

    Make = Callable[..., TaskSite]

CODES = "customer, code, discount"


def icc_import(task_id: str = "terms", **more: Any) -> str:
    return import_of(task_id, **{"entity": None, "layout": "icc", "file": "terms.icc", **more})


def icc_export(task_id: str = "send", **more: Any) -> str:
    return export_of(task_id, **{"entity": "condition", "layout": "icc", "file": "out.icc", **more})


def codes(site: TaskSite) -> list[Any]:
    return site.kept("code", entity="condition")


def test_a_file_is_imported_without_a_layout_and_tells_what_it_is(site: Make) -> None:
    made = site(icc_import())
    made.put("uploads/terms.icc", file_of(header(3), condition(group="1"), condition(group="2", discount_1="01000")))
    answer = made.run("terms")
    assert answer.counts == {"read": 2, "new": 2}
    assert made.kept(CODES, entity="condition") == [("52610368", "1", Decimal("52.2")), ("52610368", "2", Decimal(10))]
    assert "announces 3 conditions, but 2 follow" in answer.told["message"]
    (told,) = answer.told["details"]["read"]
    assert told["facts"]["supplier"] == "Groothandel"
    assert told["full"] is False
    assert "format ICC 1.1; kind conditions of a customer; supplier Groothandel" in made.log(answer.told["run"])


def test_a_complete_set_replaces_that_of_its_customer_only(site: Make) -> None:
    made = site(icc_import(delta=False, max_archived=0.5))
    made.put("uploads/terms.icc", file_of(header(), *(condition(group=str(number)) for number in range(4))))
    made.run("terms")
    other = header(more={"Customer id": "77"})
    made.put("uploads/terms.icc", file_of(other, condition(group="9")))
    assert made.run("terms").counts == {"read": 1, "new": 1}
    assert codes(made) == ["0", "1", "2", "3", "9"]
    made.put("uploads/terms.icc", file_of(header(), *(condition(group=str(number)) for number in range(3))))
    assert made.run("terms").counts == {"read": 3, "unchanged": 3, "archived": 1}
    assert codes(made) == ["0", "1", "2", "9"]


def test_the_brake_weighs_what_the_customer_had(site: Make) -> None:
    made = site(icc_import(delta=False))
    made.put("uploads/terms.icc", file_of(header(), *(condition(group=str(number)) for number in range(4))))
    made.run("terms")
    for customer in range(10):
        made.put("uploads/terms.icc", file_of(header(more={"Customer id": f"c{customer}"}), condition(group="x")))
        made.run("terms")
    made.put("uploads/terms.icc", file_of(header(), condition(group="1")))
    answer = made.run("terms")
    assert answer.code == 5
    assert "lacks 3 of the 4 records of the assortment 'supplier': 75% would be archived" in answer.told["message"]
    assert len(codes(made)) == 14


def test_rejects_can_be_mended_and_imported_again(site: Make) -> None:
    made = site(icc_import(max_rejected=0.5))
    bad = condition(group="2", discount_1="x")
    made.put(
        "uploads/terms.icc", file_of(header(4), condition(group="1"), bad, condition(group="3"), condition(group="1"))
    )
    answer = made.run("terms")
    (kept,) = (made.data / "rejects" / f"run-{answer.told['run']}").iterdir()
    assert kept.read_bytes() == file_of(header(4), bad, condition(group="1"))
    made.put("uploads/terms.icc", kept.read_bytes().replace(bad.encode(), condition(group="2").encode()))
    assert made.run("terms").counts == {"read": 2, "new": 1, "unchanged": 1}
    assert codes(made) == ["1", "2", "3"]


def test_a_dry_run_and_a_revert_are_those_of_any_import(site: Make) -> None:
    made = site(icc_import())
    made.put("uploads/terms.icc", file_of(header(), condition()))
    assert made.run("terms", "--dry-run").counts == {"read": 1, "new": 1}
    run = made.run("terms").told["run"]
    assert codes(made) == ["100001"]
    assert pendel(made.config, "revert", str(run)).code == 0
    assert codes(made) == []


def test_a_layout_takes_a_field_otherwise(site: Make) -> None:
    layout = """
[layouts.own]
direction = "import"
format = "icc"
[[layouts.own.parts]]
entity = "condition"
columns = [
  { column = "code", field = "code", convert = ["strip_zeros"] },
  { field = "terms", constant = "AC" },
  { field = "project", expression = "upper(description)" },
]
"""
    made = site(layout, icc_import(layout="own"))
    made.put("uploads/terms.icc", file_of(header(), condition(group="00042")))
    assert made.run("terms").counts == {"read": 1, "new": 1}
    assert made.kept("code, terms, project", entity="condition") == [("42", "AC", "KABEL")]


def test_a_zip_file_with_one_file_is_unpacked(site: Make) -> None:
    made = site(icc_import(file="terms.zip"))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("customer/terms.icc", file_of(header(), condition()))
    made.put("uploads/terms.zip", packed.getvalue())
    assert made.run("terms").counts == {"read": 1, "new": 1}
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("second.icc", b"")
    made.put("uploads/terms.zip", packed.getvalue())
    answer = made.run("terms")
    assert "has 2 files in it, where one of this format is expected" in answer.told["message"]


def test_what_is_not_of_the_format_fails_in_plain_words(site: Make) -> None:
    made = site(icc_import())
    made.put("uploads/terms.icc", "No;Price\nA1;2\n")
    answer = made.run("terms")
    assert answer.code == 1
    assert "terms.icc is no ICC 1.1: line 1 is no header" in answer.told["message"]
    made.put("uploads/terms.icc", file_of(header(0)))
    assert "has no records" in made.run("terms").told["message"]


def test_what_was_imported_is_exported_as_it_was(site: Make) -> None:
    made = site(icc_import(), icc_export(overwrite=True, assortment="supplier"))
    lines = [condition(group="1"), condition(group="", article="A7", discount_1="", net_price="000001250")]
    made.put("uploads/terms.icc", file_of(header(2), *lines))
    made.run("terms")
    answer = made.run("send")
    assert answer.counts == {"written": 2}
    written = (made.home / "exports" / "out.icc").read_bytes().splitlines()
    assert [line.decode() for line in written[1:]] == [lines[1], lines[0]]
    assert written[0].startswith(b"8713473000010       52610368")


def test_what_the_format_cannot_take_is_left_out_and_warned_of(site: Make) -> None:
    long = "x" * 60
    layout = f"""
[layouts.long]
direction = "import"
format = "icc"
[[layouts.long.parts]]
entity = "condition"
columns = [{{ column = "description", field = "description", values = {{ Long = "{long}" }} }}]

[layouts.cut]
direction = "export"
format = "icc"
header = {{ too_long = "cut", supplier = "Ours" }}
[[layouts.cut.parts]]
entity = "condition"
columns = [{{ column = "code", expression = "concat('X', code)" }}]
"""
    made = site(layout, icc_import(layout="long"), icc_export(), icc_export("cut", layout="cut", file="cut.icc"))
    made.put("uploads/terms.icc", file_of(header(2), condition(group="1"), condition(group="2", description="Long")))
    made.run("terms")
    answer = made.run("send")
    assert (answer.code, answer.counts) == (3, {"written": 1})
    sentence = (
        "Left out, because the format cannot take them: 1 record of condition. The first: group 2, description is"
    )
    assert sentence in answer.told["message"]
    assert answer.told["details"]["refused"][0]["value"] == long
    cut = made.run("cut")
    assert (cut.code, cut.counts) == (3, {"written": 2})
    words = "Texts of description were cut to the 50 characters that the format has for them: 1 time."
    assert words in cut.told["message"]
    lines = (made.home / "exports" / "cut.icc").read_text().splitlines()
    assert [line[:3].strip() for line in lines[1:]] == ["X1", "X2"]
    assert lines[0][59:94].strip() == "Ours"


@pytest.mark.parametrize(
    ("task", "words"),
    [
        (icc_import(layout="nothing"), "there is no such layout"),
        (icc_import(entity="article"), "a file of this format brings condition, and not article"),
        (icc_export(entity="article"), "a file of this format is about condition, and not article"),
        (icc_export(changes_only=True), "always the whole of what it is about"),
        (drop_of(accept=[{"assortment": "x"}]), "a layout or a format is needed"),
        (drop_of(accept=[{"format": "icf"}]), "which layout reads files of this format is not said"),
        (drop_of(accept=[{"format": "icc"}, {"layout": "icc"}]), "rule number 1 takes the same files already"),
    ],
)
def test_what_does_not_go_together_is_found_beforehand(site: Make, task: str, words: str) -> None:
    made = site(task)
    assert words in str(pendel(made.config, "check").told)


def test_official_rules_that_are_broken_are_named_before_the_night(site: Make) -> None:
    made = site(icc_export())
    rules = made.config.parent / "data" / "schemas" / "icc"
    rules.mkdir(parents=True)
    (rules / "codes.csv").write_text("field,list\nDiscount group,groups.csv\n")
    answer = pendel(made.config, "check")
    assert answer.code != 0
    assert str(rules) in str(answer.told)
    assert "groups.csv" in str(answer.told)


def test_a_watched_folder_takes_files_of_a_format_without_a_layout(site: Make) -> None:
    made = site(drop_of(accept=[{"format": "icc", "assortment": "supplier"}]))
    make_folders(made)
    made.put("in/AutoImport/a.icc", file_of(header(), condition()))
    made.put("in/AutoCheck/b.icc", file_of(header(), condition(), condition(discount_1="x")))
    answer = made.run("drop")
    assert codes(made) == ["100001"]
    report = report_of(made, "in/AutoImport/processed/a.icc")
    assert (report["layout"], report["delta"], report["facts"]["supplier"]) == ("icc", True, "Groothandel")
    assert any("quarantine/b.icc" in path for path in paths(made))
    assert answer.code in (0, 2, 3)


def test_processes_that_read_a_large_catalogue_may_take_what_the_catalogue_may(site: Make) -> None:
    made = site(import_of("large", entity=None, layout="bmecat", file="large.xml", assortment="a"))
    text = made.config.read_text().replace("[engine]", "[engine]\nmemory_limit = 128", 1)
    made.config.write_text(text)
    # An article of 16 MB is a piece, which takes many times that: as bytes, as a tree, as texts, and as records.
    words = f"<REMARKS>{'x' * 8_100_000}</REMARKS><KEYWORD>{'y' * 8_100_000}</KEYWORD>"
    made.put("uploads/large.xml", catalogue("\n".join(product(f"P{number}", details=words) for number in range(4))))
    answer = made.run("large")
    assert "takes more than 128.0 MB of memory to be read; nothing was imported" in answer.told["message"]
    assert "raise memory_limit in [engine]" in answer.told["message"]
