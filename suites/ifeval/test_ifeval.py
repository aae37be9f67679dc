"""See ``suite.py``."""


def test_ifeval(case, grade):
    grade(case)
