"""What a new table can begin with."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from core.config.config_file import ConfigFile
from core.config.flow_kinds import CATALOGUE, KINDS
from core.config.industry import TRAITS
from core.config.industry_layouts import IndustryLayout
from core.config.introspect import fields_of, models_in, tells_kind, words_of
from core.config.ready_feeds import ready_feeds
from core.engine.api.settings import Template

if TYPE_CHECKING:
    from core.config.base import Settings
    from core.config.layout_types import LayoutSettings
    from core.config.model import Config

_TITLES = {
    "import": "Import: a supplier's file into the catalogue",
    "export": "Export: records of the catalogue into a file",
    "auto-import": "Automatic import: whatever arrives in a folder",
    "feed xml": "Empty: XML",
    "feed json": "Empty: JSON",
    "feed": "Feed: records, and what belongs to them, as XML or JSON",
    "csv-export": "CSV export: several kinds of data, each its own file",
    "etl": "ETL: the steps of a scheme over the records of an assortment",
    **{f"flow {kind.name}": f"Flow: {kind.title.lower()} from one system to another" for kind in KINDS.values()},
    "report": "Report: what queries find, as HTML, PDF, Excel or CSV",
    "export-artikelbeheer": "Artikelbeheer.nl: what is published in the data pool",
    "import-etim": "ETIM: the classification, over its API",
    "import-2ba": "2BA: products, articles and prices that suppliers share",
    "import-opportunities": "CRM: opportunities into the catalogue",
    "update-contacts": "CRM: contacts of the catalogue, updated there",
    "artconnect-invoices": "Art-Connect: invoices, as they come",
    "artconnect-settings": "Art-Connect: how suppliers and points of sale are reached",
    "artconnect-users": "Art-Connect: new user accounts",
}


def templates(kind: str, config: Config) -> list[Template]:
    """Return the templates of a kind: for each type what most of its tables begin with."""
    result: list[Template] = []
    for model in models_in(fields_of(ConfigFile)[kind].annotation):
        keys = [key for key in fields_of(model) if tells_kind(model, key)]
        if not keys:
            return [Template("empty", "Empty", {})]
        # A model of several formats has a template for each of them.
        more = [words_of(model, key)[: None if key == "format" else 1] for key in keys[1:]]
        for word, *rest in product(words_of(model, keys[0]), *more):
            name = " ".join((word, *rest))
            values = {**dict(zip(keys, (word, *rest), strict=True)), **_starting(kind, word, config)}
            result.append(Template(name, _TITLES.get(name) or _title(name, model), values))
    return [*result, *_ready_layouts(config)] if kind == "layouts" else result


def _ready_layouts(config: Config) -> list[Template]:
    """Return the layouts of feeds and reports that ship with Pendel."""
    from core.reports.ready import READY, ready_layout

    feeds = [Template(name, str(table["description"]), table) for name, table in ready_feeds().items()]
    reports = [Template(name, title, ready_layout(name, config.engine.languages)) for name, title in READY.items()]
    return [*feeds, *reports]


def empty_tasks(config: Config) -> list[Template]:
    """Return a template for each type of task that has nothing but what must be given."""
    words = [word for model in models_in(fields_of(ConfigFile)["tasks"].annotation) for word in words_of(model, "type")]
    return [
        Template(f"empty-{word}", f"Empty {word} task", {"type": word, "sequence": next_sequence(config)})
        for word in words
    ]


def next_sequence(config: Config) -> int:
    """Return the sequence number that is proposed for a new task: the next free ten."""
    return (max((task.sequence for task in config.tasks), default=0) // 10 + 1) * 10


def _title(name: str, model: type[Settings]) -> str:
    summary = (model.__doc__ or "").strip().partition("\n")[0].replace("``", "")
    return f"{name}: {summary}" if summary else name


def _entity_of(layout: LayoutSettings) -> str:
    if layout.direction == "import":
        return layout.walks[0].entity
    if isinstance(layout, IndustryLayout):
        return TRAITS[layout.format].writes[0]
    return layout.entity or "article"


def _starting(kind: str, word: str, config: Config) -> dict[str, Any]:
    if kind != "tasks":
        return {}
    common = {"sequence": next_sequence(config), "active": False}
    weekdays = {"kind": "workday", "at": _opening_and_half(config)}
    direction = "import" if word == "auto-import" else word
    layout = next(
        ((name, _entity_of(each)) for name, each in config.layouts.items() if each.direction == direction),
        ("", "article"),
    )
    named = {"entity": layout[1], **({"layout": layout[0]} if layout[0] else {})}
    location = next(iter(config.locations), "")
    match word:
        case "import":
            source: dict[str, Any] = (
                {"source": {"location": location, "path": "*.csv"}} if location else {"file": "*.csv"}
            )
            return {**common, "frequency": weekdays, **named, **source}
        case "export":
            file = "{entity}-{date}.csv"
            return {**common, "frequency": weekdays, **named, **_target(location, file)}
        case "auto-import":
            return {**common, "frequency": {"kind": "arrival"}, "accept": [named]}
        case "feed":
            chosen = config.layouts.get(layout[0])
            ending = chosen.format if chosen is not None and chosen.direction == "feed" else "xml"
            file = f"{{entity}}.{ending}"
            return {**common, "frequency": weekdays, **named, "overwrite": True, **_target(location, file)}
        case "csv-export":
            part = {"entity": "article", "file": "articles-{date}.csv", "fields": ["number"]}
            return {**common, "frequency": weekdays, "exports": [part]}
        case "etl":
            scheme = next(iter(config.schemes), "")
            return {**common, "frequency": weekdays, **({"scheme": scheme} if scheme else {})}
        case "flow":
            link = next(iter(config.links), "")
            return {**common, "frequency": weekdays, **({"source": link} if link else {}), "target": CATALOGUE}
        case "report":
            named.pop("entity")
            return {**common, "frequency": weekdays, **named, "formats": ["html"], "file": "{task}-{date}"}
        case _:
            return {**common, **_starting_exchange(word, location, weekdays)}


def _starting_exchange(word: str, location: str, weekdays: dict[str, Any]) -> dict[str, Any]:
    """Return what a task of a data pool or portal begins with."""
    match word:
        case "export-artikelbeheer":
            return {"frequency": weekdays, **({"location": location} if location else {})}
        case "artconnect-invoices":
            return {"frequency": weekdays, "source": {"location": location, "path": "invoices/*.xml"}}
        case "artconnect-settings" | "artconnect-users":
            path = f"{word.removeprefix('artconnect-')}-{{date}}.xml"
            return {"frequency": weekdays, "target": {"location": location, "path": path}}
        case _:
            return {}


def _target(location: str, file: str) -> dict[str, Any]:
    return {"target": {"location": location, "path": file}} if location else {"file": file}


def _opening_and_half(config: Config) -> str:
    opens, closes = config.engine.window.opens, config.engine.window.closes
    minutes = min(opens.hour * 60 + opens.minute + 30, closes.hour * 60 + closes.minute - 1)
    return f"{minutes // 60:02}:{minutes % 60:02}"
