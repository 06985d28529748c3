"""What answers rest on, as data and as text: the ledger of assumptions, bounds and exceptions."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from enum import Enum

from cecheck.diagnostics import Diagnostic
from cecheck.record import record
from cecheck.report.paint import Paint, plain, shown_path
from cecheck.report.snippet import diagnostic_text
from cecheck.source import Span

# Raised whenever a field changes its meaning or goes away; new fields may appear at any time.
SCHEMA = "cecheck-audit/1"


class Kind(Enum):
    """What an entry is, by the name that ``--deny`` takes."""

    ASSUME = "assume"
    MODEL = "model"
    PLATFORM_FACT = "platform-fact"
    VARIANT = "variant"
    OWN_PLATFORM = "own-platform"
    TRUSTED_CLIENT = "trusted-client"
    HOSTILE_CLIENT = "trusted-hostile-client"
    TRUSTED_DRIVER = "trusted-driver"
    TRUSTED_PROCESS = "trusted-process"
    CLIENT_COUNT = "client-count"
    PARAM = "param"
    MODEL_BOUND = "model-bound"
    REFUTED = "expected-refuted"
    UNKNOWN = "expected-unknown"
    VACUOUS = "vacuous"
    ACCEPTED = "accepted-failure"


MEANINGS: dict[Kind, str] = {
    Kind.ASSUME: "`assume`: runs in which it is false are not looked at",
    Kind.MODEL: "supposed by the model itself, in every specification",
    Kind.PLATFORM_FACT: "a constant of the platform that answers rest on",
    Kind.VARIANT: "a change to the platform: `use platform { ... }`",
    Kind.OWN_PLATFORM: "the specification declares its platform itself",
    Kind.TRUSTED_CLIENT: "callers that are supposed to pass no malicious pointers",
    Kind.HOSTILE_CLIENT: "callers that the platform trusts, looked at as hostile ones too",
    Kind.TRUSTED_DRIVER: "a driver in a process that the platform trusts",
    Kind.TRUSTED_PROCESS: "a process that the platform trusts",
    Kind.CLIENT_COUNT: "so many client threads, and no more",
    Kind.PARAM: "these values, and no others",
    Kind.MODEL_BOUND: "a place where a run may leave the model: its answers are then UNKNOWN",
    Kind.REFUTED: "a refutation that is expected: it does not fail a run",
    Kind.UNKNOWN: "an undecided check that is expected: it does not fail a run",
    Kind.VACUOUS: "a site that can never be reached, accepted",
    Kind.ACCEPTED: "a failure that the baseline accepts",
}


@record
class Entry:
    """One thing that answers rest on: where it is written, and in what words."""

    kind: Kind
    span: Span
    text: str

    @property
    def place(self) -> str:
        """Path, line and column."""
        return str(self.span)


@record
class Audited:
    """What was found in one specification; without *understood* it has errors, a *library* has
    nothing that runs and counts with what uses it."""

    path: str
    entries: tuple[Entry, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    understood: bool = True
    library: bool = False


@record
class Line:
    """An entry, and the specifications that it counts for."""

    entry: Entry
    paths: tuple[str, ...]


def lines(files: Sequence[Audited]) -> tuple[Line, ...]:
    """Return each entry once, by kind and place."""
    found: dict[tuple[Kind, str, str], Entry] = {}
    paths: dict[tuple[Kind, str, str], dict[str, None]] = {}
    for file in files:
        for entry in file.entries:
            key = entry.kind, entry.place, entry.text
            found.setdefault(key, entry)
            paths.setdefault(key, {})[file.path] = None
    kinds = list(Kind)
    told = [Line(entry, tuple(paths[key])) for key, entry in found.items()]
    return tuple(sorted(told, key=lambda one: (kinds.index(one.entry.kind), *_order(one.entry))))


def _order(entry: Entry) -> tuple[str, int, str]:
    return entry.span.source.path, entry.span.start, entry.text


def by_kind(told: Sequence[Line]) -> dict[Kind, list[Line]]:
    """Return *told* under the kinds that occur, in the order of the kinds."""
    return {
        kind: [line for line in told if line.entry.kind is kind]
        for kind in Kind
        if any(line.entry.kind is kind for line in told)
    }


def to_text(files: Sequence[Audited], denied: Collection[Kind], paint: Paint = Paint.PLAIN) -> str:
    """Return the ledger as text that ends in a newline."""
    out = [diagnostic_text(one, paint) for file in files for one in file.diagnostics]
    told = lines(files)
    for kind, some in by_kind(told).items():
        mark = " (denied)" if kind in denied else ""
        out.append(f"{kind.value}{mark}: {MEANINGS[kind]}")
        out += [f"  {shown_path(x.entry.place)}: {plain(x.entry.text)}{_many(x)}" for x in some]
        out.append("")
    out.append(summary(files, denied))
    return "\n".join(out) + "\n"


def _many(line: Line) -> str:
    return f"  ({len(line.paths)} specifications)" if len(line.paths) > 1 else ""


def summary(files: Sequence[Audited], denied: Collection[Kind]) -> str:
    """Return the last line."""
    read = [file for file in files if file.understood and not file.library]
    wrong = sum(not file.understood for file in files)
    told = lines(files)
    parts = [f"{len(told)} entries in {len(read)} specifications"] if read else []
    parts += [f"{wrong} with errors"] if wrong else []
    refused = [f"{len(some)} {k.value}" for k, some in by_kind(told).items() if k in denied]
    parts += [f"denied: {', '.join(refused)}"] if refused else []
    return f"cecheck: {'; '.join(parts) or 'nothing to audit'}"


def to_markdown(files: Sequence[Audited], denied: Collection[Kind]) -> str:
    """Return the ledger as tables of Markdown."""
    out = ["# Assumption ledger", "", summary(files, denied).removeprefix("cecheck: "), ""]
    out += [
        f"* error: {_cell(str(one.span))}: {_cell(one.message)}"
        for file in files
        for one in file.diagnostics
    ]
    for kind, some in by_kind(lines(files)).items():
        mark = " (denied)" if kind in denied else ""
        out += [f"## {kind.value}{mark}", "", f"{MEANINGS[kind]}.", ""]
        out += ["| place | text | specifications |", "|---|---|---|"]
        out += [
            f"| {_cell(x.entry.place)} | {_cell(x.entry.text)} | {_cell(', '.join(x.paths))} |"
            for x in some
        ]
        out.append("")
    return "\n".join(out).rstrip() + "\n"


def _cell(text: str) -> str:
    """Return *text* so that it is only text in a table, whatever it contains."""
    escaped = plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for character in "\\`*_[]|":
        escaped = escaped.replace(character, f"\\{character}")
    return escaped


def to_json(files: Sequence[Audited], denied: Collection[Kind], status: int) -> str:
    """Return the ledger as JSON."""
    data = {
        "schema": SCHEMA,
        "exit_status": status,
        "denied": sorted(kind.value for kind in denied),
        "specifications": [file.path for file in files if file.understood and not file.library],
        "errors": [
            {"code": one.code.number, "place": str(one.span), "message": one.message}
            for file in files
            for one in file.diagnostics
        ],
        "entries": [_data(line, denied) for line in lines(files)],
    }
    return json.dumps(data, indent=2, ensure_ascii=True) + "\n"


def _data(line: Line, denied: Collection[Kind]) -> dict[str, object]:
    entry = line.entry
    row, column = entry.span.source.line_column(entry.span.start)
    place = {"path": entry.span.source.path, "line": row, "column": column}
    return {
        "kind": entry.kind.value,
        "place": place,
        "text": entry.text,
        "denied": entry.kind in denied,
        "specifications": list(line.paths),
    }
