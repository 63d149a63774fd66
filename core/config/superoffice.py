"""The settings of the connector by which SuperOffice takes Pendel's catalogue for an ERP."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, StrictBool, StrictStr, StringConstraints, model_validator

from core.config.base import EntityName, FieldName, Line, Settings, setting
from core.config.frequency import Manual
from core.config.secrets import Secret
from core.config.tasks import TaskBase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.config.entities import Entity

SUPEROFFICE_ID = "system-superoffice"
"""The task whose runs take in what SuperOffice creates and changes."""

ActorType = Literal["Customer", "Supplier", "Partner", "Person", "Project"]
FieldKey = Annotated[StrictStr, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_.]*$", max_length=64)]

_ADDRESS = re.compile(r"(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)|(localhost)):([0-9]{1,5})")

_KEYS: Mapping[str, str] = {
    "name": "NAME",
    "department": "DEPARTMENT",
    "phone": "PHONE",
    "email": "EMAIL",
    "website": "URL",
    "street": "STREETAD1",
    "postal_code": "STREETZIP",
    "city": "STREETCITY",
    "region": "STREETSTATE",
    "country": "COUNTRY",
    "vat_number": "VATNO",
}
_PERSON_KEYS: Mapping[str, str] = {
    "first_name": "FIRSTNAME",
    "last_name": "LASTNAME",
    "salutation": "TITLE",
    "phone": "PHONE_DIRECT",
    "mobile": "PHONE_MOBILE",
    "email": "EMAIL",
    "position": "POSITION",
    "website": "URL",
}


def _host_and_port(value: str) -> str:
    match = _ADDRESS.fullmatch(value)
    try:
        if match is None or int(match[4]) > 65535:
            raise ValueError
        if not match[3]:
            ipaddress.ip_address(match[1] or match[2])
    except ValueError:
        raise ValueError('an address of this machine and a port are needed, such as "127.0.0.1:8425"') from None
    return value


class SuperOfficeActors(Settings):
    """The records that SuperOffice sees as actors of one type."""

    entity: EntityName = setting(title="Entity", refers="entities")
    assortment: StrictStr = setting("", title="Assortment", help="Its records are seen, and new ones made in it.")
    fields: dict[FieldKey, FieldName] = setting(
        dict, title="Fields", help="A key for SuperOffice = the field. Empty: all fields, by their usual keys."
    )
    write: StrictBool = setting(True, title="Written", help="SuperOffice may create and change these records.")

    def keys(self, actor_type: str, entity: Entity) -> Mapping[str, str]:
        """Return the fields by their keys; those keys that SuperOffice maps by itself, where there are such."""
        if self.fields:
            return self.fields
        usual = _PERSON_KEYS if actor_type == "Person" else _KEYS
        number = "NUMBER1" if actor_type in ("Customer", "Supplier", "Partner") else "NUMBER"
        return {
            number if name in entity.key else usual.get(name, name.upper().replace(".", "_")): name
            for name in entity.fields
        }


class SuperOfficeOnline(Settings):
    """How SuperOffice Online knows the connector; an installation of one's own asks for none of this."""

    application: Line = setting(title="Application id", help="As SuperOffice has registered it.")
    key: Secret = setting(title="Key of the application", help="Its private RSA key, in PEM or XML.", long=True)
    certificate: Line = setting(
        title="Certificate of SuperOffice", help="The file with the one that its tokens are signed by."
    )


class SuperOfficeSettings(Settings):
    """The connector by which a SuperOffice takes the catalogue for an ERP. Without this table there is none."""

    listen: Annotated[Line, AfterValidator(_host_and_port)] = setting(
        "127.0.0.1:8425", title="Listen", help="Where SuperOffice, or a proxy before it, asks: an address and a port."
    )
    name: Line = setting("Pendel", title="Name", help="Of the connector, as ?ConnectorName= in its address has it.")
    secret: Secret | None = setting(
        None, title="Secret", help="What a link in SuperOffice must give as its password. Needed beyond this machine."
    )
    certificate: Line | None = setting(
        None, title="Certificate", help="The file of it, for https. Needed beyond this machine."
    )
    certificate_key: Line | None = setting(None, title="Key of the certificate", help="The file of it.")
    new_keys: Annotated[StrictStr, StringConstraints(pattern=r"^[A-Za-z0-9_.-]*$", max_length=20)] = setting(
        "SO", title="New keys", help="A record that SuperOffice makes gets a number behind this."
    )
    online: SuperOfficeOnline | None = setting(None, title="SuperOffice Online")
    actors: dict[ActorType, SuperOfficeActors] = setting(
        dict, title="Actors", help="By the type: Customer, Supplier, Partner, Person or Project."
    )

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)

    @model_validator(mode="after")
    def _safe_beyond_this_machine(self) -> SuperOfficeSettings:
        if (self.certificate is None) != (self.certificate_key is None):
            raise ValueError("certificate and certificate_key go together")
        host, _ = self.address
        if host == "localhost" or ipaddress.ip_address(host).is_loopback:
            return self
        if self.certificate is None or self.secret is None:
            raise ValueError(
                "whoever reaches an address beyond this machine could read and change records: set secret and "
                'certificate, or listen at "127.0.0.1:8425" behind a proxy'
            )
        return self


class SuperOfficeTask(TaskBase):
    """Takes in what SuperOffice creates and changes; each call of it is a run."""

    type: Literal["superoffice"] = setting("superoffice", title="Type")


def superoffice_task() -> SuperOfficeTask:
    """Return the task; it is started by who asks, and planned by nobody."""
    return SuperOfficeTask.model_construct(
        id=SUPEROFFICE_ID,
        description="Takes in what SuperOffice creates and changes",
        sequence=0,
        frequency=Manual.model_construct(),
    )
