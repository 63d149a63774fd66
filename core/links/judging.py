"""What a reply says: its members, its rows, and whether it is a success."""

from __future__ import annotations

import email.utils
import json
from decimal import Decimal
from fnmatch import fnmatchcase
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from core.links.faults import CallFailed
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.links.model.connector import Connector
    from core.links.model.replies import ErrorKind, ErrorRule, ReplyShape

MISSING: Final = object()
_MESSAGE_LENGTH = 300
_DEFAULT_WAIT = 60.0
_KINDS: dict[int, ErrorKind] = {
    401: "sign_in",
    403: "settings",
    404: "gone",
    408: "retry",
    409: "conflict",
    410: "gone",
    412: "conflict",
    421: "settings",
    425: "retry",
    429: "wait",
}
"""What a status asks for, where the definition says nothing (RFC 9110, RFC 6585, RFC 8470)."""
_ADVICE: dict[str, str] = {
    "retry": "Retrying may help.",
    "wait": "It takes requests again later.",
    "sign_in": "Check the credentials of the link; where one signs in with a browser, do that again.",
    "settings": "Check the settings of the link, and what its login may do in that system.",
    "record": "Mend the record and send it again.",
    "conflict": "It was changed by another; read it again.",
    "gone": "Check the path, or take it as deleted.",
}


def member(document: Any, path: str) -> Any:
    """Return the member at ``path``, or :data:`MISSING`."""
    if path == ".":
        return document
    # Some names have a dot themselves, as odata.nextLink.
    if "." not in path or (isinstance(document, dict) and path in document):
        return document.get(path, MISSING) if isinstance(document, dict) else MISSING
    for part in path.split("."):
        if not isinstance(document, dict) or part not in document:
            return MISSING
        document = document[part]
    return document


def first_member(document: Any, paths: Sequence[str]) -> Any:
    """Return the first of these members that is there and not null, or :data:`MISSING`."""
    for path in paths:
        found = member(document, path)
        if found is not MISSING and found is not None:
            return found
    return MISSING


def rows_in(document: Any, paths: Sequence[str], *, host: str) -> list[dict[str, Any]]:
    """Return the rows of a reply; one object in place of a list is one row.

    Raises:
        CallFailed: they are not where the definition says.
    """
    found = first_member(document, paths)
    if isinstance(found, dict):
        found = [found]
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise CallFailed(
            f"The reply of {host} has no rows at {', '.join(paths)}.",
            kind="settings",
            advice="Compare the definition of the connector with what the system answers.",
        )
    return found


def document_of(content: bytes, content_type: str, *, host: str, status: int) -> Any:
    """Return the JSON document of a successful reply; None for one without a body.

    Raises:
        CallFailed: it is something else.
    """
    if not content.strip():
        return None
    kind = content_type.partition(";")[0].strip().lower()
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"<" or kind == "text/html":
        what = "XML" if "xml" in kind and "html" not in kind else "a web page (HTML)"
        raise CallFailed(
            f"{host} answers {status} with {what} instead of JSON.",
            kind="settings",
            status=status,
            advice="Check the address: the path may not exist, or a login page or a proxy answers.",
        )
    try:
        # Amounts stay what they are: 0.1 has no binary fraction.
        document = json.loads(content, parse_float=Decimal)
        # Half a character, which an escape can name (RFC 8259, section 8.2), can be kept and sent nowhere.
        return _whole(document) if b"\\ud" in content or b"\\uD" in content else document
    except (ValueError, RecursionError):
        raise CallFailed(
            f"{host} answers {status} with something that is not JSON, or only a part of it.",
            kind="retry",
            status=status,
            advice="Retrying may help.",
        ) from None


def _whole(value: Any) -> Any:
    """Return a document with what is only half a character in its texts replaced."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, dict):
        return {_whole(key): _whole(each) for key, each in value.items()}
    return [_whole(each) for each in value] if isinstance(value, list) else value


class Judge:
    """Tells success from failure as a definition says."""

    def __init__(self, connector: Connector) -> None:
        self._shape: ReplyShape = connector.reply
        self._rules: Sequence[ErrorRule] = connector.errors

    def judge(
        self, *, host: str, group: str, status: int, headers: Mapping[str, str], content: bytes, now: float
    ) -> Any:
        """Return the document of a reply that succeeded.

        Raises:
            CallFailed: it did not, or is no JSON.
        """
        content_type = headers.get("content-type", "")
        if 200 <= status < 300:
            document = document_of(content, content_type, host=host, status=status)
            if document is None or self._succeeded(document):
                return document
        elif 300 <= status < 400:
            raise CallFailed(
                f"{host} answers {status} and leads on to another address, which is not followed.",
                kind="settings",
                status=status,
                advice="Write the address that it leads to into the settings of the link.",
            )
        else:
            try:
                document = document_of(content, content_type, host=host, status=status)
            except CallFailed:
                # A path that does not exist mostly gives a page. Any other page says no more than its status.
                if status in (404, 410):
                    raise
                document = None
        raise self._failure(document, host=host, group=group, status=status, headers=headers, now=now)

    def _succeeded(self, document: Any) -> bool:
        for test in self._shape.succeeded:
            found = member(document, test.member)
            if test.must_not_be is not None:
                if found == test.must_not_be:
                    return False
            elif test.equals is None:
                if found is not MISSING and found is not None:
                    return False
            elif found is MISSING or found != test.equals:
                return False
        return True

    def _failure(
        self, document: Any, *, host: str, group: str, status: int, headers: Mapping[str, str], now: float
    ) -> CallFailed:
        code = first_member(document, self._shape.code)
        code_text = clean(str(code), limit=60) if isinstance(code, str | int) else ""
        rule = self._rule(status, code_text, group)
        default: ErrorKind = "retry" if status >= 500 else "record"
        kind = rule.means if rule else _KINDS.get(status, default)
        after = _retry_after(headers.get("retry-after", ""), now)
        if after is None and rule is not None:
            after = rule.wait_seconds
        if after is None and kind == "wait" and rule is not None:
            after = _DEFAULT_WAIT
        said = self._message(document, headers)
        words = " ".join(part for part in (str(status), _phrase(status)) if part) if status != 200 else "with an error"
        named = f" ({code_text})" if code_text else ""
        return CallFailed(
            f"{host} answers {words}{named} to {clean(group, limit=120)}{': ' + said if said else ''}"
            + ("" if said.endswith((".", "!", "?")) else "."),
            kind=kind,
            after=after,
            status=status,
            code=code_text,
            said=said,
            advice=(rule.help if rule else "") or _ADVICE[kind],
        )

    def _rule(self, status: int, code: str, group: str) -> ErrorRule | None:
        for rule in self._rules:
            if (
                (not rule.status or status in rule.status)
                and (not rule.code or code in rule.code)
                and (not rule.paths or any(fnmatchcase(group, pattern) for pattern in rule.paths))
            ):
                return rule
        return None

    def _message(self, document: Any, headers: Mapping[str, str]) -> str:
        said = [found for path in self._shape.message if isinstance(found := member(document, path), str) and found]
        parts = said[:1]
        if self._shape.reason_header and (reason := headers.get(self._shape.reason_header.lower())):
            parts.append(reason)
        return clean("; ".join(part.strip() for part in parts), limit=_MESSAGE_LENGTH)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _retry_after(value: str, now: float) -> float | None:
    """Return the seconds of a Retry-After header, which has a number or a date (RFC 9110, section 10.2.3)."""
    value = value.strip()
    if value.isdecimal() and len(value) < 9:
        return float(value)
    try:
        return max(email.utils.parsedate_to_datetime(value).timestamp() - now, 0.0)
    except (ValueError, TypeError, OverflowError):
        return None
