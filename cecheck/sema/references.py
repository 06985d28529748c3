"""Places and targets before it is known whether they are read, written, or pointed at."""

from __future__ import annotations

from cecheck.record import record
from cecheck.sema import link_errors, operator_errors, type_errors, typed
from cecheck.sema.context import Env
from cecheck.sema.layout import size_of
from cecheck.sema.pointers import moved_by, scaled
from cecheck.sema.types import (
    ArrayType,
    EventType,
    HandleType,
    LockType,
    PointerType,
    StructType,
    Type,
)
from cecheck.sema.values import POISON, Poison, Value
from cecheck.source import Span

LET = "let"  # why a place bound by `let` cannot be assigned to


@record
class PlaceRef:
    """Driver or platform memory; *fixed* says why it cannot be assigned to."""

    place: typed.Place
    fixed: str | None = None


@record
class TargetRef:
    """Memory reached through *pointer*.

    It is *path* of the structure pointed to, or of element *index* of *stride* bytes.
    """

    pointer: typed.Expr
    index: typed.Expr | None
    stride: int
    path: str
    offset: int
    type: Type
    span: Span


Ref = PlaceRef | TargetRef | Value


def read(env: Env, ref: Ref) -> Value:
    """Return the value of *ref*; reading a target is a fetch."""
    if not isinstance(ref, PlaceRef | TargetRef):
        return ref
    span = span_of(ref)
    type_ = ref.place.type if isinstance(ref, PlaceRef) else ref.type
    if isinstance(ref, PlaceRef) and _is_own_handle(ref.place):
        return typed.OwnHandle(HandleType(), span)
    if isinstance(type_, ArrayType | StructType | LockType | EventType):
        return env.report(type_errors.not_a_value(span, type_))
    if isinstance(ref, PlaceRef):
        mention(env, ref.place)
        return typed.Read(ref.place, type_, span)
    target = target_of(env, ref)
    return target if isinstance(target, Poison) else typed.Fetch(target, type_, span)


def _is_own_handle(place: typed.Place) -> bool:
    return (
        isinstance(place, typed.VarPlace) and place.variable.storage is typed.Storage.CONTEXT
    )


def span_of(ref: PlaceRef | TargetRef) -> Span:
    """Return where *ref* stands."""
    return ref.place.span if isinstance(ref, PlaceRef) else ref.span


def mention(env: Env, place: typed.Place) -> None:
    """Note that driver memory is used by name here: expectations may speak of it."""
    root = place
    while isinstance(root, typed.FieldPlace | typed.ElementPlace):
        root = root.base
    shared = isinstance(root, typed.VarPlace) and root.variable.is_kept
    if shared or isinstance(place, typed.ElementPlace):
        env.context.site_names.add(" ".join(place.span.text.split()))


def target_of(env: Env, ref: TargetRef) -> typed.Target | Poison:
    """Return the access to *ref*, a site."""
    size = size_of(env, ref.type, ref.span)
    if isinstance(size, Poison):
        return size
    site = env.site(ref.span)
    if ref.index is None:
        return typed.FieldTarget(ref.pointer, _field(env, ref), size, site, ref.span)
    field = _field(env, ref) if ref.path else None
    return typed.ElementTarget(ref.pointer, ref.index, ref.stride, field, size, site, ref.span)


def _field(env: Env, ref: TargetRef) -> typed.FieldLayout:
    """Return the field of the structure pointed to, with what is promised of it."""
    pointer = ref.pointer.type
    if isinstance(pointer, PointerType) and isinstance(pointer.target, StructType):
        layout = env.context.structures[pointer.target.name].layout.get()
        if isinstance(layout, typed.Layout) and ref.path in layout.by_name:
            return layout.by_name[ref.path]
    return typed.FieldLayout(ref.path, ref.type, ref.offset)


def address_of(env: Env, ref: Ref, span: Span) -> typed.Expr | Poison:
    """Return ``&ref``; an array gives a pointer to its first element."""
    match ref:
        case PlaceRef(place, None):
            return _address_of_place(env, place, span)
        case PlaceRef():  # through a pointer it could be changed all the same
            return env.report(operator_errors.address_of_fixed(span))
        case TargetRef():
            return address_of_target(env, ref, span)
        case Poison():
            return ref
        case _:
            return env.report(operator_errors.no_address(span))


def address_of_target(env: Env, ref: TargetRef, span: Span) -> typed.Expr:
    """Return the pointer to *ref*; this is arithmetic, not an access."""
    word = env.context.word
    amount: typed.Expr = typed.Literal(ref.offset, word, span)
    if ref.index is not None:
        amount = scaled(env, ref.index, ref.stride, span)
        if ref.offset:
            rest = typed.Literal(ref.offset, word, span)
            amount = typed.Operation(typed.Operator.ADD, (amount, rest), word, span)
    pointer = ref.pointer.type
    assert isinstance(pointer, PointerType)
    return moved_by(ref.pointer, amount, PointerType(pointer.user, _pointee(ref.type)), span)


def _address_of_place(env: Env, place: typed.Place, span: Span) -> typed.Expr | Poison:
    root = place
    while isinstance(root, typed.FieldPlace | typed.ElementPlace):
        root = root.base
    if isinstance(root, typed.VarPlace) and root.variable.storage is typed.Storage.CONTEXT:
        return env.report(link_errors.not_yet(span, "the address of what `context` holds"))
    memory = (typed.Storage.LOCAL, typed.Storage.GLOBAL)
    if not isinstance(root, typed.VarPlace) or root.variable.storage not in memory:
        return env.report(operator_errors.no_address(span))
    if isinstance(size_of(env, place.type, span), Poison):
        return POISON
    if env.context.several_homes and "." not in env.owner:  # in whose process would it be?
        what = "`&` in a function outside the drivers, where they live in several processes,"
        return env.report(link_errors.not_yet(span, what))
    env.context.addressed.add(root.variable.number)
    if len(env.context.addressed) > typed.MOST_OBJECTS:
        what = f"the address of more than {typed.MOST_OBJECTS} variables"
        return env.report(link_errors.not_yet(span, what))
    return typed.AddressOf(place, PointerType(False, _pointee(place.type)), span)


def _pointee(type_: Type) -> Type:
    return type_.element if isinstance(type_, ArrayType) else type_
