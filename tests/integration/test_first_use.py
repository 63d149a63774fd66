"""A first configuration: what the answers make must be a task that works, and nothing half made stays behind."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest
from support.pendel_cli import pendel

from core.config.load import load
from core.engine.first_use import (
    FREQUENCIES,
    TASK,
    Answers,
    SupplierFile,
    check_languages,
    check_supplier,
    check_time_zone,
    look_at,
    usual_languages,
    usual_time_zone,
    write,
)
from core.errors import PendelError, Refused

if TYPE_CHECKING:
    from pathlib import Path


def answers(config: Path, path: str = "", **more: object) -> Answers:
    given: dict[str, object] = {
        "time_zone": "Europe/Amsterdam",
        "languages": ("nl", "en"),
        "file": look_at(config, path, ("nl", "en")),
        "supplier": "groothandel",
        "frequency": "manual",
    }
    return Answers(**(given | more))  # type: ignore[arg-type]


def test_the_example_becomes_a_task_that_imports_it(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    write(config, answers(config))
    dry = pendel(config, "run", TASK, "--dry-run")
    assert dry.counts == {"read": 24, "new": 24, "rejected": 1}
    # One record has a price on request: it is rejected, and the others are there.
    answer = pendel(config, "run", TASK)
    assert (answer.code, answer.counts) == (3, {"read": 24, "new": 24, "rejected": 1})


@pytest.mark.parametrize("frequency", FREQUENCIES)
def test_every_frequency_that_is_offered_can_be_planned(tmp_path: Path, frequency: str) -> None:
    config = tmp_path / "config.toml"
    write(config, answers(config, frequency=frequency))
    loaded = load(config)
    assert loaded.task(TASK).active == (frequency != "manual")
    assert loaded.task(TASK).frequency.kind == FREQUENCIES[frequency][1]["kind"]
    assert loaded.engine.time_zone == "Europe/Amsterdam"
    assert "# The configuration of Pendel" in config.read_text(encoding="utf-8")


def test_a_file_of_ones_own_in_another_directory(tmp_path: Path) -> None:
    site, files = tmp_path / "site", tmp_path / "in box"
    site.mkdir()
    files.mkdir()
    (files / "Preise (neu).txt").write_bytes("Art.-Nr.\tBezeichnung\tListenpreis\r\n1\tÄ\t1,50\r\n".encode("utf-16"))
    config = site / "config.toml"
    found = look_at(config, str(files / "Preise (neu).txt"), ("de", "en"))
    assert found.key == "Art.-Nr."
    assert found.fields["Bezeichnung"] == "description.de"
    write(config, answers(config, str(files / "Preise (neu).txt"), languages=("de", "en"), file=found))
    answer = pendel(config, "run", TASK)
    assert (answer.code, answer.counts) == (0, {"read": 1, "new": 1})


def test_words_of_a_language_that_is_not_kept_are_known_all_the_same(tmp_path: Path) -> None:
    found = look_at(tmp_path / "config.toml", "", ("en",))
    assert found.key == "Artikelnummer"
    assert found.fields["Omschrijving"] == "description.en"


def test_a_column_is_named_where_no_name_says_which_identifies(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("foo;bar\n1;2\n")
    config = tmp_path / "config.toml"
    found = look_at(config, str(file), ("nl",))
    assert (found.key, found.columns) == ("", ("foo", "bar"))
    chosen = SupplierFile(found.path, found.columns, found.fields, "bar", found.file)
    write(config, answers(config, str(file), file=chosen))
    assert pendel(config, "run", TASK).counts == {"read": 1, "new": 1}


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("missing.csv", None, "There is no file"),
        ("book.xml", b"<a/>", "no file of rows"),
        ("book.xlsx", b"PK\x03\x04 and no more", "broken or cut off"),
        ("empty.csv", b"", "is empty"),
        ("image.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\x00", "."),
        ("\x1b[31mred.csv", None, r"\\x1b"),
    ],
)
def test_a_file_that_is_none_is_refused_in_a_sentence(
    tmp_path: Path, name: str, content: bytes | None, reason: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(PendelError, match=reason):
        look_at(tmp_path / "config.toml", str(tmp_path / name), ("nl",))


def test_nothing_is_overwritten_and_nothing_half_made_stays(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    ready = answers(config)
    config.write_text("mine")
    with pytest.raises(Refused, match="is not overwritten"):
        write(config, ready)
    assert config.read_text() == "mine"
    config.unlink()
    # A file stands where the data directory is to be.
    (tmp_path / "data").write_text("")
    with pytest.raises(PendelError):
        write(config, ready)
    assert not config.exists()
    strange = SupplierFile(tmp_path / "a*b.csv", ready.file.columns, ready.file.fields, ready.file.key, ready.file.file)
    with pytest.raises(Refused, match="wildcard"):
        write(config, answers(config, file=strange))
    assert not config.exists()


def test_answers_are_checked_at_once() -> None:
    assert check_time_zone("Europe/Oslo") == "Europe/Oslo"
    with pytest.raises(Refused, match="did you mean 'Europe/Amsterdam'"):
        check_time_zone("Europe/Amsterdm")
    assert check_languages(" nl, de ") == ("nl", "de")
    with pytest.raises(Refused, match="'dutch' is not a language code"):
        check_languages("dutch")
    with pytest.raises(Refused):
        check_languages("")
    assert check_supplier("Müller & Söhne GmbH") == "m-ller-s-hne-gmbh"
    with pytest.raises(Refused):
        check_supplier("!")


def test_what_is_usual_is_good(monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_time_zone(usual_time_zone())
    assert check_languages(", ".join(usual_languages())) == usual_languages()
    monkeypatch.setenv("TZ", "Mars/Olympus")
    assert check_time_zone(usual_time_zone())


def test_the_file_is_plain_toml(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    write(config, answers(config))
    data = tomllib.loads(config.read_text(encoding="utf-8"))
    assert data["tasks"][0]["source"] == {"location": "groothandel", "path": "example-prices.csv"}
    assert data["locations"]["groothandel"] == {"protocol": "local", "directory": "uploads"}
