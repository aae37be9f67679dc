"""See ``suite.py``."""


def test_hle(case, grade):
    grade(case)
