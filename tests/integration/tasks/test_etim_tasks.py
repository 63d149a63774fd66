"""ETIM xChange and the ETIM classification through tasks: imported, changed, exported, and imported again."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from support.task_site import export_of, import_of
from support.xchange_files import RICH, changes, item, product, rich, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.task_site import TaskSite

    Make = Callable[..., TaskSite]

LAYOUT = """
[layouts.back]
direction = "export"
format = "etim-xchange"
header = { catalogue_version = "7.1" }
"""


def xchange_import(task_id: str = "take", **more: Any) -> str:
    return import_of(
        task_id, **{"entity": None, "layout": "etim-xchange", "file": "catalogue.json", "max_archived": 1, **more}
    )


def xchange_export(task_id: str = "send", **more: Any) -> str:
    return export_of(
        task_id,
        **{
            "entity": "product",
            "layout": "back",
            "file": "out.json",
            "assortment": "supplier",
            "overwrite": True,
            **more,
        },
    )


def written(site: TaskSite) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((site.home / "exports" / "out.json").read_bytes())
    return found


def unordered(value: Any) -> Any:
    """Return a value in which the order of lists, such as that of languages, makes no difference."""
    if isinstance(value, dict):
        return {name: unordered(each) for name, each in value.items()}
    return sorted((unordered(each) for each in value), key=str) if isinstance(value, list) else value


def test_a_catalogue_goes_through_the_store_and_comes_out_as_it_was(site: Make) -> None:
    made = site(LAYOUT, xchange_import(), xchange_export())
    made.put("uploads/catalogue.json", RICH.read_bytes())
    answer = made.run("take")
    assert answer.code in (0, 3), answer.told
    assert made.kept("number", entity="article") == ["A-1", "A-2"]
    assert made.run("take").counts["unchanged"] == answer.counts["new"]
    sent = made.run("send")
    assert (sent.code, sent.counts) == (0, {"written": 2}), sent.told
    value = written(made)
    assert unordered({**value, "GenerationDate": rich()["GenerationDate"]}) == unordered(rich())


def test_changes_archive_what_is_obsolete_and_must_follow_on(site: Make) -> None:
    made = site(xchange_import())
    made.put("uploads/catalogue.json", RICH.read_bytes())
    made.run("take")
    head = {"CatalogueId": "ACME-NL-1", "Language": ["en-GB"]}
    gone = item("A-2", ItemDetails={"ItemStatus": "OBSOLETE"})
    made.put("uploads/catalogue.json", text(changes(product("P-1", gone), since="7.1", version="7.2", **head)))
    made.run("take")
    assert made.kept("number", entity="article") == ["A-1"]
    assert made.kept("number", entity="product") == ["P-1", "P-2"]
    made.put("uploads/catalogue.json", text(changes(product("P-1"), since="7.1", version="7.3", **head)))
    answer = made.run("take")
    assert answer.code == 1
    assert "has the changes since version 7.1 of the catalogue ACME-NL-1" in answer.told["message"]


def test_changes_are_exported_with_what_is_gone(site: Make) -> None:
    made = site(LAYOUT, xchange_import(), xchange_export(entity="article", changes_only=True))
    made.put("uploads/catalogue.json", RICH.read_bytes())
    made.run("take")
    assert made.run("send").code == 0
    assert written(made)["CatalogueType"] == "FULL"
    assert "without a product" in made.run("send").told["message"]
    assert (written(made)["CatalogueId"], written(made)["CatalogueType"]) == ("ACME-NL-1", "CHANGE")
    head = {"CatalogueId": "ACME-NL-1", "Language": ["en-GB"]}
    gone = item("A-2", ItemDetails={"ItemStatus": "OBSOLETE"})
    made.put("uploads/catalogue.json", text(changes(product("P-1", gone), since="7.1", version="7.2", **head)))
    made.run("take")
    answer = made.run("send")
    value = written(made)
    assert (value["CatalogueType"], value["CatalogueVersion"], value["ChangeReferenceCatalogueVersion"]) == (
        "CHANGE", "7.1.2", "7.1.1",
    ), answer.told  # fmt: skip
    told = {
        each["ItemIdentification"]["SupplierItemNumber"]: each["ItemDetails"]["ItemStatus"]
        for supplier in value["Supplier"]
        for one in supplier["Product"]
        for each in one.get("TradeItem", ())
    }
    assert told == {"A-2": "OBSOLETE"}


@pytest.mark.parametrize("name", ["ETIM-10.0-X-EI-2024-12-05.zip"])
def test_a_release_of_the_classification_replaces_itself_and_no_other(site: Make, name: str) -> None:
    made = site(import_of("etim", entity=None, layout="etim-csv", file="ETIM-*.zip", max_archived=0.9))

    def put(release: str, *units: str) -> None:
        path = made.home / "release.zip"
        with zipfile.ZipFile(path, "w") as archive:
            lines = ["UNITOFMEASID;UNITDESC", *(f"{unit};{unit.lower()}" for unit in units), ""]
            archive.writestr("ETIMUNIT.csv", "\n".join(lines).encode("utf-16-le"))
        made.put(f"uploads/{name.replace('10.0', release)}", path.read_bytes())

    put("9.0", "EU1", "EU2")
    made.run("etim")
    put("10.0", "EU1", "EU3")
    assert made.run("etim").counts["new"] == 3
    put("10.0", "EU1", "EU4")
    answer = made.run("etim")
    assert (answer.counts["new"], answer.counts["archived"]) == (1, 1), answer.told
    assert made.kept("system, code", entity="classification_unit") == [
        ("ETIM-10.0", "EU1"), ("ETIM-10.0", "EU4"), ("ETIM-9.0", "EU1"), ("ETIM-9.0", "EU2"),
    ]  # fmt: skip
