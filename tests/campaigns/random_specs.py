"""Campaign A: random specifications, answered by cecheck and by enumeration, must agree.

Usage: python tests/campaigns/random_specs.py [--first 0] [--count 100] [--seconds 20] [--show SEED]

A disagreement is shrunk and printed; it ends as a regression test with a twin.  The same seeds make
the same specifications.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]

from campaigns.compare import Answer, compared  # noqa: E402
from campaigns.generate import Generator  # noqa: E402
from campaigns.shrink import shrunk  # noqa: E402
from cecheck.options import Options  # noqa: E402
from cecheck.tasks import load_solvers  # noqa: E402


def main() -> None:
    """Print what came of each seed, then the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=20.0, help="of one enumeration")
    parser.add_argument("--show", type=int, help="print the specification of a seed, and end")
    given = parser.parse_args()
    if given.show is not None:
        print(Generator(given.show).text(), end="")
        return
    load_solvers(Options())
    counts: Counter[str] = Counter()
    for seed in range(given.first, given.first + given.count):
        text = Generator(seed).text()
        answer = compared(text, given.seconds)
        counts.update(kinds(answer))
        print(seed, line(answer), flush=True)
        if answer.wrong:
            wrong = answer.wrong[0]
            print(shrunk(text, lambda t, w=wrong: w in compared(t, given.seconds).wrong))
    print(", ".join(f"{count} {kind}" for kind, count in counts.most_common()))
    sys.exit(counts["wrong"] > 0)


def kinds(answer: Answer) -> list[str]:
    """Return what *answer* counts as."""
    if answer.dropped:
        return [answer.dropped.partition(":")[0]]
    found = ["compared", "unsafe" if answer.refuted else "safe"]
    found += ["with an UNKNOWN"] if answer.unknown else []
    return found + (["wrong"] if answer.wrong else [])


def line(answer: Answer) -> str:
    """Return *answer* on one line."""
    if answer.dropped:
        return " ".join(answer.dropped.split())[:150]
    told = f"{answer.proved} proved, {answer.refuted} refuted, {answer.unknown} unknown"
    enumerated, solved = answer.seconds
    told += f"; {enumerated:.1f} s enumerated, {solved:.1f} s solved"
    return "; ".join([told, *answer.wrong])


if __name__ == "__main__":
    main()
