"""All candidate edits of a refuted specification, the smallest first, pairs of edits behind them.

They are guesses about what a driver engineer would do; `repair.search` finds out which are right.
None takes an access away, or what is asked of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

from cecheck.ir.program import CheckKind
from cecheck.record import record
from cecheck.repair.change import Edit, applied, overlap, size
from cecheck.repair.copies import copy_edits
from cecheck.repair.handed import handed_edits
from cecheck.repair.names import Names
from cecheck.repair.pages import STANDARD, STEP, loop_edits, platform_edits, resource_edits
from cecheck.repair.pointers import pointer_edits
from cecheck.repair.rights import rights_edits
from cecheck.repair.scene import Scene, Wrong
from cecheck.repair.sizes import size_edits
from cecheck.repair.threads import thread_edits
from cecheck.repair.tools import tools
from cecheck.repair.tree import Tree
from cecheck.syntax import ast


@record
class Candidate:
    """An edit, the *text* that it makes, and how many lines and tokens it changes.

    *rank* orders candidates before their sizes do.
    """

    name: str
    text: str
    size: tuple[int, int]
    rank: int = 0


def candidates(
    file: ast.File, platform: Iterable[ast.PlatformItem], wrong: Iterable[Wrong]
) -> list[Candidate]:
    """Return what might repair *file*, of which *wrong* was refuted, the smallest first."""
    scene = Scene(Names(Tree(file), tools(platform)), tuple(wrong))
    single = list(_single(scene))
    found: dict[str, Candidate] = {}
    for edits, is_pair in ((single, False), (_together(scene, single), True)):
        for edit in edits:
            new = "" if overlap(edit.changes) else applied(scene.text, edit.changes)
            if new not in ("", scene.text) and new not in found:
                rank = _rank(edit, is_pair)
                found[new] = Candidate(edit.name, new, size(scene.text, new), rank)
    return sorted(found.values(), key=lambda one: (one.rank, one.size))


def _rank(edit: Edit, is_pair: bool) -> int:
    """One idea comes before two; the platform stays as it is given where the driver can change."""
    return 2 if edit.name == STANDARD else int(is_pair)


_POINTERS = (CheckKind.MAPPED, CheckKind.BOUNDS, CheckKind.PAGING, CheckKind.ASSERT)
_RIGHTS = (
    CheckKind.PERMITTED, CheckKind.RESTORED, CheckKind.PRIVILEGE, CheckKind.MAPPED,
    CheckKind.LIVE,
)  # fmt: skip
_THREADS = (CheckKind.LIVE, CheckKind.DMA, CheckKind.PAIRED, CheckKind.MAPPED, CheckKind.RESTORED)


def _single(scene: Scene) -> Iterator[Edit]:
    """Yield the edits that have to do with what was refuted."""
    yield from platform_edits(scene)
    if scene.refuted(CheckKind.BOUNDED):
        yield from loop_edits(scene)
    if scene.refuted(*_POINTERS) or (scene.refuted(CheckKind.PERMITTED) and _in_call(scene)):
        yield from pointer_edits(scene)
        yield from size_edits(scene)
        yield from copy_edits(scene)
        yield from handed_edits(scene)
    if scene.refuted(*_RIGHTS):
        yield from rights_edits(scene)
    if scene.refuted(*_THREADS):
        yield from thread_edits(scene)
    if scene.refuted(CheckKind.DMA, CheckKind.PAIRED, CheckKind.LIVE):
        yield from resource_edits(scene)


def _in_call(scene: Scene) -> bool:
    """Tell whether something was refuted on the thread of a caller: rights come with the call."""
    return any(isinstance(routine, ast.Entry) for routine in scene.routine_of_wrong())


_MOST_PAIRS = 60


def _fit(one: Edit, other: Edit) -> bool:
    """Tell whether both can be made: where they insert at one place, only whole statements."""
    if overlap((*one.changes, *other.changes)):
        return False
    places = {change.start for change in one.changes} & {change.start for change in other.changes}
    both = [c for edit in (one, other) for c in edit.changes if c.start in places]
    return all(c.text.rstrip(" ").endswith("\n") for c in both)


def _together(scene: Scene, single: list[Edit]) -> Iterator[Edit]:
    """Yield pairs of the small edits of different kinds."""
    small = sorted(
        (e for e in single if not overlap(e.changes) and e.name not in (STEP, STANDARD)),
        key=lambda edit: size(scene.text, applied(scene.text, edit.changes)),
    )
    pairs = [
        (one, other)
        for one, other in combinations(small, 2)
        if one.name != other.name and _fit(one, other)
    ]
    for one, other in pairs[:_MOST_PAIRS]:
        yield Edit(f"{one.name}, and {other.name}", (*one.changes, *other.changes))
