"""Structures lie in memory as the platform's C compiler puts them, promises beside them."""

from __future__ import annotations

import pytest
from elaborated import REQUEST, problems, source, spec

from cecheck.sema import typed


def layout(text: str, name: str = "S") -> typed.Layout:
    return spec(source("", top=f"{REQUEST} {text}")).layouts[name]


@pytest.mark.parametrize(
    ("text", "offsets", "size", "align"),
    [
        ("struct S { a : u8  b : u32  c : u16 }", [0, 4, 8], 12, 4),
        ("struct S packed { a : u8  b : u32  c : u16 }", [0, 1, 5], 7, 1),
        ("struct S { a : u8  b : u64 }", [0, 8], 16, 8),
        ("struct S { a, b : u16  p : user ptr u64 }", [0, 2, 4], 8, 4),
        ("struct S { a : u8  t : u16[3]  b : bool }", [0, 2, 8], 10, 2),
        ("enum E : u8 { A } struct S { e : E  n : u32 }", [0, 4], 8, 4),
        ("type Handle = u32 struct S { a : u8  h : Handle }", [0, 4], 8, 4),
        ("struct S { list : (user ptr u8)[4]  n : u8 }", [0, 16], 20, 4),
    ],
)
def test_fields_are_aligned_to_their_size(text, offsets, size, align):
    found = layout(text)
    assert [field.offset for field in found.fields] == offsets
    assert (found.size, found.align) == (size, align)


def test_nested_structures_lie_flat():
    found = layout("struct S { a : u8  r : Request } ")
    assert [(f.name, f.offset) for f in found.fields] == [
        ("a", 0),
        ("r.length", 4),
        ("r.buffer", 8),
    ]


def test_a_promise_is_over_the_fields_beside_the_pointer():
    """Also when the structure is part of another one."""
    promise = layout("struct S { a : u8  r : Request }").by_name["r.buffer"].promise
    assert promise is not None
    assert isinstance(promise.count, typed.Read)
    assert isinstance(promise.count.place, typed.VarPlace)
    assert promise.count.place.variable.name == "r.length"
    assert promise.count.place.variable.storage is typed.Storage.SIBLING


@pytest.mark.parametrize(
    ("field", "unit", "optional", "terminated"),
    [
        ("user ptr u32[n]", 4, False, False),
        ("user ptr u32 sized n", 1, False, False),
        ("user ptr Request", 8, False, False),
        ("user ptr? Request", 8, True, False),
        ("user ptr? Request[n]", 8, True, False),
        ("user ptr Request[1 .. n]", 8, False, False),
        ("user ptr u16[*]", 2, False, True),
    ],
)
def test_what_a_pointer_promises(field, unit, optional, terminated):
    promise = layout(f"struct S {{ n : u32  p : {field} }}").by_name["p"].promise
    assert promise is not None
    assert (promise.unit, promise.optional, promise.terminated) == (unit, optional, terminated)


@pytest.mark.parametrize("field", ["ptr u8", "address"])
def test_pointers_without_a_promise(field):
    assert layout(f"struct S {{ p : {field} }}").by_name["p"].promise is None


def test_a_list_may_point_to_itself():
    promise = layout("struct S { value : u32  next : user ptr? S }").by_name["next"].promise
    assert promise is not None
    assert promise.unit == 8


def test_entry_parameters_promise_in_terms_of_each_other():
    (driver,) = spec(source("")).drivers
    first, second = driver.entries[0].parameters
    assert (first.position, second.position) == (0, 1)
    assert first.promise is not None
    assert isinstance(first.promise.count, typed.Read)
    assert first.promise.count.place.variable.name == "in_len"
    assert second.promise is None


def test_a_promise_of_a_global_binds_nobody():
    """It may speak of a global that is declared later (S16)."""
    text = source("", state="var pending : user ptr u8[size] = null  var size : u32")
    (driver,) = spec(text).drivers
    assert [g.promise for g in driver.globals] == [None, None]


def test_sizes_are_constants():
    assert problems("let n : u8 = sizeof(Request) * 32") == [
        ("CE302", "256 does not fit `u8`, which holds 0 to 255")
    ]
    assert problems("let n : u8 = offsetof(Request, buffer)") == []
