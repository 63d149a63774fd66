"""The rules of core.exchange.records once more, character by character and with no regard for speed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plain:
    line: int
    raw: bytes
    values: tuple[str | None, ...] | None
    """None: the record cannot be read. A value of None: nothing at all, not even quotes."""


def first_line_end(data: bytes, start: int) -> tuple[int, int]:
    for position in range(start, len(data)):
        if data[position : position + 2] == b"\r\n":
            return position, position + 2
        if data[position : position + 1] in (b"\r", b"\n"):
            return position, position + 1
    return len(data), len(data)


def lines_in(data: bytes) -> int:
    count = position = 0
    while position < len(data):
        end, position = first_line_end(data, position)
        count += position > end
    return count


def well_formed(  # noqa: C901 - the grammar in one piece
    data: bytes, start: int, delimiter: bytes, quote: bytes
) -> tuple[list[bytes | None], int, int] | None:
    """Values, end and beginning of the next record; None where the quotes are wrong."""
    values: list[bytes | None] = []
    position = start
    while True:
        value = b""
        if quote and data[position : position + 1] == quote:
            position += 1
            while True:
                if position >= len(data):
                    return None
                if data[position : position + 2] == quote * 2:
                    value += quote
                    position += 2
                elif data[position : position + 1] == quote:
                    position += 1
                    break
                else:
                    value += data[position : position + 1]
                    position += 1
            values.append(value)
        else:
            while position < len(data) and not data.startswith((delimiter, b"\r", b"\n"), position):
                if quote and data[position : position + 1] == quote:
                    return None
                value += data[position : position + 1]
                position += 1
            values.append(value or None)
        if data.startswith(delimiter, position):
            position += len(delimiter)
            continue
        if position == len(data) or data[position : position + 1] in (b"\r", b"\n"):
            return values, position, first_line_end(data, position)[1]
        return None


def records(data: bytes, delimiter: bytes, quote: bytes, width: int, first_line: int = 1) -> list[Plain]:
    found: list[Plain] = []
    position, line = 0, first_line
    while position < len(data):
        whole = well_formed(data, position, delimiter, quote)
        end, following = first_line_end(data, position)
        if end == position:
            position, line = following, line + 1
            continue
        if whole is None or len(whole[0]) != width:
            found.append(Plain(line, data[position:end], None))
            position, line = following, line + 1
            continue
        values, end, following = whole
        raw = data[position:end]
        try:
            texts = None if b"\0" in raw else tuple(None if v is None else v.decode() for v in values)
        except UnicodeDecodeError:
            texts = None
        found.append(Plain(line, raw, texts))
        line += lines_in(data[position:following])
        position = following
    return found
