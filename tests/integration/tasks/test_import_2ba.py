"""What suppliers share at 2BA: one, or each whose assortment is marked transfer; whole, then what changed (DP2)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from support.links.identity import CLIENT_ID, CLIENT_SECRET
from support.links.link_site import mark_tested, surroundings_of
from support.links.rest_server import FakeClock, serving
from support.links.supplier_pool import DESCRIPTIONS, SupplierPool
from support.pendel_cli import pendel
from support.task_site import import_of, task_table

from core.config.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.task_site import TaskSite

    Make = Callable[..., TaskSite]

WIRE, PIPE, MAKER = "8714230000076", "8714230000083", "8711111111117"
LATER = "2030-01-01T00:00:00Z"
LAYOUTS = """
[layouts.owners]
direction = "import"
entity = "organisation"
format = "csv"
columns = [{ column = "no", field = "number" }, { column = "name", field = "name" }, { column = "gln", field = "gln" }]
[layouts.assortments]
direction = "import"
entity = "assortment"
format = "csv"
columns = [{ column = "code", field = "code" }, { column = "owner", field = "owner" },
  { column = "transfer", field = "transfer" }]
"""


pytestmark = pytest.mark.skipif(not DESCRIPTIONS.is_dir(), reason="needs the description of the API in ../shared")


@pytest.fixture
def pool() -> Iterator[SupplierPool]:
    with serving(SupplierPool(FakeClock(4_000_000_000.0))) as server:
        server.put_item(WIRE, "W1", "P1", MAKER, price=10.5)
        server.put_item(WIRE, "W2", "P2", MAKER, price=2)
        server.put_item(PIPE, "B1", "P9", MAKER, price=7)
        of_product = {"manufacturerIdGln": MAKER, "manufacturerProductNumber": "P1"}
        server.put(
            "products/bulk/descriptions",
            **of_product,
            descriptionLanguage="nl-NL",
            minimalProductDescription="Draad",
            productKeyword=["koper", "draad"],
        )
        of_class: dict[str, Any] = {
            **of_product,
            "etimClassCode": "EC000001",
            "etimReleaseVersion": "10.0",
            "etimClassVersion": 3,
        }
        server.put("products/bulk/etim-classifications", **of_class, etimFeatureCode="EF000001", etimValueNumeric=2.5)
        server.put("products/bulk/etim-classifications", **of_class, etimFeatureCode="EF000002", etimValueLogical=True)
        server.put(
            "trade-items/bulk/attachments",
            supplierIdGln=WIRE,
            supplierItemNumber="W1",
            attachmentType="ATX015",
            attachmentUri="https://media.example/w1.jpg",
            attachmentDescription="Picture",
        )
        server.put_price(
            WIRE, "W2", 2.2, priceValidityDate="2027-01-01", allowanceSurchargeIndicator="SURCHARGE",
            allowanceSurchargeType="CAI", allowanceSurchargeAmount=0.1,
        )  # fmt: skip
        yield server


@pytest.fixture
def linked(site: Make, pool: SupplierPool) -> Callable[..., TaskSite]:
    """Make a workspace with a link to the pool, and the task with these settings."""

    def make(**settings: Any) -> TaskSite:
        link = f"""
[links.pool]
connector = "2ba"
active = true
[links.pool.fields]
address = "{pool.url}/api/v1"
token_address = "{pool.url}/connect/token"
client_id = "{CLIENT_ID}"
client_secret = {{ secret = "2ba" }}
"""
        made = site(
            LAYOUTS + link,
            import_of("owners", entity="organisation", layout="owners", assortment=""),
            import_of("assortments", entity="assortment", layout="assortments", assortment="", sequence=20),
            task_table("pool", "import-2ba", {"link": "pool", **settings}),
        )
        Vault(made.data).set("2ba", CLIENT_SECRET)
        mark_tested("pool", surroundings_of(made.config))
        return made

    return make


def one(**settings: Any) -> dict[str, Any]:
    return {"supplier": WIRE, "assortment": "wire", **settings}


def test_all_that_a_supplier_shares_comes_with_the_first_run(linked: Make, pool: SupplierPool) -> None:
    made = linked(**one())
    answer = made.run("pool")
    assert answer.code == 0, answer.told
    columns = 'number, product, gtin, "description.nl", gross_price, currency, brand, supplier_gln, status, order_unit'
    assert made.kept(columns) == [
        ("W1", "P1", "8712345678906", "Artikel W1", Decimal("10.5"), "EUR", "Merk", WIRE, "ACTIVE", "C62"),
        ("W2", "P2", "8712345678906", "Artikel W2", Decimal(2), "EUR", "Merk", WIRE, "ACTIVE", "C62"),
    ]
    assert made.kept('number, "name.nl", "keywords.nl"', entity="product") == [
        ("P1", "Draad", "koper\ndraad"),
        ("P2", None, None),
    ]
    assert made.kept("article, gross_price, currency, vat_rate", entity="price") == [
        ("W1", Decimal("10.5"), "EUR", 21),
        ("W2", Decimal(2), "EUR", 21),
        ("W2", Decimal("2.2"), "EUR", 21),
    ]
    assert made.kept('article, "type", amount', entity="surcharge") == [("W2", "CAI", Decimal("0.1"))]
    assert made.kept("article, system, class", entity="article_class") == [("W1", "ETIM-10.0", "EC000001")]
    assert made.kept('feature, "value"', entity="article_feature") == [("EF000001", "2.5"), ("EF000002", "true")]
    assert made.kept("record, file", entity="attachment") == [("W1", "https://media.example/w1.jpg")]
    assert {each.query.get("supplierIdGln") for each in pool.asked("/api/v1/trade-items/bulk/details")} == {WIRE}
    assert made.run("pool").counts.keys() <= {"read", "unchanged"}


def test_then_only_what_changed_is_asked_for_and_the_rest_stays(linked: Make, pool: SupplierPool) -> None:
    made = linked(**one())
    made.run("pool")
    pool.log.clear()
    pool.drop("W2")  # gone, which changes cannot say
    pool.put_price(WIRE, "W1", 11, priceValidityDate="2026-02-01", mutated=LATER)
    pool.put_item(WIRE, "W3", "P3", MAKER, price=4, mutated=LATER)
    answer = made.run("pool")
    assert answer.code == 0
    assert all(each.query["mutationDateTime"].endswith("Z") for each in pool.log if "/bulk/" in each.path)
    columns = 'number, "description.nl", gross_price, order_unit, manufacturer_number, "etim_class"'
    assert made.kept(columns) == [
        ("W1", "Artikel W1", Decimal(11), "C62", "P1", "EC000001"),
        ("W2", "Artikel W2", Decimal(2), "C62", "P2", None),
        ("W3", "Artikel W3", Decimal(4), "C62", "P3", None),
    ]
    assert made.kept("article, gross_price", entity="price", where="article = 'W1' AND archived_at IS NULL") == [
        ("W1", Decimal("10.5")),
        ("W1", Decimal(11)),
    ]
    assert len(made.kept("feature", entity="article_feature")) == 2


def test_a_product_that_changed_changes_its_articles(linked: Make, pool: SupplierPool) -> None:
    made = linked(**one())
    made.run("pool")
    of_class = {"manufacturerIdGln": MAKER, "manufacturerProductNumber": "P2", "etimClassCode": "EC000002"}
    pool.put(
        "products/bulk/etim-classifications", mutated=LATER, **of_class, etimReleaseVersion="10.0",
        etimFeatureCode="EF000009", etimValueCode="EV000001",
    )  # fmt: skip
    pool.put("products/bulk/details", mutated=LATER, manufacturerIdGln=MAKER, manufacturerProductNumber="P1",
        brandName="Nieuw", productValidityDate="2025-01-01")  # fmt: skip
    assert made.run("pool").code == 0
    assert made.kept("number, brand, etim_class") == [("W1", "Nieuw", "EC000001"), ("W2", "Merk", "EC000002")]
    assert made.kept("article, feature", entity="article_feature")[-1] == ("W2", "EF000009")
    assert made.kept('number, brand, "name.nl"', entity="product") == [("P1", "Nieuw", "Draad"), ("P2", "Merk", None)]


def test_an_article_that_never_came_whole_is_told_and_left_out(linked: Make, pool: SupplierPool) -> None:
    made = linked(**one())
    made.run("pool")
    pool.put_price(WIRE, "W7", 1, mutated=LATER)
    answer = made.run("pool")
    assert answer.code == 0
    assert f"1 article changed at {WIRE}, and never came whole: W7" in made.log(answer.told["run"])
    assert made.kept() == ["W1", "W2"]


def test_everything_anew_archives_what_is_gone_behind_the_brake(linked: Make, pool: SupplierPool) -> None:
    made = linked(**one(full_days=0))
    made.run("pool")
    pool.drop("W2")
    answer = made.run("pool")
    assert answer.code == 5
    assert "50% would be archived" in answer.told["message"]
    assert made.kept() == ["W1", "W2"]
    assert made.run("pool", "--confirm-archive").code == 3
    assert made.kept() == ["W1"]


def test_a_cursor_that_is_cleared_brings_everything(linked: Make, pool: SupplierPool) -> None:
    made = linked(**one())
    made.run("pool")
    assert pendel(made.config, "cursor", "pool").told["cursor"] is not None
    pendel(made.config, "cursor", "pool", "--clear")
    pool.log.clear()
    made.run("pool")
    assert not any("mutationDateTime" in each.query for each in pool.log)


def marked(site: TaskSite) -> None:
    site.put("uploads/owners.csv", f"no,name,gln\n1,Draad & Zn,{WIRE}\n2,Buis,{PIPE}\n3,None,\n")
    rows = "wire,1,true\npipe,2,true\nother,1,false\nlost,3,true\n"
    site.put("uploads/assortments.csv", f"code,owner,transfer\n{rows}")
    assert site.run("owners", "assortments").code == 0


def test_each_assortment_that_is_marked_is_fetched_by_the_gln_of_its_owner(linked: Make, pool: SupplierPool) -> None:
    made = linked()
    marked(made)
    answer = made.run("pool")
    assert answer.code == 3
    assert made.kept("number, assortment") == [("B1", "pipe"), ("W1", "wire"), ("W2", "wire")]
    assert "lost is marked transfer, and has no owner with a GLN" in made.log(answer.told["run"])
    assert f"Buis ({PIPE}): Imported" in answer.told["message"]
    run = answer.told["run"]
    assert pendel(made.config, "revert", str(run)).code == 0
    assert made.kept() == []


def test_a_supplier_that_is_refused_holds_up_no_other(linked: Make, pool: SupplierPool) -> None:
    made = linked(full_days=0)
    marked(made)
    made.run("pool")
    pool.drop("W2")
    pool.put_item(PIPE, "B2", "P9", MAKER, price=8)
    answer = made.run("pool")
    assert (answer.code, answer.told["outcome"]) == (5, "warnings")  # by the brake, for one of them
    assert made.kept() == ["B1", "B2", "W1", "W2"]
    assert f"Draad & Zn ({WIRE}): " in answer.told["message"]


def test_nothing_marked_is_said(linked: Make) -> None:
    answer = linked().run("pool")
    assert answer.code == 5
    assert "No assortment is marked transfer" in answer.told["message"]


def test_a_dry_run_keeps_nothing(linked: Make, pool: SupplierPool) -> None:
    made = linked(**one())
    answer = made.run("pool", "--dry-run")
    assert (answer.code, answer.counts["new"]) == (0, answer.counts["read"])
    assert pendel(made.config, "cursor", "pool").told["cursor"] is None
    assert made.kept() == []


def test_rejects_are_kept_as_a_catalogue_and_secrets_nowhere(linked: Make, pool: SupplierPool) -> None:
    made = linked(**one(max_rejected=0.5))
    pool.put_item(WIRE, "W4", "P4", MAKER, price=4, itemObsolescenceDate="2026-02-30")
    answer = made.run("pool")
    assert answer.code == 3
    (kept,) = (made.data / "rejects" / f"run-{answer.told['run']}").iterdir()
    assert '"SupplierItemNumber":"W4"' in kept.read_text()
    assert CLIENT_SECRET not in made.log(answer.told["run"])
    assert made.kept() == ["W1", "W2"]
