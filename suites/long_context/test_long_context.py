"""See ``suite.py``."""


def test_long_context(case, grade):
    grade(case)
