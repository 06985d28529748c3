"""Platforms, variants, clients: what the linking of the two files gives."""

from __future__ import annotations

import pytest
from elaborated import source, spec

from cecheck.sema import typed
from cecheck.sema.typed import Behaviour


def call(use: str) -> typed.PlatformCall:
    return spec(source("", use=use)).platform.calls[0]


def steps(use: str) -> list[int]:
    found = call(use).body.statements
    return [s.number for s in found if isinstance(s, typed.ProtocolStep)]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("without step 8", [1, 2, 3, 4, 5, 9]),
        ("without step 1  without step 9", [2, 3, 4, 5, 8]),
        ("swap step 4, 5", [1, 2, 3, 5, 4, 8, 9]),
        ("repeat step 8", [1, 2, 3, 4, 5, 8, 8, 9]),
        ('step 8 "nothing" { }', [1, 2, 3, 4, 5, 8, 9]),
    ],
)
def test_variants_change_the_protocol(change, expected):
    assert steps(f"ce5 {{ {change} }}") == expected


def test_a_step_declares_for_the_steps_after_it():
    changed = 'ce5 { step 8 "a" { let kept = key } step 9 "b" { key = kept  current = last } }'
    assert steps(changed) == [1, 2, 3, 4, 5, 8, 9]


def test_variants_are_told_in_words():
    use = 'ce5 { without step 8  const SLOT_GUARD = false  step 9 "x" { } }'
    assert spec(source("", use=use)).platform.changes == (
        "without step 8", "const SLOT_GUARD = false", "step 9 replaced",
    )  # fmt: skip


def test_a_replaced_constant_is_a_fact_of_the_platform():
    use = "ce5 { const SLOT_GUARD = false }"
    assert spec(source("", use=use)).platform.constants["SLOT_GUARD"] == 0


def test_a_replaced_function_sees_the_platform():
    use = "ce5 { api MapCallerPtr(p: address, len: u32) -> address { return p | base(caller) } }"
    found = spec(source("", use=use)).functions["ce5.MapCallerPtr"]
    (last,) = found.body.statements
    assert isinstance(last, typed.Return)
    assert isinstance(last.value, typed.Shift)


def test_addresses_are_numbers_in_a_platform():
    functions = spec(source("")).functions
    body = functions["ce5.MapPtrToProcWithSize"].body.statements
    assert isinstance(body[1], typed.Declare)
    assert isinstance(body[1].value, typed.Shift)
    assert body[1].variable.type.name == "address"


def test_fields_know_their_marks():
    platform = spec(source("")).platform
    assert platform.unique.name == "slot"
    assert platform.trusted is not None
    assert all(field.variable.restored for field in platform.thread_fields)
    assert [p.name for p in platform.processes] == ["nk", "filesys", "device"]
    assert platform.drivers_in == "device"


@pytest.mark.parametrize(
    ("traits", "expected"),
    [
        ("", (Behaviour.UNTRUSTED, Behaviour.TRUSTED)),
        (": untrusted", (Behaviour.UNTRUSTED,)),
        (": trusted", (Behaviour.TRUSTED,)),
        (": trusted hostile", (Behaviour.TRUSTED_HOSTILE,)),
        (": untrusted, trusted", (Behaviour.UNTRUSTED, Behaviour.TRUSTED)),
    ],
)
def test_clients_behave_as_their_traits_say(traits, expected):
    text = source("").replace(": untrusted calls", f"{traits} calls")
    assert spec(text).clients[0].behaviours == expected


@pytest.mark.parametrize(("count", "expected"), [("[*]", None), ("[3]", 3), ("", 1)])
def test_clients_are_as_many_as_is_said(count, expected):
    text = source("").replace("App[*]", f"App{count}")
    assert spec(text).clients[0].count == expected


def test_a_file_may_bring_its_own_constants_and_functions():
    text = source("return twice(LIMIT)") + "\nconst LIMIT = sizeof(Request)\n"
    text += "fn twice(n: u32) -> u32 { return n + n }\n"
    assert "twice" in spec(text).functions
