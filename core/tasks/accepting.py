"""Which rule of a watched folder takes a file, by what it was recognised as."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.config.formats import READ_BY_LAYOUTS
from core.errors import Refused
from core.text import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.config.auto_import import AcceptRule
    from core.exchange.recognition import Recognition


def choose(found: Recognition, rules: Sequence[AcceptRule], name: str) -> AcceptRule:
    """Return the one rule that takes a file.

    Raises:
        Refused: none does, or more than one; the message says what the file was recognised as.
    """
    sure = [claim.format for claim in found.claims if claim.sure]
    layouts = [fit.layout for fit in found.layouts]
    fitting = [rule for rule in rules if (rule.format in sure if rule.format else rule.layout in layouts)]
    if len(fitting) == 1 and len(found.claims) < 2:
        return fitting[0]
    if fitting:
        words = listed(
            [f"layout {rule.layout}" + (f" by format {rule.format}" if rule.format else "") for rule in fitting]
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
    readable = claim.format in READ_BY_LAYOUTS
    raise Refused(
        f"No rule of this folder takes {name}. {found.in_words()}",
        advice=f'Add a rule with format = "{claim.format}" to the task.'
        if readable
        else "Pendel tells this format, but no layout can read it.",
    )
