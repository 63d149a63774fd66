"""What is exported to Excel, JSON Lines or Parquet and imported again is what it was."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from support.exchange_desk import FIELDS, Desk, select
from support.typed_files import TypedDesk, layout_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.exchange.staging import ReadResult

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
WORDS = TEXT.filter(lambda text: bool(text.strip()))
MOMENTS = st.datetimes(dt.datetime(1900, 3, 1), dt.datetime(2199, 12, 31))  # noqa: DTZ001 - kept without a zone, as UTC
RECORDS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "name": WORDS,
            "description.nl": WORDS,
            "stock": st.integers(-(2**63), 2**63 - 1),
            "price": st.decimals(-(10**15), 10**15, places=2),
            "active": st.booleans(),
            "valid_from": st.dates(dt.date(1000, 1, 1), dt.date(9999, 12, 31)),
            "seen_at": MOMENTS,
        },
    ),
    min_size=1,
    max_size=8,
)
COLUMNS = [{"column": name.replace(".", "_"), "field": name} for name in FIELDS]


def round_trip(desk: Desk, form: str, records: Sequence[dict[str, Any]], *, fraction: int) -> ReadResult:
    whole = [
        {"number": f"{number:05d}", **record, **_cut(record, fraction)}
        for number, record in enumerate(records, start=1)
    ]
    select(desk, *whole)
    typed = TypedDesk(desk)
    path = typed.write(layout_of(form, "export", *COLUMNS))
    result = typed.read(path, layout_of(form, "import", *COLUMNS))
    names = ", ".join(f'"{name}"' for name in FIELDS)
    before = desk.connection.execute(f"SELECT {names} FROM selection ORDER BY number").fetchall()
    assert [each.reason for each in typed.rejects()] == []
    assert desk.rows(names) == before
    return result


def _cut(record: dict[str, Any], fraction: int) -> dict[str, Any]:
    """A moment to as many microseconds as the format keeps."""
    moment = record.get("seen_at")
    return {"seen_at": moment.replace(microsecond=moment.microsecond // fraction * fraction)} if moment else {}


@pytest.mark.parametrize(("form", "fraction"), [("excel", 1000), ("jsonl", 1), ("parquet", 1)])
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(records=RECORDS)
@example(
    records=[
        {"name": "=1+1", "description.nl": "_x0041_ <&> \t\n\r\x01", "price": Decimal("-0.10"), "stock": 2**63 - 1}
    ]
)
@example(
    records=[{"name": "+31 6", "description.nl": "@x", "stock": 10**15 + 1, "price": Decimal("1000000000000000.01")}]
)
def test_export_then_import_gives_the_same_records(
    shared_desk: Desk, form: str, fraction: int, records: list[dict[str, Any]]
) -> None:
    result = round_trip(shared_desk, form, records, fraction=fraction)
    assert (result.records, result.accepted, result.rejected) == (len(records), len(records), 0)
