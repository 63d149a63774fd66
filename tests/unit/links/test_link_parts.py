"""Reading in parts: each row once, or an error; whatever the window and the parts."""

from __future__ import annotations

from types import MappingProxyType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.links.connection import Call, Reply
from core.links.faults import CallFailed
from core.links.loading import checked
from core.links.parts import in_parts

if TYPE_CHECKING:
    from collections.abc import Mapping

HEAD = """version = 1
name = "X"
base_url = "https://example.org"
auth = { kind = "none" }
test = { path = "x" }
[resources.a]
method = "POST"
path = "a"
[resources.a.paging]
kind = "offset"
place = "body"
parameter = "from"
size_parameter = "size"
size = 3
total = "total"
window = WINDOW
[resources.a.parts]
key = ["code"]
"""
STEPS = """[[resources.a.parts.steps]]
body = { half = "{part}" }
values = [false, true]
[[resources.a.parts.steps]]
body = { codes = "{part}" }
prefix = "C"
digits = 2
codes = 4
"""


class System:
    host = "example.org"
    values: Mapping[str, str] = MappingProxyType({})

    def __init__(self, codes: list[int], *, hidden: set[int]) -> None:
        self.codes, self.hidden = codes, hidden

    def call(self, call: Call) -> Reply:
        body: dict[str, Any] = dict(call.body or {})
        found = list(self.codes)
        if "half" in body:
            # Some rows are in both parts, and some in none.
            found = [
                code for code in found if code not in self.hidden and (code % 5 == 0 or (code % 2 == 1) is body["half"])
            ]
        if "codes" in body:
            found = [code for code in found if f"C{code:02}" in body["codes"]]
        rows = [{"code": f"C{code:02}"} for code in found]
        return Reply(200, {}, {"total": len(rows), "rows": rows[body["from"] : body["from"] + body["size"]]})


@given(
    st.lists(st.integers(0, 99), unique=True, max_size=40),
    st.integers(4, 30),
    st.sets(st.integers(0, 99), max_size=2),
)
def test_trap_18_each_row_comes_once_or_it_is_told(codes: list[int], window: int, hidden: set[int]) -> None:
    resource = checked(HEAD.replace("WINDOW", str(window)) + STEPS, "x").resources["a"]
    assert resource.parts is not None
    system: Any = System(codes, hidden=hidden)
    call = Call("POST", "a", group="a", body={})
    pages = in_parts(system, call, resource, resource.parts, ["rows"])
    if len(codes) > window and hidden & {*codes}:
        with pytest.raises(CallFailed, match=f"says that there are {len(codes)} rows of a, and shows"):
            list(pages)
        return
    assert sorted(row["code"] for page in pages for row in page) == sorted(f"C{code:02}" for code in codes)


def test_a_row_without_its_key_is_told() -> None:
    resource = checked(HEAD.replace("WINDOW", "4").replace('["code"]', '["code", "version"]') + STEPS, "x").resources[
        "a"
    ]
    assert resource.parts is not None
    system: Any = SimpleNamespace(host="x", values={}, call=System([1], hidden=set()).call)
    with pytest.raises(CallFailed, match="A row of a has no code and version"):
        list(in_parts(system, Call("POST", "a", group="a", body={}), resource, resource.parts, ["rows"]))
