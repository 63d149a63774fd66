"""Secrets are nowhere, personal data in the activity log alone, whatever becomes of a run: also where it crashes."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from support.canaries import found_below, found_in
from support.links import exact_globe, exact_online
from support.links.exact_globe import ExactGlobe
from support.links.exact_online import ExactOnline
from support.links.flow_rows import ACCOUNTS, ITEMS, ORDERS, fill_exact
from support.links.flow_site import FlowSite
from support.links.rest_server import Answer, Asked, FakeClock, serving
from support.links.superoffice import SYSTEM_TOKEN, SuperOffice
from support.live_console import live_console
from support.live_engine import live_engine
from support.receiving import receiver

from core.cli.main import build
from core.flows.link_target import LinkRecords
from core.runs import RunState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.live_engine import LiveEngine
    from support.receiving import Receiver

NAME, EMAIL, STREET, PHONE, IBAN = (
    "Jörg Käsebier-Canary",
    "joerg.canary+1@example.org",
    "Canary Lane 17½",
    "+31 20 555 0199",
    "NL91 ABNA 0417 1643 00",
)
PERSONAL = (NAME, EMAIL, STREET, PHONE, IBAN)
MAIL_PASSWORD = "mail/pass word+canary"
ACTIVITY = ("activity.sqlite",)


class Talkative(ExactGlobe):
    """A Globe that repeats in a refusal all that it was sent, credentials too."""

    refusing = False

    def answer(self, asked: Asked) -> Answer:
        """Answer; refuse what creates a debtor while it refuses."""
        if self.refusing and asked.method == "POST" and asked.path.endswith("Account"):
            said = f"Refused: {asked.content.decode()} {asked.headers['authorization']}"
            return Answer(400, {"error": {"code": "", "message": {"lang": "", "value": said}}})
        return super().answer(asked)


class Site:
    """A workspace with three links and their flows, and who listens to it."""

    def __init__(self, flows: FlowSite, exact: ExactOnline, globe: Talkative) -> None:
        self.flows, self.exact, self.globe = flows, exact, globe
        self.secrets: set[str] = {exact_online.CLIENT_SECRET, exact_globe.PASSWORD, SYSTEM_TOKEN, MAIL_PASSWORD}

    def note_tokens(self) -> None:
        """Remember which tokens there were."""
        self.secrets |= {self.exact.access_token, self.exact.refresh_token}


@pytest.fixture
def clock() -> FakeClock:
    # An engine goes by the clock of the machine, and so do tokens.
    return FakeClock(time.time())


@pytest.fixture
def web() -> Iterator[Receiver]:
    with receiver() as server:
        yield server


@pytest.fixture
def site(tmp_path: Path, clock: FakeClock, web: Receiver) -> Iterator[Site]:
    application, theirs = generate_private_key(65537, 2048), generate_private_key(65537, 2048)
    key = application.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    certificate = tmp_path / "superoffice.pem"
    certificate.write_bytes(theirs.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    with (
        serving(ExactOnline(clock)) as exact,
        serving(Talkative(clock, credentials=tmp_path / "who", sign_in="Basic")) as globe,
        serving(SuperOffice(clock)) as crm,
    ):
        crm.application, crm.key = application.public_key(), theirs
        fill_exact(exact, clock, orders=4)
        exact.rows[ACCOUNTS][0] |= {"Name": NAME, "Email": EMAIL, "AddressLine1": STREET, "Phone": PHONE}
        for row in exact.rows[ORDERS]:
            row["Remarks"] = f"{NAME}, {PHONE}, {IBAN}"
        globe.rows = {"Account": [], "SalesOrderHeader": []}
        globe.rows["Item"] = [{"ItemCode": each["Code"]} for each in exact.rows[ITEMS]]
        directory = tmp_path / "workspace"
        directory.mkdir()
        flows = FlowSite(directory, clock)
        flows.vault.set("hook", f"json://me:{quote(MAIL_PASSWORD, safe='')}@{web.place}/hook")
        flows.add_tables(
            '[alerts]\nto = ["web"]\n[alerts.targets]\nweb = { secret_url = { secret = "hook" } }\n'
            '[monitoring]\nmetrics_file = "data/pendel.prom"\n'
        )
        flows.add(exact)
        flows.add(globe)
        flows.add_system_user(crm, key=key, certificate=certificate)
        flows.add_flow("orders", "orders", "exact", "globe")
        flows.add_flow("companies", "customers", "exact", "crm")
        made = Site(flows, exact, globe)
        made.secrets |= set(key.splitlines()[1:-1])
        made.note_tokens()
        yield made


def crash(*_: Any) -> str:
    """Fail as code does that nobody has thought of, with all in its words that there is."""
    try:
        raise KeyError(EMAIL)
    except KeyError as error:
        raise ValueError(f"cannot convert {PERSONAL} with {exact_globe.PASSWORD}") from error


def ran(live: LiveEngine, task: str) -> RunState:
    """Start a task and wait for its end."""
    return live.ended(live.start(task)).state


def shown_by_commands(config: Path) -> bytes:
    """Return what commands print that have no business with what stands in records."""
    commands = (["log", "-n", "1000"], ["runs"], ["list"], ["flow", "list"], ["link", "list"], ["doctor"])
    told = b""
    for command in commands:
        for form in ([], ["--json"]):
            result = CliRunner().invoke(build(lambda *_: 0), ["--config", str(config), *command, *form])
            told += result.stdout_bytes + result.stderr_bytes
    return told


def test_secrets_are_nowhere_and_personal_data_in_the_activity_log_alone(
    site: Site, web: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    flows = site.flows
    config = flows.config()
    monkeypatch.setattr("core.engine.alerts.alerts._TOGETHER_SECONDS", 0.01)
    with live_engine(config.path, plan=True) as live:
        (run,) = live.gate.start_tasks(["orders"], dry_run=True)
        assert live.ended(run).state is not RunState.FAILED
        site.globe.refusing = True
        assert ran(live, "orders") is RunState.WARNINGS
        site.globe.refusing = False
        with monkeypatch.context() as patch:
            patch.setattr(LinkRecords, "find", crash)
            for row in site.exact.rows[ORDERS]:
                row["Remarks"] += "!"
            assert ran(live, "orders") is RunState.FAILED
        assert ran(live, "orders") is not RunState.FAILED
        assert ran(live, "companies") is not RunState.FAILED
        site.note_tokens()
        assert ran(live, "system-backup") is RunState.SUCCEEDED
        alert = web.next()
        told = [alert.body, repr(live.gate.snapshot()), repr(live.gate.log_after(0)), repr(live.gate.runs())]
    assert len(site.globe.rows["SalesOrderHeader"]) == 4
    log = (flows.data / "log" / "pendel.log").read_text(encoding="utf-8")
    assert "The run ended by a fault in Pendel." in log
    # The report of the crash says where it was and of which kind, and nothing that anybody has put into words.
    assert "in crash" in log
    assert "ValueError" in log
    assert "KeyError" in log
    everything = [*PERSONAL, *site.secrets]
    assert found_in("\n".join(told).encode() + shown_by_commands(config.path), everything) == []
    # What was sent to and fro is in the activity log: what is looked for is found where it is.
    activity = flows.data / "activity.sqlite"
    assert found_in(activity.read_bytes(), PERSONAL) == [*PERSONAL]
    assert found_below(flows.data, everything, but=ACTIVITY) == []
    assert found_below(flows.data, site.secrets) == []
    # When its time is over, it is gone from the bytes of the file, too.
    later = datetime.now(UTC) + timedelta(days=400)
    with live_engine(config.path, now=lambda: later) as live:
        assert ran(live, "system-retention") is not RunState.FAILED
    assert found_below(flows.data, everything) == []


async def test_no_list_of_the_console_shows_any_of_it(site: Site) -> None:
    flows = site.flows
    site.globe.refusing = True
    assert flows.run("orders").counts.rejected > 0
    site.globe.refusing = False
    flows.run("orders", dry_run=True)
    async with live_console(flows.config().path, size=(120, 40)) as console:
        shown = [await console.press(key) for key in "12345678"]
    assert "orders" in shown[-1]
    assert found_in("\n".join(shown).encode(), [*PERSONAL, *site.secrets]) == []
