"""What cecheck costs: whole processes, medians, as ratios to importing its solvers.

Usage: python tests/bench/bench.py [--runs 5] [--jobs 2] [--part PART ...] [SPEC ...]

Parts: `specs`, each SPEC by itself (those of specs/seed where none is named); `callers`, any number
against few; `ported`, one protocol on each platform; `corpus`, all of specs/ once cold and once
warm; `phases`, where the time of the first SPEC goes.

Every figure comes from one run on one machine; machines differ, ratios travel better.  Peak memory
is that of the whole process tree, sampled.  To measure what users get, run it with the Python of an
environment that `pip install .` has filled: pip compiles what it installs, the solvers too.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

IMPORTS = [sys.executable, "-c", "import z3, cvc5, lark"]
ROOT = Path(__file__).resolve().parents[2]
SEED = ROOT / "specs" / "seed"

WIDE = re.compile(r"^platform \w+ : u64", re.MULTILINE)
CALLERS = (ROOT / "specs" / "ce5" / "camera.ce").read_text()


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--part", choices=sorted(PARTS), action="append")
    parser.add_argument("specs", nargs="*", help="files to time one by one (default: specs/seed)")
    options = parser.parse_args()
    base = median(IMPORTS, options.runs)
    print(f"import z3, cvc5, lark: {base.seconds:.3f} s (median of {options.runs})")
    for part in options.part or ["specs", "ported", "callers", "phases"]:
        PARTS[part](base, options)


class Sample:
    """A measured command: seconds, and the peak memory of its process tree in MB."""

    def __init__(self, seconds: float, memory: float) -> None:
        self.seconds = seconds
        self.memory = memory


def command(paths: list[str], jobs: int, *extra: str) -> list[str]:
    """Return the command line that verifies *paths*."""
    # What it costs cold; the search for a repair takes as long as it may.
    asked = ["verify", "--no-cache", "--no-suggest", "--jobs", str(jobs), *extra, *paths]
    return [sys.executable, "-m", "cecheck", *asked]


def row(name: str, paths: list[str], base: Sample, options: argparse.Namespace) -> Sample:
    """Time one command, print its line, and return it."""
    cost = median(command(paths, options.jobs), options.runs)
    ratio = cost.seconds / base.seconds
    print(f"{name:42} {cost.seconds:7.3f} s {ratio:7.1f}x {cost.memory:6.0f} MB", flush=True)
    return cost


def one_by_one(base: Sample, options: argparse.Namespace) -> None:
    """Time each specification by itself."""
    for spec in named(options):
        row(spec.name, [str(spec)], base, options)


def named(options: argparse.Namespace) -> list[Path]:
    """Return the specifications that are named, or those of specs/seed."""
    return [Path(path) for path in options.specs] or sorted(SEED.glob("*.ce"))


def ported(base: Sample, options: argparse.Namespace) -> None:
    """Compare the platforms by the protocol that all have: the right form and the wrong one."""
    found: dict[str, list[float]] = {}
    for spec in sorted((ROOT / "specs" / "ported").glob("*.ce")):
        cost = row(spec.name, [str(spec)], base, options)
        found.setdefault(spec.name.split("_")[1], []).append(cost.seconds)
    each = {name: statistics.mean(seconds) for name, seconds in found.items()}
    wide = {name: WIDE.search((ROOT / "models" / f"{name}.ce").read_text()) for name in each}
    narrow = statistics.mean(seconds for name, seconds in each.items() if not wide[name])
    for name, seconds in each.items():
        bits = 64 if wide[name] else 32
        print(f"{name}, {bits} bits: {seconds / narrow:.2f}x the mean of the 32-bit platforms")
    mean = statistics.mean(seconds for name, seconds in each.items() if wide[name])
    print(f"64-bit platforms: {mean / narrow:.2f}x")


def corpus(base: Sample, options: argparse.Namespace) -> None:
    """Verify all of specs/ with an empty cache, and once more with what that has left there."""
    specs = ROOT / "specs"
    count = sum(1 for _ in specs.rglob("*.ce"))
    with tempfile.TemporaryDirectory() as cache:
        line = [sys.executable, "-m", "cecheck", "verify", "--jobs", str(options.jobs), str(specs)]
        os.environ["CECHECK_CACHE_DIR"] = cache
        cold, warm = timed(line), timed(line)
        del os.environ["CECHECK_CACHE_DIR"]
    for name, seconds in (("cold", cold), ("warm", warm)):
        each = seconds / count / base.seconds
        print(f"{count} specifications, {name}: {seconds:.1f} s, {each:.2f}x imports for each")
    print(f"warm: {warm / cold:.2f} of cold")


def callers(base: Sample, options: argparse.Namespace) -> None:
    """Compare any number of callers with few: App[*], App[1], and App[4] as concrete threads."""
    with tempfile.TemporaryDirectory() as folder:
        for count, extra in (("1", ()), ("*", ()), ("4", ("--engine", "spacer"))):
            spec = Path(folder) / f"camera_{'any' if count == '*' else count}.ce"
            spec.write_text(CALLERS.replace("App[*]", f"App[{count}]"))
            cost = median(command([str(spec)], options.jobs, *extra), options.runs)
            ratio = cost.seconds / base.seconds
            print(f"camera, App[{count}] {' '.join(extra):20} {cost.seconds:7.3f} s {ratio:7.1f}x")


def phases(_: Sample, options: argparse.Namespace) -> None:
    """Print where the time of one specification goes."""
    spec = named(options)[0]
    line = command([str(spec)], options.jobs, "--format", "json")
    told = json.loads(subprocess.run(line, capture_output=True, text=True, check=False).stdout)
    print(f"where the time of {spec.name} goes:")
    for name, seconds in told["files"][0]["seconds"].items():
        print(f"    {name:20} {seconds:6.3f} s")


def median(line: list[str], runs: int) -> Sample:
    """Return the median time of *runs* runs, and the peak memory of one more.

    Watching memory takes time of its own, so the runs that are timed are not watched.
    """
    seconds = statistics.median(timed(line) for _ in range(runs))
    return Sample(seconds, peak(line))


def timed(line: list[str]) -> float:
    """Run one command; return its seconds."""
    start = time.perf_counter()
    subprocess.run(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return time.perf_counter() - start


def peak(line: list[str]) -> float:
    """Run one command, watching its process tree; return the most memory it had, in MB."""
    process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    most = [0.0]
    stop = threading.Event()
    watcher = threading.Thread(target=watch, args=(process.pid, most, stop))
    watcher.start()
    process.wait()
    stop.set()
    watcher.join()
    return most[0]


def watch(root: int, peak: list[float], stop: threading.Event) -> None:
    """Keep the highest memory of the tree under *root* in *peak*."""
    while not stop.wait(0.03):
        peak[0] = max(peak[0], sum(resident(pid) for pid in tree(root)))


def tree(root: int) -> list[int]:
    """Return *root* and its descendants."""
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        try:
            tasks = os.listdir(f"/proc/{pid}/task")
            for task in tasks:
                text = Path(f"/proc/{pid}/task/{task}/children").read_text()
                waiting += map(int, text.split())
        except OSError:
            continue
    return found


def resident(pid: int) -> float:
    """Return the memory of one process in MB: its own, and its share of what is shared."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0


PARTS = {
    "specs": one_by_one, "ported": ported, "callers": callers, "corpus": corpus, "phases": phases,
}  # fmt: skip

if __name__ == "__main__":
    main()
