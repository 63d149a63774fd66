"""What is read of a format that a table describes, and written in it again, has every field and every element of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from lxml import etree
from support.bmecat_desk import shared
from support.format_desk import FormatDesk
from support.insbou_documents import insbou_document
from support.lossless import Comparison, of_xml, parsed

from core.config.industry import DicoHeader

if TYPE_CHECKING:
    from pathlib import Path

MESSAGES = {
    "Order": "order",
    "OrderResponse": "order_response",
    "DespatchAdvice": "despatch_advice",
    "Invoice": "invoice",
}


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("message", MESSAGES)
def test_all_that_the_table_of_insbou_knows(message: str, times: int, tmp_path: Path) -> None:
    root = insbou_document(shared("insbou003/elements.csv"), message, times)
    source = tmp_path / "source.xml"
    source.write_bytes(etree.tostring(root))
    desk = FormatDesk("dico-insbou", tmp_path)
    found = desk.read(source)
    assert (found.rejects, [each for each in found.warnings if "TotalNetLineAmount" not in each]) == ([], [])
    desk.put(found.rows, DicoHeader(), MESSAGES[message])
    assert desk.last.refusals == []
    comparison = Comparison({"@noNamespaceSchemaLocation": "which says of which message it is"})
    comparison.compare(message, of_xml(root), of_xml(parsed(desk.last.target)))
    comparison.finish()
