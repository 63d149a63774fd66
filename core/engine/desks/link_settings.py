"""What is looked at, and what goes along, when the settings of a link are written."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from core.config.links import ConnectorSettings, LinkSettings
from core.engine.api.settings import FieldProblem
from core.engine.logs import LOGGER
from core.errors import ConfigError, PendelError, Problem
from core.links.connectors import connector_named, connector_of
from core.links.linkcheck import check_link, why
from core.links.opening import tokens_of
from core.links.tested import GoodTests, fingerprint, move
from core.links.tokens import VaultTokens, token_name
from core.text import clean

if TYPE_CHECKING:
    from core.config.model import Config
    from core.config.secrets import SecretReader
    from core.config.vault import Vault
    from core.links.contract import Surroundings


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


def refuse_plain_passwords(values: Mapping[str, Any], config: Config) -> None:
    """See that no password stands in settings as it is, before anything of them is written anywhere.

    Raises:
        ConfigError: one does; it is not repeated.
    """
    if plain := plain_passwords(values, config):
        message = "a password never stands in the file: type it in the form, or say where it is kept"
        raise ConfigError([Problem("the form", "", f"fields.{clean(name)}", message) for name in plain])


def masked(values: Mapping[str, Any], config: Config) -> dict[str, Any]:
    """Return the settings of a link without a password that somebody wrote into the file as it is."""
    plain = plain_passwords(values, config)
    if not plain:
        return dict(values)
    return {**values, "fields": {name: "…" if name in plain else value for name, value in values["fields"].items()}}


def plain_passwords(values: Mapping[str, Any], config: Config) -> list[str]:
    """Return the fields in which a password stands as it is, as far as the connector shows it."""
    given = values.get("fields")
    if not isinstance(given, Mapping):
        return []
    try:
        known = connector_named(str(values.get("connector", "")), config).known_fields or ()
    except PendelError:
        return []
    passwords = {field.name for field in known if field.type == "password"}
    return [name for name, value in given.items() if name in passwords and value and not isinstance(value, Mapping)]


def connector_problems(values: Mapping[str, Any], config: Config) -> list[FieldProblem]:
    """Return why the definition of a connector cannot be used; its settings are good by themselves."""
    settings = ConnectorSettings.model_validate(values)
    try:
        connector_of(settings, config)
    except PendelError as error:
        return [FieldProblem(("file" if settings.file is not None else "definition",), clean(why(error)))]
    return []


def refuse_active_untested(name: str, before: str, fresh: Config, secrets: SecretReader) -> None:
    """See that a link that is saved as active was tested with what is saved; ``before`` is the name it has now.

    Raises:
        ConfigError: it was not.
    """
    link = fresh.links[name]
    if not link.active:
        return
    tests = GoodTests(_vault(fresh))
    known = {*tests.of(name), *(tests.of(before) if before else ())}
    if fingerprint(connector_named(link.connector, fresh), link.fields, secrets) not in known:
        message = "with these values it was not tested yet: test it, or save it as not active"
        raise ConfigError([Problem(clean(fresh.path.name), f"[links.{clean(name)}]", "active", message)])


def follow(name: str, new: str, config: Config) -> None:
    """Let tokens and tests of a link go with its new name; with an empty one, forget them.

    A refresh that is on its way is waited for: its answer is written under the old name, and no other token counts.

    Raises:
        ConfigError: the vault cannot be opened or written.
        StoreError: the lock file of the link cannot be made.
    """
    vault = _vault(config)
    GoodTests(vault).rename(name, new)
    with VaultTokens(vault, name, lock_dir=config.data_dir).locked():
        move(vault, token_name(name), token_name(new) if new else "")


def follow_back(before: Mapping[str, Any], after: Mapping[str, Any], config: Config) -> None:
    """Let tokens and tests go along where an undo gave a link another name; both are the tables of all links.

    Raises:
        ConfigError: the vault cannot be opened or written.
        StoreError: the lock file of a link cannot be made.
    """
    gone, come = before.keys() - after.keys(), after.keys() - before.keys()
    for name in gone:
        same = [new for new in come if after[new] == before[name]]
        if len(same) == 1:
            follow(name, same[0], config)


def let_go(name: str, around: Surroundings) -> None:
    """Let the system of a link that is about to be deleted forget it; it is asked in its own time, and need not answer.

    Raises:
        ConfigError: the vault cannot be opened.
    """
    tokens = tokens_of(name, around.config).read()
    try:
        connector = connector_named(around.config.links[name].connector, around.config)
    except PendelError:
        return  # nobody can be asked by a definition that cannot be used

    def ask() -> None:
        try:
            connector.let_go(around, tokens=tokens)
        except PendelError as error:
            LOGGER.warning("%s still knows the link %s, which was deleted: %s", connector.title, clean(name), error)

    threading.Thread(target=ask, name=f"let go {name}", daemon=True).start()


def _vault(config: Config) -> Vault:
    from core.config.vault import Vault

    return Vault(config.data_dir)
