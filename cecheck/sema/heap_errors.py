"""What is said of `alloc`, `free` and others that take one thing, and are written wrongly."""

from __future__ import annotations

from cecheck.diagnostics import Code, Diagnostic
from cecheck.sema.types import PointerType
from cecheck.source import Span
from cecheck.syntax import ast


def untyped_memory(node: ast.Invocation) -> Diagnostic:
    """New memory of which nobody says what it holds."""
    words = "`alloc` gives memory without a type"
    return Diagnostic(
        Code.TYPE_MISMATCH, words, node.span, help=f"write `{node.span.text} as ptr u8`"
    )


def platform_memory(span: Span) -> Diagnostic:
    """New memory in a platform, of a type that it cannot know."""
    words = "what a function of the platform allocates has the type of what it is given"
    return Diagnostic(Code.TYPE_MISMATCH, words, span, help="write `as address`")


def kept_memory(span: Span) -> Diagnostic:
    """New memory in a function of a platform that cannot give it to anybody."""
    words = "a function of the platform that allocates gives an `address`"
    return Diagnostic(Code.TYPE_MISMATCH, words, span)


def shown_to_nobody(span: Span) -> Diagnostic:
    """Memory that a function of a platform shows, and gives nobody the address of."""
    words = "a function of the platform that shows memory gives its `address`"
    return Diagnostic(Code.TYPE_MISMATCH, words, span)


def allocated_is_ours(span: Span, want: PointerType) -> Diagnostic:
    """New memory as if a caller had supplied it."""
    words = f"what `alloc` gives is the driver's own, not `{want.name}`"
    return Diagnostic(Code.TYPE_MISMATCH, words, span, help="write `as ptr`")


def not_a_pointer(span: Span, have: str) -> Diagnostic:
    """Something else than a pointer given to `free`, `hide` or `lasting`."""
    return Diagnostic(Code.TYPE_MISMATCH, f"this is {have}, a pointer is needed here", span)


def gives_back(node: ast.Invocation) -> Diagnostic:
    """`free` or `hide` as a value."""
    words = f"`{node.callee.span.text}` gives no value"
    return Diagnostic(Code.TYPE_MISMATCH, words, node.span)


def pointer_and_size(node: ast.Invocation) -> Diagnostic:
    """`show` of something else than a pointer and a number of bytes."""
    words = f"`{node.callee.span.text}` takes a pointer and a number of bytes"
    return Diagnostic(Code.BAD_CALL, words, node.span)


def one_argument(node: ast.Invocation) -> Diagnostic:
    """`alloc`, `free`, `hide` or `lasting` with more or less than one argument."""
    words = f"`{node.callee.span.text}` takes 1 argument, not {len(node.args)}"
    return Diagnostic(Code.BAD_CALL, words, node.span)
