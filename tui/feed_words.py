"""The tree of a feed layout in words: a line for each element, indented as they are nested."""

from __future__ import annotations

from typing import Any

from core.text import clean


def tree_words(root: Any, depth: int = 0) -> list[str]:
    """Return the lines of an element or member, and of all that are in it."""
    if not isinstance(root, dict):
        return []
    what = []
    if root.get("records"):
        what.append("for each record")
    if isinstance(join := root.get("repeat"), dict):
        what.append(f"for {'the first' if join.get('first') else 'each'} {join.get('entity', '')}")
    if root.get("languages"):
        what.append("in each language")
    if root.get("when"):
        what.append(f"when {root['when']}")
    value = root.get("field") or root.get("expression") or (f'"{root["constant"]}"' if "constant" in root else "")
    attributes = root.get("attributes")
    names = [str(each.get("name", "")) for each in attributes if isinstance(each, dict)] if attributes else []
    name = str(root.get("name") or ("document" if not depth else ""))
    head = " ".join([name, *(f"@{each}" for each in names)])
    said = f"  ({', '.join(what)})" if what else ""
    text = f"{head}{f' = {value}' if value else ''}{said}"
    children = root.get("elements") or root.get("members") or []
    inner = [line for child in children for line in tree_words(child, depth + 1)] if isinstance(children, list) else []
    return [f"{'  ' * depth}{clean(text)}", *inner]
