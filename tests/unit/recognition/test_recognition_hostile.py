"""Files that are made to do harm, and files of nothing in particular: each is quick, bounded and harmless."""

from __future__ import annotations

import io
import struct
import time
import tracemalloc
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import DataError
from core.exchange.recognition import Recognition, recognise

QUICK = 2.0
"""Seconds of processor time; what is to be caught takes minutes, or for ever."""
SMALL = 64 << 20


def look(content: bytes, tmp_path: Path, name: str = "hostile") -> Recognition:
    path = tmp_path / name
    path.write_bytes(content)
    return measured(path)


def measured(path: Path) -> Recognition:
    """Recognise a file twice: once on the watch, once for the memory, whose measuring takes many times as long."""
    begun = time.process_time()
    found = recognise(path)
    assert time.process_time() - begun < QUICK
    tracemalloc.start()
    try:
        recognise(path)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < SMALL
    return found


def laughs(levels: int) -> str:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, levels))
    body = f'<BMECAT version="1.2"><HEADER>&l{levels - 1};</HEADER></BMECAT>'
    return f'<!DOCTYPE BMECAT [<!ENTITY l0 "ha">{entities}]>{body}'


def test_a_billion_laughs_are_not_laughed(tmp_path: Path) -> None:
    found = look(laughs(12).encode(), tmp_path)
    assert found.claims == ()
    assert "entities that are made of entities" in found.carrier


def test_one_long_entity_many_times_is_not_put_in_its_place(tmp_path: Path) -> None:
    text = (
        f'<!DOCTYPE BMECAT [<!ENTITY a "{"x" * 60_000}">]><BMECAT version="1.2" a="{"&a;" * 20_000}">{"&a;" * 20_000}'
    )
    look(text.encode(), tmp_path)


def test_nothing_outside_the_file_is_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("SECRET")
    entities = f'<!ENTITY x SYSTEM "file://{secret}"><!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p;'
    supplier = "<SUPPLIER><SUPPLIER_NAME>&x;</SUPPLIER_NAME></SUPPLIER>"
    text = f'<!DOCTYPE BMECAT SYSTEM "file://{secret}" [{entities}]><BMECAT version="1.2"><HEADER>{supplier}</HEADER>'
    found = look(text.encode(), tmp_path)
    assert found.claim is not None
    assert "SECRET" not in str(found)


def test_the_entities_that_everybody_may_declare_are_no_attack(tmp_path: Path) -> None:
    text = '<!DOCTYPE BMECAT [<!ENTITY amp "&#38;#38;"><!ENTITY uuml "&#252;">]><BMECAT version="1.2"/>'
    assert look(text.encode(), tmp_path).claim is not None


@pytest.mark.parametrize(
    "content",
    [
        b"<a>" * 200_000,
        b"<BMECAT version='1.2'>" + b"<HEADER>" * 100_000,
        b"<BMECAT " + b"a" * 5_000_000,
        b"<BMECAT version='" + b"1" * 5_000_000 + b"'/>",
        b"<" + b"x" * 5_000_000,
        b"<BMECAT version='1.2'>" + b"text" * 2_000_000,
        b"<!--" + b"-" * 5_000_000,
        b"<?" + b"x" * 5_000_000,
        b"<![CDATA[" * 500_000,
        b"[" * 5_000_000,
        b'{"a":' * 1_000_000,
        b'{"' + b"x" * 5_000_000,
        b'{"' + b"\\" * 5_000_000,
        b'{"CatalogueId": "' + b'\\"' * 1_000_000,
        b"1" * 5_000_000,
        b"\r" * 5_000_000,
        b"\n" * 5_000_000,
        b"\0" * 5_000_000,
        b"\xff\xfe" + b"\x00\xd8" * 1_000_000,
        b"\xef\xbb\xbf" * 1_000_000,
        b"BH10\t" * 1_000_000,
        b"PK\x03\x04" * 1_000_000,
        b"PK\x05\x06" + b"\xff" * 18,
        b"PK\x03\x04" + b"PK\x05\x06" * 10_000,
    ],
    ids=lambda content: f"{content[:12]!r}",
)
def test_endless_beginnings(tmp_path: Path, content: bytes) -> None:
    look(content, tmp_path)


@pytest.mark.parametrize("content", [b"", b"<", b"{", b"[", b"P", b"\0", b"\xff", b"1", b"\xff\xfe", b"\xef\xbb\xbf"])
def test_next_to_nothing(tmp_path: Path, content: bytes) -> None:
    assert look(content, tmp_path).claims == ()


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.xml", "w") as member:
        member.write(b"<BMECAT version='1.2'>")
        for _ in range(200):
            member.write(b" " * (1 << 20))
    assert len(data.getvalue()) < 1 << 20
    found = look(data.getvalue(), tmp_path)
    assert found.claim is not None


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_cannot_be_unpacked_in_pieces_is_not_unpacked(tmp_path: Path, method: int) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as archive:
        archive.writestr("a.xml", b" " * 50_000_000)
    assert look(data.getvalue(), tmp_path).claims == ()


def test_a_list_of_members_that_is_too_long_is_not_read(tmp_path: Path) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for number in range(40_000):
            archive.writestr(f"{number:0100}.xml", b"")
    assert "its list of members has" in look(data.getvalue(), tmp_path).carrier


def test_a_zip_file_that_was_cut_off_or_lies(tmp_path: Path) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("ArtLev.txt", b"x" * 1000)
    good = data.getvalue()
    assert "cut off" in look(good[:-30], tmp_path).carrier
    end = good.rfind(b"PK\x05\x06")
    look(good[: end + 12] + struct.pack("<LL", 1 << 21, 1 << 30) + good[end + 20 :], tmp_path)
    # An entry that says it is encrypted.
    entry = good.rfind(b"PK\x01\x02")
    found = look(good[: entry + 8] + b"\x01\x00" + good[entry + 10 :], tmp_path)
    assert not found.claims[0].sure


def test_a_workbook_whose_parts_are_bombs(tmp_path: Path) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", laughs(12).replace("BMECAT", "workbook"))
        archive.writestr("xl/sharedStrings.xml", "<sst>" + "<si><t>x</t></si>" * 1_000_000)
    assert look(data.getvalue(), tmp_path).claims == ()


def test_facts_from_outside_are_harmless(tmp_path: Path) -> None:
    name = "<SUPPLIER_NAME>[red]\u202eevil" + "x" * 5000 + "</SUPPLIER_NAME>"
    found = look(f"<BMECAT version='1.2'><HEADER><SUPPLIER>{name}</SUPPLIER></HEADER></BMECAT>".encode(), tmp_path)
    assert found.claim is not None
    assert "\u202e" not in found.claim.facts["supplier"]
    assert len(found.claim.facts["supplier"]) <= 120


def test_a_gigabyte_is_as_quick_as_a_kilobyte(tmp_path: Path) -> None:
    path = tmp_path / "large.xml"
    with path.open("wb") as file:
        file.write(b"<BMECAT version='2005'><HEADER/><T_NEW_CATALOG>")
        file.write(b"<PRODUCT><SUPPLIER_PID>1</SUPPLIER_PID></PRODUCT>" * 10_000)
        file.truncate(1 << 30)
    found = measured(path)
    assert found.claim is not None
    assert found.claim.variant == "T_NEW_CATALOG"


def test_a_file_that_cannot_be_read_is_an_error_in_words(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        recognise(tmp_path / "gone")
    with pytest.raises(DataError, match="cannot be read"):
        recognise(tmp_path)


_WORDS = r"""< > / & ; <!DOCTYPE§a§[ ]> <!ENTITY§a§'b'> <BMECAT §version='1.2' IXF xmlns=' { } [ ] " : , \u12
"Supplier" "CatalogueId" 8713450010018 1.1 BH10"""
PIECES = st.sampled_from(
    [word.replace("§", " ").encode() for word in _WORDS.split()]
    + [b"PK\x03\x04", b"PK\x05\x06", b"\r\n", b"\n", b"\t", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b" " * 130]
)


@settings(max_examples=300)
@given(st.one_of(st.binary(max_size=4096), st.lists(PIECES, max_size=60).map(b"".join)))
def test_any_bytes_are_taken(content: bytes) -> None:
    with TemporaryDirectory() as directory:
        path = Path(directory) / "any"
        path.write_bytes(content)
        found = recognise(path)
        assert found.carrier
        assert found.in_words()


@settings(max_examples=100)
@given(
    st.lists(st.tuples(st.text(max_size=20), st.binary(max_size=200)), max_size=5),
    st.integers(0, 400),
    st.binary(max_size=8),
)
def test_any_zip_file_is_taken_even_where_bytes_of_it_are_others(
    members: list[tuple[str, bytes]], place: int, other: bytes
) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (name, content) in enumerate(members):
            archive.writestr(f"{number}{name.encode(errors='replace').decode()}.xml", content)
    whole = bytearray(data.getvalue())
    whole[place : place + len(other)] = other
    with TemporaryDirectory() as directory:
        path = Path(directory) / "any.zip"
        path.write_bytes(bytes(whole))
        assert recognise(path).in_words()
