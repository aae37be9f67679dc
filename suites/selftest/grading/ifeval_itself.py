"""Runs inside an environment that has lm-evaluation-harness, and lets its task ``ifeval`` judge replies; nothing of
this project is there.

Reads a JSON object from standard input: ``cases``, a list of ``[line of IFEval's file, reply]``, and ``answer``, the
file to write. The answer: ``version`` and ``verdicts``, for each case what the task's ``process_results`` gives. Both
its sources of chance begin at seed 0 with every case.
"""

from __future__ import annotations

import json
import random
import sys
from importlib import metadata
from pathlib import Path


def main() -> None:
    asked = json.load(sys.stdin)
    from langdetect import DetectorFactory
    from lm_eval.tasks.ifeval.utils import process_results

    DetectorFactory.seed = 0
    verdicts = []
    for doc, reply in asked["cases"]:
        random.seed(0)
        verdicts.append(process_results(doc, [reply]))
    Path(asked["answer"]).write_text(json.dumps({"version": metadata.version("lm_eval"), "verdicts": verdicts}))


if __name__ == "__main__":
    main()
