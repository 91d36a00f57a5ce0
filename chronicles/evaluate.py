"""How often the bundled checkpoint answers exactly right, and how often it answers nothing where
there is nothing to answer.

    python chronicles/evaluate.py                                # the table: about ten minutes
    python chronicles/evaluate.py --lengths 1024 --questions 20

The documents are of the held-out split: keys, answers and combinations of wordings that training
never saw. Of each document three things are asked: a question, with global attention and without;
the same in another spelling; and a question that the document does not answer. An answer counts if
the generated text is the answer, letter by letter; where there is none, if no text is generated.
Then all facts of the bundled chronicle are asked for in all wordings.
"""

import argparse
import random
import re
import sys
from collections import Counter
from pathlib import Path

if __name__ == "__main__":  # first of all: --help needs none of the libraries below
    parser = argparse.ArgumentParser(description=" ".join(__doc__.split("\n\n")[0].split()))
    parser.add_argument("--model", default=Path(__file__).resolve().parent / "model",
                        help="checkpoint folder (default: the bundled one)")  # fmt: skip
    parser.add_argument("--lengths", type=int, nargs="+", default=[256, 1024, 4096, 16384],
                        metavar="TOKENS", help="of the documents (default: %(default)s)")
    parser.add_argument("--questions", type=int, default=200,
                        help="at each length (default: %(default)s)")  # fmt: skip
    arguments = parser.parse_args()

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

try:
    import numpy as np

    from bpe import LEDTokenizer
    from chronicles.documents import (
        ANSWERS, QUESTIONS, SPELLINGS, STATEMENTS, UNANSWERABLE, fill, respelled)  # fmt: skip
    from chronicles.train import chronicle_of, encode
    from led import LEDForConditionalGeneration
    from led_support.command_line import spelled_as_in
except ImportError as error:
    sys.exit(f"{error}: pip install -r requirements.txt")

CHRONICLE = Path(__file__).resolve().parent / "chronicle.txt"


def facts_in(length):
    """The number of facts in a document for the evaluation: one in about a hundred tokens."""
    return max(4, length // 100)


def answer(model, tokenizer, ids, asked):
    """What the model answers with global attention on the first `asked` tokens"""
    input_ids = np.array([ids])
    is_global = np.zeros_like(input_ids)
    is_global[:, :asked] = 1
    out = model.generate(input_ids, global_attention_mask=is_global, max_length=16)
    return tokenizer.decode(out[0], skip_special_tokens=True).strip()


def examine(model, tokenizer, length, questions, counts):
    """Asks about as many held-out documents as `questions` says, as `led.py ask` does, and adds to
    two counters, right and all, that map what was asked to a number."""

    def ask(what, text, question, expected, with_global=True):
        ids, asked, _ = encode(tokenizer, spelled_as_in(text, question), expected, text)
        given = answer(model, tokenizer, ids, asked if with_global else 0)
        count(what, given == expected)
        return given

    def count(what, is_right):
        right, asked = counts
        right[what] += is_right
        asked[what] += 1

    for i in range(questions):
        seed = f"evaluation {length} {i}"
        rng = random.Random(f"question {seed}")
        chronicle = chronicle_of(tokenizer, seed, length, facts_in(length), "heldout")
        question = rng.choice(chronicle.questions)
        fact = chronicle.text, question.text, question.answer
        given = ask(length, *fact)
        count("unanswered", given == "")
        ask(("without", length), *fact, with_global=False)
        if given == question.answer:
            spelling = SPELLINGS[i % len(SPELLINGS)]
            ask(spelling, chronicle.text, respelled(rng, question.text, spelling), question.answer)
        kind = list(UNANSWERABLE)[i % len(UNANSWERABLE)]
        for question in chronicle.unanswerable:
            if question.kind == kind:
                ask(kind, chronicle.text, question.text, "")
        print(f"\r{length:,} tokens: {i + 1} of {questions}", end="", file=sys.stderr)
    print(file=sys.stderr)


def facts_of(text):
    """The facts that a chronicle states: a list of (kind, key, answer)"""
    words = {"k": r"\w+ \w+", "p": r"\w+ \w+", "t": r"\w+ \w+", "n": r"\w+", "s": r"\w+"}
    facts = []
    for kind, wordings in STATEMENTS.items():
        first_words, last_words = ANSWERS[kind]
        words["a"] = r"\w+ of \d+" if kind == "when" else r"\w+ \w+"
        for wording in wordings:
            pattern = re.sub(r"\{(\w)\}", lambda slot: f"(?P<{slot[1]}>{words[slot[1]]})", wording)
            for match in re.finditer(rf"\b{pattern}", text, re.IGNORECASE):
                found = match.groupdict()
                first, *_, last = found["a"].split()
                if first in first_words and last in last_words:
                    pair = next(found[slot] for slot in "kpt" if slot in found)
                    noun = [found[slot] for slot in "ns" if slot in found]
                    facts.append((kind, (*pair.split(), *noun), found["a"]))
    return facts


def facts_known(model, tokenizer, text):
    """-> the number of facts in a chronicle, of those that are found under all wordings of the
    question, the number of questions and of right answers"""
    facts, right = facts_of(text), []
    for kind, key, expected in facts:
        right.append([])
        for wording in QUESTIONS[kind]:
            ids, asked, _ = encode(tokenizer, fill(wording, key), expected, text)
            right[-1].append(answer(model, tokenizer, ids, asked) == expected)
        print(f"\rfacts: {len(right)} of {len(facts)}", end="", file=sys.stderr)
    print(file=sys.stderr)
    return len(facts), sum(map(all, right)), sum(map(len, right)), sum(map(sum, right))


def main(arguments):
    model = LEDForConditionalGeneration.from_pretrained(arguments.model)
    tokenizer = LEDTokenizer.from_pretrained(arguments.model)
    right, asked = Counter(), Counter()

    def share(what):
        return f"{right[what] / asked[what]:.1%}" if asked[what] else ""

    print("| questions | right | without global attention |\n| --- | ---: | ---: |")
    for length in arguments.lengths:
        examine(model, tokenizer, length, arguments.questions, (right, asked))
        name = f"{length:,} tokens, {facts_in(length)} facts"
        print(f"| {name} | {share(length)} | {share(('without', length))} |", flush=True)
    facts, known, questions, answered = facts_known(model, tokenizer, CHRONICLE.read_text("utf-8"))
    print(f"| the bundled chronicle's facts, each in all wordings | {known} of {facts} | |")
    print(f"| the bundled chronicle's facts, wordings | {answered} of {questions} | |")
    for spelling in SPELLINGS:
        print(f"| of the right ones, in {spelling} | {share(spelling)} | |")
    for kind, meaning in UNANSWERABLE.items():
        print(f"| no answer: {meaning} | {share(kind)} | |")
    print(f"| answerable, but left unanswered | {share('unanswered')} | |")


if __name__ == "__main__":
    main(arguments)
