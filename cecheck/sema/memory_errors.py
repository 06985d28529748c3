"""Mistakes in what is asked of memory, and granted of pointers."""

from __future__ import annotations

from cecheck.diagnostics import Code, Diagnostic
from cecheck.source import Span
from cecheck.syntax import ast


def wrong_present(node: ast.Invocation) -> Diagnostic:
    """``present`` with other than two arguments."""
    return Diagnostic(Code.BAD_CALL, "`present` takes a pointer and a number of bytes", node.span)


def present_elsewhere(span: Span) -> Diagnostic:
    """``present`` in the code of a driver."""
    return Diagnostic(
        Code.BAD_CALL, "`present` is asked by a platform", span,
        help="a driver finds out by a function of the system, or by an access in a handler",
    )  # fmt: skip


def lasting_is_lost(node: ast.Invocation) -> Diagnostic:
    """``lasting`` as a statement."""
    return Diagnostic(
        Code.BAD_CALL, "the pointer that `lasting` gives is not used", node.span,
        help="what it is given stays as it is: write `p = lasting(p)`",
    )  # fmt: skip
