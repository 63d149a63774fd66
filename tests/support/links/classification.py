"""A small classification at the ETIM API, as a test puts it there and changes it."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from support.links.etim import LANGUAGES, Etim
from support.links.rest_server import Answer, Asked

Json = dict[str, Any]


class Classification(Etim):
    """The account may have ``languages``; texts come in all of them."""

    languages: tuple[str, ...] = LANGUAGES

    def content(self, asked: Asked) -> Answer:
        if asked.path.endswith("Misc/LanguagesAllowed"):
            return Answer(200, [{"code": code, "description": code} for code in self.languages])
        return super().content(asked)

    def put(self, kind: str, code: str, **more: Any) -> Json:
        """Put a group, feature, value or unit there."""
        row = {"code": code, "deprecated": False, "translations": self._texts(code), **more}
        self.rows[kind].append(row)
        return row

    def put_class(self, code: str, *features: Json, version: int = 1, **more: Any) -> None:
        """Put a class of DYNAMIC there, in place of the one that has its code."""
        self.drop_class(code)
        row = {
            "code": code,
            "version": version,
            "status": 5,
            "mutationDate": f"2026-01-{version:02}T07:16:06.467",
            "modelling": False,
            "group": {"code": "EG000001"},
            "releases": ["DYNAMIC"],
            "features": list(features),
            "translations": self._texts(code, synonyms=[f"synonym of {code}"]),
            **more,
        }
        self.rows["Class"].append(row)

    def drop_class(self, *codes: str) -> None:
        """Take classes away."""
        self.rows["Class"] = [row for row in self.rows["Class"] if row["code"] not in codes]

    def _texts(self, code: str, **more: Any) -> list[Json]:
        return [{"languagecode": each, "description": f"{code} in {each}", **more} for each in self.languages]


def definition(url: str) -> str:
    """Return the definition that Pendel brings along, with a server on loopback in place of the vendor's."""
    text = (files("core.links.ready") / "etim-api.toml").read_text(encoding="utf-8")
    for host in ("https://etimapi.etim-international.com", "https://etimauth.etim-international.com"):
        text = text.replace(host, url)
    return text
