"""Every flow that is offered: run twice, and interrupted at every request; nothing is doubled, nothing is lost."""

from __future__ import annotations

import re
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING

import pytest
from support.links.crossing import NAME, Flow, crossing, offered
from support.links.ending import Killed, ending_at
from support.links.flow_child import killed_at, killed_while_waiting
from support.links.flow_data import gives, takes
from support.links.flow_rows import ACCOUNTS, CONTACTS
from support.links.joining import JOININGS

from core.config.flow_kinds import CATALOGUE
from core.links.connectors import SUPEROFFICE
from core.runs import RunState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from support.links.accountview import AccountView
    from support.links.crossing import Crossing
    from support.links.ending import Ending
    from support.links.exact_online import ExactOnline
    from support.links.flow_site import FlowSite

    from core.config.flow_kinds import KindName

FLOWS = offered()
ENDINGS: tuple[Ending, ...] = ("ended before", "ended after", "unanswered")


@pytest.fixture(autouse=True)
def _no_authorities(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is encrypted here, and reading all authorities of this machine takes longer than a whole run."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))


def test_there_is_data_for_every_flow_that_is_offered() -> None:
    assert [f"no {flow.kind} that {flow.source} gives" for flow in FLOWS if not gives(flow.source, flow.kind)] == []
    assert [f"no {flow.kind} that {flow.target} takes" for flow in FLOWS if not takes(flow.target, flow.kind)] == []


@pytest.mark.parametrize("flow", FLOWS, ids=str)
def test_a_flow_that_is_interrupted_anywhere_doubles_and_loses_nothing(tmp_path: Path, flow: Flow) -> None:
    with crossing(flow, tmp_path) as pair:
        with ending_at(0, "unanswered", pair.sites) as seen:
            first = pair.run()
        assert (first.state, first.counts.read) == (RunState.SUCCEEDED, pair.records), (first, pair.flows.log)
        assert first.counts.new + first.counts.changed + first.counts.unchanged == pair.records
        before = pair.written
        second = pair.run()
        assert (second.counts.new, second.counts.changed, second.counts.written) == (0, 0, 0)
        assert pair.written == before
        interrupt_anywhere(pair, seen.writes)


def test_a_person_without_an_address_is_found_in_its_company_which_is_made_once_too(tmp_path: Path) -> None:
    def add(flows: FlowSite) -> None:
        flows.fill("organisation", [{"number": "9", "name": "Nine"}])
        flows.fill("contact", [{"number": "3", "organisation": "9", "last_name": "Cedar"}])

    with crossing(Flow("contacts", CATALOGUE, SUPEROFFICE), tmp_path, more=add) as pair:
        with ending_at(0, "unanswered", pair.sites) as seen:
            assert pair.run().counts.new == 2, pair.flows.log
        assert sum("Cedar" in each or "Nine" in each for each in pair.there()) == 2
        interrupt_anywhere(pair, seen.writes)


@pytest.mark.parametrize(
    ("flow", "refused"),
    [
        (Flow("orders", "exact-online", "exact-globe"), "*SalesOrderHeader"),
        (Flow("orders", "accountview", "buchhaltungsbutler"), "*/invoices/create"),
        (Flow("customers", CATALOGUE, "superoffice"), "*/Contact"),
    ],
    ids=str,
)
def test_what_failed_is_not_lost_when_sending_it_again_is_interrupted(tmp_path: Path, flow: Flow, refused: str) -> None:
    with crossing(flow, tmp_path) as pair:
        pair.sites[-1].misbehave("400", refused, method="POST", times=9)
        assert pair.run().counts.rejected > 0
        pair.sites[-1]._faults.clear()
        assert pair.run().counts.new == 0
        pair.flows.clock.forward(301)
        pair.start_here()
        with ending_at(0, "unanswered", pair.sites) as seen:
            assert pair.run().counts.new > 0
        assert pair.flows.failures(NAME) == []
        interrupt_anywhere(pair, seen.writes)


def interrupt_anywhere(pair: Crossing, requests: Sequence[bool]) -> None:
    """Interrupt a flow that was carried out at each of its requests; it is told of each whether that writes."""
    there, told = pair.there(), pair.told()
    for number, writes in enumerate(requests, start=1):
        # Who only asks has changed nothing.
        for how in ENDINGS if writes else ENDINGS[:1]:
            interrupt(pair, number, how)
            assert pair.there() == there, (number, how)
            assert pair.told().keys() == told.keys(), (number, how)
            assert pair.flows.failures(NAME) == [], (number, how)
            # One line may be left whose answer did not come; it is told.
            assert pair.loose <= left_lines(pair) <= 1, (number, how)


def left_lines(pair: Crossing) -> int:
    """Return of how many lines the log says that they may be left without their document."""
    told = [line for line in pair.flows.log if "belongs to nothing" in line]
    several = [re.search(r"\((\d+) such lines\)", line) for line in told]
    return sum(int(found[1]) if found else 1 for found in several)


@pytest.mark.parametrize(
    "flow",
    [Flow("orders", "exact-online", "exact-globe"), Flow("invoices", "exact-online", "exact-globe")],
    ids=str,
)
def test_a_flow_that_is_interrupted_again_while_it_takes_up_what_was_left_doubles_and_loses_nothing(
    tmp_path: Path, flow: Flow
) -> None:
    with crossing(flow, tmp_path) as pair:
        with ending_at(0, "unanswered", pair.sites) as seen:
            pair.run()
        there = pair.there()
        # The lines of the second document are there, and it is not.
        number = max(at for at, writes in enumerate(seen.writes, start=1) if writes) - 1
        for again in count(1):
            pair.begin()
            ended = False
            for at in (number, again):
                with ending_at(at, "ended after", pair.sites) as death, suppress(Killed):
                    pair.flows.run(NAME, stop=death)
                ended = death.come
            finish(pair)
            assert pair.there() == there, again
            assert pair.flows.failures(NAME) == [], again
            assert pair.loose <= left_lines(pair), again
            if not ended:
                break
        assert again > 3


def interrupt(pair: Crossing, number: int, how: Ending) -> None:
    """Run a flow from the start, interrupted at a request, and then to its end."""
    pair.begin()
    with ending_at(number, how, pair.sites) as death:
        try:
            pair.flows.run(NAME, stop=death)
        except Killed:
            assert how != "unanswered"
        else:
            assert how == "unanswered"
    finish(pair)


def finish(pair: Crossing) -> None:
    """Run a flow that was interrupted to its end; where it waits for somebody who has looked, by what was seen."""
    pair.run()
    if pair.flow.hidden and (failures := pair.flows.failures(NAME)):
        # It is told, and nothing is sent until somebody has looked: here, by what stands in the system then.
        [failure] = failures
        assert failure.state == "given up"
        assert "not known" in failure.reason
        before = pair.written
        pair.run()
        assert pair.written == before
        for site in pair.sites:
            site.process()
        pair.flows.resend(NAME)
        pair.run()


@pytest.mark.parametrize(
    "flow",
    [
        Flow("orders", "exact-online", "exact-globe"),
        Flow("orders", "accountview", "buchhaltungsbutler"),
        Flow("customers", CATALOGUE, "superoffice"),
        Flow("customers", CATALOGUE, SUPEROFFICE),
    ],
    ids=str,
)
def test_a_process_that_is_killed_while_it_waits_doubles_and_loses_nothing(tmp_path: Path, flow: Flow) -> None:
    with crossing(flow, tmp_path, alone=False) as pair:
        with ending_at(0, "unanswered", pair.sites) as seen:
            pair.run()
        there = pair.there()
        # The last one makes the second document; the first makes what it refers to, or the first record.
        writing = [number for number, writes in enumerate(seen.writes, start=1) if writes]
        for number in (writing[0], writing[-1]):
            pair.begin()
            with ending_at(number, "stalled", pair.sites):
                killed_while_waiting(pair.flows, NAME, pair.sites[-1])
            assert pair.there() != there or number == writing[-1]
            pair.run()
            assert pair.there() == there, number
            assert pair.flows.failures(NAME) == []


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("kind", "source"),
    [
        ("orders", "exact-online"),
        ("products", "exact-online"),
        ("customers", "exact-online"),
        ("contacts", SUPEROFFICE),
    ],
)
def test_a_process_that_is_killed_when_the_catalogue_has_it_all_doubles_and_loses_nothing(
    tmp_path: Path, kind: KindName, source: str, when: str
) -> None:
    with crossing(Flow(kind, source, CATALOGUE), tmp_path) as pair:
        pair.run()
        there, told = pair.there(), pair.told()
        pair.begin()
        killed_at(pair.flows, NAME, when, "core.flows.catalogue_target", "CatalogueTarget.settle")
        assert pair.told() == {}
        assert (pair.there() == there) == (when == "after")
        outcome = pair.run()
        assert outcome.state is RunState.SUCCEEDED
        assert pair.there() == there
        assert pair.told().keys() == told.keys()


@pytest.mark.parametrize("how", ["ended after", "unanswered"])
@pytest.mark.parametrize("target", ["exact-globe", "exact-online", "superoffice"])
def test_what_cannot_be_looked_for_is_told_and_made_no_second_time(tmp_path: Path, target: str, how: Ending) -> None:
    def add(flows: FlowSite) -> None:
        flows.fill("customer", [{"number": each, "email": "", "last_name": ""} for each in ("1", "2")])

    with crossing(Flow("customers", CATALOGUE, target), tmp_path, more=add) as pair:
        with ending_at(0, "unanswered", pair.sites) as seen:
            assert pair.run().counts.new == 2, pair.flows.log
        there = pair.there()
        number = seen.writes.index(True) + 1
        pair.begin()
        with ending_at(number, how, pair.sites) as death, suppress(Killed):
            pair.flows.run(NAME, stop=death)
        assert pair.run().state is RunState.WARNINGS
        [failure] = pair.flows.failures(NAME)
        assert (failure.source_key, failure.state) == ("1", "given up")
        assert "not known" in failure.reason
        # Nobody but who has looked lets it be sent again.
        pair.flows.clock.forward(100_000)
        pair.run()
        assert pair.there() == there


def test_what_a_system_would_take_and_not_tell_the_id_of_is_refused_where_it_cannot_be_looked_for(
    view: AccountView, flows: FlowSite
) -> None:
    flows.add(view)
    flows.add_flow(NAME, "customers", "catalogue", "accountview")
    flows.fill("customer", [{"number": "1", "company": "ACME", "name": "ACME"}])
    for dry_run in (True, False):
        assert flows.run(NAME, dry_run=dry_run).counts.rejected == 1
    assert view.written == 0
    assert flows.failures(NAME)[0].reason == (
        "A record of customers has no MAIL_BUS. 127.0.0.1 does not say the id of what it creates, so that it could not "
        "be found again. Nothing was sent. Fill it at the source, or set a default."
    )


def test_a_company_whose_contact_was_refused_is_not_made_again(exact: ExactOnline, flows: FlowSite) -> None:
    exact.rows = {ACCOUNTS: [], CONTACTS: []}
    flows.add(exact)
    flows.add_flow(NAME, "customers", "catalogue", "exact")
    flows.fill("customer", [{"number": "1", "company": "ACME", "name": "ACME", "last_name": "Ash"}])
    exact.misbehave("400", "*Contacts", method="POST")
    assert flows.run(NAME).counts.rejected == 1
    assert flows.failures(NAME)[0].target_key == exact.rows[ACCOUNTS][0]["ID"]
    flows.clock.forward(301)
    assert flows.run(NAME).state is RunState.SUCCEEDED
    assert [len(exact.rows[name]) for name in (ACCOUNTS, CONTACTS)] == [1, 1]


@pytest.mark.parametrize(
    "flow",
    [
        Flow("orders", "exact-globe", "exact-online"),
        Flow("invoices", "exact-globe", "exact-online"),
        Flow("sales-entries", "exact-globe", "exact-online"),
        Flow("orders", "exact-online", "exact-globe"),
    ],
    ids=str,
)
def test_what_an_interrupted_flow_wrote_does_not_come_back_by_the_flow_the_other_way(
    tmp_path: Path, flow: Flow
) -> None:
    with crossing(flow, tmp_path) as pair:
        source, target = (JOININGS[type(site)].name for site in pair.sites)
        pair.flows.add_flow("back", flow.kind, target, source, '[tasks.documents]\nmissing_products = "create"\n')
        with ending_at(0, "unanswered", pair.sites) as seen:
            pair.run()
        there = pair.there()
        pair.begin()
        last = max(number for number, writes in enumerate(seen.writes, start=1) if writes)
        with ending_at(last, "ended after", pair.sites) as death, suppress(Killed):
            pair.flows.run(NAME, stop=death)
        # Nobody knows yet what it is, so that it waits until the first flow has found it.
        assert pair.flows.run("back").counts.rejected == 1
        assert "The flow the other way was ended" in pair.flows.failures("back")[0].reason
        assert pair.run().counts.rejected == 0
        pair.flows.clock.forward(301)
        assert pair.flows.run("back").counts.rejected == 0, pair.flows.log
        assert pair.flows.failures("back") == []
        assert pair.there() == there
