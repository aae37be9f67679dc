"""Every kind of instruction, followed and not; a loose reading; the two prompts whose letter is drawn."""

from __future__ import annotations

import json

import pytest
from servecheck.grading.instructions.following import Followed, followed, follows, loose_variants
from servecheck.problems.instruction_kinds import KINDS, Instruction, LetterFrequency, instruction_of
from servecheck.problems.instructions import InstructionProblem

AT_LEAST, LESS = "at least", "less than"
# kind, arguments, texts that follow it, texts that do not
CASES: list[tuple[str, dict[str, object], list[str], list[str]]] = [
    ("keywords:existence", {"keywords": ["Lamp", "ship"]}, ["the LAMPS of ships"], ["a lamp", "a.ship"]),
    ("keywords:existence", {"keywords": ["a.b"]}, ["a.b"], ["acb"]),
    ("keywords:frequency", {"keyword": " tea ", "frequency": 2, "relation": AT_LEAST}, ["Tea, steam, teapot"], ["tea"]),
    ("keywords:frequency", {"keyword": "tea", "frequency": 2, "relation": LESS}, ["tea"], ["tea tea"]),
    ("keywords:forbidden_words", {"forbidden_words": ["sea"]}, ["a season"], ["the Sea.", "sea"]),
    ("keywords:letter_frequency", {"letter": "Z", "let_frequency": 2, "let_relation": AT_LEAST}, ["zZ"], ["Z"]),
    ("keywords:letter_frequency", {"letter": "z", "let_frequency": 2, "let_relation": LESS}, ["Z"], ["zoo zoo"]),
    ("language:response_language", {"language": "de"}, ["Das ist ein deutscher Satz mit Umlauten: schön.", "123"],
     ["This is an English sentence, and not a short one."]),
    ("length_constraints:number_sentences", {"num_sentences": 2, "relation": AT_LEAST}, ["Mr. X came. He left."],
     ["Mr. X came."]),
    ("length_constraints:number_sentences", {"num_sentences": 2, "relation": LESS}, ["One."], ["One. Two."]),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 2}, ["a\n***\nb", "***a***b***"],
     ["a", "a\n\nb", "a\n***\n***\nb", "a***b***c"]),
    ("length_constraints:number_words", {"num_words": 3, "relation": AT_LEAST}, ["it's one", "a b c"], ["a b"]),
    ("length_constraints:number_words", {"num_words": 3, "relation": LESS}, ["a b"], ["it's one"]),
    ("length_constraints:nth_paragraph_first_word", {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "But"},
     ["a\n\nbut", "a\n\n'\"But\"!"], ["a\n\nbutter", "but\n\na", "a\n\n\n\nbut", "a", "a\n\nbut\n\nc"]),
    ("detectable_content:number_placeholders", {"num_placeholders": 2}, ["[a] [b]", "[[a]][b]"],
     ["[a]", "[a\n] [b]", "[[a]"]),
    ("detectable_content:postscript", {"postscript_marker": "P.S."}, ["x\np. s. y"], ["PS: y", "P.S"]),
    ("detectable_content:postscript", {"postscript_marker": "P.P.S"}, ["p.p.s y", "P. P. S."], ["P.S. y"]),
    ("detectable_content:postscript", {"postscript_marker": "NB (1)"}, ["nb (1): y"], ["nb 1"]),
    ("detectable_format:number_bullet_lists", {"num_bullets": 2}, ["* a\n- b", "\n\n * a\n*b"],
     ["* a", "** a\n** b", "* a\n* b\n* c", "a * b\n- c"]),
    ("detectable_format:constrained_response", {}, ["Well: My answer is no. So."], ["My answer is no", "no"]),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 2}, ["*a* *b*", "**a** *b*"],
     ["*a*", "* *", "*a\n* *"]),
    ("detectable_format:multiple_sections", {"section_spliter": "Part", "num_sections": 2}, ["Part 1 a Part2 b"],
     ["Part 1", "part 1 part 2", "Part I Part II"]),
    ("detectable_format:json_format", {}, ['```json\n{"a": 1}\n```', "[1]", " 2 "],
     ["{'a': 1}", "x [1]", "[" * 10_000]),
    ("detectable_format:title", {}, ["<<a>>", "x <<a> b>>"], ["<a>", "<< >>", "<<a\n>>", "<<>>", ">>a<<"]),
    ("combination:two_responses", {}, ["a******b", "******a******b******"],
     ["a", "a******a ", "a******b******c", "a************b"]),
    ("combination:repeat_prompt", {"prompt_to_repeat": "How many? "}, [" how MANY? Two."], ["So: how many?"]),
    ("startend:end_checker", {"end_phrase": "The end."}, ['"Well. the END."', "the end. \n"], ["The end. Bye."]),
    ("startend:quotation", {}, [' "a" '], ['"', '"a', "'a'"]),
    ("change_case:capital_word_frequency", {"capital_frequency": 2, "capital_relation": AT_LEAST},
     ["I CAN", "CAN'T", "A-B and C"], ["STOP it"]),
    ("change_case:capital_word_frequency", {"capital_frequency": 2, "capital_relation": LESS}, ["STOP"], ["I CAN"]),
    ("change_case:english_capital", {}, ["THE HOUSE ON THE HILL IS EMPTY."],
     ["THE HOUSE ON THE HILL IS EMPTy."]),
    ("change_case:english_lowercase", {}, ["the house on the hill is empty."],
     ["The house on the hill is empty.", "das haus auf dem hügel steht schon lange leer."]),
    ("punctuation:no_comma", {}, ["a; b"], ["a, b"]),
]  # fmt: skip


def test_no_kind_is_left_out():
    assert {kind for kind, *_ in CASES} == set(KINDS)


@pytest.mark.parametrize(
    ("kind", "arguments", "right", "wrong"), CASES, ids=[f"{kind} {place}" for place, (kind, *_) in enumerate(CASES)]
)
def test_each_kind_is_told_followed_from_not_followed(kind, arguments, right, wrong):
    instruction = instruction_of(kind, json.dumps(arguments))

    assert [text for text in right if not follows(instruction, text)] == []
    assert [text for text in wrong if follows(instruction, text)] == []


def test_exclamation_marks_at_the_end_are_sentences_of_their_own_as_nltk_has_it():
    def at_least(count: int) -> Instruction:
        arguments = json.dumps({"num_sentences": count, "relation": AT_LEAST})
        return instruction_of("length_constraints:number_sentences", arguments)

    assert follows(at_least(2), "Wow!!!")
    assert not follows(at_least(3), "Wow!!!")


def one(kind: str, reply: str, **arguments: object) -> Followed:
    problem = InstructionProblem("x", "Say.", ((kind, instruction_of(kind, json.dumps(arguments))),))
    (found,) = followed(problem, reply)
    return found


@pytest.mark.parametrize("reply", ["Sure:\n{}", "{}\nBye", "Sure:\n{}\nBye", "*{}*"], ids=repr)
def test_loosely_a_first_line_a_last_line_and_asterisks_do_not_count(reply):
    assert one("startend:quotation", reply.format('"a"')) == Followed("startend:quotation", False, True)


def test_there_are_eight_readings():
    assert list(loose_variants("a\n *b* \nc")) == [
        "a\n *b* \nc", "a\n b \nc", "*b* \nc", "b \nc", "a\n *b*", "a\n b", "*b*", "b",
    ]  # fmt: skip


@pytest.mark.parametrize("reply", ["", " \n\t"])
def test_a_blank_reply_follows_nothing(reply):
    assert one("punctuation:no_comma", reply) == Followed("punctuation:no_comma", False, False)


def test_a_mark_in_a_letters_place_is_counted_as_meant_beside_the_letter_that_is_drawn():
    asked = {"letter": "!", "let_frequency": 2, "let_relation": AT_LEAST}

    assert one("keywords:letter_frequency", "no!!", **asked).as_meant == (True, True)
    # Seed 0 draws y first, for what is strict, and W then.
    drawn = [one("keywords:letter_frequency", text, **asked) for text in ("yy", "ww", "!!")]
    assert [(found.strictly, found.loosely) for found in drawn] == [(True, False), (False, True), (False, False)]


def test_what_is_asked_of_a_letter_is_meant_so():
    assert one("keywords:letter_frequency", "zz", letter="z", let_frequency=2, let_relation=AT_LEAST).as_meant is None


def test_where_the_tokenizer_gives_up_nothing_is_followed(monkeypatch):
    def gives_up(text: str) -> list[str]:
        raise TimeoutError

    monkeypatch.setattr("servecheck.grading.instructions.lengths.sentences", gives_up)

    found = one("length_constraints:number_sentences", "a", num_sentences=2, relation=LESS)

    assert (found.strictly, found.loosely) == (False, False)


def test_what_is_no_kind_is_refused():
    class Other(Instruction):
        pass

    with pytest.raises(TypeError, match="Other is no kind of instruction"):
        follows(Other(), "a")


def test_marks_are_told_from_letters():
    replies = {letter: LetterFrequency(letter, 1, AT_LEAST) for letter in "aZ#1é"}
    problems = {
        letter: InstructionProblem("x", "Say.", (("keywords:letter_frequency", asked),))
        for letter, asked in replies.items()
    }

    assert [letter for letter, problem in problems.items() if followed(problem, "a")[0].as_meant] == ["#", "1", "é"]
