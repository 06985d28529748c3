"""What campaigns have in common that answer specifications twice: seeds, counts and the small text
that is left of a disagreement."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from oracle.interleave import Domain

from campaigns.compare import Answer, compared
from campaigns.shrink import shrunk
from cecheck.options import Options
from cecheck.tasks import load_solvers


@dataclass(frozen=True)
class Case:
    """A specification to be answered, enumerated over *domain* only if there is one."""

    name: str
    text: str
    domain: Domain | None = None

    def answer(self, seconds: float = 20.0, **options: object) -> Answer:
        """Return what comes of it; the enumeration may take so many *seconds*."""
        return compared(self.text, seconds, self.domain, **options)


def arguments(doc: str | None) -> argparse.ArgumentParser:
    """Return what every campaign is asked with."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=20.0, help="of one enumeration")
    parser.add_argument("--show", type=int, help="print the specification of a seed, and end")
    return parser


def run(given: argparse.Namespace, made: Callable[[int], Case]) -> None:
    """Print what comes of the case that is *made* of each seed, then the counts; and end."""
    if given.show is not None:
        print(made(given.show).text, end="")
        return
    load_solvers(Options())
    counts: Counter[str] = Counter()
    for seed in range(given.first, given.first + given.count):
        case = made(seed)
        answer = case.answer(given.seconds)
        counts.update(_kinds(answer))
        print(seed, case.name, _line(answer), flush=True)
        if answer.wrong:
            stays = partial(_is_wrong, answer.wrong[0], given.seconds, case.domain)
            print(shrunk(case.text, stays))
    print(", ".join(f"{count} {kind}" for kind, count in counts.most_common()))
    sys.exit(counts["wrong"] > 0)


def _is_wrong(wrong: str, seconds: float, domain: Domain | None, text: str) -> bool:
    return wrong in compared(text, seconds, domain).wrong


def _kinds(answer: Answer) -> list[str]:
    """Return what *answer* counts as."""
    if answer.dropped:
        return [answer.dropped.partition(":")[0]]
    found = ["compared", "unsafe" if answer.refuted else "safe"]
    found += ["with an UNKNOWN"] if answer.unknown else []
    return found + (["wrong"] if answer.wrong else [])


def _line(answer: Answer) -> str:
    """Return *answer* on one line."""
    if answer.dropped:
        return " ".join(answer.dropped.split())[:150]
    told = f"{answer.proved} proved, {answer.refuted} refuted, {answer.unknown} unknown"
    enumerated, solved = answer.seconds
    told += f"; {enumerated:.1f} s enumerated, {solved:.1f} s solved"
    return "; ".join([told, *answer.wrong])
