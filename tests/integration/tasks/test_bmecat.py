"""Catalogues of BMEcat through tasks: imported with all their entities, kept in step by updates, and exported again."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from support.bmecat_desk import catalogue, faults, prices, product
from support.task_site import export_of, import_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.task_site import TaskSite

    Make = Callable[..., TaskSite]

LAYOUT = """
[layouts.send]
direction = "export"
format = "bmecat"
header = { version = "2005.2", catalogue = "OURS", catalogue_version = "1.0", supplier = "Wij" }
"""


def catalogue_import(task_id: str = "take", **more: Any) -> str:
    return import_of(task_id, **{"entity": None, "layout": "bmecat", "file": "catalogue.xml", **more})


def catalogue_export(task_id: str = "send", **more: Any) -> str:
    return export_of(task_id, **{"entity": "article", "layout": "send", "file": "out.xml", "overwrite": True, **more})


def feature(value: str) -> str:
    return (
        "<PRODUCT_FEATURES><REFERENCE_FEATURE_SYSTEM_NAME>ETIM-10.0</REFERENCE_FEATURE_SYSTEM_NAME>"
        "<REFERENCE_FEATURE_GROUP_ID>EC000905</REFERENCE_FEATURE_GROUP_ID>"
        f"<FEATURE><FNAME>EF000227</FNAME><FVALUE>{value}</FVALUE></FEATURE></PRODUCT_FEATURES>"
        f"<MIME_INFO><MIME><MIME_SOURCE>{value}.jpg</MIME_SOURCE></MIME></MIME_INFO>"
    )


GROUP = (
    '<CATALOG_GROUP_SYSTEM><CATALOG_STRUCTURE type="root"><GROUP_ID>1</GROUP_ID><GROUP_NAME>Alles</GROUP_NAME>'
    "<PARENT_ID>0</PARENT_ID></CATALOG_STRUCTURE></CATALOG_GROUP_SYSTEM>"
)


def member(article: str) -> str:
    return (
        f"<PRODUCT_TO_CATALOGGROUP_MAP><PROD_ID>{article}</PROD_ID><CATALOG_GROUP_ID>1</CATALOG_GROUP_ID>"
        "</PRODUCT_TO_CATALOGGROUP_MAP>"
    )


FIRST = catalogue(GROUP + product("1", rest=feature("16")) + product("2", rest=feature("32")) + member("1"))


def taken(site: TaskSite, content: str, *arguments: str) -> Any:
    site.put("uploads/catalogue.xml", content.encode())
    return site.run("take", *arguments)


def amounts(site: TaskSite) -> list[Any]:
    return site.kept("article, quantity_from, gross_price", entity="price")


def test_a_catalogue_and_its_updates(site: Make) -> None:
    made = site(catalogue_import(max_archived=1.0))
    answer = taken(made, FIRST)
    # A group, two articles, and of each a price, a class, a feature and a file; one member; the catalogue itself.
    assert answer.counts == {"read": 13, "new": 13}
    assert made.kept("number, gross_price", entity="article") == [("1", Decimal(10)), ("2", Decimal(10))]
    refused = taken(made, FIRST)
    assert refused.code != 0
    assert "was imported already; nothing was changed" in refused.told["message"]

    assert taken(made, catalogue(prices("1", "8", "7"), transaction="T_UPDATE_PRICES", before="0")).code == 0
    assert amounts(made) == [
        ("1", Decimal(1), Decimal(8)),
        ("1", Decimal(10), Decimal(7)),
        ("2", Decimal(1), Decimal(10)),
    ]
    assert made.kept("number, gross_price", entity="article") == [("1", Decimal(8)), ("2", Decimal(10))]

    gap = taken(made, catalogue(product("1", mode="update"), transaction="T_UPDATE_PRODUCTS", before="4"))
    assert gap.code != 0
    assert "3 updates before it were never imported: 1 to 3" in gap.told["message"]

    body = product("1", mode="update", price="9") + product("2", mode="delete") + product("3", mode="new")
    assert taken(made, catalogue(body, transaction="T_UPDATE_PRODUCTS", before="1")).code == 0
    assert [number for number, _ in made.kept("number, gross_price", entity="article")] == ["1", "3"]
    assert amounts(made) == [("1", Decimal(1), Decimal(9)), ("3", Decimal(1), Decimal(10))]
    # The article is replaced whole: what the update does not say of it is gone, and so are the files of a deleted one.
    assert made.kept("value", entity="article_feature") == []
    assert made.kept("file", entity="attachment") == []
    assert made.kept("prev_version", entity="supplier_catalogue") == [2]


OWN_CLASSES = (
    "<CLASSIFICATION_SYSTEM><CLASSIFICATION_SYSTEM_NAME>udf-1.0</CLASSIFICATION_SYSTEM_NAME>"
    "<CLASSIFICATION_SYSTEM_LEVELS>1</CLASSIFICATION_SYSTEM_LEVELS><UNITS><UNIT><UNIT_ID>m</UNIT_ID></UNIT></UNITS>"
    "<CLASSIFICATION_SYSTEM_FEATURE_TEMPLATES><CLASSIFICATION_SYSTEM_FEATURE_TEMPLATE><FT_ID>L</FT_ID>"
    "<FT_NAME>Lengte</FT_NAME></CLASSIFICATION_SYSTEM_FEATURE_TEMPLATE></CLASSIFICATION_SYSTEM_FEATURE_TEMPLATES>"
    '<CLASSIFICATION_GROUPS><CLASSIFICATION_GROUP type="leaf"><CLASSIFICATION_GROUP_ID>K</CLASSIFICATION_GROUP_ID>'
    "<CLASSIFICATION_GROUP_NAME>Kabels</CLASSIFICATION_GROUP_NAME><CLASSIFICATION_GROUP_FEATURE_TEMPLATES>"
    "<CLASSIFICATION_GROUP_FEATURE_TEMPLATE><FT_IDREF>L</FT_IDREF></CLASSIFICATION_GROUP_FEATURE_TEMPLATE>"
    "</CLASSIFICATION_GROUP_FEATURE_TEMPLATES></CLASSIFICATION_GROUP></CLASSIFICATION_GROUPS></CLASSIFICATION_SYSTEM>"
)


def test_a_classification_that_came_along_is_sent_along(site: Make) -> None:
    made = site(catalogue_import(max_archived=1.0), catalogue_export(layout="bmecat"))
    assert taken(made, catalogue(OWN_CLASSES + GROUP + product("1") + member("1"))).code == 0
    assert made.kept("system, code", entity="classification_unit") == [("udf-1.0", "m")]
    body = product("1", mode="update", price="9")
    assert taken(made, catalogue(body, transaction="T_UPDATE_PRODUCTS", before="0")).code == 0
    assert made.run("send").code == 0
    written = (made.home / "exports" / "out.xml").read_bytes()
    lines = "".join(line.strip() for line in written.decode().splitlines())
    assert OWN_CLASSES in lines
    assert faults(written, "2005") == []


def test_prices_of_an_article_that_is_not_there_are_rejected(site: Make) -> None:
    made = site(catalogue_import(max_rejected=1.0, max_archived=1.0))
    taken(made, FIRST)
    answer = taken(made, catalogue(prices("1", "5") + prices("77", "5"), transaction="T_UPDATE_PRICES", before="0"))
    assert answer.counts["rejected"] == 2
    assert made.kept("number", entity="article") == ["1", "2"]


def test_a_task_for_changes_refuses_a_complete_catalogue(site: Make) -> None:
    made = site(catalogue_import(delta=True))
    answer = taken(made, FIRST)
    assert answer.code != 0
    assert "says that it is complete (a new catalogue)" in answer.told["message"]


def test_rejects_of_a_new_catalogue_are_mended_and_imported_as_an_update(site: Make) -> None:
    made = site(catalogue_import(max_rejected=0.5))
    answer = taken(made, catalogue(product("1") + product("2", price="1,5") + product("3")))
    assert answer.counts["rejected"] == 1
    (kept,) = (made.data / "rejects" / f"run-{answer.told['run']}").iterdir()
    again = taken(made, kept.read_text().replace("1,5", "1.5"))
    assert "its order is not checked" in again.told["message"]
    assert made.kept("number, gross_price", entity="article") == [
        ("1", Decimal(10)), ("2", Decimal("1.5")), ("3", Decimal(10)),
    ]  # fmt: skip


def test_what_was_imported_is_exported_and_what_changed_as_an_update(site: Make) -> None:
    made = site(catalogue_import(max_archived=1.0), LAYOUT, catalogue_export(changes_only=True))
    taken(made, FIRST)
    assert made.run("send").counts == {"written": 2}
    first = (made.home / "exports" / "out.xml").read_bytes()
    assert b"<T_NEW_CATALOG>" in first
    assert faults(first, "2005.2") == []

    body = product("1", mode="update", price="9") + product("2", mode="delete")
    taken(made, catalogue(body, transaction="T_UPDATE_PRODUCTS", before="0"))
    made.run("send")
    second = (made.home / "exports" / "out.xml").read_bytes()
    assert b'<T_UPDATE_PRODUCTS prev_version="0">' in second
    assert second.count(b'mode="update"') == second.count(b'mode="delete"') == 1
    assert faults(second, "2005.2") == []


def test_what_was_too_long_is_sent_once_texts_may_be_cut(site: Make) -> None:
    made = site(catalogue_import(max_archived=1.0), LAYOUT, catalogue_export(changes_only=True))
    long = "<MANUFACTURER_NAME>" + "x" * 60 + "</MANUFACTURER_NAME>"
    taken(made, catalogue(product("1", details=long) + product("2")))
    sent = made.home / "exports" / "out.xml"
    assert made.run("send").counts == {"written": 1}
    assert made.run("send").counts == {}
    config = made.home / "config.toml"
    config.write_text(config.read_text().replace('supplier = "Wij"', 'supplier = "Wij", too_long = "cut"'))
    assert made.run("send").counts == {"written": 2}
    assert b"x" * 50 in sent.read_bytes()
    assert made.run("send").counts == {}


def test_a_new_version_takes_the_place_of_the_one_before(site: Make) -> None:
    made = site(catalogue_import(max_archived=1.0))
    taken(made, FIRST)
    run = taken(made, catalogue(product("2"), catalogue_version="2.0")).told["run"]
    assert made.kept("version, changed_by_run", entity="supplier_catalogue") == [("2.0", run)]
    assert made.kept("number", entity="article") == ["2"]
    assert made.kept("code", entity="group_member") == []


@pytest.mark.parametrize("layout", ["bmecat", "etim-bmecat"])
def test_a_dry_run_changes_nothing(site: Make, layout: str) -> None:
    made = site(catalogue_import(layout=layout))
    assert taken(made, FIRST, "--dry-run").counts["new"] == 13
    assert made.kept("number", entity="article") == []


def test_a_catalogue_that_is_large_enough_for_several_processes_is_taken_whole(site: Make) -> None:
    made = site(catalogue_import(max_archived=1.0, max_rejected=0.1))
    # Of the size from which helpers are started, where there is more than one processor; with few records.
    padding = f"<!--{'x' * 2_000_000}\n-->"
    products = [
        product(str(number), details=padding, price="x" if number == 7 else str(number)) for number in range(20)
    ]
    answer = taken(made, catalogue("\n".join(products) + member("1")))
    # Articles and prices, but one; the member, and the catalogue.
    assert (answer.counts["read"], answer.counts["new"], answer.counts["rejected"]) == (41, 41, 1)
    assert [row[1] for row in made.kept("number, gross_price", entity="article")].count(None) == 1
    assert taken(made, catalogue(products[0].replace(">0<", ">99<"), catalogue_version="2")).code == 0
