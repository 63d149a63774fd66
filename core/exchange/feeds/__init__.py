"""Feeds: nested documents, XML and JSON, compiled to SQL and written as they are computed."""

from __future__ import annotations
