"""Scripts: what the thread of a client, or of a test, calls and in which order.

A script computes with variables of its own and calls drivers.  What the memory of its process
holds is up to other threads, so it has no accesses (semantics 5.8).
"""

from __future__ import annotations

from cecheck.sema import link_errors, script_errors, typed
from cecheck.sema.context import Env
from cecheck.sema.walk import called, nodes
from cecheck.source import Span

_COMPUTES = (
    typed.Block, typed.Declare, typed.Assign, typed.Evaluate, typed.If, typed.Return, typed.Raise,
    typed.Try, typed.While, typed.Break, typed.Continue, typed.Labelled, typed.Demand,
    typed.Cover, typed.Assume, typed.Literal, typed.Null, typed.PartyExpr, typed.NamedProcess,
    typed.Read, typed.Operation, typed.Operator, typed.Shift, typed.Choice, typed.Convert,
    typed.Chosen, typed.CallExpr, typed.VarPlace, typed.FieldPlace, typed.FieldLayout,
    typed.Promise, typed.Variable, typed.FunctionRef, typed.Party, typed.Storage, typed.MakePointer,
)  # fmt: skip


def check_script(env: Env, block: typed.Block) -> None:
    """Report what a script does besides calling drivers and computing."""
    wrong = [getattr(node, "span", block.span) for node in nodes(block) if not _is_fine(node)]
    for span in wrong:
        if not any(other != span and _is_inside(span, other) for other in wrong):
            env.report(script_errors.not_for_scripts(span))
    ours = {key: f for key, f in env.context.functions.items() if not f.ref.is_api}
    for key in called(ours, [block]):
        if key in ours and not _only_computes(ours[key]):
            env.report(script_errors.called_in_function(ours[key].span))


def _is_fine(node: object) -> bool:
    if isinstance(node, typed.CallExpr):
        return not node.function.is_api
    return isinstance(node, (*_COMPUTES, typed.CrossExpr)) or _is_silent(node)


def _is_inside(span: Span, other: Span) -> bool:
    return other.start <= span.start and span.end <= other.end


def _is_silent(node: object) -> bool:
    """Tell whether *node* takes a pointer for one of another type, which changes nothing."""
    return isinstance(node, typed.Retype) and not node.checked


def _only_computes(function: typed.Function) -> bool:
    inside = list(nodes(function.body))
    calls = any(isinstance(node, typed.CrossExpr) for node in inside)
    return not calls and all(_is_fine(node) for node in inside)


# ---- calls --------------------------------------------------------------------------------------


def targets(block: typed.Block) -> tuple[tuple[str, str], ...]:
    """Return the entries that a script calls."""
    calls = [node for node in nodes(block) if isinstance(node, typed.CrossExpr)]
    return tuple(dict.fromkeys((call.driver, call.entry) for call in reversed(calls)))


def check_client(env: Env, client: typed.Client, drivers: tuple[typed.Driver, ...]) -> None:
    """Report what the script of a client cannot say: others do what they like beside it, and of a
    trusted thread one call is well-behaved, any."""
    assert client.script is not None
    with_handles = {driver.name for driver in drivers if driver.has_handles}
    is_trusted = typed.Behaviour.TRUSTED in client.behaviours
    for node in nodes(client.script):
        match node:
            case typed.CrossExpr(driver=name) if name in with_handles:
                what = f"a script that calls `{name}`, which has handles,"
                env.report(link_errors.not_yet(node.span, what))
            case typed.Demand() | typed.Cover() if is_trusted:
                env.report(script_errors.asked_of_trusted(node.span))
            case _:
                pass


def check_test(env: Env, test: typed.Client, drivers: tuple[typed.Driver, ...]) -> None:
    """Report what a test cannot say: it opens one handle of a driver, and a well-behaved caller
    passes pointers in one of its calls."""
    assert test.script is not None
    kinds = {(d.name, e.name): e for d in drivers for e in d.entries}
    opened: dict[str, Span] = {}
    passes: Span | None = None
    is_trusted = test.behaviours == (typed.Behaviour.TRUSTED,)
    for call, is_repeated in _in_order(test.script):
        entry = kinds.get((call.driver, call.entry))
        if entry is None:
            continue
        if entry.kind == typed.OPEN:
            if is_repeated or call.driver in opened:
                what = "a test that opens more than one handle of a driver"
                env.report(link_errors.not_yet(call.span, what))
            opened[call.driver] = call.span
        if is_trusted and entry.passes_pointers:
            if is_repeated or passes is not None:
                env.report(script_errors.calls_twice(call.span))
            passes = call.span


def _in_order(block: typed.Block) -> list[tuple[typed.CrossExpr, bool]]:
    """Return the calls of a script in the order of the text, and whether each is in a loop."""
    repeated = {
        id(inner)
        for node in nodes(block)
        if isinstance(node, typed.While)
        for inner in nodes(node)
        if isinstance(inner, typed.CrossExpr)
    }
    calls = [node for node in nodes(block) if isinstance(node, typed.CrossExpr)]
    calls.sort(key=lambda call: call.span.start)
    return [(call, id(call) in repeated) for call in calls]
