"""What no single setting of a definition can tell: names that stand in one place and are used in another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from core.config.finding import Finding, shown
from core.links.address import is_loopback
from core.links.fields import misfit
from core.links.model.auth import ApiKeyAuth, CodeOAuth2, PasswordOAuth2
from core.links.model.resources import CompareAll, ModifiedSince, Offset
from core.links.model.templates import filled, names_in
from core.links.values import plain
from core.text import listed, nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from core.config.outline import KeyPath
    from core.links.model.connector import Connector
    from core.links.model.resources import Request, Resource, Write

_OWN_NAMES = ("id", "since", "value")
_PARTS = ("path", "query", "headers", "body")


def cross_check(connector: Connector) -> list[Finding]:
    """Return what does not fit together."""
    return list(_check(connector))


def _check(connector: Connector) -> Iterator[Finding]:
    fields = {field.name for field in connector.fields}
    yield from _fields(connector)
    yield from _unknown(("base_url",), connector.base_url, fields)
    yield from _insecure(("base_url",), connector.base_url, connector)
    yield from _auth(connector, fields)
    for part in ("headers", "query", "body"):
        yield from _unknown(("every", part), getattr(connector.every, part), fields)
    yield from _request(("test",), connector.test, fields)
    if connector.tenants is not None:
        yield from _request(("tenants",), connector.tenants, fields - {connector.tenants.field})
        if connector.tenants.field not in fields:
            yield _no_field(("tenants", "field"), connector.tenants.field, fields)
    for name, resource in connector.resources.items():
        yield from _resource(("resources", name), resource, fields)


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


def _auth(connector: Connector, fields: Collection[str]) -> Iterator[Finding]:
    auth = connector.auth
    for key in type(auth).model_fields:
        value = getattr(auth, key)
        if key in ("token_url", "authorize_url"):
            yield from _insecure(("auth", key), value, connector)
        if key in ("name", "kind", "token_type"):
            continue
        if isinstance(value, str):
            yield from _unknown(("auth", key), value, fields)
    for key in ("password", "client_secret", "value"):
        for name in names_in(getattr(auth, key, None) or ""):
            field = next((each for each in connector.fields if each.name == name), None)
            if field is not None and field.type != "password":
                place = ("fields", connector.fields.index(field), "type")
                yield Finding(place, 'it is used as a secret: type = "password" is needed, so that it is kept as one')
    if isinstance(auth, CodeOAuth2 | PasswordOAuth2) and auth.refresh == "none" and auth.refresh_not_before_seconds:
        yield Finding(("auth", "refresh_not_before_seconds"), 'with refresh = "none", nothing is ever refreshed')
    if isinstance(auth, ApiKeyAuth) and auth.place == "body" and connector.test.method == "GET":
        yield Finding(("test", "method"), "a key that goes into the body needs a request with a body, such as POST")


def _resource(path: KeyPath, resource: Resource, fields: Collection[str]) -> Iterator[Finding]:
    yield from _request(path, resource, fields)
    yield from _incremental(path, resource, fields)
    if resource.write is not None:
        yield from _write((*path, "write"), resource.write, fields)
    for name, rule in resource.fields.items():
        if rule.write is not None:
            yield from _unknown((*path, "fields", name, "write"), rule.write, {*fields, "value"})


def _incremental(path: KeyPath, resource: Resource, fields: Collection[str]) -> Iterator[Finding]:
    incremental, paging = resource.incremental, resource.paging
    if incremental is not None and not isinstance(incremental, CompareAll):
        known = {*fields, "since"}
        for part in ("query", "body"):
            yield from _unknown((*path, "incremental", part), getattr(incremental, part), known)
        if "since" not in {*names_in(incremental.query), *names_in(incremental.body)}:
            yield Finding((*path, "incremental"), "nothing is asked with {since}: set query or body")
        if isinstance(incremental, ModifiedSince) and incremental.zone is not None:
            try:
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
    for key in ("update", "read_back"):
        request = getattr(write, key)
        if request is not None and "id" not in {name for part in _PARTS for name in names_in(getattr(request, part))}:
            yield Finding((*path, key), "the id of the record is not sent: a placeholder {id} is needed")
    if write.read_back is not None:
        yield from _request((*path, "read_back"), write.read_back, {*fields, "id"})
    create = write.create
    if create is not None and create.id_member is None and create.id_header is None and write.look_up is None:
        yield Finding((*path, "create"), "id_member or id_header is needed, or look_up, to know what was created")
    if write.create is not None and (both := set(write.create.required) & set(write.create.never)):
        yield Finding((*path, "create", "never"), f"{listed(sorted(both), last='and')} cannot be needed and never sent")


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
