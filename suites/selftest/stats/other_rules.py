"""How others gate: at which score they fail a run that is held to a reference score.

Neither has a third verdict: what does not fail passes, so a loss that is too small to see passes too.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Rates = NDArray[np.float64]
Fails = Callable[[Rates, Rates, int], NDArray[np.bool_]]


def tensorrt_llm(now: Rates, reference: Rates, n: int) -> NDArray[np.bool_]:
    """TensorRT-LLM, tests/integration/defs/accuracy: a z test of two independent samples, with a known deviation.

    That of a single problem is set to 50 points, the greatest that there is, and the reference counts as one sample of
    the same size: at n = 164 a run fails that is 9.1 points below.
    """
    return now < reference - NormalDist().inv_cdf(0.95) * 0.5 * (2 / n) ** 0.5


def vllm(now: Rates, reference: Rates, _: int) -> NDArray[np.bool_]:
    """vLLM, .buildkite/lm-eval-harness: a run fails that is more than 8 % of the reference below it."""
    return now < reference * (1 - 0.08)


def below(margin: float) -> Fails:
    """A run fails that is more than ``margin``, a share, below the reference."""
    return lambda now, reference, _: now < reference - margin
