"""Records for the data pool: an industry format by FTPS into the receiver's folders; the report of a check (DP3)."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
from support.fault_proxy import FaultProxy
from support.pendel_cli import pendel
from support.remote_supplier import location_through_proxy
from support.task_site import import_of, task_table
from support.transfer_sites import PROXY_HOST, Site, site_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support.task_site import TaskSite

    Make = Callable[..., TaskSite]

LAYOUT = """
[layouts.shared]
direction = "import"
entity = "article"
format = "csv"
columns = [
  { column = "no", field = "number" },
  { column = "name", field = "description.nl" },
  { column = "price", field = "gross_price" },
  { column = "unit", field = "unit" },
  { column = "gln", field = "supplier_gln" },
  { column = "pool", field = "published_datapool" },
]

[layouts.catalogue]
direction = "export"
format = "bmecat"
header = { supplier = "Draad", catalogue = "C1", catalogue_version = "1.0", currency = "EUR" }
"""
GLN = "8714230000076"


def articles(*rows: str) -> str:
    lines = (f"{row.split(':')[0]},Draad,1.50,PCE,{GLN},{row.split(':')[1]}" for row in rows)
    return "\n".join(["no,name,price,unit,gln,pool", *lines, ""])


def pool(**more: Any) -> str:
    given = {"location": "far", "layout": "catalogue", "file": "{assortment}.xml", **more}
    return task_table("pool", "export-artikelbeheer", given)


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_of("ftps", tmp_path_factory.mktemp("server")) as made, FaultProxy(made.ports, listen_host=PROXY_HOST):
        yield made


@pytest.fixture
def receiver(server: Site) -> Path:
    """The environment of the receiver, with its folders."""
    for name in ("AutoImport", "AutoCheck"):
        (server.root / "env/Uploads" / name).mkdir(parents=True)
    return server.root / "env"


@pytest.fixture
def sender(site: Make, server: Site, receiver: Path) -> Callable[..., TaskSite]:
    """Make a workspace with two assortments; some records of both are for the data pool."""

    def make(*tasks: str) -> TaskSite:
        far = f"[locations.far]\n{location_through_proxy(server, 'env', timeout=20)}\n"
        known = [
            import_of(name, layout="shared", assortment=name, file=f"{name}.csv") for name in ("draad", "buis", "own")
        ]
        made = site(LAYOUT, far, *known, *tasks)
        made.put("uploads/draad.csv", articles("A1:true", "A2:false", "A3:true"))
        made.put("uploads/buis.csv", articles("B1:true"))
        made.put("uploads/own.csv", articles("C1:false"))
        assert made.run("draad", "buis", "own").code == 0
        return made

    return make


def sent(receiver: Path) -> dict[str, list[str]]:
    """Return the numbers of the articles in each file at the receiver."""
    found = {}
    for path in sorted((receiver / "Uploads").rglob("*.xml")):
        numbers = [part.split("<")[0] for part in path.read_text().split("<SUPPLIER_PID>")[1:]]
        found[str(path.relative_to(receiver / "Uploads"))] = numbers
    return found


def test_each_assortment_with_records_for_the_pool_is_a_file(sender: Make, receiver: Path) -> None:
    made = sender(pool())
    answer = made.run("pool")
    assert (answer.code, answer.counts) == (0, {"written": 3})
    assert sent(receiver) == {"AutoImport/buis.xml": ["B1"], "AutoImport/draad.xml": ["A1", "A3"]}
    assert sorted(file["name"] for file in answer.told["files"]) == [
        "Uploads/AutoImport/buis.xml",
        "Uploads/AutoImport/draad.xml",
    ]


def test_an_assortment_is_chosen_by_hand(sender: Make, receiver: Path) -> None:
    made = sender(pool(assortment="buis", changes_only=True), import_of("plain", layout="shared", file="x.csv"))
    assert made.run("pool", "--assortment", "draad").counts == {"written": 2}
    assert sent(receiver) == {"AutoImport/draad.xml": ["A1", "A3"]}
    assert pendel(made.config, "cursor", "pool").told["cursor"] is None
    assert made.run("pool").counts == {"written": 1}
    assert pendel(made.config, "cursor", "pool").told["cursor"] is not None
    answer = made.run("pool")
    assert (answer.code, answer.counts) == (0, {})
    assert made.run("pool", "--assortment", "buis").counts == {"written": 1}

    answer = made.run("pool", "--assortment", "nobody's")
    assert answer.code == 5
    assert 'No record of article stands in the assortment "nobody\'s"' in answer.told["message"]


def test_a_type_without_a_choice_refuses_one(sender: Make) -> None:
    made = sender(pool())
    answer = made.run("draad", "--assortment", "buis")
    assert answer.code == 5
    assert "draad takes no assortment for one run" in answer.told["error"]["message"]


def test_a_dry_run_sends_nothing(sender: Make, receiver: Path) -> None:
    answer = sender(pool(mode="check", reports=["{file}.txt"])).run("pool", "--dry-run")
    assert (answer.code, answer.counts) == (0, {"written": 3})
    assert sent(receiver) == {}


def checked(**more: Any) -> str:
    reports = [f"{directory}/{{file}}.report.json" for directory in ("processed", "quarantine")]
    return pool(mode="check", assortment="draad", reports=reports, **more)


def report(receiver: Path, directory: str, outcome: str, message: str) -> None:
    """Do as the receiver does: take the file when it is there, and report beside it."""
    folder = receiver / "Uploads/AutoCheck"
    parked = folder / directory
    parked.mkdir()
    told = parked / "draad.xml.report.json"
    written = told.with_suffix(".part")
    written.write_text(json.dumps({"outcome": outcome, "message": message}))
    written.rename(told)


@pytest.mark.parametrize(
    ("directory", "outcome", "code"), [("processed", "checked", 0), ("quarantine", "quarantined", 3)]
)
def test_the_report_of_a_check_is_waited_for(
    sender: Make, receiver: Path, directory: str, outcome: str, code: int
) -> None:
    made = sender(checked())
    arrived = threading.Event()

    def receive() -> None:
        while not (receiver / "Uploads/AutoCheck/draad.xml").exists():
            if arrived.wait(0.05):
                return
        report(receiver, directory, outcome, "2 records, 1 rejected.")

    watching = threading.Thread(target=receive)
    watching.start()
    try:
        answer = made.run("pool")
    finally:
        arrived.set()
        watching.join()
    assert answer.code == code
    assert "The receiver says: 2 records, 1 rejected." in answer.told["message"]
    assert sent(receiver) == {"AutoCheck/draad.xml": ["A1", "A3"]}
    assert "draad.xml.report.json" in {file["name"] for file in answer.told["files"]}


def test_a_report_that_does_not_come_is_a_warning(sender: Make) -> None:
    answer = sender(checked(wait=0)).run("pool")
    assert answer.code == 3
    assert "The report of draad.xml did not come within 0 minutes." in answer.told["message"]


def test_a_report_in_words_goes_into_the_log(sender: Make, receiver: Path) -> None:
    made = sender(pool(mode="check", assortment="draad", reports=["{file}.txt"], wait=0))
    (receiver / "Uploads/AutoCheck/draad.xml.txt").write_text("Two articles.\nNo fault.\n")
    answer = made.run("pool")
    assert answer.code == 0
    assert "draad.xml.txt: No fault." in made.log(answer.told["run"])


def test_another_pendel_takes_what_is_sent(sender: Make, receiver: Path) -> None:
    """Its automatic import reads the file, and its reports are what is waited for."""
    rule = {"format": "bmecat", "assortment": "received"}
    drop = {"location": "there", "import_directory": "", "settle": 0, "accept": [rule]}
    there = f'[locations.there]\nprotocol = "local"\ndirectory = "{receiver / "Uploads"}"\n'
    made = sender(there, checked(wait=0, overwrite=None), task_table("drop", "auto-import", drop))
    assert made.run("pool").code == 3
    assert made.run("drop").code == 0
    answer = made.run("pool")
    assert "The receiver says: " in answer.told["message"]
    assert "Would import draad.xml: 5 read, 5 new." in answer.told["message"]
    assert answer.code == 0
