"""BMEcat 1.2, 2005, 2005.1 and 2005.2; 1.01 is read."""

from __future__ import annotations

from functools import partial

from core.exchange.formats.bmecat.looking import inspect_catalogue
from core.exchange.formats.bmecat.names import RECORDS
from core.exchange.formats.bmecat.reading import read_catalogue
from core.exchange.formats.bmecat.rejects import rewrite_rejects
from core.exchange.formats.bmecat.writing import write_catalogue
from core.exchange.formats.contract import IndustryFormat

FORMAT = IndustryFormat(
    "bmecat",
    "BMEcat",
    inspect=partial(inspect_catalogue, format_id="bmecat"),
    read=partial(read_catalogue, format_id="bmecat"),
    rewrite_rejects=rewrite_rejects,
    write=lambda writing: write_catalogue(writing, writing.settings.version),
    tells_deleted=True,
    records=RECORDS,
)
