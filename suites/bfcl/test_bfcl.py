"""See ``suite.py``."""


def test_bfcl(case, grade):
    grade(case)
