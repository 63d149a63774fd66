"""The settings of tasks that exchange with data pools and portals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.config_texts import HEAD

from core.config.load import load
from core.config.writes import EVERY, clash, written_by

if TYPE_CHECKING:
    from support.config_texts import Problems, Write

PLACES = '[locations.far]\nprotocol = "local"\n'
TABLE = '[layouts.table]\ndirection = "export"\nentity = "article"\n'
TABLE += 'format = "csv"\ncolumns = [{ column = "x", field = "number" }]\n'
ORDERS = '[layouts.icc]\ndirection = "import"\nformat = "icc"\n'


def table(kind: str, *lines: str) -> str:
    return "\n".join([f'[[tasks]]\nid = "t"\ntype = "{kind}"\ndescription = "d"\nsequence = 1', *lines, ""])


def pool(*lines: str) -> str:
    return table("export-artikelbeheer", 'location = "far"', *lines)


def invoices(*lines: str) -> str:
    return table("artconnect-invoices", 'source = { location = "far", path = "*.xml" }', *lines)


LINK = '[links.pool]\nconnector = "2ba"\n'

WRONG = {
    "no such location": (
        table("export-artikelbeheer", 'location = "fra"'),
        ("location", "there is no such location", "far"),
    ),
    "a table": (
        TABLE + pool('layout = "table"'),
        ("layout", "the data pool takes formats of the industry, not tables", ""),
    ),
    "not published": (
        pool('entity = "invoice"'),
        ("entity", "records of 'invoice' are not published: set published = true", ""),
    ),
    "an entity that the format does not write": (
        pool('entity = "price"'),
        ("entity", "a file of this format is about article, order", ""),
    ),
    "changes of all assortments": (
        pool("changes_only = true"),
        ("", "changes since the cursor are those of one assortment: name it", ""),
    ),
    "changes that are the whole": (
        pool('assortment = "a"', "changes_only = true", "delta = false"),
        ("", "a file of changes since the cursor is not the whole truth", ""),
    ),
    "one name for all": (
        pool('file = "all.xml"'),
        ("", "each assortment is a file of its own: name it in the file name, {assortment}", ""),
    ),
    "a report of an import": (pool('reports = ["{file}.txt"]'), ("", "only a check has reports", "")),
    "a language": (pool('language = "fr"'), ("language", "this is none of the languages of the engine", "")),
    "a layout of something else": (
        ORDERS + invoices('layout = "icc"'),
        ("layout", "invoices of Art-Connect are DICO/SALES005", ""),
    ),
    "no such link": (table("import-etim", 'link = "etim"'), ("link", "there is no such link", "")),
    "a language twice": (
        table("import-etim", 'link = "etim"', 'languages = ["EN", "en"]'),
        ("languages", "named twice", ""),
    ),
    "no release": (table("import-etim", 'link = "e"', 'releases = ["10"]'), ("releases[1]", "", "")),
    "an assortment of several suppliers": (
        table("import-2ba", 'link = "2ba"', 'assortment = "a"'),
        ("", "the assortments are those that are marked transfer", ""),
    ),
    "no GLN": (table("import-2ba", 'link = "2ba"', 'supplier = "12"'), ("supplier", "", "")),
    "a field that opportunities do not have": (
        LINK + table("import-opportunities", 'link = "pool"', 'only = [{ field = "colour", filled = true }]'),
        ("only[1].field", "opportunities have no such field", ""),
    ),
    "contacts that the link does not write": (
        LINK + "[links.pool.sync.contacts]\nread = true\n" + table("update-contacts", 'link = "pool"'),
        ("link", "this link does not write contacts", ""),
    ),
    "where users go": (
        table("artconnect-users", 'target = { location = "fra", path = "u.xml" }'),
        ("target.location", "there is no such location", "far"),
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_fit_is_said_where_it_stands(problems: Problems, name: str) -> None:
    text, (key, words, suggestion) = WRONG[name]
    found = problems(HEAD + PLACES + text)
    assert any(each.key == key and words in each.message and each.suggestion == suggestion for each in found), found


def test_invoices_lock_what_their_files_may_bring(write: Write) -> None:
    config = load(write(HEAD + PLACES + invoices('assortment = "connect"')))
    locks = written_by(config.task("t"), config)
    assert {("invoice", "connect"), ("invoice_line", "connect")} <= set(locks)


@pytest.mark.parametrize(
    ("settings", "assortment"), [(['supplier = "8714230000076"', 'assortment = "a"'], "a"), ([], EVERY)]
)
def test_a_fetch_locks_what_it_may_write(write: Write, settings: list[str], assortment: str) -> None:
    config = load(write(HEAD + LINK + table("import-2ba", 'link = "pool"', *settings)))
    assert {("article", assortment), ("price", assortment)} <= set(written_by(config.task("t"), config))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({("article", "a")}, {("article", "a"), ("price", "b")}, ("article", "a")),
        ({("article", "a")}, {("article", "b"), ("price", "a")}, None),
        ({("article", EVERY)}, {("price", "a"), ("article", "b")}, ("article", "b")),
        ({("article", "b")}, {("article", EVERY)}, ("article", "b")),
        ({("article", EVERY)}, {("article", EVERY)}, ("article", EVERY)),
        ({("article", EVERY)}, {("price", EVERY)}, None),
    ],
)
def test_whoever_writes_any_assortment_clashes_with_who_writes_one(
    one: set[tuple[str, str]], other: set[tuple[str, str]], expected: tuple[str, str] | None
) -> None:
    assert clash(one, other) == expected


def test_what_a_run_chooses_is_sent_whole(write: Write) -> None:
    config = load(write(HEAD + PLACES + pool('assortment = "a"', "changes_only = true", 'uploads = ""')))
    task = config.task("t")
    assert task.type == "export-artikelbeheer"
    assert (task.as_export().changes_only, task.as_export("a", chosen=True).changes_only) == (True, False)
    target = task.as_export().target
    assert target is not None
    assert target.path == "AutoImport/{assortment}-{datetime}.xml"
