"""ETL schemes: SQL steps over working copies of records, whose outcome goes into the catalogue as an import's does."""

from __future__ import annotations

from core.store.transform.checking import CheckedStep, SchemeFault, checked_scheme, scheme_faults
from core.store.transform.empty_tables import known_to
from core.store.transform.outcome import Outcome, Unfit, plan_outcomes
from core.store.transform.working import StepResult, Worked, carry_out_steps

__all__ = [
    "CheckedStep",
    "Outcome",
    "SchemeFault",
    "StepResult",
    "Unfit",
    "Worked",
    "carry_out_steps",
    "checked_scheme",
    "known_to",
    "plan_outcomes",
    "scheme_faults",
]
