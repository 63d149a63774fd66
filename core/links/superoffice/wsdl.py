"""The description (WSDL) of somebody's connector: how it wants its requests written.

Which wrapping a connector uses, and in which namespaces its members stand, is not public; its own description says so.
zeep reads that, and writes requests by it. Replies are read by local names all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit, urlunsplit

from lxml import etree

from core.links.superoffice.contract import OPERATIONS
from core.links.superoffice.messages import Items, tree_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.links.superoffice.contract import Operation, Request
    from core.links.superoffice.messages import Node, Style

_MOST_DOCUMENTS = 40


class BadDescription(ValueError):
    """A description cannot be read, or is not that of an ERP Sync Connector; the text says why."""


class Description:
    """Writes requests as a connector describes them."""

    def __init__(self, address: str, fetch: Callable[[str], bytes]) -> None:
        """Read the description at ``address``; ``fetch`` gets it, and whatever else it consists of.

        Raises:
            BadDescription: as it says.
            PendelError: what ``fetch`` raises.
        """
        from zeep.exceptions import Error as ZeepError
        from zeep.settings import Settings
        from zeep.wsdl import Document
        from zeep.wsdl.bindings import Soap11Binding

        settings, loader = Settings(forbid_dtd=True, forbid_entities=True), cast("Any", _Loader(address, fetch))
        try:
            bindings: list[Any] = list(Document(address, loader, settings=settings).bindings.values())
            found = [cast("Any", each).all() for each in bindings if isinstance(each, Soap11Binding)]
            operations = next((each for each in found if "WSGetConfigData" in each), None)
            missing = [name for name in OPERATIONS if name not in (operations or {})]
        except BadDescription:
            raise
        except (ZeepError, etree.LxmlError, *_BROKEN) as error:
            raise BadDescription(f"its description cannot be read ({type(error).__name__})") from None
        if operations is None:
            raise BadDescription("its description has no operations of an ERP Sync Connector over SOAP 1.1")
        if missing:
            raise BadDescription(f"its description lacks {missing[0]}")
        self._operations: Any = operations

    def style(self, operation: Operation) -> Style:
        """Return how the body of a request is wrapped."""
        names = {name for name, _ in self._operations[operation.name].input.body.type.elements}
        return "bare" if names & {member.name for member in operation.members} else "wrapped"

    def action(self, operation: Operation) -> str:
        """Return what the SOAPAction header says."""
        return str(self._operations[operation.name].soapaction or operation.action)

    def written_request(self, operation: Operation, request: Request) -> bytes:
        """Return the envelope of a request.

        Raises:
            BadDescription: the description has no place for what is to be sent.
            ValueError: a text has characters that XML cannot have.
        """
        from zeep.exceptions import Error as ZeepError

        tree = tree_of(operation.members, request)
        try:
            given: Any = {}
            if operation.members:
                body = self._operations[operation.name].input.body.type
                if self.style(operation) == "bare":
                    given = _filled(body, tree)
                else:
                    ((name, element),) = body.elements
                    given = {name: _filled(element.type, tree)}
            serialized = self._operations[operation.name].create(**given)
        except (ZeepError, etree.LxmlError, *_BROKEN) as error:
            raise BadDescription(f"its description does not fit {operation.name} ({type(error).__name__})") from None
        return etree.tostring(serialized.content, encoding="utf-8", xml_declaration=True)


_BROKEN = (AttributeError, IndexError, KeyError, TypeError, ValueError, RecursionError)
"""What zeep raises besides its own for documents that are not what it expects."""


def _filled(kind: Any, node: Node) -> Any:
    """Return a value as zeep takes it: by the names in the description, of which those are filled that are there."""
    if isinstance(node, str):
        return node
    if isinstance(node, Items):
        ((name, element),) = kind.elements
        return {name: [_filled(element.type, each) for each in node.each]}
    there = dict(kind.elements)
    return {name: _filled(there[name].type, value) for name, value in node.items() if name in there}


class _Loader:
    """What zeep loads documents by. They all come from the connector itself, whatever host their address names."""

    def __init__(self, address: str, fetch: Callable[[str], bytes]) -> None:
        self._scheme, self._netloc = urlsplit(address)[:2]
        self._fetch = fetch
        self._loaded = 0

    def load(self, url: str) -> bytes:
        self._loaded += 1
        if self._loaded > _MOST_DOCUMENTS:
            raise BadDescription(f"its description consists of more than {_MOST_DOCUMENTS} documents")
        # Behind a proxy, a connector names itself as it knows itself.
        parts = urlsplit(url)
        return self._fetch(urlunsplit((self._scheme, self._netloc, parts.path, parts.query, "")))
