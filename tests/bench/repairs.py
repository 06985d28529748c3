"""For how many of the wrong forms in specs/ a repair is found, and in how long.

Usage: python tests/bench/repairs.py [--budget 60] [--jobs 1] [--diff] [SPEC ...]

A wrong form is a file of which a refutation is expected.  Each is verified as it is, then repaired.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from cecheck.options import Options
from cecheck.pipeline import verified
from cecheck.repair.search import repair_of
from cecheck.source import Source

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--budget", type=float, default=Options.suggest_budget)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--diff", action="store_true", help="show what was found")
    parser.add_argument("specs", nargs="*", help="files to repair (default: all wrong forms)")
    given = parser.parse_args()
    options = Options(jobs=given.jobs, suggest_budget=given.budget)
    specs = [Path(p) for p in given.specs] or wrong_forms()
    found = sum(row(spec, options, given.diff) for spec in specs)
    print(f"{found} of {len(specs)}: {100 * found / max(len(specs), 1):.0f} %")


def wrong_forms() -> list[Path]:
    """Return the specifications of which a refutation is expected."""
    files = sorted((ROOT / "specs").rglob("*.ce"))
    return [file for file in files if "\n// expect: refuted" in f"\n{file.read_text()}"]


def row(spec: Path, options: Options, shows_diff: bool) -> bool:
    """Print what repairs *spec*; return whether anything does."""
    report = verified(Source(spec.name, spec.read_text()), options)
    begun = time.monotonic()
    repair = repair_of(report, options)
    seconds = time.monotonic() - begun
    what = f"{repair.name} (after {repair.tried})" if repair else "none"
    print(f"{spec.stem:38} {seconds:6.1f} s  {what}", flush=True)
    if repair and shows_diff:
        changed = [line for line in repair.diff[3:] if line[:1] in "+-"]
        print("\n".join(f"    {line}" for line in changed), flush=True)
    return repair is not None


if __name__ == "__main__":
    main()
