"""Every error that Pendel raises, as one tree.

    PendelError
    ├── ConfigError             the configuration is wrong; carries every problem found
    ├── Refused                 a command is not carried out (rights, read-only, rules of the engine)
    │   └── ChangedOutside      what is to be changed is no longer what it was when it was read
    ├── BrakeError              carrying on would do more than the task allows (IM7)
    ├── StopRequested           the run was asked to stop; not a fault
    ├── ConnectionFailed        another system cannot be reached (retriable)
    ├── TransferError           a file could not be moved
    │   ├── FileMissing         the named file or directory is not there
    │   ├── AccessDenied        the other side does not allow it, or the login was refused
    │   ├── TargetExists        the target is there and may not be overwritten
    │   ├── SourceChanged       the source is still growing, or became another file while it was read
    │   └── VerifyFailed        what arrived is not what was sent (retriable)
    ├── LinkError               another system refuses a request, or answers it in a way that cannot be used
    ├── DataError               the content of a file, or a record, is wrong
    │   └── TooManyRejects      more rows were rejected than the task allows
    └── EngineError             a fault of Pendel's own house: the store, the disk, the lock
        ├── StoreError          the journal or the catalogue cannot do what was asked
        ├── StoreBusy           another engine works on this data directory
        └── FencedOff           this run was taken over by a later attempt; its block must not land

An error says what happened (``message``), and what to do (``advice``), each in a sentence that may be shown as it is.
Exceptions of other libraries become one of these at the border of the part that uses the library.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


class PendelError(Exception):
    """The root of the tree. ``str(error)`` is the message and the advice in one line."""

    title: ClassVar[str] = "Error"

    def __init__(self, message: str, *, advice: str = "", retriable: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice
        self.retriable = retriable

    def __str__(self) -> str:
        return f"{self.message} {self.advice}".strip()


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in the configuration, with the place where it stands."""

    file: str
    table: str
    """The table as the operator wrote it: ``[engine]``, ``[[tasks]] "supplier-prices"``."""
    key: str
    message: str
    value: str = ""
    suggestion: str = ""
    """The nearest valid spelling, where there is one."""
    line: int | None = None

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        subject = " ".join(part for part in (self.table, self.key) if part)
        text = f"{place}: {subject}: {self.message}" if subject else f"{place}: {self.message}"
        if self.value:
            text += f" (it says {self.value})"
        if self.suggestion:
            text += f"; did you mean {self.suggestion!r}?"
        return text


class ConfigError(PendelError):
    """The configuration cannot be used. ``problems`` holds all that was found, in file order."""

    title = "Configuration"

    def __init__(self, problems: tuple[Problem, ...] | list[Problem], *, advice: str = "") -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems), advice=advice)


class Refused(PendelError):
    """A command was not carried out, for a reason that is no fault."""

    title = "Refused"


class ChangedOutside(Refused):
    """What is to be changed is no longer what it was when it was read; nothing was written over it."""


class BrakeError(PendelError):
    """Carrying on would archive more than the task allows; nothing was changed."""

    title = "Brake"


class StopRequested(PendelError):
    """The run was asked to stop and has come to a point where it safely can."""

    title = "Stopped"

    def __init__(self, message: str = "The run was asked to stop.", *, advice: str = "") -> None:
        super().__init__(message, advice=advice)


class ConnectionFailed(PendelError):
    """Another system cannot be reached, or does not answer in time."""

    title = "Connection"

    def __init__(self, message: str, *, advice: str = "", retriable: bool = True) -> None:
        super().__init__(message, advice=advice, retriable=retriable)


class TransferError(PendelError):
    """A file could not be read, written, moved or deleted where it lies."""

    title = "Transfer"


class FileMissing(TransferError):
    """The named file or directory is not there."""


class AccessDenied(TransferError):
    """The other side does not allow it."""


class TargetExists(TransferError):
    """The target file is there already and may not be overwritten."""


class SourceChanged(TransferError):
    """The source file is still being written, or became another file while it was read."""


class VerifyFailed(TransferError):
    """What arrived at the target is not what was sent."""

    def __init__(self, message: str, *, advice: str = "", retriable: bool = True) -> None:
        super().__init__(message, advice=advice, retriable=retriable)


class LinkError(PendelError):
    """Another system refuses a request, or answers it in a way that cannot be used."""

    title = "Link"


class DataError(PendelError):
    """The content of a file or a record is wrong."""

    title = "Data"


class TooManyRejects(DataError):
    """A larger share of the rows was rejected than the task allows; nothing was changed."""


class EngineError(PendelError):
    """Something in Pendel's own house does not work."""

    title = "Engine"


class StoreError(EngineError):
    """The journal or the catalogue cannot do what was asked of it."""


class StoreBusy(EngineError):
    """Another engine works on this data directory."""


class FencedOff(EngineError):
    """This attempt of a run was taken over by a later one; its late block must not land."""
