"""Links to other systems, as one actor may use them (:mod:`core.engine.api.links`)."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any, get_args

from pydantic import ValidationError

from core.config.flow_kinds import KindName
from core.config.links import LinkSettings
from core.config.load import findings_in
from core.engine.api.links import AskedField, AskedOfLink, LinkTest, LookedUp, Offer
from core.engine.api.location_tests import GOOD, TestedStep
from core.engine.api.rights import Right
from core.engine.desks.link_views import connector_views, link_views, resource_views
from core.engine.desks.stepwise import Tests
from core.engine.desks.surroundings import surroundings
from core.engine.logs import LOGGER
from core.errors import ConfigError, Problem, Refused, StopRequested
from core.text import clean, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import JsonValue

    from core.config.model import Config
    from core.engine.api.links import ConnectorView, LinkView
    from core.engine.desks.stepwise import RunningTest
    from core.engine.door import Door
    from core.links.contract import Surroundings
    from core.links.oauth import SignIn
    from core.stop import StopToken

TESTED, TRIED = "link.test", "link.try"
"""A test of what stands in the file, and one of what stands in a form."""
_MOST_ROWS = 500


class LinksDesk:
    """Links and connectors, as one actor may use them."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._tests = Tests("link", LinkTest)
        self._signing_in: dict[str, tuple[SignIn, LinkSettings, Mapping[str, str]]] = {}

    @property
    def _config(self) -> Config:
        return self._door.engine.workspace.config

    def _surroundings(self, secrets: Mapping[str, str] | None = None, stop: StopToken | None = None) -> Surroundings:
        return surroundings(self._door.engine.workspace, secrets, stop)

    # -- looking --------------------------------------------------------------------------------------------------

    def links(self) -> Sequence[LinkView]:
        """Return every link that the actor may see."""
        latest = self._door.engine.workspace.journal.audit.latest_by_object(TESTED)
        return link_views(self._surroundings(), latest, hidden=self._door.hidden_links)

    def connectors(self) -> Sequence[ConnectorView]:
        """Return every connector."""
        return connector_views(self._config, hidden=self._door.hidden_links)

    def asked(self, connector: str) -> AskedOfLink:
        """Return what a link of a connector must tell."""
        from core.links.connectors import connector_named

        found = connector_named(connector, self._config)
        fields = [
            AskedField(
                each.name,
                clean(each.title),
                clean(each.help),
                each.type,
                tuple(each.choices),
                each.default,
                each.optional,
            )
            for each in found.fields(self._surroundings())
        ]
        resources = resource_views(found)
        kinds = dict.fromkeys([*get_args(KindName), *(each.name for each in resources)])
        return AskedOfLink(tuple(fields), found.listed_field, tuple(kinds), resources)

    def look_up(
        self,
        name: str,
        resource: str,
        values: dict[str, JsonValue] | None = None,
        *,
        secrets: dict[str, str] | None = None,
    ) -> LookedUp:
        """Return the first records of a resource of a link that was tested."""
        from core.links.connectors import connector_named
        from core.links.opening import open_untested, refuse_untested

        self._door.require(Right.OPERATE)
        settings = self._settings(name, values)
        around = self._surroundings(secrets)
        connector = connector_named(settings.connector, around.config)
        refuse_untested(name, settings, connector, around)
        with closing(open_untested(name, settings, connector, around)) as link:
            members = link.members(resource)
            page = next(link.reading(resource).pages(), [])
        return _as_table(page, members)

    # -- testing --------------------------------------------------------------------------------------------------

    def test_link(
        self, name: str, values: dict[str, JsonValue] | None = None, *, secrets: dict[str, str] | None = None
    ) -> LinkTest:
        """Begin to test a link."""
        if not self._door.right.allows(Right.OPERATE):
            # Only a refusal is written down here; a test writes its outcome at its end.
            with self._door.command(TESTED, clean(name)):
                pass
        settings = self._settings(name, values)
        return self._tests.begin(lambda test: self._run(test, name, settings, secrets, of_form=values is not None))

    def _settings(self, name: str, values: Mapping[str, Any] | None) -> LinkSettings:
        """Return the settings of the file, or those of a form.

        Raises:
            Refused: there is no such link, or it has no name yet.
            ConfigError: the settings cannot be used.
        """
        if values is None or name in self._door.hidden_links:
            return self._known(name)
        self._door.require(Right.ADMINISTER)
        if not name:
            raise Refused("The link has no name yet.", advice="Give it one first: its test and its tokens are kept so.")
        try:
            return LinkSettings.model_validate(values)
        except ValidationError:
            data = {"version": 1, "engine": {}, "links": {name: values}}
            found = [each for each in findings_in(data) if each.path[0] == "links"]
            problems = [
                Problem("the form", "", ".".join(map(str, each.path[2:])), clean(each.message)) for each in found
            ]
            raise ConfigError(problems, advice="Mend that first.") from None

    def _known(self, name: str) -> LinkSettings:
        seen = {each: link for each, link in self._config.links.items() if each not in self._door.hidden_links}
        if name not in seen:
            near = nearest(name, seen)
            raise Refused(
                f"There is no link {clean(name, limit=70)!r}.", advice=f"Did you mean {near!r}?" if near else ""
            )
        return seen[name]

    def _run(
        self,
        test: RunningTest[LinkTest],
        name: str,
        settings: LinkSettings,
        secrets: Mapping[str, str] | None,
        *,
        of_form: bool,
    ) -> None:
        from core.links.testing import test_link

        redact = self._door.engine.workspace.redactor.redact
        outcome = "given up"
        try:
            for step in test_link(name, settings, self._surroundings(secrets, test.stop)):
                message, advice = clean(redact(step.message)), clean(redact(step.advice))
                outcome = GOOD if step.ok else f"{step.step}: {message}"
                offers = {
                    field: tuple(Offer(value, clean(title)) for value, title in found)
                    for field, found in step.offers.items()
                }
                told = {"sign_in": step.sign_in, "offers": {**test.view.offers, **offers}}
                test.add(TestedStep(step.step, step.ok, message, advice), **told)
        except StopRequested:
            outcome = "given up"
        except Exception as error:
            LOGGER.exception("The test of the link %s failed by a fault in Pendel.", clean(name))
            outcome = f"failed by a fault in Pendel: {type(error).__name__}"
            test.add(TestedStep("test", ok=False, message=outcome, advice="The log file has more."))
        finally:
            self._door.note(TRIED if of_form else TESTED, clean(name), answer=outcome)
            test.end()

    def follow_test(self, test: int, *, known: int) -> LinkTest:
        """Return a test once it has more than ``known`` steps, or has ended; after a second in any case."""
        return self._tests.follow(test, known=known)

    def stop_test(self, test: int) -> None:
        """Give a test up."""
        self._tests.give_up(test)

    # -- signing in -----------------------------------------------------------------------------------------------

    def begin_sign_in(
        self, name: str, values: dict[str, JsonValue] | None = None, *, secrets: dict[str, str] | None = None
    ) -> str:
        """Return the address at which a person signs in with a browser."""
        from core.links.signing_in import begin_sign_in

        with self._door.command("link.sign_in", clean(name), needs=Right.ADMINISTER, new="begun"):
            settings = self._settings(name, values)
            begun = begin_sign_in(name, settings, self._surroundings(secrets))
            self._signing_in[name] = (begun, settings, secrets or {})
            return begun.url

    def finish_sign_in(self, name: str, address: str) -> None:
        """Take the address to which the browser was sent."""
        from core.links.signing_in import finish_sign_in

        with self._door.command("link.sign_in", clean(name), needs=Right.ADMINISTER, new="signed in"):
            if name not in self._signing_in:
                raise Refused(f"No sign-in of {clean(name)} was begun here.", advice="Begin it anew.")
            begun, settings, secrets = self._signing_in[name]
            finish_sign_in(name, settings, begun, address, self._surroundings(secrets))
            del self._signing_in[name]

    # -- activating -----------------------------------------------------------------------------------------------

    def set_active(self, names: Sequence[str], active: bool) -> None:
        """Activate links, or let no task use them any more."""
        from core.config.document import ConfigDocument
        from core.links.connectors import connector_named
        from core.links.opening import refuse_untested

        old, new = ("inactive", "active") if active else ("active", "inactive")
        with self._door.command("link.activate", clean(", ".join(names)), old=old, new=new):
            around = self._surroundings()
            for name in names:
                settings = self._known(name)
                if active:
                    refuse_untested(name, settings, connector_named(settings.connector, around.config), around)
            document = ConfigDocument.open(self._config.path)
            for name in names:
                document.set("links", name, ("active",), active)
            document.save(expected_fingerprint=self._config.fingerprint)
            self._door.engine.reload()


def _as_table(page: Sequence[Mapping[str, Any]], members: Mapping[str, Sequence[tuple[str, str]]]) -> LookedUp:
    """Return records as a table of text: those of their members that are one value each; first those that are told."""
    seen = (
        key for row in page for key, value in row.items() if value is not None and not isinstance(value, dict | list)
    )
    columns = list(dict.fromkeys([*members, *seen]))
    rows = [
        tuple("" if row.get(key) is None else clean(str(row[key]), limit=80) for key in columns)
        for row in page[:_MOST_ROWS]
    ]
    choices = {
        clean(key): tuple(Offer(value, clean(title)) for value, title in listed[:_MOST_ROWS])
        for key, listed in members.items()
        if listed
    }
    return LookedUp(tuple(clean(key) for key in columns), tuple(rows), choices, more=len(page) > _MOST_ROWS)
