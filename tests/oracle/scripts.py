"""Tests: scripts of calls, each the only client of its drivers (semantics 5.8)."""

from __future__ import annotations

from dataclasses import replace

from cecheck.ir.program import View
from cecheck.sema import typed as t
from oracle.explore import Findings, refuse_what_goes_unchecked
from oracle.interleave import Domain, Interleaving
from oracle.stage import Frame
from oracle.state import Activation, State
from oracle.values import CLIENT
from oracle.world import Fact


class Scripted(Interleaving):
    """All states that one test can reach."""

    def starts(self) -> list[tuple[State, frozenset[Fact]]]:
        """Return the first states: the thread is at the beginning of its script."""
        (test,) = self.stage.spec.clients
        code, begun = self.made.script_of(test), []
        for state, facts in super().starts():
            (own, *rest) = state.threads
            own = replace(own, stack=[Activation(code, 0, Frame({}), CLIENT)])
            begun.append((replace(state, threads=[own, *rest]), facts))
        return begun


def scripted(spec: t.Spec, domain: Domain, limit: int = 1 << 18) -> list[Findings]:
    """Return the findings of each test, in the view of its caller."""
    refuse_what_goes_unchecked(spec)
    found = []
    for test in spec.tests:
        (behaviour,) = test.behaviours
        view = View.WELL_BEHAVED if behaviour is t.Behaviour.TRUSTED else View.HOSTILE
        own, alone = t.alone(spec, test), replace(domain, alone=True)
        found.append(Scripted(own, test, behaviour, view, alone).run(limit))
    return found
