"""A driver that is served pointers by callers, as it is written and as it is run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from campaigns.programs.code import INDENT, Block
from campaigns.programs.machine import Answer, Machine, Raised, Returned, TooMuch
from campaigns.programs.machine import explored as all_runs
from campaigns.programs.passed import LIMITED, Passed
from campaigns.programs.system import System
from campaigns.programs.touching import UNSURE, View

RUNS: Final = 30_000
ASKED: Final = {"mapped", "bounds", "permitted", "live", "restored", "assert"}
HEAD: Final = "struct Request { n : u32  data : user ptr u8[n]  tag : u32 }\n"


@dataclass
class Served:
    """A driver whose entry gets pointers, with what calls it."""

    system: System
    functions: list[str]
    parameters: str
    body: Block
    is_trusted: bool
    passed: Passed

    def text(self) -> str:
        """Return the specification."""
        lines = ["// expect: proved", "// A random driver.", *self.system.text.splitlines()]
        lines += ["", *HEAD.splitlines(), "driver Sample {"]
        lines += [INDENT + line for line in self.functions]
        lines += ["", f"{INDENT}receive Run({self.parameters}) {{"]
        lines += [*self.body.lines(INDENT * 2), f"{INDENT}}}", "}", ""]
        trait = "trusted" if self.is_trusted else "untrusted"
        return "\n".join([*lines, f"client App[*] : {trait} calls Sample.Run", ""])

    def parts(self) -> Iterator[list[Any]]:
        """Yield the lists of things of which some may be superfluous, outer ones first."""
        pending = [self.body]
        while pending:
            block = pending.pop(0)
            yield block.statements
            pending += [inner for one in block.statements for inner in one.blocks]

    def explored(self) -> Answer:
        """Return what all runs show, of each site and view."""
        views = [View.WELL, View.OTHER] if self.is_trusted else list(View)
        calls = [partial(self._called, view) for view in views]
        found = Answer()
        try:
            all_runs({"raised": False}, calls, [], RUNS, found)
        except TooMuch:
            found.is_whole = False
        narrow = frozenset(ASKED if LIMITED in found.reached else ())
        shown = Answer(runs=found.runs, is_whole=found.is_whole, narrow=narrow)
        for site in found.reached:
            shown.reached |= set(self._seen_in(site))
        for kind, site in found.failing:
            named = {self.key(kind, *name.split(", "), shown) for name in self._seen_in(site)}
            shown.failing |= {key for key in named if key is not None}
        return shown

    def _seen_in(self, site: str) -> Iterator[str]:
        """Yield what *site* is called in each view in which it counts: a call that nobody
        observes counts in all, unless programs are trusted, which such calls are not."""
        name, _, view = site.partition(", ")
        if view != View.OTHER.value:
            yield site
        elif not self.is_trusted:
            yield from (f"{name}, {one.value}" for one in (View.HOSTILE, View.WELL))

    def key(self, kind: str, site: str, view: str, shown: Answer) -> tuple[str, str] | None:
        """Return by what name a check is known of which all is known."""
        if kind not in ASKED or f"{UNSURE}, {view}" in shown.reached:
            return None
        if view == View.WELL.value and kind in ("mapped", "permitted"):
            return ("bounds", f"{site}, {view}") if kind == "mapped" else None
        return kind, f"{site}, {view}"

    def _called(self, view: View, machine: Machine) -> None:
        """Make a call."""
        memory, before = machine.memory, machine.memory["raised"]
        machine.view = f", {view.value}"
        memory |= {"view": view, "handlers": 0}
        callers = self.system.callers
        memory["caller"] = callers[machine.choose(len(callers))]
        self.passed.enter(machine)
        with suppress(Returned):
            try:
                self.body.run(machine)
            except Raised:
                if not self.system.handles:
                    raise AssertionError("nothing handles that") from None
        if self.system.restores:
            memory["raised"] = before
        if memory["raised"] != before:
            machine.failing.add(("restored", machine.site("Send")))
