"""The commands about links to other systems: list, test, login, activate, deactivate."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from core.cli.main import json_option, plain_errors
from core.cli.output import ExitCode, local_time, note, print_json, print_table
from core.config.load import load
from core.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from core.config.model import Config
    from core.engine.api.links import LinksApi, LinkTest, LinkView


def commands(console: Callable[[Path, bool], int]) -> list[click.Command]:  # noqa: ARG001 - one shape for all modules
    """Return the commands of this module."""
    return [link]


@click.group()
def link() -> None:
    """Links to other systems: see [links] in the configuration."""


@link.command("list")
@json_option
@click.pass_obj
@plain_errors
def list_links(config_path: Path, *, as_json: bool) -> None:
    """List all links with their connector and state: not tested, tested, active, or what is in the way."""
    config = load(config_path)
    found = _views(config)
    if as_json:
        print_json(
            {
                "links": [
                    {
                        "name": each.name,
                        "connector": each.connector,
                        "description": each.description,
                        "state": each.state,
                        "why": each.why,
                        "active": each.active,
                        "tested_at": each.tested_at,
                        "visible_to": each.visible_to,
                    }
                    for each in found
                ]
            }
        )
        return
    zone = config.engine.zone
    print_table(
        ["LINK", "CONNECTOR", "STATE", "TESTED", "DESCRIPTION"],
        [
            [
                each.name,
                each.connector,
                f"{each.state}: {each.why}" if each.why else each.state,
                local_time(each.tested_at, zone)[:16],
                each.description,
            ]
            for each in found
        ],
    )


def _views(config: Config) -> Sequence[LinkView]:
    from core.cli.looking import journal_beside
    from core.engine.desks.link_views import link_views
    from core.engine.desks.links import TESTED
    from core.links.opening import surroundings_alone

    with journal_beside(config) as journal:
        return link_views(surroundings_alone(config), journal.audit.latest_by_object(TESTED) if journal else {})


@link.command("test")
@click.argument("name")
@json_option
@click.pass_obj
@plain_errors
def test_link(config_path: Path, *, name: str, as_json: bool) -> ExitCode:
    """Test the link NAME step by step; one that was tested well with its present values can be activated."""
    from core.cli.running import here_or_beside

    with here_or_beside(config_path) as (api, _, _):
        test = _followed(api.links, name, quiet=as_json)
    if as_json:
        print_json({"link": name, "ok": test.good, "sign_in": test.sign_in, "steps": test.steps})
    elif test.sign_in:
        click.echo(f"       pendel link login {name}")
    return ExitCode.SUCCEEDED if test.good else ExitCode.FAILED


def _followed(links: LinksApi, name: str, *, quiet: bool) -> LinkTest:
    test = links.test_link(name)
    shown = 0
    while True:
        for step in () if quiet else test.steps[shown:]:
            click.echo(f"{'ok    ' if step.ok else 'FAILED'} {step.step}: {step.message}")
            if step.advice and not step.ok:
                click.echo(f"       {step.advice}")
        shown = len(test.steps)
        if test.ended:
            return test
        test = links.follow_test(test.id, known=shown)


@link.command()
@click.argument("name")
@json_option
@click.pass_obj
@plain_errors
def login(config_path: Path, *, name: str, as_json: bool) -> None:
    """Sign in to the system of the link NAME with a browser, on any machine.

    Shows an address to open there. When the browser has been sent on, paste the address that it shows then, whether it
    shows a page or not; it is read from stdin.
    """
    from core.cli.running import here_or_beside

    with here_or_beside(config_path) as (api, _, _):
        address = api.links.begin_sign_in(name)
        note("Open this address with a browser, on any machine, and sign in:")
        note("")
        note(address)
        note("")
        note("Then paste the address that the browser shows at the end, even where it shows no page:")
        pasted = click.prompt("Address", err=True) if sys.stdin.isatty() else sys.stdin.readline()
        if not pasted.strip():
            raise Refused("No address was given; nobody is signed in.")
        api.links.finish_sign_in(name, pasted.strip())
    if as_json:
        print_json({"link": name, "signed_in": True})
    else:
        click.echo(f"Signed in. Test it now: pendel link test {name}")


@link.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@json_option
@click.pass_obj
@plain_errors
def activate(config_path: Path, *, names: tuple[str, ...], as_json: bool) -> None:
    """Let tasks use the links; each must have been tested with the values that it has."""
    _set_active(config_path, names, active=True, as_json=as_json)


@link.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@json_option
@click.pass_obj
@plain_errors
def deactivate(config_path: Path, *, names: tuple[str, ...], as_json: bool) -> None:
    """Let no task use the links any more."""
    _set_active(config_path, names, active=False, as_json=as_json)


def _set_active(config_path: Path, names: Sequence[str], *, active: bool, as_json: bool) -> None:
    from core.cli.running import here_or_beside

    with here_or_beside(config_path) as (api, _, _):
        api.links.set_active(names, active)
    if as_json:
        print_json({"links": names, "active": active})
    else:
        click.echo(f"{', '.join(names)}: {'active' if active else 'not active'}.")
