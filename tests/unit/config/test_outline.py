from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from core.config.outline import outline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.config.outline import KeyPath

TEXT = """\
# a comment with [brackets] and "quotes"
first = 1
"a.b".c = "x # no comment" # [no.header]
date = 1979-05-27 07:32:00

[one]
text = \"\"\"
[no]
header = 1
\"\"\"
literal = '''a''''
list = [
  1, # [one]
  { x = 1, y = [ "]" ] },
]
[[many]]
[many.sub]
k = 1
[[many.deep]]
[[many.deep]]
v = 2
[[many]]
k = 2
[one."two three"]
z = 0
"""


def leaves(value: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))
    else:
        yield path


def test_each_key_has_its_line() -> None:
    found = outline(TEXT)
    lines = TEXT.splitlines()
    expected: dict[KeyPath, str] = {
        ("first",): "first = 1",
        ("a.b", "c"): '"a.b".c = "x # no comment" # [no.header]',
        ("date",): "date = 1979-05-27 07:32:00",
        ("one",): "[one]",
        ("one", "literal"): "literal = '''a''''",
        ("one", "list", 1, "y", 0): '  { x = 1, y = [ "]" ] },',
        ("many", 0, "sub", "k"): "k = 1",
        ("many", 0, "deep", 1, "v"): "v = 2",
        ("many", 1, "k"): "k = 2",
        ("one", "two three", "z"): "z = 0",
    }
    assert {path: lines[found.lines[path] - 1] for path in expected} == expected
    assert set(leaves(tomllib.loads(TEXT))) <= found.lines.keys()
    assert ("one", "header") not in found.lines


def test_what_is_not_there_has_the_line_of_its_table() -> None:
    found = outline(TEXT)
    assert found.line(("many", 1, "missing", "key")) == found.lines["many", 1]
    assert found.line(("nowhere",)) is None


def test_sections_end_with_their_last_value() -> None:
    found = outline("a = 1\n\n# x\n[b]\nc = [\n1,\n]\n# y\n\n[d]\n")
    assert [(each.path, each.first_line, each.last_line) for each in found.sections] == [
        ((), 1, 1),
        (("b",), 4, 7),
        (("d",), 10, 10),
    ]


_SCALARS = st.integers() | st.booleans() | st.text() | st.floats(allow_nan=False) | st.datetimes() | st.times()
_DATA = st.dictionaries(
    st.text(max_size=4),
    st.recursive(
        _SCALARS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)


@given(data=_DATA)
def test_every_key_of_any_file_is_found(data: dict[str, Any]) -> None:
    import tomlkit

    text = tomlkit.dumps(data)
    found = outline(text)
    assert set(leaves(tomllib.loads(text))) <= found.lines.keys()
    assert max(found.lines.values(), default=0) <= text.count("\n") + 1
