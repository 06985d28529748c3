"""Pictures of memory as positions: where on the page each region and the failing access stand.

Addresses are not to scale, or nothing would be seen of a few bytes among four gigabytes.  All
pictures of a story share one scale, so that what moves on the page moves in memory.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from cecheck.record import record
from cecheck.report.model import Picture, Region
from cecheck.report.paint import plain

_ROW = 40.0  # the least height of a region: two lines of text
_MOST_MARKS = 40  # so many addresses of accesses get room of their own
_DECIMAL = 10_000  # numbers of bytes below are written in decimal
_MOST_BITS = 40  # beyond this many, a larger part of memory is not drawn any larger


@record
class _Scale:
    """*edges* are addresses in order, *tops* how far down the page each stands, in pixels."""

    edges: tuple[int, ...]
    tops: tuple[float, ...]

    def __call__(self, address: int) -> float:
        """Return how far down *address* stands."""
        number = bisect_right(self.edges, address) - 1
        if number < 0:
            return self.tops[0]
        if number >= len(self.edges) - 1:
            return self.tops[-1]
        start, end = self.edges[number], self.edges[number + 1]
        share = (address - start) / (end - start)
        return self.tops[number] + share * (self.tops[number + 1] - self.tops[number])


def laid_out(pictures: Sequence[Picture]) -> dict[str, Any] | None:
    """Return *pictures* as data with positions in pixels, the lowest address on top.

    None where there is nothing to draw.
    """
    drawn = [picture for picture in pictures if picture.regions]
    if not drawn:
        return None
    scale = _scale(drawn)
    owners = list(dict.fromkeys(region.who for picture in drawn for region in picture.regions))
    return {
        "height": scale.tops[-1],
        "pictures": [_picture(picture, scale, owners) for picture in drawn],
    }


def _scale(pictures: Sequence[Picture]) -> _Scale:
    regions = {region for picture in pictures for region in picture.regions}
    marks = {mark for picture in pictures for mark in _marks(picture)}
    ends = {edge for region in regions for edge in (region.start, region.last + 1)}
    edges = sorted(ends | (marks if len(marks) <= _MOST_MARKS else set()))
    parts = list(pairwise(edges))
    heights = [_height(start, end, regions) for start, end in parts]
    for region in regions:
        inside = [n for n, (start, _) in enumerate(parts) if region.start <= start <= region.last]
        missing = _ROW - sum(heights[number] for number in inside)
        for number in inside if missing > 0 else ():
            heights[number] += missing / len(inside)
    tops = [0.0]
    for height in heights:
        tops.append(tops[-1] + height)
    return _Scale(tuple(edges), tuple(round(top, 1) for top in tops))


def _marks(picture: Picture) -> set[int]:
    """Return the addresses that an access is about."""
    marks = {address for address in (picture.pointer, picture.lands) if address is not None}
    if picture.pointer is not None and picture.count:
        marks.add(picture.pointer + picture.count)
    return marks | {mark + 1 for mark in marks if mark == picture.lands}


def _height(start: int, end: int, regions: set[Region]) -> float:
    bits = min((end - start).bit_length(), _MOST_BITS)
    is_covered = any(region.start <= start <= region.last for region in regions)
    return 14 + 1.4 * bits if is_covered else 8 + 0.5 * bits


def _picture(picture: Picture, scale: _Scale, owners: Sequence[str]) -> dict[str, Any]:
    levels = _levels(picture.regions)
    return {
        "step": picture.step,
        "thread": plain(picture.thread),
        "regions": [
            {
                "name": plain(region.name),
                "who": plain(region.who) if region.who != region.name else "",
                "held": [plain(name) for name, value in picture.rights if _names(value, region)],
                "range": f"{region.start:#x} .. {region.last:#x}",
                "top": scale(region.start),
                "height": round(scale(region.last + 1) - scale(region.start), 1),
                "level": level,
                "color": owners.index(region.who),
            }
            for region, level in zip(picture.regions, levels, strict=True)
        ],
        "rights": [[plain(name), plain(value)] for name, value in picture.rights],
        "access": _access(picture, scale),
        "lands": _lands(picture, scale),
        "said": plain(_said(picture)),
    }


def _names(value: str, region: Region) -> bool:
    """Return whether the value of a right is the owner of *region*, or a set that has it."""
    members = value[1:-1].split(", ") if value.startswith("{") else [value]
    return region.who in members


def _levels(regions: Sequence[Region]) -> list[int]:
    """Return how far each region is indented: by one for each earlier one that it overlaps."""
    return [
        sum(other.start <= region.last and region.start <= other.last for other in regions[:number])
        for number, region in enumerate(regions)
    ]


def _access(picture: Picture, scale: _Scale) -> dict[str, Any] | None:
    if picture.pointer is None:
        return None
    top = scale(picture.pointer)
    end = scale(picture.pointer + (picture.count or 1))
    return {
        "top": top,
        "height": max(round(end - top, 1), 2),
        "address": f"{picture.pointer:#x}",
        "count": "" if picture.count is None else _bytes(picture.count),
    }


def _lands(picture: Picture, scale: _Scale) -> dict[str, Any] | None:
    if picture.lands is None:
        return None
    which = "" if picture.byte is None else f"byte {_number(picture.byte)}: "
    return {"top": scale(picture.lands), "address": f"{which}{picture.lands:#x}"}


def _said(picture: Picture) -> str:
    """Return the picture in words, for who cannot see it."""
    there = "; ".join(f"{r.start:#x} to {r.last:#x} {_called(r)}" for r in picture.regions)
    text = f"Memory as {picture.thread} sees it after step {picture.step}: {there}."
    if picture.pointer is not None:
        size = "" if picture.count is None else f" and reaches {_bytes(picture.count)}"
        text += f" The access begins at {picture.pointer:#x}{size}."
    if picture.lands is not None:
        which = "It" if picture.byte is None else f"Byte {_number(picture.byte)}"
        text += f" {which} lands at {picture.lands:#x}."
    return text


def _called(region: Region) -> str:
    return region.name if region.name == region.who else f"{region.name}, {region.who}"


def _bytes(count: int) -> str:
    return "1 byte" if count == 1 else f"{_number(count)} bytes"


def _number(value: int) -> str:
    return str(value) if value < _DECIMAL else f"{value:#x}"
