"""Rules: what they see of the calls of a thread, and what they leave as it is."""

from __future__ import annotations

import pytest
from verdicts import answers, driver, report

from cecheck.report.exit_status import ExitStatus, file_status

RULE = """
rule balanced {{
    var raised : bool
    var count  : u32 = 1
    {handlers}
}}
"""
SET = "let old = SetProcPermissions(GetCurrentPermissions())"
ENTRY = """
    var seen : u32
    fn raise_it() {{ {SET} }}
    ioctl Write(in: user ptr Request sized in_len, in_len: u32) {{
        if in == null || in_len < sizeof(Request) {{ return 0 }}
        {body}
        return 0
    }}
    {more}
"""


def told(handlers: str, body: str, more: str = "") -> dict[tuple[str, str], set[str]]:
    """Return the verdicts about a driver that does *body* under a rule with *handlers*."""
    items = ENTRY.format(SET=SET, body=body, more=more)
    return answers(driver(items) + RULE.format(handlers=handlers), only=("assert",))


NEVER_RAISED = (
    "after SetProcPermissions(key) { raised = true }"
    "before MapCallerPtr(p, n) { here: assert !raised }"
)
MAP = "let buffer = MapCallerPtr(in, 4)"


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (MAP, "proved"),
        (f"{MAP}  {SET}", "proved"),
        (f"{SET}  {MAP}", "refuted"),
        (f"raise_it()  {MAP}", "refuted"),
        (f"if in_len > 99 {{ {SET} }}  if in_len < 99 {{ {MAP} }}", "proved"),
        (f"if in_len > 99 {{ {SET} }}  if in_len > 98 {{ {MAP} }}", "refuted"),
        (f"try {{ {SET}  raise }} except {{ {MAP} }}", "refuted"),
        (f"let x = MapCallerPtr(in, 4) != null && IsBad()  {MAP}", "proved"),
    ],
)
def test_a_rule_remembers_what_its_thread_did_in_this_call(body, answer):
    """It is forgotten with the call: a second one begins anew."""
    found = told(NEVER_RAISED, body, "fn IsBad() -> bool { return any }")
    assert found["assert", "here"] == {answer}


@pytest.mark.parametrize(
    ("handlers", "answer"),
    [
        ("before MapCallerPtr(p, n) { here: assert n == 4 }", "proved"),
        ("before MapCallerPtr(p, n) { here: assert n == 5 }", "refuted"),
        ("before MapCallerPtr(p, n) { count += 1 } after MapCallerPtr(p, n) { "
         "here: assert count == 2 }", "proved"),
        ("after MapCallerPtr(p, n) { count += 1 } before MapCallerPtr(p, n) { "
         "here: assert count == 1 }", "proved"),
        ("before MapCallerPtr(p, n) { count += n  if count == 5 { count = 9 } }"
         "after MapCallerPtr(p, n) { here: assert count == 9 }", "proved"),
        ("before MapCallerPtr(p, n) { here: assert p != null }", "proved"),
    ],
)  # fmt: skip
def test_a_rule_sees_the_arguments_before_and_after(handlers, answer):
    assert told(handlers, MAP)["assert", "here"] == {answer}


def test_calls_that_only_assign_are_watched_as_well():
    """A function that merely computes must not be taken for one without effect."""
    handlers = "after GetCallerProcess() { raised = true }"
    body = "let p = GetCallerProcess()"
    ask = "before GetCurrentProcess() { here: assert !raised }"
    found = told(f"{handlers} {ask}", f"{body}  let q = GetCurrentProcess()")
    assert found["assert", "here"] == {"refuted"}


def test_the_calls_of_the_platform_are_not_watched():
    """Device Manager maps the buffers of each call."""
    found = told("before MapCallerPtr(p, n) { here: assert false }", "seen = 1")
    assert ("assert", "here") not in found


def test_threads_of_a_driver_have_variables_of_their_own():
    handlers = (
        "after SetProcPermissions(key) { raised = true }"
        "before GetOwnerProcess() { here: assert !raised }"
    )
    thread = "thread worker {{ {first}  let p = GetOwnerProcess() }}"
    assert told(handlers, SET, thread.format(first=""))["assert", "here"] == {"proved"}
    assert told(handlers, "seen = 1", thread.format(first=SET))["assert", "here"] == {"refuted"}


def test_a_watched_function_gives_what_it_gave():
    """Origin, promise and mapping of its result: the rule only looks on."""
    body = """
        let length = in.length, buffer = MapCallerPtr(in.buffer, length)
        if buffer == null { return 0 }
        use_it: read buffer[0 .. length]
    """
    text = driver(ENTRY.format(SET=SET, body=body, more=""))
    rule = RULE.format(handlers="after MapCallerPtr(p, n) { count += 1 }")
    assert file_status(report(text + rule)) is ExitStatus.PROVED
