"""Where lemmas do not do, a state that they allow is told: a question to who wrote it."""

from __future__ import annotations

from tiny import COUNT, DATA, check, edge, number, program, thread
from verdicts import report, says, seen

from cecheck.engines.doubts import doubts
from cecheck.engines.solve import Budget
from cecheck.engines.verdict import Name
from cecheck.ir.build import add, eq, ult
from cecheck.ir.certificate import Certificate
from cecheck.ir.expr import TRUE, Expr
from cecheck.ir.program import Program, View
from cecheck.ir.serial import fingerprint
from cecheck.report.model import Doubt, Unknown

# COUNT goes up while it is below DATA; that it is not 9 afterwards is asked.
LOOP = program(
    [
        thread(
            [
                edge(0, 0, ult(COUNT, DATA), {COUNT: add(COUNT, number(1))}),
                edge(0, 1, ult(DATA, add(COUNT, number(1)))),
                edge(1, 1, TRUE),
            ],
            [check(1, eq(COUNT, number(9)))],
            [COUNT],
        )
    ],
    [DATA],
)
NAME = Name(0, 0)


def _doubts(formula: Expr, model: Program = LOOP) -> dict[Name, object]:
    certificate = Certificate(1, model.view, ((0, 1),), ((TRUE, formula),), fingerprint(model))
    return dict(doubts(model, certificate, [NAME], Budget(1_000_000)))


def test_a_state_that_is_allowed_is_given_with_what_matters():
    found = _doubts(TRUE)[NAME]
    assert (found.cut, found.values["count"], found.matter) == (1, 9, ("count",))


def test_what_the_lemmas_say_holds_in_it():
    found = _doubts(ult(DATA, number(3)))[NAME]
    assert found.values["count"] == 9
    assert found.values["data"] < 3


def test_none_is_given_where_they_rule_it_out():
    assert _doubts(ult(COUNT, number(9))) == {}


SUM = """// expect: proved
use ce5

driver Sample {
    ioctl Add(in_len: u32, out_len: u32) {
        assume in_len < 100 && out_len < 100
        var sum = in_len
        var left = out_len
        while left > 0 {
            LEMMA
            sum += 1
            left -= 1
        }
        small: assert sum < 200
        return sum
    }
}

client App[*] : untrusted calls Sample.Add
"""
LEMMA = "invariant sum <= 200 && left < 100 && sum + left < 200"


def test_it_is_told_in_the_words_of_the_specification():
    (found,) = seen(SUM.replace("LEMMA", ""), View.HOSTILE, only=("assert",), timeout=8.0)
    assert isinstance(found.verdict, Unknown)
    assert isinstance(found.verdict.doubt, Doubt)
    assert found.verdict.doubt.where == "App, before line 9"
    values = dict(found.verdict.doubt.values)
    assert int(values["sum"], 0) >= 200
    assert values["left"] == "0"


def test_an_invariant_that_rules_it_out_makes_the_proof():
    text = SUM.replace("LEMMA", LEMMA)
    assert all(says({type(f.verdict).__name__.lower()}, "proved") for f in report(text).findings)
