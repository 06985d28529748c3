"""Certificates as files: what was proved holds again, and nothing else does."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from proofs import LIST, NESTED, NEVER, SPECS, UNMAPPED, edited, judged, proved
from verdicts import driver

from cecheck.certify.document import (
    FORMAT,
    MAX_BYTES,
    Covered,
    Document,
    covered,
    file_names,
    from_text,
    to_text,
)
from cecheck.ir.expr import BOOL, Binary, BinaryOp, Scope, Var
from cecheck.ir.program import CheckKind, View
from cecheck.ir.reaching import asking_to_reach
from cecheck.ir.serial import to_data
from cecheck.lower.link import lower
from cecheck.reading import shipped_platform, stamps
from cecheck.recheck import Demand, certified
from cecheck.report.certified import Standing, uncovered
from cecheck.report.certified import to_text as told
from cecheck.report.paint import Paint
from cecheck.sema.elaborate import elaborate
from cecheck.source import Source
from cecheck.syntax.parse import parse

TESTS = (SPECS / "ce5" / "quota_by_what_is_left.ce").read_text("utf-8")
PARAMS = driver(
    """
    ioctl Write(in: user ptr Request sized in_len, in_len: u32) {
        if in_len < LEAST { return 0 }
        enough: assert in_len >= 2
        return 0
    }
    """
).replace("struct Request", "param LEAST : 2 .. 4\nstruct Request")


@pytest.fixture(scope="module")
def nested() -> Document:
    """The certificate of the first view of a proved specification."""
    return proved(NESTED)[0]


@pytest.mark.parametrize(
    ("text", "count"),
    [(NESTED, 2), (UNMAPPED, 2), (LIST, 3), (TESTS, 4), (NEVER, 4), (PARAMS, 4)],
    ids=["both views", "until refuted", "measure", "tests", "unreachable", "parameters"],
)
def test_what_was_proved_holds_again(text, count, tmp_path):
    """In each view, for each value of a parameter, of tests, of loops and of dead places."""
    documents = proved(text)
    assert len(documents) == count
    for document in documents:
        assert from_text(to_text(document)) == document
        found = judged(document, text, tmp_path)
        assert (found.standing, found.why) == (Standing.HOLDS, ())
        assert found.solvers == ("z3", "cvc5")


def test_it_says_what_no_certificate_covers(tmp_path):
    """A proof that holds until a refuted site says nothing about what comes behind it."""
    found = [judged(one, UNMAPPED, tmp_path) for one in proved(UNMAPPED)]
    gaps = {
        program.view: [(check.site, check.kind) for check, _ in checks]
        for program, checks in uncovered(found).items()
    }
    assert gaps == {
        "hostile": [("use_it", "mapped"), ("use_it", "bounds")],
        "well-behaved": [("use_it", "mapped")],
    }
    assert "what is covered holds until one of these is violated" in told(found, Paint.PLAIN)


def test_together_they_cover_everything(tmp_path):
    """The loop's end is proved by a certificate of its own."""
    found = [judged(one, LIST, tmp_path) for one in proved(LIST)]
    assert [checks for checks in uncovered(found).values() if checks] == []
    alone = uncovered(found[:1])
    assert [[check.kind for check, _ in checks] for checks in alone.values()] == [["bounded"]]


def test_a_part_of_what_was_proved_is_a_certificate_too(nested, tmp_path):
    """What it leaves out is said."""
    found = judged(replace(nested, proves=nested.proves[:1]), NESTED, tmp_path)
    assert found.standing is Standing.HOLDS
    assert len(found.open) == len(nested.proves) - 1


# ---- what does not hold ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("mapped before use", "mapped before the use"),
        lambda text: text.replace("length]", "length - 1]", 1),
        lambda text: text.replace("use ce5", "use ce5 { const SLOT_GUARD = false }"),
        lambda text: text + "\n",
    ],
    ids=["comment", "access", "variant", "an empty line"],
)
def test_a_changed_specification_is_another(nested, change, tmp_path):
    """Whatever changed in its text."""
    assert change(NESTED) != NESTED
    found = judged(nested, change(NESTED), tmp_path)
    assert found.standing is Standing.FAILS
    assert found.why == ("changed since it was proved: x.ce",)


def test_a_changed_text_with_its_hash_is_another_program(nested, tmp_path):
    """Whoever mends the hash has not mended the proof."""
    text = UNMAPPED
    mended = replace(proved(text)[0], certificate=nested.certificate, proves=nested.proves)
    found = judged(mended, text, tmp_path)
    assert found.standing is Standing.FAILS
    assert found.why == ("no certificate: the certificate is for another program",)
    forged = replace(mended, certificate=proved(text)[0].certificate)
    found = judged(forged, text, tmp_path)  # the refuted check is claimed, too
    assert found.standing is Standing.FAILS
    assert "Check mapped at use_it" in found.why[0]


def test_a_used_file_and_a_platform_of_its_own_count(tmp_path):
    """All that the specification consists of has a hash."""
    (tmp_path / "lib").mkdir()
    used = tmp_path / "lib" / "request.ce"
    used.write_text("struct Request {\n    length : u32\n}\n")
    text = """// expect: proved
use ce5
use "lib/request.ce"
driver Sample {
    ioctl Write(in: user ptr Request sized in_len, in_len: u32) {
        if in == null || in_len < sizeof(Request) { return 0 }
        let length = in.length
        return 0
    }
}
client App[*] : untrusted calls Sample.Write
"""
    (tmp_path / "x.ce").write_text(text)
    document = proved(text, str(tmp_path / "x.ce"))[0]
    assert [name for name, _ in document.texts] == [
        "x.ce", "lib/request.ce", "shipped:models/ce5.ce",
    ]  # fmt: skip
    assert judged(document, text, tmp_path).standing is Standing.HOLDS
    other = [(name, "0" * 64 if "ce5" in name else digest) for name, digest in document.texts]
    found = judged(replace(document, texts=tuple(other)), text, tmp_path)
    assert found.why == ("changed since it was proved: shipped:models/ce5.ce",)
    used.write_text("struct Request {\n    length : u32 // in bytes\n}\n")
    found = judged(document, text, tmp_path)
    assert (found.standing, found.why) == (
        Standing.FAILS, ("changed since it was proved: lib/request.ce",),
    )  # fmt: skip


SEVERAL = {
    "another level inside": (lambda d: d | {"level": 2}, "another level than the file says"),
    "another view inside": (lambda d: d | {"view": "well-behaved"}, "another level or view"),
    "a moved cut": (lambda d: d | {"cuts": [[d["cuts"][0][0] + 1]]}, "is no cut"),
    "one cut more": (lambda d: d | {"cuts": [[*d["cuts"][0], 2]]}, "one formula for each cut"),
    "no cuts": (lambda d: d | {"cuts": [[]]}, "one formula for each cut"),
    "a cut twice": (
        lambda d: d
        | {
            "cuts": [d["cuts"][0] * 2],
            "formulas": d["formulas"] | {"roots": d["formulas"]["roots"] * 2},
        },
        "one cut is named twice",
    ),
    "true everywhere": (
        lambda d: d | {"formulas": {"nodes": [["const", "0x1", 0]], "roots": [0]}},
        "the invariant allows it",
    ),
    "false everywhere": (
        lambda d: d | {"formulas": {"nodes": [["const", "0x0", 0]], "roots": [0]}},
        "Init of App: the invariant allows it",
    ),
    "another kind of formula": (
        lambda d: d | {"formulas": {"nodes": [["const", "0x0", 32]], "roots": [0]}},
        "is no statement",
    ),
}


@pytest.mark.parametrize("name", SEVERAL)
def test_a_changed_certificate_does_not_hold(name, nested, tmp_path):
    """It is no proof, and that is said."""
    change, says = SEVERAL[name]

    def edit(data):
        data.update(change(dict(data)))

    found = judged(edited(nested, edit), NESTED, tmp_path)
    assert found.standing in (Standing.FAILS, Standing.UNREADABLE)
    assert says in " ".join(found.why)


def test_what_it_says_of_itself_must_be_so(nested, tmp_path):
    """View, parameters, test, checks: compared with what is worked out from the text."""
    first, second = nested.proves[0], nested.proves[1]
    wrong = {
        "not what is asked there": replace(nested, view=View.WELL_BEHAVED),
        "values that the parameters have": replace(nested, given=(("N", 10**40),)),
        "a test that": replace(nested, test="none"),
        "checks that the specification does not have": replace(
            nested, proves=(Covered(0, 999, "App", "mapped", "use_it"),)
        ),
        "what it says to prove is not": replace(nested, proves=(replace(first, kind="bounds"),)),
        "nothing is claimed": replace(nested, proves=()),
        "unreachable sites, and others": replace(nested, reaching=((0, second.check),)),
        "not below the folder": replace(nested, spec="../x.ce"),
        "--spec FILE": replace(nested, spec="/etc/passwd"),
        "changed since it was proved: y.ce": replace(
            nested, texts=(*nested.texts, ("y.ce", "0" * 64))
        ),
    }
    for says, document in wrong.items():
        found = judged(document, NESTED, tmp_path)
        assert (says, found.standing) == (says, Standing.FAILS)
        assert says in " ".join(found.why)

def test_another_level_is_not_judged_as_this_one(nested, tmp_path):
    """Neither where the file says so alone, nor where the certificate does, too."""
    found = judged(replace(nested, level=2), NESTED, tmp_path)
    assert found.why == ("the certificate is of another level than the file says",)
    both = replace(edited(nested, lambda data: data.update(level=2)), level=2)
    found = judged(both, NESTED, tmp_path)
    assert found.standing is Standing.FAILS
    assert "another level or view" in found.why[0]


def test_a_bound_of_the_model_is_always_asked(tmp_path):
    """Who asks whether one is reached would no longer ask that it is not."""
    text = (SPECS / "seed" / "s07_foreign_pointer_rejected.ce").read_text("utf-8")
    source = Source("x.ce", text)
    file, _ = parse(source)
    spec, _ = elaborate(file, shipped_platform)
    program = lower(spec, View.WELL_BEHAVED)
    (name,) = [
        (kind, number)
        for kind, thread in enumerate(program.threads)
        for number, check in enumerate(thread.checks)
        if check.kind is CheckKind.BOUND
    ]
    claimed = covered(asking_to_reach(program, [name]), *name)
    empty = {
        "format": 2, "level": 1, "view": "well-behaved", "cuts": [[1]],
        "formulas": {"nodes": [["const", "0x1", 0]], "roots": [0]},
        "program": "0" * 64, "measures": {"about": [], "words": {"nodes": [], "roots": []}},
    }  # fmt: skip
    forged = Document(
        View.WELL_BEHAVED, 1, (name,), (claimed,), json.dumps(empty, separators=(",", ":")),
        "x.ce", stamps(file, spec.platform.span.source),
    )  # fmt: skip
    found = judged(forged, text, tmp_path)
    assert found.standing is Standing.FAILS
    assert found.why == ("it is about reaching a bound of the model",)


# ---- what is no certificate ------------------------------------------------------------------


def _broken(text: str) -> dict[str, str]:
    data = json.loads(text)
    lines = text.splitlines(keepends=True)
    return {
        "empty": "",
        "cut short": text[: len(text) // 2],
        "without its end": text[:-1],
        "junk behind": text + "x",
        "an empty line more": text + "\n",
        "garbage": "\x00\x01\x7f" * 50,
        "not ASCII": text.replace("App", "Äpp"),
        "another JSON": "[1, 2]",
        "only a number": "1e999",
        "not a number": text.replace('"level": 1', '"level": NaN'),
        "a fraction": text.replace('"level": 1', '"level": 1.0'),
        "a truth": text.replace('"level": 1', '"level": true'),
        "a huge number": text.replace('"level": 1', '"level": 1' + "0" * 5000),
        "a key twice": "".join([*lines[:2], lines[1], *lines[2:]]),
        "a key less": "".join(line for line in lines if not line.startswith('"test"')),
        "a key more": text.replace('"test": null', '"test": null,\n"more": 1'),
        "another order": "".join([lines[0], lines[2], lines[1], *lines[3:]]),
        "nests deep": "[" * 1_000_000,
        "nests deep inside": text.replace('"params": []', '"params": ' + "[" * 500 + "]" * 500),
        "quotes without end": '{"format": "' + '\\"' * 500_000,
        "unknown format": text.replace(FORMAT, "cecheck-certificate/2"),
        "unknown view": text.replace('"view": "hostile"', '"view": "other"', 1),
        "an unknown variable": text.replace("App.home", "App.nowhere"),
        "an unknown operator": text.replace('"binary","=="', '"binary","==="', 1),
        "an older form": text.replace('"certificate": {"format":2', '"certificate": {"format":1'),
        "spaces": json.dumps(data),
        "a short hash": text.replace(data["texts"][0][1], "abc"),
    }


@pytest.mark.parametrize("name", _broken(json.dumps({"texts": [["a", "b"]]}, indent=0)))
def test_what_cecheck_did_not_write_is_refused(name, nested, tmp_path):
    """Without a traceback, and without anything of it in the message that a terminal obeys."""
    text = _broken(to_text(nested))[name]
    assert text != to_text(nested)
    found = judged(text, NESTED, tmp_path)
    assert (found.standing, len(found.why)) == (Standing.UNREADABLE, 1)
    assert found.why[0].startswith("no certificate: ")
    assert len(found.why[0]) < 200


def test_a_file_of_any_size_is_read_no_further_than_needed(tmp_path):
    """A hundred megabytes, most of which are not even there."""
    path = tmp_path / "x.cert.json"
    with path.open("wb") as file:
        file.truncate(100 << 20)
    found = certified(str(path), Demand(str(tmp_path)))
    assert found.standing is Standing.UNREADABLE
    assert f"longer than {MAX_BYTES} bytes" in found.why[0]


def test_what_is_no_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "x.cert.json")
    found = certified(str(tmp_path / "x.cert.json"), Demand(str(tmp_path)))
    assert found.standing is Standing.UNREADABLE


def test_formulas_that_grow_without_end_cost_no_more_than_their_time(nested, tmp_path):
    """A hundred nodes, each twice the one before: a formula of 2^100 parts."""

    one = Var("App.kmode", BOOL, Scope.LOCAL)
    two = Var("App.key has other", BOOL, Scope.LOCAL)
    for number in range(120):
        one, two = Binary(BinaryOp.AND if number % 2 else BinaryOp.OR, one, two), one

    def edit(data):
        data["formulas"] = to_data([one])

    found = judged(edited(nested, edit), NESTED, tmp_path, timeout=5.0)
    assert found.standing in (Standing.FAILS, Standing.UNKNOWN)


def test_formulas_deeper_than_a_stack_are_refused(nested, tmp_path):
    def edit(data):
        nodes = [["var", "App.kmode", "local", 0]]
        nodes += [["unary", "!", number] for number in range(100_000)]
        data["formulas"] = {"nodes": nodes, "roots": [len(nodes) - 1]}

    found = judged(edited(nested, edit), NESTED, tmp_path)
    assert found.why == ("no certificate: a formula nests too deep",)


def test_names_of_files_are_safe_and_different():
    """Whatever a path looks like."""
    paths = ["a/b.ce", "a_b.ce", "a b.ce", "\x1b[31m.ce", "ä.ce", "x" * 300, "-rf.ce", ".ce"]
    names = [file_names(path, [View.HOSTILE, View.WELL_BEHAVED, View.HOSTILE]) for path in paths]
    flat = [name for some in names for name in some]
    assert len(set(flat)) == len(flat)
    assert all(set(name) <= set(SAFE) and len(name) < 200 and name[0] not in "-." for name in flat)


SAFE = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-."


def test_terminals_obey_nothing_in_a_certificate(nested, tmp_path):
    """A site, a path, a test: all may come from somebody else."""
    for document in (
        replace(nested, spec="\x1b[2J::error::x.ce"),
        replace(nested, test="\x1b]8;;http://x\x07"),
        replace(nested, given=(("\x1b[31m", 1),)),
    ):
        found = judged(document, NESTED, tmp_path)
        assert found.standing is Standing.FAILS
        text = told([replace(found, path="::error::\x1b[2J")], Paint.PLAIN)
        assert "\x1b" not in text
        assert "\x07" not in text
        assert not any(line.startswith("::") for line in text.splitlines())


def test_a_path_in_a_file_leads_nowhere_outside_the_root(nested, tmp_path):
    """Neither upwards, nor through a link; what is there is not told either."""
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "out.ce").write_text(NESTED)
    (root / "link.ce").symlink_to(tmp_path / "out.ce")
    for place in ("../out.ce", "link.ce", str(tmp_path / "out.ce"), "../none.ce", "no\x00ne.ce"):
        found = judged(replace(nested, spec=place), NESTED, root)
        assert found.standing is Standing.FAILS
        assert "not below the folder" in found.why[0]


def test_nothing_holds_unless_both_solvers_say_so(nested, tmp_path, monkeypatch):
    """Whichever of them does not."""
    yes = {"wrong": [], "surely": False}
    for no, standing in (
        ({"wrong": ["Own: no answer"], "surely": False}, Standing.UNKNOWN),
        ({"wrong": ["Own: the invariant allows it"], "surely": True}, Standing.FAILS),
        ({"wrong": []}, Standing.BROKEN),
    ):
        for first, second in ((yes, no), (no, yes), (no, no)):
            monkeypatch.setattr(
                "cecheck.recheck.certifying",
                lambda _program, _text, _claims, by, told={"z3": first, "cvc5": second}: told[by],
            )
            assert judged(nested, NESTED, tmp_path).standing is standing


def test_a_specification_may_have_been_moved(nested, tmp_path):
    """`--spec` names it; what it uses is looked for beside it."""
    other = tmp_path / "other.ce"
    other.write_text(NESTED)
    path = Path(tmp_path, "x.cert.json")
    path.write_text(to_text(nested))
    found = certified(str(path), Demand(str(tmp_path), str(other), jobs=2))
    assert found.standing is Standing.HOLDS
