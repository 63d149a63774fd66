"""What no single setting of a definition can tell: names that stand in one place and are used in another."""

from __future__ import annotations

from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from core.config.finding import Finding, shown
from core.links.address import is_loopback
from core.links.fields import misfit
from core.links.kindcheck import check_kinds
from core.links.model.auth import EMPTY, GIVEN, ApiKeyAuth, ChosenAuth, CodeOAuth2, PasswordOAuth2
from core.links.model.lines import AskedLines, WrittenRequests
from core.links.model.paging import Offset
from core.links.model.resources import CompareAll, ModifiedSince
from core.links.model.templates import filled, names_in
from core.links.values import plain
from core.text import listed, nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from core.config.outline import KeyPath
    from core.links.model.auth import Auth
    from core.links.model.connector import Connector
    from core.links.model.lines import Lines
    from core.links.model.requests import Request
    from core.links.model.resources import Resource
    from core.links.model.writes import Write

_OWN_NAMES = ("id", "since", "value")
_PARTS = ("path", "query", "headers", "body")
_NEARLY = 0.85


def cross_check(connector: Connector) -> list[Finding]:
    """Return what does not fit together."""
    return list(_check(connector))


def _check(connector: Connector) -> Iterator[Finding]:
    fields = {field.name for field in connector.fields}
    yield from _fields(connector)
    if connector.host is None:
        yield from _unknown(("base_url",), connector.base_url, fields)
        yield from _insecure(("base_url",), connector.base_url, connector)
    else:
        yield from _host(connector, fields)
    yield from _ways(connector, fields)
    for part in ("headers", "query", "body"):
        yield from _unknown(("every", part), getattr(connector.every, part), fields)
    yield from _request(("test",), connector.test, fields)
    if connector.tenants is not None:
        yield from _request(("tenants",), connector.tenants, fields - {connector.tenants.field})
        if connector.tenants.field not in fields:
            yield _no_field(("tenants", "field"), connector.tenants.field, fields)
    for name, resource in connector.resources.items():
        known = {*fields, *resource.parameters}
        for parameter in {*resource.parameters} & {*fields, *_OWN_NAMES}:
            yield Finding(
                ("resources", name, "parameters"), "a field of the link has this name already", f'"{parameter}"'
            )
        yield from _resource(("resources", name), resource, known)
        yield from _parts(("resources", name), resource, connector)
    yield from _limits(connector)
    yield from check_kinds(connector)


def _limits(connector: Connector) -> Iterator[Finding]:
    """See that no limit holds for nothing because it is misspelt.

    One may well be for what a definition adds that is ``like`` this; so only what is nearly a path is told.
    """
    paths = {*_paths(connector.model_dump())}
    for number, limit in enumerate(connector.limits):
        for place, pattern in enumerate(limit.paths):
            near = get_close_matches(pattern, paths, n=1, cutoff=_NEARLY)
            if near and not any(fnmatchcase(path, pattern) for path in paths):
                said = "no request of this definition has such a path"
                yield Finding(("limits", number, "paths", place), said, f'"{pattern}"', near[0])


def _paths(settings: Any) -> Iterator[str]:
    if isinstance(settings, list):
        for each in settings:
            yield from _paths(each)
    elif isinstance(settings, dict):
        for key, value in settings.items():
            if key == "path" and isinstance(value, str) and value:
                yield value
            else:
                yield from _paths(value)


def _fields(connector: Connector) -> Iterator[Finding]:
    seen: set[str] = set()
    for position, field in enumerate(connector.fields):
        path = ("fields", position)
        if field.name in seen:
            yield Finding((*path, "name"), "another field has this name already", f'"{field.name}"')
        seen.add(field.name)
        if field.name in _OWN_NAMES:
            yield Finding((*path, "name"), f"{listed(_OWN_NAMES, last='and')} mean something else already")
        if (field.type == "choice") != bool(field.choices):
            yield Finding((*path, "choices"), 'choices and type = "choice" go together')
        elif field.default is not None and field.type != "password" and (wrong := misfit(field, field.default)):
            near = nearest(plain(field.default), field.choices)
            yield Finding((*path, "default"), f"it {wrong}", shown(field.default), near)
        if field.type == "password" and field.default is not None:
            yield Finding((*path, "default"), "a password has no default: it would stand in this file")


def _host(connector: Connector, fields: Collection[str]) -> Iterator[Finding]:
    if connector.host is None:
        return
    yield from _unknown(("host", "url"), connector.host.url, fields)
    yield from _insecure(("host", "url"), connector.host.url, connector)
    yield from _unknown(("base_url",), connector.base_url, {*fields, "host"})
    if "host" in fields:
        place = next(at for at, field in enumerate(connector.fields) if field.name == "host")
        yield Finding(("fields", place, "name"), "host means something else already: what [host] finds")
    if not connector.base_url.startswith("{host}"):
        yield Finding(("base_url",), "it must begin with {host}, which [host] finds", f'"{connector.base_url}"')


def _ways(connector: Connector, fields: Collection[str]) -> Iterator[Finding]:
    auth = connector.auth
    if not isinstance(auth, ChosenAuth):
        yield from _auth(("auth",), auth, connector, fields)
        return
    if auth.field not in fields:
        yield _no_field(("auth", "field"), auth.field, fields)
        return
    field = next(field for field in connector.fields if field.name == auth.field)
    if field.type != "choice":
        if auth.ways.keys() != {GIVEN, EMPTY}:
            yield Finding(("auth", "ways"), f"there must be two: {GIVEN} and {EMPTY}, as the field {auth.field} is")
    elif sorted(field.choices) != sorted(auth.ways):
        yield Finding(("auth", "ways"), f"there must be one for each choice of the field {auth.field}")
    for name, way in auth.ways.items():
        yield from _auth(("auth", "ways", name), way, connector, fields)


def _auth(path: KeyPath, auth: Auth, connector: Connector, fields: Collection[str]) -> Iterator[Finding]:
    templates: dict[str, Any] = {"scopes": dict(enumerate(getattr(auth, "scopes", [])))}
    for key in type(auth).model_fields:
        value = getattr(auth, key)
        if key in ("token_url", "authorize_url"):
            yield from _insecure((*path, key), value, connector)
        if isinstance(value, str) and key not in ("name", "kind", "token_type"):
            templates[key] = value
    yield from _unknown(path, templates, fields)
    for key in ("password", "client_secret", "value", "system_token", "application_token", "private_key"):
        for name in names_in(getattr(auth, key, None) or ""):
            field = next((each for each in connector.fields if each.name == name), None)
            if field is not None and field.type != "password":
                place = ("fields", connector.fields.index(field), "type")
                yield Finding(place, 'it is used as a secret: type = "password" is needed, so that it is kept as one')
    if isinstance(auth, CodeOAuth2 | PasswordOAuth2) and auth.refresh == "none" and auth.refresh_not_before_seconds:
        yield Finding((*path, "refresh_not_before_seconds"), 'with refresh = "none", nothing is ever refreshed')
    if isinstance(auth, ApiKeyAuth) and auth.place == "body" and connector.test.method == "GET":
        yield Finding(("test", "method"), "a key that goes into the body needs a request with a body, such as POST")


def _resource(path: KeyPath, resource: Resource, fields: Collection[str]) -> Iterator[Finding]:
    yield from _request(path, resource, fields)
    yield from _incremental(path, resource, fields)
    if resource.write is not None:
        yield from _write((*path, "write"), resource.write, fields)
    if resource.lines is not None:
        yield from _lines((*path, "lines"), resource.lines, resource, fields)
    for name, rule in resource.fields.items():
        if rule.write is not None:
            yield from _unknown((*path, "fields", name, "write"), rule.write, {*fields, "value"})


def _lines(path: KeyPath, lines: Lines, resource: Resource, fields: Collection[str]) -> Iterator[Finding]:
    # Fields of the row, and of the line, are known to the system and not to its definition.
    for name, rule in lines.fields.items():
        if rule.write is not None:
            yield from _unknown((*path, "fields", name, "write"), rule.write, {*fields, "value"})
    if isinstance(lines.read, AskedLines) and not lines.read.path:
        yield Finding((*path, "read", "path"), "it is needed: where lines are asked for")
    if lines.write is not None and resource.write is not None and resource.write.form is not None:
        yield Finding((*path, "write"), "the form under write says already how lines are written")
    if isinstance(lines.write, WrittenRequests):
        undo = lines.write.undo
        if not _names(undo, "id"):
            yield Finding((*path, "write", "undo"), "the id of the line is not sent: a placeholder {id} is needed")
        yield from _request((*path, "write", "undo"), undo, {*fields, "id"})


def _parts(path: KeyPath, resource: Resource, connector: Connector) -> Iterator[Finding]:
    parts, paging = resource.parts, resource.paging
    if parts is None:
        return
    if not isinstance(paging, Offset) or paging.window is None or paging.total is None:
        yield Finding((*path, "parts"), "it needs paging by offset, with window and total")
    if resource.lines is not None:
        yield Finding((*path, "parts"), "it cannot be together with lines")
    known = {field.name for field in connector.fields}
    for position, step in enumerate(parts.steps):
        place = (*path, "parts", "steps", position)
        yield from _unknown((*place, "body"), step.body, {*known, "part"})
        if "part" not in names_in(step.body):
            yield Finding((*place, "body"), "nothing is asked with {part}")
        if step.resource is not None and step.resource not in connector.resources:
            near = nearest(step.resource, connector.resources)
            yield Finding((*place, "resource"), "there is no such resource", f'"{step.resource}"', near)


def _incremental(path: KeyPath, resource: Resource, fields: Collection[str]) -> Iterator[Finding]:
    incremental, paging = resource.incremental, resource.paging
    if incremental is not None and not isinstance(incremental, CompareAll):
        known = {*fields, "since"}
        for part in ("query", "body"):
            yield from _unknown((*path, "incremental", part), getattr(incremental, part), known)
        if "since" not in {*names_in(incremental.query), *names_in(incremental.body)}:
            yield Finding((*path, "incremental"), "nothing is asked with {since}: set query or body")
        if isinstance(incremental, ModifiedSince) and incremental.zone is not None:
            yield from _unknown((*path, "incremental", "zone"), incremental.zone, fields)
            try:
                if not list(names_in(incremental.zone)):
                    ZoneInfo(incremental.zone)
            except (KeyError, ValueError, OSError):
                yield Finding((*path, "incremental", "zone"), "there is no such time zone", f'"{incremental.zone}"')
    if resource.filter_needed and (incremental is None or isinstance(incremental, CompareAll)):
        yield Finding((*path, "filter_needed"), "a filter is needed, and incremental does not send one")
    places = {getattr(paging, "place", "query")} | ({"body"} if getattr(incremental, "body", None) else set())
    if "body" in places and resource.method == "GET":
        yield Finding((*path, "method"), "members of the body are sent, and GET has no body: set POST")
    if isinstance(paging, Offset) and paging.window is not None and paging.window < paging.size:
        yield Finding((*path, "paging", "window"), "it must not be less than size", str(paging.window))


def _write(path: KeyPath, write: Write, fields: Collection[str]) -> Iterator[Finding]:
    # The fields of a record are known to the system and not to its definition: only {id} and the link's are checked.
    whole = write.update.begin_with if write.update is not None else None
    for key, request in (
        (("update",), write.update),
        (("read_back",), write.read_back),
        (("update", "begin_with"), whole),
    ):
        if request is not None and not _names(request, "id"):
            yield Finding((*path, *key), "the id of the record is not sent: a placeholder {id} is needed")
    if write.read_back is not None:
        yield from _request((*path, "read_back"), write.read_back, {*fields, "id"})
    create = write.create
    if create is not None and create.id_member is None and create.id_header is None and write.look_up is None:
        yield Finding((*path, "create"), "id_member or id_header is needed, or look_up, to know what was created")
    if write.create is not None and (both := set(write.create.required) & set(write.create.never)):
        yield Finding((*path, "create", "never"), f"{listed(sorted(both), last='and')} cannot be needed and never sent")


def _names(request: Request, name: str) -> bool:
    return name in {each for part in _PARTS for each in names_in(getattr(request, part))}


def _request(path: KeyPath, request: Request, known: Collection[str]) -> Iterator[Finding]:
    for part in _PARTS:
        value = getattr(request, part)
        if value:
            yield from _unknown((*path, part), value, known)


def _unknown(path: KeyPath, value: Any, known: Collection[str]) -> Iterator[Finding]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _unknown((*path, key), each, known)
        return
    for name in names_in(value):
        if name not in known:
            near = nearest(name, known)
            rest = "" if near else f"; there are {listed(sorted(known), last='and')}" if known else ""
            yield Finding(path, f"the placeholder {{{name}}} is not known{rest}", suggestion=near)


def _no_field(path: KeyPath, name: str, fields: Collection[str]) -> Finding:
    return Finding(path, "the link has no such field", f'"{name}"', nearest(name, fields))


def _insecure(path: KeyPath, template: str, connector: Connector) -> Iterator[Finding]:
    samples: Mapping[str, Any] = {field.name: (field.default or "example.org") for field in connector.fields}
    try:
        address = urlsplit(filled(template, samples))
    except ValueError:
        return  # a placeholder that is not known has been told of
    if address.scheme != "https" and not (address.scheme == "http" and is_loopback(address.hostname or "")):
        # An address that begins with a placeholder is looked at when the link is made.
        if not template.startswith("{"):
            yield Finding(path, "it must begin with https://: what goes over http:// can be read on the way")
    elif not address.hostname:
        yield Finding(path, "there is no host in it")
