"""Types of files by their first bytes."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.exchange.media_types import HEAD, UNKNOWN, allowed, ending_of, media_type_of


def zipped(**members: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"GIF89a", "image/gif"),
        (b"BM\x36\x00\x00\x00\x00\x00\x00\x00\x36", "image/bmp"),
        (b"BMW, a maker of cars", "text/plain"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x00\x00\x00\x00XXXX", UNKNOWN),
        (b"II*\x00\x08", "image/tiff"),
        (b"%PDF-1.7", "application/pdf"),
        (b"\x00\x00\x00\x20ftypisom", "video/mp4"),
        (b"\x1a\x45\xdf\xa3\x01\x00\x00\x00\x00\x00\x00\x1fB\x86\x81\x01B\x82\x84webm", "video/webm"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
        (b"MZ\x90\x00\x03", "application/vnd.microsoft.portable-executable"),
        (b"\x7fELF\x02", "application/x-elf"),
        (b"PK\x05\x06" + bytes(18), "application/zip"),
        (b"", "text/plain"),
        (b"hello", "text/plain"),
        ("één".encode("latin-1"), "text/plain"),
        (b"\xff\xfeh\x00i\x00", "text/plain"),
        (b"\x00\x01\x02", UNKNOWN),
        (b"\n<!DOCTYPE HTML><html>", "text/html"),
        (b"\xef\xbb\xbf<html>", "text/html"),
        (b"<!-- a picture --><script>alert(1)</script>", "text/html"),
        (b'<?xml version="1.0"?>\n<!-- made by hand -->\n<svg xmlns="http://www.w3.org/2000/svg">', "image/svg+xml"),
        (b'<?xml version="1.0"?><BMECAT>', "application/xml"),
        (b'{"a": 1}', "application/json"),
        (b"ISO-10303-21;\nHEADER;", "model/step"),
    ],
)
def test_files_are_known_by_how_they_begin(content: bytes, kind: str) -> None:
    assert media_type_of(content) == kind


def test_what_is_packed_is_told_by_what_is_in_it() -> None:
    book = io.BytesIO()
    openpyxl.Workbook().save(book)
    assert media_type_of(book.getvalue()[:HEAD]).endswith("spreadsheetml.sheet")
    document = zipped(mimetype="application/vnd.oasis.opendocument.text", content="x")
    assert media_type_of(document) == "application/vnd.oasis.opendocument.text"
    assert media_type_of(zipped(word__document="x")).endswith("wordprocessingml.document")
    assert media_type_of(zipped(readme="word/")) == "application/zip"


@given(st.binary(max_size=300))
def test_anything_has_a_type(content: bytes) -> None:
    kind = media_type_of(content)

    assert allowed(kind, ["*/*"])
    assert allowed(kind, [kind])
    assert allowed(kind, [])
    assert not allowed(kind, ["nothing/at-all"])


def test_endings_come_from_the_content() -> None:
    assert ending_of("image/jpeg", "picture.exe") == ".jpg"
    assert ending_of("text/plain", "drawing.DXF") == ".dxf"
    assert ending_of("text/plain", "shell.php") == ".txt"
    assert ending_of("application/x-ole-storage", "old.xls") == ".xls"
    assert ending_of(UNKNOWN, "lamp.ldt") == ".ldt"
    assert ending_of(UNKNOWN, "setup.exe") == ""
