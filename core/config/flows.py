"""The settings of a flow: one kind of record, from one system to another (FL)."""

from __future__ import annotations

from typing import Literal

from pydantic import StrictBool, StrictFloat, StrictInt, StrictStr, model_validator

from core.config.base import Identifier, Line, Settings, setting
from core.config.flow_kinds import CATALOGUE, KINDS, KindName
from core.config.tasks import TaskBase


class FlowFilter(Settings):
    """What a record must be to be taken along."""

    field: Line = setting(title="Field", help="Such as status or customer.country.")
    is_: list[StrictStr] = setting(list, title="Is one of", help="As text; empty: not looked at.", alias="is")
    not_: list[StrictStr] = setting(list, title="Is none of", alias="not")
    filled: StrictBool | None = setting(None, title="Filled", help="Yes: it must have a value. No: it must have none.")
    at_least: StrictFloat | StrictInt | None = setting(None, title="At least")
    at_most: StrictFloat | StrictInt | None = setting(None, title="At most")

    @model_validator(mode="after")
    def _something(self) -> FlowFilter:
        if not (self.is_ or self.not_) and self.filled is None and self.at_least is None and self.at_most is None:
            raise ValueError("one of is, not, filled, at_least and at_most is needed")
        return self


class DocumentRules(Settings):
    """How orders and invoices are made ready for the target (FL2)."""

    default_customer: Line | None = setting(
        None, title="Default customer", help="The id that the target has for it; used where a record names no customer."
    )
    force_default: StrictBool = setting(
        False, title="Always the default customer", help="Whoever ordered: customers are not looked for or created."
    )
    update_customer: StrictBool = setting(
        False, title="Update the customer", help="Of a record that is created; otherwise it stays as the target has it."
    )
    missing_products: Literal["fail", "create"] = setting(
        "fail",
        title="Products that the target lacks",
        help="The record fails, or the product is created from its line.",
    )
    shipping_article: Line | None = setting(
        None,
        title="Shipping costs as the line",
        help="The article number of that line. Empty: they stay in the header.",
    )
    discount_article: Line | None = setting(
        None, title="Discount as the line", help="The article number of that line. Empty: it stays in the header."
    )


class StockRules(Settings):
    """Which number is sent as stock (FL5)."""

    count: Literal["available", "free", "on_hand", "projected"] = setting(
        "available",
        title="Stock is",
        help="available: as the source says it, else on hand less reservations. free: on hand less reservations. "
        "projected: on hand, and what is planned in, less what is planned out.",
    )
    manage_stock: StrictBool | None = setting(
        None, title="Manage stock", help="Of the target. Empty: it stays as it is."
    )
    in_stock: StrictInt | None = setting(None, title="Always in stock", help="This number whatever there is.", ge=0)


class FlowTask(TaskBase):
    """Records of one kind, from one link to another, or to or from the catalogue (FL)."""

    type: Literal["flow"] = "flow"
    kind: KindName = setting(title="Kind")
    source: Identifier = setting(title="From", help="A link, or the catalogue.", refers="links")
    target: Identifier = setting(title="To", help="A link, or the catalogue.", refers="links")
    assortment: StrictStr = setting("", title="Assortment", help="Of the catalogue.")
    existing: Literal["skip", "update"] | None = setting(
        None,
        title="Records that the target has",
        help="Empty: products, customers and stock are updated, documents are left as they are.",
    )
    since: Line | None = setting(
        None, title="First from", help='Where the first run begins: "2026-01-01". Empty: with all there is.'
    )
    block: StrictInt = setting(
        5000,
        title="Block",
        help="The catalogue is written after so many.",
        unit="records",
        ge=1,
        le=10_000,
    )
    only: list[FlowFilter] = setting(list, title="Only records where", help="All of these hold.")
    defaults: dict[Line, StrictStr] = setting(
        dict,
        title="Defaults",
        help="What a record gets that lacks a field, such as vat_code of a line: lines.vat_code.",
    )
    digits_only: StrictBool = setting(
        False, title="Article numbers of digits only", help="A record with any other is refused before it is sent."
    )
    documents: DocumentRules = setting(DocumentRules, title="Orders and invoices")
    stock: StockRules = setting(StockRules, title="Stock")

    @model_validator(mode="after")
    def _two_sides(self) -> FlowTask:
        if self.source == self.target:
            raise ValueError("a flow leads from one system to another: source and target are the same")
        return self

    @property
    def updates(self) -> bool:
        """Whether records that the target has are updated."""
        return KINDS[self.kind].updates if self.existing is None else self.existing == "update"

    @property
    def reads_catalogue(self) -> bool:
        """Whether it begins in the catalogue."""
        return self.source == CATALOGUE

    @property
    def writes_catalogue(self) -> bool:
        """Whether it ends in the catalogue."""
        return self.target == CATALOGUE
