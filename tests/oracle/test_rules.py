"""Rules: what they see of the calls of a thread, in every order (semantics 7.7)."""

from __future__ import annotations

import pytest

from cecheck.sema.typed import Spec
from oracle.choice import Unsupported
from oracle.explore import enumerate_spec
from oracle.interleave import Domain
from oracle.load import scaled
from oracle.test_interleave import refuted

SET = "let old = SetProcPermissions(GetCurrentPermissions())"
MAP = "let buffer = MapCallerPtr(in, 1)"
BOTH, ALONE = Domain(), Domain(alone=True)


def spec(handlers: str, body: str, more: str = "") -> Spec:
    """A driver that does *body* under a rule with *handlers*."""
    return scaled(f"""// expect: proved
        use ce5
        driver Sample {{
            var seen : u32
            fn raise_it() {{ {SET} }}
            fn is_bad() -> bool {{ return any }}
            ioctl Write(in: user ptr u8[in_len], in_len: u32) {{
                if in == null {{ return 0 }}
                {body}
                return 0
            }}
            {more}
        }}
        client App[*] : untrusted calls Sample.Write
        rule balanced {{
            var raised : bool
            var count  : u32 = 1
            {handlers}
        }}""")


def fails(handlers: str, body: str, more: str = "", domain: Domain = ALONE) -> bool:
    """Tell whether the assertion `here` of a rule fails in some order."""
    found = refuted(spec(handlers, body, more), domain)
    assert found <= {("assert", "here")}
    return bool(found)


NEVER_RAISED = (
    "after SetProcPermissions(key) { raised = true }"
    "before MapCallerPtr(p, n) { here: assert !raised }"
)


@pytest.mark.parametrize(("body", "wrong"), [
    (MAP, False),
    (f"{MAP}  {SET}", False),
    (f"{SET}  {MAP}", True),
    (f"raise_it()  {MAP}", True),
    (f"if in_len == 2 {{ {SET} }}  if in_len != 2 {{ {MAP} }}", False),
    (f"if in_len == 2 {{ {SET} }}  if in_len != 1 {{ {MAP} }}", True),
    (f"try {{ {SET}  raise }} except {{ {MAP} }}", True),
    (f"let x = MapCallerPtr(in, 1) != null && is_bad()  {MAP}", False),
])  # fmt: skip
def test_a_rule_remembers_what_its_thread_did_in_this_call(body: str, wrong: bool):
    """It is forgotten with the call: a second one begins anew."""
    assert fails(NEVER_RAISED, body, domain=BOTH) == wrong


@pytest.mark.parametrize(("handlers", "wrong"), [
    ("before MapCallerPtr(p, n) { here: assert n == 1 }", False),
    ("before MapCallerPtr(p, n) { here: assert n == 2 }", True),
    ("before MapCallerPtr(p, n) { count += 1 } "
     "after MapCallerPtr(p, n) { here: assert count == 2 }", False),
    ("after MapCallerPtr(p, n) { count += 1 } "
     "before MapCallerPtr(p, n) { here: assert count == 1 }", False),
    ("before MapCallerPtr(p, n) { count += n  if count == 2 { count = 9 } } "
     "after MapCallerPtr(p, n) { here: assert count == 9 }", False),
    ("before MapCallerPtr(p, n) { here: assert p != null }", False),
    ("before MapCallerPtr(p, n) { here: assert p == null }", True),
])  # fmt: skip
def test_a_rule_sees_the_arguments_before_and_after(handlers: str, wrong: bool):
    """In the order of the text."""
    assert fails(handlers, MAP) == wrong


def test_the_calls_of_the_platform_are_not_watched():
    """Device Manager maps the buffers of each call."""
    assert not fails("before MapCallerPtr(p, n) { here: assert false }", "seen = 1")


@pytest.mark.parametrize(("body", "first", "wrong"), [(SET, "", False), ("seen = 1", SET, True)])
def test_threads_of_a_driver_have_variables_of_their_own(body: str, first: str, wrong: bool):
    """What a call does says nothing about them."""
    handlers = (
        "after SetProcPermissions(key) { raised = true }"
        "before GetOwnerProcess() { here: assert !raised }"
    )
    thread = f"thread worker {{ {first}  let p = GetOwnerProcess() }}"
    assert fails(handlers, body, thread, BOTH) == wrong


def test_a_claim_in_a_function_ends_the_runs_in_which_it_fails_and_no_others():
    """The argument is any number when the function is called."""
    rule = "before SetKMode(on) { here: assert on }"
    body = "let on = any(bool)  SetKMode(on)  there: assert !on"
    assert refuted(spec(rule, body), ALONE) == {("assert", "here"), ("assert", "there")}


def test_where_threads_are_not_told_apart_rules_are_refused():
    """The enumerator of single threads knows none."""
    with pytest.raises(Unsupported, match="rules"):
        enumerate_spec(spec(NEVER_RAISED, MAP))
