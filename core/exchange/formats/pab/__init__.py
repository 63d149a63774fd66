"""PAB 2.03 (Stichting ETIM Nederland, 2007): articles, prices and products as files of lines of fixed width.

A set is mostly one zip file. Five of its ten record files are known exactly: HArtLev (header), ArtLev (articles),
ArtPr2 (prices to come), ArtToKo (surcharges and discounts) and Product; AttachmentIndex2, of 2BA, is lines with tabs.
Where the fields of the others stand is not published: they are named, and never guessed at. Of PAB 1, ArtLev is read.
"""

from __future__ import annotations

from core.exchange.formats.contract import IndustryFormat
from core.exchange.formats.pab.reading import inspect, read, rewrite_rejects, source_records
from core.exchange.formats.pab.writing import write

FORMAT = IndustryFormat(
    "pab",
    "PAB 2.03",
    inspect=inspect,
    read=read,
    rewrite_rejects=rewrite_rejects,
    write=write,
    unpacks=False,
    tells_deleted=True,
    source_records=source_records,
)
