"""Clients: who calls the drivers, how many, and how they behave."""

from __future__ import annotations

from cecheck.sema import errors, link_errors, typed
from cecheck.sema.context import Env
from cecheck.sema.life import BY_THE_SYSTEM
from cecheck.sema.scope import DriverName
from cecheck.sema.type_expr import natural
from cecheck.sema.values import Poison
from cecheck.syntax import ast

_BEHAVIOURS = {b.value: b for b in typed.Behaviour}
_DEFAULT = (typed.Behaviour.UNTRUSTED, typed.Behaviour.TRUSTED)


def elaborate_client(env: Env, node: ast.Client) -> typed.Client | None:
    """Read a client."""
    behaviours = _behaviours(env, node)
    count = _count(env, node)
    targets = [_target(env, driver, entry) for driver, entry in node.targets]
    if node.script is not None:
        env.report(link_errors.not_yet(node.name.span, "a client with a script"))
    if isinstance(count, Poison):
        return None
    good = tuple(t for t in targets if t is not None)
    return typed.Client(node.name.text, count, behaviours, good, node.span)


def _count(env: Env, node: ast.Client) -> int | Poison | None:
    if node.count is None:
        return 1
    if isinstance(node.count, ast.EveryNumber):
        return None
    return natural(env, node.count)


def _behaviours(env: Env, node: ast.Client) -> tuple[typed.Behaviour, ...]:
    """No trait means every level of trust that the platform knows."""
    found: list[typed.Behaviour] = []
    for trait in _traits(node):
        if trait.text not in _BEHAVIOURS:
            env.report(errors.unknown_trait(trait, tuple(_BEHAVIOURS)))
        else:
            found.append(_BEHAVIOURS[trait.text])
    return tuple(dict.fromkeys(found)) or _DEFAULT


def _traits(node: ast.Client) -> tuple[ast.Identifier, ...]:
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
