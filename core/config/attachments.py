"""The settings of attachments: how an import fetches their files, and how an export sends them (IM8)."""

from __future__ import annotations

import ipaddress
import re
import string
from typing import Annotated, Literal

from pydantic import AfterValidator, StrictInt, StrictStr, model_validator

from core.config.base import Settings, setting
from core.config.placeholders import unknown
from core.text import listed

ATTACHMENT = "attachment"
"""The entity whose records have a file each."""

FILLED = ("content_hash", "size", "media_type")
"""The fields that an import fills by the file itself; no layout says them."""

NAME_PARTS = ("entity", "record", "file", "stem", "ending", "type", "language", "sort_order", "hash")
"""What may stand in the template of the names that an export gives to files."""

_MEDIA_TYPE = re.compile(r"[a-z]+/(\*|[a-z0-9][a-z0-9.+-]*)")
_HOST = re.compile(r"(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?", re.IGNORECASE)


def _media_type(value: str) -> str:
    if not _MEDIA_TYPE.fullmatch(value):
        raise ValueError('a media type is needed, such as "application/pdf", or a kind of them, such as "image/*"')
    return value


def _host(value: str) -> str:
    try:
        ipaddress.ip_network(value)
    except ValueError:
        if "/" in value or not _HOST.fullmatch(value):
            raise ValueError(
                'a host is needed, such as "files.example.lan" or "*.example.lan", or a network, such as "10.1.0.0/16"'
            ) from None
    return value.lower()


def _name_template(template: str) -> str:
    try:
        parsed = list(string.Formatter().parse(template))
    except ValueError as error:
        raise ValueError(f"the placeholders cannot be read: {error}") from None
    names = {name for _, name, _, _ in parsed if name is not None}
    for name in sorted(names.difference(NAME_PARTS)):
        raise ValueError(unknown(name, NAME_PARTS))
    if any(spec or conversion for _, _, spec, conversion in parsed):
        raise ValueError("these placeholders take no format")
    if not {"record", "file", "stem", "hash"} & names:
        raise ValueError("a name needs {record}, {file}, {stem} or {hash}, or all files would have the same one")
    if template.startswith("/") or "\\" in template or any(not part.strip(".") for part in template.split("/")):
        raise ValueError("a name begins at no root, leads to no directory above, and has no empty part")
    return template


MediaType = Annotated[StrictStr, AfterValidator(_media_type)]
"""A media type (RFC 6838), or all of a kind: ``image/*``."""
Host = Annotated[StrictStr, AfterValidator(_host)]
"""A name of a host, names below one (``*.example.lan``), or a network."""
NameTemplate = Annotated[StrictStr, AfterValidator(_name_template)]
"""How the file of an attachment is called; a slash makes directories."""


class AttachmentImport(Settings):
    """How an import of attachments fetches the files that its records name."""

    directory: StrictStr = setting(
        "", title="Directory of the files", help="In the location's directory; empty: that of the imported file."
    )
    types: list[MediaType] = setting(
        list, title="Types allowed", help='Told by content, such as "image/*", "application/pdf". Empty: all.'
    )
    max_size: StrictInt = setting(
        100, title="Largest file", help="A larger one is rejected.", unit="MB", ge=1, le=100_000
    )
    max_total: StrictInt = setting(
        10_000, title="Most in one run", help="What comes after it is rejected.", unit="MB", ge=1, le=10_000_000
    )
    fetch: Literal["changed", "always", "missing"] = setting(
        "changed",
        title="Fetch again",
        help="What its source says has changed, by size and time or a web server's word; all; or what is not kept.",
    )
    parallel: StrictInt = setting(4, title="Files side by side", help="Fetched at the same time.", ge=1, le=16)
    timeout: StrictInt = setting(
        30, title="Timeout", help="Of every answer of a web server.", unit="seconds", ge=1, le=3600
    )
    private_hosts: list[Host] = setting(
        list,
        title="Own web servers",
        help="Hosts or networks with private addresses that URLs may lead to; others of that kind are refused.",
    )


class AttachmentExport(Settings):
    """How an export sends the attachments of its records."""

    form: Literal["zip", "files"] = setting(
        "zip", title="Form", help="One zip file beside the export file, or files in a directory beside it."
    )
    directory: StrictStr | None = setting(
        None,
        title="Directory of the files",
        help="Beside the export file; empty: named like that file. A zip file needs none.",
    )
    name: NameTemplate = setting(
        "{record}-{sort_order}{ending}", title="Names", help=f"Of {listed(NAME_PARTS, last='and')} in braces."
    )
    types: list[StrictStr] = setting(list, title="Types sent", help="By the field type of the attachments. Empty: all.")

    @model_validator(mode="after")
    def _directory_of_files(self) -> AttachmentExport:
        if self.directory is not None and self.form != "files":
            raise ValueError('a directory is for files: set form = "files"')
        return self
