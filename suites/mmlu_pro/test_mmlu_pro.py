"""See ``suite.py``."""


def test_mmlu_pro(case, grade):
    grade(case)
