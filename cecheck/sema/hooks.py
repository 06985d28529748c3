"""Hooks: the functions by which a platform says what an access means."""

from __future__ import annotations

from cecheck.sema import link_errors
from cecheck.sema.context import Env
from cecheck.sema.conversions import BOOL, PROCESS
from cecheck.sema.scope import FunctionName, Signature
from cecheck.sema.types import Type
from cecheck.sema.values import Poison
from cecheck.syntax import ast

PICTURED = ("first_byte", "last_byte")  # for pictures of memory: no verdict rests on them
_OPTIONAL = ("pinned", "excess", "heap", "stays", *PICTURED)
_OF_CRITICAL_CALLS = ("pageable", "pageable_driver")


def find_hooks(env: Env, platform: ast.Platform) -> dict[str, str]:
    """Return the keys of the platform's hooks, found by name; each must be called as is agreed."""
    found = {}
    optional: tuple[str, ...] = _OPTIONAL
    if not any(isinstance(item, ast.Call) and item.critical for item in platform.items):
        optional += _OF_CRITICAL_CALLS
    for name, (parameters, result) in _agreed(env).items():
        entity = env.scope.find(name)
        if isinstance(entity, FunctionName):
            _check(env, entity.signature, parameters, result)
            found[name] = entity.signature.ref.key
        elif name not in optional:
            words = _words(name, parameters, result)
            env.report(link_errors.missing_hook(platform.name, name, words))
    return found


def _agreed(env: Env) -> dict[str, tuple[tuple[Type, ...], Type]]:
    word = env.context.word
    return {
        "translate": ((word,), word),
        "permit": ((word, BOOL), BOOL),
        "owns": ((PROCESS, word, BOOL), BOOL),
        "inside": ((PROCESS,), BOOL),
        "there": ((word,), BOOL),
        "vacant": ((word,), BOOL),
        "honest": ((PROCESS, word, word), BOOL),
        "heap": ((word,), BOOL),
        "pinned": ((word,), BOOL),
        "stays": ((word, word, word), BOOL),
        "excess": ((PROCESS,), BOOL),
        "pageable": ((word, BOOL), BOOL),
        "pageable_driver": ((PROCESS,), BOOL),
        "first_byte": ((PROCESS,), word),
        "last_byte": ((PROCESS,), word),
    }


def _words(name: str, parameters: tuple[Type, ...], result: Type) -> str:
    """Return how the hook is declared, with the parameter names of the language's description."""
    plain = tuple({"process": "p", "bool": "writing"}.get(p.name, "a") for p in parameters)
    names = {"honest": ("p", "a", "n"), "stays": ("a", "p", "n")}.get(name, plain)
    words = [f"{called}: {p.name}" for called, p in zip(names, parameters, strict=True)]
    return f"fn {name}({', '.join(words)}) -> {result.name}"


def _check(env: Env, signature: Signature, parameters: tuple[Type, ...], result: Type) -> None:
    have = tuple(p.variable.type for p in signature.parameters if p.variable is not None)
    if len(have) != len(signature.parameters) or isinstance(signature.result, Poison):
        return
    if have != parameters or signature.result != result:
        words = _words(signature.ref.name, parameters, result)
        env.report(link_errors.wrong_hook(signature, words))
