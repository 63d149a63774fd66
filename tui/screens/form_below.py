"""What is shown below the fields of a form: a test of a location, a trial of a scheme, the first record of a feed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.text import clean
from tui.forms.editing import FormEditing
from tui.obstacles import FEED
from tui.screens.previewing import FeedPreviewing, preview_lines
from tui.screens.testing import LocationTesting, test_lines
from tui.screens.trying import SchemeTrying
from tui.widgets.rows import Lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.engine.api import Snapshot
    from tui.screens.base import Context
    from tui.widgets.rows import Line


class FormBelow(FormEditing, LocationTesting, SchemeTrying, FeedPreviewing):
    """The part of a form that tries what stands in it, and shows what came of that below the fields."""

    kind: str
    """The kind of table that the form is of."""

    def __init__(self, context: Context, snapshot: Snapshot) -> None:
        super().__init__(context, snapshot)
        self.below = Lines(id="form-test")
        self.below.display = False

    @property
    def is_feed(self) -> bool:
        """Whether the form is one of a feed layout."""
        return self.kind == "layouts" and self.form is not None and self.form.values.get("direction") == FEED

    def show_below(self) -> None:
        """Show it anew, in the width that there is now."""
        if self.previewing:
            self.show_preview()
        else:
            self.show_test()

    def give_up_below(self) -> bool:
        """Show nothing there any more; return whether anything was shown."""
        if self.step_test is not None:
            self.give_up_test()
            self.show_test()
        elif self.trial_lines is not None:
            self.give_up_trial()
        elif self.previewing:
            self.end_preview()
            self.show_preview()
        else:
            return False
        return True

    def show_test(self) -> None:
        """Show the test as far as it has come."""
        test = self.step_test
        if test is not None:
            lines = test_lines(test, max(20, self.size.width), self.signs)
            self._show_outcome("Test with the values of the form", lines)
            # Only when the panel has its new height is it known what is its end.
            self.call_after_refresh(lambda: self.below.move_to_end(bottom=True))
        elif self.trial_lines is not None:
            of = f" in {clean(self.tried_assortment)}" if self.tried_assortment else ""
            self._show_outcome(f"What the scheme would do{of}; nothing was changed", self.trial_lines)
        else:
            self.below.display = False
            self.set_class(False, "-testing")

    show_trial = show_test

    def show_preview(self) -> None:
        """Show what a feed layout makes of the first record, below the fields."""
        trial = self.feed_trial
        self.set_class(False, "-testing")
        self._show_lines(preview_lines(trial, max(20, self.size.width), self.signs) if trial else [])

    def _show_outcome(self, title: str, lines: Sequence[Line]) -> None:
        self.set_class(True, "-testing")
        self._show_lines([((f"{self.signs.rule * 2} {title}", "title"),), *lines])

    def _show_lines(self, lines: Sequence[Line]) -> None:
        self.below.display = bool(lines)
        if lines:
            self.below.styles.height = min(len(lines) + 1, max(4, self.size.height // 2))
            self.below.show(list(lines))

    def move_cursor(self, lines: int) -> None:
        """Move the cursor; on a small terminal, where a test has the screen for itself, scroll that."""
        if self.panel.size.height:
            super().move_cursor(lines)
        else:
            self.below.move(lines)

    def do_form_page_down(self) -> None:
        """Carry out ``form.page_down``; while a record is shown below, scroll that."""
        if self.previewing:
            self.below.move(max(1, self.below.size.height - 1))
        else:
            super().do_form_page_down()

    def do_form_page_up(self) -> None:
        """Carry out ``form.page_up``; while a record is shown below, scroll that."""
        if self.previewing:
            self.below.move(-max(1, self.below.size.height - 1))
        else:
            super().do_form_page_up()

    def do_form_test(self) -> None:
        """Carry out ``form.test``: test a location, try a scheme, or show what a feed makes of the first record."""
        if self.form is None:
            return
        if self.kind == "schemes":
            self.begin_trial(self.form.title_name or "new", self.form.result())
        elif not self.is_feed:
            self.begin_test(self.form.title_name or "new", self.form.result(), self.form.typed_secrets() or None)
        elif self.previewing:
            self.end_preview()
            self.show_preview()
        else:
            self.begin_preview(self.form.result())
