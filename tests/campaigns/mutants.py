"""Campaign E: changed specifications, answered by cecheck and by enumeration, must agree.

Usage: python tests/campaigns/mutants.py [--first 0] [--count 100] [--seconds 20] [--only NAME]

Drivers with threads and globals are enumerated over a narrow domain: there a refutation that the
enumeration does not find is none of its business, for it was replayed; a proof must stand.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from functools import partial
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]

from oracle import test_expectations, test_interleave  # noqa: E402
from oracle.interleave import Domain  # noqa: E402
from oracle.load import scaled  # noqa: E402

from campaigns.compare import compared  # noqa: E402
from campaigns.mutate import mutants  # noqa: E402
from campaigns.random_specs import kinds, line  # noqa: E402
from campaigns.shrink import shrunk  # noqa: E402
from cecheck.options import Options  # noqa: E402
from cecheck.tasks import load_solvers  # noqa: E402


def originals() -> dict[str, tuple[str, Domain | None]]:
    """Return the texts that are changed, and the domain of those that have threads or globals."""
    alone = [*test_expectations.SPECS, *test_expectations.FURTHER]
    found: dict[str, tuple[str, Domain | None]] = {
        path.stem: (path.read_text(), None) for path in alone
    }
    for name in test_interleave.INTERLEAVED:
        is_large = name.startswith("s18_")
        domain = test_interleave.LARGE if is_large else test_interleave.ALONE
        found[name] = (test_interleave.text(name), domain)
    return found


def is_understood(text: str) -> bool:
    """Tell whether *text* is a specification."""
    try:
        scaled(text)
    except AssertionError:
        return False
    return True


def is_wrong(wrong: str, seconds: float, domain: Domain | None, text: str) -> bool:
    """Tell whether *wrong* is still found of *text*."""
    return wrong in compared(text, seconds, domain).wrong


def main() -> None:
    """Print what came of each mutant, then the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=20.0, help="of one enumeration")
    parser.add_argument("--only", default="", help="specifications whose names begin so")
    given = parser.parse_args()
    load_solvers(Options())
    every = {name: one for name, one in originals().items() if name.startswith(given.only)}
    counts: Counter[str] = Counter()
    for seed in range(given.first, given.first + given.count):
        random = Random(seed)
        name = random.choice(sorted(every))
        text, domain = every[name]
        mutant = next(filter(is_understood, mutants(text, random)))
        answer = compared(mutant, given.seconds, domain)
        counts.update(kinds(answer))
        print(seed, name, line(answer), flush=True)
        if answer.wrong:
            stays = partial(is_wrong, answer.wrong[0], given.seconds, domain)
            print(shrunk(mutant, stays))
    print(", ".join(f"{count} {kind}" for kind, count in counts.most_common()))
    sys.exit(counts["wrong"] > 0)


if __name__ == "__main__":
    main()
