"""What can be wrong with the script of a client or a test, one function per mistake."""

from __future__ import annotations

from cecheck.diagnostics import Code, Diagnostic
from cecheck.source import Span


def not_for_scripts(span: Span) -> Diagnostic:
    """Something that only a driver does."""
    words = "a script calls drivers and computes, nothing else"
    tip = "memory is up to the other threads of its process; a pointer to pass is `any`"
    return Diagnostic(Code.BAD_SCRIPT, words, span, help=tip)


def called_in_function(span: Span) -> Diagnostic:
    """A call of a driver that does not stand in the script itself."""
    words = "a function that a script calls computes, nothing else"
    tip = "call drivers in the script itself"
    return Diagnostic(Code.BAD_SCRIPT, words, span, help=tip)


def calls_twice(span: Span) -> Diagnostic:
    """More than one call in which a well-behaved caller would have to keep promises."""
    words = "a test of a trusted caller passes pointers in one call"
    tip = "write a test for each of the calls, or leave out `trusted`"
    return Diagnostic(Code.BAD_SCRIPT, words, span, help=tip)


def asked_of_trusted(span: Span) -> Diagnostic:
    """An `assert` in the script of a client of which one call alone is well-behaved."""
    words = "what trusted clients get back is asked in a test"
    tip = "write a `test`, or make the client `untrusted`"
    return Diagnostic(Code.BAD_SCRIPT, words, span, help=tip)


def two_traits(span: Span) -> Diagnostic:
    """A test of several kinds of callers."""
    words = "a test has one trait"
    return Diagnostic(Code.BAD_SCRIPT, words, span, help="write a test for each kind of caller")
