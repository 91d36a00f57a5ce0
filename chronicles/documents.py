"""Documents with facts scattered through them, and questions about the facts.

A document is a run of sentences, some of which state facts. They are of eleven kinds. Chronicles,
long and full of narrative, have the first five:

    where       The silver key, so the clerk writes, was kept at Upper Marling.
    who         It was Alda Brook who made the oak chest.
    when        The bridge at Upper Wick was finished in the spring of 1312.
    colour      Alda Brook came to the feast in a dark green cloak.
    how many    In those years Alda Brook kept forty two goats.
    where made  The silver key was made at Great Ashford.
    when made   The silver key dates from the winter of 1340.
    made of     The silver key is made of solid lead.
    its colour  The silver key is pale blue.
    who built   The bridge at Upper Wick was built by Ivo Kemp.
    home        Alda Brook lived at Old Denby.

A fact belongs to a key of two words that vary independently (silver + key, Alda + Brook, Upper +
Wick). Other facts and the narrative share each of the two words, so that only both together find
the answer, and the same key can carry facts of other kinds, so that the wording of the question
matters too.

Other documents (`Layout`) have any or no narrative, other people's prose, headings, lists, facts
that touch, answers of one word, and statements about a key that answer no question.

A document comes with questions that it does not answer, too: for a key of which it has the words
but no such fact, for words that it does not have, for another kind of fact, or for what no
document tells. A question can be spelled in lower case, in upper case, with a letter doubled or as
in America, and words of document and question can be replaced by others.

Two splits never meet. Of every table of pairs, one pair in eight is held out, and so is one
combination in four of a statement's wording with a question's wording. "train" uses none of
these; "heldout" asks only about facts whose key, answer (where it is a pair) and combination of
wordings are all held out. So are one combination in four of a wording and a word for what no
document tells, and one in eight of the words that replace others. Only in training other words
stand around a question ("Do you know where the silver key is?"). "further" is "train" with the
wordings of further.py, too, and with documents that are dense: nearly all of their facts are there
to mislead. "linked" is "further" with the wordings of linked.py: sentences that say "it", "she" or
"Brook" of what the one before was about, and years, numbers and months beyond the tables.

Everything is a function of the seed. Only the standard library is used.
"""

import argparse
import random
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from chronicles.further import FURTHER_NOT_TOLD, FURTHER_QUESTIONS, FURTHER_STATEMENTS  # noqa: E402
from chronicles.linked import (  # noqa: E402
    CARD_LEADS, LEADS, LINKED_CLAUSES, LINKED_STATEMENTS, MONTHS, WIDE_NUMBERS, WOMEN)  # fmt: skip
from chronicles.wordings import (  # noqa: E402
    ALL_KINDS, ANIMALS, APPOSITIONS, ASIDES, CLOSINGS, COLOURS, CONJUNCTIONS, EVERYDAY,
    FAMILY_NAMES, FIRST_NAMES, GARMENTS, HEADINGS, INDIRECT, KINDS, MATERIALS, NARRATIVE,
    NOT_TOLD, OBJECTS, OPENINGS, OTHER_QUESTIONS, OTHER_WORDS, PHRASES_AFTER,
    PHRASES_BEFORE, PLACE_NAMES, PLACE_PREFIXES, PROSE, QUALITIES, QUESTIONS, SEASONS,
    SHADES, SMALL_NUMBERS, SMALL_WORDS, STATEMENTS, STRANGE_WORDS, STRUCTURES, SUBSTANCES, SYLLABLE,
    TENS, TRAINING_NOT_TOLD, TRAINING_QUESTIONS, UNITS, WAYS_TO_ASK, YEARS)  # fmt: skip


@dataclass
class Question:
    """A question, its answer, and where in the document this stands: characters `start:end`.

    key: the words that the fact belongs to; sentence: the one that states it. A question that the
    document does not answer has neither, the answer "", and as its kind one of UNANSWERABLE.
    """

    text: str
    answer: str
    kind: str
    key: tuple = ()
    sentence: str = ""
    start: int = 0
    end: int = 0


@dataclass
class Document:
    """A chronicle and the questions that may be asked about it."""

    text: str
    questions: list = field(default_factory=list)
    unanswerable: list = field(default_factory=list)


SPLITS = "train", "further", "linked", "heldout"
FURTHER = "further", "linked"  # those with the wordings of further.py


def is_held_out_pair(i, j):
    """Whether training never sees the i-th word of one table with the j-th of another."""
    return (3 * i + 5 * j) % 8 == 0


def is_held_out_wording(statement, question):
    """Whether a statement's wording and a question's wording are never combined in training."""
    return (statement + question) % 4 == 0


def draw_pair(rng, table_a, table_b, held_out, words):
    """One of the first `words` words of each table. held_out: True, False or None (either)."""
    while True:
        i, j = rng.randrange(len(table_a[:words])), rng.randrange(len(table_b[:words]))
        if held_out is None or is_held_out_pair(i, j) == held_out:
            return table_a[i], table_b[j]


# The two tables each pair comes from.
PLACE = PLACE_PREFIXES, PLACE_NAMES
PERSON = FIRST_NAMES, FAMILY_NAMES
DATE = SEASONS, YEARS
COLOUR = SHADES, COLOURS
NUMBER = TENS, UNITS
ANSWERS = {
    "where": PLACE,
    "who": PERSON,
    "when": DATE,
    "colour": COLOUR,
    "how many": NUMBER,
    "where made": PLACE,
    "when made": DATE,
    "made of": (QUALITIES, MATERIALS),
    "its colour": COLOUR,
    "who built": PERSON,
    "home": PLACE,
}
# What the kinds are about, and the tables that its words come from: a pair, for some with a noun.
SUBJECTS = {
    "where": "thing",
    "who": "thing",
    "when": "building",
    "colour": "garment",
    "how many": "herd",
    "where made": "thing",
    "when made": "thing",
    "made of": "thing",
    "its colour": "thing",
    "who built": "building",
    "home": "person",
}
SUBJECT_KEYS = {
    "thing": (SUBSTANCES, OBJECTS),
    "building": PLACE,
    "person": PERSON,
    "garment": PERSON,
    "herd": PERSON,
}
SUBJECT_NOUNS = {"building": STRUCTURES, "garment": GARMENTS, "herd": ANIMALS}
KEYS = {kind: SUBJECT_KEYS[subject] for kind, subject in SUBJECTS.items()}
NOUNS = {
    kind: SUBJECT_NOUNS[subject] for kind, subject in SUBJECTS.items() if subject in SUBJECT_NOUNS
}


def join_answer(kind, pair):
    """The pair as an answer of the kind: two words, or "season of year"."""
    return (" of " if ANSWERS[kind] is DATE else " ").join(pair)


def draw_answer(rng, kind, held_out, words):
    """An answer of the kind: two words, or "season of year"."""
    return join_answer(kind, draw_pair(rng, *ANSWERS[kind], held_out, words))


def draw_short_answer(rng, kind, words):
    """An answer of one word."""
    table_a, table_b = ANSWERS[kind]
    if ANSWERS[kind] is NUMBER:
        return rng.choice([rng.choice(SMALL_NUMBERS), str(rng.randrange(2, 200))])
    if ANSWERS[kind] is PERSON:
        return rng.choice(table_a[:words])
    return rng.choice(table_b[:words])


def draw_wide_answer(rng, kind):
    """A date or a number that the tables do not have, or have in other forms."""
    if ANSWERS[kind] is NUMBER:
        some = rng.choice(TENS), rng.choice(UNITS)
        forms = [str(rng.randrange(2, 100)), str(rng.randrange(100, 5000)), "-".join(some),
                 rng.choice(WIDE_NUMBERS)]  # fmt: skip
        return rng.choice(forms)
    year = rng.choice([rng.randrange(1000, 2030), rng.randrange(1200, 1950)])
    forms = [f"{year}", f"{rng.choice(SEASONS)} of {year}", f"{rng.choice(MONTHS)} {year}"]
    return rng.choice(forms)


def draw_key(rng, kind, held_out, words):
    """A key: a pair of words, for some kinds followed by a noun."""
    key = draw_pair(rng, *KEYS[kind], held_out, words)
    return key + (rng.choice(NOUNS[kind][:words]),) if kind in NOUNS else key


def is_own_key(kind, key, held_out):
    """Whether the pair of a key of known words belongs to the split."""
    table_a, table_b = KEYS[kind]
    return is_held_out_pair(table_a.index(key[0]), table_b.index(key[1])) == held_out


def draw_similar_key(rng, key, kind, held_out, words):
    """A key that differs from `key` in one word."""
    while True:
        at = rng.randrange(len(key))
        similar = key[:at] + draw_key(rng, kind, None, words)[at : at + 1] + key[at + 1 :]
        if similar != key and (held_out is None or is_own_key(kind, similar, held_out)):
            return similar


def fill(template, key, answer="", **words):
    """A wording of STATEMENTS or of questions with its key, answer and other words put in."""
    pair = " ".join(key[:2])
    noun = key[2] if len(key) == 3 else ""
    return template.format(k=pair, p=pair, t=pair, n=noun, s=noun, a=answer, **words)


def narrative(rng, template, key_words=(), misleading=0, words=None):
    """A narrative sentence, its slots filled: it states none of the facts.

    misleading: the part of its words that are taken from key_words, where these have one that fits
    words: how many of each table it may have (None: all)
    """
    # A word is drawn for each slot separately, so that a template that uses a slot twice gets two
    # words.
    tables = {
        "F": FIRST_NAMES,
        "L": FAMILY_NAMES,
        "T": PLACE_NAMES,
        "M": SUBSTANCES,
        "O": OBJECTS,
        "S": STRUCTURES,
        "G": GARMENTS,
        "C": COLOURS,
        "A": ANIMALS,
        "N": UNITS,
        "Y": YEARS,
        "E": SEASONS,
    }

    def draw(slot):
        table = tables[slot[1]][:words]
        close = [word for word in table if word in key_words]
        return rng.choice(close if close and misleading and rng.random() < misleading else table)

    return re.sub(r"\{(\w)\}", draw, template)


def aside(rng, kind, key, words):
    """A statement about a key that answers no question, and its verb ("" if it has none)."""
    template = rng.choice(ASIDES[SUBJECTS[kind]])
    verb = rng.choice(OTHER_WORDS["verb"])
    pairs = {"P": PERSON, "T": PLACE, "C": COLOUR, "N": NUMBER, "O": (SUBSTANCES, OBJECTS)}
    others = {slot: " ".join(draw_pair(rng, *pair, None, words)) for slot, pair in pairs.items()}
    others["D"] = " of ".join(draw_pair(rng, *DATE, None, words))
    text = fill(template, key, v=verb, **others)
    return text, verb if "{v}" in template else ""


def capitalised(text):
    return text[:1].upper() + text[1:]


def clause(rng, words):
    """A narrative sentence without its capital letter and full stop."""
    template = rng.choice(NARRATIVE)
    text = narrative(rng, template, words=words).removesuffix(".")
    return text if template.startswith("{") else text[0].lower() + text[1:]


def statement(rng, wording, kind, key, answer, words=None, layout=None):
    """What states a fact, without capital letter and full stop, and the offset of the answer in it.

    With a layout openings and closings may be missing, or be of clauses of the narrative.
    """
    opening, closing = "", ""
    if layout is None or rng.random() < layout.adorned:
        opening, closing = rng.choice(OPENINGS), rng.choice(CLOSINGS)
    if layout and rng.random() < layout.clauses:
        if rng.random() < 0.5:
            opening = f"{rng.choice(CONJUNCTIONS)} {clause(rng, words)}, "
        else:
            closing = f", {rng.choice(CONJUNCTIONS)} {clause(rng, words)}"
    if layout and rng.random() < layout.clauses:
        subject = "{k} " if "{k} " in wording else "{p} "
        wording = wording.replace(subject, subject[:-1] + rng.choice(APPOSITIONS[subject[1]]) + " ")
    if ANSWERS[kind] is DATE and " of " not in answer:
        wording = wording.replace("the {a}", "{a}")  # in the spring of 1312, but in 1312
    before, after = wording.split("{a}")
    before = opening + fill(before, key)
    if before.endswith(" a ") and answer[0] in "aeiou":
        before = before[:-1] + "n "
    return before + answer + fill(after, key) + closing, len(before)


def count_words(text):
    """Words and punctuation marks."""
    return len(re.findall(r"\w+|[^\w\s]", text))


class Layout(NamedTuple):
    """What stands between the facts of a document that is not a chronicle."""

    fillers: float = 0  # sentences between two facts, on average, as long as there is room
    adorned: float = 0  # the part of the facts with openings and closings
    clauses: float = 0  # the part of those with other clauses before, after and within
    separators: tuple = (" ",)  # between two sentences; {i} is the number of the sentence
    stop: str = "."  # at the end of a fact
    prose: float = 0  # the part of other people's prose in the fillers
    headings: float = 0  # lines of their own, for each fact
    asides: float = 0  # statements about a key that answer no question, for each fact
    joined: float = 0  # the part of the facts that stand in one sentence with the last one
    short: float = 0  # the part of the answers that are one word


SEPARATORS = [
    (" ",),
    (" ", " ", " ", "\n"),
    (" ", " ", " ", "\n\n"),
    ("\n",),
    ("\n\n",),
    ("\n- ",),
    ("\n* ",),
    ("\n{i}. ",),
    ("\n{i}) ",),
    ("\n   ",),
    ("  ",),
    (" ", "\n", "\n\n", "\n- "),
]


def draw_layout(rng):
    """Any layout: each of its parts is absent from many documents."""
    separators = rng.choice(SEPARATORS[:1] * 4 + SEPARATORS)
    return Layout(
        fillers=rng.choice([0, 0, 0, 0.3, 1, 2, 4]),
        adorned=rng.choice([0, 0, 0.5, 1]),
        clauses=rng.choice([0, 0, 0, 0.2]),
        separators=separators,
        stop=rng.choice([".", ".", "", ";"]) if "\n" in separators[0] else ".",
        prose=rng.choice([0, 0.3, 1]),
        headings=rng.choice([0, 0, 0.2, 0.5]),
        asides=rng.choice([0, 0, 0.2, 0.5]),
        joined=rng.choice([0, 0, 0.3]),
        short=rng.choice([0, 0.2, 0.5]),
    )


# --------------------------------------------------------------------------------------------------
# Questions that a document does not answer, made-up words, and other spellings of questions.

UNANSWERABLE = {
    "apart": "each word of the key is in the document, but no fact belongs to all of them",
    "missing": "a word of the key is nowhere in the document",
    "strange": "a word of the key is in no document at all",
    "another kind": "the key has a fact, of another kind than is asked for",
    "no kind": "the key has a fact, and the question is of a kind that no chronicle answers",
    "no word": "the key has a fact, and what is asked for is called by a made-up word",
}


def made_up(rng):
    """A word of one or two syllables."""
    count = rng.choice([1, 2, 2])
    return "".join(rng.choice(letters) for _ in range(count) for letters in SYLLABLE)


def new_word(rng, is_name, split):
    """A word of EVERYDAY that belongs to the split, or in training a made-up one."""
    if split != "heldout" and rng.random() < 0.5:
        return made_up(rng).capitalize() if is_name else made_up(rng)
    at = rng.randrange(len(EVERYDAY[is_name]))
    if (at % 8 == 0) != (split == "heldout"):
        return new_word(rng, is_name, split)
    return EVERYDAY[is_name][at]


def ask_for_another_kind(rng, key, kind, split, with_made_up=False, avoided=()):
    """A question of OTHER_QUESTIONS or of NOT_TOLD.

    with_made_up: what is asked for is called by a made-up word; avoided: words that it may not ask
    for
    """
    held_out = split == "heldout"
    subject = SUBJECTS[kind]
    if not with_made_up and rng.random() < 0.6:
        templates = [
            template
            for i, template in enumerate(NOT_TOLD[subject])
            if is_held_out_wording(i, 0) == held_out
        ]
        if not held_out and rng.random() < 0.6:
            templates = TRAINING_NOT_TOLD[subject]
            if split in FURTHER and rng.random() < 0.6:
                templates = FURTHER_NOT_TOLD[subject]
        return fill(expanded(rng, rng.choice(templates)), key)
    group = {"thing": "object", "building": "structure"}.get(subject, "person")
    wordings = [
        i for i, template in enumerate(OTHER_QUESTIONS[group])
        if subject != "person" or "{n}" not in template
    ]  # fmt: skip
    wording = rng.choice(wordings)
    template = OTHER_QUESTIONS[group][wording]
    (slot,) = [name for name in OTHER_WORDS if f"{{{name}}}" in template]
    words = [] if with_made_up else [
        word
        for i, word in enumerate(OTHER_WORDS[slot])
        if is_held_out_wording(wording, i) == held_out and word not in avoided
    ]  # fmt: skip
    return fill(template, key, **{slot: rng.choice(words or [made_up(rng)])})


def expanded(rng, wording):
    """The wording with one of each group of alternatives: "[is|was]" """
    return re.sub(r"\[([^]]*)\]", lambda group: rng.choice(group[1].split("|")), wording)


WORDINGS_OF_TRAINING = {
    kind: QUESTIONS[kind] + INDIRECT[kind] + TRAINING_QUESTIONS[kind] for kind in ALL_KINDS
}


def draw_wording(rng, kind, split, statement=None):
    """The number of a question's wording, in training often one of training's own.

    statement: the number of the fact's wording; those that are held out with it belong to "heldout"
    """
    direct, trained = len(QUESTIONS[kind]), len(WORDINGS_OF_TRAINING[kind])
    indices = range(direct)
    if split != "heldout" and rng.random() < 0.6:
        indices = range(direct, trained)
        if split in FURTHER and rng.random() < 0.3:
            indices = range(trained, trained + len(FURTHER_QUESTIONS[kind]))
    if statement is not None:
        held_out = split == "heldout"
        indices = [i for i in indices if is_held_out_wording(statement, i) == held_out]
    return rng.choice(indices)


def worded(rng, kind, key, wording, split):
    """A question: that of QUESTIONS[kind] with the number `wording`, or beyond their end one of
    training's; in training with other words around it, too."""
    wordings = WORDINGS_OF_TRAINING[kind] + FURTHER_QUESTIONS[kind]
    text = fill(expanded(rng, wordings[wording]), key)
    if wordings[wording] in INDIRECT[kind]:
        return rng.choice(WAYS_TO_ASK).format(text)
    if split == "heldout" or rng.random() < 0.6:
        return text
    text = text.rstrip("?.")
    if rng.random() < 0.5:
        first, _, rest = text.partition(" ")
        first = first.lower() if first not in key and not first.endswith("'s") else first
        text = f"{rng.choice(PHRASES_BEFORE)} {first} {rest}"
    if rng.random() < 0.5:
        text += rng.choice(PHRASES_AFTER)
    return text + rng.choice(["?", "?", "?", "", "."])


def unanswerable(rng, facts, text, split, verbs=()):
    """One question of each kind of UNANSWERABLE, as far as the document has the words for it.

    facts: the (kind, key) that the text states; verbs: those that asides use
    """
    held_out = split == "heldout"
    words = set(re.findall(r"\w+", text))
    found = {name: [] for name in UNANSWERABLE}  # (kind, key) that can be asked for
    for kind, key in facts:
        tables = (*KEYS[kind], NOUNS[kind]) if kind in NOUNS else KEYS[kind]
        for at, table in enumerate(tables):
            for word in table:
                other = kind, key[:at] + (word,) + key[at + 1 :]
                if other not in facts and is_own_key(*other, held_out):
                    found["apart" if word in words else "missing"].append(other)
            if held_out:
                strange = STRANGE_WORDS[kind][at]
            else:
                strange = [new_word(rng, table[0].istitle(), split)]
            found["strange"] += [(kind, key[:at] + (word,) + key[at + 1 :]) for word in strange]
        if is_own_key(kind, key, held_out):
            found["no kind"].append((kind, key))
            found["another kind"] += [
                (other_kind, key)
                for other_kind, subject in SUBJECTS.items()
                if subject == SUBJECTS[kind] and (other_kind, key) not in facts
            ]
    found["no word"] = found["no kind"]
    questions = []
    for name, keys in found.items():
        if not keys:
            continue
        kind, key = rng.choice(keys)
        if name == "no kind":
            text = ask_for_another_kind(rng, key, kind, split, avoided=verbs)
        elif name == "no word":
            text = ask_for_another_kind(rng, key, kind, split, with_made_up=True)
        else:
            text = worded(rng, kind, key, draw_wording(rng, kind, split), split)
        questions.append(Question(text, "", name))
    return questions


def renamed(rng, questions, texts, part=0.25, split="train"):
    """The texts with a part of the words that the questions' facts are made of replaced by made-up
    ones or by words of EVERYDAY, the same word by the same one everywhere."""
    words = [word for question in questions for word in question.key]
    words += [word for question in questions for word in question.answer.split()]
    names, taken = {}, set(re.findall(r"\w+", " ".join(texts).lower()))
    for word in dict.fromkeys(words):
        if word.isalpha() and word != "of" and rng.random() < part:
            new = new_word(rng, word.istitle(), split)
            if new.lower() in taken:
                continue
            taken.add(new.lower())
            names[word] = new
            names[word.capitalize()] = capitalised(new)  # at the beginning of a sentence
    return [re.sub(r"\w+", lambda word: names.get(word[0], word[0]), text) for text in texts]


def shortened(key, texts):
    """The texts with a key of two words and nothing else made one of a single word, or as they are
    if this word is part of anything else in them."""
    first, last = key[:2]
    kept = first if last in FAMILY_NAMES else last
    places = [re.findall(rf"\b{kept}\b", text, re.IGNORECASE) for text in texts]
    pairs = [re.findall(rf"\b{first} {last}\b", text, re.IGNORECASE) for text in texts]
    if [len(found) for found in places] != [len(found) for found in pairs]:
        return texts

    def short(pair):
        return capitalised(kept) if pair[0][0].isupper() else kept

    return [re.sub(rf"\b{first} {last}\b", short, text, flags=re.IGNORECASE) for text in texts]


def without_a_word(rng, question):
    """The question with one of its words that carry the least left out, as people type."""
    words = question.split(" ")
    places = [i for i, word in enumerate(words) if i and word in SMALL_WORDS]
    if places:
        del words[rng.choice(places)]
    return " ".join(words)


SPELLINGS = ["lower case", "upper case", "a doubled letter"]


def respelled(rng, text, spelling):
    """The question in one of the SPELLINGS."""
    if spelling == "lower case":
        return text.lower()
    if spelling == "upper case":
        return text.upper()
    if spelling != "a doubled letter":
        raise ValueError(f"spelling: expected one of {SPELLINGS}, found {spelling!r}")
    at = rng.choice([i for i, letter in enumerate(text) if letter.isalpha()])
    return text[: at + 1] + text[at].lower() + text[at + 1 :]


def american(text):
    """The text in American spelling, as far as its words have another one."""
    for british, spelling in (("olour", "olor"), ("(?<=[gG])rey", "ray"), ("eighbour", "eighbor")):
        text = re.sub(british, spelling, text)
    return text


# --------------------------------------------------------------------------------------------------


@dataclass
class Fact:
    """What a document is to state: a sentence, or some that belong together, without capital letter
    and full stop."""

    text: str
    answers: list  # (offset, Question or None) of each answer in it


# What sentences call what they are about
NAMES = {"thing": "the {k}", "building": "the {s} at {t}", "person": "{p}"}


def named(kind):
    """What a kind of fact is about, as a key of NAMES: garments and herds belong to a person"""
    return SUBJECTS[kind] if SUBJECTS[kind] in NAMES else "person"


def owner_of(kind, key):
    """What "it" or "she" stands for in a sentence that tells this about the key"""
    return key if SUBJECTS[kind] == "building" else key[:2]


def draw_pronouns(rng, kind, key):
    """What stands for a thing or a person that is known: subject, possessive, object."""
    if KEYS[kind] is not PERSON:
        noun = f"the {key[-1]}"
        return rng.choice([("it", "its", "it")] * 4 + [(noun, f"{noun}'s", noun)])
    pronouns = ("she", "her", "her") if key[0] in WOMEN else ("he", "his", "him")
    names = [(name, f"{name}'s", name) for name in (key[1], key[1], key[0])]
    return rng.choice([pronouns] * 6 + names)


def linked_key(rng, kinds, owners, words):
    """A kind of fact, and a key, about one of those that (kind, key) are about"""
    kind, key = rng.choice(owners)
    kind = rng.choice([one for one in kinds if KEYS[one] is KEYS[kind]])
    if SUBJECTS[kind] == "building" or kind not in NOUNS:
        return kind, owner_of(kind, key)
    return kind, key[:2] + (rng.choice(NOUNS[kind][:words]),)


def lead(rng, kind, key, pronouns):
    """Words that a clause of LINKED_CLAUSES may follow, which tell nothing of the key."""
    leads, name = LEADS[named(kind)], NAMES[named(kind)]
    text = fill(expanded(rng, rng.choice(leads)), key)
    second = expanded(rng, rng.choice(leads))
    if name in second and rng.random() < 0.2:
        begins = second.startswith(name)
        text += ". " + capitalised(second.replace(name, pronouns[0 if begins else 2]))
    return text


def link(rng, text, kind, key, answer, pronouns):
    """-> the text, which is about the key, with a clause after it that states a fact about the same
    by pronouns, and the offset of the answer"""
    wording = expanded(rng, rng.choice(LINKED_CLAUSES[kind]))
    between = rng.choice([". "] * 6 + ["; ", ", and ", " and "])
    if between == " and " and rng.random() < 0.7:
        wording = wording.removeprefix("{S} ")
    for slot, word in zip(("{S}", "{H}", "{O}"), pronouns):
        wording = wording.replace(slot, word)
    clause, offset = statement(rng, wording, kind, key, answer, layout=Layout())
    start = text + between
    return start + (capitalised(clause) if between == ". " else clause), len(start) + offset


def linked(rng, fact, kind, key, answer, words, layout):
    """-> a text that states one more fact about what another Fact is about, or about a key that a
    sentence before has (fact: None), and the offset of the answer"""
    pronouns = draw_pronouns(rng, kind, key)
    if fact:
        return link(rng, fact.text, kind, key, answer, pronouns)
    how = rng.random()
    if how < 0.35:
        return link(rng, lead(rng, kind, key, pronouns), kind, key, answer, pronouns)
    if how < 0.5:
        return card(rng, kind, key, answer)
    wording = expanded(rng, rng.choice(LINKED_STATEMENTS[kind]))
    return statement(rng, wording, kind, key, answer, words, layout)


def card(rng, kind, key, answer):
    """-> the words of a key and what a catalogue says of it, and the offset of the answer"""
    name = fill(NAMES[named(kind)].removeprefix("the "), key)
    text = expanded(rng, rng.choice(CARD_LEADS)).format(name)
    clauses = [clause for clause in LINKED_CLAUSES[kind]
               if clause.startswith("{S} ") and not re.search("{[HO]}", clause)]  # fmt: skip
    wording = expanded(rng, rng.choice(clauses)).removeprefix("{S} ")
    wording = wording.removeprefix("is ").removeprefix("was ")
    clause, offset = statement(rng, wording, kind, key, answer, layout=Layout())
    return text + clause, len(text) + offset


def draw_facts(rng, facts, kinds, split, words, layout):
    """{(kind, key): Fact}, several of them the same Fact if it is linked

    Many of the facts are there to mislead: each shares all but one word of the key with an earlier
    fact, or its whole key if the kind differs.
    """
    short = layout.short if layout else 0
    is_dense = split in FURTHER and rng.random() < 0.4
    is_linked = split == "linked" and rng.random() < 0.8
    stated, open_ones = {}, {}  # by owner: the kind and key of a Fact that may be continued
    while len(stated) < facts:
        # Training draws from its own pairs alone; the held-out split asks about held-out pairs,
        # and a fact that only misleads may have any.
        asked = split != "heldout" or not stated or rng.random() < 0.5
        held_out = (split == "heldout") if asked else None
        kind, key = rng.choice(kinds), None
        if open_ones and rng.random() < 0.4:
            kind, key = linked_key(rng, kinds, list(open_ones.values()), words)
        elif stated and rng.random() < (0.9 if is_dense else 0.5):
            if is_dense:
                subject = SUBJECTS[rng.choice(list(stated))[0]]
                kind = rng.choice([one for one in kinds if SUBJECTS[one] == subject])
            others = [one for one in stated if layout is None or SUBJECTS[one[0]] == SUBJECTS[kind]]
            other_kind, other_key = rng.choice(others) if others else (None, None)
            if others and SUBJECTS[other_kind] == SUBJECTS[kind]:
                key = (
                    other_key
                    if kind != other_kind
                    else draw_similar_key(rng, other_key, kind, held_out, words)
                )
        if key is None:
            key = draw_key(rng, kind, held_out, words)
        if (kind, key) in stated:
            continue
        wording = rng.randrange(len(STATEMENTS[kind]))
        template = STATEMENTS[kind][wording]
        if split in FURTHER and rng.random() < 0.5:
            wording, template = None, expanded(rng, rng.choice(FURTHER_STATEMENTS[kind]))
        if rng.random() < short:
            answer = draw_short_answer(rng, kind, words)
        else:
            answer = draw_answer(rng, kind, held_out, words)
        if split == "linked" and ANSWERS[kind] in (DATE, NUMBER) and rng.random() < 0.3:
            answer = draw_wide_answer(rng, kind)
        fact = None
        if is_linked and rng.random() < 0.7:
            wording = None
            if (owner := owner_of(kind, key)) in open_ones:
                fact = stated[open_ones[owner]]
            text, offset = linked(rng, fact, kind, key, answer, words, layout)
            open_ones[owner] = kind, key
            if fact and len(fact.answers) > 1:
                del open_ones[owner]
        else:
            text, offset = statement(rng, template, kind, key, answer, words, layout)
        question = None
        if asked and is_own_key(kind, key, split == "heldout"):
            asked_as = worded(rng, kind, key, draw_wording(rng, kind, split, wording), split)
            question = Question(asked_as, answer, kind, key)
        stated[kind, key] = fact or Fact("", [])
        stated[kind, key].text = text
        stated[kind, key].answers.append((offset, question))
    return stated


def in_any_order(rng, items):
    """The items again and again, each time in another order."""
    while True:
        yield from rng.sample(items, len(items))


def chronicle_pieces(rng, facts, length, count, fill_in):
    """[(what stands before it, Fact or sentence)]: narrative as far as there is room, and facts at
    random places in it, at most one between two sentences."""
    tokens = sum(count(f" {fact.text}.") for fact in facts)
    fillers, templates = [], in_any_order(rng, NARRATIVE)
    while True:
        # A paragraph ends after about six sentences, and the next begins with narrative too.
        gap = "" if not fillers else "\n" if rng.random() < 0.25 else " "
        sentence = fill_in(next(templates))
        tokens += count(gap + sentence)
        if tokens > length:
            break
        fillers.append((gap, sentence))
    if len(fillers) < len(facts):
        raise ValueError(
            f"length: {len(facts)} facts with narrative between them do not fit into {length} "
            "tokens"
        )
    places = set(rng.sample(range(len(fillers)), len(facts)))
    remaining, pieces = iter(facts), []
    for i, filler in enumerate(fillers):
        pieces.append(filler)
        if i in places:
            pieces.append((" ", next(remaining)))
    return pieces


def layout_pieces(rng, facts, length, count, fill_in, layout, asides):
    """As chronicle_pieces, as the layout says."""
    room = length - sum(count(f" {fact.text}.") + 4 for fact in facts)
    if room < 0:
        raise ValueError(f"length: {len(facts)} facts do not fit into {length} tokens")
    narrative_templates, prose = in_any_order(rng, NARRATIVE), in_any_order(rng, PROSE)
    headings, asides = in_any_order(rng, HEADINGS), iter(asides)
    pieces = []

    def add(gap, sentence):
        nonlocal room
        cost = count(" " + sentence) + 4
        if cost <= room:
            room -= cost
            pieces.append((gap, sentence))

    for i in range(len(facts) + 1):
        extra = []
        if rng.random() < layout.headings:
            extra.append(("heading", fill_in(next(headings))))
        if layout.fillers and (0 < i < len(facts) or rng.random() < 0.5):
            for _ in range(round(rng.expovariate(1 / layout.fillers))):
                templates = prose if rng.random() < layout.prose else narrative_templates
                extra.append(("filler", fill_in(next(templates))))
        if rng.random() < layout.asides:
            extra += [("filler", text) for text in [next(asides, "")] if text]
        for what, sentence in extra:
            add("\n\n" if what == "heading" else None, sentence)
        if i < len(facts):
            after_heading = extra and pieces and extra[-1][0] == "heading"
            pieces.append(("\n" if after_heading else None, facts[i]))
    return [
        (gap if gap else rng.choice(layout.separators).format(i=i), piece)
        for i, (gap, piece) in enumerate(pieces, 1)
    ]


def document(seed, length, facts, kinds=KINDS, split="train", count=count_words, misleading=0,
             words=None, layout=None):  # fmt: skip
    """A document of at most `length` tokens with `facts` facts of the given kinds, and its
    questions.

    seed: anything that random.Random takes. split: one of SPLITS. count: how many tokens a
    piece of text has (a sentence is counted with the white space before it). About half of the
    facts are there to mislead: each shares all but one word of the key with an earlier fact, or
    its whole key if the kind differs. layout: None for a chronicle, that has narrative as far as
    there is room, before and after every fact; `misleading` is the part of its words that are taken
    from the facts' keys, where one fits. words: how many of each table of words to use, from its
    beginning (None: all). In the training splits every fact has a question; in the other one only
    those of which nothing was seen in training. There are questions without an answer, too, at most
    one of each kind of UNANSWERABLE.
    Raises ValueError for an unknown kind or split, or if the facts do not fit into the length.
    """
    if split not in SPLITS:
        raise ValueError(f"split: expected one of {SPLITS}, found {split!r}")
    if not set(kinds) <= set(ALL_KINDS):
        raise ValueError(f"kinds: expected some of {ALL_KINDS}, found {list(kinds)}")
    rng = random.Random(seed)
    stated = draw_facts(rng, facts, kinds, split, words, layout)
    key_words = {word for _, key in stated for word in key}

    def fill_in(template):
        return narrative(rng, template, key_words, misleading, words)

    in_order, verbs = list({id(fact): fact for fact in stated.values()}.values()), set()
    rng.shuffle(in_order)
    if layout is None:
        pieces = chronicle_pieces(rng, in_order, length, count, fill_in)
    else:
        asides = [aside(rng, kind, key, words) for kind, key in stated]
        verbs = {verb for _, verb in asides}
        asides = [capitalised(text) + "." for text, _ in asides]
        pieces = layout_pieces(rng, in_order, length, count, fill_in, layout, asides)
    return written(rng, pieces, stated, split, layout or Layout(), verbs)


def written(rng, pieces, stated, split, layout, verbs):
    """The document of these pieces: its text, and its questions with their places in it."""
    result, last = Document(""), None
    for gap, piece in pieces:
        if not result.text:
            gap = gap.lstrip("\n ") if gap.strip() else ""
        if isinstance(piece, str):
            result.text += gap + piece
        else:
            sentence = capitalised(piece.text)
            if last and gap == " " and rng.random() < layout.joined:
                result.text = result.text.removesuffix(".")
                gap, sentence = rng.choice(["; ", ", and ", " and ", ", while "]), piece.text
            sentence += layout.stop
            result.text += gap + sentence
            for offset, question in piece.answers:
                if question:
                    question.sentence = sentence
                    question.start = len(result.text) - len(sentence) + offset
                    question.end = question.start + len(question.answer)
                    result.questions.append(question)
        last = not isinstance(piece, str)
    result.unanswerable = unanswerable(rng, stated, result.text, split, verbs)
    return result


def main():
    parser = argparse.ArgumentParser(description="Prints a chronicle, or its questions.")
    parser.add_argument("--seed", default="0", help="any text (default: %(default)s)")
    parser.add_argument("--length", type=int, default=3000,
                        help="words and punctuation marks (default: %(default)s)")
    parser.add_argument("--facts", type=int, default=40,
                        help="facts that can be asked for (default: %(default)s)")
    parser.add_argument("--split", choices=SPLITS, default="heldout",
                        help="words and wordings to draw from (default: %(default)s)")
    parser.add_argument("--questions", action="store_true", help="print questions and answers")
    arguments = parser.parse_args()
    chronicle = document(arguments.seed, arguments.length, arguments.facts, split=arguments.split)
    if arguments.questions:
        for question in chronicle.questions + chronicle.unanswerable:
            print(f"{question.text} {question.answer or '(no answer)'}")
    else:
        print(chronicle.text)


if __name__ == "__main__":
    main()
