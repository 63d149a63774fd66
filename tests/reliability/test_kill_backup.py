"""kill -9 in the middle of a backup: what was kept before stays, and the next one is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import kept_state
from support.supplier_site import csv_of, make_articles, write_config

from core.store.backup import read_backup, restore_backup

if TYPE_CHECKING:
    from pathlib import Path

    from support.killing import Nursery

ARTICLES = 2000


@pytest.mark.parametrize(
    "dies",
    [
        pytest.param(("before", "core.store.copying", "_copy_journal"), id="between-the-stores"),
        pytest.param(("before", "core.store.backup", "sync"), id="packed"),
        pytest.param(("before", "core.store.backup", "_data_name"), id="copied"),
        pytest.param(("after", "core.store.backup", "_add"), id="packing"),
        pytest.param(("before", "core.store.backup", "_differences"), id="restored-and-not-compared"),
    ],
)
def test_a_backup_that_is_killed_harms_nothing(tmp_path: Path, nursery: Nursery, dies: tuple[str, str, str]) -> None:
    config, data = write_config(tmp_path / "site"), tmp_path / "site" / "data"
    (tmp_path / "site" / "supplier" / "prices.csv").write_bytes(csv_of(make_articles(ARTICLES, seed=41)))
    assert nursery.run(config, "run", "full").code == 0
    assert nursery.run(config, "run", "system-backup").code == 0
    (first,) = (data / "backups").iterdir()
    records = kept_state.records(data)

    assert nursery.run(config, "run", "system-backup", dies=dies).killed

    assert read_backup(first).files
    assert list((data / "backups").glob("*.zip")) == [first], "none has a name before it was verified"
    assert kept_state.records(data) == records
    again = nursery.run(config, "run", "system-backup")
    assert again.code == 0, again.notes
    found = sorted((data / "backups").iterdir())
    assert first in found
    assert not [path for path in found if path.suffix != ".zip"], "what the killed one left is gone"
    for number, path in enumerate(found):
        restored = restore_backup(path, tmp_path / f"restored-{number}")
        assert kept_state.records(restored.data) == records
    assert not [path for path in (data / "spool").rglob("*") if path.name in ("backup", "restored")]
