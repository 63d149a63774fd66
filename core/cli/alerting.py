"""The commands about alerts: trying a target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from core.cli.main import json_option, plain_errors
from core.cli.output import print_json
from core.config.load import load
from core.errors import Refused
from core.text import clean, nearest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def commands(console: Callable[[Path, bool], int]) -> list[click.Command]:  # noqa: ARG001 - one shape for all modules
    """Return the commands of this module."""
    return [alerts]


@click.group()
def alerts() -> None:
    """Who is told when a task is in trouble: see [alerts] in the configuration."""


@alerts.command("test")
@click.argument("target")
@json_option
@click.pass_obj
@plain_errors
def test_target(config_path: Path, *, target: str, as_json: bool) -> None:
    """Send a test message to a TARGET of [alerts.targets], once, and say what came of it."""
    import socket

    from core.config.resolving import SecretResolver
    from core.config.vault import Vault
    from core.engine.alerts.rules import TEST
    from core.engine.alerts.targets import deliver
    from core.engine.alerts.words import Message

    config = load(config_path)
    settings = config.alerts.targets.get(target)
    if settings is None:
        near = nearest(target, config.alerts.targets)
        raise Refused(
            f"There is no target {clean(target, limit=70)!r} in [alerts.targets].",
            advice=f"Did you mean {near!r}?" if near else "",
        )
    host = clean(socket.gethostname(), limit=64)
    message = Message(
        f"A test of Pendel ({host})", "This target takes the alerts of Pendel. Nothing is wrong.", (), (TEST,)
    )
    secrets = SecretResolver(config, Vault(config.data_dir))
    deliver(target, settings, message, secrets=secrets, base_dir=config.base_dir)
    if as_json:
        print_json({"target": target, "sent": True})
    else:
        click.echo(f"{target} took the message.")
