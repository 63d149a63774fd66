"""Links and connectors as a console shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.config import sources
from core.config.vault import Vault
from core.engine.api.links import ConnectorView, LinkState, LinkView, ResourceView
from core.engine.desks import tables
from core.engine.desks.link_settings import masked
from core.errors import ConfigError, PendelError
from core.links.connectors import connector_named, definition_names, described
from core.links.declared import DeclaredConnector
from core.links.linkcheck import check_link, why
from core.links.opening import needs_sign_in
from core.links.tested import GoodTests, fingerprint
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from core.config.links import ConnectorSettings, LinkSettings
    from core.config.model import Config
    from core.links.contract import LinkConnector, Surroundings
    from core.store.journal.records import AuditRow


def link_views(
    around: Surroundings, latest_tests: Mapping[str, AuditRow], *, hidden: AbstractSet[str] = frozenset()
) -> list[LinkView]:
    """Return every link that is not hidden, in file order."""
    config = around.config
    read = sources.read(config.path)
    used = tables.used_by(read.data)
    views = []
    for name, link in config.links.items():
        if name in hidden:
            continue
        state, why_not, at, title = _state(name, link, around)
        last = latest_tests.get(clean(name))
        values = read.data.get("links", {}).get(name, {})
        views.append(
            LinkView(
                name=name,
                connector=link.connector,
                title=title,
                description=clean(link.description),
                state=state,
                why=why_not,
                active=link.active,
                tested_at=at,
                last_test=clean(last.answer) if last else "",
                last_test_at=last.at if last else None,
                visible_to=tuple(link.visible_to),
                used_by=used.get(("links", name), ()),
                values=tables.plain(masked(values, config)),
                file=clean(read.origin(("links", name))[0].name),
            )
        )
    return views


def _state(name: str, link: LinkSettings, around: Surroundings) -> tuple[LinkState, str, datetime | None, str]:
    """Return the state of a link, why it cannot be used, when it was tested, and the title of its connector."""
    try:
        connector = connector_named(link.connector, around.config)
    except PendelError as error:
        return LinkState.WRONG, why(error), None, ""
    title = clean(connector.title)
    if found := check_link(name, link, around.config):
        return LinkState.WRONG, f"{'.'.join(map(str, found[0].path[2:]))}: {found[0].message}", None, title
    try:
        at = GoodTests(Vault(around.config.data_dir)).of(name).get(fingerprint(connector, link.fields, around.secrets))
        signed_out = needs_sign_in(name, connector, around.config)
    except ConfigError as error:
        return LinkState.WRONG, clean(error.problems[0].message if error.problems else error.message), None, title
    if signed_out:
        return LinkState.SIGN_IN, "", at, title
    if at is None:
        return LinkState.NOT_TESTED, "", None, title
    return (LinkState.ACTIVE if link.active else LinkState.TESTED), "", at, title


def connector_views(config: Config, *, hidden: AbstractSet[str] = frozenset()) -> list[ConnectorView]:
    """Return every connector: those of the configuration, then those that Pendel brings along."""
    read = sources.read(config.path)
    concealed = {tables.in_words("links", name) for name in hidden}
    users = {
        name: tuple(words for words in found if words not in concealed)
        for (kind, name), found in tables.used_by(read.data).items()
        if kind == "connectors"
    }
    views = []
    for name, settings in config.connectors.items():
        file = clean(read.origin(("connectors", name))[0].name)
        views.append(_connector(name, settings, config, users.get(name, ()), file))
    return [
        *views,
        *(
            _connector(name, None, config, users.get(name, ()), "")
            for name in definition_names()
            if name not in config.connectors
        ),
    ]


def _connector(
    name: str, settings: ConnectorSettings | None, config: Config, used_by: Sequence[str], file: str
) -> ConnectorView:
    place = clean((settings.file or settings.definition or "") if settings else name)
    found: LinkConnector | None = None
    problem, needs_address = "", False
    try:
        if settings is None:
            found, needs_address = described(name)
        else:
            found = connector_named(name, config)
    except PendelError as error:
        problem = why(error)
    return ConnectorView(
        name=name,
        title=clean(found.title) if found else clean(name),
        description=clean(found.description) if found else "",
        declared=settings is not None,
        place=place,
        address=clean((settings.base_url if settings else None) or (found.address if found else "")),
        problem=problem,
        flows=bool(found.definition.kinds) if isinstance(found, DeclaredConnector) else found is not None,
        needs_address=needs_address,
        resources=resource_views(found) if found else (),
        inferred=tuple(clean(each) for each in found.inferred) if found else (),
        used_by=tuple(used_by),
        file=file,
    )


def resource_views(connector: LinkConnector) -> tuple[ResourceView, ...]:
    """Return the kinds of record of a connector."""
    return tuple(
        ResourceView(clean(name), tuple(clean(each) for each in fields)) for name, fields in connector.resources.items()
    )
