"""What goes along with a product as records of their own at a link: categories before it, variants after it (FL3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.flows.outgoing import in_use_again
from core.flows.record import NOT_YET, PART_KEY, is_family
from core.flows.watching import request_told, watched
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.config.flow_kinds import PartName
    from core.flows.outgoing import Outgoing
    from core.flows.sides import Sent
    from core.links.contract import Link, RecordWriter
    from core.links.model.kinds import KindWrite, PartWrite


@dataclass(slots=True)
class LinkParts:
    """The variants and categories of the products of a link."""

    link: Link
    name: str
    """That of the link."""
    write: KindWrite
    outgoing: Outgoing
    dry_run: bool
    _categories: dict[str, str] = field(default_factory=dict)
    """By their code, the ids of those that were met in this run; empty for one that cannot be created."""

    def with_categories(self, record: Mapping[str, Any], sent: Sent) -> Mapping[str, Any]:
        """Return a product with the ids of its categories; those that the link lacks are created, the upper first.

        One that it lacks and does not let be created is left out, with a note; so where a definition needs one, what is
        made of the product says that it is not there.

        Raises:
            Unfit: one is no category that it takes.
            LinkError, ConnectionFailed, StopRequested: one was not found or created.
        """
        rule = self.write.parts.get("categories")
        categories = record.get("categories") or ()
        if not categories and record.get("category"):
            categories = [{"code": record["category"]}]
        referred = any(each.field == "category.key" for each in self.write.fields.values())
        if rule is None or rule.resource is None or not categories or not (referred or rule.member):
            return record
        keyed = []
        for each in upper_first(categories):
            told = dict(each)
            if parent := self._categories.get(str(each.get("parent", ""))):
                told["parent.key"] = parent
            if found := self._category(rule, told, sent):
                keyed.append({**told, PART_KEY: found})
        result = {**record, "categories": keyed}
        main = next((each for each in keyed if each.get("direct") is not False), None)
        if main is not None:
            result["category.key"] = main[PART_KEY]
        return result

    def _category(self, rule: PartWrite, category: Mapping[str, Any], sent: Sent) -> str:
        """Return the id of a category; empty for one that is left out."""
        code = str(category.get("code") or category.get("name") or "")
        if code not in self._categories:
            self._categories[code] = self._settled(rule, category, code, sent)
        if not self._categories[code]:
            sent.notes.append(
                f"{self.name} has no category {clean(code, limit=60)} and takes no new ones: its products go without."
            )
        return self._categories[code]

    def _settled(self, rule: PartWrite, category: Mapping[str, Any], code: str, sent: Sent) -> str:
        """Find, update or create a category, and return its id; empty where none can be created."""
        writer = self._writer(rule)
        found = None if category.get("parent.key") == NOT_YET else writer.find(self._sought("categories", category))
        if found is None:
            if not writer.creates:
                return ""
            named = {"name": code, **category}
            return self._create(writer, self.outgoing.part("categories", named, rule.fields, new=True), sent)
        if writer.updates and (changes := self.outgoing.part("categories", category, rule.fields)):
            self._update(writer, found, changes, sent)
        return found

    def write_variants(
        self, key: str, record: Mapping[str, Any], current: Mapping[str, Any] | None, sent: Sent
    ) -> None:
        """Create or update the variants of a product; those that it has no more are said to be out of use.

        ``current`` is the product as the link has it; None where that cannot be seen.

        Raises:
            Unfit, LinkError, ConnectionFailed, StopRequested: one was not written; those before it were.
        """
        rule = self.write.parts.get("variants")
        if rule is None or rule.resource is None or not is_family(record) or "variants" not in record:
            return
        writer = self._writer(rule)
        there = {each.get("number"): each for each in (current or {}).get("variants", ())}
        about = {"parent.key": key, "parent.number": record.get("number")}
        for each in record["variants"]:
            told: Mapping[str, Any] = {**each, **about}
            known = there.pop(each.get("number"), None)
            found = None if key == NOT_YET else writer.find(self._sought("variants", told))
            if found is None:
                self._create(writer, self.outgoing.part("variants", told, rule.fields, new=True), sent)
            elif writer.updates:
                # One that is there and not shown with its product is out of use there.
                told = in_use_again(told, known if known is not None or current is None else {"active": False})
                changes = self.outgoing.part("variants", told, rule.fields, known=known)
                self._update(writer, found, changes, sent)
        says = any(field.field == "active" for field in rule.fields.values())
        for each in there.values():
            gone = {**each, **about, "active": False}
            if not says or each.get("active") is False or not writer.updates:
                continue
            found = writer.find(self._sought("variants", gone))
            if found is not None:
                self._update(writer, found, self.outgoing.part("variants", gone, rule.fields, known=each), sent)

    def _sought(self, part: PartName, each: Mapping[str, Any]) -> dict[str, Any]:
        return self.outgoing.sought_part(part, each)

    def _writer(self, rule: PartWrite) -> RecordWriter:
        return self.link.writer(rule.resource or "")

    def _create(self, writer: RecordWriter, written: Mapping[str, Any], sent: Sent) -> str:
        if self.dry_run:
            sent.requests.append(request_told(writer.request_for(written), None))
            return NOT_YET
        with watched(self.link, sent):
            made = writer.create(written, looked_for=True)
        sent.notes += made.notes
        return made.key.strip()

    def _update(self, writer: RecordWriter, key: str, written: Mapping[str, Any], sent: Sent) -> None:
        if self.dry_run:
            sent.requests.append(request_told(writer.request_to_update(key, written), None))
            return
        with watched(self.link, sent):
            writer.update(key, written)


def upper_first(categories: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return categories so that each stands behind the one above it; a circle stays as it came."""
    codes = {each.get("code") for each in categories}
    left, placed, done = list(categories), [], set[Any]()
    while left:
        ready = [each for each in left if each.get("parent") not in codes or each.get("parent") in done] or left
        placed += ready
        done |= {each.get("code") for each in ready}
        left = [each for each in left if each not in ready]
    return placed
