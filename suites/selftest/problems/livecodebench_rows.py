"""Files of rows in LiveCodeBench's form, with problems of the test's own."""

from __future__ import annotations

import base64
import hashlib
import json
import pickle
import zlib
from collections.abc import Mapping, Sequence

from servecheck.problems.contest_rows import ContestRows


def case(given: str, expected: str, kind: str) -> dict[str, str]:
    return {"input": given, "output": expected, "testtype": kind}


def row(number: int, date: str, *, function: str = "", title: str = "A - Sum", **more: object) -> dict[str, object]:
    """One; of a function, as LeetCode's are."""
    kind = "functional" if function else "stdin"
    hidden = json.dumps([case(f"[{number}]" if function else f"{number}\n", f"{number}", kind)])
    return {
        "question_title": title,
        "question_content": f"Say {number}.",
        "platform": "leetcode" if function else "atcoder",
        "question_id": f"abc{number}_a",
        "contest_id": f"abc{number}",
        "contest_date": f"{date}T00:00:00",
        "starter_code": f"class Solution:\n    def {function}(self, nums):\n        " if function else "",
        "difficulty": "easy",
        "public_test_cases": json.dumps([case("[0]" if function else "0\n", "0", kind)]),
        "private_test_cases": base64.b64encode(zlib.compress(pickle.dumps(hidden))).decode(),
        "metadata": json.dumps({"func_name": function} if function else {}),
        **more,
    }


def lines(rows: Sequence[Mapping[str, object]]) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in rows)


def published(content: bytes, url: str = "http://127.0.0.1:9/", name: str = "test5.jsonl") -> ContestRows:
    """A file as it is known to be published."""
    return ContestRows(
        title=f"LiveCodeBench's {name}",
        file_name=f"livecodebench-{name}",
        published_name=name,
        url=url,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        override_variable="LIVECODEBENCH_OVERRIDE_PATH",
    )
