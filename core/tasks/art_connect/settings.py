"""How suppliers and points of sale are reached, as one XML file for Art-Connect (DP4).

The file has passwords in it, so that it stands nowhere but at its target: it is made without them, held against its
schema, and filled in as a file without a name, which nothing is left of when the process ends.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from core.config.art_connect import SECRETS
from core.config.secrets import SecretRef
from core.errors import ConfigError, DataError, Refused
from core.runs import Counts
from core.tasks.art_connect.documents import refuse_unfit
from core.tasks.connection import Connection
from core.tasks.context import Outcome
from core.tasks.parcels import Parcel, addressed, deliver, file_path
from core.text import clean, counted, file_size

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from lxml.etree import _Element as Element

    from core.config.art_connect import SettingsTask
    from core.tasks.context import RunContext

NAMESPACE: Final = "urn:pendel:art-connect:settings:1"
MESSAGES: Final = ("order", "confirmation", "invoice", "packing_list")
_ENTITIES = ("organisation", "point_of_sale", "message_channel")

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Made:
    """The document, and the passwords that are still to be filled in, by where."""

    root: Element
    passwords: Sequence[tuple[Element, str, str]]
    """An element, the name of its secret, and the code of the channel."""
    channels: int
    parties: int


def run_settings(context: RunContext, task: SettingsTask) -> Outcome:
    """Write the settings and deliver them, in place of those that were there.

    Raises:
        Refused: there is nothing to tell.
        PendelError: a record is wrong, a password is missing, or the file could not be delivered; nothing was sent.
    """
    with Connection.to(context, task.target.location) as connection:
        known = context.checkpoint.get("parcel")
        if known and known["delivered"]:
            context.counts = Counts(written=known["records"])
            return Outcome(f"Sent {clean(known['path'])} to {connection.name}.", counts=context.counts)
        path = file_path(context, task.target.path, entity="message_channel", assortment=task.assortment)
        made, watermark = _document(context, task)
        if not made.channels:
            raise Refused(
                "No supplier or point of sale has an address for messages. Nothing was sent, for the receiver would "
                "take that for the whole truth.",
                advice="Import records of message_channel first, or look at the assortment of the task.",
            )
        refuse_unfit(context, made.root, "settings-1.xsd")
        context.counts = Counts(written=made.channels)
        secrets = _secrets(context, made)
        content = f"{counted(made.channels, 'channel')} of {counted(made.parties, 'supplier')} and points of sale"
        if context.dry_run:
            return Outcome(f"Would send {clean(path)} to {connection.name}: {content}.", counts=context.counts)
        with tempfile.TemporaryFile(dir=context.spool) as file:
            _fill_in(made, secrets)
            file.write(_bytes_of(made.root))
            file.flush()
            source = Path(f"/dev/fd/{file.fileno()}")
            parcel = Parcel(str(source), path, source.stat().st_size, made.channels, watermark.isoformat())
            parcel = replace(parcel, replaces=known["replaces"]) if known else addressed(connection, parcel)
            _save(context, parcel)
            sha256 = deliver(context, connection, parcel, overwrite=True, look_first=known is not None)
        with context.journal.transaction():
            context.note_file("target", path, connection.name, size=parcel.size, sha256=sha256)
            _save(context, replace(parcel, delivered=True))
    return Outcome(
        f"Sent {clean(path)} to {connection.name}: {content}, {file_size(parcel.size)}.", counts=context.counts
    )


def _save(context: RunContext, parcel: Parcel) -> None:
    context.checkpoint["parcel"] = asdict(replace(parcel, spooled=""))
    context.save_checkpoint()


def _document(context: RunContext, task: SettingsTask) -> tuple[_Made, datetime]:
    from core.store.catalogue import snapshot

    context.step("gathering suppliers and points of sale")
    with context.catalogue.session() as session, snapshot(session) as watermark:
        found = {entity: _records(context, task, session, entity, watermark) for entity in _ENTITIES}
    return _made(context, **found), watermark


def _records(context: RunContext, task: SettingsTask, session: Any, entity: str, watermark: datetime) -> list[Record]:
    """Return the records of an entity that are not switched off, in the order of their key."""
    from core.sql import column_list
    from core.store.catalogue import select_records

    known = context.config.entities[entity]
    view = select_records(
        session,
        known,
        assortment=task.assortment,
        since=None,
        upto=watermark,
        with_archived=False,
        where="active IS DISTINCT FROM false",
        name=f"settings {entity}",
    )
    names = list(known.fields)
    rows = session.execute(f'SELECT {column_list(names)} FROM "{view}" ORDER BY {column_list(known.key)}').fetchall()
    return [
        {name: clean(str(value)) for name, value in zip(names, row, strict=True) if value is not None} for row in rows
    ]


def _made(
    context: RunContext,
    organisation: list[Record],
    point_of_sale: list[Record],
    message_channel: list[Record],
) -> _Made:
    from lxml import etree

    faults = list(_faults(point_of_sale, message_channel))
    if faults:
        raise DataError(
            f"{counted(len(faults), 'fault')} in what is to be sent; the first: {'; '.join(faults[:3])}.",
            advice="Nothing was sent. Mend the records in the catalogue.",
        )
    sites, channels = defaultdict(list), defaultdict(list)
    for site in point_of_sale:
        sites[site["organisation"]].append(site)
    for channel in message_channel:
        owner = "point_of_sale" if "point_of_sale" in channel else "organisation"
        channels[owner, channel[owner]].append(channel)
    suppliers = [
        each for each in organisation if each["number"] in sites or ("organisation", each["number"]) in channels
    ]
    root = etree.Element(
        f"{{{NAMESPACE}}}ArtConnectSettings",
        {"generated": context.now().isoformat(timespec="seconds"), "suppliers": str(len(suppliers))},
        nsmap={None: NAMESPACE},
    )
    passwords: list[tuple[Element, str, str]] = []
    for supplier in suppliers:
        element = _party(root, "Supplier", supplier)
        _add_channels(element, channels["organisation", supplier["number"]], passwords)
        for site in sites[supplier["number"]]:
            inner = _party(element, "PointOfSale", site)
            _add_channels(inner, channels["point_of_sale", site["number"]], passwords)
    written = len(root.findall(f".//{{{NAMESPACE}}}Channel"))
    return _Made(root, passwords, written, len(suppliers))


def _faults(sites: list[Record], channels: list[Record]) -> Iterator[str]:
    """Yield what keeps records from being sent, a phrase each. A channel of what is switched off is no fault."""
    for site in sites:
        if "organisation" not in site:
            yield f"point of sale {site['number']} has no supplier"
    for channel in channels:
        code, message = channel["code"], channel.get("message", "")
        if message not in MESSAGES:
            yield f"channel {code} is for {message or 'no message'}, which is none of {', '.join(MESSAGES)}"
        if "organisation" not in channel and "point_of_sale" not in channel:
            yield f"channel {code} has neither a supplier nor a point of sale"
        if "url" not in channel:
            yield f"channel {code} has no address"
        secret = channel.get("secret", "")
        if secret and not secret.startswith(SECRETS):
            yield f"channel {code} names a secret that does not begin with {SECRETS}, and is therefore not sent"


def _party(parent: Element, name: str, record: Mapping[str, str]) -> Element:
    from lxml import etree

    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}", {"number": record["number"]})
    if "gln" in record:
        element.set("gln", record["gln"])
    if "name" in record:
        etree.SubElement(element, f"{{{NAMESPACE}}}Name").text = record["name"]
    return element


def _add_channels(parent: Element, channels: list[Record], passwords: list[tuple[Element, str, str]]) -> None:
    from lxml import etree

    for channel in channels:
        element = etree.SubElement(parent, f"{{{NAMESPACE}}}Channel", {"message": channel["message"]})
        for name, field in (("Url", "url"), ("UserName", "user_name"), ("Password", "secret"), ("Format", "format")):
            if field not in channel:
                continue
            inner = etree.SubElement(element, f"{{{NAMESPACE}}}{name}")
            if name == "Password":
                passwords.append((inner, channel["secret"], channel["code"]))
            else:
                inner.text = channel[field]


def _secrets(context: RunContext, made: _Made) -> dict[str, str]:
    """Return the passwords by the names of their secrets.

    Raises:
        DataError: one is not in the vault.
    """
    found: dict[str, str] = {}
    for _, name, channel in made.passwords:
        if name not in found:
            try:
                found[name] = context.secrets.line(SecretRef(secret=name))
            except (ConfigError, ValueError):
                raise DataError(
                    f"Channel {channel} names the secret {name}, which is not in the vault.",
                    advice=f'Nothing was sent. Store it with "pendel secret set {name}".',
                ) from None
    return found


def _fill_in(made: _Made, secrets: Mapping[str, str]) -> None:
    for element, name, channel in made.passwords:
        try:
            element.text = secrets[name]
        except ValueError:
            raise DataError(
                f"The password of channel {channel} has characters that cannot stand in XML.",
                advice="Nothing was sent.",
            ) from None


def _bytes_of(root: Element) -> bytes:
    from lxml import etree

    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
