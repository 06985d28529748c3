"""Who has a place: processes exit, and others have their places (semantics 2.6).

Of the two followed places that are arbitrary, that of the observed call and the further one, the
tenants are numbered.  At the observed place, number 0 are all who were there before the observed
process, 1 is that process, 2 are all who come later; at the further place, 0 is the first tenant
and 1 are all who come later.  A number that stands for many is kept by a DEMONIC choice when one
of them follows the other: a proof covers any number of tenants, a run of the replay has one each.
"""

from __future__ import annotations

from cecheck.ir.build import add, and_, eq, implies, ite, not_, or_, ule, word
from cecheck.ir.expr import BOOL, Expr, Scope, Var, bits
from cecheck.record import record

NUMBER_BITS = 2
COUNT_BITS = 8
EARLIER, OBSERVED, LATER = 0, 1, 2


def numbered(value: int) -> Expr:
    """Return the number of a tenant."""
    return word(value, NUMBER_BITS)


@record
class Rented:
    """A *place*: the *number* of its tenant, whether the platform *trusts* it, and how many of
    its threads are *inside* a call, modulo the width: zero whenever there are none."""

    place: Expr
    number: Var
    trusted: Var
    inside: Var
    last: int

    def counted(self, home: Expr, by: int) -> tuple[Var, Expr]:
        """Return how a call that begins or ends on a thread of *home* is counted."""
        changed = add(self.inside, word(by % (1 << COUNT_BITS), COUNT_BITS))
        return self.inside, ite(eq(home, self.place), changed, self.inside)

    @property
    def is_empty(self) -> Expr:
        """No thread of the tenant is inside a call."""
        return eq(self.inside, word(0, COUNT_BITS))


@record
class Tenancy:
    """The places that are followed, and whether the observed call *runs*."""

    observed: Rented
    further: Rented
    runs: Var

    @property
    def both(self) -> tuple[Rented, Rented]:
        """Return the places whose tenants change."""
        return self.observed, self.further

    @property
    def variables(self) -> tuple[Var, ...]:
        """Return what all threads share of it."""
        return (self.runs, *(v for r in self.both for v in (r.number, r.trusted, r.inside)))

    @property
    def types(self) -> dict[str, str]:
        """Return what a story shows of it."""
        told = {r.number.name: "u8" for r in self.both}
        return told | {r.trusted.name: "bool" for r in self.both}

    @property
    def is_there(self) -> Expr:
        """The observed process has its place."""
        return eq(self.observed.number, numbered(OBSERVED))

    @property
    def is_gone(self) -> Expr:
        """The observed process has exited."""
        return eq(self.observed.number, numbered(LATER))

    def initial(self, trusted: Expr) -> Expr:
        """Return how it begins; *trusted* is what the platform thinks of the observed process."""
        return and_(
            not_(self.runs),
            ule(self.observed.number, numbered(OBSERVED)),
            eq(self.further.number, numbered(EARLIER)),
            *(r.is_empty for r in self.both),
            implies(self.is_there, eq(self.observed.trusted, trusted)),
        )

    def may_call(self, home: Expr, number: Expr, trusted: Expr) -> Expr:
        """Return that the process of a thread at *home* is there: the tenant *number*."""
        return and_(
            *(
                implies(eq(home, r.place), and_(eq(r.number, number), eq(r.trusted, trusted)))
                for r in self.both
            )
        )

    def begins(self, home: Expr, observes: Expr) -> tuple[tuple[Var, Expr], ...]:
        """Return what the beginning of a call changes."""
        counts = [r.counted(home, 1) for r in self.both]
        return (*counts, (self.runs, or_(self.runs, observes)))

    def ends(self, home: Expr, observing: Expr) -> tuple[tuple[Var, Expr], ...]:
        """Return what the end of a call changes."""
        counts = [r.counted(home, -1) for r in self.both]
        return (*counts, (self.runs, and_(self.runs, not_(observing))))

    def trusted_of(self, process: Expr, unknown: Expr) -> Expr:
        """Return whether the platform trusts whoever has the place *process* now."""
        result = ite(eq(process, self.further.place), self.further.trusted, unknown)
        return ite(eq(process, self.observed.place), self.observed.trusted, result)

    def hints(self) -> tuple[Expr, ...]:
        """Return what may be true of it: hints for proofs."""
        return (implies(self.runs, self.is_there), not_(self.is_gone), self.is_there)


def tenancy_of(observed: Expr, further: Expr) -> Tenancy:
    """Return the variables that tell who has the two places."""
    runs = Var("the observed call runs", BOOL, Scope.GLOBAL)
    return Tenancy(_rented("caller", observed, LATER), _rented("other", further, 1), runs)


def _rented(name: str, place: Expr, last: int) -> Rented:
    return Rented(
        place,
        Var(f"tenant of {name}", bits(NUMBER_BITS), Scope.GLOBAL),
        Var(f"trust in {name}", BOOL, Scope.GLOBAL),
        Var(f"calls of {name}", bits(COUNT_BITS), Scope.GLOBAL),
        last,
    )


@record
class Chosen:
    """What is chosen when a process exits: whether the next tenant is *trusted*, and that it is
    one more of the *many* that have one number."""

    trusted: Expr
    many: Expr


def retiring(
    tenancy: Tenancy, leaves: Expr, observed_trusted: Expr, chosen: Chosen, tenant: Expr
) -> tuple[Expr, tuple[tuple[Var, Expr], ...]]:
    """Return when the process at the place *leaves* can exit, and what changes then.

    The further place has a *tenant*, or nobody who could exit.  Of places that are not followed
    nothing is known in the first place.
    """
    observed, further = tenancy.both
    last = eq(observed.number, numbered(LATER))
    stays = or_(last, and_(eq(observed.number, numbered(EARLIER)), chosen.many))
    new = ite(stays, observed.number, add(observed.number, numbered(1)))
    trusted = ite(eq(new, numbered(OBSERVED)), observed_trusted, chosen.trusted)
    here = eq(leaves, observed.place)
    can = and_(observed.is_empty, not_(tenancy.runs), or_(not_(last), chosen.many))
    there = eq(leaves, further.place)
    at_end = eq(further.number, numbered(further.last))
    can_there = and_(tenant, further.is_empty, or_(not_(at_end), chosen.many))
    updates = (
        (observed.number, ite(here, new, observed.number)),
        (observed.trusted, ite(here, trusted, observed.trusted)),
        (further.number, ite(there, numbered(further.last), further.number)),
        (further.trusted, ite(there, chosen.trusted, further.trusted)),
    )
    return or_(and_(here, can), and_(there, can_there)), updates
