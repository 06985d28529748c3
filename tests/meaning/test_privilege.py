"""`policy least_privilege`: which rights are too many, where; twins with the opposite answer."""

from __future__ import annotations

import pytest
from verdicts import REQUEST, answers, says

ONLY = ("privilege",)
SPEC = f"""// expect: proved
use ce5
policy least_privilege
{REQUEST}
driver Sample {{
    lock cs
    event done
    var pending : user ptr u8
    var size : u32
    var key : set process
    ITEMS
}}
driver Lower in filesys {{
    ioctl Send(in: user ptr u8 sized in_len, in_len: u32) {{
        if in != null {{ deep: read in[0 .. in_len] }}
        return 0
    }}
}}
client App[*] : untrusted calls Sample.Write
"""
ENTRY = """
    ioctl Write(in: user ptr u8[in_len], in_len: u32) {
        if in == null { return 0 }
        BODY
        return 0
    }
"""


def privilege(items: str, policy: bool = True) -> dict[str, set[str]]:
    """Return the answers to `privilege` by site."""
    text = SPEC.replace("ITEMS", items)
    if not policy:
        text = text.replace("policy least_privilege", "")
    return {site: found for (_, site), found in answers(text, only=ONLY).items()}


def entry(body: str) -> str:
    """Return an entry that does *body* with its buffer."""
    return ENTRY.replace("BODY", body)


USE = "use_it: read in[0 .. in_len]"


@pytest.mark.parametrize(
    ("take", "answer"),
    [
        ("", "proved"),
        ("SetProcPermissions(everyone)", "refuted"),
        ("SetProcPermissions({})", "refuted"),  # no one is everybody
        ("SetProcPermissions({filesys})", "refuted"),
        ("SetProcPermissions({device})", "proved"),
        ("SetProcPermissions(GetCurrentPermissions() | {nk})", "proved"),
        ("SetProcPermissions({any(process)})", "refuted"),
        ("let old = SetProcPermissions(everyone)  SetProcPermissions(old)", "proved"),
    ],
)
def test_what_the_thread_may_touch_besides_the_callers_memory(take: str, answer: str) -> None:
    assert says(privilege(entry(f"{take}  {USE}"))["use_it"], answer)


def test_any_place_may_be_the_one_that_is_too_many() -> None:
    """Not only those that the platform names: it is the further one."""
    known = " || ".join(f"p == {name}" for name in ("nk", "device", "filesys", "none"))
    pick = f"let p = any(process)  if {known} || p == GetCallerProcess() {{ return 0 }}"
    found = privilege(entry(f"{pick}  SetProcPermissions({{p, GetCallerProcess()}})  {USE}"))
    assert "refuted" in found["use_it"]


def test_nothing_is_asked_without_the_policy() -> None:
    assert privilege(entry(f"SetProcPermissions(everyone)  {USE}"), policy=False) == {}


def test_the_run_goes_on_behind_it() -> None:
    """It is recorded like `restored`: what comes later is asked as well."""
    found = privilege(entry("SetProcPermissions(everyone)  use_it: in[0] = 1  again: in[0] = 1"))
    assert "refuted" in found["use_it"]
    assert "refuted" in found["again"]


def test_an_access_of_no_byte_is_none() -> None:
    body = f"SetProcPermissions(everyone)  if in_len == 0 {{ {USE} }}"
    assert privilege(entry(body))["use_it"] == {"vacuous"}


@pytest.mark.parametrize(
    ("work", "answer"),
    [
        ("count: size += 1", None),
        ("var word : u32 = 0  let p = &word  use_it: p[0] = 1", "proved"),
    ],
)
def test_the_drivers_own_memory_needs_no_rights(work: str, answer: str | None) -> None:
    """Semantics 7.2: no pointer that could be stale or forged leads there."""
    found = privilege(entry(f"SetProcPermissions(everyone)  {work}"))
    assert found.get("use_it") == (None if answer is None else {answer})
    assert "count" not in found


CALL = "send: let result = Lower.Send(in, in_len)"


@pytest.mark.parametrize(
    ("before", "sent", "deep"),
    [
        ("", "proved", "proved"),
        ("SetProcPermissions(everyone)", "refuted", "refuted"),
    ],
)
def test_what_a_call_of_another_driver_takes_along(before: str, sent: str, deep: str) -> None:
    """The owner's, the calling driver's and the caller's rights; those of a frame come with it."""
    found = privilege(entry(f"{before}  {CALL}"))
    assert says(found["send"], sent)
    assert says(found["deep"], deep)


THREAD = """
    ioctl Write(in: user ptr u8[in_len], in_len: u32) {
        if in == null { return 0 }
        acquire cs { pending = in  size = in_len  key = KEY }
        wait done timeout
        acquire cs { pending = null }
        return 0
    }
    thread worker {
        loop {
            acquire cs {
                if pending != null {
                    let old = SetProcPermissions(key)
                    try { use_it: read pending[0 .. size] } except { }
                    SetProcPermissions(old)
                }
            }
        }
    }
"""


@pytest.mark.parametrize(
    ("key", "answer"),
    [
        ("{GetCallerProcess()}", "proved"),
        ("{GetCallerProcess(), filesys}", "refuted"),
        ("GetCurrentPermissions() | {any(process)}", "refuted"),
    ],
)
def test_a_thread_takes_just_the_key_of_the_process_it_works_for(key: str, answer: str) -> None:
    """Too many are also those of which nobody knows whose they are."""
    assert says(privilege(THREAD.replace("KEY", key))["use_it"], answer)


@pytest.mark.parametrize(
    ("before", "behind", "answer"),
    [
        ("", "SetProcPermissions(everyone)", "proved"),
        ("SetProcPermissions(everyone)", "", "refuted"),
        ("SetProcPermissions({filesys})", "", "refuted"),
    ],
)
def test_a_new_process_gets_the_key_of_the_thread(before: str, behind: str, answer: str) -> None:
    found = privilege(entry(f"{before}  start: CreateProcess()  {behind}"))
    assert says(found["start"], answer)


def test_a_new_thread_does_not() -> None:
    """It has the key of its process and NK's, so nothing leaves the thread that creates it."""
    keys = "SetProcPermissions(everyone)"
    assert "start" not in privilege(entry(f"{keys}  start: CreateThread()"))
    assert "start" in privilege(entry(f"{keys}  start: CreateProcess()"))
