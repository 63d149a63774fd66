"""Files of PAB for tests, made of values by their names."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from core.exchange.formats.pab.records import ARTLEV, ARTLEV_1, ARTPR2, ARTTOKO, HARTLEV, PRODUCT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from core.exchange.formats.pab.records import PabRecord

GLN = "8713450010018"


def line(record: PabRecord, **cells: str) -> bytes:
    return f"{record.fixed.line(cells)}\r\n".encode("latin-1")


def header(mutation: str = "9", **cells: str) -> bytes:
    known = {"MessageVersion": "203", "MessageType": "ART", "ArticleMessagenumber": "MSG1", "MessageDate": "20250401"}
    return line(HARTLEV, **known | {"MutationCode": mutation, "SupplierGLN": GLN} | cells)


def article(number: str = "100001", mutation: str = "1", **cells: str) -> bytes:
    known = {"OrderableIndicator": "TU", "ProcessableIndicator": "SU", "UseUnitMeasureUnitCode": "PCE"}
    known |= {"QuantityOfUseUnits": "000000000001.000"}
    return line(ARTLEV, MutationCode=mutation, TradeItemId=number, SupplierGLN=GLN, **known | cells)


def old_article(number: str = "100001", mutation: str = "1", **cells: str) -> bytes:
    return line(ARTLEV_1, MutationCode=mutation, TradeItemId=number, SupplierGLN=GLN, **cells)


def price(number: str = "100001", mutation: str = "1", **cells: str) -> bytes:
    return line(ARTPR2, MutationCode=mutation, TradeItemId=number, SupplierGLN=GLN, **cells)


def surcharge(number: str = "100001", **cells: str) -> bytes:
    return line(ARTTOKO, TradeItemId=number, SupplierGLN=GLN, **{"AllowanceType": "QD"} | cells)


def product(number: str = "P1", mutation: str = "1", **cells: str) -> bytes:
    return line(PRODUCT, MutationCode=mutation, Productcode=number, ManufacturerGLN=GLN, **cells)


def zip_of(path: Path, members: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path
