"""Certificates of small specifications, as `verify --certificates` would write them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from verdicts import driver

from cecheck.certify.document import Document, from_text, to_text
from cecheck.options import Options
from cecheck.pipeline import verified
from cecheck.recheck import Demand, certified
from cecheck.report.certified import Certified
from cecheck.source import Source

SPECS = Path(__file__).parent.parent / "specs"
NESTED = (SPECS / "seed" / "s02_nested_mapped.ce").read_text("utf-8")
UNMAPPED = (SPECS / "seed" / "s02_nested_unmapped.ce").read_text("utf-8")
LIST = (SPECS / "seed" / "s17_every_next_mapped.ce").read_text("utf-8")
NEVER = driver(
    """
    ioctl Write(in: user ptr Request sized in_len, in_len: u32) {
        if in == null || in_len < sizeof(Request) { return 0 }
        let n = in_len & 1
        if n > 2 { never: let length = in.length }
        return 0
    }
    """
).replace("expect: proved", "expect: vacuous mapped at never")


def proved(text: str, path: str = "x.ce", **options: Any) -> tuple[Document, ...]:
    """Return the certificates of all proofs about *text*, a specification called *path*."""
    report = verified(Source(path, text), Options(jobs=2, certificates=".", **options))
    assert not report.has_errors, [d.message for d in report.diagnostics]
    return tuple(replace(one, spec=Path(path).name) for one in report.certificates)


def judged(document: Document | str, text: str, folder: Path, **demand: Any) -> Certified:
    """Return what is true of *document*, which lies beside the specification *text*."""
    (folder / "x.ce").write_text(text, encoding="utf-8")
    written = document if isinstance(document, str) else to_text(document)
    (folder / "x.cert.json").write_text(written, encoding="utf-8")
    return certified(str(folder / "x.cert.json"), Demand(str(folder), jobs=2, **demand))


def edited(document: Document, edit: Callable[[dict[str, Any]], None]) -> Document:
    """Return *document* with its certificate changed by *edit*, in the form cecheck writes."""
    data = json.loads(document.certificate)
    edit(data)
    changed = replace(document, certificate=json.dumps(data, separators=(",", ":")))
    assert from_text(to_text(changed)) == changed
    return changed
