"""Which tasks build on which, and where their order contradicts that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.config_texts import HEAD

from core.config.load import load
from core.config.writes import written_by
from core.engine.chains import chains_of
from core.planning.dependencies import dependencies, hints

if TYPE_CHECKING:
    from pathlib import Path

    from core.config.model import Config

LAYOUTS = """
[layouts.organisations]
direction = "import"
entity = "organisation"
format = "csv"
columns = [{ column = 1, field = "number" }]

[layouts.contacts]
direction = "import"
entity = "contact"
format = "csv"
columns = [{ column = 1, field = "number" }, { column = 2, field = "organisation" }]

[layouts.loose]
direction = "import"
entity = "contact"
format = "csv"
columns = [{ column = 1, field = "number" }, { column = 2, field = "organisation", references = "stub" }]

[layouts.both]
direction = "import"
format = "csv"
[[layouts.both.passes]]
entity = "organisation"
columns = [{ column = 1, field = "number" }]
[[layouts.both.passes]]
entity = "contact"
columns = [{ column = 2, field = "number" }, { column = 1, field = "organisation" }]
"""
MONDAY = 'frequency = { kind = "weekly", day = "monday", at = "07:30" }'
WORKDAY = 'frequency = { kind = "workday", at = "07:30" }'
LATER = 'frequency = { kind = "workday", at = "08:30" }'


def task(layout: str, sequence: int, *more: str, name: str = "", assortment: str = "") -> str:
    lines = [f'id = "{name or layout}"', 'type = "import"', 'description = "d"', f"sequence = {sequence}"]
    lines += [f'layout = "{layout}"', f'assortment = "{assortment}"', 'file = "x.csv"', *more]
    return "\n".join(["[[tasks]]", *lines, ""])


def config_of(tmp_path: Path, *tasks: str) -> Config:
    path = tmp_path / "config.toml"
    path.write_text("\n".join([HEAD, LAYOUTS, *tasks]))
    return load(path)


def test_an_import_builds_on_the_one_that_brings_what_it_refers_to(tmp_path: Path) -> None:
    config = config_of(tmp_path, task("organisations", 10, MONDAY), task("contacts", 20, MONDAY))
    (found,) = dependencies(config)
    assert (found.first, found.then, found.wrong) == ("organisations", "contacts", "")
    assert found.why == "contact.organisation refers to organisation"
    links = chains_of(config)
    assert [(link.task, link.sequence, link.steps) for link in links["contacts"]] == [("organisations", 10, -1)]
    assert [(link.task, link.sequence, link.steps) for link in links["organisations"]] == [("contacts", 20, 1)]
    assert hints(config) == []


BRINGS = "which brings the records of organisation that it refers to"
MEND = "Give it a higher sequence number, or let it come after that one."
AFTER = 'after = { tasks = ["organisations"] }'
TURNED = 'after = { tasks = ["contacts"] }'


@pytest.mark.parametrize(
    ("first", "then", "words"),
    [
        ((20, MONDAY), (10, MONDAY), "contacts (sequence 10) starts before organisations (sequence 20), "),
        ((20, MONDAY), (10, WORKDAY), "contacts (sequence 10) starts before organisations (sequence 20), "),
        ((10, MONDAY), (10, MONDAY), "contacts may run side by side with organisations, "),
        ((10,), (10,), "contacts may run side by side with organisations, "),  # both are started by hand
        ((20, MONDAY), (10, MONDAY, AFTER), ""),
        ((20, MONDAY), (10, LATER), ""),
        ((20, MONDAY), (10,), ""),
        ((20, MONDAY), (10, MONDAY, "active = false"), ""),
        ((20, MONDAY, "active = false"), (10, MONDAY), ""),
    ],
)
def test_an_order_that_contradicts_the_references_is_a_hint(
    tmp_path: Path, first: tuple[Any, ...], then: tuple[Any, ...], words: str
) -> None:
    config = config_of(tmp_path, task("organisations", *first), task("contacts", *then))
    assert hints(config) == ([f"{words}{BRINGS}. {MEND}"] if words else [])
    assert chains_of(config)["contacts"][0].wrong == (hints(config) or [""])[0]


def test_an_import_that_is_set_to_come_first_is_told_to_be_turned_round(tmp_path: Path) -> None:
    config = config_of(tmp_path, task("organisations", 10, MONDAY, TURNED), task("contacts", 5, MONDAY))
    assert hints(config) == [f"contacts comes before organisations, {BRINGS}: turn them round."]


def test_after_lifts_a_task_to_the_place_of_what_it_comes_after(tmp_path: Path) -> None:
    between = task("organisations", 30, MONDAY, name="other", assortment="x")
    lifted = task("contacts", 5, MONDAY, 'after = { tasks = ["other"] }')
    config = config_of(tmp_path, task("organisations", 20, MONDAY), between, lifted)
    assert hints(config) == []


def test_imports_of_the_own_assortment_count_where_there_are_any(tmp_path: Path) -> None:
    late = task("organisations", 90, MONDAY, name="late", assortment="b")
    early = task("organisations", 10, MONDAY, name="early", assortment="a")
    config = config_of(tmp_path, late, early, task("contacts", 20, MONDAY, assortment="a"))
    assert [each.first for each in dependencies(config)] == ["early"]
    config = config_of(tmp_path, late, early, task("contacts", 20, MONDAY, assortment="c"))
    assert [each.first for each in dependencies(config)] == ["late", "early"]
    assert len(hints(config)) == 1


def test_passes_that_bring_what_they_refer_to_build_on_nobody(tmp_path: Path) -> None:
    config = config_of(tmp_path, task("organisations", 10, MONDAY), task("both", 5, MONDAY))
    assert dependencies(config) == []
    assert hints(config) == []


ATTACHMENTS = """
[layouts.attached]
direction = "import"
entity = "attachment"
format = "csv"
columns = [
  {{ column = 1, field = "record" }}, {{ column = 2, field = "file" }}, {{ {}, field = "entity" }},
]
"""


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('constant = "contact"', ["contacts"]),
        (
            'column = 3, default = "contact", values = { org = "organisation", x = "nothing" }',
            ["contacts", "organisations"],
        ),
        ("column = 3", []),
    ],
)
def test_attachments_build_on_what_brings_the_records_that_they_belong_to(
    tmp_path: Path, source: str, found: list[str]
) -> None:
    tasks = (task("organisations", 10), task("contacts", 20), task("attached", 15))
    config = config_of(tmp_path, ATTACHMENTS.format(source), *tasks)
    told = [each for each in dependencies(config) if each.then == "attached"]
    assert [each.first for each in told] == found
    assert {each.why.partition(" refers")[0] for each in told} <= {"attachment.record"}
    wrong = [each for each in hints(config) if each.startswith("attached (sequence 15) starts before contacts")]
    assert len(wrong) == ("contacts" in found)


def test_stubs_need_nobody_before_them_but_somebody_who_fills_them(tmp_path: Path) -> None:
    filled = config_of(tmp_path, task("organisations", 20, MONDAY), task("loose", 10, MONDAY))
    assert len(dependencies(filled)) == 1
    assert hints(filled) == []
    elsewhere = config_of(tmp_path, task("organisations", 20), task("loose", 10, assortment="a"))
    assert hints(elsewhere) == [
        "loose makes stubs of organisation in the assortment 'a', but no import brings records of it there."
    ]


def test_after_alone_makes_a_chain(tmp_path: Path) -> None:
    last = task("organisations", 20, 'after = { tasks = ["organisations"] }', name="again", assortment="x")
    config = config_of(tmp_path, task("organisations", 10), last)
    assert [(each.first, each.then, each.why) for each in dependencies(config)] == [
        ("organisations", "again", "set by after")
    ]


def test_a_chain_is_followed_to_both_sides(tmp_path: Path) -> None:
    tasks = [task("organisations", 10), task("contacts", 20)]
    for number in range(3):
        before = "contacts" if not number else f"later-{number - 1}"
        tasks.append(
            task("contacts", 30 + number, f'after = {{ tasks = ["{before}"] }}', name=f"later-{number}", assortment="x")
        )
    chains = chains_of(config_of(tmp_path, *tasks))
    assert [(link.task, link.steps, bool(link.why)) for link in chains["contacts"]] == [
        ("organisations", -1, True),
        ("later-0", 1, True),
        ("later-1", 2, False),
        ("later-2", 3, False),
    ]
    # What refers to the organisations, too, stands behind what it comes after.
    assert [link.steps for link in chains["organisations"]] == [1, 2, 3, 3]


def test_tasks_that_build_on_each_other_in_a_ring_are_told_without_end(tmp_path: Path) -> None:
    config = config_of(
        tmp_path,
        task("organisations", 10, 'after = { tasks = ["contacts"] }'),
        task("contacts", 20),
    )
    assert [link.steps for link in chains_of(config)["contacts"]] == [-1, 1]


def test_a_run_locks_every_entity_that_it_may_write(tmp_path: Path) -> None:
    config = config_of(tmp_path, task("both", 1, assortment="a"), task("loose", 2), task("contacts", 3))
    assert [written_by(each, config) for each in config.tasks] == [
        (("organisation", "a"), ("contact", "a")),
        (("contact", ""), ("organisation", "")),
        (("contact", ""),),
    ]
