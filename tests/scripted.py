"""A driver that scripts call; platforms that pass on what it raises, or do not handle it."""

from __future__ import annotations

_CALL = """{{
    step 5 "what the driver raises is {}" {{
        try {{
            in = MapCallerPtr(in, in_len)
            result = enter(in, in_len, out, out_len, returned)
        }} {} {{ key = last_key  kmode = last_kmode  caller = last_caller  current = last{} }}
    }}
}}"""
PASSED_ON = _CALL.format("passed on", "except", "  raise")
UNHANDLED = _CALL.format("handled by nobody", "finally", "")

_ITEMS = """
    var count : u32
    ioctl Add(in_len: u32) { count += in_len  return count }
    ioctl First(in: user ptr u32) {
        if in == null { return 7 }
        let first = in[0]
        return first < SMALL ? 1 : 2
    }
    ioctl Fill(in_len: u32, out: user ptr u8[out_len], out_len: u32) {
        write out[0 .. out_len]
        return in_len
    }
    ioctl Fails() { raise }
    ioctl Trusts() { return CeGetCallerTrust() == OEM_CERTIFY_TRUST ? 1 : 0 }
"""


def items(small: int) -> str:
    """Return the items of the driver; `First` tells numbers below *small* from others."""
    return _ITEMS.replace("SMALL", str(small))
