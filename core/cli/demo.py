"""``pendel demo``: a small real workspace, in the console or run to its end."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.cli.main import json_option, plain_errors
from core.cli.output import ExitCode, exit_code_of_run, gravest, note, print_json, print_table
from core.cli.signals import NUDGE
from core.errors import Refused
from core.runs import RunState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from core.config.model import Config
    from core.store.journal.runs import RunRow

TASKS = ("wholesaler-prices", "maker-assortment", "webshop-articles", "erp-files", "shop-products", "shop-orders")
ORDERS = 12
"""Of the shop."""


def commands(console: Callable[[Path, bool], int]) -> list[click.Command]:
    """Return the commands of this module."""

    @click.command()
    @click.option(
        "--dir",
        "directory",
        type=click.Path(path_type=Path, file_okay=False),
        help="Where to make the workspace; a new directory for temporary files by default.",
    )
    @click.option("--headless", is_flag=True, help="Run the tasks and print a summary, also with a terminal.")
    @json_option
    @plain_errors
    def demo(*, directory: Path | None, headless: bool, as_json: bool) -> ExitCode:
        """Make a small workspace with two servers and two systems, and open the console on it.

        Without a terminal, its tasks are run, and a summary is printed; the exit code is 0 only if all of them
        succeeded.
        """
        root = _new_directory(directory)
        with _serving(root) as config_path:
            note(f"The workspace is {root}; delete it when you have seen enough.")
            if headless or as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
                return _run_all(config_path, as_json=as_json)
            return ExitCode(console(config_path, False))

    return [demo]


def _new_directory(directory: Path | None) -> Path:
    if directory is None:
        return Path(tempfile.mkdtemp(prefix="pendel-demo-"))
    if directory.exists() and any(directory.iterdir()):
        raise Refused(f"{directory} is not empty.", advice="Name a new directory.")
    directory.mkdir(parents=True, exist_ok=True)
    return directory.resolve()


@contextmanager
def _serving(root: Path) -> Iterator[Path]:
    """Make the workspace in ``root`` and keep its servers running; yields the path of its configuration."""
    from core.cli.probing import trust_location
    from core.config.load import load
    from core.config.vault import Vault
    from core.demo.servers import Account, FtpServer, SftpServer
    from core.demo.systems import make_books, make_shop
    from core.demo.workspace import make_files, write_config

    keys = root / "keys"
    keys.mkdir()
    now = datetime.now(UTC)
    make_files(root, today=now.date())
    account = Account("demo")
    with (
        SftpServer(root / "sftp", keys, account=account) as sftp,
        FtpServer(root / "ftps", keys, security="explicit", account=account) as ftps,
        make_shop(orders=ORDERS, now=now) as shop,
        make_books() as books,
    ):
        config_path = root / "config.toml"
        write_config(
            config_path,
            sftp_port=sftp.port,
            ftps_port=ftps.port,
            username="demo",
            certificate=ftps.certificate,
            shop=shop.address,
            books=books.address,
        )
        config = load(config_path)
        config.data_dir.mkdir(mode=0o700)
        vault = Vault(config.data_dir)
        for name, secret in (("demo", account.password), ("shop", shop.key), ("books", books.key)):
            vault.set(name, secret)
        trust_location(config, "supplier")
        _test_links(config)
        yield config_path


def _test_links(config: Config) -> None:
    """Test the links, as somebody does before they are used.

    Raises:
        Refused: one does not work.
    """
    from core.links.opening import surroundings_alone
    from core.links.testing import test_link

    around = surroundings_alone(config)
    for name, link in config.links.items():
        for step in test_link(name, link, around):
            if not step.ok:
                raise Refused(f"The link {name} of the demo does not work: {step.message}")


def _run_all(config_path: Path, *, as_json: bool) -> ExitCode:
    from core.cli.ends import run_as_json
    from core.cli.running import one_shot_engine

    with one_shot_engine(config_path, resume=()) as (engine, gate):
        ids = gate.start_tasks(TASKS)
        while not engine.dispatcher.wait(ids, timeout=NUDGE):
            # The main thread has to come by for signals that the system handed to another one.
            pass
        journal, config = engine.workspace.journal, engine.workspace.config
        rows = [row for run_id in ids if (row := journal.runs.get(run_id)) is not None]
        told = [run_as_json(journal, row, config) for row in rows]
    if as_json:
        print_json({"workspace": config.base_dir, "runs": told})
    else:
        print_table(["TASK", "OUTCOME", "MESSAGE"], [[row.task, str(row.state), row.message] for row in rows])
        click.echo(f"\nLook around: cd {config.base_dir} && {_command()} list")
    return _exit_code(rows)


def _command() -> str:
    name = Path(sys.argv[0])
    return str(name.resolve()) if os.sep in sys.argv[0] else name.name


def _exit_code(rows: list[RunRow]) -> ExitCode:
    """Return 0 where all succeeded; the invented suppliers send bad lines on purpose, so rejects are no fault here."""
    codes = [ExitCode.SUCCEEDED if row.state is RunState.WARNINGS else exit_code_of_run(row) for row in rows]
    return gravest(codes)
