"""What a file is, told by its content: the registry of formats, and what the operator's own layouts would take."""

from __future__ import annotations

from core.exchange.recognition.claim import Claim
from core.exchange.recognition.own_layouts import LayoutFit
from core.exchange.recognition.registry import FORMATS, Format, Recognition, recognise

__all__ = ["FORMATS", "Claim", "Format", "LayoutFit", "Recognition", "recognise"]
