"""Campaign E, second part: does cecheck notice the mistakes that engineers make?

Usage: python tests/campaigns/seeded.py [--first 0] [--count 875] [--seconds 20] [--show NUMBER]

Each protocol here is proved; each of its mutants has a small mistake in its driver (`mutate`).  One
of which not all is proved any more is noticed.  Of the others the states are enumerated: where
nothing goes wrong in any, the change is no mistake.  Where threads share globals the enumeration is
over a narrow domain: what it finds right there is counted apart.  Mutant N is one of protocol N
modulo the number of protocols.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]

from oracle.load import scaled  # noqa: E402

from campaigns.campaign import Enumerated, arguments  # noqa: E402
from campaigns.compare import compared, told  # noqa: E402
from campaigns.mutants import is_understood, originals  # noqa: E402
from campaigns.mutate import mutants  # noqa: E402
from cecheck.options import Options  # noqa: E402
from cecheck.report.expect import all_proved  # noqa: E402
from cecheck.report.model import Met  # noqa: E402
from cecheck.tasks import load_solvers  # noqa: E402

SECONDS = 60.0  # that cecheck has for one mutant


def protocols() -> dict[str, Enumerated]:
    """Return what is expected to be proved."""
    return {
        name: Enumerated(name, text, domain)
        for name, (text, domain) in originals().items()
        if "// expect: proved\n" in text
    }


def seeded(original: Enumerated) -> Iterator[Enumerated]:
    """Yield mutants of *original*, each another one, without end."""
    seen = {original.text}
    for text in mutants(original.text, Random(original.name)):
        if text not in seen and is_understood(text):
            seen.add(text)
            yield Enumerated(original.name, text, original.domain)


def mutant(every: dict[str, Enumerated], number: int) -> Enumerated:
    """Return mutant *number* of *every* protocol."""
    rank, which = divmod(number, len(every))
    return next(islice(seeded(every[sorted(every)[which]]), rank, None))


def fate(one: Enumerated, seconds: float) -> tuple[str, str]:
    """Return what becomes of a mutant, and why: it is noticed, or the enumeration, which may take
    so many *seconds*, says what it is."""
    outcome = all_proved(told(scaled(one.text, "mutant.ce"), {"timeout": SECONDS}))
    if outcome.met is not Met.YES:
        return ("noticed" if outcome.met is not Met.UNDECIDED else "undecided"), outcome.why
    answer = compared(one.text, seconds, one.domain)
    if answer.wrong:
        return "wrong", "; ".join(answer.wrong)
    if answer.dropped:
        return "not enumerated", answer.dropped
    return "no mistake" if one.domain is None else "no mistake in a narrow domain", ""


def main() -> None:
    """Print what became of each mutant, then the counts."""
    parser = arguments(__doc__, children=False)
    parser.set_defaults(count=875)
    given = parser.parse_args()
    every = protocols()
    if given.show is not None:
        print(mutant(every, given.show).text, end="")
        return
    load_solvers(Options())
    counts: Counter[str] = Counter()
    for number in range(given.first, given.first + given.count):
        one = mutant(every, number)
        kind, why = fate(one, given.seconds)
        counts[kind] += 1
        print(number, one.name, kind, " ".join(why.split())[:150], flush=True)
    print(f"{len(every)} protocols: " + ", ".join(f"{n} {kind}" for kind, n in counts.items()))
    sys.exit(counts["wrong"] > 0)


if __name__ == "__main__":
    main()
