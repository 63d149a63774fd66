"""XML as a stream of items: what is yielded, what is refused, and the copy without some of them."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from core.errors import DataError, StopRequested
from core.exchange.formats.xml_items import children, count_items, fragment, rewrite_items, text_at, xml_items
from core.stop import StopToken

if TYPE_CHECKING:
    from pathlib import Path

CATALOGUE = """<?xml version="1.0"?>
<x:BMECAT xmlns:x="urn:any" version="1.2"><!-- made by hand -->
  <x:HEADER><x:ID>c1</x:ID></x:HEADER>
  <x:T_UPDATE prev_version="3">
    <x:ARTICLE mode="new"><x:AID>A1</x:AID><x:D><x:T>one<![CDATA[ & ]]>two</x:T></x:D></x:ARTICLE>
    <x:NOTE>not asked for</x:NOTE>
    <x:ARTICLE><x:AID>A2</x:AID><x:ARTICLE><x:AID>inner</x:AID></x:ARTICLE></x:ARTICLE>
    <x:ARTICLE/>
  </x:T_UPDATE>
</x:BMECAT>
"""


def put(directory: Path, content: str | bytes) -> Path:
    path = directory / "file.xml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def items(path: Path, *names: str, openings: tuple[str, ...] = ()) -> list[tuple[str, int, int, str]]:
    found = xml_items(path, names, name="file.xml", stop=StopToken(), openings=openings)
    return [(item.name, item.number, item.line, text_at(item.element, "AID")) for item in found]


def test_items_come_whole_in_their_order_whatever_the_namespace(tmp_path: Path) -> None:
    path = put(tmp_path, CATALOGUE)
    assert items(path, "HEADER", "ARTICLE", openings=("BMECAT", "T_UPDATE")) == [
        ("BMECAT", 0, 2, ""),
        ("HEADER", 1, 3, ""),
        ("T_UPDATE", 0, 4, ""),
        ("ARTICLE", 2, 5, "A1"),
        ("ARTICLE", 3, 7, "A2"),
        ("ARTICLE", 4, 8, ""),
    ]


def test_text_attributes_and_fragments_are_read_by_local_names(tmp_path: Path) -> None:
    found = xml_items(put(tmp_path, CATALOGUE), {"ARTICLE"}, name="file.xml", stop=StopToken())
    item = next(found)
    assert text_at(item.element, "D", "T") == "one & two"
    assert item.element.get("mode") == "new"
    assert [child.tag for child in children(item.element, "AID")] == ["{urn:any}AID"]
    assert etree.fromstring(fragment(item.element)).get("mode") == "new"
    assert not fragment(item.element).endswith(" ")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "not well-formed XML, at line 1: no element found"),
        ("no xml", "not well-formed XML, at line 1: syntax error"),
        ("<r>\n<A>1</A>\n<A>", "not well-formed XML, at line 3: Premature end of data"),
        ("<r>\n<A>1</B></r>", "not well-formed XML, at line 2: Opening and ending tag mismatch"),
        (f"<r>{'<q>' * 5000}</r>", "nested too deep, at line 1"),
        ('<!DOCTYPE r [<!ENTITY a "x">\n<!ENTITY b "&a;&a;">]><r><A>&b;</A></r>', "made of others, .* at line 2"),
        ('<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><r><A>&a;</A></r>', "or of other files"),
        (f'<!DOCTYPE r [<!ENTITY a "{"x" * 900}">]><r><A>{"&a;" * 100_000}</A></r>', "made of others"),
        ("""<!DOCTYPE r [<!ENTITY % p "<!ENTITY x 'y'>">%p;]><r><A>&x;</A></r>""", "with the entity &x;, at line 1"),
        (b'<?xml version="1.0" encoding="utf-8"?><r>\xff\xe9</r>', "not well-formed"),
        (f"<r><A>{'x' * 11_000_000}</A></r>", "a single text of more than 10 MB"),
    ],
)  # fmt: skip
def test_what_is_broken_or_hostile_is_refused_in_plain_words(
    tmp_path: Path, content: str | bytes, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        items(put(tmp_path, content), "A")


def test_nothing_is_read_from_other_files(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("<!ENTITY told 'secret'>")
    path = put(tmp_path, f'<!DOCTYPE r [<!ENTITY % p SYSTEM "{secret.as_uri()}">%p;]><r><AID>&told;</AID></r>')
    with pytest.raises(DataError, match="told"):
        items(path, "AID")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1252", "iso-8859-1"])
def test_entities_that_are_plain_text_and_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE r [<!ENTITY uml "ü">]><r><X><AID>é&uml;</AID></X></r>'
    assert items(put(tmp_path, text.encode(encoding)), "X")[0][3] == "éü"


def test_a_stop_is_heeded(tmp_path: Path) -> None:
    stop = StopToken()
    stop.request()
    with pytest.raises(StopRequested):
        list(xml_items(put(tmp_path, CATALOGUE), {"ARTICLE"}, name="file.xml", stop=stop))


def test_memory_stays_flat(tmp_path: Path) -> None:
    peaks = []
    for number in (1000, 20_000):
        body = "<ARTICLE><AID>A</AID><D>text of some length</D></ARTICLE>\n" * number
        path = put(tmp_path, f"<r>{body}</r>")
        tracemalloc.start()
        assert sum(1 for _ in xml_items(path, {"ARTICLE"}, name="file.xml", stop=StopToken())) == number
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 2 * peaks[0]


def test_elements_are_counted_without_parsing(tmp_path: Path) -> None:
    path = put(tmp_path, CATALOGUE + " " * (1 << 21))
    assert count_items(path, ["ARTICLE", "HEADER", "PRICE"]) == ({"ARTICLE": 3, "HEADER": 1, "PRICE": 0}, True)
    path = put(tmp_path, "<r>" + "<A>12345</A>" * 300_000 + "</r>")
    assert count_items(path, ["A"]) == ({"A": 300_000}, True)
    counts, whole = count_items(path, ["A"], most=1 << 20)
    assert not whole
    assert counts["A"] == pytest.approx(300_000, rel=0.01)


def test_what_stands_only_at_the_beginning_of_a_long_document_is_not_estimated(tmp_path: Path) -> None:
    path = put(tmp_path, "<r>" + "<G>1</G>" * 70 + "<A>12345</A>" * 400_000 + "</r>")
    counts, whole = count_items(path, ["A", "G"], most=3 << 20)
    assert not whole
    assert counts["G"] == 70
    assert counts["A"] == pytest.approx(400_000, rel=0.01)


def test_a_copy_has_only_the_items_that_are_kept_byte_for_byte(tmp_path: Path) -> None:
    path, target = put(tmp_path, CATALOGUE), tmp_path / "copy.xml"
    rewrite_items(path, {"HEADER", "ARTICLE"}, {3}, target, repeated={"ARTICLE"}, stop=StopToken())
    first = CATALOGUE.index("<x:ARTICLE mode")
    note, second, third = (CATALOGUE.index(text) for text in ("<x:NOTE>", "<x:ARTICLE><x:AID>A2", "<x:ARTICLE/>"))
    end = CATALOGUE.index("</x:T_UPDATE>")
    expected = CATALOGUE[:first] + CATALOGUE[note:second] + CATALOGUE[second:third] + CATALOGUE[end:]
    assert target.read_text() == expected


@settings(max_examples=60)
@given(
    texts=st.lists(st.text(st.characters(categories=["L", "Zs"], max_codepoint=255), max_size=8), max_size=8),
    keep=st.sets(st.integers(1, 8)),
    encoding=st.sampled_from(["utf-8", "utf-16", "iso-8859-1"]),
)
def test_the_numbers_of_items_are_those_of_the_copy(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], keep: set[int], encoding: str
) -> None:
    directory = tmp_path_factory.getbasetemp()
    body = "\n".join(f"<X><AID>{text}</AID></X>" for text in texts)
    path = put(directory, f'<?xml version="1.0" encoding="{encoding}"?><r>{body}</r>'.encode(encoding))
    target = directory / "copy.xml"
    rewrite_items(path, {"X"}, keep, target, repeated={"X"}, stop=StopToken())
    kept = [text for number, _, text in ((each[1], each[2], each[3]) for each in items(path, "X")) if number in keep]
    assert [each[3] for each in items(target, "X")] == kept
