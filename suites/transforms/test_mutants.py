"""Every law fails where the transform that it is about is broken in one place: a law that cannot fail shows nothing.

``pytest suites/transforms/test_mutants.py -m slow -v`` prints the table.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import Phase, is_hypothesis_test, settings
from servecheck.transforms import TRANSFORMS

from suites.transforms.mutants import MUTANTS

pytestmark = [pytest.mark.transforms, pytest.mark.slow]

FOLDER = Path(__file__).parent


def laws() -> dict[str, Callable[[], None]]:
    """Every law of this folder by its name."""
    found = {}
    for path in sorted(FOLDER.glob("test_*.py")):
        if path == Path(__file__):
            continue
        module = importlib.import_module(f"suites.transforms.{path.stem}")
        for name, test in vars(module).items():
            if name.startswith("test_") and is_hypothesis_test(test):
                found[f"{path.stem.removeprefix('test_')}.{name.removeprefix('test_')}"] = test
    return found


LAWS = laws()


def test_every_law_has_a_mutant():
    assert sorted(LAWS) == sorted({mutant.law for mutant in MUTANTS})


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.law}: {mutant.name}")
def test_a_law_fails_on_its_mutant(mutant, monkeypatch):
    law = LAWS[mutant.law]
    # Found is enough: to make the counterexample small would take the most of the time.
    quick = settings(law._hypothesis_internal_use_settings, phases=[Phase.explicit, Phase.generate], max_examples=1000)
    monkeypatch.setattr(law, "_hypothesis_internal_use_settings", quick)
    if mutant.attribute:
        monkeypatch.setattr(mutant.where, mutant.attribute, mutant.by)
    else:
        monkeypatch.setitem(TRANSFORMS, mutant.where, mutant.by)

    with pytest.raises((AssertionError, SyntaxError, LookupError, ExceptionGroup)):
        law()
