"""See ``suite.py``."""


def test_sysbench(case, grade):
    grade(case)
