"""What suppliers and shops call the fields of the standard entities, by language: words that propose, never decide.

Written as in a header, compared without case, accents, spaces and signs. A word that means different things in one
trade (``code``, ``naam``) stands only where it means one thing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

Words = dict[str, str]
"""Words by language, separated by commas."""

_ANY: Mapping[str, Words] = {
    "description": {
        "nl": "omschrijving, beschrijving, artikelomschrijving, productomschrijving, korte omschrijving",
        "en": "short description, article description, item description, product description",
        "de": "beschreibung, bezeichnung, artikelbezeichnung, artikelbeschreibung, kurztext, kurzbeschreibung",
        "fr": "désignation, libellé, description courte",
    },
    "long_description": {
        "nl": "lange omschrijving, uitgebreide omschrijving",
        "en": "long text, full description",
        "de": "langtext, langbeschreibung, ausführliche beschreibung",
        "fr": "description longue",
    },
    "name": {"nl": "naam, productnaam", "en": "product name", "de": "produktname", "fr": "nom"},
    "gtin": {"nl": "ean, ean code, barcode", "en": "ean, ean13, ean code, barcode, upc", "de": "ean, ean code, barcode",
             "fr": "ean, code ean, code barres"},
    "manufacturer": {"nl": "fabrikant", "en": "maker", "de": "hersteller", "fr": "fabricant"},
    "manufacturer_number": {
        "nl": "fabrikantnummer, artikelnummer fabrikant, typenummer",
        "en": "manufacturer part number, mpn, manufacturer number",
        "de": "herstellernummer, hersteller artikelnummer, hersteller artnr",
        "fr": "référence fabricant",
    },
    "brand": {"nl": "merk, merknaam", "en": "brand name, make", "de": "marke, markenname", "fr": "marque"},
    "article_group": {"nl": "artikelgroep", "en": "item group", "de": "artikelgruppe, warengruppe", "fr": "famille"},
    "product_group": {"nl": "productgroep", "en": "category", "de": "produktgruppe", "fr": "groupe de produits"},
    "etim_class": {"nl": "etim, etim klasse", "en": "etim, etim code", "de": "etim, etim klasse", "fr": "classe etim"},
    "status": {"nl": "artikelstatus", "en": "state", "de": "zustand", "fr": "statut"},
    "unit": {
        "nl": "eenheid, verpakkingseenheid, meeteenheid",
        "en": "unit of measure, uom",
        "de": "einheit, mengeneinheit, me",
        "fr": "unité",
    },
    "gross_price": {
        "nl": "bruto, brutoprijs, bruto prijs, adviesprijs, verkoopprijs",
        "en": "list price, price, retail price",
        "de": "brutto, bruttopreis, listenpreis, preis",
        "fr": "prix brut, prix tarif, prix",
    },
    "net_price": {
        "nl": "netto, nettoprijs, netto prijs, inkoopprijs",
        "en": "purchase price, cost price",
        "de": "netto, nettopreis, einkaufspreis, ek preis",
        "fr": "prix net, prix d'achat",
    },
    "currency": {"nl": "valuta, munt", "en": "currency code", "de": "währung", "fr": "devise"},
    "price_unit": {"nl": "prijseenheid", "en": "price per", "de": "preiseinheit", "fr": "unité de prix"},
    "price_valid_from": {
        "nl": "ingang, ingangsdatum, prijs geldig vanaf, ingangsdatum prijs",
        "en": "price date, effective date",
        "de": "preis gültig ab, preisdatum",
        "fr": "date d'effet",
    },
    "discount_group": {"nl": "kortingsgroep", "en": "discount code", "de": "rabattgruppe", "fr": "groupe de remise"},
    "discount": {"nl": "korting", "en": "rebate", "de": "rabatt", "fr": "remise"},
    "vat_rate": {"nl": "btw, btw percentage", "en": "vat", "de": "mwst, mwst satz, ust", "fr": "tva"},
    "order_unit": {"nl": "besteleenheid", "en": "ordering unit", "de": "bestelleinheit", "fr": "unité de commande"},
    "delivery_days": {"nl": "levertijd", "en": "delivery time, lead time", "de": "lieferzeit", "fr": "délai"},
    "weight": {"nl": "gewicht", "en": "gross weight", "de": "gewicht, bruttogewicht", "fr": "poids"},
    "length": {"nl": "lengte", "en": "depth", "de": "länge, tiefe", "fr": "longueur"},
    "width": {"nl": "breedte", "de": "breite", "fr": "largeur"},
    "height": {"nl": "hoogte", "de": "höhe", "fr": "hauteur"},
    "country_of_origin": {"nl": "land van herkomst", "en": "origin", "de": "ursprungsland", "fr": "pays d'origine"},
    "customs_code": {
        "nl": "goederencode, hs code, intrastat code",
        "en": "hs code, tariff code, commodity code",
        "de": "zolltarifnummer, warennummer, hs code",
        "fr": "code douanier",
    },
    "successor": {"nl": "opvolger", "en": "replaced by", "de": "nachfolger", "fr": "remplacé par"},
    "valid_from": {"nl": "geldig vanaf", "en": "start date", "de": "gültig ab", "fr": "valable à partir du"},
    "valid_until": {"nl": "geldig tot", "en": "valid to, end date", "de": "gültig bis", "fr": "valable jusqu'au"},
    "on_hand": {"nl": "voorraad", "en": "stock, quantity on hand", "de": "bestand, lagerbestand", "fr": "stock"},
    "available": {"nl": "beschikbaar", "en": "quantity available", "de": "verfügbar", "fr": "disponible"},
    "location": {"nl": "magazijn, locatie", "en": "warehouse", "de": "lager, lagerort", "fr": "entrepôt"},
    "price_list": {"nl": "prijslijst", "de": "preisliste", "fr": "liste de prix"},
    "quantity_from": {"nl": "vanaf aantal, staffel", "en": "minimum quantity", "de": "ab menge, staffelmenge"},
    "quantity": {"nl": "aantal", "en": "qty", "de": "menge, anzahl", "fr": "quantité"},
    "company": {"nl": "bedrijf, bedrijfsnaam", "en": "company name", "de": "firma", "fr": "société, entreprise"},
    "first_name": {"nl": "voornaam", "en": "given name", "de": "vorname", "fr": "prénom"},
    "last_name": {"nl": "achternaam", "en": "surname, family name", "de": "nachname", "fr": "nom de famille"},
    "salutation": {"nl": "aanhef", "en": "title", "de": "anrede", "fr": "civilité"},
    "street": {"nl": "straat, adres", "en": "address", "de": "straße, anschrift", "fr": "rue, adresse"},
    "house_number": {"nl": "huisnummer", "de": "hausnummer", "fr": "numéro"},
    "postal_code": {"nl": "postcode", "en": "zip, zip code, postcode", "de": "plz, postleitzahl", "fr": "code postal"},
    "city": {"nl": "plaats, woonplaats, stad", "en": "town", "de": "ort, stadt", "fr": "ville"},
    "country": {"nl": "land", "en": "country code", "de": "land", "fr": "pays"},
    "email": {"nl": "mail, emailadres", "en": "mail, email address", "de": "mail, emailadresse", "fr": "courriel"},
    "phone": {"nl": "telefoon, telefoonnummer", "en": "telephone, phone number", "de": "telefon, telefonnummer",
              "fr": "téléphone"},
    "mobile": {"nl": "mobiel", "en": "cell phone", "de": "mobil, handy", "fr": "portable"},
    "vat_number": {"nl": "btw nummer", "en": "vat id", "de": "ustid, ust idnr, umsatzsteuer id", "fr": "numéro de tva"},
    "registration_number": {"nl": "kvk, kvk nummer", "en": "company number", "de": "handelsregisternummer",
                            "fr": "siret, siren"},
    "payment_condition": {"nl": "betalingsconditie", "en": "payment terms", "de": "zahlungsbedingung",
                          "fr": "conditions de paiement"},
    "ordered_on": {"nl": "orderdatum, besteldatum", "en": "order date", "de": "bestelldatum", "fr": "date de commande"},
    "invoiced_on": {"nl": "factuurdatum", "en": "invoice date", "de": "rechnungsdatum", "fr": "date de facture"},
    "due_on": {"nl": "vervaldatum", "en": "due date", "de": "fälligkeit", "fr": "échéance"},
    "total": {"nl": "totaal", "en": "grand total", "de": "gesamt, gesamtbetrag", "fr": "total ttc"},
    "language": {"nl": "taal", "en": "language code", "de": "sprache", "fr": "langue"},
    "remark": {"nl": "opmerking", "en": "comment, note", "de": "bemerkung", "fr": "remarque"},
}  # fmt: skip

_NUMBERS: Mapping[str, Words] = {
    "article": {
        "nl": "artikelnummer, artikelnr, artikel nr, artnr, art nr, bestelnummer, artikelcode",
        "en": "article number, article no, item number, item no, sku, part number",
        "de": "artikelnummer, artikelnr, artikel nr, artnr, art nr, bestellnummer, sachnummer",
        "fr": "référence, numéro d'article, code article",
    },
    "product": {
        "nl": "productnummer, productnr, productcode",
        "en": "product number, product no, product code, product id",
        "de": "produktnummer, produktnr, produktcode",
        "fr": "numéro de produit, code produit",
    },
    "customer": {
        "nl": "klantnummer, klantnr, debiteurnummer",
        "en": "customer number, customer no, customer id",
        "de": "kundennummer, kundennr, debitorennummer",
        "fr": "numéro de client, code client",
    },
    "organisation": {
        "nl": "relatienummer, organisatienummer, leveranciersnummer",
        "en": "organisation number, organization number, supplier number",
        "de": "organisationsnummer, lieferantennummer, firmennummer",
        "fr": "numéro d'organisation",
    },
    "contact": {
        "nl": "contactnummer, contactpersoonnummer",
        "en": "contact number, contact id",
        "de": "kontaktnummer, ansprechpartnernummer",
        "fr": "numéro de contact",
    },
    "order": {
        "nl": "ordernummer, ordernr",
        "en": "order number, order no, order id",
        "de": "auftragsnummer, auftragsnr",
        "fr": "numéro de commande",
    },
    "invoice": {
        "nl": "factuurnummer, factuurnr",
        "en": "invoice number, invoice no",
        "de": "rechnungsnummer, rechnungsnr",
        "fr": "numéro de facture",
    },
}
"""What the number of a record is called, in its own files and where others refer to it."""


def synonyms(entity: str, field: str, refers_to: str | None) -> Words:
    """Return what a field of an entity is called elsewhere; nothing where no word is known."""
    if refers_to is not None and refers_to != entity and refers_to in _NUMBERS:
        return _NUMBERS[refers_to]
    if field == "number" and entity in _NUMBERS:
        return _NUMBERS[entity]
    return _ANY.get(field, {})
