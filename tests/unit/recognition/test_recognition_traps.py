"""What looks like a format and is none, and what hardly looks like one and is: the traps of each."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest

from core.config.layout_types import LayoutSettings
from core.exchange.recognition import Recognition, recognise

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Put = Callable[..., Recognition]

ADAPTER_ETIM = "https://www.etim-international.com/bmecat/50"
GLN = "8713450010018"


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Write a file and recognise it."""

    def write(content: str | bytes, name: str = "file.bin") -> Recognition:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return recognise(path)

    return write


def packed(**members: str | bytes) -> bytes:
    """Return a zip file; ``__`` in a name stands for a dot."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name if name.startswith("__") else name.replace("__", "."), content)
    return data.getvalue()


def named(found: Recognition) -> str:
    assert found.claim is not None, found.in_words()
    return f"{found.claim.name}{'' if found.claim.sure else ' ?'}"


def artlev(width: int = 623, mutation: str = "1") -> str:
    """Return a record of PAB 2.03 or 1."""
    line = f"{mutation}{'100001':20}{GLN}{'08712345007003'}{'20250401'}TU SU "
    if width == 623:
        return f"{line:133}000000000100.000MTR".ljust(620) + "EUR"
    return f"{mutation}{'100001':20}{GLN}08712345007003".ljust(149) + "SU".ljust(226)


# -- BMEcat --


@pytest.mark.parametrize(
    ("root", "name"),
    [
        ('<BMECAT version="1.2" xmlns="urn:anything:at:all">', "BMEcat 1.2, T_NEW_CATALOG"),
        ('<b:BMECAT version="1.2" xmlns:b="urn:x" xmlns="urn:y">', "BMEcat 1.2, T_NEW_CATALOG"),
        ('<BMECAT xmlns="http://www.bmecat.org/XMLSchema/1.2/bmecat_new_catalog">', "BMEcat 1.2, T_NEW_CATALOG"),
        ('<BMECAT xmlns="http://www.bmecat.org/bmecat/2005.1">', "BMEcat 2005.1, T_NEW_CATALOG"),
        ('<BMECAT xmlns="http://www.bmecat.org/bmecat/2005fd">', "BMEcat 2005, T_NEW_CATALOG"),
        ("<BMECAT>", "BMEcat, T_NEW_CATALOG ?"),
        ('<BMECAT version="3.0">', "BMEcat 3.0, T_NEW_CATALOG ?"),
        (f'<BMECAT version="2005" xmlns="{ADAPTER_ETIM}">', "ETIM BMEcat 5.0, T_NEW_CATALOG"),
        (
            '<BMECAT version="2005" xmlns="http://www.etim-international.com/bmecat/31">',
            "ETIM BMEcat 3.1, T_NEW_CATALOG",
        ),
    ],
)
def test_the_version_of_bmecat(put: Put, root: str, name: str) -> None:
    prefix = "b:" if root.startswith("<b:") else ""
    assert named(put(f"{root}<HEADER/><T_NEW_CATALOG/></{prefix}BMECAT>")) == name


def test_an_etim_catalogue_that_only_says_so_inside(put: Put) -> None:
    udx = "<USER_DEFINED_EXTENSIONS><UDX.EDXF.VERSION>4.0</UDX.EDXF.VERSION></USER_DEFINED_EXTENSIONS>"
    text = f'<BMECAT version="2005"><HEADER>{udx}</HEADER><T_UPDATE_PRODUCTS prev_version="3"/></BMECAT>'
    found = put(text)
    assert named(found) == "ETIM BMEcat 4.0, T_UPDATE_PRODUCTS"
    assert found.claim is not None
    assert found.claim.facts == {"previous version": "3"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "windows-1252", "iso-8859-15"])
def test_any_encoding_of_xml(put: Put, encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>'
    text += "<BMECAT version='1.2'><HEADER><SUPPLIER><SUPPLIER_NAME>Müller</SUPPLIER_NAME></SUPPLIER></HEADER></BMECAT>"
    found = put(text.encode(encoding))
    assert found.claim is not None
    assert found.claim.facts == {"supplier": "Müller"}


def test_a_blank_line_before_the_declaration_and_bad_bytes_behind_it(put: Put) -> None:
    text = b"\r\n<?xml version='1.0'?><BMECAT version='1.2'><HEADER><X>\xff\xfe</X></HEADER></BMECAT>"
    found = put(text)
    assert named(found) == "BMEcat 1.2"
    assert "not well-formed" in found.carrier


def test_the_supplier_of_2005_is_a_party(put: Put) -> None:
    parties = "".join(
        f"<PARTY><PARTY_ID type='gln'>{number}</PARTY_ID><PARTY_ID>x{number}</PARTY_ID><PARTY_ROLE>{role}</PARTY_ROLE>"
        f"<ADDRESS><NAME>{name}</NAME></ADDRESS></PARTY>"
        for number, role, name in (("1", "buyer", "B"), ("2", "supplier", "S"), ("3", "supplier", "T"))
    )
    text = f'<BMECAT version="2005.1"><HEADER><PARTIES>{parties}</PARTIES></HEADER></BMECAT>'
    found = put(text)
    assert found.claim is not None
    assert found.claim.facts == {"supplier": "S", "supplier id": "2"}


def test_names_of_elements_elsewhere_make_no_catalogue(put: Put) -> None:
    assert put("<export><BMECAT version='1.2'><HEADER/></BMECAT></export>").claims == ()
    assert put("<BMECATALOGUE version='1.2'/>").claims == ()


# -- ETIM --


def test_ixf_by_its_namespace(put: Put) -> None:
    assert named(put('<IXF xmlns="https://www.etim-international.com/etimixf/31"/>')) == "ETIM IXF 3.1"
    assert named(put('<IXF xmlns="https://www.etim-international.com/etimixfmc/20"/>')) == (
        "ETIM IXF 2.0, modelling classes"
    )
    assert named(put("<IXF/>")) == "ETIM IXF ?"


def test_a_table_of_a_release_is_told_by_all_of_its_header(put: Put) -> None:
    assert named(put("ARTCLASSID;CLASSSYNONYM\nEC1;x\n".encode("utf-16"))) == "ETIM release, ETIMARTCLASSSYNONYMMAP"
    assert named(put("FEATUREID;FEATUREGROUPID;FEATUREDESC\n".encode("utf-16-le"))) == "ETIM release, ETIMFEATURE"
    assert put("ARTCLASSID;CLASSSYNONYM;LANGUAGE\n".encode("utf-16-le")).claims == ()
    found = put("UNITOFMEASID;UNITDESC\n")
    assert found.claim is not None
    assert "it is utf-8, where ETIM writes UTF-16" in found.claim.why


def test_a_release_with_a_table_missing_or_another_inside(put: Put) -> None:
    good = "ARTCLASSID;ARTGROUPID;ARTCLASSDESC;ARTCLASSVERSION;ARTCLASSVERSIONDATE\n".encode("utf-16-le")
    found = put(packed(ETIMARTCLASS__csv=good, etimunit__CSV="UNITOFMEASID;UNITDESC\n".encode("utf-16-le")))
    assert named(found).startswith("ETIM release, without ETIMARTGROUP")
    assert not put(packed(ETIMARTCLASS__csv=good, ETIMUNIT__csv="a;b\n")).claims[0].sure


# -- xChange --


def test_xchange_1_does_not_say_its_version(put: Put) -> None:
    assert named(put('{"CatalogueId": "C", "CatalogueType": "FULL", "Supplier": []}')) == "ETIM xChange 1.x, full"
    assert put('{"CatalogueId": "C"}').claims == ()
    assert put('[{"CatalogueId": "C", "Supplier": []}]').claims == ()
    assert put('{"order": {"CatalogueId": "C", "Supplier": []}}').claims == ()


def test_xchange_whose_first_element_never_ends(put: Put) -> None:
    products = '{"ProductIdentification": {"ManufacturerName": "M"}},' * 20_000
    found = put('{"Supplier": [{"SupplierName": "S", "Product": [' + products)
    assert named(found) == "ETIM xChange 1.x ?"
    assert found.claim is not None
    assert found.claim.facts["supplier"] == "S"


# -- DICO --


@pytest.mark.parametrize("root", ["PriceCatalogue", "Order", "OrderResponse", "DespatchAdvice", "Invoice"])
def test_every_message_of_sales005(put: Put, root: str) -> None:
    found = put(f'<x:{root} xmlns:x="http://www.ketenstandaard.nl/bericht/SALES/005"/>')
    assert named(found) == f"DICO/SALES 005, {root}"


@pytest.mark.parametrize(
    "text",
    [
        '<SalesOrder version="5.0" xmlns="http://www.ketenstandaard.nl/salesorder/v5"/>',
        '<Order xmlns="http://www.ketenstandaard.nl/SALES/Extensies"/>',
        '<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2"/>',
        "<Order><OrderNumber>1</OrderNumber></Order>",
        "<Invoice><InvoiceNumber>1</InvoiceNumber><InvoiceDate>2026-01-01</InvoiceDate></Invoice>",
    ],
)
def test_invented_shapes_are_not_dico(put: Put, text: str) -> None:
    assert put(text).claims == ()


def test_a_later_version_of_sales_is_named_and_not_believed(put: Put) -> None:
    assert named(put('<Order xmlns="http://www.ketenstandaard.nl/order/SALES/006"/>')) == "DICO/SALES 006, Order ?"


def test_insbou_by_its_schema_or_by_its_elements(put: Put) -> None:
    xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    four = f'<Order {xsi} xsi:noNamespaceSchemaLocation="Order_INSBOU004.xsd"/>'
    assert named(put(four)) == "DICO/INSBOU 004, Order"
    head = "<OrderType>220</OrderType><OrderNumber>1</OrderNumber><OrderDate>2026-01-01</OrderDate>"
    bare = f"<Order>{head}<Buyer><GLN>{GLN}</GLN></Buyer></Order>"
    assert named(put(bare)) == "DICO/INSBOU 003, Order ?"


# -- PAB, ICC, ICF --


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_pab_by_the_width_of_its_lines(put: Put, end: str) -> None:
    assert named(put((artlev() + end) * 3)) == "PAB 2.03, ArtLev"
    assert named(put((artlev(375) + end) * 3)) == "PAB 1, ArtLev"
    assert named(put((artlev() + end) * 3 + "\x1a")) == "PAB 2.03, ArtLev"
    assert named(put(artlev())) == "PAB 2.03, ArtLev"


def test_a_width_alone_is_no_pab(put: Put) -> None:
    assert put(("x" * 623 + "\r\n") * 3).claims == ()
    assert put(("1" * 623 + "\r\n") * 3).claims == ()
    assert put((artlev(mutation="7") + "\r\n") * 3).claims == ()
    assert put(artlev() + "\r\n" + artlev()[:-1] + "\r\n").claims == ()
    assert put((" " * 128 + "\r\n") * 3).claims == ()


def test_a_set_of_pab_files(put: Put) -> None:
    found = put(packed(**{"levering/ARTLEV__TXT": artlev() + "\r\n", "ProdSpec__txt": "what is not known"}))
    assert named(found) == "PAB 2.03, set of files"
    assert found.claim is not None
    assert found.claim.facts["present, and not known"] == "ProdSpec"
    assert not put(packed(ArtLev__txt="something else")).claims[0].sure
    assert put(packed(readme__txt="hello")).claims == ()
    assert put(packed(relatie__txt="hello")).claims == ()


def test_icc_however_its_lines_end(put: Put) -> None:
    header = f"{GLN}{'':7}{'52610368':20}202605040020101.1  Rexel"
    assert named(put(header)) == "ICC 1.1"
    assert named(put(f"{header}\r{'100001':134}\r\n")) == "ICC 1.1"
    assert put(f"{GLN}{'':7}{'52610368':20}202605040020101.2  Rexel\r\n").claims == ()
    assert put(f"{GLN[:12]}x{'':7}{'52610368':20}202605040020101.1  Rexel\r\n").claims == ()
    assert put(f"{GLN};20260504;1.1\r\n").claims == ()


def test_icf_by_its_first_record(put: Put) -> None:
    found = put("BH10\t1.0\tCustomer\tSupplier\t20260504\t2\tREF\r\nFH10\t380\r\n")
    assert named(found) == "ICF"
    assert found.claim is not None
    assert found.claim.facts["date"] == "2026-05-04"
    assert put("BH10;1.0\r\n").claims == ()
    assert put("BH101\t1.0\r\n").claims == ()


# -- zip files and workbooks --


def test_the_one_xml_file_of_a_zip_file_is_what_counts(put: Put) -> None:
    catalogue = "<BMECAT version='2005'><HEADER/></BMECAT>"
    found = put(packed(**{"cat__xml": catalogue, "__MACOSX/._cat__xml": "x", "pictures/": "", "read me__txt": "x"}))
    assert named(found) == "BMEcat 2005"
    assert found.claim is not None
    assert found.claim.member == "cat.xml"
    assert put(packed(a__xml=catalogue, b__xml=catalogue)).claims == ()
    assert named(put(packed(a__json='{"CatalogueId": 1, "Supplier": []}'))) == "ETIM xChange 1.x"


@pytest.mark.parametrize(
    ("sheet", "name"),
    [
        ("B01_COMMERCE", "FAB-DIS 3.0"),
        ("b01_commerce2", "FAB-DIS 3.0"),
        ("01_COMMERCE", "FAB-DIS 2.x"),
        ("COMMERCE", ""),
        ("B01_COMMERCE_OLD", ""),
    ],
)
def test_fabdis_by_its_sheet(put: Put, sheet: str, name: str) -> None:
    workbook = f'<workbook xmlns="x"><sheets><sheet name="{sheet}" sheetId="1"/></sheets></workbook>'
    found = put(packed(**{"xl/workbook__xml": workbook, "[Content_Types]__xml": "<Types/>"}))
    assert (named(found) if found.claims else "") == name
    assert "a workbook with 1 sheet" in found.carrier


def test_a_workbook_is_not_taken_for_a_zipped_xml_file(put: Put) -> None:
    assert put(packed(**{"xl/workbook__xml": "<BMECAT version='1.2'/>"})).claims == ()


# -- own layouts --


def layouts(**columns: list[str]) -> dict[str, LayoutSettings]:
    from pydantic import TypeAdapter

    adapter: TypeAdapter[LayoutSettings] = TypeAdapter(LayoutSettings)
    return {
        name: adapter.validate_python(
            {
                "direction": "import",
                "entity": "article",
                "format": "csv",
                "file": {"delimiter": ";"},
                "columns": [{"column": column, "field": f"f{number}"} for number, column in enumerate(names)],
            }
        )
        for name, names in columns.items()
    }


def fitting(tmp_path: Path, header: str, **columns: list[str]) -> str:
    path = tmp_path / "prices.csv"
    path.write_text(header + "\n1;2;3\n")
    return recognise(path, layouts(**columns)).in_words()


def test_a_layout_takes_a_file_that_has_all_its_columns(tmp_path: Path) -> None:
    assert fitting(tmp_path, "No; Price ;More", a=["No", "Price"]) == "Recognised as layout a (2 of 2 columns)."
    words = fitting(tmp_path, "No;Preis", a=["No", "Price"])
    assert words == (
        "Nobody recognises it: it is text in utf-8. The nearest layout is a (1 of 2 columns, without Price)."
    )


def test_of_two_layouts_that_fit_the_one_counts_that_reads_all_that_the_other_reads_and_more(tmp_path: Path) -> None:
    assert fitting(tmp_path, "No;Price;Text", a=["No", "Price"], b=["No", "Price", "Text"]) == (
        "Recognised as layout b (3 of 3 columns)."
    )
    assert fitting(tmp_path, "No;Price;Text", a=["No", "Price"], b=["No", "Text"]) == (
        "Two layouts claim it: a (2 of 2 columns) or b (2 of 2 columns)."
    )


def test_a_column_that_stands_twice_is_not_found(tmp_path: Path) -> None:
    assert "without Price" in fitting(tmp_path, "No;Price;Price", a=["No", "Price"])


@pytest.mark.parametrize(("header", "called"), [("No,Price", "“,”"), ("No\tPrice", "tabs")])
def test_a_file_that_fits_but_for_its_delimiter_is_not_taken_and_told(tmp_path: Path, header: str, called: str) -> None:
    assert fitting(tmp_path, header, a=["No", "Price"], b=["No", "Text"]) == (
        "Nobody recognises it: it is text in utf-8. The nearest layout is a (it has all 2 columns, but parted by "
        f"{called} in place of “;”)."
    )
    assert "nearest" not in fitting(tmp_path, header, b=["No", "Text"])
