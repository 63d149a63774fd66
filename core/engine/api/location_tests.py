"""Testing a location with settings that need not be written yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from pydantic import JsonValue


@dataclass(frozen=True, slots=True)
class TestedStep:
    """How one step of a test went; clean text."""

    step: str
    """``settings``, ``name``, ``port``, ``TLS``, ``host key``, ``login``, ``directory``, ``reading`` or ``writing``."""
    ok: bool
    message: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class OfferedKey:
    """The key of an SSH server that is met for the first time."""

    host: str
    algorithm: str
    fingerprint: str
    """As ``ssh-keygen -l`` shows it."""


@dataclass(frozen=True, slots=True)
class LocationTest:
    """A test as far as it has come."""

    id: int
    steps: tuple[TestedStep, ...] = ()
    ended: bool = False
    offered: OfferedKey | None = None
    """A host key that nothing is known of; once it is approved, the test can be made again."""

    @property
    def good(self) -> bool:
        """Whether it came to its end and every step went well."""
        return self.ended and bool(self.steps) and all(step.ok for step in self.steps)


@dataclass(frozen=True, slots=True)
class LastTest:
    """When a location was tested last, as it stands in the file, and how that went."""

    location: str
    at: datetime
    outcome: str
    """``good``, or the step that failed and why."""

    @property
    def good(self) -> bool:
        """Whether every step went well."""
        return self.outcome == GOOD


GOOD = "good"


class LocationTestsApi(Protocol):
    """Testing locations. A test goes on by itself; :meth:`follow_test` waits for its next step."""

    def test_location(
        self, name: str, values: dict[str, JsonValue] | None = None, *, secrets: dict[str, str] | None = None
    ) -> LocationTest:
        """Begin to test a location: with the settings of the file, or with these; the step of writing included.

        ``secrets`` are values that were typed and are not in the vault yet, by the name that they are to have there.
        Who may operate tests what stands in the file; to try other settings needs the right to administer.

        Raises:
            Refused: there is no such location, or the right does not reach so far.
            ConfigError: the settings cannot be used.
        """

    def follow_test(self, test: int, *, known: int) -> LocationTest:
        """Return a test once it has more than ``known`` steps, or has ended; after a second in any case.

        Raises:
            Refused: there is no such test.
        """

    def stop_test(self, test: int) -> None:
        """Give a test up; nothing where it has ended."""

    def trust_host(self, name: str, fingerprint: str, values: dict[str, JsonValue] | None = None) -> None:
        """Approve the host key of a location, if it is the one with this fingerprint.

        Raises:
            Refused: the server offers another key, or another one of its host is known already.
            ConnectionFailed: the server cannot be reached.
        """

    def last_tests(self) -> list[LastTest]:
        """Return how the latest test of each location went."""
