"""Campaign E: changed specifications, answered by cecheck and by enumeration, must agree.

Usage: python tests/campaigns/mutants.py [--first 0] [--count 100] [--seconds 20] [--only NAME]
                                         [--show SEED]

Drivers with threads and globals are enumerated over a narrow domain: there a refutation that the
enumeration does not find is none of its business, for it was replayed; a proof must stand.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]

from oracle import test_expectations, test_interleave  # noqa: E402
from oracle.interleave import Domain  # noqa: E402
from oracle.load import scaled  # noqa: E402

from campaigns.campaign import Enumerated, arguments, run  # noqa: E402
from campaigns.mutate import mutants  # noqa: E402


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


def case(every: dict[str, tuple[str, Domain | None]], seed: int) -> Enumerated:
    """Return a small change of one of *every* specification."""
    random = Random(seed)
    name = random.choice(sorted(every))
    text, domain = every[name]
    return Enumerated(name, next(filter(is_understood, mutants(text, random))), domain)


def main() -> None:
    """Print what came of each mutant, then the counts."""
    parser = arguments(__doc__)
    parser.add_argument("--only", default="", help="specifications whose names begin so")
    given = parser.parse_args()
    every = {name: one for name, one in originals().items() if name.startswith(given.only)}
    run(given, partial(case, every))


if __name__ == "__main__":
    main()
