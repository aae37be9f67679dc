"""MultiChallenge: the last reply of 273 conversations, from a file that the user gives, judged by a criterion each."""

from servecheck.evaluation.suite import Suite
from servecheck.grading.multichallenge import MultiChallengeGrader
from servecheck.problems.multichallenge import MULTICHALLENGE, MULTICHALLENGE_STARTER
from servecheck.profiles.schema import Sampling
from servecheck.protocols.given_conversation import GivenConversation

SUITE = Suite(
    name="multichallenge",
    grader=MultiChallengeGrader(),
    problems=MULTICHALLENGE,
    starter=MULTICHALLENGE_STARTER,
    protocol=GivenConversation(),
    # Its authors state none for the models under test; the limit is that of their judge.
    sampling=Sampling(temperature=0.0, max_tokens=4096),
    fewer_tokens=True,
)
