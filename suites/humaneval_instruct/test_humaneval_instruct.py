"""See ``suite.py``."""


def test_humaneval_instruct(case, grade):
    grade(case)
