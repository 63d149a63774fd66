"""ETIM xChange 2.0 (ETIM International, 27 November 2025): catalogues of suppliers as JSON, both ways; 1.x is read.

Decimals are texts, numbers of articles too; what is empty is left out. A file is a catalogue of one supplier or of
several, complete (FULL) or with what changed since an earlier version (CHANGE).
"""

from __future__ import annotations

from core.exchange.formats.contract import IndustryFormat
from core.exchange.formats.xchange.reading import inspect, read, rewrite_rejects
from core.exchange.formats.xchange.writing import write

FORMAT = IndustryFormat(
    "etim-xchange",
    "ETIM xChange 2.0",
    inspect=inspect,
    read=read,
    rewrite_rejects=rewrite_rejects,
    write=write,
    tells_deleted=True,
)
