"""What a record becomes in a request: an object, tables, or arrays, as its definition says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.errors import Refused
from core.links.faults import CallFailed
from core.links.model.lines import LINES, WrittenArrays, WrittenMember
from core.links.model.templates import filled
from core.links.values import plain
from core.text import clean, listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.links.model.requests import FieldRule
    from core.links.model.resources import Resource
    from core.links.model.writes import TableForm


def body_of(resource: Resource, record: Mapping[str, Any], values: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the body that writes a record of the resource ``name``; ``values`` are those of the link.

    Lines that are sent by themselves are not in it.

    Raises:
        CallFailed: a value cannot be written as the definition says.
        Refused: the form has no place for a field, or the definition none for lines.
    """
    body = written_fields({key: each for key, each in record.items() if key != LINES}, resource.fields, values, name)
    lines = lines_of(resource, record, values, name)
    form = resource.write.form if resource.write is not None else None
    if form is not None:
        return _as_tables(form, body, lines, name)
    way = resource.lines.write if resource.lines is not None else None
    if isinstance(way, WrittenMember):
        if LINES in record:
            body[way.member] = lines
    elif isinstance(way, WrittenArrays):
        body |= _as_arrays(lines)
    elif way is None and lines:
        raise Refused(f"{name} has no way to write lines.", advice="Take lines out of the mapping.")
    return body


def lines_of(
    resource: Resource, record: Mapping[str, Any], values: Mapping[str, Any], name: str
) -> list[dict[str, Any]]:
    """Return the lines of a record, as they are written.

    Raises:
        CallFailed: a value cannot be written as the definition says.
        Refused: they are no lines, or a needed field is missing.
    """
    lines = record.get(LINES) or []
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        raise Refused(f"{LINES} of a record of {name} must be a list of records.", advice="Mend the mapping.")
    rules = resource.lines
    if rules is None:
        return [dict(line) for line in lines]
    for number, line in enumerate(lines, start=1):
        if missing := [key for key in rules.required if empty(line.get(key))]:
            raise Refused(
                f"Line {number} of a record of {name} has no {listed(missing, last='and')}, which the system needs.",
                advice="Map a field or set a default.",
            )
    return [written_fields(line, rules.fields, values, name) for line in lines]


def written_fields(
    record: Mapping[str, Any], rules: Mapping[str, FieldRule], values: Mapping[str, Any], name: str
) -> dict[str, Any]:
    """Return the fields of a record by the names, and in the notations, in which they are written.

    Raises:
        CallFailed: a value cannot be written so.
    """
    body: dict[str, Any] = {}
    for key, value in record.items():
        rule = rules.get(key)
        if rule is not None and rule.write is not None and value is not None:
            try:
                value = filled(rule.write, {**values, "value": value})  # noqa: PLW2901
            except ValueError as error:
                raise CallFailed(
                    f"{clean(key)} of a record of {name} cannot be written: {error}.",
                    kind="record",
                    advice="Mend the record.",
                ) from None
        if rule is not None and rule.write_name is not None:
            _put(body, rule.write_name, value)
        else:
            body[key] = value
    return body


def merged(whole: Any, changes: Any) -> Any:
    """Return a document with changes written into it; members that they do not name stay, at any depth.

    The first items of a list take those of the changes, and further ones stay.
    """
    if isinstance(whole, dict) and isinstance(changes, dict):
        return {**whole, **{key: merged(whole.get(key), each) for key, each in changes.items()}}
    if isinstance(whole, list) and isinstance(changes, list):
        pairs = [merged(whole[at] if at < len(whole) else None, each) for at, each in enumerate(changes)]
        return [*pairs, *whole[len(changes) :]]
    return changes


def empty(value: Any) -> bool:
    """Whether a field says nothing: text of blanks is no name."""
    return value is None or (isinstance(value, str) and not value.strip()) or value in ([], {})


def _put(body: dict[str, Any], path: str, value: Any) -> None:
    """Set a member; the path may lead into objects, and by a number into lists: ``Emails.0.Value``."""
    first, *rest = path.split(".")
    for part in reversed(rest):
        value = [*({} for _ in range(int(part))), value] if part.isdecimal() else {part: value}
    body[first] = merged(body.get(first), value) if rest else value


def _as_arrays(lines: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Return parallel arrays; where a line lacks what another has, an empty text keeps them as long as each other."""
    names = dict.fromkeys(key for line in lines for key in line)
    return {name: ["" if empty(line.get(name)) else plain(line[name]) for line in lines] for name in names}


def _as_tables(
    form: TableForm, body: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], name: str
) -> dict[str, Any]:
    """Return definition and positional values. Rows are numbered, and lines name the number of their record."""
    _known(body, form.columns, name)
    columns = [column for column in form.columns if column in body]
    table: dict[str, Any] = {
        "Definition": _definition(form.table, {"RowId": "C", **{each: form.columns[each] for each in columns}})
    }
    data: dict[str, Any] = {"Data": {"Rows": [{"Values": ["1", *(body[column] for column in columns)]}]}}
    if lines:
        if form.line_table is None:
            raise Refused(f"{name} has no way to write lines.", advice="Take lines out of the mapping.")
        for line in lines:
            _known(line, form.line_columns, name)
        columns = [column for column in form.line_columns if any(column in line for line in lines)]
        types = {"RowId": "C", "HeaderId": "C", **{each: form.line_columns[each] for each in columns}}
        rows = [
            {"Values": [str(number), "1", *(line.get(column) for column in columns)]}
            for number, line in enumerate(lines, start=1)
        ]
        table["DetailDefinitions"] = [_definition(form.line_table, types)]
        data["DetailData"] = [{"Rows": rows}]
    return {"BusinessObject": form.object, "Table": table, "TableData": data}


def _definition(table: str, types: Mapping[str, str]) -> dict[str, Any]:
    return {"Name": table, "Fields": [{"Name": column, "FieldType": kind} for column, kind in types.items()]}


def _known(record: Mapping[str, Any], columns: Mapping[str, str], name: str) -> None:
    if unknown := [key for key in record if key not in columns]:
        raise Refused(
            f"The definition of {name} has no column for {clean(listed(unknown, last='and'), limit=200)}.",
            advice="Take it out of the mapping, or declare the column with its type.",
        )
