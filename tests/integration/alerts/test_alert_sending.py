"""From the outbox to the targets: retries, restarts, and targets that hang."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from support.engine_desk import NOW, Time
from support.waiting import PATIENCE

from core.engine.alerts.sender import GIVEN_UP_AFTER, Sender
from core.engine.workspace import Workspace
from core.store.journal.alerts import Alert

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support.receiving import Receiver


class Sending:
    """A workspace with a sender, which can be started anew."""

    def __init__(self, config: Path, time: Time) -> None:
        self.config, self.time = config, time
        self.open()

    def open(self) -> None:
        self.workspace = Workspace(self.config, now=self.time)
        self.outbox = self.workspace.journal.outbox
        self.sender = Sender(self.workspace, first_pause=0.01)

    def close(self) -> None:
        self.sender.stop()
        self.workspace.close()

    def add(self, task: str, *, target: str = "ops", after: timedelta = timedelta()) -> None:
        at = self.time()
        self.outbox.add([Alert(target, task, "failed", f"{task} failed", "why", at, at + after)])

    def settle(self) -> None:
        """Wait until nothing is being sent."""
        for thread in list(self.sender._threads.values()):
            thread.join(PATIENCE)
            assert not thread.is_alive()

    def answers(self) -> dict[str, tuple[bool, str]]:
        """Of each task whether its message is closed, and why it was given up."""
        return {alert.task: (closed is not None, answer) for alert, closed, answer in self.outbox.latest()}


@pytest.fixture
def sending(workspace: Callable[..., Path], web: Receiver) -> Iterator[Sending]:
    targets = f'[alerts.targets]\nops = {{ url = "json://{web.place}" }}\nother = {{ command = ["true"] }}\n'
    sending = Sending(workspace(targets), Time())
    yield sending
    sending.close()


def test_what_is_due_at_once_is_told_in_one_message(sending: Sending, web: Receiver) -> None:
    for task in ("a", "b"):
        sending.add(task)
    sending.add("later", after=timedelta(hours=1))
    sending.sender.wake()
    told = web.next().json
    assert told["title"] == "2 alerts: a failed; b failed"
    assert told["message"] == "a failed\nwhy\n\nb failed\nwhy"
    sending.settle()
    assert sending.answers() == {"a": (True, ""), "b": (True, ""), "later": (False, "")}
    sending.time.move(hours=1)
    sending.sender.wake()
    assert web.next().json["title"] == "later failed"


def test_a_target_that_refuses_is_tried_again_until_it_takes_the_message(sending: Sending, web: Receiver) -> None:
    web.status = 500
    sending.add("a")
    sending.sender.wake()
    for _ in range(3):
        web.next()
    web.status = 200
    sending.add("b")
    sending.settle()
    assert sending.answers() == {"a": (True, ""), "b": (True, "")}


def test_what_was_not_sent_is_sent_after_a_restart(sending: Sending, web: Receiver) -> None:
    web.status = 500
    sending.add("a")
    sending.sender.wake()
    web.next()
    sending.close()
    while not web.asked.empty():
        web.asked.get()
    web.status = 200
    sending.open()
    assert sending.answers() == {"a": (False, "")}
    sending.sender.wake()
    assert web.next().json["title"] == "a failed"
    sending.settle()
    assert sending.answers() == {"a": (True, "")}


def test_after_a_day_a_message_is_given_up_with_a_line_in_the_log(
    sending: Sending, web: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    sending.add("a")
    sending.time.now = NOW + GIVEN_UP_AFTER + timedelta(minutes=1)
    sending.add("b")
    sending.sender.wake()
    assert web.next().json["title"] == "b failed"
    sending.settle()
    assert sending.answers() == {"a": (True, "ops did not take it within a day"), "b": (True, "")}
    assert "1 alert given up, because ops did not take it within a day: a failed" in caplog.text


def test_messages_to_a_target_that_is_gone_are_given_up(sending: Sending) -> None:
    sending.add("a", target="nobody")
    sending.sender.wake()
    sending.settle()
    assert sending.answers() == {"a": (True, "the configuration has no target nobody any more")}


def test_a_target_that_hangs_holds_up_no_other_and_not_the_end(sending: Sending, web: Receiver) -> None:
    web.answering.clear()
    sending.add("a")
    sending.sender.wake()
    web.next()
    sending.add("b", target="other")
    sending.sender.wake()
    sending.sender._threads["other"].join(PATIENCE)
    assert sending.answers() == {"a": (False, ""), "b": (True, "")}
    begun = time.monotonic()
    sending.sender.stop()
    assert time.monotonic() - begun < 20  # its own timeout is 30 seconds
    assert [thread.name for thread in threading.enumerate() if thread.name == "pendel-alert-ops"]
    web.answering.set()
    sending.settle()


def test_trouble_with_a_target_is_logged_once(
    sending: Sending, web: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "pendel")
    web.status = 500
    sending.add("a")
    sending.sender.wake()
    for _ in range(4):
        web.next()
    sending.sender.stop()
    tried = [record for record in caplog.records if "tried again in" in record.getMessage()]
    assert [record.levelname for record in tried[:3]] == ["WARNING", "DEBUG", "DEBUG"]
