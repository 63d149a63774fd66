"""kill -9 in the middle of an update of a catalogue: it goes on, and does not refuse itself as imported already."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from support import kept_state
from support.block_site import block_workspace, blocks_of, killed_after, whole_run
from support.bmecat_desk import catalogue, product

if TYPE_CHECKING:
    from pathlib import Path

    from support.killing import Nursery

CONFIG = """
[[tasks]]
id = "take"
type = "import"
description = "A catalogue"
sequence = 10
layout = "bmecat"
file = "catalogue.xml"
settle = 0
max_archived = 1
"""


@pytest.fixture
def home(tmp_path: Path, nursery: Nursery) -> Path:
    """A workspace with a catalogue of 150 articles, and an update that changes, adds and takes away."""
    home = block_workspace(tmp_path, CONFIG)
    source = home / "uploads" / "catalogue.xml"
    source.write_text(catalogue("".join(product(f"{number:03}") for number in range(150))))
    assert nursery.run(home / "config.toml", "run", "take").code == 0
    changes = [product(f"{number:03}", mode="update", price="9") for number in range(50)]
    changes += [product(f"{number:03}", mode="delete") for number in range(50, 60)]
    changes += [product(f"{number:03}", mode="new") for number in range(150, 220)]
    source.write_text(catalogue("".join(changes), transaction="T_UPDATE_PRODUCTS", before="0"))
    return home


def kept(home: Path) -> list[Any]:
    entities = ("article", "price", "supplier_catalogue")
    return [kept_state.records(home / "data", entity=entity, values_only=True) for entity in entities]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_kill_after_any_block_is_made_up_for(home: Path, nursery: Nursery) -> None:
    whole, ended = whole_run(home, nursery, "take")
    assert ended.code == 0, ended.notes
    counts = ended.told["counts"]
    blocks = blocks_of(whole, ended)
    assert len(blocks) >= 4
    for root in killed_after(blocks, home, nursery, "take"):
        # The run that was killed goes on; the one that was asked for finds that its file was imported by then.
        again = nursery.run(root / "config.toml", "run", "take")
        assert "was imported already: 1 is the next" in again.told["message"]
        (resumed,) = (row for row in kept_state.runs(root / "data", "take") if row["id"] == ended.told["run"])
        assert (resumed["state"], json.loads(resumed["counts"])) == ("succeeded", counts)
        assert kept(root) == kept(whole)
