"""Pictures of memory: who is where, and where the pointer leads."""

from __future__ import annotations

from cecheck.report.model import Picture, Region, Story
from cecheck.report.picture_text import picture_text

REGIONS = (Region("server", 0x2000, 0x2FFF, "server"), Region("app", 0x4000, 0x4FFF, "a\x1bpp"))


def drawn(**details):
    """Return the picture of a failure as lines."""
    picture = Picture(3, "App", REGIONS, **details)
    return picture_text(Story("App", None, (), 3, pictures=(picture,)))


def test_the_pointer_and_what_it_leads_to_are_marked_where_they_are():
    """Each in the region that holds it; nothing in a name moves the cursor."""
    assert drawn(pointer=0x4010, count=8, byte=2, lands=0x2012) == [
        "  memory",
        "    0x00002000 .. 0x00002fff  server     <- byte 0x2 lands here, 0x2012",
        "    0x00004000 .. 0x00004fff  a\\u{1b}pp  <- the pointer, 0x4010",
    ]


def test_what_is_in_no_region_has_a_row_of_its_own():
    """In the order of addresses."""
    lines = drawn(pointer=0x3000)
    assert lines[2] == "    0x00003000                -          <- the pointer, 0x3000"


def test_without_a_pointer_there_is_no_picture():
    """Of a lock that is not released, say."""
    assert drawn() == []
    assert picture_text(Story("App", None, (), 3)) == []
