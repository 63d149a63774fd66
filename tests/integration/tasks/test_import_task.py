"""The import task, from the file at its source to the catalogue and back to the source (IM)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from support.pendel_cli import pendel
from support.task_site import import_of

from core.stop import StopToken

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.task_site import TaskSite

    Make = Callable[..., TaskSite]

HEADER = "No;Price\n"
THREE = HEADER + "A1;1,25\nA2;2,50\nA3;3,75\n"
WILDCARD = {"location": "in", "path": "p-*.csv"}


def only(*numbers: str) -> str:
    return HEADER + "".join(f"{number};1,00\n" for number in numbers)


# -- which files are taken --


def test_a_wildcard_takes_all_oldest_first(site: Make) -> None:
    made = site(import_of("prices", source=WILDCARD))
    made.put("in/p-a.csv", HEADER + "A1;3,00\n", minutes_old=1)
    made.put("in/p-b.csv", HEADER + "A1;1,00\nA2;1,00\n", minutes_old=3)
    made.put("in/p-c.csv", HEADER + "A1;2,00\n", minutes_old=2)
    made.put("in/other.csv", only("A9"))
    answer = made.run("prices")
    assert [file["name"] for file in answer.told["files"]] == ["p-b.csv", "p-c.csv", "p-a.csv"]
    assert answer.counts == {"read": 4, "new": 2, "changed": 2}
    assert made.kept("number, gross_price") == [("A1", Decimal(3)), ("A2", Decimal(1))]


def test_each_file_of_a_wildcard_is_a_whole(site: Make) -> None:
    made = site(import_of("prices", source=WILDCARD, delta=False, max_archived=1))
    made.put("in/p-1.csv", only("A1", "A2"), minutes_old=2)
    made.put("in/p-2.csv", only("A2", "A3"), minutes_old=1)
    assert made.run("prices").counts == {"read": 4, "new": 3, "unchanged": 1, "archived": 1}
    assert made.kept() == ["A2", "A3"]


def test_the_failure_of_the_second_file_keeps_the_first_and_stops(site: Make) -> None:
    made = site(import_of("prices", source=WILDCARD, delete_after=True, max_rejected=0))
    made.put("in/p-1.csv", only("A1"), minutes_old=3)
    made.put("in/p-2.csv", only("A2") + "A3;x\n", minutes_old=2)
    made.put("in/p-3.csv", only("A4"), minutes_old=1)
    answer = made.run("prices")
    assert answer.code == 1
    assert "p-2.csv" in answer.told["message"]
    assert (answer.counts["new"], answer.counts["rejected"]) == (1, 1)
    assert made.kept() == ["A1"]
    assert list(made.files("in")) == ["p-2.csv", "p-3.csv"]


@pytest.mark.parametrize(
    ("path", "if_missing", "code"),
    [
        ("p.csv", None, 1),
        ("p.csv", "succeed", 0),
        ("p.csv", "warn", 3),
        ("p.csv", "fail", 1),
        ("p-*.csv", None, 0),
        ("p-*.csv", "succeed", 0),
        ("p-*.csv", "warn", 3),
        ("p-*.csv", "fail", 1),
    ],
)
def test_no_file_is_what_the_task_says_it_is(site: Make, path: str, if_missing: str | None, code: int) -> None:
    chosen = {"if_missing": if_missing} if if_missing else {}
    made = site(import_of("prices", source={"location": "in", "path": path}, **chosen))
    answer = made.run("prices")
    assert answer.code == code
    assert f"There is no file '{path}' at in." in answer.told["message"]
    assert answer.counts == {}


@pytest.mark.parametrize("given", [{}, {"file": "p.csv", "source": {"location": "in", "path": "p.csv"}}])
def test_a_task_has_a_file_or_a_source(site: Make, given: dict[str, Any]) -> None:
    text = import_of("prices", **given) if given else import_of("prices").replace('file = "prices.csv"\n', "")
    answer = pendel(site(text).config, "check")
    assert answer.code == 2
    assert "exactly one of file (in the upload directory) and source (at a location) is needed" in answer.notes


# -- settling --


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], list[float]]:
    """Let something happen between the two listings, in place of the time that passes; returns how long that was."""

    def arrange(happen: Callable[[], object]) -> list[float]:
        waited: list[float] = []

        def wait(token: StopToken, seconds: float) -> None:
            waited.append(seconds)
            happen()

        monkeypatch.setattr(StopToken, "wait", wait)
        return waited

    return arrange


def test_a_growing_file_is_left_with_its_reason(site: Make, meanwhile: Callable[..., list[float]]) -> None:
    made = site(import_of("prices", settle=7))
    file = made.put("uploads/prices.csv", only("A1"), minutes_old=5)
    waited = meanwhile(lambda: made.put("uploads/prices.csv", only("A1", "A2")))
    answer = made.run("prices")
    assert waited == [7]
    assert answer.code == 3
    assert answer.told["message"] == "Nothing taken: prices.csv at the upload directory is still being written."
    assert answer.told["files"] == []
    assert file.exists()
    meanwhile(lambda: None)
    assert made.run("prices").counts == {"read": 2, "new": 2}


def test_what_is_newer_than_a_growing_file_waits_for_it(site: Make, meanwhile: Callable[..., list[float]]) -> None:
    made = site(import_of("prices", source=WILDCARD, settle=1))
    for number in (1, 2, 3):
        made.put(f"in/p-{number}.csv", only(f"A{number}"), minutes_old=10 - number)
    meanwhile(lambda: made.put("in/p-2.csv", only("A2", "A4"), minutes_old=8))
    answer = made.run("prices")
    assert [file["name"] for file in answer.told["files"]] == ["p-1.csv"]
    assert made.kept() == ["A1"]
    assert "p-2.csv is still being written and is not taken yet." in made.log(answer.told["run"])


def test_a_file_that_appears_while_others_settle_is_left_for_the_next_run(
    site: Make, meanwhile: Callable[..., list[float]]
) -> None:
    made = site(import_of("prices", source=WILDCARD, settle=1))
    made.put("in/p-1.csv", only("A1"), minutes_old=5)
    meanwhile(lambda: made.put("in/p-2.csv", only("A2")))
    assert made.run("prices").counts == {"read": 1, "new": 1}
    assert made.kept() == ["A1"]


def test_an_older_file_that_appears_meanwhile_is_waited_for(site: Make, meanwhile: Callable[..., list[float]]) -> None:
    made = site(import_of("prices", source=WILDCARD, settle=1, if_missing="fail"))
    made.put("in/p-2.csv", only("A2"), minutes_old=1)
    meanwhile(lambda: made.put("in/p-1.csv", only("A1"), minutes_old=9))
    answer = made.run("prices")
    assert answer.code == 3
    assert answer.told["message"] == "Nothing taken: p-1.csv at in is still being written."


# -- what becomes of the source --


def test_the_file_is_deleted_after_the_import(site: Make) -> None:
    made = site(import_of("prices", delete_after=True))
    file = made.put("uploads/prices.csv", THREE)
    assert made.run("prices", "--dry-run").code == 0
    assert file.exists()
    assert made.run("prices").code == 0
    assert not file.exists()


def test_the_file_stays_where_the_import_fails(site: Make) -> None:
    made = site(import_of("delete", delete_after=True, max_rejected=0), import_of("move", move_after="done"))
    made.put("uploads/delete.csv", HEADER + "A1;x\n")
    made.put("uploads/move.csv", HEADER)
    assert made.run("delete", "move").code == 1
    assert list(made.files("uploads")) == ["delete.csv", "move.csv"]


def test_moved_files_get_numbers_and_never_replace_each_other(site: Make) -> None:
    made = site(import_of("prices", source={"location": "in", "path": "p.csv"}, move_after="done"))
    contents = [only("A1"), only("A2"), only("A3")]
    for content in contents:
        made.put("in/p.csv", content)
        assert made.run("prices").code == 0
    assert made.files("in") == dict(zip(("done/p-1.csv", "done/p-2.csv", "done/p.csv"),
                                        (contents[1], contents[2], contents[0]), strict=True))  # fmt: skip


@pytest.mark.parametrize("after", [{"delete_after": True}, {"move_after": "done"}])
def test_a_source_that_was_replaced_meanwhile_stays(
    site: Make, monkeypatch: pytest.MonkeyPatch, after: dict[str, Any]
) -> None:
    from core.exchange import reading

    made = site(import_of("prices", **after))
    made.put("uploads/prices.csv", only("A1"), minutes_old=5)
    read_file = reading.read_file

    def replaced(*args: Any, **more: Any) -> object:
        made.put("uploads/prices.csv", only("A2"))
        return read_file(*args, **more)

    monkeypatch.setattr(reading, "read_file", replaced)
    answer = made.run("prices")
    assert answer.code == 3
    assert "prices.csv was replaced at the upload directory while it was imported" in answer.told["message"]
    assert made.kept() == ["A1"]
    assert made.files("uploads") == {"prices.csv": only("A2")}


def test_a_source_that_cannot_be_cleared_is_a_warning(site: Make) -> None:
    made = site(import_of("prices", move_after="done"))
    made.put("uploads/prices.csv", THREE)
    made.put("uploads/done", "a file in the place of the directory")
    answer = made.run("prices")
    assert answer.code == 3
    assert "prices.csv was imported, but stays at the upload directory" in answer.told["message"]
    assert made.kept() == ["A1", "A2", "A3"]


# -- delta, archiving, the brake --


def test_a_delta_leaves_missing_records_alone(site: Make) -> None:
    made = site(import_of("prices"))
    made.put("uploads/prices.csv", THREE)
    made.run("prices")
    made.put("uploads/prices.csv", HEADER + "A2;9,99\n")
    assert made.run("prices").counts == {"read": 1, "changed": 1}
    assert made.kept("number, gross_price") == [
        ("A1", Decimal("1.25")),
        ("A2", Decimal("9.99")),
        ("A3", Decimal("3.75")),
    ]


def test_values_are_read_of_what_changes_only(site: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.exchange import picking

    made = site(import_of("names", layout="names"))
    read_picked, numbers = picking.read_picked, list[int]()

    def counting(*args: Any, **more: Any) -> int:
        numbers.append(read_picked(*args, **more))
        return numbers[-1]

    monkeypatch.setattr(picking, "read_picked", counting)
    made.put("uploads/names.csv", "no,nl,en\nA1,een,one\nA2,twee,two\nA3,drie,three\n")
    assert made.run("names").counts == {"read": 3, "new": 3}
    assert numbers == []
    made.put("uploads/names.csv", 'no,nl,en\nA1,een,one\nA2,"tw\nee",two\nA4,vier,four\n')
    assert made.run("names").counts == {"read": 3, "new": 1, "changed": 1, "unchanged": 1}
    assert numbers == [2]
    assert made.kept('number, "description.nl"') == [("A1", "een"), ("A2", "tw\nee"), ("A3", "drie"), ("A4", "vier")]


def test_a_full_import_archives_and_a_later_one_brings_back(site: Make) -> None:
    made = site(import_of("prices", delta=False, max_archived=1), import_of("other", assortment="other"))
    made.put("uploads/other.csv", only("A1", "X1"))
    made.put("uploads/prices.csv", THREE)
    made.run("other", "prices")
    made.put("uploads/prices.csv", HEADER + "A1;1,25\n")
    assert made.run("prices").counts == {"read": 1, "unchanged": 1, "archived": 2}
    assert made.kept("assortment, number") == [("other", "A1"), ("other", "X1"), ("supplier", "A1")]
    assert made.kept("number, gross_price", where="archived_at IS NOT NULL") == [
        ("A2", Decimal("2.50")),
        ("A3", Decimal("3.75")),
    ]
    assert made.run("prices").counts == {"read": 1, "unchanged": 1}, "what is archived is not archived again"
    made.put("uploads/prices.csv", HEADER + "A1;1,25\nA2;2,75\n")
    assert made.run("prices").counts == {"read": 2, "unchanged": 1, "restored": 1}
    assert made.kept("number, gross_price", where="assortment = 'supplier' AND archived_at IS NULL") == [
        ("A1", Decimal("1.25")),
        ("A2", Decimal("2.75")),
    ]


def test_the_brake_tells_its_figures_and_is_lifted_by_a_confirmation(site: Make) -> None:
    made = site(import_of("prices", delta=False, max_archived=0.5))
    made.put("uploads/prices.csv", only("A1", "A2", "A3", "A4"))
    made.run("prices")
    made.put("uploads/prices.csv", only("A1"))
    sentence = (
        "prices.csv lacks 3 of the 4 records of the assortment 'supplier': "
        "75% would be archived, more than the 50% allowed."
    )
    would = made.run("prices", "--dry-run")
    assert would.code == 3
    assert f"{sentence} The brake would stop this run." in would.told["message"]
    assert would.counts == {"read": 1, "unchanged": 1, "archived": 3}
    assert would.told["details"]["brake"] == {"archive": 3, "active": 4}
    braked = made.run("prices")
    assert braked.code == 5
    assert braked.told["message"].startswith(sentence)
    assert braked.told["details"]["brake"] == {"archive": 3, "active": 4}
    assert made.kept() == ["A1", "A2", "A3", "A4"]
    confirmed = made.run("prices", "--confirm-archive")
    assert confirmed.code == 3
    assert f"{sentence} It was confirmed with the start." in confirmed.told["message"]
    assert made.kept() == ["A1"]


def test_archiving_exactly_the_share_that_is_allowed_is_allowed(site: Make) -> None:
    made = site(import_of("prices", delta=False, max_archived=0.5))
    made.put("uploads/prices.csv", only("A1", "A2"))
    made.run("prices")
    made.put("uploads/prices.csv", only("A1"))
    assert (made.run("prices").code, made.kept()) == (0, ["A1"])


@pytest.mark.parametrize("second", [only("A1"), HEADER, "", HEADER + "A1;x\n"])
def test_a_refusal_of_the_second_file_does_not_call_the_first_undone(site: Make, second: str) -> None:
    made = site(import_of("prices", source=WILDCARD, delta=False, max_rejected=0))
    made.put("in/p-1.csv", THREE, minutes_old=2)
    made.put("in/p-2.csv", second, minutes_old=1)
    message = made.run("prices").told["message"]
    assert "Nothing of this file was imported; those before it stay imported." in message
    assert "Nothing was changed" not in message
    made.put("in/p-1.csv", second, minutes_old=2)
    assert "Nothing was changed." in made.run("prices").told["message"]
    assert made.kept() == ["A1", "A2", "A3"]


# -- files without records --


@pytest.mark.parametrize(("content", "words"), [(HEADER, "only a header line"), ("", "no bytes at all")])
def test_a_file_without_records_is_refused(site: Make, content: str, words: str) -> None:
    made = site(import_of("prices", delta=False, max_archived=1))
    made.put("uploads/prices.csv", THREE)
    made.run("prices")
    made.put("uploads/prices.csv", content)
    answer = made.run("prices")
    assert answer.code == 5
    assert words in answer.told["message"]
    assert made.kept() == ["A1", "A2", "A3"]


def test_a_file_without_records_is_taken_where_that_is_allowed(site: Make) -> None:
    made = site(import_of("prices", allow_empty=True), import_of("full", allow_empty=True, delta=False, max_archived=0))
    made.put("uploads/prices.csv", THREE)
    made.run("prices")
    made.put("uploads/prices.csv", HEADER)
    made.put("uploads/full.csv", HEADER)
    empty = made.run("prices")
    assert (empty.code, empty.told["message"]) == (0, "Imported prices.csv: nothing to do.")
    assert made.run("full").code == 5, "the brake holds for an empty file too"
    assert made.kept() == ["A1", "A2", "A3"]
    assert made.run("full", "--confirm-archive").counts == {"archived": 3}


def test_a_file_of_no_bytes_is_broken_off_and_not_empty(site: Make) -> None:
    made = site(import_of("prices", allow_empty=True))
    made.put("uploads/prices.csv", "")
    answer = made.run("prices")
    assert answer.code == 5
    assert "prices.csv is empty: it has no bytes at all." in answer.told["message"]


# -- rejects --


def test_rejects_are_noted_and_written_as_they_were(site: Make) -> None:
    made = site(import_of("prices", max_rejected=1))
    lines = [b"No;Price", b"A1;1,25", b'"B\xfcro; 2";1.x', b";4,00", b"A5;5,00"]
    made.put("uploads/prices.csv", b"\r\n".join(lines) + b"\r\n")
    answer = made.run("prices")
    assert (answer.code, answer.told["outcome"]) == (3, "warnings")
    assert (answer.counts["new"], answer.counts["rejected"]) == (2, 2)
    (rejects,) = [file for file in answer.told["files"] if file["role"] == "rejects"]
    written = (made.home / rejects["path"]).read_bytes()
    assert written.splitlines(keepends=True) == [lines[0] + b"\r\n", lines[2] + b"\r\n", lines[3] + b"\r\n"]
    rows = pendel(made.config, "log", "--rejects", "--run", str(answer.told["run"])).told["rejects"]
    assert [(row["file"], row["line"], row["column"], row["field"]) for row in rows] == [
        ("prices.csv", 3, "Price", "gross_price"),
        ("prices.csv", 4, "No", "number"),
    ]
    assert rows[0]["value"] == "1.x"
    assert all(row["reason"] for row in rows)
    mended = written.replace(b"1.x", b"1,50").replace(b"\r\n;4", b"\r\nA4;4")
    made.put("uploads/prices.csv", mended)
    assert made.run("prices").counts == {"read": 2, "new": 2}
    assert made.kept() == ["A1", "A4", "A5", "Büro; 2"]


@pytest.mark.parametrize(("bad", "code"), [(1, 3), (2, 1)])
def test_more_rejects_than_allowed_fail_the_run(site: Make, bad: int, code: int) -> None:
    made = site(import_of("prices", max_rejected=0.25), import_of("first"))
    made.put("uploads/first.csv", only("Z"))
    made.run("first")
    made.put("uploads/prices.csv", only(*"ABCD"[bad:]) + "E;x\n" * bad)
    answer = made.run("prices")
    assert answer.code == code
    assert answer.counts["rejected"] == bad
    if code == 1:
        assert "2 records of 4 in prices.csv were rejected, more than the 25% allowed." in answer.told["message"]
        assert "The first: line 4, Price “x”" in answer.told["message"]
        assert [file["role"] for file in answer.told["files"]] == ["source", "rejects"]
        assert made.kept() == ["Z"]
    else:
        assert made.kept() == ["B", "C", "D", "Z"]


def test_a_reference_to_a_record_that_is_not_there_is_rejected(site: Make) -> None:
    made = site(
        import_of("products", entity="product", layout="products"),
        import_of("articles", layout="belonging", max_rejected=1),
    )
    made.put("uploads/products.csv", "no\nP1\n")
    made.put("uploads/articles.csv", "no,product\nA1,P1\nA2,P2\nA3,\n")
    made.run("products")
    answer = made.run("articles")
    assert made.kept("number, product") == [("A1", "P1"), ("A3", None)]
    (reject,) = pendel(made.config, "log", "--rejects", "--run", str(answer.told["run"])).told["rejects"]
    assert (reject["line"], reject["column"], reject["field"], reject["value"]) == (3, "product", "product", "P2")
    assert reject["reason"] == "There is no product with this number in the catalogue."


def test_a_repeated_key_is_rejected_and_names_the_first(site: Make) -> None:
    made = site(import_of("prices", max_rejected=1))
    made.put("uploads/prices.csv", HEADER + "A1;1,00\nA2;2,00\nA1;3,00\n")
    answer = made.run("prices")
    assert made.kept("number, gross_price") == [("A1", Decimal(1)), ("A2", Decimal(2))]
    (reject,) = pendel(made.config, "log", "--rejects", "--run", str(answer.told["run"])).told["rejects"]
    assert (reject["line"], reject["value"]) == (4, "A1")
    assert reject["reason"] == "Record 1 of this file has the same key."


def test_an_entity_of_ones_own_with_a_key_of_two_fields(site: Make) -> None:
    made = site(import_of("shelves", entity="shelf", layout="shelves", max_rejected=1))
    made.put("uploads/shelves.csv", "shop,bin,content\nN,1,nails\nN,2,bolts\nS,1,screws\nN,1,again\nS,,none\n")
    answer = made.run("shelves")
    assert (answer.counts["new"], answer.counts["rejected"]) == (3, 2)
    made.put("uploads/shelves.csv", "shop,bin,content\nN,2,nuts\nS,2,tape\n")
    assert made.run("shelves").counts == {"read": 2, "new": 1, "changed": 1}
    assert made.kept("shop, bin, content", "shelf") == [
        ("N", 1, "nails"),
        ("N", 2, "nuts"),
        ("S", 1, "screws"),
        ("S", 2, "tape"),
    ]


# -- the dry run --


def test_a_dry_run_counts_and_shows_samples_and_changes_nothing(site: Make) -> None:
    made = site(import_of("prices", delta=False, max_archived=1, max_rejected=1, delete_after=True))
    made.put("uploads/prices.csv", THREE)
    made.put("uploads/first.csv", THREE)
    made.run("prices")
    spooled, before = made.spooled(), made.kept("*", where="true")
    made.put("uploads/prices.csv", HEADER + "A1;1,25\nA2;9,99\nA4;4,00\nA5;x\n")
    answer = made.run("prices", "--dry-run")
    told = answer.told
    wanted = {"new": 1, "changed": 1, "unchanged": 1, "archived": 1, "rejected": 1}
    assert {name: answer.counts[name] for name in wanted} == wanted
    samples = told["details"]["samples"]
    assert [(sample["key"], sample["changes"]["gross_price"]) for sample in samples["changed"]] == [
        (["A2"], ["2.5", "9.99"])
    ]
    assert [sample["key"] for sample in samples["new"]] == [["A4"]]
    assert [sample["key"] for sample in samples["archived"]] == [["A3"]]
    assert told["message"].startswith("Would import prices.csv: ")
    assert made.kept("*", where="true") == before
    assert made.spooled() == spooled
    assert not (made.data / "rejects").exists()
    assert (made.home / "uploads" / "prices.csv").exists()
    assert told["files"] == []
    assert pendel(made.config, "log", "--rejects", "--run", str(told["run"])).told["rejects"] == []


def test_a_file_in_another_encoding_is_called_what_its_sender_calls_it(site: Make) -> None:
    made = site(import_of("prices"))
    made.put("uploads/prices.csv", THREE.encode("utf-16"))
    answer = made.run("prices")
    assert answer.code == 1
    assert answer.told["message"].startswith(
        "prices.csv begins with the byte order mark of UTF-16, but its layout says"
    )
