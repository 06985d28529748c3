"""What expressions are worth: adaptation, conversion, pointers, sites."""

from __future__ import annotations

import pytest
from elaborated import REQUEST, problems, statements, value

from cecheck.sema import typed
from cecheck.sema.types import IntType, PointerType

STATE = "var bits : u8[64]  var word : u32  var here : user ptr u32[4]  var mine : ptr u32"


def literal(text: str) -> tuple[int, str]:
    found = value(text)
    assert isinstance(found, typed.Literal)
    return found.value, found.type.name


CONSTANTS = (
    "const ALL : u32 = ~0, LOW : u8 = ~0xFC, FOUR : u32 = 4, EIGHT : u32 = 8, LONG : u64 = 1 << 40"
)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("ALL", 0xFFFF_FFFF),
        ("ALL > 1000", 1),
        ("ALL == ~0", 1),
        ("ALL / 0x1000_0000", 15),
        ("ALL >> 28", 15),
        ("~EIGHT", 0xFFFF_FFF7),
        ("~EIGHT > 8", 1),
        ("LOW", 3),
        ("LOW + 1 as u32", 4),
        ("EIGHT - FOUR", 4),
        ("LONG + 1 > FOUR", 1),
        ("LONG + FOUR == LONG", 0),
    ],
)
def test_a_constant_with_a_type_is_a_number_of_that_type(text, number):
    """As a variable would be."""
    found = value(text, top=f"{CONSTANTS}  {REQUEST}")
    assert isinstance(found, typed.Literal)
    assert found.value == number


@pytest.mark.parametrize("text", ["FOUR - EIGHT", "ALL + 1", "-FOUR", "ALL * 2", "LOW < 1000"])
def test_what_is_no_number_of_that_type_is_an_error(text):
    """It would wrap, and nobody means that of constants."""
    found = problems(f"let x = {text}", top=f"{CONSTANTS}  {REQUEST}")
    assert [code for code, _ in found] == ["CE302"]


@pytest.mark.parametrize(
    ("text", "number", "type_"),
    [
        ("4", 4, "u32"),
        ("-1", 0xFFFFFFFF, "i32"),
        ("-1 as u32", 0xFFFFFFFF, "u32"),
        ("0xFFFFFFFF as i32", 0xFFFFFFFF, "i32"),
        ("sizeof(Request) + 1", 9, "u32"),
        ("SMALL >> 4", 0x1000, "u32"),
        ("~0xF & 0xFF", 0xF0, "u32"),
        ("300 as u16", 300, "u16"),
        ("-7 / 2 + 3", 0, "u32"),
        ("true != false", 1, "bool"),
        ("sizeof(Request) == 8 ? 1 : 2", 1, "u32"),
        ("(1 as u64 << 40) >> 8", 1 << 32, "u64"),
    ],
)
def test_constants_are_exact(text, number, type_):
    """Nothing wraps before a constant meets its type."""
    assert literal(text) == (number, type_)


@pytest.mark.parametrize(
    "text",
    [
        "in_len + 1", "1 + in_len", "in_len & ~0xFFF", "in_len == ERROR_INVALID_PARAMETER",
        "in_len < sizeof(Request)", "in_len << SLOT", "in_len == SLOW",
    ],
)  # fmt: skip
def test_constants_adapt_to_the_other_side(text):
    found = value(text, top=f"{REQUEST} enum Speed {{ OFF, SLOW = 3, FAST }}")
    assert isinstance(found, typed.Operation)
    assert [operand.type.name for operand in found.operands] == ["u32", "u32"]


def test_enumerators_count_up():
    found = value("FAST", top=f"{REQUEST} enum Speed : u16 {{ OFF, SLOW = 3, FAST }}")
    assert isinstance(found, typed.Literal)
    assert (found.value, found.type.name) == (4, "Speed")
    assert isinstance(found.type, IntType)
    assert found.type.width == 16


def test_choices_take_the_type_of_their_branches():
    found = value("in_len == 0 ? in.buffer : null")
    assert isinstance(found, typed.Choice)
    assert isinstance(found.otherwise, typed.Null)
    assert found.type.name == "user ptr u8"


# ---- pointers -----------------------------------------------------------------------------------


def test_arithmetic_counts_elements():
    found = value("here + in_len", state=STATE)
    assert isinstance(found, typed.Shift)
    assert isinstance(found.amount, typed.Operation)
    assert found.amount.operator is typed.Operator.MULTIPLY
    constant = value("here + 3", state=STATE)
    assert isinstance(constant, typed.Shift)
    assert isinstance(constant.amount, typed.Literal)
    assert constant.amount.value == 12


def test_bit_operations_count_bytes():
    found = value("here & ~0xFFF", state=STATE)
    assert isinstance(found, typed.Shift)
    assert isinstance(found.amount, typed.Literal)
    assert found.amount.value == 0xFFFFF000


def test_an_address_comes_back_with_the_type_it_went_in_with():
    """So `MapCallerPtr` needs no conversion, also when it gets null or one of ours."""
    assert value("MapCallerPtr(in.buffer, 4)").type.name == "user ptr u8"
    assert value("MapCallerPtr(mine, 4)", state=STATE).type.name == "ptr u32"
    assert value("MapCallerPtr(null, 4)").type.name == "address"


def test_our_own_pointers_become_anybodys_silently():
    (assign,) = statements("here = mine", state=STATE)
    assert isinstance(assign, typed.Assign)
    assert isinstance(assign.value, typed.Retype)
    assert not assign.value.checked


def test_only_a_checked_conversion_leads_back():
    found = value("here as ptr u32", state=STATE)
    assert isinstance(found, typed.Retype)
    assert found.checked


def test_numbers_become_pointers_of_somebody():
    found = value("(in as u32 & ~0xFFF) as user ptr u8 of GetCallerProcess()")
    assert isinstance(found, typed.MakePointer)
    assert isinstance(found.party, typed.CallExpr)


def test_addresses_of_driver_memory():
    """An array gives a pointer to its first element."""
    assert value("&bits", state=STATE).type == PointerType(False, value("1 as u8").type)
    assert value("&word", state=STATE).type.name == "ptr u32"
    assert value("&here", state=STATE).type.name == "ptr user ptr u32"


def test_addresses_of_fields_behind_a_pointer_are_arithmetic():
    found = value("&in.buffer")
    assert isinstance(found, typed.Retype)
    assert isinstance(found.value, typed.Shift)
    assert found.type.name == "user ptr user ptr u8"


def test_null_compares_with_every_pointer():
    assert problems("if in == null || null != in.buffer { return 1 }") == []


# ---- accesses -----------------------------------------------------------------------------------

NESTED = (
    f"{REQUEST} struct Outer {{ tag : u8[4]  first : Request  more : Request[2] }}"
    " struct Top { outer : user ptr Outer }"
)
TOP = "var top : user ptr Top[1]"


def target(text: str) -> typed.Target:
    found = value(text, state=TOP, top=NESTED)
    assert isinstance(found, typed.Fetch)
    return found.access


def test_nested_fields_are_one_access():
    found = target("top.outer.first.length")
    assert isinstance(found, typed.FieldTarget)
    assert (found.field.name, found.field.offset, found.size) == ("first.length", 4, 4)
    assert isinstance(found.pointer, typed.Fetch)


def test_a_nested_pointer_keeps_its_promise():
    found = target("top.outer.first.buffer")
    assert isinstance(found, typed.FieldTarget)
    assert found.field.promise is not None


def test_a_constant_element_of_a_field_is_a_field():
    found = target("top.outer.tag[3]")
    assert isinstance(found, typed.FieldTarget)
    assert (found.field.name, found.field.offset) == ("tag[3]", 3)


def test_a_computed_element_of_a_field_starts_at_the_field():
    found = target("top.outer.more[in_len].buffer")
    assert isinstance(found, typed.ElementTarget)
    assert (found.stride, found.size) == (8, 4)
    assert found.field is not None
    assert found.field.name == "buffer"
    pointer = found.pointer
    assert isinstance(pointer, typed.Retype)
    assert isinstance(pointer.value, typed.Shift)
    assert isinstance(pointer.value.amount, typed.Literal)
    assert pointer.value.amount.value == 12


def test_elements_of_driver_arrays_are_places():
    found = value("bits[in_len]", state=STATE)
    assert isinstance(found, typed.Read)
    assert isinstance(found.place, typed.ElementPlace)


def test_fields_of_driver_structures_are_places():
    found = value("kept.outer", state="var kept : Top", top=NESTED)
    assert isinstance(found, typed.Read)
    assert isinstance(found.place, typed.FieldPlace)
    assert found.place.field.promise is not None


def test_a_wrong_value_is_reported_once():
    """What is made of it is not reported again."""
    body = "let a = missing  let b = a + 1  let c : u32 = b  if c == a { read b[0 .. a] }"
    assert [code for code, _ in problems(body)] == ["CE201"]


@pytest.mark.parametrize(
    ("loop", "wrong"),
    [
        ("for i in 0 .. LAST", []),
        ("for i in 0 as u8 .. 4", []),
        ("for i in 0 .. in_len", ["CE301"]),
        ("for i in 0 .. 4", ["CE301"]),
        ("let end = any(0 .. LAST)  for i in 0 .. end", []),
    ],
)
def test_a_range_has_the_type_of_an_end_that_has_one(loop: str, wrong: list[str]):
    """Be it a variable or a constant; numbers alone are machine words."""
    top = f"{REQUEST}\nconst LAST : u8 = 4"
    assert [code for code, _ in problems(f"{loop} {{ let x : u8 = i }}", top=top)] == wrong
