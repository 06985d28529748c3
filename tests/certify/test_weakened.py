"""Certificates with one conjunct less, or one number that is one more or less.

Some still hold: another conjunct says the same, or the check needs less than the engine found.
That is for the solvers to say, so each that is accepted must be accepted by both; and what the
proof cannot do without is named here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from certificates import EXCLUSION, GOOD, KNOWN, LOCKED, all_claims, certificate
from proofs import SPECS, proved
from tiny import SAVED, number

from cecheck.certify.ask_cvc5 import cvc5_says
from cecheck.certify.ask_z3 import z3_says
from cecheck.certify.check import flaws
from cecheck.certify.questions import Claim
from cecheck.ir.assume import conjuncts
from cecheck.ir.build import all_of, and_, eq, rebuilt
from cecheck.ir.certificate import Certificate, from_json
from cecheck.ir.expr import FALSE, Const, Expr
from cecheck.ir.node import fold
from cecheck.ir.program import Program
from cecheck.ir.show import show
from cecheck.lower.link import lower
from cecheck.reading import shipped_platform
from cecheck.sema.elaborate import elaborate
from cecheck.source import Source
from cecheck.syntax.parse import parse


def case(name: str) -> tuple[Program, Certificate, list[Claim]]:
    """Return the hostile view of a specification of the seed, and the proof of all its checks."""
    text = (SPECS / "seed" / name).read_text("utf-8")
    document = proved(text)[0]
    file, _ = parse(Source("x.ce", text))
    assert file is not None
    spec, _ = elaborate(file, shipped_platform)
    assert spec is not None
    program = lower(spec, document.view)
    claims = [Claim(one.thread, one.check) for one in document.proves]
    return program, from_json(document.certificate, program), claims


def with_part(
    certificate: Certificate, place: tuple[int, int, int], part: Expr | None
) -> Certificate:
    """Return *certificate* with another conjunct at *place* (thread, cut, conjunct), or none."""
    thread, cut, number = place
    parts = list(conjuncts(certificate.formulas[thread][cut]))
    parts[number : number + 1] = [] if part is None else [part]
    rows = [list(row) for row in certificate.formulas]
    rows[thread][cut] = all_of(parts)
    return replace(certificate, formulas=tuple(tuple(row) for row in rows))


def places(certificate: Certificate) -> Iterator[tuple[tuple[int, int, int], Expr]]:
    """Yield every conjunct of *certificate* and where it is."""
    for thread, row in enumerate(certificate.formulas):
        for cut, formula in enumerate(row):
            for index, part in enumerate(conjuncts(formula)):
                yield (thread, cut, index), part


def shifted(part: Expr, by: int) -> Iterator[Expr]:
    """Yield *part* with one of its numbers *by* more, for each of them."""
    numbers: dict[Const, None] = {}

    def visit(node: Expr, _: tuple[None, ...]) -> None:
        if isinstance(node, Const) and node.sort.width > 1:
            numbers[node] = None

    fold(part, visit)
    for one in numbers:
        other = Const((one.value + by) % (1 << one.sort.width), one.sort)
        yield replaced(part, one, other)


def replaced(part: Expr, old: Expr, new: Expr) -> Expr:
    """Return *part* with *new* in all places of *old*."""
    def visit(node: Expr, children: tuple[Expr, ...]) -> Expr:
        if node is old:
            return new
        return node if children == node.children else rebuilt(node, children)

    return fold(part, visit)


def holds(program: Program, certificate: Certificate, claims: list[Claim]) -> bool:
    """Tell whether both solvers accept; that one does and the other does not is a failure."""
    first = flaws(program, certificate, claims, [z3_says])
    if not first:
        assert flaws(program, certificate, claims, [cvc5_says]) == ()
    return not first


NESTED = case("s02_nested_mapped.ce")


def test_the_certificate_itself_holds():
    program, certificate, claims = NESTED
    assert holds(program, certificate, claims)


def test_mutual_exclusion_needs_every_conjunct():
    """A lock's certificate made by hand has nothing in it that could be left out."""
    claims = list(all_claims(LOCKED))
    assert holds(LOCKED, GOOD, claims)
    parts = list(places(GOOD))
    kept = [show(p) for at, p in parts if holds(LOCKED, with_part(GOOD, at, None), claims)]
    assert (kept, len(parts)) == ([], 9)


@pytest.mark.parametrize("cut", [0, 1, 2, 3])
def test_each_way_from_cut_to_cut_is_asked(cut):
    """Only the one that comes from *cut* breaks what is said of the next one."""
    nowhere = {after: FALSE for after in range(cut + 1, 4)}
    broken = nowhere if cut < 3 else {0: and_(KNOWN, eq(SAVED, number(0)))}
    wrong = certificate(LOCKED, EXCLUSION | broken)
    told = flaws(LOCKED, wrong, all_claims(LOCKED), [z3_says])
    after = (cut + 1) % 4
    assert [flaw for flaw in told if f"Own at {after} in" in flaw and f"from {cut}:" in flaw]


def test_a_conjunct_less_is_accepted_only_where_the_rest_carries_the_proof():
    """Each is dropped, by itself; the proof cannot do without some of them."""
    program, certificate, claims = NESTED
    parts = list(places(certificate))
    needed = [
        show(part)
        for place, part in parts
        if not holds(program, with_part(certificate, place, None), claims)
    ]
    assert len(parts) >= 20
    assert {"App.current == App.home"} <= set(needed)  # so that the caller is who it maps for
    assert len(needed) < len(parts)  # Houdini keeps whatever holds


def test_a_number_more_or_less_is_accepted_only_where_it_still_holds():
    program, certificate, claims = NESTED
    accepted, rejected = [], []
    for place, part in places(certificate):
        for by in (1, -1):
            for other in shifted(part, by):
                changed = with_part(certificate, place, other)
                (accepted if holds(program, changed, claims) else rejected).append(show(other))
    # No thread is said to have another identity than 0; a slot below 32 is not all of them.
    assert {"App.id != 1", "App.home < 32", "App.home != 3", "App.caller == 1"} <= set(rejected)
    assert {"App.home < 34", "1 <= App.home"} <= set(accepted)  # weaker, and not needed
