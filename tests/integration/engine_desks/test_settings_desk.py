"""Settings through the gate: what is checked, written, refused, taken back, and what the file says afterwards."""

from __future__ import annotations

import tomllib
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from support.settings_site import CONFIG, settings_site

from core.engine.active import ActiveRun
from core.engine.api.history import RunQuery
from core.engine.api.rights import Right
from core.errors import ChangedOutside, ConfigError, Refused
from core.runs import Counts, RunState, Trigger
from core.store.activity import Activity, ActivityLog
from core.store.journal.runs import NewRun

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.engine.engine import Engine
    from core.engine.gate import Gate

Site = tuple["Path", "Gate", "Engine"]
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with settings_site(tmp_path) as opened:
        yield opened


def test_a_change_of_one_key_leaves_the_rest_of_the_file_as_it_was(site: Site) -> None:
    path, gate, engine = site
    view = gate.settings.table("tasks", "prices")
    values: dict[str, Any] = view.values
    values["frequency"] = {"kind": "weekly", "day": "tuesday", "at": "07:30"}

    gate.settings.save("tasks", "prices", values, fingerprint=view.fingerprint)

    assert path.read_text() == CONFIG.replace('day = "monday", at = "07:30" }  ', 'day = "tuesday", at = "07:30" }  ')
    assert engine.board.task("prices").frequency == "weekly on Tuesday at 07:30"  # type: ignore[union-attr]
    audit = gate.settings.audit()[0]
    assert (audit.action, audit.object, audit.answer) == ("settings.change", "task prices", "accepted")
    assert audit.old == 'frequency.day = "monday"'
    assert audit.new == 'frequency.day = "tuesday"'


def test_a_saved_task_is_planned_at_once(site: Site) -> None:
    _, gate, engine = site
    view = gate.settings.table("tasks", "prices")
    before = engine.board.task("prices").next_run  # type: ignore[union-attr]
    gate.settings.save("tasks", "prices", view.values | {"frequency": {"kind": "manual"}}, fingerprint=view.fingerprint)
    assert before is not None
    assert engine.board.task("prices").next_run is None  # type: ignore[union-attr]


def test_dates_stay_dates_in_the_file(site: Site) -> None:
    path, gate, _ = site
    view = gate.settings.table("tasks", "shop")
    values: dict[str, Any] = view.values
    assert values["frequency"]["from"] == "2026-11-23"
    values["frequency"] = {"kind": "fortnightly", "day": "monday", "at": "08:00", "from": "2026-11-30"}
    gate.settings.save("tasks", "shop", values, fingerprint=view.fingerprint)
    assert "from = 2026-11-30" in path.read_text()


def test_what_changed_outside_is_never_written_over(site: Site) -> None:
    path, gate, _ = site
    view = gate.settings.table("locations", "supplier")
    path.write_text(CONFIG.replace("sftp.example.com", "other.example.com"))
    mine = view.values | {"port": 2222}
    with pytest.raises(ChangedOutside, match="location supplier was changed in the file"):
        gate.settings.save("locations", "supplier", mine, fingerprint=view.fingerprint)
    assert "2222" not in path.read_text()
    assert "ChangedOutside" not in gate.settings.audit()[0].answer
    assert gate.settings.audit()[0].answer.startswith("The location supplier was changed")

    theirs = gate.settings.table("locations", "supplier")
    gate.settings.save("locations", "supplier", mine, fingerprint=theirs.fingerprint)
    assert "sftp.example.com" in path.read_text()


def test_a_change_elsewhere_in_the_file_is_no_conflict_and_stays(site: Site) -> None:
    path, gate, _ = site
    view = gate.settings.table("locations", "supplier")
    path.write_text(CONFIG.replace("Weekly prices", "Prices of the week"))
    gate.settings.save("locations", "supplier", view.values | {"port": 2222}, fingerprint=view.fingerprint)
    assert "Prices of the week" in path.read_text()
    assert "port = 2222" in path.read_text()


def test_a_table_that_was_taken_out_meanwhile_is_not_written_again_unasked(site: Site) -> None:
    path, gate, _ = site
    view = gate.settings.table("tasks", "shop")
    path.write_text(CONFIG[: CONFIG.index('[[tasks]]\nid = "shop"')])
    with pytest.raises(ChangedOutside, match="taken out of the file"):
        gate.settings.save("tasks", "shop", view.values, fingerprint=view.fingerprint)


def test_problems_are_told_by_field_without_writing(site: Site) -> None:
    path, gate, _ = site
    values: dict[str, Any] = gate.settings.table("tasks", "prices").values
    values |= {"layout": "price", "sequence": "ten", "frequency": {"kind": "weekly", "day": "monday", "at": "05:00"}}
    found = {problem.path: problem.message for problem in gate.settings.check("tasks", "prices", values)}
    assert found == {("sequence",): "a whole number is needed"}
    values["sequence"] = 10
    found = {problem.path: problem.message for problem in gate.settings.check("tasks", "prices", values)}
    assert found == {
        ("layout",): "there is no such layout; did you mean 'prices'?",
        ("frequency", "at"): "this time is outside the operating window 06:00-23:00",
    }
    assert path.read_text() == CONFIG
    with pytest.raises(ConfigError, match="there is no such layout"):
        gate.settings.save("tasks", "prices", values, fingerprint=gate.settings.table("tasks", "prices").fingerprint)
    assert path.read_text() == CONFIG


def test_what_a_change_makes_wrong_elsewhere_is_told_with_its_place(site: Site) -> None:
    _, gate, _ = site
    values = gate.settings.table("engine").values | {"window": {"opens": "08:00", "closes": "23:00"}}
    (first, second) = gate.settings.check("engine", "", values)
    assert first.place == "task prices frequency.at"
    assert second.place == "task shop frequency.at"


def test_problems_of_expressions_in_layouts_are_told(site: Site) -> None:
    _, gate, _ = site
    values: dict[str, Any] = gate.settings.table("layouts", "prices").values
    values["columns"].append({"field": "net_price", "expression": "gross_price * "})
    (problem,) = gate.settings.check("layouts", "prices", values)
    assert "gross_price * " in problem.message


def test_a_new_name_takes_every_reference_along(site: Site) -> None:
    path, gate, _ = site
    view = gate.settings.table("locations", "supplier")
    assert gate.settings.save(
        "locations", "supplier", view.values, fingerprint=view.fingerprint, new_name="wholesaler"
    ) == ("wholesaler")
    assert path.read_text() == CONFIG.replace("[locations.supplier]", "[locations.wholesaler]").replace(
        'location = "supplier"', 'location = "wholesaler"'
    )
    task = gate.settings.table("tasks", "prices")
    gate.settings.save("tasks", "prices", task.values | {"id": "weekly"}, fingerprint=task.fingerprint)
    assert tomllib.loads(path.read_text())["tasks"][1]["after"] == {"tasks": ["weekly"]}


def test_a_new_table_does_not_take_the_place_of_another(site: Site) -> None:
    path, gate, _ = site
    values: dict[str, Any] = {"protocol": "local", "directory": "else"}
    with pytest.raises(Refused, match="There is a location files already"):
        gate.settings.save("locations", "", values, fingerprint="", new_name="files")
    gate.settings.save("locations", "", values, fingerprint="", new_name="else")
    assert '[locations.else]\nprotocol = "local"\ndirectory = "else"\n' in path.read_text()


def test_delete_names_what_depends_on_a_table(site: Site) -> None:
    path, gate, _ = site
    assert gate.settings.dependents("locations", "supplier") == ("task prices",)
    with pytest.raises(Refused, match="Location supplier is named by task prices"):
        gate.settings.delete("locations", "supplier")
    with pytest.raises(Refused, match="Task prices is named by task shop"):
        gate.settings.delete("tasks", "prices")
    gate.settings.delete("tasks", "shop")
    gate.settings.delete("tasks", "prices")
    gate.settings.delete("locations", "supplier")
    assert "supplier" not in path.read_text()
    assert 'host = "sftp.example.com"' in gate.settings.audit()[0].old


def test_undo_says_what_it_takes_back_and_brings_it_back(site: Site) -> None:
    path, gate, engine = site
    assert gate.settings.last_change() is None
    gate.settings.delete("tasks", "shop")
    change = gate.settings.last_change()
    assert change is not None
    assert change.tables == ("task shop, deleted",)
    gate.settings.undo()
    assert path.read_text() == CONFIG
    assert engine.board.task("shop") is not None
    assert gate.settings.last_change().tables == ("task shop, added",)  # type: ignore[union-attr]
    path.write_text(CONFIG + "\n# by hand\n")
    assert gate.settings.last_change() is None
    with pytest.raises(Refused, match="changed by hand"):
        gate.settings.undo()


def test_planned_moments_lie_in_the_window_of_the_engine(site: Site) -> None:
    _, gate, _ = site
    weekly = gate.settings.planned({"kind": "weekly", "day": "monday", "at": "07:30"})
    assert weekly.words == "weekly on Monday at 07:30"
    assert len(weekly.moments) == 5
    assert weekly.window == "06:00-23:00"
    assert gate.settings.planned({"kind": "weekly", "day": "monday"}).moments == ()
    assert "outside the operating window" in gate.settings.planned({"kind": "time_of_day", "at": "05:00"}).words
    assert gate.settings.planned({}).words == "by hand"
    start = {"kind": "fortnightly", "day": "monday", "at": "07:30", "from": "2030-01-07"}
    assert gate.settings.planned(start).moments[0].year == 2030  # type: ignore[arg-type]


def test_a_typed_secret_goes_to_the_vault_and_nowhere_else(site: Site) -> None:
    path, gate, engine = site
    view = gate.settings.table("locations", "files")
    values: dict[str, Any] = {"protocol": "ftp", "host": "ftp.example.com", "username": "x"}
    values["password"] = {"secret": "files"}
    gate.settings.save("locations", "files", values, fingerprint=view.fingerprint, secrets={"files": "hunter2-secret"})
    assert engine.workspace.vault.get("files") == "hunter2-secret"
    for file in path.parent.rglob("*"):
        if file.is_file():
            assert b"hunter2" not in file.read_bytes(), file
    assert engine.workspace.redactor.redact("x hunter2-secret") == "x [secret]"
    assert gate.settings.secrets()[0].used_by == ("location files",)
    with pytest.raises(Refused, match="named by location files"):
        gate.settings.delete_secret("files")


def test_templates_are_good_but_for_what_only_the_operator_knows(site: Site) -> None:
    _, gate, _ = site
    wanted = {template.id for template in gate.settings.templates("tasks")}
    assert {"import", "export", "csv-export", "auto-import", "empty-import"} <= wanted
    for template in gate.settings.templates("tasks"):
        assert template.values["sequence"] == 30
        if template.id.startswith("empty"):
            continue
        problems = gate.settings.check("tasks", "", template.values | {"id": "new", "description": "New"})
        # There is no scheme yet, nor a layout of a feed or a report, nor a link, that they could name.
        lacking = {"etl": [("scheme",)], "feed": [("layout",)], "report": [("layout",)], "flow": [("source",)]}
        of_links = ("import-etim", "import-2ba", "import-opportunities", "update-contacts")
        lacking |= {word: [("link",)] for word in of_links}
        assert [problem.path for problem in problems] == lacking.get(template.id.split()[0], []), template.id


def test_only_who_may_administer_changes_settings(tmp_path: Path) -> None:
    with settings_site(tmp_path, right=Right.OPERATE) as (path, gate, _):
        view = gate.settings.table("locations", "supplier")
        for command in (
            lambda: gate.settings.save("locations", "supplier", {}, fingerprint=view.fingerprint),
            lambda: gate.settings.delete("tasks", "shop"),
            gate.settings.undo,
            lambda: gate.settings.put_secret("name", "value"),
            lambda: gate.settings.delete_secret("name"),
        ):
            with pytest.raises(Refused, match="needs the right to administer"):
                command()
        assert path.read_text() == CONFIG
        assert len(gate.settings.audit()) == 5


def test_a_task_with_a_new_name_keeps_its_history_and_its_cursor_and_undo_gives_both_back(site: Site) -> None:
    path, gate, engine = site
    journal, moment = engine.workspace.journal, NOW
    (run,) = journal.runs.queue([NewRun("shop", "export", Trigger.MANUAL, "anna")], at=moment)
    journal.runs.end(run, RunState.SUCCEEDED, at=moment, message="Sent.", counts=Counts(written=3))
    journal.cursors.set("shop", moment, set_by="run", at=moment, run=run)
    journal.cursors.set("webshop", moment - timedelta(days=300), set_by="run", at=moment, run=None)
    assert journal.sequences.next("shop") == 1

    def known_of(task: str) -> tuple[list[int], datetime | None]:
        view, cursor = engine.board.task(task), journal.cursors.get(task)
        assert view is not None
        assert view.last_run is not None
        assert view.last_run.id == run
        return [each.id for each in gate.history.runs(RunQuery(task=task)).runs], cursor.moment if cursor else None

    view = gate.settings.table("tasks", "shop")
    seen = gate.snapshot().history  # type: ignore[union-attr]
    values = {**view.values, "id": "webshop", "description": "To the webshop"}
    gate.settings.save("tasks", "shop", values, fingerprint=view.fingerprint)
    assert gate.snapshot().history > seen  # type: ignore[union-attr]
    assert known_of("webshop") == ([run], moment)
    assert journal.cursors.get("shop") is None
    assert journal.sequences.next("webshop") == 2
    assert gate.settings.last_change().tables[0] == "task shop, now called webshop"  # type: ignore[union-attr]
    gate.settings.undo()
    assert 'id = "shop"' in path.read_text()
    assert known_of("shop") == ([run], moment)


def test_what_a_flow_did_and_what_was_mended_go_along_with_its_new_name(site: Site) -> None:
    _, gate, engine = site
    with closing(ActivityLog(engine.workspace.config.activity_file)) as log:
        log.add([Activity(at=NOW, task="shop", run=1, source_key="7", outcome="failed", record={"city": ""})])
        log.mend("shop", "7", {"city": "Delft"}, at=NOW)
        log.mend("webshop", "8", {"city": "Gouda"}, at=NOW)

        view = gate.settings.table("tasks", "shop")
        gate.settings.save("tasks", "shop", {**view.values, "id": "webshop"}, fingerprint=view.fingerprint)

        assert log.mended("webshop") == {"7": {"city": "Delft"}}
        assert [each.source_key for each in log.latest("webshop")] == ["7"]
        assert log.mended("shop") == {}
        assert log.latest("shop") == []


def test_a_task_with_a_run_that_has_not_ended_keeps_its_name(site: Site) -> None:
    path, gate, engine = site
    before, view = path.read_text(), gate.settings.table("tasks", "prices")
    run = ActiveRun(id=7, task="prices", type="import", trigger=Trigger.MANUAL, requested_by="anna", queued_at=NOW)
    engine.dispatcher._by_task["prices"] = run
    with pytest.raises(Refused, match="prices has a run that has not ended"):
        gate.settings.save("tasks", "prices", {**view.values, "id": "lists"}, fingerprint=view.fingerprint)
    del engine.dispatcher._by_task["prices"]
    assert path.read_text() == before
