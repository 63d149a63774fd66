"""Which links, and which tasks that use them, an actor may see."""

from __future__ import annotations

import os
import pwd
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

import pytest
from support.config_texts import HEAD

from core.config.base import Identifier, Settings, setting
from core.config.frequency import Manual
from core.config.load import load
from core.config.tasks import TaskBase
from core.engine.api.rights import Right
from core.engine.api.views import ChainLink, Snapshot, TaskView
from core.engine.gate import _without
from core.engine.visibility import hidden_links, links_of, principals

if TYPE_CHECKING:
    from pathlib import Path

    from core.config.model import Config

NOBODY = pwd.getpwnam("nobody").pw_name


class _End(Settings):
    link: Identifier = setting(title="Link", refers="links")


class _Flow(TaskBase):
    type: Literal["flow"] = "flow"
    source: _End = setting(title="From")
    targets: list[_End] = setting(list, title="To")
    also: dict[str, list[Identifier]] = setting(dict, title="Others", refers="links")


def config_with(tmp_path: Path, visible_to: str) -> Config:
    path = tmp_path / "config.toml"
    link = 'connector = "exact-online"\n'
    path.write_text(f"{HEAD}[links.a]\n{link}visible_to = {visible_to}\n[links.b]\n{link}")
    return load(path)


def test_the_links_of_a_task_are_found_however_deep_they_stand() -> None:
    flow = _Flow(
        id="x",
        description="x",
        sequence=1,
        frequency=Manual(),
        source=_End(link="a"),
        targets=[_End(link="b"), _End(link="c")],
        also={"others": ["d"]},
    )
    assert sorted(links_of(flow)) == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("visible_to", "user", "right", "hidden"),
    [
        ('["anna"]', NOBODY, Right.OPERATE, {"a"}),
        ('["anna"]', "anna", Right.OPERATE, set()),
        ('["anna"]', "a user that the system does not know", Right.VIEW, {"a"}),
        ('["@anna"]', "anna", Right.OPERATE, {"a"}),
        ('["anna"]', NOBODY, Right.ADMINISTER, set()),
        ('["anna"]', pwd.getpwuid(os.geteuid()).pw_name, Right.VIEW, set()),
        ("[]", NOBODY, Right.VIEW, set()),
    ],
)
def test_who_does_not_see_a_link(tmp_path: Path, visible_to: str, user: str, right: Right, hidden: set[str]) -> None:
    assert hidden_links(config_with(tmp_path, visible_to), user, right) == hidden


def test_a_snapshot_without_tasks_says_nothing_of_them_elsewhere() -> None:
    def view(task: str, *chain: str) -> TaskView:
        links = tuple(ChainLink(each, 1, 1) for each in chain)
        return TaskView(task, "flow", task, True, 1, "manual", False, None, None, None, links)

    snapshot = Snapshot(1, (view("a", "b"), view("b", "a", "c"), view("c")), 0, "c.toml", ZoneInfo("UTC"))
    left = _without(snapshot, frozenset("b"))
    assert [task.id for task in left.tasks] == ["a", "c"]
    assert left.tasks[0].chain == ()
    assert left.revision == snapshot.revision


def test_services_are_not_offered() -> None:
    assert not {"root", "nobody", "@root"} & set(principals())
