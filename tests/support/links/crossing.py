"""A flow between two systems that are as they were at the start, as often as a test wants."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from support.links.exact_globe import ExactGlobe
from support.links.flow_data import DATA, DOCUMENTS, give_catalogue, kept, take_catalogue
from support.links.flow_site import FlowSite
from support.links.joining import JOININGS
from support.links.link_site import surroundings_of
from support.links.rest_server import FakeClock, serving
from support.links.sync_erp import SyncErp

from core.config.flow_kinds import CATALOGUE
from core.flows.possible import why_not
from core.links.connectors import SUPEROFFICE
from core.links.loading import ready
from core.links.ready import ready_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.links.rest_server import RestServer

    from core.config.flow_kinds import KindName
    from core.tasks.context import Outcome

NAME = "flow"
"""Of the task."""

PAIRS = (("exact-online", "exact-globe"), ("buchhaltungsbutler", "accountview"))
"""The systems that are joined with each other; each of them, and each other one, is joined with the catalogue."""


@dataclass(frozen=True)
class Flow:
    """A kind of record from one system to another."""

    kind: KindName
    source: str
    target: str

    def __str__(self) -> str:
        return f"{self.kind} {self.source} to {self.target}"

    @property
    def hidden(self) -> bool:
        """Whether the target does not show at once what was created."""
        mapping = None if self.target in (CATALOGUE, SUPEROFFICE) else ready(self.target).kinds[self.kind].write
        write = None if mapping is None else ready(self.target).resources[mapping.resource].write
        return write is not None and (write.look_up is None or not write.look_up.at_once)


def offered() -> list[Flow]:
    """Return all flows that the program offers between the systems that it knows; a Sync Connector says it itself."""
    names = [name for name in ready_names() if ready(name).kinds]
    pairs = [*PAIRS, *((CATALOGUE, name) for name in (*names, SUPEROFFICE))]
    clock = FakeClock()
    with tempfile.TemporaryDirectory() as directory, serving(SyncErp(clock)) as erp:
        flows = FlowSite(Path(directory), clock)
        flows.add(erp, name=SUPEROFFICE)
        for name in names:
            flows.add_tables(f'[links.{name}]\nconnector = "{name}"\n')
        flows.config()
        around = surroundings_of(flows.directory / "config.toml", clock)
        return [
            Flow(kind, source, target)
            for pair in pairs
            for source, target in (pair, pair[::-1])
            for kind, reason in why_not(source, target, around).items()
            if not reason
        ]


class Crossing:
    """A workspace with one flow, and the systems at its ends."""

    def __init__(self, flow: Flow, flows: FlowSite, sites: list[RestServer]) -> None:
        self.flow, self.flows, self.sites = flow, flows, sites
        self._template = flows.directory / "at the start"
        self._template.mkdir()
        flows.open_stores()
        self.start_here()

    def start_here(self) -> None:
        """Let what is there now be the start."""
        self._begun = self.flows.clock.now()
        self._had = [site.remembered() for site in self.sites]
        stores = (
            "journal.sqlite",
            "activity.sqlite",
            *(("catalogue.duckdb",) if self.flow.target == CATALOGUE else ()),
        )
        for name in stores:
            shutil.copy(self.flows.data / name, self._template)

    def begin(self) -> None:
        """Let everything be as it was at the start."""
        clock = self.flows.clock
        clock.forward(self._begun - clock.now())
        for site, had in zip(self.sites, self._had, strict=True):
            site.restore(had)
        for pattern in ("link-*.counts", "link-*.traces"):
            for path in self.flows.data.glob(pattern):
                path.unlink()
        for store in self._template.iterdir():
            for path in self.flows.data.glob(f"{store.name}*"):
                path.unlink()
            shutil.copy(store, self.flows.data)
        self.flows.log.clear()

    @property
    def records(self) -> int:
        """How many records there are to be sent."""
        return 1 if self.flow.source == CATALOGUE and self.flow.kind in DOCUMENTS else 2

    def run(self) -> Outcome:
        """Run the flow."""
        return self.flows.run(NAME)

    @property
    def written(self) -> int:
        """How many requests wrote."""
        return sum(site.written for site in self.sites)

    def there(self) -> list[str]:
        """Return all that both sides have; what a person has to do in a system for it to show is done before."""
        for site in self.sites:
            site.process()
        found = [each for site in self.sites for each in kept(site)]
        if self.flow.target == CATALOGUE:
            found += self.flows.everything()
        return found

    @property
    def loose(self) -> int:
        """How many lines a system has that are part of no document."""
        return sum(len(lines) for site in self.sites if isinstance(site, ExactGlobe) for lines in site.loose.values())

    def told(self) -> dict[str, list[str]]:
        """Return what the activity log says became of each record, but for what failed."""
        found: dict[str, list[str]] = {}
        for each in reversed(self.flows.activity(NAME)):
            if each.outcome != "failed":
                found.setdefault(each.source_key, []).append(each.outcome)
        return found


@contextmanager
def crossing(
    flow: Flow, directory: Path, *, alone: bool = True, more: Callable[[FlowSite], None] = lambda _: None
) -> Iterator[Crossing]:
    """Let both systems of a flow answer inside the ``with`` block, with two records to be sent.

    ``alone``: no other process has to open the catalogue. ``more`` has the last word on what the catalogue has.
    """
    clock = FakeClock()
    flows = FlowSite(directory, clock)
    with ExitStack() as stack:
        sites: list[RestServer] = []
        ends: dict[str, str] = {CATALOGUE: CATALOGUE}
        for system, gives in ((flow.source, True), (flow.target, False)):
            if system == CATALOGUE:
                continue
            site = stack.enter_context(serving(DATA[system].serve(clock, directory)))
            if gives:
                DATA[system].give(site, clock)
            else:
                DATA[system].take(site)
            flows.add(site, renews=False)
            ends[system] = JOININGS[type(site)].name
            sites.append(site)
        flows.add_flow(NAME, flow.kind, ends[flow.source], ends[flow.target], _rules(flow))
        if CATALOGUE in (flow.source, flow.target):
            with flows.catalogue_open():
                (give_catalogue if flow.source == CATALOGUE else take_catalogue)(flows, flow.kind)
                more(flows)
        flows.config()
        crossed = Crossing(flow, flows, sites)
        if flow.source == CATALOGUE and alone:
            stack.enter_context(flows.catalogue_open())
        yield crossed


def _rules(flow: Flow) -> str:
    """Return the settings that a flow needs."""
    if flow.kind not in DOCUMENTS:
        return ""
    # The catalogue knows no ledger.
    rules = 'defaults = { "lines.revenue_account" = "8000" }\n' if flow.source == CATALOGUE else ""
    rules += '[tasks.documents]\nmissing_products = "create"\n'
    # Its receipts say nothing of who is billed but a name.
    return f'{rules}default_customer = "1"\n' if flow.source == "buchhaltungsbutler" else rules
