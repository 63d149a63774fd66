"""The test of a link (LK3): step by step, until one fails, with what to do about it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.config.vault import Vault
from core.errors import PendelError, StopRequested
from core.links.connectors import connector_named
from core.links.declared import DeclaredLink
from core.links.faults import CallFailed
from core.links.opening import open_untested
from core.links.tested import GoodTests, fingerprint
from core.text import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from core.config.links import LinkSettings
    from core.links.contract import Link, LinkConnector, Surroundings

_NAMED = 5
"""Companies that a message names."""


@dataclass(frozen=True, slots=True)
class LinkStep:
    """How one step of a test went."""

    step: str
    """``settings``, ``token``, ``test request`` or ``company``; of connectors with code of their own, theirs."""
    ok: bool
    message: str
    advice: str = ""
    sign_in: bool = False
    """Whether somebody must sign in with a browser first."""
    offers: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    """Values that the system lists for fields of the link, each with its title."""


def test_link(name: str, settings: LinkSettings, surroundings: Surroundings) -> Iterator[LinkStep]:
    """Try a link and yield the result of each step as it is known; the first that fails is the last.

    Where every step went well, that is remembered, with what the values were.

    Raises:
        StopRequested: a stop was asked for.
    """
    try:
        connector = connector_named(settings.connector, surroundings.config)
        tried = fingerprint(connector, settings.fields, surroundings.secrets)
        link = open_untested(name, settings, connector, surroundings, may_lack=connector.listed_field)
    except StopRequested:
        raise
    except PendelError as error:
        yield _failed("settings", error)
        return
    yield LinkStep("settings", ok=True, message=f"{connector.title} has all that it asks for.")
    with closing(link):
        for step in _tried(link, connector, settings, surroundings):
            yield step
            if not step.ok:
                return
    try:
        GoodTests(Vault(surroundings.config.data_dir)).keep(name, tried, surroundings.clock.now())
    except PendelError as error:
        yield _failed("vault", error)


# The name is not a test of our own.
test_link.__test__ = False  # type: ignore[attr-defined]


def _tried(
    link: Link, connector: LinkConnector, settings: LinkSettings, surroundings: Surroundings
) -> Iterator[LinkStep]:
    for check in link.checks():
        surroundings.stop.check()
        try:
            message = check.run()
        except StopRequested:
            raise
        except PendelError as error:
            yield _failed(check.step, error, link)
            return
        yield LinkStep(check.step, ok=True, message=message)
    if connector.listed_field:
        yield _company(link, connector.listed_field, settings)


def _company(link: Link, name: str, settings: LinkSettings) -> LinkStep:
    """See that the company that is chosen is one that the system lists; a link without one is not complete."""
    given = str(settings.fields.get(name, ""))
    try:
        offers = link.offers()
    except StopRequested:
        raise
    except PendelError as error:
        # Some logins may work with a company and not list them; who has chosen one need not.
        return _failed("company", error, link) if not given else LinkStep("company", ok=True, message=f"It is {given}.")
    found = dict(offers.get(name, ()))
    if given in found:
        title = "" if found[given] == given else f", {found[given]}"
        return LinkStep("company", ok=True, message=f"It is {given}{title}.", offers=offers)
    words = listed([f"{key} ({title})" for key, title in list(found.items())[:_NAMED]], last="and")
    more = " and others" if len(found) > _NAMED else ""
    there = f"The login may use {words}{more}." if found else "The login may use none."
    if given:
        # Not every system lists all that a login may use, so that this is no failure of the test.
        return LinkStep(
            "company", ok=True, message=f"{given} is not among those that are listed. {there}", offers=offers
        )
    return LinkStep(
        "company",
        ok=False,
        message=f"None is chosen. {there}",
        advice=f"Choose one in the field {name}.",
        offers=offers,
    )


def _failed(step: str, error: PendelError, link: Link | None = None) -> LinkStep:
    kind, advice = error.kind if isinstance(error, CallFailed) else "", error.advice
    if kind == "gone":
        # Nothing was asked for but what every such system has.
        advice = "Check the address in the settings of the link."
    by_browser = isinstance(link, DeclaredLink) and link.connection.by_browser
    return LinkStep(step, ok=False, message=error.message, advice=advice, sign_in=kind == "sign_in" and by_browser)
