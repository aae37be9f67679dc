"""The reader and the grader of GLM's own harness: a program that answers questions about what these say.

    python glm_itself.py FOLDER < questions > answers

``FOLDER`` is a clone of zai-org/glm-simple-evals at db7fdc8, whose ``evals/grading`` is that of PRM800K. A question a
line, ``[reply]`` or ``[answer, right]``: the first is answered with what is read in it, null where nothing; the other
with ``[whether it is right, both forms of the answer]``. Of ``evals/math_eval.py`` the reader alone is run: the rest
needs pandas.
"""

from __future__ import annotations

import ast
import json
import sys
import warnings
from pathlib import Path

_READER = {"last_boxed_only_string", "remove_boxed", "extract_boxed_answer"}


def reader(evals: Path):
    tree = ast.parse((evals / "math_eval.py").read_text(encoding="utf-8"))
    tree.body = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in _READER]
    names: dict[str, object] = {}
    exec(compile(tree, "math_eval.py", "exec"), names)
    return names["extract_boxed_answer"]


def main(evals: Path) -> None:
    warnings.simplefilter("ignore")  # its regular expressions have escapes that Python does not know
    sys.path.insert(0, str(evals))
    from grading import grader, math_normalize

    read = reader(evals)
    for line in sys.stdin:
        match json.loads(line):
            case [reply]:
                told = read(reply)
            case [answer, right]:
                forms = [math_normalize.normalize_answer(answer), grader._normalize(answer)]
                told = [bool(grader.grade_answer(answer, right)), forms]
        print(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]) / "evals")
