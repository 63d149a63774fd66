"""Files of PAB, DICO and FAB-DIS through tasks: imported, exported, and imported again."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from support.pab_files import GLN, article, header, price, product, surcharge
from support.task_site import export_of, import_of

from core.exchange.formats.pab.records import ARTLEV

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.task_site import TaskSite

    Make = Callable[..., TaskSite]

PRICED = {"GrossPriceInOrderUnit": "00000000045.5000", "CurrencyCode": "EUR", "Description": "Draad"}
ORDER = f"""<Order><OrderType>220</OrderType><OrderNumber>O1</OrderNumber><OrderDate>2026-03-01</OrderDate><Buyer><GLN>
8714230000076</GLN></Buyer><Supplier><GLN>{GLN}</GLN></Supplier><OrderLine><LineNumber>1</LineNumber><OrderedQuantity>2
</OrderedQuantity><LineIdentification>1</LineIdentification><TradeItemIdentification><SuppliersTradeItemIdentification>1
</SuppliersTradeItemIdentification></TradeItemIdentification></OrderLine></Order>"""


def pab_import(**more: Any) -> str:
    return import_of("articles", **{"entity": None, "layout": "pab", "file": "pab.zip", "max_rejected": 0.9, **more})


def pab_export(**more: Any) -> str:
    known = {"entity": "article", "layout": "pab", "file": "out.zip", "overwrite": True, "assortment": "supplier"}
    return export_of("send", **known | more)


def pab_set(*articles: bytes, mutation: str = "9", **members: bytes) -> bytes:
    found = {"HArtLev.txt": header(mutation), "ArtLev.txt": b"".join(articles)}
    found |= {f"{name}.txt": content for name, content in members.items()}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in found.items():
            archive.writestr(name, content)
    return packed.getvalue()


def members(site: TaskSite) -> dict[str, bytes]:
    with zipfile.ZipFile(site.home / "exports" / "out.zip") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_set_is_imported_changed_and_sent_on(site: Make) -> None:
    made = site(pab_import(max_archived=0.5), pab_export())
    first = pab_set(
        article("1", **PRICED),
        article("2", **PRICED),
        article("3", Productcode="P9"),
        Product=product("P1"),
        ArtPr2=price("1", StartDatePriceInformation="20270101", GrossPriceInOrderUnit="00000000050.0000"),
        ArtToKo=surcharge("2", AllowanceAmount="00000000001.0000"),
        ProdSpec=b"?",
    )
    made.put("uploads/pab.zip", first)
    answer = made.run("articles")
    assert answer.counts == {"read": 6, "new": 6}
    assert "ProdSpec.txt is present, not read" in answer.told["message"]
    assert "1 stub of product made" in answer.told["message"]
    assert made.kept("number, gross_price") == [("1", Decimal("45.5")), ("2", Decimal("45.5")), ("3", None)]
    assert made.kept("article, gross_price", entity="price") == [("1", Decimal(50))]

    made.put("uploads/pab.zip", pab_set(article("2", "2"), article("4", **PRICED), mutation="4"))
    assert made.run("articles").counts == {"read": 2, "new": 1, "archived": 1}
    assert made.kept("number") == ["1", "3", "4"]

    answer = made.run("send")
    assert (answer.code, answer.counts) == (3, {"written": 3})
    assert "Products have no net weight" in answer.told["message"]
    written = members(made)
    assert list(written) == ["HArtLev.txt", "Product.txt", "ArtLev.txt", "ArtPr2.txt"]
    rows = [ARTLEV.fixed.values(line) for line in written["ArtLev.txt"].decode("latin-1").split("\r\n") if line]
    assert [(row["TradeItemId"], row["GrossPriceInOrderUnit"]) for row in rows] == [
        ("1", "00000000045.5000"), ("3", ""), ("4", "00000000045.5000")
    ]  # fmt: skip

    made.put("uploads/pab.zip", (made.home / "exports" / "out.zip").read_bytes())
    again = made.run("articles").counts
    assert again == {"read": 5, "unchanged": 5}


def test_changes_are_sent_with_what_became_of_each(site: Make) -> None:
    made = site(pab_import(max_archived=0.9), pab_export(changes_only=True))
    made.put("uploads/pab.zip", pab_set(article("1", **PRICED), article("2", **PRICED)))
    made.run("articles")
    made.run("send")
    assert b"ART" in members(made)["HArtLev.txt"]
    changed = {**PRICED, "GrossPriceInOrderUnit": "00000000047.0000"}
    made.put("uploads/pab.zip", pab_set(article("1", "2"), article("2", "3", **changed), mutation="4"))
    made.run("articles")
    assert made.run("send").counts == {"written": 2}
    written = members(made)
    assert written["HArtLev.txt"][31:32] == b"4"
    assert [line[:2] for line in written["ArtLev.txt"].splitlines()] == [b"21", b"32"]


def test_a_set_that_says_otherwise_than_its_task_is_refused(site: Make) -> None:
    made = site(pab_import(delta=True))
    made.put("uploads/pab.zip", pab_set(article("1")))
    answer = made.run("articles")
    assert "says that it is complete (a complete set)" in answer.told["message"]
    assert made.kept("number") == []


def test_rejects_of_a_set_are_kept_as_a_set(site: Make) -> None:
    made = site(pab_import())
    made.put("uploads/pab.zip", pab_set(article("1"), article("2", GrossPriceInOrderUnit="1,50"), mutation="4"))
    answer = made.run("articles")
    assert answer.counts == {"read": 1, "new": 1, "rejected": 1}
    (kept,) = (made.data / "rejects" / f"run-{answer.told['run']}").iterdir()
    with zipfile.ZipFile(kept) as archive:
        assert archive.namelist() == ["HArtLev.txt", "ArtLev.txt"]
        assert archive.read("ArtLev.txt") == article("2", GrossPriceInOrderUnit="1,50")


def test_an_order_comes_in_and_goes_out(site: Make) -> None:
    known = {"entity": "order", "layout": "dico-insbou", "file": "order.xml", "assortment": "supplier"}
    made = site(
        import_of("orders", entity=None, layout="dico-insbou", file="order.xml"),
        export_of("send", **known),
    )
    made.put("uploads/order.xml", ORDER)
    answer = made.run("orders")
    assert answer.counts == {"read": 2, "new": 2}
    assert "1 stub of article made" in answer.told["message"]
    assert made.kept('"order", line, article, quantity', entity="order_line") == [("O1", 1, "1", Decimal(2))]
    answer = made.run("send")
    assert answer.counts == {"written": 1}
    assert "the schema of INSBOU003 is for members only" in answer.told["message"]
    assert b"<OrderNumber>O1</OrderNumber>" in (made.home / "exports" / "order.xml").read_bytes()


def test_invoices_of_sales005_are_not_written_unless_that_is_allowed(site: Make) -> None:
    known = {"entity": "order", "layout": "dico-sales", "file": "order.xml", "assortment": "supplier"}
    made = site(
        import_of("orders", entity=None, layout="dico-insbou", file="order.xml"),
        export_of("send", **known),
    )
    made.put("uploads/order.xml", ORDER)
    made.run("orders")
    answer = made.run("send")
    assert answer.code == 1
    assert "is not published" in answer.told["message"]


def test_a_workbook_of_fab_dis_is_all_there_is(site: Make) -> None:
    made = site(import_of("makers", entity=None, layout="fab-dis", file="f.xlsx", max_archived=0.9))

    def book(*references: str, gone: str = "") -> bytes:
        made_book = Workbook()
        sheet = made_book.worksheets[0]
        sheet.title = "B01_COMMERCE"
        for row in (["MARQUE", "REFCIALE", "TARIF"], *(["A", reference, "9,50"] for reference in references)):
            sheet.append(row)
        if gone:
            other = made_book.create_sheet("C05_ARRET")
            other.append(["MQEREFARRET", "REFARRET"])
            other.append(["A", gone])
        content = io.BytesIO()
        made_book.save(content)
        return content.getvalue()

    made.put("uploads/f.xlsx", book("001", "1E5", "X"))
    assert made.run("makers").counts == {"read": 3, "new": 3}
    made.put("uploads/f.xlsx", book("001", gone="X"))
    assert made.run("makers").counts == {"read": 2, "unchanged": 1, "archived": 2}
    assert made.kept("number, gross_price") == [("001", Decimal("9.5"))]
