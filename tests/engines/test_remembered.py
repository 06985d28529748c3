"""Evidence of earlier runs: a hit says what a cold run says, and a wrong entry says nothing."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from proofs import LIST, NESTED, NEVER, UNMAPPED

from cecheck import cache, remembered, tasks
from cecheck.engines.crew import run
from cecheck.evidence import Evidence
from cecheck.findings import asked
from cecheck.ir.program import Program, View
from cecheck.ir.serial import fingerprint
from cecheck.lower.link import lower
from cecheck.options import Engine, Options, Second
from cecheck.pipeline import verified
from cecheck.reading import shipped_platform
from cecheck.report import to_json
from cecheck.report.model import Report
from cecheck.sema.elaborate import elaborate
from cecheck.source import Source
from cecheck.syntax.parse import parse

# Without its expectation, which leaves a check open: whether that is decided along with others is
# the solver's choice, and so is then whether there is an entry.
OPEN = UNMAPPED.partition("\n")[2]


def told(text: str, folder: Path, **options) -> tuple[dict, list[tuple[str, str]]]:
    """Return the whole report on *text* but its times, and what is new to the cache.

    All in this process, so that a test sees which engines are asked.
    """
    report = verified(Source("x.ce", text), Options(cache=str(folder), **options))
    data = json.loads(to_json.render(Report("", (report,))))
    del data["files"][0]["seconds"]
    return data, list(report.entries)


def stored(text: str, folder: Path) -> tuple[dict, dict[str, str]]:
    """Fill the cache in *folder* with what a cold run of *text* finds."""
    report, entries = told(text, folder)
    for key, entry in entries:
        cache.store(str(folder), key, entry)
    return report, dict(entries)


@pytest.fixture
def engines(monkeypatch):
    """The names of the engines that ran."""
    ran: list[str] = []
    for name in ("proving", "violating", "reaching", "spacing", "measuring", "circling"):
        before = getattr(tasks, name)

        def noted(*given, name=name, before=before):
            ran.append(name)
            return before(*given)

        monkeypatch.setattr(tasks, name, noted)
    return ran


@pytest.mark.parametrize(
    "text", [NESTED, OPEN, LIST, NEVER], ids=["proved", "refuted", "loop", "vacuous"]
)
def test_a_warm_run_says_the_same_without_an_engine(text, tmp_path, engines):
    """Certificates are confirmed and runs replayed; nothing is searched."""
    cold, entries = stored(text, tmp_path)
    assert len(entries) == 2
    assert engines
    engines.clear()
    warm, new = told(text, tmp_path)
    assert warm == cold
    assert (engines, new) == ([], [])


def test_comments_and_layout_are_no_part_of_a_program(tmp_path, engines):
    """Another number is."""
    stored(NESTED, tmp_path)
    engines.clear()
    moved = NESTED.replace("mapped before use", "mapped, then used").replace("    ", "  ")
    report, _ = told(moved.replace("{\n", "{ // and so on\n\n"), tmp_path)
    assert report["exit_status"] == 0
    assert engines == []
    told(NESTED.replace("in_len < sizeof(Request)", "in_len < 2 * sizeof(Request)"), tmp_path)
    assert engines


def test_another_effort_asks_for_itself(tmp_path):
    """What one engine alone, or less work, cannot tell is not told by what all found."""
    program = program_of(NESTED)
    names = asked(program, ())
    efforts = ({}, {"engine": Engine.BMC}, {"rlimit": 1}, {"reduce": False},
               {"second": Second.BITWUZLA})  # fmt: skip
    keys = {remembered.key(program, names, (), Options(**effort)) for effort in efforts}
    keys |= {remembered.key(program, names[1:], (), Options())}
    keys |= {remembered.key(program, names, names[:1], Options())}
    assert len(keys) == 7
    stored(NESTED, tmp_path)
    report, _ = told(NESTED, tmp_path, rlimit=1)
    assert report["exit_status"] == 4


def test_what_is_unknown_is_not_kept(tmp_path):
    """More time may decide it."""
    _, entries = told(NESTED, tmp_path, rlimit=1)
    assert entries == []


# ---- poison ------------------------------------------------------------------------------------


def _poisons(mine: str, other: str) -> dict[str, str]:
    """Return wrong entries for the key of *mine*, some with what *other* has."""
    data, foreign = json.loads(mine), json.loads(other)
    proof = data["proofs"][0]
    every = proof["names"]

    def with_(**changes: object) -> str:
        return json.dumps(data | changes, separators=(",", ":")) + "\n"

    certificate = json.loads(proof["certificate"])
    false = certificate | {"formulas": {"nodes": [["const", "0x0", 0]], "roots": [0]}}
    return {
        "garbage": "\x00" * 100,
        "empty": "",
        "cut short": mine[: len(mine) // 2],
        "a list": "[]",
        "deep": "[" * 100_000,
        "another's": other,
        "another's with this key": json.dumps(foreign | {"key": data["key"]}),
        "another's certificate": with_(proofs=[proof | {k: foreign["proofs"][0][k] for k in (
            "certificate",)}]),
        "no proofs": with_(proofs=[]),
        "one proof less": with_(proofs=[proof | {"names": every[1:]}]),
        "no runs": with_(reached=[]),
        "dead instead of reached": with_(
            reached=[], dead=[proof | {"names": every}], asked_dead=every
        ),
        "proved by nothing": with_(
            proofs=[proof | {"certificate": json.dumps(false, separators=(",", ":"))}]
        ),
        "refuted instead": with_(
            proofs=[proof | {"names": every[1:]}], refuted=[[*every[0], data["reached"][0][2]]]
        ),
        "an unknown engine": with_(proofs=[proof | {"engine": "\x1b[2J"}]),
        "a run without end": with_(reached=[[0, 0, data["reached"][0][2] | {
            "moves": [[0, 0, {}, 10**15]]}]]),
        "words for numbers": with_(reached=[["a", None, 3]]),
        "another format": with_(format="cecheck-cache/0"),
        "a name that is not there": with_(proofs=[proof | {"names": [*every, [0, 99]]}]),
    }  # fmt: skip


NAMES = list(_poisons(
    json.dumps({"key": "", "proofs": [{"names": [[0, 0]], "certificate": "{}"}],
                "reached": [[0, 0, {}]]}),
    json.dumps({"proofs": [{"certificate": ""}]}),
))  # fmt: skip


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """What a cold run says, its entries by view, and those of the wrong twin."""
    folder = tmp_path_factory.mktemp("cache")
    report, entries = stored(NESTED, folder)
    _, others = stored(OPEN, folder)
    return report, entries, others


def program_of(text: str) -> Program:
    """Return the hostile view of *text*."""
    file, _ = parse(Source("x.ce", text))
    assert file is not None
    spec, _ = elaborate(file, shipped_platform)
    assert spec is not None
    return lower(spec, View.HOSTILE)


def recalled(text: str, key: str, entry: str) -> Evidence | None:
    """Return what *entry* comes to as that of the hostile view of *text*."""
    program = program_of(text)
    options = Options(jobs=2)
    return run(remembered.recalled(program, asked(program, ()), entry, key, options), 2)


def test_an_entry_leads_to_the_evidence(clean):
    """So that those below fail for what is wrong with them."""
    _, entries, others = clean
    for text, known in ((NESTED, entries), (OPEN, others)):
        key, entry = next(iter(known.items()))
        assert recalled(text, key, entry) is not None


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_entry_leads_nowhere(name, clean):
    _, entries, others = clean
    (key, mine), other = next(iter(entries.items())), next(iter(others.values()))
    assert recalled(NESTED, key, _poisons(mine, other)[name]) is None


@pytest.mark.parametrize("name", ["garbage", "another's certificate", "refuted instead"])
def test_a_poisoned_cache_changes_no_answer(name, clean, tmp_path):
    """It is found out, the engines are asked, and the entry is replaced."""
    report, entries, others = clean
    for key, other in zip(entries, others.values(), strict=True):
        (tmp_path / f"{key}.json").write_text(_poisons(entries[key], other)[name])
    warm, new = told(NESTED, tmp_path)
    assert warm == report
    assert dict(new) == entries


def test_a_refuted_program_is_not_proved_by_its_twin(clean):
    """Neither with its certificate as it is, nor as one for this program."""
    _, entries, others = clean
    key, right = next(iter(others)), json.loads(next(iter(entries.values())))
    assert recalled(OPEN, key, json.dumps(right | {"key": key})) is None
    named = fingerprint(program_of(OPEN))
    for proof in right["proofs"]:
        inside = json.loads(proof["certificate"]) | {"program": named}
        proof["certificate"] = json.dumps(inside, separators=(",", ":"))
    assert recalled(OPEN, key, json.dumps(right | {"key": key})) is None


# ---- files -------------------------------------------------------------------------------------

KEY = "0" * 64


def test_an_entry_is_a_file_of_its_own(tmp_path):
    folder = tmp_path / "made" / "here"
    cache.store(str(folder), KEY, "one\n")
    cache.store(str(folder), KEY, "two\n")
    assert [path.name for path in folder.iterdir()] == [f"{KEY}.json"]
    assert cache.load(str(folder), KEY) == "two\n"
    assert cache.load(str(folder), "1" * 64) is None


def test_no_link_is_followed(tmp_path):
    """Neither to read, nor to write through it."""
    secret = tmp_path / "secret"
    secret.write_text("secret")
    folder = tmp_path / "cache"
    folder.mkdir()
    (folder / f"{KEY}.json").symlink_to(secret)
    assert cache.load(str(folder), KEY) is None
    cache.store(str(folder), KEY, "mine\n")
    assert (secret.read_text(), cache.load(str(folder), KEY)) == ("secret", "mine\n")


def test_what_cannot_be_read_or_written_is_left(tmp_path):
    """A folder, a pipe, too much, other characters, no folder at all, a key that is none."""
    folder = str(tmp_path)
    os.mkfifo(tmp_path / f"{KEY}.json")
    assert cache.load(folder, KEY) is None
    (tmp_path / f"{'1' * 64}.json").mkdir()
    assert cache.load(folder, "1" * 64) is None
    cache.store(folder, "1" * 64, "text")
    with (tmp_path / f"{'2' * 64}.json").open("wb") as file:
        file.truncate(cache.MAX_BYTES + 1)
    assert cache.load(folder, "2" * 64) is None
    (tmp_path / f"{'3' * 64}.json").write_bytes(b"\xff")
    assert cache.load(folder, "3" * 64) is None
    cache.store(folder, "4" * 64, "x" * (cache.MAX_BYTES + 1))
    cache.store("/proc/nowhere", KEY, "text")
    cache.store(folder, "../outside", "text")
    assert cache.load(folder, "../outside") is None
    assert not any(path.name.startswith((".cecheck", "4")) for path in tmp_path.iterdir())


def test_the_environment_says_where_the_cache_is(monkeypatch):
    """As the XDG specification has it; an empty place turns it off."""
    assert cache.default() is None  # as `conftest.py` has it for all tests
    monkeypatch.delenv("CECHECK_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", "/x")
    assert cache.default() == "/x/cecheck"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", "/home/me")
    assert cache.default() == "/home/me/.cache/cecheck"
    monkeypatch.setenv("CECHECK_CACHE_DIR", "/y")
    assert cache.default() == "/y"
