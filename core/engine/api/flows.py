"""What became of the records of flows: failures to mend and send again, and the activity log (FL7, FL10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from pydantic import JsonValue


@dataclass(frozen=True, slots=True)
class FlowView:
    """A flow, and how many of its records failed."""

    task: str
    kind: str
    source: str
    target: str
    failed: int
    given_up: int
    """Of those, records that wait for somebody to send them again."""


@dataclass(frozen=True, slots=True)
class Possible:
    """A kind of record, and whether it can flow between two systems."""

    kind: str
    title: str
    why_not: str = ""
    """Empty where it can."""


@dataclass(frozen=True, slots=True)
class FailureView:
    """A record that could not be sent."""

    task: str
    key: str
    """At the source."""
    reason: str
    """Without anything that stands in the record."""
    said: str
    """All that was said, as the activity log has it; empty for who may only look, and where it is deleted."""
    attempts: int
    next_try: datetime | None
    """None: when somebody sends it again."""
    at: datetime
    number: str = ""
    """By which people know it, such as that of an order; empty like ``said``, and where it is the key."""
    mended: tuple[str, ...] = ()
    """Fields that were given other values here."""
    fits: tuple[str, ...] = ()
    """The ids at the target of which nobody can tell which one is meant, or which one what it refers to."""
    chosen: str = ""
    """The one that somebody chose."""


@dataclass(frozen=True, slots=True)
class RecordField:
    """A field of a record that failed, to be mended."""

    name: str
    """Of the third line, ``lines.3.article``."""
    came: str
    """Its value at the source, when it was sent last; empty where it has none."""
    mended: str | None = None
    """The value that it was given here, which is empty where it is to have none; None where it is as it came."""


@dataclass(frozen=True, slots=True)
class ActivityView:
    """What happened to a record once: what came, what was sent, and what was answered."""

    id: int
    at: datetime
    task: str
    run: int
    key: str
    target_key: str
    outcome: str
    record: dict[str, JsonValue]
    sent: tuple[dict[str, JsonValue], ...]
    """Requests that wrote: method, path, query, body and answer."""
    message: str


class FlowsApi(Protocol):
    """Records of flows."""

    def flows(self) -> Sequence[FlowView]:
        """Return every flow that the actor may see."""

    def possible(self, source: str, target: str) -> Sequence[Possible]:
        """Return every kind, and whether its records can flow from one link, or the catalogue, to another.

        Raises:
            Refused: there is no such link, or it is the same twice.
            ConfigError: the definition of a connector cannot be used.
        """

    def failures(self, task: str | None = None, *, limit: int = 1000) -> Sequence[FailureView]:
        """Return records that failed, the latest first; of one flow, or of all."""

    def resend(self, task: str, keys: Sequence[str] = (), *, start: bool = True) -> int:
        """Let failures be sent again, these or all of a flow; return how many.

        They are read anew from the source where it can be asked for one record. ``start``: a run begins now; else the
        next one takes them along.

        Raises:
            Refused: there is no such flow, or none of these failed.
        """

    def discard(self, task: str, keys: Sequence[str]) -> int:
        """Take failures of a flow out of the list, and return how many: they are not sent any more.

        One that changes at its source is met again; unless it is a document that waited for somebody, which may be at
        the target. ``resend`` with its key takes it back.

        Raises:
            Refused: there is no such flow, or none of these failed.
        """

    def fields(self, task: str, key: str) -> Sequence[RecordField]:
        """Return the fields of a record that failed, as it was when it was sent last: first those with a value.

        Raises:
            Refused: the actor may only look, it did not fail, or what came is deleted.
        """

    def mend(self, task: str, key: str, changes: Mapping[str, str | None]) -> None:
        """Give fields of a record that failed other values than they have at the source, until it is sent.

        An empty value: it is sent without; None: it is as it came. What was mended before stays. The next attempt sends
        it so; ``resend`` makes that now.

        Raises:
            Refused: as :meth:`fields`; or there is no such field, or a value does not fit it.
        """

    def choose(self, task: str, key: str, target_key: str, *, start: bool = True) -> None:
        """Say which of the records that fit a failure is meant, and send it again as :meth:`resend` does.

        Raises:
            Refused: as :meth:`resend`; or it is none of those that fit.
        """

    def activity(
        self,
        task: str | None = None,
        *,
        key: str | None = None,
        run: int | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> Sequence[ActivityView]:
        """Return what happened, the latest first: of a flow, of a record, in a run, before an entry.

        A dry run leaves samples of what would be sent, whose outcome begins with ``would be``.

        Raises:
            Refused: the actor may only look: it shows what stands in the records.
        """
