"""Trying an ETL scheme from its form: what it would do to the records of an assortment, and nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.text import clean
from tui.forms.choosing import ChoiceDialog
from tui.run_words import difference_in_words
from tui.screens.base import PendelScreen
from tui.widgets.rows import Line, paragraph

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.engine.api.catalogue import EntityView
    from core.engine.api.schemes import SchemeTrial
    from core.errors import PendelError
    from tui.words import Signs

_KINDS = {"new": "new", "changed": "changes", "restored": "comes back", "archived": "archived"}


class SchemeTrying(PendelScreen):
    """The part of a screen that tries ETL schemes; it shows what comes in :meth:`show_trial`."""

    trial_lines: Sequence[Line] | None = None
    """What is shown of a trial; ``None`` where there is none."""
    tried_assortment: str | None = None

    def show_trial(self) -> None:
        """Show ``self.trial_lines``."""
        raise NotImplementedError

    def begin_trial(self, name: str, values: dict[str, Any]) -> None:
        """Ask for the assortment, and try the scheme with these settings."""
        catalogue = self.engine.catalogue

        def found(entities: Sequence[EntityView]) -> None:
            names = dict.fromkeys(each.name for entity in entities for each in entity.assortments)
            words = [(each or "\0", clean(each) or "(records without an assortment)") for each in names]
            if not words:
                self.say("There are no records yet to try it on.")
                return

            def answered(chosen: tuple[str, ...] | None) -> None:
                if chosen:
                    self._try(name, values, chosen[0].strip("\0"))

            if len(words) == 1:
                answered((words[0][0],))
            else:
                title = "Try it on copies of the records of"
                last = (self.tried_assortment or "\0") if self.tried_assortment is not None else ""
                self.app.push_screen(ChoiceDialog(title, words, signs=self.signs, chosen=[last]), answered)

        self.ask(catalogue.entities, found, group="trial")

    def _try(self, name: str, values: dict[str, Any], assortment: str) -> None:
        self.tried_assortment = assortment
        self.trial_lines = [((f"Trying{self.signs.ellipsis}", "label"),)]
        self.show_trial()
        settings = self.engine.settings
        self.ask(
            lambda: settings.try_scheme(name, values, assortment),
            self._take_trial,
            group="trial",
            failed=self._trial_failed,
        )

    def _take_trial(self, trial: SchemeTrial) -> None:
        if self.trial_lines is not None:
            self.trial_lines = lines_of(trial, max(20, self.size.width), self.signs)
            self.show_trial()

    def _trial_failed(self, error: PendelError) -> None:
        if self.trial_lines is not None:
            self.trial_lines = paragraph(str(error), max(20, self.size.width), "bad")
            self.show_trial()

    def give_up_trial(self) -> None:
        """Show nothing of it any more."""
        self.trial_lines = None
        self.show_trial()


def lines_of(trial: SchemeTrial, width: int, signs: Signs) -> list[Line]:
    """Return a trial as lines: what each step did, what would become of each entity, and samples."""
    lines: list[Line] = []
    for number, step in enumerate(trial.steps, start=1):
        lines += paragraph(f"Step {number}, {step.name}: {step.did}.", width)
    for text in trial.unfit:
        lines += paragraph(f"! Cannot be kept: {text}", width, "bad")
    for entity in trial.entities:
        lines += paragraph(f"{entity.name}: {entity.words}", width, "title")
    for sample in trial.samples:
        said = ", ".join(
            difference_in_words(change, signs.arrow, new_record=sample.kind == "new") for change in sample.changes
        )
        text = f"  {sample.key} {_KINDS.get(sample.kind, sample.kind)}{f': {said}' if said else ''}"
        lines += paragraph(text, width)
    return lines
