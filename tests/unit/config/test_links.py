"""The settings of connectors and links: what is read, and what is said of mistakes."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support.config_texts import HEAD

from core.config.load import load
from core.config.references import references
from core.config.secrets import SecretRef
from core.config.sources import read

if TYPE_CHECKING:
    from support.config_texts import Problems, Write

LINK = """
[connectors.depot]
file = "depot.toml"
[links.shop]
connector = "depot"
[links.shop.fields]
address = "https://depot.example.org"
port = 8080
strict = true
api_key = { secret = "depot" }
[links.shop.sync.products]
read = true
fields = [{ name = "Vat", field = "vat_code", value_list = "vat" }]
[links.shop.lists.vat.values]
high = "4"
"""


def test_a_link_keeps_the_types_of_its_values(write: Write) -> None:
    config = load(write(HEAD + LINK))
    link = config.links["shop"]
    assert link.fields == {
        "address": "https://depot.example.org",
        "port": 8080,
        "strict": True,
        "api_key": SecretRef(secret="depot"),
    }
    assert not link.active
    assert config.connectors["depot"].file == "depot.toml"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('file = "depot.toml"', ""), "[connectors.depot]: either definition or file is needed"),
        (('file = "depot.toml"', 'file = "x"\ndefinition = "y"'), "either definition or file is needed"),
        (('value_list = "vat"', 'value_list = "tax"'), "Vat of products names the value list 'tax', and there are vat"),
        ((', field = "vat_code", value_list = "vat"', ""), "sync.products.fields[1]: field or default is needed"),
        (("read = true", 'read = "yes"'), "sync.products.read: true or false is needed"),
        (("port = 8080", "port = [1]"), "fields.port: "),
        (('connector = "depot"', ""), "connector: this setting is missing"),
        (('connector = "depot"', 'connector = "depot"\nvisible_to = ["@"]'), "visible_to[1]: "),
    ],
)
def test_mistakes_are_told_with_their_place(change: tuple[str, str], words: str, problems: Problems) -> None:
    assert change[0] in LINK
    (found,) = problems(HEAD + LINK.replace(*change))
    assert words in str(found)


def test_what_stands_in_a_field_is_never_repeated(problems: Problems) -> None:
    (found,) = problems(HEAD + LINK.replace('{ secret = "depot" }', '["hunter2"]'))
    assert "hunter2" not in str(found)


def test_the_secrets_and_the_connector_of_a_link_are_known_to_be_used(write: Write) -> None:
    found = {(each.kind, each.name): each.path for each in references(read(write(HEAD + LINK)).data)}
    assert found["secrets", "depot"] == ("links", "shop", "fields", "api_key", "secret")
    assert found["connectors", "depot"] == ("links", "shop", "connector")


def test_a_file_without_links_does_without_their_models(write: Write) -> None:
    path = write(HEAD)
    script = (
        "import sys; from pathlib import Path; from core.config.load import load; "
        f"load(Path({str(path)!r})); print('core.config.links' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
