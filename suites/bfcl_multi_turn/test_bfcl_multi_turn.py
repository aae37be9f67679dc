"""See ``suite.py``."""


def test_bfcl_multi_turn(case, grade):
    grade(case)
