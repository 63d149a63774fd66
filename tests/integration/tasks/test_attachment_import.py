"""Attachments: files that a CSV names come into the store, each once, and what cannot come is a reject (IM8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.attachment_site import (
    COLUMNS,
    LAYOUTS,
    attachments_of,
    name_in_store,
    pdf,
    png,
    reasons,
    rows,
    sha256,
    stored,
    with_articles,
)
from support.pendel_cli import pendel
from support.task_site import import_of
from support.web_site import WebSite, web_site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.task_site import TaskSite

    Make = Callable[..., TaskSite]

IN = {"location": "in", "path": "out/pictures.csv"}


@pytest.fixture
def shop(site: Make) -> Make:
    """Make a workspace with articles A1 and A2: ``shop(task, …)``."""

    def make(*tasks: str) -> TaskSite:
        return with_articles(site(LAYOUTS, import_of("articles"), *tasks), "A1", "A2")

    return make


@pytest.fixture
def web() -> Iterator[WebSite]:
    with web_site() as running:
        yield running


def from_web(**settings: object) -> str:
    return attachments_of(attachments={"private_hosts": ["127.0.0.1"], "timeout": 2, **settings})


def test_files_come_from_beside_the_csv(shop: Make) -> None:
    made = shop(attachments_of(source=IN))
    made.put("in/out/images/a1.png", png(1))
    made.put("in/out/a2.pdf", pdf("two"))
    made.put("in/out/pictures.csv", rows("A1,images\\a1.png,PPI,Foto,1", "A2,a2.pdf,MAN,Handleiding,2"))

    answer = made.run("pictures")

    assert answer.code == 0, answer.told
    assert answer.told["counts"]["new"] == 2
    assert "Fetched 2 files" in answer.told["message"]
    assert made.kept(COLUMNS, "attachment") == [
        ("A1", "images\\a1.png", sha256(png(1)), len(png(1)), "image/png", "in:out/images/a1.png"),
        ("A2", "a2.pdf", sha256(pdf("two")), len(pdf("two")), "application/pdf", "in:out/a2.pdf"),
    ]
    assert stored(made.data) == {name_in_store(content): content for content in (png(1), pdf("two"))}
    assert made.spooled() == ["run-1", "run-1/0001-source", "run-2", "run-2/0001-source"]


def test_the_same_content_is_kept_once(shop: Make) -> None:
    made = shop(attachments_of())
    for name in ("a.png", "b.png"):
        made.put(f"uploads/{name}", png())
    made.put("uploads/pictures.csv", rows("A1,a.png", "A1,b.png", "A2,a.png"))

    answer = made.run("pictures")

    assert answer.told["counts"]["new"] == 3
    assert "Fetched 2 files" in answer.told["message"]
    assert "1 of them with content that was kept already" in answer.told["message"]
    assert list(stored(made.data)) == [name_in_store(png())]


def test_what_cannot_come_is_rejected_and_can_be_mended(shop: Make) -> None:
    made = shop(attachments_of(attachments={"max_size": 1, "types": ["image/*"]}))
    made.put("uploads/good.png", png())
    made.put("uploads/large.png", png(padding=1_000_000))
    made.put("uploads/shell.png", b"MZ\x90\x00\x03")
    made.put("uploads/no.csv", "x")
    made.put(
        "uploads/pictures.csv",
        rows("A1,good.png", "A1,large.png", "A1,shell.png", "A1,missing.png", "A9,good.png", "A1,../good.png"),
    )

    answer = made.run("pictures")

    assert answer.code == 3, answer.told
    assert (answer.told["counts"]["new"], answer.told["counts"]["rejected"]) == (1, 5)
    told = reasons(made.data, answer.told["run"])
    assert [(line, field, value) for line, field, value, _ in told] == [
        (3, "file", "large.png"),
        (4, "file", "shell.png"),
        (5, "file", "missing.png"),
        (6, "record", "A9"),
        (7, "file", "../good.png"),
    ]
    words = [reason for *_, reason in told]
    assert words[0] == "The file is larger than the 1.0 MB allowed."
    assert words[1].startswith("The file is application/vnd.microsoft.portable-executable by its content")
    assert words[2] == "There is no file missing.png at the upload directory."
    assert words[3] == "There is no article with this key in the catalogue."
    assert "cannot be used" in words[4]
    assert list(stored(made.data)) == [name_in_store(png())]

    (rejected,) = (made.data / "rejects" / f"run-{answer.told['run']}").iterdir()
    lines = rejected.read_text().splitlines()
    made.put("uploads/missing.png", png(2))
    made.put("uploads/pictures.csv", "\n".join([lines[0], lines[3]]) + "\n")
    again = made.run("pictures")
    assert again.code == 0, again.told
    assert again.told["counts"]["new"] == 1
    assert len(made.kept("file", "attachment")) == 2


def test_entities_are_known_and_keys_of_several_fields_are_written_with_a_slash(shop: Make) -> None:
    made = shop(attachments_of(), import_of("shelves", entity="shelf", layout="shelves"))
    made.put("uploads/shelves.csv", "shop,bin,content\nNorth,3,full\n")
    assert made.run("shelves").code == 0
    made.put("uploads/a.png", png())
    header = "entity,record,file,type,description,sort_order\n"
    made.put(
        "uploads/pictures.csv",
        header + "shelf,North/3,a.png,,,\nshelf,North/4,a.png,,,\nartcle,A1,a.png,,,\n,A1,a.png,,,\n",
    )

    answer = made.run("pictures")

    assert made.kept("entity, record", "attachment") == [("article", "A1"), ("shelf", "North/3")]
    told = [(line, reason) for line, _, _, reason in reasons(made.data, answer.told["run"])]
    assert told == [
        (3, "There is no shelf with this key in the catalogue."),
        (4, "There is no such entity; did you mean 'article'?"),
    ]


def test_an_unchanged_file_is_not_fetched_again(shop: Make) -> None:
    made = shop(attachments_of())
    made.put("uploads/a.png", png(1), minutes_old=5)
    made.put("uploads/b.png", png(2), minutes_old=5)
    made.put("uploads/pictures.csv", rows("A1,a.png", "A1,b.png"))
    assert made.run("pictures").code == 0

    same = made.run("pictures")
    made.put("uploads/b.png", png(3), minutes_old=1)
    changed = made.run("pictures")

    assert "Fetched 0 files (0 B); 2 unchanged." in same.told["message"]
    assert same.told["counts"]["unchanged"] == 2
    assert "Fetched 1 file" in changed.told["message"]
    assert changed.told["counts"] | {"changed": 1, "unchanged": 1} == changed.told["counts"]
    assert made.kept("content_hash", "attachment", "file = 'b.png'") == [sha256(png(3))]
    assert len(stored(made.data)) == 3


def test_content_that_is_gone_from_the_store_is_fetched_again(shop: Make) -> None:
    made = shop(attachments_of(attachments={"fetch": "missing"}))
    made.put("uploads/a.png", png(1))
    made.put("uploads/pictures.csv", rows("A1,a.png"))
    assert made.run("pictures").code == 0
    made.put("uploads/a.png", png(2))
    assert "1 unchanged" in made.run("pictures").told["message"]
    (made.data / "attachments" / name_in_store(png(1))).unlink()

    again = made.run("pictures")

    assert "Fetched 1 file" in again.told["message"]
    assert list(stored(made.data).values()) == [png(2)]


def test_always_fetches_and_mends_what_is_damaged(shop: Make) -> None:
    made = shop(attachments_of(attachments={"fetch": "always"}))
    made.put("uploads/a.png", png(1))
    made.put("uploads/pictures.csv", rows("A1,a.png"))
    assert made.run("pictures").code == 0
    place = made.data / "attachments" / name_in_store(png(1))
    place.write_bytes(bytes(len(png(1))))

    again = made.run("pictures")

    assert "Fetched 1 file" in again.told["message"]
    assert again.told["counts"]["unchanged"] == 1
    assert place.read_bytes() == png(1)


def test_a_dry_run_asks_and_changes_nothing(shop: Make, web: WebSite) -> None:
    made = shop(from_web())
    made.put("uploads/a.png", png(1), minutes_old=5)
    made.put("uploads/pictures.csv", rows("A1,a.png"))
    assert made.run("pictures").code == 0
    web.files["/b.png"] = png(2)
    made.put("uploads/c.png", png(3))
    made.put(
        "uploads/pictures.csv",
        rows("A1,a.png", f"A1,{web.url('/b.png')}", "A2,c.png", "A2,d.png", f"A2,{web.url('/e.png')}"),
    )
    before = stored(made.data)

    answer = made.run("pictures", "--dry-run")

    size = len(png(2)) + len(png(3))
    assert f"Would fetch 2 files ({size} B); 1 unchanged." in answer.told["message"]
    assert (answer.told["counts"]["new"], answer.told["counts"]["rejected"]) == (2, 2)
    assert stored(made.data) == before
    assert len(made.kept("file", "attachment")) == 1
    assert web.asked == {"HEAD /b.png": 1, "HEAD /e.png": 1}


def test_files_come_from_urls(shop: Make, web: WebSite) -> None:
    task = attachments_of(layout="linked", attachments={"private_hosts": ["127.0.0.1"]})
    made = shop(task)
    web.files |= {"/a.png?size=large": png(1), "/b": pdf()}
    web.headers = {"Content-Disposition": 'attachment; filename="../../../etc/passwd"'}
    made.put("uploads/c.png", png(3))
    csv = f"record,file,url\nA1,front.png,{web.url('/a.png?size=large')}\nA1,manual,{web.url('/b')}\nA2,c.png,\n"
    made.put("uploads/pictures.csv", csv)

    answer = made.run("pictures")
    again = made.run("pictures")

    assert answer.code == 0, answer.told
    assert made.kept("file, media_type, source", "attachment") == [
        ("c.png", "image/png", "uploads:c.png"),
        ("front.png", "image/png", web.url("/a.png?size=large")),
        ("manual", "application/pdf", web.url("/b")),
    ]
    assert "Fetched 0 files (0 B); 3 unchanged." in again.told["message"]
    assert again.told["counts"]["unchanged"] == 3
    assert web.asked["304 /b"] == 1
    web.files["/b"] = pdf("new")
    assert made.run("pictures").told["counts"]["changed"] == 1


def test_faults_of_a_web_server_reject_their_rows_only(shop: Make, web: WebSite) -> None:
    made = shop(from_web(max_size=1))
    faults = {"/404": "status 404", "/cut": "cut", "/endless": "endless", "/loop": "to /loop", "/file": "to file:///a"}
    web.faults |= faults
    web.files["/good.png"] = png()
    urls = [*faults, "/good.png"]
    made.put("uploads/pictures.csv", rows(*(f"A1,{web.url(path)}" for path in urls), "A1,ftp://example.com/a"))

    answer = made.run("pictures")

    assert (answer.told["counts"]["new"], answer.told["counts"]["rejected"]) == (1, 6)
    words = [reason for *_, reason in reasons(made.data, answer.told["run"])]
    for part, reason in zip(
        ("404", "before all of it", "larger than", "more than 5 times", "kind http", "kind http"), words, strict=True
    ):
        assert part in reason
    assert list(stored(made.data).values()) == [png()]


def test_a_web_server_that_recovers_is_asked_again(shop: Make, web: WebSite, monkeypatch: pytest.MonkeyPatch) -> None:
    made = shop(from_web())
    made.config.write_text(made.config.read_text().replace("attempts = 1", "attempts = 3"))
    monkeypatch.setattr("core.tasks.connection.FIRST_PAUSE", 0.01)
    web.files["/a.png"] = png()
    web.faults["/a.png"] = "once 503"
    made.put("uploads/pictures.csv", rows(f"A1,{web.url('/a.png')}"))

    answer = made.run("pictures")

    assert answer.code == 0, answer.told
    assert "answers 503" in made.log(answer.told["run"])
    assert web.asked["GET /a.png"] == 2


def test_a_dead_web_server_is_not_asked_for_every_file(shop: Make, web: WebSite) -> None:
    made = shop(from_web(parallel=1))
    paths = [f"/{number}" for number in range(20)]
    web.faults |= dict.fromkeys(paths, "status 503")
    made.put("uploads/pictures.csv", rows(*(f"A1,{web.url(path)}" for path in paths)))

    answer = made.run("pictures")

    assert answer.told["counts"]["rejected"] == 20
    assert sum(web.asked.values()) == 3
    assert "was not asked" in reasons(made.data, answer.told["run"])[-1][-1]


def test_private_addresses_need_to_be_named(shop: Make, web: WebSite) -> None:
    made = shop(attachments_of())
    web.files["/a"] = b"inside"
    made.put("uploads/pictures.csv", rows(f"A1,{web.url('/a')}"))

    answer = made.run("pictures")

    reason = reasons(made.data, answer.told["run"])[0][-1]
    assert reason == "127.0.0.1 is an address of a private network or of this machine."
    assert not web.asked


def test_a_run_fetches_no_more_than_it_may(shop: Make) -> None:
    made = shop(attachments_of(attachments={"max_total": 1, "parallel": 1}))
    for number in range(4):
        made.put(f"uploads/{number}.png", png(number, padding=400_000))
    made.put("uploads/pictures.csv", rows(*(f"A1,{number}.png" for number in range(4))))

    first = made.run("pictures")
    second = made.run("pictures")

    assert (first.told["counts"]["new"], first.told["counts"]["rejected"]) == (2, 2)
    assert "1.0 MB that one run may fetch are used up" in reasons(made.data, first.told["run"])[0][-1]
    assert (second.told["counts"]["new"], second.told["counts"]["unchanged"]) == (2, 2)


def test_links_do_not_lead_out_of_the_location(shop: Make) -> None:
    made = shop(attachments_of())
    made.put("secret.png", png())
    (made.home / "uploads" / "a.png").symlink_to(made.home / "secret.png")
    made.put("uploads/pictures.csv", rows("A1,a.png", "A1,/etc/passwd", "A1,images/../../secret.png"))

    answer = made.run("pictures")

    assert answer.told["counts"]["rejected"] == 3
    assert not (made.data / "attachments").exists()


def test_too_many_rejects_change_nothing_but_what_came_is_kept(shop: Make) -> None:
    made = shop(attachments_of(max_rejected=0.1))
    made.put("uploads/a.png", png(), minutes_old=5)
    made.put("uploads/pictures.csv", rows("A1,a.png", "A1,b.png"))

    answer = made.run("pictures")

    assert answer.code == 1
    assert made.kept("file", "attachment") == []
    made.put("uploads/b.png", png(2))
    assert "1 unchanged" in made.run("pictures").told["message"]


def test_a_full_import_archives_and_a_revert_brings_back(shop: Make) -> None:
    made = shop(attachments_of(delta=False, max_archived=1))
    made.put("uploads/a.png", png(1))
    made.put("uploads/b.png", png(2))
    made.put("uploads/pictures.csv", rows("A1,a.png", "A1,b.png"))
    assert made.run("pictures").code == 0
    made.put("uploads/a.png", png(3))
    made.put("uploads/pictures.csv", rows("A1,a.png"))
    second = made.run("pictures")
    assert (second.told["counts"]["changed"], second.told["counts"]["archived"]) == (1, 1)

    assert pendel(made.config, "revert", str(second.told["run"])).code == 0

    kept = made.kept("content_hash", "attachment")
    assert kept == sorted([sha256(png(1)), sha256(png(2))])
    assert all(name_in_store(png(number)) in stored(made.data) for number in (1, 2))


def test_the_directory_of_the_files_can_be_another(shop: Make) -> None:
    made = shop(attachments_of(source=IN, attachments={"directory": "images"}))
    made.put("in/images/a.png", png())
    made.put("in/out/pictures.csv", rows("A1,a.png"))

    assert made.run("pictures").code == 0
    assert made.kept("source", "attachment") == ["in:images/a.png"]


def test_always_means_every_run(shop: Make, web: WebSite) -> None:
    made = shop(from_web(fetch="always"))
    web.files |= {"/a.png": png(1), "/b.png": png(2)}
    made.put("uploads/pictures.csv", rows(f"A1,{web.url('/a.png')}", f"A1,{web.url('/b.png')}"))
    assert made.run("pictures").code == 0

    again = made.run("pictures")

    assert web.asked["GET /a.png"] == 2
    assert "2 of them with content that was kept already" in again.told["message"]
