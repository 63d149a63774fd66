"""What kind of file this is, told by how it begins and never by its name.

The signatures are those that the formats' own specifications give; media types are written as IANA registers them.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

HEAD = 8192
"""So many bytes from the beginning are enough to tell."""
UNKNOWN = "application/octet-stream"
"""Of what none of the signatures fits (RFC 2046, section 4.5.1)."""

_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"BM", "image/bmp"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (0, b"II+\x00", "image/tiff"),
    (0, b"MM\x00+", "image/tiff"),
    (0, b"8BPS", "image/vnd.adobe.photoshop"),
    (0, b"\x00\x00\x01\x00", "image/vnd.microsoft.icon"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypqt  ", "video/quicktime"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1a\x45\xdf\xa3", "video/matroska"),
    (0, b"\x00\x00\x01\xba", "video/mpeg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"%!PS", "application/postscript"),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"AC10", "image/vnd.dwg"),
    (0, b"ISO-10303-21;", "model/step"),
    (0, b"glTF", "model/gltf-binary"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"MZ", "application/vnd.microsoft.portable-executable"),
    (0, b"\x7fELF", "application/x-elf"),
)
"""Offset, bytes, type; the first that fits counts."""

_RIFF = {b"WEBP": "image/webp", b"AVI ": "video/vnd.avi", b"WAVE": "audio/vnd.wave"}
_OFFICE = "application/vnd.openxmlformats-officedocument"
_ZIPPED: tuple[tuple[bytes, str], ...] = (
    (b"word/", f"{_OFFICE}.wordprocessingml.document"),
    (b"xl/", f"{_OFFICE}.spreadsheetml.sheet"),
    (b"ppt/", f"{_OFFICE}.presentationml.presentation"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MIMETYPE_ENTRY = re.compile(rb"mimetype(application/[a-z0-9.+-]+)")
_LOCAL_NAME = re.compile(rb"PK\x03\x04.{22}(.{2}).{2}", re.DOTALL)
_COMMENT = re.compile(rb"<\?.*?\?>|<!--.*?-->", re.DOTALL)
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")

_ENDINGS: dict[str, str] = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/bmp": ".bmp",
    "image/tiff": ".tif",
    "image/webp": ".webp",
    "image/avif": ".avif",
    "image/heic": ".heic",
    "image/svg+xml": ".svg",
    "image/vnd.adobe.photoshop": ".psd",
    "image/vnd.microsoft.icon": ".ico",
    "image/vnd.dwg": ".dwg",
    "video/quicktime": ".mov",
    "video/mp4": ".mp4",
    "video/matroska": ".mkv",
    "video/webm": ".webm",
    "video/mpeg": ".mpg",
    "video/vnd.avi": ".avi",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "audio/flac": ".flac",
    "audio/vnd.wave": ".wav",
    "application/pdf": ".pdf",
    "application/postscript": ".ps",
    "application/rtf": ".rtf",
    "application/zip": ".zip",
    "application/gzip": ".gz",
    "application/x-7z-compressed": ".7z",
    "application/vnd.rar": ".rar",
    "application/xml": ".xml",
    "application/json": ".json",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
    "application/epub+zip": ".epub",
    "model/step": ".stp",
    "model/gltf-binary": ".glb",
    "text/html": ".html",
    "text/plain": ".txt",
    **{kind: ending for (_, kind), ending in zip(_ZIPPED, (".docx", ".xlsx", ".pptx"), strict=True)},
}

_SAFE_ENDINGS = frozenset(
    {
        *(".3ds", ".dxf", ".ifc", ".ifczip", ".igs", ".iges", ".jt", ".obj", ".rfa", ".rvt", ".sat", ".skp", ".stl"),
        *(".stp", ".step", ".x_t", ".ies", ".ldt", ".doc", ".xls", ".ppt", ".vsd", ".msg", ".eml", ".csv", ".tsv"),
        *(".md", ".txt"),
    }
)
"""What a file may keep of its name where its content tells little: formats of drawings, light and old documents, but
nothing that a web server or a desktop carries out."""
_TELLS_LITTLE = frozenset({UNKNOWN, "text/plain", "application/x-ole-storage", "application/zip"})


def media_type_of(head: bytes) -> str:
    """Return the media type of a file that begins with these bytes; :data:`HEAD` of them, or all there are."""
    for offset, signature, kind in _SIGNATURES:
        if head.startswith(signature, offset):
            if kind == "video/matroska" and b"webm" in head[:64]:
                return "video/webm"
            # Two letters are little to go by: a bitmap's header has four zero bytes there, a program's none of text.
            if signature == b"BM" and head[6:10] != bytes(4):
                continue
            if signature == b"MZ" and not _CONTROLS.search(head):
                continue
            return kind
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12], UNKNOWN)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(head)
    if head.startswith(_OLE):
        return "application/x-ole-storage"
    if head[:2] in (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"):
        return "audio/mpeg"
    return _text(head)


def _zipped(head: bytes) -> str:
    if declared := _MIMETYPE_ENTRY.search(head[:200]):
        # OpenDocument, part 2, section 3.3: the type is the first entry, stored as it is, with a file after it.
        return declared[1].decode().removesuffix("PK")
    names = [
        head[found.end() : found.end() + int.from_bytes(found[1], "little")] for found in _LOCAL_NAME.finditer(head)
    ]
    for beginning, kind in _ZIPPED:
        if any(name.startswith(beginning) for name in names):
            return kind
    return "application/zip"


def _text(head: bytes) -> str:
    if not head:
        return "text/plain"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "text/plain"
    text = head.removeprefix(b"\xef\xbb\xbf")
    if _CONTROLS.search(text):
        return UNKNOWN
    begin = _COMMENT.sub(b"", text).lstrip()
    lowered = begin[:512].lower()
    if lowered.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script")):
        return "text/html"
    if lowered.startswith((b"<svg", b"<!doctype svg")):
        return "image/svg+xml"
    if text.lstrip().startswith(b"<?xml"):
        return "application/xml"
    if begin.startswith((b"{", b"[")):
        return "application/json"
    return "text/plain"


def allowed(media_type: str, wanted: Collection[str]) -> bool:
    """Whether a type is one of those wanted, ``image/*`` being all of a kind; where none is named, all are."""
    return not wanted or any(fnmatchcase(media_type, one) for one in wanted)


def ending_of(media_type: str, name: str) -> str:
    """Return how the name of a file should end, with a dot, by its type, and by ``name`` where that tells little."""
    if media_type in _TELLS_LITTLE:
        _, dot, ending = name.rpartition(".")
        if dot and f".{ending.lower()}" in _SAFE_ENDINGS:
            return f".{ending.lower()}"
    return _ENDINGS.get(media_type, "")
