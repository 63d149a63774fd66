"""Formats of which several files lie in one zip file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.pab_files import article, header, zip_of

from core.exchange.recognition import recognise

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="Order_insbou003.xsd"'
ORDER = f"<Order {SCHEMA}><OrderNumber>1</OrderNumber></Order>".encode()
INVOICE = b'<Invoice xmlns="http://www.ketenstandaard.nl/factuur/SALES/005"><InvoiceNumber>1</InvoiceNumber></Invoice>'


def test_a_set_of_pab_with_attachments_has_nothing_that_is_not_known(tmp_path: Path) -> None:
    members = {"HArtLev.txt": header(), "ArtLev.txt": article(), "AttachmentIndex2.txt": b"1\tPPI\thttp://x/1.jpg\r\n"}
    claim = recognise(zip_of(tmp_path / "set.zip", members)).claim
    assert claim is not None
    assert (claim.format, claim.sure) == ("pab", True)
    assert "present, and not known" not in claim.facts


def test_several_messages_of_one_standard_are_recognised(tmp_path: Path) -> None:
    orders = recognise(zip_of(tmp_path / "o.zip", {"a.xml": ORDER, "b.XML": ORDER, "c.pdf": b"%PDF"})).claim
    assert orders is not None
    assert (orders.format, orders.name, orders.sure) == ("dico-insbou", "DICO/INSBOU 003, several messages", True)
    invoices = recognise(zip_of(tmp_path / "i.zip", {"a.xml": INVOICE, "b.xml": INVOICE})).claim
    assert invoices is not None
    assert invoices.format == "dico-sales"


def test_messages_of_different_standards_are_none(tmp_path: Path) -> None:
    assert not recognise(zip_of(tmp_path / "m.zip", {"a.xml": ORDER, "b.xml": INVOICE})).claims
    assert not recognise(zip_of(tmp_path / "m.zip", {"a.xml": ORDER, "b.xml": b"<Order/>"})).claims
