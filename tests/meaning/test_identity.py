"""Who is who, and what a probe tells: the functions of ce5 that ask about processes and trust."""

from __future__ import annotations

import pytest
from verdicts import REQUEST, answers, driver, says

ENTRY = "ioctl Write() {{ told: assert {claim}  return 0 }}"


@pytest.mark.parametrize(
    ("claim", "answer"),
    [
        ("GetCurrentProcessId() == device", "proved"),
        ("GetCurrentProcessId() == GetCurrentProcess()", "proved"),
        ("GetCurrentProcessId() == GetCallerProcess()", "refuted"),
        ("GetOwnerProcess() == GetCallerProcess()", "proved"),
        ("CeGetCurrentTrust() == OEM_CERTIFY_TRUST", "proved"),
        ("CeGetCallerTrust() == OEM_CERTIFY_RUN", "proved"),
        ("CeGetCallerTrust() == CeGetCurrentTrust()", "refuted"),
    ],
)
def test_identities_in_a_call(claim: str, answer: str) -> None:
    assert answers(driver(ENTRY.format(claim=claim)), only=("assert",))["assert", "told"] == {
        answer
    }


@pytest.mark.parametrize(("trust", "answer"), [("true", "refuted"), ("false", "proved")])
def test_without_certification_everybody_is_trusted(trust: str, answer: str) -> None:
    claim = "PSLGetCallerTrust() == OEM_CERTIFY_TRUST"
    text = driver(ENTRY.format(claim=claim), use=f"{{ const CERTIFIED = {trust} }}")
    assert answers(text, only=("assert",))["assert", "told"] == {answer}


THREAD = "ioctl Write() {{ return 0 }}  thread worker {{ told: assert {claim}  loop {{ }} }}"


@pytest.mark.parametrize(
    ("claim", "answer"),
    [
        ("GetCurrentProcessId() == device && GetOwnerProcess() == device", "proved"),
        ("GetCallerProcess() == none", "proved"),
        ("CeGetCallerTrust() == OEM_CERTIFY_RUN", "proved"),  # nobody is trusted by nobody
    ],
)
def test_identities_on_a_thread_of_the_driver(claim: str, answer: str) -> None:
    found = answers(driver(THREAD.format(claim=claim)), only=("assert",))
    assert found["assert", "told"] == {answer}


CHAIN = f"""// expect: proved
use ce5
{REQUEST}
driver Upper {{ ioctl Write() {{ return Lower.Ask() }} }}
driver Lower {{ ioctl Ask() {{ told: assert CLAIM  return 0 }} }}
client App[*] : untrusted calls Upper.Write
"""


@pytest.mark.parametrize(
    ("claim", "answer"),
    [
        ("CeGetCallerTrust() == OEM_CERTIFY_TRUST", "proved"),  # Device Manager's, not the App's
        ("GetOwnerProcess() == GetCallerProcess()", "refuted"),
    ],
)
def test_trust_in_a_chain_is_that_of_the_driver_in_between(claim: str, answer: str) -> None:
    found = answers(CHAIN.replace("CLAIM", claim), only=("assert",))
    assert found["assert", "told"] == {answer}


PROBE = """
    ioctl Write(in: user ptr u8[in_len], in_len: u32, out: user ptr u8[out_len], out_len: u32) {{
        let good = !{probe}
        told: assert !good || {claim}
        return 0
    }}
"""


@pytest.mark.parametrize(
    ("probe", "claim", "answer"),
    [
        ("IsBadReadPtr(in, in_len)", "in != null", "refuted"),  # an empty range is always good
        ("IsBadReadPtr(in, 1)", "in != null", "proved"),
        ("IsBadReadPtr(in, in_len)", "in_len < 0x8000_0000", "proved"),
        ("IsBadReadPtr(in, in_len)", "in_len <= 0x0200_0000", "refuted"),  # views of files
        (
            "IsBadReadPtr(in, in_len)",
            "in as u32 >= FIRST_MAPPER || in_len <= 0x0200_0000",
            "proved",
        ),
        ("IsBadReadPtr(in, 4)", "in as u32 < SHARED", "refuted"),
        ("IsBadWritePtr(in, 4)", "in as u32 < SHARED", "proved"),  # without kernel mode
        ("IsBadReadPtr(in, 4)", "in as u32 < KERNEL", "proved"),
        ("IsBadReadPtr(in, 4)", "false", "refuted"),  # it may be good
        ("IsBadReadPtr(in, 0)", "false", "refuted"),
    ],
)
def test_what_a_probe_tells(probe: str, claim: str, answer: str) -> None:
    found = answers(driver(PROBE.format(probe=probe, claim=claim)), only=("assert",))
    assert says(found["assert", "told"], answer)
    assert answer == "refuted" or found["assert", "told"] == {answer}


def test_a_probe_may_find_nothing_there() -> None:
    """Whether the pages are there nobody knows beforehand, for any pointer."""
    entry = """
        ioctl Write(in: user ptr u8[in_len], in_len: u32) {
            told: assert !IsBadReadPtr(in, 4)
            return 0
        }
    """
    assert answers(driver(entry), only=("assert",))["assert", "told"] == {"refuted"}


ALONE = """
    var n : u32
    ioctl Write(in_len: u32) {
        n = in_len
        let now = n
        same: assert now == in_len
        return 0
    }
"""


@pytest.mark.parametrize(
    ("client", "answer"),
    [
        ("App calls Sample.Write", "proved"),
        ("App : untrusted, trusted hostile calls Sample.Write", "proved"),
        ("App[2] : untrusted calls Sample.Write", "refuted"),
        ("App : untrusted calls Sample.Write\nclient Other : untrusted calls Sample.Write",
         "refuted"),
    ],
)  # fmt: skip
def test_a_client_is_one_thread_whatever_it_may_be(client: str, answer: str) -> None:
    """It is trusted or not, not both at once."""
    assert says(answers(driver(ALONE, client), only=("assert",))["assert", "same"], answer)
