"""Drivers with globals, threads, locks, events, page locks and devices, in every order.

Everything multiplies there, so that the domain is narrowed (`interleave.Domain`), and constants
that a scaled slot cannot hold are others (`SCALED`).  `pytest -s` prints what was enumerated.
"""

from __future__ import annotations

import pytest

from cecheck.ir.program import CheckKind, View
from cecheck.sema.typed import Spec
from oracle.choice import Unsupported
from oracle.expect import disagreements
from oracle.explore import Findings
from oracle.interleave import Domain, Interleaving, interleaved
from oracle.load import ROOT, scaled, scaled_file

# A transfer of three bytes is longer than a block and shorter than a slot, as 1 MB is.
SCALED = {
    "s13_": ("0x10_0000", "3"),
    "s11_": ("64", "2"),
    "s12_": ("512", "2"),
    "s19_": ("64", "1"),
}
# Whose objects leave room for one call only, or who share nothing.
ALONE = Domain(alone=True)
LARGE = Domain(numbers=(1, 3), alone=True)  # where a structure has three units

THREADS = [
    "s04_guarded",
    "s04_unguarded",
    "s05_guarded",
    "s05_kept_in_a_local",
    "s12_heap_without_a_key",
    "s12_view_without_a_key",
    "s15_interrupt_thread",
    "s15_interrupt_thread_with_the_key",
    "s16_own_thread",
    "s16_own_thread_puts_it_back",
]
DEVICES = [
    "s13_locked",
    "s13_locked_by_each_call",
    "s13_never_unlocked",
    "s13_not_locked",
    "s13_one_event_for_all",
    "s13_unlocked_too_early",
    "s13_unlocked_without_lock",
    "s14_without_step_3",
]
ONE_CALLER = [
    "s11_discardable_code",
    "s11_own_data_and_code",
    "s12_own_buffer",
    "s18_direct_pointer",
    "s18_size_not_tested",
    "s19_caller_in_a_chain",
    "s19_current_in_a_chain",
    "s19_mapped_by_the_first_driver",
    "s19_mapped_by_the_second_driver",
    "s19_owner_in_a_chain",
    "s20_handler_forgets",
]
INTERLEAVED = [*THREADS, *DEVICES, *ONE_CALLER]


def text(name: str) -> str:
    """Return the text of a file of the seed, with constants that fit a scaled slot."""
    found = (ROOT / "specs/seed" / f"{name}.ce").read_text()
    old, new = SCALED.get(name[:4], ("", ""))
    return found.replace(old, new) if old else found


def check(name: str, domain: Domain | None = None) -> None:
    """Enumerate a file of the seed and compare with what it expects."""
    spec = scaled(text(name), f"specs/seed/{name}.ce")
    findings = interleaved(spec, domain=domain)
    for one in findings:
        print(f"\n{name}, {one.view.value}: {one.states} states, {one.seconds:.1f} s")
    assert disagreements(spec, findings) == []


@pytest.mark.parametrize("name", DEVICES)
def test_page_locks_and_devices_agree(name: str):
    """The enumerated verdict of each check and site is the one that the file asks for."""
    check(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", ONE_CALLER)
def test_objects_of_drivers_and_chains_agree(name: str):
    """The same for drivers that call others, and for memory of their own."""
    check(name, LARGE if name.startswith("s18_") else ALONE)


@pytest.mark.slow
@pytest.mark.parametrize("name", THREADS)
def test_threads_of_drivers_agree(name: str):
    """The same for drivers whose own threads use the pointers of callers."""
    check(name)


# ---- the rules -----------------------------------------------------------------------------------


BUFFER = "in: user ptr u8[in_len], in_len: u32"


def driver(body: str, rest: str = "", parameters: str = "") -> Spec:
    """A driver with a lock, an event and two numbers, whose entry runs *body*."""
    return scaled(f"""// expect: proved
        use ce5
        driver Sample {{
            lock cs
            event done
            var a : u32
            var b : u32
            ioctl Run({parameters}) {{
                {body}
                return 0
            }}
            {rest}
        }}
        client App[*] : untrusted calls Sample.Run""")


def explored(spec: Spec, domain: Domain | None = None) -> Findings:
    """What every order of actions finds in the hostile view."""
    client = spec.clients[0]
    whole = Interleaving(spec, client, client.behaviours[0], View.HOSTILE, domain or Domain())
    return whole.run(1 << 16)


def refuted(spec: Spec, domain: Domain | None = None) -> set[tuple[str, str]]:
    """Return every check and site that some order violates."""
    return {(kind.value, site.name) for kind, site in explored(spec, domain).found}


def test_each_read_and_write_of_a_global_is_an_action_of_its_own():
    """Two threads add one: they may both have read before either writes."""
    body = "let old = a  a = old + 1  let new = a  at: assert new == old + 1  a = 0"
    assert ("assert", "at") in refuted(driver(body))
    assert ("assert", "at") not in refuted(driver(f"acquire cs {{ {body} }}"))


def test_two_reads_in_one_statement_are_two_actions():
    """Another thread may write between them."""
    body = "a = 1  a = 2  let same = a == a  at: assert same"
    assert ("assert", "at") in refuted(driver(body))
    assert ("assert", "at") not in refuted(driver(f"acquire cs {{ {body} }}"))


def test_a_lock_knows_its_owner_and_how_often_he_has_it():
    """Recursive: the inner block gives nothing away."""
    body = """acquire cs {
        acquire cs { a = 1 }
        let old = a  a = 2  let new = a
        at: assert old == 1 && new == 2
    }"""
    assert refuted(driver(body)) == set()


@pytest.mark.parametrize(("body", "found"), [
    ("acquire cs { raise }", {("paired", "cs")}),
    ("acquire cs { try { raise } except { } }", set()),
    ("acquire cs { return 1 }", set()),
    ("take: acquire cs", {("paired", "take")}),
    ("acquire cs  try { raise } finally { release cs }", set()),
    ("give: release cs", {("paired", "give")}),
])  # fmt: skip
def test_what_is_taken_is_given_back(body: str, found: set[tuple[str, str]]):
    """Semantics 7.4; an exception leaves a block without giving back."""
    assert refuted(driver(body)) == found


def test_a_signal_is_remembered_and_used_up():
    """Without a signal nobody passes; one signal lets one pass."""
    assert refuted(driver("wait done  at: assert false")) == set()
    assert refuted(driver("signal done  wait done  at: assert false")) == {("assert", "at")}
    late = "let in_time = wait done timeout  at: assert in_time"
    assert ("assert", "at") in refuted(driver(late))


def test_a_pointer_dies_with_its_call():
    """A thread of the driver that keeps it uses what is no longer lent."""
    thread = """thread own { loop { acquire cs {
        if kept != null { try { use_it: read kept[0 .. 1] } except { } }
    } } }"""
    kept = f"var kept : user ptr u8 = null {thread}"
    keeps = "if in == null { return 1 }  acquire cs { kept = in }"
    assert ("live", "use_it") in refuted(driver(keeps, kept, BUFFER))
    drops = keeps + "  wait done timeout  acquire cs { kept = null }"
    assert ("live", "use_it") not in refuted(driver(drops, kept, BUFFER))


STABLE = """
    if in == null || in_len == 0 {{ return 1 }}
    let first = in[0]
    {between}
    at: assert first == in[0]"""


@pytest.mark.parametrize(("between", "found"), [
    ("a = 1  a = 2", set()),
    ("in[0] = 2  a = 2", {("assert", "at")}),
])  # fmt: skip
def test_what_a_well_behaved_caller_lends_stays_what_it_is(
    between: str, found: set[tuple[str, str]]
):
    """Also while others move, as long as the driver does not write to it."""
    spec = driver(STABLE.format(between=between), parameters=BUFFER)
    client = spec.clients[0]
    whole = Interleaving(spec, client, client.behaviours[0], View.WELL_BEHAVED, Domain())
    assert {(k.value, site.name) for k, site in whole.run(1 << 16).found} == found


def test_each_call_is_asked_by_its_own_name():
    """Also if the other thread has begun another call meanwhile, which puts everything back."""
    spec = scaled("""// expect: proved
        use ce5 { without step 8 }
        driver Sample {
            var a : u32
            ioctl Run() { a = 1  a = 2  return 0 }
            stream_seek Seek(method: u32) { a = 3  a = 4  return 0 }
        }
        client App[*] : untrusted calls Sample.Run, Sample.Seek""")
    assert refuted(spec) == {("restored", "DeviceIoControl")}


@pytest.mark.parametrize("name", ["s13_locked", "s13_unlocked_too_early", "s13_one_event_for_all"])
def test_what_a_lock_guards_may_be_left_out_of_the_orders(name: str):
    """The same violations and the same sites as with every read and write an action."""
    spec = scaled(text(name))
    few, every = explored(spec), explored(spec, Domain(locks_count=False))
    assert (few.found.keys(), few.reached) == (every.found.keys(), every.reached)


def test_guarded_variables_may_be_left_out_of_the_orders():
    """The same, where there are some."""
    body = """acquire cs { let old = a  a = old + 1  let new = a
        at: assert new == old + 1  a = 0  b = 1 }  b = 2  let other = b  too: assert other == 2"""
    spec = driver(body)
    few, every = explored(spec), explored(spec, Domain(locks_count=False))
    assert few.found.keys() == every.found.keys() != set()
    assert few.states < every.states


# ---- planted bugs --------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "old", "new", "kind"), [
    ("s13_locked", "wait done\n", "\n", CheckKind.DMA),
    ("s13_locked", "transfer: ", "UnlockPages(out, out_len)  transfer: ", CheckKind.DMA),
    ("s13_locked", "unlock: ", "if any { return 1 }  unlock: ", CheckKind.PAIRED),
])  # fmt: skip
def test_a_bug_in_a_right_form_is_found(name: str, old: str, new: str, kind: CheckKind):
    """What is proved is not proved whatever the driver does."""
    whole = text(name)
    assert old in whole
    assert kind in {k for k, _ in explored(scaled(whole.replace(old, new))).found}


def test_processes_that_exit_are_refused():
    """No run here has an exit, so that agreement would mean nothing."""
    with pytest.raises(Unsupported, match="exit"):
        interleaved(scaled_file(ROOT / "specs/ce5/exit_friend_remembered.ce"))
