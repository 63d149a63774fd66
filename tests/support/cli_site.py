"""A workspace for tests of the command line: imports of every strictness, and an export."""

from __future__ import annotations

TABLES = """
[locations.in]
protocol = "local"
directory = "in"

[layouts.prices]
direction = "import"
entity = "article"
format = "csv"
file = { delimiter = ";", decimal = "," }
columns = [
  { column = "No", field = "number", required = true },
  { column = "Price", field = "gross_price" },
]

[layouts.shop]
direction = "export"
entity = "article"
format = "csv"
columns = [{ column = "sku", field = "number" }, { column = "price", field = "gross_price", format = "0.00" }]
"""


def import_task(task_id: str, **settings: str) -> str:
    """Return an import of ``<id>.csv`` from the upload directory as TOML."""
    given = {
        "type": '"import"',
        "description": f'"Import of {task_id}"',
        "sequence": "10",
        "entity": '"article"',
        "assortment": '"supplier"',
        "layout": '"prices"',
        "settle": "0",
        "file": f'"{task_id}.csv"',
    }
    return "\n".join(
        [f'[[tasks]]\nid = "{task_id}"', *(f"{key} = {value}" for key, value in (given | settings).items())]
    )


TASKS = (
    import_task("prices", max_rejected="0.5"),
    import_task("strict", max_rejected="0"),
    import_task("full", delta="false", max_archived="0.2"),
    import_task("slow", settle="60", assortment='"slow"'),
    (
        '[[tasks]]\nid = "shop"\ntype = "export"\ndescription = "To the shop"\nsequence = 20\nentity = "article"\n'
        'layout = "shop"\nchanges_only = true\noverwrite = true\nfile = "shop-{sequence}.csv"'
    ),
)

GOOD = "No;Price\r\nA1;1,25\r\nA2;2,50\r\nA3;3,75\r\n"
SOME_BAD = "No;Price\r\nA1;9,25\r\nA2;x\r\nA4;4,00\r\n"
ONE = "No;Price\r\nA1;1,25\r\n"
