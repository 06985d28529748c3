"""Whether where a byte lands decides whose it is.

There nothing more is to ask of one that lands where a well-behaved caller meant it (semantics 3.3).
"""

from __future__ import annotations

from collections.abc import Iterator

from cecheck.sema import typed
from cecheck.sema.walk import nodes


def is_decided_by_landing(spec: typed.Spec) -> bool:
    """Return whether the hook ``owns`` looks at nothing of the running thread but where the byte
    lands: at no field of the thread, and at the address only by way of ``translate``."""
    hook = spec.functions[spec.platform.hooks["owns"]]
    address = hook.parameters[1]
    return not any(
        _is_of_thread(node) or (isinstance(node, typed.VarPlace) and node.variable == address)
        for node in _beside_translate(spec, hook.body)
    )


def _beside_translate(spec: typed.Spec, tree: object) -> Iterator[object]:
    """Yield the nodes of *tree*, and of what it calls, but for the calls of ``translate``."""
    translate = spec.platform.hooks["translate"]
    skipped: set[int] = set()
    for node in nodes(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, typed.CallExpr) and node.function.key == translate:
            skipped |= {id(inner) for inner in nodes(node.args)}
            continue
        yield node
        if isinstance(node, typed.CallExpr):
            yield from _beside_translate(spec, spec.functions[node.function.key].body)


def _is_of_thread(node: object) -> bool:
    match node:
        case typed.PartyExpr(party=party):
            return party is not typed.Party.NOBODY
        case typed.VarPlace(variable=variable):
            return variable.storage is typed.Storage.THREAD_FIELD
        case _:
            return False
