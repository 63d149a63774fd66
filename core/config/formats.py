"""The formats of the industry by the ids under which settings name them."""

from __future__ import annotations

from typing import Literal

FormatId = Literal[
    "bmecat",
    "etim-bmecat",
    "etim-ixf",
    "etim-csv",
    "etim-xchange",
    "dico-sales",
    "dico-insbou",
    "pab",
    "icc",
    "icf",
    "fab-dis",
]
"""What a file is recognised as by its content; ``core.exchange.recognition`` tells each."""
