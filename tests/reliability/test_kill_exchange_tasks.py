"""kill -9 in the middle of tasks that exchange with data pools and portals: each goes on, and does nothing twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import kept_state
from support.links.identity import CLIENT_ID, CLIENT_SECRET
from support.links.link_site import mark_tested, surroundings_of
from support.links.rest_server import FakeClock, serving
from support.links.supplier_pool import DESCRIPTIONS, SupplierPool

from core.config.vault import Vault

if TYPE_CHECKING:
    from pathlib import Path

    from support.killing import Nursery

PASSWORD = "tulip-harbour-91"
WIRE, PIPE, MAKER = "8714230000076", "8714230000083", "8711111111117"
HEAD = """
version = 1
[engine]
data_dir = "data"
languages = ["nl"]
[locations.out]
protocol = "local"
directory = "out"
"""


def table(task_id: str, kind: str, *lines: str) -> str:
    given = (f'id = "{task_id}"', f'type = "{kind}"', f'description = "{task_id}"', "sequence = 10", *lines)
    return "\n".join(["[[tasks]]", *given, ""])


def csv_import(entity: str, *names: str, task_id: str = "") -> str:
    columns = ", ".join(f'{{ column = "{name}", field = "{name}" }}' for name in names)
    name = task_id or entity
    return (
        f'[layouts.{name}]\ndirection = "import"\nentity = "{entity}"\nformat = "csv"\ncolumns = [{columns}]\n'
        + table(name, "import", f'layout = "{name}"', f'file = "{name}.csv"', f'assortment = "{task_id}"', "settle = 0")
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for name in ("uploads", "out"):
        (tmp_path / name).mkdir()
    return tmp_path


def holding(directory: Path, text: str) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


@pytest.mark.parametrize(
    "dies",
    [
        ("before", "core.transfer.local", "LocalLocation._store"),
        ("after", "core.transfer.local", "LocalLocation._store"),
        ("after", "core.transfer.local", "LocalLocation._rename_over"),
        ("before", "core.store.journal.runs", "Runs.end"),
    ],
)
def test_a_kill_leaves_no_password_outside_the_target(home: Path, nursery: Nursery, dies: tuple[str, str, str]) -> None:
    config = home / "config.toml"
    config.write_text(
        HEAD
        + csv_import("organisation", "number", "name")
        + csv_import("message_channel", "code", "organisation", "message", "url", "secret")
        + table("settings", "artconnect-settings", 'target = { location = "out", path = "settings.xml" }')
    )
    (home / "uploads/organisation.csv").write_text("number,name\n1,Draad\n")
    channel = "code,organisation,message,url,secret\nc1,1,order,https://draad.example,art-connect-draad\n"
    (home / "uploads/message_channel.csv").write_text(channel)
    Vault(home / "data").set("art-connect-draad", PASSWORD)
    assert nursery.run(config, "run", "organisation").code == 0
    assert nursery.run(config, "run", "message_channel").code == 0

    assert nursery.run(config, "run", "settings", dies=dies).killed
    assert all(path.parent == home / "out" for path in holding(home, PASSWORD))
    assert nursery.run(config, "run", "settings").code == 0
    assert holding(home, PASSWORD) == [home / "out/settings.xml"]
    assert [path.name for path in (home / "out").iterdir()] == ["settings.xml"]


@pytest.mark.parametrize(
    "dies",
    [
        ("before", "core.transfer.local", "LocalLocation._rename_over"),
        ("after", "core.transfer.local", "LocalLocation._rename_over"),
        ("after 2", "core.transfer.local", "LocalLocation._rename_over"),
    ],
)
def test_what_was_delivered_to_the_pool_is_not_delivered_again(
    home: Path, nursery: Nursery, dies: tuple[str, str, str]
) -> None:
    config = home / "config.toml"
    names = ("number", "description.nl", "gross_price", "unit", "published_datapool")
    config.write_text(
        HEAD
        + '[layouts.list]\ndirection = "export"\nformat = "bmecat"\n'
        + 'header = { supplier = "S", catalogue = "C", catalogue_version = "1.0", currency = "EUR" }\n'
        + csv_import("article", *names, task_id="wire")
        + csv_import("article", *names, task_id="pipe")
        + table(
            "pool",
            "export-artikelbeheer",
            'layout = "list"',
            'location = "out"',
            'file = "{assortment}-{sequence}.xml"',
        )
    )
    for name in ("wire", "pipe"):
        (home / f"uploads/{name}.csv").write_text(f"{','.join(names)}\n{name}1,One,1.50,PCE,true\n")
        assert nursery.run(config, "run", name).code == 0
    folder = home / "out/Uploads/AutoImport"
    folder.mkdir(parents=True)

    assert nursery.run(config, "run", "pool", dies=dies).killed
    before = {path.name: path.stat().st_mtime_ns for path in folder.glob("[!.]*")}
    # What was interrupted goes on before what is started, whose files have numbers of their own.
    assert nursery.run(config, "run", "pool").code in (0, 3)
    after = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert sorted(after) == ["pipe-1.xml", "pipe-3.xml", "wire-2.xml", "wire-4.xml"]
    assert before.items() <= after.items()


@pytest.mark.skipif(not DESCRIPTIONS.is_dir(), reason="needs the description of the API in ../shared")
@pytest.mark.parametrize(
    "dies",
    [
        ("after 3", "core.tasks.fetched_rows", "FetchedRows.add"),
        ("after", "core.tasks.fetched", "Fetched.fetch"),
        ("before", "core.store.journal.records", "Cursors.set"),
        ("after 2", "core.tasks.fetched", "Fetched.fetch"),
    ],
)
def test_a_fetch_goes_on_from_what_it_has(home: Path, nursery: Nursery, dies: tuple[str, str, str]) -> None:
    with serving(SupplierPool(FakeClock(4_000_000_000.0))) as pool:
        pool.put_item(WIRE, "W1", "P1", MAKER, price=10.5)
        pool.put_item(PIPE, "B1", "P9", MAKER, price=7)
        config = home / "config.toml"
        config.write_text(
            HEAD
            + f'[links.pool]\nconnector = "2ba"\nactive = true\n[links.pool.fields]\naddress = "{pool.url}/api/v1"\n'
            + f'token_address = "{pool.url}/connect/token"\nclient_id = "{CLIENT_ID}"\n'
            + 'client_secret = { secret = "2ba" }\n'
            + csv_import("organisation", "number", "gln")
            + csv_import("assortment", "code", "owner", "transfer")
            + table("pool", "import-2ba", 'link = "pool"')
        )
        (home / "uploads/organisation.csv").write_text(f"number,gln\n1,{WIRE}\n2,{PIPE}\n")
        (home / "uploads/assortment.csv").write_text("code,owner,transfer\npipe,2,true\nwire,1,true\n")
        Vault(home / "data").set("2ba", CLIENT_SECRET)
        mark_tested("pool", surroundings_of(config))
        assert nursery.run(config, "run", "organisation").code == 0
        assert nursery.run(config, "run", "assortment").code == 0

        assert nursery.run(config, "run", "pool", dies=dies).killed
        ended = nursery.run(config, "run", "pool")

    assert ended.code == 0, ended.notes
    found = kept_state.records(home / "data", entity="article", values_only=True)
    assert len(found) == 2
    run = kept_state.runs(home / "data", "pool")[0]
    assert run["state"] == "succeeded"
