"""Whether bytes are where a well-behaved caller meant them to be (semantics 3.3)."""

from __future__ import annotations

from cecheck.ir.build import ne, not_, or_
from cecheck.ir.expr import FALSE, Expr
from cecheck.lower.arithmetic import moved_back
from cecheck.lower.pure import Pure
from cecheck.lower.values import scalar


def is_elsewhere(pure: Pure, owner: Expr, byte: Expr, number: Expr, meant: Expr) -> Expr:
    """Return that *byte* is not in the memory of *owner*, *number* bytes behind where *meant* is:
    it lands elsewhere, or under the same address the thread has memory of somebody else."""
    landed, nowhere = pure.hook_value("translate", [byte])
    wrong = or_(nowhere, ne(moved_back(scalar(landed), number), meant))
    if pure.world.lands_with_its_owner:
        return wrong
    owned = or_(pure.hook("owns", [owner, byte, FALSE]), pure.unknown.skip)
    return or_(wrong, not_(owned))
