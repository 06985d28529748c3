"""Every mistake of a file in one pass: its code, its line, and what is advised."""

from __future__ import annotations

import pytest
from elaborated import ROOT, result

from cecheck.diagnostics import Code, Severity

ERRORS = ROOT / "tests" / "errors"

COMPUTES = "what is not known is an entry of a `map` that is `any`"
PATH = (
    "write a path from the folder of this file, such as `lib/request.ce`: letters A to Z, "
    "digits, `_ - .`, spaces and `/`, ending in `.ce`"
)
PROJECT = (
    "the project is the nearest folder above with a file `cecheck.toml`, without one the folder "
    "of the file that is verified"
)

HANDLES = "entries other than `init` and `deinit` have one, in a driver with `context { ... }`"

MEMORY = "memory is up to the other threads of its process; a pointer to pass is `any`"

# File: (number of the code, line, help).
EXPECTED: dict[str, list[tuple[int, int, str]]] = {
    "CE103-too-much": [
        (103, 18, "write an array: it counts as one"),
        (103, 31, "calls are expanded where they stand, those in what is called as well"),
    ],
    "CE105-no-such-check": [
        (105, 1, "did you mean `mapped`?"),
    ],
    "CE201-mistyped-name": [
        (201, 13, "did you mean `MapCallerPtr`?"),
        (201, 14, "did you mean `ERROR_INVALID_PARAMETER`?"),
        (201, 15, "did you mean `length`?"),
    ],
    "CE201-not-there": [
        (201, 5, "did you mean `u32`?"),
        (201, 5, ""),
        (201, 7, "did you mean `device`?"),
        (201, 11, "did you mean `untrusted`?"),
        (201, 11, "did you mean `Write`?"),
        (201, 11, "did you mean `Sample`?"),
    ],
    "CE201-no-such-policy": [
        (201, 4, "did you mean `least_privilege`?"),
        (201, 5, "one of `least_privilege`"),
    ],
    "CE202-declared-twice": [
        (202, 12, ""),
        (202, 16, ""),
        (202, 17, ""),
    ],
    "CE202-hidden-platform": [
        (202, 1, ""),
    ],
    "CE202-in-two-files": [
        (202, 2, ""),
        (202, 2, ""),
    ],
    "CE203-hidden-field": [
        (203, 12, "use the platform's `api` functions"),
        (203, 13, "use the platform's `api` functions"),
        (203, 14, "use the platform's `api` functions"),
    ],
    "CE203-not-a-value": [
        (203, 15, ""),
        (203, 16, ""),
        (203, 17, ""),
        (203, 18, ""),
        (203, 19, ""),
        (203, 20, ""),
        (203, 21, ""),
    ],
    "CE204-no-such-field": [
        (204, 12, "did you mean `length`?"),
        (204, 13, ""),
        (204, 14, "one of `length`, `buffer`"),
    ],
    "CE205-no-such-site": [
        (205, 1, "did you mean `use_it`?"),
    ],
    "CE301-another-type": [
        (301, 16, "write `in.length as user ptr u8 of P`, where P is its process"),
        (301, 17, "write `in.buffer as ptr u8`"),
        (301, 18, "write `in_len as u16`"),
        (301, 19, "write `null`"),
        (301, 20, "write `in != null`"),
        (301, 21, "write `in_len != 0`"),
        (301, 21, "write `true as u32`"),
        (301, 22, "declare it with a type: `: user ptr u8`"),
        (301, 23, "write `any(u32)`"),
        (301, 24, "name one of its fields, or pass its address with `&`"),
        (303, 25, ""),
    ],
    "CE301-heap": [
        (301, 7, "write `alloc(16) as ptr u8`"),
        (301, 8, "write `as ptr`"),
        (304, 9, ""),
        (301, 10, ""),
        (301, 11, ""),
    ],
    "CE301-mixed-widths": [
        (301, 12, "convert one side: `in.length as u32`"),
        (301, 13, "convert one side: `in.length as u32`"),
        (301, 14, "write `in.length as u32`"),
    ],
    "CE301-promised-size": [
        (301, 7, ""),
        (301, 12, "write `in.length as u32`"),
    ],
    "CE302-too-wide": [
        (302, 13, ""),
        (302, 14, ""),
        (302, 15, ""),
        (302, 16, ""),
        (302, 19, ""),
    ],
    "CE303-no-such-operator": [
        (303, 14, "write `&&`"),
        (301, 15, "write `in_len != 0`"),
        (303, 16, "write `in_len == 0`"),
        (303, 17, "write `in as u32` to calculate with the address"),
        (303, 18, "the pointer stands on the left"),
        (303, 19, ""),
        (303, 20, "write `words as u32 - words as u32` and divide"),
        (303, 21, ""),
        (303, 22, "write `as user ptr u8 of P`, where P is its process"),
        (303, 23, "compare: `x != 0`"),
        (303, 24, ""),
        (303, 25, ""),
    ],
    "CE303-parenthesise": [
        (303, 12, "`==` binds tighter, as in C; parenthesise: `(in_len & 3) == 0`"),
        (303, 13, "`==` binds tighter, as in C; parenthesise: `0 == (in_len & 3)`"),
    ],
    "CE304-wrong-arguments": [
        (304, 15, ""),
        (304, 16, "write `&sum`"),
        (304, 17, ""),
        (304, 18, ""),
        (304, 19, ""),
        (304, 20, ""),
        (304, 21, ""),
        (301, 22, "write `true as u32`"),
    ],
    "CE305-no-layout": [
        (305, 9, "a structure may hold a pointer to itself: `ptr Node`"),
        (305, 10, "a structure may hold a pointer to itself: `ptr Left`"),
        (305, 12, ""),
        (305, 13, ""),
        (305, 14, "a terminated string is behind a pointer: `user ptr u16[*]`"),
        (305, 18, "declare it in the driver: `lock name`"),
    ],
    "CE305-open-array": [
        (305, 9, "only the last field of a structure may go on: `data : u8[1 .. length]`"),
        (305, 10, "let it be behind a pointer: `user ptr Tail`"),
        (305, 11, "let it be behind a pointer: `user ptr Tail`"),
        (305, 14, "only the last field of a structure may go on: `data : u8[1 .. length]`"),
    ],
    "CE306-not-constant": [
        (306, 5, ""),
        (306, 15, ""),
        (306, 16, ""),
        (306, 17, ""),
        (306, 19, ""),
        (306, 22, ""),
    ],
    "CE306-one-value": [
        (306, 8, ""),
    ],
    "CE307-misplaced-jump": [
        (307, 14, ""),
        (307, 16, ""),
        (307, 18, ""),
    ],
    "CE308-not-assignable": [
        (308, 13, "only what is declared with `var` changes"),
        (308, 14, "only what is declared with `var` changes"),
        (308, 15, ""),
        (308, 17, "declare it with `var`"),
    ],
    "CE309-constant-arithmetic": [
        (309, 12, ""),
        (309, 13, ""),
        (309, 14, ""),
    ],
    "CE310-recursion": [
        (310, 12, "calls are expanded where they stand; write a loop"),
        (310, 13, "calls are expanded where they stand; write a loop"),
        (310, 22, "calls are expanded where they stand; write a loop"),
    ],
    "CE311-dependent": [
        (311, 6, ""),
    ],
    "CE311-no-value": [
        (311, 4, "`a .. b` ends before `b`"),
        (306, 5, ""),
        (306, 6, ""),
        (301, 7, ""),
        (201, 8, ""),
    ],
    "CE311-too-many": [
        (311, 4, "take fewer values, or a variable with any value: `any(0 .. n)`"),
    ],
    "CE312-not-its-own": [
        (312, 20, "measure what only this thread changes: fetch it once, into a local variable"),
        (312, 21, "measure what only this thread changes: fetch it once, into a local variable"),
        (312, 22, ""),
        (312, 23, ""),
        (312, 24, ""),
        (312, 25, ""),
        (312, 26, ""),
        (312, 27, ""),
    ],
    "CE313-not-one-action": [
        (313, 8, ""),
        (313, 9, ""),
        (313, 13, ""),
        (313, 14, ""),
        (313, 15, ""),
        (313, 16, ""),
        (313, 17, ""),
        (313, 18, ""),
        (313, 19, ""),
        (313, 20, ""),
        (307, 21, ""),
        (307, 22, ""),
    ],
    "CE315-script": [
        (315, 15, "call drivers in the script itself"),
        (315, 20, MEMORY),
        (315, 21, MEMORY),
        (503, 22, ""),
        (315, 23, MEMORY),
        (315, 28, "write a `test`, or make the client `untrusted`"),
        (315, 30, "write a test for each kind of caller"),
        (315, 34, "write a test for each of the calls, or leave out `trusted`"),
        (202, 41, ""),
    ],
    "CE314-not-watched": [
        (314, 6, ""),
        (306, 7, ""),
        (202, 9, ""),
        (314, 10, "give a name to each of `p`, `len`"),
        (201, 11, "did you mean `MapCallerPtr`?"),
        (314, 12, ""),
        (314, 13, ""),
        (314, 14, ""),
        (301, 15, "write `n != 0`"),
        (308, 15, "only what is declared with `var` changes"),
        (307, 15, ""),
        (301, 15, ""),
    ],
    "CE401-expects-nothing": [
        (401, 1, "begin the file with `// expect: proved`"),
    ],
    "CE402-unreachable": [
        (402, 14, ""),
        (402, 18, ""),
    ],
    "CE403-nobody-calls": [
        (403, 9, "name it among what a client calls: `calls Lower.Reset`"),
        (403, 22, "name it among what a client calls: `calls Sample.Read`"),
    ],
    "CE501-another-platform": [
        (501, 1, ""),
    ],
    "CE501-no-platform": [
        (501, 1, "write `use ce5`"),
    ],
    "CE501-no-such-platform": [
        (501, 3, "did you mean `ce5`?"),
    ],
    "CE502-changed-elsewhere": [
        (502, 1, "write the change in the `use` clause there"),
    ],
    "CE502-lost-name": [
        (502, 6, ""),
    ],
    "CE502-no-such-step": [
        (502, 4, "the steps are 1, 2, 3, 4, 5, 8, 9"),
        (502, 5, "the steps are 1, 2, 3, 4, 5, 8, 9"),
        (502, 6, "did you mean `SLOT`?"),
        (502, 7, ""),
        (502, 8, ""),
        (502, 9, "did you mean `UnMapPtr`?"),
    ],
    "CE502-repeated-name": [
        (502, 5, ""),
    ],
    "CE503-unknown-entry": [
        (503, 6, "did you mean `ioctl`?"),
        (201, 6, ""),
        (503, 7, "its parameters are `in`, `in_len`, `out`, `out_len`, `returned`"),
        (503, 8, ""),
        (503, 8, ""),
    ],
    "CE503-life": [
        (503, 6, "add `open() { return 1 }`"),
        (503, 8, HANDLES),
        (503, 9, ""),
        (503, 10, "add `open() { return 1 }`"),
        (503, 11, "add `open() { return 1 }`"),
        (503, 13, HANDLES),
        (503, 16, ""),
    ],
    "CE504-life": [
        (504, 15, "leave the parameters out"),
        (504, 15, "give it an integer or a `bool` as its result: zero is failure"),
        (504, 16, "give it an integer or a `bool` as its result: zero is failure"),
    ],
    "CE504-missing-hook": [
        (504, 3, "add `fn inside(p: process) -> bool`"),
        (204, 5, "one of `slot`, `trusted`"),
        (504, 6, ""),
        (504, 11, ""),
        (504, 18, "write `driver Sample in PROCESS`"),
    ],
    "CE504-critical-without-hook": [
        (504, 4, "add `fn pageable(a: u32, writing: bool) -> bool`"),
        (504, 4, "add `fn pageable_driver(p: process) -> bool`"),
    ],
    "CE504-policy-without-hook": [
        (504, 4, "add `fn excess(p: process) -> bool` to the platform"),
    ],
    "CE504-hook-acts": [
        (504, 13, COMPUTES),
        (504, 15, COMPUTES),
        (504, 16, COMPUTES),
        (504, 17, COMPUTES),
        (504, 18, COMPUTES),
        (504, 18, COMPUTES),
        (504, 19, COMPUTES),
        (402, 19, ""),
    ],
    "CE504-wrong-hook": [
        (504, 10, ""),
        (304, 18, ""),
    ],
    "CE504-no-processes": [
        (504, 3, ""),
        (504, 4, ""),
    ],
    "CE504-numbers": [
        (504, 4, "give it a larger range: a process that calls has a number, another one besides, "
                 "and each that is named"),
        (504, 6, "give it another one"),
        (504, 7, "give it another one"),
    ],
    "CE304-wrong-copy": [
        (304, 8, ""),
    ],
    "CE304-wrong-present": [
        (304, 18, ""),
        (301, 19, "write `n as user ptr u8 of P`, where P is its process"),
        (203, 19, ""),
        (304, 26, "a driver finds out by a function of the system, or by an access in a handler"),
    ],
    "CE301-platform-memory": [
        (301, 4, "write `as address`"),
        (301, 10, ""),
        (301, 17, "write `alloc(4) as ptr u8`"),
    ],
    "CE304-wrong-lasting": [
        (304, 10, "what it is given stays as it is: write `p = lasting(p)`"),
        (304, 11, ""),
        (301, 12, ""),
        (301, 13, ""),
        (203, 14, ""),
    ],
    "CE304-wrong-show": [
        (304, 5, ""),
        (301, 6, ""),
        (304, 7, ""),
        (301, 8, ""),
        (301, 9, "write `true as u32`"),
        (301, 12, ""),
        (201, 20, ""),
    ],
    "CE304-wrong-string-length": [
        (304, 12, ""),
        (304, 13, ""),
        (303, 14, "give it a type: `p as user ptr u16`"),
        (303, 15, ""),
        (301, 16, "write `in as u32`"),
        (203, 17, ""),
    ],
    "CE304-wrong-retire": [
        (304, 16, ""),
        (304, 17, ""),
        (304, 19, "processes exit whenever they like: no driver makes them"),
        (505, 23, ""),
        (505, 24, ""),
        (505, 25, ""),
        (304, 31, "processes exit whenever they like: no driver makes them"),
    ],
    "CE304-wrong-pair": [
        (505, 14, ""),
        (304, 21, ""),
        (204, 22, "one of `open`, `close`"),
        (203, 23, ""),
        (505, 25, ""),
        (505, 26, ""),
        (505, 27, ""),
        (203, 28, ""),
        (504, 36, "add `fn pinned(a: u32) -> bool` to the platform"),
        (203, 37, ""),
    ],
    "CE316-false": [
        (316, 14, ""),
        (316, 15, ""),
        (301, 16, "write `LIMIT != 0`"),
        (316, 17, ""),
        (505, 18, ""),
    ],
    "CE505-later": [
        (505, 6, ""),
        (505, 9, ""),
        (505, 13, "take one with `any(process)` or `any(s)`: what is proved of it holds of each"),
        (505, 19, ""),
        (505, 22, ""),
    ],
    "CE505-heap-drivers": [(505, 7, "")],
    "CE505-heap": [(505, 11, ""), (505, 12, "")],
    "CE505-platform-heap": [(505, 12, "")],
    "CE505-pointers": [
        (505, 11, ""), (505, 14, ""), (505, 15, ""), (505, 16, ""), (505, 17, ""), (505, 18, ""),
    ],
    "CE506-another-file": [
        (506, 4, "a path begins in the folder of the file that uses it"),
        (506, 5, PATH),
        (506, 6, PATH),
        (506, 7, PROJECT),
        (506, 8, PROJECT),
        (506, 9, PROJECT),
        (506, 10, PATH),
        (506, 11, PATH),
        (506, 12, PATH),
        (506, 2, "put what both need into a third file"),
        (105, 1, "write `// expect: proved|refuted|unknown|vacuous [check] [at site] "
         "[hostile|well-behaved] [because cause]`"),
        (101, 2, ""),
        (104, 1, "save the file as UTF-8"),
        (506, 16, "put what both need into a third file"),
    ],
}
STAGES = ("CE2", "CE3", "CE4", "CE5")


@pytest.mark.parametrize("name", EXPECTED)
def test_every_mistake_is_found_in_its_place_and_nothing_else(name):
    path = ERRORS / f"{name}.ce"
    _, found = result(path.read_text(encoding="utf-8"), str(path))
    assert [(int(d.code.number[2:]), d.span.line, d.help or "") for d in found] == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_a_file_with_errors_means_nothing(name):
    path = ERRORS / f"{name}.ce"
    spec, found = result(path.read_text(encoding="utf-8"), str(path))
    assert (spec is None) == any(d.code.severity is Severity.ERROR for d in found)


@pytest.mark.parametrize("name", EXPECTED)
def test_messages_are_plain_words(name):
    """Lower case or a quoted name first, no full stop."""
    path = ERRORS / f"{name}.ce"
    _, found = result(path.read_text(encoding="utf-8"), str(path))
    for text in (t for d in found for t in (d.message, *(n.message for n in d.notes))):
        assert not text[0].isupper()
        assert not text.endswith(".")


@pytest.mark.parametrize("code", [c for c in Code if c.number.startswith(STAGES)], ids=str)
def test_every_code_of_this_stage_has_a_file(code):
    assert any(name.startswith(code.number) for name in EXPECTED)


def test_every_file_of_this_stage_is_expected():
    files = {path.stem for path in ERRORS.glob("*.ce") if path.stem.startswith(STAGES)}
    assert files <= set(EXPECTED)
