"""See ``suite.py``."""


def test_tool_contract(case, grade):
    grade(case)
