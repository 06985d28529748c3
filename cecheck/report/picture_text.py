"""The picture of memory at the failing point in letters: who is where, and what lands there."""

from __future__ import annotations

from collections.abc import Iterator

from cecheck.report.model import Picture, Region, Story
from cecheck.report.paint import plain


def picture_text(story: Story) -> list[str]:
    """Return the lines of the last picture of *story*; none if it has no pointer."""
    if not story.pictures or story.pictures[-1].pointer is None:
        return []
    picture = story.pictures[-1]
    rows = sorted([*_regions(picture), *_outside(picture)])
    width = max(len(who) for _, _, who, _ in rows)
    return [
        "  memory",
        *(f"    {where}  {who:<{width}}  {mark}".rstrip() for _, where, who, mark in rows),
    ]


def _regions(picture: Picture) -> Iterator[tuple[int, str, str, str]]:
    for region in picture.regions:
        marks = [text for at, text in _marks(picture) if _holds(region, at)]
        where = f"{region.start:#010x} .. {region.last:#010x}"
        yield region.start, where, plain(region.who), _arrow(marks)


def _outside(picture: Picture) -> Iterator[tuple[int, str, str, str]]:
    """Yield a row for each mark that lies in no region."""
    rows: dict[int, list[str]] = {}
    for at, text in _marks(picture):
        if not any(_holds(region, at) for region in picture.regions):
            rows.setdefault(at, []).append(text)
    for at, marks in rows.items():
        yield at, f"{at:#010x}".ljust(24), "-", _arrow(marks)


def _marks(picture: Picture) -> Iterator[tuple[int, str]]:
    assert picture.pointer is not None
    yield picture.pointer, f"the pointer, {picture.pointer:#x}"
    if picture.lands is not None:
        byte = "" if picture.byte is None else f" {picture.byte:#x}"
        yield picture.lands, f"byte{byte} lands here, {picture.lands:#x}"


def _holds(region: Region, at: int) -> bool:
    return region.start <= at <= region.last


def _arrow(marks: list[str]) -> str:
    return f"<- {'; '.join(marks)}" if marks else ""
