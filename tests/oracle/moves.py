"""Where a turn of one thread leads, remembered without the threads that only look on.

Such a thread is a picture that the turn passes on as it is, except that pointers of a call that
ends are no longer live in it.  States that differ in nothing else are left in the same ways.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from oracle.state import Packing, State, is_open, without_call
from oracle.values import Caller
from oracle.world import Fact

Facts = frozenset[Fact]
Short = tuple[int | None, tuple[int, ...], int]  # who is active, each thread, the rest


class Move(NamedTuple):
    """What a turn of one thread has made: of the threads its own, if there is one, and the rest.

    *over* is the caller whose call has ended.
    """

    active: int | None
    own: int | None
    rest: int
    over: Caller | None
    facts: Facts


class Moves:
    """All moves of one interleaving, unless none is to be remembered.

    Parts of pictures have numbers: equal parts equal ones.
    """

    def __init__(self, remember: bool = True) -> None:
        self._remember = remember
        self._numbers: dict[object, int] = {}
        self._parts: list[tuple] = []
        self._open: list[bool] = []
        self._known: dict[object, list[Move]] = {}

    def short(self, picture: tuple) -> Short:
        """Return the numbers of the parts of *picture*."""
        active, threads, *rest = picture
        return active, tuple([self._number(one) for one in threads]), self._number(tuple(rest))

    def whole(self, short: Short) -> tuple:
        """Return the picture that *short* stands for."""
        active, threads, rest = short
        return (active, tuple([self._parts[one] for one in threads]), *self._parts[rest])

    def _number(self, part: tuple) -> int:
        number = self._numbers.setdefault(part, len(self._parts))
        if number == len(self._parts):
            self._parts.append(part)
            self._open.append(is_open(part))
        return number

    def after(
        self, short: Short, facts: Facts, mover: int, begun: int,
        make: Callable[[], Iterable[tuple[State, Facts]]],
    ) -> Iterable[tuple[Short, Facts]]:  # fmt: skip
        """Yield the states after a turn of the thread *mover*, and what is known in them.

        *begun* tells the ways apart in which a call may begin; *make* makes the turn.
        """
        active, threads, rest = short
        if any(self._open[one] for n, one in enumerate(threads, 1) if n != mover):
            for state, after in make():  # open numbers may be shared
                yield self.short(Packing(state).picture()), after
            return
        key = (active, mover and threads[mover - 1], rest, facts, mover, begun)
        moves = self._known.get(key)
        if moves is None:
            moves = [self._move(mover, *made) for made in make()]
            if self._remember:
                self._known[key] = moves
        for move in moves:
            yield self._made(threads, mover, move), move.facts

    def _move(self, mover: int, state: State, facts: Facts) -> Move:
        active, threads, rest = self.short(Packing(state).picture())
        return Move(active, threads[mover - 1] if mover else None, rest, state.over, facts)

    def _made(self, threads: tuple[int, ...], mover: int, move: Move) -> Short:
        if move.over is not None:
            parts = [without_call(self._parts[one], move.over) for one in threads]
            threads = tuple([self._number(part) for part in parts])
        if mover:
            threads = (*threads[: mover - 1], move.own, *threads[mover:])
        return move.active, threads, move.rest
