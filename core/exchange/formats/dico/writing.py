"""Records of ours as messages: one in an XML file, or several in a zip file."""

from __future__ import annotations

import re
import shutil
import textwrap
from typing import TYPE_CHECKING, Final

from core.errors import DataError
from core.exchange.formats.contract import Related, Written
from core.exchange.formats.dico.fields import BY_ENTITY, Message, header_of
from core.exchange.formats.dico.nodes import message
from core.exchange.formats.dico.trees import Misfit, Tree, add_tree, from_extension, put
from core.exchange.formats.unpacking import Member, pack
from core.exchange.sql_errors import disk_errors
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lxml.etree import _Element as Element

    from core.config.industry import DicoHeader
    from core.exchange.formats.contract import Item, Row, Writing
    from core.exchange.formats.dico.fields import Entry
    from core.exchange.formats.dico.nodes import Node, Profile

_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_FREE_TEXTS: Final = 10


def write_messages(writing: Writing, profile: Profile, namespace: str = "") -> Written:
    """Write the documents of an export as messages, each in a file of its own.

    Raises:
        DataError: there is none that can be written; or there are several, and the settings do not want a zip file.
        EngineError: the disk is full.
        StopRequested: a stop was asked for.
    """
    settings: DicoHeader = writing.settings
    of = BY_ENTITY[writing.entity]
    members: list[Member] = []
    lines = 0
    for item in writing.items(of.entity, (Related(of.line_entity, of.line_field, _order_of(of)),)):
        own = item.related[of.line_entity]
        try:
            root = _document(writing, of, item.row, own, profile, namespace)
        except Misfit as misfit:
            writing.refuse(of.entity, item.row["number"], misfit.reason, field=misfit.path, value=misfit.value)
            continue
        if members and not settings.packed:
            raise DataError(
                f"A file has one {of.word}, and there are several: {clean(members[0].name.removesuffix('.xml'))} and "
                f"{clean(item.row['number'], limit=40)}.",
                advice="Set packed in the header of the layout: then each is a file of its own in a zip file.",
            )
        lines += len(own)
        members.append(_file(writing, item, root, len(members)))
    with disk_errors(f"{clean(writing.target.name)} cannot be written"):
        if settings.packed:
            pack(writing.target, members, stop=writing.stop)
        elif members:
            shutil.copyfile(members[0].path, writing.target)
        else:
            raise _nothing(writing, of)
    return Written(len(members), {of.line_entity: lines})


def _nothing(writing: Writing, of: Message) -> DataError:
    first = next(iter(writing.refusals), None)
    if first is None:
        return DataError(f"There is no {of.word} to be written.", advice="Nothing was sent.")
    return DataError(
        f"There is no {of.word} that can be written. The first that was refused: {first.key}, {first.field} "
        f"{first.reason}.",
        advice="Nothing was sent. Mend the records, or look at the header of the layout.",
    )


def _order_of(of: Message) -> tuple[str, ...]:
    return ("unit_number", "line") if "/" in of.line_path else ("line",)


def _file(writing: Writing, item: Item, root: Element, number: int) -> Member:
    from lxml import etree

    name = _UNSAFE.sub("_", item.row["number"]).strip("._") or "message"
    path = writing.work_dir / f"message-{number}"
    with disk_errors(f"{clean(writing.target.name)} cannot be written"):
        path.write_bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True))
    return Member(f"{number + 1:04d}-{name}.xml", path)


def _document(
    writing: Writing, of: Message, row: Row, lines: Sequence[Row], profile: Profile, namespace: str
) -> Element:
    """Return a message. Raises Misfit."""
    from lxml import etree

    settings: DicoHeader = writing.settings
    node = message(of.root, profile)
    tree = from_extension(row.get("extension", ""))
    known = {name: value for name in ("buyer_gln", "supplier_gln") if (value := getattr(settings, name))}
    own = dict(row) | known
    if of.root == "OrderResponse" and own["number"] == own.get("buyer_order_number"):
        # It had no number of its own.
        del own["number"]
    _fill(writing, tree, own, header_of(of, profile), node)
    for path, value in of.defaults:
        tree.setdefault(path, value)
    _put_lines(writing, of, tree, lines, node)
    if namespace:
        root = etree.Element(etree.QName(namespace, of.root), nsmap={None: namespace})
    else:
        root = etree.Element(of.root, nsmap={"xsi": _XSI})
        root.set(etree.QName(_XSI, "noNamespaceSchemaLocation"), of.schema)
    add_tree(root, tree, node)
    return root


def _put_lines(writing: Writing, of: Message, tree: Tree, lines: Sequence[Row], node: Node) -> None:
    group, _, inner = of.line_path.partition("/")
    found = []
    for line in lines:
        part = from_extension(line.get("extension", ""))
        _fill(writing, part, line, of.lines, node.at(of.line_path))
        for path, value in of.line_defaults:
            default = line.get(value[1:], "") if value.startswith("@") else value
            if default:
                part.setdefault(path, default)
        found.append((line.get("unit_number", "1"), part))
    if not inner:
        tree[group] = [part for _, part in found]
        return
    units: dict[str, Tree] = {}
    for number, part in found:
        unit = units.setdefault(number, {"DespatchLineNumber": number, inner: []})
        for name in node.children[group].children:
            if name not in (inner, "DespatchLineNumber") and name in part:
                unit[name] = part.pop(name)
        unit[inner].append(part)
    tree[group] = list(units.values())


def _fill(writing: Writing, tree: Tree, row: Row, entries: Iterable[Entry], node: Node) -> None:
    """Put the values of a record in their places in a tree. Raises Misfit."""
    for entry in entries:
        value = row.get(entry.field, "")
        if not value:
            continue
        part = node.at(entry.path)
        if entry.kind == "lines":
            put(tree, entry.path, _free_texts(writing, value, part, entry))
        elif entry.kind == "text" and entry.field in ("description", "remark", "delivery_name"):
            fitted = writing.fitted(value, part.most or len(value), entry.field)
            put(tree, entry.path, value if fitted is None else fitted)
        else:
            put(tree, entry.path, value)


def _free_texts(writing: Writing, value: str, node: Node, entry: Entry) -> list[str]:
    """Return a text in pieces that have room, ten at most. Raises Misfit."""
    pieces = [piece for line in value.splitlines() for piece in textwrap.wrap(line, node.most or len(line) or 1)]
    if len(pieces) > _FREE_TEXTS:
        if writing.settings.too_long == "refuse":
            raise Misfit(entry.path, value, f"takes more than the {_FREE_TEXTS} texts of {node.most} characters")
        writing.warn(f"texts of {entry.field} were cut to {_FREE_TEXTS} of {node.most} characters")
    return pieces[:_FREE_TEXTS]
