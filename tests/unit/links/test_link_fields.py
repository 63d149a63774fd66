"""The values of a link, as the operator gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.config.secrets import SecretRef
from core.errors import Refused
from core.links.fields import link_values
from core.links.loading import ready

if TYPE_CHECKING:
    from core.config.links import FieldValue


class Secrets:
    def line(self, reference: SecretRef) -> str:
        return f"secret {reference.secret}"

    def text(self, reference: SecretRef) -> str:
        return self.line(reference)


BB = ready("buchhaltungsbutler")
GIVEN: dict[str, FieldValue] = {"client": "c", "secret": SecretRef(secret="a"), "api_key": SecretRef(secret="b")}


def test_defaults_and_secrets_are_filled_in() -> None:
    assert link_values(BB.name, BB.fields, GIVEN, Secrets()) == {
        "address": "https://webapp.buchhaltungsbutler.de/api/v1",
        "client": "c",
        "secret": "secret a",
        "api_key": "secret b",
    }


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"clint": "x"}, "has no field 'clint'. Did you mean 'client'?"),
        ({"client": ""}, "API client of BuchhaltungsButler is missing."),
        ({"secret": "hunter2"}, "API secret of BuchhaltungsButler stands there as it is."),
    ],
)
def test_what_cannot_be_used_is_refused(change: dict[str, FieldValue], words: str) -> None:
    with pytest.raises(Refused) as caught:
        link_values(BB.name, BB.fields, {**GIVEN, **change}, Secrets())
    assert words in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_choice_is_one_of_those_that_there_are() -> None:
    given: dict[str, FieldValue] = {
        "site": "start.exactonline.it",
        "division": "1",
        "client_id": "c",
        "redirect_uri": "https://x",
    }
    with pytest.raises(Refused, match="Site of Exact Online must be start"):
        link_values(
            "Exact Online", ready("exact-online").fields, {**given, "client_secret": SecretRef(secret="a")}, Secrets()
        )
