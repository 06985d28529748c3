"""The JSON Schema of the JSON report: what a program that reads one may rely on.

New fields may appear at any time, so no object is closed; `to_json.SCHEMA` is raised when a field
changes its meaning or goes away.
"""

from __future__ import annotations

import json
from typing import Any, TypeAlias

from cecheck.ir.causes import Root
from cecheck.ir.program import CheckKind, View
from cecheck.report.exit_status import ExitStatus
from cecheck.report.model import Met, Reach
from cecheck.report.to_json import SCHEMA

Schema: TypeAlias = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "integer"}
_TRUTH: Schema = {"type": "boolean"}


def _maybe(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _object(**fields: Schema) -> Schema:
    return {"type": "object", "properties": fields, "required": list(fields)}


def _one_of(values: Any) -> Schema:
    return {"enum": [value.value for value in values]}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def render() -> str:
    """Return the schema as text that ends in a newline."""
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{SCHEMA}: what `cecheck verify --format json` writes",
        **_object(
            schema={"const": SCHEMA},
            tool=_object(name={"const": "cecheck"}, version=_TEXT),
            exit_status=_one_of(ExitStatus),
            interrupted=_TRUTH, terminated=_TRUTH, left_out=_NUMBER, problems=_list(_TEXT),
            files=_list(_ref("file")),
        ),
        "$defs": _definitions(),
    }
    return json.dumps(whole, indent=2) + "\n"


def _definitions() -> dict[str, Schema]:
    return {
        "file": _object(
            path=_TEXT, exit_status=_one_of(ExitStatus), crash=_maybe(_TEXT), library=_TRUTH,
            head=_list(_TEXT), diagnostics=_list(_ref("diagnostic")),
            expectations=_list(_ref("expectation")), findings=_list(_ref("finding")),
            repair=_maybe(_ref("repair")),
            scope=_list(_TEXT), assumptions=_list(_TEXT), accepted=_list(_TEXT),
            seconds={"type": "object", "additionalProperties": {"type": "number"}},
        ),
        "place": _object(
            path=_TEXT, line=_NUMBER, column=_NUMBER, end_line=_NUMBER, end_column=_NUMBER
        ),
        "diagnostic": _object(
            code=_TEXT, severity={"enum": ["error", "warning"]}, message=_TEXT,
            place=_ref("place"), help=_maybe(_TEXT),
            notes=_list(_object(message=_TEXT, place=_ref("place"))),
        ),
        "expectation": _object(
            answer=_maybe(_TEXT), check=_maybe(_TEXT), site=_maybe(_TEXT), view=_maybe(_TEXT),
            because=_maybe(_one_of(Root)), met=_one_of(Met), why=_TEXT,
        ),
        "finding": _finding(),
        "repair": _object(
            name=_TEXT, diff=_list(_TEXT), verdict={"const": "proved"}, proved_checks=_NUMBER,
            tried=_NUMBER,
        ),
        "story": _story(),
        "moment": _object(
            thread=_TEXT, number=_NUMBER, kind=_TEXT, text=_TEXT, step=_maybe(_ref("phase")),
            place=_maybe(_ref("place")),
            changes=_list(_object(name=_TEXT, old=_TEXT, new=_TEXT, shared=_TRUTH)),
        ),
        "phase": _object(number=_NUMBER, of=_NUMBER),
        "picture": _picture(),
    }  # fmt: skip


def _finding() -> Schema:
    """Every finding has the first fields, and those of its verdict."""
    shared = _object(
        check=_one_of(CheckKind), site=_TEXT, place=_ref("place"), view=_one_of(View),
        accepted=_TRUTH, thread=_TEXT, client=_TEXT, behaviour=_TEXT,
        params={"type": "object", "additionalProperties": _NUMBER},
        verdict={"enum": ["proved", "refuted", "unknown", "vacuous"]},
    )  # fmt: skip
    verdicts = {
        "proved": _object(
            engine=_TEXT, certified_by=_list(_TEXT), invariant=_list(_TEXT),
            reachability=_one_of(Reach), until_refuted=_TRUTH, measure=_list(_TEXT),
        ),
        "refuted": _object(engine=_TEXT, story=_ref("story")),
        "unknown": _object(
            reason=_TEXT, help=_maybe(_TEXT), pursued=_TRUTH,
            doubt=_maybe(_object(where=_TEXT, values=_list(_object(name=_TEXT, value=_TEXT)))),
        ),
        "vacuous": _object(certified_by=_list(_TEXT)),
    }  # fmt: skip
    chosen = [
        {"if": {"properties": {"verdict": {"const": name}}}, "then": schema}
        for name, schema in verdicts.items()
    ]
    return {**shared, "allOf": chosen}


def _story() -> Schema:
    return _object(
        thread=_TEXT, step=_maybe(_ref("phase")), steps=_NUMBER, moments=_list(_ref("moment")),
        values=_list(_object(expression=_TEXT, value=_TEXT)),
        cause=_maybe(_object(name=_one_of(Root), text=_TEXT, places=_list(_ref("place")))),
        no_way_back=_maybe(_NUMBER), race=_TRUTH,
        start=_list(_object(thread=_TEXT, name=_TEXT, value=_TEXT)),
        run=_list(_ref("moment")), pictures=_list(_ref("picture")),
    )  # fmt: skip


def _picture() -> Schema:
    return _object(
        number=_NUMBER, thread=_TEXT,
        regions=_list(_object(name=_TEXT, first=_NUMBER, last=_NUMBER, who=_TEXT)),
        rights={"type": "object", "additionalProperties": _TEXT},
        pointer=_maybe(_NUMBER), bytes=_maybe(_NUMBER), violating_byte=_maybe(_NUMBER),
        lands_at=_maybe(_NUMBER),
    )  # fmt: skip
