"""A file upserted into DuckDB by dlt, in the ways that its documentation offers, for the delta import to stand beside.

``values`` and ``parquet`` read the file as the documentation says, by the ``filesystem`` source piped into
``read_csv``, which yields the dictionaries of pandas. ``values`` then loads by INSERT, which is the default;
``parquet`` by Parquet files, as the documentation advises for DuckDB. ``arrow`` gives dlt Arrow tables instead, as
``read_csv_duckdb(use_pyarrow=True)`` is meant to; that reader itself does not go with DuckDB 2, so they are read by
hand. Of dlt's strategies for a merge, ``upsert`` is the quicker one, ``delete-insert`` the default.
"""

from __future__ import annotations

import os
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.sample_file import COLUMNS

WAYS = {
    "values": "as it reads CSV, loading by INSERT as is the default (goal: at least 5)",
    "parquet": "as it reads CSV, loading by Parquet as is advised (goal: at least 5)",
    "arrow": "from Arrow tables",
}

STRATEGIES = ("upsert", "delete-insert")

MOST_BY_VALUES = 100_000
"""Up to so many records, dlt also loads by INSERT unless more are asked for: a million take it a quarter of an hour."""

NEEDS = {"values": ("pandas",), "parquet": ("pandas", "pyarrow"), "arrow": ("pyarrow",)}
"""The ways, and the libraries that they need beside ``dlt[duckdb]``."""


def dlt_ways(rows: int, most_by_values: int) -> list[str]:
    """Return the ways in which dlt upserts so many records here, without those whose libraries are missing."""
    ways = [way for way, libraries in NEEDS.items() if all(map(find_spec, libraries))]
    return [way for way in ways if way != "values" or rows <= most_by_values]


def upsert_by_dlt(path: str, directory: str, way: str, strategy: str) -> dict[str, Any]:
    """Merge a file into the database in ``directory`` by its key, and tell how long that took."""
    os.environ |= {
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "RUNTIME__LOG_LEVEL": "CRITICAL",
        "DLT_DATA_DIR": directory,
        "NORMALIZE__WORKERS": "2",
    }
    import dlt

    parts = _tables(path) if way == "arrow" else _rows(Path(path))
    parts.apply_hints(write_disposition={"disposition": "merge", "strategy": strategy}, primary_key="number")
    pipeline = dlt.pipeline(
        "bench",
        pipelines_dir=f"{directory}/pipelines",
        destination=dlt.destinations.duckdb(f"{directory}/peer.duckdb"),
        dataset_name="bench",
    )
    begun = time.perf_counter()
    pipeline.run(parts.with_name("part"), loader_file_format="insert_values" if way == "values" else "parquet")
    return {"seconds": time.perf_counter() - begun}


def _rows(path: Path) -> Any:
    from dlt.sources.filesystem import filesystem, read_csv

    return filesystem(bucket_url=path.parent.as_uri(), file_glob=path.name) | read_csv(delimiter=";")


def _tables(path: str) -> Any:
    import dlt
    import duckdb

    types = {"text": "VARCHAR", "decimal": "DECIMAL(18, 6)", "integer": "BIGINT", "date": "DATE", "boolean": "BOOLEAN"}
    columns = {name: types[kind] for name, kind in COLUMNS.items()}

    def read() -> Any:
        with duckdb.connect() as connection:
            found: Any = connection.read_csv(path, header=True, delimiter=";", dtype=columns)
            yield from found.to_arrow_reader(100_000)

    return dlt.resource(read, name="part")()
