"""What is still to be found out, and by what: proofs rest on bounds, a suspicion needs a run."""

from __future__ import annotations

import pytest
from elaborated import spec
from verdicts import driver

from cecheck import tasks
from cecheck.engines.child import Done
from cecheck.engines.crew import Strand
from cecheck.engines.places import by_place
from cecheck.engines.verdict import Name
from cecheck.evidence import NOT_PURSUED, Aims, Evidence, Proof, Refutation, check_of
from cecheck.findings import asked, findings
from cecheck.gather import gather
from cecheck.ir.certificate import Certificate
from cecheck.ir.program import CheckKind, Program, View
from cecheck.ir.trace import Trace
from cecheck.lower.link import lower
from cecheck.options import Options, Second

KEEPS = """
    var kept : ptr u8
    ioctl Write(in: user ptr u8[in_len], in_len: u32) {
        kept = alloc(4) as ptr u8
        at: read in[0 .. in_len]
        free(kept)
        return 0
    }
"""
TRACE: Trace = object()  # type: ignore[assignment]  # nobody looks into it


def evidence() -> tuple[Evidence, list[Name], list[Name]]:
    """Return evidence of nothing yet, the checks of `mapped`, and the bounds of the model."""
    program = lower(spec(driver(KEEPS)), View.HOSTILE)
    names = asked(program, ("mapped",))
    bounds = list(tasks.bounds(program))
    return Evidence(program, names), [n for n in names if n not in bounds], bounds


def proof(program: Program) -> Proof:
    """Return a proof that says nothing of any place."""
    nothing = tuple(() for _ in program.threads)
    certificate = Certificate(1, program.view, nothing, nothing, "")
    return Proof(certificate, "houdini", ("z3", "cvc5"))


def test_bounds_are_wanted_as_long_as_a_proof_is():
    found, checks, bounds = evidence()
    assert checks
    assert bounds
    assert found.wanted(bounds) == bounds
    found.refutations.update(dict.fromkeys(checks, Refutation(TRACE, "bmc")))
    assert found.wanted(bounds) == []


def test_bounds_are_wanted_where_a_proof_rests_on_them():
    """Also a proof that nobody asked for: one solver may not have ruled the bound out."""
    found, checks, bounds = evidence()
    found.refutations[checks[0]] = Refutation(TRACE, "bmc")
    found.proofs.update(dict.fromkeys(checks[1:], proof(found.program)))
    assert found.open(found.asked) == bounds
    assert found.wanted(bounds) == bounds


def test_a_bound_is_told_where_a_proof_rests_on_it():
    """Nobody may need the proof, but whoever reads of it has to read of the bound."""
    found, checks, bounds = evidence()
    found.reasons.update(dict.fromkeys([*checks, *bounds], NOT_PURSUED))
    assert CheckKind.BOUND not in {one.kind for one in findings(found, found.asked)}
    found.proofs[checks[0]] = proof(found.program)
    assert CheckKind.BOUND in {one.kind for one in findings(found, found.asked)}


def engines(suspected: set[Name]) -> list[str]:
    """Return which engines are asked first, none of which finds anything."""
    found, checks, bounds = evidence()
    options, aims = Options(), Aims(frozenset(bounds), frozenset(suspected))
    strand, told = gather(found.program, checks, options, aims), []
    tasks_asked = next(strand)
    while len(told) < 4:
        told += [task.name for task in tasks_asked]
        nothing = {"runs": [], "reason": "nothing was found", "changing": []}
        tasks_asked = strand.send([Done({"engine": one.name, **nothing}) for one in tasks_asked])
    return told


def test_a_proof_at_any_price_comes_first_where_nothing_is_known():
    assert engines(set()) == ["houdini", "bmc", "spacer", "houdini"]


def test_what_is_expected_to_be_refuted_is_searched_for_before_that():
    """Runs end there then, and lemmas may do for the rest; nothing is proved at any price yet."""
    _, checks, _ = evidence()
    assert engines({checks[0]}) == ["bmc", "houdini", "bmc", "bmc"]


def test_where_everything_is_free_nothing_is_asked():
    """A view in which no answer is wanted costs nothing, and is told as it is."""
    found, checks, bounds = evidence()
    strand = gather(found.program, [*checks, *bounds], Options(), Aims(frozenset(checks + bounds)))
    with pytest.raises(StopIteration) as done:
        next(strand)
    assert set(done.value.value.reasons.items()) == {(n, NOT_PURSUED) for n in [*checks, *bounds]}


SERVES = """
    lock  cs
    event work
    var pending : u32
    ioctl Write(in: user ptr u8[in_len], in_len: u32) {
        acquire cs { pending = 1 }
        signal work
        return 0
    }
    thread server {
        loop {
            wait work
            acquire cs { if pending == 1 { at: pending = 0 } }
        }
    }
"""


def all_done(strand: Strand[Evidence]) -> tuple[Evidence, list[str]]:
    """Do everything that *strand* asks for; return what it finds, and by which engines."""
    told: list[str] = []
    try:
        work = next(strand)
        while True:
            told += [task.name for task in work]
            work = strand.send([Done(task.work()) for task in work])
    except StopIteration as done:
        return done.value, told


def test_what_others_ask_a_thread_for_is_searched_for_before_it_is_proved_dead():
    """It is far from where runs begin, and a proof that they never get there costs most."""
    program = lower(spec(driver(SERVES)), View.HOSTILE)
    found, told = all_done(gather(program, asked(program, ("mapped",)), Options()))
    assert found.proofs
    assert not found.unreached
    assert told.count("houdini") == 1


BEHIND_BYTES = """
    ioctl Write() {
        let list = alloc(8) as ptr u32
        if list == null { return 1 }
        var one : u32 = 7
        list[1] = 0x21222324
        copy(list + 1, &one, 3)
        at: assert list[1] >> 24 == 0x21
        free(list)
        return 0
    }
"""


def test_what_lies_behind_what_no_replay_follows_is_not_searched_for():
    """A proof tells, in a moment; the search would go as far as it may."""
    program = lower(spec(driver(BEHIND_BYTES)), View.HOSTILE)
    names = asked(program, ("assert",))
    found, told = all_done(gather(program, names, Options(second=Second.BITWUZLA)))
    (at,) = (name for name in names if check_of(program, name).site.name == "at")
    assert at in found.proofs
    assert at in found.unreached
    assert not found.unreachable
    assert told.count("bmc") == 1


def test_one_run_says_enough_of_a_place():
    """What else may go wrong there, the first run or a longer one, is the same finding."""
    found, checks, _ = evidence()
    group = max(by_place(found.program, checks).values(), key=len)
    assert len(group) > 1
    found.refutations[group[0]] = Refutation(TRACE, "bmc")
    assert found.open(checks) == [name for name in checks if name not in group]
