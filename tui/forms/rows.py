"""A form as rows: one for each field that the chosen types need, in the order of the declarations."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from core.config.secrets import SecretRef
from core.engine.api.settings import NAME
from core.text import clean, counted
from tui.forms.fields import Field, Kind, fields
from tui.forms.form import NAMED_KINDS, PLACES, TYPED
from tui.forms.texts import can_be_typed, pair_text, text_of, word_shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.forms.form import Form, Path, Values

_PLACE_WORDS = {"": "none", TYPED: "typed here, kept in the vault"}


class Part(Enum):
    """What a row is of its field."""

    VALUE = auto()
    TABLE = auto()
    """The head of a table; where it has a choice, that of its kind or of its being there."""
    ITEM = auto()
    """One table of a list, or one by its name; opened and closed."""
    ITEM_NAME = auto()
    PAIR = auto()
    ADD = auto()
    SECRET = auto()
    """Where a secret is kept."""
    SECRET_TEXT = auto()
    NAME = auto()


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a form."""

    path: Path
    part: Part
    field: Field
    depth: int = 0
    label: str = ""
    text: str = ""
    """The value as it is shown; clean."""
    faint: bool = False
    """Whether nothing is set, and ``text`` says what is in force then."""
    typed: str | None = None
    """The text that is edited; ``None`` where nothing can be typed."""
    masked: bool = False
    words: tuple[tuple[str, str], ...] = ()
    """What can be chosen: the word, and how it is shown."""

    @property
    def in_editor(self) -> bool:
        """Whether it is a text of several lines, which has an editor of its own."""
        return self.field.long and self.field.kind is Kind.TEXT and self.part is Part.VALUE

    @property
    def stops(self) -> bool:
        """Whether the cursor stops here."""
        return self.typed is not None or bool(self.words) or self.part in (Part.ITEM, Part.ADD, Part.VALUE)

    @property
    def is_item(self) -> bool:
        """Whether it can be taken out of a list, and moved in it."""
        return self.part in (Part.ITEM, Part.PAIR)


def rows(form: Form) -> list[Row]:
    """Return the rows of a form."""
    result: list[Row] = []
    if form.has_name:
        field = Field("", Kind.TEXT, "Name", f"Of the {NAMED_KINDS[form.kind]}; what names it changes with it.")
        result.append(_text_row(NAME, Part.NAME, field, 0, form.new_name))
    result += _table_rows(form, form.models, (), 0)
    return result


def _table_rows(form: Form, models: tuple[Any, ...], path: Path, depth: int, skip: str = "") -> Iterator[Row]:
    values = form.get(path) if path else form.values
    for field in fields(models, values if isinstance(values, dict) else {}):
        if field.key != skip:
            yield from _field_rows(form, field, (*path, field.key), depth)


def pair_hint(field: Field) -> str:
    """Return what stands on both sides of the equals sign: as the field's help says, else as in a value list."""
    words = field.help.partition(":")[0].partition(".")[0]
    return f"{words[:1].lower()}{words[1:]}" if " = " in words else "value = what it becomes"


def _field_rows(form: Form, field: Field, path: Path, depth: int) -> Iterator[Row]:
    value = form.get(path)
    match field.kind:
        case Kind.TABLE:
            yield from _inner_table(form, field, path, depth)
        case Kind.TABLES | Kind.NAMED:
            yield from _items(form, field, path, depth)
        case Kind.PAIRS:
            pairs: Values = value if isinstance(value, dict) else {}
            count = counted(len(pairs), "line")
            yield Row(path, Part.TABLE, field, depth, field.title, count if pairs else "none", not pairs)
            for key, text in pairs.items():
                shown = pair_text(key, str(text)) if key or text else ""
                yield Row((*path, key), Part.PAIR, field, depth + 1, "", clean(shown), typed=shown)
            yield Row(path, Part.ADD, field, depth + 1, "", f"add a line: {pair_hint(field)}")
        case Kind.SECRET:
            yield from _secret(form, field, path, depth)
        case Kind.BOOL | Kind.CHOICE:
            yield _choice(field, path, depth, value)
        case _:
            yield _text_row(path, Part.VALUE, field, depth, value)


def _text_row(path: Path, part: Part, field: Field, depth: int, value: Any) -> Row:
    text = text_of(field, value)
    typed = text if can_be_typed(text) and not field.long else None
    shown, faint = clean(" ".join(text.split()) if field.long else text), False
    if not text:
        shown, faint = text_of(field, field.default) if field.default not in (None, "") else "", True
    if field.unit and shown:
        shown = f"{shown} {field.unit}"
    return Row(path, part, field, depth, field.title, shown, faint, typed)


def _choice(field: Field, path: Path, depth: int, value: Any) -> Row:
    if field.kind is Kind.BOOL:
        words = [("true", "yes"), ("false", "no")]
        held = {True: "true", False: "false"}.get(value, "")
        default = {True: "yes", False: "no"}.get(field.default, "")
    else:
        words = [(word, word_shown(word)) for word in field.words]
        held = value if isinstance(value, str) else ""
        default = word_shown(field.default) if isinstance(field.default, str) else ""
    unset = value is None
    if not field.required and field.default is None:
        words.insert(0, ("\0", "not set"))
        default = default or "not set"
    shown = dict(words).get(held, clean(str(value)) if value is not None else "")
    return Row(path, Part.VALUE, field, depth, field.title, default if unset else shown, unset, words=tuple(words))


def _inner_table(form: Form, field: Field, path: Path, depth: int) -> Iterator[Row]:
    value = form.get(path)
    teller = field.teller
    if teller:
        models = field.models
        (chooser, *_) = fields(models, value if isinstance(value, dict) else {})
        word = value.get(teller) if isinstance(value, dict) else None
        fallback = field.default.get(teller, "") if isinstance(field.default, dict) else ""
        words = [(each, word_shown(each)) for each in chooser.words]
        if field.default is None and not field.required:
            words.insert(0, ("\0", "not set"))
        shown = word_shown(word or fallback) if (word or fallback) else "not set"
        yield Row(path, Part.TABLE, field, depth, field.title, shown, word is None, words=tuple(words))
        if word is None and not fallback:
            return
    elif not field.always_open and not field.required:
        # Another value than a table stands for one that the file writes in short, such as false.
        there = isinstance(value, dict)
        yield Row(
            path,
            Part.TABLE,
            field,
            depth,
            field.title,
            "set" if there else "not set" if value is None else text_of(field, value),
            value is None,
            words=(("\0", "not set"), ("set", "set")),
        )
        if not there:
            return
    else:
        yield Row(path, Part.TABLE, field, depth, field.title)
    yield from _table_rows(form, field.models, path, depth + 1, skip=teller)


def _items(form: Form, field: Field, path: Path, depth: int) -> Iterator[Row]:
    value = form.get(path)
    items: list[tuple[Any, Any]] = []
    if isinstance(value, list):
        items = list(enumerate(value))
    elif isinstance(value, dict):
        items = list(value.items())
    yield Row(path, Part.TABLE, field, depth, field.title, str(len(items)) if items else "none", not items)
    for key, item in items:
        place: Path = (*path, key)
        label = str(key + 1) if isinstance(key, int) else clean(str(key))
        yield Row(place, Part.ITEM, field, depth + 1, label, _summary(item))
        if place in form.open_items:
            if not isinstance(key, int):
                named = Field("", Kind.TEXT, "Name", refers=field.refers)
                yield _text_row(place, Part.ITEM_NAME, named, depth + 2, str(key))
            yield from _table_rows(form, field.models, place, depth + 2)
    yield Row(path, Part.ADD, field, depth + 1, "", f"add to {field.title.lower()}")


def _summary(item: Any) -> str:
    if not isinstance(item, dict):
        return clean(str(item), limit=80)
    words = []
    for key, value in item.items():
        if isinstance(value, bool):
            words += [key.replace("_", " ")] if value else []
        elif isinstance(value, list):
            few = len(value) < 4 and not any(isinstance(each, dict) for each in value)
            words.append(", ".join(str(each) for each in value) if few else counted(len(value), key, key))
        elif isinstance(value, dict):
            words.append(f"{key.replace('_', ' ')}: {counted(len(value), 'line')}")
        else:
            words.append(" ".join(str(value).split()))
    return clean(" · ".join(word for word in words if word), limit=120)


def _secret(form: Form, field: Field, path: Path, depth: int) -> Iterator[Row]:
    titles = {key: info.title or key for key, info in SecretRef.model_fields.items()}
    places = [place for place in PLACES if not (field.long and place == TYPED)]
    words = tuple((place or "\0", _PLACE_WORDS.get(place) or titles[place].lower()) for place in places)
    place = form.place_of_secret(path)
    yield Row(path, Part.SECRET, field, depth, field.title, dict(words)[place or "\0"], not place, words=words)
    if not place:
        return
    text = form.secret_text(path)
    if place == TYPED:
        label = f"{field.title}, typed"
        inner = Field(TYPED, Kind.TEXT, label, f"Goes into the vault as {form.vault_name(path)!r} when you save.")
        yield Row((*path, place), Part.SECRET_TEXT, inner, depth + 1, label, "*" * len(text), typed=text, masked=True)
        return
    info = SecretRef.model_fields[place]
    refers = "secrets" if place == "secret" else ""
    inner = Field(place, Kind.TEXT, info.title or place, info.description or "", refers=refers)
    yield _text_row((*path, place), Part.SECRET_TEXT, inner, depth + 1, text)
