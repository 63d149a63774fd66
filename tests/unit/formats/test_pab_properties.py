from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
from support.pab_files import article, zip_of

from core.errors import DataError

if TYPE_CHECKING:
    from support.format_desk import FormatDesk

FORMAT = "pab"
"""Of the desk."""

_ANY = st.binary(max_size=300)


@given(junk=st.lists(_ANY | st.just(b"\r\n"), max_size=6))
@settings(max_examples=25)
def test_no_line_is_lost_whatever_stands_between_good_ones(shared_desk: FormatDesk, junk: list[bytes]) -> None:
    """Each line is a record or a reject; the good ones come through."""
    desk = shared_desk
    content = article("first") + b"\r\n".join(junk) + b"\r\n" + article("last")
    found = desk.read(zip_of(desk.directory / "set.zip", {"ArtLev.txt": content}))
    accepted = len(found.records["article"]) + len(found.deleted["article"])
    rejected = {reject.line for reject in found.rejects if reject.entity == "article"}
    assert accepted + len(rejected) == found.part("article").raw.records
    assert {"first", "last"} <= {row["number"] for row in found.records["article"]}


@given(content=_ANY)
@settings(max_examples=25)
def test_any_bytes_are_read_or_refused(shared_desk: FormatDesk, content: bytes) -> None:
    desk = shared_desk
    for name in ("ArtLev.txt", "artikelen", "set.zip"):
        path = desk.file(name, content)
        try:
            desk.read(path)
            desk.inspect(path)
        except DataError:
            continue
