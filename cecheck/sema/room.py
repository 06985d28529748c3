"""Is there a number for each process that the model needs, and one process for each number?

Beside those that the platform names there are two at least: one that calls, and another one.  With
fewer numbers than that no run would begin, and whatever is asked would be proved.
"""

from __future__ import annotations

from cecheck.sema import link_errors, typed
from cecheck.sema.context import Env
from cecheck.sema.types import IntType

OTHERS = 2  # processes that no platform names


def check_room(env: Env, platform: typed.Platform) -> None:
    """Report processes of one number, of zero, which is nobody, and too few numbers."""
    unique, seen = platform.unique.number, dict[int, typed.NamedProcessDecl]()
    assert isinstance(platform.unique.type, IntType)
    needed = OTHERS
    for process in platform.processes:
        numbers = [value for variable, value in process.fields if variable.number == unique]
        if not numbers or not isinstance(numbers[0], typed.Literal):
            needed += 1
            continue
        number = numbers[0].value
        if number == 0:
            env.report(link_errors.number_of_nobody(process))
        elif number in seen:
            env.report(link_errors.same_number(process, seen[number]))
        seen[number] = process
    ends = _ends(platform)
    taken = {0, *seen}
    room = ends[1] - ends[0] - sum(ends[0] <= number < ends[1] for number in taken)
    if room < needed:
        env.report(link_errors.no_room(platform.unique, max(room, 0), needed))


def _ends(platform: typed.Platform) -> tuple[int, int]:
    """Return the first number that a process may have, and the one behind the last."""
    type_ = platform.unique.type
    assert isinstance(type_, IntType)
    for field in platform.process_fields:
        match field.value:
            case typed.Chosen(low=typed.Literal(value=low), high=typed.Literal(value=high)):
                if field.variable.number == platform.unique.number:
                    return low, high
    return 0, 1 << type_.width
