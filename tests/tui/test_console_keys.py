"""The user's own keys: what may be chosen, and that everything that names keys follows."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from support.console_pilot import console
from support.fake_engine import FakeEngine

from core.cli.main import build
from core.config.load import load
from core.errors import ConfigError
from tui.action import Scope
from tui.actions import ACTIONS, action
from tui.keymap import Keymap, faults, problems
from tui.main import open_console

CONFIG = """version = 1
[engine]
[keys]
"""


def told(own: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(str(fault.path[1]), fault.message) for fault in faults(own)]


def test_table_itself_has_no_faults() -> None:
    assert faults({}) == []
    assert faults({entry.id: list(entry.keys) for entry in ACTIONS if "escape" not in entry.keys}) == []


@pytest.mark.parametrize(
    "own",
    [
        {"task.start": ["f5"]},
        {"task.start": ["x"], "task.stop": ["s"]},
        {"task.start": ["ctrl+x", "é"]},
        {"view.filter": ["F"], "layout.file": ["ctrl+f"]},
        {"app.quit": ["Q"]},
        {"move.page_down": ["PgDn", "ctrl+d"]},
        {"app.help": ["h"], "task.history": ["H"]},
    ],
)
def test_keys_that_can_be_chosen(own: dict[str, list[str]]) -> None:
    assert told(own) == []


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ({"task.strat": ["s"]}, "there is no such action"),
        ({"task.start": ["nokey"]}, "there is no key of this name"),
        ({"task.start": ["ctrl+alt+s"]}, "there is no key of this name"),
        ({"task.start": ["\x07"]}, "there is no key of this name"),
        ({"task.start": ["esc"]}, "the key esc always belongs to app.back; choose another"),
        ({"task.start": ["ctrl+c"]}, "the key ctrl+c always belongs to app.quit; choose another"),
        ({"task.start": ["ctrl+i"]}, "a terminal sends ctrl+i as tab; choose another key"),
        ({"form.test": ["t"]}, "t is text where form.test applies; choose a key that prints nothing"),
        (
            {"run.again": ["R"]},
            "the key R is that of run.revert, too, on runs and run; give one of the two another key",
        ),
        ({"link.test": ["q"]}, "the key q is that of app.quit, too, on links; give one of the two another key"),
    ],
)
def test_keys_that_cannot(own: dict[str, list[str]], message: str) -> None:
    assert told(own) == [(next(iter(own)), message)]


def test_clash_of_two_chosen_keys_is_told_once() -> None:
    assert len(told({"task.start": ["f5"], "task.stop": ["f5"]})) == 1


def test_suggestions() -> None:
    assert [fault.suggestion for fault in faults({"task.strat": ["s"], "task.stop": ["pgdwn"]})] == [
        "task.start",
        "pgdn",
    ]


def test_ways_out_cannot_be_taken_away() -> None:
    assert Keymap({"app.quit": ["Q"]}).keys(action("app.quit")) == ("Q", "ctrl+c")
    assert Keymap({"app.back": ["b"]}).keys(action("app.back")) == ("b", "escape")


def test_letters_are_no_keys_where_text_is_typed() -> None:
    assert Keymap().in_words(action("app.help"), Scope.FORM) == "f1"
    assert Keymap().in_words(action("app.help"), Scope.TASKS) == "?, f1"
    assert Keymap({"app.help": ["h"]}).in_words(action("app.help"), Scope.FORM) == "f1"


# -- the configuration --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ['"task.start" = "f5"', '"task.start" = ["f5"]'])
def test_one_key_or_several(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG + text)
    assert load(path).keys == {"task.start": ["f5"]}


@pytest.mark.parametrize("text", ["task.start = 's'", '"task.start" = []', '"task.start" = 5', '"task.start" = [""]'])
def test_what_is_no_key_is_refused_with_an_example(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG + text)
    with pytest.raises(ConfigError, match=r'a key or a list of keys is needed, .*"task.start" = \["s"\]'):
        load(path)


def test_all_faults_are_told_at_once_with_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG + '"task.start" = "x"\n"task.stpo" = "s"\n')
    clash = "the key x is that of task.stop, too, on tasks and flows; give one of the two another key"
    assert [str(problem) for problem in problems(load(path))] == [
        f'{path}:4: [keys] "task.start": {clash}',
        f"{path}:5: [keys] \"task.stpo\": there is no such action; did you mean 'task.stop'?",
    ]


def test_console_does_not_open_and_check_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG + '"task.start" = "x"\n')
    monkeypatch.setattr("tui.main.objection", lambda: "")
    monkeypatch.setattr("core.engine.engine.Engine.start", None)
    for command in ([], ["check"]):
        result = CliRunner().invoke(build(open_console, check=problems), ["--config", str(path), *command])
        assert result.exit_code == 2
        assert "the key x is that of task.stop, too" in result.stderr


def test_example_in_the_documentation_can_be_used(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "console.md").read_text(encoding="utf-8")
    example = page.partition("```toml\n")[2].partition("```")[0]
    path = tmp_path / "config.toml"
    path.write_text("version = 1\n[engine]\n" + example)
    config = load(path)
    assert config.keys
    assert problems(config) == ()


# -- the console --------------------------------------------------------------------------------------------------


async def test_everything_follows_the_users_keys() -> None:
    own = Keymap({"task.start": ["f5"], "app.help": ["f2"], "log.panel": ["L"], "view.freeze": ["f6"]})
    async with console(keymap=own, size=(100, 24)) as running:
        assert "f5 Start" in running.text
        assert "L Log" in running.text
        await running.press("s")
        assert running.app.screen is running.tasks
        assert "Start 1 task?" in await running.press("f5")
        await running.press("escape")
        text = await running.press("f2")
        assert "Screens" in text
        assert "  f5 " in text
        await running.press("f2")
        assert running.app.screen is running.tasks
        assert "Held still; f6 lets it go on." in await running.press("f6")
        await running.press("f6", "L", "L")
        assert "The log is hidden; the key L shows it." in await running.press("w")
        await running.press("colon", *"task.start")
        await running.app.workers.wait_for_complete()
        assert "(f5)" in await running.look()


async def test_key_that_opened_a_dialog_never_answers_it() -> None:
    own = Keymap({"task.start": ["y"], "view.copy": ["Y"]})
    async with console(keymap=own) as running:
        text = await running.press("y")
        assert "  Start  " in text
        assert "Start (y)" not in text
        await running.press("y", "y")
        assert running.engine.commands == []
        await running.press("tab", "enter")
        assert running.engine.commands == [("start", ["clean-up"])]


async def test_read_only_console_opens_help_and_palette() -> None:
    async with console(FakeEngine(read_only=True)) as running:
        assert "Screens" in await running.press("question_mark")
