"""The record files of PAB 2.03 and PAB 1: which fields stand where.

Sources: SlickLabs/PAB2 (field tables), Brighton-code/Sisyphus-web (widths), Bartdeoud/TypesUpdate (PAB 1). A field is A
(text, left-aligned), N (digits), Z (digits whose zeros count) or Di.d (a number with an explicit point); behind it
stands ``!`` where the standard wants it filled. Of ArtToKo, the sources give D without decimals: those here follow from
the widths.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from core.exchange.formats.fixed import FixedField, FixedRecord

_ENTRY = re.compile(r"(\w+) (\d+)-(\d+) (A|N|Z|D(\d+)\.(\d+))(!?)")


@dataclass(frozen=True, eq=False)
class PabRecord:
    """A kind of record file."""

    fixed: FixedRecord
    numbers: dict[str, tuple[int, int]]
    """Of the fields with a point: how many digits stand before and behind it."""
    digits: frozenset[str]
    """The fields that are digits only."""
    mandatory: frozenset[str]
    version: str = "2.03"

    @property
    def name(self) -> str:
        """As the file is called."""
        return self.fixed.name

    @property
    def width(self) -> int:
        """Characters of a line."""
        return self.fixed.width

    @cached_property
    def widths(self) -> dict[str, int]:
        """Characters of each field."""
        return {field.name: field.width for field in self.fixed.fields}


def _record(name: str, table: str, version: str = "2.03") -> PabRecord:
    found = [_ENTRY.fullmatch(line.strip()) for line in table.strip().splitlines()]
    entries = [match.groups() for match in found if match]
    fields = tuple(FixedField(field, int(first), int(last)) for field, first, last, *_ in entries)
    return PabRecord(
        FixedRecord(name, fields[-1].last, fields),
        {field: (int(whole), int(part)) for field, _, _, _, whole, part, _ in entries if whole},
        frozenset(field for field, _, _, kind, *_ in entries if kind in "NZ"),
        frozenset(field for field, *_, must in entries if must),
        version,
    )


HARTLEV: Final = _record(
    "HArtLev",
    """
    MessageVersion 1-3 A!
    MessageType 4-6 A!
    ArticleMessagenumber 7-23 A!
    MessageDate 24-31 N!
    MutationCode 32-32 N!
    PriceChangeIndication 33-35 A!
    SupplierGLN 36-48 N
    ConsumerGLN 49-61 N
    CentralArtGLN 62-74 N
    """,
)
ARTLEV: Final = _record(
    "ArtLev",
    """
    MutationCode 1-1 N!
    TradeItemId 2-21 A!
    SupplierGLN 22-34 N!
    GTIN 35-48 N
    StartDatePriceNeutralInformation 49-56 N
    OrderableIndicator 57-59 A!
    ProcessableIndicator 60-62 A!
    StatusCode 63-65 A
    SuccessorGTIN 66-79 N
    SuccessorTradeItemCode 80-99 A
    PredecessorGTIN 100-113 N
    PredecessorTradeItemCode 114-133 A
    QuantityOfUseUnits 134-149 D12.3!
    UseUnitMeasureUnitCode 150-152 A!
    ManufacturerGLN 153-165 N
    Productcode 166-185 A
    ProductGTIN 186-199 N
    ManufacturerTradeItemId 200-219 A
    ManufacturerTradeItemGTIN 220-233 N
    BuyingGroup 234-250 A
    CBSNumber 251-267 A
    Description 268-337 A
    PackageTypeCode 338-340 A
    PackagingWeight 341-359 D15.3
    PackagingWeightMeasureUnitCode 360-362 A
    PackagingHeight 363-381 D15.3
    PackagingDepth 382-400 D15.3
    PackagingWidth 401-419 D15.3
    PackagingSizeMeasureUnitCode 420-422 A
    OrderUnitMeasureCode 423-425 A
    MinimumOrderQuantity 426-441 D12.3
    OrderMultiple 442-457 D12.3
    DeliveryTime 458-472 N
    DeliveryTimeMeasureUnitCode 473-478 A
    StartDatePriceInformation 479-486 N
    VatRate 487-487 A
    VatPercentage 488-505 D13.4
    FollowManufacturerPriceIndication 506-508 A
    GrossPriceAllowanceGroup 509-524 D11.4
    AllowanceGroup 525-559 A
    GrossPriceInOrderUnit 560-575 D11.4
    NumberOfUnitsInPriceBasis 576-585 D6.3
    PriceUnitMeasureUnitCode 586-588 A
    NetPriceInOrderUnit 589-604 D11.4
    PriceToOrderUnitFactor 605-620 D12.3
    CurrencyCode 621-623 A
    """,
)
ARTPR2: Final = _record(
    "ArtPr2",
    """
    MutationCode 1-1 N!
    TradeItemId 2-21 A!
    SupplierGLN 22-34 N!
    StartDatePriceInformation 35-42 N
    GrossPriceInOrderUnit 43-58 D11.4
    NetPriceInOrderUnit 59-74 D11.4
    NumberOfUnitsInPriceBasis 75-84 D6.3
    PriceUnitMeasureUnitCode 85-87 A
    CurrencyCode 88-90 A
    GrossPriceAllowanceGroup 91-106 D11.4
    FollowManufacturerPriceIndication 107-109 A
    VatRate 110-110 A
    VatPercentage 111-128 D13.4
    """,
)
ARTTOKO: Final = _record(
    "ArtToKo",
    """
    TradeItemId 1-20 A!
    SupplierGLN 21-33 N!
    AllowanceType 34-36 A!
    StartDate 37-44 N
    SequenceNumber 45-46 N
    AllowanceCode 47-47 A!
    AllowanceDescription 48-82 A
    NVT 83-84 A
    AllowancePercentage 85-95 D6.4
    AllowanceAmount 96-111 D11.4!
    CurrencyCode 112-114 A
    LowerLimitScale 115-133 D15.3
    LowerLimitScaleUnit 134-136 A
    """,
)
PRODUCT: Final = _record(
    "Product",
    """
    MutationCode 1-1 N!
    Productcode 2-21 A!
    ManufacturerGLN 22-34 N!
    GTIN 35-48 N
    StartDate 49-56 N
    Description 57-126 A
    StatusCode 127-129 A
    SuccessorGTIN 130-143 N
    SuccessorProductcode 144-163 A
    PredecessorGTIN 164-177 N
    PredecessorProductcode 178-197 A
    WeightQuantity 198-216 D15.3!
    WeightMeasureUnitCode 217-219 A!
    Brand 220-254 A
    Model 255-289 A
    Version 290-324 A
    ProductgroupCode 325-328 Z
    SequenceNumberProductClass 329-331 Z
    StandardSheetVersion 332-333 Z
    StandardSheetStatus 334-334 N
    Deeplink 335-846 A
    """,
)
ARTLEV_1: Final = _record(
    "ArtLev",
    """
    MutationCode 1-1 N!
    TradeItemId 2-21 A!
    SupplierGLN 22-34 A!
    GTIN 35-48 N
    Productcode 49-68 A
    ManufacturerGLN 69-81 A
    SuccessorTradeItemCode 82-101 A
    SuccessorGTIN 102-115 N
    PredecessorTradeItemCode 116-135 A
    PredecessorGTIN 136-149 N
    ProcessableIndicator 150-151 A
    OrderableIndicator 152-153 A
    QuantityOfUseUnits 154-163 N
    UseUnitMeasureUnitCode 164-166 A
    ConversionFactor 167-176 N
    OrderUnitMeasureCode 177-179 A
    MinimumOrderQuantity 180-189 N
    OrderMultiple 190-199 N
    OrderMultipleUnit 200-202 A
    AllowanceGroup 203-222 A
    DeliveryTime 223-232 N
    DeliveryTimeMeasureUnitCode 233-235 A
    BuyingGroup 236-245 A
    PackagingWeight 246-255 N
    PackagingWeightMeasureUnitCode 256-258 A
    PackageTypeCode 259-261 A
    PackagingDepth 262-271 N
    PackagingWidth 272-281 N
    PackagingHeight 282-291 N
    PackagingSizeMeasureUnitCode 292-294 A
    StatusCode 295-297 A
    CBSNumber 298-309 A
    Description 310-359 A
    StartDatePriceNeutralInformation 360-367 N
    MutationDate 368-375 N
    """,
    version="1",
)
RECORDS: Final = {record.name.casefold(): record for record in (HARTLEV, PRODUCT, ARTLEV, ARTPR2, ARTTOKO)}
"""Those of 2.03 by the name of their file; PAB 1 has an ArtLev of its own."""
UNKNOWN: Final = {
    name.casefold(): name for name in ("HProduct", "ProdSpec", "ArtIn", "ArtPlus", "Relatie", "ArtPr", "Merk", "Versie")
}
"""Files that belong to a set, and whose fields are not published."""
ATTACHMENTS: Final = "attachmentindex2"
