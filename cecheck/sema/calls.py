"""Calls: of functions, of the driver that a platform call enters, and of what comes later."""

from __future__ import annotations

from collections.abc import Sequence

from cecheck.sema import errors, heap_errors, link_errors, memory_errors, type_errors, typed
from cecheck.sema.context import Code, Env
from cecheck.sema.conversions import BOOL, value_at
from cecheck.sema.heap import ALLOC, SHOW, one_pointer, shown
from cecheck.sema.life import BY_THE_SYSTEM
from cecheck.sema.names import find
from cecheck.sema.places import refer
from cecheck.sema.references import PlaceRef, mention
from cecheck.sema.resources import is_asked
from cecheck.sema.scope import (
    DriverName,
    FunctionName,
    LastingName,
    MemoryName,
    Parameter,
    PresentName,
    ResourceName,
    Ruined,
    Signature,
    StringName,
)
from cecheck.sema.strings import string_length
from cecheck.sema.types import ADDRESS, PointerType, Type
from cecheck.sema.values import POISON, Poison, Value
from cecheck.sema.walk import has_element
from cecheck.syntax import ast


def invoke(env: Env, node: ast.Invocation) -> Value:
    """Return the value of a call."""
    if isinstance(node.callee, ast.Member):
        return _method(env, node, node.callee)
    if not isinstance(node.callee, ast.Name):
        return _failed(env, node, env.report(errors.not_a(node.callee.span, "a function")))
    name = node.callee
    if name.text == "enter" and env.frame is not None:
        return _enter(env, node)
    entity = find(env, name.text, name.span)
    match entity:
        case FunctionName(signature):
            return _call(env, node, signature)
        case MemoryName(name=word) if word == SHOW:
            return shown(env, node)
        case MemoryName(word):
            refused = heap_errors.untyped_memory if word == ALLOC else heap_errors.gives_back
            return _failed(env, node, env.report(refused(node)))
        case LastingName():
            return _lasting(env, node)
        case PresentName(here):
            return _present(env, node, here)
        case StringName():
            return string_length(env, node)
        case Poison() | Ruined():
            return _failed(env, node, POISON)
        case _:
            wrong = errors.wrong_kind(name.span, name.text, entity, "a function")
            return _failed(env, node, env.report(wrong))


def _failed(env: Env, node: ast.Invocation, poison: Poison) -> Poison:
    """Read the arguments all the same: their own mistakes are worth a message."""
    for arg in node.args:
        if not isinstance(arg, ast.Any):
            refer(env, arg.arg if isinstance(arg, ast.Unary) and arg.op == "&" else arg)
    return poison


def _present(env: Env, node: ast.Invocation, here: bool) -> Value:
    """``present(p, n)``: what a platform may know about memory."""
    if not here:
        return _failed(env, node, env.report(memory_errors.present_elsewhere(node.span)))
    if node.passes_all or len(node.args) != len(("p", "n")):
        return _failed(env, node, env.report(memory_errors.wrong_present(node)))
    pointer = value_at(env, node.args[0], ADDRESS)
    count = value_at(env, node.args[1], env.context.word)
    if isinstance(pointer, Poison) or isinstance(count, Poison):
        return POISON
    return typed.Present(pointer, count, BOOL, node.span)


def _lasting(env: Env, node: ast.Invocation) -> Value:
    """``lasting(p)``: a grant where a platform says so, an assumption where a driver does."""
    pointer = one_pointer(env, node)
    if isinstance(pointer, Poison):
        return POISON
    if env.code is not Code.PLATFORM:
        words = f"`{node.args[0].span.text}` may be used when its call is over"
        env.context.assumptions.append(typed.Assumption(words, node.span))
    return typed.Lasting(pointer, pointer.type, node.span)


def _method(env: Env, node: ast.Invocation, callee: ast.Member) -> Value:
    """``Lower.Send(...)``: a call from one driver, or from a script, into another one."""
    if not isinstance(callee.base, ast.Name):
        return _failed(env, node, env.report(errors.not_a(callee.span, "a function")))
    entity = find(env, callee.base.text, callee.base.span)
    if isinstance(entity, Poison | Ruined):
        return _failed(env, node, POISON)
    if isinstance(entity, ResourceName):
        return _failed(env, node, env.report(errors.not_a(node.span, "a value")))
    if not isinstance(entity, DriverName):
        return _failed(env, node, env.report(errors.not_a(callee.span, "a function")))
    if callee.name.text not in entity.entries:
        wrong = errors.unknown_entry(callee.name, entity.name, tuple(entity.entries))
        return _failed(env, node, env.report(wrong))
    kinds = [entry.kind for entry in entity.entries.values()]
    return _cross(env, node, (entity.name, entity.entries[callee.name.text]), kinds)


def _cross(
    env: Env,
    node: ast.Invocation,
    target: tuple[str, ast.Entry],
    kinds: Sequence[ast.Identifier],
) -> Value:
    """The call of the platform that enters the other driver runs around its entry."""
    driver, entry = target
    key = f"entry {driver}.{entry.name.text}"
    env.context.calls.setdefault(env.owner, []).append((key, node.span))
    if node.passes_all or len(node.args) != len(entry.parameters):
        found = None if node.passes_all else len(node.args)
        wrong = type_errors.wrong_entry_count(node, (driver, entry), found)
        return _failed(env, node, env.report(wrong))
    if env.in_script and entry.kind.text in BY_THE_SYSTEM:
        assert isinstance(node.callee, ast.Member)
        wrong = link_errors.runs_by_itself(node.callee.name, entry.kind.text)
        return _failed(env, node, env.report(wrong))
    if not env.in_script and any(kind.text in (typed.INIT, typed.OPEN) for kind in kinds):
        what = f"a call into `{driver}`, which has a life of its own,"
        return _failed(env, node, env.report(link_errors.not_yet(node.span, what)))
    call = env.context.kinds.get(entry.kind.text)
    places = {p.name: n for n, p in enumerate(call.parameters)} if call is not None else {}
    if call is None or not all(p.name.text in places for p in entry.parameters):
        return _failed(env, node, POISON)  # the entry itself is wrong, and that is reported there
    positions = tuple(places[p.name.text] for p in entry.parameters)
    pairs = zip(node.args, positions, strict=True)
    args = [value_at(env, arg, call.parameters[n].type) for arg, n in pairs]
    good = tuple(a for a in args if not isinstance(a, Poison))
    if len(good) != len(args):
        return POISON
    return typed.CrossExpr(driver, entry.name.text, positions, good, call.result, node.span)


def _call(env: Env, node: ast.Invocation, signature: Signature) -> Value:
    env.context.calls.setdefault(env.owner, []).append((signature.ref.key, node.span))
    if node.passes_all or len(node.args) != len(signature.parameters):
        found = None if node.passes_all else len(node.args)
        return _failed(env, node, env.report(type_errors.wrong_count(node, signature, found)))
    pairs = zip(node.args, signature.parameters, strict=True)
    args = [_argument(env, arg, parameter) for arg, parameter in pairs]
    good = tuple(a for a in args if not isinstance(a, Poison))
    if len(good) != len(args) or isinstance(signature.result, Poison):
        return POISON
    type_ = _result(signature, signature.result, good)
    is_ours = env.code is Code.SPECIFICATION and signature.ref.is_api
    if is_ours and is_asked(env, signature.ref.key):
        env.context.site_names.add(" ".join(node.span.text.split()))
    return typed.CallExpr(signature.ref, good, type_, node.span)


def _argument(env: Env, arg: ast.Expr, parameter: Parameter) -> typed.Expr | typed.Place | Poison:
    if parameter.variable is None:
        env.evaluate(arg)
        return POISON
    if parameter.by_reference:
        return _reference(env, arg, parameter, parameter.variable.type)
    if isinstance(arg, ast.Unary) and arg.op == "&" and not _is_pointer(parameter.variable.type):
        return env.report(type_errors.not_by_reference(arg.span, parameter))
    return value_at(env, arg, parameter.variable.type)


def _is_pointer(type_: Type) -> bool:
    return isinstance(type_, PointerType)


def _reference(env: Env, arg: ast.Expr, parameter: Parameter, want: Type) -> typed.Place | Poison:
    if not isinstance(arg, ast.Unary) or arg.op != "&":
        env.evaluate(arg, want)
        return env.report(type_errors.needs_reference(arg.span, parameter))
    ref = refer(env, arg.arg)
    if isinstance(ref, Poison):
        return ref
    if not isinstance(ref, PlaceRef):
        return env.report(type_errors.reference_to_foreign(arg.span, parameter))
    if ref.fixed is not None:
        return env.report(type_errors.not_assignable(arg.arg.span, ref.fixed))
    fits = ref.place.type == want or (want == ADDRESS and _is_pointer(ref.place.type))
    if not fits:
        return env.report(type_errors.mismatch_words(arg.span, want, f"`{ref.place.type.name}`"))
    if has_element(ref.place):
        return env.report(link_errors.not_yet(arg.span, "an element of an array by reference"))
    if _is_of_a_handle(ref.place):
        return env.report(link_errors.not_yet(arg.span, "a reference into `context`"))
    mention(env, ref.place)
    return ref.place


def _is_of_a_handle(place: typed.Place) -> bool:
    match place:
        case typed.FieldPlace() | typed.ElementPlace():
            return _is_of_a_handle(place.base)
        case typed.VarPlace(variable):
            return variable.storage is typed.Storage.CONTEXT
        case _:
            return False


def _result(signature: Signature, result: Type, args: tuple[typed.Expr | typed.Place, ...]) -> Type:
    """An ``address`` comes back with the type of the first ``address`` argument."""
    if result != ADDRESS:
        return result
    for arg, parameter in zip(args, signature.parameters, strict=True):
        if parameter.variable is not None and parameter.variable.type == ADDRESS:
            return _before_retyping(arg)
    return result


def _before_retyping(arg: typed.Expr | typed.Place) -> Type:
    if isinstance(arg, typed.Retype):
        return arg.value.type
    return arg.type


def _enter(env: Env, node: ast.Invocation) -> Value:
    frame = env.frame
    assert frame is not None
    if node.passes_all:
        own = tuple(
            typed.Read(typed.VarPlace(p, p.type, node.span), p.type, node.span)
            for p in frame.parameters
        )
        return typed.EnterExpr(own, frame.result, node.span)
    if len(node.args) != len(frame.parameters):
        wrong = type_errors.wrong_enter_count(node, len(frame.parameters))
        return _failed(env, node, env.report(wrong))
    pairs = zip(node.args, frame.parameters, strict=True)
    args = [value_at(env, arg, parameter.type) for arg, parameter in pairs]
    good = tuple(a for a in args if not isinstance(a, Poison))
    return typed.EnterExpr(good, frame.result, node.span) if len(good) == len(args) else POISON
