"""The task that keeps the ETIM classification up to date over its API (DP1).

The API cannot say what changed: codes, versions and dates of mutation of all classes are held against those in the
catalogue, and only the classes that differ are fetched. Groups, features, values and units have no such marks, and are
all fetched.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from core.errors import Refused
from core.exchange.codes import Unfit
from core.exchange.codes.languages import fitting, language_tag, with_region
from core.exchange.formats.etim.api import FETCHED, LANGUAGES, OF_CLASS, TERMS, of_class
from core.links.etim import EtimApi
from core.links.values import plain
from core.sql import column_list, quoted_text
from core.tasks.fetched import Fetched
from core.tasks.import_walk import ImportWalk
from core.tasks.link_opening import declared_link
from core.tasks.pickup import SourceFile
from core.text import counted, listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from core.config.classification_tasks import EtimTask
    from core.tasks.context import Outcome, RunContext

_NORWEGIAN = {"no": "nb"}
"""Norwegian is written as Bokmål, which the API says and others do not."""


def run_etim(context: RunContext, task: EtimTask) -> Outcome:
    """Fetch what changed of each release, and import it.

    Raises:
        Refused: the link cannot be used, or the account may not have a language.
        PendelError: what was fetched could not be imported; the releases before it are.
    """
    reading = task.as_import()
    with declared_link(context, task.link) as link:
        update = _Update(context, task, EtimApi(link.connection))
        files = [SourceFile(**known) for known in context.checkpoint.get("files", [])]
        files = files or [SourceFile(release, _system(release), 0, "") for release in task.releases]
        return ImportWalk(context, reading, Fetched(context, task.link, FETCHED, update.fetch), files).carry_out()


class _Update:
    """What one run fetches."""

    def __init__(self, context: RunContext, task: EtimTask, api: EtimApi) -> None:
        self._context = context
        self._task = task
        self._api = api
        self._languages: Mapping[str, str] = {}

    def fetch(self, file: SourceFile, target: Path) -> None:
        """Write what changed of a release into a file."""
        context, api = self._context, self._api
        context.step(f"asking for {file.name}")
        if not self._languages:
            self._languages = languages_of(api.languages(), self._task.languages, context.config.engine.languages)
        listed_ones = {str(row["code"]): row for row in api.classes(file.path)}
        with target.open("w", encoding="utf-8") as out:
            _write(out, {"release": file.path, "languages": self._languages})
            with context.catalogue.session() as session:
                known = self._known(session, file.name)
                wanted = [
                    (code, row["version"])
                    for code, row in sorted(listed_ones.items())
                    if known.get(code) != (str(row.get("version")), str(row.get("mutationDate") or ""))
                ]
                gone = sorted(set(known) - set(listed_ones))
                context.log.info(
                    "%s: %s, of which %s changed and %s gone.",
                    file.name,
                    counted(len(listed_ones), "class", "classes"),
                    f"{len(wanted):,}",
                    f"{len(gone):,}",
                )
                for kind in TERMS:
                    context.step(f"fetching {file.name}, {kind.lower()}s")
                    for row in api.terms(kind):
                        _write(out, {"kind": kind, "row": row})
                belonging = self._belonging(session, file.name, {*gone, *(code for code, _ in wanted)})
            advance = context.step(f"fetching {file.name}, classes", total=len(wanted), unit="classes")
            for number, row in enumerate(api.details(wanted), start=1):
                _write(out, {"kind": "Class", "row": row})
                for entity, record in of_class(row, self._languages):
                    belonging[entity].pop(tuple(record[name] for name in _key(context, entity)), None)
                advance(number, len(wanted))
            for code in gone:
                _write(out, {"gone": "classification_class", "key": {"code": code}})
            for entity, keys in belonging.items():
                for key in keys:
                    _write(out, {"gone": entity, "key": dict(zip(_key(context, entity), key, strict=True))})

    def _known(self, session: DuckDBPyConnection, system: str) -> dict[str, tuple[str, str]]:
        """Return version and date of mutation of the classes that are kept; of none, where languages were added."""
        from core.store.catalogue import find_record

        entities = self._context.config.entities
        kept = find_record(
            session, entities["classification_system"], "", {"code": system}, before_run=self._context.run
        )
        extension = json.loads((kept or {}).get("extension") or "{}")
        if not set(self._languages) <= set(extension.get(LANGUAGES, ())):
            rows = self._rows(session, "classification_class", system, ["code"])
            return {code: ("", "") for (code,) in rows}
        rows = self._rows(session, "classification_class", system, ["code", "version", "mutated"])
        return {code: (version or "", mutated or "") for code, version, mutated in rows}

    def _belonging(
        self, session: DuckDBPyConnection, system: str, classes: set[str]
    ) -> dict[str, dict[tuple[str, ...], None]]:
        """Return by entity the keys of what belongs to these classes now."""
        return {
            entity: {
                row: None
                for row in self._rows(session, entity, system, _key(self._context, entity))
                if row[0] in classes
            }
            for entity in OF_CLASS
        }

    def _rows(self, session: DuckDBPyConnection, entity: str, system: str, names: Sequence[str]) -> list[Any]:
        from core.store.catalogue import select_records, snapshot

        with snapshot(session) as watermark:
            view = select_records(
                session,
                self._context.config.entities[entity],
                assortment="",
                since=None,
                upto=watermark,
                with_archived=False,
                where=f"system = {quoted_text(system)}",
                name=f"kept {entity}",
            )
            columns = ", ".join(f"CAST({column_list([name])} AS VARCHAR)" for name in names)
            return session.execute(f'SELECT {columns} FROM "{view}"').fetchall()


def languages_of(allowed: Sequence[str], chosen: Sequence[str], engine: Sequence[str]) -> dict[str, str]:
    """Return the languages of the API that are taken, each with that of the engine in which its texts are kept.

    Of several that go to the same one, such as nl-NL and nl-BE, the first that was chosen counts; where none was, the
    one that most people mean.

    Raises:
        Refused: the account may not have a language that was chosen, or the engine does not have it.
    """
    by_tag = {_tag(code): code for code in allowed}
    found: dict[str, str] = {}
    for code in chosen:
        if _tag(code) not in by_tag:
            raise Refused(
                f"The account may not have the language {code} of ETIM.",
                advice=f"It may have {listed(allowed, last='and')}.",
            )
        column = _column(_tag(code), engine)
        if column is None:
            raise Refused(
                f"The engine has no language that texts in {code} belong to.", advice="Add it to languages in [engine]."
            )
        if column not in found.values():
            found[by_tag[_tag(code)]] = column
    if chosen:
        return found
    for language in engine:
        fit = [tag for tag in by_tag if _column(tag, [language]) is not None]
        usual = [tag for tag in fit if tag in (_tag(language), _with_region(language))]
        if fit:
            found[by_tag[(usual or fit)[0]]] = language
    return found


def _tag(code: str) -> str:
    """Return a code as BCP 47, Norwegian as Bokmål: no-NO is nb-NO."""
    try:
        tag = language_tag(code)
    except Unfit:
        return code
    language, dash, region = tag.partition("-")
    return f"{_NORWEGIAN.get(language, language)}{dash}{region}"


def _with_region(language: str) -> str:
    try:
        return with_region(_tag(language))
    except Unfit:
        return language


def _column(tag: str, engine: Sequence[str]) -> str | None:
    """Return the language of the engine in which texts in another are kept."""
    tags = {_tag(language): language for language in engine}
    try:
        found = fitting(tag, tags)
    except Unfit:
        return None
    return tags[found] if found else None


def _system(release: str) -> str:
    return release if release.startswith("ETIM-") else f"ETIM-{release}"


def _key(context: RunContext, entity: str) -> list[str]:
    """Return the key fields of what belongs to a class, the class before all, without the system."""
    return [name for name in context.config.entities[entity].key if name != "system"]


def _write(out: Any, line: Mapping[str, Any]) -> None:
    out.write(json.dumps(line, ensure_ascii=False, separators=(",", ":"), default=plain))
    out.write("\n")
