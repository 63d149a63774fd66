"""kill -9 in the middle of a file of an industry format: it replaces what it replaces once, and is sent whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from support import kept_state
from support.block_site import block_workspace, blocks_of, killed_after, whole_run
from support.icc_files import condition, file_of, header

if TYPE_CHECKING:
    from pathlib import Path

    from support.killing import Nursery

CONFIG = """
[[tasks]]
id = "terms"
type = "import"
description = "Terms"
sequence = 10
layout = "icc"
delta = false
file = "terms.icc"
settle = 0
max_archived = 1

[[tasks]]
id = "send"
type = "export"
description = "Terms, sent on"
sequence = 20
entity = "condition"
layout = "icc"
file = "terms.icc"
overwrite = true
"""


def terms(first: int, last: int, discount: str) -> bytes:
    lines = [condition(group=f"{number:05}", discount_1=discount) for number in range(first, last)]
    return file_of(header(len(lines)), *lines)


@pytest.fixture
def home(tmp_path: Path, nursery: Nursery) -> Path:
    """A workspace with 250 conditions, and a file that lacks 100 of them, changes 150 and brings 200."""
    home = block_workspace(tmp_path, CONFIG)
    (home / "uploads" / "terms.icc").write_bytes(terms(0, 250, "01000"))
    assert nursery.run(home / "config.toml", "run", "terms").code == 0
    (home / "uploads" / "terms.icc").write_bytes(terms(100, 450, "02000"))
    return home


def kept(home: Path) -> list[Any]:
    return kept_state.records(home / "data", entity="condition", values_only=True)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_kill_between_any_blocks_is_made_up_for(home: Path, nursery: Nursery) -> None:
    whole, ended = whole_run(home, nursery, "terms")
    counts = ended.told["counts"]
    assert {name: number for name, number in counts.items() if number} == {
        "read": 350, "new": 200, "changed": 150, "archived": 100,
    }  # fmt: skip
    for root in killed_after(blocks_of(whole, ended), home, nursery, "terms"):
        assert nursery.run(root / "config.toml", "run", "terms").code == 0
        (resumed,) = (row for row in kept_state.runs(root / "data", "terms") if row["id"] == ended.told["run"])
        assert (resumed["state"], json.loads(resumed["counts"])) == ("succeeded", counts)
        assert kept(root) == kept(whole)
        assert nursery.run(root / "config.toml", "run", "send").code == 0
        written = (root / "exports" / "terms.icc").read_bytes().splitlines()
        assert (len(written), written[0][48:54]) == (351, b"000350")


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_kill_around_the_delivery_leaves_a_whole_file(home: Path, nursery: Nursery, moment: str) -> None:
    dies = (moment, "core.tasks.standard_writing", "StandardDocument.delivered")
    assert nursery.run(home / "config.toml", "run", "send", dies=dies).killed
    ended = nursery.run(home / "config.toml", "run", "send")
    assert ended.code == 0, ended.notes
    written = (home / "exports" / "terms.icc").read_bytes().splitlines()
    assert (len(written), {len(line) for line in written}) == (251, {130})
