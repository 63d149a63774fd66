"""What is said of a flow, or of the kinds of a definition, that does not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.config_texts import HEAD

from core.config.load import load
from core.errors import ConfigError
from core.links.loading import checked

if TYPE_CHECKING:
    from pathlib import Path

LINK = """
[links.books]
connector = "exact-online"
[links.books.fields]
site = "start.exactonline.nl"
division = "1"
client_id = "1"
client_secret = { secret = "s" }
redirect_uri = "https://127.0.0.1:9/"
"""
FLOW = """
[[tasks]]
id = "f"
type = "flow"
description = "f"
sequence = 10
kind = "orders"
source = "books"
target = "catalogue"
"""


def said(directory: Path, text: str) -> list[str]:
    path = directory / "config.toml"
    path.write_text(f"{HEAD}{text}", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(path)
    return [str(problem) for problem in caught.value.problems]


def test_a_flow_that_fits_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(f"{HEAD}{LINK}{FLOW}", encoding="utf-8")
    assert load(tmp_path / "config.toml").task("f").type == "flow"


@pytest.mark.parametrize(
    ("more", "link", "message"),
    [
        ('only = [{ field = "statu", is = ["x"] }]', "", "(it says \"statu\"); did you mean 'status'?"),
        ('only = [{ field = "status" }]', "", "one of is, not, filled, at_least and at_most is needed"),
        ('defaults = { "lines.vat" = "21" }', "", "orders have no such field (it says \"lines.vat\")"),
        ('since = "yesterday"', "", 'a day is needed, such as "2026-01-01"'),
        ("[tasks.documents]\nforce_default = true", "", "which customer is not said: set default_customer"),
        ("", "[links.books.sync.orders]\nwrite = true", "does not read orders: set read = true in its sync.orders"),
        (
            "",
            '[links.books.sync.orders]\nread = true\nfields = [{ name = "lines.X", field = "sku" }]',
            "orders have no such field (it says \"lines.sku\")",
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told(tmp_path: Path, more: str, link: str, message: str) -> None:
    [problem] = said(tmp_path, f"{LINK}{link}{FLOW}{more}")
    assert message in problem


def test_a_link_that_is_not_there_is_told_with_the_nearest(tmp_path: Path) -> None:
    [problem] = said(tmp_path, LINK + FLOW.replace('"books"', '"book"'))
    assert "there is no such link, and it is not catalogue (it says \"book\"); did you mean 'books'?" in problem


DEFINITION = """
version = 1
name = "X"
base_url = "https://example.org"
[auth]
kind = "none"
[test]
path = "x"
[resources.a]
path = "a"
[kinds.orders.read]
resource = "a"
key = "id"
"""


PRODUCT = """fields = { number = 'x' }
[resources.b]
path = "b"
[resources.b.write]
id = "id"
create = { id_member = "id" }
look_up = { match = ["n"] }
[resources.a.write]
id = "id"
create = { id_member = "id" }
[kinds.products]
read.resource = "a"
read.key = "id"
read.fields.number = "n"
write.resource = "b"
write.fields.n = "number"
"""


OTHERWISE = """fields = { number = 'x' }
[resources.c]
path = "c"
[resources.c.write]
id = "id"
update = { path = "c/{id}" }
"""


@pytest.mark.parametrize(
    ("kinds", "message"),
    [
        ("[kinds.orders.read.fields]\nnumer = 'x'", "orders have no field 'numer' in Pendel"),
        ("[kinds.orders.read.fields]\nnumber = { constant = 1, member = 'x' }", "exactly one of member and constant"),
        ("fields = { number = 'x' }\nlines = { quantty = 'x' }", "a line of orders has no field 'quantty' in Pendel"),
        ("fields = { number = 'x' }\nrelated = { customer = { kind = 'customers', by = 'c' } }", "not read one by one"),
        ("fields = { number = 'x' }\nreport = { resource = 'a', fields = { y = 'target.key' } }", "has no [write]"),
        (
            "fields = { number = 'x' }\n[kinds.orders.write]\nresource = 'b'\nfields = { N = 'number' }",
            "no such resource",
        ),
        (
            "fields = { number = 'x' }\nparts = { variants = { member = 'v', fields = { number = 'n' } } }",
            "no such part",
        ),
        (f"{PRODUCT}read.parts.variants = {{ member = 'v', fields = {{ nummer = 'n' }} }}", "variants have no field"),
        (f"{PRODUCT}read.named.attribute = {{ member = 'v', name = 'n' }}", "name and value go together"),
        (f"{PRODUCT}write.parts.variants = {{ member = 'v' }}", "member and items go together"),
        (f"{PRODUCT}write.parts.variants = {{ resource = 'a' }}", "resource and fields go together"),
        (f"{PRODUCT}write.parts.variants = {{ resource = 'a', fields = {{ n = 'number' }} }}", "it needs a look_up"),
        (
            f"{PRODUCT}write.parts.categories = {{ member = 'c', items = {{ id = 'part.key', n = 'title' }} }}",
            "categories have no field 'title' in Pendel",
        ),
        (
            f"{OTHERWISE}otherwise = [{{ match = ['n'] }}]",
            "look_up comes first",
        ),
    ],
)
def test_kinds_that_do_not_fit_their_definition_are_told(kinds: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        checked(DEFINITION + kinds, "x.toml")
    assert message in str(caught.value)
