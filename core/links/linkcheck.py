"""Whether links go with their connectors, as far as it shows without asking a system."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from core.config.finding import Finding, shown
from core.config.flow_kinds import KindName
from core.errors import ConfigError, PendelError
from core.links.connectors import connector_named, definition_names
from core.links.fields import field_faults
from core.text import clean, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.config.links import LinkSettings
    from core.config.model import Config
    from core.links.contract import LinkConnector


def check_links(config: Config) -> list[Finding]:
    """Return what does not fit, in all connectors and links."""
    found: list[Finding] = []
    unusable = set()
    for name, settings in config.connectors.items():
        key = "file" if settings.file is not None else "definition"
        try:
            connector_named(name, config)
        except PendelError as error:
            found.append(Finding(("connectors", name, key), why(error), shown(getattr(settings, key))))
            unusable.add(name)
    for name, link in config.links.items():
        if link.connector not in unusable:
            found += check_link(name, link, config)
    return found


def check_link(name: str, settings: LinkSettings, config: Config) -> list[Finding]:
    """Return what does not fit in one link, which need not be one of the configuration."""
    path = ("links", name)
    try:
        connector = connector_named(settings.connector, config)
    except PendelError as error:
        known = [*config.connectors, *definition_names()]
        near = "" if settings.connector in known else nearest(settings.connector, known)
        return [Finding((*path, "connector"), why(error), shown(settings.connector), near)]
    return [*_fields(path, settings, connector), *_sync(path, settings, connector)]


def _fields(path: tuple[str, str], settings: LinkSettings, connector: LinkConnector) -> Iterator[Finding]:
    known = connector.known_fields
    if known is None:
        return
    for fault in field_faults(known, settings.fields, may_lack=connector.listed_field):
        missing = fault.name not in settings.fields and not fault.unknown
        place = (*path, "fields") if missing else (*path, "fields", fault.name)
        subject = f"{fault.name} " if missing else "it "
        words = f"{subject}{fault.words}"
        yield Finding(place, f"{words}. {fault.advice}".rstrip(". ") if fault.advice else words)


def _sync(path: tuple[str, str], settings: LinkSettings, connector: LinkConnector) -> Iterator[Finding]:
    resources = connector.resources
    kinds = [*get_args(KindName), *resources]
    for kind in settings.sync:
        if kind not in kinds:
            message = "it is neither a kind of flow nor a resource of the connector"
            yield Finding((*path, "sync", kind), message, shown(kind), nearest(kind, kinds))
    for name, values in settings.lists.items():
        if values.resource is not None and values.resource not in resources:
            near = nearest(values.resource, resources)
            place = (*path, "lists", name, "resource")
            yield Finding(place, "the connector has no such resource", shown(values.resource), near)


def why(error: PendelError) -> str:
    """Return in one phrase why a definition cannot be used."""
    if isinstance(error, ConfigError) and error.problems:
        return clean(f"the definition cannot be used: {error.problems[0]}")
    return error.message[:1].lower() + error.message[1:].rstrip(".")
