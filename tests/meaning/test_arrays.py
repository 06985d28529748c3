"""Arrays that are variables: small ones, used by name alone, hold what was put into them."""

from __future__ import annotations

import pytest
from verdicts import hostile_says

SPEC = """// expect: proved
use ce5

driver Sample {
    lock cs
    var table : u32[4]
    var flags : bool[3]
    var at    : u32

    struct Row { first : u32  cells : u32[2]  last : u32 }

    fn next() -> u32 {
        at = (at + 1) % 4
        return at
    }

    ioctl Write(in_len: u32, out_len: u32) {
        BODY
        return 0
    }
}

client App : untrusted calls Sample.Write
"""

PROVED = {
    "what was put there is there": "var t : u32[4]  t[1] = in_len  same: assert t[1] == in_len",
    "elements are apart": "var t : u8[3]  t[0] = 1  t[2] = 9  same: assert t[0] == 1",
    "any index": "if in_len < 4 { table[in_len] = 5  same: assert table[in_len] == 5 }",
    "globals are zero first": "let was = flags[1]  flags[0] = true  same: assert !was",
    "added to": "if in_len < 4 { table[in_len] = 1  table[in_len] += 2 } "
    "same: assert in_len >= 4 || table[in_len] == 3",
    "the index comes after the value": "var t : u32[4]  t[1] = 7  t[3] = 7  at = 0  "
    "t[next()] = at  same: assert t[1] == 0 && t[3] == 7",
    "in a structure": "var r : Row  r.first = 4  r.cells[0] = 6  r.cells[1] = 7  r.last = 5  "
    "let x = r.cells[0]  same: assert r.first == 4 && r.last == 5",
    "of a loop": "var t : u32[4]  for i in 0 .. 4 { t[i] = 2 }  "
    "same: assert t[0] == 2 && t[3] == 2",
}
REFUTED = {
    "what was put there is there": "var t : u32[4]  t[1] = in_len  same: assert t[1] != 6",
    "elements are apart": "var t : u8[3]  t[0] = 1  t[2] = 9  same: assert t[0] == 9",
    "any index": "if in_len < 4 { table[in_len] = 5  same: assert table[3] == 5 }",
    "globals are zero first": "let was = flags[1]  flags[1] = true  same: assert !was",
    "locals are anything": "var t : u32[4]  same: assert t[1] == 0",
    "added to": "if in_len < 4 { table[in_len] = 1  table[in_len] += 2 } "
    "same: assert table[2] != 3",
    "the index comes after the value": "var t : u32[4]  t[1] = 7  t[3] = 7  at = 0  "
    "t[next()] = at  same: assert t[1] == 1",
    "in a structure": "var r : Row  r.first = 4  r.cells[0] = 6  same: assert r.cells[0] == 6",
    "in a structure, beside": "var r : Row  r.last = 4  r.cells[1] = 6  same: assert r.last == 6",
    "used by its address, too": "var t : u32[4]  let p = &t[0]  t[1] = 6  same: assert t[1] == 6",
    "too many to be followed": "var t : u32[65]  t[1] = 6  same: assert t[1] == 6",
}


@pytest.mark.parametrize("body", PROVED.values(), ids=PROVED)
def test_what_they_hold_is_known(body):
    assert hostile_says(SPEC.replace("BODY", body), "assert", "same", "proved")


@pytest.mark.parametrize("body", REFUTED.values(), ids=REFUTED)
def test_nothing_else_is(body):
    assert hostile_says(SPEC.replace("BODY", body), "assert", "same", "refuted")


@pytest.mark.parametrize(("most", "answer"), [("4", "proved"), ("5", "refuted")])
def test_an_index_is_asked_all_the_same(most, answer):
    body = f"if in_len < {most} {{ put: table[in_len] = 1 }}"
    assert hostile_says(SPEC.replace("BODY", body), "bounds", "put", answer)


KEPT = "acquire cs { table[1] = 4  table[2] = in_len  same: assert table[1] == 4  table[1] = 0 }"


@pytest.mark.parametrize(
    ("body", "answer"), [(KEPT, "proved"), (KEPT.replace("acquire cs", "if true"), "refuted")]
)
def test_threads_share_them_element_by_element(body, answer):
    text = SPEC.replace("BODY", body).replace("client App :", "client App[*] :")
    assert hostile_says(text, "assert", "same", answer)
