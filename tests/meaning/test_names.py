"""Names of a specification mean what they are declared as, whatever else is called so: in a
platform, or inside of cecheck.  Each driver has a twin in which the name is another one."""

from __future__ import annotations

import pytest
from verdicts import driver, hostile_says

LIFE = "open Open() { return 1 }  close Close() { return 1 }  deinit Stop() { return 1 }"
CALLS = "App[*] : untrusted calls Sample.Open, Sample.Write, Sample.Close"


@pytest.mark.parametrize("name", ["pages", "cs"])
def test_a_lock_is_no_resource_of_the_platform(name: str) -> None:
    """Pages are unlocked that were never locked; the lock is taken and given back."""
    text = driver(f"""
        lock {name}
        ioctl Write(in: user ptr u8[in_len], in_len: u32) {{
            acquire {name}
            at: UnlockPages(in, in_len)
            release {name}
            return 0
        }}""")
    assert hostile_says(text, "paired", "at", "refuted")


@pytest.mark.parametrize("name", ["inside", "stage", "handle", "count"])
def test_a_global_is_nothing_of_the_life_of_its_driver(name: str) -> None:
    """It is zero at first, and nobody writes to it."""
    for claim, answer in ((f"{name} == 0", "proved"), (f"{name} != 0", "refuted")):
        text = driver(f"""
            var {name} : u8
            {LIFE}
            ioctl Write() {{ at: assert {claim}  return 1 }}""", CALLS)  # fmt: skip
        assert hostile_says(text, "assert", "at", answer)


@pytest.mark.parametrize("use", ["sent = 2", "where[0] = 2", "write where[0 .. 1]"])
def test_a_global_is_gone_with_its_driver_by_any_name(use: str) -> None:
    """A thread goes on writing to it when the driver was unloaded, by name or through a pointer."""
    text = driver(f"""
        var sent : u32
        {LIFE}
        ioctl Write() {{ sent = 1  return 1 }}
        thread worker {{ let where = &sent  loop {{ at: {use} }} }}""", CALLS)
    assert hostile_says(text, "live", "at", "refuted")


@pytest.mark.parametrize("name", ["ab", "b"])
def test_a_field_may_be_called_as_another_one_begins(name: str) -> None:
    """Writing `a` through a pointer leaves the other one as it was."""
    text = driver(f"""
        ioctl Write() {{
            var pair : Pair
            pair.{name} = 5
            let p = &pair
            p.a = 1
            at: assert pair.a == 1 && pair.{name} == 5
            return 0
        }}""").replace("driver Sample", f"struct Pair {{ a : u32  {name} : u32 }}\ndriver Sample")
    assert hostile_says(text, "assert", "at", "proved")


@pytest.mark.parametrize(("end", "answer"), [("0", "proved"), ("1", "refuted")])
def test_writing_no_bytes_changes_nothing(end: str, answer: str) -> None:
    """A range is half open."""
    text = driver(f"""
        ioctl Write() {{
            var word : u32
            word = 5
            let where = &word
            write where[0 .. {end}]
            at: assert word == 5
            return 0
        }}""")
    assert hostile_says(text, "assert", "at", answer)
