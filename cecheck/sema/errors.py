"""What can be wrong with names and statements (CE2xx, CE4xx), one function per mistake."""

from __future__ import annotations

from cecheck.diagnostics import Code, Diagnostic, Note
from cecheck.sema.scope import Entity, HiddenName, describe
from cecheck.source import Span
from cecheck.syntax import ast

_MOST_COMPARED = 500  # names: to compare one with many takes long


def did_you_mean(name: str, known: tuple[str, ...]) -> str | None:
    """Return the help that offers the known name most like *name*."""
    from difflib import get_close_matches  # noqa: PLC0415  (needed only when a name is wrong)

    same = [k for k in known if k.lower() == name.lower()]
    close = same or get_close_matches(name, known[:_MOST_COMPARED], 1, 0.7)
    return f"did you mean `{close[0]}`?" if close else None


def _one_of(known: tuple[str, ...]) -> str | None:
    return "one of " + ", ".join(f"`{k}`" for k in known) if known else None


# ---- CE201 ... CE205: names ----------------------------------------------------------------------


def unknown_name(span: Span, name: str, known: tuple[str, ...]) -> Diagnostic:
    """A name that stands for nothing here."""
    words = f"`{name}` is not declared here"
    return Diagnostic(Code.UNKNOWN_NAME, words, span, help=did_you_mean(name, known))


def unknown_type(span: Span, name: str, known: tuple[str, ...]) -> Diagnostic:
    """A type that nobody declared."""
    words = f"there is no type `{name}`"
    return Diagnostic(Code.UNKNOWN_NAME, words, span, help=did_you_mean(name, known))


def unknown_process(name: ast.Identifier, known: tuple[str, ...]) -> Diagnostic:
    """A process that the platform does not name."""
    words = f"the platform names no process `{name.text}`"
    tip = did_you_mean(name.text, known) or _one_of(known)
    return Diagnostic(Code.UNKNOWN_NAME, words, name.span, help=tip)


def unknown_driver(name: ast.Identifier, known: tuple[str, ...]) -> Diagnostic:
    """A client that calls a driver that is not there."""
    words = f"there is no driver `{name.text}`"
    tip = did_you_mean(name.text, known) or _one_of(known)
    return Diagnostic(Code.UNKNOWN_NAME, words, name.span, help=tip)


def unknown_entry(name: ast.Identifier, driver: str, known: tuple[str, ...]) -> Diagnostic:
    """A call of an entry that the driver does not have."""
    words = f"driver `{driver}` has no entry `{name.text}`"
    tip = did_you_mean(name.text, known) or _one_of(known)
    return Diagnostic(Code.UNKNOWN_NAME, words, name.span, help=tip)


def unknown_trait(name: ast.Identifier, known: tuple[str, ...]) -> Diagnostic:
    """A client or process that is something nobody can be."""
    words = f"`{name.text}` is not a trait"
    tip = did_you_mean(name.text, known) or _one_of(known)
    return Diagnostic(Code.UNKNOWN_NAME, words, name.span, help=tip)


def unknown_policy(name: ast.Identifier, known: tuple[str, ...]) -> Diagnostic:
    """A policy that nobody knows."""
    words = f"there is no policy `{name.text}`"
    tip = did_you_mean(name.text, known) or _one_of(known)
    return Diagnostic(Code.UNKNOWN_NAME, words, name.span, help=tip)


def duplicate(span: Span, name: str, first: Span) -> Diagnostic:
    """A name that is declared a second time in one place."""
    notes = (Note(f"`{name}` is declared here first", first),)
    return Diagnostic(Code.DUPLICATE_NAME, f"`{name}` is declared twice", span, notes)


def wrong_kind(span: Span, name: str, entity: Entity, wanted: str) -> Diagnostic:
    """A name that stands for something else than is needed."""
    notes = (Note(f"`{name}` is declared here", entity.span),) if entity.span is not None else ()
    words = f"`{name}` is {describe(entity)}, {wanted} is needed here"
    return Diagnostic(Code.WRONG_KIND, words, span, notes)


def not_a(span: Span, wanted: str) -> Diagnostic:
    """Something else than is needed, without a name of its own."""
    return Diagnostic(Code.WRONG_KIND, f"{wanted} is needed here", span)


def hidden(span: Span, name: str, entity: HiddenName) -> Diagnostic:
    """A name that belongs to the platform alone."""
    return Diagnostic(
        Code.WRONG_KIND,
        f"`{name}` is {entity.what} of platform `{entity.platform}`, "
        "which a specification does not see",
        span,
        (Note(f"`{name}` is declared here", entity.span),),
        "use the platform's `api` functions",
    )


def hidden_process_field(node: ast.Member) -> Diagnostic:
    """A specification that looks into a process."""
    return Diagnostic(
        Code.WRONG_KIND,
        f"`{node.name.text}` is a field of a process, which a specification does not see",
        node.name.span,
        help="use the platform's `api` functions",
    )


def unknown_field(name: ast.Identifier, what: str, known: tuple[str, ...]) -> Diagnostic:
    """A field that is not there."""
    words = f"{what} has no field `{name.text}`"
    tip = did_you_mean(name.text, known) or _one_of(known[:8])
    return Diagnostic(Code.UNKNOWN_FIELD, words, name.span, help=tip)


def no_fields(node: ast.Member, type_: str) -> Diagnostic:
    """A dot behind something that is no structure."""
    words = f"`{node.base.span.text}` is {type_}, which has no fields"
    tip = "an `address` must be given a type first: `p as user ptr T`"
    return Diagnostic(
        Code.UNKNOWN_FIELD, words, node.name.span, help=tip if type_ == "`address`" else None
    )


def no_fields_in_type(span: Span, type_: str) -> Diagnostic:
    """``offsetof`` of something that is no structure."""
    return Diagnostic(Code.UNKNOWN_FIELD, f"`{type_}` is not a structure", span)


def unknown_site(span: Span, name: str, known: tuple[str, ...]) -> Diagnostic:
    """An expectation about a place that the specification does not have."""
    tip = did_you_mean(name, known) or "give the statement this label"
    return Diagnostic(Code.UNKNOWN_SITE, f"there is no site `{name}`", span, help=tip)


# ---- expectations and suspicious code ------------------------------------------------------------


def unknown_check(span: Span, name: str, known: tuple[str, ...]) -> Diagnostic:
    """An expectation about a check that does not exist."""
    tip = did_you_mean(name, known) or _one_of(known)
    return Diagnostic(Code.BAD_EXPECTATION, f"there is no check `{name}`", span, help=tip)


def no_expectation(span: Span) -> Diagnostic:
    """A specification that does not say what is expected of it."""
    return Diagnostic(
        Code.SPEC_WITHOUT_EXPECTATION,
        "the specification says nothing about its verdict",
        span,
        help="begin the file with `// expect: proved`",
    )


def unreachable(span: Span) -> Diagnostic:
    """A statement behind one that never gets there."""
    return Diagnostic(Code.UNREACHABLE_CODE, "this statement can never run", span)


def nobody_calls(span: Span, entry: str) -> Diagnostic:
    """An entry that no client and no driver calls: nothing in it is asked."""
    return Diagnostic(
        Code.NOBODY_CALLS, f"nobody calls `{entry}`: nothing in it is checked", span,
        help=f"name it among what a client calls: `calls {entry}`",
    )  # fmt: skip


def second_case(span: Span, first: Span) -> Diagnostic:
    """A case whose value was handled before."""
    notes = (Note("the value is handled here", first),)
    return Diagnostic(Code.UNREACHABLE_CODE, "this case can never run", span, notes)


def too_many_fields(name: ast.Identifier, limit: int) -> Diagnostic:
    """A structure that has more fields than anybody can mean, those inside of others counted."""
    words = f"`{name.text}` has more than {limit:,} fields, those of the structures in it counted"
    return Diagnostic(Code.TOO_LARGE, words, name.span, help="write an array: it counts as one")


def too_many_names(span: Span, limit: int) -> Diagnostic:
    """A block that declares more than anybody can mean."""
    words = f"with this, the block declares more than {limit:,} names"
    return Diagnostic(Code.TOO_LARGE, words, span, help="write blocks in it, or functions")


def too_many_calls(span: Span, limit: int) -> Diagnostic:
    """Calls that stand for more others than can be expanded."""
    words = f"with this, the calls here become more than {limit:,}"
    tip = "calls are expanded where they stand, those in what is called as well"
    return Diagnostic(Code.TOO_LARGE, words, span, help=tip)


def calls_too_deep(span: Span, limit: int) -> Diagnostic:
    """Calls in calls that nest deeper, once they are expanded, than can be walked."""
    words = f"with what this calls, the code here nests deeper than {limit} levels"
    tip = "calls are expanded where they stand, those in what is called as well"
    return Diagnostic(Code.TOO_LARGE, words, span, help=tip)
