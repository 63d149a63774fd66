"""Definitions: those that ship, and what is said of one that is wrong."""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from support.pendel_cli import pendel

from core.cli.main import build
from core.config.introspect import fields_of, models_in
from core.errors import ConfigError, Refused
from core.links.loading import checked, load_connector, ready
from core.links.model.connector import Connector
from core.links.ready import ready_names

if TYPE_CHECKING:
    from pathlib import Path

    from core.config.base import Settings

HEAD = """version = 1
name = "X"
base_url = "https://example.org/{part}"
fields = [{ name = "part", title = "Part" }, { name = "key", title = "Key", type = "password" }]
"""
REST = """[auth]
kind = "none"
[test]
path = "x"
[resources.a]
path = "a"
"""
CHOICE = """kind = "choice"
field = "part"
ways = { a = { kind = "none" }, b = { kind = "none" } }"""


def said(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        checked(text, "x.toml")
    return [str(problem) for problem in caught.value.problems]


def test_a_small_definition_is_enough() -> None:
    assert checked(HEAD + REST, "x.toml").resources["a"].paging.kind == "none"


@pytest.mark.parametrize("name", ready_names())
def test_the_command_finds_nothing_wrong_with_those_that_ship(tmp_path: Path, name: str) -> None:
    with as_file(files("core.links.ready") / f"{name}.toml") as path:
        answer = pendel(tmp_path / "none.toml", "connector", "check", str(path))
    assert answer.code == 0
    assert answer.told["inferred"]


LIKE = """version = 1
like = "exact-online"
name = "Our Exact"
"""


def test_a_definition_may_be_like_one_that_ships() -> None:
    ours = checked(LIKE + '[[fields]]\nname = "site"\ntitle = "S"\n[resources.more]\npath = "{division}/x"', "x.toml")
    base = ready("exact-online")
    assert {**ours.resources, "more": None} == {**base.resources, "more": None}
    assert (ours.name, ours.auth, ours.limits) == ("Our Exact", base.auth, base.limits)
    # What is said of a field replaces all that was.
    assert [(field.name, field.type) for field in ours.fields][:2] == [("site", "text"), ("division", "text")]
    assert len(ours.fields) == len(base.fields)


def test_another_kind_begins_anew() -> None:
    ours = checked(LIKE + '[auth]\nkind = "none"', "x.toml")
    assert ours.auth.kind == "none"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (LIKE.replace("exact-online", "exact-onlin"), "did you mean 'exact-online'?"),
        (LIKE.replace('"exact-online"', "[5]"), "x.toml:2: like: it must be 2ba, 2ba-v1,"),
        (
            LIKE + '[resources.customers.paging]\nmembr = "x"',
            "x.toml:5: [resources.customers.paging] membr: this setting",
        ),
        (LIKE + 'fields = [{ name = "site" }]', "x.toml:4: fields[1].title: this setting is missing"),
        (LIKE + "fields = 5", "x.toml:4: fields: "),
    ],
)
def test_what_is_wrong_with_one_that_is_like_another_is_told_with_its_place(text: str, words: str) -> None:
    assert words in "".join(said(text))


@pytest.mark.parametrize("name", ready_names())
def test_those_that_ship_can_be_used_and_say_what_is_inferred(name: str) -> None:
    connector = ready(name)
    assert connector.inferred
    assert all(resource.title for resource in connector.resources.values())


def test_these_systems_ship() -> None:
    assert ready_names() == [
        *("2ba", "2ba-v1", "accountview", "artikelbeheer", "buchhaltungsbutler"),
        *("etim-api", "exact-globe", "exact-online", "superoffice"),
    ]
    with pytest.raises(Refused, match="no connector 'exact_online'") as caught:
        ready("exact_online")
    assert caught.value.advice == "Did you mean 'exact-online'?"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            HEAD + REST.replace('"none"', '"oauth2_kode"'),
            (
                "x.toml:6: [auth] kind: it must be none, basic, ntlm, api_key, oauth2_client, oauth2_code, "
                "oauth2_password, superoffice_system_user or choice "
                "(it says \"oauth2_kode\"); did you mean 'oauth2_code'?"
            ),
        ),
        (
            HEAD + REST + "pagin = 1",
            "x.toml:11: [resources.a] pagin: this setting is not known; did you mean 'paging'?",
        ),
        (
            HEAD + REST + '[resources.a.paging]\nkind = "cursor"\nparameter = "p"\nmembr = "m"\nsize = 1',
            "x.toml:14: [resources.a.paging] membr: this setting is not known; did you mean 'member'?",
        ),
        (
            HEAD + REST + '[[limits]]\nkind = "bucket"\nrequests = 0\nseconds = 1',
            "x.toml:13: [[limits]] number 1 requests: it must be 1 or more (it says 0)",
        ),
        (
            HEAD + REST.replace('"a"', '"a/{prat}"'),
            "x.toml:10: [resources.a] path: the placeholder {prat} is not known; did you mean 'part'?",
        ),
        (
            HEAD + REST + 'query = { q = "{part|odata_txt}" }',
            (
                "x.toml:11: [resources.a] query.q: 'odata_txt' is no way to write a value; did you mean 'odata_text'? "
                '(it says "{part|odata_txt}")'
            ),
        ),
        (
            HEAD + REST + 'query = { q = "{part|left_space}" }',
            (
                "x.toml:11: [resources.a] query.q: left_space takes a number behind it, such as left_space 18 "
                '(it says "{part|left_space}")'
            ),
        ),
        (
            HEAD.replace("https", "http") + REST,
            "x.toml:3: base_url: it must begin with https://: what goes over http:// can be read on the way",
        ),
        (
            HEAD + REST + '[resources.a.fields]\nf = { read = "dezimal" }',
            (
                "x.toml:12: [resources.a.fields] f.read: 'dezimal' is no notation; did you mean 'decimal'? "
                '(it says "dezimal")'
            ),
        ),
        (
            HEAD + REST + 'incremental = { kind = "row_version", field = "n" }',
            "x.toml:11: [resources.a] incremental: nothing is asked with {since}: set query or body",
        ),
        (
            HEAD + REST + 'paging = { kind = "offset", place = "body", parameter = "o", size = 5 }',
            "x.toml:9: [resources.a] method: members of the body are sent, and GET has no body: set POST",
        ),
        (
            HEAD.replace(', type = "password"', "")
            + REST.replace('kind = "none"', 'kind = "api_key"\nname = "K"\nvalue = "{key}"'),
            'x.toml:4: fields[2].type: it is used as a secret: type = "password" is needed, so that it is kept as one',
        ),
        (
            HEAD + REST + '[resources.a.write]\nid = "i"\nupdate = { path = "a" }',
            "x.toml:13: [resources.a.write] update: the id of the record is not sent: a placeholder {id} is needed",
        ),
        (
            HEAD
            + REST
            + '[resources.a.write]\nid = "i"\nupdate = { path = "{id}", unchanged = "If-Unmodified-Since" }',
            "x.toml:11: [resources.a.write]: begin_with is needed, to know when the record was changed last",
        ),
        (
            HEAD + REST + '[resources.a.lines.read]\nkind = "request"',
            "x.toml:11: [resources.a.lines.read] path: it is needed: where lines are asked for",
        ),
        (
            HEAD + REST + 'parts = { key = ["c"], steps = [{ body = { f = "x" }, resource = "b", column = "c" }] }',
            "x.toml:11: [resources.a] parts: it needs paging by offset, with window and total",
        ),
        (
            HEAD + REST + 'parts = { key = ["c"], steps = [{ body = { f = "x" }, resource = "b", column = "c" }] }',
            "x.toml:11: [resources.a] parts.steps[1].body: nothing is asked with {part}",
        ),
        (
            HEAD + REST + 'parts = { key = ["c"], steps = [{ body = { f = "x" }, resource = "aa", column = "c" }] }',
            (
                'x.toml:11: [resources.a] parts.steps[1].resource: there is no such resource (it says "aa"); '
                "did you mean 'a'?"
            ),
        ),
        (
            HEAD + '[host]\nurl = "https://x.org/{prt}"\nmember = "m"\n' + REST,
            "x.toml:6: [host] url: the placeholder {prt} is not known; did you mean 'part'?",
        ),
        (
            HEAD + '[host]\nurl = "https://x.org/"\nmember = "m"\n' + REST,
            'x.toml:3: base_url: it must begin with {host}, which [host] finds (it says "https://example.org/{part}")',
        ),
        (
            HEAD + REST.replace('kind = "none"', CHOICE.replace('"part"', '"prt"')),
            "x.toml:7: [auth] field: the link has no such field (it says \"prt\"); did you mean 'part'?",
        ),
        (
            HEAD + REST.replace('kind = "none"', CHOICE),
            "x.toml:8: [auth] ways: there must be two: given and empty, as the field part is",
        ),
        (
            HEAD
            + REST
            + '[kinds.products.read]\nresource = "a"\nkey = "n"\nfields = { number = "n" }\none = { path = "{key}" }',
            (
                "x.toml:15: [kinds.products.read] one: {key} would be the field of the link that is called so: "
                "call that otherwise"
            ),
        ),
        (
            HEAD + REST + 'parameters = ["part"]',
            'x.toml:11: [resources.a] parameters: a field of the link has this name already (it says "part")',
        ),
        ("version = 1\nname = ", "x.toml:2: this is not TOML: invalid value, at the end of the file"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, words: str) -> None:
    assert words in said(text)


WRITING = """
[resources.b]
path = "b"
[resources.b.write]
id = "id"
look_up = { query = { q = "{name}", key = "{key}" }, match = ["name"] }
create = { required = ["name", "lines"] }
[kinds.orders.write]
resource = "b"
fields = { name = "number" }
"""


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"{name}": "{nmae}"}, "x.toml:16: [resources.b.write] look_up.query: no kind writes this field, so that no"),
        ({'match = ["name"]': 'match = ["nam"]'}, "look_up.match: no kind writes this field, so that no record has it"),
        ({'["name", "lines"]': '["nmae"]'}, "create.required: no kind writes this field, so that no record has it"),
        ({"kinds.orders": "kinds.order"}, "x.toml:18: kinds.order: this name cannot be used: it must be orders, "),
        ({'"number"': '"nummer"'}, "orders have no field 'nummer' in Pendel; did you mean 'number'?"),
        (
            {'"number"': '"colour"'},
            "orders have no field 'colour' in Pendel; there are number, reference, kind, status",
        ),
    ],
)
def test_what_records_are_looked_for_by_is_what_they_have(wrong: dict[str, str], words: str) -> None:
    text = HEAD + REST + WRITING
    assert checked(text, "x.toml").kinds
    for right, other in wrong.items():
        text = text.replace(right, other)
    assert words in " ".join(said(text))


def test_a_limit_that_is_misspelt_would_hold_for_nothing() -> None:
    limit = '[[limits]]\nkind = "bucket"\nrequests = 1\nseconds = 1\npaths = ["{}"]\n'
    rest = REST.replace('path = "a"', 'path = "articles"')
    for good in ("articles", "art*", "for/what/others/add"):
        assert checked(HEAD + limit.format(good) + rest, "x.toml").limits
    (told,) = said(HEAD + limit.format("artcles") + rest)
    assert "[[limits]] number 1 paths[1]: no request of this definition has such a path" in told
    assert told.endswith("did you mean 'articles'?")


def test_a_value_under_an_unknown_key_is_not_repeated() -> None:
    assert "hunter2" not in "".join(said(HEAD + REST + 'password = "hunter2"'))


def test_every_setting_has_a_title() -> None:
    seen: set[type[Settings]] = set()

    def walk(model: type[Settings]) -> None:
        if model in seen:
            return
        seen.add(model)
        for name, info in fields_of(model).items():
            assert info.title, f"{model.__name__}.{name}"
            for each in models_in(info.annotation):
                walk(each)

    walk(Connector)
    assert len(seen) > 25


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=8) | st.integers(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["kind", "path", "name", "auth", "resources", "a", "limits", "write", "fields", "host", "lines"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_no_content_brings_the_check_down(value: object) -> None:
    import tomlkit

    if not isinstance(value, dict):
        return
    try:
        text = tomlkit.dumps({"version": 1, **value})
    except (TypeError, ValueError):
        return
    assert said(text)


def test_the_command(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text(HEAD + 'inferred = ["Nobody knows."]\n' + REST)
    bad.write_text(HEAD + REST.replace("path", "paht"))
    answer = pendel(tmp_path / "none.toml", "connector", "check", str(good))
    assert (answer.code, answer.told["inferred"], answer.told["resources"]) == (
        0,
        ["Nobody knows."],
        {"a": ["read all"]},
    )
    answer = pendel(tmp_path / "none.toml", "connector", "check", str(bad))
    assert answer.code == 2
    assert "[test] paht: this setting is not known; did you mean 'path'?" in answer.notes
    shown = CliRunner().invoke(build(lambda *_: 0), ["connector", "check", str(good)])
    assert "X: the definition can be used." in shown.stdout
    assert "Inferred, to be looked at first: Nobody knows." in shown.stdout


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    odd = tmp_path / "odd.toml"
    odd.write_bytes(b'version = 1\nname = "\xff"')
    with pytest.raises(ConfigError, match=r"odd.toml:2: the file is not UTF-8 text"):
        load_connector(odd)
    with pytest.raises(ConfigError, match="the file cannot be read"):
        load_connector(tmp_path / "absent.toml")
