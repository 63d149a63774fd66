"""The sheets of FAB-DIS and the columns of each, in their order.

Sources: the column mapping of a public importer (3.0), and rivelbab/tta-fabdis (2.x, as far as it goes). The official
kit, with types, lengths and tables of values, needs an account: values are not held against it.
"""

from __future__ import annotations

import re
from typing import Final


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


COLUMNS: Final = {
    "B00_CARTOUCHE": _names(
        """
        NSCRIPT CARTYP DATEDIT DATEAPPLI DEFT DEV CARINFO CARINFOURLT NRB01 NRC05 FABDISV LANG DECSEP GROUPE
        FABRICANT CARMARQUE CARMARQUEURLT CARNOM CARPRENOM CAREMAIL LEGAL LEGALURLT
        """
    ),
    "B01_COMMERCE": _names(
        """
        MARQUE REFCIALE CTYP GTIN REFINFOR GAMME FONCTION LIBELLE40 LIBELLE80 LIBELLE240 DATETARIF TARIF TARIFD QT
        TVA UB QMC MUL QMV QMVT QPKI UC UCCOEF ST DELAI EDI DUG STA DATEPREV DOUANE MKT1 MKT1L MKT2 MKT2L MKT3 MKT3L
        MKT4 MKT4L MKT5 MKT5L FAM1 FAM1L FAM2 FAM2L FAM3 FAM3L
        """
    ),
    "B02_LOGISTIQUE": _names(
        """
        MARQUE REFCIALE LTYP LCODE LQTE LNUM QC QCT LGTIN HAUT HAUTU LARG LARGU PROF PROFU POIDS POIDSU VOL VOLU
        DIAM DIAMU SECT SECTU LINFO
        """
    ),
    "B03_MEDIA": _names(
        """
        MARQUE REFCIALE MTYP MCIB MNUM MCODE MLANG MINFO MVAL MVU MTEXTE MNOM MURL MURLT
        """
    ),
    "B04_REGLEMENTAIRE": _names(
        """
        MARQUE REFCIALE RTYP RFLAG RNUM RCODE1 RCODE2 RCODE3 RQTE RPCT RDATE RVAL RVU RTEXTE RNOM RURL RURLT
        """
    ),
    "C01_EXTENSION": _names(
        """
        MARQUE REFCIALE ETYP EFLAG ENUM ECODE1 ECODE2 EQTE EPCT EDATE EVAL1 EVU1 EVAL2 EVU2 ETEXTE ENOM EURL EURLT
        """
    ),
    "C02_CORRESPONDANCE": _names(
        """
        MARQUE REFCIALE CORTYP CORNUM CORQ REFCIALECOR MARQUECOR CORLOT COROUE CORINFO
        """
    ),
    "C03_VARIANTE": _names(
        """
        MARQUE REFCIALE VCODE VCODELIBELLE VTYP VARIANTE VFABDIS VVALEUR VUNITE VNUMV VNUMR
        """
    ),
    "C04_ETIM": _names(
        """
        MARQUE REFCIALE ARTCLASSID FEATUREID FVALUE GROUPDESC ARTCLASSDESC FEATUREDESC VALUEDESC UNITDESC
        """
    ),
    "C05_ARRET": _names(
        """
        MQEREFARRET REFARRET ATYP ADATE REFCIALEASS MARQUEASS ACODE AQTE AVAL AVU ATEXTE ANOM AURL AURLT
        """
    ),
    "C06_SUBSTITUTION": _names(
        """
        MQEREFOLD REFOLD REFCIALESUB MARQUESUB STYP SINFO SQD SQB SLOT SPCT
        """
    ),
    "F01_PYRAMIDE": _names(
        """
        NIV MKTC MKT MKTL GAMMEP MARQUEP
        """
    ),
}
"""Of 3.0. The number and the order of columns are fixed."""
COLUMNS_2: Final = {
    "01_COMMERCE": _names(
        """
        FABRIQUANT MARQUE GAMME REFCIALE REFARTICLE REFINFOR GTIN13 LIBELLE30 LIBELLE80 LIBELLE240 DATETARIF TARIF
        TARIFD DEV TVA QT UB QMC MUL QMV QMVT ST DELAI EDI DUG STA DATESTA REFANT DATEREC REFE REFNEW REFOLD DOUANE
        HAUTP HAUTPU LARGP LARGPU PROFP PROFPU POIDSP POIDSPU DIAM DIAMU SECT SECTU VP VPU MKT1 MKT1L MKT2 MKT2L
        MKT3 MKT3L MKT4 MKT4L MKT5 MKT5L FAM1 FAM1L FAM2 FAM2L FAM3 FAM3L DLSR MADE
        """
    ),
    "03_MEDIA": _names(
        """
        MARQUE REFCIALE TYPM NUM CODVAL NOM URL URLT
        """
    ),
}
"""What is known of 2.x; there, columns are found by their names only."""
_SHEET = re.compile(r"((?:[BCF][0-9]{2}|[0-9]{2})_[A-Z]+)[0-9]*")


def sheet_of(name: str) -> str:
    """Return the sheet that a name means: in any case; with a number behind it, where there are a million rows."""
    found = _SHEET.fullmatch(name.strip().upper())
    return found[1] if found else ""
