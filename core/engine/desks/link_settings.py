"""What is looked at, and what goes along, when the settings of a link are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.config.links import LinkSettings
from core.engine.api.settings import FieldProblem
from core.errors import ConfigError, Problem
from core.links.linkcheck import check_link
from core.links.tested import GoodTests, move
from core.links.tokens import token_name
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.config.model import Config
    from core.config.secrets import SecretReader
    from core.config.vault import Vault


def link_problems(name: str, values: Mapping[str, Any], config: Config) -> list[FieldProblem]:
    """Return what is wrong with a link as far as its connector shows it; its values are good by themselves."""
    found = check_link(name, LinkSettings.model_validate(values), config)
    return [
        FieldProblem(
            each.path[2:],
            clean(f"{each.message}; did you mean {each.suggestion!r}?" if each.suggestion else each.message),
        )
        for each in found
    ]


def refuse_active_untested(name: str, before: str, fresh: Config, secrets: SecretReader) -> None:
    """See that a link that is saved as active was tested with what is saved; ``before`` is the name it has now.

    Raises:
        ConfigError: it was not.
    """
    from core.links.connectors import connector_named
    from core.links.tested import fingerprint

    link = fresh.links[name]
    if not link.active:
        return
    tests = GoodTests(_vault(fresh))
    known = {*tests.of(name), *(tests.of(before) if before else ())}
    if fingerprint(connector_named(link.connector, fresh), link.fields, secrets) not in known:
        message = "with these values it was not tested yet: test it (ctrl+t), or save it as not active"
        raise ConfigError([Problem(clean(fresh.path.name), f"[links.{clean(name)}]", "active", message)])


def follow(name: str, new: str, config: Config) -> None:
    """Let tokens and tests of a link go with its new name; with an empty one, forget them.

    Raises:
        ConfigError: the vault cannot be opened or written.
    """
    vault = _vault(config)
    GoodTests(vault).rename(name, new)
    move(vault, token_name(name), token_name(new) if new else "")


def _vault(config: Config) -> Vault:
    from core.config.vault import Vault

    return Vault(config.data_dir)
