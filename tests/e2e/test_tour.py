"""The pictures of the documentation can be made anew, and stand in the pages that show them."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def tour(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The script, which is part of no package."""
    monkeypatch.syspath_prepend(ROOT / "tests")
    spec = importlib.util.spec_from_file_location("tour", ROOT / "docs" / "tour.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "tour", module)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_tour_can_be_taken(tour: Any) -> None:
    screens = tour.recorded()
    assert list(screens) == [stop.name for stop in tour.STOPS]
    for name, screen in screens.items():
        lines = screen.splitlines()
        assert len(lines) <= 24, name
        assert max(map(len, lines)) <= 80, name
        assert "by a fault" not in screen, name


def test_every_picture_stands_in_the_pages(tour: Any) -> None:
    page = tour.TOUR.read_text()
    assert re.findall(r"^## (.+)$", page, re.MULTILINE) == [stop.title for stop in tour.STOPS]
    assert page.count("```text\n") == len(tour.STOPS)
    known = {stop.name for stop in tour.STOPS}
    for path in tour.PAGES:
        marked = re.findall(
            r"<!-- screen (\S+) -->\n```text\n.+?\n```\n<!-- end of screen -->", path.read_text(), re.DOTALL
        )
        assert marked, path
        assert set(marked) <= known, path


def test_only_what_stands_between_markers_is_renewed(tour: Any) -> None:
    page = "before\n<!-- screen tasks -->\n```text\nold\n```\n<!-- end of screen -->\nafter\n"
    assert tour.renewed(page, {"tasks": "new\n  \\1"}) == page.replace("old", "new\n  \\1")
