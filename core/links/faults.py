"""What goes wrong between Pendel and another system."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from core.errors import LinkError
from core.text import clean, listed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.links.model.replies import ErrorKind

_MOST_NAMED = 5
_MOST_OFFERED = 50


class CannotTell(Exception):
    """Somebody cannot be asked for one record alone."""


class CallFailed(LinkError):
    """A request did not succeed; ``kind`` says what that asks for."""

    def __init__(
        self,
        message: str,
        *,
        kind: ErrorKind | Literal["unclear"],
        advice: str = "",
        after: float | None = None,
        status: int | None = None,
        code: str = "",
        said: str = "",
    ) -> None:
        super().__init__(message, advice=advice, retriable=kind in ("retry", "wait"))
        self.kind = kind
        """``unclear``: it may have been carried out all the same; look before asking again."""
        self.after = after
        """Seconds after which it may be asked again."""
        self.status = status
        self.code = code
        self.fits: tuple[str, ...] = ()
        """The ids of the records of which nobody can tell which one is meant."""
        self.discreet = message.replace(f": {said}", "").rstrip(".") + "." if said else message
        """The message without the words of the other system, which may repeat what stands in a record."""

    def say(self, message: str) -> None:
        """Say it in other words."""
        self.message = message
        self.args = (message,)


def several_fit(whose: str, what: str, found: Mapping[str, str]) -> CallFailed:
    """Return the error that several records fit one that is looked for.

    ``found`` has their ids, each with what tells it from the others; that is for who may see what stands in records.
    """
    ids = sorted(found)
    more = "" if len(ids) <= _MOST_NAMED else ", and more"

    def said(named: list[str]) -> str:
        return f"{whose} has {len(ids)} {what}: {listed(named, last='and')}{more}."

    names = {each: clean(each, limit=60) for each in ids[:_MOST_NAMED]}
    told = [f"{name} ({found[each]})" if found[each] else name for each, name in names.items()]
    error = CallFailed(
        said(told),
        kind="conflict",
        advice="Put that right there, or choose one of them in the list of failures; Pendel does not guess.",
    )
    error.discreet = said(list(names.values()))
    error.fits = tuple(ids[:_MOST_OFFERED])
    return error
