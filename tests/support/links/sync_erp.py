"""An ERP with a Sync Connector for SuperOffice, on the server that contract servers are made on: it can be put back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.links.memory_erp import CANARY, NAME, PROJECT, MemoryErp
from support.links.rest_server import Answer, RestServer

from core.links.superoffice.answering import Answering
from core.links.superoffice.contract import OPERATIONS, Access, Actor, FieldInfo
from core.links.superoffice.describing import description
from core.links.superoffice.server import PATH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.links.rest_server import Asked, FakeClock

PASSWORD = CANARY
COMPANY = (
    FieldInfo("NUMBER1", "Number", rank=1),
    FieldInfo("NAME", "Name", rank=2, access=Access.Mandatory, max_length=80),
    FieldInfo("EMAIL", "E-mail", rank=3),
    FieldInfo("STREETCITY", "City", rank=4),
    FieldInfo("COUNTRY", "Country", rank=5),
)
PERSON = (
    FieldInfo("FIRSTNAME", "First name", rank=1),
    FieldInfo("LASTNAME", "Last name", rank=2, access=Access.Mandatory),
    FieldInfo("EMAIL", "E-mail", rank=3),
)


class SyncErp(RestServer):
    """Customers, suppliers, partners, persons and projects behind a connector."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.erp = MemoryErp()
        companies = dict.fromkeys(("Customer", "Supplier", "Partner"), COMPANY)
        self.erp.kinds = {**companies, "Person": PERSON, "Project": PROJECT}
        self._answering = Answering(self.erp, name=NAME)

    def put(self, kind: str, key: str, /, parent: str = "", **values: str) -> None:
        """Have an actor."""
        belongs = {"parent_type": "Customer", "parent_key": parent} if parent else {}
        self.erp.put(Actor(kind, key, values=values, **belongs))

    def answer(self, asked: Asked) -> Answer:
        if asked.path != PATH:
            return Answer(404)
        if asked.method == "GET":
            return _xml(200, description(f"{self.url}{PATH}"))
        action = asked.headers.get("soapaction", "")
        told = self._answering.answer(asked.content, action=action, asked_by="127.0.0.1")
        return _xml(told.status, told.content)

    def writes(self, asked: Asked) -> bool:
        operation = OPERATIONS.get(asked.headers.get("soapaction", "").strip('"').rpartition("/")[2])
        return operation is not None and operation.writes

    def remembered(self) -> dict[str, Any]:
        return {**super().remembered(), "rows": dict(self.erp.rows), "changes": self.erp.clock}

    def restore(self, remembered: Mapping[str, Any]) -> None:
        rest = dict(remembered)
        self.erp.rows, self.erp.clock = dict(rest.pop("rows")), rest.pop("changes")
        super().restore(rest)

    @property
    def kept(self) -> list[str]:
        """All actors, without when they were changed."""
        rows = self.erp.rows.values()
        return [f"{row.type} {row.key} of {row.parent_key}: {sorted(row.values.items())}" for row in rows]


def _xml(status: int, content: bytes) -> Answer:
    return Answer(status, content=content, headers={"Content-Type": "text/xml; charset=utf-8"})
