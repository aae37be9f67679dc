"""How thoroughly hypothesis searches: 25 examples a test, always the same; 1,000 new ones where asked for.

``--hypothesis-profile=thorough`` asks for them, and ``.ci/run full`` does. No example has a deadline: how long one
takes is the machine's business.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis import HealthCheck, settings

_NOT_CHOSEN = {"default", "ci"}  # hypothesis's own, one of which is in force where nobody chose
_SLOW = [HealthCheck.too_slow]

settings.register_profile(
    "quick", max_examples=25, derandomize=True, deadline=None, database=None, suppress_health_check=_SLOW
)
settings.register_profile("thorough", max_examples=1000, deadline=None, database=None, suppress_health_check=_SLOW)


@contextmanager
def quick_unless_chosen() -> Iterator[None]:
    """Have the quick profile in force inside the block, while modules are imported: hypothesis reads it then."""
    before = settings.get_current_profile_name()
    settings.load_profile("quick" if before in _NOT_CHOSEN else before)
    try:
        yield
    finally:
        settings.load_profile(before)
