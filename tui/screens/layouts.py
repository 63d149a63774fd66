"""The layouts: how columns and fields go together, and what uses them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from core.config.industry import traits_of
from core.text import clean, counted
from tui.action import Scope
from tui.feed_words import tree_words
from tui.forms.choosing import ChoiceDialog
from tui.layout_draft import LayoutDraft, how_words, source_words
from tui.screens.form import FormScreen
from tui.screens.layout_editor import LayoutEditor
from tui.screens.listing import ConfiguredScreen
from tui.screens.prompt import PromptDialog
from tui.screens.report_preview import REPORT, ReportPreview
from tui.widgets.list_table import Column, Row
from tui.widgets.rows import Line, paragraph
from tui.words import some_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.engine.api import Snapshot
    from core.engine.api.settings import Choices, ItemView, TableView, Template
    from tui.screens.base import Context

_COLUMNS = (
    Column("name", "Layout", 18, 0, grows=True),
    Column("direction", "Direction", 9, 2),
    Column("entity", "Entity", 14, 1),
    Column("format", "Format", 7, 4),
    Column("columns", "Columns", 8, 5, right=True),
    Column("used", "Used by", 9, 3),
)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_KINDS = {
    "file": ("import", "Import: begin with a file, and see its columns"),
    "empty": ("import", "Import: begin with nothing"),
    "export": ("export", "Export"),
}
_FEED = "feed"
_INDUSTRY = "industry"


class LayoutsScreen(ConfiguredScreen, ReportPreview):
    """Lists the layouts; each can be opened in its editor or as a form, copied and deleted."""

    scope: ClassVar[Scope] = Scope.LAYOUTS

    columns: ClassVar[tuple[Column, ...]] = _COLUMNS

    def __init__(self, context: Context, snapshot: Snapshot) -> None:
        super().__init__(context, snapshot)
        self.list.sorted_by = "name"
        self._items: dict[str, ItemView] = {}

    # -- what is shown --------------------------------------------------------------------------------------------

    def settings_changed(self) -> None:
        """Read the layouts anew."""
        settings = self.engine.settings
        self.ask_for_list(lambda: settings.items("layouts"), self._take)

    def _take(self, items: Sequence[ItemView]) -> None:
        self._items = {item.name: item for item in items}
        self.filled()

    def show_list(self) -> None:
        """Show the layouts that pass the filter."""
        self.list.empty_text = (
            "No layout passes the filter; esc clears it."
            if self._items
            else f"There are no layouts yet. Press {self.key_of('item.add')} to make one from a file of your supplier,"
            " or for an export or a feed."
        )
        shown = [item for item in self._items.values() if self.admits(_text(item))]
        place = next((place for place, column in enumerate(_COLUMNS) if column.id == self.list.sorted_by), 0)
        keys: dict[str, Callable[[ItemView], Any]] = {
            "columns": _size,
            "used": lambda item: len(item.used_by),
        }
        shown.sort(key=keys.get(self.list.sorted_by, lambda item: _row(item).cells[place].casefold()))
        if self.list.reverse:
            shown.reverse()
        self.list.take([_row(item) for item in shown])
        self.show_details()
        self.stand()

    @property
    def _current(self) -> ItemView | None:
        return self._items.get(self.list.cursor or "")

    def detail_lines(self, width: int) -> list[Line]:
        """Return what uses the layout under the cursor, and how its columns and fields go together."""
        item = self._current
        rule = self.signs.rule * 2
        if item is None:
            return [((f"{rule} no layout", "title"),)]
        description = clean(str(item.values.get("description", "")))
        title = f"{rule} {clean(item.name)}{f' {self.signs.dot} {description}' if description else ''}"
        lines: list[Line] = paragraph(title, width, "title")
        users = some_of(item.used_by) or "nothing"
        elsewhere = f" Stands in {item.file}." if item.file != self.snapshot.config_path else ""
        lines += paragraph(f"Used by {users}.{elsewhere}", width)
        if file := _file_words(item):
            lines += paragraph(f"File: {file}", width)
        if _is_report(item):
            lines += [line for text in _report_lines(item) for line in paragraph(text, width)]
        if _is_industry(item) and not _passes(item):
            lines += paragraph("All fields go where the format has them.", width)
        if item.values.get("direction") == _FEED:
            lines += [line for text in tree_words(item.values.get("root")) for line in paragraph(text, width)]
        imports = item.values.get("direction") == "import"
        for number, each in enumerate(_passes(item), start=1):
            if "passes" in item.values or _is_industry(item):
                what = "Part" if _is_industry(item) else "Pass"
                lines += paragraph(f"{what} {number}: {_pass_words(each)}", width, "label")
            for column in _tables(each.get("columns")):
                source, field = source_words(column), clean(str(column.get("field") or ""))
                sides = (source, field) if imports else (field or "=", source)
                how = how_words(column)
                text = f"{' -> '.join(side for side in sides if side)}{f'  ({how})' if how else ''}"
                lines += paragraph(text, width)
        return lines

    # -- actions --------------------------------------------------------------------------------------------------

    def _open_form(self, name: str, values: dict[str, Any] | None = None) -> None:
        self.app.push_screen(
            FormScreen(
                self.context,
                self.snapshot,
                "layouts",
                "" if values is not None else name,
                values=values,
                name_of_new=name,
                saved=self.go_to_row,
            )
        )

    def _edit(self, draft: LayoutDraft, *, from_file: bool = False) -> None:
        self.app.push_screen(
            LayoutEditor(self.context, self.snapshot, draft, from_file=from_file, saved=self.go_to_row)
        )

    def do_item_edit(self) -> None:
        """Carry out ``item.edit``."""
        item, settings = self._current, self.engine.settings
        if item is None:
            return
        if _as_form(item):
            self.do_layout_form()
            return
        name = item.name

        def take(table: TableView) -> None:
            self._edit(LayoutDraft(name, dict(table.values), fingerprint=table.fingerprint))

        self.ask(lambda: settings.table("layouts", name), take, group="settings", awaited=True)

    def do_layout_form(self) -> None:
        """Carry out ``layout.form``."""
        if item := self._current:
            self._open_form(item.name)

    def do_layout_report(self) -> None:
        """Carry out ``layout.report``."""
        settings, item = self.engine.settings, self._current
        if item is None:
            return
        if not _is_report(item):
            self.say(f"{clean(item.name)} is the layout of a file; {self.key_of('item.edit')} shows what it makes.")
            return
        name = item.name
        self.ask(
            lambda: settings.table("layouts", name),
            lambda table: self.preview_layout(table.values),
            group="settings",
            awaited=True,
        )

    def do_item_add(self) -> None:
        """Carry out ``item.add``: choose what it is for, its entity and its name; then the editor."""
        settings = self.engine.settings

        def question() -> tuple[Choices, Sequence[Template]]:
            return settings.choices(), settings.templates("layouts")

        self.ask(question, lambda found: self._choose_kind(*found), group="settings", awaited=True)

    def _choose_kind(self, choices: Choices, templates: Sequence[Template]) -> None:
        entities = choices.names["entities"]
        reports = {each.id: each for each in templates if each.values.get("direction") == REPORT}
        feeds = [template for template in templates if template.values.get("direction") == _FEED]
        formats = [template for template in templates if traits_of(template.values.get("format"))]

        def entity_chosen(kind: str, entity: str) -> None:
            direction = _KINDS[kind][0]
            values = {"direction": direction, "entity": entity, "format": "csv"}
            self._ask_name(
                f"A name for the layout of {entity}, such as supplier-{entity.replace('_', '-')}",
                lambda name: self._edit(LayoutDraft(name, values), from_file=kind == "file"),
            )

        def kind_chosen(kind: str) -> None:
            if kind in (_FEED, _INDUSTRY):
                self._choose_template(kind, feeds if kind == _FEED else formats)
                return
            if report := reports.get(kind):
                self._ask_name(
                    "A name for the layout of the report",
                    lambda name: self._open_form(name, dict(report.values)),
                    value="" if report.id == REPORT else report.id,
                )
                return
            words = [(entity, entity.replace("_", " ")) for entity in entities]
            self._choose("Records of what kind?", words, lambda entity: entity_chosen(kind, entity))

        kinds = [(kind, words) for kind, (_, words) in _KINDS.items()]
        kinds += [(_INDUSTRY, "Industry format: where it is read or written otherwise than by itself")]
        kinds += [(_FEED, "Feed: a nested document, XML or JSON")]
        kinds += [(name, _report_words(each)) for name, each in reports.items()]
        self._choose("A new layout", kinds, kind_chosen)

    def _choose_template(self, kind: str, templates: Sequence[Template]) -> None:
        by_id = {template.id: template for template in templates}

        def chosen(template_id: str) -> None:
            values = dict(by_id[template_id].values)
            example = "webshop-feed" if kind == _FEED else f"supplier-{values['format']}"
            self._ask_name(f"A name for the layout, such as {example}", lambda name: self._open_form(name, values))

        # Those that are ready first.
        found = sorted(templates, key=lambda template: template.id.startswith(_FEED))
        title = "A new feed" if kind == _FEED else "Which format, and which way?"
        self._choose(title, [(template.id, template.title) for template in found], chosen)

    def _choose(self, title: str, words: Sequence[tuple[str, str]], then: Callable[[str], None]) -> None:
        def answered(chosen: tuple[str, ...] | None) -> None:
            if chosen:
                then(chosen[0])

        self.app.push_screen(ChoiceDialog(title, words, signs=self.signs), answered)

    def _ask_name(self, question: str, then: Callable[[str], None], *, value: str = "", note: str = "") -> None:
        def answered(name: str | None) -> None:
            if name is None:
                return
            if why := self._unfit(name):
                self._ask_name(question, then, value=name, note=why)
            else:
                then(name)

        self.app.push_screen(PromptDialog(question, value=value, notes=[note] if note else []), answered)

    def _unfit(self, name: str) -> str:
        if name in self._items:
            return f"There is a layout {clean(name)} already; choose another name."
        if not _NAME.fullmatch(name):
            return "A name has letters, digits, dots, dashes and underscores, and begins with a letter or digit."
        return ""

    def do_item_copy(self) -> None:
        """Carry out ``item.copy``."""
        item = self._current
        if item is None:
            return
        values = dict(item.values)
        as_form = _as_form(item)
        self._ask_name(
            f"A name for the copy of {clean(item.name)}",
            lambda name: (
                self._open_form(name, values) if as_form else self._edit(LayoutDraft(name, values, copied=True))
            ),
            value=f"{item.name}-copy",
        )

    def do_item_delete(self) -> None:
        """Carry out ``item.delete``."""
        if item := self._current:
            self.ask_to_delete("layouts", item.name, item.used_by)


def _tables(found: Any) -> list[dict[str, Any]]:
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _is_industry(item: ItemView) -> bool:
    return traits_of(item.values.get("format")) is not None


def _as_form(item: ItemView) -> bool:
    """Whether a layout is no table of columns and is changed in a form: a feed is a tree, a report has queries."""
    return _is_report(item) or _is_industry(item) or item.values.get("direction") == _FEED


def _is_report(item: ItemView) -> bool:
    return item.values.get("direction") == REPORT


def _report_words(template: Template) -> str:
    return "Report: begin with nothing" if template.id == REPORT else f"Report: {template.title}"


def _report_lines(item: ItemView) -> list[str]:
    """Return what a report consists of: its queries, and its blocks in order."""
    queries, blocks = (_tables(item.values.get(key)) for key in ("queries", "blocks"))
    lines = [f"Queries: {', '.join(clean(str(each.get('name'))) for each in queries) or 'none'}"]
    for block in blocks:
        words = [str(block.get(key)) for key in ("chart", "query", "title", "text") if block.get(key)]
        lines.append(f"{clean(str(block.get('kind')))}  {clean(' '.join(words), limit=120)}")
    return lines


def _passes(item: ItemView) -> list[dict[str, Any]]:
    """The passes of a layout; one that has none is a pass itself. Of an industry format, the parts that are changed."""
    if _is_industry(item):
        return _tables(item.values.get("parts"))
    return _tables(item.values.get("passes")) or [dict(item.values)]


def _pass_words(each: dict[str, Any]) -> str:
    words = [clean(str(each.get("entity", "")))]
    words += ["a record on several lines counts once"] if each.get("repeated") == "first" else []
    words += ["lines without a key are skipped"] if each.get("without_key") == "skip" else []
    words += ["only some lines"] if each.get("only") else []
    return ", ".join(words)


def _columns(item: ItemView) -> list[dict[str, Any]]:
    return [column for each in _passes(item) for column in _tables(each.get("columns"))]


def _size(item: ItemView) -> int:
    """How many columns a layout has; of a feed, how many elements."""
    return len(_columns(item)) or len(tree_words(item.values.get("root")))


def _size_words(item: ItemView) -> str:
    if _is_report(item):
        return "-"
    # A format of the industry has a place for every field already; a layout lists those that it changes.
    return str(_size(item) or ("all" if _is_industry(item) else 0))


def _row(item: ItemView) -> Row:
    entities = ", ".join(clean(str(each.get("entity", ""))) for each in _passes(item))
    if traits := traits_of(item.values.get("format")):
        entities = ", ".join(traits.reads if item.values.get("direction") == "import" else traits.writes)
    kind = [clean(str(item.values.get("direction", ""))), entities]
    used = counted(len(item.used_by), "task") if item.used_by else "-"
    form = "-" if _is_report(item) else clean(str(item.values.get("format", "csv")))
    return Row(item.name, (clean(item.name), *(each or "-" for each in kind), form, _size_words(item), used))


def _text(item: ItemView) -> str:
    """What the filter looks into."""
    columns = " ".join(f"{source_words(column)} {column.get('field', '')}" for column in _columns(item))
    return f"{' '.join(_row(item).cells)} {item.values.get('description', '')} {columns}".casefold()


def _file_words(item: ItemView) -> str:
    file = item.values.get("file")
    if not isinstance(file, dict):
        return ""
    return ", ".join(f"{key} {_setting_words(value)}" for key, value in file.items())


def _setting_words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    return "tab" if text == "\t" else f'"{clean(text)}"' if len(text) < 2 else clean(text)
