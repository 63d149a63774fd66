"""Documents for Art-Connect, held against the schemas that come along."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from core.errors import DataError
from core.text import clean

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from core.tasks.context import RunContext


def refuse_unfit(context: RunContext, root: Element, schema: str) -> None:
    """Refuse a document that is not as its schema wants it; it has no secrets yet, for a message names values.

    Raises:
        DataError: it is not; nothing is sent.
    """
    from lxml import etree

    rules = etree.XMLSchema(etree.fromstring(files(__package__).joinpath(schema).read_bytes()))
    if rules.validate(root):
        return
    faults = [clean(each.message, limit=300) for each in rules.error_log]
    for fault in faults[:20]:
        context.log.error("%s: %s", schema, fault)
    raise DataError(
        f"The document is not as {schema} wants it: {faults[0]}",
        advice="Nothing was sent. Mend the records in the catalogue; the log has what else is wrong.",
    )
