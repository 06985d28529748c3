"""Verify a specification given as text, all stages included; for tests of meaning."""

from __future__ import annotations

from cecheck.options import Options
from cecheck.pipeline import verified
from cecheck.report.model import FileReport, Finding
from cecheck.source import Source

REQUEST = """
struct Request {
    length : u32
    buffer : user ptr u8[length]
}
"""


def driver(items: str, client: str = "App[*] : untrusted calls Sample.Write", use: str = "") -> str:
    """Return a specification with one driver, `Sample`, that has *items*."""
    body = f"{REQUEST}\ndriver Sample {{{items}}}\nclient {client}\n"
    return f"// expect: proved\nuse ce5 {use}\n{body}"


def report(text: str, **options: object) -> FileReport:
    """Return everything about a specification."""
    found = verified(Source("test.ce", text), Options(jobs=2, **options))  # type: ignore[arg-type]
    assert not found.has_errors, [d.message for d in found.diagnostics]
    return found


def answers(text: str, **options: object) -> dict[tuple[str, str], set[str]]:
    """Return, per check and site, the verdicts of all views."""
    found: dict[tuple[str, str], set[str]] = {}
    for finding in report(text, **options).findings:
        found.setdefault((finding.kind.value, finding.site.name), set()).add(_word(finding))
    return found


def says(found: set[str], answer: str) -> bool:
    """Return whether the verdicts *found* are *answer*: proved in every view, else in one."""
    return found == {"proved"} if answer == "proved" else answer in found


def _word(finding: Finding) -> str:
    return type(finding.verdict).__name__.lower()
