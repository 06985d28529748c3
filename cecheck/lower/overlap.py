"""Words that are read or written in part: little-endian, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cecheck.ir.build import binary, eq, ite, low_bits, word, zero_extend
from cecheck.ir.expr import BinaryOp, Expr


def overwritten(old: Expr, new: Expr, behind: Expr) -> Expr:
    """Return what is in the place of *old* once *new* was written there.

    *behind* is how many bytes the place of *new* lies behind that of *old*, modulo the range of
    addresses; both are words of whole bytes.
    """
    result = old
    for number in range(1 - new.sort.width // 8, old.sort.width // 8):
        result = ite(eq(behind, _at(number, behind)), _merged(old, new, number), result)
    return result


def parts(whole: Expr, width: int, behind: Expr) -> Iterator[tuple[Expr, Expr]]:
    """Yield each word of *width* bits inside *whole*, and when it is the one that lies *behind*
    bytes behind the start of *whole*."""
    for number in range((whole.sort.width - width) // 8 + 1):
        moved = binary(BinaryOp.LSHR, whole, word(8 * number, whole.sort.width))
        yield eq(behind, _at(number, behind)), low_bits(moved, width)


def _at(number: int, behind: Expr) -> Expr:
    return word(number % (1 << behind.sort.width), behind.sort.width)


def _merged(old: Expr, new: Expr, number: int) -> Expr:
    """Return *old* with the bytes that *new* has in it, *number* bytes behind its start."""
    width, wide = old.sort.width, max(old.sort.width, new.sort.width)
    mask = ((1 << new.sort.width) - 1) << 8 * number if number >= 0 else (
        ((1 << new.sort.width) - 1) >> -8 * number
    )  # fmt: skip
    mask &= (1 << width) - 1
    op = BinaryOp.SHL if number >= 0 else BinaryOp.LSHR
    moved = binary(op, zero_extend(new, wide), word(8 * abs(number), wide))
    kept = binary(BinaryOp.AND_BITS, old, word(((1 << width) - 1) ^ mask, width))
    put = binary(BinaryOp.AND_BITS, low_bits(moved, width), word(mask, width))
    return binary(BinaryOp.OR_BITS, kept, put)


def spliced(old: Expr, new: Expr, copied: Sequence[Expr]) -> Expr:
    """Return the word whose byte number *n* is that of *new* where *copied[n]*, else of *old*."""
    width = old.sort.width
    mask: Expr = word(0, width)
    for number, holds in enumerate(copied):
        byte = ite(holds, word(0xFF << 8 * number, width), word(0, width))
        mask = binary(BinaryOp.OR_BITS, mask, byte)
    differ = binary(BinaryOp.AND_BITS, binary(BinaryOp.XOR_BITS, old, new), mask)
    return binary(BinaryOp.XOR_BITS, old, differ)
