"""See ``suite.py``."""


def test_gpqa_aa(case, grade):
    grade(case)
