"""Layouts of the formats of the industry, which need no columns: they say what is done otherwise than usual."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import StrictStr

from core.config.base import EntityName, Settings, setting
from core.config.industry import (
    TRAITS,
    BmecatHeader,
    DicoHeader,
    EtimBmecatHeader,
    IccHeader,
    PabHeader,
    SalesHeader,
    XchangeHeader,
    traits_of,
)
from core.config.layouts import ColumnRef, ExportColumn, ImportColumn, ImportPass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.config.layout_types import LayoutSettings


class PartColumn(ImportColumn):
    """Where the value of one field comes from; the columns of such a file are named as the fields that they fill."""

    column: ColumnRef | None = setting(None, title="Column", help="The field that the format fills.", refers="fields")


class WrittenField(ExportColumn):
    """With what value a field is written."""

    column: StrictStr = setting(title="Column", help="The field as the format writes it.", refers="fields")


class ImportPart(Settings):
    """What is taken otherwise than by its name, of the records of one entity in a file of an industry format."""

    entity: EntityName = setting(title="Entity", refers="entities")
    columns: list[PartColumn] = setting(
        title="Columns", help="Fields of which the value does not come from the column of their name.", min_length=1
    )


class ExportPart(Settings):
    """What is written otherwise than by its name, of the records of one entity in a file of an industry format."""

    entity: EntityName = setting(title="Entity", refers="entities")
    columns: list[WrittenField] = setting(
        title="Columns",
        help="Fields, named as columns, that are written with another value than their own.",
        min_length=1,
    )


class _IndustryLayout(Settings):
    description: StrictStr = setting("", title="Description")


class IndustryImportLayout(_IndustryLayout):
    """Reads an industry format, whose fields go where they belong; only what is taken otherwise is said here."""

    direction: Literal["import"] = setting(title="Direction")
    format: Literal[
        "icc",
        "bmecat",
        "etim-bmecat",
        "pab",
        "dico-insbou",
        "dico-sales",
        "fab-dis",
        "etim-csv",
        "etim-ixf",
        "etim-xchange",
    ] = setting(title="Format")
    parts: list[ImportPart] = setting(list, title="Parts", help="Empty: all fields are taken as they come.")

    @property
    def walks(self) -> tuple[ImportPass, ...]:
        """What is read of the file, in order, with the columns that are taken otherwise."""
        own = {part.entity: part.columns for part in self.parts}
        return tuple(
            ImportPass.model_construct(entity=name, columns=[*own.get(name, [])]) for name in TRAITS[self.format].reads
        )


class _IndustryExport(_IndustryLayout):
    direction: Literal["export"] = setting(title="Direction")
    parts: list[ExportPart] = setting(list, title="Parts", help="Empty: all fields are written as they are.")


class IccExportLayout(_IndustryExport):
    """Writes ICC: the conditions of a customer."""

    format: Literal["icc"] = setting(title="Format")
    header: IccHeader = setting(IccHeader, title="Header")


class BmecatExportLayout(_IndustryExport):
    """Writes BMEcat: articles with what belongs to them."""

    format: Literal["bmecat"] = setting(title="Format")
    header: BmecatHeader = setting(BmecatHeader, title="Header")


class EtimBmecatExportLayout(_IndustryExport):
    """Writes BMEcat by the guideline of ETIM."""

    format: Literal["etim-bmecat"] = setting(title="Format")
    header: EtimBmecatHeader = setting(EtimBmecatHeader, title="Header")


class PabExportLayout(_IndustryExport):
    """Writes PAB: articles with their prices and surcharges, or products."""

    format: Literal["pab"] = setting(title="Format")
    header: PabHeader = setting(PabHeader, title="Header")


class InsbouExportLayout(_IndustryExport):
    """Writes DICO/INSBOU003: orders, order responses, despatch advices or invoices."""

    format: Literal["dico-insbou"] = setting(title="Format")
    header: DicoHeader = setting(DicoHeader, title="Header")


class SalesExportLayout(_IndustryExport):
    """Writes DICO/SALES005: a price catalogue, or, where that is allowed, the messages of the order family."""

    format: Literal["dico-sales"] = setting(title="Format")
    header: SalesHeader = setting(SalesHeader, title="Header")


class XchangeExportLayout(_IndustryExport):
    """Writes ETIM xChange 2.0: articles with what belongs to them, under their products."""

    format: Literal["etim-xchange"] = setting(title="Format")
    header: XchangeHeader = setting(XchangeHeader, title="Header")


IndustryExportLayout = (
    IccExportLayout
    | BmecatExportLayout
    | EtimBmecatExportLayout
    | PabExportLayout
    | InsbouExportLayout
    | SalesExportLayout
    | XchangeExportLayout
)
IndustryLayout = IndustryImportLayout | IndustryExportLayout

INDUSTRY_EXPORTS: Mapping[str, type[IndustryExportLayout]] = {
    "icc": IccExportLayout,
    "bmecat": BmecatExportLayout,
    "etim-bmecat": EtimBmecatExportLayout,
    "pab": PabExportLayout,
    "dico-insbou": InsbouExportLayout,
    "dico-sales": SalesExportLayout,
    "etim-xchange": XchangeExportLayout,
}


def layout_named(layouts: Mapping[str, LayoutSettings], name: str, direction: str) -> LayoutSettings | None:
    """Return the layout that a task means: one that is declared, or else the format of the industry of that name.

    A format has a layout for each direction without being declared; None where neither is there.
    """
    if name in layouts:
        return layouts[name]
    traits = traits_of(name)
    if traits is None:
        return None
    if direction == "import" and traits.reads:
        return IndustryImportLayout.model_validate({"direction": "import", "format": name})
    if direction == "export" and traits.writes:
        return INDUSTRY_EXPORTS[name].model_validate({"direction": "export", "format": name})
    return None


def undeclared_layouts(direction: str = "") -> tuple[str, ...]:
    """Return the names of the layouts that need not be declared, of one direction or of both."""
    wanted = {"import": ("reads",), "export": ("writes",)}.get(direction, ("reads", "writes"))
    return tuple(name for name, traits in TRAITS.items() if any(getattr(traits, each) for each in wanted))
