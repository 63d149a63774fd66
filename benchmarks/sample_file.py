"""A supplier's price list of any length with 20 columns, and its next edition; the same bytes for the same seed.

One record in fifty has a value with a quote in it, which CSV puts in quotes.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import duckdb

COLUMNS: dict[str, str] = {
    "number": "text",
    "gtin": "text",
    "description": "text",
    "long_description": "text",
    "brand": "text",
    "product_group": "text",
    "unit": "text",
    "packing": "text",
    "etim_class": "text",
    "country": "text",
    "gross_price": "decimal",
    "net_price": "decimal",
    "discount": "decimal",
    "weight": "decimal",
    "length": "decimal",
    "stock": "integer",
    "minimum": "integer",
    "valid_from": "date",
    "valid_until": "date",
    "orderable": "boolean",
}
"""The columns of the file, which are the fields of its entity, and their types."""
_FIELDS = "\n".join(f'{name} = {{ type = "{kind}" }}' for name, kind in COLUMNS.items())
LAYOUT_COLUMNS = "\n".join(f'  {{ column = "{name}", field = "{name}" }},' for name in COLUMNS)
"""The columns of a layout that has them all, as TOML."""
TABLES = f"""\
[entities.part]
key = ["number"]
[entities.part.fields]
{_FIELDS}

[layouts.parts]
direction = "import"
entity = "part"
format = "csv"
file = {{ delimiter = ";" }}
columns = [
{LAYOUT_COLUMNS}
]
"""
"""The entity of the file, and the layout by which it is imported."""

CHANGED, NEW, MISSING = 0.05, 0.01, 0.01
"""Of the records of the first edition: the shares that the next one has differently, beside, and not."""


def make_editions(first: str, following: str, rows: str, seed: str) -> dict[str, Any]:
    """Write the files, in a process of its own: a child's peak of memory begins with that of its parent."""
    begun = time.perf_counter()
    write_editions(Path(first), Path(following), rows=int(rows), seed=int(seed))
    return {"seconds": time.perf_counter() - begun}


def write_editions(first: Path, following: Path, *, rows: int, seed: int) -> None:
    """Write both editions."""
    with duckdb.connect() as connection:
        connection.execute("SET preserve_insertion_order = true")
        connection.execute(f"CREATE TABLE edition AS {_records(0, rows, seed)}")
        _copy(connection, "SELECT * FROM edition ORDER BY number", first)
        connection.execute(
            f"DELETE FROM edition WHERE hash(number, {seed}, 'missing') % 10000 < {round(MISSING * 10_000)}"
        )
        connection.execute(
            "UPDATE edition SET gross_price = gross_price + 1.25, net_price = net_price + 0.75, "
            "valid_from = valid_from + 7 "
            f"WHERE hash(number, {seed}, 'changed') % 10000 < {round(CHANGED * 10_000)}"
        )
        connection.execute(f"INSERT INTO edition {_records(rows, round(rows * NEW), seed)}")
        _copy(connection, "SELECT * FROM edition ORDER BY number", following)


def _copy(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    connection.execute(f"COPY ({query}) TO '{path}' (FORMAT csv, HEADER true, DELIMITER ';')")


def _records(begin: int, count: int, seed: int) -> str:
    def some(what: str, limit: int) -> str:
        return f"(hash(i, {seed}, '{what}') % {limit})::INTEGER"

    return f"""
        SELECT
            printf('A%09d', i) AS number,
            printf('871%010d', hash(i, {seed}, 'gtin') % 10000000000) AS gtin,
            'Installatiekabel ' || (['grün', 'blauw', 'zwart', 'wit'])[{some("colour", 4)} + 1] || ' '
                || {some("cores", 7)} || 'x' || {some("area", 50)} || ' mm²' AS description,
            'Halogeenvrije kabel voor vaste aanleg, artikel ' || i || ' van ' || {some("of", 100000)}
                || ', brandklasse ' || {some("fire", 9)}
                || CASE WHEN {some("inch", 50)} = 0 THEN ', buis 3/4"' ELSE '' END AS long_description,
            'Merk ' || {some("brand", 120)} AS brand,
            'G' || {some("group", 900)} AS product_group,
            (['PCE', 'MTR', 'BX', 'RO'])[{some("unit", 4)} + 1] AS unit,
            (['ring', 'haspel', 'doos'])[{some("packing", 3)} + 1] AS packing,
            printf('EC%06d', {some("class", 5600)}) AS etim_class,
            (['NL', 'DE', 'BE', 'FR', 'PL'])[{some("country", 5)} + 1] AS country,
            ({some("gross", 5000000)} / 100)::DECIMAL(12, 2) AS gross_price,
            ({some("net", 4000000)} / 100)::DECIMAL(12, 2) AS net_price,
            ({some("discount", 6000)} / 100)::DECIMAL(5, 2) AS discount,
            ({some("weight", 9000000)} / 1000)::DECIMAL(12, 3) AS weight,
            ({some("length", 900000)} / 10)::DECIMAL(12, 1) AS length,
            {some("stock", 20000)} AS stock,
            {some("minimum", 100)} AS minimum,
            DATE '2026-01-01' + {some("from", 365)} AS valid_from,
            DATE '2027-01-01' + {some("until", 730)} AS valid_until,
            {some("orderable", 2)} = 1 AS orderable
        FROM range({begin}, {begin + count}) t(i)
    """
