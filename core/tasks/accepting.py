"""Which rule of a watched folder takes a file, by what it was recognised as."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.config.industry_layouts import IndustryImportLayout
from core.errors import Refused
from core.text import listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.config.auto_import import AcceptRule
    from core.config.formats import FormatId
    from core.config.layout_types import LayoutSettings
    from core.exchange.recognition import Recognition


def format_of(rule: AcceptRule, layouts: Mapping[str, LayoutSettings]) -> FormatId | None:
    """Return what a file must be recognised as to be of a rule; None where the columns of its layout tell."""
    layout = layouts.get(rule.layout_name)
    return rule.format or (layout.format if isinstance(layout, IndustryImportLayout) else None)


def choose(
    found: Recognition, rules: Sequence[AcceptRule], name: str, layouts: Mapping[str, LayoutSettings]
) -> AcceptRule:
    """Return the one rule that takes a file.

    Raises:
        Refused: none does, or more than one; the message says what the file was recognised as.
    """
    sure = [claim.format for claim in found.claims if claim.sure]
    own = [fit.layout for fit in found.layouts]
    formats = [format_of(rule, layouts) for rule in rules]
    fitting = [
        rule
        for rule, wanted in zip(rules, formats, strict=True)
        if (wanted in sure if wanted else rule.layout_name in own)
    ]
    if len(fitting) == 1 and len(found.claims) < 2:
        return fitting[0]
    if fitting:
        words = listed(
            [f"layout {rule.layout_name}" + (f" by format {rule.format}" if rule.format else "") for rule in fitting]
        )
        raise Refused(
            f"It is not certain how {name} is to be imported: {found.in_words()}",
            advice=f"It may be {words}. Give each kind of file a folder of its own, or take a rule out.",
        )
    if not found.claims:
        near = f" The nearest is {found.near[0].in_words()}." if found.near else ""
        raise Refused(
            f"Nobody recognises {name}: it is {found.carrier}.{near}",
            advice="Look at the header line, delimiter and encoding of the file and of the layouts.",
        )
    claim = found.claims[0]
    if not claim.sure:
        raise Refused(
            f"It is not certain what {name} is. {found.in_words()}", advice="Ask the sender for a file that says so."
        )
    raise Refused(
        f"No rule of this folder takes {name}. {found.in_words()}",
        advice=f'Add a rule with format = "{claim.format}" to the task.',
    )
