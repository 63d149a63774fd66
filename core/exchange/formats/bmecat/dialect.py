"""What each version of BMEcat has room for: which elements in which order, how long texts may be, how it is called.

The tables are those of the official schemas (bmecat_base_1_2.xsd, bmecat_2005.xsd, bmecat_etim_501.xsd), for the parts
that are written. The order is the same in all; the versions differ in what they have.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal

from core.exchange.codes.units import ETIM_PACKAGES, ETIM_UNITS
from core.exchange.formats.bmecat.names import OLD_NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping

Version = Literal["1.2", "2005", "2005.1", "2005.2", "etim-5.0"]

_NEWER: Final = {
    "HEADER": "GENERATOR_INFO CATALOG BUYER_IDREF BUYER AGREEMENT LEGAL_INFO SUPPLIER_IDREF SUPPLIER "
    "DOCUMENT_CREATOR_IDREF PARTIES AREAS USER_DEFINED_EXTENSIONS",
    "CATALOG": "LANGUAGE CATALOG_ID CATALOG_VERSION CATALOG_NAME GENERATION_DATE DATETIME TERRITORY AREA_REFS CURRENCY "
    "MIME_ROOT PRICE_FLAG PRICE_FACTOR VALID_START_DATE VALID_END_DATE PRODUCT_TYPE COUNTRY_OF_ORIGIN DELIVERY_TIMES "
    "TRANSPORT SUPPLIER_IDREF",
    "BUYER": "BUYER_ID BUYER_NAME ADDRESS",
    "SUPPLIER": "SUPPLIER_ID SUPPLIER_NAME ADDRESS MIME_INFO",
    "ADDRESS": "NAME NAME2 NAME3 DEPARTMENT CONTACT_DETAILS CONTACT STREET ZIP BOXNO ZIPBOX CITY STATE COUNTRY "
    "COUNTRY_CODED VAT_ID PHONE FAX EMAIL PUBLIC_KEY URL ADDRESS_REMARKS",
    "CATALOG_STRUCTURE": "GROUP_ID GROUP_NAME GROUP_DESCRIPTION PARENT_ID GROUP_ORDER MIME_INFO "
    "USER_DEFINED_EXTENSIONS KEYWORD",
    "PRODUCT": "SUPPLIER_PID SUPPLIER_IDREF PRODUCT_DETAILS PRODUCT_FEATURES PRODUCT_ORDER_DETAILS "
    "PRODUCT_PRICE_DETAILS MIME_INFO USER_DEFINED_EXTENSIONS PRODUCT_REFERENCE PRODUCT_CONTACTS PRODUCT_IPP_DETAILS "
    "PRODUCT_LOGISTIC_DETAILS PRODUCT_CONFIG_DETAILS",
    "PRODUCT_DETAILS": "DESCRIPTION_SHORT DESCRIPTION_LONG INTERNATIONAL_PID EAN SUPPLIER_ALT_PID BUYER_PID "
    "MANUFACTURER_PID MANUFACTURER_IDREF MANUFACTURER_NAME MANUFACTURER_TYPE_DESCR ERP_GROUP_BUYER ERP_GROUP_SUPPLIER "
    "DELIVERY_TIME SPECIAL_TREATMENT_CLASS KEYWORD REMARKS SEGMENT PRODUCT_ORDER PRODUCT_STATUS "
    "INTERNATIONAL_RESTRICTIONS ACCOUNTING_INFO AGREEMENT_REF PRODUCT_TYPE PRODUCT_CATEGORY",
    "PRODUCT_FEATURES": "REFERENCE_FEATURE_SYSTEM_NAME REFERENCE_FEATURE_GROUP_ID REFERENCE_FEATURE_GROUP_NAME "
    "REFERENCE_FEATURE_GROUP_ID2 GROUP_PRODUCT_ORDER FEATURE",
    "FEATURE": "FNAME FT_IDREF FTEMPLATE FVALUE VALUE_IDREF VARIANTS FUNIT FORDER FDESCR FVALUE_DETAILS FVALUE_TYPE",
    "PRODUCT_ORDER_DETAILS": "ORDER_UNIT CONTENT_UNIT NO_CU_PER_OU SUPPLIER_PIDREF SUPPLIER_IDREF PRICE_QUANTITY "
    "QUANTITY_MIN QUANTITY_INTERVAL QUANTITY_MAX PACKING_UNITS",
    "PACKING_UNIT": "QUANTITY_MIN QUANTITY_MAX PACKING_UNIT_CODE PACKING_UNIT_DESCR SUPPLIER_PID SUPPLIER_PIDREF "
    "SUPPLIER_IDREF",
    "PRODUCT_PRICE_DETAILS": "VALID_START_DATE VALID_END_DATE DATETIME DAILY_PRICE PRODUCT_PRICE",
    "PRODUCT_PRICE": "PRICE_AMOUNT PRICE_FORMULA PRICE_CURRENCY TAX_DETAILS TAX PRICE_FACTOR LOWER_BOUND TERRITORY "
    "AREA_REFS PRICE_BASE PRICE_FLAG LEADTIME",
    "MIME": "MIME_TYPE MIME_SOURCE MIME_DESCR MIME_ALT MIME_PURPOSE MIME_ORDER",
    "PRODUCT_REFERENCE": "PROD_ID_TO SUPPLIER_IDREF CATALOG_ID CATALOG_VERSION REFERENCE_DESCR MIME_INFO",
    "PRODUCT_LOGISTIC_DETAILS": "CUSTOMS_TARIFF_NUMBER STATISTICS_FACTOR COUNTRY_OF_ORIGIN PRODUCT_DIMENSIONS "
    "DELIVERY_TIMES TRANSPORT MEANS_OF_TRANSPORT",
    "PRODUCT_DIMENSIONS": "VOLUME WEIGHT LENGTH WIDTH DEPTH",
}
"""What BMEcat 2005 has in the elements that are written, in order."""

_NOT_OLD: Final = {
    "HEADER": "BUYER_IDREF LEGAL_INFO SUPPLIER_IDREF DOCUMENT_CREATOR_IDREF PARTIES AREAS",
    "CATALOG": "GENERATION_DATE AREA_REFS PRICE_FACTOR VALID_START_DATE VALID_END_DATE PRODUCT_TYPE COUNTRY_OF_ORIGIN "
    "DELIVERY_TIMES TRANSPORT SUPPLIER_IDREF",
    "ADDRESS": "DEPARTMENT CONTACT_DETAILS COUNTRY_CODED VAT_ID",
    "PRODUCT": "SUPPLIER_IDREF PRODUCT_CONTACTS PRODUCT_IPP_DETAILS PRODUCT_LOGISTIC_DETAILS PRODUCT_CONFIG_DETAILS",
    "PRODUCT_DETAILS": "INTERNATIONAL_PID MANUFACTURER_IDREF INTERNATIONAL_RESTRICTIONS ACCOUNTING_INFO AGREEMENT_REF "
    "PRODUCT_TYPE PRODUCT_CATEGORY",
    "PRODUCT_FEATURES": "REFERENCE_FEATURE_GROUP_ID2 GROUP_PRODUCT_ORDER",
    "FEATURE": "FT_IDREF FTEMPLATE VALUE_IDREF FVALUE_TYPE",
    "PRODUCT_ORDER_DETAILS": "SUPPLIER_PIDREF SUPPLIER_IDREF QUANTITY_MAX PACKING_UNITS",
    "PRODUCT_PRICE_DETAILS": "VALID_START_DATE VALID_END_DATE",
    "PRODUCT_PRICE": "PRICE_FORMULA TAX_DETAILS AREA_REFS PRICE_BASE PRICE_FLAG LEADTIME",
    "PRODUCT_REFERENCE": "SUPPLIER_IDREF REFERENCE_DESCR MIME_INFO",
}
"""Of that, what BMEcat 1.2 does not have."""

_NOT_ETIM: Final = {
    "HEADER": "BUYER_IDREF AGREEMENT LEGAL_INFO SUPPLIER_IDREF DOCUMENT_CREATOR_IDREF PARTIES AREAS",
    "CATALOG": "GENERATION_DATE AREA_REFS PRICE_FLAG PRICE_FACTOR VALID_START_DATE VALID_END_DATE PRODUCT_TYPE "
    "COUNTRY_OF_ORIGIN DELIVERY_TIMES TRANSPORT SUPPLIER_IDREF",
    "BUYER": "ADDRESS",
    "ADDRESS": "NAME NAME2 NAME3 DEPARTMENT CONTACT_DETAILS BOXNO ZIPBOX STATE COUNTRY_CODED PHONE FAX PUBLIC_KEY "
    "ADDRESS_REMARKS",
    "PRODUCT": "SUPPLIER_IDREF MIME_INFO PRODUCT_CONTACTS PRODUCT_IPP_DETAILS PRODUCT_CONFIG_DETAILS",
    "PRODUCT_DETAILS": "EAN MANUFACTURER_IDREF ERP_GROUP_BUYER ERP_GROUP_SUPPLIER SEGMENT PRODUCT_ORDER "
    "INTERNATIONAL_RESTRICTIONS ACCOUNTING_INFO AGREEMENT_REF PRODUCT_CATEGORY",
    "PRODUCT_FEATURES": "REFERENCE_FEATURE_GROUP_NAME REFERENCE_FEATURE_GROUP_ID2 GROUP_PRODUCT_ORDER",
    "FEATURE": "FT_IDREF FTEMPLATE VALUE_IDREF VARIANTS FORDER FDESCR FVALUE_TYPE",
    "PRODUCT_ORDER_DETAILS": "SUPPLIER_PIDREF SUPPLIER_IDREF QUANTITY_MAX PACKING_UNITS",
    "PRODUCT_PRICE_DETAILS": "VALID_START_DATE VALID_END_DATE",
    "PRODUCT_PRICE": "PRICE_FORMULA TAX_DETAILS AREA_REFS PRICE_BASE PRICE_FLAG LEADTIME",
    "PRODUCT_REFERENCE": "SUPPLIER_IDREF MIME_INFO",
    "PRODUCT_LOGISTIC_DETAILS": "PRODUCT_DIMENSIONS DELIVERY_TIMES TRANSPORT MEANS_OF_TRANSPORT",
}
"""Of that, what the guideline of ETIM leaves out."""

_UDX: Final = {
    "USER_DEFINED_EXTENSIONS": (
        "VERSION MIME_INFO MANUFACTURER_ACRONYM DESCRIPTION_VERY_SHORT BRAND_NAME TENDER_TEXT VALID_FROM "
        "EXPIRATION_DATE DISCOUNT_GROUP BONUS_GROUP_SUPPLIER ADDITIONAL_FACTORS PRODUCT_TO_STOCK "
        "PRODUCT_SERIES PRODUCT_VARIATION PREDECESSOR_PID COUNTRY_BRANCH_NUMBERS COUNTRY_BRANCH_SUPPLIER_IDS "
        "PACKING_UNITS PRODUCT_LOGISTIC_DETAILS SHELF_LIFE_PERIOD BATTERY_CONTAINED ROHS_INDICATOR CE_MARKING "
        "REACH SPECIAL_TREATMENT_CLASS_DETAILS SURCHARGE_LIST WARRANTY PRODUCT_ETIM_DYNAMIC "
        "PRODUCT_FEATURES_MC PRODUCT_CHARACTERISTICS"
    ),
    "UDX.EDXF.MIME": "MIME_SOURCE MIME_CODE MIME_FILENAME MIME_DESIGNATION MIME_ALT MIME_ISSUE_DATE "
    "MIME_EXPIRY_DATE MIME_ORDER",
    "UDX.EDXF.PACKING_UNIT": "QUANTITY_MIN QUANTITY_MAX PACKING_UNIT_CODE PACKING_UNIT_NAME PACKAGE_BREAK "
    "PACKING_PARTS VOLUME WEIGHT LENGTH WIDTH DEPTH DIAMETER GTIN GS1_128",
    "UDX.EDXF.PRODUCT_LOGISTIC_DETAILS": "NETVOLUME NETWEIGHT NETLENGTH NETWIDTH NETDEPTH NETDIAMETER REGION_OF_ORIGIN",
    "UDX.EDXF.SURCHARGE": "SURCHARGE_TYPE SURCHARGE_CLASS SURCHARGE_MANNER SURCHARGE_PERCENTAGE "
    "SURCHARGE_PRICE_AMOUNT SURCHARGE_CALCULATION MATERIAL_BASIS MATERIAL_BASIS_WEIGHT "
    "MATERIAL_BASIS_SURCHARGE_THRESHOLD "
    "MATERIAL_BASIS_SURCHARGE_SHUTTER MATERIAL_BASIS_SURCHARGE_CREDIT MATERIAL_BASIS_SURCHARGE_TABLE",
}
"""What the guideline adds, each with ``UDX.EDXF.`` before it."""

_PRODUCT_DATA: Final = frozenset((
    "SUPPLIER_PID", "PRODUCT_DETAILS", "PRODUCT_FEATURES", "USER_DEFINED_EXTENSIONS", "PRODUCT_REFERENCE",
))  # fmt: skip
_PRODUCT_DATA_UDX: Final = frozenset((
    "VERSION", "MIME_INFO", "MANUFACTURER_ACRONYM", "DESCRIPTION_VERY_SHORT", "BRAND_NAME", "TENDER_TEXT", "VALID_FROM",
    "EXPIRATION_DATE", "PRODUCT_SERIES", "PRODUCT_VARIATION", "PREDECESSOR_PID", "COUNTRY_BRANCH_NUMBERS",
    "COUNTRY_BRANCH_SUPPLIER_IDS", "PRODUCT_ETIM_DYNAMIC", "PRODUCT_FEATURES_MC", "PRODUCT_CHARACTERISTICS",
))  # fmt: skip
"""What product data have of articles and of the guideline's additions (udxPRODUCTDATA)."""

_OLD_LENGTHS: Final = {
    "CATALOG_ID": 20, "CATALOG_NAME": 100, "SUPPLIER_NAME": 50, "BUYER_NAME": 50, "SUPPLIER_ID": 50, "BUYER_ID": 50,
    "MIME_ROOT": 100, "GROUP_ID": 50, "GROUP_NAME": 50, "GROUP_DESCRIPTION": 250, "PARENT_ID": 50,
    "CATALOG_GROUP_ID": 50, "SUPPLIER_PID": 32, "PROD_ID": 32, "DESCRIPTION_SHORT": 80, "DESCRIPTION_LONG": 64000,
    "EAN": 14, "SUPPLIER_ALT_PID": 50, "BUYER_PID": 50, "MANUFACTURER_PID": 50, "MANUFACTURER_NAME": 50,
    "MANUFACTURER_TYPE_DESCR": 50, "ERP_GROUP_BUYER": 10, "ERP_GROUP_SUPPLIER": 10, "KEYWORD": 50, "REMARKS": 64000,
    "SEGMENT": 100, "PRODUCT_STATUS": 250, "REFERENCE_FEATURE_SYSTEM_NAME": 50, "REFERENCE_FEATURE_GROUP_ID": 60,
    "REFERENCE_FEATURE_GROUP_NAME": 60, "FNAME": 60, "FVALUE": 60, "FUNIT": 20, "FDESCR": 250, "FVALUE_DETAILS": 250,
    "MIME_TYPE": 30, "MIME_SOURCE": 250, "MIME_DESCR": 250, "MIME_ALT": 50, "PROD_ID_TO": 32,
}  # fmt: skip
_NEWER_LENGTHS: Final = {
    **_OLD_LENGTHS,
    "SUPPLIER_ID": 250, "BUYER_ID": 250, "MIME_ROOT": 250, "DESCRIPTION_SHORT": 150, "INTERNATIONAL_PID": 100,
    "REFERENCE_FEATURE_SYSTEM_NAME": 80, "FT_ID": 60, "FT_NAME": 80, "MIME_SOURCE": 255, "MIME_ALT": 80,
    "PROD_ID_TO": 80, "REFERENCE_DESCR": 250, "CUSTOMS_NUMBER": 60, "PACKING_UNIT_DESCR": 250,
}  # fmt: skip
_ETIM_LENGTHS: Final = {
    **_NEWER_LENGTHS,
    "UDX.EDXF.MIME_SOURCE": 512, "UDX.EDXF.MIME_FILENAME": 250, "UDX.EDXF.MIME_DESIGNATION": 250,
    "UDX.EDXF.MIME_ALT": 80, "UDX.EDXF.DESCRIPTION_VERY_SHORT": 40, "UDX.EDXF.BRAND_NAME": 50,
    "UDX.EDXF.TENDER_TEXT": 64000, "UDX.EDXF.DISCOUNT_GROUP_MANUFACTURER": 20, "UDX.EDXF.DISCOUNT_GROUP_SUPPLIER": 20,
    "UDX.EDXF.BONUS_GROUP_SUPPLIER": 20, "UDX.EDXF.PRODUCT_SERIES": 50, "UDX.EDXF.PRODUCT_VARIATION": 50,
    "UDX.EDXF.PREDECESSOR_PID": 50, "UDX.EDXF.GTIN": 14, "UDX.EDXF.GS1_128": 48, "UDX.EDXF.REGION_OF_ORIGIN": 10,
    "UDX.EDXF.SURCHARGE_TYPE": 20, "UDX.EDXF.SURCHARGE_CLASS": 30,
}  # fmt: skip

CUT: Final = frozenset((
    "CATALOG_NAME", "GROUP_NAME", "GROUP_DESCRIPTION", "DESCRIPTION_SHORT", "DESCRIPTION_LONG", "MANUFACTURER_NAME",
    "MANUFACTURER_TYPE_DESCR", "KEYWORD", "REMARKS", "SEGMENT", "PRODUCT_STATUS", "FNAME", "FT_NAME", "FVALUE",
    "FDESCR", "FVALUE_DETAILS", "MIME_DESCR", "MIME_ALT", "REFERENCE_DESCR", "PACKING_UNIT_DESCR",
    "REFERENCE_FEATURE_GROUP_NAME", "UDX.EDXF.MIME_DESIGNATION", "UDX.EDXF.MIME_ALT", "UDX.EDXF.DESCRIPTION_VERY_SHORT",
    "UDX.EDXF.BRAND_NAME", "UDX.EDXF.TENDER_TEXT", "UDX.EDXF.PRODUCT_SERIES", "UDX.EDXF.PRODUCT_VARIATION",
))  # fmt: skip
"""What may be cut, because it is read by people; a number or an address that is cut is another one."""

_NEWER_MIME: Final = r"application/pdf|application/xml|image/gif|image/jpeg|text/html|text/plain|url|[\w\-.]{1,30}"
_NEWEST_MIME: Final = r"[-+.\w]+/[-+.\w]+"
_OLD_PURPOSES: Final = ("thumbnail", "normal", "detail", "data_sheet", "logo", "others")


@dataclass(frozen=True, slots=True)
class Dialect:
    """One version of BMEcat."""

    version: Version
    attribute: str
    """The version as the root says it."""
    namespaces: Mapping[str, str]
    """By transaction, where each has its own; by an empty name, where there is one."""
    order: Mapping[str, Mapping[str, int]]
    """The places of the elements that may stand in one, by its name."""
    lengths: Mapping[str, int]
    price_types: re.Pattern[str]
    media_types: re.Pattern[str]
    purposes: tuple[str, ...]
    once: frozenset[str]
    """Elements of which there is one at most, that other versions have several of."""
    several_languages: bool = True
    units: frozenset[str] = field(default_factory=frozenset)
    """Of orders, contents and prices; empty where the list is not held against."""
    packages: frozenset[str] = field(default_factory=frozenset)

    @property
    def old(self) -> bool:
        """Whether the names of elements are those of BMEcat 1.2."""
        return self.version == "1.2"

    @property
    def etim(self) -> bool:
        """Whether the guideline of ETIM is followed."""
        return self.version == "etim-5.0"

    def name(self, element: str) -> str:
        """Return what an element is called in this version."""
        return OLD_NAMES.get(element, element) if self.old else element

    def has(self, element: str, parent: str) -> bool:
        """Whether an element may stand in another."""
        known = self.order.get(parent)
        return known is None or element in known


def of_product_data(etim: Dialect) -> Dialect:
    """Return what the guideline has in T_NEW_PRODUCTDATA: nothing of orders, prices and logistics."""
    product = {name: place for name, place in etim.order["PRODUCT"].items() if name in _PRODUCT_DATA}
    extensions = {
        name: place
        for name, place in etim.order["USER_DEFINED_EXTENSIONS"].items()
        if name.removeprefix("UDX.EDXF.") in _PRODUCT_DATA_UDX
    }
    return replace(etim, order={**etim.order, "PRODUCT": product, "USER_DEFINED_EXTENSIONS": extensions})


def _order(*without: Mapping[str, str], extra: Mapping[str, str] | None = None) -> dict[str, dict[str, int]]:
    places: dict[str, dict[str, int]] = {}
    for parent, names in {**_NEWER, **(extra or {})}.items():
        left_out = {name for each in without for name in each.get(parent, "").split()}
        places[parent] = {name: place for place, name in enumerate(names.split()) if name not in left_out}
    return places


def _old() -> Dialect:
    base = "http://www.bmecat.org/bmecat/1.2/bmecat_"
    return Dialect(
        "1.2",
        "1.2",
        {
            "T_NEW_CATALOG": f"{base}new_catalog",
            "T_UPDATE_PRODUCTS": f"{base}update_products",
            "T_UPDATE_PRICES": f"{base}update_prices",
        },
        _order(_NOT_OLD),
        _OLD_LENGTHS,
        re.compile(r"net_list|gros_list|net_customer|nrp|net_customer_exp|udp_\w{1,16}"),
        re.compile(r".{1,30}"),
        _OLD_PURPOSES,
        frozenset(("REMARKS", "EAN")),
        several_languages=False,
    )


def _newer(version: Version, namespace: str, media_types: str) -> Dialect:
    return Dialect(
        version,
        version,
        {"": namespace},
        _order(),
        _NEWER_LENGTHS,
        re.compile(r"gros_list|net_customer|net_customer_exp|net_list|nrp|on_request|udp_\w{1,16}"),
        re.compile(media_types),
        (*_OLD_PURPOSES, "icon", "safety_data_sheet"),
        frozenset(("EAN",)),
    )


def _etim() -> Dialect:
    extra = {parent: " ".join(f"UDX.EDXF.{name}" for name in names.split()) for parent, names in _UDX.items()} | {
        "PRODUCT_PRICE_DETAILS": f"{_NEWER['PRODUCT_PRICE_DETAILS']} PRICE_BASE"
    }
    return Dialect(
        "etim-5.0",
        "2005",
        {"": "https://www.etim-international.com/bmecat/50"},
        _order(_NOT_ETIM, extra=extra),
        _ETIM_LENGTHS,
        re.compile(r"net_list|net_customer|nrp"),
        re.compile(r".{1,30}"),
        (),
        frozenset(("BUYER_PID",)),
        units=ETIM_UNITS,
        packages=ETIM_PACKAGES,
    )


def dialect(version: Version) -> Dialect:
    """Return a version by its name."""
    if version == "1.2":
        return _old()
    if version == "etim-5.0":
        return _etim()
    namespace = "http://www.bmecat.org/bmecat/2005" if version == "2005" else f"http://www.bmecat.org/bmecat/{version}"
    return _newer(version, namespace, _NEWEST_MIME if version == "2005.2" else _NEWER_MIME)
