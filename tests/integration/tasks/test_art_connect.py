"""The tasks of Art-Connect: invoices since a cursor, settings with passwords, new users (DP4)."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree
from support.pendel_cli import pendel
from support.task_site import task_table

from core.config.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.task_site import TaskSite

    Make = Callable[..., TaskSite]

GLN = "8714230000076"
PASSWORD = "tulip-harbour-91"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp()
LAYOUTS = "".join(
    f"""
[layouts.{entity}]
direction = "import"
entity = "{entity}"
format = "csv"
columns = [{", ".join(f'{{ column = "{name}", field = "{name}" }}' for name in columns.split())}]
[[tasks]]
id = "{entity}"
type = "import"
description = "{entity}"
sequence = {number}
entity = "{entity}"
layout = "{entity}"
file = "{entity}.csv"
settle = 0
"""
    for number, (entity, columns) in enumerate(
        {
            "organisation": "number name gln active",
            "point_of_sale": "number organisation name gln active",
            "message_channel": "code organisation point_of_sale message url user_name secret format active",
            "user_account": "user_name first_name email organisation active",
        }.items()
    )
)


def invoice(number: str, *, quantity: str = "2", price: str = "5.00") -> str:
    line = f"""<InvoiceLine><LineNumber>1</LineNumber><DeliveredQuantity>{quantity}</DeliveredQuantity>
<NumberOfInvoicingUnits>2</NumberOfInvoicingUnits><NetLineAmount>10.00</NetLineAmount><TradeItemIdentification>
<SuppliersTradeItemIdentification>A1</SuppliersTradeItemIdentification></TradeItemIdentification><PriceInformation>
<Price>{price}</Price></PriceInformation></InvoiceLine>"""
    return f"""<Invoice><InvoiceType>380</InvoiceType><InvoiceNumber>{number}</InvoiceNumber>
<InvoiceDate>2026-03-01</InvoiceDate><Currency>EUR</Currency><Buyer><GLN>8712345678906</GLN></Buyer>
<Supplier><GLN>{GLN}</GLN></Supplier><Invoicee><GLN>8712345678906</GLN></Invoicee>{line}<VATSubTotal><VATAmount>2.10
</VATAmount></VATSubTotal></Invoice>"""


def invoices(**more: Any) -> str:
    given = {"source": {"location": "in", "path": "invoices/*.xml"}, "settle": 0, "assortment": "connect", **more}
    return task_table("invoices", "artconnect-invoices", given)


def put(site: TaskSite, name: str, content: str, minutes: int) -> None:
    """Put an invoice there that was written so many minutes past noon."""
    file = site.put(f"in/invoices/{name}", content)
    os.utime(file, (NOON + 60 * minutes,) * 2)


def numbers(site: TaskSite) -> list[Any]:
    return site.kept("number", entity="invoice")


def test_invoices_are_read_once_and_again_when_they_change(site: Make) -> None:
    made = site(invoices())
    put(made, "1.xml", invoice("F1"), 0)
    put(made, "2.xml", invoice("F2"), 1)
    assert made.run("invoices").counts == {"read": 4, "new": 4}
    assert pendel(made.config, "cursor", "invoices").told["cursor"] == "2026-03-02T12:01:00+00:00"
    assert made.kept("invoice, line, quantity", entity="invoice_line") == [("F1", 1, 2), ("F2", 1, 2)]

    answer = made.run("invoices")
    assert (answer.code, answer.counts) == (0, {})
    assert answer.told["message"] == "No invoice was created or changed since the cursor."

    put(made, "1.xml", invoice("F1", quantity="3"), 5)
    put(made, "3.xml", invoice("F3"), 1)  # within the very minute of the newest that was read
    answer = made.run("invoices")
    assert answer.counts == {"read": 4, "new": 2, "changed": 1, "unchanged": 1}
    assert made.kept("invoice, quantity", entity="invoice_line") == [("F1", 3), ("F2", 2), ("F3", 2)]
    assert sorted(made.files("in")) == ["invoices/1.xml", "invoices/2.xml", "invoices/3.xml"]


def test_a_cursor_that_was_set_by_hand_brings_what_came_since(site: Make) -> None:
    made = site(invoices())
    for number in range(4):
        put(made, f"{number}.xml", invoice(f"F{number}"), number)
    pendel(made.config, "cursor", "invoices", "--set", "2026-03-02T12:02:00+00:00")
    assert made.run("invoices").code == 0
    assert numbers(made) == ["F2", "F3"]
    pendel(made.config, "cursor", "invoices", "--set", "2026-03-02T11:00:00+00:00")
    assert made.run("invoices").counts == {"read": 8, "new": 4, "unchanged": 4}
    assert numbers(made) == ["F0", "F1", "F2", "F3"]


def test_one_that_cannot_be_read_holds_up_no_other_and_is_tried_again(site: Make) -> None:
    made = site(invoices())
    put(made, "1.xml", invoice("F1"), 0)
    put(made, "2.xml", invoice("F2")[:-20], 1)
    put(made, "3.xml", invoice("F3"), 2)
    answer = made.run("invoices")
    assert (answer.code, answer.counts) == (3, {"read": 4, "new": 4})
    assert "Left out 2.xml: " in answer.told["message"]
    assert "1 file left out, and tried again by the next run: 2.xml." in answer.told["message"]
    assert numbers(made) == ["F1", "F3"]
    put(made, "2.xml", invoice("F2"), 1)
    assert made.run("invoices").code == 0
    assert numbers(made) == ["F1", "F2", "F3"]
    assert made.run("invoices").counts == {}


def test_an_invoice_with_a_line_that_is_none_is_left_out_whole(site: Make) -> None:
    made = site(invoices())
    put(made, "1.xml", invoice("F1", quantity="many"), 0)
    answer = made.run("invoices")
    assert (answer.code, answer.counts) == (1, {})
    assert numbers(made) == []
    assert pendel(made.config, "cursor", "invoices").told["cursor"] is None


def test_what_is_no_invoice_is_left_out(site: Make) -> None:
    made = site(invoices())
    order = f"""<Order><OrderType>220</OrderType><OrderNumber>O1</OrderNumber><OrderDate>2026-03-01</OrderDate><Buyer>
<GLN>{GLN}</GLN></Buyer><Supplier><GLN>{GLN}</GLN></Supplier><OrderLine><LineNumber>1</LineNumber><OrderedQuantity>2
</OrderedQuantity><LineIdentification>1</LineIdentification><TradeItemIdentification><SuppliersTradeItemIdentification>1
</SuppliersTradeItemIdentification></TradeItemIdentification></OrderLine></Order>"""
    put(made, "1.xml", order, 0)
    put(made, "2.xml", invoice("F2"), 1)
    answer = made.run("invoices")
    assert answer.code == 3
    assert "1.xml has no invoices but records of order and order_line" in answer.told["message"]
    assert (numbers(made), made.kept("number", entity='"order"')) == (["F2"], [])


def test_a_dry_run_moves_no_cursor_and_a_revert_puts_invoices_back(site: Make) -> None:
    made = site(invoices())
    put(made, "1.xml", invoice("F1"), 0)
    assert made.run("invoices", "--dry-run").counts == {"read": 2, "new": 2}
    assert pendel(made.config, "cursor", "invoices").told["cursor"] is None
    run = made.run("invoices").told["run"]
    assert pendel(made.config, "revert", str(run)).code == 0
    assert numbers(made) == []


# -- settings ----------------------------------------------------------------------------------------------------------

ORGANISATIONS = "number,name,gln,active\nS1,Draad & Zn,8714230000076,\nS2,Buis,,\nS3,Old,,no\nS4,Nobody,,\n"
SITES = "number,organisation,name,gln,active\nP1,S1,Counter,8714230000083,\nP2,S3,Closed,,\n"
CHANNELS = """code,organisation,point_of_sale,message,url,user_name,secret,format,active
c1,S1,,order,https://draad.example/in,us,art-connect-draad,SALES005,
c2,S1,,invoice,https://draad.example/out,,,,
c3,,P1,packing_list,sftp://counter.example/lists,them,art-connect-draad,,
c4,S2,,confirmation,https://buis.example,,,,
c5,S2,,order,https://buis.example/old,,,,no
c6,S3,,order,https://old.example,,,,
"""


@pytest.fixture
def told(site: Make) -> TaskSite:
    """A site whose catalogue knows how suppliers are reached."""
    target = {"location": "out", "path": "settings.xml"}
    made = site(LAYOUTS, task_table("settings", "artconnect-settings", {"target": target}))
    made.put("uploads/organisation.csv", ORGANISATIONS)
    made.put("uploads/point_of_sale.csv", SITES)
    made.put("uploads/message_channel.csv", CHANNELS)
    assert made.run("organisation", "point_of_sale", "message_channel").code == 0
    Vault(made.data).set("art-connect-draad", PASSWORD)
    return made


def schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.fromstring(files("core.tasks.art_connect").joinpath(name).read_bytes()))


def test_the_settings_of_all_suppliers_and_points_of_sale_are_one_file(told: TaskSite) -> None:
    answer = told.run("settings")
    assert (answer.code, answer.counts) == (0, {"written": 4})
    root = etree.fromstring((told.home / "out/settings.xml").read_bytes())
    schema("settings-1.xsd").assertValid(root)
    assert [etree.QName(each).localname for each in root.iter() if each.text and each.text.strip()] == [
        "Name", "Url", "UserName", "Password", "Format", "Url", "Name", "Url", "UserName", "Password", "Name", "Url",
    ]  # fmt: skip
    found = {"n": root.nsmap[None]}
    suppliers = root.findall("n:Supplier", found)
    assert [each.get("number") for each in suppliers] == ["S1", "S2"]
    assert [each.text for each in root.findall(".//n:Password", found)] == [PASSWORD, PASSWORD]
    (counter,) = root.findall(".//n:PointOfSale", found)
    assert (counter.get("number"), counter.get("gln")) == ("P1", "8714230000083")
    messages = [each.get("message") for each in root.findall(".//n:Channel", found)]
    assert messages == ["order", "invoice", "packing_list", "confirmation"]


def test_a_catalogue_that_knows_nobody_takes_no_settings_away(site: Make) -> None:
    target = {"location": "out", "path": "settings.xml"}
    made = site(task_table("settings", "artconnect-settings", {"target": target}))
    for more in ((), ("--dry-run",)):
        answer = made.run("settings", *more)
        assert answer.code == 5
        assert "No supplier or point of sale has an address for messages." in answer.told["message"]
    assert not (made.home / "out/settings.xml").exists()


def holding(directory: Path, text: str) -> list[str]:
    """Return the files below a directory that have a text in them."""
    return [
        str(path.relative_to(directory))
        for path in directory.rglob("*")
        if path.is_file() and text.encode() in path.read_bytes()
    ]


def test_a_password_stands_in_the_delivered_file_and_nowhere_else(told: TaskSite) -> None:
    told.run("settings")
    told.run("settings", "--dry-run")
    assert holding(told.home, PASSWORD) == ["out/settings.xml"]
    assert not [name for name in told.spooled() if "/" in name and name.startswith("run-4")]


def test_a_delivery_that_fails_leaves_no_password_behind(told: TaskSite) -> None:
    (told.home / "out").rmdir()
    answer = told.run("settings")
    assert answer.code == 1
    assert holding(told.home, PASSWORD) == []
    (told.home / "out").mkdir()
    assert told.run("settings").code == 0


def test_no_other_secret_of_this_house_is_sent(told: TaskSite) -> None:
    Vault(told.data).set("erp", "another-secret")
    told.put("uploads/message_channel.csv", CHANNELS.replace("art-connect-draad", "erp"))
    told.run("message_channel")
    answer = told.run("settings")
    assert answer.code == 1
    assert "channel c1 names a secret that does not begin with art-connect-" in answer.told["message"]
    assert told.files("out") == {}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("art-connect-draad", "art-connect-gone"), "names the secret art-connect-gone, which is not in the vault"),
        (("order,https", "orders,https"), "channel c1 is for orders, which is none of order, confirmation"),
        (("c2,S1,,", "c2,,,"), "channel c2 has neither a supplier nor a point of sale"),
        (("https://buis.example,", ","), "channel c4 has no address"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_sent(told: TaskSite, change: tuple[str, str], problem: str) -> None:
    told.put("uploads/message_channel.csv", CHANNELS.replace(*change))
    told.run("message_channel")
    answer = told.run("settings")
    assert answer.code == 1
    assert problem in answer.told["message"]
    assert told.files("out") == {}


# -- users -------------------------------------------------------------------------------------------------------------


def test_only_new_accounts_are_sent(site: Make) -> None:
    target = {"location": "out", "path": "users.xml"}
    made = site(LAYOUTS, task_table("users", "artconnect-users", {"target": target}))
    made.put("uploads/user_account.csv", "user_name,first_name,email,organisation,active\nann,Ann,a@example.nl,,\n")
    made.run("user_account")
    assert made.run("users").counts == {"written": 1}
    file = made.home / "out/users.xml"
    root = etree.fromstring(file.read_bytes())
    schema("users-1.xsd").assertValid(root)
    assert re.findall(r'name="(\w+)"', file.read_text()) == ["ann"]
    assert root.get("accounts") == "1"

    made.put(
        "uploads/user_account.csv",
        "user_name,first_name,email,organisation,active\nann,Anna,a@example.nl,,\nben,Ben,,,\ncy,Cy,,,no\n",
    )
    made.run("user_account")
    assert made.run("users").counts == {"written": 1}
    assert re.findall(r'name="(\w+)"', file.read_text()) == ["ben"]

    file.unlink()
    answer = made.run("users")
    assert (answer.code, answer.told["message"]) == (0, "No record to export; no file was written.")
    assert not file.exists()
    assert pendel(made.config, "cursor", "users").told["cursor"] is not None
