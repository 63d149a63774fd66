"""BMEcat 1.2, 2005, 2005.1 and 2005.2; 1.01 is read."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from core.exchange.formats.bmecat.looking import inspect_catalogue
from core.exchange.formats.bmecat.reading import read_catalogue
from core.exchange.formats.bmecat.rejects import rewrite_rejects
from core.exchange.formats.bmecat.writing import write_catalogue
from core.exchange.formats.contract import IndustryFormat

if TYPE_CHECKING:
    from core.config.industry import BmecatHeader
    from core.exchange.formats.contract import Writing


def _schema(writing: Writing) -> str:
    """Return the official schema. Those of 1.2 and 2005 are for a namespace that no file in the field has."""
    header: BmecatHeader = writing.settings
    return {"2005.1": "bmecat_2005_1.xsd", "2005.2": "bmecat_2005_2.xsd"}.get(header.version, "-")


FORMAT = IndustryFormat(
    "bmecat",
    "BMEcat",
    inspect=partial(inspect_catalogue, format_id="bmecat"),
    read=partial(read_catalogue, format_id="bmecat"),
    rewrite_rejects=rewrite_rejects,
    write=lambda writing: write_catalogue(writing, writing.settings.version),
    tells_deleted=True,
    schema=_schema,
)
