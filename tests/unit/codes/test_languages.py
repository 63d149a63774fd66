from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.exchange.codes import Unfit
from core.exchange.codes.languages import fitting, language_tag, terminological

SHARED = Path(__file__).parents[4] / "shared" / "formats"
CODES = ["nl", "de", "en", "fr", "cs", "pl", "it", "es", "pt", "sv", "nb", "fi", "da", "el", "ro", "sk", "zh", "ja"]


@pytest.mark.parametrize("code", CODES)
def test_three_letters_and_back(code: str) -> None:
    assert language_tag(terminological(code)) == code


@given(st.sampled_from(CODES), st.sampled_from(["", "-NL", "-BE", "-DE", "-CH", "-US"]))
def test_a_region_is_kept(code: str, region: str) -> None:
    assert language_tag((code + region).upper()) == language_tag(code + region.lower()) == code + region


def test_the_spellings_of_all_formats() -> None:
    assert {language_tag(code) for code in ("dut", "nld", "nl", "NL", "DUT")} == {"nl"}
    assert (language_tag("nl-NL"), language_tag("EN"), language_tag("ger"), language_tag("DEU")) == (
        "nl-NL",
        "en",
        "de",
        "de",
    )
    assert (terminological("nl-BE"), terminological("de")) == ("nld", "deu")


@pytest.mark.parametrize("code", ["", "n1-NL", "deutsch", "xx", "12", "zzz", "d", "nl_", "und", "\x00"])
def test_what_is_no_language_is_refused(code: str) -> None:
    with pytest.raises(Unfit):
        language_tag(code)


@given(st.text(max_size=12))
def test_any_text_is_a_language_or_refused(code: str) -> None:
    try:
        found = language_tag(code)
    except Unfit:
        return
    assert language_tag(found) == found


def test_which_of_the_languages_a_text_goes_to() -> None:
    assert fitting("dut", ["de", "nl"]) == "nl"
    assert fitting("dut", ["de", "nl-NL"]) == "nl-NL"
    assert fitting("nl-BE", ["nl", "de"]) == "nl"
    assert fitting("nl-BE", ["nl", "nl-BE"]) == "nl-BE"
    assert fitting("nl-BE", ["nl-NL"]) is None
    assert fitting("dut", ["nl-NL", "nl-BE"]) is None
    assert fitting("fre", ["nl", "de"]) is None


def test_nearly_every_code_of_bmecat_is_known() -> None:
    schema = SHARED / "bmecat-1.2" / "xsd" / "lang.xsd"
    if not schema.exists():
        pytest.skip(f"{schema} is not there.")
    codes = re.findall(r'enumeration value="(\w+)"', schema.read_text("utf-8"))
    unknown = []
    for code in codes:
        try:
            language_tag(code)
        except Unfit:
            unknown.append(code)
    assert len(codes) > 450
    assert not set(unknown) & {"dut", "ger", "deu", "eng", "fre", "fra", "nld", "ita", "spa"}
    assert len(unknown) < len(codes) // 4
