"""Which field of ours each field of PAB is, and what it holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Entry:
    """A field that is one of ours."""

    field: str
    column: str
    kind: str
    """What is done with its text: one of the converters of :mod:`core.exchange.formats.pab.cells`."""


def _table(lines: str) -> tuple[Entry, ...]:
    return tuple(Entry(*line.split()) for line in lines.strip().splitlines())


ARTICLE: Final = _table("""
    number TradeItemId text
    supplier_gln SupplierGLN gln
    gtin GTIN gtin
    valid_from StartDatePriceNeutralInformation date
    orderable OrderableIndicator orderable
    processable ProcessableIndicator processable
    status StatusCode text
    successor_gtin SuccessorGTIN gtin
    successor_number SuccessorTradeItemCode text
    predecessor_gtin PredecessorGTIN gtin
    predecessor_number PredecessorTradeItemCode text
    use_unit_quantity QuantityOfUseUnits number
    use_unit UseUnitMeasureUnitCode unit
    manufacturer_gln ManufacturerGLN gln
    manufacturer_number Productcode text
    buying_group BuyingGroup text
    customs_code CBSNumber text
    package_type PackageTypeCode text
    order_unit OrderUnitMeasureCode unit
    order_quantity_min MinimumOrderQuantity number
    order_quantity_step OrderMultiple number
    delivery_time DeliveryTime whole
    delivery_time_unit DeliveryTimeMeasureUnitCode time-unit
    discount_group AllowanceGroup text
""")
ARTICLE_PRICE: Final = _table("""
    price_valid_from StartDatePriceInformation date
    vat_code VatRate text
    vat_rate VatPercentage number
    follow_manufacturer_price FollowManufacturerPriceIndication follow
    processing_surcharge GrossPriceAllowanceGroup number
    gross_price GrossPriceInOrderUnit number
    price_unit_quantity NumberOfUnitsInPriceBasis number
    price_unit PriceUnitMeasureUnitCode unit
    net_price NetPriceInOrderUnit number
    price_unit_factor PriceToOrderUnitFactor number
    currency CurrencyCode text
""")
"""What PAB 1 does not have."""
ARTICLE_EXTRA: Final = ("ProductGTIN", "ManufacturerTradeItemId", "ManufacturerTradeItemGTIN")
ARTICLE_1_EXTRA: Final = ("ConversionFactor", "OrderMultipleUnit", "MutationDate")
PRICE: Final = _table("""
    article TradeItemId text
    valid_from StartDatePriceInformation date
    gross_price GrossPriceInOrderUnit number
    net_price NetPriceInOrderUnit number
    price_unit_quantity NumberOfUnitsInPriceBasis number
    price_unit PriceUnitMeasureUnitCode unit
    currency CurrencyCode text
    vat_code VatRate text
    vat_rate VatPercentage number
""")
PRICE_EXTRA: Final = ("GrossPriceAllowanceGroup", "FollowManufacturerPriceIndication")
SURCHARGE: Final = _table("""
    article TradeItemId text
    type AllowanceType text
    valid_from StartDate date
    sequence SequenceNumber whole
    percentage AllowancePercentage number
    amount AllowanceAmount number
    currency CurrencyCode text
    quantity_from LowerLimitScale number
    unit LowerLimitScaleUnit unit
""")
SURCHARGE_EXTRA: Final = ("AllowanceCode",)
PRODUCT_FIELDS: Final = _table("""
    number Productcode text
    manufacturer_gln ManufacturerGLN gln
    gtin GTIN gtin
    valid_from StartDate date
    status StatusCode text
    successor_gtin SuccessorGTIN gtin
    successor_number SuccessorProductcode text
    predecessor_gtin PredecessorGTIN gtin
    predecessor_number PredecessorProductcode text
    brand Brand text
    series Model text
    variation Version text
    page Deeplink text
""")
PRODUCT_EXTRA: Final = (
    "ProductgroupCode",
    "SequenceNumberProductClass",
    "StandardSheetVersion",
    "StandardSheetStatus",
)
"""The class as it was coded before ETIM's EC codes: these cannot be told from it."""
MEASURES: Final = {"weight": "PackagingWeight", "height": "PackagingHeight", "length": "PackagingDepth",
                   "width": "PackagingWidth"}  # fmt: skip
ADDED, DELETED, CHANGED = "1", "2", "3"
"""The mutation of a record."""
COMPLETE: Final = {"9": True, "4": False}
"""The mutation of a file, after the list of SALES005: original, or change."""
