"""Campaign L: texts that are no specifications, or hardly: a diagnostic, never a crash.

Usage: python tests/campaigns/fuzz.py [--first 0] [--count 1000] [--part bytes|tokens|grammar|hand]

`bytes` damages shipped specifications byte by byte, `tokens` moves, repeats, drops and exchanges
their words, so that many still parse; `grammar` derives texts from the grammar; `hand` are the
texts of `hostile`, made to hit a limit.  What is understood is lowered, too.  Each batch of texts
runs in a process of its own with bounded memory; the slowest text is told.
"""

from __future__ import annotations

import argparse
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Final

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]

from campaigns import hostile  # noqa: E402
from cecheck import paths  # noqa: E402
from cecheck.diagnostics import Diagnostic, Severity  # noqa: E402
from cecheck.lower.link import lower, views  # noqa: E402
from cecheck.reading import shipped_platform  # noqa: E402
from cecheck.report.snippet import diagnostic_text  # noqa: E402
from cecheck.sema.elaborate import elaborate  # noqa: E402
from cecheck.syntax.limits import decoded  # noqa: E402
from cecheck.syntax.parse import parse  # noqa: E402
from cecheck.syntax.table import load  # noqa: E402
from cecheck.syntax.uses import is_library, joined, names_platform  # noqa: E402

SECONDS: Final = 2.0  # of the front end, for one text
MEMORY: Final = 300 << 20  # bytes of the process
LOWERING: Final = 20.0  # seconds until a program is there, or nothing came of it
BATCH: Final = 200
MESSAGE: Final = 5_000  # characters of one diagnostic, with the lines it shows

_OPERATORS: Final = frozenset("+ - * / % & | ^ << >> < <= > >= == != && ||".split())  # noqa: SIM905
_RESERVED: Final = load(paths.TABLE.read_text(encoding="utf-8")).reserved
_TOKEN: Final = re.compile(r"//[^\n]*|\s+|\w+|\.\.|[<>=!]=|&&|\|\||<<|>>|.")


def originals() -> list[str]:
    """Return the texts that are damaged."""
    return [path.read_text() for path in sorted((ROOT / "specs").rglob("*.ce"))]


# ---- texts --------------------------------------------------------------------------------------


def damaged(text: str, random: Random) -> bytes:
    """Return *text* with a few bytes that are others, gone, or more."""
    data = bytearray(text.encode())
    for _ in range(random.randint(1, 6)):
        at = random.randrange(len(data))
        match random.randrange(4):
            case 0:
                data[at] = random.choice((random.randrange(256), random.choice(data)))
            case 1:
                del data[at : at + random.choice((1, 1, 5, 100))]
            case 2:
                data[at:at] = bytes(random.choice(data) for _ in range(random.choice((1, 4))))
            case _:
                begin = random.randrange(len(data))
                data[at:at] = data[begin : begin + random.choice((3, 30, 300))]
        if not data:
            break
    return bytes(data)


def shuffled(text: str, random: Random, others: list[str]) -> bytes:
    """Return *text* with a few words, or lines, that are others, gone, repeated, or elsewhere."""
    for _ in range(random.choice((1, 1, 2, 3))):
        by_line = random.random() < 0.3
        parts = text.splitlines(keepends=True) if by_line else _TOKEN.findall(text)
        real = [n for n, part in enumerate(parts) if part.strip() and not part.startswith("//")]
        at, other = random.choice(real), random.choice(real)
        alike = [n for n in real if _class(parts[n]) == _class(parts[at])]
        match random.randrange(8):
            case 0:
                parts[at] = ""
            case 1:
                parts[at] += " " + parts[at]
            case 2:
                parts[at], parts[other] = parts[other], parts[at]
            case 3:
                parts[at] = random.choice(others)
            case _:
                parts[at] = parts[random.choice(alike)]
        text = "".join(parts)
    return text.encode()


def _class(part: str) -> str:
    """Return which words may stand for *part* without spoiling the syntax, or that it is a line."""
    if "\n" in part:
        return "line"
    if part in _OPERATORS:
        return "operator"
    is_name = part.isidentifier() and part not in _RESERVED
    return "number" if part[:1].isdigit() else "name" if is_name else part


def derived(seed: int) -> bytes:
    """Return a text that the grammar derives."""
    from campaigns.derive import derivation  # noqa: PLC0415  (loads lark)

    return derivation(seed).encode()


def texts(part: str) -> Callable[[int], bytes]:
    """Return what makes a text of *part* from a seed."""
    if part == "hand":
        made = hostile.texts()
        return lambda seed: made[seed % len(made)][1]
    if part == "grammar":
        return derived
    found = originals()
    words = sorted({word for text in found for word in _TOKEN.findall(text) if word.strip()})
    if part == "bytes":
        return lambda seed: damaged(Random(seed).choice(found), Random(seed))
    return lambda seed: shuffled(Random(seed).choice(found), Random(seed), words)


# ---- trying -------------------------------------------------------------------------------------


def front(data: bytes) -> tuple[str, object]:
    """Return how far *data* gets in the front end, and the specification if it is one."""
    told, spec, found = answered(data)
    flaw = flaw_of(told, found)
    assert not flaw, flaw
    return told, spec


def answered(data: bytes) -> tuple[str, object, Sequence[Diagnostic]]:
    """Return the same, and what the front end says of it."""
    source = decoded("fuzzed.ce", data)
    if isinstance(source, Diagnostic):
        return "unreadable", None, (source,)
    file, found = parse(source)
    if file is not None:
        file, found = joined(file)
    if file is None:
        return "no syntax", None, found
    if is_library(file) and not names_platform(file):
        return "a part of others", None, found
    spec, found = elaborate(file, shipped_platform)
    if spec is None:
        return "no meaning", None, found
    return "understood", None if is_library(file) else spec, found


def flaw_of(told: str, found: Sequence[Diagnostic]) -> str:
    """Return what is wrong with an answer: what has no meaning has an error, what has one has none,
    and what is said can be shown."""
    errors = [one for one in found if one.code.severity is Severity.ERROR]
    longest = max((len(diagnostic_text(one)) for one in found), default=0)
    if told in ("understood", "a part of others") and errors:
        return "a meaning, and an error"
    if told not in ("understood", "a part of others") and not errors:
        return "refused, and no word why"
    return f"a message of {longest} characters" if longest >= MESSAGE else ""


def tried(part: str, seed: int, data: bytes) -> str:
    """Return what came of a text, in one word and its seconds."""
    begun = time.process_time()
    told, spec = front(data)
    seconds = time.process_time() - begun
    if seconds > SECONDS:
        told = f"SLOW {told}"
    if spec is not None and part != "hand":
        begun = time.process_time()
        for view in views(spec):  # type: ignore[arg-type]
            lower(spec, view)  # type: ignore[arg-type]
        lowering = time.process_time() - begun
        told = f"SLOW lowering {lowering:.1f}" if lowering > LOWERING else told
    return f"{seed}\t{told}\t{seconds:.3f}"


def batch(part: str, first: int, count: int) -> None:
    """Try some texts here, and print a line for each."""
    make = texts(part)
    for seed in range(first, first + count):
        data = make(seed)
        print(f"{seed}\t...", flush=True)
        print(tried(part, seed, data), flush=True)


def run(part: str, first: int, count: int) -> Iterator[tuple[int, str, float]]:
    """Yield what came of each text, by seed; a batch that ends is one that crashed."""
    while count > 0:
        some = min(BATCH, count)
        command = [sys.executable, __file__, "--part", part, "--batch"]
        command += ["--first", str(first), "--count", str(some)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        lines = [line.split("\t") for line in done.stdout.splitlines()]
        ended = [line for line in lines if line[1] != "..."]
        for seed, told, seconds in ended:
            yield int(seed), told, float(seconds)
        if done.returncode != 0:
            last = int(lines[-1][0]) if lines else first
            error = done.stderr.strip().splitlines()
            yield last, f"CRASH {error[-1] if error else done.returncode}", 0.0
            some = last - first + 1
        first, count = first + some, count - some


def main() -> None:
    """Print what is wrong, and how far the texts got."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--part", choices=["bytes", "tokens", "grammar", "hand"], default="tokens")
    parser.add_argument("--batch", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--show", type=int, help="print the text of a seed, and end")
    given = parser.parse_args()
    if given.show is not None:
        sys.stdout.buffer.write(texts(given.part)(given.show))
        return
    if given.batch:
        resource.setrlimit(resource.RLIMIT_AS, (2 * MEMORY, 2 * MEMORY))
        batch(given.part, given.first, given.count)
        return
    if given.part == "hand":
        given.count = len(hostile.texts())
    counts: dict[str, int] = {}
    slowest = (0.0, 0)
    for seed, told, seconds in run(given.part, given.first, given.count):
        slowest = max(slowest, (seconds, seed))
        counts[told] = 1 + counts.get(told, 0)
        if told.startswith(("CRASH", "SLOW")):
            print(seed, told, flush=True)
    print(", ".join(f"{count} {told}" for told, count in sorted(counts.items())))
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10
    print(f"the slowest took {slowest[0]:.2f} s: {slowest[1]}; memory {most >> 20} MB at most")
    is_large = given.part == "hand" and most > MEMORY
    sys.exit(is_large or any(told.startswith(("CRASH", "SLOW")) for told in counts))


if __name__ == "__main__":
    main()
