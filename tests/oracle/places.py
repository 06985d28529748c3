"""Places in memory of drivers that threads share: variables by name, and parts of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from cecheck.sema import typed as t
from cecheck.sema.types import StructType
from oracle.access import Access, Shape
from oracle.choice import Unsupported
from oracle.expressions import Place
from oracle.sizes import size_of
from oracle.stage import SiteKey, Value
from oracle.statements import Statements
from oracle.values import Pointer, settled, zero

if TYPE_CHECKING:
    from oracle.turn import Turn


class Places(Statements):
    """The part of `Threaded` that reads and writes memory of drivers by name.

    *label* names the statement, *homes* are the processes of drivers, *guarded* the globals that
    nobody else can change meanwhile, *known* the arrays that hold what was put there.
    """

    label: str | None
    homes: dict[str, str]
    guarded: frozenset[int]
    known: frozenset[int]

    def address(self, place: t.Place) -> Value:
        variable, distance = self._part(place)
        mask = self.mask

        def address(run: Turn) -> Pointer:
            whole, far = run.address(variable), distance(run)
            return whole.moved((settled(whole.word) + far) & mask, far)

        return address

    def _part(self, place: t.Place) -> tuple[t.Variable, Callable[[Turn], int]]:
        """Return the variable that *place* is in, and how far from its start."""
        match place:
            case t.VarPlace(variable):
                return variable, lambda _: 0
            case t.FieldPlace(base, field):
                variable, start = self._part(base)
                return variable, lambda run: start(run) + field.offset
            case t.ElementPlace(base, index):
                variable, start = self._part(base)
                at, size = self.number(index), size_of(self.spec, place.type)
                return variable, lambda run: start(run) + at(run) * size
            case _:
                raise Unsupported(f"the address of `{place.span.text}`")

    def _element(self, place: t.ElementPlace, writing: bool) -> Callable[[Turn], tuple]:
        """Return the closure that accesses an element of an array by name (semantics 3.3), and says
        where that lies."""
        variable, distance = self._part(place)
        site, bits = self._by_name(place), self.spec.widths.word
        size = size_of(self.spec, place.type)
        home = self.homes[variable.owner] if variable.owner else None

        def access(run: Turn) -> tuple:
            if home is not None:
                run.noted(lambda: run.by_name(home, site))
            base, far = run.address(variable), distance(run)
            start = (settled(base.word) + far) % (1 << bits)
            run.access(site, base, far, Access(start, size, writing, Shape.ELEMENT, bits))
            return base.target, far

        return access

    def _known_element(self, place: t.ElementPlace, variable: t.Variable) -> Value:
        """Return the closure that reads an element of an array whose elements are known."""
        access, size = self._element(place, writing=False), size_of(self.spec, place.type)

        def read(run: Turn) -> object:
            there = access(run)

            def held() -> object:
                if variable.storage is t.Storage.GLOBAL and (*there, size) not in run.state.cells:
                    return zero(place.type)  # nothing was put there
                return run.cell(there, place.type)

            return self._acts(run, variable)(held)

        return read

    def _put(self, place: t.ElementPlace) -> Callable[[Turn, tuple, object], None]:
        """Return what puts a value into an element, if it is known what its array holds."""
        size, base = size_of(self.spec, place.type), place.base
        if not isinstance(base, t.VarPlace) or base.variable.number not in self.known:
            return lambda run, there, value: None
        return lambda run, there, value: self._acts(run, base.variable)(
            lambda: run.set_cell(there, size, value)
        )

    def _acts(self, run: Turn, variable: t.Variable) -> Callable[[Callable], object]:
        """Return how something is done to *variable*: others may notice it, or not."""
        alone = variable.storage is t.Storage.LOCAL or variable.number in self.guarded
        return run.noted if alone else run.shared

    def read(self, place: t.Place) -> Value:
        """Return the closure that reads driver memory."""
        match place:
            case t.VarPlace(t.Variable(storage=t.Storage.GLOBAL) as variable):
                site, home = self._by_name(place), self.homes[variable.owner]
                alone, number = variable.number in self.guarded, variable.number
                return lambda run: run.read_global(number, alone, home, site)
            case t.FieldPlace(t.VarPlace(variable), field) if _is_local(variable):
                type_, far = place.type, field.offset
                return lambda run: run.noted(lambda: run.cell((run.key_of(variable), far), type_))
            case t.FieldPlace(t.VarPlace()):
                shared, type_ = self._shared_field(place), place.type
                return lambda run: shared(run, lambda there: run.cell(there, type_))
            case t.ElementPlace(t.VarPlace(variable)) if variable.number in self.known:
                return self._known_element(place, variable)
            case t.ElementPlace(type=type_):
                return self._any_element(self._element(place, writing=False), type_)
            case _:
                return super().read(place)

    def assign(self, place: t.Place) -> Place:
        """Return the closure that writes driver memory."""
        match place:
            case t.VarPlace(t.Variable(storage=t.Storage.GLOBAL) as variable):
                site, home = self._by_name(place), self.homes[variable.owner]
                alone, number = variable.number in self.guarded, variable.number
                return lambda run, value: run.write_global(number, value, alone, home, site)
            case t.FieldPlace(t.VarPlace(variable), field) if _is_local(variable):
                size = size_of(self.spec, place.type)
                return lambda run, value: run.set_cell(
                    (run.key_of(variable), field.offset), size, value
                )
            case t.FieldPlace(t.VarPlace()):
                put, length = self._shared_field(place), size_of(self.spec, place.type)
                return lambda run, value: put(run, lambda at: run.set_cell(at, length, value))
            case t.ElementPlace():
                access, put = self._element(place, writing=True), self._put(place)
                return lambda run, value: put(run, access(run), value)
            case _:
                return super().assign(place)

    def _shared_field(self, place: t.FieldPlace) -> Callable[[Turn, Callable], object]:
        """Return what does something to a field of a global structure, by name."""
        variable, distance = self._part(place)
        site, home = self._by_name(place), self.homes[variable.owner]
        alone = variable.number in self.guarded

        def shared(run: Turn, act: Callable[[tuple], object]) -> object:
            base, far = run.address(variable), distance(run)  # it has a place from now on

            def at_once() -> object:
                run.by_name(home, site)
                return act((base.target, far))

            return (run.noted if alone else run.shared)(at_once)

        return shared

    def _any_element(self, access: Callable[[Turn], None], type_: t.Type) -> Value:
        """What arrays hold that are variables is not followed (semantics 10)."""

        def read(run: Turn) -> object:
            access(run)
            return run.fresh(type_, None)

        return read

    def _by_name(self, place: t.Place) -> SiteKey:
        return SiteKey(self.label or place.span.text, place.span.start)


def _is_local(variable: t.Variable) -> bool:
    return variable.storage is t.Storage.LOCAL and isinstance(variable.type, StructType)
