"""One message to one target: real servers, and real commands."""

from __future__ import annotations

import email
import email.policy
import json
import logging
import socket
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
from support.receiving import Receiver, mail_server

from core.config.alerts import Target
from core.engine.alerts.targets import deliver
from core.engine.alerts.words import Message
from core.errors import ConfigError, ConnectionFailed

if TYPE_CHECKING:
    from pathlib import Path

    from core.config.secrets import SecretRef

TROUBLE = Message("prices failed (host)", "Prices\nRun 7: näh, no file.", ("prices",), ("failed",))
SECRET = "swordfish-and-more"


class Vault:
    def __init__(self, value: str) -> None:
        self._value = value

    def line(self, _: SecretRef) -> str:
        return self._value

    def text(self, _: SecretRef) -> str:
        return self._value


def send(tmp_path: Path, settings: dict[str, Any], message: Message = TROUBLE, *, secret: str = "") -> None:
    target = Target.model_validate({"timeout": 5} | settings)
    deliver("ops", target, message, secrets=Vault(secret), base_dir=tmp_path)


def test_a_webhook_is_told(web: Receiver, tmp_path: Path) -> None:
    send(tmp_path, {"url": f"json://{web.place}/hook"})
    asked = web.next()
    assert (asked.method, asked.path) == ("POST", "/hook")
    assert (asked.json["title"], asked.json["message"], asked.json["type"]) == (TROUBLE.title, TROUBLE.text, "failure")


def test_a_webhook_is_told_that_all_is_well(web: Receiver, tmp_path: Path) -> None:
    send(tmp_path, {"url": f"json://{web.place}"}, Message("well", "well", ("a", "b"), ("well", "well")))
    assert web.next().json["type"] == "success"


def test_mail_arrives_at_a_real_server(tmp_path: Path) -> None:
    with mail_server() as (port, envelopes):
        send(tmp_path, {"url": f"mailto://127.0.0.1:{port}/ops@example.com?from=pendel@example.com&mode=insecure"})
        envelope = envelopes.get(timeout=30)
    assert envelope.rcpt_tos == ["ops@example.com"]
    mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert mail["Subject"] == TROUBLE.title
    part = mail.get_body(("plain",))
    assert part is not None
    assert part.get_content().splitlines()[:2] == TROUBLE.text.splitlines()


def test_a_target_that_refuses_says_why_without_its_secret(
    web: Receiver, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    web.status = 403
    with pytest.raises(ConnectionFailed, match="did not take the message") as caught:
        send(
            tmp_path,
            {"secret_url": {"secret": "hook"}},
            secret=f"json://me:{SECRET}@{web.place}/{SECRET}/?+X-Key={SECRET}",
        )
    assert "403" in str(caught.value)
    assert caught.value.retriable
    assert SECRET in web.next().path
    shown = str(caught.value) + caplog.text + "".join(capfd.readouterr())
    assert SECRET not in shown


def test_a_target_that_is_not_there(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    caplog.set_level(logging.DEBUG, "urllib3")
    with pytest.raises(ConnectionFailed):
        send(tmp_path, {"secret_url": {"secret": "hook"}}, secret=f"json://127.0.0.1:{port}/{SECRET}")
    assert SECRET not in caplog.text


def test_a_target_that_hangs_is_let_go(web: Receiver, tmp_path: Path) -> None:
    web.answering.clear()
    with pytest.raises(ConnectionFailed):
        send(tmp_path, {"url": f"json://{web.place}", "timeout": 1})


def test_no_thread_is_left_that_the_end_of_the_program_would_wait_for(web: Receiver, tmp_path: Path) -> None:
    before = set(threading.enumerate())
    web.answering.clear()
    sending = threading.Thread(target=send, args=(tmp_path, {"url": f"json://{web.place}", "timeout": 60}))
    sending.start()
    web.next()
    ours = {thread for thread in set(threading.enumerate()) - before if "process_request" not in thread.name}
    assert ours == {sending}
    web.answering.set()
    sending.join(60)


def test_a_secret_that_is_no_address_is_not_repeated(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ConfigError, match="no service that is known") as caught:
        send(tmp_path, {"secret_url": {"secret": "hook"}}, secret=f"nothing://{SECRET}")
    assert SECRET not in str(caught.value) + caplog.text


TELL = "import json, os, sys; json.dump([sys.stdin.read(), dict(os.environ)], open('told', 'w'))"


def test_a_command_has_the_message_as_its_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENDEL_VAULT_KEY", SECRET)
    send(tmp_path, {"command": [sys.executable, "-c", TELL, "; touch harmed"]})
    text, environment = json.loads((tmp_path / "told").read_text())
    assert text == f"{TROUBLE.title}\n\n{TROUBLE.text}\n"
    told = {key: environment[key] for key in ("PENDEL_TASK", "PENDEL_OUTCOME", "PENDEL_TITLE")}
    assert told == {"PENDEL_TASK": "prices", "PENDEL_OUTCOME": "failed", "PENDEL_TITLE": TROUBLE.title}
    assert "PENDEL_VAULT_KEY" not in environment
    assert not (tmp_path / "harmed").exists()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["/no/such/program"], "cannot be started: no such file"),
        ([sys.executable, "-c", "import sys; sys.exit(3)"], "failed with exit code 3"),
        ([sys.executable, "-c", "import time; time.sleep(600)"], "did not end within 1 seconds"),
    ],
)
def test_a_command_that_does_not_do_it(command: list[str], said: str, tmp_path: Path) -> None:
    with pytest.raises(ConnectionFailed, match=said):
        send(tmp_path, {"command": command, "timeout": 1})


def test_a_command_that_reads_nothing_has_taken_the_message(tmp_path: Path) -> None:
    send(tmp_path, {"command": ["true"]}, Message("t", "x" * 1_000_000, (), ("digest",)))
