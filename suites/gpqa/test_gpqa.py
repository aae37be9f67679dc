"""See ``suite.py``."""


def test_gpqa(case, grade):
    grade(case)
