"""What counts of what engines say: what two solvers confirm is proved, what replays is refuted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import tiny
from strands import Asked, run
from tiny import CHOICE, SAVED, check, edge, number, program, thread

from cecheck import tasks
from cecheck.engines.child import Crashed, Done, Json, Limit
from cecheck.engines.verdict import Disagreement, Doubt, Name
from cecheck.evidence import BEYOND, EVERYTHING, NOT_PURSUED, Aims, Evidence
from cecheck.findings import asked
from cecheck.gather import EngineCrash, gather
from cecheck.ir.build import eq, not_, ult
from cecheck.ir.certificate import Certificate, to_json
from cecheck.ir.expr import TRUE, Expr
from cecheck.ir.program import CheckKind, Program
from cecheck.ir.serial import fingerprint
from cecheck.options import Engine, Options, Second

UNITS = 10**7
FIRST, SECOND = Name(0, 0), Name(0, 1)
NO_RUN = Done({"engine": "bmc", "runs": [], "reason": "searched in vain", "changing": []})
NO_LEMMA = Done({"engine": "houdini", "reason": "no lemma"})
NO_ANSWER = Done({"engine": "spacer", "reason": "no answer"})


def found(
    model: Program, instead: dict[str, list] | None = None, aims: Aims = EVERYTHING, **options
) -> tuple[Evidence, Asked]:
    """Return what is found out about all checks of *model*, and who was asked for it."""
    chosen = Options(**{"rlimit": UNITS, **options})
    return run(gather(model, asked(model, ()), chosen, aims), instead)


def proofs(found: Evidence) -> dict[Name, tuple[str, tuple[str, ...]]]:
    """Return by which engine what is proved, and confirmed by whom."""
    return {n: (proof.engine, proof.certified_by) for n, proof in found.proofs.items()}


def two(
    first: Expr, second: Expr, *, name: str = "second", kind: CheckKind = CheckKind.ASSERT
) -> Program:
    """Return calls that choose a number below 8 and ask both in turn; *kind* is that of the first
    check."""
    edges = [
        edge(0, 1, ult(CHOICE, number(8)), {SAVED: CHOICE}),
        edge(1, 2),
        edge(2, 0),
    ]
    asks = [check(1, first, "first", kind), check(2, second, name)]
    return program([thread(edges, asks, [SAVED])])


SEVEN, NINE, TEN = (eq(SAVED, number(n)) for n in (7, 9, 10))
SAFE, BROKEN = two(NINE, TEN), two(SEVEN, TEN)


def offered(model: Program, *formulas: dict[int, Expr], **changes) -> Callable[[], Json]:
    """Return a child that offers a certificate of *formulas* by cut of each kind of thread."""
    certificate = Certificate(
        1, model.view, tuple(tuple(by_cut) for by_cut in formulas),
        tuple(tuple(by_cut.values()) for by_cut in formulas), fingerprint(model),
    )  # fmt: skip
    text = to_json(replace(certificate, **changes))
    return lambda: {"engine": "houdini", "certificate": text}


# ---- proofs ------------------------------------------------------------------------------------


def test_what_two_solvers_confirm_is_proved():
    one, told = found(SAFE)
    assert told.names == ["houdini", "z3", "cvc5", "bmc reached"]
    assert told.rounds == [0, 1, 2, 2]  # whether it is reached is asked beside the second
    assert proofs(one) == dict.fromkeys([FIRST, SECOND], ("houdini", ("z3", "cvc5")))
    assert (one.refutations, one.reasons, one.unreachable) == ({}, {}, {})
    assert one.reached == {FIRST, SECOND}
    assert one.program is SAFE
    assert list(one.asked) == [FIRST, SECOND]


def test_another_second_solver_may_confirm():
    one, told = found(SAFE, {"bitwuzla": [Done({"flaws": [], "unproved": []})]},
                      second=Second.BITWUZLA)  # fmt: skip
    assert told.names[1:3] == ["z3", "bitwuzla"]
    assert proofs(one)[FIRST] == ("houdini", ("z3", "bitwuzla"))


FLAWED = Done({"flaws": ["it is not inductive", "and more"], "unproved": []})


@pytest.mark.parametrize("solver", ["z3", "cvc5"])
def test_what_one_of_them_does_not_confirm_is_not_proved(solver):
    engine = {"engine": Engine.HOUDINI}
    one, _ = found(SAFE, {solver: [FLAWED]}, **engine)
    why = f"{solver} does not confirm the certificate: it is not inductive"
    assert (one.proofs, one.reasons) == ({}, {FIRST: why, SECOND: why})
    assert one.unreachable == {}
    part = Done({"flaws": [], "unproved": [[0, 1, "a gap"]]})
    one, _ = found(SAFE, {solver: [part]}, **engine)
    assert list(one.proofs) == [FIRST]
    assert one.reasons == {SECOND: f"{solver} finds no proof: a gap"}


@pytest.mark.parametrize("solver", ["z3", "cvc5"])
def test_a_solver_that_is_stopped_confirms_nothing(solver):
    one, _ = found(SAFE, {solver: [Limit("memory")]}, engine=Engine.HOUDINI)
    assert one.proofs == {}
    assert one.reasons[FIRST] == f"certifying with {solver}: memory"


@pytest.mark.parametrize("who", ["houdini", "z3", "cvc5", "bmc reached"])
def test_a_child_that_crashes_is_a_bug_and_no_answer(who):
    with pytest.raises(EngineCrash, match="no whole answer"):
        found(SAFE, {who: [Crashed("no whole answer")]})


def test_a_certificate_that_proves_nothing_is_not_asked_about_twice():
    """Nothing is left for the second solver to confirm."""
    says_nothing = offered(SAFE, {0: TRUE, 1: TRUE, 2: TRUE})
    one, told = found(SAFE, {"houdini": [says_nothing]}, engine=Engine.HOUDINI)
    assert told.names == ["houdini", "z3", "doubts"]
    assert one.proofs == {}
    assert one.reasons[FIRST].startswith("z3 finds no proof: ")


def test_another_programs_certificate_is_a_bug():
    with pytest.raises(Exception, match="for another program"):
        found(SAFE, {"houdini": [offered(BROKEN, {0: TRUE})]})


def test_where_lemmas_do_not_do_something_dearer_is_asked():
    one, told = found(SAFE, {"houdini": [NO_LEMMA], "bmc violated": [NO_RUN]})
    assert told.names == ["houdini", "bmc violated", "spacer", "z3", "cvc5", "bmc reached"]
    assert proofs(one)[FIRST] == ("spacer", ("z3", "cvc5"))
    assert told.about(1) == told.about(2) == [FIRST, SECOND]


def test_what_nobody_can_tell_is_asked_with_more_work_each_time():
    model = two(SEVEN, SEVEN)
    one, told = found(
        model,
        {"houdini": [NO_LEMMA] * 4, "bmc violated": [NO_RUN] * 4, "spacer": [NO_ANSWER] * 4},
    )
    assert told.names == ["houdini", "bmc violated", "spacer"] * 4
    assert one.reasons == dict.fromkeys([FIRST, SECOND], "spacer: no answer")
    assert (one.proofs, one.refutations, one.reached) == ({}, {}, set())
    budgets = [told.works[at].args[2] for at in (0, 3, 6, 9)]
    assert budgets == [UNITS * factor for factor in tasks.FACTORS]


def test_lemmas_that_are_inductive_are_not_guessed_again():
    """Only what they do not prove is left, until it is known where runs end."""
    says_nothing = offered(SAFE, {0: TRUE, 1: TRUE, 2: TRUE})
    one, told = found(
        SAFE,
        {"houdini": [says_nothing], "bmc violated": [NO_RUN] * 4, "spacer": [NO_ANSWER] * 4,
         "doubts": [Limit("wall clock")]},
    )  # fmt: skip
    assert told.names == ["houdini", "z3", *["bmc violated", "spacer"] * 4, "doubts"]
    assert one.lemmas is not None
    assert one.doubts == {}
    assert one.reasons == dict.fromkeys([FIRST, SECOND], "spacer: no answer")


@pytest.mark.parametrize(
    ("engine", "names"),
    [
        (Engine.HOUDINI, ["houdini"] * 4),
        (Engine.BMC, ["bmc violated"] * 4),
        (Engine.SPACER, ["spacer"] * 4),
    ],
)
def test_an_engine_may_be_asked_alone(engine, names):
    _, told = found(
        SAFE,
        {"houdini": [NO_LEMMA] * 4, "bmc violated": [NO_RUN] * 4, "spacer": [NO_ANSWER] * 4},
        engine=engine,
    )
    assert told.names == names


def test_spacer_alone_proves():
    one, told = found(SAFE, engine=Engine.SPACER)
    assert told.names == ["spacer", "z3", "cvc5", "bmc reached"]
    assert proofs(one)[SECOND] == ("spacer", ("z3", "cvc5"))


# ---- refutations -------------------------------------------------------------------------------


def test_what_replays_is_refuted_and_the_rest_holds_until_there():
    one, told = found(BROKEN)
    assert told.names[:3] == ["houdini", "z3", "bmc violated"]
    assert list(one.refutations) == [FIRST]
    assert one.refutations[FIRST].engine == "bmc"
    assert list(one.proofs) == [SECOND]
    assert one.ends_early
    assert "bmc reached" not in told.names
    assert one.unreachable == {}


def ran(number: int, chosen: int, *checks: int) -> Json:
    """Return runs of calls that choose *chosen*, one to each of *checks* (by edges from 1), which
    stands *number* edges from the start."""
    return [
        [
            0, number,
            {
                "rigid": {}, "shared": {}, "local": [[0, 0, {"me": 1, "saved": 0}]],
                "moves": [[0, 0, {"choice": chosen}, edges]], "actor": [0, 0], "last": {},
            },
        ]
        for edges in checks
    ]  # fmt: skip


def runs(*told: list) -> Done:
    """Return the answer of a search that found all of *told*."""
    every = [run for some in told for run in some]
    return Done({"engine": "bmc", "runs": every, "reason": "searched", "changing": []})


def test_a_run_that_does_not_replay_refutes_nothing():
    """Another number is chosen in it than goes wrong."""
    lie = runs(ran(0, 3, 1))
    one, _ = found(BROKEN, {"bmc violated": [lie]}, engine=Engine.BMC)
    assert list(one.refutations) == [FIRST]  # in truth, by the second round
    one, told = found(BROKEN, {"bmc violated": [lie] * 4}, engine=Engine.BMC)
    assert one.refutations == {}
    assert told.names == ["bmc violated"] * 4
    assert one.reasons == {
        FIRST: "the run that was found does not replay: the check is not violated at the end",
        SECOND: "bmc: searched",
    }


def test_a_run_refutes_what_it_violates_first():
    """Whatever it was said to violate."""
    one, _ = found(BROKEN, {"bmc violated": [runs(ran(1, 7, 2)), NO_RUN, NO_RUN, NO_RUN]},
                   engine=Engine.BMC)  # fmt: skip
    assert list(one.refutations) == [FIRST]
    assert len(one.refutations[FIRST].trace.steps) == 1
    assert one.reasons[SECOND] == "bmc: searched in vain"
    one, _ = found(BROKEN, {"bmc violated": [*[NO_RUN] * 3, runs(ran(1, 7, 2))]},
                   engine=Engine.BMC)  # fmt: skip
    assert one.reasons[SECOND] == "the run that was found ends before, at first"


def test_a_search_that_is_stopped_leaves_the_limit_as_the_reason():
    one, _ = found(BROKEN, {"bmc violated": [Limit("wall clock")] * 4}, engine=Engine.BMC)
    assert one.reasons == dict.fromkeys([FIRST, SECOND], "bmc: wall clock")


def three(*violated: Expr) -> Program:
    """Return calls that choose a number below 8 and ask all three in turn."""
    edges = [edge(0, 1, ult(CHOICE, number(8)), {SAVED: CHOICE}), edge(1, 2), edge(2, 3),
             edge(3, 0)]  # fmt: skip
    asks = [check(at, one, f"site {at}") for at, one in enumerate(violated, 1)]
    return program([thread(edges, asks, [SAVED])])


FIVE = eq(SAVED, number(5))
ONLY_THIRD_FAILS = Done({"flaws": [], "unproved": [[0, 2, "a gap"]]})
SURE = Done({"flaws": [], "unproved": []})


def test_solvers_that_confirm_what_a_run_refutes_are_wrong():
    """So is cecheck, whichever of them it believes."""
    lies = {"z3": [ONLY_THIRD_FAILS], "cvc5": [SURE]}
    refuted = runs(ran(2, 7, 3), ran(2, 5, 3))  # the first of them ends at the first check
    with pytest.raises(Disagreement, match="houdini proved what a run refutes"):
        found(three(SEVEN, TEN, FIVE), {**lies, "bmc violated": [refuted]})


def test_a_run_that_refutes_what_was_proved_is_a_bug():
    says = [Done({"flaws": [], "unproved": [[0, 1, "a gap"], [0, 2, "a gap"]]})]
    lies = {"z3": says, "cvc5": [SURE], "bmc violated": [NO_RUN, runs(ran(2, 7, 3))],
            "spacer": [NO_ANSWER]}  # fmt: skip
    with pytest.raises(Disagreement, match="a run refutes what was proved"):
        found(three(SEVEN, FIVE, FIVE), lies)


def test_what_holds_until_a_refuted_site_is_asked_again():
    """The first solver has not confirmed it before: runs did not end there yet."""
    behind = two(SEVEN, SEVEN)
    one, told = found(behind)
    assert told.names == ["houdini", "z3", "bmc violated", "z3", "cvc5"]
    assert list(one.refutations) == [FIRST]
    assert list(one.proofs) == [SECOND]
    assert [told.about(n) for n in (0, 2)] == [[FIRST, SECOND]] * 2


def test_what_is_sure_of_all_that_is_left_is_not_asked_again():
    """By the first solver: what else it confirmed does not matter."""
    one, told = found(three(NINE, TEN, FIVE))
    assert told.names == ["houdini", "z3", "bmc violated", "cvc5"]
    assert list(one.proofs) == [FIRST, SECOND]
    assert list(one.refutations) == [Name(0, 2)]


def test_one_run_is_enough_for_a_place():
    """Another check of the same kind at the same site is the same finding."""
    twice = two(SEVEN, SEVEN, name="first")
    one, _ = found(twice)
    assert list(one.refutations) == [FIRST]
    assert one.open([FIRST, SECOND]) == []


# ---- aims --------------------------------------------------------------------------------------


def test_what_is_suspected_is_searched_for_first():
    one, told = found(BROKEN, aims=Aims(suspected=frozenset([FIRST])))
    assert told.names == ["bmc violated", "houdini", "z3", "cvc5"]
    assert told.about(0) == [FIRST]
    assert told.about(1) == [SECOND]
    assert list(one.refutations) == [FIRST]


def test_what_is_suspected_in_vain_costs_no_proof_at_any_price_at_first():
    """It was searched for already, so it is not searched for once more in that round."""
    _, told = found(
        two(SEVEN, SEVEN),
        {"bmc violated": [NO_RUN] * 8, "houdini": [NO_LEMMA] * 4, "spacer": [NO_ANSWER] * 4},
        Aims(suspected=frozenset([FIRST])),
    )
    first = ["bmc violated", "houdini", "bmc violated"]
    assert told.names == [*first, *[*first, "spacer"] * 3]
    assert [told.about(n) for n in range(3)] == [[FIRST], [FIRST, SECOND], [SECOND]]


def test_what_is_free_is_asked_along_and_not_pursued():
    one, told = found(
        two(SEVEN, SEVEN), {"bmc violated": [NO_RUN] * 9, "houdini": [NO_LEMMA] * 4,
                            "spacer": [NO_ANSWER] * 4},
        Aims(free=frozenset([FIRST])),
    )  # fmt: skip
    assert told.about(1) == [FIRST, SECOND]  # who finds the one may find the other
    assert told.works[1].args[2] == [SECOND]
    assert told.about(2) == [SECOND]
    assert one.reasons == {FIRST: NOT_PURSUED, SECOND: "spacer: no answer"}
    assert one.ends_early


def test_where_all_is_free_nothing_is_asked():
    one, told = found(SAFE, aims=Aims(free=frozenset([FIRST, SECOND])))
    assert told.names == []
    assert one.reasons == {FIRST: NOT_PURSUED, SECOND: NOT_PURSUED}


# ---- all or nothing ----------------------------------------------------------------------------


def test_a_trial_ends_at_the_first_doubt():
    one, told = found(BROKEN, all_or_nothing=True)
    assert told.names == ["houdini", "z3"]
    assert (one.proofs, one.refutations) == ({}, {})


def test_a_trial_of_what_is_proved_is_whole():
    one, told = found(SAFE, all_or_nothing=True)
    assert told.names == ["houdini", "z3", "cvc5", "bmc reached"]
    assert set(one.proofs) == {FIRST, SECOND}


def test_a_trial_that_leaves_something_open_asks_no_further():
    """Not which states lemmas allow, nor what is reached."""
    one, told = found(tiny.rounds(step=0), all_or_nothing=True, engine=Engine.HOUDINI)
    assert told.names == ["measures", "measures"]
    assert one.reasons == {FIRST: "measures: nothing in the loop counts"}


def test_a_trial_that_fails_asks_nothing_about_loops():
    _, told = found(tiny.rounds(asserts=True), all_or_nothing=True)
    assert told.names == ["houdini", "z3"]


# ---- the bounds of the model -------------------------------------------------------------------


def test_beyond_the_model_nothing_is_known():
    model = two(SEVEN, NINE, kind=CheckKind.BOUND)
    one, told = found(model, {"houdini": [NO_LEMMA]})
    assert list(one.refutations) == [FIRST]
    assert one.reasons[SECOND] == BEYOND
    assert one.proofs == {}
    assert told.names == ["houdini", "bmc violated"]  # nothing makes good for that


def test_a_bound_that_holds_is_proved_with_the_rest():
    model = two(NINE, TEN, kind=CheckKind.BOUND)
    one, _ = found(model)
    assert set(one.proofs) == {FIRST, SECOND}
    assert one.unreached == []


# ---- loops -------------------------------------------------------------------------------------


def test_a_loop_ends_by_a_measure():
    one, told = found(tiny.rounds())
    assert told.names == ["measures", "z3", "cvc5", "bmc reached"]
    assert proofs(one) == {FIRST: ("measures", ("z3", "cvc5"))}
    assert one.reached == {FIRST}


def test_a_loop_that_goes_round_for_ever_is_refuted():
    one, told = found(tiny.rounds(step=0))
    assert told.names == ["measures", "measures", "bmc"]
    assert [told.works[at].args[-1] for at in (0, 1)] == [(True, False), (True, True)]
    assert list(one.refutations) == [FIRST]
    assert one.refutations[FIRST].trace.again is not None


@pytest.mark.parametrize(
    ("engine", "names"),
    [(Engine.HOUDINI, ["measures", "measures"]), (Engine.BMC, ["bmc"]), (Engine.SPACER, [])],
)
def test_a_loop_is_asked_about_by_the_chosen_engine(engine, names):
    _, told = found(tiny.rounds(step=0), {"bmc": [Limit("wall clock")]}, engine=engine)
    assert told.names == names


def test_a_loop_of_which_nothing_is_known_has_a_reason():
    one, _ = found(tiny.rounds(step=0), {"bmc": [NO_RUN]})
    assert one.reasons == {FIRST: "measures: nothing in the loop counts"}
    one, _ = found(tiny.rounds(), {"measures": [Limit("memory"), Limit("memory")]})
    assert one.reasons == {FIRST: "measures: memory"}


def test_loops_and_the_rest_are_asked_apart():
    one, told = found(tiny.rounds(asserts=True))
    assert told.about(0) == [SECOND]
    assert list(one.refutations) == [SECOND]
    assert list(one.proofs) == [FIRST]


# ---- what is reached ---------------------------------------------------------------------------

DEAD = two(NINE, TEN)
DEAD = replace(
    DEAD,
    threads=(replace(DEAD.threads[0], edges=(
        DEAD.threads[0].edges[0], edge(1, 2, ult(number(8), SAVED)),
        edge(1, 0, not_(ult(number(8), SAVED))), edge(2, 0),
    )),),
)  # fmt: skip


def test_what_no_run_reaches_is_proved_dead():
    one, told = found(DEAD)
    assert told.names == ["houdini", "z3", "cvc5", "bmc reached", "houdini", "z3", "cvc5"]
    assert one.reached == {FIRST}
    assert list(one.unreachable) == [SECOND]
    assert one.unreachable[SECOND].certified_by == ("z3", "cvc5")
    assert one.asked_dead == ((0, 1),)


@pytest.mark.parametrize("answers", [("houdini", [None, NO_LEMMA]), ("z3", [None, FLAWED]),
                                     ("cvc5", [None, FLAWED])])  # fmt: skip
def test_what_is_not_proved_dead_is_searched_for_as_far_as_it_goes(answers):
    one, told = found(DEAD, dict([answers]))
    assert one.unreachable == {}
    assert one.unreached == [SECOND]
    assert told.names[-1] == "bmc reached"
    assert told.about(-1) == [SECOND]
    assert one.reasons == {}


def test_what_a_run_is_wrongly_said_to_reach_is_not():
    lie = runs(ran(1, 3, 2))
    one, _ = found(DEAD, {"bmc reached": [lie]})
    assert one.reached == {FIRST}  # by the same run, which gets no further
    assert list(one.unreachable) == [SECOND]


def test_where_runs_end_early_nothing_is_called_dead():
    dead = replace(DEAD, threads=(replace(DEAD.threads[0], checks=(
        replace(DEAD.threads[0].checks[0], violated=SEVEN), DEAD.threads[0].checks[1],
    )),))  # fmt: skip
    one, told = found(dead)
    assert list(one.refutations) == [FIRST]
    assert list(one.proofs) == [SECOND]
    assert told.names.count("houdini") == 1
    assert one.unreachable == {}


def test_where_a_check_is_open_that_may_end_runs_nothing_is_called_dead():
    unknown = {"houdini": [None], "z3": [Done({"flaws": [], "unproved": [[0, 0, "a gap"]]})],
               "bmc violated": [NO_RUN] * 4, "spacer": [NO_ANSWER] * 4,
               "doubts": [Limit("memory")]}  # fmt: skip
    one, told = found(DEAD, unknown)
    assert list(one.proofs) == [SECOND]
    assert one.unreachable == {}
    assert told.names.count("houdini") == 1
    assert told.names[-2:] == ["bmc reached", "bmc reached"]  # near, and as far as it goes


def test_a_run_that_is_only_cut_off_is_not_searched_for():
    """Behind an edge that no replay takes: a proof tells, in a moment."""
    (calls,) = two(NINE, TEN).threads
    edges = (calls.edges[0], replace(calls.edges[1], unfollowed=True), calls.edges[2])
    one, told = found(replace(SAFE, threads=(replace(calls, edges=edges),)))
    assert set(one.proofs) == {FIRST, SECOND}
    assert one.unreached == [SECOND]
    assert told.names[4:] == ["houdini", "z3", "houdini", "z3"]
    assert one.unreachable == {}
    budgets = [work.args[2] for at, work in enumerate(told.works) if told.names[at] == "houdini"]
    assert budgets == [UNITS * tasks.FACTORS[0]] * 3


@pytest.mark.parametrize("answer", [("houdini", [None, None, NO_LEMMA]),
                                    ("z3", [None, None, FLAWED])])  # fmt: skip
def test_what_may_not_be_cut_off_is_searched_for(answer):
    (calls,) = two(NINE, TEN).threads
    edges = (calls.edges[0], replace(calls.edges[1], unfollowed=True), calls.edges[2])
    one, told = found(replace(SAFE, threads=(replace(calls, edges=edges),)), dict([answer]))
    assert told.names[-1] == "bmc reached"
    assert told.about(-1) == one.unreached == [SECOND]


def test_with_other_threads_places_are_far():
    """They are searched for before anything is proved dead."""
    (calls,) = two(NINE, TEN).threads
    alone = replace(SAFE, threads=(calls, thread([edge(0, 0)], count=1)))
    run = runs(ran(0, 3, 1))
    run.data["runs"][0][2]["local"].append([1, 0, {"me": 2}])
    one, told = found(alone, {"bmc reached": [run]})
    assert told.names == ["houdini", "z3", "cvc5", "bmc reached", "bmc reached"]
    assert told.works[-1].args[3][1] == tasks.WITH_OTHERS[0]
    assert told.about(-1) == [SECOND]
    assert one.reached == {FIRST, SECOND}
    (near,) = (work for at, work in enumerate(told.works) if at == 3)
    assert near.args[3][1] == tasks.NEAR[0]


def test_the_longest_run_is_replayed_first():
    """It passes what shorter ones reach."""
    told = runs(ran(0, 3, 1), ran(1, 3, 2))
    far = told.data["runs"][1][2]
    far["moves"] = [[0, 0, {"choice": 3}, 1], [0, 0, {}, 1]]
    one, _ = found(SAFE, {"bmc reached": [told]})
    assert one.reached == {FIRST, SECOND}
    assert one.passing == [(SECOND, far)]


def test_each_run_is_replayed_that_shows_more():
    """Though another passed what the one before it reaches."""
    told = runs(ran(1, 3, 2), ran(0, 3, 1), ran(2, 3, 3))
    one, _ = found(three(NINE, NINE, NINE), {"bmc reached": [told, NO_RUN, NO_RUN]})
    assert one.reached == {FIRST, SECOND, Name(0, 2)}
    assert [name for name, _ in one.passing] == [SECOND, Name(0, 2)]


def test_what_runs_reach_adds_up():
    edges = [
        edge(0, 1, ult(CHOICE, number(4)), {SAVED: CHOICE}),
        edge(0, 2, not_(ult(CHOICE, number(4))), {SAVED: CHOICE}),
        edge(1, 0), edge(2, 0),
    ]  # fmt: skip
    asks = [check(1, NINE, "first"), check(2, eq(SAVED, number(2)), "second")]
    model = program([thread(edges, asks, [SAVED])])
    one, _ = found(model, {"bmc reached": [runs(ran(0, 3, 1), ran(1, 5, 1))]})
    assert one.reached == {FIRST, SECOND}
    assert [name for name, _ in one.passing] == [FIRST, SECOND]


@pytest.mark.parametrize("outcome", [Limit("wall clock"), NO_RUN])
def test_a_search_that_finds_no_run_shows_nothing(outcome):
    one, told = found(SAFE, {"bmc reached": [outcome]})
    assert one.reached == {FIRST, SECOND}  # by the search that goes further
    assert told.names[-1] == "bmc reached"
    assert one.reasons == {}


# ---- memory that changes, states that are not ruled out ----------------------------------------


def test_where_callers_memory_would_have_to_change_nothing_more_is_asked():
    def of(*numbers: int) -> Done:
        return Done({**NO_RUN.data, "changing": [[0, number] for number in numbers]})

    one, told = found(
        two(SEVEN, SEVEN), {"bmc violated": [of(0), of(1)], "houdini": [NO_LEMMA] * 2,
                            "spacer": [NO_ANSWER] * 2}
    )  # fmt: skip
    assert one.changing == {FIRST, SECOND}
    assert told.names == ["houdini", "bmc violated", "spacer"] * 2


def test_a_state_that_is_not_ruled_out_is_noted():
    told = Done({"engine": "doubts", "doubts": [[0, 1, 2, {"saved": 7}, ["saved"]]]})
    says_nothing = offered(SAFE, {0: TRUE, 1: TRUE, 2: TRUE})
    one, asked_of = found(SAFE, {"houdini": [says_nothing], "doubts": [told]},
                          engine=Engine.HOUDINI)  # fmt: skip
    assert asked_of.works[-1].args[2] == [FIRST, SECOND]
    assert one.doubts == {SECOND: Doubt(2, {"saved": 7}, ("saved",))}


@pytest.mark.parametrize("who", ["doubts", "spacer", "measures", "bmc", "bmc violated"])
def test_who_crashes_is_named(who):
    model = tiny.rounds(step=0) if who in ("measures", "bmc") else two(SEVEN, SEVEN)
    says_nothing = offered(model, {0: TRUE, 1: TRUE, 2: TRUE})
    told = {"houdini": [says_nothing], "bmc violated": [NO_RUN] * 4, "spacer": [NO_ANSWER] * 4}
    with pytest.raises(EngineCrash, match=rf"^{who.split()[0]}: gone$"):
        found(model, {**told, who: [Crashed("gone")]})


def test_a_search_for_what_is_reached_is_named_if_it_crashes():
    with pytest.raises(EngineCrash, match=r"^bmc: gone$"):
        found(SAFE, {"bmc reached": [Crashed("gone")]})


@pytest.mark.parametrize("who", ["houdini", "spacer"])
def test_who_is_stopped_is_named(who):
    engine = Engine.HOUDINI if who == "houdini" else Engine.SPACER
    one, _ = found(SAFE, {who: [Limit("wall clock")] * 4}, engine=engine)
    assert one.reasons == dict.fromkeys([FIRST, SECOND], f"{who}: wall clock")


def test_what_is_refuted_makes_runs_shorter_for_lemmas():
    """They are guessed again though they are inductive: the rest may hold until there."""
    one, told = found(
        two(SEVEN, SEVEN),
        {"z3": [None, Done({"flaws": [], "unproved": [[0, 1, "a gap"]]})]},
    )
    assert told.names == [
        "houdini", "z3", "bmc violated", "z3", "houdini", "z3", "cvc5",
    ]  # fmt: skip
    assert list(one.proofs) == [SECOND]
