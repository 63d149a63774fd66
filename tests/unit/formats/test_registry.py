"""Every format that the settings offer is there, and can do what they say of it."""

from __future__ import annotations

from typing import get_args

import pytest
from support.format_desk import standard_entities

from core.config.formats import FormatId
from core.config.industry import TRAITS
from core.config.industry_layouts import IndustryImportLayout, IndustryLayout, layout_named, undeclared_layouts
from core.errors import Refused
from core.exchange.formats.contract import Facts
from core.exchange.formats.registry import industry_format, known_formats
from core.exchange.recognition import FORMATS
from core.tasks.standard_parts import refuse_contradiction


def test_settings_and_modules_know_the_same_formats() -> None:
    assert set(known_formats()) == set(TRAITS) <= set(get_args(FormatId)) == set(FORMATS)


@pytest.mark.parametrize("name", known_formats())
def test_a_format_can_do_what_the_settings_say(name: FormatId) -> None:
    form, traits, entities = industry_format(name), TRAITS[name], standard_entities()
    assert form.id == name
    assert bool(traits.reads) == (form.read is not None) == (form.rewrite_rejects is not None)
    assert form.inspect is not None
    assert bool(traits.writes) == (form.write is not None)
    assert {*traits.reads, *traits.writes} <= entities.keys()


@pytest.mark.parametrize("name", known_formats())
def test_a_format_has_a_layout_for_each_direction_without_being_declared(name: FormatId) -> None:
    for direction, entities in (("import", TRAITS[name].reads), ("export", TRAITS[name].writes)):
        layout = layout_named({}, name, direction)
        assert (layout is not None) == bool(entities)
        assert (name in undeclared_layouts(direction)) == bool(entities)
        assert layout is None or (isinstance(layout, IndustryLayout) and layout.direction == direction)
        if isinstance(layout, IndustryImportLayout):
            assert tuple(walk.entity for walk in layout.walks) == entities


def test_what_is_declared_comes_before_what_need_not_be() -> None:
    own = IndustryImportLayout(direction="import", format="icc", description="ours")
    assert layout_named({"icc": own}, "icc", "export") is own
    assert layout_named({}, "csv", "import") is None


@pytest.mark.parametrize(
    ("complete", "delta", "advice"),
    [(True, True, "Set delta = false"), (False, False, "Set delta = true")],
)
def test_a_file_that_contradicts_its_task_is_refused(complete: bool, delta: bool, advice: str) -> None:
    facts = Facts("icc", "ICC", kind="a new catalogue", complete=complete)
    with pytest.raises(Refused, match="a new catalogue") as refused:
        refuse_contradiction(facts, delta, "terms.icc")
    assert advice in refused.value.advice
    assert "leave delta out" in refused.value.advice


@pytest.mark.parametrize(
    ("complete", "delta"), [(True, False), (False, True), (True, None), (False, None), (None, True), (None, False)]
)
def test_a_file_that_agrees_or_says_nothing_is_taken(complete: bool | None, delta: bool | None) -> None:
    refuse_contradiction(Facts("icc", "ICC", complete=complete), delta, "terms.icc")
