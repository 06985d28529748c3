"""What exists beside the threads: followed places, tables, and the platform's unknowns.

A process is represented by its unique field; zero is nobody.  Followed are the processes that
the platform names, the place of the observed call, and one further arbitrary place; of a table,
one arbitrary entry (semantics 2.2).  Checks whose answer rests on a place or entry that is not
followed are not asked: both are chosen before the run and arbitrary, so some run follows it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from cecheck.ir.assume import Known
from cecheck.ir.build import all_of, and_, any_of, eq, implies, ite, ne, or_, truth, word
from cecheck.ir.expr import BOOL, FALSE, TRUE, Expr, Scope, Sort, Var, bits
from cecheck.ir.program import View
from cecheck.lower.arithmetic import between, is_signed
from cecheck.lower.arrays import of_elements
from cecheck.lower.landing import is_decided_by_landing
from cecheck.lower.own import own_fields
from cecheck.lower.promises import siblings
from cecheck.lower.tables import COUNT_BITS, Table, table_of
from cecheck.lower.tenancy import Tenancy, tenancy_of
from cecheck.lower.trust import is_trusted
from cecheck.lower.values import (
    OBJECT_BITS,
    OTHER_UNIT,
    SIZED,
    UNIT_BITS,
    Held,
    Members,
    Opaque,
    Origin,
    Pointer,
    Promised,
    Record,
    Value,
    origin,
    set_of,
)
from cecheck.record import record
from cecheck.sema import typed
from cecheck.sema import types as ty

IDENTITY_BITS = 8


@record
class World:
    """The rigid part of a program: everything chosen before the run."""

    spec: typed.Spec
    view: View
    writes: bool  # the driver writes through pointers
    exposed: bool  # other threads of it may, to a caller's structures
    written: frozenset[int] = frozenset()  # maps that change
    counted: frozenset[int] = frozenset()  # those of them that are counted in
    read: frozenset[int] = frozenset()  # and those that code reads
    opened: tuple[str, ...] = ()  # resources
    lasting: bool = False  # pointers may outlive a call
    recycled: bool = False  # processes exit, and others have their places
    strings: bool = False  # lengths of strings are asked for
    granted: bool = False  # some pointers may be used when their call is over
    arrays: frozenset[int] = frozenset()  # variables of which each element is followed

    @property
    def width(self) -> int:
        """The bits of an address."""
        return self.spec.widths.word

    @cached_property
    def process_sort(self) -> Sort:
        """The sort of processes: that of the unique field."""
        unique = self.spec.platform.unique.type
        assert isinstance(unique, ty.IntType)
        return bits(unique.width)

    @cached_property
    def computing(self) -> dict[str, bool]:
        """Which functions only compute, as far as that was asked (see `purity.computes`)."""
        return {}

    @cached_property
    def lands_with_its_owner(self) -> bool:
        """Whether a byte that lands where a caller meant it is his (see `landing`)."""
        return is_decided_by_landing(self.spec)

    # ---- processes ---------------------------------------------------------------------------

    @cached_property
    def named(self) -> dict[str, Expr]:
        """The places of the processes that the platform names."""
        return {p.name: self._place(p) for p in self.spec.platform.processes}

    def _place(self, process: typed.NamedProcessDecl) -> Expr:
        for variable, value in process.fields:
            if variable.number == self.spec.platform.unique.number:
                assert isinstance(value, typed.Literal)
                return word(value.value, self.process_sort.width)
        return self.rigid(f"{process.name}.{self.spec.platform.unique.name}", self.process_sort)

    @cached_property
    def observed_place(self) -> Var:
        """The place of the process whose call is observed."""
        return self.rigid("observed process", self.process_sort)

    @cached_property
    def observed_thread(self) -> Var:
        """The identity of the thread whose call is observed."""
        return self.rigid("observed thread", bits(IDENTITY_BITS))

    @cached_property
    def followed_thread(self) -> Var:
        """The identity of the thread whose share of counts, and whose transfers, are followed:
        any, a thread of a driver included, whoever's call is observed."""
        return self.rigid("followed thread", bits(IDENTITY_BITS))

    @cached_property
    def observed_trusted(self) -> Var:
        """Whether the platform trusts the observed process."""
        return self.rigid("observed process.trusted", BOOL)

    @cached_property
    def further_place(self) -> Var:
        """One more place, arbitrary."""
        return self.rigid("further process", self.process_sort)

    @cached_property
    def further_tenant(self) -> Var:
        """Whether a process has the further place."""
        return self.rigid("further process exists", BOOL)

    @cached_property
    def further_trusted(self) -> Var:
        """Whether the platform trusts the further process."""
        return self.rigid("further process.trusted", BOOL)

    @cached_property
    def followed(self) -> tuple[tuple[str, Expr], ...]:
        """Every followed place with the name it is shown under."""
        return (
            *self.named.items(),
            ("caller", self.observed_place),
            ("other", self.further_place),
        )

    @cached_property
    def tables(self) -> dict[int, Table]:
        """The platform's maps by variable number."""
        return {t.variable.number: table_of(self, t) for t in self.spec.platform.tables}

    @cached_property
    def tenancy(self) -> Tenancy | None:
        """Who has the places that are followed now, where that changes."""
        return tenancy_of(self.observed_place, self.further_place) if self.recycled else None

    @property
    def observed_owner(self) -> Expr:
        """Who owns what the observed process owned: nobody, once it has exited."""
        if self.tenancy is None:
            return self.observed_place
        nobody = word(0, self.process_sort.width)
        return ite(self.tenancy.is_gone, nobody, self.observed_place)

    @cached_property
    def own_fields(self) -> frozenset[int]:
        """The thread fields that name no process which could exit meanwhile (see `own`)."""
        return own_fields(self.spec) if self.recycled else frozenset()

    def followed_of(self, resource: str) -> tuple[Var, ...]:
        """Return the one arbitrary tuple of arguments of *resource* that is followed."""
        return tuple(self._followed(resource, p) for p in self._parameters(resource))

    def pointers_of(self, resource: str) -> tuple[Var, ...]:
        """Return those of `followed_of` that are pointers."""
        pointers = [p for p in self._parameters(resource) if isinstance(p.type, ty.PointerType)]
        return tuple(self._followed(resource, p) for p in pointers)

    def _parameters(self, resource: str) -> tuple[typed.Variable, ...]:
        return next(r.parameters for r in self.spec.platform.resources if r.name == resource)

    def _followed(self, resource: str, parameter: typed.Variable) -> Var:
        is_pointer = isinstance(parameter.type, ty.PointerType)
        sort = bits(self.width) if is_pointer else self.sort(parameter.type)
        return self.rigid(f"{resource}.{parameter.name}", sort)

    @cached_property
    def kept(self) -> dict[str, Var]:
        """How often a resource is open in the keeping of drivers, which may store pointers."""
        names = self.opened if self.lasting else ()
        return {n: Var(f"{n} kept", bits(COUNT_BITS), Scope.GLOBAL) for n in names}

    @cached_property
    def _names(self) -> dict[str, Var]:
        return {}

    def rigid(self, name: str, sort: Sort) -> Var:
        """Return the rigid variable *name*, noting that the program has it."""
        return self._names.setdefault(name, Var(name, sort, Scope.RIGID))

    @property
    def rigid_variables(self) -> tuple[Var, ...]:
        """Every rigid variable that was asked for."""
        return tuple(self._names.values())

    @cached_property
    def facts(self) -> Expr:
        """What every choice of the rigid variables obeys: fields in range, places distinct."""
        named = list(self.named.values())
        unique = self.spec.platform.unique.number
        inits = {f.variable.number: f.value for f in self.spec.platform.process_fields}
        chosen = inits.get(unique)
        ranged = [p for p in named if isinstance(p, Var)]
        ranged += [self.observed_place, self.further_place]
        parts = [self._in_range(place, chosen) for place in ranged]
        places = [*named, self.observed_place, self.further_place]
        pairs = [(a, b) for i, a in enumerate(places) for b in places[:i]]
        parts += [ne(a, b) for a, b in pairs]
        parts.append(ne(self.observed_thread, word(0, IDENTITY_BITS)))
        return all_of(parts)

    @cached_property
    def known(self) -> Known:
        """What the facts decide."""
        return Known().also(self.facts)

    def _in_range(self, place: Expr, chosen: typed.Expr | None) -> Expr:
        inside = ne(place, word(0, self.process_sort.width))
        if not isinstance(chosen, typed.Chosen) or chosen.low is None or chosen.high is None:
            return inside
        assert isinstance(chosen.low, typed.Literal)
        assert isinstance(chosen.high, typed.Literal)
        low = word(chosen.low.value, self.process_sort.width)
        high = word(chosen.high.value, self.process_sort.width)
        return and_(inside, between(low, place, high, is_signed(chosen.type)))

    def home_is_possible(self, home: Expr) -> Expr:
        """Return whether an application may have its process at *home*."""
        unique = self.spec.platform.unique.number
        inits = {f.variable.number: f.value for f in self.spec.platform.process_fields}
        free = all_of(ne(home, place) for place in self.named.values())
        return and_(
            self._in_range(home, inits.get(unique)),
            free,
            implies(eq(home, self.further_place), self.further_tenant),
        )

    def is_followed(self, place: Expr) -> Expr:
        """Return whether *place* is one of the followed ones."""
        return any_of(eq(place, p) for _, p in self.followed)

    # ---- shapes ------------------------------------------------------------------------------

    def sort(self, type_: ty.Type) -> Sort:
        """Return the sort of a type that is one word."""
        match type_:
            case ty.IntType():
                return bits(type_.width)
            case ty.BoolType() | ty.HandlesType():
                return BOOL  # of handles, whether the followed one is among them
            case ty.ProcessType():
                return self.process_sort
            case _:
                raise TypeError(f"{type_.name} is not one word")

    def zero_word(self, type_: ty.Type) -> Expr:
        """Return the zero of a type that is one word."""
        sort = self.sort(type_)
        return word(0, sort.width) if sort.width else FALSE

    def null(self, type_: ty.Type) -> Pointer:
        """Return the null pointer at *type_*."""
        zero = word(0, self.width)
        promised = None
        if self.view is View.WELL_BEHAVED:
            record = self.record_shape(type_)
            promised = Promised(zero, zero, zero, record, self.unit_of(None))
        return self.pointer(zero, origin(Origin.NOBODY), promised, literal=True)

    def pointer(
        self, address: Expr, given: Expr, promised: Promised | None = None, literal: bool = False
    ) -> Pointer:
        """Return a pointer to no object of a driver: origin *given*, and it ends with its call."""
        lasting = FALSE if self.granted else None
        return Pointer(address, given, word(0, OBJECT_BITS), promised, literal, lasting)

    def unit_of(self, promise: typed.Promise | None) -> Expr | None:
        """Return the size of an element of a string, 0 of anything else (see `Promised`)."""
        if not self.strings:
            return None
        if promise is None or not promise.terminated:
            return word(0, UNIT_BITS)
        return word(min(promise.unit, OTHER_UNIT), UNIT_BITS)

    def empty(self) -> Members:
        """Return the empty set."""
        return Members(tuple(FALSE for _ in self.followed), (), FALSE, FALSE)

    def zero_of(self, variable: typed.Variable) -> Value:
        """Return the zero value of *variable*, with each element where those are followed."""
        type_ = variable.type
        if variable.number in self.arrays and isinstance(type_, ty.ArrayType):
            return of_elements(type_, self.zero(type_.element))
        return self.zero(type_)

    def zero(self, type_: ty.Type) -> Value:
        """Return the zero value of *type_*: what globals start with."""
        match type_:
            case ty.PointerType() | ty.NullType():
                return self.null(type_)
            case ty.SetType():
                return self.empty()
            case ty.PointersType():
                null = self.null(type_.element)
                if null.promised is not None:
                    null = replace(null, promised=replace(null.promised, record=()))
                return set_of(null, FALSE, FALSE)
            case ty.StructType():
                fields = self.spec.layouts[type_.name].fields
                return Record(tuple((f.name, self.zero(f.type)) for f in fields))
            case ty.ArrayType() | ty.VoidType():
                return Opaque()
            case ty.EventType():
                return FALSE
            case _:
                return self.zero_word(type_)

    def record_shape(self, type_: ty.Type) -> tuple[Held, ...]:
        """Return the words of the object a pointer type points to, all zero.

        Pointers to a structure that is not on the way already are followed, ``buffer/length``:
        objects that the caller names keep their contents for the whole call (semantics 4.3).
        """
        return tuple(self._record_shape(type_, ()))

    def _record_shape(self, type_: ty.Type, above: tuple[str, ...]) -> list[Held]:
        if not isinstance(type_, ty.PointerType) or not isinstance(type_.target, ty.StructType):
            return []
        name = type_.target.name
        if name in above:
            return []
        found: list[Held] = []
        for field in flat_fields(self.spec, name):
            match field.type:
                case ty.IntType() | ty.BoolType():
                    zero = self.zero_word(field.type)
                    found.append(Held(field.name, field.offset, field.type.size, zero))
                case ty.PointerType():
                    size, null = self.spec.widths.pointer_size, word(0, self.width)
                    found.append(Held(field.name, field.offset, size, null))
                    if self.writes:
                        needs = siblings(field.promise.count) if field.promise else ()
                        names = tuple(variable.name.split(".")[-1] for variable in needs)
                        found.append(Held(f"{field.name}!", field.offset, 0, FALSE, names))
                    if self.strings and field.promise and field.promise.terminated:
                        found.append(Held(field.name + SIZED, field.offset, 0, null))
                    inner = self._record_shape(field.type, (*above, name))
                    found += [replace(h, path=f"{field.name}/{h.path}") for h in inner]
                case _:
                    pass  # arrays are read as arbitrary values
        return found

    # ---- fields of processes -------------------------------------------------------------------

    def trusted_of(self, process: Expr, home: Expr, home_trusted: Expr, unknown: Expr) -> Expr:
        """Return the `trusted` field of *process*; nobody's is false."""
        if self.tenancy is None:
            result = ite(eq(process, self.further_place), self.further_trusted, unknown)
            result = ite(eq(process, self.observed_place), self.observed_trusted, result)
        else:
            result = self.tenancy.trusted_of(process, unknown)
        return self.trusted_for_good(process, home, home_trusted, result)

    def trusted_for_good(
        self, process: Expr, home: Expr, home_trusted: Expr, result: Expr
    ) -> Expr:
        """Return the same for a process that does not exit meanwhile: *result* for any other."""
        for name, place in self.named.items():
            result = ite(eq(process, place), truth(is_trusted(self.spec, name)), result)
        result = ite(eq(process, home), home_trusted, result)
        return and_(ne(process, word(0, self.process_sort.width)), result)

    # ---- fault of membership -------------------------------------------------------------------

    def bit(self, members: Members, place: int) -> Expr:
        """Return membership of the followed place number *place*."""
        target = self.followed[place][1]
        singles = [and_(condition, eq(p, target)) for condition, p in members.singles]
        return or_(members.bits[place], members.everyone, *singles)

    def closed(self, members: Members) -> Members:
        """Return what a state variable can hold of *members*: bits, and the rest open."""
        bits_ = tuple(self.bit(members, place) for place in range(len(self.followed)))
        return Members(bits_, (), FALSE, TRUE)


def flat_fields(spec: typed.Spec, struct: str) -> tuple[typed.FieldLayout, ...]:
    """Return the fields of *struct*, those of nested structures named ``outer.inner``."""
    return spec.layouts[struct].fields
