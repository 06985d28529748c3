"""The root causes that a refutation can have: names for what a driver did wrong."""

from __future__ import annotations

from enum import Enum


class Root(Enum):
    """Each cause that a story can name, as it is called there and on an ``// expect:`` line."""

    NEVER_MAPPED = "never mapped"
    WRONG_PROCESS = "wrong process"
    NEVER_CHECKED = "never checked"
    OTHER_SIZE = "checked with another size"
    ENDS_ONLY = "checked at its ends only"
    LET_PASS = "checked in vain"
    RESULT_IGNORED = "result not tested"
    FETCHED_TWICE = "fetched twice"
    WRITTEN_BACK = "written back"
    AFTER_RETURN = "used after return"
    AFTER_END = "used after its end"
    FREED_BY_ANOTHER = "freed by another thread"
    NOT_HANDLED = "exception not handled"
    NO_PERMISSION = "permission missing"
    TOO_MANY_RIGHTS = "more rights than needed"
    NOT_RESTORED = "not restored"
    NOT_GIVEN_BACK = "never given back"
    NOT_TAKEN = "never taken"
    NOT_LOCKED = "pages not locked"
    PAGED_OUT = "may have to be paged in"
    NO_END = "no end in sight"
    UNBOUNDED = "index not bounded"
    OVERFLOW = "overflow"
    NULL = "null"
    NOT_IN_REACH = "not in reach"
    UNTRUE = "not true"
