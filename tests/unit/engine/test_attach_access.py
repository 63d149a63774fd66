"""Who may do what, by the users and groups of the operating system."""

from __future__ import annotations

import grp
import os
import pwd
import socket
from typing import Any

import pytest
from pydantic import ValidationError

from core.config.access import AccessSettings
from core.engine.api import Right
from core.engine.attach import access
from core.engine.attach.access import Peer, peer, right_of, uid_of, unknown_names

USER = pwd.getpwnam("nobody")
GROUP = grp.getgrgid(USER.pw_gid).gr_name
NOBODY = peer(USER.pw_uid)


def settings(**names: Any) -> AccessSettings:
    return AccessSettings.model_validate(names)


def test_the_kernel_says_who_is_at_the_other_end() -> None:
    here, there = socket.socketpair()
    with here, there:
        assert uid_of(here) == os.getuid()


def test_without_the_table_only_root_and_the_engines_own_user_may(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = settings()
    assert right_of(Peer(0, "root", frozenset()), nothing) is Right.ADMINISTER
    assert right_of(peer(os.geteuid()), nothing) is Right.ADMINISTER
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    assert right_of(Peer(4711, "pendel", frozenset()), nothing) is Right.ADMINISTER
    assert right_of(NOBODY, nothing) is None


@pytest.mark.parametrize("name", ["nobody", f"@{GROUP}"])
def test_users_and_groups_get_the_highest_right_that_names_them(name: str) -> None:
    assert right_of(NOBODY, settings(view=[name])) is Right.VIEW
    assert right_of(NOBODY, settings(operate=[name])) is Right.OPERATE
    assert right_of(NOBODY, settings(administer=[name])) is Right.ADMINISTER
    assert right_of(NOBODY, settings(view=[name], administer=[name])) is Right.ADMINISTER
    assert right_of(NOBODY, settings(operate=["daemon", "@daemon"])) is None


def test_every_group_of_the_user_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    daemon = grp.getgrnam("daemon").gr_gid
    monkeypatch.setattr(os, "getgrouplist", lambda user, gid: [gid, daemon] if user == "nobody" else [gid])
    assert right_of(peer(USER.pw_uid), settings(operate=["@daemon"])) is Right.OPERATE


def test_a_group_does_not_stand_for_the_user_of_its_name_or_the_other_way_round() -> None:
    assert right_of(NOBODY, settings(view=[GROUP])) is (Right.VIEW if GROUP == "nobody" else None)
    assert right_of(NOBODY, settings(view=["@nobody"])) is (Right.VIEW if GROUP == "nobody" else None)


def test_a_user_without_an_entry_is_known_by_number_and_gets_nothing() -> None:
    free = next(uid for uid in range(54_321, 60_000) if not known(uid))
    stranger = peer(free)
    assert (stranger.user, stranger.groups) == (str(free), frozenset())
    assert right_of(stranger, settings(view=[str(free), "@nogroup"])) is None


def known(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def test_names_that_the_system_does_not_know_give_nothing_and_are_told() -> None:
    given = settings(view=["nobody", "no-such-user"], administer=["@no-such-group", "@daemon"])
    assert unknown_names(given) == ["no-such-user", "@no-such-group"]
    assert right_of(NOBODY, given) is Right.VIEW


@pytest.mark.parametrize("name", ["", "@", "@@staff", "a:b", " anna", "an\nna", 7])
def test_what_is_no_name_is_refused(name: object) -> None:
    with pytest.raises(ValidationError):
        settings(view=[name])


def test_names_of_directory_services_are_names() -> None:
    given = settings(view=["anna@example.com", "EXAMPLE\\anna", "@domain users", "build$"])
    assert access.unknown_names(given) == given.view
