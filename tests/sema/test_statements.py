"""What statements become: scopes, loops, switches, labels, returns."""

from __future__ import annotations

import pytest
from elaborated import problems, result, source, spec, statements

from cecheck.sema import typed


def function(text: str) -> typed.Function:
    return spec(source("", state=text)).functions["D.f"]


def test_compound_assignments_fetch_and_store_at_one_site():
    (store,) = statements("in.length += 4")
    assert isinstance(store, typed.Store)
    assert isinstance(store.value, typed.Operation)
    fetch = store.value.operands[0]
    assert isinstance(fetch, typed.Fetch)
    assert fetch.access.site is store.target.site


def test_a_label_is_no_scope_and_names_the_sites_inside():
    labelled, _ = statements("fetch: let n = in.length, p = in.buffer  let q = p")
    assert isinstance(labelled, typed.Labelled)
    first, second = labelled.body.statements
    for declared in (first, second):
        assert isinstance(declared, typed.Declare)
        assert isinstance(declared.value, typed.Fetch)
        assert declared.value.access.site.name == "fetch"
        assert declared.value.access.site.labelled


def test_the_inner_label_wins():
    (outer,) = statements("a: { b: in.length = 1  in.length = 2 }")
    assert isinstance(outer, typed.Labelled)
    inner, store = outer.body.statements
    assert isinstance(inner, typed.Labelled)
    assert isinstance(inner.body.statements[0], typed.Store)
    assert inner.body.statements[0].target.site.name == "b"
    assert isinstance(store, typed.Store)
    assert store.target.site.name == "a"


@pytest.mark.parametrize(
    ("head", "declared"),
    [("0 .. 4", 1), ("0 .. n", 1), ("0 .. in_len", 2), ("n .. in.length", 2)],
)
def test_for_evaluates_its_end_once(head, declared):
    """An end that cannot change needs no variable."""
    _, *found = statements(f"let n = in_len  for i in {head} {{ in.buffer[i] = 0 }}")
    *declares, loop = found
    assert len(declares) == declared
    assert isinstance(loop, typed.While)
    (increment,) = loop.after.statements
    assert isinstance(increment, typed.Assign)


def test_switch_is_a_chain_over_one_value():
    chain = "switch in.length { case 1 { } case 2, 3 { } default { return 0 } }"
    subject, first = statements(chain)
    assert isinstance(subject, typed.Declare)
    assert isinstance(first, typed.If)
    (second,) = first.otherwise.statements
    assert isinstance(second, typed.If)
    assert isinstance(second.condition, typed.Operation)
    assert second.condition.operator is typed.Operator.OR
    assert isinstance(second.otherwise.statements[0], typed.Return)


def test_a_body_that_ends_without_a_jump_gives_zero():
    (last,) = function("fn f(n: u32) -> u32 { }").body.statements
    assert isinstance(last, typed.Return)
    assert isinstance(last.value, typed.Literal)
    assert last.value.value == 0


@pytest.mark.parametrize(
    "body",
    [
        "return 1",
        "if n == 0 { return 1 } else { return 2 }",
        "loop { }",
        "while true { n += 1 }",
        "switch n { case 1 { return 1 } default { raise } }",
        "try { return 1 } except { return 2 }",
        "try { } finally { raise }",
        "here: { return 1 }",
        "acquire cs { return 1 }",
    ],
)
def test_a_body_that_never_ends_is_left_alone(body):
    found = function(f"lock cs fn f(n: u32) -> u32 {{ {body} }}").body.statements
    assert not isinstance(found[-1], typed.Return) or body == "return 1"


@pytest.mark.parametrize(
    "body",
    [
        "loop { break }",
        "loop { if n == 0 { break } }",
        "try { return 1 } except { }",
        "if n == 0 { return 1 }",
        "loop { try { return 1 } except { break } }",
    ],
)
def test_a_body_that_may_end_is_not(body):
    found = function(f"fn f(n: u32) -> u32 {{ {body} }}").body.statements
    assert isinstance(found[-1], typed.Return)


def test_a_caught_exception_has_an_arbitrary_code():
    (found,) = statements("try { in.length = 1 } except code { let c = code + 1 }")
    assert isinstance(found, typed.Try)
    assert found.handler is not None
    first = found.handler.statements[0]
    assert isinstance(first, typed.Declare)
    assert first.value is None


def test_by_reference_arguments_are_places():
    state = "fn f(ref n: u32, ref p: address) { n = 1 }"
    _, _, call = statements("var n = 0  var p = in.buffer  f(&n, &p)", state=state)
    assert isinstance(call, typed.Evaluate)
    assert isinstance(call.value, typed.CallExpr)
    assert all(isinstance(arg, typed.VarPlace) for arg in call.value.args)


def test_assumptions_are_listed():
    found = spec(source("assume in_len < 100"))
    (assumption,) = found.assumptions
    assert str(assumption) == "`in_len < 100` is assumed at test.ce:6:1"


def test_inner_blocks_may_hide_names_and_end_their_scope():
    assert problems("let a = 1  if a == 1 { let a = true  if a { } }  let b = a + 1") == []
    assert [code for code, _ in problems("if true { let a = 1 }  let b = a")] == ["CE201"]


def test_functions_may_call_each_other_in_any_order():
    state = "fn first() -> u32 { return second() } fn second() -> u32 { return 1 }"
    assert problems("let a = first()", state=state) == []


def test_expectations_may_name_driver_memory_and_calls():
    """A place without a label is called what it is."""
    text = source("count += 1", state="var count : u32")
    for site in ("count", "DeviceIoControl"):
        line = f"// expect: refuted mapped at {site}"
        _, found = result(text.replace("// expect: proved", line))
        assert found == ()
