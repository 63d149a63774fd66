from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.alert_site import TO_OPS, AlertSite, alert_config
from support.engine_desk import Time

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.store.journal import Journal


@pytest.fixture
def site(workspace: Callable[..., Path], journal: Journal) -> Callable[..., AlertSite]:
    """Make a site with tasks, and ``[alerts]`` as given."""

    def make(*tasks: str, alerts: str = TO_OPS, engine: str = "") -> AlertSite:
        return AlertSite(alert_config(workspace, *tasks, alerts=alerts, engine=engine), journal, Time())

    return make
