"""How often the bundled checkpoint answers exactly right, and how often it answers nothing where
there is nothing to answer.

    python chronicles/evaluate.py                                # the table: about ten minutes
    python chronicles/evaluate.py --lengths 1024 --questions 20

The documents are of the held-out split: keys, answers and combinations of wordings that training
never saw. Of each chronicle three things are asked: a question, with global attention and without;
the same in another spelling; and a question that the document does not answer. An answer counts if
the generated text is the answer, letter by letter; where there is none, if no text is generated.
Then all facts of the bundled chronicle are asked for in all wordings.

Then come short documents of other kinds (`OTHERS`), for some of which the sentences, the questions,
or the words stand below or are held out: training has none of them. The last rows are of documents
that were written by hand, in `chronicles/handwritten/`, and that nothing was chosen by.
"""

import argparse
import csv
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
    parser.add_argument("--questions", type=int, default=210,
                        help="at each length, and of each other kind of document "
                             "(default: %(default)s)")  # fmt: skip
    arguments = parser.parse_args()

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

try:
    import numpy as np

    from bpe import LEDTokenizer
    from chronicles.documents import (
        ALL_KINDS, ANSWERS, DATE, KEYS, NARRATIVE, NOUNS, QUESTIONS, SPELLINGS, STATEMENTS,
        UNANSWERABLE, Layout, capitalised, document, fill, narrative, renamed, respelled,
        statement)  # fmt: skip
    from chronicles.train import chronicle_of, encode
    from led import LEDForConditionalGeneration
    from led_support.command_line import spelled_as_in
except ImportError as error:
    sys.exit(f"{error}: pip install -r requirements.txt")

CHRONICLE = Path(__file__).resolve().parent / "chronicle.txt"
HANDWRITTEN = Path(__file__).resolve().parent / "handwritten"

# --------------------------------------------------------------------------------------------------
# What training has nothing of: wordings as in STATEMENTS and QUESTIONS, and what may stand between
# facts.

NEW_STATEMENTS = {
    "where": [
        "the {k} had its place at {a}",
        "the {k} was locked away in a cupboard in {a}",
        "anyone can look at the {k} in the museum of {a}",
        "in a box at {a} lay the {k}",
        "the {k} went to {a} and stayed there",
        "the {k} now belongs to the people of {a}",
    ],
    "who": [
        "{a} carved the {k} in one night",
        "the {k} was designed and made by {a}",
        "the {k} was made by the hands of {a}",
        "all agree that {a} made the {k}",
        "the {k} was a work by {a}",
    ],
    "when": [
        "the {s} at {t} was first opened in the {a}",
        "the {s} at {t} has stood there since the {a}",
        "the {s} at {t} was completed in the {a}",
        "in the {a} a {s} was built at {t}",
        "the walls of the {s} at {t} were raised in the {a}",
    ],
    "colour": [
        "{p} went out in a {a} {n}",
        "{p} never takes off a {a} {n}",
        "{p} bought a new {n}, and it was {a}",
        "on that day the {n} of {p} was {a}",
        "{p} loves a {a} {n}",
    ],
    "how many": [
        "{p} took care of {a} {n}",
        "{p} was proud of {a} {n}",
        "{a} {n} live on the farm of {p}",
        "with {a} {n} {p} was rich",
        "in all {p} had {a} {n}",
    ],
    "where made": [
        "the {k} was made somewhere in {a}",
        "the {k} is a product of {a}",
        "the {k} was made by hand in {a}",
        "in a workshop at {a} they made the {k}",
    ],
    "when made": [
        "the {k} was completed in the {a}",
        "the {k} was made by hand in the {a}",
        "the making of the {k} ended in the {a}",
        "somebody made the {k} in the {a}",
    ],
    "made of": [
        "the {k} is made entirely of {a}",
        "the {k} was made out of {a}",
        "they used {a} to make the {k}",
        "nothing but {a} went into the {k}",
    ],
    "its colour": [
        "the {k} was entirely {a}",
        "the {k} was of a {a} colour",
        "the {k} had a {a} colour",
        "they gave the {k} a {a} coat of paint",
    ],
    "who built": [
        "{a} designed and built the {s} at {t}",
        "the {s} at {t} was built by the hands of {a}",
        "all agree that {a} built the {s} at {t}",
        "the {s} at {t} was a work by {a}",
    ],
    "home": [
        "{p} spent a whole life in {a}",
        "{p} had a small home in {a}",
        "{p} moved to {a} and stayed there",
        "you could visit {p} at {a}",
    ],
}
NEW_QUESTIONS = {
    "where": [
        "What are the whereabouts of the {k}?",
        "Where might the {k} be?",
        "Where exactly did people keep the {k}?",
        "Where do I find the {k}?",
        "Whereabouts is the {k}?",
        "To which place do I go for the {k}?",
        "Can you show me where the {k} is to be seen?",
        "I am looking for the {k}: where is it?",
    ],
    "who": [
        "Who was behind the making of the {k}?",
        "Which master made the {k}?",
        "Whose hands made the {k}?",
        "Who is known as the maker of the {k}?",
        "Can you name the maker of the {k}?",
        "Name the person who made the {k}.",
        "Who can have made the {k}?",
        "From whose workshop did the {k} come?",
    ],
    "when": [
        "When was the {s} at {t} ready?",
        "When did the {s} at {t} come to be?",
        "How far back does the {s} at {t} go?",
        "In what year did {t} build the {s}?",
        "When was it that the {s} at {t} was built?",
        "Can you give me the date of the {s} at {t}?",
        "When exactly did they finish the {s} at {t}?",
        "Which year saw the building of the {s} at {t}?",
    ],
    "colour": [
        "What colour had the {n} of {p}?",
        "In which colour was {p}'s {n} dyed?",
        "Can you name the colour of {p}'s {n}?",
        "Name the colour of the {n} of {p}.",
        "What was the {n} of {p} like in colour?",
        "{p} wore a {n} of what colour?",
        "What colour would {p}'s {n} be?",
        "And the {n} of {p}, what colour was it?",
    ],
    "how many": [
        "How many {n} might {p} have had?",
        "How great was the number of {p}'s {n}?",
        "Can you count the {n} of {p}?",
        "What is the count of {p}'s {n}?",
        "How many {n} lived on {p}'s farm?",
        "How many {n} did {p} possess?",
        "How many {n} were in the stables of {p}?",
    ],
    "where made": [
        "In what place did people make the {k}?",
        "Where exactly was the {k} made?",
        "In which town was the {k} made?",
        "Can you name the place where the {k} was made?",
    ],
    "when made": [
        "When exactly was the {k} made?",
        "In what year did they make the {k}?",
        "Can you give me the date when the {k} was made?",
        "Which year saw the making of the {k}?",
        "At what time was the {k} made?",
    ],
    "made of": [
        "Out of what is the {k} made?",
        "What stuff is the {k} made of?",
        "Which material did they use for the {k}?",
        "Can you name the material of the {k}?",
    ],
    "its colour": [
        "What colour had the {k}?",
        "Can you name the colour of the {k}?",
        "And the {k}, what colour was it?",
        "Which colour did they give the {k}?",
    ],
    "who built": [
        "Whose hands built the {s} at {t}?",
        "Which master built the {s} at {t}?",
        "Name the builder of the {s} at {t}.",
        "Can you name the person who built the {s} at {t}?",
        "Who is known as the builder of the {s} at {t}?",
    ],
    "home": [
        "Where exactly did {p} live?",
        "In which town did {p} live?",
        "Where could one meet {p} at home?",
        "Can you name the place where {p} lived?",
        "Where did {p} dwell?",
    ],
}
NEW_PROSE = [
    "Nobody at the table had listened, and the colonel began again from the beginning.",
    "It had snowed in the night, and the whole of the park lay white and still.",
    "My grandmother used to say that a closed door is the best of neighbours.",
    "He took the money, counted it, and gave half of it back.",
    "There was something in her voice that made him put down the book.",
    '"We shall be late," she said; but he only smiled and went on reading.',
    "The train stopped in the middle of the fields, for no reason that anyone could see.",
    "I must now speak of a matter that I would rather leave alone.",
    "The garden ran down to the water, where an old boat was slowly falling to pieces.",
    "Such men are rare, and it is perhaps as well that they are.",
    "At last the curtain rose, and there was silence in the house.",
    "Whether he believed it himself is more than I can say.",
]
NEW_LINES = [
    "CONTENTS",
    "Chapter Twelve",
    "Remarks",
    "12 October 1871",
    "What we found",
    "Dear Sir or Madam,",
    "IV.",
    "Table 2",
    "Tuesday, the 4th",
    "My notes of that week",
]
NEW_SEPARATORS = ["\n+ ", "\n-- ", "\n\n\n", "\n> ", "\n\t", " / ", "\n# "]

# --------------------------------------------------------------------------------------------------

# The kinds of documents that are no chronicles, by what is asked of them.
OTHERS = {
    "bare": "facts alone",
    "adorned": "facts with openings and closings",
    "one between": "a sentence of narrative between two facts",
    "other text": "facts in new lists, headings and prose",
    "new statements": "facts in wordings that training never had",
    "new questions": "questions in wordings that training never had",
    "new words": "things and people called by words that training never had",
    "not told": "no answer: another kind of question about a known key",
}


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


def answer_as_ask(model, tokenizer, text, question, with_global=True):
    """What the model answers to a question that is spelled as `led.py ask` does"""
    ids, asked, _ = encode(tokenizer, spelled_as_in(text, question), "", text)
    return answer(model, tokenizer, ids, asked if with_global else 0)


def examine(model, tokenizer, length, questions, counts):
    """Asks about as many held-out documents as `questions` says, as `led.py ask` does, and adds to
    two counters, right and all, that map what was asked to a number."""

    def ask(what, text, question, expected, with_global=True):
        given = answer_as_ask(model, tokenizer, text, question, with_global)
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


def arranged(rng, sentences, kind):
    """A document of these sentences, each of which states a fact."""
    separator = rng.choice([" ", "\n", "\n\n", "\n- "])
    if kind == "one between" or (kind not in ("bare", "adorned") and rng.random() < 0.5):
        separator = " "
        fillers = [narrative(rng, rng.choice(NARRATIVE)) for _ in sentences]
    elif kind == "other text":
        separator = rng.choice(NEW_SEPARATORS)
        fillers = [rng.choice(["", *NEW_PROSE, *NEW_LINES]) for _ in sentences]
    else:
        fillers = [""] * len(sentences)
    parts = [part for pair in zip(sentences, fillers) for part in pair if part]
    if fillers[-1] and rng.random() < 0.5:
        parts.pop()
    first = separator.lstrip("\n") if separator.startswith("\n") else ""
    return first + separator.join(parts)


def other_question(seed, kind):
    """A document of a kind of OTHERS: -> text, question, answer"""
    rng = random.Random(f"question {seed}")
    adorned = kind == "adorned" or (kind != "bare" and rng.random() < 0.5)
    layout = Layout(adorned=float(adorned), separators=("\n",), asides=0.5 * (kind == "not told"))
    made = document(seed, 1000, rng.randint(1, 12), ALL_KINDS, "heldout", layout=layout)
    text = arranged(rng, made.text.split("\n"), kind)
    if kind == "not told":
        questions = [one for one in made.unanswerable if one.kind in ("another kind", "no kind")]
        return text, rng.choice(questions).text, ""
    question = rng.choice(made.questions)
    asked, answer = question.text, question.answer
    if kind == "new questions":
        asked = fill(rng.choice(NEW_QUESTIONS[question.kind]), question.key)
    if kind == "new statements":
        wording = rng.choice(NEW_STATEMENTS[question.kind])
        sentence, _ = statement(rng, wording, question.kind, question.key, answer, layout=layout)
        text = text.replace(question.sentence, capitalised(sentence) + ".")
    if kind == "new words":
        asked, answer, text = renamed(rng, made.questions, (asked, answer, text), 1, "heldout")
    return text, asked, answer


def handwritten(first=1, last=24):
    """(text, question, answer) of each question about the documents of these numbers that were
    written by hand"""
    with open(HANDWRITTEN / "questions.tsv", encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        rows = [row for row in rows if first <= int(row["document"]) <= last]
    names = {row["document"] for row in rows}
    texts = {name: (HANDWRITTEN / f"{name}.txt").read_text("utf-8") for name in names}
    return [(texts[row["document"]], row["question"], row["answer"]) for row in rows]


def share_right(model, tokenizer, name, questions):
    """Asks as `led.py ask` does. -> the part of them, (text, question, answer), that is right"""
    right = []
    for text, question, expected in questions:
        right.append(answer_as_ask(model, tokenizer, text, question) == expected)
        print(f"\r{name}: {len(right)} of {len(questions)}", end="", file=sys.stderr)
    print(file=sys.stderr)
    return sum(right) / len(right)


def facts_of(text):
    """The facts of known words that a document states: a list of (kind, key, answer)"""
    words = {"k": r"\w+ \w+", "p": r"\w+ \w+", "t": r"\w+ \w+", "n": r"\w+", "s": r"\w+"}
    facts = []
    for kind, wordings in STATEMENTS.items():
        words["a"] = r"\w+ of \d+" if ANSWERS[kind] is DATE else r"\w+ \w+"
        for wording in wordings:
            pattern = re.sub(r"\{(\w)\}", lambda slot: f"(?P<{slot[1]}>{words[slot[1]]})", wording)
            for match in re.finditer(rf"\b{pattern}", text, re.IGNORECASE):
                found = match.groupdict()
                first, *between, last = found["a"].split()
                pair = next(found[slot] for slot in "kpt" if slot in found).split()
                noun = [found[slot] for slot in "ns" if slot in found]
                tables = [*KEYS[kind], *([NOUNS[kind]] if noun else []), *ANSWERS[kind]]
                known = [
                    {one.lower(): one for one in table}.get(word.lower())
                    for word, table in zip([*pair, *noun, first, last], tables)
                ]
                if None not in known:
                    answered = " ".join([known[-2], *between, known[-1]])
                    facts.append((*match.span(), (kind, tuple(known[:-2]), answered)))
    # One wording may be a part of another: "the workshop that made the silver key was in Wick".
    longest = [
        fact for start, end, fact in facts
        if not any(a <= start and end <= b and b - a > end - start for a, b, _ in facts)
    ]  # fmt: skip
    return list(dict.fromkeys(longest))


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
    for kind, meaning in OTHERS.items():
        questions = [other_question(f"{kind} {i}", kind) for i in range(arguments.questions)]
        print(f"| {meaning} | {share_right(model, tokenizer, kind, questions):.1%} | |", flush=True)
    for which, numbers in (("documents", (1, 12)), ("a second dozen", (13, 24))):
        for meaning, is_told in (("what they tell", True), ("no answer: what they do not", False)):
            some = [one for one in handwritten(*numbers) if bool(one[2]) == is_told]
            part = share_right(model, tokenizer, "written by hand", some)
            print(f"| {len(some)} about {which} written by hand, {meaning} | {part:.1%} | |")


if __name__ == "__main__":
    main(arguments)
