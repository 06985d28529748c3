"""What one elaboration gathers, and the surroundings in which a piece of the tree is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from enum import Enum

from cecheck.diagnostics import Diagnostic, Severity
from cecheck.ir.program import Site
from cecheck.record import record
from cecheck.sema import typed
from cecheck.sema.scope import Lazy, Scope
from cecheck.sema.types import IntType, Type, VoidType, Widths
from cecheck.sema.values import POISON, Poison, Value
from cecheck.source import Span
from cecheck.syntax import ast

_LONGEST_NAME = 60
MOST_REPORTED = 100  # mistakes, after which nothing more is read
NOTHING = VoidType()


@record
class Member:
    """A field as it is declared: *offset* in its own structure."""

    name: str
    type: Type | Poison
    offset: int
    written: ast.TypeExpr


@record
class Shape:
    """Where the fields of a structure lie; what callers promise of them comes later.

    *fields* counts those of the structures in it, too.  *sound* ones have no field whose type is
    wrong, *open* ones end in an array that goes on.
    """

    name: str
    members: dict[str, Member]
    fields: int
    size: int
    align: int
    sound: bool
    open: bool


@record
class Structure:
    """A declared structure; layouts need the promises, promises the sizes of all shapes."""

    shape: Lazy[Shape | Poison]
    layout: Lazy[typed.Layout | Poison]


class Enough(Exception):
    """There are more mistakes than anybody reads."""


class Context:
    """Everything that grows while a specification is elaborated."""

    def __init__(
        self,
        widths: Widths,
        word: str,
        evaluate: Callable[[Env, ast.Expr, Type | None], Value],
    ):
        self.widths = widths
        self.evaluate = evaluate
        self.word = IntType(widths.word, False, widths.pointer_size, word)
        self.number = IntType(widths.of("32"), False, widths.size("32"), "u32")
        self.diagnostics: list[Diagnostic] = []
        self.structures: dict[str, Structure] = {}
        self.functions: dict[str, typed.Function] = {}
        self.calls: dict[str, list[tuple[str, Span]]] = {}
        self.process_fields: dict[str, typed.Variable] = {}
        self.kinds: dict[str, typed.PlatformCall] = {}  # of entries, with what enters them
        self.pins = False  # the platform says which memory a device may reach
        self.asking: set[str] = set()  # functions that write maps, open or close
        self.table_writes: list[typed.TableWrite] = []
        self.table_reads: list[tuple[str, int, Span]] = []  # function, map, place
        self.several_homes = False  # drivers live in more than one process
        self.assumptions: list[typed.Assumption] = []
        self.addressed: set[int] = set()  # variables whose address is taken, by number
        self.mentions: dict[str, set[str]] = {}  # named facts, by the code that mentions them
        self.atomics: list[typed.Atomic] = []
        self.lost: dict[str, Span] = {}  # names whose declaration a variant left out or moved
        self.site_names: set[str] = set()
        self._texts: Counter[str] = Counter()
        self._numbers = self._errors = 0

    def report(self, diagnostic: Diagnostic) -> Poison:
        """Note *diagnostic*, unless it is a warning after many others; mistakes are worth poison.

        Raise `Enough` at so many errors.
        """
        is_error = diagnostic.code.severity is Severity.ERROR
        if is_error or len(self.diagnostics) < MOST_REPORTED:
            self.diagnostics.append(diagnostic)
        self._errors += is_error
        if self._errors >= MOST_REPORTED:
            raise Enough
        return POISON

    def reached(self, key: str) -> dict[str, None]:
        """Return the functions that the function *key* calls, directly or not, and itself."""
        found = {key: None}
        pending = [key]
        while pending:
            for callee, _ in self.calls.get(pending.pop(), ()):
                if callee not in found:
                    found[callee] = None
                    pending.append(callee)
        return found

    def variable(
        self, name: str, type_: Type, storage: typed.Storage, span: Span
    ) -> typed.Variable:
        """Return a new variable."""
        self._numbers += 1
        return typed.Variable(self._numbers, name, type_, storage, span)

    def site(self, span: Span, label: str | None) -> Site:
        """Return the site at *span*: its label, or its text made unique."""
        if label is not None:
            self.site_names.add(label)
            return Site(label, span, labelled=True)
        text = " ".join(span.text.split())
        if len(text) > _LONGEST_NAME:
            text = text[: _LONGEST_NAME - 3] + "..."
        self._texts[text] += 1
        name = text if self._texts[text] == 1 else f"{text}#{self._texts[text]}"
        self.site_names.add(name)
        return Site(name, span)


class Code(Enum):
    """Whose code it is: a platform's sees its fields, a specification's does not."""

    PLATFORM = "platform"
    SPECIFICATION = "specification"


@record
class Frame:
    """The platform call whose body is read, for ``enter``."""

    parameters: tuple[typed.Variable, ...]
    result: Type


@record
class Env:
    """Where a piece of the tree stands."""

    context: Context
    scope: Scope
    code: Code
    owner: str = ""  # the function, entry or thread being read: a node of the call graph
    result: Type | Poison = NOTHING
    label: str | None = None
    in_loop: bool = False
    in_final: bool = False
    in_atomic: bool = False
    in_script: bool = False  # of a client or a test
    frame: Frame | None = None
    in_structure: bool = False  # a promise of its field is read

    def report(self, diagnostic: Diagnostic) -> Poison:
        """Note *diagnostic*."""
        return self.context.report(diagnostic)

    def evaluate(self, expr: ast.Expr, want: Type | None = None) -> Value:
        """Return what *expr* is worth; *want* is the type it is likely needed at."""
        return self.context.evaluate(self, expr, want)

    def site(self, span: Span) -> Site:
        """Return the site at *span*, under the innermost label."""
        return self.context.site(span, self.label)

    def within(self, scope: Scope) -> Env:
        """Return these surroundings with other names."""
        return replace(self, scope=scope)
