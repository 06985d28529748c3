"""Whether what the runs have shown is what the first lines of a file expect (language, M5)."""

from __future__ import annotations

from dataclasses import dataclass

from cecheck.ir.program import CheckKind, Site, View
from cecheck.sema import typed as t
from cecheck.syntax.ast import Expectation
from oracle.explore import Findings
from oracle.live import nodes


@dataclass(frozen=True)
class Row:
    """The enumerated verdict of one check at one site in one view."""

    check: CheckKind
    site: str
    view: View
    refuted: bool


def rows(findings: list[Findings]) -> set[Row]:
    """Return every refuted row, and for each site that was reached what was not refuted."""
    asked = (CheckKind.MAPPED, CheckKind.BOUNDS, CheckKind.PERMITTED, CheckKind.LIVE)
    asked += (CheckKind.PRIVILEGE, CheckKind.PAGING, CheckKind.PAIRED, CheckKind.DMA)
    bad = {(kind, site.name, one.view) for one in findings for kind, site in one.found}
    sites = {(site, one.view) for one in findings for site in one.reached}
    good = {
        (kind, site.name, view)
        for site, view in sites
        for kind in ([CheckKind.RESTORED] if site.offset == 0 else asked)
    }
    return {Row(*key, True) for key in bad} | {Row(*key, False) for key in good - bad}


def disagreements(spec: t.Spec, findings: list[Findings]) -> list[str]:
    """Return what the file expects and the runs do not show; nothing is agreement."""
    lines, ends = spec.expectations, {site.name for one in findings for site in one.reached}
    refuted = [row for row in rows(findings) if row.refuted]
    wrong = [f"not met: {_words(line)}" for line in lines if not _met(line, refuted)]
    wrong += [f"unsure whether it ends: {site.name}" for one in findings for site in one.unsure]
    wrong += [f"no end: {test.name}" for test in spec.tests if test.name.split()[-1] not in ends]
    if any(line.check and not line.site for line in lines):
        return wrong
    named = {line.site for line in lines if line.site}
    wrong += [
        f"not expected: {row.check.value} at {row.site}, {row.view.value}"
        for row in refuted
        if row.site not in named
    ]
    if not any(line.answer == "refuted" for line in lines):
        wrong += [f"vacuous: {site}" for site in _unreached(spec, findings)]
    return wrong


def _met(line: Expectation, refuted: list[Row]) -> bool:
    hits = [
        row
        for row in refuted
        if (line.check in (None, row.check.value))
        and (line.site in (None, row.site))
        and (line.view in (None, row.view.value))
    ]
    return bool(hits) if line.answer == "refuted" else line.answer == "proved" and not hits


def _words(line: Expectation) -> str:
    site = f"at {line.site}" if line.site else None
    return " ".join(word for word in (line.answer, line.check, site, line.view) if word)


def sites(spec: t.Spec) -> set[Site]:
    """Return the sites of the accesses in the entries that clients call and in threads."""
    called = {target for client in spec.clients for target in client.targets}
    bodies = [
        entry.body
        for driver in spec.drivers
        for entry in driver.entries
        if (driver.name, entry.name) in called
    ] + [own.body for driver in spec.drivers for own in driver.threads]
    return {
        node.site
        for body in bodies
        for node in nodes(body)
        if isinstance(node, t.FieldTarget | t.ElementTarget | t.RangeTarget)
    }


def _unreached(spec: t.Spec, findings: list[Findings]) -> list[str]:
    """Return the sites that no well-behaved caller reaches (semantics 4.4)."""
    got = {s.offset for one in findings if one.view is View.WELL_BEHAVED for s in one.reached}
    return [str(site) for site in sites(spec) if site.span.start not in got]
