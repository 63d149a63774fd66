"""Choosing a file that the engine can see: in the upload directory, at a location, or anywhere on its machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical

from core.engine.api.files import EntryView, Listing, PlaceView
from core.text import counted, file_size
from tui.widgets.list_table import Column, ListTable, Row
from tui.widgets.narrowing import NarrowingDialog
from tui.widgets.rows import Line, Lines
from tui.words import short_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from core.errors import PendelError
    from tui.screens.base import PendelScreen

_COLUMNS = (
    Column("name", "Name", 20, 0, grows=True),
    Column("size", "Size", 9, 1, right=True),
    Column("modified", "Changed", 12, 2),
)
_WIDEST = 90
MACHINE = "machine"


class FilePicker(NarrowingDialog[tuple[str, str] | None]):
    """Shows places, directories and files. The answer is the place and the path of a file.

    What is typed narrows the list down.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,right", "open", priority=True),
        Binding("left", "up", priority=True),
    ]

    DEFAULT_CSS = """
    FilePicker { align: center middle; background: transparent; }
    FilePicker #box { height: auto; max-height: 100%; border: ascii $foreground; padding: 0 1; }
    FilePicker #box { background: $background; }
    FilePicker #picker-place, FilePicker #picker-note, FilePicker #picker-foot { height: 1; }
    """

    def __init__(self, owner: PendelScreen) -> None:
        super().__init__(ListTable(_COLUMNS, owner.signs, id="files"))
        self._owner = owner
        self._title_line = Lines(id="picker-place")
        self._note = Lines(id="picker-note")
        self._foot = Lines(id="picker-foot")
        self._places: Sequence[PlaceView] = ()
        self._place: PlaceView | None = None
        self._listing: Listing | None = None
        self._asked = 0

    def compose(self) -> ComposeResult:
        """Build the box."""
        with Vertical(id="box") as box:
            yield self._title_line
            yield self.list
            yield self._note
            yield self._foot
        box.styles.width = min(_WIDEST, self.app.size.width)
        self.list.styles.height = max(2, self.app.size.height - 5)

    def on_mount(self) -> None:
        """Ask for the places."""
        keys: Line = (("enter", "key"), (" Open  ", ""), ("left", "key"), (" Up  ", ""))
        self._foot.show([(*keys, ("a-z", "key"), (" Narrow down  ", ""), ("esc", "key"), (" Leave", ""))])
        self._say("Looking for places" + self._owner.signs.ellipsis)
        self._owner.ask(self._owner.engine.files.places, self._take_places, group="files", failed=self._failed)

    # -- what is shown --------------------------------------------------------------------------------------------

    def _take_places(self, places: Sequence[PlaceView]) -> None:
        self._places = places
        if self.is_attached:
            self.show_narrowed()

    def _failed(self, error: PendelError) -> None:
        if not self.is_attached:
            return
        self._say(str(error))
        self._note.show([((str(error), "bad"),)])

    def _say(self, text: str) -> None:
        self.list.empty_text = text
        self.list.take([])

    def show_narrowed(self) -> None:
        """Show the places, or the entries of the directory, that are called so."""
        rows = [row for row in self._rows() if self.admits(row.cells[0])]
        if not self.narrowed_to:
            self.list.empty_text = "There is nothing here; left goes up."
        self.list.take(rows)
        title = "Where is the file?" if self._place is None else self._place.title
        if self._listing is not None and self._listing.title:
            title += f": {self._listing.title}"
        self._title_line.show([((title, "title"),)])
        self._note.show([((self._note_text(), "faint"),)])

    def _note_text(self) -> str:
        if self.narrowed_to:
            return f"Narrowed down to: {self.narrowed_to}"
        if self._listing is None:
            return ""
        left_out = (
            f"{counted(self._listing.left_out, 'entry', 'entries')} more are not shown."
            if self._listing.left_out
            else ""
        )
        return " ".join(part for part in (left_out, *self._listing.notes[:1]) if part)

    def _rows(self) -> list[Row]:
        if self._place is None:
            return [Row(place.id, (f"{place.title}  {place.directory}", place.protocol, "")) for place in self._places]
        if self._listing is None:
            return []
        now, zone = self._owner.context.clock(), self._owner.snapshot.zone
        return [
            Row(
                entry.path,
                (
                    f"{entry.name}/" if entry.directory else entry.name,
                    "" if entry.directory else file_size(entry.size),
                    short_time(entry.modified, now, zone) if entry.modified else "",
                ),
            )
            for entry in self._listing.entries
        ]

    # -- keys -----------------------------------------------------------------------------------------------------

    def action_erase(self) -> None:
        """Take a letter back; without one, go up."""
        if self.narrowed_to:
            super().action_erase()
        else:
            self.action_up()

    def action_open(self) -> None:
        """Open the place or directory under the cursor, or answer with the file."""
        chosen = self.list.cursor
        if chosen is None:
            return
        if self._place is None:
            self._place = next(place for place in self._places if place.id == chosen)
            start = self._place.directory.lstrip("/") if self._place.id == MACHINE else ""
            self._browse(start)
            return
        entry = self._entry(chosen)
        if entry is None:
            return
        if entry.directory:
            self._browse(entry.path)
        else:
            self.dismiss((self._place.id, entry.path))

    def _entry(self, path: str) -> EntryView | None:
        entries = self._listing.entries if self._listing else ()
        return next((entry for entry in entries if entry.path == path), None)

    def _browse(self, directory: str) -> None:
        place = self._place
        if place is None:
            return
        self.narrowed_to = ""
        self._asked += 1
        asked = self._asked
        title = self._title_line.lines
        self._listing = Listing(place.id, directory, "", (), 0)
        self._title_line.show(title)
        self._say(f"Looking into {place.title}{self._owner.signs.ellipsis}")
        files = self._owner.engine.files

        def take(listing: Listing) -> None:
            if asked == self._asked and self.is_attached:
                self._listing = listing
                self.show_narrowed()

        self._owner.ask(lambda: files.browse(place.id, directory), take, group="files", failed=self._failed)

    def action_up(self) -> None:
        """Go to the directory above, or back to the places."""
        directory = self._listing.directory if self._listing else ""
        if self._place is None:
            return
        if directory:
            self._browse(directory.rpartition("/")[0])
            return
        self._asked += 1
        self.narrowed_to, self._place, self._listing = "", None, None
        self.show_narrowed()

    def action_leave(self) -> None:
        """Take back what was typed; then leave without a file."""
        if self.narrowed_to:
            self.narrow("")
        else:
            super().action_leave()
