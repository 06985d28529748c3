"""What was proved of a specification: where, for what, under which assumptions, and why."""

from __future__ import annotations

from cecheck.ir.program import CheckKind
from cecheck.report.model import FileReport, Finding, Proved, Reach, Refuted
from cecheck.report.paint import Paint, Style, plain

# What there is to say of `cover`; nobody asks in a view where runs end at a refuted site.
_COVERED = {
    Reach.SHOWN: "reached",
    Reach.NOT_SHOWN: "cover",
    Reach.PAST_REFUTATION: "cover (not asked, as runs end at another check)",
}
_LONGEST = 12  # lines of an invariant


def proof_text(file: FileReport, paint: Paint, *, whole: bool = False) -> list[str]:
    """Return the lines about everything that is proved; none where nothing is.

    Unless they are to be *whole*, invariants are shortened, and told only where all is proved.
    """
    proved = [(f, f.verdict) for f in file.findings if isinstance(f.verdict, Proved)]
    if not proved:
        return _listed("assuming", file.assumptions)
    lines = ["", f"  {paint(Style.GOOD, 'proved')}{_reservation(file, proved)}"]
    lines += [f"    {plain(site)}: {', '.join(kinds)}" for site, kinds in _sites(file).items()]
    lines += _listed("for", file.scope)
    lines += _listed("assuming", file.assumptions)
    if whole or len(proved) == len(file.findings):
        for title, invariant in _invariants(proved, whole):
            lines += _listed(f"carried by ({title})", invariant)
    certified = sorted({solver for _, verdict in proved for solver in verdict.certified_by})
    engines = sorted({verdict.engine for _, verdict in proved})
    return [*lines, f"  certified by {' and '.join(certified)}; found by {', '.join(engines)}"]


def _reservation(file: FileReport, proved: list[tuple[Finding, Proved]]) -> str:
    if not any(verdict.until_refuted for _, verdict in proved):
        return ""
    is_refuted = any(isinstance(finding.verdict, Refuted) for finding in file.findings)
    return " until the refuted site" if is_refuted else " until a site that was not pursued"


def _sites(file: FileReport) -> dict[str, list[str]]:
    """Return the checks proved at each site; a view is named where the other is not proved."""
    doubtful = {(f.site.name, f.kind) for f in file.findings if not isinstance(f.verdict, Proved)}
    sites: dict[str, list[str]] = {}
    for finding in file.findings:
        verdict = finding.verdict
        if not isinstance(verdict, Proved):
            continue
        kinds = sites.setdefault(finding.site.name, [])
        kind = _COVERED[verdict.reach] if finding.kind is CheckKind.COVER else finding.kind.value
        if (finding.site.name, finding.kind) in doubtful:
            kind += f" ({finding.view.value} view)"
        if verdict.measure:
            kind += f" ({', '.join(map(plain, verdict.measure))} becomes smaller in each round)"
        if verdict.reach is Reach.NOT_SHOWN:
            kind += " (no run was found that reaches it)"
        if kind not in kinds:
            kinds.append(kind)
    return sites


def _invariants(
    proved: list[tuple[Finding, Proved]], whole: bool
) -> list[tuple[str, tuple[str, ...]]]:
    """Return the invariants with what they are for: each, or one for each view."""
    carried = [(f.view.value, v) for f, v in proved if v.invariant]
    if not whole:
        last = {f"{view} view": v.invariant for view, v in carried if not v.measure}
        return [(title, _shortened(lines)) for title, lines in last.items()]
    ends = {True: " view, for loops to end", False: " view"}
    each = dict.fromkeys((view + ends[bool(v.measure)], v.invariant) for view, v in carried)
    return list(each)


def _shortened(lines: tuple[str, ...]) -> tuple[str, ...]:
    if len(lines) <= _LONGEST:
        return lines
    return (*lines[:_LONGEST], f"and {len(lines) - _LONGEST} more (--show-invariant tells all)")


def _listed(title: str, items: tuple[str, ...]) -> list[str]:
    if not items:
        return []
    return [f"  {title}", *(f"    {plain(item)}" for item in items)]
