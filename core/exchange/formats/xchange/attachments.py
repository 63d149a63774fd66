"""Files that belong to a product or a trade item: each address is a record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.exchange.formats.xchange.names import ATTACHMENT
from core.exchange.formats.xchange.values import objects, scalar, take, texts_of

if TYPE_CHECKING:
    from core.exchange.formats.xchange.products import Catalogue
    from core.exchange.formats.xchange.values import Json, Values


def take_attachments(
    attachments: object, entity: str, record: str, catalogue: Catalogue
) -> tuple[list[Values], list[Json]]:
    """Return the files of a record, and the attachments that cannot be such records: named twice, or by no address."""
    found: list[Values] = []
    kept: list[Json] = []
    taken: set[str] = set()
    for attachment in objects(attachments):
        shared: Values = {
            "entity": entity,
            "record": record,
            "type": scalar(attachment.get("AttachmentType")) or "",
            "type_detail": scalar(attachment.get("AttachmentTypeSpecification")) or "",
            "sort_order": scalar(attachment.get("AttachmentOrder")) or "",
        }
        for detail in objects(attachment.get("AttachmentDetails")):
            values = dict(shared)
            rest = take(detail, ATTACHMENT, values, catalogue.units)
            file = values.get("file", "")
            if not file or file in taken:
                kept.append({**attachment, "AttachmentDetails": [detail]})
                continue
            taken.add(file)
            values["source"] = file
            values["language"] = "\n".join(texts_of(rest.pop("AttachmentLanguage", None)))
            name = "AttachmentDescription"
            catalogue.texts.put_words(values, "description", rest.pop(name, None), name)
            if words := objects(rest.pop("AttachmentTypeSpecification", None)):
                # In version 1 this is a text in words.
                values["purpose"] = scalar(words[0].get("AttachmentTypeSpecification")) or ""
            if rest:
                catalogue.doubts["attachments have members that are not known, and were not kept"] += 1
            found.append(values)
    return found, kept
