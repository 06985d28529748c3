"""`paging`: what an entry may touch on which the pager waits; twins with the opposite answer."""

from __future__ import annotations

import pytest
from verdicts import REQUEST, answers, says

ONLY = ("paging",)
SPEC = f"""// expect: proved
use ce5 USE
{REQUEST}
driver Sample {{
    lock cs
    var count : u32
    var sector_data : u8[512]
    KIND Write(buffer: user ptr u8[len], len: u32) {{
        if buffer == null {{ return 0 }}
        BODY
        return 0
    }}
}}
driver Lower {{
    ioctl Send(in: user ptr u8 sized in_len, in_len: u32) {{
        if in != null {{ deep: read in[0 .. in_len] }}
        return 0
    }}
}}
client App[*] : untrusted calls Sample.Write
"""


def paging(body: str, kind: str = "disk", use: str = "") -> dict[str, set[str]]:
    """Return the answers to `paging` by site."""
    text = SPEC.replace("USE", use).replace("KIND", kind).replace("BODY", body)
    return {site: found for (_, site), found in answers(text, only=ONLY).items()}


def test_only_on_the_paging_path_anything_is_asked() -> None:
    assert paging("touch: read buffer[0 .. len]", kind="stream_read") == {}


@pytest.mark.parametrize(
    ("work", "answer"),
    [
        ("touch: read buffer[0 .. len]", "refuted"),
        ("touch: write buffer[0 .. len]", "refuted"),
        ("if len != 0 { touch: buffer[len - 1] = 0 }", "refuted"),
        ("if len == 0 { touch: read buffer[0 .. len] }", "vacuous"),
        ("acquire cs { touch: count += 1 }", "proved"),
        ("touch: write sector_data[0 .. 512]", "proved"),
        ("touch: sector_data[len & 511] = 0", "proved"),
        ("var own : u32 = 0  let p = &own  touch: p[0] = 1", "proved"),
    ],
)
def test_what_may_have_to_be_paged_in(work: str, answer: str) -> None:
    """Data and code of the driver stay, the caller's buffer may be anything."""
    assert says(paging(work)["touch"], answer)
    assert answer == "refuted" or paging(work)["touch"] == {answer}


@pytest.mark.parametrize(
    ("where", "read", "written"),
    [
        ("buffer as u32 < FIRST_MAPPER", "refuted", "proved"),  # code: nobody writes there
        ("buffer as u32 >= FIRST_MAPPER && buffer as u32 < SHARED", "refuted", "refuted"),
        ("buffer as u32 >= SHARED && buffer as u32 < RESOURCES", "proved", "vacuous"),
    ],
)
def test_which_regions_are_paged(where: str, read: str, written: str) -> None:
    """Code can be discarded, views of files are read and written, what the kernel shares stays."""
    found = paging(f"if {where} {{ touch: let byte = buffer[0] }}")
    assert says(found["touch"], read)
    found = paging(f"if {where} {{ touch: buffer[0] = 1 }}")
    assert says(found["touch"], written)


@pytest.mark.parametrize(
    ("work", "answer"),
    [
        ("acquire cs { touch: count += 1 }", "refuted"),
        ("touch: write sector_data[0 .. 512]", "refuted"),
        ("var own : u32 = 0  let p = &own  touch: p[0] = 1", "refuted"),
    ],
)
def test_that_drivers_stay_is_a_fact_of_the_platform(work: str, answer: str) -> None:
    assert says(paging(work, use="{ const DRIVERS_STAY = false }")["touch"], answer)


def test_a_nested_call_is_on_the_path_too() -> None:
    """The entry that it enters is one that is not critical by itself."""
    found = paging("let result = Lower.Send(buffer, len)  acquire cs { behind: count += 1 }")
    assert "refuted" in found["deep"]
    assert "behind" in found
    found = paging("let result = Lower.Send(buffer, len)", kind="stream_read")
    assert found == {}
