"""Looking into files and trying layouts on them, by the gate of a real engine."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from support.attach_site import attached, listening_engine
from support.bmecat_desk import catalogue, product
from support.live_engine import LiveEngine, live_engine
from support.remote_supplier import location_through_proxy
from support.supplier_site import csv_of, make_articles, write_config
from support.transfer_sites import PROXY_HOST, ftp_site, sftp_site

from core.engine.api.rights import Right
from core.engine.desks.samples import SAMPLE
from core.engine.gate import Gate, current_actor
from core.errors import AccessDenied, DataError, FileMissing, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ARTICLES: dict[str, Any] = {
    "direction": "import",
    "entity": "article",
    "format": "csv",
    "file": {"delimiter": ";", "decimal": ",", "date": "%d-%m-%Y"},
    "columns": [
        {"column": "Artikelnummer", "field": "number", "required": True},
        {"column": "Omschrijving", "field": "description.nl", "convert": ["trim"]},
        {"column": "Bruto", "field": "gross_price"},
    ],
}


@pytest.fixture
def live(tmp_path: Path) -> Iterator[LiveEngine]:
    with live_engine(write_config(tmp_path)) as engine:
        (tmp_path / "uploads").mkdir()
        yield engine


def put(tmp_path: Path, name: str, content: bytes) -> str:
    path = tmp_path / "uploads" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return name


def scratch(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "data" / "spool").glob("sample-*"))


# -- places and listings --------------------------------------------------------------------------------------------


def test_places_begin_with_the_upload_directory_and_end_with_the_machine(live: LiveEngine) -> None:
    places = live.gate.files.places()
    assert [place.id for place in places] == ["uploads", "location supplier", "location shop", "machine"]


def test_a_listing_has_directories_first_then_the_latest_file(live: LiveEngine, tmp_path: Path) -> None:
    for name, moment in (("old.csv", 1_000_000), ("new.csv", 2_000_000)):
        put(tmp_path, name, b"a;b\n")
        os.utime(tmp_path / "uploads" / name, (moment, moment))
    put(tmp_path, "archive/x.csv", b"a\n")
    put(tmp_path, "[red]bidi\u202e.csv", b"a\n")
    (tmp_path / "uploads" / "esc\x1b[2J.csv").write_bytes(b"")
    (tmp_path / "uploads" / "linked").symlink_to(tmp_path / "uploads" / "archive")
    listing = live.gate.files.browse("uploads")
    assert [(entry.name, entry.directory) for entry in listing.entries] == [
        ("archive", True),
        ("linked", True),
        ("[red]bidi\\u202e.csv", False),
        ("new.csv", False),
        ("old.csv", False),
    ]
    assert listing.entries[4].size == 4
    assert listing.entries[4].modified is not None
    assert "control characters" in listing.notes[0]
    assert "\x1b" not in listing.notes[0]
    short = live.gate.files.browse("uploads", limit=2)
    assert (len(short.entries), short.left_out) == (2, 3)
    inner = live.gate.files.browse("uploads", "archive")
    assert [entry.path for entry in inner.entries] == ["archive/x.csv"]


def test_a_directory_that_is_not_there_says_so(live: LiveEngine) -> None:
    with pytest.raises(FileMissing):
        live.gate.files.browse("uploads", "nowhere")
    with pytest.raises(AccessDenied):
        live.gate.files.browse("uploads", "../data")
    with pytest.raises(Refused, match="Did you mean 'supplier'"):
        live.gate.files.browse("location suplier")


def test_what_keeps_secrets_is_not_looked_into(live: LiveEngine, tmp_path: Path) -> None:
    root = str(tmp_path).lstrip("/")
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "id_ed25519").write_text("x")
    for path in (f"{root}/data/vault.key", f"{root}/.ssh/id_ed25519", "proc/self/environ"):
        with pytest.raises(Refused, match="cannot be looked into"):
            live.gate.files.sample("machine", path)
    with pytest.raises(Refused, match="cannot be looked into"):
        live.gate.files.browse("machine", f"{root}/data/backups")
    put(tmp_path, "key.txt", b"name\n-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n")
    with pytest.raises(Refused, match="private key"):
        live.gate.files.sample("uploads", "key.txt")
    put(tmp_path, "way-out.csv", b"")
    (tmp_path / "uploads" / "link.csv").symlink_to(tmp_path / "data" / "journal.sqlite")
    with pytest.raises((AccessDenied, Refused)):
        live.gate.files.sample("uploads", "link.csv")
    assert scratch(tmp_path) == []


def test_only_an_administrator_may_look_into_files(live: LiveEngine, tmp_path: Path) -> None:
    put(tmp_path, "prices.csv", b"a;b\n1;2\n")
    for right in (Right.VIEW, Right.OPERATE):
        files = Gate(live.engine, current_actor(), right=right).files
        for look in (
            files.places,
            lambda files=files: files.browse("uploads"),
            lambda files=files: files.sample("uploads", "prices.csv"),
            lambda files=files: files.rows("x", {}),
            lambda files=files: files.recognise("x"),
            lambda files=files: files.try_import("x", {}),
            lambda files=files: files.try_export({}),
            lambda files=files: files.propose("article", ["a"]),
        ):
            with pytest.raises(Refused, match=r"read-only|needs the right"):
                look()


# -- samples --------------------------------------------------------------------------------------------------------


def test_of_a_file_of_a_gigabyte_only_the_beginning_is_read(
    live: LiveEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = csv_of(make_articles(9000, seed=1))
    assert len(head) > 2 * SAMPLE
    path = tmp_path / "uploads" / "huge.csv"
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        file.write(head)
        file.truncate(1 << 30)
    chunks: list[int] = []
    from core.transfer.local import LocalLocation

    read_from = LocalLocation.read_from

    def counted(self: LocalLocation, *arguments: Any) -> Iterator[Any]:
        for chunk in read_from(self, *arguments):
            chunks.append(len(chunk))
            yield chunk

    monkeypatch.setattr(LocalLocation, "read_from", counted)
    sample = live.gate.files.sample("uploads", "huge.csv")
    assert sum(chunks) <= 1 << 20
    assert (sample.size, sample.whole) == (1 << 30, False)
    assert 0 < sample.read <= SAMPLE
    kept = (tmp_path / "data" / "spool" / f"sample-{sample.id}" / "sample").read_bytes()
    assert kept == head[: len(kept)]
    assert kept.endswith(b"\n")
    trial = live.gate.files.try_import(sample.id, ARTICLES)
    assert (trial.rejected, trial.failure, trial.problems) == (0, "", ())
    assert trial.accepted == trial.read == kept.count(b"\n") - 1


def test_samples_leave_nothing_behind(live: LiveEngine, tmp_path: Path) -> None:
    for number in range(6):
        put(tmp_path, f"{number}.csv", b"a;b\n1;2\n")
    samples = [live.gate.files.sample("uploads", f"{number}.csv") for number in range(6)]
    live.gate.files.rows(samples[5].id, {"delimiter": ";"})
    live.gate.files.try_import(samples[5].id, ARTICLES)
    assert len(scratch(tmp_path)) == 4
    with pytest.raises(Refused, match="is gone"):
        live.gate.files.rows(samples[0].id, {})
    for sample in samples:
        live.gate.files.forget_sample(sample.id)
    assert scratch(tmp_path) == []


def test_what_a_console_left_behind_goes_after_a_day(live: LiveEngine, tmp_path: Path) -> None:
    for name, age in (("sample-old", 90_000), ("sample-young", 3600)):
        place = tmp_path / "data" / "spool" / name
        place.mkdir(parents=True)
        moment = place.stat().st_mtime - age
        os.utime(place, (moment, moment))
    put(tmp_path, "a.csv", b"a;b\n1;2\n")
    sample = live.gate.files.sample("uploads", "a.csv")
    assert scratch(tmp_path) == sorted(["sample-young", f"sample-{sample.id}"])


@pytest.mark.parametrize("protocol", ["ftps", "sftp"])
def test_a_sample_over_the_network_is_no_more_than_is_needed(tmp_path: Path, protocol: str) -> None:
    content = csv_of(make_articles(20_000, seed=2))
    with sftp_site(tmp_path) if protocol == "sftp" else ftp_site(tmp_path, protocol) as site:
        (site.root / "out" / "deep").mkdir(parents=True)
        (site.root / "out" / "deep" / "prices.csv").write_bytes(content)
        supplier = location_through_proxy(site, "/out", timeout=10).replace(PROXY_HOST, "127.0.0.1")
        with live_engine(write_config(tmp_path, supplier=supplier)) as live:
            files = live.gate.files
            assert [(entry.name, entry.directory) for entry in files.browse("location supplier").entries] == [
                ("deep", True)
            ]
            (entry,) = files.browse("location supplier", "deep").entries
            assert (entry.size, entry.path) == (len(content), "deep/prices.csv")
            sample = files.sample("location supplier", entry.path)
            assert sample.read <= SAMPLE < sample.size
            trial = files.try_import(sample.id, ARTICLES)
            assert trial.accepted == trial.read > 1000


# -- recognising ----------------------------------------------------------------------------------------------------

DUTCH = (
    "Artikelnummer;Omschrijving;Bruto;Ingang\n"
    '0001;"Crème – 5"" buis\nmet moer";€ 12;31-12-2026\n'
    "0002;Größe;1.234,50;01-02-2027\n"
)


@pytest.mark.parametrize(
    ("encoding", "delimiter", "expected"),
    [
        ("cp1252", ";", "windows-1252"),
        ("utf-8", ",", "utf-8"),
        ("utf-8-sig", "|", "utf-8-sig"),
        ("utf-16", "\t", "utf-16"),
        ("utf-16-le", ";", "utf-16-le"),
    ],
)
def test_files_are_recognised_and_read_as_they_are_written(
    live: LiveEngine, tmp_path: Path, encoding: str, delimiter: str, expected: str
) -> None:
    text = DUTCH.replace(",50", "#").replace(";", delimiter).replace("#", '"",50' if delimiter == "," else ",50")
    if delimiter == ",":
        text = text.replace('1.234"",50', '"1.234,50"')
    put(tmp_path, "prices.csv", text.encode(encoding))
    sample = live.gate.files.sample("uploads", "prices.csv")
    found = live.gate.files.recognise(sample.id)
    assert found.file["encoding"] == expected
    assert found.file["delimiter"] == delimiter
    assert found.file["decimal"] == ","
    assert found.file["date"] == "%d-%m-%Y"
    assert found.format == ("text" if delimiter == "\t" else "csv")
    rows = live.gate.files.rows(sample.id, found.file, found.format)
    assert [column.reference for column in rows.columns] == ["Artikelnummer", "Omschrijving", "Bruto", "Ingang"]
    assert rows.rows[0].cells == ("0001", 'Crème – 5" buis\\x0amet moer', "€ 12", "31-12-2026")
    assert [row.line for row in rows.rows] == [2, 4]
    assert (rows.records, rows.unreadable) == (2, 0)
    layout: dict[str, Any] = {**ARTICLES, "format": found.format, "file": found.file}
    trial = live.gate.files.try_import(sample.id, layout)
    assert trial.records == (("0002", "Größe", "1234.5"),)
    (reject,) = trial.rejects
    assert (reject.line, reject.column, reject.value) == (2, "Bruto", "€ 12")
    assert "not a number with a comma" in reject.reason


RULES = (
    '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="BMECAT"><xs:complexType/></xs:element>'
    "</xs:schema>"
)


@pytest.mark.parametrize("articles", [3, 3000])
def test_a_file_of_a_format_is_told_as_pendel_inspect_does(live: LiveEngine, tmp_path: Path, articles: int) -> None:
    rules = tmp_path / "data" / "schemas" / "bmecat"
    rules.mkdir(parents=True)
    (rules / "a.xsd").write_text(RULES)
    (rules / "b.xsd").write_text("<")
    text = catalogue("\n".join(product(f"A{number}", price="x" if number == 1 else "1") for number in range(articles)))
    put(tmp_path, "catalogue.xml", text.encode())
    sample = live.gate.files.sample("uploads", "catalogue.xml")
    found = live.gate.files.recognise(sample.id)
    assert found.format == ""
    assert found.doubts == (
        'This is BMEcat 2005, T_NEW_CATALOG. It needs no layout: set layout = "bmecat" in the task.',
    )
    told = dict(found.about)
    assert told["Supplier"] == "S"
    assert told["Official rules"].startswith("a.xsd")
    problems = [text for name, text in found.about if name in ("Problem", "")]
    assert any(text.startswith("By the official rules: line ") for text in problems)
    assert any(text.startswith("b.xsd is no XML Schema") for text in problems)
    # Of a part, neither how many there are is known, nor whether the rest is well.
    assert (told.get("Articles") == "3") is sample.whole is (articles == 3)
    assert any("the price x is no number" in text for text in problems) is sample.whole
    assert not any("not well-formed" in text for text in problems)
    assert told.get("Looked at", "").startswith("" if sample.whole else "the first ")


def test_settings_that_do_not_go_with_the_file_say_so(live: LiveEngine, tmp_path: Path) -> None:
    put(tmp_path, "prices.csv", b"a;b\n1;2\n")
    sample = live.gate.files.sample("uploads", "prices.csv")
    with pytest.raises(DataError, match="delimiter"):
        live.gate.files.rows(sample.id, {"delimiter": ""})
    with pytest.raises(DataError, match="must be different signs"):
        live.gate.files.rows(sample.id, {"decimal": ".", "thousands": "."})
    clash = {**ARTICLES, "file": {"delimiter": ";", "decimal": ".", "thousands": "."}}
    assert "must be different signs" in live.gate.files.try_import(sample.id, clash).problems[0].message
    with pytest.raises(DataError, match="is not known"):
        live.gate.files.rows(sample.id, {"delimter": ";"})
    with pytest.raises(DataError, match="byte order mark"):
        live.gate.files.rows(sample.id, {"encoding": "utf-16"})
    put(tmp_path, "empty.csv", b"")
    with pytest.raises(DataError, match="is empty"):
        live.gate.files.sample("uploads", "empty.csv")
    put(tmp_path, "image.png", bytes(range(256)) * 40)
    with pytest.raises(DataError, match="no text"):
        live.gate.files.recognise(live.gate.files.sample("uploads", "image.png").id)


def test_columns_of_hostile_names_are_referred_to_by_position(live: LiveEngine, tmp_path: Path) -> None:
    put(tmp_path, "bad.csv", "a\x1b[2J;[red]x;twice;twice;\u202eevil; plain \n1;2;3;4;5;6\n".encode())
    sample = live.gate.files.sample("uploads", "bad.csv")
    columns = live.gate.files.rows(sample.id, {"delimiter": ";"}).columns
    assert [column.reference for column in columns] == [1, "[red]x", 3, 4, 5, "plain"]
    assert columns[0].title == "a\\x1b[2J"
    assert columns[4].title == "\\u202eevil"


def test_the_last_record_of_a_sample_is_not_judged_where_it_is_cut(live: LiveEngine, tmp_path: Path) -> None:
    record = '{};"a long text\nof three lines\nwith a ; in it"\n'
    content = "number;text\n" + "".join(record.format(number) for number in range(8000))
    put(tmp_path, "long.csv", content.encode())
    sample = live.gate.files.sample("uploads", "long.csv")
    assert not sample.whole
    layout = {
        **ARTICLES,
        "columns": [{"column": "number", "field": "number"}, {"column": "text", "field": "description.nl"}],
    }
    trial = live.gate.files.try_import(sample.id, layout)
    assert (trial.rejected, trial.failure) == (0, "")
    assert trial.read == live.gate.files.rows(sample.id, {"delimiter": ";"}).records > 5000


# -- trying ---------------------------------------------------------------------------------------------------------


def test_a_trial_says_of_the_sample_what_a_run_says_of_the_file(live: LiveEngine, tmp_path: Path) -> None:
    content = csv_of(make_articles(50, seed=3), bad_lines=3) + b"00000001;again;;1,00;ST;01-01-2026\nshort;line\n"
    put(tmp_path, "prices.csv", content)
    (tmp_path / "supplier" / "prices.csv").write_bytes(content)
    layout: dict[str, Any] = {
        "direction": "import",
        "entity": "article",
        "format": "csv",
        "file": {"delimiter": ";", "decimal": ",", "date": "%d-%m-%Y"},
        "columns": [
            {"column": "Artikelnummer", "field": "number", "required": True},
            {"column": "Omschrijving", "field": "description.nl", "convert": ["trim", "collapse"]},
            {"column": "EAN", "field": "gtin"},
            {"column": "Bruto", "field": "gross_price"},
            {"column": "Eenheid", "field": "unit", "values": {"ST": "PCE", "M": "MTR"}},
            {"column": "Ingang", "field": "price_valid_from"},
        ],
    }
    sample = live.gate.files.sample("uploads", "prices.csv")
    trial = live.gate.files.try_import(sample.id, layout)
    row = live.ended(live.start("delta"))
    said = live.engine.workspace.journal.rejects.of_run(row.id)
    assert (trial.read, trial.accepted, trial.rejected) == (55, 50, 5)
    assert [(each.line, each.field, each.value, each.reason) for each in trial.rejects] == [
        (each.line, each.field, each.value, each.reason) for each in said
    ]


def test_one_wrong_column_leaves_the_others_to_be_tried(live: LiveEngine, tmp_path: Path) -> None:
    put(tmp_path, "prices.csv", csv_of(make_articles(5, seed=4)))
    sample = live.gate.files.sample("uploads", "prices.csv")
    layout: dict[str, Any] = {
        **ARTICLES,
        "columns": [
            *ARTICLES["columns"],
            {"column": "Nowhere", "field": "unit"},
            {"field": "net_price", "expression": "gross_pric * 0.5"},
            {"column": "EAN", "field": "gtinn"},
            {"column": "EAN", "field": "gtin", "convert": ["shout"]},
            {"field": "currency", "constant": "EUR"},
        ],
    }
    trial = live.gate.files.try_import(sample.id, layout)
    assert trial.fields == ("number", "description.nl", "gross_price", "currency")
    assert (trial.accepted, trial.left_out) == (5, 4)
    assert {problem.column for problem in trial.problems} == {3, 4, 5, 6}
    words = {problem.column: problem.message for problem in trial.problems}
    assert "no column 'Nowhere'" in words[3]
    assert "gross_price" in words[4]
    assert "Did you mean 'gtin'" in words[5]
    assert words[6].startswith("convert")


def test_a_layout_without_its_key_is_tried_as_far_as_it_goes(live: LiveEngine, tmp_path: Path) -> None:
    put(tmp_path, "prices.csv", csv_of(make_articles(5, seed=5)))
    sample = live.gate.files.sample("uploads", "prices.csv")
    nothing = live.gate.files.try_import(sample.id, {**ARTICLES, "columns": []})
    assert nothing.problems[0].message == "No column has a field yet."
    trial = live.gate.files.try_import(sample.id, {**ARTICLES, "columns": ARTICLES["columns"][1:]})
    assert trial.accepted == 5
    assert "key field 'number'" in trial.problems[0].message


def test_references_are_held_against_the_catalogue(live: LiveEngine, tmp_path: Path) -> None:
    put(tmp_path, "a.csv", b"number;product\n1;none\n2;\n")
    sample = live.gate.files.sample("uploads", "a.csv")
    columns: list[Any] = [{"column": "number", "field": "number"}, {"column": "product", "field": "product"}]
    trial = live.gate.files.try_import(sample.id, {**ARTICLES, "columns": columns})
    assert (trial.accepted, trial.rejected) == (1, 1)
    assert "no product with this number" in trial.rejects[0].reason
    with live.engine.workspace.catalogue.session() as session:
        row = session.execute("SELECT count(*) FROM duckdb_tables() WHERE temporary").fetchone()
        assert row == (0,)


def test_an_export_is_tried_on_the_first_records_of_the_catalogue(live: LiveEngine, tmp_path: Path) -> None:
    layout: dict[str, Any] = {
        "direction": "export",
        "entity": "article",
        "format": "csv",
        "file": {"delimiter": ";", "decimal": ",", "encoding": "utf-16"},
        "columns": [
            {"column": "nr", "field": "number"},
            {"column": "prijs", "field": "gross_price", "format": "0.00"},
            {"column": "wrong", "field": "nothing"},
        ],
    }
    empty = live.gate.files.try_export(layout)
    assert (empty.records, empty.rows, empty.lines) == (0, (), ("nr;prijs",))
    (tmp_path / "supplier" / "prices.csv").write_bytes(csv_of(make_articles(60, seed=6)))
    live.ended(live.start("delta"))
    trial = live.gate.files.try_export(layout)
    assert trial.columns == ("nr", "prijs")
    assert (trial.records, len(trial.rows), trial.left_out) == (60, 50, 1)
    assert trial.problems[0].column == 2
    assert trial.lines[1] == ";".join(trial.rows[0])
    assert scratch(tmp_path) == []


def test_all_of_it_goes_through_the_socket_of_an_engine(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    put(tmp_path, "prices.csv", csv_of(make_articles(5, seed=7), bad_lines=1))
    with listening_engine(config), attached(config) as console:
        files = console.api.files
        assert files.places()[0].id == "uploads"
        (entry,) = files.browse("uploads").entries
        assert entry.modified is not None
        sample = files.sample("uploads", entry.path)
        assert sample.whole
        found = files.recognise(sample.id)
        rows = files.rows(sample.id, found.file, found.format)
        assert rows.columns[0].reference == "Artikelnummer"
        assert rows.columns[4].values[0][1] >= 1
        assert files.propose("article", [column.title for column in rows.columns])[0].field == "number"
        trial = files.try_import(sample.id, {**ARTICLES, "file": found.file})
        assert (trial.accepted, trial.rejected, trial.rejects[0].line) == (5, 1, 7)
        export: dict[str, Any] = {**ARTICLES, "direction": "export", "columns": [{"column": "nr", "field": "number"}]}
        assert files.try_export(export).lines == ("nr",)
        files.forget_sample(sample.id)
        with pytest.raises(Refused, match="is gone"):
            files.recognise(sample.id)


def test_fields_are_proposed_by_name(live: LiveEngine) -> None:
    found = live.gate.files.propose("article", ["Artikelnummer", "Bruto", "xyz", "Omschrijving (NL)"])
    assert [(match.column, match.field) for match in found] == [
        (1, "number"),
        (2, "gross_price"),
        (4, "description.nl"),
    ]
    assert found[1].why == "a Dutch word for it"
    with pytest.raises(Refused, match="Did you mean 'article'"):
        live.gate.files.propose("artcle", ["a"])
