"""See ``suite.py``."""


def test_aime25(case, grade):
    grade(case)
