"""The SFTP server of the demonstration: what a client leaves open is closed, however its connection ended."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import paramiko

from core.demo.jail import Jail, PasswordGate

if TYPE_CHECKING:
    from pathlib import Path


def test_files_are_closed_at_the_end_of_the_session(tmp_path: Path) -> None:
    jail = Jail(PasswordGate("shop", "secret"), tmp_path)
    handle = jail.open("/a.csv", os.O_WRONLY | os.O_CREAT, paramiko.SFTPAttributes())
    assert isinstance(handle, paramiko.SFTPHandle)
    jail.session_ended()
    assert vars(handle)["writefile"].closed
    # paramiko may come to close it after all.
    handle.close()
