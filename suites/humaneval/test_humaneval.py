"""See ``suite.py``."""


def test_humaneval(case, grade):
    grade(case)
