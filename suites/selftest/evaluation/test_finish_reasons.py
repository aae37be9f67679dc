"""Which words are an end of a reply, which a fault of its server, and which say nothing."""

import pytest
from servecheck.evaluation.finish_reasons import end_kind, last_end


@pytest.mark.parametrize(
    "word",
    [
        *("stop", "eos_token", "stop_sequence", "end_turn", "tool_calls", "tool_use", "function_call"),
        *("STOP", " stop "),
    ],
)
def test_a_known_word_is_an_end(word):
    assert end_kind(word) == "ended"


@pytest.mark.parametrize("word", ["content_filter", "refusal", "SAFETY", "prohibited_content"])
def test_what_a_filter_cut_off_is_neither_the_model_s_end_nor_a_limit(word):
    assert end_kind(word) == "filtered"
    assert end_kind(word, frozenset({word.lower()})) == "ended"


@pytest.mark.parametrize("word", ["length", "max_tokens", "MAX_TOKENS", "model_length", "repetition"])
def test_a_reply_at_its_limit_is_cut(word):
    assert end_kind(word) == "cut"


@pytest.mark.parametrize("word", ["abort", "aborted", "error", "cancelled", "canceled", "Abort"])
def test_what_the_server_broke_off_is_its_fault(word):
    assert end_kind(word) == "server fault"


@pytest.mark.parametrize("word", ["", "unknown", "stopped", "null"])
def test_a_word_of_no_table_says_nothing(word):
    assert end_kind(word) == "unknown"


def test_a_profile_can_add_a_word_but_makes_no_end_of_a_fault():
    further = frozenset({"finished", "abort"})

    assert end_kind("finished", further) == end_kind("Finished", further) == "ended"
    assert end_kind("abort", further) == "server fault"


@pytest.mark.parametrize(
    ("earlier", "later", "counts"),
    [
        (None, "stop", "stop"),
        ("", "stop", "stop"),
        ("stop", "length", "length"),
        ("stop", "abort", "abort"),
        ("abort", "stop", "abort"),
        ("Error", "length", "Error"),
    ],
)
def test_a_reply_that_was_given_up_is_not_ended_by_a_later_word(earlier, later, counts):
    assert last_end(earlier, later) == counts
