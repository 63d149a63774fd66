"""What stands behind a connector that Pendel is: an ERP, in the words of the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from core.errors import PendelError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.links.superoffice.contract import Actor, FieldInfo, Restriction


class ErpError(PendelError):
    """What an ERP does not do; told to who asked, with a ``code`` of the contract where there is one."""

    title = "ERP"

    def __init__(self, message: str, *, advice: str = "", code: str = "") -> None:
        super().__init__(message, advice=advice)
        self.code = code


class Erp(Protocol):
    """An ERP. Any number of threads may use it. Every method raises PendelError where it cannot do what it is asked.

    ``fields`` are the keys of the fields whose values are wanted; all where there are none.
    """

    def config_fields(self) -> Sequence[FieldInfo]:
        """Return the fields by which a connection is configured."""
        ...

    def check_config(self, info: Mapping[str, str]) -> None:
        """Raise ErpError unless a connection may be configured so."""
        ...

    def actor_types(self) -> Sequence[str]:
        """Return the actor types that there are."""
        ...

    def fields(self, actor_type: str) -> Sequence[FieldInfo]:
        """Return the fields of an actor type."""
        ...

    def searchable(self, actor_type: str) -> Sequence[str]:
        """Return the keys of the fields that can be searched by."""
        ...

    def actors(self, actor_type: str, keys: Sequence[str], fields: Sequence[str]) -> Sequence[Actor]:
        """Return actors by their keys; those that are not there are left out."""
        ...

    def search(
        self, actor_type: str, text: str, fields: Sequence[str], *, parent: tuple[str, str] | None = None
    ) -> Sequence[Actor]:
        """Return the actors that a text finds; ``parent`` is type and key of the one that they belong to."""
        ...

    def search_where(
        self, actor_type: str, restrictions: Sequence[Restriction], fields: Sequence[str]
    ) -> Sequence[Actor]:
        """Return the actors for which all restrictions hold."""
        ...

    def changed(self, actor_type: str, since: str, fields: Sequence[str]) -> Sequence[Actor]:
        """Return the actors that were changed at or after a ``LastModified``; all where there is none."""
        ...

    def create(self, actor: Actor, *, asked_by: str) -> Actor:
        """Make an actor, and return it with its key."""
        ...

    def save(self, actors: Sequence[Actor], *, asked_by: str) -> tuple[Sequence[Actor], Sequence[str]]:
        """Change actors by the values that they have; return those that were saved, and why others were not."""
        ...

    def list_items(self, name: str, keys: Sequence[str] | None = None) -> Mapping[str, str]:
        """Return the texts of a list by their ids: all, or those of ``keys``."""
        ...
