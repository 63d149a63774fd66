"""The guided set-up of flows without a screen."""

from __future__ import annotations

from core.config.flow_kinds import KINDS
from core.engine.api.flows import Possible
from tui.flow_plan import FlowPlan, possible_words


def test_every_kind_has_its_place_and_documents_come_behind_what_they_refer_to() -> None:
    words = possible_words([Possible(kind.name, kind.title) for kind in reversed(list(KINDS.values()))])
    assert {kind for kind, _ in words} == KINDS.keys()
    plan = FlowPlan()
    plan.choose_kinds(["orders", "opportunities", "order-status", "customers", "contacts", "products"])
    assert plan.kinds == ("products", "customers", "contacts", "opportunities", "orders", "order-status")


def test_a_kind_that_cannot_flow_is_not_offered() -> None:
    assert possible_words([Possible("orders", "Orders", "it has none"), Possible("stock", "Stock")]) == [
        ("stock", "Stock")
    ]
