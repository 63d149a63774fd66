"""What is said of a value that cannot be understood."""

from __future__ import annotations


class Unfit(ValueError):
    """A value is not what its place calls for; the message is the rest of a sentence: ``is no decimal number``."""
