"""Which printer writes which format, and which endings of files mean it."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from cecheck.options import Format
from cecheck.report.model import Report

ENDINGS: dict[str, Format] = {  # the first that fits
    ".itf.json": Format.ITF,
    ".json": Format.JSON,
    ".sarif": Format.SARIF,
    ".xml": Format.JUNIT,
    ".md": Format.MARKDOWN,
    ".html": Format.HTML,
    ".txt": Format.TEXT,
}


def format_of(path: str) -> Format | None:
    """Return what a file of that name holds, if its ending says so."""
    found = (format_ for ending, format_ in ENDINGS.items() if path.lower().endswith(ending))
    return next(found, None)


def printer(format_: Format) -> Callable[[Report], str]:
    """Return what writes a report in *format_*; only that one is loaded."""
    render: Callable[[Report], str] = import_module(f"cecheck.report.to_{format_.value}").render
    return render
