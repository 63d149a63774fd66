from __future__ import annotations

import copy
import os
import re
import stat
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.config_texts import HEAD, MACHINES, Write, task

from core.config import editing
from core.config.document import ConfigDocument, plain, undo
from core.config.editing import add_table
from core.config.files import replace_file
from core.config.frequency import Weekly
from core.config.history import KEPT, History
from core.config.layouts import CsvImportLayout
from core.config.load import load
from core.config.secrets import SecretRef
from core.config.tasks import ImportTask, RemotePath
from core.errors import ConfigError, EngineError, Refused

if TYPE_CHECKING:
    from pathlib import Path

TEXT = f"""# What Pendel does in our house.
{HEAD}data_dir = "data"  # on the big disk

{MACHINES}
# The first task.
{task("a", active="true  # since spring")}
# Tasks of the afternoon follow.

# The second task.
{task("b", frequency='{ kind = "weekly", day = "monday", at = "07:30" }  # before the shop opens')}
[locations.here]
protocol = "local"
# The end.
"""


@pytest.fixture
def path(write: Write) -> Path:
    return write(TEXT)


def saved(document: ConfigDocument) -> None:
    document.save(expected_fingerprint=document.fingerprint)


def changed_lines(path: Path, before: str = TEXT) -> tuple[list[str], list[str]]:
    old, new = before.splitlines(), path.read_text().splitlines()
    return [line for line in old if line not in new], [line for line in new if line not in old]


class TestChanges:
    def test_a_toggle_changes_one_line(self, path: Path) -> None:
        document = ConfigDocument.open(path)
        document.set("tasks", "a", ("active",), False)
        saved(document)
        assert changed_lines(path) == (["active = true  # since spring"], ["active = false  # since spring"])
        assert len(path.read_text().splitlines()) == len(TEXT.splitlines())

    def test_a_nested_key(self, path: Path) -> None:
        document = ConfigDocument.open(path)
        document.set("tasks", "b", ("frequency", "at"), "08:00")
        saved(document)
        assert changed_lines(path)[1] == [
            'frequency = { kind = "weekly", day = "monday", at = "08:00" }  # before the shop opens'
        ]

    def test_a_new_key_stands_behind_the_others(self, path: Path) -> None:
        document = ConfigDocument.open(path)
        document.set("tasks", "a", ("max_rejected",), 0.1)
        saved(document)
        assert changed_lines(path) == ([], ["max_rejected = 0.1"])
        lines = path.read_text().splitlines()
        assert lines[lines.index("max_rejected = 0.1") - 1] == "active = true  # since spring"

    def test_a_key_is_taken_out(self, path: Path) -> None:
        document = ConfigDocument.open(path)
        document.set("tasks", "a", ("active",), None)
        saved(document)
        assert changed_lines(path) == (["active = true  # since spring"], [])
        with pytest.raises(Refused, match="active is not set there"):
            document.set("tasks", "a", ("active",), None)

    def test_a_table_of_the_engine(self, path: Path) -> None:
        document = ConfigDocument.open(path)
        document.set("engine", "", ("window", "opens"), "05:00")
        document.put("retention", "", {"runs_days": 10})
        saved(document)
        config = load(path)
        assert (f"{config.engine.window}", config.retention.runs_days) == ("05:00-23:00", 10)

    def test_a_task_is_added_behind_the_last(self, path: Path) -> None:
        document = ConfigDocument.open(path)
        document.put("tasks", "c", {**document.get("tasks", "b"), "id": "c", "sequence": 30})
        saved(document)
        assert [each.id for each in load(path).tasks] == ["a", "b", "c"]
        assert changed_lines(path)[0] == []
        text = path.read_text()
        assert text.index('id = "b"') < text.index('id = "c"') < text.index("[locations.here]")

    def test_the_comment_of_a_task_goes_with_it_and_no_other(self, path: Path) -> None:
        document = ConfigDocument.open(path)
        document.delete("tasks", "a")
        saved(document)
        text = path.read_text()
        assert "The first task" not in text
        assert all(words in text for words in ("Tasks of the afternoon", "The second task", "The end", "our house"))
        document.delete("tasks", "b")
        saved(document)
        assert load(path).tasks == ()

    def test_named_tables(self, path: Path) -> None:
        document = ConfigDocument.open(path)
        document.put("locations", "there", {"protocol": "ftp", "host": "h", "username": "u"})
        document.put("locations", "here", {"protocol": "local", "directory": "in"})
        layout = document.get("layouts", "machines")
        layout["columns"].append({"column": "Name", "field": "name.en", "convert": ["trim"]})
        document.put("layouts", "machines", layout)
        document.put("entities", "tool", {"key": ["no"], "fields": {"no": {"type": "text"}}})
        document.put("layouts", "tools", {**layout, "entity": "tool", "columns": [{"column": 1, "field": "no"}]})
        saved(document)
        config = load(path)
        assert config.locations["here"].directory == "in"
        assert list(config.locations) == ["here", "there"]
        machines = config.layouts["machines"]
        assert isinstance(machines, CsvImportLayout)
        assert [column.field for column in machines.columns] == ["number", "name.en"]
        assert config.entities["tool"].key == ("no",)
        document.delete("layouts", "tools")
        document.delete("entities", "tool")
        saved(document)
        assert "tool" not in load(path).entities

    def test_the_file_in_which_a_table_stands_is_changed(self, write: Write) -> None:
        main = write('include = ["tasks.d/*.toml"]\n' + HEAD + MACHINES + task("a"))
        write(task("b"), "tasks.d/b.toml")
        document = ConfigDocument.open(main)
        document.set("tasks", "b", ("sequence",), 99)
        document.put("tasks", "c", {**document.get("tasks", "b"), "id": "c"})
        before = main.read_text()
        saved(document)
        assert main.read_text() == before
        assert [(each.id, each.sequence) for each in load(main).tasks] == [("a", 10), ("b", 99), ("c", 99)]
        document.delete("tasks", "b")
        saved(document)
        assert document.names("tasks") == ["a", "c"]

    def test_unknown_names_propose_the_nearest(self, path: Path) -> None:
        document = ConfigDocument.open(path)
        with pytest.raises(Refused, match=r"no location 'heer'.*'here'"):
            document.delete("locations", "heer")

        with pytest.raises(Refused, match="no entity 'tool'"):
            document.get("entities", "tool")
        with pytest.raises(Refused, match=r"no retention\.$"):
            document.delete("retention")

    def test_a_wrong_configuration_can_be_mended(self, write: Write) -> None:
        path = write(HEAD + MACHINES + task("a", layout='"machnies"') + task("b").replace('id = "b"\n', ""))
        document = ConfigDocument.open(path)
        document.set("tasks", "a", ("layout",), "machines")
        with pytest.raises(ConfigError, match=r"number 2 id: this setting is missing"):
            document.check()
        document.set("tasks", "", ("id",), "b")
        saved(document)
        assert [each.id for each in load(path).tasks] == ["a", "b"]

    def test_settings_become_plain_values(self) -> None:
        frequency = Weekly(day="monday", at="07:30")
        model = ImportTask(
            id="x",
            description="d",
            sequence=1,
            entity="machine",
            layout="machines",
            frequency=frequency,
            source=RemotePath(location="here", path="*"),
        )
        assert plain(model) == {
            "type": "import",
            "id": "x",
            "description": "d",
            "sequence": 1,
            "entity": "machine",
            "layout": "machines",
            "frequency": {"kind": "weekly", "day": "monday", "at": "07:30"},
            "source": {"location": "here", "path": "*"},
        }
        assert plain(SecretRef(env="X")) == {"env": "X"}


STYLES = {
    "inline tasks": 'tasks = [{ id = "a", n = 1 }, { id = "b", n = 2 }]  # two\n',
    "inline tables": "[locations]\na = { n = 1 }\n# about b\nb = { n = 2 }\n",
    "dotted keys": "locations.a.n = 1\nlocations.a.m = { x = 1 }\n[engine]\nx = 1\n",
    "sub-tables": '[[tasks]]\nid = "a"\n[tasks.frequency]\nkind = "daily" # each day\n[[tasks]]\nid = "b"\n',
    "tables apart": '[locations.a]\nn = 1\n[engine]\nx = 1\n[locations.a.password]\nenv = "X"\n# end',
    "tables of tables": "[layouts.a]\nn = 1\n[[layouts.a.columns]]\nf = 1\n[[layouts.a.columns]]\nf = 2 # two\n",
    "comment at the end": "[locations.a]\nn = 1\n# no newline",
    "no newline at all": "[locations.a]\nn = 1",
    "strange names": '[locations."a b"]\nn = 1\n[locations.a]\n"a.b" = 1\n\'c\' = """\n[x]\n# no comment\n"""\n',
    "lines within values": "[layouts.a]\ncolumns = [\n  # first\n  { f = 1 }, # one\n  { f = 2 },\n]\n",
    "line separators": '[locations.a]\nn = "a\u2028b\x85c" # \u2028 x\nm = 1\n[locations.b]\nn = 1\n',
}


@pytest.mark.parametrize("style", STYLES)
def test_every_style_of_writing_can_be_changed(style: str) -> None:
    text = STYLES[style]
    data = tomllib.loads(text)
    comments = re.findall(r"# [a-z ]+$", text, re.MULTILINE)
    for kind in ("tasks", "locations", "layouts"):
        tables = data.get(kind)
        if tables is None:
            continue
        names: list[Any] = list(range(len(tables))) if isinstance(tables, list) else list(tables)
        for name in names:
            meant = {**tables[name], "n": 7, "new": [{"x": 1}, {"y": "z"}]}
            changed = editing.replace_table(text, (kind, name), meant)
            assert tomllib.loads(changed)[kind][name] == meant
            assert all(comment in changed for comment in comments)
            deleted = tomllib.loads(editing.delete_table(text, (kind, name)))
            rest = copy.deepcopy(tables)
            del rest[name]
            assert deleted.get(kind, type(rest)()) == rest
        new = len(names) if isinstance(tables, list) else "new"
        added = editing.add_table(text, (kind, new), {"n": 1, "file": {"x": "y"}})
        assert tomllib.loads(added)[kind][new] == {"n": 1, "file": {"x": "y"}}
        assert all(comment in added for comment in comments)


def test_what_tomlkit_would_get_wrong_is_written_right() -> None:
    """tomlkit 0.15.2 puts a table that is appended after a comment without a newline into that comment."""
    text = "[engine]\nx = 1\n# the end"
    assert editing.add_table(text, ("retention",), {"a": 1}) == "[engine]\nx = 1\n# the end\n\n[retention]\na = 1\n"


def test_a_result_that_is_not_what_was_meant_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editing, "_edited", lambda *_: "x = 2\n")
    with pytest.raises(EngineError, match="cannot be changed without harm"):
        editing.replace_table("[a]\nx = 1\n", ("a",), {"x": 2})


@pytest.mark.parametrize(("first", "second"), [(1, True), (1, 1.0), ("1", 1), ([1], [1.0]), ({"a": 0}, {"a": False})])
def test_values_of_different_types_are_not_the_same(first: object, second: object) -> None:
    assert not editing.same(first, second)
    assert editing.same(first, copy.deepcopy(first))


class TestSaving:
    def test_an_invalid_change_is_refused_and_nothing_written(self, path: Path) -> None:
        document = ConfigDocument.open(path)
        document.set("tasks", "a", ("layout",), "machnies")
        with pytest.raises(ConfigError, match="'machines'"):
            saved(document)
        assert path.read_text() == TEXT
        assert not (path.parent / "data").exists()

    def test_a_file_changed_outside_is_not_overwritten(self, path: Path) -> None:
        document = ConfigDocument.open(path)
        document.set("tasks", "a", ("active",), False)
        path.write_text(TEXT + "# by hand\n")
        with pytest.raises(Refused, match="changed on disk"):
            saved(document)
        assert path.read_text() == TEXT + "# by hand\n"

    def test_the_caller_saw_another_state(self, path: Path) -> None:
        document = ConfigDocument.open(path)
        document.set("tasks", "a", ("active",), False)
        with pytest.raises(Refused, match="changed on disk"):
            document.save(expected_fingerprint="of another state")

    def test_a_new_included_file_counts_as_a_change(self, write: Write) -> None:
        main = write('include = ["tasks.d/*.toml"]\n' + HEAD + MACHINES + task("a"))
        document = ConfigDocument.open(main)
        document.set("tasks", "a", ("active",), False)
        write(task("b"), "tasks.d/b.toml")
        with pytest.raises(Refused, match="changed on disk"):
            saved(document)

    def test_the_document_can_be_used_on(self, path: Path) -> None:
        document = ConfigDocument.open(path)
        for active in (False, True, False):
            document.set("tasks", "a", ("active",), active)
            config = document.save(expected_fingerprint=document.fingerprint)
            assert config.task("a").active is active
            assert config.fingerprint == document.fingerprint == load(path).fingerprint

    def test_mode_and_links_stay(self, path: Path, tmp_path: Path) -> None:
        path.chmod(0o640)
        (tmp_path / "etc").mkdir()
        link = tmp_path / "etc" / "pendel.toml"
        link.symlink_to(path)
        document = ConfigDocument.open(link)
        document.set("tasks", "a", ("active",), False)
        saved(document)
        assert link.is_symlink()
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        assert not load(path).task("a").active

    def test_no_change_writes_nothing(self, path: Path) -> None:
        before = path.stat()
        document = ConfigDocument.open(path)
        document.set("tasks", "a", ("active",), True)
        saved(document)
        assert path.stat().st_ino == before.st_ino
        assert History(path.parent / "data").changes() == []

    def test_line_ends_and_byte_order_mark_stay(self, path: Path) -> None:
        content = b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode()
        path.write_bytes(content)
        document = ConfigDocument.open(path)
        document.set("tasks", "a", ("active",), False)
        saved(document)
        assert path.read_bytes() == content.replace(b"active = true", b"active = false")

    def test_a_write_that_fails_leaves_everything_as_it_was(
        self, write: Write, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        main = write('include = ["more.toml"]\n' + HEAD + MACHINES + task("a"))
        more = write(task("b"), "more.toml")
        texts = main.read_text(), more.read_text()
        real = replace_file

        def failing(path: Path, content: bytes) -> None:
            if path == more and b"777" in content:
                raise OSError(28, "No space left on device", str(path))
            real(path, content)

        monkeypatch.setattr("core.config.document.replace_file", failing)
        document = ConfigDocument.open(main)
        document.set("tasks", "a", ("sequence",), 777)
        document.set("tasks", "b", ("sequence",), 777)
        with pytest.raises(EngineError, match="no space left on device"):
            saved(document)
        assert (main.read_text(), more.read_text()) == texts
        assert History(main.parent / "data").changes() == []

    def test_a_file_that_is_no_toml_cannot_be_opened(self, write: Write) -> None:
        with pytest.raises(ConfigError, match="not TOML"):
            ConfigDocument.open(write("version = "))


class TestUndo:
    def change(self, path: Path, sequence: int) -> None:
        document = ConfigDocument.open(path)
        document.set("tasks", "a", ("sequence",), sequence)
        saved(document)

    def test_and_undo_of_undo(self, path: Path) -> None:
        self.change(path, 77)
        changed = path.read_text()
        config = undo(path, expected_fingerprint=load(path).fingerprint)
        assert path.read_text() == TEXT
        assert config.task("a").sequence == 10
        undo(path, expected_fingerprint=config.fingerprint)
        assert path.read_text() == changed

    def test_nothing_to_undo(self, path: Path) -> None:
        with pytest.raises(Refused, match="no change"):
            undo(path, expected_fingerprint=load(path).fingerprint)

    def test_changes_by_hand_are_not_lost(self, path: Path) -> None:
        self.change(path, 77)
        path.write_text(path.read_text() + "# by hand\n")
        with pytest.raises(Refused, match="by hand"):
            undo(path, expected_fingerprint=load(path).fingerprint)

    def test_state_that_the_caller_did_not_see(self, path: Path) -> None:
        self.change(path, 77)
        with pytest.raises(Refused, match="changed on disk"):
            undo(path, expected_fingerprint="another")

    def test_a_change_that_was_noted_and_never_made_is_passed_over(self, path: Path) -> None:
        self.change(path, 77)
        content = path.read_bytes()
        History(path.parent / "data").add({path: content}, {path: b"never written"})
        undo(path, expected_fingerprint=load(path).fingerprint)
        assert path.read_text() == TEXT

    def test_the_last_versions_are_kept_with_their_time(self, path: Path) -> None:
        history = History(path.parent / "data")
        for number in range(KEPT + 5):
            history.add({path: f"{number}".encode()}, {path: b"x"})
        changes = history.changes()
        assert len(changes) == KEPT
        assert [change.number for change in changes] == list(range(6, KEPT + 6))
        assert changes[-1].before == {path: f"{KEPT + 4}".encode()}
        assert changes[-1].saved_at.utcoffset() is not None

    def test_history_is_for_the_owner_alone(self, path: Path) -> None:
        before = os.umask(0)
        try:
            self.change(path, 77)
        finally:
            os.umask(before)
        files = list((path.parent / "data" / "config-history").glob("*.json"))
        assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600]


_VALUES = st.recursive(
    st.integers(-5, 5) | st.booleans() | st.text(max_size=5) | st.floats(allow_nan=False) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
_KEYS = st.sampled_from(["one", "two", "three four", "frequency", "columns", "ä"])
_NAMES = st.sampled_from(["a", "b", "c", "d e"])
_EDITS = st.lists(
    st.tuples(st.sampled_from(["put", "put", "delete"]), _NAMES, st.dictionaries(_KEYS, _VALUES, max_size=4)),
    max_size=8,
)
_START = """# 1: of the file

[engine] # 2: of a header
x = 1 # 3: of a key
# 4: below a key

# 5: apart

[locations.a] # a
one = [ # a
  1, # a
  2 ]

# 6: apart

[locations.b]
[locations.b.frequency]
one = 1

# 7: apart

[retention]
y = '''
# no comment
'''
# 8: the end"""


@given(edits=_EDITS)
def test_random_edits_keep_every_comment_and_hold_what_was_meant(
    edits: list[tuple[str, str, dict[str, Any]]],
) -> None:
    text = _START
    meant = tomllib.loads(text)
    for action, name, values in edits:
        tables = meant.setdefault("locations", {})
        if action == "put":
            edit = editing.replace_table if name in tables else editing.add_table
            text = edit(text, ("locations", name), values)
            tables[name] = values
        elif name in tables:
            text = editing.delete_table(text, ("locations", name))
            del tables[name]
        found = tomllib.loads(text)
        assert editing.same(found.get("locations", {}), tables)
        assert editing.same(found["engine"], meant["engine"])
        assert editing.same(found["retention"], meant["retention"])
    assert re.findall(r"# (\d): ", text) == list("12345678")


@pytest.mark.parametrize(
    "sql",
    ["UPDATE a\nSET b = 'x' || \"c\"\n", 'a\\d\n"""x"""\n', "\n\na", "a\n\tb\x00", "é\n\\", "a\r\nb", 'a\n"', "a"],
)
def test_a_text_of_several_lines_is_written_as_it_is_read(sql: str) -> None:
    steps = {"steps": [{"name": "a", "sql": sql}, {"name": "b", "sql": "one"}]}
    text = editing.add_table("version = 1\n", ("schemes", "x"), steps)
    assert tomllib.loads(text)["schemes"]["x"] == steps
    assert ('"""' in text) == ("\n" in sql and "\r" not in sql)
    changed = {"steps": [{"name": "a", "sql": f"{sql}\nmore"}, {"name": "b", "sql": "one\ntwo\n"}]}
    assert tomllib.loads(editing.replace_table(text, ("schemes", "x"), changed))["schemes"]["x"] == changed


def test_a_tree_is_written_as_one() -> None:
    tree = {"elements": [{"name": "a", "elements": [{"name": "b", "convert": ["trim"]}, {"name": "c"}]}, {"name": "d"}]}
    written = add_table("", ("layouts", "x"), {"root": tree})
    assert written.strip() == (
        "[layouts.x]\n"
        "root = {elements = [\n"
        '    {name = "a", elements = [\n'
        '        {name = "b", convert = ["trim"]},\n'
        '        {name = "c"},\n'
        "    ]},\n"
        '    {name = "d"},\n'
        "]}"
    )
