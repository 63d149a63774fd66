"""What goes wrong between Pendel and another system."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from core.errors import LinkError

if TYPE_CHECKING:
    from core.links.model.replies import ErrorKind


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
        self.discreet = message.replace(f": {said}", "").rstrip(".") + "." if said else message
        """The message without the words of the other system, which may repeat what stands in a record."""

    def say(self, message: str) -> None:
        """Say it in other words."""
        self.message = message
        self.args = (message,)
