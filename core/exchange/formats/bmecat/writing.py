"""A catalogue as a file: header, groups, articles, and which article is in which group."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Final

from core.errors import DataError
from core.exchange.codes import Unfit
from core.exchange.codes.languages import terminological
from core.exchange.formats.bmecat.classification import ClassificationWriter
from core.exchange.formats.bmecat.dialect import dialect, of_product_data
from core.exchange.formats.bmecat.header_writing import CatalogueFacts, header_node
from core.exchange.formats.bmecat.nodes import Maker, Node, TooLong
from core.exchange.formats.bmecat.product_writing import RELATED, ProductWriter
from core.exchange.formats.bmecat.wording import Missing, Wording
from core.exchange.formats.contract import Written
from core.exchange.sql_errors import disk_errors
from core.text import clean

if TYPE_CHECKING:
    from core.config.industry import BmecatHeader, EtimBmecatHeader
    from core.exchange.formats.bmecat.dialect import Dialect, Version
    from core.exchange.formats.contract import Item, Row, Writing

_PRICES: Final = RELATED[:1]
_MODES: Final = {"new": "new", "changed": "update", "deleted": "delete"}
_GROUP_KINDS: Final = ("root", "node", "leaf")


def write_catalogue(writing: Writing, version: Version) -> Written:
    """Write a catalogue in a version of BMEcat.

    Raises:
        DataError: the header needs what neither the layout nor the records have.
    """
    return _Document(writing, version).write()


@dataclass(slots=True)
class _Members:
    """Which article is in which group; kept on disk, for it is written behind all articles."""

    file: IO[str]
    groups: set[str] = field(default_factory=set)
    """The codes of the groups that the file has."""
    count: int = 0


class _Document:
    def __init__(self, writing: Writing, version: Version) -> None:
        self._writing = writing
        self._settings: BmecatHeader | EtimBmecatHeader = writing.settings
        known = dialect(version)
        self._maker = Maker(known, writing, _languages(writing, known))
        self._wording = Wording(self._maker)
        self._facts = CatalogueFacts.found(writing, self._settings)
        self._transaction = self._chosen_transaction()
        if self._transaction == "T_NEW_PRODUCTDATA":
            self._maker.dialect = of_product_data(self._maker.dialect)
        self._products = ProductWriter(
            self._maker,
            self._wording,
            prices_only=self._transaction == "T_UPDATE_PRICES",
            without_prices=self._transaction == "T_NEW_PRODUCTDATA",
            date=f"{writing.made_at:%Y-%m-%d}",
            currency=self._facts.currency,
        )

    def _chosen_transaction(self) -> str:
        content = self._settings.content
        if content == "prices":
            return "T_UPDATE_PRICES"
        if content == "product-data":
            if not self._maker.dialect.etim:
                raise DataError(
                    f"BMEcat {self._maker.dialect.version} has no product data without prices; ETIM BMEcat has.",
                    advice='Take the format "etim-bmecat", or another content in the header of the layout.',
                )
            return "T_NEW_PRODUCTDATA"
        return "T_UPDATE_PRODUCTS" if self._writing.changes_only else "T_NEW_CATALOG"

    def write(self) -> Written:
        """Write the file."""
        writing = self._writing
        members = writing.work_dir / "members"
        with (
            disk_errors(f"{clean(writing.target.name)} cannot be written"),
            writing.target.open("w", encoding="utf-8", newline="") as out,
            members.open("w+", encoding="utf-8", newline="") as spooled,
        ):
            kept = _Members(spooled)
            self._head(out)
            systems = self._classifications(out)
            groups = self._groups(out, kept)
            self._kept(out, "FORMULAS", "IPP_DEFINITIONS")
            articles = self._articles(out, kept)
            spooled.seek(0)
            while text := spooled.read(1 << 20):
                out.write(text)
            out.write(f"  </{self._transaction}>\n</BMECAT>\n")
        members.unlink()
        counts = {"classification_system": systems, "catalogue_group": groups, "group_member": kept.count}
        return Written(articles, counts)

    def _head(self, out: IO[str]) -> None:
        known = self._maker.dialect
        namespace = known.namespaces.get(self._transaction) or known.namespaces.get("", "")
        out.write('<?xml version="1.0" encoding="UTF-8"?>\n')
        out.write(f'<BMECAT xmlns="{namespace}" version="{known.attribute}">\n')
        try:
            header = header_node(self._maker, self._wording, self._facts)
        except TooLong as long:
            raise DataError(
                f"The header of the catalogue cannot be written: {long.name} {clean(long.text, limit=60)} {long}.",
                advice="Say something shorter in the header of the layout.",
            ) from long
        out.write(self._maker.xml(header, 1))
        before = ""
        if self._transaction in ("T_UPDATE_PRODUCTS", "T_UPDATE_PRICES"):
            before = f' prev_version="{max(0, self._writing.sequence - 2)}"'
        out.write(f"  <{self._transaction}{before}>\n")

    @property
    def _whole(self) -> bool:
        """Whether the file has what a catalogue has beside its articles."""
        return self._transaction == "T_NEW_CATALOG" and not self._maker.dialect.etim

    def _classifications(self, out: IO[str]) -> int:
        self._kept(out, "FEATURE_SYSTEM")
        if not self._whole:
            return 0
        return ClassificationWriter(self._maker, self._wording, self._writing, self._facts.systems).write(out.write, 2)

    def _kept(self, out: IO[str], *names: str) -> None:
        if self._whole:
            nodes = [
                node
                for name in names
                if self._maker.dialect.has(name, "T_NEW_CATALOG")
                for node in self._facts.kept(name)
            ]
            out.writelines(self._maker.xml(node, 2) for node in nodes)

    def _groups(self, out: IO[str], kept: _Members) -> int:
        maker = self._maker
        if not self._whole:
            return 0
        system = self._facts.group_system
        for item in self._writing.items("catalogue_group"):
            row = item.row
            if not self._mine(row) or item.change == "deleted":
                continue
            try:
                text = maker.xml(self._group(row), 3)
            except Unfit as unfit:
                self._writing.refuse("catalogue_group", row["code"], str(unfit))
                continue
            if not kept.groups:
                out.write("    <CATALOG_GROUP_SYSTEM>\n")
                out.writelines(maker.xml(node, 3) for node in system if node.name != "GROUP_SYSTEM_DESCRIPTION")
            kept.groups.add(row["code"])
            out.write(text)
        if kept.groups:
            out.writelines(maker.xml(node, 3) for node in system if node.name == "GROUP_SYSTEM_DESCRIPTION")
            out.write("    </CATALOG_GROUP_SYSTEM>\n")
        return len(kept.groups)

    def _mine(self, row: Row) -> bool:
        return not self._facts.known or row["catalogue"] == self._facts.known

    def _group(self, row: Row) -> Node:
        parent = row.get("parent", "") or "0"
        kind = row.get("kind", "") if row.get("kind") in _GROUP_KINDS else "root" if parent == "0" else "node"
        node = Node("CATALOG_STRUCTURE", attributes={"type": kind})
        names = self._wording.at_least_one("GROUP_NAME", row, "name") or [Node("GROUP_NAME", row["code"])]
        node.add(self._maker.leaf("GROUP_ID", row["code"]), *names)
        node.add(*self._wording.nodes("GROUP_DESCRIPTION", row, "description"))
        node.add(self._maker.leaf("PARENT_ID", parent), Node("GROUP_ORDER", row.get("sort_order", "")))
        node.add(*self._wording.nodes("KEYWORD", row, "keywords", lines=True))
        self._maker.merge(node, row.get("extension"))
        return node

    def _articles(self, out: IO[str], kept: _Members) -> int:
        written = 0
        related = _PRICES if self._products.prices_only else RELATED
        for item in self._writing.items(self._writing.entity, related):
            if item.change == "deleted" and self._transaction != "T_UPDATE_PRODUCTS":
                self._writing.leave_out()
                continue
            mode = _MODES[item.change] if self._transaction == "T_UPDATE_PRODUCTS" else ""
            if self._maker.dialect.etim and self._transaction == "T_UPDATE_PRICES":
                mode = "update"
            try:
                text = self._maker.xml(self._products.node(item, mode), 2)
            except TooLong as long:
                self._refuse(item, str(long), long.name, long.text)
                continue
            except Missing as missing:
                self._refuse(item, str(missing), missing.field, item.row.get(missing.field, ""))
                continue
            except Unfit as unfit:
                self._refuse(item, str(unfit), "", "")
                continue
            out.write(text)
            written += 1
            self._remember_groups(item, kept)
        return written

    def _refuse(self, item: Item, reason: str, name: str, value: str) -> None:
        self._writing.refuse(self._writing.entity, item.row["number"], reason, field=name, value=value)

    def _remember_groups(self, item: Item, kept: _Members) -> None:
        for row in item.related.get("group_member", ()):
            if row["code"] not in kept.groups or not self._mine(row):
                continue
            node = Node("PRODUCT_TO_CATALOGGROUP_MAP").add(
                Node("PROD_ID", item.row["number"]),
                Node("CATALOG_GROUP_ID", row["code"]),
                Node("PRODUCT_TO_CATALOGGROUP_MAP_ORDER", row.get("sort_order", "")),
            )
            self._maker.merge(node, row.get("extension"))
            kept.file.write(self._maker.xml(node, 2))
            kept.count += 1


def _languages(writing: Writing, known: Dialect) -> dict[str, dict[str, str]]:
    """Return the languages with the attributes of their texts; those that BMEcat calls the same, once.

    Where the version has locales, they are told apart by these.
    """
    found: dict[str, dict[str, str]] = {}
    codes: set[str] = set()
    for ours in writing.languages:
        try:
            code = terminological(ours)
        except Unfit as unfit:
            raise DataError(
                f"The language {clean(ours, limit=20)} {unfit}, and BMEcat needs one.",
                advice="Say in the task which language is written.",
            ) from unfit
        if code not in codes:
            found[ours] = {"lang": code} if found else {}
        elif known.locales:
            found[ours] = {"lang": code, "locale": ours}
        codes.add(code)
        if not known.several_languages:
            break
    return found
