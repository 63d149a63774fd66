"""Testing locations (:mod:`core.engine.api.location_tests`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from core.config.load import findings_in
from core.config.locations import LocationSettings, SftpLocation
from core.engine.api.location_tests import GOOD, LastTest, LocationTest, OfferedKey, TestedStep
from core.engine.api.rights import Right
from core.engine.desks.stepwise import Tests, TypedSecrets
from core.engine.logs import LOGGER
from core.errors import ConfigError, PendelError, Problem, Refused, StopRequested
from core.text import clean, nearest

if TYPE_CHECKING:
    from pydantic import JsonValue

    from core.config.secrets import SecretReader
    from core.engine.desks.stepwise import RunningTest
    from core.engine.door import Door

_ACTION, _TRIAL = "location.test", "location.try"
"""A test of what stands in the file, and one of what stands in a form."""
_adapter: TypeAdapter[Any] = TypeAdapter(LocationSettings)


class LocationTests:
    """Testing locations, as one actor may; a part of the desk of files."""

    _door: Door

    def __init__(self, door: Door) -> None:
        self._door = door
        self._tests = Tests("location", LocationTest)

    def test_location(
        self, name: str, values: dict[str, JsonValue] | None = None, *, secrets: dict[str, str] | None = None
    ) -> LocationTest:
        """Begin to test a location."""
        # What is typed may name any secret and the command that prints it, and the server that is told it.
        typed = values is not None or bool(secrets)
        needs = Right.ADMINISTER if typed else Right.OPERATE
        if not self._door.right.allows(needs):
            # Only a refusal is written down here; a test writes its outcome at its end.
            with self._door.command(_TRIAL if typed else _ACTION, clean(name), needs=needs):
                pass
        settings = self._settings(name, values)
        redactor = self._door.engine.workspace.redactor
        for value in (secrets or {}).values():
            redactor.add(value)
        reader = TypedSecrets(secrets or {}, self._door.engine.workspace.secrets)
        return self._tests.begin(lambda test: self._run(test, name, settings, reader, of_form=typed))

    def _settings(self, name: str, values: dict[str, JsonValue] | None) -> LocationSettings:
        locations = self._door.engine.workspace.config.locations
        if values is None:
            if name not in locations:
                near = nearest(name, locations)
                raise Refused(
                    f"There is no location {clean(name, limit=70)!r}.", advice=f"Did you mean {near!r}?" if near else ""
                )
            return locations[name]
        try:
            settings: LocationSettings = _adapter.validate_python(values)
        except ValidationError:
            data = {"version": 1, "engine": {}, "locations": {name or "new": values}}
            found = [each for each in findings_in(data) if each.path[0] == "locations"]
            problems = [
                Problem("the form", "", ".".join(map(str, each.path[2:])), clean(each.message)) for each in found
            ]
            raise ConfigError(problems, advice="Mend that first.") from None
        return settings

    def _run(
        self,
        test: RunningTest[LocationTest],
        name: str,
        settings: LocationSettings,
        reader: SecretReader,
        *,
        of_form: bool,
    ) -> None:
        from core.transfer import test_location

        workspace = self._door.engine.workspace
        config, redact = workspace.config, workspace.redactor.redact
        outcome, offered = "given up", None
        try:
            for step in test_location(
                name,
                settings,
                base_dir=config.base_dir,
                secrets=reader,
                known_hosts=config.known_hosts_file,
                write=True,
                stop=test.stop,
            ):
                message, advice = clean(redact(step.message)), clean(redact(step.advice))
                outcome = GOOD if step.ok else f"{step.step}: {message}"
                if step.step == "host key" and not step.ok:
                    offered = self._offered(name, settings)
                    advice = (
                        "Compare it with what the server's administrator says before you approve it."
                        if offered
                        else advice
                    )
                test.add(TestedStep(step.step, step.ok, message, advice))
        except StopRequested:
            outcome = "given up"
        except Exception as error:
            LOGGER.exception("The test of the location %s failed by a fault in Pendel.", name)
            outcome = f"failed by a fault in Pendel: {type(error).__name__}"
            test.add(TestedStep("test", ok=False, message=outcome, advice="The log file has more."))
        finally:
            self._door.note(_TRIAL if of_form else _ACTION, clean(name), answer=outcome)
            test.end(offered=offered)

    def _offered(self, name: str, settings: LocationSettings) -> OfferedKey | None:
        """The key that a server offers, where none is known of its host."""
        from core.transfer import offered_host_key
        from core.transfer.hostkeys import known_algorithms

        if not isinstance(settings, SftpLocation):
            return None
        config = self._door.engine.workspace.config
        try:
            key, files = offered_host_key(name, settings, base_dir=config.base_dir, known_hosts=config.known_hosts_file)
            if known_algorithms(key.host, files):
                return None
        except PendelError:
            return None
        return OfferedKey(clean(key.host), clean(key.algorithm), key.fingerprint)

    def follow_test(self, test: int, *, known: int) -> LocationTest:
        """Return a test once it has more than ``known`` steps, or has ended; after a second in any case."""
        return self._tests.follow(test, known=known)

    def stop_test(self, test: int) -> None:
        """Give a test up."""
        self._tests.give_up(test)

    def trust_host(self, name: str, fingerprint: str, values: dict[str, JsonValue] | None = None) -> None:
        """Approve the host key of a location."""
        from core.transfer import offered_host_key, trust_host_key

        with self._door.command(
            "location.trust", clean(name), needs=Right.ADMINISTER, new=clean(fingerprint, limit=100)
        ):
            settings = self._settings(name, values)
            if not isinstance(settings, SftpLocation):
                raise Refused(f"The location {clean(name)} has no SSH host key.")
            config = self._door.engine.workspace.config
            key, files = offered_host_key(name, settings, base_dir=config.base_dir, known_hosts=config.known_hosts_file)
            if key.fingerprint != fingerprint:
                raise Refused(
                    f"The server offers another key now, {key.fingerprint}; nothing was approved.",
                    advice="Test the location again.",
                )
            trust_host_key(key, files[0], also_known=files[1:])

    def last_tests(self) -> list[LastTest]:
        """Return how the latest test of each location went."""
        rows = self._door.engine.workspace.journal.audit.latest_by_object(_ACTION)
        return [LastTest(name, row.at, clean(row.answer)) for name, row in rows.items()]
