"""The commands as one group, and what every one of them shares."""

from __future__ import annotations

import errno
import functools
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec

import click

from core.cli.output import ExitCode, exit_code_of_error, note, print_error
from core.errors import PendelError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.config.model import Config
    from core.errors import Problem

P = ParamSpec("P")

DEFAULT_CONFIG = "config.toml"
CHECK = "pendel.check"
"""Under this name the context of a command has what checks the settings of the console."""


def build(
    console: Callable[[Path, bool], int], *, check: Callable[[Config], Sequence[Problem]] = lambda _: ()
) -> click.Group:
    """Return the ``pendel`` command; without a subcommand it opens the console.

    ``console`` is called with the path of the configuration and whether it may only be looked at, and returns the exit
    code. ``check`` says what of a configuration the console cannot use.
    """

    class Pendel(click.Group):
        """Knows its commands once one of them is asked for: the console needs none, and shall be there soon."""

        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
            self._know_commands()
            return super().get_command(ctx, cmd_name)

        def list_commands(self, ctx: click.Context) -> list[str]:
            self._know_commands()
            return super().list_commands(ctx)

        def _know_commands(self) -> None:
            if not self.commands:
                from core.cli import (
                    alerting,
                    connectors,
                    demo,
                    flowing,
                    inspecting,
                    keeping,
                    linking,
                    looking,
                    running,
                    serving,
                    settings,
                )

                modules = (
                    looking,
                    inspecting,
                    running,
                    serving,
                    settings,
                    connectors,
                    linking,
                    flowing,
                    alerting,
                    keeping,
                    demo,
                )
                for module in modules:
                    for command in module.commands(console):
                        self.add_command(command)

    @click.group(cls=Pendel, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
    @click.option(
        "--config",
        "config_path",
        type=click.Path(path_type=Path),
        envvar="PENDEL_CONFIG",
        default=DEFAULT_CONFIG,
        show_default=True,
        show_envvar=True,
        help="The configuration file.",
    )
    @click.option("--read-only", is_flag=True, help="Open a console that can look and change nothing.")
    @click.version_option(package_name="pendel", message="%(package)s %(version)s")
    @click.pass_context
    def pendel(context: click.Context, config_path: Path, read_only: bool) -> None:
        """Periodic data exchange: a console for the terminal, with the engine behind it.

        Without a command, the console opens. Exit codes: 0 succeeded, 1 failed, 2 usage or configuration, 3 succeeded
        with warnings, 4 stopped, 5 refused by the brake or another rule.
        """
        context.obj = config_path
        context.meta[CHECK] = check
        if context.invoked_subcommand is None:
            plain_errors(console)(config_path, read_only)

    return pendel


def json_option(function: Callable[P, Any]) -> Callable[P, Any]:
    """Add ``--json`` to a command."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")(function)


def plain_errors(function: Callable[P, Any]) -> Callable[P, None]:
    """Turn errors of a command into a sentence and an exit code; what it returns is its exit code, or ``None``."""

    @functools.wraps(function)
    def carry_out(*args: P.args, **options: P.kwargs) -> None:
        try:
            code = function(*args, **options)
        except PendelError as error:
            print_error(error, as_json=bool(options.get("as_json")))
            code = exit_code_of_error(error)
        except KeyboardInterrupt:
            note("Stopped.")
            code = ExitCode.STOPPED
        except OSError as error:
            if error.errno == errno.EPIPE:
                # Nobody reads any more: click ends without a word.
                raise
            # Expected ones became errors of ours where they happened; this one says at least what and where.
            print_error(
                PendelError(f"{error.strerror or error}: {error.filename or 'a file or connection'}."), as_json=False
            )
            code = ExitCode.FAILED
        sys.exit(int(code or ExitCode.SUCCEEDED))

    return carry_out
