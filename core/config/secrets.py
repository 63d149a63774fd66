"""How a secret stands in the configuration: never itself, only where it is kept."""

from __future__ import annotations

from typing import Annotated, Any, Protocol

from pydantic import BeforeValidator, StrictStr, model_validator

from core.config.base import Identifier, Settings, setting
from core.text import listed


class SecretRef(Settings):
    """A reference to a secret; exactly one of the places is given."""

    secret: Identifier | None = setting(
        None, title="In the vault", help="The name it was stored under.", refers="secrets"
    )
    env: StrictStr | None = setting(None, title="In the environment", help="The name of the variable.")
    file: StrictStr | None = setting(
        None, title="In a file", help="Relative to the config file; its first line counts."
    )
    command: StrictStr | None = setting(None, title="From a command", help="The first line of its output counts.")

    @model_validator(mode="after")
    def _one_place(self) -> SecretRef:
        if len(self.model_fields_set) != 1:
            raise ValueError(f"exactly one of {listed(SecretRef.model_fields)} is needed")
        return self

    @property
    def place(self) -> str:
        """Where the secret is kept, in words for messages."""
        if self.secret:
            return f"the secret {self.secret!r} of the vault"
        if self.env:
            return f"the environment variable {self.env}"
        if self.file:
            return f"the file {self.file}"
        return "the output of the configured command"


class SecretReader(Protocol):
    """Reads secrets where they are kept.

    Raises:
        PendelError: a secret is not where the configuration says.
    """

    def line(self, reference: SecretRef) -> str:
        """Return a secret of one line, such as a password."""

    def text(self, reference: SecretRef) -> str:
        """Return a secret that may have several lines, such as a private key."""


def _refuse_plain(value: Any) -> Any:
    if isinstance(value, str):
        # The value itself is not repeated: it may well be a password.
        raise ValueError(
            'a secret never stands in this file; store it with "pendel secret set NAME" and write { secret = "NAME" }'
        )
    return value


Secret = Annotated[SecretRef, BeforeValidator(_refuse_plain)]
"""A setting that refers to a secret; text in its place is refused without being repeated."""
