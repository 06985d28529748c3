"""Clients: who calls the drivers, how many, and how they behave."""

from __future__ import annotations

from dataclasses import replace

from cecheck.sema import errors, link_errors, script_errors, typed
from cecheck.sema.blocks import body
from cecheck.sema.context import Env
from cecheck.sema.control import statement
from cecheck.sema.life import BY_THE_SYSTEM
from cecheck.sema.scope import DriverName
from cecheck.sema.scripts import check_client, check_script, check_test, targets
from cecheck.sema.type_expr import natural
from cecheck.sema.values import Poison
from cecheck.syntax import ast

_BEHAVIOURS = {b.value: b for b in typed.Behaviour}
_DEFAULT = (typed.Behaviour.UNTRUSTED, typed.Behaviour.TRUSTED)


def elaborate_client(
    env: Env, node: ast.Client, drivers: tuple[typed.Driver, ...]
) -> typed.Client | None:
    """Read a client."""
    behaviours = _behaviours(env, node)
    count = _count(env, node)
    named = [_target(env, driver, entry) for driver, entry in node.targets]
    script = None if node.script is None else _script(env, node.name, node.script)
    if isinstance(count, Poison):
        return None
    good = tuple(t for t in named if t is not None) if script is None else targets(script)
    client = typed.Client(node.name.text, count, behaviours, good, node.span, script)
    if script is not None:
        check_client(env, client, drivers)
    return client


def elaborate_test(
    env: Env, node: ast.Test, drivers: tuple[typed.Driver, ...]
) -> typed.Client:
    """Read a test: a script of one client.  Its name is a site, too: that it comes to its end."""
    traits = _behaviours(env, node) if node.traits else (typed.Behaviour.UNTRUSTED,)
    if len(traits) > 1:
        env.report(script_errors.two_traits(node.traits[0].span.to(node.traits[-1].span)))
    script = _script(env, node.name, node.body)
    env.context.site_names.add(node.name.text)
    test = typed.Client(
        f"test {node.name.text}", 1, traits[:1], targets(script), node.name.span, script, True
    )
    check_test(env, test, drivers)
    return test


def _script(env: Env, name: ast.Identifier, node: ast.Block) -> typed.Block:
    inside = replace(
        env, scope=env.scope.inner(), owner=f"script {name.text}", in_script=True
    )
    block = body(inside, node, statement)
    check_script(env, block)
    return block


def _count(env: Env, node: ast.Client) -> int | Poison | None:
    if node.count is None:
        return 1
    if isinstance(node.count, ast.EveryNumber):
        return None
    return natural(env, node.count)


def _behaviours(env: Env, node: ast.Client | ast.Test) -> tuple[typed.Behaviour, ...]:
    """No trait means every level of trust that the platform knows."""
    found: list[typed.Behaviour] = []
    for trait in _traits(node):
        if trait.text not in _BEHAVIOURS:
            env.report(errors.unknown_trait(trait, tuple(_BEHAVIOURS)))
        else:
            found.append(_BEHAVIOURS[trait.text])
    return tuple(dict.fromkeys(found)) or _DEFAULT


def _traits(node: ast.Client | ast.Test) -> tuple[ast.Identifier, ...]:
    """Return the traits; the tree has the two words of ``trusted hostile`` apart."""
    found: list[ast.Identifier] = []
    for word in node.traits:
        if word.text == "hostile" and found:
            first = found.pop()
            found.append(ast.Identifier(f"{first.text} hostile", first.span.to(word.span)))
        else:
            found.append(word)
    return tuple(found)


def _target(env: Env, driver: ast.Identifier, entry: ast.Identifier) -> tuple[str, str] | None:
    entity = env.scope.find(driver.text)
    if not isinstance(entity, DriverName):
        known = [n for n in env.scope.visible() if isinstance(env.scope.find(n), DriverName)]
        env.report(errors.unknown_driver(driver, tuple(known)))
        return None
    if entry.text not in entity.entries:
        env.report(errors.unknown_entry(entry, entity.name, tuple(entity.entries)))
        return None
    kind = entity.entries[entry.text].kind.text
    if kind in BY_THE_SYSTEM:
        env.report(link_errors.runs_by_itself(entry, kind))
        return None
    return driver.text, entry.text
