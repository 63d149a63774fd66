"""Carrying one message to one target: through Apprise, or to a command."""

from __future__ import annotations

import logging
import os
import re
import signal
import subprocess
import threading
from typing import TYPE_CHECKING
from urllib.parse import unquote

from core.errors import ConfigError, ConnectionFailed, Problem
from core.redaction import Redactor
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from core.config.alerts import Target
    from core.config.secrets import SecretReader
    from core.engine.alerts.words import Message

_KEPT_FROM_COMMANDS = ("PENDEL_VAULT_KEY", "NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC")
_QUIET_LOGGERS = ("apprise", "urllib3")
"""What they say may hold the address, and would be written over the console."""


def deliver(name: str, target: Target, message: Message, *, secrets: SecretReader, base_dir: Path) -> None:
    """Carry a message to a target, which may take several times its timeout where a service is slow in parts.

    Raises:
        ConfigError: a secret is not where the configuration says, or its address is of no service that is known.
        ConnectionFailed: the target did not take it.
    """
    if target.command is not None:
        _run(name, target.command, message, base_dir=base_dir, timeout=target.timeout)
        return
    redactor = Redactor()
    url = target.url or ""
    if target.secret_url is not None:
        url = secrets.line(target.secret_url).strip()
        # Services put parts of their address into what they say; any of them may be the token.
        for part in re.split(r"[/?#&=@,:+]+", url.partition("://")[2]):
            redactor.add(part)
            redactor.add(unquote(part))
    _notify(name, url, message, timeout=target.timeout, redactor=redactor)


def _notify(name: str, url: str, message: Message, *, timeout: int, redactor: Redactor) -> None:
    for logger in map(logging.getLogger, _QUIET_LOGGERS):
        logger.propagate = False
    from apprise import Apprise, AppriseAsset, AppriseAttachment, NotifyFormat, NotifyType
    from apprise.attachment.file import AttachFile

    asset = AppriseAsset(app_id="Pendel", app_desc="Pendel", async_mode=False, storage_mode="memory")
    service = Apprise.instantiate(url, asset=asset)
    if service is None:
        raise ConfigError(
            [Problem("", f"[alerts.targets.{name}]", "", "this is the address of no service that is known")],
            advice="Write it as https://appriseit.com/services/ says.",
        )
    # Messages are plain text; nothing turns them into what a service would take for markup. Mail has both.
    marked_up = bool(message.html) and url.partition("://")[0].lower() in ("mailto", "mailtos")
    service.notify_format = NotifyFormat.HTML if marked_up else NotifyFormat.TEXT
    service.socket_connect_timeout = service.socket_read_timeout = float(timeout)
    # A service that takes no files leaves them out.
    attached = [AttachFile(str(path), name=title) for title, path in message.files]  # type: ignore[no-untyped-call]
    said = _Said()
    # Not by Apprise.notify: that hands the message to a pool, whose threads the end of the program waits for.
    logger = logging.getLogger("apprise")
    logger.addHandler(said)
    try:
        taken = service.notify(
            body=message.html if marked_up else message.text,
            title=message.title,
            notify_type=NotifyType.SUCCESS if message.good else NotifyType.FAILURE,
            attach=AppriseAttachment(attached) if attached else None,
        )
    except Exception as error:
        # A service may raise whatever its own libraries do; what stands in it may be its address.
        raise _not_taken(name, f"the service raised {type(error).__name__}") from None
    finally:
        logger.removeHandler(said)
    if not taken:
        raise _not_taken(name, redactor.redact(said.last) or "the service did not say why")


class _Said(logging.Handler):
    """Keeps the last complaint of this thread: other targets are told at the same time."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._thread = threading.get_ident()
        self.last = ""

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self.last = record.getMessage()


def _not_taken(name: str, reason: str) -> ConnectionFailed:
    reason = clean(reason, limit=300).rstrip(".")
    return ConnectionFailed(
        f"The target {name} did not take the message: {reason}.", advice=f'Try it with "pendel alerts test {name}".'
    )


def _run(name: str, command: Sequence[str], message: Message, *, base_dir: Path, timeout: float) -> None:
    told = {
        "PENDEL_TITLE": message.title,
        "PENDEL_TASK": " ".join(message.tasks),
        "PENDEL_OUTCOME": " ".join(message.outcomes),
    }
    if message.files:
        told["PENDEL_FILES"] = os.pathsep.join(str(path) for _, path in message.files)
    inherited = {key: value for key, value in os.environ.items() if key not in _KEPT_FROM_COMMANDS}
    program = f"the command {command[0]!r}"
    try:
        process = subprocess.Popen(
            command,
            cwd=base_dir,
            env=inherited | told,
            stdin=subprocess.PIPE,
            # What it prints may hold a secret of its own.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or type(error).__name__).lower()
        raise _not_taken(name, f"{program} cannot be started: {reason}") from None
    with process:
        try:
            # One that does not read its input is not held to it: communicate ignores a broken pipe.
            process.communicate(f"{message.title}\n\n{message.text}\n".encode(), timeout=timeout)
        except subprocess.TimeoutExpired:
            # Its own session: what it has started ends with it, and cannot hold the pipe open.
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise _not_taken(name, f"{program} did not end within {timeout:g} seconds") from None
    if process.returncode:
        raise _not_taken(name, f"{program} failed with exit code {process.returncode}")
