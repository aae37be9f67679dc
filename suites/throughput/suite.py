"""What speculative decoding buys at each concurrency; nothing is graded, and nothing else may run beside it."""

from servecheck.evaluation.suite import Suite

SUITE: Suite = Suite(name="throughput", measures="speed", quality_of="humaneval")
