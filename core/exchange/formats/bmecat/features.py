"""Classes and features of an article (BMEcat 2005, PRODUCT_FEATURES; the ETIM guideline says what values may be).

BMEcat 2005.1 puts features into groups, which files of ECLASS do in any version, and at any depth.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from core.exchange.formats.bmecat.extension import Rest, attributes_of, attributes_only
from core.exchange.formats.bmecat.names import OWN_SYSTEM
from core.exchange.formats.bmecat.texts import language_of, number, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element as Element

    from core.exchange.formats.bmecat.gathered import Catalogue, Gathered
    from core.exchange.formats.bmecat.texts import Values

CLASS_FIELDS: Final = ["article", "system", "class", "extension"]
FEATURE_FIELDS: Final = (
    "article", "system", "feature", "occurrence", "class", "value", "value_to", "unit", "reason", "sort_order",
    "extension",
)  # fmt: skip
REASONS: Final = frozenset({"NA", "MV", "UN"})
"""Why a feature of ETIM has no value: not applicable, missing, unknown."""
NO_VALUE: Final = "-"
FORM: Final = "FORM"
"""Stands at the beginning of an extension for how a feature was written."""
PLACE: Final = "place"
"""An attribute that no file has: which of the groups of an article it is."""
_ETIM_CLASS = re.compile(r"EC[0-9]{6}", re.ASCII)


def read_features(element: Element, catalogue: Catalogue, gathered: Gathered) -> None:
    """Gather one PRODUCT_FEATURES: a class, and values of its features."""
    names = catalogue.names
    found: dict[str, Element] = {}
    rest = Rest()
    features: list[Element] = []
    grouped: list[tuple[Element, str]] = []
    groups = 0
    for child in element:
        name = names[child.tag]
        if name == "FEATURE":
            features.append(child)
        elif name == "FEATURE_GROUP":
            groups += 1
            grouped += [(each, f"{groups}") for each in _of_group(child, groups, rest, catalogue)]
        elif name in _CLASS and name not in found:
            found[name] = child
        else:
            rest.add(child)
    system, code = (text(found[name]) if name in found else "" for name in _CLASS[:2])
    title = found.get(_CLASS[2])
    if code:
        rest.add_attributes(found[_CLASS[1]])
    elif title is not None:
        code = text(title)
    _class(element, system, code, title, rest.text(), catalogue, gathered)
    if system.startswith("ETIM"):
        features = _take_plain(features, system, code, catalogue, gathered)
    for each, group in [*((each, "") for each in features), *grouped]:
        _Feature(catalogue, system or OWN_SYSTEM, code, group).read(each, gathered)


def _of_group(element: Element, number: int, rest: Rest, catalogue: Catalogue) -> list[Element]:
    """Keep a FEATURE_GROUP without its features (BMEcat 2005.1), and return these; in files of ECLASS at any depth."""
    names, inner, features = catalogue.names, Rest(), []
    for child in element.iterdescendants():
        above = child.getparent()
        around = names[above.tag] if above is not None else ""
        if names[child.tag] == "FEATURE" and around != "FEATURE":
            features.append(child)
        elif above is element and names[child.tag] != "FEATURE_GROUP":
            inner.add(child)
    rest.add_xml(f'<FEATURE_GROUP {PLACE}="{number}"{attributes_of(element)}>{inner.text()}</FEATURE_GROUP>')
    return features


def _class(
    element: Element,
    system: str,
    code: str,
    title: Element | None,
    extension: str,
    catalogue: Catalogue,
    gathered: Gathered,
) -> None:
    if not system or not code:
        if extension:
            gathered.rest.add_xml(extension, "PRODUCT_FEATURES")
        return
    values: Values = {"system": system, "class": code, "extension": extension}
    if title is not None:
        values["extension"] += catalogue.texts.put(values, "class_name", title)
    gathered.add("article_class", values, element.sourceline or 0)
    if system.startswith("ETIM") and _ETIM_CLASS.fullmatch(code):
        gathered.values["etim_class"] = code


def _take_plain(
    features: list[Element], system: str, code: str, catalogue: Catalogue, gathered: Gathered
) -> list[Element]:
    """Take the features of ETIM that are nothing but a code and a value; return the others.

    They are most of a file, so there is no more here than has to be.
    """
    names, take, others = catalogue.names, gathered.plain.append, []
    seen = gathered.seen.setdefault(system, {})
    for each in features:
        if len(each) == 2:
            name, value = each[0], each[1]
            if (
                names[name.tag] == "FNAME"
                and names[value.tag] == "FVALUE"
                # Texts in a language of their own are not plain. Most have no attribute, which is quicker to ask.
                and not (name.keys() and (name.get("lang") or name.get("locale")))
                and not (value.keys() and (value.get("lang") or value.get("locale")))
                and (feature := (name.text or "").strip())
            ):
                count = seen[feature] = seen.get(feature, 0) + 1
                take(((system, feature, f"{count}", code, (value.text or "").strip()), each.sourceline or 0))
                continue
        others.append(each)
    return others


class _Feature:
    """One FEATURE while it is read."""

    __slots__ = ("by_name", "catalogue", "details", "etim", "feature", "form", "found", "kind", "rest", "values")

    def __init__(self, catalogue: Catalogue, system: str, code: str, group: str = "") -> None:
        self.catalogue = catalogue
        self.values: Values = {"system": system, "class": code}
        self.etim = system.startswith("ETIM")
        self.feature = ""
        self.by_name = False
        self.found: list[tuple[str | None, str]] = []
        """The values, each with its language where one is said."""
        self.details: list[Element] = []
        self.kind = ""
        self.form = group
        """In which group it stands, and which elements said what: for whoever writes it again."""
        self.rest: Rest | None = None

    def read(self, element: Element, gathered: Gathered) -> None:
        names = self.catalogue.names
        for child in element:
            take = _FEATURE.get(names[child.tag])
            if take is not None:
                take(self, child)
            else:
                self.keep(child)
        line = element.sourceline or 0
        if not self.feature:
            gathered.rejected.append(("article_feature", "has no name", "FEATURE", "", line))
            return
        values = self.values
        values["feature"] = self.feature
        if self.etim and self.by_name:
            # ETIM writes codes where others have names; a code is no name in any language.
            for column in [each for each in values if each.startswith("name.") and values[each] == self.feature]:
                del values[column]
        self._put_values()
        self._put_details()
        form = f"<{FORM}>{self.form.strip()}</{FORM}>" if self.form else ""
        if form or self.rest is not None:
            values["extension"] = form + (self.rest.text() if self.rest is not None else "")
        gathered.add("article_feature", values, line)

    def keep(self, element: Element, *path: str) -> None:
        """Keep what no field is made for."""
        self.rest = self.rest or Rest()
        self.rest.add(element, *path)

    def keep_xml(self, written: str, *path: str) -> None:
        """Keep what is written already, if anything is."""
        if written:
            self.rest = self.rest or Rest()
            self.rest.add_xml(written, *path)

    def take_text(self, field: str, element: Element, *path: str) -> None:
        """Put a text into the field of its language."""
        self.keep_xml(self.catalogue.texts.put(self.values, field, element), *path)

    def take_value(self, element: Element) -> None:
        if written := (element.text or "").strip():
            self.found.append((language_of(element), written))
            if element.get("locale"):
                self.keep_xml(attributes_only(element))

    def take_name(self, element: Element) -> None:
        texts = self.catalogue.texts
        if not self.feature or (self.by_name and language_of(element) in (None, texts.language)):
            self.feature = text(element)
        self.by_name = True
        self.take_text("name", element)

    def take_template(self, element: Element) -> None:
        for child in element:
            name = self.catalogue.names[child.tag]
            if name == "FT_ID":
                self.feature = text(child)
            elif name == "FT_NAME":
                self.take_text("name", child, "FTEMPLATE")
            else:
                self.keep(child, "FTEMPLATE")

    def take_reference(self, element: Element) -> None:
        self.feature = text(element)
        self.form += " FT_IDREF"

    def take_value_reference(self, element: Element) -> None:
        self.found.append((None, text(element)))
        if not self.form.endswith("VALUE_IDREF"):
            self.form += " VALUE_IDREF"

    def take_unit(self, element: Element) -> None:
        self.values["unit"] = text(element)

    def take_details(self, element: Element) -> None:
        self.details.append(element)

    def take_order(self, element: Element) -> None:
        self.values["sort_order"] = number(text(element))

    def take_description(self, element: Element) -> None:
        self.take_text("description", element)

    def take_kind(self, element: Element) -> None:
        self.kind = text(element)
        if self.kind != "range":
            self.keep(element)

    def _put_values(self) -> None:
        found, values, texts = self.found, self.values, self.catalogue.texts
        if any(language is not None for language, _ in found):
            for language, written in found:
                texts.put_text(values, "value_text", language, written)
            said = [language for language, _ in found]
            chosen = texts.language if texts.language in said else said[0]
            found = [each for each in found if each[0] in (chosen, None)]
        if len(found) == 2 and (self.kind == "range" or (self.etim and not self.kind)):
            values["value"], values["value_to"] = found[0][1], found[1][1]
        elif found:
            values["value"] = "\n".join(written for _, written in found)

    def _put_details(self) -> None:
        for element in self.details:
            written = text(element)
            if self.etim and written in REASONS and self.values.get("value") == NO_VALUE:
                self.values["reason"] = written
                del self.values["value"]
            else:
                self.take_text("details", element)


_CLASS: Final = ("REFERENCE_FEATURE_SYSTEM_NAME", "REFERENCE_FEATURE_GROUP_ID", "REFERENCE_FEATURE_GROUP_NAME")
_FEATURE: Final[dict[str, Callable[[_Feature, Element], None]]] = {
    "FNAME": _Feature.take_name,
    "FVALUE": _Feature.take_value,
    "FT_IDREF": _Feature.take_reference,
    "FTEMPLATE": _Feature.take_template,
    "VALUE_IDREF": _Feature.take_value_reference,
    "FUNIT": _Feature.take_unit,
    "FORDER": _Feature.take_order,
    "FDESCR": _Feature.take_description,
    "FVALUE_DETAILS": _Feature.take_details,
    "FVALUE_TYPE": _Feature.take_kind,
}


def number_others(gathered: Gathered) -> None:
    """Number the features that are not plain, so that each has a key; plain ones of the same name come before them."""
    seen = gathered.seen
    for values, _ in gathered.related.get("article_feature", ()):
        of_system, feature = seen.setdefault(values["system"], {}), values["feature"]
        count = of_system[feature] = of_system.get(feature, 0) + 1
        values["occurrence"] = str(count)
