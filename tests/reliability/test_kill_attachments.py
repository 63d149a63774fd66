"""kill -9 of a process that imports attachments: no half file, nothing fetched again, nothing lost or doubled."""

from __future__ import annotations

import random
import shutil
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from support import kept_state
from support.attachment_site import LAYOUTS, attachments_of, name_in_store, png, rows, stored
from support.task_site import TABLES, TaskSite, export_of, import_of
from support.web_site import WebSite, web_site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.killing import Nursery

FILES, PARALLEL, KILLS = 120, 3, 12
ENGINE = 'version = 1\n[engine]\nlanguages = ["nl", "en"]\nattempts = 1\nblock_rows = 100\n'


@pytest.fixture(scope="module")
def web() -> Iterator[WebSite]:
    with web_site() as running:
        running.files |= {f"/{number}.png": png(number, padding=2000 * number) for number in range(FILES)}
        # Two of the same content.
        running.files["/1.png"] = running.files["/0.png"]
        yield running


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory, nursery: Nursery, web: WebSite) -> Path:
    """A workspace with articles, and a file of attachments that was not imported yet."""
    root = tmp_path_factory.mktemp("attachments") / "site"
    for name in ("in", "out", "uploads"):
        (root / name).mkdir(parents=True)
    settings = {"private_hosts": ["127.0.0.1"], "parallel": PARALLEL, "fetch": "always"}
    tasks = (import_of("articles"), attachments_of(attachments=settings))
    (root / "config.toml").write_text("\n".join((ENGINE, TABLES, LAYOUTS, *tasks)))
    (root / "uploads" / "articles.csv").write_text("No;Price\n" + "".join(f"A{n};1,00\n" for n in range(FILES)))
    (root / "uploads" / "pictures.csv").write_text(
        rows(*(f"A{number},{web.url(f'/{number}.png')}" for number in range(FILES)))
    )
    ended = nursery.run(root / "config.toml", "run", "articles")
    assert ended.code == 0, ended.notes
    return root


@pytest.fixture(scope="module")
def wanted(before: Path, nursery: Nursery, web: WebSite) -> list[tuple[Any, ...]]:
    """The records that the import makes when nobody disturbs it."""
    root = shutil.copytree(before, before.with_name("trial"))
    ended = nursery.run(root / "config.toml", "run", "pictures")
    assert ended.code == 0, ended.notes
    assert ended.told["counts"]["new"] == FILES
    return kept_state.records(root / "data", entity="attachment", values_only=True)


def check(root: Path, nursery: Nursery, web: WebSite, wanted: list[tuple[Any, ...]], *, kills: int) -> None:
    """Take the run up, and hold its end against that of an undisturbed one."""
    for name, content in stored(root / "data").items():
        assert name == name_in_store(content), "a file of the store is not whole"
    lying = len(stored(root / "data"))

    again = nursery.run(root / "config.toml", "run", "pictures")

    assert again.code == 0, again.notes
    assert kept_state.records(root / "data", entity="attachment", values_only=True) == wanted
    assert stored(root / "data") == {name_in_store(content): content for content in web.files.values()}
    assert lying <= FILES - 1
    runs = [run for run in kept_state.runs(root / "data", "pictures") if run["state"] == "succeeded"]
    made = [run for run in runs if '"new": ' + str(FILES) in run["counts"]]
    assert len(made) == 1, "the records were made by one run, and once"
    # The run that was asked for by hand fetches all again, as its settings say; the attempts before it, none twice but
    # what was on its way when they were killed.
    by_attempts = sum(web.asked.values()) - FILES * (len(runs) - 1)
    assert FILES <= by_attempts <= FILES + PARALLEL * kills


@pytest.mark.slow
def test_kills_at_any_moment(before: Path, wanted: list[tuple[Any, ...]], nursery: Nursery, web: WebSite) -> None:
    rng = random.Random(5)
    trial = shutil.copytree(before, before.with_name("timed"))
    seconds = nursery.run(trial / "config.toml", "run", "pictures").seconds
    halfway = 0
    for number in range(KILLS):
        root = before.with_name(f"kill-{number}")
        killed = False
        while not killed:
            shutil.rmtree(root, ignore_errors=True)
            shutil.copytree(before, root)
            web.asked.clear()
            moment = seconds * (number + rng.random()) / KILLS
            killed = nursery.run(root / "config.toml", "run", "pictures", kill_after=moment).killed
            seconds *= 1 if killed else 0.9
        halfway += 0 < len(stored(root / "data")) < FILES - 1
        check(root, nursery, web, wanted, kills=1)
        shutil.rmtree(root)
    assert halfway >= KILLS // 4


@pytest.mark.parametrize(
    "dies",
    [
        ("before", "core.store.attachments", "AttachmentStore.adopt"),
        ("after", "core.store.attachments", "AttachmentStore.adopt"),
        ("before", "core.store.journal.attachments", "Fetched.note"),
        ("after", "core.store.journal.attachments", "Fetched.note"),
        ("before", "core.tasks.attaching", "fill_contents"),
        ("after", "core.tasks.attaching", "fill_contents"),
        ("before", "core.store.catalogue", "apply_block"),
        ("after", "core.store.catalogue", "apply_block"),
    ],
    ids=lambda dies: f"{dies[0]} {dies[2]}",
)
def test_kills_at_every_seam(
    dies: tuple[str, str, str], before: Path, wanted: list[tuple[Any, ...]], nursery: Nursery, web: WebSite
) -> None:
    root = shutil.copytree(before, before.with_name(f"seam-{dies[0]}-{dies[2]}"))
    web.asked.clear()

    ended = nursery.run(root / "config.toml", "run", "pictures", dies=dies)

    assert ended.killed, ended.notes
    check(root, nursery, web, wanted, kills=1)
    assert TaskSite(root / "config.toml").kept("count(*)", "attachment") == [FILES]


SENT = {f"A{number}-0.png" for number in range(FILES)} | {"attachments.csv"}


@pytest.fixture(scope="module")
def imported(before: Path, nursery: Nursery) -> Path:
    """The workspace after the import, with two exports that send what it brought."""
    root = shutil.copytree(before, before.with_name("imported"))
    exports = [
        export_of("packed", changes_only=True, if_empty="skip", attachments={}),
        export_of("loose", changes_only=True, if_empty="skip", attachments={"form": "files", "directory": "images"}),
    ]
    config = root / "config.toml"
    config.write_text("\n".join((config.read_text(), *exports)))
    assert nursery.run(config, "run", "pictures").code == 0
    return root


@pytest.mark.parametrize(
    "dies",
    [
        ("before", "core.tasks.attachment_export", "AttachedExport.deliver"),
        ("after", "core.tasks.attachment_export", "AttachedExport.deliver"),
        ("before", "core.transfer.local", "LocalLocation._rename_new"),
        ("after", "core.transfer.local", "LocalLocation._rename_new"),
        ("before", "core.store.journal.records", "Cursors.set"),
    ],
    ids=lambda dies: f"{dies[0]} {dies[2]}",
)
@pytest.mark.parametrize("task", ["packed", "loose"])
def test_kills_on_the_way_out(task: str, dies: tuple[str, str, str], imported: Path, nursery: Nursery) -> None:
    root = shutil.copytree(imported, imported.with_name(f"out-{task}-{dies[0]}-{dies[2]}"))
    config, exports = root / "config.toml", root / "exports"

    ended = nursery.run(config, "run", task, dies=dies)

    assert ended.killed, ended.notes
    # The run that was killed goes on; the one that is asked for after it finds its files there, and may not overwrite.
    again = nursery.run(config, "run", task)
    assert [run["state"] for run in kept_state.runs(root / "data", task)] == ["succeeded", "failed"], again.notes
    assert "may not be overwritten" in again.told["message"]
    assert kept_state.cursor(root / "data", task)
    if task == "packed":
        with zipfile.ZipFile(exports / "packed-attachments.zip") as archive:
            assert archive.testzip() is None
            assert set(archive.namelist()) == SENT
        assert {path.name for path in exports.iterdir()} == {"packed.csv", "packed-attachments.zip"}
    else:
        assert {path.name for path in exports.iterdir()} == {"loose.csv", "images"}
        assert {path.name for path in (exports / "images").iterdir()} == SENT
        assert (exports / "images" / "A7-0.png").read_bytes() == png(7, padding=14_000)


@pytest.mark.parametrize(
    "dies",
    [
        ("before", "core.store.attachment_backup", "_keep"),
        ("after", "core.store.attachment_backup", "_keep"),
        ("after", "core.store.backup", "keep_contents"),
    ],
    ids=lambda dies: f"{dies[0]} {dies[2]}",
)
def test_kills_during_a_backup(dies: tuple[str, str, str], imported: Path, nursery: Nursery) -> None:
    root = shutil.copytree(imported, imported.with_name(f"backup-{dies[0]}-{dies[2]}"))
    config, backups = root / "config.toml", root / "data" / "backups"

    assert nursery.run(config, "run", "system-backup", dies=dies).killed
    assert not list(backups.glob("*.zip"))
    again = nursery.run(config, "run", "system-backup")

    assert again.code == 0, again.notes
    kept = {str(path.relative_to(backups / "attachments")) for path in backups.rglob("attachments/*/*")}
    assert kept == set(stored(root / "data"))
