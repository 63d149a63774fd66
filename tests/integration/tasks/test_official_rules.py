"""Official rules in the data directory: what imports, exports and a watched folder do with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.drop_site import drop_of, make_folders, paths, report_of
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
