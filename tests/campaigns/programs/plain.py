"""The platform of random programs: one that has no say in what they do, or one that offers things.

What it offers is all known here: a number that steps before each call have changed, a table, tokens
that must be given back, functions that a rule may watch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Final

from campaigns.programs.machine import Machine, Value
from campaigns.programs.numbers import U32

PLATFORM: Final = """platform plain : u32 {
    process { unique number : u32 = any(1 .. 100)  trusted : bool }
    process server : trusted { number = 100 }
    drivers in server
    thread { restored owner : process = home%(fields)s }
    fn translate(a: u32) -> u32 { if a < 0x10000 { raise } return a }
    fn permit(a: u32, writing: bool) -> bool { return true }
    fn owns(p: process, a: u32, writing: bool) -> bool { return a >> 24 == p.number }
    fn inside(p: process) -> bool { return true }
    fn there(a: u32) -> bool { return a >= 0x10000 }
    fn vacant(a: u32) -> bool { return false }
    fn honest(p: process, a: u32, n: u32) -> bool {
        let e = a + n - 1
        return e >= a && owns(p, a, true) && owns(p, e, true)
    }
    fn heap(n: u32) -> bool { return true }
    fn first_byte(p: process) -> u32 { return p.number << 24 }
    fn last_byte(p: process) -> u32 { return (p.number << 24) + 0xFF_FFFF }
%(offered)s    call Send(message: u32) -> u32 enters receive {
        var result : u32 = 0
%(before)s        try { result = enter(...) } except { result = 0 }
%(after)s        return result
    }
%(others)s}
"""


def platform(**more: str) -> str:
    """Return the platform, with what *more* is put into its places."""
    return PLATFORM % (dict.fromkeys(("fields", "offered", "before", "after", "others"), "") | more)


USE_PLAIN: Final = platform() + "use plain\n"

OFFERED: Final = """    fn excess(p: process) -> bool { return false }
    fn pinned(a: u32) -> bool { return PINNED }
    map seen[u32] : bool
    resource token(n: u32)
    api Tag() -> u32 { return tag }
    api SetTag(x: u32) -> u32 { let old = tag  tag = x  return old }
    api Mark(x: u32) -> u32 { return x ^ FLIP }
    api Risk(x: u32) -> u32 { if (x & 1) != 0 { raise } return x + 1 }
    api See(i: u32, on: bool) { seen[i] = on }
    api Seen(i: u32) -> bool { return seen[i] }
    api Take(n: u32) -> bool { if any { return false } token.open(n) return true }
    api GiveBack(n: u32) { token.close(n) }
    api Caller() -> process { return home }
"""
OTHERS: Final = """    call Begin() -> u32 enters open {
        var result : u32 = 0
        try { result = enter() } except { result = 0 }
        return result
    }
    call End() -> u32 enters close {
        var result : u32 = 0
        try { result = enter() } except { result = 0 }
        return result
    }
"""
EXIT: Final = """    environment Exit {
        let p = any(process)
        if p != server { retire(p) }
    }
"""

Step = tuple[str, Callable[[int], int]]
STEPS: Final[list[Step]] = [
    ("tag * 3", lambda tag: tag * 3),
    ("tag + 5", lambda tag: tag + 5),
    ("tag ^ 6", lambda tag: tag ^ 6),
    ("tag << 1", lambda tag: tag << 1),
    ("~tag", lambda tag: ~tag),
]


@dataclass(frozen=True)
class Plain:
    """A platform that offers all that: its *text*, the *use* of a variant, what the *tag* is when a
    call enters the driver, what `Mark` *flips*, whether processes *exit* and memory is *pinned*.

    *fresh* are the variables of rules, with what they begin with.
    """

    text: str
    use: str
    tag: int
    flip: int
    exits: bool
    pinned: bool
    fresh: dict[str, Value]

    @contextmanager
    def frame(self, machine: Machine, *, steps: bool = True) -> Iterator[None]:
        """Do what it does around a call, the *steps* too: the outermost one asks tokens back."""
        memory, last = machine.memory, machine.memory.get("tag", 0)
        is_outermost = not memory.get("inside")
        if is_outermost:
            memory |= self.fresh
        memory["inside"] = True
        if steps:
            memory["tag"] = self.tag
        yield
        if steps:
            memory["tag"] = last
        if is_outermost:
            memory["inside"] = False
            machine.failing |= {("paired", site) for site in machine.blocks.values()}
            machine.blocks.clear()


def plain(random: Random) -> Plain:
    """Return a random one, with no rules yet."""
    flip, start = random.choice([1, 4, 7]), random.choice([1, 2, 9])
    exits = random.random() < 0.15
    steps = random.sample(STEPS, 3)
    lines = ["        let last = tag", f"        tag = {start}"]
    lines += [
        f'        step {number} "changes the tag" {{ tag = {text} }}'
        for number, (text, _) in enumerate(steps, 1)
    ]
    use, steps, flip = _variant(random, steps, flip)
    tag = start
    for _, apply in steps:
        tag = U32.wrapped(apply(tag))
    pinned = random.random() < 0.7
    offered = f"    const PINNED = {'true' if pinned else 'false'}\n"
    offered += f"    const FLIP = {flip if 'const' not in use else flip ^ 1}\n{OFFERED}"
    offered += EXIT if exits else ""
    text = platform(
        fields="  tag : u32 = 0",
        offered=offered,
        before="\n".join(lines) + "\n",
        after="        tag = last\n",
        others=OTHERS + ("    scale small { FLIP = 1 }\n" if random.random() < 0.1 else ""),
    )
    return Plain(text, use, tag, flip, exits, pinned, {})


def _variant(random: Random, steps: list[Step], flip: int) -> tuple[str, list[Step], int]:
    """Return how a variant is asked for, its steps, and what `Mark` flips in it."""
    first, second, third = steps
    match random.choice(["", "", "without", "swap", "repeat", "step", "api", "const"]):
        case "without":
            return "use plain { without step 2 }", [first, third], flip
        case "swap":
            return "use plain { swap step 1, 2 }", [second, first, third], flip
        case "repeat":
            return "use plain { repeat step 3 }", [first, second, third, third], flip
        case "step":
            other: Step = ("tag - 1", lambda tag: tag - 1)
            said = f'use plain {{ step 1 "subtracts" {{ tag = {other[0]} }} }}'
            return said, [other, second, third], flip
        case "api":
            said = "use plain { api Mark(x: u32) -> u32 { return x ^ 2 } }"
            return said, steps, 2
        case "const":
            return f"use plain {{ const FLIP = {flip} }}", steps, flip
        case _:
            return "use plain", steps, flip
