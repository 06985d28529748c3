"""The interpreter itself: what statements mean, and that its economies leave nothing out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cecheck.ir.program import CheckKind, View
from cecheck.sema.typed import Spec, Variable
from cecheck.sema.types import PointerType
from oracle.choice import Choices
from oracle.explore import Exploration, Findings, Start, Unnamed, target_of
from oracle.load import ROOT, scaled, scaled_file
from oracle.machine import Run
from oracle.sample import sample
from oracle.values import CLIENT, NULL, TENANT
from oracle.world import Geography, World

SEED = ROOT / "specs/seed"


def driver(body: str, use: str = "use ce5") -> Spec:
    """A driver whose entry gets one structure and runs *body*."""
    return scaled(f"""// expect: proved
        {use}
        struct Request {{ length : u32  buffer : user ptr u8[length] }}
        driver Sample {{
            fn twice(x: u32) -> u32 {{ return x + x }}
            fn where(p: address) -> u32 {{ return MapPtrUnsecure(p, GetCallerProcess()) as u32 }}
            fn probe(x: u32, p: address) -> bool {{ return x == 0 || where(p) == 14 }}
            ioctl Run(in: user ptr Request sized in_len, in_len: u32) {{
                {body}
                return 0
            }}
        }}
        client App[*] : untrusted calls Sample.Run""")


def explored(spec: Spec, view: View = View.HOSTILE, **stage: bool) -> Findings:
    """What every run finds for the first client."""
    return exploration(spec, view, **stage).run()


def exploration(spec: Spec, view: View = View.HOSTILE, **stage: bool) -> Exploration:
    """An exploration of the first client's first target."""
    client = spec.clients[0]
    made = Exploration(spec, *target_of(spec, client.targets[0]), client.behaviours[0], view)
    for name, value in stage.items():
        setattr(made.stage, name, value)
    return made


def fails(body: str, view: View = View.HOSTILE) -> bool:
    """Whether some run of *body* gets to an ``assert`` that does not hold."""
    found = explored(driver(body), view)
    assert any(site.name != "DeviceIoControl" for site in found.reached), "no assert was reached"
    return any(kind is CheckKind.ASSERT for kind, _ in found.found)


def test_the_enumerator_shares_nothing_with_what_it_judges():
    """It reads the typed tree; only names come from the rest (semantics 9.3)."""
    stages = "lower|encode|engines|replay|certify|pipeline|report|cli"
    ours = [path.read_text() for path in Path(__file__).parent.glob("*.py")]
    assert not any(re.search(rf"cecheck\.({stages})\b", text) for text in ours)
    assert not any(re.search(r"import (z3|cvc5)|cecheck\.ir\.(build|meaning)", t) for t in ours)


# ---- what statements mean ------------------------------------------------------------------------

ALWAYS = {
    "arithmetic wraps": "let x : u32 = 60  assert x + 8 == 4",
    "conversions keep bits and extend by sign": "let x : u32 = 63  assert x as i32 < 0",
    "narrow numbers wrap at their width": "let x : u8 = 7  assert (x + 1) as u32 == 0",
    "a handler runs after the final part": """
        var x : u32 = 0
        try { try { x = 1  raise } finally { x = x * 2 + 1 } } except { x = x + 4 }
        assert x == 7""",
    "a final part runs on the way out of a loop": """
        var n : u32 = 0  var m : u32 = 0
        while n < 3 {
            n = n + 1
            try { if n == 2 { continue } m = m + 1 } finally { m = m + 8 }
        }
        assert m == 26""",
    "break leaves the innermost loop": """
        var n : u32 = 0
        for i in 0 .. 5 { while true { break } if i == 3 { break } n = n + 1 }
        assert n == 3""",
    "conditions stop early": "let x = any(u32)  assert x == 0 || twice(x) == x + x",
    "an arbitrary number stays what it is": "let x = any(u32), y = x  assert x == y",
    "a number is one of its range": "let x = any(3 .. 5)  assert x == 3 || x == 4",
    "processes have places of their own": "assert GetCallerProcess() != GetCurrentProcess()",
    "the driver runs under the caller's key": """
        assert GetCurrentPermissions() has GetCallerProcess()""",
    "the thread's owner is the caller": "assert GetOwnerProcess() == GetCallerProcess()",
}
SOMETIMES = {
    "every number is tried": "let x = any(u32)  assert x != 37",
    "two arbitrary numbers differ": "let x = any(u32), y = any(u32)  assert x == y",
    "numbers that met differ later": """
        let x = any(u32), y = any(u32)  var z : u32 = 0  if x == 5 { z = y } assert z != 9""",
    "a handler remembers what was before": """
        var x : u32 = 0
        if any(bool) { x = 1 }
        try { let y = any(u32)  if y == 9 { raise } } except { assert x == 0 }""",
    "who knows less of the world stands for who knows more": """
        if in != null || in_len != 0 { return 1 }
        if !any(bool) { if where(in + 1) != 14 { return 2 } }
        assert where(in + 1) != 22""",
    "an outcome that settles less of the world stands for others": """
        if in != null || in_len != 0 { return 1 }
        let x = any(u32), here = probe(x, in + 1)
        if !here { return 2 }
        assert where(in + 1) != 22""",
    "each world that an outcome may have is kept": """
        if in != null || in_len != 0 { return 1 }
        let x = any(u32), here = probe(x, in + 1)
        if here { return 2 }
        assert where(in + 1) != 22""",
    "a loop may end and may go on": """
        var n : u32 = 0  while any(bool) { n = n + 1 } assert n != 5""",
}


@pytest.mark.parametrize("body", ALWAYS.values(), ids=ALWAYS)
def test_it_holds_in_every_run(body: str):
    """A statement that is true of the language is true of all runs."""
    assert not fails(body)


@pytest.mark.parametrize("body", SOMETIMES.values(), ids=SOMETIMES)
def test_some_run_is_different(body: str):
    """What can happen is found."""
    assert fails(body)


FETCHES = """
    if in == null || in_len < sizeof(Request) { return 1 }
    let first = in.length, second = in.length"""


def test_hostile_memory_changes_between_two_fetches_and_stable_memory_does_not():
    """The same field, read twice."""
    body = FETCHES + " assert first == second"
    assert fails(body)
    assert not fails(body, View.WELL_BEHAVED)


def test_a_promise_is_kept_by_what_was_read():
    """A well-behaved caller's buffer does not leave the word, whatever length he writes."""
    body = FETCHES + " let p = in.buffer  assert first == 0 || p + (first - 1) >= p"
    assert not fails(body, View.WELL_BEHAVED)
    assert fails(body)


def test_an_unknown_loop_ends_although_the_run_would_not():
    """A state that comes up again is not followed again."""
    found = explored(driver("while true { }"))
    assert found.runs < 5000


# ---- who is where --------------------------------------------------------------------------------


def worlds(geography: Geography, places: range) -> set[tuple[str | None, ...]]:
    """Every seating of the process table."""
    choices, found = Choices(), set()
    more = True
    while more:
        world = World(geography, choices, frozenset())
        found.add(tuple(world.holder(place) for place in places))
        more = choices.advance()
    return found


def test_everybody_sits_everywhere_and_one_further_tenant_may():
    """Two parties and perhaps a tenant on three places: 3 * 2 * 2 seatings."""
    geography = Geography(range(2, 6), (("filesys", 2),), (CLIENT, "device"))
    seatings = worlds(geography, range(2, 7))
    assert len(seatings) == 12
    assert all(seating[0] == "filesys" and seating[4] is None for seating in seatings)
    assert sum(TENANT in seating for seating in seatings) == 6


def test_asking_for_a_party_or_for_a_place_gives_one_table():
    """However it is asked, nobody is in two places."""
    choices = Choices()
    more = True
    while more:
        world = World(Geography(range(3, 6), (), (CLIENT, "device")), choices, frozenset())
        mine, third = world.place(CLIENT), world.holder(4)
        assert (mine == 4) == (third == CLIENT)
        assert world.place("device") != mine
        more = choices.advance()


# ---- economies -----------------------------------------------------------------------------------


def test_functions_as_relations_lose_nothing():
    """The same violations and the same sites, with fewer runs."""
    spec = scaled_file(SEED / "s02_nested_unmapped.ce")
    with_, without = explored(spec), explored(spec, relations=False)
    assert (with_.found.keys(), with_.reached) == (without.found.keys(), without.reached)
    assert with_.runs <= without.runs


NAMES = ("s02_nested_mapped", "s02_nested_unmapped", "s06_no_slot_guard")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("view", View)
def test_random_runs_find_nothing_that_enumeration_has_missed(name: str, view: View):
    """Runs that compare no states and fill every argument are among those enumerated."""
    spec = scaled_file(SEED / f"{name}.ce")
    drawn = sample(spec, *target_of(spec, spec.clients[0].targets[0]), view)
    every = explored(spec, view)
    assert drawn.reached
    assert drawn.reached <= every.reached
    assert drawn.found.keys() <= every.found.keys()


class NullRequests(Exploration):
    """Calls whose named arguments are null and zero; the others are what `unnamed` says."""

    def _argument(self, run: Run, variable: Variable, named: bool) -> object:
        if not named:
            return super()._argument(run, variable, named)
        return NULL._replace(origin=CLIENT) if isinstance(variable.type, PointerType) else 0


def test_arguments_that_the_driver_does_not_name_change_nothing():
    """Every `out`, `out_len` and `returned`: the driver is entered in the same states, or not."""
    spec = scaled_file(SEED / "s02_nested_mapped.ce")
    entered = {}
    for unnamed in Unnamed:
        client = spec.clients[0]
        target = target_of(spec, client.targets[0])
        tried = NullRequests(spec, *target, client.behaviours[0], View.HOSTILE)
        tried.unnamed = unnamed
        tried.run()
        frames = {picture[1:] for picture in tried.stage.visited if len(picture[1]) == 2}
        entered[unnamed] = frames
    assert entered[Unnamed.ANYTHING] == entered[Unnamed.NOTHING]
    assert entered[Unnamed.NOTHING]


def test_a_run_starts_with_nothing_known():
    """A new thread, an empty set of facts: what `one` is given by whoever samples."""
    start = Start(None, frozenset(), ())
    left = exploration(driver("let x = 1")).one(start, Choices())
    assert left is None


# ---- policies ------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", View)
@pytest.mark.parametrize(
    ("take", "refuted"),
    [
        ("", []),
        ("SetProcPermissions({})", ["use_it", "again", "start"]),
        ("SetProcPermissions({filesys})", ["use_it", "again", "start"]),
        ("SetProcPermissions({device})", []),
    ],
)
def test_rights_that_no_work_needs_are_noted_and_the_run_goes_on(take, refuted, view):
    """Semantics 7.2."""
    body = f"""
        if in == null || in_len < sizeof(Request) {{ return 1 }}
        {take}
        use_it: let length = in.length
        again: in.length = 1
        start: CreateProcess()"""
    findings = explored(driver(body, "use ce5 policy least_privilege"), view)
    found = {site.name for kind, site in findings.found if kind is CheckKind.PRIVILEGE}
    assert found == {name.replace("start", "CreateProcess") for name in refuted}


@pytest.mark.parametrize("view", View)
@pytest.mark.parametrize(
    ("kind", "where", "work", "refuted"),
    [
        ("disk", "true", "read buffer[0 .. len]", True),
        ("disk", "true", "write buffer[0 .. len]", True),
        ("disk", "buffer as u32 < FIRST_MAPPER", "let byte = buffer[0]", True),
        ("disk", "buffer as u32 < FIRST_MAPPER", "buffer[0] = 1", False),
        ("stream_read", "true", "write buffer[0 .. len]", False),
    ],
)
def test_what_may_have_to_be_paged_in_is_not_touched_where_the_pager_waits(
    kind, where, work, refuted, view
):
    """Semantics 7.5; the same answers as in `tests/meaning/test_paging.py`."""
    findings = explored(
        scaled(f"""// expect: proved
            use ce5
            driver Sample {{
                {kind} Read(buffer: user ptr u8[len], len: u32) {{
                    if buffer == null || !({where}) {{ return 0 }}
                    touch: {work}
                    return 0
                }}
            }}
            client App[*] : untrusted calls Sample.Read"""),
        view,
    )
    assert ("touch" in {s.name for k, s in findings.found if k is CheckKind.PAGING}) == refuted
