"""PRM800K's own grader: a program that answers questions about it.

    python prm800k_itself.py FOLDER < questions > answers

``FOLDER`` is ``prm800k`` of a clone of openai/prm800k, of which nothing but ``grading/`` is imported. A question a
line, ``[answer, right]``, is answered with ``[whether it is right, both forms of the answer]``.
"""

from __future__ import annotations

import json
import sys
import warnings

if __name__ == "__main__":
    warnings.simplefilter("ignore")  # its regular expressions have escapes that Python does not know
    sys.path.insert(0, sys.argv[1])
    from grading import grader, math_normalize

    for line in sys.stdin:
        answer, right = json.loads(line)
        forms = [math_normalize.normalize_answer(answer), grader._normalize(answer)]
        print(json.dumps([bool(grader.grade_answer(answer, right)), forms]))
