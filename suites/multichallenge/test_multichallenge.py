"""See ``suite.py``."""


def test_multichallenge(case, grade):
    grade(case)
