"""A webshop on loopback that ships nowhere, and the definitions by which it takes part in flows.

It has categories in a tree, products, and their variations below them; it refuses what names something that is not
there, and what lacks a needed field, as shops do.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from support.links.rest_server import Answer, Asked, RestServer

if TYPE_CHECKING:
    from support.links.flow_site import FlowSite
    from support.links.rest_server import FakeClock

Row = dict[str, Any]


def system_of(name: str, resource: str, *, rows: str) -> str:
    """Return how the definition of a system begins that asks for no sign-in and has one resource."""
    return f"""
version = 1
name = "{name}"
base_url = "{{address}}"
inferred = ["All of it."]

[[fields]]
name = "address"
title = "Address"

[auth]
kind = "none"

[test]
path = "{resource}"

[reply]
rows = ["{rows}"]
message = ["fault"]

[resources.{resource}]
title = "{resource.title()}"
path = "{resource}"
incremental = {{ kind = "compare_all" }}
"""


HEAD = (
    system_of("Webshop", "products", rows="rows")
    + """
[resources.products.write]
id = "id"
look_up = { query = { sku = "{sku}" }, match = ["sku"] }
create = { id_member = "rows.id", required = ["sku", "name"] }
update = { path = "products/{id}" }

[kinds.products.read]
resource = "products"
key = "id"
one = { path = "products/{key}" }

[kinds.products.read.fields]
number = "sku"
name = "name"
kind = "type"
long_description = "text"
gross_price = "price"
gtin = "ean"
active = "enabled"

[kinds.products.read.named]
attribute = { member = "options", name = "name", value = "value" }
characteristic = { member = "specs" }

[kinds.products.read.parts.categories]
member = "categories"

[kinds.products.read.parts.categories.fields]
code = "code"
name = "name"
parent = "parent"
direct = "direct"

[kinds.products.read.parts.variants]
member = "variations"
key = "id"

[kinds.products.read.parts.variants.fields]
number = "sku"
name = "name"
gross_price = "price"
gtin = "ean"
active = "enabled"

[kinds.products.read.parts.variants.named]
attribute = { member = "options", name = "name", value = "value" }

[kinds.products.write]
resource = "products"

[kinds.products.write.fields]
sku = { field = "number", required = true, mode = "on_create" }
name = { field = "name", required = true }
type = { field = "kind", default = "simple", mode = "on_create" }
text = { field = "long_description", mode = "if_empty" }
price = "gross_price"
ean = "gtin"
enabled = "active"

[kinds.products.write.named]
attribute = { member = "options", name = "name", value = "value" }
characteristic = { member = "specs", mode = "if_empty" }
"""
)

VARIANT = """\
sku = "number"
name = { field = "name", mode = "on_create" }
price = "gross_price"
ean = { field = "gtin", mode = "if_empty" }
enabled = "active"

[kinds.products.write.parts.variants.named]
attribute = { member = "options", name = "name", value = "value" }
"""
"""What is written of a variant."""

CALLS = f"""{HEAD}
[resources.categories]
title = "Categories"
path = "categories"

[resources.categories.write]
id = "id"
look_up = {{ query = {{ code = "{{code}}" }}, match = ["code"] }}
create = {{ id_member = "rows.id", required = ["code", "name"] }}
update = {{ path = "categories/{{id}}" }}

[resources.variations]
title = "Variations"
path = "variations"

[resources.variations.write]
id = "id"
look_up = {{ query = {{ product = "{{product}}", sku = "{{sku}}" }}, match = ["sku"] }}
create = {{ id_member = "rows.id", required = ["product", "sku"] }}
update = {{ path = "variations/{{id}}" }}

[kinds.products.write.parts.categories]
resource = "categories"
fields = {{ code = "code", name = "name", parent = "parent.key" }}
member = "categories"
items = {{ id = "part.key" }}

[kinds.products.write.parts.variants]
resource = "variations"

[kinds.products.write.parts.variants.fields]
product = "parent.key"
{VARIANT}"""
"""Categories and variations are written by themselves."""

ASKED = CALLS.replace('member = "variations"\nkey', 'member = "lines"\nkey').replace(
    "[resources.products.write]",
    """[resources.products.lines.read]
kind = "request"
path = "variations"
query = { product = "{id}" }

[resources.products.write]""",
)
"""Variations are asked for, product by product."""

NESTED = f"""{HEAD}
[kinds.products.write.parts.categories]
member = "codes"
items = {{ "." = "code" }}

[kinds.products.write.parts.variants]
member = "variations"

[kinds.products.write.parts.variants.items]
id = "part.key"
{VARIANT}"""
"""All stands inside the product."""

FLAT = HEAD.replace('"variations"', '"nothing"').replace(
    'type = { field = "kind"', 'parent = "parent.key"\ntype = { field = "kind"'
)
"""Variants are products with a parent."""


class Webshop(RestServer):
    """A shop; its rows are what it keeps."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.tables: dict[str, list[Row]] = {"products": [], "variations": [], "categories": []}
        self._number = 0

    @property
    def products(self) -> dict[str, Row]:
        """The products by number."""
        return {row["sku"]: row for row in self.tables["products"]}

    @property
    def variations(self) -> dict[str, Row]:
        """The variations of all products by number."""
        return {row["sku"]: row for row in self.tables["variations"]}

    def writings(self) -> list[str]:
        """What was written, in order: ``POST categories TOOLS``."""
        told = []
        for asked in self.log:
            if asked.method != "GET":
                name = asked.json.get("sku") or asked.json.get("code") or asked.path.rpartition("/")[2]
                told.append(f"{asked.method} {asked.path.split('/')[1]} {name}")
        return told

    def answer(self, asked: Asked) -> Answer:
        table, _, key = asked.path.strip("/").partition("/")
        rows = self.tables[table]
        if asked.method == "POST":
            return self._create(table, asked.json)
        if key:
            row = next((each for each in rows if str(each["id"]) == key), None)
            if row is None:
                return Answer(404, {"fault": "no such row"})
            if asked.method == "PUT":
                return self._update(table, row, asked.json)
            return Answer(200, {"rows": [self._shown(table, row)]})
        found = [row for row in rows if all(str(row.get(name)) == value for name, value in asked.query.items())]
        return Answer(200, {"rows": [self._shown(table, row) for row in found]})

    def _create(self, table: str, record: Row) -> Answer:
        name = "code" if table == "categories" else "sku"
        if any(row[name] == record[name] for row in self.tables[table]):
            return Answer(409, {"fault": f"{record[name]} is there already"})
        if wrong := self._wrong(table, record):
            return Answer(400, {"fault": wrong})
        self._number += 1
        row = {"id": self._number, **{name: value for name, value in record.items() if name != "variations"}}
        self.tables[table].append(row)
        self._take_variations(row, record)
        return Answer(201, {"rows": row})

    def _update(self, table: str, row: Row, record: Row) -> Answer:
        if wrong := self._wrong(table, record):
            return Answer(400, {"fault": wrong})
        row |= {name: value for name, value in record.items() if name not in ("variations", "id")}
        self._take_variations(row, record)
        return Answer(200, {"rows": row})

    def _take_variations(self, product: Row, record: Row) -> None:
        """Take variations that stand inside a product: the list takes the place of what there was."""
        if "variations" not in record:
            return
        kept = []
        for each in record["variations"]:
            there = next((row for row in self.tables["variations"] if row["id"] == each.get("id")), None)
            if there is None:
                self._number += 1
                there = {"id": self._number, "product": product["id"]}
            kept.append({**there, **each, "id": there["id"]})
        others = [row for row in self.tables["variations"] if row["product"] != product["id"]]
        self.tables["variations"] = [*others, *kept]

    def _wrong(self, table: str, record: Row) -> str:
        known = {row["id"] for row in self.tables["categories"]}
        asked = [each["id"] for each in record.get("categories", ())] if table == "products" else []
        if table == "categories" and record.get("parent") is not None:
            asked = [record["parent"]]
        if gone := [each for each in asked if int(each) not in known]:
            return f"there is no category {gone[0]}"
        products = {str(row["id"]) for row in self.tables["products"]}
        parent = record.get("product") if table == "variations" else record.get("parent")
        if table != "categories" and parent is not None and str(parent) not in products:
            return f"there is no product {parent}"
        return ""

    def _shown(self, table: str, row: Row) -> Row:
        if table != "products":
            return row
        variations = [each for each in self.tables["variations"] if str(each["product"]) == str(row["id"])]
        shown = {"variations": variations, **row}
        if "categories" in row:
            shown["categories"] = [self._category(each) for each in row["categories"]]
        return shown

    def _category(self, each: Row) -> Row:
        """Return a category of a product with its code and name, and the code of the one above it."""
        by_id = {str(row["id"]): row for row in self.tables["categories"]}
        row = by_id.get(str(each.get("id")), each)
        above = by_id.get(str(row.get("parent")))
        return {**row, "parent": above["code"]} if above is not None else row


def add_webshop(flows: FlowSite, shop: Webshop, definition: str = CALLS, *, name: str = "shop", more: str = "") -> None:
    """Add a link to the shop."""
    flows.add_defined(name, definition, f"address = {json.dumps(shop.url)}", more=more)


def fill_products(flows: FlowSite) -> None:
    """Put a shirt in two colours and a mug into the catalogue."""
    flows.fill("product", [{"number": "SHIRT", "name.en": "Shirt", "long_description.en": "Of cotton"}])
    flows.fill(
        "article",
        [
            {"number": "S-RED", "product": "SHIRT", "description.en": "Shirt red", "gross_price": "20", "gtin": "871"},
            {"number": "S-BLUE", "product": "SHIRT", "description.en": "Shirt blue", "gross_price": "21"},
            {"number": "MUG", "description.en": "Mug", "gross_price": "5"},
        ],
    )
    feature = {"occurrence": "1"}
    flows.fill(
        "article_feature",
        [
            {"article": "S-RED", "system": "attribute", "feature": "Colour", "value": "red", **feature},
            {"article": "S-BLUE", "system": "attribute", "feature": "Colour", "value": "blue", **feature},
            {"article": "S-RED", "system": "ETIM-10.0", "feature": "EF1", "name.en": "Fit", "value": "slim", **feature},
            {
                "article": "S-BLUE",
                "system": "ETIM-10.0",
                "feature": "EF1",
                "name.en": "Fit",
                "value": "slim",
                **feature,
            },
            {"article": "MUG", "system": "ETIM-10.0", "feature": "EF2", "name.en": "Volume", "value": "30", **feature},
        ],
    )
    flows.fill(
        "catalogue_group",
        [
            {"catalogue": "own", "code": "CLOTHES", "name.en": "Clothes", "parent": "ALL"},
            {"catalogue": "own", "code": "ALL", "name.en": "Everything"},
        ],
    )
    flows.fill(
        "group_member",
        [
            {"catalogue": "own", "code": "CLOTHES", "article": "S-RED"},
            {"catalogue": "own", "code": "CLOTHES", "article": "S-BLUE"},
            {"catalogue": "own", "code": "ALL", "article": "MUG"},
        ],
    )
