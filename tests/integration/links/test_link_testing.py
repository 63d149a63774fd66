"""The test of a link, step by step, and signing in (LK3)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from support.links.exact_globe import ExactGlobe
from support.links.joining import JOININGS
from support.links.link_site import LinkSite, butler_text, exact_text
from support.links.opening import REDIRECT

from core.config.secrets import SecretRef
from core.errors import Refused
from core.links.connectors import connector_named
from core.links.opening import needs_sign_in, open_link, tokens_of
from core.links.signing_in import begin_sign_in, finish_sign_in
from core.links.testing import test_link as tried

if TYPE_CHECKING:
    from pathlib import Path

    from support.links.buchhaltungsbutler import BuchhaltungsButler
    from support.links.exact_online import ExactOnline
    from support.links.rest_server import FakeClock

    from core.links.contract import Surroundings
    from core.links.testing import LinkStep


@pytest.fixture
def site(tmp_path: Path, clock: FakeClock) -> LinkSite:
    return LinkSite(tmp_path, clock)


def steps(name: str, around: Surroundings, **changed: Any) -> list[LinkStep]:
    settings = around.config.links[name]
    fields = {**settings.fields, **changed}
    return list(tried(name, settings.model_copy(update={"fields": fields}), around))


def told(found: list[LinkStep]) -> list[tuple[str, bool]]:
    return [(step.step, step.ok) for step in found]


def sign_in(exact: ExactOnline, around: Surroundings) -> None:
    settings = around.config.links["exact"]
    begun = begin_sign_in("exact", settings, around)
    finish_sign_in("exact", settings, begun, exact.sign_in(begun.url, redirect_uri=REDIRECT), around)


def test_a_test_that_succeeds_makes_the_link_usable(site: LinkSite, butler: BuchhaltungsButler) -> None:
    around = site.write(butler_text(butler))
    assert told(steps("books", around)) == [("settings", True), ("test request", True)]
    open_link("books", around).close()


def test_a_test_that_fails_says_what_to_mend_and_leaves_the_link_unusable(
    site: LinkSite, butler: BuchhaltungsButler
) -> None:
    site.vault.set("bb", "a wrong one")
    around = site.write(butler_text(butler))
    found = steps("books", around)
    assert told(found) == [("settings", True), ("test request", False)]
    assert "API credentials unknown or invalid" in found[-1].message
    assert found[-1].advice
    assert not found[-1].sign_in
    with pytest.raises(Refused, match="was never tested"):
        open_link("books", around)


def test_an_address_at_which_there_is_nothing_is_told_as_that(site: LinkSite, globe: ExactGlobe) -> None:
    joining = JOININGS[ExactGlobe]
    site.vault.set(joining.secret("globe", "password"), joining.secrets["password"])
    around = site.write(joining.tables(globe.url, "globe", "", own=False))
    found = steps("globe", around, sign_in="ntlm")
    assert told(found) == [("settings", True), ("test request", False)]
    assert "404 Not Found" in found[-1].message
    assert found[-1].advice == "Check the address in the settings of the link."


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"client": ""}, "API client of BuchhaltungsButler is missing."),
        ({"secret": "typed here"}, "API secret of BuchhaltungsButler stands there as it is."),
        ({"secret": SecretRef(secret="bbb")}, "the vault has no secret 'bbb'; did you mean 'bb'?"),
        ({"address": "http://books.example.org"}, "would be asked over http, where passwords can be read"),
        ({"strict": True}, "BuchhaltungsButler has no field 'strict'."),
    ],
)
def test_values_that_cannot_be_used_are_told_before_anything_is_asked(
    site: LinkSite, butler: BuchhaltungsButler, changed: dict[str, Any], words: str
) -> None:
    found = steps("books", site.write(butler_text(butler)), **changed)
    assert told(found) == [("settings", False)]
    assert words in found[0].message
    assert butler.asked() == []


def test_values_that_are_tried_and_not_saved_leave_those_in_use_as_they_are(
    site: LinkSite, butler: BuchhaltungsButler
) -> None:
    around = site.write(butler_text(butler))
    steps("books", around)
    for number in range(5):
        assert all(step.ok for step in steps("books", around, address=f"{butler.url}/api/v1{'/' * (number + 1)}"))
    open_link("books", around).close()


def test_a_test_asks_for_a_token_with_the_values_that_it_tries(site: LinkSite, exact: ExactOnline) -> None:
    around = site.write(exact_text(exact, site.directory))
    sign_in(exact, around)
    assert all(step.ok for step in steps("exact", around))
    site.vault.set("exact", "a wrong one")
    site.clock.forward(580)
    found = steps("exact", around)
    # The token of the old secret would have been good for another twenty seconds.
    assert told(found) == [("settings", True), ("token", False)]
    assert "Client authentication failed" in found[-1].message


def test_nobody_has_signed_in_yet(site: LinkSite, exact: ExactOnline) -> None:
    around = site.write(exact_text(exact, site.directory))
    connector = connector_named("own-exact", around.config)
    assert needs_sign_in("exact", connector, around.config)
    *_, last = steps("exact", around)
    assert (last.step, last.ok, last.sign_in) == ("token", False, True)
    sign_in(exact, around)
    assert not needs_sign_in("exact", connector, around.config)
    assert told(steps("exact", around)) == [
        ("settings", True), ("token", True), ("test request", True), ("company", True)
    ]  # fmt: skip


def test_the_address_of_another_sign_in_is_not_taken(site: LinkSite, exact: ExactOnline) -> None:
    around = site.write(exact_text(exact, site.directory))
    settings = around.config.links["exact"]
    begun = begin_sign_in("exact", settings, around)
    other = begin_sign_in("exact", settings, around)
    with pytest.raises(Refused, match="belongs to another sign-in"):
        finish_sign_in("exact", settings, begun, exact.sign_in(other.url, redirect_uri=REDIRECT), around)
    assert tokens_of("exact", around.config).read().access == ""


def test_a_company_that_is_not_chosen_yet_is_offered(site: LinkSite, exact: ExactOnline) -> None:
    around = site.write(exact_text(exact, site.directory, division=""))
    sign_in(exact, around)
    *_, last = steps("exact", around)
    assert (last.step, last.ok) == ("company", False)
    ((value, _),) = last.offers["division"]
    assert value in last.message
    assert all(step.ok for step in steps("exact", around, division=value))
    # What was tested has the company; what stands in the file has none.
    with pytest.raises(Refused, match="not what it was when it was tested"):
        open_link("exact", around, inactive_too=True)


def test_a_system_without_signing_in_says_so(site: LinkSite, butler: BuchhaltungsButler) -> None:
    around = site.write(butler_text(butler))
    with pytest.raises(Refused, match="BuchhaltungsButler knows no signing in"):
        begin_sign_in("books", around.config.links["books"], around)


def test_a_stop_ends_a_test(site: LinkSite, butler: BuchhaltungsButler) -> None:
    from core.errors import StopRequested

    around = site.write(butler_text(butler))
    around.stop.request("Given up.")
    with pytest.raises(StopRequested):
        steps("books", replace(around))
