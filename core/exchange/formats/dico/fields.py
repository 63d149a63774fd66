"""Which field of ours each element of a message is; the others are kept in ``extension``, as a tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from core.exchange.formats.dico.nodes import Profile


@dataclass(frozen=True, slots=True)
class Entry:
    """A field of ours, and the element that it is."""

    field: str
    path: str
    kind: str
    """``text``, ``lines`` (as many as there are), ``date``, ``number``, ``whole``, ``gln``, ``gtin`` or ``unit``."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message as two entities: the document, and its lines."""

    root: str
    word: str
    """What it is, in words."""
    entity: str
    header: tuple[Entry, ...]
    line_entity: str
    line_path: str
    """Where the lines stand: one group, or one in another."""
    line_field: str
    """Of the line: the key of its document."""
    lines: tuple[Entry, ...]
    defaults: tuple[tuple[str, str], ...] = ()
    """What is written at a path of the document where nothing else is said."""
    line_defaults: tuple[tuple[str, str], ...] = ()
    """The same of a line; ``@field`` is the value of a field."""
    schema: str = ""
    """The name of the official schema of INSBOU003."""


def _table(lines: str) -> tuple[Entry, ...]:
    return tuple(Entry(*line.split()) for line in lines.splitlines() if line.strip())


_PARTIES = "buyer_gln Buyer/GLN gln\nsupplier_gln Supplier/GLN gln\n"
_DELIVERY = """
    delivery_name DeliveryParty/Name text
    delivery_postal_code DeliveryParty/PostalCode text
    delivery_city DeliveryParty/City text
    delivery_country DeliveryParty/Country text
"""
_ITEM = """
    article TradeItemIdentification/SuppliersTradeItemIdentification text
    gtin TradeItemIdentification/GTIN gtin
    description TradeItemIdentification/AdditionalItemIdentification/TradeItemDescription text
"""
ORDER: Final = Message(
    "Order",
    "order",
    "order",
    _table(f"""
    number OrderNumber text
    ordered_on OrderDate date
    kind OrderType text
    customer_reference CustomerOrderReference/EndCustomerOrderNumber text
    {_PARTIES}
    deliver_on DeliveryDateTimeInformation/RequiredDeliveryDate date
    delivery_street DeliveryParty/StreetAndNumber text
    {_DELIVERY}
    remark AdditionalInformation/FreeText lines
    """),
    "order_line",
    "OrderLine",
    "order",
    _table(f"""
    line LineNumber whole
    {_ITEM}
    quantity OrderedQuantity number
    unit OrderedQuantityMeasureUnitCode unit
    deliver_on DeliveryDateTimeInformation/RequiredDeliveryDate date
    remark AdditionalInformation/FreeText text
    """),
    (("OrderType", "220"),),
    (("LineIdentification", "@line"),),
    "Order_insbou003.xsd",
)
ORDER_RESPONSE: Final = Message(
    "OrderResponse",
    "order response",
    "order_response",
    _table(f"""
    number OrderResponseNumber text
    responded_on OrderResponseDate date
    status StatusCode text
    total TotalAmount number
    buyer_order_number OrderReference/BuyersOrderNumber text
    {_PARTIES}
    deliver_on DeliveryDateTimeInformation/ScheduledDeliveryDate date
    remark AdditionalInformation/FreeText text
    """),
    "order_response_line",
    "OrderResponseLine",
    "response",
    _table(f"""
    line LineNumber whole
    order_line OrderLineReference/OrderLineIdentification text
    status StatusCode text
    {_ITEM}
    quantity PlannedDeliveryQuantity number
    difference DifferenceWithOrderedQuantity number
    unit QuantityMeasureUnitCode unit
    gross_price PriceInformation/GrossPrice number
    price PriceInformation/NetPrice number
    price_unit_quantity PriceInformation/PriceBase/NumberOfUnitsInPriceBasis number
    price_unit PriceInformation/PriceBase/MeasureUnitPriceBasis unit
    total NetLineAmount number
    remark AdditionalInformation/FreeText text
    """),
    schema="Orderbevestiging_insbou003.xsd",
)
DESPATCH_ADVICE: Final = Message(
    "DespatchAdvice",
    "despatch advice",
    "despatch_advice",
    _table(f"""
    number MessageNumber text
    sent_on MessageDate date
    buyer_order_number BuyersOrderNumber text
    response_number OrderResponseNumber text
    {_PARTIES}
    deliver_on DeliveryDateTimeInformation/ScheduledDeliveryDate date
    remark FreeText lines
    """),
    "despatch_line",
    "DespatchLine/ItemLevelDespatchAdvice",
    "despatch",
    _table(f"""
    line LineNumber whole
    order_line OrderLineIdentification text
    {_ITEM}
    quantity DeliveredQuantity number
    unit DeliveredQuantityMeasurementUnit unit
    batch BatchNumber text
    remark FreeText text
    """),
    (("MessageStructure", "EANNL1"),),
    schema="Verzendbericht_insbou003.xsd",
)
INVOICE: Final = Message(
    "Invoice",
    "invoice",
    "invoice",
    _table(f"""
    number InvoiceNumber text
    invoiced_on InvoiceDate date
    kind InvoiceType text
    delivered_on DeliveryDate date
    due_on ExpirationDate date
    currency Currency text
    buyer_order_number BuyersOrderNumber text
    despatch_number DespatchAdviceNumber text
    corrected_number InvoiceNumberToBeCorrected text
    reference CustomerOrderReference/EndCustomerOrderNumber text
    {_PARTIES}
    total InvoiceTotals/TotalInvoiceAmount number
    total_net InvoiceTotals/TotalNetLineAmount number
    vat_amount InvoiceTotals/TotalVATAmount number
    """),
    "invoice_line",
    "InvoiceLine",
    "invoice",
    _table(f"""
    line LineNumber whole
    {_ITEM}
    quantity DeliveredQuantity number
    unit DeliveredQuantityMeasureUnitCode unit
    total NetLineAmount number
    price PriceInformation/Price number
    price_unit_quantity PriceInformation/PriceBase/NumberOfUnitsInPriceBasis number
    price_unit PriceInformation/PriceBase/MeasureUnitPriceBasis unit
    vat_rate VATInformation/VATPercentage number
    order_line OrderLineIdentification text
    """),
    (("InvoiceType", "380"),),
    (("NumberOfInvoicingUnits", "@quantity"),),
    "Factuur_insbou003.xsd",
)
MESSAGES: Final = {each.root: each for each in (ORDER, ORDER_RESPONSE, DESPATCH_ADVICE, INVOICE)}
"""By the name of the root."""
BY_ENTITY: Final = {each.entity: each for each in MESSAGES.values()}


def header_of(message: Message, profile: Profile) -> tuple[Entry, ...]:
    """Return the fields of a document as a profile has them: SALES005 has the number of the house by itself."""
    if profile == "insbou":
        return message.header
    street = "DeliveryParty/StreetAndNumber"
    parted = (
        Entry("delivery_street", "DeliveryParty/Street", "text"),
        Entry("delivery_house_number", "DeliveryParty/HouseNumber", "text"),
    )
    return tuple(each for entry in message.header for each in (parted if entry.path == street else (entry,)))
