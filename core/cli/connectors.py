"""The commands about definitions of connectors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.cli.main import json_option, plain_errors
from core.cli.output import ExitCode, print_json, print_table
from core.text import listed

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.links.model.connector import Connector
    from core.links.model.resources import Resource


def commands(console: Callable[[Path, bool], int]) -> list[click.Command]:  # noqa: ARG001 - one shape for all modules
    """Return the commands of this module."""
    return [connector]


@click.group()
def connector() -> None:
    """Definitions of other systems."""


@connector.command("list")
@json_option
@click.pass_obj
@plain_errors
def list_connectors(config_path: Path, *, as_json: bool) -> None:
    """List the connectors of the configuration, and those that Pendel brings along."""
    from core.config.load import load
    from core.engine.desks.link_views import connector_views

    found = connector_views(load(config_path))
    if as_json:
        print_json({"connectors": found})
        return
    print_table(
        ["CONNECTOR", "SYSTEM", "DEFINITION", "USED BY"],
        [
            [
                each.name,
                each.problem or each.title,
                each.place if each.declared else "needs an address" if each.needs_address else "brought along",
                ", ".join(each.used_by),
            ]
            for each in found
        ],
    )


@connector.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@json_option
@plain_errors
def check(*, file: Path, as_json: bool) -> ExitCode:
    """Check the definition in FILE, and say what it can do; nothing is asked of the system.

    Every problem is told with its line, table and key. The exit code is 2 where there is one.
    """
    from core.links.loading import load_connector

    found = load_connector(file)
    if as_json:
        print_json(
            {
                "name": found.name,
                "fields": [field.name for field in found.fields],
                "resources": {name: _abilities(resource) for name, resource in found.resources.items()},
                "inferred": found.inferred,
            }
        )
        return ExitCode.SUCCEEDED
    click.echo(f"{found.name}: the definition can be used.")
    click.echo(f"Asked of a link: {', '.join(field.title for field in found.fields) or 'nothing'}.")
    print_table(["Resource", "Can", "Path"], [_row(found, name) for name in found.resources])
    for text in found.inferred:
        click.echo(f"Inferred, to be looked at first: {text}")
    return ExitCode.SUCCEEDED


def _row(found: Connector, name: str) -> list[str]:
    resource = found.resources[name]
    return [name, ", ".join(_abilities(resource)), f"{resource.method} {resource.path}"]


def _abilities(resource: Resource) -> list[str]:
    incremental, write = resource.incremental, resource.write
    told = incremental is not None and incremental.kind != "compare_all"
    abilities = ["read changes"] if resource.filter_needed else ["read all", "read changes"] if told else ["read all"]
    if resource.parameters:
        abilities = [f"read by {listed(resource.parameters, last='and')}"]
    if resource.lines is not None and resource.lines.read is not None:
        abilities.append("with lines")
    if write is not None:
        for word, ability in (("find", write.look_up), ("create", write.create), ("update", write.update)):
            if ability is not None:
                abilities.append(word)
    return abilities
