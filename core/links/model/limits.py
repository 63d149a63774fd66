"""How often a system may be asked. Several limits hold at once; what a system says in ``Retry-After`` always holds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictInt, StrictStr

from core.config.base import Line, Settings, setting

Seconds = Annotated[float, Field(gt=0, le=86_400)]


class _Limit(Settings):
    paths: list[StrictStr] = setting(
        list,
        title="Only for",
        help="Paths as they stand in the definition, with * for any text. Empty: for all requests together.",
    )


class HeaderLimit(_Limit):
    """The system counts, and says in headers of its replies how much is left."""

    kind: Literal["headers"] = setting(title="Kind")
    remaining: Line = setting(title="Header: left", help="Such as X-RateLimit-Remaining.")
    reset: Line = setting(title="Header: begins anew")
    reset_unit: Literal["epoch_ms", "epoch_s", "delta_s"] = setting(
        title="The moment is", help="Milliseconds or seconds since 1970, or seconds from now."
    )


class BucketLimit(_Limit):
    """So many requests in any period of so many seconds, counted by Pendel."""

    kind: Literal["bucket"] = setting(title="Kind")
    requests: StrictInt = setting(title="Requests", ge=1)
    seconds: Seconds = setting(title="In", unit="seconds")


class IntervalLimit(_Limit):
    """A pause between two requests."""

    kind: Literal["interval"] = setting(title="Kind")
    seconds: Seconds = setting(title="Pause", unit="seconds")


class ConcurrencyLimit(_Limit):
    """So many requests at one time."""

    kind: Literal["concurrency"] = setting(title="Kind")
    at_once: StrictInt = setting(title="At once", ge=1, le=64)


class ErrorBudget(_Limit):
    """So many errors of one path in a period; then Pendel stops asking there before the system blocks it."""

    kind: Literal["errors"] = setting(title="Kind")
    errors: StrictInt = setting(title="Errors", ge=1)
    statuses: list[StrictInt] = setting(title="With status", min_length=1)
    seconds: Seconds = setting(3600.0, title="In", unit="seconds")


Limit = Annotated[
    HeaderLimit | BucketLimit | IntervalLimit | ConcurrencyLimit | ErrorBudget, Field(discriminator="kind")
]
"""One limit, told apart by its ``kind``."""
