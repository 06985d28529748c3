"""``python -m cecheck.remote``: one specification in, on standard input, its report out.

A worker starts it for each: alone in its process, it may start children, and it dies with the
worker.  Whatever it is told comes from another cecheck, which must be the same.
"""

from __future__ import annotations

import json
import sys
from typing import Any, TypeAlias

from cecheck.engines.child import Crashed, Done, Limit, die_with
from cecheck.farm import identity
from cecheck.farm.parcel import unpacked

Json: TypeAlias = Any


def main() -> None:
    """Answer the message on standard input; the argument is the process to die with."""
    die_with(int(sys.argv[1]))
    told = json.dumps(answered(sys.stdin.read()))
    sys.stdout.write(told)


def answered(message: str) -> Json:
    """Return ``[kind, data]``, as `cecheck.farm.worker.answer` describes it."""
    here = identity.own()
    if json.loads(message)["identity"] != here:
        return ["differs", here]
    from cecheck.pipeline import apart  # noqa: PLC0415  (loads every stage)

    parcel = unpacked(message)
    match apart(parcel.sources, parcel.options):
        case Done(data):
            return ["done", data]
        case Limit(reason):
            return ["limit", reason]
        case Crashed(detail):
            return ["crashed", detail]


if __name__ == "__main__":
    main()
