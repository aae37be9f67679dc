"""Is a profile still the model that was recorded? Divergence decides, and nothing is graded."""

from servecheck.evaluation.suite import Suite
from servecheck.fingerprint.prompt_set import PROMPT_SET

SUITE: Suite = Suite(name="fingerprint", measures="divergence", problems=PROMPT_SET)
