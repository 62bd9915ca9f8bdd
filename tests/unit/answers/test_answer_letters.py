"""Short names stand for long ones, and for nothing else."""

import inspect
import re

from paramdyn_tui.answers.letters import lettered, letters_for

LONG = ["lenet-digits-sgd-s0-1aa03aa1", "lenet-digits-sgd-s1-2bb14bb2"]


def test_few_short_or_many_names_need_none():
    assert {} == letters_for(LONG[:1])
    assert {} == letters_for(["a.pt", "b.pt"])
    assert {} == letters_for([f"{LONG[0]}{n}" for n in range(27)])
    assert {LONG[0]: "run1", LONG[1]: "run2"} == letters_for(LONG)


def test_only_whole_names_are_replaced():
    letters = letters_for(LONG)
    text = f"{LONG[0]}: {LONG[1]}@20, not {LONG[0]}-2 nor x-{LONG[1]}"
    assert f"run1: run2@20, not {LONG[0]}-2 nor x-{LONG[1]}" == lettered(text, letters)


def test_an_answer_keeps_its_numbers_and_its_commands(full_answer):
    from dataclasses import replace

    named = replace(full_answer, summary=[f"{LONG[1]} moved"], subjects=LONG)
    found = lettered(named, letters_for(LONG))
    assert (["run2 moved"], ["run1", "run2"]) == (found.summary, found.subjects)
    assert full_answer.missing == found.missing
    [lack] = lettered([replace(full_answer.missing[0], run=LONG[0], command=LONG[0])],
                      letters_for(LONG))  # fmt: skip
    assert ("run1", LONG[0]) == (lack.run, lack.command)
    assert full_answer.tables == found.tables
    assert full_answer.pictures[1].values is found.pictures[1].values


def test_no_symbol_of_a_formula_is_the_name_of_a_run():
    from paramdyn.analysis.verdict.rules import recovery

    symbols = set(re.findall(r"\b[A-Z]\d?\b", inspect.getsource(recovery)))
    assert {"A0", "E", "S"} <= symbols
    names = letters_for([f"lenet-digits-sgd-s{place}" for place in range(26)])
    assert not symbols & set(names.values())
