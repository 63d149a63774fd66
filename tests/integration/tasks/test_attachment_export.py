"""Attachments beside an export: as a zip file or as files, with names that lead nowhere else."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import TYPE_CHECKING

import pytest
from support.attachment_site import LAYOUTS, attachments_of, name_in_store, pdf, png, rows, sha256, with_articles
from support.task_site import export_of, import_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.task_site import TaskSite

    Make = Callable[..., TaskSite]


@pytest.fixture
def shop(site: Make) -> Make:
    """Make a workspace with articles A1 and A2, which have three attachments: ``shop(task, …)``."""

    def make(*tasks: str) -> TaskSite:
        made = with_articles(site(LAYOUTS, import_of("articles"), attachments_of(), *tasks), "A1", "A2")
        made.put("uploads/a.png", png(1), minutes_old=5)
        made.put("uploads/b.pdf", pdf("b"), minutes_old=5)
        made.put("uploads/c.png", png(3), minutes_old=5)
        made.put("uploads/pictures.csv", rows("A1,a.png,PPI,Voorkant,1", "A1,b.pdf,MAN,,2", "A2,c.png,PPI,,1"))
        assert made.run("pictures").code == 0
        return made

    return make


def contents(packed: bytes | Path) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(packed) if isinstance(packed, bytes) else packed) as archive:
        assert archive.testzip() is None
        return {info.filename: archive.read(info) for info in archive.infolist()}


def index(text: bytes) -> list[tuple[str, str, str]]:
    return [(row["record"], row["file"], row["sha256"]) for row in csv.DictReader(io.StringIO(text.decode()))]


def test_a_zip_file_lies_beside_the_export(shop: Make) -> None:
    made = shop(export_of("shop", attachments={}))

    answer = made.run("shop")

    assert answer.code == 0, answer.told
    size = len(png(1)) + len(pdf("b")) + len(png(3))
    assert f"3 attachments ({size} B) in shop-attachments.zip." in answer.told["message"]
    assert sorted(path.name for path in (made.home / "exports").iterdir()) == ["shop-attachments.zip", "shop.csv"]
    found = contents(made.home / "exports" / "shop-attachments.zip")
    listed = found.pop("attachments.csv")
    assert found == {"A1-1.png": png(1), "A1-2.pdf": pdf("b"), "A2-1.png": png(3)}
    assert index(listed) == [
        ("A1", "A1-1.png", sha256(png(1))),
        ("A1", "A1-2.pdf", sha256(pdf("b"))),
        ("A2", "A2-1.png", sha256(png(3))),
    ]


def test_what_was_exported_can_be_imported(shop: Make) -> None:
    fields = ("entity", "record", "file", "type", "language", "sort_order", "description")
    texts = {"description": "description.nl"}
    columns = ", ".join(f'{{ column = "{name}", field = "{texts.get(name, name)}" }}' for name in fields)
    layout = f'[layouts.sent]\ndirection = "import"\nentity = "attachment"\nformat = "csv"\ncolumns = [{columns}]\n'
    again = attachments_of("again", assortment="other", layout="sent", file="attachments.csv")
    made = shop(layout, export_of("shop", attachments={}), again)
    assert made.run("shop").code == 0
    for name, content in contents(made.home / "exports" / "shop-attachments.zip").items():
        made.put(f"uploads/{name}", content)

    answer = made.run("again")

    assert answer.code == 0, answer.told
    assert "Fetched 3 files" in answer.told["message"]
    assert "3 of them with content that was kept already" in answer.told["message"]
    both = 'content_hash, "description.nl"'
    hashes = [made.kept(both, "attachment", f"assortment = '{name}'") for name in ("supplier", "other")]
    assert hashes[0] == hashes[1]


def test_files_lie_in_a_directory_of_choice(shop: Make) -> None:
    settings = {"form": "files", "directory": "images", "name": "{type}/{record}/{file}", "types": ["PPI"]}
    made = shop(export_of("shop", overwrite=True, attachments=settings))

    first, second = made.run("shop"), made.run("shop")

    assert (first.code, second.code) == (0, 0), (first.told, second.told)
    base = made.home / "exports"
    found = {str(path.relative_to(base)) for path in base.rglob("*") if path.is_file()}
    assert found == {"shop.csv", "images/PPI/A1/a.png", "images/PPI/A2/c.png", "images/attachments.csv"}
    assert (base / "images/PPI/A1/a.png").read_bytes() == png(1)
    assert not [name for name in made.spooled() if name.endswith("/attachment")]


@pytest.mark.parametrize("form", ["zip", "files"])
def test_what_is_there_is_not_overwritten_without_leave(shop: Make, form: str) -> None:
    made = shop(export_of("shop", attachments={"form": form}))
    assert made.run("shop").code == 0
    (made.home / "exports" / "shop.csv").unlink()

    answer = made.run("shop")

    assert answer.code == 1
    assert "exists at the export directory" in answer.told["message"]
    assert not (made.home / "exports" / "shop.csv").exists()


def test_only_changed_files_are_sent_with_changes_since(shop: Make) -> None:
    made = shop(export_of("shop", changes_only=True, overwrite=True, if_empty="skip", attachments={}))
    packed = made.home / "exports" / "shop-attachments.zip"
    assert made.run("shop").code == 0
    assert len(contents(packed)) == 4
    packed.unlink()
    assert made.run("shop").told["message"] == "No record to export; no file was written."

    made.put("uploads/c.png", png(4), minutes_old=1)
    made.run("pictures")
    answer = made.run("shop")

    assert answer.code == 0, answer.told
    found = contents(packed)
    found.pop("attachments.csv")
    assert found == {"A2-1.png": png(4)}
    assert made.run("shop").told["message"] == "No record to export; no file was written."


def test_a_record_that_is_back_brings_its_files_along(shop: Make) -> None:
    full = import_of("full", delta=False, max_archived=1)
    made = shop(full, export_of("shop", changes_only=True, overwrite=True, attachments={}))
    assert made.run("shop").code == 0
    made.put("uploads/full.csv", "No;Price\nA1;1,00\n")
    assert made.run("full").code == 0
    assert made.run("shop").code == 0
    made.put("uploads/full.csv", "No;Price\nA1;1,00\nA2;1,00\n")
    assert made.run("full").code == 0

    assert made.run("shop").code == 0

    found = contents(made.home / "exports" / "shop-attachments.zip")
    assert sorted(found) == ["A2-1.png", "attachments.csv"]


def test_other_assortments_and_archived_records_are_left_out(shop: Make) -> None:
    made = shop(
        import_of("full", delta=False, max_archived=1),
        import_of("others", assortment="other"),
        export_of("mine", assortment="supplier", attachments={}),
        export_of("theirs", assortment="other", attachments={}),
    )
    made.put("uploads/full.csv", "No;Price\nA2;1,00\n")
    made.put("uploads/others.csv", "No;Price\nA1;1,00\n")
    assert made.run("full").code == 0
    assert made.run("others").code == 0

    assert made.run("mine").code == 0
    assert made.run("theirs").code == 0

    exports = made.home / "exports"
    assert sorted(contents(exports / "mine-attachments.zip")) == ["A2-1.png", "attachments.csv"]
    assert sorted(contents(exports / "theirs-attachments.zip")) == ["A1-1.png", "A1-2.pdf", "attachments.csv"]


def test_an_export_of_attachments_sends_those(shop: Make) -> None:
    layout = """
[layouts.media]
direction = "export"
entity = "attachment"
format = "csv"
columns = [{ column = "article", field = "record" }, { column = "sha256", field = "content_hash" }]
"""
    made = shop(layout, export_of("media", entity="attachment", layout="media", attachments={"name": "{hash}{ending}"}))

    answer = made.run("media")

    assert answer.code == 0, answer.told
    found = contents(made.home / "exports" / "media-attachments.zip")
    assert set(found) == {
        f"{sha256(png(1))}.png",
        f"{sha256(pdf('b'))}.pdf",
        f"{sha256(png(3))}.png",
        "attachments.csv",
    }


def test_nothing_is_sent_where_content_is_damaged(shop: Make) -> None:
    made = shop(export_of("shop", changes_only=True, attachments={}))
    (made.data / "attachments" / name_in_store(png(3))).write_bytes(b"damaged")

    answer = made.run("shop")

    assert answer.code == 1
    assert "is damaged" in answer.told["message"]
    assert list((made.home / "exports").iterdir()) == []
    made.put("uploads/c.png", png(3), minutes_old=1)
    assert made.run("pictures").code == 0
    assert made.run("shop").code == 0


def test_a_dry_run_tells_and_sends_nothing(shop: Make) -> None:
    made = shop(export_of("shop", compress=True, attachments={"form": "files"}))

    answer = made.run("shop", "--dry-run")

    assert "3 attachments" in answer.told["message"]
    assert "in shop-attachments." in answer.told["message"]
    assert not list((made.home / "exports").iterdir())


def test_hostile_names_stay_in_the_zip(shop: Make) -> None:
    made = shop(export_of("shop", attachments={"name": "{record}/{file}"}))
    csv_file = "record,file,url\n" + "".join(
        f'A1,"{name}",c.png\n'
        for name in (
            "../../../evil",
            "a/../../x.php",
            "C:\\\\con.png",
            ".bashrc",
            "x" * 400,
            "\u202egnp.exe",
            "A.PNG",
            "a.png ",
        )
    )
    made.put("uploads/linked.csv", csv_file)
    made.config.write_text(
        made.config.read_text() + "\n" + attachments_of("linked", layout="linked", file="linked.csv")
    )
    assert made.run("linked").told["counts"]["new"] == 8

    assert made.run("shop").code == 0

    found = contents(made.home / "exports" / "shop-attachments.zip")
    for name in found:
        assert not name.startswith("/")
        parts = name.split("/")
        assert all(part.strip(". ") == part and part and len(part.encode()) <= 255 for part in parts)
        assert "\\" not in name
        assert name == "attachments.csv" or name.endswith((".png", ".pdf"))
    assert len({name.casefold() for name in found}) == 3 + 8 + 1


def test_the_cursor_waits_for_the_files(shop: Make) -> None:
    """Where the files cannot be delivered, the cursor stays, and the next run sends all of it."""
    settings = {"form": "files", "directory": "blocked"}
    made = shop(export_of("shop", changes_only=True, overwrite=True, attachments=settings))
    blocked = made.put("exports/blocked", "a file where a directory should be")

    assert made.run("shop").code == 1
    assert not (made.home / "exports" / "shop.csv").exists()

    blocked.unlink()
    answer = made.run("shop")
    assert answer.code == 0, answer.told
    assert len(list((made.home / "exports" / "blocked").iterdir())) == 4
