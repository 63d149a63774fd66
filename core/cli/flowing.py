"""The commands about records of flows: list, failures, mend, choose, resend, discard, activity."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from core.cli.main import json_option, plain_errors
from core.cli.output import local_time, print_json, print_table
from core.config.load import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def commands(console: Callable[[Path, bool], int]) -> list[click.Command]:  # noqa: ARG001 - one shape for all modules
    """Return the commands of this module."""
    return [flow]


@click.group()
def flow() -> None:
    """Flows between systems: records that failed, and what was sent."""


@flow.command("list")
@json_option
@click.pass_obj
@plain_errors
def list_flows(config_path: Path, *, as_json: bool) -> None:
    """List all flows, with how many of their records failed."""
    from core.cli.running import here_or_beside

    with here_or_beside(config_path) as (api, _, _):
        found = api.flows.flows()
    if as_json:
        print_json({"flows": found})
        return
    print_table(
        ["FLOW", "KIND", "FROM", "TO", "FAILED", "GIVEN UP"],
        [[each.task, each.kind, each.source, each.target, str(each.failed), str(each.given_up)] for each in found],
    )


@flow.command()
@click.argument("task", required=False)
@json_option
@click.pass_obj
@plain_errors
def failures(config_path: Path, *, task: str | None, as_json: bool) -> None:
    """List records that could not be sent, of the flow TASK or of all, with the reason and the next attempt."""
    from core.cli.running import here_or_beside

    with here_or_beside(config_path) as (api, _, _):
        found = api.flows.failures(task)
    if as_json:
        print_json({"failures": found})
        return
    zone = load(config_path).engine.zone
    print_table(
        ["FLOW", "KEY", "NUMBER", "SINCE", "ATTEMPTS", "NEXT", "REASON"],
        [
            [
                each.task,
                each.key,
                each.number or "-",
                local_time(each.at, zone)[:16],
                str(each.attempts),
                local_time(each.next_try, zone)[:16] if each.next_try else "when it is sent again",
                each.said or each.reason,
            ]
            for each in found
        ],
    )


@flow.command()
@click.argument("task")
@click.argument("keys", nargs=-1)
@click.option("--later", is_flag=True, help="Leave it to the next run, and start none now.")
@json_option
@click.pass_obj
@plain_errors
def resend(config_path: Path, *, task: str, keys: tuple[str, ...], later: bool, as_json: bool) -> None:
    """Send the records KEYS of the flow TASK again that failed; without KEYS, all of them.

    Where no engine runs, the next run of the task takes them along.
    """
    from core.cli.running import here_or_beside

    with here_or_beside(config_path) as (api, own, _):
        # An engine that lives as long as this command would leave a run behind.
        start = not later and own is None
        number = api.flows.resend(task, keys, start=start)
    if as_json:
        print_json({"flow": task, "records": number, "started": start})
    elif start:
        click.echo(f"Sending {number} again: pendel log --task {task}")
    else:
        click.echo(f"{number} will be sent again by the next run: pendel run {task}")


@flow.command()
@click.argument("task")
@click.argument("key")
@click.argument("changes", nargs=-1, metavar="[FIELD=VALUE]...")
@json_option
@click.pass_obj
@plain_errors
def mend(config_path: Path, *, task: str, key: str, changes: tuple[str, ...], as_json: bool) -> None:
    """Give fields of the record KEY of the flow TASK, which failed, other values; its next attempt sends them.

    FIELD= sends it without a value. FIELD alone is as it came. Without any, its fields are shown.
    """
    from core.cli.running import here_or_beside

    wanted = {name: value if mark else None for name, mark, value in (each.partition("=") for each in changes)}
    with here_or_beside(config_path) as (api, _, _):
        if wanted:
            api.flows.mend(task, key, wanted)
        found = api.flows.fields(task, key)
    if as_json:
        print_json({"flow": task, "key": key, "fields": found})
        return
    shown = [each for each in found if each.came or each.mended is not None or each.name in wanted]
    print_table(
        ["FIELD", "CAME", "MENDED"],
        [[each.name, each.came, "-" if each.mended is None else each.mended or "(empty)"] for each in shown],
    )


@flow.command()
@click.argument("task")
@click.argument("keys", nargs=-1, required=True)
@json_option
@click.pass_obj
@plain_errors
def discard(config_path: Path, *, task: str, keys: tuple[str, ...], as_json: bool) -> None:
    """Take the records KEYS of the flow TASK out of the list of failures: they are not sent any more.

    One that changes at its source is met again. "pendel flow resend" with its key takes it back.
    """
    from core.cli.running import here_or_beside

    with here_or_beside(config_path) as (api, _, _):
        number = api.flows.discard(task, keys)
    if as_json:
        print_json({"flow": task, "records": number})
    else:
        click.echo(f"{number} taken out of the list of failures of {task}.")


@flow.command()
@click.argument("task")
@click.argument("key")
@click.argument("target_key")
@click.option("--later", is_flag=True, help="Leave it to the next run, and start none now.")
@json_option
@click.pass_obj
@plain_errors
def choose(config_path: Path, *, task: str, key: str, target_key: str, later: bool, as_json: bool) -> None:
    """Say which of several records at the target the failure KEY of the flow TASK means, and send it again.

    TARGET_KEY is one of those that the failure names.
    """
    from core.cli.running import here_or_beside

    with here_or_beside(config_path) as (api, own, _):
        start = not later and own is None
        api.flows.choose(task, key, target_key, start=start)
    if as_json:
        print_json({"flow": task, "key": key, "chosen": target_key, "started": start})
    elif start:
        click.echo(f"Sending it again: pendel log --task {task}")
    else:
        click.echo(f"It will be sent again by the next run: pendel run {task}")


@flow.command()
@click.argument("task", required=False)
@click.option("--key", help="Of one record: its key at the source.")
@click.option("--run", type=click.IntRange(1), help="Of one run; a dry run leaves samples of what would be sent.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000), help="So many, the latest.")
@json_option
@click.pass_obj
@plain_errors
def activity(
    config_path: Path, *, task: str | None, key: str | None, run: int | None, limit: int, as_json: bool
) -> None:
    """Show what came from the source and what was sent to the target, record by record, with the answer.

    It shows what stands in the records, personal data too.
    """
    from core.cli.running import here_or_beside

    with here_or_beside(config_path) as (api, _, _):
        found = api.flows.activity(task, key=key, run=run, limit=limit)
    if as_json:
        print_json({"activity": found})
        return
    zone = load(config_path).engine.zone
    for each in reversed(found):
        target = f" is {each.target_key}" if each.target_key else ""
        click.echo(f"{local_time(each.at, zone)}  {each.task}  {each.key}{target}: {each.outcome} (run {each.run})")
        if each.message:
            click.echo(f"  {each.message}")
        click.echo(f"  came  {json.dumps(each.record, ensure_ascii=False)}")
        for request in each.sent:
            click.echo(f"  sent  {json.dumps(request, ensure_ascii=False)}")
