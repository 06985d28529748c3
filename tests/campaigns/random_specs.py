"""Campaign A: random specifications, answered by cecheck and by enumeration, must agree.

Usage: python tests/campaigns/random_specs.py [--threads] [--first 0] [--count 100] [--seconds 20]
                                              [--show SEED]

A disagreement is shrunk and printed; it ends as a regression test with a twin.  With `--threads`
drivers have globals, locks, events and threads of their own, and every order of actions is
enumerated, over a narrow domain: there a refutation that the enumeration does not find is none of
its business, for it was replayed; a proof must stand.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]

from campaigns.campaign import Enumerated, arguments, run  # noqa: E402
from campaigns.generate import Generator  # noqa: E402
from campaigns.threaded import ThreadedGenerator  # noqa: E402


def case(seed: int, threads: bool = False) -> Enumerated:
    """Return the specification *seed*."""
    made = ThreadedGenerator(seed) if threads else Generator(seed)
    return Enumerated("with threads" if threads else "alone", made.text(), made.domain)


def main() -> None:
    """Print what came of each seed, then the counts."""
    parser = arguments(__doc__)
    parser.add_argument("--threads", action="store_true", help="drivers with threads")
    given = parser.parse_args()
    run(given, partial(case, threads=given.threads))


if __name__ == "__main__":
    main()
