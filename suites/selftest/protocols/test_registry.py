"""A protocol's name stands for one way of asking."""

from __future__ import annotations

from typing import Any

import pytest
from servecheck import protocols
from servecheck.errors import UsageError
from servecheck.evaluation.protocols import PromptProtocol
from servecheck.problems.starter import Starter
from servecheck.profiles.schema import Sampling
from servecheck.protocols import add_prompt_protocol, prompt_protocol, sampling_sent
from servecheck.protocols.glm_boxed import GlmBoxed
from servecheck.protocols.multiple_choice import MultipleChoice
from servecheck.protocols.published_choice import GLM_CHOICE
from servecheck.protocols.short_question import ShortQuestion


class Worded(PromptProtocol[Any]):
    name = "worded"

    def __init__(self, words: str) -> None:
        self.words = words

    def messages(self, problem: Any) -> list[dict[str, Any]]:
        return [{"role": "user", "content": self.words}]


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocols, "PROTOCOLS", dict(protocols.PROTOCOLS))
    monkeypatch.setattr(protocols, "_CONVERSATIONS", dict(protocols._CONVERSATIONS))


def test_suites_may_share_one():
    add_prompt_protocol(Worded("Be brief."))
    add_prompt_protocol(Worded("Be brief."))
    add_prompt_protocol(MultipleChoice())

    assert prompt_protocol("worded").messages(Starter()["Starter/0"]) == [{"role": "user", "content": "Be brief."}]


def test_one_class_with_two_wordings_is_two_protocols():
    add_prompt_protocol(Worded("Be brief."))

    with pytest.raises(UsageError, match=r"there are two prompt protocols 'worded': give the suite's own another name"):
        add_prompt_protocol(Worded("Take your time."))


def test_what_breaks_over_a_problem_of_another_kind_is_told_with_both():
    with pytest.raises(UsageError, match=r"the prompt protocol multiple_choice over 'Starter/0' broke: .*letters"):
        prompt_protocol("multiple_choice").messages(Starter()["Starter/0"])


class TestSamplingSent:
    """What a run states of its sampling is what its requests have."""

    SAMPLING = Sampling(temperature=0.6, top_p=0.9, top_k=20, max_tokens=99)

    def test_it_is_all_of_it_where_the_protocol_sends_it_as_it_is(self):
        assert sampling_sent("evalplus_chat", self.SAMPLING) == self.SAMPLING.model_dump(exclude_none=True)

    @pytest.mark.parametrize("protocol", [GlmBoxed(), GLM_CHOICE, ShortQuestion()], ids=lambda one: one.name)
    def test_a_top_p_that_is_not_sent_is_not_stated(self, protocol):
        add_prompt_protocol(protocol)

        assert sampling_sent(protocol.name, self.SAMPLING) == {"temperature": 0.6, "top_k": 20, "max_tokens": 99}

    def test_where_nobody_knows_what_is_sent_it_is_what_the_profile_states(self):
        assert sampling_sent("nobodys", self.SAMPLING) == self.SAMPLING.model_dump(exclude_none=True)
