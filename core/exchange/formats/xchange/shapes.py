"""What a value of ETIM xChange may be, and whether it is that: read from the tree in :mod:`.schema`.

A line of the tree is a member: its name, ``*`` where it is mandatory, ``[]`` for a list (``[+]``: of one at least;
``{}``: of different ones), and what it is: ``text 80`` (characters at most, and at least), ``decimal 12 4`` (digits
before and behind the point, as a text), ``signed``, ``whole 1`` (at least), ``words 80`` (texts with their language),
``in Status`` (one of a list of codes) … What has members of its own is an object.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from core.exchange.formats.xchange.schema import CODES, TREE

if TYPE_CHECKING:
    from collections.abc import Callable

Path = tuple[str | int, ...]
Cut = "Callable[[str, int, str], str | None]"

_PATTERNS: Final = {
    "language": (r"[a-z]{2}-[A-Z]{2}", "is no language as nl-NL"),
    "country": (r"[A-Z]{2}", "is no country as NL"),
    "currency": (r"[A-Z]{3}", "is no currency as EUR"),
    "gln": (r"[0-9]{13}", "is no GLN, which has 13 digits"),
    "duns": (r"[0-9]{9}", "is no D-U-N-S number, which has 9 digits"),
    "gtin": (r"[0-9]{8,14}", "is no GTIN, which has 8 to 14 digits"),
    "date": (r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "is no date"),
    "email": (r"[^@\s]+@[^@\s]+", "is no e-mail address"),
    "uri": (r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+", "is no whole address (https://…)"),
}
"""A URI has no blanks and no letters beyond ASCII (RFC 3986)."""
_NO_URI = re.compile(r'[<>"{}|\\^`]|%(?![0-9A-Fa-f]{2})')
_MEMBER = re.compile(
    r"(?P<indent> *)(?P<name>\w+)(?P<must>\*?)(?P<list>\[\+?\]|\{\})?(?: (?P<kind>[\w-]+)(?: (?P<rest>.+))?)?"
)


class Misfit(ValueError):
    """A value is not what the standard wants in its place; the message is a sentence without a subject."""

    def __init__(self, reason: str, path: Path = (), value: object = "") -> None:
        super().__init__(reason)
        self.reason, self.path, self.value = reason, path, value

    def at(self, step: str | int) -> Misfit:
        """Return the same of what it stands in."""
        return Misfit(self.reason, (step, *self.path), self.value)


@dataclass(slots=True)
class Shape:
    """What a value may be."""

    kind: str
    """``object``, ``list``, or a word of the tree."""
    members: dict[str, Shape] = field(default_factory=dict)
    mandatory: frozenset[str] = frozenset()
    item: Shape | None = None
    least: int = 0
    """Characters of a text, or elements of a list; the least whole number."""
    most: int = 0
    different: bool = False
    pattern: re.Pattern[str] | None = None
    codes: frozenset[str] = frozenset()
    reason: str = ""

    def fit(self, value: Any, cut: Callable[[str, int, str], str | None], name: str = "") -> Any:
        """Return a value as it may be written: its members in their order, without those that are empty or not known.

        ``cut`` is asked for a text that is too long: with the text, the characters that there are, and its name.

        Raises:
            Misfit: it is something else, or a mandatory member is missing.
        """
        match self.kind:
            case "object":
                return self._object(value, cut)
            case "list":
                return self._list(value, cut, name)
            case "any":
                return value
            case "flag":
                fits, reason = isinstance(value, bool), "is neither true nor false"
            case "whole":
                fits = isinstance(value, int) and not isinstance(value, bool) and value >= self.least
                reason = f"is no whole number from {self.least} on"
            case "number":
                fits, reason = isinstance(value, int | float) and not isinstance(value, bool), "is no number"
            case _:
                return self._text(value, cut, name)
        if not fits:
            raise Misfit(reason, (), value)
        return value

    def _object(self, value: Any, cut: Callable[[str, int, str], str | None]) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Misfit("is no object", (), value)
        result: dict[str, Any] = {}
        for name, shape in self.members.items():
            found = value.get(name)
            empty = found in (None, "", [], {})
            if name in self.mandatory:
                if found is None or (empty and not (found == [] and not shape.least)):
                    raise Misfit(f"lacks {name}, which ETIM xChange wants")
            elif empty:
                continue
            try:
                found = shape.fit(found, cut, name)
            except Misfit as misfit:
                raise misfit.at(name) from None
            if found in ([], {}) and name not in self.mandatory:
                continue
            result[name] = found
        return result

    def _list(self, value: Any, cut: Callable[[str, int, str], str | None], name: str) -> list[Any]:
        if not isinstance(value, list):
            raise Misfit("is no list", (), value)
        assert self.item is not None  # noqa: S101 - a list has one by the tree
        result: list[Any] = []
        for number, each in enumerate(value):
            try:
                found = self.item.fit(each, cut, name)
            except Misfit as misfit:
                raise misfit.at(number) from None
            if not self.different or found not in result:
                result.append(found)
        return result

    def _text(self, value: Any, cut: Callable[[str, int, str], str | None], name: str) -> str:
        if not isinstance(value, str):
            raise Misfit("is no text", (), value)
        if self.codes:
            if value not in self.codes:
                raise Misfit("is no code that ETIM xChange has here", (), value)
        elif self.pattern is not None:
            if not self.pattern.fullmatch(value) or (self.kind == "uri" and _NO_URI.search(value)):
                raise Misfit(self.reason, (), value)
        elif len(value) < self.least:
            raise Misfit(f"is shorter than the {self.least} characters that ETIM xChange wants", (), value)
        elif len(value) > self.most:
            fitted = cut(value, self.most, name)
            if fitted is None:
                raise Misfit(f"is longer than the {self.most:,} characters that ETIM xChange has for it", (), value)
            return fitted
        return value


@cache
def document() -> Shape:
    """Return the shape of a whole document."""
    root = Shape("object")
    open_objects = [root]
    for line in TREE.strip("\n").splitlines():
        match = _MEMBER.fullmatch(line)
        assert match is not None, line  # noqa: S101 - the tree is ours
        depth = len(match["indent"]) // 2
        shape = _shape(match["name"], match["kind"], match["rest"] or "")
        parent = open_objects[depth]
        del open_objects[depth + 1 :]
        open_objects.append(shape)
        if match["list"]:
            shape = Shape("list", item=shape, least=int("+" in match["list"]), different=match["list"] == "{}")
        elif match["kind"] == "words":
            shape = Shape("list", item=shape)
        parent.members[match["name"]] = shape
        if match["must"]:
            parent.mandatory |= {match["name"]}
    return root


def shape_at(*path: str) -> Shape:
    """Return the shape of what stands at a path; of a list, that of its elements."""
    shape = document()
    for name in path:
        shape = shape.members[name]
        if shape.kind == "list" and shape.item is not None:
            shape = shape.item
    return shape


def _shape(name: str, kind: str | None, rest: str) -> Shape:
    match kind:
        case None:
            return Shape("object")
        case "words":
            texts = {"Language": _shape("Language", "language", ""), name: Shape("text", least=1, most=int(rest))}
            return Shape("object", texts, frozenset({name}))
        case "text":
            most, _, least = rest.partition(" ")
            return Shape("text", least=int(least or 1), most=int(most))
        case "decimal" | "signed":
            whole, part = rest.split(" ")
            sign = "-?" if kind == "signed" else ""
            pattern = re.compile(rf"{sign}[0-9]{{1,{whole}}}\.?[0-9]{{0,{part}}}", re.ASCII)
            some = f"{whole} digits before and {part} behind the point"
            reason = f"is no number of at most {some}" + ("" if sign else ", and no less than 0")
            return Shape(kind, pattern=pattern, reason=reason)
        case "code":
            return Shape(kind, pattern=re.compile(rest, re.ASCII), reason="is not of the form that ETIM xChange wants")
        case "in":
            return Shape(kind, codes=CODES[rest])
        case "one-of":
            return Shape(kind, codes=frozenset(rest.split(" ")))
        case "whole":
            return Shape(kind, least=int(rest))
        case "flag" | "number" | "any":
            return Shape(kind)
        case _:
            written, reason = _PATTERNS[kind]
            return Shape(kind, pattern=re.compile(written, re.ASCII), reason=reason)
