"""Campaign A, second part: random programs that know their own answer.

Usage: python tests/campaigns/random_programs.py [--topic heap|rows|blocks|callers|events]
                                                 [--first 0] [--count 100] [--show SEED]

Each is run over all of its choices while it is written, by what wrote it.  So not even the parser
is taken for right, unlike where a specification is enumerated.  Claims are chosen to hold just so,
or to fail just so.  A disagreement is shrunk and printed; it ends as a regression test with a twin.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]

from campaigns.campaign import arguments, run  # noqa: E402
from campaigns.programs.heap import Topic  # noqa: E402
from campaigns.programs.topics import known  # noqa: E402


def main() -> None:
    """Print what came of each seed, then the counts."""
    parser = arguments(__doc__)
    topics = [topic.name.lower() for topic in Topic]
    parser.add_argument("--topic", default="none", choices=topics, help="what there is more of")
    given = parser.parse_args()
    run(given, lambda seed: known(seed, Topic[given.topic.upper()]))


if __name__ == "__main__":
    main()
