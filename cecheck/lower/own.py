"""Which thread fields always name the thread's own process, one of the platform, or nobody.

Whose trust such a field tells cannot change while the thread is in a call: its process does not
exit then, and those of the platform never do (semantics 2.6).
"""

from __future__ import annotations

from collections.abc import Iterator

from cecheck.sema import typed
from cecheck.sema import types as ty
from cecheck.sema.walk import nodes


def own_fields(spec: typed.Spec) -> frozenset[int]:
    """Return the numbers of these fields; what is assigned to one of them is such a process."""
    fields = [f for f in spec.platform.thread_fields if isinstance(f.variable.type, ty.ProcessType)]
    values = _values(spec)
    own = set(values) | {f.variable.number for f in fields}
    own -= {f.variable.number for f in fields if f.value is None or not _is_own(f.value, own)}
    while True:
        wrong = {n for n in own if any(not _is_own(value, own) for value in values.get(n, ()))}
        if not wrong:
            return frozenset(own & {f.variable.number for f in fields})
        own -= wrong


def _values(spec: typed.Spec) -> dict[int, list[typed.Expr | None]]:
    """Return what variables are given, by number: None is anything, as of a parameter."""
    found: dict[int, list[typed.Expr | None]] = {n: [None] for n in _parameters(spec)}
    for node in _all(spec):
        match node:
            case typed.Declare(variable=variable, value=value):
                found.setdefault(variable.number, []).append(value)
            case typed.Assign(place=typed.VarPlace(variable=variable), value=value):
                found.setdefault(variable.number, []).append(value)
            case typed.Assign(place=place):
                found |= {n: [None] for n in _named(place)}
            case typed.CallExpr(args=args):
                refs = [arg for arg in args if isinstance(arg, typed.VarPlace)]  # may be written
                found |= {place.variable.number: [None] for place in refs}
            case _:
                pass
    return found


def _parameters(spec: typed.Spec) -> Iterator[int]:
    """Yield the variables that a caller gives their first value."""
    for function in spec.functions.values():
        yield from (variable.number for variable in function.parameters)
    for call in spec.platform.calls:
        yield from (variable.number for variable in call.parameters)
    for entry in (entry for driver in spec.drivers for entry in driver.entries):
        yield from (parameter.variable.number for parameter in entry.parameters)


def _named(place: object) -> Iterator[int]:
    yield from (node.number for node in nodes(place) if isinstance(node, typed.Variable))


def _all(spec: typed.Spec) -> Iterator[object]:
    for tree in (*spec.drivers, *spec.platform.calls, *spec.functions.values()):
        yield from nodes(tree)


def _is_own(value: typed.Expr | None, own: set[int]) -> bool:
    match value:
        case typed.PartyExpr() | typed.NamedProcess():
            return True
        case typed.Read(place=typed.VarPlace(variable=variable)):
            return variable.number in own
        case typed.Choice(then=then, otherwise=otherwise):
            return _is_own(then, own) and _is_own(otherwise, own)
        case _:
            return False
