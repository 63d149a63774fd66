from __future__ import annotations

from typing import TYPE_CHECKING

from support.config_texts import HEAD, MACHINES, task

from core.config.document import ConfigDocument
from core.config.load import load

if TYPE_CHECKING:
    from support.config_texts import Write


def large(tasks: int) -> str:
    """Return a configuration with so many tasks."""
    return HEAD + MACHINES + "".join(task(f"prices-{number}", delete_after="true") for number in range(tasks))


def test_a_thousand_tasks_load_and_one_of_them_can_be_changed(write: Write) -> None:
    path = write(large(1000))
    text = path.read_text()
    config = load(path)
    assert len(config.tasks) == 1000
    document = ConfigDocument.open(path)
    document.set("tasks", "prices-500", ("delete_after",), False)
    document.save(expected_fingerprint=config.fingerprint)
    changed = [
        (old, new) for old, new in zip(text.splitlines(), path.read_text().splitlines(), strict=True) if old != new
    ]
    assert changed == [("delete_after = true", "delete_after = false")]
