"""Which field of ours each column of FAB-DIS is.

The kind of a text is ``text``, ``words`` (in the language of the workbook), ``number``, ``date``, ``gtin`` or ``unit``;
of a measure, it is what it measures, and the column of its unit stands behind it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Entry:
    """A column that has a field."""

    field: str
    column: str
    kind: str
    unit: str = ""


def _table(lines: str) -> tuple[Entry, ...]:
    return tuple(Entry(*line.split()) for line in lines.strip().splitlines())


ARTICLE: Final = _table("""
    number REFCIALE text
    manufacturer_number REFCIALE text
    brand MARQUE text
    kind CTYP text
    gtin GTIN gtin
    alternative_number REFINFOR text
    series GAMME words
    short_name LIBELLE40 words
    description LIBELLE80 words
    long_description LIBELLE240 words
    price_valid_from DATETARIF date
    gross_price TARIF number
    price_unit_quantity QT number
    vat_rate TVA number
    price_unit UB unit
    order_unit UB unit
    order_quantity_min QMC number
    order_quantity_step MUL number
    delivery_time DELAI number
    status STA text
    customs_code DOUANE text
""")
ARTICLE_2: Final = _table("""
    number REFCIALE text
    manufacturer_number REFCIALE text
    manufacturer FABRIQUANT text
    brand MARQUE text
    gtin GTIN13 gtin
    alternative_number REFINFOR text
    series GAMME words
    short_name LIBELLE30 words
    description LIBELLE80 words
    long_description LIBELLE240 words
    price_valid_from DATETARIF date
    gross_price TARIF number
    currency DEV text
    price_unit_quantity QT number
    vat_rate TVA number
    price_unit UB unit
    order_unit UB unit
    order_quantity_min QMC number
    order_quantity_step MUL number
    delivery_time DELAI number
    status STA text
    successor_number REFNEW text
    predecessor_number REFOLD text
    customs_code DOUANE text
    height HAUTP length HAUTPU
    width LARGP length LARGPU
    depth PROFP length PROFPU
    weight POIDSP weight POIDSPU
    diameter DIAM length DIAMU
    volume VP volume VPU
    country_of_origin MADE text
""")
PACKAGING: Final = _table("""
    article REFCIALE text
    type LTYP text
    quantity LQTE number
    gtin LGTIN gtin
    height HAUT length HAUTU
    width LARG length LARGU
    depth PROF length PROFU
    weight POIDS weight POIDSU
    volume VOL volume VOLU
    diameter DIAM length DIAMU
""")
MEDIA: Final = _table("""
    record REFCIALE text
    file MURL text
    type MTYP text
    type_detail MCODE text
    purpose MCIB text
    sort_order MNUM number
    description MTEXTE words
    file_name MNOM text
""")
MEDIA_2: Final = _table("""
    record REFCIALE text
    file URL text
    type TYPM text
    type_detail CODVAL text
    sort_order NUM number
    file_name NOM text
""")
CLASS: Final = _table("""
    article REFCIALE text
    class ARTCLASSID text
    class_name ARTCLASSDESC words
""")
FEATURE: Final = _table("""
    article REFCIALE text
    class ARTCLASSID text
    feature FEATUREID text
    value FVALUE text
    name FEATUREDESC words
    value_text VALUEDESC words
    unit UNITDESC text
""")
REGULATION: Final = _table("""
    article REFCIALE text
    feature RTYP text
    value RVAL text
    unit RVU text
    details RTEXTE words
""")
EXTENSION: Final = _table("""
    article REFCIALE text
    feature ETYP text
    value EVAL1 text
    value_to EVAL2 text
    unit EVU1 text
    details ETEXTE words
""")
VARIANT: Final = _table("""
    article REFCIALE text
    feature VCODE text
    name VCODELIBELLE words
    value VVALEUR text
    value_text VARIANTE words
    unit VUNITE text
""")
CORRESPONDENCE: Final = _table("""
    article REFCIALE text
    type CORTYP text
    target REFCIALECOR text
    target_manufacturer MARQUECOR text
    quantity CORQ number
    sort_order CORNUM number
    description CORINFO words
""")
SUBSTITUTION: Final = _table("""
    article REFCIALESUB text
    target REFOLD text
    target_manufacturer MQEREFOLD text
    description SINFO words
""")
GONE: Final = _table("""
    number REFARRET text
""")
FEATURES: Final = {"B04_REGLEMENTAIRE": REGULATION, "C01_EXTENSION": EXTENSION, "C03_VARIANTE": VARIANT}
"""Sheets with many rows an article, each a feature by a code of the sheet's own."""
