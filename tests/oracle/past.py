"""What a run has in common with the one before it, which need not happen again.

In depth-first order the next run makes the same choices as the last one, up to the one that has
changed.  Each piece of work that is *recorded* leaves what it came to and the state behind it; the
next run passes over what was finished before that choice.  Whatever runs between two such pieces
runs again, and may neither choose nor settle a number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from oracle.choice import Choices
from oracle.stage import Raised

if TYPE_CHECKING:
    from oracle.machine import Run

Work = Callable[["Run"], object]


class Frozen(NamedTuple):
    """The state of a run, but for its stack.  Nothing in here is ever changed in place."""

    fields: dict[int, object]
    own_fields: dict[int, object]
    written: dict[object, object]
    effects: int
    world: tuple[object, ...]
    objects: list[object]


class Record(NamedTuple):
    """Work that came to its end: the whole of it, or of a block the statement number *part*.

    *before* is the number of records when the work began, or the block; those from there on are of
    what this one stands for.  *choices* were made and *settled* numbers were known when it was
    done; *variables* are those of the frame in which it ran.
    """

    work: Work
    part: int
    before: int
    end: int
    value: object
    raised: bool
    choices: int
    settled: int
    variables: dict[int, object]
    live: tuple[int, ...]
    result: object
    inside: int | None
    state: Frozen


class Past:
    """The records of the last run, in the order in which work was finished."""

    def __init__(self, choices: Choices) -> None:
        self._choices = choices
        self._records: list[Record] = []
        self._to_pass: list[Record] = []  # the next one last
        self._here = 0  # how many records there were at this point of the last run

    def rewind(self) -> bool:
        """Go back to the last choice, which has changed; False if nothing was finished before."""
        records, choices = self._records, self._choices
        while records and records[-1].choices > choices.last:
            records.pop()
        choices.unsettle(records[-1].settled if records else 0)
        self._here, at, to_pass = 0, len(records), []
        while at:
            record = records[at - 1]
            to_pass.append(record)
            at = record.before
        self._to_pass = to_pass
        return bool(records)

    def next_of(self, work: Work, run: Run) -> Record | None:
        """Pass over what the last run has done of *work*, if that is next."""
        if not self._to_pass or self._to_pass[-1].work is not work:
            return None
        record = self._to_pass.pop()
        self._here = record.end
        run.frame.variables, run.frame.live = record.variables, record.live
        run.result, run.inside = record.result, record.inside
        if not self._to_pass:
            self._choices.position = record.choices
            run.thaw(record.state)
        if record.raised:
            raise Raised
        return record

    def do(self, step: Work, run: Run, work: Work, part: int) -> object:
        """Do *step*, which is *part* of *work*, and record it."""
        start, frame, value, raised = self._here, run.frame, None, False
        try:
            value = step(run)
        except Raised:
            raised = True
        if self._here != len(self._records):
            raise AssertionError("a run is not a function of its choices")
        self._here += 1
        self._records.append(
            Record(
                work, part, self._records[start - 1].before if part else start, self._here,
                value, raised, self._choices.position, self._choices.settled,
                frame.variables, frame.live, run.result, run.inside, run.freeze(),
            )
        )  # fmt: skip
        if raised:
            raise Raised
        return value


def recorded(work: Work) -> Work:
    """Return *work*, which is passed over where the last run has done it in the same way."""

    def once(run: Run) -> object:
        past = run.past
        if past is None:
            return work(run)
        record = past.next_of(work, run)
        return past.do(work, run, work, 0) if record is None else record.value

    return once
