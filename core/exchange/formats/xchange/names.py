"""Which member of ETIM xChange is which field of ours, for the reader and the writer.

What is not here, and is not taken by code of its own, goes to the ``extension`` of its record, and back from there.
"""

from __future__ import annotations

from typing import Final

Section = dict[str, str]
"""Fields by the member that is one value."""

IDENTIFICATION: Final[Section] = {
    "ManufacturerIdGln": "manufacturer_gln",
    "ManufacturerName": "manufacturer",
    "ManufacturerProductNumber": "number",
    "BrandName": "brand",
    "ProductValidityDate": "valid_from",
    "ProductObsolescenceDate": "valid_until",
    "CustomsCommodityCode": "customs_code",
}
DETAILS: Final[Section] = {"ProductStatus": "status", "ProductType": "kind", "WarrantyConsumer": "warranty"}
PRODUCT_SECTIONS: Final = {"ProductIdentification": IDENTIFICATION, "ProductDetails": DETAILS}
PRODUCT_WORDS: Final[Section] = {
    "MinimalProductDescription": "name",
    "UniqueMainProductDescription": "description",
    "FullProductDescription": "long_description",
    "ProductMarketingText": "marketing_text",
    "ProductKeyword": "keywords",
}
"""Of one of the ProductDescriptions."""
PRODUCT_FIRST: Final = {
    "ProductIdentification": {"ProductGtin": "gtin", "CountryOfOrigin": "country_of_origin"},
    "ProductDetails": {"RelatedManufacturerProductGroup": "product_group"},
}
"""Lists of which the first is a field of ours."""

ITEM_IDENTIFICATION: Final[Section] = {
    "SupplierItemNumber": "number",
    "SupplierAltItemNumber": "alternative_number",
    "ManufacturerItemNumber": "manufacturer_number",
    "BuyerItemNumber": "buyer_number",
    "DiscountGroupId": "discount_group",
    "BonusGroupId": "bonus_group",
    "ItemValidityDate": "valid_from",
    "ItemObsolescenceDate": "valid_until",
}
ITEM_DETAILS: Final[Section] = {
    "ItemStatus": "status",
    "ItemCondition": "condition",
    "StockItem": "stocked",
    "ShelfLifePeriod": "shelf_life",
}
ORDERING: Final[Section] = {
    "OrderUnit": "order_unit",
    "MinimumOrderQuantity": "order_quantity_min",
    "OrderStepSize": "order_quantity_step",
    "StandardOrderLeadTime": "delivery_days",
    "UseUnit": "use_unit",
    "UseUnitConversionFactor": "use_unit_quantity",
}
ITEM_SECTIONS: Final = {"ItemIdentification": ITEM_IDENTIFICATION, "ItemDetails": ITEM_DETAILS, "Ordering": ORDERING}
ITEM_WORDS: Final[Section] = {
    "MinimalItemDescription": "description",
    "UniqueMainItemDescription": "long_description",
}
"""Of one of the ItemDescriptions."""
SHARED: Final = ("manufacturer", "manufacturer_gln", "brand", "customs_code", "country_of_origin")
"""What an article has from its product, so that it can be told and passed on by itself."""

PRICING: Final[Section] = {
    "PriceUnit": "price_unit",
    "PriceUnitFactor": "price_unit_factor",
    "PriceQuantity": "price_unit_quantity",
    "PriceOnRequest": "on_request",
    "GrossListPrice": "gross_price",
    "NetPrice": "net_price",
    "RecommendedRetailPrice": "retail_price",
    "Vat": "vat_rate",
    "PriceValidityDate": "valid_from",
    "PriceExpiryDate": "valid_until",
}
SUMMARY: Final = {
    "price_unit": "price_unit",
    "price_unit_factor": "price_unit_factor",
    "price_unit_quantity": "price_unit_quantity",
    "on_request": "price_on_request",
    "gross_price": "gross_price",
    "net_price": "net_price",
    "retail_price": "retail_price",
    "vat_rate": "vat_rate",
    "valid_from": "price_valid_from",
    "valid_until": "price_valid_until",
    "currency": "currency",
}
"""The fields of an article that say its price, by those of the price."""
SURCHARGE: Final[Section] = {
    "AllowanceSurchargeType": "type",
    "AllowanceSurchargeValidityDate": "valid_from",
    "AllowanceSurchargeAmount": "amount",
    "AllowanceSurchargePercentage": "percentage",
    "AllowanceSurchargeMinimumQuantity": "quantity_from",
}
PACKAGING: Final[Section] = {
    "PackagingTypeCode": "type",
    "PackagingQuantity": "quantity",
    "PackagingGs1Code128": "gs1_128",
    "PackagingBreak": "breakable",
    "NumberOfPackagingParts": "parts",
}
ITEM_RELATION: Final[Section] = {
    "RelationType": "type",
    "RelatedSupplierItemNumber": "target",
    "RelatedItemQuantity": "quantity",
}
FEATURE: Final = ("EtimValueCode", "EtimValueNumeric", "EtimValueRangeLower", "EtimValueLogical")
"""The members that are the value of a feature; it has one of them."""
ATTACHMENT: Final[Section] = {
    "AttachmentFilename": "file_name",
    "AttachmentUri": "file",
    "AttachmentIssueDate": "issued_on",
    "AttachmentExpiryDate": "expires_on",
}
"""Of one of the AttachmentDetails."""
CATALOGUE: Final[Section] = {
    "CatalogueId": "catalogue",
    "CatalogueVersion": "version",
    "ContractReferenceNumber": "agreement",
    "GenerationDate": "generated_on",
    "BuyerName": "buyer_name",
    "BuyerIdGln": "buyer_gln",
    "CatalogueValidityStart": "valid_from",
    "CatalogueValidityEnd": "valid_until",
    "CurrencyCode": "currency",
}
SUPPLIER: Final[Section] = {
    "SupplierName": "supplier_name",
    "SupplierIdGln": "supplier_gln",
    "SupplierIdDuns": "supplier_duns",
}
UNITS: Final = frozenset({"OrderUnit", "UseUnit", "PriceUnit", "PackagingTypeCode"})
"""Members that are a unit."""
PRICE_LIST: Final = "standard"
"""The price list of a file's prices, which have no name of their own."""
