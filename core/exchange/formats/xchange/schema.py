"""ETIM xChange 2.0 as a tree: what members there are, in the order of the standard, and what each may be.

Source: ETIM xChange_Schema_V2.0-2025-11-27.json (ETIM International, Apache-2.0). The notation is that of
:mod:`core.exchange.formats.xchange.shapes`; a test holds the tree against the schema itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.exchange.codes.units import XCHANGE_PACKAGES, XCHANGE_UNITS

if TYPE_CHECKING:
    from collections.abc import Mapping

_CODES: Final = {
    "AllowanceSurchargeType": (
        "AAT, ABL, ADO, ADR, ADZ, AEM, AEO, AEP, AEQ, CAI, DAE, DBD, FC, HD, INS, MAC, MAT, PAD, PI, QD, RAD, "
        "SH, TD, WHE, X21"
    ),
    "AttachmentType": (
        "ATX001, ATX002, ATX003, ATX004, ATX010, ATX011, ATX012, ATX013, ATX014, ATX015, ATX016, ATX017, "
        "ATX018, ATX019, ATX020, ATX021, ATX022, ATX023, ATX024, ATX025, ATX026, ATX099"
    ),
    "AttachmentTypeSpecification": (
        "MDX002, MDX005, MDX007, MDX008, MDX010, MDX012, MDX013, MDX014, MDX015, MDX016, MDX017, MDX018, "
        "MDX019, MDX020, MDX021, MDX022, MDX023, MDX024, MDX025, MDX026, MDX027, MDX028, MDX029, MDX030, "
        "MDX033, MDX034, MDX035, MDX037, MDX038, MDX039, MDX041, MDX042, MDX045, MDX047, MDX048, MDX049, "
        "MDX050, MDX051, MDX052, MDX053, MDX054, MDX055, MDX057, MDX058, MDX059, MDX060, MDX061, MDX062, "
        "MDX063, MDX064, MDX065, MDX100, MDX101, MDX102, MDX103, MDX104, MDX105, MDX106, MDX107, MDX108, "
        "MDX109, MDX999"
    ),
    "DeclaredUnitUnit": "KGM, LTR, MTK, MTQ, MTR, PCE, TNE, FOT, FTK, FTQ, LBR, LTN, YDK, YRD",
    "DimensionUnit": "CMT, DMT, KMT, MMT, MTR, FOT, INH, SMI, YRD",
    "HazardClass": "1, 2.1, 2.2, 2.3, 3, 4.1, 4.2, 4.3, 5.1, 5.2, 6.1, 6.2, 7, 8, 9",
    "LabelCode": "GHS01, GHS02, GHS03, GHS04, GHS05, GHS06, GHS07, GHS08, GHS09",
    "LifeCycleStage": "A1, A2, A3, A1-A3, A4, A5, B1, B2, B3, B4, B5, B6, B7, B1-B7, C1, C2, C3, C4, C1-C4, D",
    "PackagingMaterialCategory": "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22",
    "PackagingMaterialType": ("GLASS, PAPER/CARDBOARD, METAL, PLASTIC, WOOD/CORK, TEXTILE, CERAMICS/PORCELAIN, OTHERS"),
    "ReachIndicator": "true, false, no data",
    "RecyclabilityPerformanceGrade": "A, B, C, NO GRADE",
    "RelationType": (
        "ACCESSORY, CONSISTS_OF, CONSUMABLES, CROSS-SELLING, MAIN_PRODUCT, MANDATORY, PREDECESSOR, "
        "REFURBISHED, SELECT, SIMILAR, SPAREPART, SUCCESSOR, UPSELLING, USED, OTHER"
    ),
    "Status": "PRE-LAUNCH, ACTIVE, ON HOLD, PLANNED WITHDRAWAL, OBSOLETE",
    "SupplierAttachmentType": "ATX001, ATX004, ATX014, ATX017, ATX018, ATX020, ATX026, ATX099",
    "TunnelCode": "A, B, B1000C, B/D, B/E, C, C5000D, C/D, C/E, D, D/E, E",
    "VolumeUnit": "FTQ, INQ, MTQ, MMQ, OZA, GLL, LTR, MLT, PT, QT",
    "WeightUnit": "GRM, KGM, MGM, TNE, LTN, LBR, ONZ",
}
CODES: Final[Mapping[str, frozenset[str]]] = {
    **{name: frozenset(codes.split(", ")) for name, codes in _CODES.items()},
    "Unit": XCHANGE_UNITS,
    "PackagingTypeCode": XCHANGE_PACKAGES,
}
"""The lists of codes of the guideline, chapter 5."""

TREE: Final = r"""
SchemaVersion* code [0-9][.][0-9]
CatalogueId* text 20
CatalogueName[] words 100
CatalogueVersion text 50
ContractReferenceNumber text 20
CatalogueType* one-of FULL CHANGE
ChangeReferenceCatalogueVersion text 50
GenerationDate date
NameDataCreator text 50
EmailDataCreator email
BuyerName text 50
BuyerIdGln gln
BuyerIdDuns duns
DatapoolName text 50
DatapoolGln gln
CatalogueValidityStart* date
CatalogueValidityEnd date
Country{} country
Language*{} language
CurrencyCode currency
CountrySpecificExtensions[] any
Supplier*[+]
  SupplierName* text 80
  SupplierIdGln gln
  SupplierIdDuns duns
  SupplierVatNo text 18
  SupplierAttachments[]
    AttachmentType* in SupplierAttachmentType
    AttachmentTypeSpecification in AttachmentTypeSpecification
    AttachmentDetails*[+]
      AttachmentLanguage{} language
      AttachmentFilename text 100
      AttachmentUri* uri
      AttachmentDescription[] words 255
      AttachmentIssueDate date
      AttachmentExpiryDate date
  Product*[+]
    ProductIdentification*
      ManufacturerIdGln gln
      ManufacturerIdDuns duns
      ManufacturerName* text 80
      ManufacturerShortname text 15
      ManufacturerProductNumber* text 35
      ProductGtin{} gtin
      UnbrandedProduct flag
      BrandName text 50
      BrandDetails[]
        BrandSeries[] words 50
        BrandSeriesVariation[] words 50
      ProductAnnouncementDate date
      ProductValidityDate date
      ProductObsolescenceDate date
      CustomsCommodityCode text 16 6
      FactorCustomsCommodityCode decimal 11 4
      CountryOfOrigin{} country
    ProductDetails
      ProductStatus in Status
      ProductType one-of PHYSICAL CONTRACT LICENCE SERVICE
      CustomisableProduct flag
      ProductDescriptions*[]
        DescriptionLanguage language
        MinimalProductDescription* text 80
        UniqueMainProductDescription text 255
        FullProductDescription text 10000
        ProductMarketingText text 10000
        ProductSpecificationText text 10000
        ProductApplicationInstructions text 10000
        ProductKeyword{} text 50
        ProductPageUrl uri
      HasSerialNumber flag
      WarrantyConsumer whole 0
      WarrantyBusiness whole 0
      RelatedManufacturerProductGroup{} text 50
    ProductRelations[]
      RelationType* in RelationType
      RelatedProducts*[]
        RelatedManufacturerProductNumber* text 35
        RelatedProductGtin{} gtin
        RelatedProductQuantity whole 1
    Legislation
      ElectricComponentContained flag
      BatteryContained flag
      WeeeCategory one-of 1 2 3 4 5 6
      RohsIndicator one-of true false exempt
      RohsExemptionNumber text 20
      CeMarking flag
      SdsIndicator flag
      ReachIndicator in ReachIndicator
      ReachDate date
      SvhcIdentification[]
        CasNumber code [0-9]{2,7}-[0-9]{2}-[0-9]
        EcNumber code [0-9]{3}-[0-9]{3}-[0-9]
      ScipNumber text 36 36
      UfiCode code [a-zA-Z0-9]{4}[-][a-zA-Z0-9]{4}[-][a-zA-Z0-9]{4}[-][a-zA-Z0-9]{4}
      UnNumber code [0-9]{4}
      HazardClass{} in HazardClass
      AdrCategory one-of 0 1 2 3 4
      NetWeightHazardousSubstances decimal 12 4
      VolumeHazardousSubstances decimal 12 4
      UnShippingName[] words 255
      PackingGroup one-of I II III
      LimitedQuantities flag
      ExceptedQuantities flag
      AggregationState one-of L S G
      SpecialProvisionId{} code SP[0-9]{2,3}
      ClassificationCode text 5
      HazardLabel{} text 3
      EnvironmentalHazards flag
      TunnelCode in TunnelCode
      LabelCode{} in LabelCode
      SignalWord one-of D W
      HazardStatement{} text 6 4
      PrecautionaryStatement{} code P[0-9]{3}
      LiIonTested flag
      LithiumAmount decimal 12 4
      BatteryEnergy decimal 12 4
      Nos274 flag
      HazardTrigger{} text 100
      EprelRegistrationNumber code [0-9]{1,19}
    LcaEnvironmental
      EpdValidityStartDate date
      EpdValidityExpiryDate date
      ThirdPartyVerification* one-of none internally externally
      EpdOperatorName text 100
      EpdOperatorUri uri
      OperatorEpdId text 35
      ManufacturerEpdId text 35
      ProductCategoryRulesDescription text 100
      ProductCategoryRulesUri uri
      ProductSpecificRulesDescription text 100
      ProductSpecificRulesUri uri
      DeclaredUnitUnit* in DeclaredUnitUnit
      DeclaredUnitQuantity* decimal 11 4
      FunctionalUnitDescription[] words 10000
      LcaReferenceLifetime* whole 0
      LcaDeclaration*[+]
        LifeCycleStage* in LifeCycleStage
        LcaDeclarationIndicator* one-of MDE MND MNR AGG
        DeclaredUnitGwpTotal number
        DeclaredUnitGwpFossil number
        DeclaredUnitGwpBiogenic number
        DeclaredUnitGwpLuluc number
        DeclaredUnitAp number
        DeclaredUnitEpFreshwater number
        DeclaredUnitEpMarine number
        DeclaredUnitEpTerrestrial number
        DeclaredUnitPocp number
        DeclaredUnitOdp number
        DeclaredUnitAdpe number
        DeclaredUnitAdpf number
        DeclaredUnitWdp number
        DeclaredUnitPert number
        DeclaredUnitPenrt number
        DeclaredUnitPm number
        DeclaredUnitIrp number
        DeclaredUnitEtpfw number
        DeclaredUnitHtpc number
        DeclaredUnitHtpnc number
        DeclaredUnitSqp number
    ProductAttachments[]
      AttachmentType* in AttachmentType
      AttachmentTypeSpecification in AttachmentTypeSpecification
      AttachmentOrder whole 1
      AttachmentDetails*[+]
        AttachmentLanguage{} language
        AttachmentFilename text 100
        AttachmentUri* uri
        AttachmentDescription[] words 255
        AttachmentIssueDate date
        AttachmentExpiryDate date
    EtimClassification[]
      EtimReleaseVersion* code [0-9]{1,2}[.][0-9]|DYNAMIC
      EtimClassCode* code EC[0-9]{6}
      EtimClassVersion whole 1
      EtimDynamicReleaseDate date
      EtimFeatures[]
        EtimFeatureCode* code EF([0-9]{6}|I[0-9]{5}|[A-Z]{2}[0-9]{4})
        EtimValueCode code EV[0-9]{6}
        EtimValueNumeric signed 12 4
        EtimValueRangeLower signed 12 4
        EtimValueRangeUpper signed 12 4
        EtimValueLogical flag
        EtimValueDetails[] words 255
        ReasonNoValue one-of MV NA UN
      EtimModellingClassCode code MC[0-9]{6}
      EtimModellingClassVersion whole 1
      EtimModellingPorts[]
        EtimModellingPortcode* whole 0
        EtimModellingConnectionTypeCode code CT[0-9]{6}
        EtimModellingConnectionTypeVersion whole 1
        EtimModellingFeatures[]
          EtimFeatureCode* code EF([0-9]{6}|I[0-9]{5})
          EtimValueCode code EV[0-9]{6}
          EtimValueNumeric signed 12 4
          EtimValueRangeLower signed 12 4
          EtimValueRangeUpper signed 12 4
          EtimValueLogical flag
          EtimValueCoordinateX signed 12 4
          EtimValueCoordinateY signed 12 4
          EtimValueCoordinateZ signed 12 4
          EtimValueMatrix[]
            EtimValueMatrixSource* signed 12 4
            EtimValueMatrixResult* signed 12 4
    OtherClassifications[]
      ClassificationName* text 35
      ClassificationVersion text 10
      ClassificationClassCode* text 100
      ClassificationFeatures[]
        ClassificationFeatureName* text 100
        ClassificationFeatureValue1* text 100
        ClassificationFeatureValue2 text 100
        ClassificationFeatureUnit text 100
    ProductCountrySpecificFields[]
      CSProductCharacteristicCode* text 60
      CSProductCharacteristicName[] words 255
      CSProductCharacteristicValueBoolean flag
      CSProductCharacteristicValueNumeric signed 12 4
      CSProductCharacteristicValueRangeLower signed 12 4
      CSProductCharacteristicValueRangeUpper signed 12 4
      CSProductCharacteristicValueString[] words 4000
      CSProductCharacteristicValueSet[]
        Language language
        CSProductCharacteristicValueSet*{} text 255
      CSProductCharacteristicValueSelect text 60
      CSProductCharacteristicMultivalueSelect{} text 60
      CSProductCharacteristicValueUnitCode text 3
      CSProductCharacteristicReferenceGtin{} gtin
    ProductCountrySpecificExtensions[] any
    TradeItem[]
      ItemIdentification*
        SupplierItemNumber* text 35
        SupplierAltItemNumber text 35
        ManufacturerItemNumber text 35
        ItemGtin{} gtin
        BuyerItemNumber text 35
        DiscountGroupId text 20
        DiscountGroupDescription[] words 100
        BonusGroupId text 20
        BonusGroupDescription[] words 100
        ItemValidityDate date
        ItemObsolescenceDate date
      ItemDetails
        ItemStatus in Status
        ItemCondition one-of NEW USED REFURBISHED
        StockItem flag
        ShelfLifePeriod whole 0
        ItemDescriptions*[+]
          DescriptionLanguage language
          MinimalItemDescription* text 80
          UniqueMainItemDescription text 255
      ItemRelations[]
        RelatedSupplierItemNumber* text 35
        RelatedManufacturerItemNumber text 35
        RelatedItemGtin{} gtin
        RelationType* in RelationType
        RelatedItemQuantity* whole 1
      ItemLogisticDetails[]
        BaseItemNetLength decimal 12 4
        BaseItemNetWidth decimal 12 4
        BaseItemNetHeight decimal 12 4
        BaseItemNetDiameter decimal 12 4
        NetDimensionUnit in DimensionUnit
        BaseItemNetWeight decimal 12 4
        NetWeightUnit in WeightUnit
        BaseItemNetVolume decimal 12 4
        NetVolumeUnit in VolumeUnit
      Ordering*
        OrderUnit* in Unit
        MinimumOrderQuantity* decimal 12 4
        OrderStepSize* decimal 12 4
        StandardOrderLeadTime whole 0
        UseUnit in Unit
        UseUnitConversionFactor decimal 12 4
        SingleUseUnitQuantity decimal 12 4
        AlternativeUseUnit in Unit
        AlternativeUseUnitConversionFactor decimal 12 4
      Pricing*[]
        PriceUnit* in Unit
        PriceUnitFactor decimal 11 4
        PriceQuantity* decimal 5 4
        PriceOnRequest flag
        GrossListPrice decimal 11 4
        NetPrice decimal 11 4
        RecommendedRetailPrice decimal 11 4
        Vat decimal 2 2
        PriceValidityDate date
        PriceExpiryDate date
        AllowanceSurcharge[]
          AllowanceSurchargeIndicator* one-of ALLOWANCE SURCHARGE
          AllowanceSurchargeValidityDate date
          AllowanceSurchargeType* in AllowanceSurchargeType
          AllowanceSurchargeAmount decimal 11 4
          AllowanceSurchargeSequenceNumber whole 1
          AllowanceSurchargePercentage decimal 3 3
          AllowanceSurchargeDescription[] words 35
          AllowanceSurchargeMinimumQuantity decimal 12 4
      ItemAttachments[]
        AttachmentType* in AttachmentType
        AttachmentTypeSpecification in AttachmentTypeSpecification
        AttachmentDetails*[]
          AttachmentLanguage{} language
          AttachmentFilename text 100
          AttachmentUri* uri
          AttachmentDescription[] words 255
          AttachmentIssueDate date
          AttachmentExpiryDate date
      ItemCountrySpecificFields[]
        CSItemCharacteristicCode* text 60
        CSItemCharacteristicName[] words 255
        CSItemCharacteristicValueBoolean flag
        CSItemCharacteristicValueNumeric signed 12 4
        CSItemCharacteristicValueRangeLower signed 12 4
        CSItemCharacteristicValueRangeUpper signed 12 4
        CSItemCharacteristicValueString[] words 4000
        CSItemCharacteristicValueSet[]
          Language language
          CSItemCharacteristicValueSet*{} text 255
        CSItemCharacteristicValueSelect text 60
        CSItemCharacteristicMultivalueSelect{} text 60
        CSItemCharacteristicValueUnitCode text 3
        CSItemCharacteristicReferenceGtin{} gtin
      ItemCountrySpecificExtensions[] any
      PackagingUnit[]
        PackagingIdentification*
          SupplierPackagingNumber text 35
          ManufacturerPackagingNumber text 35
          PackagingGtin{} gtin
          PackagingTypeCode* in PackagingTypeCode
          PackagingUnitName[] words 20
          PackagingQuantity decimal 12 4
          TradeItemPrimaryPackaging flag
          PackagingGs1Code128 text 48
          PackagingBreak flag
          NumberOfPackagingParts whole 1
        PackagingLogisticDetails[]
          SupplierPackagingPartNumber text 35
          ManufacturerPackagingPartNumber text 35
          PackagingPartGtin{} gtin
          PackagingTypeLength decimal 12 4
          PackagingTypeWidth decimal 12 4
          PackagingTypeHeight decimal 12 4
          PackagingTypeDiameter decimal 12 4
          PackagingTypeDimensionUnit in DimensionUnit
          PackagingTypeWeight decimal 12 4
          PackagingTypeWeightUnit in WeightUnit
          SerialNumberOnPackaging flag
          StackingFactor whole 1
          PackagingTippable flag
          PackagingMaterial[]
            RecyclabilityPerformanceGrade in RecyclabilityPerformanceGrade
            PackagingMaterials*[]
              PackagingMaterialType* in PackagingMaterialType
              PackagingMaterialCategory in PackagingMaterialCategory
              CompositePackagingMaterial flag
              PackagingMaterialSpecification[] words 255
              PackagingMaterialWeight* decimal 12 4
              PackagingMaterialWeightUnit* in WeightUnit
              PackagingMaterialPercentageRecycled decimal 3 2
              PackagingMaterialColoured flag
              PackagingMaterialRecyclable flag
              PackagingMaterialCompostable flag
              PackagingMaterialBiodegradable flag
              PackagingMaterialReusable flag
        TradeItemEnclosed[]
          SupplierItemNumber* text 35
          ManufacturerItemNumber text 35
          ItemGtin{} gtin
          EnclosedItemQuantity* whole 1
"""
