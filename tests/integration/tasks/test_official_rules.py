"""Official rules in the data directory: what imports, exports and a watched folder do with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.drop_site import drop_of, make_folders, paths, report_of
from support.format_desk import SHARED
from support.icc_files import condition, file_of, header
from support.pendel_cli import pendel
from support.task_site import export_of, import_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.task_site import TaskSite

    Make = Callable[..., TaskSite]

GROUPS = "data/schemas/icc/groups.csv"
FAULT = "line 3: Discount group has '2', which is none of the codes of groups.csv"


def icc_import(**more: Any) -> str:
    return import_of("terms", **{"entity": None, "layout": "icc", "file": "terms.icc", **more})


def two_groups() -> bytes:
    return file_of(header(2), condition(group="1"), condition(group="2"))


def drop_codes(made: TaskSite, *codes: str) -> None:
    made.put("data/schemas/icc/codes.csv", "field,list\nDiscount group,groups.csv\n")
    made.put(GROUPS, "\n".join(("code", *codes, "")))


def imported(made: TaskSite) -> list[Any]:
    return made.kept("code", entity="condition")


def test_faults_are_warned_of_and_what_can_be_is_imported(site: Make) -> None:
    made = site(icc_import())
    drop_codes(made, "1")
    made.put("uploads/terms.icc", two_groups())
    answer = made.run("terms")
    assert (answer.code, answer.counts) == (3, {"read": 2, "new": 2})
    assert f"terms.icc has 1 fault by codes.csv; the first: {FAULT}." in answer.told["message"]
    assert f"terms.icc, by codes.csv: {FAULT}." in made.log(answer.told["run"])


def test_a_file_without_faults_is_no_reason_to_warn(site: Make) -> None:
    made = site(icc_import(if_invalid="refuse"))
    drop_codes(made, "1", "2")
    made.put("uploads/terms.icc", two_groups())
    answer = made.run("terms")
    assert (answer.code, answer.counts) == (0, {"read": 2, "new": 2})
    assert "terms.icc is as codes.csv wants it." in made.log(answer.told["run"])


def test_a_task_may_refuse_files_with_faults(site: Make) -> None:
    made = site(icc_import(if_invalid="refuse"))
    drop_codes(made, "1")
    made.put("uploads/terms.icc", two_groups())
    answer = made.run("terms")
    assert answer.code == 5
    assert FAULT in answer.told["message"]
    assert imported(made) == []


@pytest.mark.parametrize(("setting", "code", "count"), [("warn", 3, 2), ("refuse", 5, 0)])
def test_a_dropped_file_that_cannot_be_used_is_no_pass(site: Make, setting: str, code: int, count: int) -> None:
    made = site(icc_import(if_invalid=setting))
    made.put("data/schemas/icc/codes.csv", "field,list\nDiscount group,gone.csv\n")
    made.put("uploads/terms.icc", two_groups())
    answer = made.run("terms")
    assert answer.code == code
    assert "terms.icc was not checked by all official rules: codes.csv names gone.csv" in answer.told["message"]
    assert len(imported(made)) == count


def test_a_watched_folder_puts_a_file_with_faults_into_quarantine(site: Make) -> None:
    made = site(drop_of(accept=[{"format": "icc", "assortment": "supplier", "if_invalid": "refuse"}]))
    make_folders(made)
    drop_codes(made, "1")
    made.put("in/AutoImport/terms.icc", two_groups())
    made.run("drop")
    assert paths(made) == ["AutoImport/quarantine/terms.icc"]
    assert FAULT in str(report_of(made, "in/AutoImport/quarantine/terms.icc"))
    assert imported(made) == []


def test_what_is_written_is_not_sent_with_faults(site: Make) -> None:
    send = export_of("send", entity="condition", layout="icc", file="out.icc")
    made = site(icc_import(), send)
    made.put("uploads/terms.icc", two_groups())
    made.run("terms")
    drop_codes(made, "1")
    answer = made.run("send")
    assert answer.code == 1
    assert f"The file has 1 fault by codes.csv; the first: {FAULT}." in answer.told["message"]
    assert made.files("exports") == {}
    drop_codes(made, "1", "2")
    assert made.run("send").code == 0


def test_a_look_says_by_what_a_file_was_checked(site: Make) -> None:
    made = site(icc_import())
    path = made.put("uploads/terms.icc", two_groups())
    look = pendel(made.config, "inspect", str(path)).told["look"]
    assert look["official"] == f"none in {made.data / 'schemas' / 'icc'}"
    drop_codes(made, "1")
    look = pendel(made.config, "inspect", str(path)).told["look"]
    assert look["official"] == "codes.csv; 1 fault"
    assert look["problems"] == [f"By the official rules: {FAULT}"]


SEND_CATALOGUE = """
[layouts.send]
direction = "export"
format = "bmecat"
header = { version = "2005.2", catalogue = "OURS", catalogue_version = "1.0", supplier = "Wij" }
"""


def test_a_catalogue_is_held_against_the_official_schemas_both_ways(site: Make) -> None:
    if not SHARED.is_dir():
        pytest.skip(f"the schemas are not there: {SHARED}")
    made = site(
        SEND_CATALOGUE,
        import_of("take", entity=None, layout="bmecat", file="catalogue.xml", if_invalid="refuse"),
        export_of("send", entity="article", layout="send", file="out.xml", overwrite=True),
    )
    for path in (SHARED / "bmecat-2005" / "xsd").glob("*.xsd"):
        made.put(f"data/schemas/bmecat/{path.name}", path.read_bytes())
    good = (SHARED / "bmecat-2005" / "samples" / "small-document.xml").read_text()
    made.put("uploads/catalogue.xml", good.replace("<PRODUCT_DETAILS>", "<PRODUCT_DETAILS><STRANGE/>", 1))
    answer = made.run("take")
    assert answer.code == 5
    assert (
        "has 1 fault by bmecat_2005_1.xsd; the first: line 20, PRODUCT 1: Element 'STRANGE'" in answer.told["message"]
    )
    made.put("uploads/catalogue.xml", good)
    answer = made.run("take")
    assert "catalogue.xml is as bmecat_2005_1.xsd wants it." in made.log(answer.told["run"])
    answer = made.run("send")
    assert "The file is as bmecat_2005_2.xsd wants it." in made.log(answer.told["run"])
