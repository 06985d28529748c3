"""What has a number of its own, and how much of it there may be."""

from __future__ import annotations

from cecheck.sema import link_errors, typed
from cecheck.sema.context import Env
from cecheck.sema.walk import nodes
from cecheck.source import Span


def check_numbers(env: Env, spec: typed.Spec) -> None:
    """Report more threads, or more objects of drivers, than have numbers to tell them apart."""
    _check_threads(env, spec.drivers)
    _check_objects(env, spec)


def _check_threads(env: Env, drivers: tuple[typed.Driver, ...]) -> None:
    """The system runs a thread for each driver, too."""
    own = [thread for driver in drivers for thread in driver.threads]
    if len(drivers) + sum(thread.count for thread in own) > typed.MOST_THREADS:
        what = f"more than {typed.MOST_THREADS} drivers and threads of theirs together"
        env.report(link_errors.not_yet(own[-1].span if own else drivers[-1].span, what))


def _check_objects(env: Env, spec: typed.Spec) -> None:
    """Report more objects than a pointer can tell apart: variables, and places of `alloc`."""
    trees: list[object] = [*spec.drivers, *(f.body for f in spec.functions.values())]
    every = [n for tree in trees for n in nodes(tree) if isinstance(n, typed.Borrowed)]
    sites = dict.fromkeys((type(n), n.span) for n in every)
    passed = _passed(trees, env.context.addressed, spec)
    if len(sites) + len(env.context.addressed | passed.keys()) > typed.MOST_OBJECTS:
        what = f"memory of more than {typed.MOST_OBJECTS} variables and places of `alloc`"
        places = [*passed.values(), *(node.span for node in every)]
        env.report(link_errors.not_yet(places[-1], what))


def _passed(trees: list[object], addressed: set[int], spec: typed.Spec) -> dict[int, Span]:
    """Return the variables, by number, for which a `ref` parameter stands whose address is taken,
    and where they are passed."""
    meant = {
        function.ref.key
        for function in spec.functions.values()
        for parameter, by_reference in zip(
            function.parameters, function.by_reference, strict=True
        )
        if by_reference and parameter.number in addressed
    }
    calls = [n for tree in trees for n in nodes(tree) if isinstance(n, typed.CallExpr)]
    found = {}
    for call in calls if meant else ():
        for arg in call.args:
            root = arg.base if isinstance(arg, typed.FieldPlace) else arg
            if isinstance(root, typed.VarPlace):
                found[root.variable.number] = call.span
    return found
