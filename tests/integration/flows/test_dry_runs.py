"""A dry run says what the run after it does: for every kind of record that the program sends to a system."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.links.crossing import NAME, crossing, offered

from core.config.flow_kinds import CATALOGUE

if TYPE_CHECKING:
    from pathlib import Path

    from support.links.crossing import Crossing, Flow

FLOWS = {(flow.kind, flow.target): flow for flow in offered() if flow.target != CATALOGUE}
"""One of each kind to each system."""


@pytest.mark.parametrize("flow", FLOWS.values(), ids=str)
def test_a_dry_run_writes_nothing_and_foretells_the_requests_of_the_run(tmp_path: Path, flow: Flow) -> None:
    with crossing(flow, tmp_path) as pair:
        before = pair.there()
        foretold = pair.flows.run(NAME, dry_run=True).counts
        assert (pair.written, pair.there()) == (0, before)
        would = _requests(pair)
        done = pair.run().counts
        assert (foretold.new, foretold.changed, foretold.rejected) == (done.new, done.changed, done.rejected)
        assert _requests(pair) == would


def _requests(pair: Crossing) -> dict[str, list[tuple[str, str]]]:
    """Return what the latest run sent of each record, or would send, without the ids that only a system can give."""
    latest = max(each.run for each in pair.flows.activity(NAME))
    return {
        each.source_key: [(request["method"], request["path"].split("(")[0]) for request in each.sent]
        for each in pair.flows.activity(NAME)
        if each.run == latest and each.sent
    }
