"""Commands that keep and bring back: backup, restore, export-config."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.cli.main import json_option, plain_errors
from core.cli.output import ExitCode, note, print_json
from core.config import sources
from core.config.load import load
from core.text import counted, file_size

if TYPE_CHECKING:
    from collections.abc import Callable


def commands(console: Callable[[Path, bool], int]) -> list[click.Command]:  # noqa: ARG001 - one shape for all modules
    """Return the commands of this module."""
    return [backup, restore, export_config]


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
@click.pass_obj
@plain_errors
def backup(config_path: Path, *, file: Path, as_json: bool) -> None:
    """Write configuration, journal, catalogue and vault into one zip FILE; no engine may be running.

    The key of the vault is not in it: keep that apart.
    """
    from core.engine.backup import write_backup
    from core.store.attachment_backup import DIRECTORY

    written = write_backup(config_path, file, now=datetime.now(UTC))
    size = file.stat().st_size
    if as_json:
        print_json({"backup": file, "size": size, "files": written.files, "attachments": written.attachments})
    else:
        click.echo(f"Wrote {file}: {counted(len(written.files), 'file')}, {file_size(size)}.")
        if written.attachments:
            kept = f"{counted(written.attachments, 'attachment')} ({file_size(written.attachments_size)})"
            note(f"{kept} are beside it in {file.parent / DIRECTORY}, and belong to it.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option(
    "--to", "directory", required=True, type=click.Path(path_type=Path, file_okay=False), help="A new directory."
)
@json_option
@plain_errors
def restore(*, file: Path, directory: Path, as_json: bool) -> ExitCode | None:
    """Restore a backup FILE into a new directory, and check that it can be used."""
    from core.store.attachment_backup import DIRECTORY
    from core.store.backup import restore_backup

    restored = restore_backup(file, directory)
    code = ExitCode.WARNINGS if restored.missing else None
    if as_json:
        told = {"attachments": restored.attachments, "missing_attachments": restored.missing}
        print_json({"config": restored.config, "data": restored.data, **told})
        return code
    click.echo(f"Restored: {restored.config}")
    if not restored.in_place:
        note(f"The configuration has its data elsewhere, by [engine] data_dir: move {restored.data} there.")
    note("If secrets are in the vault, put its vault.key into the data directory, with mode 0600.")
    if restored.missing:
        note(
            f"Not restored, for {file.parent / DIRECTORY} does not have them whole: "
            f"{counted(restored.missing, 'attachment')}. Imports bring them again; or put that directory beside the "
            "backup, and restore anew."
        )
    return code


@click.command("export-config")
@json_option
@click.pass_obj
@plain_errors
def export_config(config_path: Path, *, as_json: bool) -> None:
    """Print the configuration as one TOML file, with all that it includes; secrets stay references."""
    import tomlkit

    load(config_path)
    data = {key: value for key, value in sources.read(config_path).data.items() if key != "include"}
    if as_json:
        print_json(data)
    else:
        click.echo(tomlkit.dumps(data), nl=False)
