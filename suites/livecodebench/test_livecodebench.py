"""See ``suite.py``."""


def test_livecodebench(case, grade):
    grade(case)
