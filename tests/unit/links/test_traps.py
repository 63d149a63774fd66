"""The traps that lie in wait for who joins these systems, and that each has a test which holds it.

They are those of the contracts of the systems, collected from the vendors' documents and from client code that ran
against them. Where several tests belong to one, the table names the one that a mistake would break first; the others
have its number in their names too.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import NamedTuple

import pytest

TESTS = Path(__file__).parents[2]
_TRAP = re.compile(r"test_trap_(\d\d)_\w+")


class Trap(NamedTuple):
    """What goes wrong, and where it is held."""

    number: int
    what: str
    file: str
    test: str


TRAPS = [
    Trap(1, "two processes refresh one token", "integration/links/test_link_tokens.py",
         "test_trap_01_processes_refresh_once"),
    Trap(2, "a crash between the reply with a token and storing it", "integration/links/test_link_tokens.py",
         "test_trap_02_a_kill_around_a_refresh_loses_no_token"),
    Trap(3, "the cursor is the last timestamp and not the largest", "integration/links/test_exact_online.py",
         "test_trap_03_the_cursor_is_the_largest_timestamp_not_the_last"),
    Trap(4, "the next page is on another host", "integration/links/test_exact_online.py",
         "test_trap_04_a_next_page_on_another_host_is_not_followed"),
    Trap(5, "a reset in milliseconds is taken for seconds", "integration/links/test_exact_online.py",
         "test_trap_05_a_reset_in_milliseconds_is_waited_for_and_no_longer"),
    Trap(6, "ten bad rows block a path for an hour", "integration/links/test_exact_online.py",
         "test_trap_06_bad_rows_do_not_block_the_path_for_an_hour"),
    Trap(7, "a page that is exactly full", "integration/links/test_buchhaltungsbutler.py",
         "test_trap_07_a_page_that_is_exactly_full"),
    Trap(8, "an error with status 200", "integration/links/test_accountview.py",
         "test_trap_08_an_error_with_status_200_is_an_error"),
    Trap(9, "a 404 that is a web page", "integration/links/test_buchhaltungsbutler.py",
         "test_trap_09_a_path_that_does_not_exist_answers_with_a_page"),
    Trap(10, "codes are padded in filters and comparisons", "integration/links/test_exact_globe.py",
         "test_trap_10_codes_are_padded_in_writing_and_in_filters"),
    Trap(11, "a field is read by one name and written by another", "integration/links/test_buchhaltungsbutler.py",
         "test_trap_11_a_field_has_another_name_in_writing"),
    Trap(12, "an answer gets lost after the record was created", "integration/links/test_exact_online.py",
         "test_trap_12_a_timeout_after_saving_creates_nothing_twice"),
    Trap(13, "the header fails after its lines", "integration/links/test_exact_globe.py",
         "test_trap_13_a_header_that_fails_leaves_no_lines"),
    Trap(14, "a reference becomes null in silence", "integration/links/test_exact_online.py",
         "test_trap_14_a_reference_that_was_dropped_in_silence_is_told"),
    Trap(15, "[D:0.0], and values that are empty", "unit/links/test_superoffice_values.py",
         "test_trap_15_values_of_the_documentation"),
    Trap(16, "UNKNOWN_CONNECTION_ID: saved again, once", "integration/links/test_superoffice_connector.py",
         "test_trap_16_a_connection_is_saved_again_once_only"),
    Trap(17, "421: the customer has moved", "integration/links/test_superoffice.py",
         "test_trap_17_a_customer_that_moved_is_looked_up_again"),
    Trap(18, "there is more than the window of ETIM shows", "integration/links/test_classification_and_bulk.py",
         "test_trap_18_more_than_the_window_fails_and_leaves_nothing_out_in_silence"),
    Trap(19, "a row changes while pages are read", "integration/flows/test_products_stock_and_status.py",
         "test_trap_19_a_row_that_changes_while_pages_are_read_comes_twice_and_counts_as_it_was_last"),
    Trap(20, "a refresh token rotates, its access token never used", "integration/links/test_link_tokens.py",
         "test_trap_20_a_refresh_token_counts_although_its_access_token_was_never_used"),
    Trap(21, "local times without a zone, and daylight saving", "integration/links/test_buchhaltungsbutler.py",
         "test_trap_21_local_times_without_a_zone"),
    Trap(22, "a standing plan made of an invoice", "integration/links/test_buchhaltungsbutler.py",
         "test_trap_22_what_makes_a_standing_plan_is_never_sent"),
    Trap(23, "a company whose name is blanks", "unit/flows/test_flow_records.py",
         "test_trap_23_blanks_are_no_company"),
    Trap(24, "an address matches but for case and blanks, and several match", "integration/flows/test_flow_failures.py",
         "test_trap_24_several_customers_with_one_address_are_nobodys_guess"),
]  # fmt: skip


def functions(path: Path) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {each.name: each for each in tree.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_there_are_twenty_four() -> None:
    assert [trap.number for trap in TRAPS] == list(range(1, 25))


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: f"{trap.number:02} {trap.what}")
def test_a_trap_has_a_test_that_is_run(trap: Trap) -> None:
    found = functions(TESTS / trap.file).get(trap.test)
    assert found is not None, f"{trap.file} has no {trap.test}: trap {trap.number}, {trap.what}, is held by nothing"
    assert trap.test.startswith(f"test_trap_{trap.number:02}_")
    marks = " ".join(ast.unparse(each) for each in found.decorator_list)
    assert "skip" not in marks
    assert "xfail" not in marks


def test_no_test_has_the_number_of_a_trap_that_there_is_not() -> None:
    numbers = {int(each) for path in TESTS.rglob("test_*.py") for each in _TRAP.findall(path.read_text("utf-8"))}
    assert numbers == {trap.number for trap in TRAPS}
