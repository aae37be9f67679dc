"""See ``suite.py``."""


def test_gpqa_simple_evals(case, grade):
    grade(case)
