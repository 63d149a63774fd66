"""What is sent to a system, noted as it is sent, with the answer; credentials are not in it."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from core.links.faults import CallFailed
from core.links.values import json_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.flows.sides import Sent
    from core.links.connection import Call, Reply
    from core.links.contract import Link


@contextmanager
def watched(link: Link, sent: Sent) -> Iterator[None]:
    """Note every request that writes inside the ``with`` block, and what was answered."""

    def note(call: Call, answer: Reply | CallFailed) -> None:
        if call.writes:
            sent.requests.append(request_told(call, answer))

    link.witness(note)
    try:
        yield
    finally:
        link.witness(None)


def request_told(call: Call, answer: Reply | CallFailed | None) -> dict[str, Any]:
    """Return a request as the activity log and a dry run show it; credentials are not in it."""
    told: dict[str, Any] = {"method": call.method, "path": call.path}
    if call.query:
        told["query"] = dict(call.query)
    if call.body is not None:
        told["body"] = json.loads(json_bytes(call.body))
    if isinstance(answer, CallFailed):
        told["answer"] = answer.message
    elif answer is not None:
        told["answer"] = answer.document if answer.document is not None else answer.status
    return told
