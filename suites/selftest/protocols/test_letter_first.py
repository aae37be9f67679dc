"""A letter is asked for at once, in the question's language, with what else was likely."""

from __future__ import annotations

from servecheck.problems.choice import CategoryProblem
from servecheck.profiles.schema import Sampling
from servecheck.protocols.letter_first import LetterFirst


def content(language: str) -> str:
    problem = CategoryProblem(f"S/health/{language}/0", " Which? ", ("one", "two"), "A", "Health")
    [message] = LetterFirst().messages(problem)
    assert message["role"] == "user"
    return str(message["content"])


def test_question_and_options_are_in_the_words_of_the_questions_language():
    assert content("en").startswith("Question: Which?\nOptions:\nA. one\nB. two\n\nAnswer with the letter")
    assert content("zh").startswith("问题：Which?\n选项：\nA. one\nB. two\n\n只回答")


def test_the_model_is_not_to_think_and_the_server_tells_twenty_tokens_beside_each():
    fields = LetterFirst().request_fields(Sampling(temperature=0.0, max_tokens=4))

    assert fields["chat_template_kwargs"] == {"enable_thinking": False}
    assert (fields["logprobs"], fields["top_logprobs"]) == (True, 20)
    assert (fields["temperature"], fields["max_completion_tokens"]) == (0.0, 4)
