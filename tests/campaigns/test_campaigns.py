"""The campaigns on a few seeds, and what makes them worth running."""

from __future__ import annotations

from random import Random

import pytest

from campaigns.compare import compared
from campaigns.generate import Generator
from campaigns.mutants import is_understood, originals
from campaigns.mutate import mutants
from campaigns.shrink import shrunk
from cecheck.ir.expr import FALSE
from cecheck.lower.access import Questions


def test_random_specifications_agree():
    """Proofs and refutations of both, so that both directions are compared."""
    answers = [compared(Generator(seed).text()) for seed in (1002, 5006, 5016)]
    assert [answer.wrong for answer in answers] == [[], [], []]
    assert min(answer.proved for answer in answers) > 0
    assert sum(answer.refuted for answer in answers) > 10


def test_a_check_that_is_not_asked_is_noticed(monkeypatch):
    """The encoder forgets that a thread may lack a right."""
    monkeypatch.setattr(Questions, "_locked_byte", lambda _: FALSE)
    wrong = compared(Generator(1005).text()).wrong
    assert [said for said in wrong if "permitted at in.q" in said]


@pytest.mark.parametrize("seed", [4, 8])
def test_changed_specifications_agree(seed):
    """Small changes of shipped ones."""
    random = Random(seed)
    texts = originals()
    text, domain = texts[random.choice(sorted(texts))]
    answer = compared(next(filter(is_understood, mutants(text, random))), domain=domain)
    assert answer.wrong == []
    assert answer.proved > 0


def test_seeds_decide_everything():
    """A disagreement can be looked at again by its seed."""
    assert Generator(5).text() == Generator(5).text() != Generator(6).text()


def test_what_is_generated_is_understood():
    """Nearly all: what is not is dropped, and shows nothing."""
    understood = [is_understood(Generator(seed).text()) for seed in range(100)]
    assert sum(understood) >= 90


def test_a_text_shrinks_to_what_matters():
    """Lines, blocks, and braces around what stays."""
    text = "a\nif x {\n    keep\n    b\n}\nwhile y {\n    c\n}\n"
    assert shrunk(text, lambda t: "keep" in t) == "    keep\n"
