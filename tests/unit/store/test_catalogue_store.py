"""The database of the catalogue: its schema, its walls, and how it survives faults."""

from __future__ import annotations

import shutil
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from support.catalogue_tools import Importer, contents, entities, opened, stage

from core.errors import StopRequested, StoreError
from core.stop import StopToken
from core.store.catalogue import Catalogue, apply_block, apply_revert, plan_changes, plan_revert, schema
from core.store.catalogue.faults import faults

PART = entities()["part"]


def part(number: str, **values: Any) -> dict[str, Any]:
    return {"maker": "acme", "number": number} | values


def test_records_survive_a_restart(tmp_path: Path) -> None:
    with opened(tmp_path) as catalogue:
        Importer(catalogue, PART).carry_out([part("1", price=Decimal("0.10"))])
        before, watermark = contents(catalogue, PART), catalogue.watermark()
        catalogue.take_fence(8, 3)
    with opened(tmp_path) as catalogue:
        assert (contents(catalogue, PART), catalogue.watermark()) == (before, watermark)
        assert catalogue.applied(1).new == 1
        with pytest.raises(Exception, match="fence 3"):
            catalogue.take_fence(8, 2)


def test_a_new_field_is_empty_at_first_and_can_be_undone(tmp_path: Path) -> None:
    with opened(tmp_path) as catalogue:
        parts = Importer(catalogue, PART)
        parts.carry_out([part("1", stock=1)])
        parts.carry_out([part("1", stock=2)])
    grown = entities(colour={"type": "text"}, width={"type": "decimal"})
    with opened(tmp_path, grown) as catalogue:
        parts = Importer(catalogue, grown["part"], run=2)
        assert contents(catalogue, grown["part"])["a", "acme", "1"][0]["colour"] is None
        parts.carry_out([part("1", colour="red", width=Decimal("0.5"))])
        with catalogue.session() as session:
            apply_revert(session, plan_revert(session, 3), by_run=4, fence=1, force=False, stop=StopToken())
            apply_revert(session, plan_revert(session, 4), by_run=5, fence=1, force=False, stop=StopToken())
        values, _ = contents(catalogue, grown["part"])["a", "acme", "1"]
        assert (values["stock"], values["colour"], values["width"]) == (2, "red", Decimal("0.5"))


def test_a_field_that_is_no_longer_declared_keeps_its_data(tmp_path: Path) -> None:
    grown = entities(colour={"type": "text"})
    with opened(tmp_path, grown) as catalogue:
        Importer(catalogue, grown["part"]).carry_out([part("1", colour="red")])
    with opened(tmp_path) as catalogue:
        parts = Importer(catalogue, PART, run=1)
        parts.carry_out([part("1", stock=5)])
        parts.carry_out([part("2")], full=True)
        with catalogue.session() as session:
            apply_revert(session, plan_revert(session, 3), by_run=4, fence=1, force=False, stop=StopToken())
    with opened(tmp_path, grown) as catalogue:
        values, archived = contents(catalogue, grown["part"])["a", "acme", "1"]
        assert (values["colour"], values["stock"], archived) == ("red", 5, False)


@pytest.mark.parametrize(
    ("old", "value", "new", "becomes"),
    [
        ({"type": "integer"}, 12, {"type": "text"}, "12"),
        ({"type": "text"}, "12", {"type": "integer"}, 12),
        ({"type": "integer"}, 12, {"type": "decimal", "decimals": 2}, Decimal("12.00")),
        ({"type": "decimal", "decimals": 4}, Decimal("1.2500"), {"type": "decimal", "decimals": 2}, Decimal("1.25")),
        ({"type": "text"}, "007", {"type": "integer"}, None),
        ({"type": "text"}, "blue", {"type": "boolean"}, None),
        ({"type": "decimal", "decimals": 4}, Decimal("1.2345"), {"type": "decimal", "decimals": 2}, None),
        ({"type": "integer"}, 10**17, {"type": "decimal", "decimals": 6}, None),
    ],
)
def test_a_type_changes_only_where_no_value_is_lost(
    tmp_path: Path, old: dict[str, Any], value: object, new: dict[str, Any], becomes: object
) -> None:
    before, after = entities(extra=old), entities(extra=new)
    with opened(tmp_path, before) as catalogue:
        parts = Importer(catalogue, before["part"])
        parts.carry_out([part("1", extra=None)])
        parts.carry_out([part("1", extra=value)])
    if becomes is None:
        with (
            pytest.raises(StoreError, match=r"'extra' of the entity 'part' .* would be lost") as refused,
            opened(tmp_path, after),
        ):
            pass
        assert str(value) in refused.value.message
        with opened(tmp_path, before) as catalogue:
            assert contents(catalogue, before["part"])["a", "acme", "1"][0]["extra"] == value
    else:
        with opened(tmp_path, after) as catalogue:
            assert contents(catalogue, after["part"])["a", "acme", "1"][0]["extra"] == becomes


def test_a_type_is_refused_for_a_value_that_only_undo_has(tmp_path: Path) -> None:
    before, after = entities(extra={"type": "text"}), entities(extra={"type": "integer"})
    with opened(tmp_path, before) as catalogue:
        parts = Importer(catalogue, before["part"])
        parts.carry_out([part("1", extra="blue")])
        parts.carry_out([part("1", extra="1")])
    with pytest.raises(StoreError, match="'blue' would be lost"), opened(tmp_path, after):
        pass


def test_another_key_must_tell_the_records_apart(tmp_path: Path) -> None:
    from dataclasses import replace

    known = entities()
    with opened(tmp_path, known) as catalogue:
        Importer(catalogue, PART).carry_out([part("1"), part("2")])
    with (
        pytest.raises(StoreError, match="was maker, number and cannot become maker"),
        opened(tmp_path, known | {"part": replace(PART, key=("maker",))}),
    ):
        pass
    shorter = replace(PART, key=("number",))
    with opened(tmp_path, known | {"part": shorter}) as catalogue:
        assert Importer(catalogue, shorter, run=1).carry_out([part("1", stock=1)]).changed == 1


def test_migrations_run_once_and_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path) as catalogue:
        Importer(catalogue, PART).carry_out([part("1")])
    later = ("CREATE TABLE extra (n INTEGER); INSERT INTO extra VALUES (2)", "INSERT INTO extra VALUES (3)")
    known = len(schema.MIGRATIONS)
    monkeypatch.setattr(schema, "MIGRATIONS", schema.MIGRATIONS + later)
    for _ in range(2):
        with opened(tmp_path) as catalogue, catalogue.session() as session:
            assert session.execute("SELECT n FROM extra ORDER BY n").fetchall() == [(2,), (3,)]
            assert len(contents(catalogue, PART)) == 1
    monkeypatch.undo()
    with (
        pytest.raises(
            StoreError, match=rf"written by a newer Pendel \(its schema is {known + 2}, this one knows {known}\)"
        ),
        opened(tmp_path),
    ):
        pass


def test_a_failed_migration_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path):
        pass
    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, "CREATE TABLE half (n INTEGER); SELECT nonsense"))
        with pytest.raises(StoreError, match="could not be opened"), opened(tmp_path):
            pass
    with opened(tmp_path) as catalogue, catalogue.session() as session:
        assert session.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'half'").fetchone() == (0,)


def test_statements_reach_only_the_spool(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a,b\n1,2\n")
    with opened(tmp_path) as catalogue, catalogue.session() as session:
        inside, outside = tmp_path / "spool" / "file.csv", tmp_path / "secret.csv"
        session.execute(f"COPY (SELECT 1 AS n) TO '{inside}'")
        assert session.execute(f"SELECT n FROM '{inside}'").fetchall() == [(1,)]
        for statement in (
            f"SELECT * FROM '{outside}'",
            f"COPY (SELECT 1) TO '{tmp_path / 'new.csv'}'",
            f"ATTACH '{tmp_path / 'other.duckdb'}'",
            f"SELECT * FROM '{tmp_path}/spool/../secret.csv'",
            "SELECT * FROM read_text('/etc/passwd')",
            "INSTALL httpfs",
            "LOAD httpfs",
        ):
            with pytest.raises(duckdb.Error):
                session.execute(statement)
        for setting in ("enable_external_access = true", "memory_limit = '8GB'", "lock_configuration = false"):
            with pytest.raises(duckdb.Error, match="locked"):
                session.execute(f"SET {setting}")


def test_sessions_do_not_see_each_others_tables(tmp_path: Path) -> None:
    with opened(tmp_path) as catalogue:
        with catalogue.session() as one, catalogue.session() as other:
            stage(one, PART, [part("1")])
            stage(other, PART, [])
            assert other.execute("SELECT count(*) FROM staged").fetchone() == (0,)
        with catalogue.session() as third, pytest.raises(duckdb.CatalogException):
            third.execute("SELECT count(*) FROM staged")


def test_a_session_that_ends_in_a_transaction_leaves_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as catalogue:
        with catalogue.session() as session:
            session.begin()
            session.execute("INSERT INTO fence VALUES (1, 99)")
        catalogue.take_fence(1, 1)


def test_a_second_process_is_told_that_it_is_busy(tmp_path: Path) -> None:
    script = textwrap.dedent("""
        import sys
        from pathlib import Path
        from support.catalogue_tools import opened
        from core.errors import StoreBusy
        try:
            with opened(Path(sys.argv[1])):
                print("opened")
        except StoreBusy as error:
            print(error)
    """)
    with opened(tmp_path):
        done = run_python(script, str(tmp_path))
    assert "Another process works on the catalogue" in done.stdout


@pytest.mark.parametrize("damage", ["other", "flipped", "empty-directory"])
def test_a_damaged_file_is_named(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "catalogue.duckdb"
    if damage == "empty-directory":
        path.mkdir()
    elif damage == "other":
        path.write_bytes(b"this is no database " * 1000)
    else:
        with opened(tmp_path) as catalogue:
            Importer(catalogue, PART).carry_out([part(str(number)) for number in range(500)])
        content = bytearray(path.read_bytes())
        content[12288:] = bytes(255 - byte for byte in content[12288:])
        path.write_bytes(content)
    with (
        pytest.raises(StoreError, match=r"could not be opened") as fault,
        opened(tmp_path),
    ):
        pass
    if damage != "empty-directory":
        assert "backup" in fault.value.advice


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be made"):
        Catalogue.open(tmp_path / "file" / "c.duckdb", entities(), spool=tmp_path, memory_limit_mb=64)


def test_too_little_memory_is_said_plainly(tmp_path: Path) -> None:
    statement = "SELECT list(i) FROM range(200_000_000) r(i)"
    with (
        opened(tmp_path) as catalogue,
        catalogue.session() as session,
        pytest.raises(StoreError) as fault,
        faults("sort the records"),
    ):
        session.execute(statement).fetchall()
    assert fault.value.message.startswith("The catalogue could not sort the records: it needs more memory")
    assert "memory_limit in [engine]" in fault.value.advice


ENDLESS = "SELECT count(*) FROM range(10_000_000_000) a(i), range(10_000) b(j) WHERE i * j = 7"


def test_a_stop_interrupts_a_statement_that_runs(tmp_path: Path) -> None:
    stop = StopToken()
    with opened(tmp_path) as catalogue, catalogue.session() as session:
        timer = threading.Timer(0.2, stop.request, ["Stopped by hand."])
        timer.start()
        with pytest.raises(StopRequested, match="Stopped by hand"), faults("wait", session=session, stop=stop):
            session.execute(ENDLESS).fetchall()
        timer.join()
        assert session.execute("SELECT 1").fetchone() == (1,)


def test_closing_ends_what_a_view_still_asks(tmp_path: Path) -> None:
    asking = threading.Event()
    with ThreadPoolExecutor() as views:
        with opened(tmp_path) as catalogue:

            def look() -> None:
                with catalogue.session() as session, faults("be read", session=session):
                    asking.set()
                    session.execute(ENDLESS).fetchall()

            asked = views.submit(look)
            assert asking.wait(10)
        with pytest.raises(StopRequested):
            asked.result(10)
        with pytest.raises(StoreError, match="open a session"):
            catalogue.watermark()


def test_a_stop_between_two_statements_interrupts_the_next(tmp_path: Path) -> None:
    stop = StopToken()
    with opened(tmp_path) as catalogue, catalogue.session() as session:

        def work() -> None:
            with faults("wait", session=session, stop=stop):
                stop.request()
                session.execute(ENDLESS).fetchall()

        with pytest.raises(StopRequested):
            work()
        assert session.execute("SELECT 1").fetchone() == (1,)


def blocks_of(tmp_path: Path, catalogue: Catalogue) -> list[Path]:
    """Import in blocks, with a copy of the files as they lie on the disk after each."""
    copies = []
    with catalogue.session() as session:
        stage(session, PART, [part(str(number), stock=number) for number in range(40)])
        plan = plan_changes(session, "staged", PART, assortment="", full=False, run=1, block_rows=10, stop=StopToken())
        for block in range(plan.blocks):
            apply_block(session, plan, block, fence=1, stop=StopToken())
            copy = tmp_path / f"copy-{block}"
            copy.mkdir()
            for file in tmp_path.glob("catalogue.duckdb*"):
                shutil.copy(file, copy)
            copies.append(copy)
    return copies


def test_what_was_committed_is_there_after_a_crash(tmp_path: Path) -> None:
    with opened(tmp_path) as catalogue:
        copies = blocks_of(tmp_path, catalogue)
    assert any((copy / "catalogue.duckdb.wal").exists() for copy in copies)
    for number, copy in enumerate(copies, start=1):
        with opened(copy) as catalogue:
            assert len(contents(catalogue, PART)) == 10 * number
            assert (catalogue.applied(1).blocks, catalogue.applied(1).new) == (number, 10 * number)


def test_a_commit_that_was_cut_off_counts_for_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as catalogue:
        copies = blocks_of(tmp_path, catalogue)
    log = (copies[-1] / "catalogue.duckdb.wal").read_bytes()
    seen = set()
    for length in range(len(log) - 1, 0, -max(len(log) // 25, 1)):
        torn = tmp_path / f"torn-{length}"
        torn.mkdir()
        shutil.copy(copies[-1] / "catalogue.duckdb", torn)
        (torn / "catalogue.duckdb.wal").write_bytes(log[:length])
        with opened(torn) as catalogue:
            done = catalogue.applied(1)
            assert done.new == len(contents(catalogue, PART)) == 10 * done.blocks
            seen.add(done.blocks)
    assert seen == {0, 1, 2, 3}


def run_python(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    here = Path(__file__).parent
    path = f"{here.parents[1]}:{here.parents[2]}"
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True, text=True, timeout=120, check=False, env={"PYTHONPATH": path},
    )  # fmt: skip


def test_a_disk_that_fills_up_leaves_what_was_committed(tmp_path: Path) -> None:
    """The kernel refuses to let files grow, as it does on a full disk."""
    script = textwrap.dedent("""
        import os, resource, sys
        from pathlib import Path
        from support.catalogue_tools import Importer, entities, opened, stage
        from core.errors import StoreError
        from core.stop import StopToken
        from core.store.catalogue import Catalogue, apply_block, plan_changes

        directory = Path(sys.argv[1])
        part = entities()["part"]
        with opened(directory) as catalogue:
            Importer(catalogue, part).carry_out([{"maker": "acme", "number": str(n), "stock": 1} for n in range(100)])
            with catalogue.session() as session:
                stage(session, part, [], ["maker", "number", "stock", "name.nl"])
                session.execute(
                    "INSERT INTO staged SELECT i, 'acme', i::VARCHAR, 2, md5(i::VARCHAR) FROM range(40_000) r(i)"
                )
                plan = plan_changes(
                    session, "staged", part, assortment="a", full=False, run=2, block_rows=2_000, stop=StopToken()
                )
                size = max(file.stat().st_size for file in directory.glob("catalogue.duckdb*"))
                resource.setrlimit(resource.RLIMIT_FSIZE, (size + 700_000, resource.RLIM_INFINITY))
                done = 0
                try:
                    for block in range(plan.blocks):
                        apply_block(session, plan, block, fence=1, stop=StopToken())
                        done += 1
                except StoreError as error:
                    print(done, error, flush=True)
                os._exit(0)
    """)
    done = run_python(script, str(tmp_path))
    assert done.returncode == 0, done.stderr
    committed, _, message = done.stdout.partition(" ")
    assert "disk of the data directory is full" in message, done.stdout
    with opened(tmp_path) as catalogue:
        applied = catalogue.applied(2)
        assert applied.blocks == int(committed) > 0
        found = contents(catalogue, PART)
        assert len(found) == 100 + applied.new
        assert sum(values["stock"] == 2 for values, _ in found.values()) == applied.new + applied.changed
        assert Importer(catalogue, PART, run=2).carry_out([part("1", stock=3)]).changed == 1


def test_a_list_of_constants_does_not_become_a_join(tmp_path: Path) -> None:
    """A join would lose the order of the records of a file, and with it their numbers."""
    constants = ", ".join(f"'{number}'" for number in range(100))
    with opened(tmp_path) as catalogue, catalogue.session() as session:
        ((_, plan),) = session.execute(f"EXPLAIN SELECT number, maker IN ({constants}) FROM entity.part").fetchall()
    assert "JOIN" not in plan.upper()


def test_sessions_are_opened_by_many_threads_at_once(tmp_path: Path) -> None:
    with opened(tmp_path) as catalogue:

        def look() -> int:
            with catalogue.session() as session:
                (found,) = session.execute("SELECT 1").fetchone() or (0,)
                return int(found)

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(lambda _: look(), range(400))) == 400
