"""Questions in MMLU-Pro's form that say nothing, with what a cell can hold, for tests of what its harnesses ask."""

from __future__ import annotations

from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any

_ODD = ("", " a space before", 'a "quote"', "two\nlines", "{} {category}", "$\\frac{1}{2}$", "50 %", "你好", "A. 3")
CATEGORIES = ("law", "computer science", "math", "other")


def mmlu_pro_rows(count: int = 200) -> list[dict[str, Any]]:
    """The rows, as a list of objects."""
    draw, rows = Random(11), []
    for number in range(count):
        options = [f"option {number} {place}{draw.choice(('', *_ODD))}" for place in range(draw.randrange(3, 11))]
        rows.append(
            {
                "question_id": 70 + number,
                "question": f"Which is it in row {number}?{draw.choice(('', *_ODD))}",
                "options": options,
                "answer": "ABCDEFGHIJ"[(place := draw.randrange(len(options)))],
                "answer_index": place,
                "category": CATEGORIES[number % 4],
            }
        )
    return rows


def write_parquet(path: Path, rows: list[dict[str, Any]]) -> bytes:
    """A file of them in the form that MMLU-Pro is published in; its bytes."""
    from arro3.core import Array, DataType, Table, list_array
    from arro3.io import write_parquet as write

    names = list(rows[0])
    columns = {name: [row[name] for row in rows] for name in names}
    ends = [*accumulate(map(len, columns["options"]), initial=0)]
    texts = Array([text for options in columns["options"] for text in options], DataType.utf8())
    arrays = {
        name: Array(values, DataType.int64() if isinstance(values[0], int) else DataType.utf8())
        for name, values in columns.items()
        if name != "options"
    } | {"options": list_array(Array(ends, DataType.int32()), texts)}
    write(Table.from_arrays([arrays[name] for name in names], names=names), path)
    return path.read_bytes()
