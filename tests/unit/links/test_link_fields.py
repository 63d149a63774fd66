"""The values of a link, as the operator gives them."""

from __future__ import annotations

import pytest

from core.config.secrets import SecretRef
from core.errors import Refused
from core.links.fields import link_values
from core.links.loading import ready


class Secrets:
    def line(self, reference: SecretRef) -> str:
        return f"secret {reference.secret}"

    def text(self, reference: SecretRef) -> str:
        return self.line(reference)


GIVEN: dict[str, str | SecretRef] = {"client": "c", "secret": SecretRef(secret="a"), "api_key": SecretRef(secret="b")}


def test_defaults_and_secrets_are_filled_in() -> None:
    assert link_values(ready("buchhaltungsbutler"), GIVEN, Secrets()) == {
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
def test_what_cannot_be_used_is_refused(change: dict[str, str], words: str) -> None:
    with pytest.raises(Refused) as caught:
        link_values(ready("buchhaltungsbutler"), {**GIVEN, **change}, Secrets())
    assert words in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_choice_is_one_of_those_that_there_are() -> None:
    given = {"site": "start.exactonline.it", "division": "1", "client_id": "c", "redirect_uri": "https://x"}
    with pytest.raises(Refused, match="Site of Exact Online must be start"):
        link_values(ready("exact-online"), {**given, "client_secret": SecretRef(secret="a")}, Secrets())
