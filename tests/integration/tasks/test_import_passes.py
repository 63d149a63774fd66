"""Layouts with several passes over one file, and references to what is not in the catalogue yet (IM9, IM10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.pendel_cli import pendel
from support.task_site import import_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.task_site import TaskSite

    Make = Callable[..., TaskSite]

PEOPLE = """
[layouts.people]
direction = "import"
format = "csv"
file = {{ delimiter = ";" }}

[[layouts.people.passes]]
entity = "organisation"
repeated = "{repeated}"
columns = [
  {{ column = "Org", field = "number" }},
  {{ column = "Name", field = "name" }},
  {{ column = "Active", field = "active" }},
]

[[layouts.people.passes]]
entity = "contact"
without_key = "{without_key}"
columns = [
  {{ column = "Contact", field = "number" }},
  {{ column = "Org", field = "organisation", references = "{references}" }},
  {{ column = "Last", field = "last_name" }},
]
"""
HEADER = "Org;Name;Active;Contact;Last\n"
GOOD = HEADER + "O1;Acme;yes;C1;Jansen\nO1;Acme;yes;C2;de Vries\nO2;Bolt;no;;\nO3;Cog;;C3;Smit\n"


def people(repeated: str = "first", without_key: str = "skip", references: str = "reject") -> str:
    return PEOPLE.format(repeated=repeated, without_key=without_key, references=references)


def people_import(**settings: object) -> str:
    return import_of("people", entity="organisation", assortment="", layout="people", **settings)


def parts_of(details: dict[str, list[dict[str, object]]]) -> list[dict[str, object]]:
    """Return what a run tells of its parts, without what is zero."""
    told = []
    for part in details["parts"]:
        counts = part.pop("counts")
        assert isinstance(counts, dict)
        told.append({key: value for key, value in {**part, **counts}.items() if value})
    return told


def test_two_passes_read_one_file_into_two_entities(site: Make) -> None:
    made = site(people(), people_import())
    made.put("uploads/people.csv", GOOD)
    answer = made.run("people")
    assert answer.code == 0, answer.told["message"]
    assert answer.counts == {"read": 6, "new": 6}
    assert parts_of(answer.told["details"]) == [
        {"entity": "organisation", "read": 3, "new": 3, "repeated": 1},
        {"entity": "contact", "read": 3, "new": 3, "skipped": 1},
    ]
    assert made.kept("number, name, active", "organisation") == [
        ("O1", "Acme", True),
        ("O2", "Bolt", False),
        ("O3", "Cog", None),
    ]
    assert made.kept("number, organisation, last_name", "contact") == [
        ("C1", "O1", "Jansen"),
        ("C2", "O1", "de Vries"),
        ("C3", "O3", "Smit"),
    ]
    log = made.log(answer.told["run"])
    assert "Pass 1, organisation: 3 read, 3 new; 1 line repeats an earlier one." in log
    assert "Pass 2, contact: 3 read, 3 new; 1 line without one." in log

    made.put("uploads/people.csv", GOOD.replace("Jansen", "Janssen").replace("Bolt", "Bolts"))
    again = made.run("people")
    assert again.counts == {"read": 6, "changed": 2, "unchanged": 4}
    assert made.kept("last_name", "contact", "number = 'C1'") == ["Janssen"]
    assert made.kept("name", "organisation", "number = 'O2'") == ["Bolts"]


def test_what_is_repeated_or_without_a_key_is_rejected_unless_the_pass_says_otherwise(site: Make) -> None:
    made = site(people("reject", "reject"), people_import(max_rejected=0.5))
    made.put("uploads/people.csv", GOOD)
    answer = made.run("people")
    assert answer.code == 3
    assert answer.counts == {"read": 6, "new": 6, "rejected": 2}
    rejects = pendel(made.config, "log", "--run", str(answer.told["run"]), "--rejects").told["rejects"]
    assert [(row["line"], row["entity"], row["field"], row["reason"]) for row in rejects] == [
        (3, "organisation", "number", "Record 1 of this file has the same key."),
        (4, "contact", "number", "has no value, but must have one"),
    ]


def test_a_line_that_both_passes_reject_stands_once_in_the_rejects_file(site: Make) -> None:
    made = site(people(), people_import(max_rejected=1))
    bad = "O4;Dent;perhaps;C4;Bakker\n"  # its organisation is rejected, and with it the contact
    broken = "O5;Edge;yes;C5\n"  # has too few values for any pass
    made.put("uploads/people.csv", GOOD + bad + broken)
    answer = made.run("people")
    assert answer.counts == {"read": 6, "new": 6, "rejected": 3}
    assert parts_of(answer.told["details"]) == [
        {"entity": "organisation", "read": 3, "new": 3, "rejected": 2, "repeated": 1},
        {"entity": "contact", "read": 3, "new": 3, "rejected": 1, "skipped": 1},
    ]
    rejects = pendel(made.config, "log", "--run", str(answer.told["run"]), "--rejects").told["rejects"]
    assert [(row["line"], row["entity"], row["field"]) for row in rejects] == [
        (6, "organisation", "active"),
        (6, "contact", "organisation"),
        (7, "organisation", ""),
    ]
    assert "nor in the parts of the file before this one" in rejects[1]["reason"]
    (kept,) = (file for file in answer.told["files"] if file["role"] == "rejects")
    with open(kept["path"], encoding="utf-8") as file:  # noqa: PTH123 - a path as the command tells it
        assert file.read() == HEADER + bad + broken


def test_the_rejects_of_all_passes_count_together_and_too_many_change_nothing(site: Make) -> None:
    made = site(people(), people_import(max_rejected=0.2))
    made.put("uploads/people.csv", HEADER + "O1;Acme;yes;C1;Jansen\nO2;Bolt;maybe;C2;Smit\n")
    answer = made.run("people")
    assert answer.code == 1
    assert "2 records of 4 in people.csv were rejected, more than the 20% allowed" in answer.told["message"]
    assert "line 3 as organisation, Active “maybe”" in answer.told["message"]
    assert made.kept(entity="organisation") == made.kept(entity="contact") == []


def test_lines_that_contradict_each_other_are_told(site: Make) -> None:
    made = site(people(), people_import())
    made.put(
        "uploads/people.csv",
        HEADER + "O1;Acme;yes;C1;Jansen\nO2;Bolt;no;C2;Smit\nO1;Acme;no;C3;Bakker\nO1;ACME;yes;C4;Mol\nO2;Bolt;no;;\n",
    )
    answer = made.run("people")
    assert answer.code == 3
    assert (
        "2 lines of people.csv contradict an earlier line about the same organisation, of which the first was taken; "
        "line 4 against line 2, to name one."
    ) in answer.told["message"]
    assert made.kept("number, name, active", "organisation") == [("O1", "Acme", True), ("O2", "Bolt", False)]
    # Digests are compared where there are records already.
    again = made.run("people")
    assert again.counts == {"read": 6, "unchanged": 6}
    assert "line 4 against line 2" in again.told["message"]


def test_the_brake_holds_every_pass_before_anything_is_changed(site: Make) -> None:
    made = site(people(), people_import(delta=False, max_archived=0.2))
    made.put("uploads/people.csv", GOOD)
    assert made.run("people").code == 0
    made.put("uploads/people.csv", GOOD.replace("C3", "").replace("Acme", "Acme!"))
    answer = made.run("people")
    assert answer.code == 5
    assert "people.csv lacks 1 of the 3 records of the entity contact" in answer.told["message"]
    assert made.kept("name", "organisation", "number = 'O1'") == ["Acme"]
    confirmed = made.run("people", "--confirm-archive")
    assert confirmed.counts == {"read": 5, "changed": 1, "unchanged": 4, "archived": 1}
    assert made.kept(entity="contact") == ["C1", "C2"]


def test_a_dry_run_shows_samples_of_each_entity_and_changes_nothing(site: Make) -> None:
    made = site(people(), people_import())
    made.put("uploads/people.csv", GOOD)
    answer = made.run("people", "--dry-run")
    assert answer.counts == {"read": 6, "new": 6}
    assert [(one["entity"], one["key"]) for one in answer.told["details"]["samples"]["new"]] == [
        ("organisation", ["O1"]),
        ("organisation", ["O2"]),
        ("organisation", ["O3"]),
        ("contact", ["C1"]),
        ("contact", ["C2"]),
        ("contact", ["C3"]),
    ]
    assert [part["new"] for part in parts_of(answer.told["details"])] == [3, 3]
    assert made.kept(entity="organisation") == made.kept(entity="contact") == []


def test_a_revert_puts_all_entities_back(site: Make) -> None:
    made = site(people(), people_import(delta=False, max_archived=1))
    made.put("uploads/people.csv", GOOD)
    made.run("people")
    before = made.kept("*", "organisation"), made.kept("number, last_name, archived_at", "contact")
    made.put("uploads/people.csv", HEADER + "O1;Acme BV;yes;C1;Jansen\nO9;Nine;yes;C9;Visser\n")
    changed = made.run("people")
    assert changed.counts == {"read": 4, "new": 2, "changed": 1, "unchanged": 1, "archived": 4}
    reverted = pendel(made.config, "revert", str(changed.told["run"]))
    assert reverted.code == 0, reverted.told
    assert made.kept("number, last_name, archived_at", "contact") == before[1]
    assert made.kept("number, name", "organisation") == [("O1", "Acme"), ("O2", "Bolt"), ("O3", "Cog")]


@pytest.mark.parametrize(("kind", "expected"), [("O", ["O1"]), ("C", ["C1", "C2"])])
def test_a_pass_may_take_only_some_lines(site: Make, kind: str, expected: list[str]) -> None:
    layout = """
[layouts.mixed]
direction = "import"
format = "csv"
file = { delimiter = ";", header = false }
[[layouts.mixed.passes]]
entity = "organisation"
only = { column = 1, values = ["O", "OV"] }
columns = [{ column = 2, field = "number" }, { column = 3, field = "name" }]
[[layouts.mixed.passes]]
entity = "contact"
only = { column = 1, values = ["C"] }
columns = [
  { column = 2, field = "number" },
  { column = 3, field = "organisation" },
]
"""
    made = site(layout, import_of("mixed", entity="organisation", layout="mixed", max_rejected=0))
    made.put("uploads/mixed.csv", "O;O1;Acme\nC;C1;O1\n C ;C2;O1\nX;;\n")
    answer = made.run("mixed")
    assert answer.counts == {"read": 3, "new": 3}
    entity = {"O": "organisation", "C": "contact"}[kind]
    assert made.kept(entity=entity) == expected
    assert [part["skipped"] for part in parts_of(answer.told["details"])] == [3, 2]


# -- references --

CHOICES = """
[layouts.articles]
direction = "import"
entity = "article"
format = "csv"
columns = [
  {{ column = "no", field = "number" }},
  {{ column = "product", field = "product", references = "{choice}" }},
]
"""


def articles_import(**settings: object) -> str:
    return import_of("articles", assortment="supplier", layout="articles", **settings)


def test_stubs_are_made_filled_and_reverted(site: Make) -> None:
    made = site(
        CHOICES.format(choice="stub"),
        articles_import(max_rejected=0),
        import_of("products", entity="product", layout="names-of-products", delta=False, max_archived=0),
        """
[layouts.names-of-products]
direction = "import"
entity = "product"
format = "csv"
columns = [{ column = "no", field = "number" }, { column = "name", field = "description.nl" }]
""",
    )
    made.put("uploads/products.csv", "no,name\nP1,Pipe\n")
    made.run("products")
    made.put("uploads/articles.csv", "no,product\nA1,P1\nA2,P2\nA3,P3\nA4,P2\nA5,\n")
    dry = made.run("articles", "--dry-run")
    assert "2 stubs of product would be made" in dry.told["message"]
    assert made.kept(entity="product") == ["P1"]
    answer = made.run("articles")
    assert answer.code == 0
    assert answer.counts == {"read": 5, "new": 5}
    assert answer.told["message"].endswith("2 stubs of product made.")
    assert parts_of(answer.told["details"]) == [
        {"entity": "article", "assortment": "supplier", "read": 5, "new": 5},
        {"entity": "product", "assortment": "supplier", "stubs": 2},
    ]
    log = made.log(answer.told["run"])
    why = "because records of article refer to what nobody has delivered yet"
    assert f"2 stubs of product will be made, {why}: P2, P3." in log
    assert made.kept(entity="product") == ["P1", "P2", "P3"]

    # A full import that does not have them leaves them alone; one that has them fills them.
    made.put("uploads/products.csv", "no,name\nP1,Pipe\nP2,Pump\n")
    filled = made.run("products")
    assert filled.code == 0, filled.told["message"]
    assert filled.counts == {"read": 2, "changed": 1, "unchanged": 1}
    assert made.kept('number, "description.nl"', "product") == [("P1", "Pipe"), ("P2", "Pump"), ("P3", None)]
    # Once it is filled it is like any other: the brake holds.
    made.put("uploads/products.csv", "no,name\nP1,Pipe\n")
    assert made.run("products").code == 5

    assert pendel(made.config, "revert", str(filled.told["run"])).code == 0
    assert pendel(made.config, "revert", str(answer.told["run"]), "--force").code == 3
    assert made.kept(entity="product") == ["P1"]
    assert made.kept() == []


def test_a_rejected_record_needs_no_stub(site: Make) -> None:
    made = site(CHOICES.format(choice="stub"), articles_import(max_rejected=1))
    made.put("uploads/articles.csv", "no,product\nA1,P1\nA1,P2\n,P3\n")
    answer = made.run("articles")
    assert answer.counts == {"read": 1, "new": 1, "rejected": 2}
    assert made.kept(entity="product") == ["P1"]


@pytest.mark.parametrize(("choice", "kept"), [("reject", []), ("wait", ["C1"]), ("stub", ["C1"])])
def test_a_reference_may_wait_for_a_later_pass(site: Make, choice: str, kept: list[str]) -> None:
    """Contacts before their organisations: what is in the file is found, and no stub is made of it."""
    layout = f"""
[layouts.turned]
direction = "import"
format = "csv"
[[layouts.turned.passes]]
entity = "contact"
columns = [
  {{ column = "contact", field = "number" }},
  {{ column = "org", field = "organisation", references = "{choice}" }},
]
[[layouts.turned.passes]]
entity = "organisation"
columns = [{{ column = "org", field = "number" }}, {{ column = "name", field = "name", required = true }}]
"""
    made = site(layout, import_of("turned", entity="contact", layout="turned", max_rejected=1))
    made.put("uploads/turned.csv", "contact,org,name\nC1,O1,Acme\nC2,O2,\n")
    answer = made.run("turned")
    assert made.kept("number, name", "organisation") == (
        [("O1", "Acme"), ("O2", None)] if choice == "stub" else [("O1", "Acme")]
    )
    assert made.kept(entity="contact") == (["C1", "C2"] if choice == "stub" else kept)
    assert answer.counts["rejected"] == (1 if choice == "stub" else 2 if choice == "wait" else 3)


# -- other formats --


def test_passes_over_json_lines_take_lines_by_a_member_and_reject_what_is_no_json_once(site: Make) -> None:
    layout = """
[layouts.objects]
direction = "import"
format = "jsonl"
[[layouts.objects.passes]]
entity = "organisation"
only = { column = "kind", values = ["org"] }
columns = [{ column = "id", field = "number" }, { column = "name.full", field = "name" }]
[[layouts.objects.passes]]
entity = "contact"
only = { column = "kind", values = ["person"] }
without_key = "skip"
columns = [{ column = "id", field = "number" }, { column = "org", field = "organisation" }]
"""
    made = site(layout, import_of("objects", entity="organisation", layout="objects", file="o.jsonl", max_rejected=0.5))
    made.put(
        "uploads/o.jsonl",
        '{"kind": "org", "id": "O1", "name": {"full": "Acme"}}\n{"kind": "person", "id": "C1", "org": "O1"}\n'
        'no json\n{"kind": "person", "org": "O1"}\n',
    )
    answer = made.run("objects")
    assert answer.counts == {"read": 2, "new": 2, "rejected": 1}
    assert made.kept("number, name", "organisation") == [("O1", "Acme")]
    assert made.kept("number, organisation", "contact") == [("C1", "O1")]
    assert [part["skipped"] for part in parts_of(answer.told["details"])] == [2, 2]


def test_passes_over_a_workbook_reject_each_error_in_a_cell_for_the_pass_that_reads_it(site: Make) -> None:
    import openpyxl

    layout = people().replace('format = "csv"', 'format = "excel"').replace('file = { delimiter = ";" }', "")
    made = site(layout, people_import(file="people.xlsx", max_rejected=0.9))
    book = openpyxl.Workbook()
    sheet = book.create_sheet(index=0)
    for row in (
        ("Org", "Name", "Active", "Contact", "Last"),
        ("O1", "Acme", "yes", "C1", "Jansen"),
        ("O1", "Acme", "yes", "C2", "#N/A"),
        ("O2", "#REF!", "no", "C3", "Smit"),
        ("#N/A", "Cog", "no", "C4", "Mol"),
    ):
        sheet.append(row)
    book.save(made.home / "uploads" / "people.xlsx")
    answer = made.run("people")
    rejects = pendel(made.config, "log", "--run", str(answer.told["run"]), "--rejects").told["rejects"]
    assert [(row["line"], row["entity"], row["column"], row["value"]) for row in rejects] == [
        (3, "contact", "Last", "#N/A"),
        (4, "organisation", "Name", "#REF!"),
        (4, "contact", "Org", "O2"),  # whose organisation was rejected
        (5, "organisation", "Org", "#N/A"),  # and the contact of this line for the same cell
    ]
    assert made.kept(entity="organisation") == ["O1"]
    assert made.kept(entity="contact") == ["C1"]
    assert answer.counts == {"read": 2, "new": 2, "rejected": 4}
