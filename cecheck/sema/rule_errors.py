"""What can be wrong with a rule, one function per mistake."""

from __future__ import annotations

from cecheck.diagnostics import Code, Diagnostic
from cecheck.sema.scope import Signature
from cecheck.sema.types import Type
from cecheck.source import Span


def no_rule_variable(span: Span, type_: Type) -> Diagnostic:
    """A variable that a thread cannot carry along."""
    words = f"the variables of a rule are numbers and truth values, not `{type_.name}`"
    return Diagnostic(Code.BAD_RULE, words, span)


def not_watchable(span: Span) -> Diagnostic:
    """A rule about something else than the platform's functions."""
    words = "a rule is about the `api` functions of the platform"
    return Diagnostic(Code.BAD_RULE, words, span)


def names_of_arguments(span: Span, signature: Signature) -> Diagnostic:
    """More or fewer names than the function has arguments."""
    count = len(signature.parameters)
    words = f"`{signature.ref.name}` has {count} argument{'' if count == 1 else 's'}"
    every = ", ".join(f"`{parameter.name}`" for parameter in signature.parameters)
    tip = f"give a name to each of {every}" if every else None
    return Diagnostic(Code.BAD_RULE, words, span, help=tip)


def return_in_rule(span: Span) -> Diagnostic:
    """A jump out of what only looks on."""
    return Diagnostic(Code.BAD_JUMP, "`return` has no meaning in a rule", span)
