"""See ``suite.py``."""


def test_tool_trigger(case, grade):
    grade(case)
