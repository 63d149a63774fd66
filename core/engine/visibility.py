"""Which links an actor may see, and so which tasks (LK2, LK5): by the users and groups of the operating system."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from core.config.base import Settings
from core.engine.api.rights import Right
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.config.model import Config


ACCESS_KEYS = ("view", "operate", "administer")
"""Of [access]: those that name users and groups."""
_FIRST_PERSON, _NOBODY = 1000, 65_534
"""The ids of people (login.defs, UID_MIN), and the one of nobody."""
_OFFERED = 500


def hidden_links(config: Config, user: str, right: Right) -> frozenset[str]:
    """Return the links that a user may not see; may ask a directory service, and take its time.

    Who may administer sees all of them: who sets to whom a link is visible must see it. So do root and the user that
    the engine runs as, who can read its files anyway.
    """
    limited = {name: link.visible_to for name, link in config.links.items() if link.visible_to}
    if not limited or right is Right.ADMINISTER:
        return frozenset()
    uid, groups = _known(user)
    if uid in (0, os.geteuid()):
        return frozenset()
    return frozenset(name for name, named in limited.items() if not _among(user, groups, named))


def principals() -> list[str]:
    """Return the users and groups of this system that a link can be made visible to; people, and no services."""
    import grp
    import pwd

    users = [entry.pw_name for entry in pwd.getpwall() if _FIRST_PERSON <= entry.pw_uid < _NOBODY]
    groups = [f"@{entry.gr_name}" for entry in grp.getgrall() if _FIRST_PERSON <= entry.gr_gid < _NOBODY]
    return [*sorted(users)[:_OFFERED], *sorted(groups)[:_OFFERED]]


def why_unknown(principal: str) -> str:
    """Return in a sentence that this system knows no such user or group; empty where it does.

    It may ask a directory service. Nobody is refused for it: who is not known now may be so tomorrow.
    """
    import grp
    import pwd

    try:
        if principal.startswith("@"):
            grp.getgrnam(principal[1:])
        else:
            pwd.getpwnam(principal)
    except KeyError:
        kind, name = ("group", principal[1:]) if principal.startswith("@") else ("user", principal)
        return f"this system knows no {kind} {clean(name, limit=70)!r}"
    return ""


def unknown_principals(config: Config) -> Iterator[tuple[str, str]]:
    """Yield where in a configuration a user or group stands that this system does not know, and that it does not."""
    places = [(f"[links.{clean(name)}] visible_to", link.visible_to) for name, link in config.links.items()]
    access = config.access
    places += [(f"[access] {key}", getattr(access, key)) for key in ACCESS_KEYS]
    for place, named in places:
        yield from ((place, words) for each in named if (words := why_unknown(each)))


def _known(user: str) -> tuple[int | None, frozenset[str]]:
    """Return the id of a user and the names of its groups, as the system's database has them."""
    import grp
    import pwd

    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        return None, frozenset()
    names = set()
    for number in os.getgrouplist(entry.pw_name, entry.pw_gid):
        try:
            names.add(grp.getgrgid(number).gr_name)
        except KeyError:
            continue
    return entry.pw_uid, frozenset(names)


def _among(user: str, groups: frozenset[str], named: Sequence[str]) -> bool:
    return any(each[1:] in groups if each.startswith("@") else each == user for each in named)


def hidden_tasks(config: Config, links: frozenset[str]) -> frozenset[str]:
    """Return the tasks that use one of these links: what they do is the link's business."""
    if not links:
        return frozenset()
    return frozenset(task.id for task in config.tasks if links.intersection(links_of(task)))


def links_of(settings: Settings) -> Iterator[str]:
    """Yield the names of the links that settings refer to."""
    from core.config.introspect import extra_of

    for name, info in type(settings).model_fields.items():
        yield from _links_in(getattr(settings, name), refers=extra_of(info, "refers") == "links")


def _links_in(value: object, *, refers: bool) -> Iterator[str]:
    if isinstance(value, Settings):
        yield from links_of(value)
    elif isinstance(value, str) and refers:
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _links_in(each, refers=refers)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _links_in(each, refers=refers)
