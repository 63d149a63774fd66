from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.config_texts import HEAD, MACHINES, Problems, Write, task

from core.config.config_file import ConfigFile
from core.config.introspect import DISCRIMINATORS
from core.config.load import fingerprint, load
from core.config.tasks import ImportTask
from core.errors import ConfigError, Problem, Refused

SPEC_EXAMPLE = Path(__file__).parents[4] / "shared" / "spec" / "config.example.toml"


def only(found: tuple[Problem, ...]) -> Problem:
    assert len(found) == 1, "\n".join(map(str, found))
    return found[0]


def test_paths_and_defaults(write: Write, tmp_path: Path) -> None:
    config = load(write(HEAD + 'data_dir = "state"\nexports_dir = "/srv/out"\n'))
    assert config.base_dir == tmp_path
    assert config.data_dir == tmp_path / "state"
    assert config.uploads_dir == tmp_path / "uploads"
    assert config.exports_dir == Path("/srv/out")
    assert config.retention.runs_days == 90
    assert config.tasks == ()
    assert config.files == (tmp_path / "config.toml",)


def test_tilde_is_the_home_directory(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    config = load(write(HEAD + 'data_dir = "~/state"\nuploads_dir = "~nobody-knows-me/x"\n'))
    assert config.data_dir == tmp_path / "home" / "state"
    assert config.uploads_dir == tmp_path / "~nobody-knows-me" / "x"


def test_relative_path_becomes_absolute(write: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write(HEAD)
    monkeypatch.chdir(tmp_path)
    assert load(Path("config.toml")).path == tmp_path / "config.toml"


def test_tasks_keep_their_order_and_are_found_by_id(write: Write) -> None:
    config = load(write(HEAD + MACHINES + task("second", sequence="20") + task("first")))
    assert [each.id for each in config.tasks] == ["second", "first"]
    assert config.task("first").sequence == 10
    with pytest.raises(Refused, match=r"'fisrt'.*'first'"):
        config.task("fisrt")


def test_entities_hold_standard_and_own_ones(write: Write) -> None:
    config = load(write(HEAD.replace("\n[engine]", '\n[engine]\nlanguages = ["nl", "de"]') + MACHINES))
    assert list(config.entities["machine"].fields) == ["number", "name.nl", "name.de", "price"]
    assert config.entities["article"].standard


def test_the_example_of_the_specification_loads() -> None:
    if not SPEC_EXAMPLE.exists():
        pytest.skip("the specification is not beside this checkout")
    config = load(SPEC_EXAMPLE)
    assert [each.id for each in config.tasks] == ["supplier-prices", "webshop-articles", "erp-files"]


class TestFiles:
    def test_missing_file(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError) as caught:
            load(tmp_path / "none.toml")
        assert caught.value.message == f"{tmp_path}/none.toml: the file cannot be read: no such file or directory"
        assert "pendel init" in caught.value.advice

    def test_byte_order_mark_is_taken(self, tmp_path: Path) -> None:
        path = tmp_path / "config.toml"
        path.write_bytes(b"\xef\xbb\xbf" + HEAD.encode())
        assert load(path).engine.data_dir == "data"

    @pytest.mark.parametrize(
        ("content", "message", "line"),
        [
            (HEAD.encode("utf-16"), "the file is UTF-16 text; save it as UTF-8", None),
            (HEAD.encode() + b'# caf\xe9\ndata_dir = "x"\n', "the file is not UTF-8 text; save it as UTF-8", 3),
        ],
    )
    def test_other_encodings(self, tmp_path: Path, content: bytes, message: str, line: int | None) -> None:
        path = tmp_path / "config.toml"
        path.write_bytes(content)
        with pytest.raises(ConfigError) as caught:
            load(path)
        assert (caught.value.problems[0].message, caught.value.problems[0].line) == (message, line)

    def test_syntax_error_has_its_place(self, problems: Problems) -> None:
        found = only(problems(HEAD + "data_dir = \n"))
        assert found.line == 3
        assert found.message.startswith("column 12: this is not TOML: ")

    def test_syntax_error_at_the_end(self, problems: Problems) -> None:
        found = only(problems(HEAD + 'languages = ["nl",'))
        assert found.line == 3
        assert "at the end of the file" in found.message

    def test_hostile_file_name_is_cleaned(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError) as caught:
            load(tmp_path / "a\x1b[31m.toml")
        assert "\x1b" not in str(caught.value)


class TestInclude:
    def test_tables_and_tasks_are_merged_in_order_of_names(self, write: Write, tmp_path: Path) -> None:
        write(MACHINES + task("b"), "tasks.d/20.toml")
        write("version = 1\n[locations.here]\nprotocol = 'local'\n" + task("a"), "tasks.d/10.toml")
        config = load(write('include = ["tasks.d/*.toml"]\n' + HEAD))
        assert [each.id for each in config.tasks] == ["a", "b"]
        assert "here" in config.locations
        assert config.files[1:] == (tmp_path / "tasks.d/10.toml", tmp_path / "tasks.d/20.toml")

    def test_same_name_in_two_files_names_both(self, problems: Problems, tmp_path: Path) -> None:
        table = "[locations.here]\nprotocol = 'local'\n"
        found = only(problems('include = ["more.toml"]\n' + HEAD + table, more=table))
        assert found.file == f"{tmp_path}/more.toml"
        assert found.message == f"this stands in {tmp_path}/config.toml, line 4, already"
        assert found.table == "[locations.here]"

    def test_included_file_cannot_include(self, problems: Problems) -> None:
        found = only(problems('include = ["more.toml"]\n' + HEAD, more='include = ["x.toml"]\n'))
        assert (found.key, found.message) == ("include", "only the main file can include others")

    def test_missing_included_file(self, problems: Problems) -> None:
        found = only(problems('include = ["mroe.toml", "none-*.toml"]\n' + HEAD))
        assert (found.key, found.message, found.value, found.line) == (
            "include",
            "there is no such file",
            '"mroe.toml"',
            1,
        )

    def test_problem_names_the_included_file_and_its_line(self, problems: Problems, tmp_path: Path) -> None:
        found = problems('include = ["more.toml"]\n' + HEAD + MACHINES + task("a"), more=task("b", sequence="-1"))
        problem = only(found)
        assert (problem.file, problem.line, problem.table) == (f"{tmp_path}/more.toml", 5, '[[tasks]] "b"')

    def test_a_broken_included_file_does_not_make_references_wrong(self, problems: Problems) -> None:
        found = only(problems('include = ["more.toml"]\n' + HEAD + task("a"), more=MACHINES + "x = \n"))
        assert "this is not TOML" in found.message


class TestFingerprint:
    def test_changes_with_any_file(self, write: Write) -> None:
        write("", "more.toml")
        path = write('include = ["*.toml"]\n' + HEAD)
        first = load(path).fingerprint
        assert fingerprint(path) == first
        write("# a comment\n", "more.toml")
        second = fingerprint(path)
        assert second != first
        write("", "new.toml")
        assert fingerprint(path) not in (first, second)


def test_contents_can_be_tried_before_they_are_written(write: Write) -> None:
    path = write(HEAD)
    config = load(path, instead={path: (HEAD + 'data_dir = "other"').encode()})
    assert config.engine.data_dir == "other"
    assert path.read_text() == HEAD


def complaints(path: Path, content: bytes) -> str:
    try:
        load(path, instead={path: content})
    except ConfigError as error:
        return str(error)
    return ""


_WORDS = st.sampled_from(
    [
        *ConfigFile.model_fields,
        *DISCRIMINATORS,
        *ImportTask.model_fields,
        "import",
        "csv",
        "weekly",
        "sftp",
        "columns",
        "fields",
        "field",
    ]
)
_VALUES = st.recursive(
    _WORDS | st.integers(-2, 2) | st.booleans() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=4),
    max_leaves=25,
)


@given(data=st.dictionaries(_WORDS, _VALUES, max_size=6))
def test_any_content_loads_or_is_refused_in_plain_words(data: dict[str, object]) -> None:
    import tomlkit

    path = Path("/nowhere/config.toml")
    text = tomlkit.dumps(data).encode("utf-8", "replace")
    assert "Input should" not in complaints(path, text)


@pytest.mark.parametrize("module", ["core.config.load", "core.config.document", "core.config.vault"])
def test_heavy_modules_are_not_imported(module: str) -> None:
    code = (
        f"import sys, {module}\n"
        "print(*sorted({'tomlkit', 'cryptography', 'holidays', 'core.config.problems'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ})
    assert done.stdout.strip() == ""
