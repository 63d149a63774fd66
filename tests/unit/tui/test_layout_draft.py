from __future__ import annotations

from typing import Any

from core.engine.api.files import ColumnView, FieldProposal
from tui.layout_draft import LayoutDraft, how_words, source_words
from tui.screens.layout_sheets import ValueList, column_entries, put_column, put_reading, reading_entries


def columns(*names: str) -> tuple[ColumnView, ...]:
    return tuple(
        ColumnView(position, name, name, 3, (("ST", 2), ("M", 1))) for position, name in enumerate(names, start=1)
    )


def draft(*entries: dict[str, Any], **more: Any) -> LayoutDraft:
    values = {"direction": "import", "entity": "article", "format": "csv", "columns": list(entries), **more}
    made = LayoutDraft("prices", values, fingerprint="f")
    made.file_columns = columns("nr", "text", "price")
    return made


NR: dict[str, Any] = {"column": "nr", "field": "number"}
EUR: dict[str, Any] = {"field": "currency", "constant": "EUR"}


def differs(made: LayoutDraft) -> bool:
    return made.changed


def test_rows_are_the_columns_of_the_file_then_what_the_layout_has_besides() -> None:
    made = draft(EUR, {"column": 3, "field": "gross_price"}, NR, {"column": "gone", "field": "unit"})
    rows = made.rows()
    assert [(row.title, row.field, row.missing) for row in rows] == [
        ("nr", "number", False),
        ("text", "", False),
        ("price", "gross_price", False),
        ('= "EUR"', "currency", False),
        ("gone", "unit", True),
    ]
    assert [row.place for row in rows] == [2, None, 1, 0, 3]


def test_one_column_of_the_file_may_go_into_two_fields() -> None:
    made = draft(NR, {"column": "nr", "field": "gtin"})
    assert [(row.title, row.field) for row in made.rows()][:2] == [("nr", "number"), ("nr", "gtin")]


def test_a_new_field_stands_where_its_column_stands_in_the_file() -> None:
    made = draft(NR, {"column": "price", "field": "gross_price"})
    made.proposals = {2: FieldProposal(2, "description.nl", "a Dutch word for it")}
    row_id = made.accept_proposal(made.rows()[1])
    assert row_id is not None
    assert [entry["field"] for entry in made.columns] == ["number", "description.nl", "gross_price"]
    row = made.row(row_id)
    assert row is not None
    assert row.title == "text"
    assert made.accept_proposal(row) is None


def test_all_proposals_are_taken_but_those_of_fields_that_are_filled() -> None:
    made = draft(NR)
    made.proposals = {2: FieldProposal(2, "number", "its name"), 3: FieldProposal(3, "gross_price", "its name")}
    assert made.accept_all() == 1
    assert [entry["field"] for entry in made.columns] == ["number", "gross_price"]


def test_every_change_can_be_taken_back_and_is_known_as_one() -> None:
    made = draft(NR, EUR)
    before = made.table()
    assert not made.changed
    for change in (
        lambda: made.remove(made.rows()[0]),
        lambda: made.move(made.rows()[0], 1),
        lambda: made.set_field(made.rows()[1], "unit"),
        lambda: made.change(0, "default", "x"),
        lambda: made.set_file("delimiter", ";", usual=","),
        lambda: made.add({"field": "unit", "constant": "PCE"}),
    ):
        made.remember()
        change()
        assert differs(made)
        assert made.undo()
        assert made.table() == before
        assert not differs(made)
    assert not made.undo()


def test_a_step_without_a_change_is_no_step() -> None:
    made = draft(NR)
    made.remember()
    made.forget_step()
    assert not made.undo()


def test_columns_move_within_the_layout_only() -> None:
    made = draft(NR, EUR)
    assert not made.move(made.rows()[0], -1)
    assert made.move(made.rows()[0], 1)
    assert made.columns == [EUR, NR]
    assert not made.move(made.rows()[1], 1)


def test_a_copy_is_worth_saving_as_it_is() -> None:
    values = {"direction": "import", "entity": "article", "format": "csv", "columns": [NR]}
    assert LayoutDraft("copy", values, copied=True).changed
    assert not LayoutDraft("new", {"direction": "import", "entity": "article", "format": "csv"}).changed


def test_what_is_as_usual_is_not_written_unless_it_stood_there() -> None:
    made = draft(NR, file={"encoding": "utf-8"})
    put_reading(made, "delimiter", ";")
    put_reading(made, "delimiter", ",")
    put_reading(made, "encoding", "latin-1")
    put_reading(made, "encoding", "utf-8")
    put_reading(made, "header", "no")
    put_reading(made, "skip_lines", "2")
    assert made.file == {"encoding": "utf-8", "header": False, "skip_lines": 2}
    put_reading(made, "other", "§")
    assert made.file["delimiter"] == "§"
    shown = {entry.id: entry.value for entry in reading_entries(made)}
    assert (shown["delimiter"], shown["header"], shown["skip_lines"]) == ("§", "no", "2")


def test_settings_of_a_column_are_put_in_their_order_and_taken_out_when_they_are_empty() -> None:
    made = draft(NR)
    put_column(made, 0, "default", "x")
    put_column(made, 0, "required", "yes")
    put_column(made, 0, "strict_values", "yes")
    assert list(made.columns[0]) == ["column", "field", "required", "strict_values", "default"]
    put_column(made, 0, "default", "")
    put_column(made, 0, "strict_values", "no")
    assert made.columns[0] == {**NR, "required": True}
    assert [entry.id for entry in column_entries(made, 0)][:2] == ["field", "required"]


def test_a_constant_may_be_empty_while_it_is_typed() -> None:
    made = draft(EUR)
    put_column(made, 0, "constant", "")
    assert made.columns[0] == {"field": "currency", "constant": ""}


def test_a_value_list_takes_values_of_the_file_and_others() -> None:
    made = draft(NR)
    values = ValueList(made, made.rows()[0])
    assert [(entry.label, entry.value) for entry in values.entries()] == [
        ("ST (2)", ""),
        ("M (1)", ""),
        ("Another value", ""),
    ]
    for text in ("P", "PC", "PCE"):
        values.put("=ST", text)
    for text in ("D", "DS", "DS=", "DS=B", "DS=BX"):
        values.put("+", text)
    assert made.columns[0]["values"] == {"ST": "PCE", "DS": "BX"}
    values.put("=ST", "")
    values.put("+", "DSX=BX")
    assert made.columns[0]["values"] == {"DSX": "BX"}


def test_words_say_where_a_value_comes_from_and_what_is_done_to_it() -> None:
    assert source_words({"column": 3, "field": "x"}) == "column 3"
    assert source_words({"field": "x", "expression": "a\x1b + 1"}) == "= a\\x1b + 1"
    entry: dict[str, Any] = {
        "column": "a",
        "required": True,
        "convert": ["trim"],
        "values": {"a": "b"},
        "strict_values": True,
        "default": "x",
        "format": "0.00",
    }
    assert how_words(entry) == 'required, trim, 1 value only, else "x", 0.00'
    assert how_words({"column": "a", "constant": "EUR"}) == '= "EUR"'


def test_passes_are_edited_one_at_a_time_and_every_step_goes_back() -> None:
    values: dict[str, Any] = {
        "direction": "import",
        "entity": "contact",
        "columns": [{"column": "No", "field": "number"}],
    }
    draft = LayoutDraft("people", values, fingerprint="x")
    draft.remember()
    draft.add_pass("organisation")
    assert (draft.chosen, draft.entity, draft.columns) == (1, "organisation", [])
    draft.remember()
    draft.add({"column": "Org", "field": "number"})
    draft.remember()
    assert draft.turn_pass("repeated", "reject", "first") == "first"
    first = {"entity": "contact", "columns": [{"column": "No", "field": "number"}]}
    second = {"entity": "organisation", "repeated": "first", "columns": [{"column": "Org", "field": "number"}]}
    assert draft.table() == {"direction": "import", "passes": [first, second]}
    draft.choose_pass(0)
    assert draft.columns == first["columns"]
    draft.remember()
    draft.remove_pass()
    assert (draft.chosen, draft.entity) == (0, "organisation")
    for _ in range(3):
        assert draft.undo()
    assert (draft.chosen, draft.columns) == (1, [])
    assert draft.undo()
    assert draft.table() == values
    assert not draft.changed
