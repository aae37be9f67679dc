"""A formula is arithmetic or nothing: no code that a model writes is run."""

from __future__ import annotations

import pytest
from servecheck.grading.expressions.formula import is_zero


@pytest.mark.parametrize(
    "formula",
    ["(1/2)-(2/4)", "(x^2-1)-((x-1)(x+1))", "(sqrt(8))-(2sqrt(2))", "(5!)-(120)", "(2pi)-(pi*2)", "(0.75)-(3/4)",
     "(f(x))-(f(x))", "(xy)-(yx)", "(ln(1))-(0)"],
)  # fmt: skip
def test_what_simplifies_to_zero_is(formula):
    assert is_zero(formula)


@pytest.mark.parametrize("formula", ["(1)-(2)", "(x)-(y)", "(", "", "1 1 1", "((1,2))-((1,2))", "x y z ("])
def test_what_does_not_or_is_no_formula_is_not(formula):
    assert not is_zero(formula)


@pytest.mark.parametrize(
    "formula",
    [
        "open('{0}','w')-0",
        '(0)-(S(\'open("{0}","w").close()\'))',
        "().__class__.__base__.__subclasses__()-0",
        "[open('{0}','w') for x in [1]]",
        "exec(\"open('{0}','w')\")",
        'sympify(\'open("{0}", "w")\')',
        "(lambda: open('{0}','w'))()",
    ],
)
def test_a_program_is_not_run(formula, tmp_path):
    mark = tmp_path / "mark"

    assert not is_zero(formula.replace("{0}", str(mark)))
    assert not mark.exists()
