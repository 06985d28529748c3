"""The names that the language gives."""

from __future__ import annotations

from cecheck.sema import typed
from cecheck.sema.context import Context
from cecheck.sema.conversions import BOOL, PROCESS, SET
from cecheck.sema.heap import ALLOC, FREE, HIDE, SHOW
from cecheck.sema.scope import (
    CopyName,
    Entity,
    GivenName,
    HandOnName,
    LastingName,
    MemoryName,
    PresentName,
    RetireName,
    Scope,
    StringName,
    TypeName,
    known,
)
from cecheck.sema.types import ADDRESS, EventType, IntType, LockType, NullType, Type
from cecheck.sema.values import Constant


def builtin_scope(context: Context) -> Scope:
    """Return the names that are known everywhere."""
    names: dict[str, Entity] = {
        "null": GivenName(lambda span: typed.Null(NullType(), span)),
        "true": GivenName(lambda span: Constant(1, BOOL, span)),
        "false": GivenName(lambda span: Constant(0, BOOL, span)),
        "everyone": GivenName(lambda span: typed.Everyone(SET, span)),
        "home": _party(typed.Party.HOME),
        "copy": CopyName(),
        "retire": RetireName(False),
        "present": PresentName(False),
        "lasting": LastingName(),
        "string_length": StringName(),
        "none": _party(typed.Party.NOBODY),
    }
    names |= {name: TypeName(known(type_)) for name, type_ in _types(context).items()}
    names |= {name: MemoryName(name) for name in (ALLOC, FREE)}
    return Scope(names)


def platform_scope(outer: Scope) -> Scope:
    """Return the names that platforms know besides: who is entered, where rights leave, what is
    there, and what drivers are shown."""
    names: dict[str, Entity] = {
        "callee": _party(typed.Party.CALLEE),
        "hand_on": HandOnName(),
        "present": PresentName(True),
    }
    names |= {name: MemoryName(name) for name in (SHOW, HIDE)}
    return Scope(names, outer)


def environment_scope(outer: Scope) -> Scope:
    """Return the names that an ``environment`` knows besides."""
    return Scope({"retire": RetireName(True)}, outer)


def _party(party: typed.Party) -> GivenName:
    return GivenName(lambda span: typed.PartyExpr(party, PROCESS, span))


def _types(context: Context) -> dict[str, Type]:
    widths = context.widths
    types: dict[str, Type] = {
        "bool": BOOL,
        "process": PROCESS,
        "address": ADDRESS,
        "lock": LockType(),
        "event": EventType(),
    }
    for digits, width in widths.numbers:
        size = widths.size(digits)
        types[f"u{digits}"] = IntType(width, False, size, f"u{digits}")
        types[f"i{digits}"] = IntType(width, True, size, f"i{digits}")
    return types
