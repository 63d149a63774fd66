"""From a reference in the configuration to the secret itself, at the moment it is needed.

Nothing is kept: a rotated secret counts from the next connection on. What goes wrong is told with the place where the
secret should be, never with what was found there.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from core.config.model import placed
from core.errors import ConfigError, Problem
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.config.model import Config
    from core.config.secrets import SecretRef
    from core.config.vault import Vault

_COMMAND_SECONDS = 30.0


class SecretResolver:
    """Looks secrets up where the configuration says they are kept.

    ``learn`` is called with every secret before it is handed out, so that logs can be kept clean of it.
    """

    def __init__(
        self,
        config: Config,
        vault: Vault,
        *,
        learn: Callable[[str], None] = lambda _: None,
        command_seconds: float = _COMMAND_SECONDS,
    ) -> None:
        self._config_file = config.path
        self._base_dir = config.base_dir
        self._vault = vault
        self._learn = learn
        self._command_seconds = command_seconds

    def line(self, reference: SecretRef) -> str:
        """Return a secret that is one line, such as a password: of a file or a command's output the first line.

        Raises:
            ConfigError: it is not where the configuration says, or is empty.
        """
        text = self._look_up(reference)
        if reference.file or reference.command:
            text = text.split("\n", 1)[0].removesuffix("\r")
        return self._handed_out(reference, text)

    def text(self, reference: SecretRef) -> str:
        """Return a secret that may have several lines, such as a private key: the whole file or output.

        Raises:
            ConfigError: it is not where the configuration says, or is empty.
        """
        return self._handed_out(reference, self._look_up(reference))

    def _handed_out(self, reference: SecretRef, secret: str) -> str:
        if not secret.strip():
            raise self._problem(f"{reference.place}, where a secret should be, is empty")
        self._learn(secret)
        return secret

    def _look_up(self, reference: SecretRef) -> str:
        if reference.secret is not None:
            return self._vault.get(reference.secret)
        if reference.env is not None:
            if reference.env not in os.environ:
                raise self._problem(f"{reference.place}, where a secret should be, is not set")
            return os.environ[reference.env]
        if reference.file is not None:
            return self._decoded(reference, self._file_content(reference, reference.file))
        return self._decoded(reference, self._output(reference.command or ""))

    def _file_content(self, reference: SecretRef, name: str) -> bytes:
        candidates = [placed(self._base_dir, name)]
        # systemd hands credentials over in a directory of the unit (systemd.exec, LoadCredential=).
        directory = os.environ.get("CREDENTIALS_DIRECTORY")
        if directory and not Path(name).is_absolute():
            candidates.append(Path(directory) / name)
        for path in candidates:
            try:
                return path.read_bytes()
            except FileNotFoundError:
                continue
            except OSError as error:
                reason = (error.strerror or type(error).__name__).lower()
                raise self._problem(f"{reference.place}, where a secret should be, cannot be read: {reason}") from None
        places = " nor in ".join(str(path.parent) for path in candidates)
        absent = f"neither in {places}" if len(candidates) > 1 else f"not in {places}"
        raise self._problem(f"{reference.place}, where a secret should be, is {absent}")

    def _output(self, command: str) -> bytes:
        try:
            words = shlex.split(command)
        except ValueError:
            raise self._problem("the configured command for a secret has a quote that is not closed") from None
        if not words:
            raise self._problem("the configured command for a secret is empty")
        program = f"the command {words[0]!r}, which should print a secret,"
        try:
            process = subprocess.Popen(
                words,
                cwd=self._base_dir,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                # What it complains of may hold the secret.
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            reason = (error.strerror or type(error).__name__).lower()
            raise self._problem(f"{program} cannot be started: {reason}") from None
        with process:
            try:
                output, _ = process.communicate(timeout=self._command_seconds)
            except subprocess.TimeoutExpired:
                # Its own session: what it has started ends with it, and cannot hold the pipe open.
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
                raise self._problem(f"{program} did not end within {self._command_seconds:g} seconds") from None
        if process.returncode:
            raise self._problem(
                f"{program} failed with exit code {process.returncode}; run it by hand as the same user to see why"
            )
        return output

    def _decoded(self, reference: SecretRef, content: bytes) -> str:
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError:
            raise self._problem(f"{reference.place}, where a secret should be, is not UTF-8 text") from None

    def _problem(self, message: str) -> ConfigError:
        return ConfigError([Problem(clean(str(self._config_file)), "", "", clean(message))])
