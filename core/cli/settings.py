"""Commands around the configuration: init, check, secret, test, propose."""

from __future__ import annotations

import json
import sys
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from core.cli.main import CHECK, json_option, plain_errors
from core.cli.output import ExitCode, note, print_json, print_table
from core.config.load import load, misfits
from core.config.model import placed
from core.config.tasks import ExportTask
from core.errors import ConfigError, Problem, Refused
from core.text import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from core.config.model import Config


def commands(console: Callable[[Path, bool], int]) -> list[click.Command]:  # noqa: ARG001 - one shape for all modules
    """Return the commands of this module."""
    return [init, check, secret, test, propose]


@click.command()
@json_option
@click.pass_obj
@plain_errors
def init(config_path: Path, *, as_json: bool) -> None:
    """Write a first configuration, with the directories that it names."""
    if config_path.exists():
        raise Refused(f"{config_path} exists and is not overwritten.", advice="Name another file with --config.")
    text = files("core.cli").joinpath("first-config.toml").read_text(encoding="utf-8")
    config_path.parent.mkdir(parents=True, exist_ok=True)
    with config_path.open("x", encoding="utf-8") as file:
        file.write(text)
    config = load(config_path)
    for directory in (config.data_dir, config.uploads_dir, config.exports_dir):
        directory.mkdir(parents=True, exist_ok=True)
    config.data_dir.chmod(0o700)
    if as_json:
        print_json({"config": config.path})
    else:
        click.echo(f"Wrote {config.path}. Edit it, then try: pendel check, pendel list, pendel run TASK --dry-run")


@click.command()
@json_option
@click.pass_obj
@plain_errors
def check(config_path: Path, *, as_json: bool) -> None:
    """Check the configuration, expressions of layouts and SQL of ETL schemes included, and name all that is wrong."""
    from core.engine.visibility import unknown_principals
    from core.exchange.checking import check_condition
    from core.planning.dependencies import hints
    from core.reports.checking import layout_problems
    from core.store.transform import scheme_faults

    config = load(config_path)
    problems = [
        Problem(file=str(config.path), table=f"[layouts.{name}]", key="", message=text)
        for name, layout in config.layouts.items()
        for text in layout_problems(layout, config.entities, config.engine.languages)
    ]
    problems += [
        Problem(file=str(config.path), table=table, key=key, message="there is no such file", value=name)
        for table, key, name in _files_of(config)
        if not placed(config.base_dir, name).is_file()
    ]
    problems += [
        Problem(file=str(config.path), table=f"[schemes.{name}]", key="", message=str(fault))
        for name, scheme in config.schemes.items()
        for fault in scheme_faults(scheme, config.entities)
    ]
    problems += [
        Problem(file=str(config.path), table=f'[[tasks]] "{task.id}"', key="where", message=text)
        for task in config.tasks
        if isinstance(task, ExportTask) and task.where is not None
        for text in check_condition(task.where, config.entities[task.entity])
    ]
    if config.connectors or config.links:
        from core.links.linkcheck import check_links

        if found_wrong := check_links(config):
            problems += misfits(config_path, found_wrong).problems
    problems += _problems_of_rules(config)
    problems += click.get_current_context().meta[CHECK](config)
    if problems:
        raise ConfigError(problems)
    found = [*hints(config), *(f"{place}: {words}." for place, words in unknown_principals(config))]
    if as_json:
        print_json({"config": config.path, "tasks": len(config.tasks), "problems": [], "hints": found})
        return
    parts = (
        counted(len(config.tasks), "task"),
        counted(len(config.layouts), "layout"),
        counted(len(config.locations), "location"),
        *((counted(len(config.links), "link"),) if config.links else ()),
    )
    click.echo(f"{config.path} is good: {', '.join(parts)}.")
    for text in found:
        click.echo(f"Hint: {text}")


def _problems_of_rules(config: Config) -> list[Problem]:
    """Look at the official schemas, lists of codes and templates that were dropped."""
    if not config.schemas_dir.is_dir():
        return []
    from core.exchange.formats.official.examining import examine

    with TemporaryDirectory(prefix="pendel-") as work:
        return [
            Problem(file=str(directory), table="", key="", message=fault)
            for directory, fault in examine(config.schemas_dir, Path(work))
        ]


def _files_of(config: Config) -> Iterator[tuple[str, str, str]]:
    """Yield the files that must be there, each with the table and the key that name it."""
    for name, layout in config.layouts.items():
        if layout.direction == "feed" and layout.schema_file:
            yield f"[layouts.{name}]", "schema_file", layout.schema_file
    if (superoffice := config.superoffice) is not None:
        for key, file in (("certificate", superoffice.certificate), ("certificate_key", superoffice.certificate_key)):
            if file is not None:
                yield "[superoffice]", key, file
        if superoffice.online is not None:
            yield "[superoffice.online]", "certificate", superoffice.online.certificate


@click.group()
def secret() -> None:
    """Store secrets in the encrypted vault; the configuration names them as { secret = "NAME" }."""


@secret.command("set")
@click.argument("name")
@json_option
@click.pass_obj
@plain_errors
def set_secret(config_path: Path, *, name: str, as_json: bool) -> None:
    """Store a secret under NAME; it is asked for, or read from stdin."""
    from core.config.vault import Vault

    vault = Vault(load(config_path).data_dir)
    value = (
        click.prompt("Secret", hide_input=True, confirmation_prompt=True, err=True)
        if sys.stdin.isatty()
        else sys.stdin.read().removesuffix("\n")
    )
    if not value:
        raise Refused("An empty secret is not stored.")
    vault.set(name, value)
    if as_json:
        print_json({"secret": name})
    else:
        note(f"Stored {name}.")


@secret.command("list")
@json_option
@click.pass_obj
@plain_errors
def list_secrets(config_path: Path, *, as_json: bool) -> None:
    """List the names of the secrets in the vault."""
    from core.config.vault import Vault
    from core.links.tested import is_own

    names = [name for name in Vault(load(config_path).data_dir).names() if not is_own(name)]
    if as_json:
        print_json({"secrets": names})
    else:
        for name in names:
            click.echo(name)


@secret.command("delete")
@click.argument("name")
@json_option
@click.pass_obj
@plain_errors
def delete_secret(config_path: Path, *, name: str, as_json: bool) -> None:
    """Delete the secret NAME."""
    from core.config.vault import Vault

    Vault(load(config_path).data_dir).delete(name)
    if as_json:
        print_json({"deleted": name})


@click.command()
@click.argument("location")
@click.option("--write", is_flag=True, help="Also write, read and delete a probe file.")
@click.option("--trust", is_flag=True, help="Accept the SSH host key that the server shows now, if none is known.")
@json_option
@click.pass_obj
@plain_errors
def test(config_path: Path, *, location: str, write: bool, trust: bool, as_json: bool) -> ExitCode:
    """Test a LOCATION step by step: name, port, TLS or host key, login, directory, reading, writing."""
    from core.cli.probing import probe

    steps = []
    for step in probe(load(config_path), location, write=write, trust=trust):
        steps.append(step)
        if not as_json:
            click.echo(f"{'ok    ' if step.ok else 'FAILED'} {step.step}: {step.message}")
            if step.advice and not step.ok:
                click.echo(f"       {step.advice}")
    good = all(step.ok for step in steps)
    if as_json:
        print_json({"location": location, "ok": good, "steps": steps})
    return ExitCode.SUCCEEDED if good else ExitCode.FAILED


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
@plain_errors
def propose(*, file: Path, as_json: bool) -> None:
    """Look at a FILE and propose the settings of its layout, with its first rows as recognised."""
    from tempfile import TemporaryDirectory

    from core.exchange.detecting import propose as propose_settings
    from core.exchange.recognition.proposal import propose_layout

    with TemporaryDirectory(prefix="pendel-") as work:
        found = propose_layout(file, Path(work))
    if found.format in ("csv", "text"):
        # Of text, all is said: whoever takes it over wants to see what was left as it is.
        proposal = propose_settings(file)
        if as_json:
            print_json(proposal)
            return
        more = [key for key in ("thousands", "date") if getattr(proposal, key)]
        keys = ("delimiter", "quote", "encoding", "header", "decimal", *more)
        written = {key: getattr(proposal, key) for key in keys}
    elif as_json:
        print_json(found)
        return
    else:
        click.echo(f"format = {json.dumps(found.format)}")
        written = found.file
    if written:
        # TOML writes strings and booleans as JSON does (TOML 1.0, section "String").
        click.echo(f"file = {{ {', '.join(f'{key} = {json.dumps(value)}' for key, value in written.items())} }}")
    click.echo()
    for doubt in found.doubts:
        note(doubt)
    width = max([len(found.columns), *(len(row) for row in found.rows)])
    headers, *rows = ([*row, *[""] * (width - len(row))] for row in (found.columns, *found.rows))
    print_table(headers, rows)
