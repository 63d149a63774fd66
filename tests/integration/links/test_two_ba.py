"""The definition of 2BA's older web service against a server that behaves as the vendor's."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from support.links.opening import kept_in, opened
from support.links.rest_server import serving
from support.links.tokens import CLIENT_ID, CLIENT_SECRET
from support.links.two_ba import PASSWORD, USER, TwoBa

from core.errors import Refused
from core.links.faults import CallFailed
from core.links.loading import checked
from core.links.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.links.rest_server import FakeClock

    from core.links.connection import Connection


@pytest.fixture
def site(clock: FakeClock) -> Iterator[TwoBa]:
    with serving(TwoBa(clock)) as site:
        site.products = [
            {"GTIN": "08712345678906", "Description": "Bolt M6", "ManufacturerGLN": "1", "Productcode": "B/6"},
            {"GTIN": "08712345678913", "Description": "Nut M6", "ManufacturerGLN": "1", "Productcode": "N/6"},
        ]
        yield site


@pytest.fixture
def link(site: TwoBa, tmp_path: Path) -> Iterator[Connection]:
    text = (files("core.links.ready") / "2ba-v1.toml").read_text(encoding="utf-8")
    text = text.replace("https://api.2ba.nl", site.url).replace("https://authorize.2ba.nl", site.url)
    values = {"username": USER, "password": PASSWORD, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    with opened(checked(text, "2ba-v1.toml"), values, kept_in(tmp_path), site.clock) as connection:
        yield connection


def read(reading: Reading) -> list[dict[str, Any]]:
    return [row for page in reading.pages() for row in page]


def test_a_product_is_read_by_its_gtin_of_14_digits(link: Connection) -> None:
    rows = read(Reading(link, "products", about={"gtin": "8712345678906"}))
    assert [row["Description"] for row in rows] == ["Bolt M6"]


def test_other_ways_to_find(link: Connection) -> None:
    assert len(read(Reading(link, "products_found", about={"words": "M6"}))) == 2
    found = read(Reading(link, "products_by_number", about={"gln": "1", "number": "N/6"}))
    assert [row["Description"] for row in found] == ["Nut M6"]
    assert [row["Name"] for row in read(Reading(link, "suppliers"))] == ["ACME"]


def test_what_is_read_one_by_one_needs_to_be_told_which(site: TwoBa, link: Connection) -> None:
    with pytest.raises(Refused, match="products of 2BA web service 1 is read for one gtin"):
        Reading(link, "products")
    assert site.log == []


def test_trap_08_an_error_with_status_200_is_an_error(link: Connection) -> None:
    with pytest.raises(CallFailed, match=r"with an error \(BadRequest\).*There is no such product") as caught:
        read(Reading(link, "products", about={"gtin": "1"}))
    assert caught.value.kind == "record"


def test_the_password_is_used_once_and_again_when_the_refresh_token_has_ended(
    site: TwoBa, link: Connection, clock: FakeClock
) -> None:
    for _ in range(3):
        link.test()
        clock.forward(3600)
    site.desk.refresh_token = "another, for this one has ended"
    link.test()
    grants = [asked.form["grant_type"] for asked in site.asked("/OAuth/Token")]
    assert grants == ["password", "refresh_token", "refresh_token", "refresh_token", "password"]
