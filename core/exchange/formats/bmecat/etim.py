"""BMEcat as the guideline of ETIM restricts and extends it: 5.0; 3.x is read."""

from __future__ import annotations

from functools import partial

from core.exchange.formats.bmecat.looking import inspect_catalogue
from core.exchange.formats.bmecat.names import RECORDS
from core.exchange.formats.bmecat.reading import read_catalogue
from core.exchange.formats.bmecat.rejects import rewrite_rejects
from core.exchange.formats.bmecat.writing import write_catalogue
from core.exchange.formats.contract import IndustryFormat

FORMAT = IndustryFormat(
    "etim-bmecat",
    "ETIM BMEcat",
    inspect=partial(inspect_catalogue, format_id="etim-bmecat"),
    read=partial(read_catalogue, format_id="etim-bmecat"),
    rewrite_rejects=rewrite_rejects,
    write=partial(write_catalogue, version="etim-5.0"),
    tells_deleted=True,
    records=RECORDS,
)
