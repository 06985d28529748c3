"""What a run was asked to do: one frozen value, passed as an argument, never global."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Format(Enum):
    """How the result is written to standard output."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"
    MARKDOWN = "markdown"
    GITHUB = "github"
    ITF = "itf"
    HTML = "html"


class Engine(Enum):
    """Which engine answers; AUTO is all of them, in rounds."""

    AUTO = "auto"
    HOUDINI = "houdini"
    SPACER = "spacer"
    BMC = "bmc"


class Second(Enum):
    """Which solver confirms proofs besides Z3."""

    CVC5 = "cvc5"
    BITWUZLA = "bitwuzla"


class Telling(Enum):
    """Which steps of a refutation are told: what matters, all, or only what changes."""

    STORY = "story"
    FULL = "full"
    DIFF = "diff"


class Color(Enum):
    """Whether the text is coloured; AUTO asks the terminal and the environment."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of ``cecheck verify``.

    No *paths* is the current folder; *only* holds names of checks, none is all.  *timeout* is
    the wall time in seconds that one specification may take, *deadline* when that is over, once it
    has begun (in seconds of `time.monotonic`), *rlimit* the solver's resource
    units of the first round (later rounds get more).  *accepted_vacuous* names sites that may be
    unreachable, *baseline* the file of failures that are accepted.
    *shard* is (number from 1, how many), *changed_since* a revision of git.
    *show_invariant* tells the whole invariant of each proof, *verbose* all of every specification.
    *second* is the solver that confirms proofs besides Z3.
    *executor* is where specifications are verified: ``local``, or ``dask://host:port``.
    *trace* is which steps of a refutation are told, *out* the files that reports are written to,
    *certificates* the folder for those of all proofs, *cache* that of earlier evidence, if any.
    *suggest* looks for repairs of what is refuted, for up to *suggest_budget* seconds of wall time
    in a run.  *all_or_nothing* is for trials: where something is not proved at the first attempt,
    nothing else is asked.
    """

    paths: tuple[str, ...] = ()
    format: Format = Format.TEXT
    only: tuple[str, ...] = ()
    timeout: float = 240.0
    deadline: float | None = None
    rlimit: int = 200_000_000
    jobs: int = 1
    executor: str = "local"
    engine: Engine = Engine.AUTO
    second: Second = Second.CVC5
    reduce: bool = True
    color: Color = Color.AUTO
    trace: Telling = Telling.STORY
    out: tuple[str, ...] = ()
    exit_zero: bool = False
    accepted_vacuous: tuple[str, ...] = ()
    verbose: bool = False
    show_invariant: bool = False
    baseline: str | None = None
    shard: tuple[int, int] | None = None
    changed_since: str | None = None
    suggest: bool = True
    suggest_budget: float = 60.0
    all_or_nothing: bool = False
    certificates: str | None = None
    cache: str | None = None


class UsageError(Exception):
    """The command cannot be carried out as it was given: a path that is not there, and the like."""


class Terminated(KeyboardInterrupt):
    """The run is to end now, by a signal and not by somebody at a keyboard."""
