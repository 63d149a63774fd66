"""The report task: from the stores to files, a location and a mailbox (RE1)."""

from __future__ import annotations

import email
import email.policy
import json
import signal
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from pypdf import PdfReader
from support.receiving import mail_server
from support.task_site import import_of, task_table

from core.runs import RunState
from core.store.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import EmailMessage

    from support.task_site import TaskSite

    Make = Callable[..., TaskSite]

LAYOUTS = """
[layouts.moved]
direction = "report"
title = "What moved"
entity = "article"
blocks = [
  { kind = "text", text = "{prices.rows} prices" },
  { kind = "table", query = "prices", title = "Prices" },
  { kind = "table", query = "failed", title = "Failures" },
]
[[layouts.moved.queries]]
name = "prices"
sql = '''
SELECT number, old_gross_price AS old, gross_price AS new
FROM record_changes
WHERE change = 'changed'
ORDER BY number
'''
[[layouts.moved.queries]]
name = "failed"
sql = "SELECT task, message FROM runs WHERE state = 'failed'"
"""


def report(task_id: str = "weekly", **settings: Any) -> str:
    given = {"layout": "moved", **settings}
    return task_table(task_id, "report", given if {"mail", "target"} & given.keys() else {"file": "{task}", **given})


def filled(site: Make, *tasks: str, extra: str = "") -> TaskSite:
    """A workspace in which a price was changed, after the articles were there long enough."""
    made = site(import_of("prices"), *tasks, extra + LAYOUTS)
    bring(made, 1)
    return made


def bring(made: TaskSite, price: int) -> None:
    made.put("uploads/prices.csv", f"No;Price\nA1;{price},00\nA2;5,00\n")
    assert made.run("prices").code == 0


def rows_of(answer: Any) -> dict[str, int]:
    rows: dict[str, int] = answer.told["details"]["queries"]
    return rows


def test_every_format_arrives_and_says_the_same(site: Make) -> None:
    made = filled(
        site, report(period="since_last_run", formats=["html", "pdf", "excel", "csv", "text"], overwrite=True)
    )
    assert rows_of(made.run("weekly")) == {"prices": 0, "failed": 0}
    bring(made, 7)
    answer = made.run("weekly")
    assert (answer.code, answer.counts) == (0, {"written": 1})
    assert rows_of(answer) == {"prices": 1, "failed": 0}
    out = made.home / "exports"
    assert sorted(path.name for path in out.iterdir()) == [
        "weekly.html", "weekly.pdf", "weekly.txt", "weekly.xlsx", "weekly.zip",
    ]  # fmt: skip
    assert "A1        1    7" in (out / "weekly.txt").read_text(encoding="utf-8")
    assert "<td>A1</td>" in (out / "weekly.html").read_text(encoding="utf-8").replace(' dir="auto"', "")
    assert "What moved" in PdfReader(out / "weekly.pdf").pages[0].extract_text()
    assert [cell.value for cell in openpyxl.load_workbook(out / "weekly.xlsx")["Prices"][2]] == ["A1", 1, 7]
    assert {file["name"] for file in answer.told["files"]} == {path.name for path in out.iterdir()}


def test_a_report_goes_on_where_the_last_one_ended(site: Make) -> None:
    made = filled(site, report(period="since_last_run", overwrite=True))
    made.run("weekly")
    bring(made, 2)
    assert rows_of(made.run("weekly", "--dry-run"))["prices"] == 1
    assert rows_of(made.run("weekly"))["prices"] == 1, "a dry run moves nothing"
    assert rows_of(made.run("weekly"))["prices"] == 0
    bring(made, 3)
    bring(made, 2)
    assert rows_of(made.run("weekly"))["prices"] == 1


def test_a_dry_run_makes_everything_and_sends_nothing(site: Make) -> None:
    made = filled(site, report(formats=["html", "pdf"]))
    answer = made.run("weekly", "--dry-run")
    assert answer.code == 0
    assert answer.told["message"] == (
        "Would send weekly.html and weekly.pdf to the export directory. Rows by query: prices 0, failed 0."
    )
    assert not list((made.home / "exports").glob("*"))


def test_nothing_to_tell_sends_nothing(site: Make) -> None:
    made = filled(site, report(period="since_last_run", if_empty="skip"))
    answer = made.run("weekly")
    assert answer.told["message"] == "Nothing to tell; no report was sent."
    assert not list((made.home / "exports").glob("*"))
    bring(made, 4)
    made.run("weekly")
    assert [path.name for path in (made.home / "exports").iterdir()] == ["weekly.html"]


def test_an_existing_file_is_refused_before_a_query_is_asked(site: Make) -> None:
    made = filled(site, report(formats=["csv"]))
    made.put("exports/weekly.zip", "mine")
    answer = made.run("weekly")
    assert answer.code != 0
    assert "weekly.zip exists at the export directory" in answer.told["message"]
    assert (made.home / "exports" / "weekly.zip").read_text() == "mine"


def test_a_query_that_fails_sends_nothing(site: Make) -> None:
    broken = LAYOUTS.replace("layouts.moved", "layouts.broken").replace("SELECT task, message", "SELECT 1 / task")
    made = filled(site, report(layout="broken", formats=["html", "pdf"]), extra=broken)
    answer = made.run("weekly")
    assert answer.code != 0
    assert "The query 'failed' failed" in answer.told["message"]
    assert not list((made.home / "exports").glob("*"))


def test_a_report_to_a_location(site: Make) -> None:
    made = filled(site, report(target={"location": "out", "path": "{task}-{sequence:03}"}))
    assert made.run("weekly").code == 0
    assert list(made.files("out")) == ["weekly-001.html"]


# -- mail ------------------------------------------------------------------------------------------------------------


def targets(**urls: str) -> str:
    lines = "".join(f"{name} = {{ url = {json.dumps(url)}, timeout = 5 }}\n" for name, url in urls.items())
    return f"[alerts.targets]\n{lines}"


def mailbox(port: int, who: str = "ops") -> str:
    return f"mailto://127.0.0.1:{port}/{who}@example.com?from=pendel@example.com&mode=insecure"


def message_of(envelope: Any) -> EmailMessage:
    found = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert isinstance(found, email.message.EmailMessage)
    return found


def test_a_report_by_mail_has_both_texts_and_the_files(site: Make) -> None:
    with mail_server() as (port, envelopes):
        made = filled(site, report(mail=["ops"], formats=["html", "excel"]), extra=targets(ops=mailbox(port)))
        answer = made.run("weekly")
        assert answer.code == 0, answer.notes
        mail = message_of(envelopes.get(timeout=30))
        assert envelopes.empty()
    assert str(mail["Subject"]).startswith("What moved: ")
    html, plain = mail.get_body(("html",)), mail.get_body(("plain",))
    assert html is not None
    assert plain is not None
    assert "<h1>What moved</h1>" in html.get_content()
    assert "0 prices" in plain.get_content()
    assert "<" not in plain.get_content()
    names = [part.get_filename() for part in mail.iter_attachments()]
    assert sorted(str(name).rsplit(".")[-1] for name in names) == ["html", "xlsx"]
    assert all(str(name).startswith("weekly-2") for name in names)


def test_who_does_not_take_it_keeps_nobody_else_from_it(site: Make) -> None:
    with mail_server() as (port, envelopes):
        urls = {"gone": mailbox(1), "ops": mailbox(port)}
        made = filled(site, report(mail=["gone", "ops"], file="{task}"), extra=targets(**urls))
        answer = made.run("weekly")
        assert "The target gone did not take the message" in answer.told["message"]
        assert envelopes.get(timeout=30).rcpt_tos == ["ops@example.com"]
    assert answer.code != 0
    assert (made.home / "exports" / "weekly.html").exists()


def test_a_command_is_given_the_text_and_the_files(site: Make) -> None:
    command = ["sh", "-c", "cat > said.txt; cp $PENDEL_FILES taken.html"]
    extra = f"[alerts.targets]\nscript = {{ command = {json.dumps(command)} }}\n"
    made = filled(site, report(mail=["script"]), extra=extra)
    assert made.run("weekly").code == 0
    assert "What moved" in (made.home / "said.txt").read_text(encoding="utf-8")
    assert (made.home / "taken.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


# -- resuming --------------------------------------------------------------------------------------------------------


def names_in(envelope: Any) -> list[str]:
    return sorted(str(part.get_filename()) for part in message_of(envelope).iter_attachments())


KILLED_AFTER = """
import os, signal
from core.cli.main import build
from core.tasks import reporting

step = getattr(reporting, {place!r})

def killed(*arguments, **more):
    step(*arguments, **more)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(reporting, {place!r}, killed)
build(lambda *_: 0)(["--config", {config!r}, "run", "weekly"])
"""


@pytest.mark.parametrize("place", ["_make", "_deliver", "_send", "_finish"])
def test_a_report_that_was_killed_is_taken_up_and_arrives_once(site: Make, place: str) -> None:
    with mail_server() as (port, envelopes):
        made = filled(
            site,
            report(period="since_last_run", file="{task}-{sequence}", mail=["ops"], formats=["html", "csv"]),
            extra=targets(ops=mailbox(port)),
        )
        code = KILLED_AFTER.format(place=place, config=str(made.config))
        ended = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=120, check=False)
        assert ended.returncode == -signal.SIGKILL, ended.stderr
        assert made.run("weekly").code == 0
        # The run that was killed, and the one that was asked for now.
        assert [names_in(envelopes.get(timeout=30)) for _ in range(2)] == [
            ["weekly-1.html", "weekly-1.zip"],
            ["weekly-2.html", "weekly-2.zip"],
        ]
        assert envelopes.empty()
    with closing(Journal(made.data / "journal.sqlite")) as journal:
        runs = [run for run in journal.runs.latest("weekly") if run.task == "weekly"]
        assert [(run.state, run.fence) for run in runs] == [(RunState.SUCCEEDED, 1), (RunState.SUCCEEDED, 2)]
        assert journal.cursors.get("weekly") is not None
    files = [f"weekly-{number}.{ending}" for number in (1, 2) for ending in ("html", "zip")]
    assert sorted(path.name for path in (made.home / "exports").iterdir()) == files


def test_a_report_that_was_being_mailed_is_mailed_again(site: Make) -> None:
    """Nobody can be asked whether it arrived: twice is better than not at all, and the log says so."""
    with mail_server() as (port, envelopes):
        made = filled(site, report(mail=["ops"]), extra=targets(ops=mailbox(port)))
        code = KILLED_AFTER.replace("reporting, {place!r}", "reporting, 'trying'")
        code = code.format(config=str(made.config))
        subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=120, check=False)
        answer = made.run("weekly")
        assert answer.code == 0
        assert "may have been sent to ops before the interruption" in answer.notes
        assert [envelopes.get(timeout=30).rcpt_tos for _ in range(3)] == [["ops@example.com"]] * 3
