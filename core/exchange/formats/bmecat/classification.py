"""A classification that a catalogue brings along (CLASSIFICATION_SYSTEM): the system, and the tree of its classes.

Its classes come one by one, for a catalogue may have all of ECLASS in it. Templates of features, values and units are
not read; how many there were is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from core.exchange.formats.bmecat.texts import text
from core.exchange.formats.xml_items import children, local_name
from core.text import clean

if TYPE_CHECKING:
    from core.exchange.formats.bmecat.gathered import Catalogue
    from core.exchange.formats.bmecat.texts import Values
    from core.exchange.formats.rawfile import RawFile
    from core.exchange.formats.xml_items import XmlItem

_NAME: Final = "CLASSIFICATION_SYSTEM_NAME"
_CLASS: Final = "CLASSIFICATION_GROUP"
CLASSIFICATION_ITEMS: Final = (_NAME, "CLASSIFICATION_SYSTEM_FULLNAME", "CLASSIFICATION_SYSTEM_VERSION", _CLASS)
SYSTEM_FIELDS: Final = ("code", "version")
CLASS_FIELDS: Final = ("system", "code", "parent")
WORDS: Final = {f"{_CLASS}_NAME": "name", f"{_CLASS}_DESCR": "description"}


@dataclass(slots=True)
class Classifications:
    """Takes in the systems of a catalogue, one after another."""

    systems: RawFile
    classes: RawFile
    _system: Values | None = None
    _line: int = 0

    def take(self, item: XmlItem, catalogue: Catalogue) -> None:
        """Take in one of :data:`CLASSIFICATION_ITEMS`."""
        if item.name == _NAME:
            self.end()
            self._system, self._line = {"code": text(item.element)}, item.line
        elif self._system is None:
            return
        elif item.name == _CLASS:
            self._class(item, catalogue, self._system["code"])
        elif item.name.endswith("VERSION"):
            self._system["version"] = text(item.element)
        else:
            catalogue.texts.put(self._system, "name", item.element)

    def end(self) -> None:
        """Add the system that was met last."""
        if self._system is not None and self._system["code"]:
            self.systems.add(self._system, line=self._line, place=f"{_NAME} {clean(self._system['code'], limit=40)}")
        self._system = None

    def _class(self, item: XmlItem, catalogue: Catalogue, system: str) -> None:
        values: Values = {"system": system}
        for child in item.element:
            name = local_name(child)
            if name == f"{_CLASS}_ID":
                values["code"] = text(child)
            elif name == f"{_CLASS}_PARENT_ID":
                values["parent"] = text(child)
            elif word := WORDS.get(name):
                catalogue.texts.put(values, word, child)
        place = f"{_CLASS} {clean(values.get('code', ''), limit=40)}"
        self.classes.add(values, line=item.line, item=item.number, place=place)
        if next(children(item.element, f"{_CLASS}_FEATURE_TEMPLATES"), None) is not None:
            catalogue.doubts["Classes whose templates of features were not read"] += 1
