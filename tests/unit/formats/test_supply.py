"""The records of an export, item by item, with what belongs to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from core.config.entities import EntitySettings, FieldSettings, build_entities
from core.config.layouts import ExportColumn
from core.errors import DataError
from core.exchange.formats.contract import Related
from core.exchange.formats.supply import Supply
from core.stop import StopToken

if TYPE_CHECKING:
    from collections.abc import Iterator

ENTITIES = build_entities(
    {},
    {
        "article": EntitySettings(
            key=["number"],
            fields={
                "number": FieldSettings(type="text"),
                "name": FieldSettings(type="text", translated=True),
                "weight": FieldSettings(type="decimal", decimals=3),
                "since": FieldSettings(type="date"),
                "stocked": FieldSettings(type="boolean"),
            },
        ),
        "price": EntitySettings(
            key=["article", "amount"],
            fields={
                "article": FieldSettings(type="text", refers_to="article"),
                "amount": FieldSettings(type="decimal", decimals=2),
                "place": FieldSettings(type="integer"),
            },
        ),
    },
    ["nl"],
)
RECORD = (
    "NULL::TIMESTAMP AS created_at, 1 AS created_by_run, NULL::TIMESTAMP AS changed_at, 1 AS changed_by_run, "
    "NULL::TIMESTAMP AS archived_at, NULL::BIGINT AS archived_by_run"
)
PRICES = Related("price", "article", order=("place",))


class Store:
    """Relations as the store gives them; what has the mutation ``same`` is among all records, not among changes."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        connection.execute(
            f"CREATE TABLE article AS SELECT 'a' AS assortment, NULL::VARCHAR AS number, NULL::VARCHAR AS \"name.nl\", "
            f"NULL::DECIMAL(18,3) AS weight, NULL::DATE AS since, NULL::BOOLEAN AS stocked, {RECORD}, 'x' AS mutation "
            "WHERE false"
        )
        connection.execute(
            "CREATE TABLE price AS SELECT 'a' AS assortment, NULL::VARCHAR AS article, "
            f"NULL::DECIMAL(18,2) AS amount, NULL::BIGINT AS place, {RECORD}, 'x' AS mutation WHERE false"
        )

    def put(self, table: str, **values: Any) -> None:
        row = {"assortment": "a", "mutation": "same", **values}
        names = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join("?" * len(row))
        self.connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))

    def select(self, entity: str, changes: bool) -> str:
        name = f"{entity} {'changed' if changes else 'all'}"
        kept = "mutation <> 'same'" if changes else "mutation <> 'deleted'"
        self.connection.execute(f'CREATE OR REPLACE TEMP VIEW "{name}" AS SELECT * FROM {entity} WHERE {kept}')
        return name

    def supply(self, **more: Any) -> Supply:
        given: dict[str, Any] = {"own": {}, "changes_only": False, "tells_deleted": True, "languages": ["nl"], **more}
        own = given.pop("own")
        return Supply(self.connection, ENTITIES, self.select, own, stop=StopToken(), **given)


@pytest.fixture
def store() -> Iterator[Store]:
    with duckdb.connect() as connection:
        yield Store(connection)


def told(supply: Supply, *related: Related) -> list[tuple[str, str, list[str]]]:
    return [
        (item.row["number"], item.change, [row["amount"] for row in item.related.get("price", ())])
        for item in supply.items("article", related)
    ]


def test_rows_are_text_in_neutral_notation_without_what_has_no_value(store: Store) -> None:
    store.put("article", number="A1", **{"name.nl": "Bout"}, weight="1.500", since="2026-02-01", stocked=True)
    store.put("article", number="A2", **{"name.nl": ""})
    first, second = (item.row for item in store.supply().items("article"))
    assert first == {"number": "A1", "name.nl": "Bout", "weight": "1.5", "since": "2026-02-01", "stocked": "true"}
    assert second == {"number": "A2"}


def test_records_come_by_key_with_their_own_in_order_however_many(store: Store) -> None:
    for number in range(2500, 0, -1):
        store.put("article", number=f"{number:05}")
    store.connection.execute(
        "INSERT INTO price (assortment, mutation, article, amount, place) "
        "SELECT 'a', 'same', number, 10 - p, p FROM article, range(3) t(p) WHERE CAST(number AS INT) % 2 = 0"
    )
    store.put("price", article="00001", amount="5", assortment="another")
    supply = store.supply()
    found = told(supply, PRICES)
    assert [number for number, *_ in found] == [f"{number:05}" for number in range(1, 2501)]
    assert all(own == (["10", "9", "8"] if int(number) % 2 == 0 else []) for number, _, own in found)
    assert supply.given("article") == supply.count("article", [PRICES]) == 2500


def test_changes_are_those_of_records_and_of_what_belongs_to_them(store: Store) -> None:
    store.put("article", number="same")
    store.put("article", number="new", mutation="new")
    store.put("article", number="gone", mutation="deleted")
    store.put("article", number="priced")
    store.put("article", number="unpriced")
    store.put("price", article="priced", amount="1")
    store.put("price", article="priced", amount="2", mutation="new")
    store.put("price", article="unpriced", amount="2", mutation="deleted")
    changes = store.supply(changes_only=True)
    assert told(changes, PRICES) == [
        ("gone", "deleted", []),
        ("new", "new", []),
        ("priced", "changed", ["1", "2"]),
        ("unpriced", "changed", []),
    ]
    assert told(changes) == [("gone", "deleted", []), ("new", "new", [])]
    everything = [(item.row["number"], item.change) for item in changes.items("article", everything=True)]
    assert everything == [("new", "new"), ("priced", "new"), ("same", "new"), ("unpriced", "new")]
    assert told(changes) == [("gone", "deleted", []), ("new", "new", [])]
    silent = store.supply(changes_only=True, tells_deleted=False)
    assert [number for number, *_ in told(silent)] == ["new"]


def test_a_layout_has_a_field_written_otherwise(store: Store) -> None:
    store.put("article", number="A1", weight="2")
    own = {
        "article": [
            ExportColumn(column="number", expression="'X' || number"),
            ExportColumn(column="name.nl", constant="Bout"),
        ]
    }
    (item,) = store.supply(own=own).items("article")
    assert item.row == {"number": "XA1", "name.nl": "Bout", "weight": "2"}
    failing = {"article": [ExportColumn(column="weight", expression="CAST(number AS INTEGER)")]}
    with pytest.raises(DataError, match="The expression fails"):
        list(store.supply(own=failing).items("article"))
