"""FAB-DIS 3.0 (France, building supplies): a workbook with a sheet for each block of what makers say of their articles.

Read only. Where columns stand is known; types, lengths and tables of values are in a kit that needs an account, so
values are taken as they are. 2.x is read as far as its columns are known.
"""

from __future__ import annotations

from core.exchange.formats.contract import IndustryFormat
from core.exchange.formats.fabdis.reading import inspect, read, rewrite_rejects, source_records

FORMAT = IndustryFormat(
    "fab-dis",
    "FAB-DIS",
    inspect=inspect,
    read=read,
    rewrite_rejects=rewrite_rejects,
    unpacks=False,
    source_records=source_records,
    workbook=True,
)
