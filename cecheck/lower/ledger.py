"""What a thread has opened and must close: a lock taken, a resource opened (semantics 7.4).

Each is counted in a local of the thread: how often it is open, and where it was opened first.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cecheck.ir.build import all_of, and_, eq, ite, ne, ult, word
from cecheck.ir.expr import TRUE, Expr, Var, bits
from cecheck.ir.program import CheckKind, Site
from cecheck.lower.counts import COUNT_BITS, down, number, up
from cecheck.lower.graph import Graph, Location, Updates
from cecheck.sema import typed

SITE_BITS = 8  # of the number of a place where something is opened
Terms = tuple[tuple[str, Expr], ...]


@dataclass
class Account:
    """One thing that a thread opens: *count* is how often it is open, *at* the number of the site
    that opened it when it was closed."""

    name: str
    count: Var
    at: Var
    sites: list[Site] = field(default_factory=list)


@dataclass
class Ledger:
    """The accounts of one thread: a builder, private to its lowering.

    *by_hand* are the locks that a statement gives back somewhere, *opened* the sites met since the
    current entry began.
    """

    graph: Graph
    by_hand: frozenset[int] = frozenset()
    accounts: dict[str, Account] = field(default_factory=dict)
    opened: dict[tuple[str, int], None] = field(default_factory=dict)
    # What is counted elsewhere, with its site: how often it is open.
    watched: dict[str, tuple[Expr, Site]] = field(default_factory=dict)
    sites: dict[str, Site] = field(default_factory=dict)  # of these, where it is known
    ranges: list[tuple[Var, Expr]] = field(default_factory=list)  # where was counted: for hints
    adds: dict[int, Var] = field(default_factory=dict)

    def added(self, table: typed.Variable) -> Var:
        """Return how often the thread counted the followed entry of *table*, up and not down."""
        if table.number not in self.adds:
            name = f"{table.name} counted"
            self.adds[table.number] = self.graph.local(name, bits(COUNT_BITS))
        return self.adds[table.number]

    def account(self, name: str) -> Account:
        """Return the account called *name*."""
        if name not in self.accounts:
            count = self.graph.local(f"{name} open", bits(COUNT_BITS))
            at = self.graph.local(f"{name} opened at", bits(SITE_BITS))
            self.accounts[name] = Account(name, count, at)
        return self.accounts[name]

    def opening(self, account: Account, site: Site, when: Expr = TRUE) -> Updates:
        """Return what opening once more at *site* changes, where *when* holds."""
        if site not in account.sites:
            account.sites.append(site)
        here = account.sites.index(site)
        self.opened[account.name, here] = None
        count, at = account.count, account.at
        first = and_(when, eq(count, number(0, count)))
        return (
            (count, ite(when, up(count), count)),
            (at, ite(first, word(here, SITE_BITS), at)),
        )

    def closing(self, account: Account, here: Location, when: Expr = TRUE) -> Updates:
        """Return what closing once changes, where *when* holds."""
        count = account.count
        return ((count, ite(when, down(self.graph, count, here), count)),)

    def watch(self, name: str, count: Expr, site: Site | None, otherwise: Site) -> None:
        """Have it asked when the current entry is over that what is called *name*, and is open
        *count* times, is open no more often than before: the first *site* is told, or *otherwise*
        if there is none."""
        if site is not None:
            self.sites.setdefault(name, site)
        self.watched[name] = count, self.sites.get(name, otherwise)
        self.opened[name, 0] = None

    def site_of(self, name: str) -> Site | None:
        """Return the site that is told of what is called *name*, if it is watched."""
        return self.watched[name][1] if name in self.watched else None

    def before(self) -> dict[str, Var]:
        """Return new locals that can hold how often each thing is open now."""
        return {
            name: self.graph.local(f"{name} open before", bits(COUNT_BITS))
            for name in (*self.accounts, *self.watched)
        }

    def count_of(self, name: str) -> Expr:
        """Return how often what is called *name* is open."""
        return self.watched[name][0] if name in self.watched else self.accounts[name].count

    def ask(self, here: Location, before: dict[str, Var], terms: Terms) -> None:
        """Ask that everything opened since the entry began is closed, or as it was *before*."""
        for name, number_ in self.opened:
            if name in self.watched:
                count, site = self.watched[name]
                more = ult(before.get(name, word(0, COUNT_BITS)), count)
                self.graph.check(site, CheckKind.PAIRED, here, more, TRUE, terms)
                continue
            account = self.accounts[name]
            count = account.count
            left = ne(count, before.get(name, number(0, count)))
            if len(account.sites) > 1:
                left = and_(left, eq(account.at, word(number_, SITE_BITS)))
            self.graph.check(account.sites[number_], CheckKind.PAIRED, here, left, TRUE, terms)

    def forgetting(self) -> Updates:
        """Return what a call of a client changes when it is over: what it left open was asked of
        it, and is not asked of the calls that follow."""
        names = dict.fromkeys(name for name, _ in self.opened if name in self.accounts)
        counts = [self.accounts[name].count for name in names]
        return tuple((count, number(0, count)) for count in counts)

    def initial(self) -> Expr:
        """Return that nothing is open."""
        counts = [*(a.count for a in self.accounts.values()), *self.adds.values()]
        return all_of(eq(count, number(0, count)) for count in counts)

    def facts(self) -> list[Expr]:
        """Return what may be true of the counts at any place: hints for proofs."""
        counts = [*(a.count for a in self.accounts.values()), *self.adds.values()]
        return [eq(count, number(value, count)) for count in counts for value in (0, 1)]
