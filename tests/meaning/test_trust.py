"""Several clients of different trust: each is what it is, and no process is both."""

from __future__ import annotations

import pytest
from verdicts import answers, driver, is_refuted

TRUSTED = "CeGetCallerTrust() == OEM_CERTIFY_TRUST"
FRIEND = """
    var friend : process
    ioctl Register() {{ if {when} {{ friend = GetCallerProcess() }} return 0 }}
    ioctl Write() {{
        let known = friend == GetCallerProcess()
        here: assert !known || CeGetCallerTrust() == OEM_CERTIFY_TRUST
        return 0
    }}
"""
TWO = "Service : trusted calls Sample.Register\nclient App : untrusted calls Sample.Write"
BOTH = f"{TWO}, Sample.Register"


def found(items: str, client: str) -> set[str]:
    """Return the verdicts on the site `here`, of the check `assert`."""
    told = answers(driver(items, client), only=("assert",))
    return told["assert", "here"]


@pytest.mark.parametrize("when", [TRUSTED, "true"])
def test_no_process_is_trusted_and_is_not(when):
    """Who registered is of a trusted process: nobody of another kind is of the same."""
    assert "refuted" not in found(FRIEND.format(when=when), TWO)


def test_others_of_the_same_trust_may_be_of_one_process():
    assert "refuted" in found(FRIEND.format(when="true"), BOTH)


CE6 = """// expect: proved
use ce6 {{ const USER_MODE = true
           api CeGetCallerTrust() -> u32 {{ return {whose}.trusted ? 2 : 0 }} }}
driver Sample in {server} {{
    var n : u32
    ioctl Write() {{ n = 1  return 0 }}
    thread own {{ let is_trusted = CeGetCallerTrust() == 2  here: assert {claim} }}
}}
client App[*] : untrusted calls Sample.Write
"""


@pytest.mark.parametrize("whose", ["home", "udevice"])
@pytest.mark.parametrize(
    ("claim", "answer"), [("is_trusted", "refuted"), ("!is_trusted", "proved")]
)
def test_a_process_of_the_platform_is_trusted_only_where_that_says_so(whose, claim, answer):
    """The host of drivers in user mode is not."""
    text = CE6.format(whose=whose, server="udevice", claim=claim)
    assert answers(text, only=("assert",))["assert", "here"] == {answer}


OTHER = """
    ioctl Write() {{ return 0 }}
    thread own {{
        let other = any(process)
        if other == none || other == device || other == nk || other == filesys {{ return }}
        MapPtrUnsecure(null, other)
        here: assert CeGetCallerTrust() == OEM_CERTIFY_RUN
        loop {{ }}
    }}
"""
SERVING = """{{ const SLOTS_RECYCLED = true
    api MapPtrUnsecure(p: address, proc: process) -> address {{
        {0}  caller = proc  return p }} }}"""


@pytest.mark.parametrize("first", ["", "if proc == none { proc = home }"])
def test_what_a_parameter_comes_in_with_may_be_any_process(first):
    """Whether or not it is assigned, too: of a trusted one nobody says that it is not."""
    client = "Service[*] : trusted calls Sample.Write\nclient App : untrusted calls Sample.Write"
    text = driver(OTHER.format(), client, SERVING.format(first))
    assert is_refuted(text, "assert", "here")


WRITE = """
    ioctl Write(in: user ptr u8[in_len], in_len: u32) {
        if in == null { return 0 }
        here: read in[0 .. in_len]
        return 0
    }
"""


@pytest.mark.parametrize(
    ("trait", "is_right"), [("untrusted", True), ("trusted", True), ("trusted hostile", False)]
)
def test_each_client_is_judged_by_its_own_trust(trait, is_right):
    """Device Manager does not test pointers of privileged callers, whoever calls besides."""
    client = "App[*] : untrusted calls Sample.Write"
    client += f"\nclient Service[*] : {trait} calls Sample.Write"
    told = answers(driver(WRITE, client), only=("mapped",))
    assert ("refuted" in told["mapped", "here"]) != is_right
