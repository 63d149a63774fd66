"""ICC 1.1, both ways, with what files in the field do to it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.icc_files import GLN, condition, file_of, header
from support.industry_desk import IndustryDesk

from core.config.industry import IccHeader
from core.errors import DataError
from core.exchange.formats.icc import CONDITION, FIELDS

SHARED = Path(__file__).parents[4] / "shared" / "formats" / "icc" / "samples"
ROW = {
    "customer": "52610368", "kind": "group", "code": "100001", "valid_from": "2026-01-01", "supplier_gln": GLN,
    "supplier_name": "Groothandel", "description": "Kabel", "discount": "52.2",
}  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path) -> IndustryDesk:
    return IndustryDesk("icc", tmp_path)


def test_a_condition_is_read_with_what_its_header_says(desk: IndustryDesk) -> None:
    content = desk.read(file_of(header(more={"GLN customer": "8700000000001"}), condition(discount_2="01050")))
    (record,) = desk.staged(content.parts[0]).records
    assert {name: record[name] for name in FIELDS} == {
        "customer": "52610368", "kind": "group", "code": "100001", "valid_from": date(2026, 1, 1), "valid_until": None,
        "supplier_name": "Groothandel", "supplier_gln": GLN, "customer_gln": "8700000000001", "description": "Kabel",
        "discount": Decimal("52.2"), "discount_2": Decimal("10.5"), "discount_3": None, "net_price": None,
        "produced_on": date(2026, 2, 28),
    }  # fmt: skip
    assert content.facts.supplier_gln == GLN
    assert not content.warnings


def test_an_article_has_a_net_price_and_an_end(desk: IndustryDesk) -> None:
    line = condition(group="", article="0042", discount_1="", net_price="000012345", end_date="20261231")
    (record,) = desk.staged(desk.read(file_of(header(), line)).parts[0]).records
    assert (record["kind"], record["code"], record["discount"]) == ("article", "0042", None)
    assert (record["net_price"], record["valid_until"]) == (Decimal("123.45"), date(2026, 12, 31))


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("spaces", [0, 4])
def test_lines_end_as_they_like_and_are_trimmed_or_too_long(desk: IndustryDesk, end: str, spaces: int) -> None:
    lines = [line.rstrip() + " " * spaces for line in (header(2), condition(), condition(group="100002"))]
    content = desk.read(file_of(*lines, end=end))
    assert desk.staged(content.parts[0]).values("code") == ["100001", "100002"]
    assert not content.warnings


def test_zeros_that_say_nothing_are_no_values(desk: IndustryDesk) -> None:
    line = condition(discount_2="00000", discount_3="00000", net_price="000000000", end_date="00000000")
    (record,) = desk.staged(desk.read(file_of(header(), line)).parts[0]).records
    assert [record[name] for name in ("discount_2", "discount_3", "net_price", "valid_until")] == [None] * 4
    free = condition(discount_1="", net_price="000000000")
    assert desk.staged(desk.read(file_of(header(), free)).parts[0]).values("net_price") == [Decimal(0)]


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        (condition(group=""), None, "has neither a discount group nor an article"),
        (condition(article="1"), None, "has both a discount group and an article"),
        (condition(discount_1="5,220"), "Discount 1", "is no number of digits only"),
        (condition(net_price="12.50"), "Net price", "is no number of digits only"),
        (condition(start_date="20261340"), "Start date", "is no day of the calendar"),
        (condition() + " surplus", None, "is longer than the 130 characters of a line: 138"),
    ],
)
def test_a_bad_line_is_rejected_with_its_place_and_the_others_are_read(
    desk: IndustryDesk, line: str, column: str | None, reason: str
) -> None:
    staged = desk.staged(desk.read(file_of(header(2), line, condition(group="100009"))).parts[0])
    (reject,) = staged.rejects
    assert (reject["line"], reject["column"], reject["reason"], reject["raw"]) == (2, column, reason, line.rstrip())
    assert staged.values("code") == ["100009"]
    assert staged.items == {1: 2, 2: 3}


def test_a_condition_without_a_beginning_is_rejected(desk: IndustryDesk) -> None:
    staged = desk.staged(desk.read(file_of(header(), condition(start_date=""))).parts[0])
    assert [(reject["field"], reject["line"]) for reject in staged.rejects] == [("valid_from", 2)]


def test_a_merged_file_has_the_conditions_of_several(desk: IndustryDesk) -> None:
    other = header(more={"Customer id": "77"})
    content = desk.read(file_of(header(), condition(), other, condition()))
    assert desk.staged(content.parts[0]).values("customer") == ["52610368", "77"]
    assert content.facts.kind == "conditions under 2 headers"


def test_a_count_that_is_wrong_is_warned_of(desk: IndustryDesk) -> None:
    (warning,) = desk.read(file_of(header(2010), condition())).warnings
    assert "announces 2,010 conditions, but 1 follows" in warning


def test_what_is_no_header_is_refused(desk: IndustryDesk) -> None:
    with pytest.raises(DataError, match="line 1 is no header"):
        desk.read(file_of(condition()))
    with pytest.raises(DataError, match="only blank lines"):
        desk.read(b"\r\n  \r\n\x1a")


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-8"])
def test_text_is_read_in_the_encodings_of_the_field(desk: IndustryDesk, encoding: str) -> None:
    text = "Kabelgoot é Ø 10" + ("€" if encoding != "latin-1" else "")
    lines = (
        f"{header()}\r\n{CONDITION.line({'Discount group': '1', 'Description': text, 'Start date': '20260101'})}\r\n"
    )
    content = desk.read(lines.encode(encoding))
    assert desk.staged(content.parts[0]).values("description") == [text]


def test_it_replaces_what_a_customer_had_unless_the_task_takes_changes(desk: IndustryDesk) -> None:
    source = file_of(header(), condition())
    assert [desk.read(source, delta=delta).parts[0].scope for delta in (True, False)] == ["listed", "owners"]
    assert desk.read(source).parts[0].owners == ("customer",)


def test_a_look_tells_what_it_is_and_what_is_wrong(desk: IndustryDesk) -> None:
    found = desk.inspect(file_of(header(2), condition(), condition(discount_1="x")))
    assert (found.facts.supplier, found.facts.made_at, found.facts.announced) == ("Groothandel", "2026-02-28", 2)
    assert found.counts == {"conditions": "2"}
    assert found.problems == ("Line 3, Discount 1: is no number of digits only.",)


def test_the_rejects_file_has_the_header_and_the_lines_as_they_were(desk: IndustryDesk) -> None:
    lines = [header(3), condition(group="1"), condition(group="2"), condition(group="3")]
    assert desk.rewritten(file_of(*lines), 3) == file_of(lines[0], lines[2])


@pytest.mark.parametrize("name", ["real-rexel-1.icc", "trimmed-lines-lf.icc"])
def test_a_real_file_is_read_and_written_again(desk: IndustryDesk, name: str) -> None:
    if not SHARED.exists():
        pytest.skip("the shared samples of formats are not here")
    content = desk.read(SHARED / name)
    staged = desk.staged(content.parts[0])
    assert not staged.rejects
    rows = [
        {field: f"{record[field]:f}" if isinstance(record[field], Decimal) else str(record[field]) for field in FIELDS
         if record[field] is not None}
        for record in staged.records
    ]  # fmt: skip
    written = desk.write(desk.writing({"condition": rows}, IccHeader(), "condition"))
    assert written.records == len(rows)
    again = desk.staged(desk.read(desk.target.read_bytes()).parts[0])
    made = {"produced_on": date(2026, 3, 2)}
    key = ("customer", "kind", "code", "valid_from")
    expected = sorted(
        (record | made | {"_record": 0} for record in staged.records), key=lambda each: [each[name] for name in key]
    )
    assert [record | {"_record": 0} for record in again.records] == expected


# -- writing --


def test_a_file_is_written_by_the_book(desk: IndustryDesk) -> None:
    article = {**ROW, "kind": "article", "code": "A-1", "net_price": "12.5", "valid_until": "2026-12-31"}
    article.pop("discount")
    assert (
        desk.write(
            desk.writing({"condition": [ROW, article]}, IccHeader(customer_gln="8700000000001"), "condition")
        ).records
        == 2
    )
    lines = desk.target.read_bytes().split(b"\r\n")
    assert [len(line) for line in lines] == [130, 130, 130, 0]
    assert lines[0] == (
        b"8713473000010       52610368            202603020000021.1  Groothandel                        8700000000001"
        + b" " * 23
    )
    assert lines[1][20:40].strip() == b"A-1"
    assert lines[1][105:] == b"0000012502026010120261231"
    assert lines[2][:40] == b"100001" + b" " * 34
    assert lines[2][90:105] == b"05220" + b" " * 10


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"kind": "all"}, "kind", "is neither for a discount group nor for an article, and ICC has nothing else"),
        ({"code": "1" * 21}, "code", "is longer than the 20 characters that ICC has for it"),
        ({"description": "x" * 51}, "description", "is longer than the 50 characters that ICC has for it"),
        ({"description": "100 €"}, "description", "holds a character that ISO 8859-1 does not have"),
        ({"discount": "33.333"}, "discount", "has more than 2 decimals"),
        ({"net_price": "12345678"}, "net_price", "has more than 7 digits before the point"),
        ({"discount": "-1"}, "discount", "is negative"),
    ],
)
def test_what_has_no_room_is_left_out_and_told(
    desk: IndustryDesk, change: dict[str, str], field: str, reason: str
) -> None:
    writing = desk.writing(
        {"condition": [{**ROW, **change}]}, IccHeader(customer="52610368", supplier_gln=GLN), "condition"
    )
    assert desk.write(writing).records == 0
    (refusal,) = writing.refusals
    assert (refusal.field, refusal.reason) == (field, reason)


def test_a_text_is_cut_where_the_layout_says_so(desk: IndustryDesk) -> None:
    writing = desk.writing({"condition": [{**ROW, "description": "x" * 51}]}, IccHeader(too_long="cut"), "condition")
    assert desk.write(writing).records == 1
    assert not writing.refusals
    assert writing.warned == {"texts of description were cut to the 50 characters that the format has for them": 1}


def test_the_conditions_of_several_customers_are_no_file(desk: IndustryDesk) -> None:
    rows = [ROW, {**ROW, "customer": "77"}]
    with pytest.raises(DataError, match="of several: 52610368 and 77"):
        desk.write(desk.writing({"condition": rows}, IccHeader(), "condition"))
    writing = desk.writing({"condition": rows}, IccHeader(customer="77"), "condition")
    assert (desk.write(writing).records, writing.left_out) == (1, 1)


def test_a_header_needs_a_customer_and_a_gln(desk: IndustryDesk) -> None:
    with pytest.raises(DataError, match="needs GLN supplier"):
        desk.write(desk.writing({"condition": []}, IccHeader(customer="1"), "condition"))
    with pytest.raises(DataError, match="13 digits"):
        desk.write(desk.writing({"condition": []}, IccHeader(customer="1", supplier_gln="12"), "condition"))


amounts = st.decimals(0, Decimal("999.99"), places=2).map(lambda value: f"{value:f}")
words = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)


@settings(max_examples=30)
@given(
    code=words,
    description=words,
    discount=amounts,
    kind=st.sampled_from(["group", "article"]),
    day=st.dates(date(1900, 1, 1)),
)
def test_what_is_written_is_read_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, code: str, description: str, discount: str, kind: str, day: date
) -> None:
    desk = IndustryDesk("icc", tmp_path_factory.getbasetemp())
    row = {**ROW, "kind": kind, "code": code, "description": description, "discount": discount, "valid_from": f"{day}"}
    assert desk.write(desk.writing({"condition": [row]}, IccHeader(), "condition")).records == 1
    (record,) = desk.staged(desk.read(desk.target).parts[0]).records
    assert (record["kind"], record["code"], record["description"]) == (kind, code, description)
    assert (record["discount"], record["valid_from"]) == (Decimal(discount), day)


@settings(max_examples=50)
@given(st.binary(max_size=400))
def test_whatever_follows_a_header_every_line_is_read_or_rejected(
    tmp_path_factory: pytest.TempPathFactory, rest: bytes
) -> None:
    desk = IndustryDesk("icc", tmp_path_factory.getbasetemp())
    content = desk.read(file_of(header()) + rest)
    part = content.parts[0]
    staged = desk.staged(part)
    assert len(staged.records) + len({reject["record"] for reject in staged.rejects}) == part.raw.records
