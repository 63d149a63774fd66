"""How files move: one contract for every location, one module per protocol."""

from __future__ import annotations

from core.transfer.checks import StepResult, test_location
from core.transfer.hostkeys import HostKey, trust_host_key
from core.transfer.location import Location, Progress, RemoteFile, Transferred
from core.transfer.opening import offered_host_key, open_location

__all__ = [
    "HostKey",
    "Location",
    "Progress",
    "RemoteFile",
    "StepResult",
    "Transferred",
    "offered_host_key",
    "open_location",
    "test_location",
    "trust_host_key",
]
