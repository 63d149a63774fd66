"""From the name of a link to the link, and what stands in the way (LK3)."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from support.links.link_site import LinkSite, butler_text, mark_tested

from core.errors import ConfigError, Refused
from core.links.opening import open_link, tokens_of
from core.links.tested import GoodTests

if TYPE_CHECKING:
    from pathlib import Path

    from support.links.buchhaltungsbutler import BuchhaltungsButler
    from support.links.rest_server import FakeClock


@pytest.fixture
def site(tmp_path: Path, clock: FakeClock) -> LinkSite:
    return LinkSite(tmp_path, clock)


def test_a_link_reads_and_writes_by_the_names_of_its_connector(site: LinkSite, butler: BuchhaltungsButler) -> None:
    around = site.write(butler_text(butler))
    mark_tested("books", around)
    butler.receipts = [{"id_by_customer": "1", "type": "invoice outbound", "invoicenumber": "R1", "deleted": "0"}]
    with closing(open_link("books", around)) as link:
        (page,) = link.reading("invoices").pages()
        assert [row["invoicenumber"] for row in page] == ["R1"]
        assert link.writer("customers").create({"name": "ACME"}).outcome == "created"
    assert around.redactor.redact("bb-secret-1") == "[secret]"


def test_a_link_that_was_never_tested_is_not_opened(site: LinkSite, butler: BuchhaltungsButler) -> None:
    with pytest.raises(Refused, match=r"The link books was never tested\. Test it: pendel link test books\."):
        open_link("books", site.write(butler_text(butler)))
    assert butler.asked() == []


@pytest.mark.parametrize("changed", ["client", "secret", "connector"])
def test_a_link_counts_as_tested_with_exactly_the_values_of_its_test(
    site: LinkSite, butler: BuchhaltungsButler, changed: str
) -> None:
    text = butler_text(butler)
    mark_tested("books", site.write(text))
    if changed == "client":
        text = text.replace("bb-client", "bb-client-2")
    elif changed == "secret":
        site.vault.set("bb", "another secret")
    else:
        url = f"{butler.url}/api/v2"
        text += f'[connectors.buchhaltungsbutler]\ndefinition = "buchhaltungsbutler"\nbase_url = "{url}"\n'
    with pytest.raises(Refused, match="not what it was when it was tested"):
        open_link("books", site.write(text))


def test_what_a_test_does_not_prove_may_change(site: LinkSite, butler: BuchhaltungsButler) -> None:
    text = butler_text(butler)
    mark_tested("books", site.write(text))
    open_link("books", site.write(text.replace("active = true", 'active = true\ndescription = "Books"'))).close()


def test_a_link_that_is_not_active_is_opened_for_a_dry_run_only(site: LinkSite, butler: BuchhaltungsButler) -> None:
    around = site.write(butler_text(butler, active=False))
    mark_tested("books", around)
    with pytest.raises(Refused, match="The link books is not active"):
        open_link("books", around)
    open_link("books", around, inactive_too=True).close()


def test_the_name_of_a_link_or_a_connector_that_is_not_there(site: LinkSite, butler: BuchhaltungsButler) -> None:
    around = site.write(butler_text(butler).replace('"buchhaltungsbutler"', '"buchhaltungsbuttler"'))
    with pytest.raises(Refused, match=r"There is no link 'book'\. Did you mean 'books'\?"):
        open_link("book", around)
    with pytest.raises(Refused, match="Did you mean 'buchhaltungsbutler'"):
        open_link("books", around)


def test_a_definition_file_lies_beside_the_configuration(site: LinkSite, butler: BuchhaltungsButler) -> None:
    text = butler_text(butler).replace('"buchhaltungsbutler"', '"own"')
    text += '[connectors.own]\nfile = "connectors/own.toml"\n'
    with pytest.raises(ConfigError, match=r"own\.toml: the file cannot be read"):
        open_link("books", site.write(text))


def test_the_vault_tells_nothing_of_a_test_that_could_be_tried_out(site: LinkSite, butler: BuchhaltungsButler) -> None:
    around = site.write(butler_text(butler))
    mark_tested("books", around)
    (kept,) = GoodTests(site.vault).of("books")
    for path in around.config.data_dir.iterdir():
        assert kept.encode() not in path.read_bytes()
    assert tokens_of("books", around.config).read().access == ""
