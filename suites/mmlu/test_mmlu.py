"""See ``suite.py``."""


def test_mmlu(case, grade):
    grade(case)
