"""The catalogue: the store of records, with diff, blocks, archive, history and undo, in DuckDB."""

from __future__ import annotations

from core.store.catalogue.applying import AppliedCounts, BlockCounts, apply_block, apply_together
from core.store.catalogue.archiving import plan_archiving
from core.store.catalogue.catalogue import Catalogue
from core.store.catalogue.changes import ChangePlan, Digested, Owned, content_of, plan_changes
from core.store.catalogue.checks import Folded, check_parts, check_staged, fold_repeated
from core.store.catalogue.finding import AnyOf, Condition, Test, changed_records, find_records, highest_number
from core.store.catalogue.names import EPOCH, Kind
from core.store.catalogue.paging import (
    FoundRecord,
    Order,
    Page,
    Selection,
    Which,
    count_selected,
    identity_of,
    read_page,
)
from core.store.catalogue.reading import (
    AssortmentCount,
    assortments,
    count_records,
    find_record,
    has_records,
    select_records,
)
from core.store.catalogue.references import Reference, StagedPart, StagedStubs, stage_stubs
from core.store.catalogue.reverting import Conflict, RevertPart, RevertPlan, apply_revert, plan_revert
from core.store.catalogue.showing import (
    FieldChange,
    RecordVersion,
    Sample,
    Value,
    record_history,
    samples,
)
from core.store.catalogue.transactions import snapshot

__all__ = [
    "EPOCH",
    "AnyOf",
    "AppliedCounts",
    "AssortmentCount",
    "BlockCounts",
    "Catalogue",
    "ChangePlan",
    "Condition",
    "Conflict",
    "Digested",
    "FieldChange",
    "Folded",
    "FoundRecord",
    "Kind",
    "Order",
    "Owned",
    "Page",
    "RecordVersion",
    "Reference",
    "RevertPart",
    "RevertPlan",
    "Sample",
    "Selection",
    "StagedPart",
    "StagedStubs",
    "Test",
    "Value",
    "Which",
    "apply_block",
    "apply_revert",
    "apply_together",
    "assortments",
    "changed_records",
    "check_parts",
    "check_staged",
    "content_of",
    "count_records",
    "count_selected",
    "find_record",
    "find_records",
    "fold_repeated",
    "has_records",
    "highest_number",
    "identity_of",
    "plan_archiving",
    "plan_changes",
    "plan_revert",
    "read_page",
    "record_history",
    "samples",
    "select_records",
    "snapshot",
    "stage_stubs",
]
