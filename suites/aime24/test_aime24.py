"""See ``suite.py``."""


def test_aime24(case, grade):
    grade(case)
