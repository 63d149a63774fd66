"""Whether the tree of a feed layout fits together, and fits the entities that it names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.config.feeds import JsonMember, XmlElement, XmlFeedLayout, prefix_of
from core.text import clean, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from core.config.entities import Entity
    from core.config.feeds import FeedJoin, FeedNode, JsonFeedLayout
    from core.config.outline import KeyPath

    Note = Callable[[KeyPath, str], None]


def joined_on(join: FeedJoin, outer: Entity, inner: Entity) -> dict[str, str]:
    """Return on which fields records are joined: fields of ``inner`` with those of ``outer``.

    Without ``on`` the reference between the two decides: one of ``inner`` to ``outer``, else one of ``outer`` to
    ``inner``.

    Raises:
        ValueError: there is no such reference, or more than one; the message is a phrase.
    """
    if join.on:
        return dict(join.on)
    down = [field.name for field in inner.references if field.refers_to == outer.name]
    up = [field.name for field in outer.references if field.refers_to == inner.name]
    if down and up:
        raise ValueError(f"{outer.name} and {inner.name} refer to each other: set on to say how they are joined")
    if len(down + up) > 1:
        raise ValueError(f"they refer by {listed(down + up, last='and')}: set on to say by which they are joined")
    if down:
        return {down[0]: outer.key[0]}
    if up:
        return {inner.key[0]: up[0]}
    if is_attached(outer, inner):
        return {"record": outer.key[0]}
    raise ValueError(f'neither of {outer.name} and {inner.name} refers to the other: set on = {{ "its field" = "…" }}')


def is_attached(outer: Entity, inner: Entity) -> bool:
    """Whether records of ``inner`` say by ``entity`` and ``record`` to what they belong, as attachments do."""
    return inner.name == "attachment" and len(outer.key) == 1


def check_feed(
    layout: XmlFeedLayout | JsonFeedLayout,
    path: KeyPath,
    *,
    entities: Mapping[str, Entity],
    note: Note,
    check_field: Callable[[KeyPath, str, Entity], None],
    find_entity: Callable[[KeyPath, str], Entity | None],
) -> None:
    """Note all that is wrong with the tree of a feed layout."""
    entity = entities.get(layout.entity)
    check = _FeedCheck(layout, note, check_field, find_entity)
    found = [place for place, node in _nodes(layout.root, (*path, "root")) if node.records]
    if not found:
        note(
            (*path, "root"), "no element is that of the records: set records = true on the one that is written for each"
        )
    for place in found[1:]:
        note((*place, "records"), "there is an element of the records already, and there can be only one")
    if isinstance(layout, XmlFeedLayout) and (layout.root.records or layout.root.languages):
        note((*path, "root"), "the outermost element of XML stands in it once: the records go into one inside it")
    check.node(layout.root, (*path, "root"), None, entity, top=True)


def _nodes(node: FeedNode, path: KeyPath) -> Iterator[tuple[KeyPath, FeedNode]]:
    yield path, node
    for place, child in _children(node, path):
        yield from _nodes(child, place)


def _children(node: FeedNode, path: KeyPath) -> Iterator[tuple[KeyPath, FeedNode]]:
    key = "elements" if isinstance(node, XmlElement) else "members"
    for position, child in enumerate(node.children):
        if isinstance(child, XmlElement | JsonMember):
            yield (*path, key, position), child


@dataclass(frozen=True, slots=True)
class _FeedCheck:
    layout: XmlFeedLayout | JsonFeedLayout
    note: Note
    check_field: Callable[[KeyPath, str, Entity], None]
    find_entity: Callable[[KeyPath, str], Entity | None]

    def node(
        self, node: FeedNode, path: KeyPath, around: Entity | None, records: Entity | None, *, top: bool = False
    ) -> None:
        """Check a node; ``around`` is the entity of the record that it stands in, None above the records."""
        holds = any(inner.records for inner in node.walk())
        scope = records if node.records else around
        outside = around is None and not node.records
        if node.records and around is not None:
            self.note((*path, "records"), "it stands inside of what is repeated already")
        if holds and not node.records and (node.repeat or node.languages or node.when):
            self.note(path, "the records stand inside it, so it is written once: leave repeat, languages and when out")
        if outside and not holds:
            self._outside(node, path)
        if node.repeat is not None and around is not None:
            scope = self._join(node.repeat, (*path, "repeat"), around)
        if node.field is not None and scope is not None and not outside:
            self.check_field((*path, "field"), node.field, scope)
        self._names(node, path, scope, top=top)
        if (node.repeat is None or scope is not None) and (node.records is False or records is not None):
            for place, child in _children(node, path):
                self.node(child, place, scope, records)

    def _outside(self, node: FeedNode, path: KeyPath) -> None:
        for key in ("field", "expression", "repeat", "when"):
            if getattr(node, key) is not None:
                self.note((*path, key), "it does not stand in the element of the records, and so in no record")
        for position, attribute in enumerate(node.attributes if isinstance(node, XmlElement) else ()):
            for key in ("field", "expression", "when"):
                if getattr(attribute, key) is not None:
                    place: KeyPath = (*path, "attributes", position, key)
                    self.note(place, "it does not stand in the element of the records, and so in no record")

    def _join(self, join: FeedJoin, path: KeyPath, around: Entity) -> Entity | None:
        inner = self.find_entity(path, join.entity)
        if inner is None:
            return None
        for own, outer in join.on.items():
            self.check_field((*path, "on", own), own, inner)
            self.check_field((*path, "on", own), outer, around)
        for position, name in enumerate(join.order):
            self.check_field((*path, "order", position), name.removeprefix("-"), inner)
        try:
            joined_on(join, around, inner)
        except ValueError as error:
            self.note((*path, "entity"), str(error))
        return inner

    def _names(self, node: FeedNode, path: KeyPath, scope: Entity | None, *, top: bool) -> None:
        if isinstance(node, JsonMember):
            if top and node.name:
                self.note((*path, "name"), "the document itself has no name")
            elif not top and not node.name:
                self.note((*path, "name"), "this setting is missing")
            return
        self._prefix(node.name, (*path, "name"))
        for position, attribute in enumerate(node.attributes):
            place: KeyPath = (*path, "attributes", position)
            self._prefix(attribute.name, (*place, "name"))
            if attribute.field is not None and scope is not None:
                self.check_field((*place, "field"), attribute.field, scope)

    def _prefix(self, name: str, path: KeyPath) -> None:
        prefix = prefix_of(name)
        known = {"xml", *self.layout.namespaces} if isinstance(self.layout, XmlFeedLayout) else {"xml"}
        if prefix and prefix not in known:
            self.note(path, f"the prefix {clean(prefix)!r} has no namespace: add it to namespaces of the layout")
