"""Drivers are loaded and unloaded, handles opened and closed: what holds meanwhile, and after."""

from __future__ import annotations

import pytest
from verdicts import driver, hostile_answers

OPENED = "open Open() { return 1 }  close Close() { return 1 }"
ALL = "App[*] : untrusted calls Sample.Open, Sample.Write, Sample.Close"


def found(items: str, client: str = ALL, timeout: float = 100) -> set[str]:
    """Return the verdicts on the site `here`, of whatever check, but for those on driver memory."""
    kinds = ("assert", "live")
    told = hostile_answers(driver(items, client), only=kinds, timeout=timeout)
    return {v for (kind, site), vs in told.items() if site == "here" and kind in kinds for v in vs}


# ---- init ----------------------------------------------------------------------------------------

WRITES = "App[*] : untrusted calls Sample.Write"


def test_what_init_did_is_there_before_any_call():
    items = "var n : u32  init Start() { n = 4 return 1 }  ioctl Write() { here: assert n == 4 }"
    assert found(items, WRITES) == {"proved"}


def test_without_init_globals_are_zero():
    assert found("var n : u32  ioctl Write() { here: assert n == 4 }", WRITES) == {"refuted"}


def test_a_thread_of_the_driver_begins_after_init():
    items = "var n : u32  init Start() { n = 4 return 1 }  thread Own { here: assert n == 4 }"
    assert found(items + "ioctl Write() { }", WRITES) == {"proved"}


@pytest.mark.parametrize("result", [0, 1])
def test_a_driver_whose_init_fails_is_never_called(result):
    items = f"init Start() {{ return {result} }}  ioctl Write() {{ here: assert false }}"
    assert ("refuted" in found(items, WRITES)) == (result == 1)


# ---- handles -------------------------------------------------------------------------------------


def test_each_handle_has_a_context_of_its_own():
    items = """
        context { n : u32 }
        open Open() { context.n = 1 return 1 }
        close Close() { return 1 }
        ioctl Write() { here: assert context.n == 1 }
    """
    closing = found(items)
    assert closing == {"refuted", "proved"}  # live: it may be closed meanwhile
    never_closed = "App[*] : untrusted calls Sample.Open, Sample.Write"
    assert found(items, never_closed) == {"proved"}


def test_calls_on_one_handle_share_its_context():
    items = """
        context { n : u32 }
        open Open() { context.n = 1 return 1 }
        ioctl Write() { here: assert context.n == 1 }
        ioctl Change() { context.n = 2 }
    """
    client = "App[*] : untrusted calls Sample.Open, Sample.Write, Sample.Change"
    assert "refuted" in found(items, client)


def test_calls_on_other_handles_are_not_forgotten():
    """Two handles make the count two: no run of one handle does, and none is claimed to."""
    items = """
        var once : bool
        var twice : bool
        open Open() { if once { twice = true }  once = true  return 1 }
        ioctl Write() { here: assert !twice }
    """
    assert found(items, "App[*] : untrusted calls Sample.Open, Sample.Write", 20) == {"unknown"}


def test_a_handle_that_was_not_opened_is_used_by_nobody():
    items = "open Open() { return 0 }  ioctl Write() { here: assert false }"
    assert "refuted" not in found(items, "App[*] : untrusted calls Sample.Open, Sample.Write")


def test_a_handle_is_closed_once():
    items = """
        context { n : u8 }
        var closed : set context
        lock cs
        open Open() { return 1 }
        close Close() {
            acquire cs { here: assert !(closed has context)  closed |= {context} }
            return 1
        }
    """
    assert found(items, "App[*] : untrusted calls Sample.Open, Sample.Close") == {"proved"}


def test_a_set_of_handles_tells_them_apart():
    items = """
        context { n : u8 }
        var seen : set context
        open Open() { seen |= {context} return 1 }
        ioctl Write() { here: assert seen has context }
        ioctl Change() { seen -= {context} }
    """
    only = "App[*] : untrusted calls Sample.Open, Sample.Write"
    assert "refuted" in found(items, f"{only}, Sample.Change")


# ---- deinit --------------------------------------------------------------------------------------

THREAD = "thread Own { here: n = 1 }"


def test_a_thread_outlives_its_driver():
    items = f"var n : u32  {OPENED} ioctl Write() {{ }}  deinit Stop() {{ return 1 }}  {THREAD}"
    assert "refuted" in found(items)


def test_a_thread_outlives_no_driver_that_stays():
    items = f"var n : u32  {OPENED} ioctl Write() {{ }}  {THREAD}"
    assert found(items) == set()


def test_no_call_outlives_the_driver():
    """The system counts the calls that are in it."""
    items = f"var n : u32  {OPENED} ioctl Write() {{ here: n = 1 }}  deinit Stop() {{ return 1 }}"
    assert found(items) == set()
