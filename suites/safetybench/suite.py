"""SafetyBench, a letter a problem: 2,100 of its Chinese ones, or all in Chinese or English (``--problems``)."""

from servecheck.evaluation.suite import Published, Suite
from servecheck.grading.letter_first import LetterFirstGrader
from servecheck.problems.safetybench import EN, ZH, SafetyBench, safetybench_starter
from servecheck.profiles.schema import Sampling
from servecheck.protocols.letter_first import LetterFirst

SUITE = Suite(
    name="safetybench",
    grader=LetterFirstGrader(),
    problems=SafetyBench(),
    starter=safetybench_starter(),
    more_problems=(SafetyBench("safetybench-zh", "zh", ZH), SafetyBench("safetybench-en", "en", EN)),
    protocol=LetterFirst(),
    # A letter is one token; a template may have a line's end or a bracket come first.
    sampling=Sampling(temperature=0.0, top_p=1.0, max_tokens=4),
    fewer_tokens=True,
    sets_thinking=True,
    # Published scores do not say how they asked, nor in which language.
    published=Published(shown=("safetybench",)),
)
