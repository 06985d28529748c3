"""A pointer tells which driver object it is to: there are only so many of them."""

from __future__ import annotations

import pytest
from verdicts import driver

from cecheck.options import Options
from cecheck.pipeline import verified
from cecheck.sema.typed import MOST_OBJECTS
from cecheck.source import Source


@pytest.mark.parametrize(("more", "codes"), [(0, []), (1, ["CE505"])])
def test_no_two_objects_share_a_mark(more: int, codes: list[str]) -> None:
    """One more would pass for the caller's memory."""
    count = MOST_OBJECTS + more
    taken = " ".join(f"var v{n} : u32  let p{n} = &v{n}" for n in range(count))
    text = driver(f"ioctl Write() {{ {taken}  told: assert v0 == v0  return 0 }}")
    found = verified(Source("test.ce", text), Options(only=("paired",), timeout=20))
    assert [d.code.number for d in found.diagnostics] == codes


@pytest.mark.parametrize(("more", "codes"), [(0, []), (1, ["CE505"])])
def test_allocated_memory_counts(more: int, codes: list[str]) -> None:
    """Of each place of `alloc` there is an object to be told apart, wherever it stands."""
    taken = " ".join(f"var v{n} : u32  let p{n} = &v{n}" for n in range(MOST_OBJECTS - 3))
    blocks = " ".join(f"let b{n} = alloc({n}) as ptr u8  free(b{n})" for n in range(2 + more))
    never = "fn never_called() { let b = alloc(1) as ptr u8  free(b) }"
    text = driver(f"{never} ioctl Write() {{ {taken} {blocks}  told: assert v0 == v0  return 0 }}")
    found = verified(Source("test.ce", text), Options(only=("bounds",), timeout=20))
    assert [d.code.number for d in found.diagnostics] == codes
