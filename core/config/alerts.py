"""The settings of who is told of what: rules, the targets of messages, and what outside monitoring is given."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    model_validator,
)

from core.config.base import Identifier, Line, Settings, TimeOfDay, setting
from core.config.secrets import Secret

Trouble = Literal["failed", "skipped", "overdue", "long"]
"""What somebody is told of: a run that failed, one that was skipped, a task that has not succeeded for too long, and a
run that takes too long."""

PLAIN_SERVICES = (
    "form",
    "forms",
    "json",
    "jsons",
    "mailto",
    "mailtos",
    "ntfy",
    "ntfys",
    "rsyslog",
    "syslog",
    "xml",
    "xmls",
)
"""Services whose addresses need no secret. Those of all others are made of tokens."""

_CREDENTIALS = re.compile(
    r"^[a-z0-9+.-]+://[^/?#]*:[^/?#]*@|[?&][+:-]?(pass|password|token|apikey|key|auth|authorization)=", re.IGNORECASE
)
_HOW_INSTEAD = 'store the whole address with "pendel secret set NAME" and write secret_url = { secret = "NAME" }'


def _no_secret(url: str) -> str:
    # The address is not repeated: it may well hold a password.
    if _CREDENTIALS.search(url):
        raise ValueError(f"a secret never stands in this file; {_HOW_INSTEAD}")
    return url


def _plain_service(url: str) -> str:
    scheme, found, _ = url.partition("://")
    if not found:
        raise ValueError('the address of a service is needed, such as "mailto://…" or "json://…"')
    if scheme.lower() not in PLAIN_SERVICES:
        raise ValueError(f"addresses of this service hold a secret; {_HOW_INSTEAD}")
    return url


PlainService = Annotated[Line, AfterValidator(_no_secret), AfterValidator(_plain_service)]
WebAddress = Annotated[Line, Field(pattern=r"^https?://[^/]"), AfterValidator(_no_secret)]


class Target(Settings):
    """Where messages go; exactly one of the three ways is given."""

    url: PlainService | None = setting(
        None,
        title="Address",
        help='As the notification library Apprise writes it, where it holds no secret: "mailto://…", "json://…".',
    )
    secret_url: Secret | None = setting(
        None, title="Secret address", help="One that holds a password or token, as those of chat services do."
    )
    command: Annotated[list[StrictStr], Field(min_length=1)] | None = setting(
        None, title="Command", help="A program and its arguments, run without a shell; the message is its input."
    )
    timeout: StrictInt = setting(30, title="Timeout", help="Of one attempt.", unit="seconds", ge=1, le=600)

    @model_validator(mode="after")
    def _one_way(self) -> Target:
        if sum(way is not None for way in (self.url, self.secret_url, self.command)) != 1:
            raise ValueError("exactly one of url, secret_url and command is needed")
        return self


class Quiet(Settings):
    """The hours in which nobody is told anything; what came up in them is told together at their end."""

    from_time: TimeOfDay = setting(title="From", alias="from")
    until: TimeOfDay = setting(title="Until", help="On the next day where it is earlier.")

    @model_validator(mode="after")
    def _some_time(self) -> Quiet:
        if self.from_time == self.until:
            raise ValueError("the quiet hours end when they begin")
        return self


def _off(value: Any) -> Any:
    return {"muted": True} if value is False else value


class TaskAlertRules(Settings):
    """What differs for one task from the rules in ``[alerts]``."""

    on: list[Trouble] | None = setting(None, title="Told of", help="Empty: as in [alerts].")
    long_minutes: StrictInt | None = setting(
        None, title="A run is long after", help="Empty: as in [alerts].", unit="minutes", ge=1
    )
    overdue_hours: StrictFloat | StrictInt | None = setting(
        None, title="Overdue without success for", help="Empty: as in [alerts].", unit="hours", gt=0
    )
    to: list[Identifier] | None = setting(None, title="Told to", help="Empty: as in [alerts].")
    muted: StrictBool = setting(False, title="Muted", help="Nobody is told anything; alerts = false says the same.")
    urgent: StrictBool = setting(False, title="Urgent", help="Its alerts are told in quiet hours, too.")


TaskAlerts = Annotated[TaskAlertRules, BeforeValidator(_off)]
"""The rules of a task; ``false`` stands for none at all."""


class AlertSettings(Settings):
    """Who is told when a task is in trouble, and when it is well again; a task may have rules of its own."""

    on: list[Trouble] = setting(lambda: ["failed", "skipped", "overdue", "long"], title="Told of")
    long_minutes: StrictInt | None = setting(
        None, title="A run is long after", help="Empty: never.", unit="minutes", ge=1
    )
    overdue_hours: StrictFloat | StrictInt | None = setting(
        None,
        title="Overdue without success for",
        help="Of active tasks that start by themselves. Empty: never.",
        unit="hours",
        gt=0,
    )
    to: list[Identifier] = setting(list, title="Told to", help="Names of targets. None: nobody is told.")
    quiet: Quiet | None = setting(None, title="Quiet hours", help="In the time zone of the engine.")
    digest: TimeOfDay | None = setting(
        None, title="Daily digest at", help="What ran, failed, is off and comes next. Empty: none."
    )
    targets: dict[Identifier, Target] = setting(dict, title="Targets", help="Where messages can go, by name.")


def _metrics_name(name: str) -> str:
    if not name.endswith(".prom"):
        raise ValueError("node_exporter reads only files whose names end in .prom")
    return name


class MonitoringSettings(Settings):
    """What monitoring from outside is given, while the engine plans."""

    heartbeat_url: WebAddress | None = setting(
        None, title="Heartbeat", help="An address that is asked for while the engine is alive."
    )
    heartbeat_secret_url: Secret | None = setting(
        None, title="Secret heartbeat", help="The same, where the address is a secret."
    )
    heartbeat_minutes: StrictInt = setting(5, title="Heartbeat every", unit="minutes", ge=1, le=1440)
    metrics_file: Annotated[Line, AfterValidator(_metrics_name)] | None = setting(
        None,
        title="Metrics file",
        help="Written every minute for the textfile collector of node_exporter; relative to the config file.",
    )

    @model_validator(mode="after")
    def _one_heartbeat(self) -> MonitoringSettings:
        if self.heartbeat_url is not None and self.heartbeat_secret_url is not None:
            raise ValueError("one of heartbeat_url and heartbeat_secret_url is enough")
        return self
