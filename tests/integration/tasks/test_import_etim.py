"""The ETIM classification over its API: only what changed, in the languages of choice (DP1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.links.classification import Classification, definition
from support.links.identity import CLIENT_ID, CLIENT_SECRET
from support.links.link_site import mark_tested, surroundings_of
from support.links.rest_server import FakeClock, serving
from support.pendel_cli import pendel
from support.task_site import task_table

from core.config.vault import Vault
from core.errors import Refused
from core.tasks.etim_importing import languages_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.task_site import TaskSite

    Make = Callable[..., TaskSite]

LINK = f"""
[connectors.etim]
file = "etim.toml"
[links.classification]
connector = "etim"
active = true
[links.classification.fields]
client_id = "{CLIENT_ID}"
client_secret = {{ secret = "etim" }}
"""
COLOUR = {
    "orderNumber": 1,
    "code": "EF000001",
    "type": "Alphanumeric",
    "unit": None,
    "portcode": None,
    "values": [{"orderNumber": 1, "code": "EV000001"}, {"orderNumber": 2, "code": "EV000002"}],
}
LENGTH = {"orderNumber": 2, "code": "EF000002", "type": "Numeric", "unit": {"code": "EU000001"}, "values": []}
SYSTEM = "system = 'ETIM-DYNAMIC' AND archived_at IS NULL"


@pytest.fixture
def etim() -> Iterator[Classification]:
    with serving(Classification(FakeClock(4_000_000_000.0))) as server:
        server.languages = ("EN", "nl-NL", "nl-BE", "nb-NO")
        server.put("Group", "EG000001")
        server.put("Feature", "EF000001", type="Alphanumeric")
        server.put("Feature", "EF000002", type="Numeric")
        server.put("Value", "EV000001")
        server.put("Value", "EV000002")
        unit = server.put("Unit", "EU000001")
        unit["translations"][0]["abbreviation"] = "mm"
        server.put_class("EC000001", COLOUR, LENGTH)
        server.put_class("EC000002", COLOUR)
        server.put_class("EC000003")
        yield server


@pytest.fixture
def linked(site: Make, etim: Classification) -> Callable[..., TaskSite]:
    """Make a workspace with a link to the API, and the task with these settings."""

    def make(**settings: Any) -> TaskSite:
        made = site(LINK, task_table("etim", "import-etim", {"link": "classification", **settings}))
        made.put("etim.toml", definition(etim.url))
        Vault(made.data).set("etim", CLIENT_SECRET)
        mark_tested("classification", surroundings_of(made.config))
        return made

    return make


def kept(site: TaskSite, columns: str, entity: str) -> list[Any]:
    return site.kept(columns, entity=entity, where=SYSTEM)


def test_everything_is_there_after_the_first_run(linked: Make, etim: Classification) -> None:
    made = linked()
    answer = made.run("etim")
    assert (answer.code, answer.counts) == (0, {"read": 23, "new": 23})
    columns = 'code, class_group, version, status, mutated, "name.nl", "name.en"'
    assert kept(made, columns, "classification_class")[0] == (
        "EC000001", "EG000001", 1, "5", "2026-01-01T07:16:06.467", "EC000001 in nl-NL", "EC000001 in EN",
    )  # fmt: skip
    assert kept(made, 'class, feature, "type", unit, sort_order', "class_feature") == [
        ("EC000001", "EF000001", "A", None, 1),
        ("EC000001", "EF000002", "N", "EU000001", 2),
        ("EC000002", "EF000001", "A", None, 1),
    ]
    assert len(kept(made, "value", "class_feature_value")) == 4
    assert kept(made, "class, language, synonym", "class_synonym")[:2] == [
        ("EC000001", "en", "synonym of EC000001"),
        ("EC000001", "nl", "synonym of EC000001"),
    ]
    assert kept(made, 'code, "abbreviation.en"', "classification_unit") == [("EU000001", "mm")]
    assert kept(made, 'code, kind, "name.nl"', "classification_group") == [("EG000001", "classes", "EG000001 in nl-NL")]
    assert made.kept("code, version", entity="classification_system") == [("ETIM-DYNAMIC", "DYNAMIC")]


def test_only_what_changed_is_fetched(linked: Make, etim: Classification) -> None:
    made = linked(max_archived=0.5)
    made.run("etim")
    etim.log.clear()
    assert made.run("etim").counts == {"read": 7, "unchanged": 7}
    assert etim.asked("/api/v2/Class/DetailsMany") == []

    etim.put_class("EC000001", LENGTH, version=2)
    etim.drop_class("EC000003")
    etim.put("Value", "EV000003")
    etim.put_class("EC000004", COLOUR)
    answer = made.run("etim")
    (asked,) = etim.asked("/api/v2/Class/DetailsMany")
    assert asked.json["classes"] == [{"code": "EC000001", "version": 2}, {"code": "EC000004", "version": 1}]
    assert kept(made, "code, version", "classification_class") == [("EC000001", 2), ("EC000002", 1), ("EC000004", 1)]
    assert kept(made, "class, feature", "class_feature") == [
        ("EC000001", "EF000002"),
        ("EC000002", "EF000001"),
        ("EC000004", "EF000001"),
    ]
    assert {row[0] for row in kept(made, "class, language", "class_synonym")} == {"EC000001", "EC000002", "EC000004"}
    assert answer.counts["archived"] == 1 + 1 + 2 + 2
    assert made.run("etim").counts == {"read": 8, "unchanged": 8}


def test_more_than_the_window_is_asked_for_in_parts(linked: Make, etim: Classification) -> None:
    etim.rows["Group"] = [{"code": f"EG{number:06}", "translations": []} for number in range(5)]
    etim.rows["Class"] = [
        {
            "code": f"EC{number:06}",
            "version": 1,
            "mutationDate": "2026-01-01T00:00:00",
            "group": {"code": f"EG{number % 5:06}"},
            "releases": ["DYNAMIC"],
        }
        for number in range(20_001)
    ]
    etim.rows["Value"] = [{"code": f"EV{number:06}", "translations": []} for number in range(20_500)]
    made = linked()
    assert made.run("etim").code == 0
    assert len(kept(made, "code", "classification_class")) == 20_001
    assert len(kept(made, "code", "classification_value")) == 20_500


def test_the_brake_holds_where_the_api_lists_too_little(linked: Make, etim: Classification) -> None:
    made = linked()
    made.run("etim")
    etim.drop_class("EC000001", "EC000002")
    answer = made.run("etim")
    assert answer.code == 5
    assert "lacks or deletes 2 of the 3 records of the entity classification_class" in answer.told["message"]
    assert len(kept(made, "code", "classification_class")) == 3


def test_a_language_that_is_added_brings_the_texts_of_all_classes(linked: Make, etim: Classification) -> None:
    made = linked(languages=["EN"])
    made.run("etim")
    assert kept(made, '"name.en", "name.nl"', "classification_class")[0] == ("EC000001 in EN", None)
    made.config.write_text(made.config.read_text().replace('["EN"]', '["EN", "nl-BE"]'))
    assert made.run("etim").code == 0
    assert kept(made, '"name.en", "name.nl"', "classification_class")[0] == ("EC000001 in EN", "EC000001 in nl-BE")


def test_a_dry_run_keeps_nothing_and_a_revert_puts_back(linked: Make, etim: Classification) -> None:
    made = linked()
    assert made.run("etim", "--dry-run").counts == {"read": 23, "new": 23}
    assert not (made.data / "catalogue.duckdb").exists() or kept(made, "code", "classification_class") == []
    run = made.run("etim").told["run"]
    assert pendel(made.config, "revert", str(run)).code == 0
    assert kept(made, "code", "classification_class") == []


def test_an_error_of_the_api_changes_nothing(linked: Make, etim: Classification) -> None:
    made = linked()
    etim.misbehave("html", "/api/v2/Class/DetailsMany", times=9)
    answer = made.run("etim")
    assert answer.code == 1
    assert kept(made, "code", "classification_class") == []
    assert CLIENT_SECRET not in made.log(answer.told["run"])


@pytest.mark.parametrize(
    ("allowed", "chosen", "engine", "expected"),
    [
        ("EN nl-NL nl-BE de-DE", "", "nl en", {"nl-NL": "nl", "EN": "en"}),
        ("EN nl-BE", "", "nl", {"nl-BE": "nl"}),
        ("EN nl-NL nl-BE", "", "nl-BE", {"nl-BE": "nl-BE"}),
        ("EN nb-NO", "no-NO", "no", {"nb-NO": "no"}),
        ("EN nb-NO", "no-NO", "nb", {"nb-NO": "nb"}),
        ("EN nb-NO", "nb-NO", "no", {"nb-NO": "no"}),
        ("EN no-NO", "nb-NO", "nb", {"no-NO": "nb"}),
        ("EN nb-NO", "", "no", {"nb-NO": "no"}),
        ("EN nl-NL nl-BE", "nl-BE nl-NL EN", "nl en-GB", {"nl-BE": "nl", "EN": "en-GB"}),
        ("EN", "", "fr", {}),
    ],
)
def test_languages_go_where_their_texts_belong(
    allowed: str, chosen: str, engine: str, expected: dict[str, str]
) -> None:
    assert languages_of(allowed.split(), chosen.split(), engine.split()) == expected


def test_a_language_that_cannot_be_had_is_refused() -> None:
    with pytest.raises(Refused, match=r"may not have the language fr-FR of ETIM\. It may have EN and nl-NL"):
        languages_of(["EN", "nl-NL"], ["fr-FR"], ["fr"])
    with pytest.raises(Refused, match="no language that texts in nl-NL belong to"):
        languages_of(["EN", "nl-NL"], ["nl-NL"], ["fr"])
