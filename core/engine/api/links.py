"""Links to other systems and their connectors: looking at them, testing them, signing in, and activating."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pydantic import JsonValue

    from core.engine.api.location_tests import TestedStep


class LinkState(StrEnum):
    """How far a link is on its way to being used."""

    WRONG = "cannot be used"
    """Its connector or its values are wrong."""
    SIGN_IN = "sign-in needed"
    """Nobody has signed in with a browser yet, or a sign-in is over."""
    NOT_TESTED = "not tested"
    """Its test has not succeeded with the values that it has now."""
    TESTED = "tested"
    ACTIVE = "active"
    """Tested and active: tasks may use it."""


@dataclass(frozen=True, slots=True)
class LinkView:
    """One link; clean text."""

    name: str
    connector: str
    title: str
    """Of its connector."""
    description: str
    state: LinkState
    why: str = ""
    """What is wrong, where it cannot be used."""
    active: bool = False
    """As it stands in the file; an active link that is not tested is used by nobody."""
    tested_at: datetime | None = None
    """When it was last tested well with the values that it has now."""
    last_test: str = ""
    """How the latest test of it went that was made here: ``good``, or the step that failed and why."""
    last_test_at: datetime | None = None
    visible_to: tuple[str, ...] = ()
    used_by: tuple[str, ...] = ()
    values: dict[str, JsonValue] = field(default_factory=dict)
    """What stands in the file; a password is a reference."""
    file: str = ""


@dataclass(frozen=True, slots=True)
class ResourceView:
    """One kind of record of a connector."""

    name: str
    fields: tuple[str, ...] = ()
    """Those that are known without asking the system."""


@dataclass(frozen=True, slots=True)
class ConnectorView:
    """One connector; clean text."""

    name: str
    title: str
    description: str = ""
    declared: bool = False
    """Whether it is one of the configuration; else Pendel brings it along."""
    place: str = ""
    """The definition: a file, or the name of one that Pendel brings along."""
    address: str = ""
    problem: str = ""
    """Why it cannot be used."""
    flows: bool = False
    """Whether flows can use it: its definition has kinds of record, or it says itself what it has."""
    needs_address: bool = False
    """Whether a connector of one's own must first say where the system is: links use that one."""
    resources: tuple[ResourceView, ...] = ()
    inferred: tuple[str, ...] = ()
    """What no source states of the system."""
    used_by: tuple[str, ...] = ()
    file: str = ""
    """Of the configuration in which it stands."""


@dataclass(frozen=True, slots=True)
class AskedField:
    """Something that a link must tell, as its connector asks for it."""

    name: str
    title: str
    help: str = ""
    type: Literal["text", "password", "number", "boolean", "choice", "path"] = "text"
    choices: tuple[str, ...] = ()
    default: JsonValue = None
    optional: bool = False


@dataclass(frozen=True, slots=True)
class AskedOfLink:
    """What a form of a link is made of."""

    fields: tuple[AskedField, ...]
    listed_field: str = ""
    """The field whose values the system lists once it knows the others."""
    kinds: tuple[str, ...] = ()
    """What can be exchanged: kinds of flow, and resources of the connector."""
    resources: tuple[ResourceView, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """A value that a system lists for a field."""

    value: str
    title: str


@dataclass(frozen=True, slots=True)
class LinkTest:
    """A test as far as it has come."""

    id: int
    steps: tuple[TestedStep, ...] = ()
    ended: bool = False
    sign_in: bool = False
    """Whether somebody must sign in with a browser; then the test can be made again."""
    offers: dict[str, tuple[Offer, ...]] = field(default_factory=dict)
    """By field, the values that the system lists."""

    @property
    def good(self) -> bool:
        """Whether it came to its end and every step went well."""
        return self.ended and bool(self.steps) and all(step.ok for step in self.steps)


@dataclass(frozen=True, slots=True)
class LookedUp:
    """Records of a system, to choose a value from; clean text."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    choices: dict[str, tuple[Offer, ...]] = field(default_factory=dict)
    """By column, the values that the system lists for it."""
    more: bool = False
    """Whether there are more than these."""


class LinksApi(Protocol):
    """Links and connectors. A link that is not visible to an actor is not there for them.

    ``values`` are settings of a link in place of those of the file, ``secrets`` what was typed for it and is not in the
    vault yet, by the name that it is to have there.
    """

    def links(self) -> Sequence[LinkView]:
        """Return every link that the actor may see, in file order."""

    def connectors(self) -> Sequence[ConnectorView]:
        """Return every connector: those of the configuration, then those that Pendel brings along."""

    def asked(self, connector: str) -> AskedOfLink:
        """Return what a link of a connector must tell; some systems are asked for that.

        Raises:
            Refused: there is no such connector.
            ConfigError: its definition cannot be used.
            LinkError, ConnectionFailed: the system does not say it.
        """

    def test_link(
        self, name: str, values: dict[str, JsonValue] | None = None, *, secrets: dict[str, str] | None = None
    ) -> LinkTest:
        """Begin to test a link; a test that succeeds is remembered with what the values were.

        Raises:
            Refused: there is no such link, or it has no name yet.
            ConfigError: the settings cannot be used.
        """

    def follow_test(self, test: int, *, known: int) -> LinkTest:
        """Return a test once it has more than ``known`` steps, or has ended; after a second in any case.

        Raises:
            Refused: there is no such test.
        """

    def stop_test(self, test: int) -> None:
        """Give a test up; nothing where it has ended."""

    def begin_sign_in(
        self, name: str, values: dict[str, JsonValue] | None = None, *, secrets: dict[str, str] | None = None
    ) -> str:
        """Return the address at which a person signs in with a browser.

        Raises:
            Refused: there is no such link, or its system knows no signing in.
            ConfigError: the settings cannot be used.
        """

    def finish_sign_in(self, name: str, address: str) -> None:
        """Take the address to which the browser was sent at the end of a sign-in that was begun here.

        Raises:
            Refused: none was begun, or the address belongs to another or says that it was refused.
            LinkError, ConnectionFailed: the system gives no tokens for it.
        """

    def set_active(self, names: Sequence[str], active: bool) -> None:
        """Activate links, or let no task use them any more.

        Raises:
            Refused: there is no such link, or one that is to be activated is not tested with the values it has.
        """

    def look_up(
        self,
        name: str,
        resource: str,
        values: dict[str, JsonValue] | None = None,
        *,
        secrets: dict[str, str] | None = None,
    ) -> LookedUp:
        """Return the first records of a resource of a link that was tested with these values.

        Raises:
            Refused: there is no such link or resource, or the link is not tested.
            ConfigError: the settings cannot be used.
            LinkError, ConnectionFailed: the system does not give them.
        """
