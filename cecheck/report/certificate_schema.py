"""The JSON Schema of a certificate in a file (`certify.document`)."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

from cecheck.certify.document import FORMAT
from cecheck.ir.certificate import FORMAT as INNER
from cecheck.ir.program import CheckKind, View

Schema: TypeAlias = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "integer"}
_VIEW: Schema = {"enum": [view.value for view in View]}


def _row(*items: Schema) -> Schema:
    return {"type": "array", "prefixItems": list(items), "items": False, "minItems": len(items)}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _object(**fields: Schema) -> Schema:
    return {
        "type": "object", "properties": fields, "required": list(fields),
        "additionalProperties": False,
    }  # fmt: skip


def render() -> str:
    """Return the schema as text that ends in a newline."""
    kinds: Schema = {"enum": [kind.value for kind in CheckKind]}
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{FORMAT}: what `cecheck verify --certificates` writes",
        **_object(
            format={"const": FORMAT},
            version=_TEXT,
            spec=_TEXT,
            texts=_list(_row(_TEXT, {"type": "string", "pattern": "^[0-9a-f]{64}$"})),
            params=_list(_row(_TEXT, _NUMBER)),
            test={"anyOf": [_TEXT, {"type": "null"}]},
            view=_VIEW,
            level=_NUMBER,
            reaching=_list(_row(_NUMBER, _NUMBER)),
            proves=_list(_row(_NUMBER, _NUMBER, _TEXT, kinds, _TEXT)),
            certificate=_certificate(),
        ),
    }
    return json.dumps(whole, indent=2) + "\n"


def _certificate() -> Schema:
    node = {"type": "array", "prefixItems": [{"enum": _NODES}], "minItems": 2}
    exprs = _object(nodes=_list(node), roots=_list(_NUMBER))
    return _object(
        format={"const": INNER},
        level=_NUMBER,
        view=_VIEW,
        cuts=_list(_list(_NUMBER)),
        formulas=exprs,
        program={"type": "string", "pattern": "^[0-9a-f]{64}$"},
        measures=_object(about=_list(_row(_NUMBER, _NUMBER, _NUMBER)), words=exprs),
    )


_NODES = ["const", "var", "unary", "binary", "ite", "extract", "extend"]
