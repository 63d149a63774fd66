"""Trying an ETL scheme from a console (:mod:`core.engine.api.schemes`)."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from core.config.schemes import SchemeSettings
from core.engine.api.history import FieldDifference, SampleRecord
from core.engine.api.rights import Right
from core.engine.api.schemes import SchemeTrial, TriedEntity, TriedStep
from core.errors import Refused
from core.stop import StopToken
from core.text import clean

if TYPE_CHECKING:
    from core.engine.door import Door

_SECONDS = 60.0
_SAMPLES = 5
"""Of each kind."""


def try_scheme(door: Door, name: str, values: dict[str, Any], assortment: str) -> SchemeTrial:
    """Carry out a scheme on copies, and tell what it would do."""
    from core.store.catalogue import samples
    from core.tasks.transforming import KINDS, counts_of, in_words, work_out

    door.require(Right.ADMINISTER)
    try:
        scheme = SchemeSettings.model_validate(values)
    except ValidationError:
        raise Refused("The scheme is not complete yet.", advice="Mend what the form names first.") from None
    workspace = door.engine.workspace
    stop = StopToken()
    reason = f"Trying takes more than {_SECONDS:.0f} seconds: start a dry run of a task with this scheme instead."
    watch = threading.Timer(_SECONDS, stop.request, [reason])
    watch.daemon = True
    watch.start()
    try:
        with workspace.catalogue.session() as session:
            worked, planned = work_out(
                session,
                name,
                scheme,
                workspace.config.entities,
                assortment=assortment,
                run=0,
                block_rows=workspace.config.engine.block_rows,
                stop=stop,
            )
            found = [
                _sample(plan.entity.name, sample.kind, sample.as_dict())
                for kind in KINDS
                for plan in planned.plans
                for sample in samples(session, plan, kind, _SAMPLES)
            ]
    finally:
        watch.cancel()
    return SchemeTrial(
        assortment,
        tuple(TriedStep(clean(step.name), in_words(step.kind, step.rows)) for step in worked.steps),
        tuple(TriedEntity(plan.entity.name, counts_of(plan).in_words() or "no records") for plan in planned.plans),
        tuple(found),
        tuple(map(str, planned.unfit[:_SAMPLES])),
    )


def _sample(entity: str, kind: str, sample: dict[str, Any]) -> SampleRecord:
    return SampleRecord(
        kind,
        clean(f"{entity} {', '.join(map(str, sample['key']))}"),
        tuple(FieldDifference(field, _text(old), _text(new)) for field, (old, new) in sample["changes"].items()),
    )


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return None if value is None else clean(str(value), limit=200)
