"""The campaigns on a few seeds, and what makes them worth running."""

from __future__ import annotations

from argparse import Namespace
from random import Random

import pytest

from campaigns import campaign, fuzz, hostile, planted, rules, seeded
from campaigns.compare import compared
from campaigns.generate import Generator
from campaigns.mutants import is_understood, originals
from campaigns.mutate import mutants
from campaigns.programs.heap import Topic
from campaigns.programs.judge import Known, shrink, understood
from campaigns.programs.program import program
from campaigns.programs.topics import known
from campaigns.random_specs import case
from campaigns.shrink import shrunk
from campaigns.threaded import ThreadedGenerator
from cecheck.lower.access import Questions


def test_random_specifications_agree():
    """Proofs and refutations of both, so that both directions are compared."""
    answers = [case(seed).answer() for seed in (1002, 5006, 5016)]
    assert [answer.wrong for answer in answers] == [[], [], []]
    assert min(answer.proved for answer in answers) > 0
    assert sum(answer.refuted for answer in answers) > 10


def test_no_run_gets_past_a_range_that_stops_it():
    """Regions of the scaled machine have four addresses: the replay looked at one of eight."""
    text = """// expect: proved
        use ce5
        struct Request { p : user ptr u8 }
        driver Sample {
            ioctl Run(in: user ptr Request sized in_len, in_len: u32) {
                if in == null || in_len < sizeof(Request) { return 1 }
                let p = in.p
                all: read p[0 .. 6]
                at: let byte = p[3]
                return 0
            }
        }
        client App[*] : untrusted calls Sample.Run"""
    assert compared(text).wrong == []


@pytest.mark.parametrize(
    ("body", "refuted"),
    [
        ("let old = SetProcPermissions(any(set))  at: read in[0 .. in_len]", True),
        ("let old = SetProcPermissions(any(set) | {GetCallerProcess()})", False),
        ("let old = any(set)  at: assert !(old has device)", True),
        ("let old = any(set) - {device}  at: assert !(old has device)", False),
    ],
)
def test_a_set_that_is_chosen_freely_is_any(body, refuted):
    """Enumerated with each subset of the processes there are."""
    answer = compared(f"""// expect: proved
        use ce5
        driver Sample {{
            ioctl Run(in: user ptr u8[in_len], in_len: u32) {{
                if in == null {{ return 1 }}
                let key = GetCurrentPermissions()
                {body}
                SetProcPermissions(key)
                return 0
            }}
        }}
        client App[*] : untrusted calls Sample.Run""")
    assert answer.wrong == []
    assert answer.unknown == 0
    assert answer.proved > 0
    assert (answer.refuted > 0) == refuted


def test_a_check_that_is_not_asked_is_noticed(monkeypatch):
    """The encoder forgets that a thread may lack a right."""
    monkeypatch.setattr(Questions, "_ask_permitted", lambda _: None)
    wrong = case(1005).answer().wrong
    assert [said for said in wrong if "permitted at in.q" in said]


@pytest.mark.parametrize("seed", [3, 8])
def test_random_drivers_with_threads_agree(seed):
    """Every order of actions over a narrow domain: what it violates is not proved."""
    answer = case(seed, threads=True).answer()
    assert answer.wrong == []
    assert answer.proved > 0


@pytest.mark.parametrize("seed", range(5000, 5005))
def test_random_programs_agree(seed):
    """What proves, or refutes, is what running them over all choices shows."""
    answer = Known(program(seed)).answer()
    assert answer.wrong == []
    assert answer.proved + answer.refuted > 0


@pytest.mark.parametrize("seed", [1000, 1003, 1222])
def test_random_programs_agree_on_what_stands_around_a_driver(seed):
    """Rules, tables, variants of steps, parameters: all of it is known where they are written."""
    answer = known(seed, Topic.SYSTEM).answer()
    assert answer.wrong == []
    assert answer.proved + answer.refuted > 0


def test_random_specifications_use_every_rule_of_the_grammar():
    """But for what no version checks yet: a call with any arguments."""
    used = [counts for _, counts in rules.shares(0, 17).items()]
    rare = {name for name in used[0] if not any(counts[name] for counts in used)}
    assert rare == {"call_with_any"}


def test_a_program_shrinks_to_what_matters():
    """Here to the first claim that fails."""
    made = program(5001)
    failing = next(iter(made.explored().failing))
    shrink(made, lambda: understood(made.text())[0] and failing in made.explored().failing)
    assert made.text().count(": assert") == 1


@pytest.mark.parametrize(
    "bug", [bug for bug in planted.BUGS if bug.seed is not None], ids=lambda bug: bug.name
)
def test_a_planted_bug_is_found(bug):
    """By one random specification at least: else these would be too weak to trust them."""
    assert bug.harm(bug.shown_by(bug.seed))


OPENED = {(bug.kind.name, bug.seed) for bug in planted.BUGS if bug.opens}
SHOWING = {(bug.kind.name, bug.seed) for bug in planted.BUGS if bug.seed is not None}


@pytest.mark.parametrize(("kind", "seed"), sorted(SHOWING))
def test_without_a_planted_bug_its_seeds_agree(kind, seed):
    """So that it is the bug that they show."""
    answer = planted.Kind[kind].case(seed).answer()
    assert answer.wrong == []
    assert (kind, seed) not in OPENED or answer.unknown == 0



@pytest.mark.parametrize("seed", [4, 8])
def test_changed_specifications_agree(seed):
    """Small changes of shipped ones."""
    random = Random(seed)
    texts = originals()
    text, domain = texts[random.choice(sorted(texts))]
    answer = compared(next(filter(is_understood, mutants(text, random))), domain=domain)
    assert answer.wrong == []
    assert answer.proved > 0


@pytest.mark.parametrize(("number", "kind"), [(2, "noticed"), (19, "no mistake")])
def test_a_mistake_in_a_proved_protocol_is_noticed(number, kind):
    """Or the enumeration of all states shows that it is none."""
    every = seeded.protocols()
    assert len(every) >= 30
    assert seeded.fate(seeded.mutant(every, number), 20.0)[0] == kind


def test_seeds_are_answered_in_children_like_anywhere_else():
    """Their engines run there at once."""
    given = Namespace(first=5002, count=2, seconds=5.0, jobs=2, patience=60.0)
    answers = dict(campaign._answers(given, lambda seed: Known(program(seed))))
    assert sorted(answers) == [5002, 5003]
    for seed, answer in answers.items():
        alone = Known(program(seed)).answer()
        assert (answer.proved, answer.refuted) == (alone.proved, alone.refuted)
        assert answer.steps == alone.steps


def test_seeds_decide_everything():
    """A disagreement can be looked at again by its seed."""
    for make in (Generator, ThreadedGenerator, program):
        assert make(5).text() == make(5).text() != make(6).text()


def test_what_is_generated_is_understood():
    """Nearly all: what is not is dropped, and shows nothing."""
    understood = [is_understood(Generator(seed).text()) for seed in range(100)]
    assert sum(understood) >= 90
    assert all(is_understood(ThreadedGenerator(seed).text()) for seed in range(30))


# ---- texts that are no specifications ------------------------------------------------------------

SHORT = [data for _, data in hostile.texts() if len(data) < 50_000]


def test_there_are_many_texts_made_to_break_the_front_end():
    """Each of another kind, or of another size."""
    assert len({name for name, _ in hostile.texts()}) == len(hostile.texts()) >= 1_000


@pytest.mark.parametrize("data", SHORT[::15])
def test_what_is_hostile_gets_an_answer(data: bytes):
    """It is understood, or a diagnostic says why not, and that can be shown."""
    told, _, found = fuzz.answered(data)
    assert fuzz.flaw_of(told, found) == ""


@pytest.mark.parametrize(
    ("part", "kind", "least"),
    [("bytes", "understood", 1), ("tokens", "understood", 2), ("grammar", "understood", 5)],
)
def test_what_is_damaged_or_has_no_meaning_gets_an_answer(part: str, kind: str, least: int):
    """And what is understood is lowered."""
    make = fuzz.texts(part)
    told = [fuzz.tried(part, seed, make(seed)) for seed in range(20)]
    assert sum(kind in one for one in told) >= least


def test_a_text_shrinks_to_what_matters():
    """Lines, blocks, and braces around what stays."""
    text = "a\nif x {\n    keep\n    b\n}\nwhile y {\n    c\n}\n"
    assert shrunk(text, lambda t: "keep" in t) == "    keep\n"
