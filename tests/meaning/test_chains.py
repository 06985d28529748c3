"""One driver calls another: a frame of its own for each, on one thread; twins with the opposite
answer."""

from __future__ import annotations

import pytest
from elaborated import spec
from verdicts import REQUEST, answers, says

from cecheck.ir.program import Action, View
from cecheck.lower.link import lower

CHAIN = f"""// expect: proved
use ce5
{REQUEST}
driver Upper {{
    ioctl Send(in: user ptr Request sized in_len, in_len: u32) {{
        if in == null || in_len < sizeof(Request) {{ return 0 }}
        let length = in.length, buffer = MapCallerPtr(in.buffer, length)
        if buffer == null {{ return 0 }}
        OUTER
        return 0
    }}
}}
driver Lower {{
    ITEMS
    ioctl Send(in: user ptr Request sized in_len, in_len: u32) {{ INNER }}
}}
client App[*] : untrusted calls Upper.Send
"""


def chain(outer: str, inner: str, items: str = "") -> str:
    """Return a driver that does *outer*, calling another one that does *inner*."""
    return CHAIN.replace("OUTER", outer).replace("INNER", inner).replace("ITEMS", items)


CALL = "var request : Request  let done = Lower.Send(&request, sizeof(Request))"


@pytest.mark.parametrize(
    ("inner", "answer"),
    [("return 7", "proved"), ("return 8", "refuted"), ("raise", "refuted")],
)
def test_the_result_of_the_second_driver_comes_back(inner: str, answer: str) -> None:
    """Device Manager makes zero of an exception, for the caller in between too."""
    found = answers(chain(f"{CALL}  told: assert done == 7", inner), only=("assert",))
    assert says(found["assert", "told"], answer)


@pytest.mark.parametrize(
    ("asked", "answer"),
    [("GetCallerProcess() == device", "proved"), ("GetCallerProcess() != device", "refuted")],
)
def test_the_caller_of_the_second_driver_is_the_process_of_the_first(
    asked: str, answer: str
) -> None:
    found = answers(chain(CALL, f"told: assert {asked}  return 0"), only=("assert",))
    assert says(found["assert", "told"], answer)


@pytest.mark.parametrize(
    ("asked", "answer"),
    [("GetCallerProcess() != device", "proved"), ("GetCallerProcess() == device", "refuted")],
)
def test_the_frame_of_the_first_driver_is_put_back(asked: str, answer: str) -> None:
    """The call is expanded twice, one inside the other: its variables are not shared."""
    found = answers(chain(f"{CALL}  told: assert {asked}  use_it: read buffer[0 .. length]",
                          "return 0"))  # fmt: skip
    assert says(found["assert", "told"], answer)
    assert found["restored", "DeviceIoControl"] == {"proved"}
    assert answer == "refuted" or found["mapped", "use_it"] == {"proved"}


@pytest.mark.parametrize(("value", "answer"), [(5, "proved"), (6, "refuted")])
def test_what_the_second_driver_writes_into_an_object_of_the_first_is_there(
    value: int, answer: str
) -> None:
    told = f"{CALL}  if done == 1 {{ told: assert request.length == {value} }}"
    found = answers(chain(told, "in.length = 5  return 1"), only=("assert",))
    assert says(found["assert", "told"], answer)


@pytest.mark.parametrize(("offset", "answer"), [(4, "proved"), (8, "refuted")])
def test_an_object_of_the_first_driver_has_bounds_for_the_second(
    offset: int, answer: str
) -> None:
    inner = f"let p = in as user ptr u8  use_it: read p[{offset} .. {offset + 4}]  return 0"
    assert says(answers(chain(CALL, inner), only=("bounds",))["bounds", "use_it"], answer)


@pytest.mark.parametrize(("most", "answer"), [(1, "proved"), (0, "refuted")])
def test_globals_of_the_second_driver_stay(most: int, answer: str) -> None:
    inner = f"""acquire cs
        if made < 1 {{ made += 1 }}
        told: assert made <= {most}
        release cs
        return 0"""
    found = answers(chain(CALL, inner, "lock cs  var made : u32"), only=("assert",))
    assert says(found["assert", "told"], answer)


@pytest.mark.parametrize(
    ("inner", "answer"),
    [
        ("use_it: in.length = 1", "refuted"),
        ("if in != null { use_it: in.length = 1 }", "vacuous"),
    ],
)
def test_null_that_is_handed_on_is_nobodys_pointer(inner: str, answer: str) -> None:
    outer = "let done = Lower.Send(null, 0)"
    assert says(answers(chain(outer, inner), only=("mapped",))["mapped", "use_it"], answer)


@pytest.mark.parametrize(("place", "answer"), [("filesys", "proved"), ("device", "refuted")])
def test_the_second_driver_runs_where_it_lives(place: str, answer: str) -> None:
    text = chain(CALL, f"told: assert GetCurrentProcess() == {place}  return 0")
    found = answers(text.replace("driver Lower", "driver Lower in filesys"), only=("assert",))
    assert says(found["assert", "told"], answer)


@pytest.mark.parametrize(
    ("inner", "is_seen"),
    [
        ("let old = kept  kept = in.buffer  if old != null { read old[0 .. 1] }", True),
        ("let new = in.buffer  if new != null { read new[0 .. 1] }", False),
    ],
)
def test_a_pointer_that_the_second_driver_kept_may_be_another_threads(
    inner: str, is_seen: bool
) -> None:
    """Its call may be over by now, so such an access counts as one that others see."""
    text = chain(CALL, f"{inner}  return 0", "var kept : user ptr u8")
    edges = lower(spec(text), View.HOSTILE).threads[0].edges
    assert any(edge.action is Action.ACCESS for edge in edges) == is_seen


def test_globals_of_the_same_name_lie_apart() -> None:
    """Each driver has its own: nothing says that they have one address."""
    inner = "told: assert (in as u32 & OFFSET) == (&word as u32 & OFFSET)  return 0"
    text = chain("let done = Lower.Send(&word as user ptr Request, 4)", inner, "var word : u32")
    text = text.replace("driver Upper {", "driver Upper {\n    var word : u32", 1)
    assert "refuted" in answers(text, only=("assert",))["assert", "told"]
