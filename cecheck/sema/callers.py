"""Code that nobody calls: nothing is asked of it, which should not pass for a proof."""

from __future__ import annotations

from cecheck.sema import errors, typed
from cecheck.sema.context import Env
from cecheck.sema.walk import called, nodes

_BY_SYSTEM = (typed.INIT, typed.DEINIT)


def check_callers(env: Env, spec: typed.Spec) -> None:
    """Report the entries of *spec* that no client and no thread of a driver gets to.

    Where there is no client at all, the drivers' threads are all that is asked about.
    """
    clients = (*spec.clients, *spec.tests)
    entries = {(e.driver, e.name): e for driver in spec.drivers for e in driver.entries}
    reached = {target: None for client in clients for target in client.targets}
    reached |= {key: None for key, entry in entries.items() if entry.kind in _BY_SYSTEM}
    pending: list[object] = [thread.body for driver in spec.drivers for thread in driver.threads]
    pending += [entries[key].body for key in reached]
    while pending:
        root = pending.pop()
        used = called(spec.functions, [root])
        bodies = [spec.functions[key].body for key in used if key in spec.functions]
        for node in (node for tree in (root, *bodies) for node in nodes(tree)):
            if isinstance(node, typed.CrossExpr) and (node.driver, node.entry) not in reached:
                reached[node.driver, node.entry] = None
                pending.append(entries[node.driver, node.entry].body)
    for key, entry in entries.items() if clients else ():
        if key not in reached:
            env.report(errors.nobody_calls(entry.span, ".".join(key)))
