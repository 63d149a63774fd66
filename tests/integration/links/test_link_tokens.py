"""Tokens: refreshed once, by one of many, and never lost where it can be helped."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.links.exact_online import TOKEN_CALLS_A_DAY
from support.links.opening import REDIRECT, kept_in, open_exact

from core.errors import Refused
from core.links.faults import CallFailed
from core.links.reading import Reading
from core.links.tokens import Tokens
from core.redaction import Redactor

if TYPE_CHECKING:
    from support.links.exact_online import ExactOnline
    from support.links.rest_server import FakeClock

    from core.links.connection import Connection

ROOT = Path(__file__).parents[3]
TOKEN = "/api/oauth2/token"


def test_signing_in_with_a_browser(exact: ExactOnline, tmp_path: Path) -> None:
    with open_exact(exact, tmp_path, signed_in=False) as link:
        with pytest.raises(CallFailed, match="Nobody has signed in") as caught:
            link.test()
        assert caught.value.kind == "sign_in"
        begun = link.keeper.begin_sign_in()
        assert begun.url.startswith("https://start.exactonline.nl/api/oauth2/auth?")
        assert "force_login=0" in begun.url
        link.keeper.finish_sign_in(begun, exact.sign_in(begun.url, redirect_uri=REDIRECT))
        link.test()
    assert kept_in(tmp_path).read().access == exact.access_token


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("https://127.0.0.1:9/back?code=x&state=other", "belongs to another sign-in"),
        ("https://127.0.0.1:9/back?state=x", "no code in this address"),
        ("https://127.0.0.1:9/back?error=access_denied&error_description=No%1b[31m", r"refused the sign-in: No\\x1b"),
    ],
)
def test_an_address_that_is_not_of_this_sign_in_is_refused(
    exact: ExactOnline, tmp_path: Path, address: str, words: str
) -> None:
    with open_exact(exact, tmp_path, signed_in=False) as link, pytest.raises(Refused, match=words):
        link.keeper.finish_sign_in(link.keeper.begin_sign_in(), address)
    assert exact.log == []


def test_a_token_is_refreshed_on_time_and_not_before(exact: ExactOnline, link: Connection, clock: FakeClock) -> None:
    for _ in range(20):
        link.test()
        clock.forward(60)
    # 20 minutes: that of signing in, and one more.
    assert len(exact.asked(TOKEN)) == 1
    assert len(exact.asked("/api/v1/current/Me")) == 20


def test_a_token_that_ends_between_two_pages_is_renewed(exact: ExactOnline, link: Connection, clock: FakeClock) -> None:
    exact.rows["sync/CRM/Accounts"] = [{"ID": str(each), "Timestamp": each + 2} for each in range(2500)]
    read = 0
    for page in Reading(link, "customers").pages():
        read += len(page)
        clock.forward(601)
    assert read == 2500
    assert len(exact.asked(TOKEN)) == 2


def test_trap_01_threads_refresh_once(exact: ExactOnline, clock: FakeClock, tmp_path: Path) -> None:
    with open_exact(exact, tmp_path) as one, open_exact(exact, tmp_path, signed_in=False) as other:
        clock.forward(590)
        together = threading.Barrier(8)

        def ask(link: Connection) -> None:
            together.wait()
            link.test()

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(ask, [one, other] * 4))
    assert len(exact.asked(TOKEN)) == 1
    assert len(exact.asked("/api/v1/current/Me")) == 8


def test_trap_20_a_refresh_token_counts_although_its_access_token_was_never_used(
    exact: ExactOnline, clock: FakeClock, tmp_path: Path
) -> None:
    with open_exact(exact, tmp_path) as link:
        clock.forward(590)
        link.keeper.access()
    clock.forward(5000)
    with open_exact(exact, tmp_path, signed_in=False) as later:
        later.test()
    assert len(exact.asked(TOKEN)) == 2


CHILD = """
import json, os, signal, sys
from core.config.vault import Vault
from core.links.tokens import VaultTokens
from support.links.opening import definition_of, exact_values, opened
from support.links.rest_server import FakeClock
from pathlib import Path

url, directory, when, now = json.loads(sys.argv[1])

class Killed(VaultTokens):
    writes = 0
    def write(self, tokens):
        self.writes += 1
        if when == "before the answer is stored" and self.writes == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        super().write(tokens)
        if when == "before it is asked" and self.writes == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        if when == "before the token is used" and self.writes == 2:
            os.kill(os.getpid(), signal.SIGKILL)

directory = Path(directory)
tokens = Killed(Vault(directory), "exact", lock_dir=directory)
link = opened(definition_of("exact-online", url), exact_values(), tokens, FakeClock(now))
if when == "together":
    print("ready", flush=True)
    sys.stdin.readline()
link.test()
"""


def child(exact: ExactOnline, directory: Path, when: str) -> subprocess.Popen[str]:
    """Begin another process that asks the system for something."""
    given = json.dumps([exact.url, str(directory), when, exact.clock.now()])
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, given],
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "PATH": "/usr/bin:/bin"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def test_trap_01_processes_refresh_once(exact: ExactOnline, clock: FakeClock, tmp_path: Path) -> None:
    open_exact(exact, tmp_path).close()
    clock.forward(590)
    with ExitStack() as stack:
        others = [stack.enter_context(child(exact, tmp_path, "together")) for _ in range(3)]
        for each in others:
            assert each.stdout is not None
            assert each.stdout.readline() == "ready\n"
        for each in others:
            assert each.stdin is not None
            each.stdin.write("go\n")
            each.stdin.flush()
        for each in others:
            _, said = each.communicate()
            assert each.returncode == 0, said
    assert len(exact.asked(TOKEN)) == 1
    assert len(exact.asked("/api/v1/current/Me")) == 3


def killed(exact: ExactOnline, directory: Path, when: str) -> None:
    """Let another process refresh, and be killed on the way."""
    with child(exact, directory, when) as done:
        _, said = done.communicate()
    assert done.returncode == -signal.SIGKILL, said


@pytest.mark.parametrize("when", ["before it is asked", "before the token is used"])
def test_trap_02_a_kill_around_a_refresh_loses_no_token(
    exact: ExactOnline, clock: FakeClock, tmp_path: Path, when: str
) -> None:
    open_exact(exact, tmp_path).close()
    clock.forward(590)
    killed(exact, tmp_path, when)
    with open_exact(exact, tmp_path, signed_in=False) as link:
        link.test()
    assert len(exact.asked(TOKEN)) == 1


def test_trap_02_a_kill_before_the_answer_is_stored_is_told_of(
    exact: ExactOnline, clock: FakeClock, tmp_path: Path
) -> None:
    open_exact(exact, tmp_path).close()
    clock.forward(590)
    killed(exact, tmp_path, "before the answer is stored")
    with (
        open_exact(exact, tmp_path, signed_in=False) as link,
        pytest.raises(CallFailed, match="interrupted in the middle of a refresh") as caught,
    ):
        link.test()
    # The system has used up the old one; only a person can help.
    assert caught.value.kind == "sign_in"
    assert caught.value.advice == "Sign in again."


def test_a_refresh_whose_answer_was_lost_ends_plainly(exact: ExactOnline, link: Connection, clock: FakeClock) -> None:
    clock.forward(590)
    exact.misbehave("lost", TOKEN)
    with pytest.raises(CallFailed, match="interrupted in the middle of a refresh") as caught:
        link.test()
    assert caught.value.kind == "sign_in"


def test_a_server_that_stumbles_at_the_token_is_asked_again(
    exact: ExactOnline, link: Connection, clock: FakeClock
) -> None:
    clock.forward(590)
    exact.misbehave("503", TOKEN)
    link.test()
    assert len(exact.asked(TOKEN)) == 2


def test_the_token_calls_of_a_day_are_kept_to(exact: ExactOnline, clock: FakeClock, tmp_path: Path) -> None:
    now = clock.now()
    with open_exact(exact, tmp_path) as link:
        kept = kept_in(tmp_path)
        spent = kept.read()
        calls = tuple(now - each for each in range(TOKEN_CALLS_A_DAY, 0, -1))
        kept.write(Tokens(spent.access, spent.refresh, spent.obtained_at, spent.expires_at, calls))
        clock.forward(590)
        with pytest.raises(CallFailed, match="gives a new token in 23 h") as caught:
            link.test()
    assert caught.value.kind == "wait"
    assert exact.log == []


def test_a_wrong_client_secret_is_told_as_that(exact: ExactOnline, tmp_path: Path, clock: FakeClock) -> None:
    with open_exact(exact, tmp_path, values={"client_secret": "another"}) as link:
        clock.forward(590)
        with pytest.raises(CallFailed, match="gives no token") as caught:
            link.test()
    assert "client secret" in caught.value.advice


def test_no_token_or_secret_stands_in_what_is_told(
    exact: ExactOnline, tmp_path: Path, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    redactor = Redactor()
    caplog.set_level("DEBUG")
    with open_exact(exact, tmp_path, redactor=redactor) as link:
        clock.forward(590)
        link.test()
        tokens = kept_in(tmp_path).read()
        assert redactor.redact(f"{tokens.access} {tokens.refresh}") == "[secret] [secret]"
        assert "client-secret" not in redactor.redact("client-secret-1")
    assert "current/Me" not in "".join(record.getMessage() for record in caplog.records if record.name == "httpx")
    assert tokens.access not in repr(tokens)
    for file in tmp_path.iterdir():
        assert tokens.refresh.encode() not in file.read_bytes()


def test_a_refusal_is_no_interruption(exact: ExactOnline, link: Connection, clock: FakeClock) -> None:
    clock.forward(590)
    exact.grant()  # somebody else has signed in, and used our refresh token up
    for _ in range(2):
        with pytest.raises(CallFailed, match=r"Old refresh token used\. Sign in again") as caught:
            link.test()
        assert caught.value.kind == "sign_in"


def test_a_system_that_says_too_early_is_asked_later(exact: ExactOnline, link: Connection, clock: FakeClock) -> None:
    clock.forward(590)
    exact.obtained_at = clock.now() - 500
    link.test()
    assert clock.waits.count(60) == 2


def test_a_clock_that_was_set_back_keeps_nobody_out(exact: ExactOnline, link: Connection, clock: FakeClock) -> None:
    clock.forward(-86_400)
    exact.obtained_at = clock.now() - 600
    link.test()
    assert len(exact.asked(TOKEN)) == 1
