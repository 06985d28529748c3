"""Campaign A with threads: every order of actions over a narrow domain, against cecheck.

Usage: python tests/campaigns/threads.py [--first 0] [--count 100] [--seconds 20] [--show SEED]

A refutation that the enumeration does not find is none of its business, for it was replayed and
the domain is narrow; a proof must stand.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]

from oracle.interleave import Domain  # noqa: E402

from campaigns.compare import Answer, compared  # noqa: E402
from campaigns.mutants import is_wrong  # noqa: E402
from campaigns.random_specs import kinds, line  # noqa: E402
from campaigns.shrink import shrunk  # noqa: E402
from campaigns.threaded import ThreadedGenerator  # noqa: E402
from cecheck.options import Options  # noqa: E402
from cecheck.tasks import load_solvers  # noqa: E402


def answer(seed: int, seconds: float = 20.0, **options: object) -> Answer:
    """Return what comes of the specification *seed*."""
    made = ThreadedGenerator(seed)
    return compared(made.text(), seconds, Domain(alone=made.is_alone), **options)


def main() -> None:
    """Print what came of each seed, then the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=20.0, help="of one enumeration")
    parser.add_argument("--show", type=int, help="print the specification of a seed, and end")
    given = parser.parse_args()
    if given.show is not None:
        print(ThreadedGenerator(given.show).text(), end="")
        return
    load_solvers(Options())
    counts: Counter[str] = Counter()
    for seed in range(given.first, given.first + given.count):
        found = answer(seed, given.seconds)
        counts.update(kinds(found))
        print(seed, line(found), flush=True)
        if found.wrong:
            made = ThreadedGenerator(seed)
            domain = Domain(alone=made.is_alone)
            print(shrunk(made.text(), partial(is_wrong, found.wrong[0], given.seconds, domain)))
    print(", ".join(f"{count} {kind}" for kind, count in counts.most_common()))
    sys.exit(counts["wrong"] > 0)


if __name__ == "__main__":
    main()
