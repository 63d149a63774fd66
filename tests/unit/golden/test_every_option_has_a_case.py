"""That no option of a file is declared without a golden case: of a yes or no both, of words each, of all else one."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, get_args

import pytest
from support.golden import cases, layout_of
from support.golden_deliveries import delivered_layouts, delivered_tasks
from support.report_desk import LAYOUT

from core.config.base import Settings
from core.config.feeds import JsonFeedLayout, XmlFeedLayout
from core.config.introspect import fields_of, models_in, words_of
from core.config.layouts import ExportLayout, ImportLayout
from core.config.report_tasks import ReportTask
from core.config.reports import ReportLayout
from core.config.tasks import CsvExportTask, ExportTask, FeedTask, ImportTask, TaskBase

if TYPE_CHECKING:
    from collections.abc import Iterator

Option = tuple[str, str, str]
"""Where it is used, the model that has it, and its name."""

ROOTS: dict[str, list[type[Settings]]] = {
    "import": list(get_args(ImportLayout)),
    "export": list(get_args(ExportLayout)),
    "feed": [XmlFeedLayout, JsonFeedLayout],
    "report": [ReportLayout],
    "tasks": [ImportTask, ExportTask, FeedTask, CsvExportTask, ReportTask],
}

NO_PART_OF_A_FILE: dict[str, str] = {
    "description": "is for whoever reads the settings",
    "timeout": "is how long something may take",
    "max_archived": "is a brake, tested with imports",
    "max_rejected": "is a brake, tested with imports",
    "settle": "is when a file is taken, tested with imports",
    "if_invalid": "is a brake, tested with official rules",
    "max_size": "is a limit, tested with attachments",
    "max_total": "is a limit of a run, tested with attachments",
    "parallel": "is how many at a time",
    "private_hosts": "is who may be asked, tested with web servers",
    "fetch": "is when a file is fetched again, tested with web servers",
    "mail": "is where a report goes, tested with a mail server",
}
ONE_WAY: dict[tuple[str, str], str] = {
    ("import", "line_end"): "whatever ends a line is read",
    ("export", "skip_lines"): "stands above the header when reading",
    ("export", "skip_rows"): "stands above the header when reading",
    ("export", "fill_merged"): "nothing is merged when writing",
}


def test_what_does_nothing_one_way_says_so() -> None:
    helps = {
        name: info.description or ""
        for model in [*ROOTS["import"], *ROOTS["export"]]
        for inner in [
            model,
            *models_in(model.model_fields["file"].annotation if "file" in model.model_fields else None),
        ]
        for name, info in fields_of(inner).items()
    }
    for way, name in ONE_WAY:
        assert {"import": "When writing", "export": "When reading"}[way] in helps[name], name


@functools.cache
def options(root: str) -> frozenset[Option]:
    return frozenset(_declared(root, ROOTS[root], set()))


def _declared(root: str, models: list[type[Settings]], seen: set[type[Settings]]) -> Iterator[Option]:
    for model in models:
        if model in seen:
            continue
        seen.add(model)
        for name, info in fields_of(model).items():
            if (
                name in NO_PART_OF_A_FILE
                or (root, name) in ONE_WAY
                or (root == "tasks" and name in TaskBase.model_fields)
            ):
                continue
            yield (root, model.__name__, name)
            yield from _declared(root, models_in(info.annotation), seen)


Used = dict[Option, list[tuple[Any, bool]]]


@functools.cache
def used() -> Used:
    """Return the values that each option has in a case, and whether they were said."""
    found: Used = {}
    for case in cases("layouts"):
        for way in case.ways:
            _note(found, way, layout_of(case.layout_table(way)))
    for case in cases("feeds"):
        _note(found, "feed", layout_of(case.layout_table("feed")))
    for case in cases("reports"):
        _note(found, "report", layout_of(case.layout_table("report")))
    _note(found, "report", layout_of(LAYOUT))
    for layout in delivered_layouts():
        _note(found, layout.direction, layout)
    for task in delivered_tasks():
        _note(found, "tasks", task)
    return found


def _note(found: Used, root: str, value: Any) -> None:
    if isinstance(value, Settings):
        for name in fields_of(type(value)):
            inner = getattr(value, name)
            found.setdefault((root, type(value).__name__, name), []).append((inner, name in value.model_fields_set))
            _note(found, root, inner)
    elif isinstance(value, dict):
        _note(found, root, list(value.values()))
    elif isinstance(value, list):
        for each in value:
            _note(found, root, each)


def missing(option: Option) -> list[str]:
    _, model_name, name = option
    model = next(each for each in _all_models() if each.__name__ == model_name)
    values = used().get(option, [])
    info = fields_of(model)[name]
    if words := words_of(model, name):
        said = [word for value, _ in values for word in (value if isinstance(value, list) else [value])]
        return [word for word in words if word not in said]
    if info.annotation is bool or "StrictBool" in str(info.annotation) or bool in get_args(info.annotation):
        return [str(each) for each in (False, True) if all(value is not each for value, _ in values)]
    return [] if any(said for _, said in values) else ["a case that says it"]


@functools.cache
def _all_models() -> tuple[type[Settings], ...]:
    seen: set[type[Settings]] = set()
    for root, models in ROOTS.items():
        list(_declared(root, models, seen))
    return tuple(seen)


@pytest.mark.parametrize("root", ROOTS)
def test_every_option_has_a_golden_case(root: str) -> None:
    lacking = {
        f"{model}.{name}": absent for _, model, name in options(root) if (absent := missing((root, model, name)))
    }
    assert not lacking, "\n".join(f"{name} lacks {', '.join(absent)}" for name, absent in sorted(lacking.items()))
