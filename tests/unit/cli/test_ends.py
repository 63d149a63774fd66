"""How commands tell that runs ended."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from support.config_texts import HEAD

from core.cli.ends import tell_ends
from core.cli.output import ExitCode
from core.config.load import load
from core.runs import Trigger
from core.store.journal.runs import NewRun

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from core.store.journal import Journal

NOW = datetime(2026, 11, 29, tzinfo=UTC)


def test_a_run_whose_end_could_not_be_written_down_is_no_success(
    tmp_path: Path, journal: Journal, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "config.toml"
    path.write_text(HEAD, encoding="utf-8")
    with journal.transaction():
        (run,) = journal.runs.queue([NewRun("prices", "import", Trigger.PLANNED, "pendel")], at=NOW)
        journal.runs.start(run, at=NOW)
    assert tell_ends(journal, load(path), [run], as_json=False) is ExitCode.FAILED
    assert capsys.readouterr().out.startswith("prices: running: How it ended could not be written into the journal;")
