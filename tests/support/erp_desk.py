"""An engine whose catalogue is the ERP of a SuperOffice, and a link to it as SuperOffice would have one."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from support.links.rest_server import FakeClock
from support.live_engine import live_engine

from core.engine.superoffice import PATIENCE, SuperOfficeConnector
from core.links.superoffice.client import Client
from core.links.superoffice.link import Link
from core.links.superoffice.server import PATH
from core.redaction import Redactor
from core.stop import StopToken

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.live_engine import LiveEngine

GUID = "9d0f0d6e-1f0e-4c39-9b7b-0d6a9d0d1f00"
SECRET = "canary-of-the-connector"
VARIABLE = "PENDEL_TEST_SUPEROFFICE"
BASE = """\
version = 1
[engine]
time_zone = "Europe/Amsterdam"
block_rows = 100

[entities.visit]
key = ["number"]
[entities.visit.fields]
number = { type = "text" }
at = { type = "datetime" }
day = { type = "date" }
cost = { type = "decimal", decimals = 2 }
people = { type = "integer" }
done = { type = "boolean" }
organisation = { type = "text", refers_to = "organisation" }
host = { type = "text", refers_to = "contact" }

[superoffice]
listen = "127.0.0.1:0"
secret = { env = "PENDEL_TEST_SUPEROFFICE" }
"""
ACTORS = """
[superoffice.actors.Customer]
entity = "organisation"
assortment = "crm"
[superoffice.actors.Person]
entity = "contact"
assortment = "crm"
[superoffice.actors.Project]
entity = "visit"
"""


class ErpDesk:
    """The engine and its connector."""

    def __init__(self, live: LiveEngine, connector: SuperOfficeConnector) -> None:
        self.live, self.connector = live, connector
        self.engine = live.engine

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.connector.port}{PATH}"

    def client(self, **given: Any) -> Client:
        settings: dict[str, Any] = {
            "connection": GUID,
            "info": {"Password": SECRET},
            "passwords": ["Password"],
            "style": "wrapped",
            "clock": FakeClock(),
            "redactor": Redactor(),
            "stop": StopToken(),
        }
        return Client(self.url, **(settings | given))

    def link(self) -> Link:
        return Link(self.client())


@contextmanager
def erp_desk(directory: Path, *, text: str = BASE + ACTORS, patience: float = PATIENCE) -> Iterator[ErpDesk]:
    config = directory / "config.toml"
    config.write_text(text, encoding="utf-8")
    with live_engine(config) as live:
        connector = SuperOfficeConnector(live.engine, patience=patience)
        connector.open()
        try:
            yield ErpDesk(live, connector)
        finally:
            connector.close()
