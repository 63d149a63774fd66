"""What is in a file, value by value, and what another one has lost of it."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lxml import etree

from core.exchange.codes.languages import fitting
from core.exchange.formats.bmecat.names import NEW_NAMES
from core.exchange.formats.pab.records import RECORDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from lxml.etree import _Element as Element

Values = Counter[tuple[str, str, str]]
"""How often a value occurs: by its article, its path and itself."""


class Comparison:
    """What the files of one format have lost or gained; each reason in the list must be needed."""

    def __init__(self, explained: Mapping[str, str]) -> None:
        """``explained``: what may differ, as a pattern of its path, and why."""
        self._explained = explained
        self._used: set[str] = set()
        self.unexplained: list[str] = []

    def compare(self, file: str, before: Values, after: Values) -> None:
        for what, values in (("lost", before - after), ("new", after - before)):
            for (owner, path, value), count in values.items():
                found = [each for each in self._explained if re.search(f"{each}$", path)]
                self._used.update(found[:1])
                if not found:
                    self.unexplained.append(f"{file}, {what} {count} times: {owner} {path} {value[:60]!r}")

    def finish(self, *, all_needed: bool = True) -> None:
        assert not self.unexplained, "\n".join(self.unexplained)
        unneeded = set(self._explained) - self._used
        assert not (all_needed and unneeded), f"not needed: {unneeded}"


def normal(text: str) -> str:
    """A value without what does not matter: blanks, zeros at the ends of numbers, TRUE in capitals."""
    text = " ".join(text.split())
    if re.fullmatch(r"[-+]?[0-9]*[.,]?[0-9]+", text):
        return f"{Decimal(text.replace(',', '.')).normalize():f}"
    return text.lower() if text in ("TRUE", "FALSE") else text


def parsed(path: Path) -> Element:
    parser = etree.XMLParser(load_dtd=False, no_network=True, resolve_entities=False, remove_comments=True)
    return etree.parse(path, parser).getroot()


def languages(root: Element) -> tuple[str, ...]:
    """The languages that a catalogue says, and those that its texts say, the default before all."""
    said = [each.text or "" for each in root.iter("{*}LANGUAGE") if each.get("default") == "true"]
    said += [each.text or "" for each in root.iter("{*}LANGUAGE")]
    said += [each.get("lang", "") for each in root.iter() if isinstance(each.tag, str) and each.get("lang")]
    return tuple(dict.fromkeys(found for each in said if (found := fitting(each, ALL_LANGUAGES)))) or ("de",)


ALL_LANGUAGES = ("nl", "en", "de", "fr", "es", "it", "pt", "pl", "cs", "da", "fi", "sv", "no", "hu", "ru", "zh", "tr")


def of_xml(root: Element) -> Values:
    """The values of a document; what has neither text nor attributes says nothing."""
    found: Values = Counter()
    default = languages(root)[0]

    def walk(element: Element, path: str, owner: str) -> None:
        name = etree.QName(element).localname
        name = NEW_NAMES.get(name, name)
        path = f"{path}/{name}"
        if name == "PRODUCT":
            owner = next((each.text or "" for each in element if "SUPPLIER_" in str(each.tag)), "")
        if text := normal(element.text or ""):
            found[owner, path, text] += 1
        for key, value in element.attrib.items():
            attribute = etree.QName(key).localname
            said = fitting(value, ALL_LANGUAGES) if attribute == "lang" and path != "/BMECAT" else normal(value)
            if attribute != "lang" or said != default:
                found[owner, f"{path}@{attribute}", said or ""] += 1
        for child in element:
            walk(child, path, owner)

    walk(root, "", "")
    return found


def of_json(value: Any) -> Values:
    def walk(value: Any, path: str) -> Iterator[tuple[str, str, str]]:
        if isinstance(value, dict):
            for name, member in value.items():
                yield from walk(member, f"{path}/{name}")
        elif isinstance(value, list):
            for member in value:
                yield from walk(member, path)
        else:
            yield "", path, normal(str(value))

    return Counter(walk(value, ""))


def of_pab(path: Path) -> Values:
    """The values of a set of PAB by their fields."""
    found: Values = Counter()
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            record = RECORDS[name.removesuffix(".txt").casefold()]
            for line in archive.read(name).decode("latin-1").splitlines():
                values = record.fixed.values(line).items()
                found.update(("", f"/{record.name}/{field}", normal(value)) for field, value in values)
    return found
