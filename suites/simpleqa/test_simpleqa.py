"""See ``suite.py``."""


def test_simpleqa(case, grade):
    grade(case)
