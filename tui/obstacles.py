"""Why an action cannot be done at this moment, in a sentence; empty where it can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.runs import FLOWS, FOLLOW_CHANGES, TAKE_ASSORTMENT, changes_records
from core.text import listed

if TYPE_CHECKING:
    from tui.action import Situation

CONNECTOR = "connector "
"""How the item begins that is a connector in place of a link."""
FEED = "feed"
"""The item of a form in which a feed layout is changed."""


def _one_or_many(situation: Situation, one: str, many: str) -> str:
    targets = situation.targets
    return one.format(targets[0].id) if len(targets) == 1 else many


def no_task(situation: Situation) -> str:
    """No task is marked or under the cursor."""
    return "" if situation.targets else "There is no task to choose here."


def cannot_start(situation: Situation) -> str:
    """Every chosen task has a run already."""
    if not situation.targets:
        return no_task(situation)
    if all(task.run for task in situation.targets):
        return _one_or_many(
            situation, "{} is going already; a task has one run at a time.", "All marked tasks are going already."
        )
    return ""


def cannot_send(situation: Situation) -> str:
    """No assortment is under the cursor, or no task delivers one that is chosen by hand."""
    if " " not in situation.item:
        return "The cursor is on no assortment; one is sent at a time."
    if not situation.targets:
        types = listed(TAKE_ASSORTMENT, last="and")
        return f"No task sends assortments: add one of type {types}."
    return cannot_start(situation)


def cannot_stop(situation: Situation) -> str:
    """No chosen task has a run."""
    if not situation.targets:
        return no_task(situation)
    if not any(task.run for task in situation.targets):
        return _one_or_many(
            situation, "{} is not going, so there is nothing to stop.", "None of the marked tasks is going."
        )
    return ""


def cannot_toggle(situation: Situation) -> str:
    """All chosen tasks are Pendel's own."""
    if not situation.targets:
        return no_task(situation)
    if all(task.system for task in situation.targets):
        return _one_or_many(
            situation, "{} is a task of Pendel's own and always active.", "Pendel's own tasks are always active."
        )
    return ""


def not_editable(situation: Situation) -> str:
    """The task is Pendel's own, or none or several are chosen."""
    if len(situation.targets) > 1:
        return "One task at a time; esc takes the marks away."
    if not situation.targets:
        return no_task(situation)
    if situation.targets[0].system:
        return f"{situation.targets[0].id} is a task of Pendel's own; its settings are on the Settings screen."
    return ""


def no_export(situation: Situation) -> str:
    """The task follows no changes, so it has no cursor."""
    if problem := not_editable(situation):
        return problem
    task = situation.targets[0]
    if task.type in FOLLOW_CHANGES:
        return ""
    return f"{task.id} has no cursor: tasks of type {task.type} follow no changes."


def no_report(situation: Situation) -> str:
    """The task makes no report."""
    if problem := no_task(situation):
        return problem
    task = situation.targets[0]
    return "" if task.type == "report" else f"{task.id} makes no report: it is of type {task.type}."


def no_run(situation: Situation) -> str:
    """No run is under the cursor."""
    return "" if situation.run else "There is no run to choose here."


def no_flow_run(situation: Situation) -> str:
    """The run sends no records one by one."""
    if situation.run is None:
        return no_run(situation)
    if situation.run.type not in FLOWS:
        return f"Run {situation.run.id} is none of a flow: only flows note each record that they send."
    return ""


def run_ended(situation: Situation) -> str:
    """The run has nothing to stop."""
    if situation.run is None:
        return no_run(situation)
    return f"Run {situation.run.id} has ended already." if situation.run.state.ended else ""


def run_going(situation: Situation) -> str:
    """The run has not ended yet."""
    if situation.run is None:
        return no_run(situation)
    return "" if situation.run.state.ended else f"Run {situation.run.id} has not ended yet."


def cannot_run_again(situation: Situation) -> str:
    """The run has not ended, or its task is gone or has another run."""
    run = situation.run
    if run is None or not run.state.ended:
        return run_going(situation)
    if not situation.targets:
        return f"{run.task} is no longer in the configuration."
    return cannot_start(situation)


def cannot_revert(situation: Situation) -> str:
    """The run has changed no records, or its task has a run."""
    run = situation.run
    if run is None or not run.state.ended:
        return run_going(situation)
    if run.dry_run:
        return f"Run {run.id} was a dry run: it changed nothing."
    if not changes_records(run.type, run.counts):
        return f"Run {run.id} changed no records of the catalogue."
    return cannot_start(situation) if situation.targets else ""


def no_item(situation: Situation) -> str:
    """Nothing is under the cursor."""
    return "" if situation.item else situation.empty or "There is nothing to choose here."


def no_link(situation: Situation) -> str:
    """No link is under the cursor."""
    if situation.item.startswith(CONNECTOR):
        return "This is a connector; it is links that are tested, signed in to and activated."
    return no_item(situation)


def no_attachment(situation: Situation) -> str:
    """The record has no attachment whose content is kept."""
    return "" if situation.attached else "This record has no attachment."


def nothing_to_try(situation: Situation) -> str:
    """The form is one of neither a location, a link, an ETL scheme nor a feed layout."""
    if situation.item in ("locations", "links", "schemes", FEED):
        return ""
    return "There is nothing to test here: this is neither a location, a link, an ETL scheme nor a layout for a feed."


def no_report_form(situation: Situation) -> str:
    """The form is not one of a report."""
    if situation.item in ("layouts", "tasks"):
        return ""
    return "This is no report."


def nothing_to_undo(situation: Situation) -> str:
    """No change of the settings is kept."""
    return "" if situation.can_undo else "There is no change of the settings to take back."


def log_hidden(situation: Situation) -> str:
    """The log is not shown."""
    return "" if situation.log_shown else f"The log is hidden; the key {situation.log_key} shows it."


def nothing_searched(situation: Situation) -> str:
    """Nothing was looked for in the log."""
    if not situation.log_shown:
        return log_hidden(situation)
    if situation.log_searched:
        return ""
    return f"Nothing is looked for; in the log, the key {situation.find_key} does that."
