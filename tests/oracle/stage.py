"""What all runs of one exploration share, and the small things that a run is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from cecheck.ir.program import CheckKind, Site, View
from cecheck.sema.typed import Behaviour, Spec, Variable
from cecheck.sema.types import PointerType
from oracle.rounds import Rounds
from oracle.values import CLIENT
from oracle.world import Fact, Geography

if TYPE_CHECKING:
    from oracle.machine import Run

Value = Callable[["Run"], object]
UNKNOWN = "unknown"  # the initial value of a table that holds anything


class Raised(Exception):
    """An exception of the modelled system: ``raise``, or an access that faults."""


class Ended(Exception):
    """A violated check has ended the run."""


class SiteKey(NamedTuple):
    """A site, told apart from others of the same name."""

    name: str
    offset: int

    @staticmethod
    def of(site: Site) -> SiteKey:
        """Return the key of *site*."""
        return SiteKey(site.name, site.span.start)


@dataclass(frozen=True)
class Function:
    """A function of the specification, ready to run.

    One that gives an address keeps the origin of its first, null or not.
    """

    key: str
    parameters: tuple[Variable, ...]
    body: Callable[[Run], int]
    gives_address: bool

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        """The number of each parameter."""
        return tuple(parameter.number for parameter in self.parameters)

    @cached_property
    def pointers(self) -> tuple[bool, ...]:
        """Which parameters are pointers."""
        return tuple(isinstance(parameter.type, PointerType) for parameter in self.parameters)

    @cached_property
    def first_address(self) -> int | None:
        """The parameter whose origin the result has, None if it has its own."""
        addresses = [
            position
            for position, parameter in enumerate(self.parameters)
            if isinstance(parameter.type, PointerType) and parameter.type.target is None
        ]
        return addresses[0] if self.gives_address and addresses else None


@dataclass
class Stage:
    """What all runs of one exploration share."""

    spec: Spec
    view: View
    behaviour: Behaviour
    callee: str
    geography: Geography
    functions: dict[str, Function]
    process_values: dict[tuple[str, int], Value]  # fields that a named process fixes
    initial: dict[int, Value | str]  # of thread fields, process fields, tables, where given
    visited: dict[object, list[frozenset[Fact]]] = field(default_factory=dict)
    memo: dict[object, object] = field(default_factory=dict)
    numbers: dict[object, int] = field(default_factory=dict)
    found: dict[tuple[CheckKind, SiteKey], str] = field(default_factory=dict)
    reached: set[SiteKey] = field(default_factory=set)
    rounds: Rounds = field(default_factory=Rounds)
    clients: frozenset[str] = frozenset({CLIENT})  # parties whose threads call
    critical: bool = False  # the call enters a driver that the pager needs
    homes: dict[str, str] = field(default_factory=dict)  # the process of each driver, by name
    monitors: dict[int, object] = field(default_factory=dict)  # the first values of rules
    relations: bool = True  # functions without effects are enumerated by themselves, once
    past: bool = True  # a run passes over what the last one has done in the same way

    @property
    def bits(self) -> int:
        """The width of an address."""
        return self.spec.widths.word


class Frame:
    """The variables of an activation, and which of them the rest of it mentions.

    Where a variable changes there are other *variables*: who keeps the old ones may go back.
    """

    __slots__ = ("live", "variables")

    def __init__(self, variables: dict[int, object]) -> None:
        self.variables = variables
        self.live: tuple[int, ...] = ()

    def put(self, number: int, value: object) -> None:
        """Give a variable its value."""
        self.variables = {**self.variables, number: value}


class Mark(NamedTuple):
    """Where the run stood when it entered a ``try``."""

    path: int
    frames: int
    pending: int
    guards: int
    frame: Frame
