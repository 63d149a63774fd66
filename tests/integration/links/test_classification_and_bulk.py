"""The definitions of the ETIM API and of 2BA: client credentials, a window that cannot be passed, and cursors."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from support.links.etim import WINDOW, Etim
from support.links.identity import CLIENT_ID, CLIENT_SECRET, PASSWORD, USER
from support.links.opening import kept_in, opened
from support.links.product_data import DESCRIPTIONS, ROOT, ProductData
from support.links.rest_server import FakeClock, serving

from core.errors import LinkError
from core.links.faults import CallFailed
from core.links.loading import checked, ready
from core.links.model.auth import ClientOAuth2
from core.links.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.links.connection import Connection

SUPPLIER = "8712345678906"
TRADE_ITEMS = "/trade-items/bulk/details"

described = pytest.mark.skipif(not DESCRIPTIONS.exists(), reason=f"the description of the API is not in {DESCRIPTIONS}")


@pytest.fixture
def etim() -> Iterator[Etim]:
    with serving(Etim(FakeClock())) as site:
        yield site


@pytest.fixture
def link(etim: Etim, tmp_path: Path) -> Iterator[Connection]:
    text = (files("core.links.ready") / "etim-api.toml").read_text(encoding="utf-8")
    text = text.replace("https://etimapi.etim-international.com", etim.url)
    text = text.replace("https://etimauth.etim-international.com", etim.url)
    values = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "language": "nl-NL", "release": "ETIM-10.0"}
    with opened(checked(text, "etim-api.toml"), values, kept_in(tmp_path), etim.clock) as connection:
        yield connection


@pytest.fixture
def bulk() -> Iterator[ProductData]:
    with serving(ProductData(FakeClock())) as site:
        yield site


@pytest.fixture
def bulk_link(bulk: ProductData, tmp_path: Path) -> Iterator[Connection]:
    with opened(ready("2ba"), bulk_values(bulk), kept_in(tmp_path), bulk.clock) as connection:
        yield connection


def bulk_values(bulk: ProductData) -> dict[str, str]:
    return {
        "address": f"{bulk.url}{ROOT}",
        "token_address": f"{bulk.url}/connect/token",
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "scopes": "read:products read:tradeitems read:netprices read:stock",
        "supplier": SUPPLIER,
        "manufacturer": "",
        "selection": "",
    }


def classes(number: int, **more: Any) -> list[dict[str, Any]]:
    given = {"version": 1, "mutationDate": "2026-01-01T00:00:00", "releases": ["ETIM-10.0"], **more}
    return [{"code": f"EC{each:06}", **given} for each in range(number)]


def read(reading: Reading) -> list[dict[str, Any]]:
    return [row for page in reading.pages() for row in page]


@pytest.mark.parametrize("total", [0, 1, 1000, 1001, 19_999, WINDOW])
def test_everything_inside_the_window_is_read(etim: Etim, link: Connection, total: int) -> None:
    etim.rows["Class"] = classes(total)
    reading = Reading(link, "classes")
    assert sum(len(page) for page in reading.pages()) == total
    assert reading.cursor == ""


def test_trap_18_more_than_the_window_fails_and_leaves_nothing_out_in_silence(etim: Etim, link: Connection) -> None:
    etim.rows["Class"] = classes(WINDOW + 1)
    with pytest.raises(CallFailed, match=r"more than the 20,000 rows that the system shows") as caught:
        list(Reading(link, "classes").pages())
    assert "one group or release at a time" in caught.value.advice
    assert len(etim.asked("/api/v2/Class/Search")) == 1


def test_what_is_asked_for_is_in_the_language_and_release_of_the_link(etim: Etim, link: Connection) -> None:
    list(Reading(link, "classes").pages())
    body = etim.asked("/api/v2/Class/Search")[0].json
    assert body["languagecode"] == "nl-NL"
    assert body["filters"] == [{"code": "Release", "values": ["ETIM-10.0"]}]


def test_a_token_that_was_withdrawn_is_got_anew_once(etim: Etim, link: Connection) -> None:
    link.test()
    etim.tokens.clear()
    link.test()
    assert len(etim.asked("/connect/token")) == 2
    etim.misbehave("401", "/api/v2/*", times=9)
    with pytest.raises(CallFailed, match="401"):
        link.test()
    assert len(etim.asked("/connect/token")) == 3


def test_a_token_is_kept_for_the_next_process(etim: Etim, link: Connection, tmp_path: Path) -> None:
    link.test()
    with opened(link.connector, link.values, kept_in(tmp_path), etim.clock) as later:
        later.test()
    assert len(etim.asked("/connect/token")) == 1


def test_client_credentials_in_a_header(etim: Etim, link: Connection, tmp_path: Path) -> None:
    auth = link.connector.auth
    assert isinstance(auth, ClientOAuth2)
    connector = link.connector.model_copy(update={"auth": auth.model_copy(update={"client_auth": "basic"})})
    with opened(connector, link.values, kept_in(tmp_path / "other"), etim.clock) as other:
        other.test()
    asked = etim.asked("/connect/token")[0]
    assert "client_secret" not in asked.form


# Beyond the window.


def values(number: int, *, deprecated: int = 0) -> list[dict[str, Any]]:
    return [{"code": f"EV{each:06}", "deprecated": each < deprecated} for each in range(number)]


@pytest.mark.parametrize(
    ("current", "deprecated", "searches"),
    [
        (20_000, 0, 20),
        # One search says that there are more; the two parts then have all.
        (20_000, 1, 1 + 20 + 1),
        # The current ones alone are more than can be shown: they come by lists of 500 codes.
        (20_001, 1499, 1 + 1 + 2 + 43),
    ],
)
def test_trap_18_values_beyond_the_window_are_read_in_parts(
    etim: Etim, link: Connection, current: int, deprecated: int, searches: int
) -> None:
    etim.rows["Value"] = values(current + deprecated, deprecated=deprecated)
    rows = read(Reading(link, "values"))
    assert len({row["code"] for row in rows}) == len(rows) == current + deprecated
    assert len(etim.asked("/api/v2/Value/Search")) == searches


def test_trap_18_classes_of_all_releases_are_read_by_group(etim: Etim, link: Connection) -> None:
    etim.rows["Group"] = [{"code": f"EG{each:06}"} for each in range(30)]
    etim.rows["Class"] = [
        {"code": f"EC{each // 4:06}", "version": each % 4, "group": {"code": f"EG{each % 30:06}"}, "modelling": False}
        for each in range(21_500)
    ]
    rows = read(Reading(link, "class_versions"))
    assert len({(row["code"], row["version"]) for row in rows}) == len(rows) == 21_500


def test_trap_18_what_no_part_leads_to_is_not_left_out_in_silence(etim: Etim, link: Connection) -> None:
    etim.rows["Group"] = [{"code": "EG000001"}]
    etim.rows["Class"] = classes(WINDOW + 1, group={"code": "EG000001"})
    etim.rows["Class"][5]["group"] = {"code": "EG999999"}
    with pytest.raises(CallFailed, match=r"says that there are 20,001 rows of Class/Search, and shows 20,000 of them"):
        read(Reading(link, "class_versions"))


def test_a_language_that_the_account_has_not_is_told(etim: Etim, link: Connection, tmp_path: Path) -> None:
    other = {**link.values, "language": "no-NO"}
    with (
        opened(link.connector, other, kept_in(tmp_path), etim.clock) as norwegian,
        pytest.raises(CallFailed, match="The language is not allowed for this account"),
    ):
        read(Reading(norwegian, "groups"))
    assert [row["code"] for row in read(Reading(link, "languages"))] == ["EN", "nl-NL"]


def test_what_changed_is_read_in_detail(etim: Etim, link: Connection) -> None:
    etim.rows["Class"] = classes(100)
    wanted = [{"code": row["code"], "version": row["version"]} for row in etim.rows["Class"][:50]]
    assert read(Reading(link, "class_details", about={"classes": wanted})) == etim.rows["Class"][:50]


# Product data: what is asked and answered is held against the description.


@described
@pytest.mark.parametrize(("number", "requests"), [(0, 1), (1000, 1), (1001, 2), (3000, 3)])
def test_bulk_pages_end_where_the_system_says(
    bulk: ProductData, bulk_link: Connection, number: int, requests: int
) -> None:
    row = bulk.sample(TRADE_ITEMS)
    bulk.rows[TRADE_ITEMS] = [{**row, "supplierItemNumber": str(each)} for each in range(number)]
    rows = read(Reading(bulk_link, "trade_item_details"))
    assert len({row["supplierItemNumber"] for row in rows}) == len(rows) == number
    asked = bulk.asked(f"{ROOT}{TRADE_ITEMS}")
    assert len(asked) == requests
    # A filter that is not set is not sent.
    assert asked[0].query == {"supplierIdGln": SUPPLIER, "limit": "1000"}


@described
def test_changes_are_asked_for_in_utc(bulk: ProductData, bulk_link: Connection) -> None:
    read(Reading(bulk_link, "product_details", since="2026-03-29T03:00:00+02:00"))
    asked = bulk.asked(f"{ROOT}/products/bulk/details")[0]
    assert asked.query["mutationDateTime"] == "2026-03-29T00:59:00Z"


@described
def test_every_resource_asks_what_is_described(bulk: ProductData, bulk_link: Connection, tmp_path: Path) -> None:
    more = {"manufacturer": SUPPLIER, "selection": "selection-1"}
    with opened(bulk_link.connector, bulk_values(bulk) | more, kept_in(tmp_path), bulk.clock) as link:
        for name, resource in link.connector.resources.items():
            path = f"/{resource.path}"
            if "/bulk/" in path:
                bulk.rows[path] = [bulk.sample(path)]
            about = {"gln": SUPPLIER, "item": "A-1"} if resource.parameters else None
            since = "2026-01-01T00:00:00+00:00" if resource.incremental else ""
            assert len(read(Reading(link, name, since=since, about=about))) == 1, name
    # Nothing was refused.
    assert len(bulk.log) == len(bulk_link.connector.resources) + 1


@described
def test_what_is_wrong_is_told_by_the_system(bulk: ProductData, bulk_link: Connection) -> None:
    with pytest.raises(CallFailed, match="One or more validation errors occurred") as caught:
        read(Reading(bulk_link, "stock", about={"gln": "12", "item": "A-1"}))
    assert caught.value.kind == "record"


@described
def test_artikelbeheer_is_read_as_2ba_is(bulk: ProductData, tmp_path: Path) -> None:
    connector = ready("artikelbeheer")
    assert connector.resources == ready("2ba").resources
    assert [field.default for field in connector.fields if field.name == "address"] == [
        "https://selectprerelease.artikelbeheer.nl/api/v1"
    ]
    with opened(connector, bulk_values(bulk), kept_in(tmp_path), bulk.clock) as link:
        link.test()


def user_values(bulk: ProductData) -> dict[str, str]:
    told = {"username": USER, "password": PASSWORD, "user_token_address": f"{bulk.url}/OAuth/Token"}
    return {**bulk_values(bulk), **told}


@described
def test_a_user_name_and_its_password_sign_in_in_place_of_the_client(bulk: ProductData, tmp_path: Path) -> None:
    bulk.rows[TRADE_ITEMS] = [bulk.sample(TRADE_ITEMS)]
    with opened(ready("2ba"), user_values(bulk), kept_in(tmp_path), bulk.clock) as link:
        for _ in range(2):
            assert len(read(Reading(link, "trade_item_details"))) == 1
            bulk.clock.forward(3600)
        # A refresh token that has ended: the password counts again.
        bulk.refresh_token = "another"
        assert len(read(Reading(link, "trade_item_details"))) == 1
    asked = [each.form["grant_type"] for each in bulk.log if each.path == "/OAuth/Token"]
    assert asked == ["password", "refresh_token", "refresh_token", "password"]
    assert not [each for each in bulk.log if each.path == "/connect/token"]


@described
@pytest.mark.parametrize("wrong", ["username", "password", "client_secret"])
def test_a_user_who_cannot_sign_in_is_told_without_the_password(bulk: ProductData, tmp_path: Path, wrong: str) -> None:
    values = {**user_values(bulk), wrong: "not-what-it-is"}
    with (
        opened(ready("2ba"), values, kept_in(tmp_path), bulk.clock) as link,
        pytest.raises(LinkError) as caught,
    ):
        link.test()
    assert not {PASSWORD, CLIENT_SECRET, "not-what-it-is"} & set(str(caught.value).split())
