"""Names of exported attachments: none leads elsewhere, none is there twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from core.config.attachments import NAME_PARTS, NameTemplate
from core.tasks.attachment_names import FileNames, base_name
from core.transfer.names import checked_path

TEXT = st.text(max_size=300) | st.sampled_from(
    [
        "..",
        ".",
        "../../x",
        "a/b",
        "a\\b",
        "CON",
        "nul.txt",
        " ",
        "\x00",
        "\u202e",
        ".ssh",
        "a" * 400,
        "é" * 300,
        "\ud800",
        "",
    ]
)
TEMPLATES = ["{record}-{sort_order}{ending}", "{type}/{record}/{file}", "{hash}", "{language} {stem}{ending}", "{file}"]


def values(**given: str) -> dict[str, str]:
    return dict.fromkeys(NAME_PARTS, "") | {"file": "a.png"} | given


@given(st.sampled_from(TEMPLATES), st.lists(st.fixed_dictionaries(dict.fromkeys(values(), TEXT)), max_size=6), TEXT)
def test_no_value_leads_a_name_astray(template: str, rows: list[dict[str, str]], kind: str) -> None:
    names = FileNames(template, taken=["attachments.csv"])

    made = [names.name(row, kind) for row in [*rows, *rows]]

    for name in made:
        assert checked_path(name) == name
        assert name.count("/") == template.count("/")
        for part in name.split("/"):
            assert part == part.strip(". ")
            assert len(part.encode()) <= 220
    assert len({name.casefold() for name in [*made, "attachments.csv"]}) == len(made) + 1


def test_names_that_would_be_the_same_are_numbered() -> None:
    names = FileNames("{stem}{ending}")

    made = [names.name(values(file=file), "image/png") for file in ("a.png", "A.jpg", "a-2.png", "dir/a", "a.gif")]

    assert made == ["a.png", "A-2.png", "a-2-2.png", "a-3.png", "a-4.png"]


def test_many_names_that_would_be_the_same_take_no_time() -> None:
    names = FileNames("{file}")

    made = {names.name(values(), "image/png") for _ in range(20_000)}

    assert len(made) == 20_000


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("images/a.png", "a.png"),
        ("images\\a.png", "a.png"),
        ("https://example.com/x/a%20b.png?size=1#top", "a b.png"),
        ("https://example.com/x/%2e%2e%2fpasswd", "passwd"),
        ("https://example.com", ""),
        ("a/", "a"),
        ("http://[", ""),
    ],
)
def test_the_last_part_of_an_address(address: str, name: str) -> None:
    assert base_name(address) == name


@pytest.mark.parametrize(
    "template",
    [
        "",
        "picture",
        "{sort_order}",
        "/{record}",
        "../{record}",
        "{record}/../x",
        "{record}//x",
        "{rekord}",
        "{record:>5}",
        "{record!r}",
        "{record",
        "a\\{record}",
        "{0}{record}",
    ],
)
def test_templates_that_cannot_be(template: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(NameTemplate).validate_python(template)


@pytest.mark.parametrize("template", TEMPLATES)
def test_templates_that_can_be(template: str) -> None:
    assert TypeAdapter(NameTemplate).validate_python(template) == template
