"""``copy``: bytes in no order that anybody promises, and what arrives (semantics 3.8).

Both ranges are asked before anything moves.  Words that threads share then move one at a time, in
any order, and a block has to stay until all of them did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from cecheck.ir.program import CheckKind
from cecheck.sema import typed as t
from cecheck.sema.types import BoolType, IntType, PointerType, StructType, Type
from oracle.access import Access, Shape, permitted
from oracle.cells import Place
from oracle.choice import Abandon, Unsupported
from oracle.machine import Run, RunHooks
from oracle.reaching import Reaching
from oracle.sizes import size_of
from oracle.stage import Ended, Raised, SiteKey
from oracle.statements import NORMAL, Step
from oracle.values import Pointer, settled

if TYPE_CHECKING:
    from oracle.threaded import Threaded

Load = Callable[[Run, Pointer, int], object]  # what lies so far behind a pointer to foreign memory


class Word(NamedTuple):
    """A number or pointer of an object of a driver, and how to load it from foreign memory."""

    offset: int
    size: int
    type: Type
    load: Load


class Job(NamedTuple):
    """One copy: from and to where, of how many bytes; *whole* if the text tells how many."""

    site: SiteKey
    to: Pointer
    source: Pointer
    size: int
    whole: tuple[bool, bool]  # of the destination, of the source
    words: Callable[[int], Iterator[Word]]  # those that lie in so many bytes of the destination


class Copying(Reaching):
    """The part of a `Turn` that copies."""

    def copy(self, job: Job) -> None:
        """Copy; raise if a byte of either range faults."""
        if job.size == 0:
            return
        mine = self.is_mine(job.source) and self.is_mine(job.to)
        ask = self.noted if mine else self.shared
        into, out_of = ask(lambda: self._ask_copy(job))
        if into is None or _overlap(job, into, out_of):
            return
        left = list(job.words(job.size))
        shares = self._is_shared(job.to) or (out_of is not None and self._is_shared(job.source))
        while left:
            number = self.noted(lambda: self.choices.choose(len(left))) if shares else 0
            self._move(job, left.pop(number), into, out_of)

    def _move(self, job: Job, word: Word, into: int, out_of: int | None) -> None:
        reads = out_of is not None and self._is_shared(job.source)
        value = (self.shared if reads else self.noted)(lambda: self._word(job, word, out_of))
        there = (job.to.target, into + word.offset)
        put = self.shared if self._is_shared(job.to) else self.noted
        put(lambda: self._put(job, there, word.size, value))

    def _put(self, job: Job, there: Place, size: int, value: object) -> None:
        self._ask_stays(job)
        self.set_cell(there, size, value)
        self.changed_hands()

    def _ask_stays(self, job: Job) -> None:
        """Ask that nobody has given back what is copied, or copied to."""
        if self.is_dead(job.to.target) or self.is_dead(job.source.target):
            self._violates({CheckKind.LIVE}, job.site, "freed while it is copied")

    def _is_shared(self, pointer: Pointer) -> bool:
        """Tell whether other threads may see what a pointer is to."""
        return _is_global(pointer) or self.is_seen(pointer.target)

    def _word(self, job: Job, word: Word, out_of: int | None) -> object:
        """Return what is copied into *word*."""
        if out_of is not None:
            self._ask_stays(job)
            return self.cell((job.source.target, out_of + word.offset), word.type)
        if job.source.target.__class__ is int:
            return word.load(self, job.source, word.offset)
        return self.fresh(word.type, job.source.origin)

    def _ask_copy(self, job: Job) -> tuple[int | None, int | None]:
        """Ask about both ranges; return where the destination and the source hit objects."""
        reads, writes = self._ranges(job)
        ends: list[object] = []
        for pointer, access in ((job.source, reads), (job.to, writes)):
            try:
                ends.append(self.alone(job.site, pointer, 0, access))
            except (Ended, Abandon, Raised) as end:
                ends.append(end)
        for kind in (Ended, Abandon):
            if any(isinstance(end, kind) for end in ends):
                raise kind
        faults = any(isinstance(end, Raised) for end in ends)
        self._forget_copied(job.to, ends[1], writes)
        if faults:
            raise Raised
        return ends[1], ends[0]

    def _ranges(self, job: Job) -> tuple[Access, Access]:
        """Return what is read, and what is written: only where that of the source was read."""
        bits, hooks = self.stage.bits, RunHooks(self)
        from_, to = settled(job.source.word), settled(job.to.word)
        reads = Access(from_, job.size, False, Shape.ANY, bits, job.whole[1])
        lost = [i for i, a in enumerate(reads.addresses) if not permitted(a, reads, hooks)]
        return reads, Access(to, job.size, True, Shape.ANY, bits, job.whole[0], frozenset(lost))

    def _forget_copied(self, to: Pointer, hit: object, writes: Access) -> None:
        if to.target.__class__ is int:
            self.overwrite(to, 0, writes.size)
        elif isinstance(hit, int):
            self.clear(to.target, hit, writes.size)


def _is_global(pointer: Pointer) -> bool:
    target = pointer.target
    return target.__class__ is tuple and target[0] == "object" and target[2] == 0


def _overlap(job: Job, into: int, out_of: int | None) -> bool:
    if out_of is None or job.source.target != job.to.target:
        return False
    return abs(into - out_of) < job.size


# ---- from the typed tree -------------------------------------------------------------------------


def copy_of(made: Threaded, statement: t.Copy) -> Step:
    """Return the closure of *statement*."""
    to, source, size = made.value(statement.to), made.value(statement.source), statement.size
    amount, site = made.number(size), SiteKey.of(statement.site)
    pointed, from_ = _pointed(statement.to), _pointed(statement.source)
    whole = tuple(
        isinstance(size, t.Literal) and isinstance(type_, StructType)
        and size.value <= made.spec.layouts[type_.name].size
        for type_ in (pointed, from_)
    )  # fmt: skip
    load, parts = _loads(made, from_), tuple(_parts(made, pointed))
    stride = size_of(made.spec, pointed) if pointed else 0

    def words(size: int) -> Iterator[Word]:
        for start in range(0, size, stride or size):
            for offset, type_ in parts:
                length = size_of(made.spec, type_)
                if start + offset + length <= size:
                    yield Word(start + offset, length, type_, load(type_))

    def copy(run: Copying) -> int:
        job = Job(site, to(run), source(run), amount(run), whole, words)
        run.copy(job)
        return NORMAL

    return copy


def _pointed(expr: t.Expr) -> Type | None:
    """Return what a pointer is to, before it was taken for an address."""
    while isinstance(expr, t.Retype):
        expr = expr.value
    return expr.type.target if isinstance(expr.type, PointerType) else None


def _parts(made: Threaded, type_: Type | None) -> Iterator[tuple[int, Type]]:
    """Yield the numbers and pointers in a value of *type_*, and how far from its start."""
    if isinstance(type_, StructType):
        for field in made.spec.layouts[type_.name].fields:
            if isinstance(field.type, IntType | BoolType | PointerType):
                yield field.offset, field.type
    elif type_ is not None:
        yield 0, type_


def _loads(made: Threaded, from_: Type | None) -> Callable[[Type], Load]:
    """Return how to load a word of a type from an object of *from_*."""
    siblings, size = made.siblings(from_), size_of(made.spec, from_) if from_ else 0
    layout = made.spec.layouts[from_.name].fields if isinstance(from_, StructType) else ()
    fields = {f.offset: (f.type, made.load(f.type, f)) for f in layout if not _is_struct(f.type)}
    if from_ is not None and not layout:
        fields = {0: (from_, made.load(from_, None))}

    def loading(type_: Type) -> Load:
        def load(run: Run, source: Pointer, distance: int) -> object:
            there = fields.get((source.offset + distance) % size) if size else None
            if there is None or there[0].__class__ is not type_.__class__:
                raise Unsupported("a copy of something into a word of another type")
            return there[1](run, source.target, source.offset + distance, siblings)

        return load

    return loading


def _is_struct(type_: Type) -> bool:
    return isinstance(type_, StructType)
