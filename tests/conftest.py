"""What all tests share. That this file stands here makes ``support`` importable."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the environment of whoever runs the tests out of them."""
    for name in ("PENDEL_CONFIG", "PENDEL_VAULT_KEY", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
