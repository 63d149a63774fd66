"""Settings through the socket of an engine: what crosses it is the same, and secrets go one way only."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from support.attach_site import attached, listening_engine
from support.settings_site import CONFIG

from core.engine.api import Right
from core.errors import ChangedOutside, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.engine.attach.client import RemoteEngine
    from core.engine.engine import Engine


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG)
    (tmp_path / "files").mkdir()
    return path


@pytest.fixture
def engine(config: Path) -> Iterator[Engine]:
    with listening_engine(config) as opened:
        yield opened


@pytest.fixture
def remote(engine: Engine, config: Path) -> Iterator[RemoteEngine]:
    with attached(config) as opened:
        yield opened


def test_a_table_is_read_checked_and_saved(remote: RemoteEngine, config: Path) -> None:
    view = remote.api.settings.table("tasks", "shop")
    values: dict[str, Any] = view.values
    assert values["frequency"]["from"] == "2026-11-23"
    (problem,) = remote.api.settings.check("tasks", "shop", values | {"layout": "shp"})
    assert problem.path == ("layout",)
    assert "did you mean 'shop'" in problem.message
    remote.api.settings.save("tasks", "shop", values | {"sequence": 25}, fingerprint=view.fingerprint)
    assert config.read_text() == CONFIG.replace("sequence = 20", "sequence = 25")
    with pytest.raises(ChangedOutside):
        remote.api.settings.save("tasks", "shop", values, fingerprint=view.fingerprint)
    assert remote.api.settings.audit()[0].action == "settings.change"
    change = remote.api.settings.last_change()
    assert change is not None
    assert change.tables[0].startswith("task shop")
    assert len(remote.api.settings.planned({"kind": "daily"}).moments) == 5
    assert "number" in remote.api.settings.choices().fields["article"]


def test_a_location_is_tested_from_afar(remote: RemoteEngine) -> None:
    test = remote.api.files.test_location("files")
    end = time.monotonic() + 30
    while not test.ended:
        assert time.monotonic() < end
        test = remote.api.files.follow_test(test.id, known=len(test.steps))
    assert test.good
    assert [step.step for step in test.steps] == ["directory", "reading", "writing"]
    assert remote.api.files.last_tests()[0].location == "files"


def test_a_typed_secret_reaches_the_vault(remote: RemoteEngine, engine: Engine) -> None:
    view = remote.api.settings.table("locations", "supplier")
    remote.api.settings.save(
        "locations", "supplier", view.values, fingerprint=view.fingerprint, secrets={"supplier": "swordfish77"}
    )
    assert engine.workspace.vault.get("supplier") == "swordfish77"
    (secret,) = remote.api.settings.secrets()
    assert secret.used_by == ("location supplier",)


def test_who_may_only_operate_changes_no_settings(engine: Engine, config: Path) -> None:
    with attached(config, right=Right.OPERATE) as remote:
        view = remote.api.settings.table("locations", "files")
        with pytest.raises(Refused, match="needs the right to administer"):
            remote.api.settings.save("locations", "files", view.values, fingerprint=view.fingerprint)
        with pytest.raises(Refused, match="needs the right to administer"):
            remote.api.files.trust_host("supplier", "SHA256:x")
        # Settings that are typed may name a command that prints a secret, and the server that is told it.
        with pytest.raises(Refused, match="needs the right to administer"):
            remote.api.files.test_location("files", view.values)
        with pytest.raises(Refused, match="needs the right to administer"):
            remote.api.files.test_location("files", secrets={"supplier": "typed"})
        assert remote.api.settings.audit()[0].action == "location.try"
        ended = remote.api.files.test_location("files")
        while not ended.ended:
            ended = remote.api.files.follow_test(ended.id, known=len(ended.steps))
        assert ended.good
    with attached(config, right=Right.VIEW) as remote, pytest.raises(Refused):
        remote.api.files.test_location("files")
