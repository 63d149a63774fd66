"""The four messages of INSBOU003, element by element, in the order in which they stand.

Source: wefabric/GS1-insbou-order-converter (field lists, lengths, codes) and its samples. An element has a line:

    name [!*+] [kind] [only PROFILE]

Indentation makes it part of the group above. ``!`` must be there (within its group), ``*`` may be repeated, ``+`` must
be there and may be repeated. The kind of a text is its most characters, or ``an``; the others are ``date``, ``time``,
``int``, ``dec`` (``dec3``: with so many decimals at most), ``gln``, ``gtin``, ``unit``, codes (``=380|384``), ``@name``
(a block of :data:`BLOCKS`), ``#name`` (codes of :data:`CODES`) and ``any`` (a content that is not known).
"""

from __future__ import annotations

from typing import Final

BLOCKS: Final = {
    "party": """
        GLN gln
        Name 50
        Name2 50
        StreetAndNumber 35 only insbou
        Street 80 only sales
        HouseNumber int only sales
        HouseLetter 1 only sales
        HouseNumberSuffix 4 only sales
        City @city
        PostalCode 9
        Country 2
    """,
    "partner": """
        GLN ! gln
        Name 50
        Name2 50
        StreetAndNumber 35 only insbou
        Street 80 only sales
        HouseNumber int only sales
        HouseLetter 1 only sales
        HouseNumberSuffix 4 only sales
        City @city
        PostalCode 9
        Country 2
    """,
    "contact": """
        ContactPersonName 35
        PhoneNumber 20
        EmailAddress 254
    """,
    "transport": """
        TransportInstructionTypeCode #transport
        DeliveryNoteText 70
    """,
    "required": """
        RequiredDeliveryDate date
        RequiredDeliveryTime time
        DeliveryTimeFrame @frame
    """,
    "scheduled": """
        ScheduledDeliveryDate date
        ScheduledDeliveryTime time
        DeliveryTimeFrame @frame
    """,
    "frame": """
        DeliveryDateEarliest ! date
        DeliveryTimeEarliest ! time
        DeliveryDateLatest ! date
        DeliveryTimeLatest ! time
    """,
    "item": """
        GTIN gtin
        SuppliersTradeItemIdentification 35
        AdditionalItemIdentification
            TradeItemDescription 70
            Colour 35
            Size 35
            SerialNumber 35
            PhysicalDimensions
                Width dec3
                Length dec3
                Height dec3
                MeasurementUnitCode =CMT|MMT|MTR
    """,
    "base": """
        NumberOfUnitsInPriceBasis ! dec3
        MeasureUnitPriceBasis ! unit
        PriceBaseDescription 35
    """,
    "vat": """
        VATRate ! #vat
        VATPercentage ! dec
        VATBaseAmount dec
    """,
    "charge": """
        ChargeTypeCode ! #charge
        ChargeAmount ! dec
        VATInformation ! @vat
    """,
    "allowance": """
        AllowanceTypeCode ! #allowance
        AllowanceAmount ! dec
        VATInformation ! @vat
    """,
    "contract": """
        ContractNumber ! 17
        ContractDate date
    """,
}

_TRANSPORT = (
    "CRN G05 G07 G10 G12 G15 G20 G25 G30 G40 IEU IRM MCH MVA PAF PBE PDV PIN PLA PLL PLR PLV POH POT VDA VEA VKO VKR "
    "VLA VLK"
)
CODES: Final = {
    "insbou": {
        "transport": _TRANSPORT,
        "vat": "E S",
        "charge": "AAT ADR ADZ AEM AEO FC MAC",
        "allowance": "ADO ADR",
        "line-charge": "ABL ADR AEO AEP CAI RAD",
        "line-allowance": "ADR DBD PAD TD",
        "unit": "CMT DAY GRM HUR KGM LTR MIN MLT MMT MTK MTQ MTR PCE TNE",
        "order": "220 402",
    },
    "sales": {
        "transport": f"{_TRANSPORT} SEP",
        "vat": "AE E G K L M O S Z",
        "charge": "AAT ADR ADZ AEM AEO FC MAC AEQ ABL AEP CAI DAE DBD HD RAD SH X21",
        "allowance": "ADO ADR CAC ADZ DAE DBD PAD PI QD TD WHE X21",
        "line-charge": "AAT ADR ADZ AEM AEO FC MAC AEQ ABL AEP CAI DAE DBD HD RAD SH X21",
        "line-allowance": "ADO ADR CAC ADZ DAE DBD PAD PI QD TD WHE X21",
        "unit": "PCE MMT CMT MTR MTK DD MLT LTR MTQ GRM KGM TNE MIN HUR DAY WEE MON ANN SEC PPM",
        "order": "220 402 732 733",
    },
}
"""The code lists by profile; those of SALES005 are published (DICO_CodeLists)."""

_ORDER: Final = """
    OrderType ! #order
    OrderNumber ! 17
    OrderDate ! date
    OrderTime time
    ScenarioTypeCode =X1|X2
    DraftOrderIndicator =16
    DeliveryOnDemandIndicator =73E
    CustomerOrderReference
        EndCustomerOrderNumber an
    ContractReference @contract
    ProjectReference
        ProjectNumber ! 17
    DeliveryConditions
        BackhaulingIndicator ! =4
    TransportInstruction * @transport
    AdditionalInformation
        FreeText + @free
    DeliveryDateTimeInformation @required
    Buyer ! @partner
        ContactInformation * @contact
    Supplier ! @partner
    DeliveryParty @party
        ContactInformation * @contact
        LocationDescription 70
    Invoicee @partner
    UltimateConsignee @partner
    ShipFrom @partner
    PurchasingOrganisation @partner
    Carrier @partner
    OrderLine +
        LineNumber ! int
        OrderedQuantity ! dec3
        OrderedQuantityMeasureUnitCode unit
        LineIdentification ! int
        TradeItemIdentification ! @item
        TradeItemProcessing
            ProcessingGTIN gtin
            ProcessingSequence int
            ProcessingDescription * 70
        TransportInstruction * @transport
        AdditionalInformation
            FreeText @free
        DeliveryDateTimeInformation @required
        DifferentPriceAgreement
            DifferentPriceAgreementIndicator ! =PPR
            DifferentPrice dec4
            PriceBase @base
        ContractReference @contract
"""
_RESPONSE: Final = """
    OrderResponseNumber 17
    OrderResponseDate ! date
    OrderResponseTime time
    StatusCode ! =4|12|27|29
    TotalAmount dec
    OrderReference
        BuyersOrderNumber 17
    ProjectReference
        ProjectNumber 17
    AdditionalInformation
        FreeText @free
    DeliveryDateTimeInformation @scheduled
    Buyer ! @partner
    Supplier ! @partner
    DeliveryParty @partner
    ShipFrom @partner
    UltimateConsignee @partner
    Charge * @charge
    Allowance * @allowance
    OrderResponseLine +
        LineNumber int
        StatusCode ! =4|5|6|7
        PlannedDeliveryQuantity dec
        DifferenceWithOrderedQuantity dec
        QuantityMeasureUnitCode unit
        NetLineAmount dec
        AdditionalInformation
            FreeText @free
        LineCharge *
            ChargeTypeCode ! #line-charge
        LineAllowance *
            AllowanceTypeCode ! #line-allowance
        TradeItemIdentification ! @item
        OrderLineReference
            OrderLineIdentification int
        PriceInformation
            GrossPrice dec
            NetPrice dec
            GrossPriceProcessingCharge dec
            PriceBase @base
        PartialDelivery *
            PlannedPartialDeliveryQuantity ! dec
            QuantityMeasureUnitCode unit
            DeliveryDateTimeInformation
                ScheduledDeliveryDate date
"""
_DESPATCH: Final = """
    MessageNumber ! 17
    MessageDate ! date
    MessageStructure ! =EANNL1|EANNL4
    BuyersOrderNumber ! 17
    OrderResponseNumber 17
    ProjectNumber 17
    FreeText * @free
    DeliveryDateTimeInformation @scheduled
    Supplier ! @party
    Buyer ! @party
    ShipFrom @party
    DeliveryParty @party
    UltimateConsignee @party
    DespatchLine +
        DespatchLineNumber ! int
        DespatchUnitInformation any
        ItemLevelDespatchAdvice +
            LineNumber ! int
            DeliveredQuantity ! dec
            DeliveredQuantityMeasurementUnit ! unit
            LineIdentification int
            TradeItemIdentification ! @item
            OrderLineIdentification an
            BatchNumber an
            FreeText @free
"""
_INVOICE: Final = """
    InvoiceType ! =380|384
    InvoiceNumber ! 17
    InvoiceDate ! date
    DeliveryDate date
    ExpirationDate date
    Currency ! 3
    BuyersOrderNumber an
    OrderResponseNumber an
    DespatchAdviceNumber an
    InvoiceNumberToBeCorrected an
    PaymentMethodCode an
    CustomerOrderReference
        EndCustomerOrderNumber an
    Attachment
        DocumentType ! an
        FileType ! an
        FileName ! an
        AttachedData an
    Buyer ! @party
        VATRegistrationNumber an
        ChamberOfCommerceNumber an
    Supplier ! @party
        VATRegistrationNumber an
        ChamberOfCommerceNumber an
    Invoicee ! @party
    Invoicer @party
    ShipFrom @party
    UltimateConsignee @party
    DeliveryParty @party
    PaymentDiscount
        DiscountPercentage ! dec
        NumberOfDaysAfterDateOfInvoice ! int
    InvoiceCharge @charge
    InvoiceLine +
        LineNumber ! int
        DeliveredQuantity ! dec
        DeliveredQuantityMeasureUnitCode unit
        NumberOfInvoicingUnits ! dec
        NetLineAmount ! dec
        TradeItemIdentification ! @item
        PriceInformation
            Price ! dec
            PriceBase @base
        Allowance * @allowance
        Charge * @charge
        VATInformation
            VATRate ! #vat
            VATPercentage ! dec
        OrderLineIdentification an
        DespatchAdviceLineIdentification an
    InvoiceTotals
        TotalInvoiceAmount ! dec
        TotalNetLineAmount ! dec
        TotalAmountSubjectToPaymentDiscount dec
        TotalAmountInvoiceChargeAllowance dec
        TotalVATAmount dec
    VATSubTotal +
        VATAmount ! dec
        VATInformation @vat
"""
MESSAGES: Final = {"Order": _ORDER, "OrderResponse": _RESPONSE, "DespatchAdvice": _DESPATCH, "Invoice": _INVOICE}
"""By the name of the root."""
