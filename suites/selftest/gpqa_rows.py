"""198 questions in GPQA's form that say nothing, with all that a cell can hold, for tests of what harnesses ask."""

from __future__ import annotations

import csv
import io
from random import Random

HEAD = (
    "Record ID", "Question", "Correct Answer", "Incorrect Answer 1", "Incorrect Answer 2", "Incorrect Answer 3",
    "High-level domain",
)  # fmt: skip
_ODD = (
    "", "NA", "None", "nan", "007", "1e5", "2.50", " a space before", "a space behind ", 'a "quote", and a comma',
    "two\nlines", "two\r\nlines", "{Question} {A}", "$\\frac{1}{2}$", "50 %", "Ångström 你好", "A) 3", "\ttab", "null.",
)  # fmt: skip


def gpqa_csv(rows: int = 198) -> bytes:
    """The file."""
    draw, written = Random(7), io.StringIO(newline="")
    table = csv.writer(written)
    table.writerow(HEAD)
    for row in range(rows):
        cells = [f"choice {row} {number}" for number in range(4)]
        for _ in range(draw.randrange(3)):
            cells[draw.randrange(4)] = draw.choice(_ODD)
        if draw.random() < 0.1:
            cells[draw.randrange(1, 4)] = cells[0]
        question = f"Which is it in row {row}?{draw.choice(('', *_ODD))}"
        table.writerow([f"rec{row}", question, *cells, draw.choice(("Physics", "Chemistry", "Biology"))])
    return written.getvalue().encode()
