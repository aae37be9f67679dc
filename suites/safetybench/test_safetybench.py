"""See ``suite.py``."""


def test_safetybench(case, grade):
    grade(case)
