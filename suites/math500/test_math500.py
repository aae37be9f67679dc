"""See ``suite.py``."""


def test_math500(case, grade):
    grade(case)
