"""ICC 1.1, both ways, with what files in the field do to it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.format_desk import FormatDesk
from support.icc_files import GLN, condition, file_of, header

from core.config.industry import IccHeader
from core.errors import DataError
from core.exchange.formats.icc import CONDITION, FIELDS

if TYPE_CHECKING:
    from support.format_desk import Found

SHARED = Path(__file__).parents[4] / "shared" / "formats" / "icc" / "samples"
ROW = {
    "customer": "52610368", "kind": "group", "code": "100001", "valid_from": "2026-01-01", "supplier_gln": GLN,
    "supplier_name": "Groothandel", "description": "Kabel", "discount": "52.2",
}  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path) -> FormatDesk:
    return FormatDesk("icc", tmp_path)


def values(found: Found, name: str) -> list[Any]:
    return [record[name] for record in found.records["condition"]]


def test_a_condition_is_read_with_what_its_header_says(desk: FormatDesk) -> None:
    found = desk.read(file_of(header(more={"GLN customer": "8700000000001"}), condition(discount_2="01050")))
    (record,) = found.records["condition"]
    assert {name: record.get(name) for name in FIELDS} == {
        "customer": "52610368", "kind": "group", "code": "100001", "valid_from": date(2026, 1, 1), "valid_until": None,
        "supplier_name": "Groothandel", "supplier_gln": GLN, "customer_gln": "8700000000001", "description": "Kabel",
        "discount": Decimal("52.2"), "discount_2": Decimal("10.5"), "discount_3": None, "net_price": None,
        "produced_on": date(2026, 2, 28),
    }  # fmt: skip
    assert found.content.facts.supplier_gln == GLN
    assert not found.warnings


def test_an_article_has_a_net_price_and_an_end(desk: FormatDesk) -> None:
    line = condition(group="", article="0042", discount_1="", net_price="000012345", end_date="20261231")
    (record,) = desk.read(file_of(header(), line)).records["condition"]
    assert (record["kind"], record["code"], record.get("discount")) == ("article", "0042", None)
    assert (record["net_price"], record["valid_until"]) == (Decimal("123.45"), date(2026, 12, 31))


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("spaces", [0, 4])
def test_lines_end_as_they_like_and_are_trimmed_or_too_long(desk: FormatDesk, end: str, spaces: int) -> None:
    lines = [line.rstrip() + " " * spaces for line in (header(2), condition(), condition(group="100002"))]
    found = desk.read(file_of(*lines, end=end))
    assert values(found, "code") == ["100001", "100002"]
    assert not found.warnings


def test_zeros_that_say_nothing_are_no_values(desk: FormatDesk) -> None:
    line = condition(discount_2="00000", discount_3="00000", net_price="000000000", end_date="00000000")
    (record,) = desk.read(file_of(header(), line)).records["condition"]
    assert not {"discount_2", "discount_3", "net_price", "valid_until"} & record.keys()
    free = condition(discount_1="", net_price="000000000")
    assert values(desk.read(file_of(header(), free)), "net_price") == [Decimal(0)]


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        (condition(group=""), "", "has neither a discount group nor an article"),
        (condition(article="1"), "", "has both a discount group and an article"),
        (condition(discount_1="5,220"), "Discount 1", "is no number of digits only"),
        (condition(net_price="12.50"), "Net price", "is no number of digits only"),
        (condition(start_date="20261340"), "Start date", "is no day of the calendar"),
        (condition() + " surplus", "", "is longer than the 130 characters of a line: 138"),
    ],
)
def test_a_bad_line_is_rejected_with_its_place_and_the_others_are_read(
    desk: FormatDesk, line: str, column: str, reason: str
) -> None:
    found = desk.read(file_of(header(2), line, condition(group="100009")))
    (reject,) = found.rejects
    assert (reject.line, reject.field, reject.reason, reject.raw) == (2, column, reason, line.rstrip())
    assert values(found, "code") == ["100009"]
    assert reject.item == 2


def test_a_condition_without_a_beginning_is_rejected(desk: FormatDesk) -> None:
    found = desk.read(file_of(header(), condition(start_date="")))
    assert [(reject.field, reject.line) for reject in found.rejects] == [("valid_from", 2)]


def test_a_merged_file_has_the_conditions_of_several(desk: FormatDesk) -> None:
    other = header(more={"Customer id": "77"})
    found = desk.read(file_of(header(), condition(), other, condition()))
    assert values(found, "customer") == ["52610368", "77"]
    assert found.content.facts.kind == "conditions under 2 headers"


def test_a_count_that_is_wrong_is_warned_of(desk: FormatDesk) -> None:
    (warning,) = desk.read(file_of(header(2010), condition())).warnings
    assert "announces 2,010 conditions, but 1 follows" in warning


def test_what_is_no_header_is_refused(desk: FormatDesk) -> None:
    with pytest.raises(DataError, match="line 1 is no header"):
        desk.read(file_of(condition()))
    with pytest.raises(DataError, match="only blank lines"):
        desk.read(b"\r\n  \r\n\x1a")


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-8"])
def test_text_is_read_in_the_encodings_of_the_field(desk: FormatDesk, encoding: str) -> None:
    text = "Kabelgoot é Ø 10" + ("€" if encoding != "latin-1" else "")
    lines = (
        f"{header()}\r\n{CONDITION.line({'Discount group': '1', 'Description': text, 'Start date': '20260101'})}\r\n"
    )
    assert values(desk.read(lines.encode(encoding)), "description") == [text]


def test_it_replaces_what_a_customer_had_unless_the_task_takes_changes(desk: FormatDesk) -> None:
    source = file_of(header(), condition())
    assert [desk.content(source, delta=delta).parts[0].scope for delta in (True, False)] == ["listed", "owners"]
    assert desk.content(source).parts[0].owners == ("customer",)


def test_a_look_tells_what_it_is_and_what_is_wrong(desk: FormatDesk) -> None:
    found = desk.inspect(file_of(header(2), condition(), condition(discount_1="x")))
    assert (found.facts.supplier, found.facts.made_at, found.facts.announced) == ("Groothandel", "2026-02-28", 2)
    assert found.counts == {"conditions": "2"}
    assert found.problems == ("Line 3, Discount 1: is no number of digits only.",)


def test_the_rejects_file_has_the_header_and_the_lines_as_they_were(desk: FormatDesk) -> None:
    lines = [header(3), condition(group="1"), condition(group="2"), condition(group="3")]
    assert desk.rewrite(file_of(*lines), [3]).read_bytes() == file_of(lines[0], lines[2])


@pytest.mark.parametrize("name", ["real-rexel-1.icc", "trimmed-lines-lf.icc"])
def test_a_real_file_is_read_and_written_again(desk: FormatDesk, name: str) -> None:
    if not SHARED.exists():
        pytest.skip("the shared samples of formats are not here")
    found = desk.read(SHARED / name)
    assert not found.rejects
    desk.put(found.rows, IccHeader(), "condition")
    again = desk.read(desk.last.target)
    made = {"produced_on": date(2026, 3, 2)}
    key = ("customer", "kind", "code", "valid_from")
    expected = [record | made for record in found.records["condition"]]
    assert again.records["condition"] == sorted(expected, key=lambda each: [each[name] for name in key])


# -- writing --


def test_a_file_is_written_by_the_book(desk: FormatDesk) -> None:
    article = {**ROW, "kind": "article", "code": "A-1", "net_price": "12.5", "valid_until": "2026-12-31"}
    article.pop("discount")
    header_of = IccHeader(customer_gln="8700000000001")
    content, written, _ = desk.put({"condition": [ROW, article]}, header_of, "condition")
    assert written.records == 2
    lines = content.split(b"\r\n")
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
    desk: FormatDesk, change: dict[str, str], field: str, reason: str
) -> None:
    writing = desk.writing(
        {"condition": [{**ROW, **change}]}, IccHeader(customer="52610368", supplier_gln=GLN), "condition"
    )
    assert desk.write(writing).records == 0
    (refusal,) = writing.refusals
    assert (refusal.field, refusal.reason) == (field, reason)


def test_a_text_is_cut_where_the_layout_says_so(desk: FormatDesk) -> None:
    writing = desk.writing({"condition": [{**ROW, "description": "x" * 51}]}, IccHeader(too_long="cut"), "condition")
    assert desk.write(writing).records == 1
    assert not writing.refusals
    assert writing.warned == {"texts of description were cut to the 50 characters that the format has for them": 1}


def test_the_conditions_of_several_customers_are_no_file(desk: FormatDesk) -> None:
    rows = [ROW, {**ROW, "customer": "77"}]
    with pytest.raises(DataError, match="of several: 52610368 and 77"):
        desk.put({"condition": rows}, IccHeader(), "condition")
    writing = desk.writing({"condition": rows}, IccHeader(customer="77"), "condition")
    assert (desk.write(writing).records, writing.left_out) == (1, 1)


def test_a_header_needs_a_customer_and_a_gln(desk: FormatDesk) -> None:
    with pytest.raises(DataError, match="needs GLN supplier"):
        desk.put({"condition": []}, IccHeader(customer="1"), "condition")
    with pytest.raises(DataError, match="13 digits"):
        desk.put({"condition": []}, IccHeader(customer="1", supplier_gln="12"), "condition")


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
    desk = FormatDesk("icc", tmp_path_factory.getbasetemp())
    row = {**ROW, "kind": kind, "code": code, "description": description, "discount": discount, "valid_from": f"{day}"}
    assert desk.put({"condition": [row]}, IccHeader(), "condition")[1].records == 1
    (record,) = desk.read(desk.last.target).records["condition"]
    assert (record["kind"], record["code"], record["description"]) == (kind, code, description)
    assert (record["discount"], record["valid_from"]) == (Decimal(discount), day)


@settings(max_examples=50)
@given(st.binary(max_size=400))
def test_whatever_follows_a_header_every_line_is_read_or_rejected(
    tmp_path_factory: pytest.TempPathFactory, rest: bytes
) -> None:
    desk = FormatDesk("icc", tmp_path_factory.getbasetemp())
    found = desk.read(file_of(header()) + rest)
    read = len(found.records["condition"]) + len({reject.record for reject in found.rejects})
    assert read == found.part("condition").raw.records
