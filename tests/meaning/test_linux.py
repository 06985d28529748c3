"""What the functions of linux do: for each a claim that is right, and one that is not."""

from __future__ import annotations

import pytest
from verdicts import hostile_answers

ENTRY = """// expect: proved
use linux {use}
driver Sample {{
    unlocked_ioctl Call(arg: user ptr u8, cmd: u32) {{
        var word : u32
        let small = 16 as user ptr u8 of get_task_mm()
        let low = 0x1_0000 as user ptr u8 of get_task_mm()
        let top = 0x7FFF_FFFF_E000 as user ptr u8 of get_task_mm()
        let kernel = 0xFFFF_8000_0000_0000 as user ptr u8 of get_task_mm()
        {setup}
        right: assert {right}
        wrong: assert {wrong}
        return 0
    }}
}}
client App[*] : untrusted calls Sample.Call
"""


def told(setup: str, right: str, wrong: str, use: str = "") -> tuple[set[str], set[str]]:
    """Return the answers to both claims."""
    text = ENTRY.format(setup=setup, right=right, wrong=wrong, use=use)
    found = hostile_answers(text, only=("assert",))
    return found["assert", "right"], found["assert", "wrong"]


@pytest.mark.parametrize(
    ("setup", "right", "wrong"),
    [
        ("let b = access_ok(null, 0)", "b", "!b"),
        ("let b = access_ok(top, 0x1000)", "b", "!b"),
        ("let b = access_ok(top, 0x1001)", "!b", "b"),
        ("let b = access_ok(low, 0xFFFF_FFFF_FFFF_FFFF)", "!b", "b"),  # no wrap-around
        ("let b = access_ok(kernel, 0)", "!b", "b"),
        ("set_fs(KERNEL_DS) let b = access_ok(kernel, 8) set_fs(USER_DS)", "b", "!b"),
        ("let was = get_fs() set_fs(KERNEL_DS) let now = get_fs() set_fs(was)",
         "was == USER_DS && now == KERNEL_DS", "was == now"),
        ("let b = user_access_begin(kernel, 1)", "!b", "b"),
        ("let n = copy_from_user(&word, kernel, 4)", "n == 4", "n == 0"),  # NOT copied
        ("let n = copy_from_user(&word, arg, 4)", "n <= 4", "n == 0"),
        ("let n = copy_from_user(&word, kernel, 0)", "n == 0", "n != 0"),
        ("set_fs(KERNEL_DS) let n = copy_from_user(&word, small, 4) set_fs(USER_DS)",
         "n != 0 && n <= 4", "n == 4"),  # a fault: how far it got is not known
        ("let n = copy_to_user(kernel, &word, 4)", "n == 4", "n == 0"),
        ("let n = get_user(&word, kernel, 4)", "n == -EFAULT", "n == 0"),
        ("let n = get_user(&word, arg, 4)", "n == 0 || n == -EFAULT", "n == 0"),
        ("let n = put_user(&word, kernel, 4)", "n == -EFAULT", "n == 0"),
        ("let p = compat_ptr(0x8000_0000)", "p as u64 == 0x8000_0000", "p == null"),
        ("let n = pin_user_pages_fast(low, 0, FOLL_WRITE)", "n == 0", "n != 0"),
        ("let n = pin_user_pages_fast(top, 2, FOLL_WRITE)", "n == -EFAULT", "n > 0"),
        ("set_fs(KERNEL_DS) let n = pin_user_pages_fast(kernel, 1, 0) set_fs(USER_DS)",
         "n == -EFAULT", "n == 1"),  # whatever the limit
        ("let n = pin_user_pages_fast(low, 3, 0)", "n <= 3 && n != 0", "n == 3 || n < 0"),
        ("let p = kmap(kernel)", "p == kernel", "p != kernel"),
        ("let p = kmap(low)", "p > top && p < kernel", "p == low"),
    ],
)  # fmt: skip
def test_what_a_function_gives_back(setup: str, right: str, wrong: str) -> None:
    assert told(setup, right, wrong) == ({"proved"}, {"refuted"})


WORKER = """// expect: proved
use linux {use}
driver Sample {{
    lock mutex
    var last : process
    unlocked_ioctl Call() {{
        acquire mutex {{ last = get_task_mm() }}
        return 0
    }}
    thread worker {{
        loop {{
            let high = 0xFFFF_8000_0000_0000 as user ptr u8 of get_task_mm()
            first: assert access_ok(high, 1) == {alone}
            var there : process
            acquire mutex {{ there = last }}
            set_fs(KERNEL_DS)
            kthread_use_mm(there)
            let lent = get_task_mm(), inside = access_ok(high, 1)
            kthread_unuse_mm(there)
            set_fs(USER_DS)
            let fine = there == none || there == kernel || lent == there && !inside
            second: assert {lent}
        }}
    }}
}}
client App[*] : untrusted calls Sample.Call
"""


@pytest.mark.parametrize(
    ("use", "alone", "lent", "answers"),
    [
        ("", "true", "fine", ("proved", "proved")),
        ("", "false", "fine", ("refuted", "proved")),
        ("", "true", "lent != there", ("proved", "refuted")),
        ("{ const KTHREADS_UNLIMITED = false }", "false", "fine", ("proved", "proved")),
    ],
)
def test_a_kernel_thread_borrows_an_address_space(
    use: str, alone: str, lent: str, answers: tuple[str, str]
) -> None:
    text = WORKER.format(use=use, alone=alone, lent=lent)
    found = hostile_answers(text, only=("assert", "restored"))
    assert (found["assert", "first"], found["assert", "second"]) == tuple({a} for a in answers)
    assert set().union(*(v for (kind, _), v in found.items() if kind == "restored")) == {"proved"}


ALONE = """// expect: proved
use linux { const KTHREADS_UNLIMITED = false }
driver Sample {
    lock mutex
    event served
    var buffer : user ptr u8
    unlocked_ioctl Call(arg: user ptr u8) {
        acquire mutex { buffer = arg }
        wait served timeout
        acquire mutex { buffer = null }
        return 0
    }
    thread worker {
        var byte : u8
        loop {
            acquire mutex { if buffer != null { copy_it: copy_from_user(&byte, buffer, 1) } }
        }
    }
}
client App[*] : untrusted calls Sample.Call
"""


def test_a_kernel_thread_has_no_address_space() -> None:
    """Below the limit, too, a pointer means the memory of whoever ran there before."""
    assert hostile_answers(ALONE, only=("mapped",))["mapped", "copy_it"] == {"refuted"}


SAVED = """// expect: proved
use linux
driver Sample {{
    lock mutex
    event served
    var buffer : user ptr u8
    var mm : process
    unlocked_ioctl Call(arg: user ptr u8) {{
        {save}
        wait served timeout
        acquire mutex {{ buffer = null }}
        return 0
    }}
    thread worker {{
        var byte : u8
        loop {{
            acquire mutex {{
                if buffer != null {{
                    kthread_use_mm(mm)
                    copy_it: copy_from_user(&byte, buffer, 1)
                    kthread_unuse_mm(mm)
                }}
            }}
        }}
    }}
}}
client App[*] : untrusted calls Sample.Call
"""


@pytest.mark.parametrize(
    ("save", "answer"),
    [
        ("acquire mutex { buffer = arg  mm = get_task_mm() }", {"proved"}),
        ("acquire mutex { mm = get_task_mm() } acquire mutex { buffer = arg }", {"refuted"}),
        ("acquire mutex { buffer = arg  if mm == none { mm = get_task_mm() } }", {"refuted"}),
    ],
)
def test_the_address_space_is_saved_with_the_pointer(save: str, answer: set[str]) -> None:
    """Under one lock, or the pointer of one caller meets the address space of another."""
    text = SAVED.format(save=save)
    found = hostile_answers(text, only=("mapped",))
    assert found["mapped", "copy_it"] == answer


DIRECT = """// expect: proved
use linux {use}
driver Sample {{
    unlocked_ioctl Call(arg: user ptr u8) {{
        if !{looked_at}(arg, 1) {{ return -EFAULT }}
        try {{ touch: let byte = arg[0] }} except {{ }}
        {end}
        return 0
    }}
}}
client App[*] : {client} calls Sample.Call
"""


@pytest.mark.parametrize(
    ("use", "looked_at", "end", "answer"),
    [
        ("", "access_ok", "", {"proved"}),
        ("{ const SMAP = true }", "user_access_begin", "user_access_end()", {"proved"}),
        ("{ const SMAP = true }", "access_ok", "", {"vacuous"}),
    ],
)
def test_with_smap_users_memory_must_be_opened(
    use: str, looked_at: str, end: str, answer: set[str]
) -> None:
    text = DIRECT.format(use=use, looked_at=looked_at, end=end, client="untrusted")
    found = hostile_answers(text, only=("mapped", "restored"))
    assert found["mapped", "touch"] == answer
    assert found["restored", "ioctl"] == {"proved"}


def test_users_memory_must_be_closed_again() -> None:
    text = DIRECT.format(use="", looked_at="user_access_begin", end="", client="untrusted")
    assert hostile_answers(text, only=("restored",))["restored", "ioctl"] == {"refuted"}


STREAM = """// expect: proved
use linux
driver Sample {
    fop_read Read(buf: user ptr u8[count], count: u64) {
        right: assert count <= MAX_RW_COUNT && access_ok(buf, count)
        wrong: assert count < MAX_RW_COUNT
        return 0
    }
}
client App[*] : untrusted calls Sample.Read
"""


def test_the_system_looks_at_the_buffer_of_a_read() -> None:
    found = hostile_answers(STREAM, only=("assert",))
    assert found["assert", "right"] == {"proved"}
    assert found["assert", "wrong"] == {"refuted"}


OOPS = """// expect: proved
use linux {{ const OOPS_IS_VIOLATION = false, EXIT_LOWERS_LIMIT = {lowers} }}
driver Sample {{
    unlocked_ioctl Call(cmd: u32) {{
        set_fs(KERNEL_DS)
        if cmd == 0 {{ raise }}
        set_fs(USER_DS)
        return 0
    }}
}}
client App[*] : untrusted calls Sample.Call
"""


@pytest.mark.parametrize(("lowers", "answer"), [("true", "proved"), ("false", "refuted")])
def test_a_thread_that_dies_takes_its_limit_along(lowers: str, answer: str) -> None:
    """The next thread begins with a limit of its own, whatever the exit does under which."""
    text = OOPS.format(lowers=lowers)
    found = hostile_answers(text, only=("restored", "mapped"))
    assert found["restored", "ioctl"] == {"proved"}
    assert found["mapped", "mm_release"] == {answer}
