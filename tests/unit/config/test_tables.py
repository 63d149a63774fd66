"""The quick way to check a file and the whole shape of it must say the same."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from core.config.config_file import ConfigFile
from core.config.introspect import fields_of, models_in, words_of
from core.config.tables import UnknownKind, layout_model, task_model

if TYPE_CHECKING:
    from pathlib import Path

LAYOUTS = models_in(fields_of(ConfigFile)["layouts"].annotation)
TASKS = models_in(fields_of(ConfigFile)["tasks"].annotation)


@pytest.mark.parametrize("model", TASKS)
def test_every_type_of_task_is_found(model: type[Any]) -> None:
    for word in words_of(model, "type"):
        assert task_model({"type": word}) is model


@pytest.mark.parametrize("model", LAYOUTS)
def test_every_kind_of_layout_is_found(model: type[Any]) -> None:
    (direction,) = words_of(model, "direction")
    for word in words_of(model, "format") or [""]:
        assert layout_model({"direction": direction, "format": word}) is model


@pytest.mark.parametrize("table", [{}, {"type": "import "}, {"type": ["import"]}, {"direction": "import"}, [], None, 3])
def test_what_does_not_say_its_kind_is_left_to_the_whole_shape(table: object) -> None:
    for kind in (task_model, layout_model):
        with pytest.raises(UnknownKind):
            kind(table)


def test_a_console_starts_without_the_kinds_that_its_file_has_none_of(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('version = 1\n[engine]\ntime_zone = "UTC"\n')
    script = (
        "import sys, core.engine.engine; from pathlib import Path; from core.config.load import load; "
        f"load(Path({str(config)!r})); print(*sorted(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert "core.config.tables" in loaded
    kinds = ("feeds", "reports", "industry", "industry_layouts", "config_file")
    assert not {f"core.config.{kind}" for kind in kinds}.intersection(loaded)
