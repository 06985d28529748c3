"""Which of the named specifications a run is about: one shard of them, those that changed."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Collection, Sequence
from pathlib import Path

from cecheck import paths
from cecheck.config import FILE, SHARED_FILE
from cecheck.diagnostics import Diagnostic
from cecheck.inputs import STDIN
from cecheck.options import Options, UsageError
from cecheck.reading import read
from cecheck.record import record
from cecheck.syntax import ast
from cecheck.syntax.parse import parse
from cecheck.syntax.uses import joined, used


def selected(named: Sequence[str], options: Options) -> tuple[str, ...]:
    """Return those of *named* that *options* are about, in the same order."""
    chosen = tuple(named)
    if options.shard is not None:
        index, count = options.shard
        chosen = tuple(path for path in chosen if shard_of(path, count) == index)
    if options.changed_since is not None and chosen:
        chosen = changed(chosen, options.changed_since, options.baseline)
    return chosen


def shard_of(path: str, count: int) -> int:
    """Return in which of *count* shards the specification is, from 1: a matter of its name alone.

    The name is the path from the current folder, so that every machine finds the same.
    """
    name = os.path.relpath(path).replace(os.sep, "/")
    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()
    return int.from_bytes(digest[:8], "big") % count + 1


@record
class _State:
    """What git says: files by their real paths that are as they were, and those that are not."""

    top: Path
    unchanged: frozenset[str]
    changed: frozenset[str]


def changed(named: Sequence[str], revision: str, baseline: str | None = None) -> tuple[str, ...]:
    """Return those of *named* that may answer otherwise than at *revision*.

    These are all that changed, use a file or a platform that did, or cannot be told: what git does
    not follow, what cannot be read.  Without git, or such a commit, that is a usage error.
    """
    state = _state(revision)
    if _concerns_all(state.changed, baseline):
        return tuple(named)
    return tuple(path for path in named if not _is_as_it_was(path, state))


def _state(revision: str) -> _State:
    top = _git("is not in a git repository", "rev-parse", "--show-toplevel")[0]
    commit = _git(
        f"git knows no commit `{revision}`; a shallow clone may have to fetch it",
        "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}",
    )[0]  # fmt: skip
    failed = "git cannot say what has changed"
    differing = ("diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", commit, "--")
    told = _git(failed, "-C", top, *differing)
    others = _git(failed, "-C", top, "ls-files", "-z", "--others", "--exclude-standard")
    followed = _git(failed, "-C", top, "ls-files", "-z")
    place = os.path.realpath(top)
    new = frozenset(os.path.join(place, name) for name in (*told, *others))
    known = frozenset(os.path.join(place, name) for name in followed)
    return _State(Path(place), known - new, new)


def _git(failed: str, *arguments: str) -> list[str]:
    """Return what git answers, part by part; *failed* is what its failure means."""
    # No program of the repository's choice is run for a question.
    command = ["git", "-c", "core.fsmonitor=false", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    except OSError as error:
        raise UsageError(f"--changed-since needs git: {error.strerror}") from error
    except ValueError as error:  # a zero byte
        raise UsageError(f"--changed-since: {failed}") from error
    if done.returncode != 0:
        raise UsageError(f"--changed-since: {failed}")
    text = os.fsdecode(done.stdout)
    return text.removesuffix("\0").split("\0") if "\0" in text else [text.removesuffix("\n")]


def _concerns_all(new: Collection[str], baseline: str | None) -> bool:
    """Tell whether what changed may matter to every specification: settings, links."""
    here = Path(os.path.realpath("."))
    places = (here, *here.parents)
    settings = {str(place / name) for place in places for name in (FILE, SHARED_FILE)}
    if baseline is not None:
        settings.add(os.path.realpath(baseline))
    return not settings.isdisjoint(new) or any(os.path.islink(path) for path in new)


def _is_as_it_was(path: str, state: _State) -> bool:
    """Tell whether *path*, and all that it uses, is unchanged for sure."""
    source = None if path == STDIN else read(path)
    file = parse(source)[0] if source is not None and not isinstance(source, Diagnostic) else None
    files = used(file) if file is not None else None
    whole = joined(file)[0] if file is not None else None
    if whole is None or files is None:
        return False
    link = os.path.join(os.path.realpath(os.path.dirname(path) or "."), os.path.basename(path))
    needed = {os.path.realpath(path), link, *files, *_platforms(whole, state.top)}
    return needed <= state.unchanged


def _platforms(file: ast.File, top: Path) -> list[str]:
    """Return the shipped platforms that *file* uses, where they belong to the same repository."""
    names = [item.target.text for item in file.items if isinstance(item, ast.Use)]
    found = [Path(os.path.realpath(paths.MODELS / f"{name}.ce")) for name in names]
    return [str(path) for path in found if path.is_file() and path.is_relative_to(top)]
