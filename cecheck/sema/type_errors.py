"""What can be wrong with types, constants and jumps (CE3xx), one function per mistake."""

from __future__ import annotations

from cecheck.diagnostics import Code, Diagnostic, Note
from cecheck.sema.scope import Parameter, Signature
from cecheck.sema.types import (
    ArrayType,
    BoolType,
    IntType,
    NullType,
    PointerType,
    StructType,
    Type,
    VoidType,
)
from cecheck.sema.values import Constant, Value, type_of, type_words
from cecheck.source import Span
from cecheck.syntax import ast

# ---- CE301: types --------------------------------------------------------------------------------


def mismatch(span: Span, want: Type, value: Value) -> Diagnostic:
    """A value of another type than is needed."""
    if isinstance(type_of(value), VoidType):
        return gives_nothing(span)
    return mismatch_words(span, want, type_words(value), _conversion(span, want, value))


def mismatch_words(span: Span, want: Type, have: str, tip: str | None = None) -> Diagnostic:
    """The same, where only words are left of the value."""
    words = f"this is {have}, `{want.name}` is needed here"
    return Diagnostic(Code.TYPE_MISMATCH, words, span, help=tip)


def _conversion(span: Span, want: Type, value: Value) -> str | None:
    """Return how *value* is made into a *want*, if that is one word."""
    have, text = type_of(value), span.text
    if isinstance(want, BoolType):
        return as_truth(text, have)
    if isinstance(want, PointerType):
        return _as_pointer(text, want, value, have)
    if isinstance(want, IntType) and isinstance(have, IntType | BoolType | PointerType):
        return f"write `{operand(text)} as {want.name}`"
    return None


def as_truth(text: str, have: Type | None) -> str | None:
    """Return how *text* is made a truth value."""
    if isinstance(have, IntType | None):
        return f"write `{operand(text)} != 0`"
    if isinstance(have, PointerType | NullType):
        return f"write `{operand(text)} != null`"
    return None


def _as_pointer(text: str, want: PointerType, value: Value, have: Type | None) -> str | None:
    if isinstance(value, Constant):
        return "write `null`" if value.value == 0 else None
    if isinstance(have, PointerType) and want.target is not None:
        return f"write `{operand(text)} as {want.name.replace('?', '')}`"
    if isinstance(have, IntType) and want.user:
        target = want.target.name if want.target is not None else "u8"
        return f"write `{operand(text)} as user ptr {target} of P`, where P is its process"
    return None


def operand(text: str) -> str:
    """A cast binds tighter than an operator."""
    return f"({text})" if " " in text else text


def gives_nothing(span: Span) -> Diagnostic:
    """A call of a function without a result, used as a value."""
    return Diagnostic(Code.TYPE_MISMATCH, "this call gives nothing, a value is needed here", span)


def not_a_value(span: Span, type_: Type) -> Diagnostic:
    """A whole structure, array, lock or event where one value is needed."""
    tip = None
    if isinstance(type_, StructType):
        tip = "name one of its fields, or pass its address with `&`"
    if isinstance(type_, ArrayType):
        tip = "name one of its elements, or pass its address with `&`"
    words = f"`{type_.name}` cannot be used as a value"
    return Diagnostic(Code.TYPE_MISMATCH, words, span, help=tip)


def needs_type(span: Span, name: str, example: str) -> Diagnostic:
    """A value that has no type by itself."""
    tip = f"write `any({example})`" if name == "any" else f"declare it with a type: `: {example}`"
    words = f"nothing says what type `{name}` has here"
    return Diagnostic(Code.TYPE_MISMATCH, words, span, help=tip)


def nothing_to_return(span: Span) -> Diagnostic:
    """A value that is returned where there is no result."""
    return Diagnostic(Code.TYPE_MISMATCH, "there is no result to return a value for", span)


def mixed_widths(node: ast.Binary, left: Value, right: Value) -> Diagnostic:
    """Two integer types under one operator."""
    sides = [(left, node.left), (right, node.right)]
    sides.sort(key=lambda side: _width(side[0]))
    (_, narrow), (wide, _) = sides
    have = type_of(wide)
    name = have.name if have is not None else "u32"
    return Diagnostic(
        Code.TYPE_MISMATCH,
        f"`{node.op}` has {type_words(left)} on the left and {type_words(right)} on the right",
        node.span,
        help=f"convert one side: `{operand(narrow.span.text)} as {name}`",
    )


def _width(value: Value) -> int:
    type_ = type_of(value)
    return type_.width if isinstance(type_, IntType) else 0


def bad_promise_type(span: Span, value: Value) -> Diagnostic:
    """A promised size that is not an unsigned number."""
    words = f"a promised size is an unsigned number, this is {type_words(value)}"
    return Diagnostic(Code.TYPE_MISMATCH, words, span)


def signed_bound(span: Span, type_: Type) -> Diagnostic:
    """A range whose ends are signed."""
    words = f"the ends of a range are unsigned numbers, this is `{type_.name}`"
    tip = f"write `{operand(span.text)} as {type_.name.replace('i', 'u')}`"
    return Diagnostic(Code.TYPE_MISMATCH, words, span, help=tip)


def text_value(span: Span) -> Diagnostic:
    """A text where a value is needed."""
    return Diagnostic(Code.TYPE_MISMATCH, "a text is not a value", span)


def process_table_value(span: Span) -> Diagnostic:
    """``process`` alone."""
    words = "`process` is the table of processes, not one of them"
    return Diagnostic(Code.TYPE_MISMATCH, words, span, help="write `process[number]`")


# ---- CE304: calls --------------------------------------------------------------------------------


def wrong_count(node: ast.Invocation, signature: Signature, found: int | None) -> Diagnostic:
    """A call with more or fewer arguments than parameters; *found* None is ``...``."""
    name, wanted = signature.ref.name, len(signature.parameters)
    given = "`...`" if found is None else str(found)
    words = f"`{name}` takes {wanted} {_arguments(wanted)}, not {given}"
    notes = (Note(f"`{name}` is declared here", signature.span),)
    return Diagnostic(Code.BAD_CALL, words, node.span, notes)


def nothing_to_pass(node: ast.Invocation) -> Diagnostic:
    """``hand_on`` with arguments."""
    return Diagnostic(Code.BAD_CALL, "`hand_on` takes no arguments", node.span)


def wrong_copy(node: ast.Invocation) -> Diagnostic:
    """``copy`` with more or fewer than its three arguments."""
    words = "`copy` takes a destination, a source, and a number of bytes"
    return Diagnostic(Code.BAD_CALL, words, node.span)


def wrong_retire(node: ast.Invocation) -> Diagnostic:
    """``retire`` with other than one argument."""
    return Diagnostic(Code.BAD_CALL, "`retire` takes the process that exits", node.span)


def retire_elsewhere(span: Span) -> Diagnostic:
    """``retire`` in code that a thread runs."""
    return Diagnostic(
        Code.BAD_CALL, "`retire` stands in an `environment` of a platform", span,
        help="processes exit whenever they like: no driver makes them",
    )  # fmt: skip


def _arguments(count: int) -> str:
    return "argument" if count == 1 else "arguments"


def wrong_entry_count(
    node: ast.Invocation, target: tuple[str, ast.Entry], found: int | None
) -> Diagnostic:
    """A call of another driver with more or fewer arguments than its entry names."""
    driver, entry = target
    wanted, given = len(entry.parameters), "`...`" if found is None else str(found)
    words = f"`{driver}.{entry.name.text}` takes {wanted} {_arguments(wanted)}, not {given}"
    notes = (Note("the entry is declared here", entry.name.span),)
    return Diagnostic(Code.BAD_CALL, words, node.span, notes)


def wrong_enter_count(node: ast.Invocation, wanted: int) -> Diagnostic:
    """``enter`` with other arguments than the call has parameters."""
    words = f"`enter` takes the {wanted} {_arguments(wanted)} of the call, not {len(node.args)}"
    return Diagnostic(Code.BAD_CALL, words, node.span, help="`enter(...)` hands all of them on")


def wrong_pair_count(node: ast.Invocation, resource: str, wanted: int) -> Diagnostic:
    """A resource opened or closed with other arguments than it has parameters."""
    words = f"`{resource}` has {wanted} {_arguments(wanted)}, not {len(node.args)}"
    return Diagnostic(Code.BAD_CALL, words, node.span)


def needs_reference(span: Span, parameter: Parameter) -> Diagnostic:
    """An argument without ``&`` for a ``ref`` parameter."""
    return Diagnostic(
        Code.BAD_CALL,
        f"`{parameter.name}` is a `ref` parameter",
        span,
        (Note(f"`{parameter.name}` is declared here", parameter.span),),
        f"write `&{span.text}`",
    )


def not_by_reference(span: Span, parameter: Parameter) -> Diagnostic:
    """An argument with ``&`` for a parameter that is no pointer."""
    notes = (Note(f"`{parameter.name}` is declared here", parameter.span),)
    words = f"`{parameter.name}` takes a value, not an address"
    return Diagnostic(Code.BAD_CALL, words, span, notes)


def reference_to_foreign(span: Span, parameter: Parameter) -> Diagnostic:
    """A ``ref`` argument that is not in driver memory."""
    notes = (Note(f"`{parameter.name}` is declared here", parameter.span),)
    words = f"`ref {parameter.name}` needs a variable of the driver"
    return Diagnostic(Code.BAD_CALL, words, span, notes)


# ---- CE305, CE306: layouts and constants ---------------------------------------------------------


def no_layout(span: Span, type_: Type) -> Diagnostic:
    """A type that takes no bytes a caller could fill."""
    return Diagnostic(Code.BAD_LAYOUT, f"`{type_.name}` has no layout in memory", span)


def contains_itself(span: Span, name: str) -> Diagnostic:
    """A structure or alias inside itself."""
    tip = f"a structure may hold a pointer to itself: `ptr {name}`"
    return Diagnostic(Code.BAD_LAYOUT, f"`{name}` contains itself", span, help=tip)


def empty_structure(span: Span, name: str) -> Diagnostic:
    """A structure without fields."""
    return Diagnostic(Code.BAD_LAYOUT, f"structure `{name}` has no fields", span)


def terminated_array(span: Span) -> Diagnostic:
    """``[*]`` where memory is laid out."""
    tip = "a terminated string is behind a pointer: `user ptr u16[*]`"
    return Diagnostic(Code.BAD_LAYOUT, "`[*]` says nothing about the size", span, help=tip)


def open_array(span: Span) -> Diagnostic:
    """``[]`` or ``[1 .. n]`` anywhere but at the end of a structure."""
    tip = "only the last field of a structure may go on: `data : u8[1 .. length]`"
    return Diagnostic(Code.BAD_LAYOUT, "an array of open size has no layout here", span, help=tip)


def open_inside(span: Span, type_: Type) -> Diagnostic:
    """A structure of open size inside another type."""
    tip = f"let it be behind a pointer: `user ptr {type_.name}`"
    words = f"`{type_.name}` has an open size, nothing can stand behind it"
    return Diagnostic(Code.BAD_LAYOUT, words, span, help=tip)


def no_local(span: Span, type_: Type) -> Diagnostic:
    """A local, parameter or result of a type that only drivers can declare."""
    tip = f"declare it in the driver: `{type_.name} name`"
    words = f"`{type_.name}` cannot be a local variable, parameter or result"
    return Diagnostic(
        Code.BAD_LAYOUT, words, span, help=tip if type_.name in ("lock", "event") else None
    )


def no_global(span: Span, type_: Type) -> Diagnostic:
    """A global that is written like a variable and is none."""
    words = f"`{type_.name}` is not the type of a variable"
    return Diagnostic(Code.BAD_LAYOUT, words, span, help=f"write `{type_.name} name`")


def not_constant(span: Span) -> Diagnostic:
    """Something that is known only when the driver runs."""
    return Diagnostic(Code.NOT_CONSTANT, "a constant is needed here", span)


def no_number(span: Span) -> Diagnostic:
    """A truth value where values are counted."""
    return Diagnostic(Code.TYPE_MISMATCH, "a number is needed here", span)


def bad_count(span: Span) -> Diagnostic:
    """A number of things that is none."""
    words = "a count from 1 to 65536 is needed here"
    return Diagnostic(Code.NOT_CONSTANT, words, span)


def promise_not_plain(span: Span) -> Diagnostic:
    """A promise that cannot be evaluated beside the pointer."""
    words = "a promised size is made of names beside the pointer, constants and operators"
    return Diagnostic(Code.NOT_CONSTANT, words, span)


def depends_on_itself(span: Span, name: str) -> Diagnostic:
    """A constant that needs its own value."""
    return Diagnostic(Code.NOT_CONSTANT, f"`{name}` depends on itself", span)


def rests_on_too_much(span: Span, name: str) -> Diagnostic:
    """A declaration that needs one below it, which needs another one, and so on for too long."""
    words = f"`{name}` rests on too many declarations, each of which needs the next one"
    tip = "declare each of them behind those that it needs"
    return Diagnostic(Code.TOO_LARGE, words, span, help=tip)


# ---- CE307 ... CE312 -----------------------------------------------------------------------------


def jump_outside_loop(span: Span, word: str) -> Diagnostic:
    """``break`` or ``continue`` without a loop."""
    return Diagnostic(Code.BAD_JUMP, f"`{word}` is not inside a loop", span)


def jump_out_of_finally(span: Span, word: str) -> Diagnostic:
    """A jump that would leave a ``finally`` block."""
    return Diagnostic(Code.BAD_JUMP, f"`{word}` cannot leave a `finally` block", span)


def jump_out_of_atomic(span: Span, word: str) -> Diagnostic:
    """A jump that would end an action in its middle."""
    return Diagnostic(Code.BAD_JUMP, f"`{word}` cannot leave an `atomic` block", span)


def not_one_action(span: Span, what: str, block: Span) -> Diagnostic:
    """Something in ``atomic`` that takes time, or that others have a part in."""
    notes = (Note("the block begins here", Span(block.source, block.start, block.start + 6)),)
    return Diagnostic(Code.BAD_ATOMIC, f"{what} cannot stand in an `atomic` block", span, notes)


def not_assignable(span: Span, why: str, declared: Span | None = None) -> Diagnostic:
    """An assignment to something fixed; *why* is ``let`` or ``unique``."""
    if why == "unique":
        words = "the field by which a process is found does not change"
        return Diagnostic(Code.NOT_ASSIGNABLE, words, span)
    notes = (Note("it is declared here", declared),) if declared is not None else ()
    words = f"`{span.text}` cannot be assigned to"
    tip = "only what is declared with `var` changes" if declared is not None else None
    return Diagnostic(Code.NOT_ASSIGNABLE, words, span, notes, tip)


def no_place(span: Span) -> Diagnostic:
    """An assignment to a value."""
    return Diagnostic(Code.NOT_ASSIGNABLE, f"`{span.text}` is a value, not a variable", span)


def bad_arithmetic(node: ast.Binary) -> Diagnostic:
    """A constant division by zero, or a shift by the width or more."""
    words = "this divides by zero" if node.op in ("/", "%") else "this shifts by the width or more"
    return Diagnostic(Code.BAD_ARITHMETIC, words, node.right.span)


def too_large_a_number(span: Span) -> Diagnostic:
    """A constant that no type ever holds."""
    words = "this number is larger than any type can hold"
    return Diagnostic(Code.TOO_LARGE, words, span)


def recursion(span: Span, path: tuple[str, ...]) -> Diagnostic:
    """A function that calls itself, perhaps through others."""
    names = [key.rpartition(".")[2] for key in path]
    through = "" if len(names) == 1 else f" through `{'`, `'.join(names[1:])}`"
    words = f"`{names[0]}` calls itself{through}"
    tip = "calls are expanded where they stand; write a loop"
    return Diagnostic(Code.RECURSION, words, span, help=tip)


def not_local(span: Span, what: str) -> Diagnostic:
    """A measure that says nothing of when a loop ends, since others change it."""
    words = f"{what} is not the loop's own: others may change it between two rounds"
    tip = "measure what only this thread changes: fetch it once, into a local variable"
    return Diagnostic(Code.BAD_MEASURE, words, span, help=tip)


def not_plain(span: Span) -> Diagnostic:
    """A measure with a call, a choice or an element of an array in it."""
    words = "a measure is made of local variables, constants and operators"
    return Diagnostic(Code.BAD_MEASURE, words, span)


def no_measure(span: Span, have: str) -> Diagnostic:
    """A measure that is no unsigned number."""
    words = f"this is {have}, an unsigned number that becomes smaller is needed here"
    return Diagnostic(Code.BAD_MEASURE, words, span)
