"""What definitions name, held against what the systems are documented to have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from core.links.loading import ready
from core.links.model.lines import AskedLines, MemberLines, WrittenRequests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.links.model.resources import Resource

APIS = Path(__file__).parents[4] / "shared" / "apis"

pytestmark = pytest.mark.skipif(not APIS.exists(), reason=f"the descriptions of the systems are not in {APIS}")


def described(name: str) -> Any:
    return json.loads((APIS / name).read_text(encoding="utf-8"))


def chosen(resource: Resource) -> list[str]:
    return resource.query.get("$select", "").split(",")


def test_exact_online_has_all_that_is_chosen() -> None:
    documented = described("exactonline/endpoints.json")
    fields = {name: {field["name"] for field in each["fields"]} for name, each in documented.items()}
    lines = {"SalesOrderLines": "salesorder/SalesOrderLines", "SalesInvoiceLines": "salesinvoice/SalesInvoiceLines"}
    lines["SalesEntryLines"] = "salesentry/SalesEntryLines"
    for name, resource in ready("exact-online").resources.items():
        path = resource.path.removeprefix("{division}/")
        for column in chosen(resource):
            member, _, inner = column.partition("/")
            assert member in fields[path], (name, column)
            if inner:
                assert inner in fields[lines[member]], (name, column)
        if resource.write and resource.write.create:
            created = (resource.write.create.path or resource.path).removeprefix("{division}/")
            needed = set(documented[created]["required_on_post"])
            if resource.lines and isinstance(resource.lines.read, MemberLines):
                needed = {"lines" if each.endswith("Lines") else each for each in needed}
            assert needed <= set(resource.write.create.required), name


def requests(resource: Resource) -> Iterator[tuple[str, dict[str, str]]]:
    yield resource.path, resource.query
    if resource.lines and isinstance(resource.lines.read, AskedLines):
        yield resource.lines.read.path, resource.lines.read.query


def test_exact_globe_has_all_that_is_chosen_and_pads_what_it_aligns_to_the_right() -> None:
    entities = {each["rest_name"]: each for each in described("exactglobe/entities.json")["entities"].values()}
    for name, resource in ready("exact-globe").resources.items():
        for path, query in requests(resource):
            fields = {field.get("rest", key): field for key, field in entities[path]["fields"].items()}
            assert set(query.get("$select", "").split(",")) <= set(fields), name
        if resource.write is None or resource.write.create is None:
            continue
        written = entities[resource.write.create.path or resource.path]
        assert "create" in written["rest_ops"], name
        aligned = {key: field.get("length") for key, field in written["fields"].items() if field.get("right_aligned")}
        for key, rule in resource.fields.items():
            if key in aligned:
                assert rule.write == f"{{value|left_space {aligned[key]}}}", (name, key)
        needed = [key for key in resource.write.create.required if key != "lines"]
        assert set(needed) <= set(written["fields"]), name
        if resource.lines and isinstance(resource.lines.write, WrittenRequests):
            line = entities[resource.lines.write.path]
            assert {*resource.lines.required, resource.lines.write.carried} <= set(line["fields"]), name


_STORED_AS = {"C": "CM", "N": "NBYI", "T": "T", "D": "D"}
"""The types of columns that each type of what is written goes into: text, numbers and amounts, moments, dates."""


def test_accountview_has_all_columns_of_the_tables_that_are_documented() -> None:
    tables = {
        name: {field["name"]: field for field in fields}
        for name, fields in described("accountview/tables.json")["tables"].items()
    }
    contract = described("accountview/contract.json")
    for name, resource in ready("accountview").resources.items():
        assert resource.query["BusinessObject"] in contract["business_objects"], name
        for column in resource.query["Fields"].split(","):
            table, _, field = column.partition(".")
            # Numbers of rows and keys of records are the system's own.
            assert table not in tables or field in {*tables[table], "RowId", "HeaderId", "REC_ID"}, (name, column)
        form = resource.write.form if resource.write else None
        if form is not None:
            for table, columns in ((form.table, form.columns), (form.line_table or "", form.line_columns)):
                for field, kind in columns.items() if table in tables else ():
                    assert tables[table][field]["type"] in _STORED_AS[kind], (name, field)


def test_superoffice_writes_members_that_its_entities_have() -> None:
    entities = {"customers": "Contact", "contacts": "Person", "projects": "Project"}
    for name, entity in entities.items():
        schemas = described(f"superoffice/Swagger-v1-{entity}.json")["definitions"]
        for key, rule in ready("superoffice").resources[name].fields.items():
            here = schemas[f"SuperOffice.CRM.Services.{entity}Entity"]
            for part in (rule.write_name or "").split("."):
                if part.isdecimal():
                    here = schemas[here["items"]["$ref"].rpartition("/")[2]]
                else:
                    assert part in here["properties"], (name, key)
                    here = here["properties"][part]
                if "$ref" in here:
                    here = schemas[here["$ref"].rpartition("/")[2]]
