"""Classifications such as ETIM and ECLASS: what classes there are, and which features and values each has.

A release is a system of its own (``ETIM-10.0``, ``ETIM-DYNAMIC``, ``ECLASS-8.1``), written as BMEcat's
REFERENCE_FEATURE_SYSTEM_NAME: articles of suppliers who follow different releases can lie side by side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.config.standard_fields import DATE, EXTENSION, INTEGER, LANGUAGE, TEXT, WORDS, YES_NO, entity, field, ref

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.config.entities import EntitySettings

_SYSTEM = {"system": ref("classification_system")}
_CHANGE = field("text", "Change since the release before")

CLASSIFICATION: Mapping[str, EntitySettings] = {
    "classification_system": entity(
        "code",
        {
            "code": field("text", "Code with the release (ETIM-10.0)"),
            "name": WORDS,
            "version": field("text", "Release"),
            "released_on": DATE,
            "prerelease": YES_NO,
            "exported_on": DATE,
            "attribution": field("text", "What its licence asks to be said"),
            "extension": EXTENSION,
        },
    ),
    "classification_group": entity(
        "system code",
        {
            **_SYSTEM,
            "code": TEXT,
            "name": WORDS,
            "kind": field("text", "Of classes or of features"),
            "parent": field("text", "Code of the group above"),
            "sort_order": INTEGER,
            "change": _CHANGE,
            "extension": EXTENSION,
        },
    ),
    "classification_class": entity(
        "system code",
        {
            **_SYSTEM,
            "code": TEXT,
            "name": WORDS,
            "description": WORDS,
            "class_group": field("text", "Code of its group"),
            "parent": field("text", "Code of the class above"),
            "version": INTEGER,
            "version_date": DATE,
            "modelling": field("boolean", "Modelling class"),
            "status": TEXT,
            "mutated": field("text", "Moment of its last change, as the ETIM API says"),
            "sort_order": INTEGER,
            "change": _CHANGE,
            "extension": EXTENSION,
        },
        title="Classification class",
    ),
    "class_synonym": entity(
        "system class language synonym",
        {**_SYSTEM, "class": TEXT, "language": LANGUAGE, "synonym": TEXT},
    ),
    "classification_feature": entity(
        "system code",
        {
            **_SYSTEM,
            "code": TEXT,
            "name": WORDS,
            "description": WORDS,
            "type": field("text", "Type (A, N, R, L)"),
            "feature_group": field("text", "Code of its group"),
            "change": _CHANGE,
            "extension": EXTENSION,
        },
    ),
    "classification_value": entity(
        "system code",
        {
            **_SYSTEM,
            "code": TEXT,
            "name": WORDS,
            "description": WORDS,
            "change": _CHANGE,
            "extension": EXTENSION,
        },
    ),
    "classification_unit": entity(
        "system code",
        {
            **_SYSTEM,
            "code": TEXT,
            "name": WORDS,
            "abbreviation": WORDS,
            "rec20": field("text", "Unit (UN/ECE Rec 20)"),
            "change": _CHANGE,
            "extension": EXTENSION,
        },
    ),
    "class_feature": entity(
        "system class feature",
        {
            **_SYSTEM,
            "class": TEXT,
            "feature": TEXT,
            "type": field("text", "Type (A, N, R, L)"),
            "unit": TEXT,
            "imperial_unit": TEXT,
            "port": field("integer", "Port of a modelling class"),
            "sort_order": INTEGER,
            "change": _CHANGE,
        },
    ),
    "class_feature_value": entity(
        "system class feature value",
        {**_SYSTEM, "class": TEXT, "feature": TEXT, "value": TEXT, "sort_order": INTEGER, "change": _CHANGE},
    ),
}
