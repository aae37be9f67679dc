"""See ``suite.py``."""


def test_mbpp(case, grade):
    grade(case)
