"""Becomes another user, and asks an engine: ``attach_child.py UID SOCKET CALLS``; prints the answers as JSON."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from pydantic_core import to_json

from core.engine.api import Right
from core.engine.attach.client import RemoteEngine
from core.engine.attach.hello import hello
from core.engine.attach.methods import all_methods
from core.engine.attach.updates import update_adapter
from core.errors import PendelError


def told(error: PendelError) -> dict[str, Any]:
    return {"error": type(error).__name__, "message": error.message, "advice": error.advice}


def main() -> None:
    uid, path, calls = int(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
    # All that is needed is loaded before the user changes, who may not be able to read it.
    hello(Right.VIEW, "", "")
    update_adapter()
    for method in all_methods().values():
        assert method._adapters
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)
    remote = RemoteEngine(path, right=Right.ADMINISTER, terminal="pts/7 from 192.0.2.1")
    answers: list[Any] = []
    try:
        if not remote.connect():
            answers.append({"error": "nobody"})
        for name, *arguments in calls if remote.api.snapshot() else ():
            target: Any = remote.api
            for part in name.split("."):
                target = getattr(target, part)
            try:
                answers.append({"result": target(*arguments)})
            except PendelError as error:
                answers.append(told(error))
    except PendelError as error:
        answers.append(told(error))
    finally:
        remote.close()
    sys.stdout.buffer.write(to_json(answers))


if __name__ == "__main__":
    main()
