"""What only the parts that use a table can say of it: DuckDB of expressions, a connector of its links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.engine.api.settings import FieldProblem
from core.engine.desks import tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.config.model import Config


def further_problems(kind: str, name: str, data: Mapping[str, Any], config: Config) -> list[FieldProblem]:
    """Return what else is wrong with a table of ``data``, whose settings are good by themselves."""
    match kind:
        case "layouts":
            return [FieldProblem((), text) for text in layout_texts(data["layouts"][name], config)]
        case "tasks":
            return _condition_problems(data["tasks"][tables.found_place(data, kind, name)[1]], config)
        case "schemes":
            return scheme_problems(data["schemes"][name], config)
        case "connectors":
            from core.engine.desks.link_settings import connector_problems

            return connector_problems(data["connectors"][name], config)
        case "links":
            from core.engine.desks.link_settings import link_problems

            return link_problems(name, data["links"][name], config)
    return []


def warnings_about(kind: str, values: Mapping[str, Any]) -> list[FieldProblem]:
    """Return what is odd about a table and may be written all the same: users and groups that the system lacks."""
    from core.engine.visibility import ACCESS_KEYS, why_unknown

    keys = {"links": ("visible_to",), "access": ACCESS_KEYS}.get(kind, ())
    return [
        FieldProblem((key,), words, warning=True)
        for key in keys
        if isinstance(named := values.get(key), list)
        for each in named
        if isinstance(each, str) and (words := why_unknown(each))
    ]


def _condition_problems(values: Mapping[str, Any], config: Config) -> list[FieldProblem]:
    """What the check of the condition of an export finds."""
    from core.exchange.checking import check_condition

    if values["type"] != "export" or values.get("where") is None:
        return []
    found = check_condition(values["where"], config.entities[values["entity"]])
    return [FieldProblem(("where",), text) for text in found]


def scheme_problems(values: Mapping[str, Any], config: Config) -> list[FieldProblem]:
    """Return what the check of an ETL scheme finds in its steps."""
    from core.config.schemes import SchemeSettings
    from core.store.transform import scheme_faults

    scheme = SchemeSettings.model_validate(values)
    return [
        FieldProblem(("steps", fault.step, "sql"), fault.message) for fault in scheme_faults(scheme, config.entities)
    ]


def layout_texts(values: Mapping[str, Any], config: Config) -> list[str]:
    """Return what the check of a layout finds in its expressions and formats, for which DuckDB is loaded."""
    from pydantic import TypeAdapter

    from core.config.layout_types import LayoutSettings
    from core.reports.checking import layout_problems

    adapter: TypeAdapter[Any] = TypeAdapter(LayoutSettings)
    return layout_problems(adapter.validate_python(values), config.entities, config.engine.languages)
