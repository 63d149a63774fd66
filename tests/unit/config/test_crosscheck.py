from __future__ import annotations

import datetime as dt

import pytest
from support.config_texts import HEAD, MACHINES, Problems, Write, task

from core.config.engine import Window
from core.config.frequency import Cron, Daily, Interval, Manual, TimeOfDayFrequency, window_problem
from core.config.load import load

ENGINE = 'version = 1\n[engine]\nlanguages = ["nl", "en"]\n'
GOOD = ENGINE + MACHINES
EXPORT = """
[layouts.out]
direction = "export"
entity = "machine"
format = "csv"
columns = [{ column = "No", field = "number" }, { column = "Name", field = "name" },
  { column = "Changed", field = "changed_at" }, { column = "X", expression = "1 + 1" }]
"""
OUT = {"type": '"export"', "layout": '"out"', "file": '"out.csv"'}


def csv_export(fields: str, entity: str = "machine") -> str:
    part = f'{{ entity = "{entity}", file = "x.csv", fields = {fields} }}'
    return f'[[tasks]]\nid = "c"\ntype = "csv-export"\ndescription = "d"\nsequence = 1\nexports = [{part}]\n'


def columns(*fields: str) -> str:
    items = ", ".join(f'{{ column = {number}, field = "{name}" }}' for number, name in enumerate(fields, 1))
    return GOOD.replace('columns = [{ column = "No", field = "number" }]', f"columns = [{items}]")


def passes(*walks: tuple[str, ...]) -> str:
    tables = []
    for entity, *fields in walks:
        items = ", ".join(f'{{ column = {number}, field = "{name}" }}' for number, name in enumerate(fields, 1))
        tables.append(f'[[layouts.machines.passes]]\nentity = "{entity}"\ncolumns = [{items}]\n')
    head = GOOD.replace('entity = "machine"\n', "").replace('columns = [{ column = "No", field = "number" }]', "")
    return head + "\n" + "\n".join(tables)


WRONG = {
    "same id twice": (
        GOOD + task("a") + task("b") + task("a"),
        ("id", "another task, number 1, has this id", ""),
    ),
    "reserved id": (GOOD + task("system-x"), ("id", "ids that begin with system- are kept for system tasks", "")),
    "entity of a task": (
        GOOD + csv_export('["number"]', "machin"),
        ("exports[1].entity", "there is no such entity", "machine"),
    ),
    "entity of a layout": (
        GOOD.replace('entity = "machine"', 'entity = "articel"'),
        ("entity", "there is no such entity", "article"),
    ),
    "layout": (GOOD + task("a", layout='"machine"'), ("layout", "there is no such layout", "machines")),
    "direction": (
        GOOD + EXPORT + task("a", layout='"out"'),
        ("layout", "this layout is for an export, not for an import", ""),
    ),
    "entity of the layout of a task": (
        GOOD + task("a", entity='"article"'),
        ("layout", "this layout is of 'machine', not of 'article'", ""),
    ),
    "location": (
        GOOD
        + '[locations.shop]\nprotocol = "local"\n'
        + task("a", file="", source='{ location = "shp", path = "*.csv" }'),
        ("source.location", "there is no such location", "shop"),
    ),
    "location of a target": (
        GOOD + EXPORT + task("a", **OUT | {"file": ""}, target='{ location = "shp", path = "x.csv" }'),
        ("target.location", "there is no such location", ""),
    ),
    "field of a layout": (
        columns("number", "prise"),
        ("columns[2].field", "the entity 'machine' has no such field", "price"),
    ),
    "language of a field": (
        columns("number", "name.de"),
        ("columns[2].field", "'de' is none of the languages of the engine, nl and en", "name.en"),
    ),
    "translated field of an import without a language": (
        columns("number", "name"),
        ("columns[2].field", "this field has a value per language: name one of them, such as name.nl", ""),
    ),
    "language of an untranslated field": (
        columns("number", "price.nl"),
        ("columns[2].field", "this field has one value for all languages", "price"),
    ),
    "field twice": (
        columns("number", "price", "price"),
        ("columns[3].field", "this field has a value from column number 2 already", ""),
    ),
    "kept field": (
        columns("number", "changed_at"),
        ("columns[2].field", "this field is kept by Pendel itself and cannot be imported", ""),
    ),
    "entity of two passes": (
        passes(("machine", "number"), ("machine", "number")),
        ("passes[2].entity", "pass number 1 is of this entity already", ""),
    ),
    "entity of a pass": (
        passes(("machine", "number"), ("machin", "number")),
        ("passes[2].entity", "there is no such entity", "machine"),
    ),
    "field of a pass": (
        passes(("machine", "number"), ("article", "number", "gros_price")),
        ("passes[2].columns[2].field", "the entity 'article' has no such field", "gross_price"),
    ),
    "key of a pass is not mapped": (
        passes(("machine", "price")),
        ("passes[1].columns", "no column for the key of 'machine': 'number'", ""),
    ),
    "choice for what is no reference": (
        columns("number", "price").replace('field = "price"', 'field = "price", references = "stub"'),
        ("columns[2].references", "'price' refers to no other record", ""),
    ),
    "entity of a task is not that of the first pass": (
        passes(("article", "number"), ("machine", "number")) + task("a"),
        ("layout", "this layout is of 'article', not of 'machine'", ""),
    ),
    "key is not mapped": (columns("price"), ("columns", "no column for the key of 'machine': 'number'", "")),
    "field of a csv-export": (
        GOOD + csv_export('["number", "nmae.nl"]'),
        ("exports[1].fields[2]", "the entity 'machine' has no such field", "name.nl"),
    ),
    "translated field of a csv-export": (
        GOOD + csv_export('["name"]'),
        ("exports[1].fields[1]", "this field has a value per language: name one of them, such as name.nl", ""),
    ),
    "language of an export": (
        GOOD + EXPORT + task("a", **OUT, language='"fr"'),
        ("language", "this is none of the languages of the engine, nl and en", ""),
    ),
    "time outside the window": (
        GOOD + task("a", frequency='{ kind = "time_of_day", at = "23:00" }'),
        ("frequency.at", "this time is outside the operating window 06:00-23:00", ""),
    ),
    "cron outside the window": (
        GOOD + task("a", frequency='{ kind = "cron", expression = "*/5 2-4 * * *" }'),
        ("frequency.expression", "none of its times lies in the operating window 06:00-23:00", ""),
    ),
    "holidays of nowhere": (
        GOOD + task("a", frequency='{ kind = "workday", at = "07:00", skip_holidays = true }'),
        ("frequency.skip_holidays", "which holidays is not said: set holidays in [engine] to a country", ""),
    ),
    "after nothing": (
        GOOD + task("a", frequency='{ kind = "after" }'),
        (
            "frequency.kind",
            'a task that is started by the end of others names them: set after = { tasks = ["…"] }',
            "",
        ),
    ),
    "after an unknown task": (
        GOOD + task("import-a") + task("b", after='{ tasks = ["imprt-a"] }'),
        ("after.tasks[1]", "there is no such task", "import-a"),
    ),
    "after itself": (
        GOOD + task("a", after='{ tasks = ["a"] }'),
        ("after.tasks", "these tasks wait for each other: a comes after a", ""),
    ),
    "entity without a key": (GOOD + "[entities.x]\n", ("", "the entity 'x' needs a key", "")),
    "reference to no entity": (
        GOOD + '[entities.x]\nkey = ["a"]\nfields = { a = { type = "text", refers_to = "machin" } }',
        ("fields.a.refers_to", "there is no such entity", "machine"),
    ),
    "standard field declared again": (
        GOOD + '[entities.article.fields]\nnumber = { type = "text" }',
        ("fields.number", "the field 'number' of the standard entity 'article' cannot be declared again", ""),
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_tables_must_fit_one_another(problems: Problems, name: str) -> None:
    text, expected = WRONG[name]
    assert [(each.key, each.message, each.suggestion) for each in problems(text)] == [expected]


def test_loops_are_named_in_order_each_once(problems: Problems) -> None:
    found = problems(
        GOOD
        + task("a", after='{ tasks = ["b"] }')
        + task("b", after='{ tasks = ["c"] }')
        + task("c", after='{ tasks = ["a"] }')
        + task("d", after='{ tasks = ["e"] }')
        + task("e", after='{ tasks = ["d"] }')
    )
    loops = sorted(each.message for each in found)
    assert len(loops) == 2
    orders = {f"{x} comes after {y} comes after {z} comes after {x}" for x, y, z in ("abc", "bca", "cab")}
    assert loops[0].removeprefix("these tasks wait for each other: ") in orders


def test_what_fits_is_accepted(write: Write) -> None:
    config = load(
        write(
            GOOD.replace("languages", 'holidays = "NL"\nlanguages')
            + EXPORT
            + task("a", frequency='{ kind = "workday", at = "06:00", skip_holidays = true }')
            + task("b", **OUT, language='"nl"', frequency='{ kind = "after" }', after='{ tasks = ["a"] }')
            + csv_export('["number", "name.en", "archived_at"]')
        )
    )
    assert len(config.tasks) == 3


def test_a_wrong_table_is_not_also_called_missing(problems: Problems) -> None:
    found = problems(
        GOOD.replace('format = "csv"', 'format = "cvs"')
        + '[locations.shop]\nprotocol = "x"\n'
        + task("a", source='{ location = "shop", path = "x" }', file="", sequence="-1")
        + task("b", after='{ tasks = ["a"] }')
    )
    assert [each.key for each in found] == ["format", "protocol", "sequence"]


def test_a_wrong_window_is_not_held_against_tasks(problems: Problems) -> None:
    found = problems(
        HEAD
        + 'window = "8-9"\nlanguages = "nl"\n'
        + columns("number", "name.fr").removeprefix(ENGINE)
        + task("a", frequency='{ kind = "time_of_day", at = "03:00" }')
    )
    assert [each.key for each in found] == ["window", "languages"]


WINDOW = Window(opens=dt.time(6), closes=dt.time(23))


@pytest.mark.parametrize("at", ["06:00", "22:59"])
def test_the_opening_is_inside_and_the_closing_outside(at: str) -> None:
    assert not window_problem(TimeOfDayFrequency.model_validate({"at": at}), WINDOW)


@pytest.mark.parametrize("frequency", [Daily(), Interval(minutes=5), Manual(), Cron(expression="0 0,6 * * *")])
def test_frequencies_that_have_no_time_of_their_own_fit(frequency: Daily | Interval | Manual | Cron) -> None:
    assert not window_problem(frequency, WINDOW)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (columns("number") + '[[layouts.machines.passes]]\nentity = "machine"\ncolumns = []\n', "at least"),
        (
            columns("number")
            + '[[layouts.machines.passes]]\nentity = "machine"\ncolumns = [{ column = 1, field = "number" }]\n',
            "a layout has either an entity and columns, or passes",
        ),
        (columns(), "an entity and at least one column are needed, or passes"),
        (passes(*[("machine", "number")] * 6), "5"),
    ],
)
def test_a_layout_has_columns_or_up_to_five_passes(problems: Problems, text: str, words: str) -> None:
    assert any(words in each.message for each in problems(text))


ATTACHMENTS = """
[layouts.files]
direction = "import"
entity = "attachment"
format = "csv"
columns = [{ column = 1, field = "entity" }, { column = 2, field = "record" }, { column = 3, field = "file" }]
"""
FETCHING = {"attachments": "{ max_size = 5 }"}


def test_only_an_import_of_attachments_fetches_files(problems: Problems) -> None:
    (found,) = problems(GOOD + ATTACHMENTS + task("a", **FETCHING))
    assert (found.key, found.message) == ("attachments", "only an import of the entity 'attachment' fetches files")


@pytest.mark.parametrize("entity", ['"attachment"', ""])
def test_an_import_of_attachments_need_not_name_the_entity_of_its_layout(write: Write, entity: str) -> None:
    load(write(GOOD + ATTACHMENTS + task("a", layout='"files"', entity=entity, **FETCHING)))
