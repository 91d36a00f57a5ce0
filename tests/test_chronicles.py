"""The bundled model: it answers, it needs its global attention, and transformers agrees with it."""

import itertools
import random
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import weights
from bpe import LEDTokenizer
from chronicles import documents, evaluate, train
from chronicles.documents import (
    ALL_KINDS, EVERYDAY, KINDS, SEPARATORS, SPELLINGS, UNANSWERABLE, Layout, american, document,
    draw_layout, respelled, shortened)  # fmt: skip
from chronicles.evaluate import (
    OTHERS, answer, arranged, examine, facts_in, facts_of, other_question, share_right)  # fmt: skip
from chronicles.train import FOLDER, example, training_example
from led import LEDForConditionalGeneration, clip_gradients
from led_support.command_line import question_inputs, run_command, spelled_as_in

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def bundled():
    return LEDForConditionalGeneration.from_pretrained(FOLDER), LEDTokenizer.from_pretrained(FOLDER)


def test_a_small_part_of_the_evaluation(bundled):
    """The whole of it is `python chronicles/evaluate.py`; its table stands in the README."""
    right, asked = Counter(), Counter()
    for length, questions in ((256, 30), (1024, 15), (4096, 3)):
        examine(*bundled, length, questions, (right, asked))
        assert asked[length] == questions
        assert right[length] >= 0.8 * questions  # measured: all
        assert right["without", length] <= 0.1 * questions  # measured: 0; more would be chance
    for what in (*SPELLINGS, *UNANSWERABLE):
        assert right[what] >= 0.7 * asked[what] > 0  # measured: all but one
    assert asked["unanswered"] == 48 and right["unanswered"] <= 3  # measured: 0


def test_a_small_part_of_the_other_documents(bundled):
    """Of each kind of document that is no chronicle"""
    right = {}
    for kind in OTHERS:
        questions = [other_question(f"{kind} {i}", kind) for i in range(20)]
        right[kind] = share_right(*bundled, kind, questions)
    assert right.pop("new words") >= 0.1  # measured: 0.4; it copies some of them, in pieces
    assert min(right.values()) >= 0.8, right  # measured: 0.9 to 1


def test_documents_written_by_hand():
    """Two dozen, with ten questions about each, of which they answer three in five"""
    if not evaluate.HANDWRITTEN.exists():
        pytest.skip("the folder chronicles/handwritten is not there")
    questions = evaluate.handwritten()
    texts = {text for text, _, _ in questions}
    assert len(texts) == 24 and len(questions) == len(set(questions)) == 240
    for dozen in evaluate.handwritten(1, 12), evaluate.handwritten(13, 24):
        assert len(dozen) == 120 and [expected for _, _, expected in dozen].count("") == 48
        assert all(expected in text for text, _, expected in dozen)


def test_files_are_small():
    sizes = [path.stat().st_size for path in FOLDER.iterdir()]
    assert sum(sizes) <= 8_000_000


def test_the_readmes_answer():
    """`python led.py ask` prints, word for word, what the README shows."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    question, file = re.search(r'led\.py ask "(.*?)" (\S+)', text).groups()
    shown = re.search(r"```text\n(.*?)```", text, re.DOTALL)[1]
    for asked in (question, question.upper()):
        run = subprocess.run([sys.executable, "led.py", "ask", asked, file], cwd=ROOT,
                             capture_output=True, encoding="utf-8", check=True)  # fmt: skip
        assert run.stdout == shown
    source = re.search(r'"(.*)"', shown)[1]
    assert source in (ROOT / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("question, expected", [
    ("WHERE IS THE SILVER KEY?", "Upper Marling"), ("where is the silver key", "Upper Marling"),
    ("Where is the sillver key?", "Upper Marling"), ("Where is the silver bell?", None),
    ("How many swans did Tilda Nash have?", None), ("How old was Gwen Ingle?", None),
])  # fmt: skip
def test_ask_in_other_spellings_and_about_what_is_not_there(question, expected, capsys):
    """What it prints as an answer stands in the sentence that it quotes."""
    run_command(LEDForConditionalGeneration, LEDTokenizer, ["ask", question, str(evaluate.CHRONICLE)])
    printed = capsys.readouterr().out
    if expected is None:
        assert printed == "no answer found in this document\n"
    else:
        answered, source = printed.splitlines()
        assert answered == expected and answered in source


def test_questions_are_spelled_as_the_document(bundled):
    """Case, doubled letters and a missing mark make no difference to `ask`; other words stay."""
    text = "They hid the silver bell at Great Ashford. Alda Bell slept. A great bell rang, and off"
    for asked, expected in [
        ("WHO HID THE SILLVER BELL?", "Who hid the silver bell?"),
        ("who hid the silver bell ", "Who hid the silver bell?"),
        ("where is great ashford?", "Where is Great Ashford?"),
        ("How did alda Bell sleep?", "How did Alda Bell sleep?"),
        ("HAS ALDA BELL SLEPT?", "Has Alda Bell slept?"),
        ("What is odd, and of wood?", "What is odd, and of wood?"),
        ("", ""),
    ]:
        assert spelled_as_in(text, asked) == expected

    model, tokenizer = bundled
    chronicle = (ROOT / "chronicles" / "chronicle.txt").read_text(encoding="utf-8")
    for question, expected in [
        ("Where is the silver key?", "Upper Marling"),
        ("What colour was the belt of Osbert Bell?", "bright crimson"),
    ]:
        for asked in (question, question.upper(), question.lower(), question.replace("e", "ee"),
                      question[:-1]):  # fmt: skip
            spelled = spelled_as_in(chronicle, asked)
            ids, is_global, _ = question_inputs(tokenizer, spelled, chronicle, 16384)
            out = model.generate(ids, global_attention_mask=is_global, max_length=16)
            assert tokenizer.decode(out[0], skip_special_tokens=True).strip() == expected, asked


def test_documents_are_a_function_of_the_seed():
    first, again, other = (document(seed, 300, 5) for seed in ("a", "a", "b"))
    assert first == again
    assert first.text != other.text
    for question in first.questions:
        assert question.answer in first.text


def test_misleading_narrative():
    """Words of the keys stand elsewhere more often; the facts are the same, and by default all is."""
    elsewhere = []
    for misleading in (0, 0.5):
        elsewhere.append(0)
        for seed in range(20):
            text = document(seed, 300, 5, misleading=misleading).text
            keys = {key for _, key, _ in facts_of(text)}
            assert keys == {key for _, key, _ in facts_of(document(seed, 300, 5).text)}
            words = Counter(re.findall(r"\w+", text))
            elsewhere[-1] += sum(words[word] - 1 for key in keys for word in key)
    assert 1.4 * elsewhere[0] < elsewhere[1], elsewhere  # measured: 49 and 95


@pytest.mark.parametrize("kinds", [KINDS, ALL_KINDS])
def test_questions_without_an_answer(kinds):
    """They are of the kinds that they say, in both splits, and a function of the seed."""
    found = Counter()
    for split in ("train", "heldout"):
        for seed in range(30):
            options = dict(length=300, facts=5, kinds=kinds, split=split)
            chronicle = document(f"{split} {seed}", **options)
            assert chronicle == document(f"{split} {seed}", **options)
            facts = [(kind, key) for kind, key, _ in facts_of(chronicle.text)]
            assert len(facts) == 5
            words = set(re.findall(r"\w+", chronicle.text))
            pairs = [" ".join(key[:2]) for _, key in facts]
            for question in chronicle.unanswerable:
                found[question.kind] += 1
                assert question.answer == ""
                if question.kind in ("another kind", "no kind", "no word"):
                    assert any(pair in question.text for pair in pairs)
                if split == "train":
                    continue  # other words stand around the question
                keys = list(possible_readings(question.text))
                missing = set(re.findall(r"\w+", question.text)) - words
                assert not set(keys) & set(facts)
                if question.kind == "strange":
                    assert not keys
                if question.kind in ("apart", "missing", "another kind"):
                    ((_, key),) = keys
                    assert (question.kind == "missing") == any(word in missing for word in key)
                if question.kind == "another kind":
                    assert key in [key for _, key in facts]
    assert set(found) == set(UNANSWERABLE) and min(found.values()) > 20


def possible_readings(text):
    """The kinds and keys of known words of which the question can be made: one or none"""
    for kind, wordings in documents.QUESTIONS.items():
        tables = documents.KEYS[kind]
        for wording in wordings:
            pattern = wording.replace("?", r"\?")
            for slot in "kpt":
                pattern = pattern.replace(f"{{{slot}}}", r"(?P<first>\w+) (?P<last>\w+)")
            for slot in "ns":
                pattern = pattern.replace(f"{{{slot}}}", r"(?P<noun>\w+)")
            found = re.fullmatch(pattern, text)
            if found and found["first"] in tables[0] and found["last"] in tables[1]:
                noun = found.groupdict().get("noun")
                if noun is None or noun in documents.NOUNS[kind]:
                    key = (found["first"], found["last"]) + ((noun,) if noun else ())
                    yield kind, key


def test_held_out_wordings_of_other_questions():
    """What no chronicle answers is asked for in combinations that training does not have."""
    key, asked = ("silver", "key"), {}
    for split in documents.SPLITS:
        for made_up in (False, True):
            rng = random.Random(0)
            asked[split, made_up] = {
                documents.ask_for_another_kind(rng, key, "who", split, made_up) for _ in range(4000)
            }
    told = {split: asked[split, False] for split in documents.SPLITS}
    assert not told["heldout"] & (told["train"] | told["further"])
    assert not told["heldout"] & told["linked"]
    assert len(told["further"]) > 1.1 * len(told["train"])
    for split in documents.SPLITS:
        assert len(asked[split, True] & told[split]) < 5  # a made-up word may be a word
    assert 3 < len(told["train"]) / len(told["heldout"]) < 6  # measured: 4.6
    words = [set(re.findall(r"\w+", " ".join(told[split]))) for split in ("heldout", "train")]
    assert len(words[0] - words[1]) <= 8  # training knows almost each word, in other wordings
    without = documents.OTHER_WORDS["verb"][1:]
    for _ in range(500):
        question = documents.ask_for_another_kind(rng, key, "who", "train", avoided=without)
        assert not set(question.split()) & set(without)


def test_spellings():
    rng = random.Random(0)
    question = "Where is the silver key?"
    assert respelled(rng, question, "lower case") == "where is the silver key?"
    assert respelled(rng, question, "upper case") == "WHERE IS THE SILVER KEY?"
    doubled = {respelled(rng, question, "a doubled letter") for _ in range(400)}
    assert {"Wwhere is the silver key?", "Where is the silvver key?"} <= doubled
    assert len(doubled) == sum(map(str.isalpha, question))
    with pytest.raises(ValueError, match="spelling: expected one of .*, found 'title'"):
        respelled(rng, question, "title")


def test_what_training_asks(bundled):
    """About as many questions as it says have no answer; many documents are no chronicles; answers
    stand in the text, and so do new words of a question that has one."""
    tokenizer, without, new, layouts = bundled[1], 0, 0, 0
    stage = next(stage for stage in train.STAGES if stage.tokens == 256)
    table_words = [word for pair in documents.KEYS.values() for table in pair for word in table]
    known = {word.lower() for word in table_words}
    known |= {word for table in documents.NOUNS.values() for word in table}
    for i in range(200):
        rng = random.Random(i)
        asked, expected, text = train.training_texts(tokenizer, rng, i, stage, False, 256)
        without += not expected
        layouts += len(re.findall(r"\w+", text)) < 110  # chronicles fill the length
        if expected:
            assert expected.lower() in text.lower()
            words = set(re.findall(r"\w+", asked.lower()))
            everyday = {word.lower() for names in EVERYDAY.values() for word in names}
            of_text = words & everyday & set(re.findall(r"\w+", text.lower()))
            new += bool(of_text - known)
    assert 0.3 < without / 200 < 0.5  # stage.unanswerable is 0.4
    assert 0.01 < new / 200  # measured: 0.025
    assert 0.2 < layouts / 200 < 0.6  # measured: 0.4


def test_questions_that_a_fact_nearly_answers():
    """Where it was made, if the text tells where it is; else what no document answers"""
    found = Counter()
    for i in range(200):
        made = document(f"near {i}", 300, 4, ALL_KINDS, "further", layout=Layout())
        question = train.near_miss(random.Random(i), made, "further")
        assert question.answer == "" and question.text
        found[question.kind] += 1
        told = {(one.kind, one.key) for one in made.questions}
        places = [key for kind, key in told if kind in ("where", "where made")]
        assert (question.kind == "another kind") == any(places.count(key) == 1 for key in places)
    assert min(found.values()) > 30 and set(found) == {"another kind", "no kind"}
    found = Counter()
    for i in range(200):
        made = document(f"near {i}", 300, 4, ALL_KINDS, "linked", layout=Layout())
        found[train.near_miss(random.Random(i), made, "linked").kind] += 1
    assert min(found.values()) > 20 and "apart" in found  # measured: 38


def test_batches_of_training(bundled, monkeypatch):
    """Each step of a group has its part of the documents, sorted by length; all fit the stage"""
    tokenizer = bundled[1]
    stage = train.STAGES[4]._replace(steps=6, shorter=(1,), documents=4)
    assert stage.tokens == 256
    monkeypatch.setattr(train, "STAGES", [stage])
    padding = []
    for step in range(6):
        made, other = (train.training_batch(tokenizer, step, part) for part in range(2))
        assert made["input_ids"].shape[1] <= 256 and len(made["labels"]) >= 4
        assert len(made["labels"]) == len(other["labels"])  # so that nobody waits for long
        assert not {bytes(ids) for ids in made["input_ids"]} & {
            bytes(ids) for ids in other["input_ids"]}  # fmt: skip
        padding.append(1 - made["attention_mask"].mean())
        asked = made["global_attention_mask"].sum(axis=1)
        for ids, count in zip(made["input_ids"], asked):
            assert ids[0] == tokenizer.bos_token_id and ids[count - 1] == tokenizer.eos_token_id
    assert np.mean(padding) < 0.2  # measured: 0.15
    again = train.training_batch(tokenizer, 5, 0)
    for name in made:
        np.testing.assert_array_equal(made[name], again[name])


def test_made_up_words():
    """A word has the same new name everywhere, with the case of a name or of a sentence's start"""
    question = documents.Question("Where is the oak key?", "Upper Wick", "where", ("oak", "key"))
    text = "Oak is dear. The oak key, of 1312, was at Upper Wick; the keys of Oakley were not."
    seen, everyday = set(), 0
    for i in range(200):
        texts = documents.renamed(random.Random(i), [question], [question.text, "Upper Wick", text])
        pattern = r"(\w+) is dear\. The (.+), of 1312, was at (.+); the keys"
        start, key, place = re.match(pattern, texts[2]).groups()
        assert texts[:2] == [f"Where is the {key}?", place]
        assert key.startswith(start.lower())
        assert key.islower() and place.istitle()
        seen.add((start == "Oak", "key" in key.split(), "Upper" in place, "Wick" in place))
        everyday += any(word in EVERYDAY[False] for word in key.split())
    assert len(seen) >= 12  # each by itself, of 16
    assert 20 < everyday < 120  # half of the new words


def test_held_out_words():
    """One in eight of the everyday words is for the evaluation alone."""
    words = {}
    for split in ("train", "heldout"):
        rng = random.Random(0)
        words[split] = {documents.new_word(rng, i % 2 == 0, split) for i in range(6000)}
        words[split] &= {*EVERYDAY[False], *EVERYDAY[True]}
    assert not words["train"] & words["heldout"]
    assert len(words["heldout"]) > 60 and len(words["train"]) > 450  # measured: 72 and 491
    tables = {word for pair in documents.KEYS.values() for table in pair for word in table}
    assert not tables & (words["train"] | words["heldout"])


def test_keys_of_one_word():
    question, text = "Where is the oak key?", "The oak key is at Wick. Oak key, I say."
    shorter = ["Where is the key?", "The key is at Wick. Key, I say."]
    assert shortened(("oak", "key"), [question, text]) == shorter
    for other in ("The iron key was lost.", "It was a key."):
        assert shortened(("oak", "key"), [question, text, other]) == [question, text, other]
    texts = ["What colour is Alda Brook's hat?", "Alda Brook has a red hat. Berta Brook has not."]
    assert shortened(("Alda", "Brook", "hat"), texts) == [
        "What colour is Alda's hat?", "Alda has a red hat. Berta Brook has not."]  # fmt: skip


def test_american_spelling():
    text = "What colour is the grey coat of the neighbour? GREY, Grey and Colour; a prey."
    assert american(text) == (
        "What color is the gray coat of the neighbor? GREY, Gray and Color; a prey.")  # fmt: skip


def test_documents_that_are_no_chronicles():
    """Facts that touch, first and last; every separator; each part of a layout is there and not"""
    bare = document("bare", 400, 6, layout=Layout())
    assert len(facts_of(bare.text)) == 6 and len(re.findall(r"\.( |$)", bare.text)) == 6
    for question in bare.questions:
        assert question.sentence in bare.text
    one = document("one", 100, 1, layout=Layout())
    assert one.text == one.questions[0].sentence
    listed = document("listed", 400, 4, layout=Layout(separators=("\n{i}. ",), stop=""))
    assert [line[:3] for line in listed.text.split("\n")] == ["1. ", "2. ", "3. ", "4. "]
    joined = document("joined", 400, 4, layout=Layout(joined=1))
    assert joined.text.count(".") == 1
    asides = document("asides", 900, 6, layout=Layout(asides=1))
    assert len(asides.text) > 1.3 * len(document("asides", 900, 6, layout=Layout()).text)
    layouts = [draw_layout(random.Random(i)) for i in range(400)]
    for name in Layout._fields:
        assert len({getattr(layout, name) for layout in layouts}) > 1, name
    assert {layout.separators for layout in layouts} == set(SEPARATORS)
    for i, layout in enumerate(layouts):
        made = document(i, 300, 4, ALL_KINDS, layout=layout)
        assert documents.count_words(made.text) <= 300 and len(made.questions) == 4
        for question in made.questions:
            assert made.text[question.start : question.end].lower() == question.answer.lower()
            assert question.sentence.removesuffix(".") in made.text
    with pytest.raises(ValueError, match="length: 30 facts do not fit into 100 tokens"):
        document("full", 100, 30, layout=Layout())


def all_expanded(wordings):
    """Each of them with each of its alternatives"""
    for wording in wordings:
        parts = re.split(r"\[([^]]*)\]", wording)  # every second one is a group
        yield from map("".join, itertools.product(
            *[part.split("|") if i % 2 else [part] for i, part in enumerate(parts)]))  # fmt: skip


def possible_wordings(kind):
    """All that the first training has for a kind"""
    return all_expanded(documents.QUESTIONS[kind] + documents.TRAINING_QUESTIONS[kind])


def all_words(text):
    return tuple(re.findall(r"[\w{}']+", text.lower()))


def test_trainings_own_wordings():
    """Each alternative is a question with all its slots; what is asked for and not told, too"""
    for kind in ALL_KINDS:
        slots = set(re.findall(r"\{(\w)\}", documents.QUESTIONS[kind][0]))
        wordings = list(possible_wordings(kind))
        assert len(set(wordings)) == len(wordings) > 150  # measured: 197 to 976
        for wording in wordings:
            assert set(re.findall(r"\{(\w)\}", wording)) == slots, wording
            assert not re.search(r"  |^ |[][|]", wording), wording
    for subject, templates in documents.TRAINING_NOT_TOLD.items():
        known = {text for some in documents.QUESTIONS.values() for text in some}
        for _ in range(20):
            rng = random.Random(subject)
            asked = [documents.expanded(rng, template) for template in templates]
            assert not set(asked) & (known | set(documents.NOT_TOLD[subject]))
            assert not re.search(r"  |[][|]", " ".join(asked))
    rng = random.Random(0)
    drawn = Counter(documents.draw_wording(rng, "where", "train", 1) for _ in range(4000))
    direct = len(documents.QUESTIONS["where"])
    assert max(drawn) > direct and all((1 + i) % 4 for i in drawn)
    assert 0.35 < sum(drawn[i] for i in range(direct)) / 4000 < 0.45  # measured: 0.4
    drawn = {documents.draw_wording(rng, "where", "heldout", 1) for _ in range(400)}
    assert drawn == set(range(3, direct, 4))


def test_further_wordings():
    """Each alternative of the second training's has all slots of its kind, once"""
    for table, old in ((documents.FURTHER_STATEMENTS, documents.STATEMENTS),
                       (documents.FURTHER_QUESTIONS, documents.QUESTIONS)):  # fmt: skip
        assert list(table) == ALL_KINDS
        for kind, wordings in table.items():
            slots = sorted(re.findall(r"\{(\w)\}", old[kind][0]))
            assert len(set(wordings)) == len(wordings) >= 20
            for wording in all_expanded(wordings):
                assert sorted(re.findall(r"\{(\w)\}", wording)) == slots, wording
                assert not re.search(r"  |^ |[][|]", wording), wording
    for subject, wordings in documents.FURTHER_NOT_TOLD.items():
        told = {slot for template in documents.NOT_TOLD[subject]
                for slot in re.findall(r"\{(\w)\}", template)}  # fmt: skip
        for wording in all_expanded(wordings):
            assert set(re.findall(r"\{(\w)\}", wording)) <= told, wording
            assert not re.search(r"  |^ |[][|]", wording), wording
    rng, counts = random.Random(0), Counter()
    for i in range(300):
        made = document(f"further {i}", 400, 5, ALL_KINDS, "further", layout=draw_layout(rng))
        assert len(made.questions) == 5
        for question in made.questions:
            assert made.text[question.start : question.end].lower() == question.answer.lower()
        counts[len({question.key for question in made.questions})] += 1
    assert counts[1] + counts[2] > 15  # measured: 48; five facts about one or two keys


def test_linked_wordings():
    """Each alternative of the third training's has all slots of its kind, once, or pronouns"""
    for kind in ALL_KINDS:
        slots = sorted(re.findall(r"\{(\w)\}", documents.STATEMENTS[kind][0]))
        statements, clauses = documents.LINKED_STATEMENTS[kind], documents.LINKED_CLAUSES[kind]
        of_clauses = sorted(set(slots) & {"a", "n"})
        for wordings, expected in ((statements, slots), (clauses, of_clauses)):
            assert len(set(wordings)) == len(wordings) >= 30
            for wording in all_expanded(wordings):
                found = re.findall(r"\{(\w)\}", wording)
                assert sorted(slot for slot in found if slot not in "SHO") == expected, wording
                assert not re.search(r"  |^ |[][|]", wording), wording
        assert sum(wording.startswith("{S} ") for wording in clauses) >= 20
    for owner, slots in (("thing", ["k"]), ("building", ["s", "t"]), ("person", ["p"])):
        leads = documents.LEADS[owner]
        assert len(set(leads)) == len(leads) >= 60
        for wording in all_expanded(leads):
            assert sorted(re.findall(r"\{(\w)\}", wording)) == slots, wording
    assert set(documents.WOMEN) < set(documents.FIRST_NAMES)


def test_linked_documents():
    """Sentences that say "it" follow one that has the key, and their answers are where they say"""
    several, pronouns, years = 0, 0, set()
    for i in range(300):
        rng = random.Random(i)
        made = document(f"linked {i}", 400, 5, ALL_KINDS, "linked", layout=draw_layout(rng))
        assert len(made.questions) == 5
        for question in made.questions:
            assert made.text[question.start : question.end].lower() == question.answer.lower()
            before = made.text[: question.end].lower()
            assert all(word.lower() in made.text.lower() for word in question.key)
            if question.sentence.split(". ")[1:]:
                said = before[before.rindex(". ") :] if ". " in before else before
                pronouns += bool(re.search(r"\b(it|its|she|he|her|his)\b", said))
            years |= {int(year) for year in re.findall(r"\b[12]\d\d\d$", question.answer)}
        sentences = Counter(question.sentence for question in made.questions)
        several += max(sentences.values()) > 1
    assert several > 90  # measured: 164
    assert pronouns > 150  # measured: 335
    assert len(years - set(range(1300, 1350))) > 30  # measured: 75


def test_pronouns_and_names():
    drawn = {documents.draw_pronouns(random.Random(i), "home", ("Alda", "Brook"))[0]
             for i in range(60)}  # fmt: skip
    assert drawn == {"she", "Alda", "Brook"}
    drawn = {documents.draw_pronouns(random.Random(i), "who", ("silver", "key"))
             for i in range(60)}  # fmt: skip
    assert drawn == {("it", "its", "it"), ("the key", "the key's", "the key")}
    text, offset = documents.link(random.Random(0), "The silver key", "who", ("silver", "key"),
                                  "Ivo Kemp", ("it", "its", "it"))  # fmt: skip
    assert text.startswith("The silver key") and text[offset:].startswith("Ivo Kemp")
    text, offset = documents.card(random.Random(0), "who", ("silver", "key"), "Ivo Kemp")
    assert "silver key" in text and text[offset:].startswith("Ivo Kemp")


def test_questions_without_a_word():
    question = "At what place was the key of the king?"
    shorter = {documents.without_a_word(random.Random(i), question) for i in range(60)}
    assert shorter == {
        "At what place the key of the king?", "At what place was key of the king?",
        "At what place was the key the king?", "At what place was the key of king?",
    }  # fmt: skip
    assert documents.without_a_word(random.Random(0), "Who made it?") == "Who made it?"


def test_wordings_of_the_evaluation_are_new():
    for new, old in ((evaluate.NEW_STATEMENTS, documents.STATEMENTS),
                     (evaluate.NEW_QUESTIONS, documents.QUESTIONS)):  # fmt: skip
        assert list(new) == ALL_KINDS
        for kind, wordings in new.items():
            assert len(set(wordings)) == len(wordings) >= 4
            assert not set(wordings) & set(old[kind])
            subject = documents.NAMES[documents.named(kind)]
            of_training = documents.FURTHER_STATEMENTS[kind] + documents.LINKED_STATEMENTS[kind]
            of_training += [re.sub("{[SO]}", subject, clause)
                            for clause in documents.LINKED_CLAUSES[kind]]  # fmt: skip
            if old is documents.QUESTIONS:
                of_training = (old[kind] + documents.TRAINING_QUESTIONS[kind]
                               + documents.FURTHER_QUESTIONS[kind])  # fmt: skip
            assert not {*map(all_words, wordings)} & {*map(all_words, all_expanded(of_training))}
            for wording in wordings:
                slots = set(re.findall(r"\{(\w)\}", wording))
                assert slots | {"a"} == set(re.findall(r"\{(\w)\}", old[kind][0])) | {"a"}
    assert not set(evaluate.NEW_PROSE) & set(documents.PROSE)
    assert not set(evaluate.NEW_LINES) & set(documents.HEADINGS)
    assert not set(evaluate.NEW_SEPARATORS) & {one for some in SEPARATORS for one in some}


def test_other_documents_of_the_evaluation():
    """They have the answer in the text, once, or none; the words that they say are new."""
    for kind in OTHERS:
        for i in range(40):
            text, question, expected = other_question(f"{kind} {i}", kind)
            assert (text, question, expected) == other_question(f"{kind} {i}", kind)
            assert (expected == "") == (kind == "not told")
            assert expected.lower() in text.lower()
    bare = arranged(random.Random(0), ["A.", "B."], "bare")
    assert re.fullmatch(r"(- )?A\.( |\n\n?|\n- )B\.", bare)
    assert re.match(r"A\. .+\. B\.", arranged(random.Random(0), ["A.", "B."], "one between"))


def test_what_training_begins_with(bundled):
    """The words of a key are the question, the sentence with them the answer; few words occur"""
    tokenizer, stage, first_names = bundled[1], train.STAGES[0], set()
    for i in range(100):
        ids, asked, expected = training_example(tokenizer, f"copied {i}", stage, True, 100)
        assert len(ids) <= 100
        key = tokenizer.decode(ids[:asked], skip_special_tokens=True).split()
        sentence = tokenizer.decode(expected, skip_special_tokens=True).strip()
        text = tokenizer.decode(ids[asked:], skip_special_tokens=True)
        assert len(key) in (2, 3) and all(word in sentence for word in key)
        assert sentence.removesuffix(".") in text  # another one may be joined to it
        first_names |= set(re.findall(r"\w+", text)) & set(documents.FIRST_NAMES)
    assert first_names == set(documents.FIRST_NAMES[:10])


def test_facts_of_the_bundled_chronicle():
    """They are found again in the text: eight or so of each kind, with known words."""
    facts = facts_of(evaluate.CHRONICLE.read_text(encoding="utf-8"))
    assert len(facts) == len(set(facts)) == 40
    assert Counter(kind for kind, _, _ in facts).keys() == set(KINDS)
    assert ("where", ("silver", "key"), "Upper Marling") in facts


@pytest.mark.parametrize("restarts", [(7, 16), (1,)])
def test_an_interrupted_training_gives_the_same_weights(restarts, bundled, tmp_path, monkeypatch):
    """Stopped within a stage and at the end of one, where the positions are copied, or where
    another training begins"""
    monkeypatch.setattr(train, "RESTARTS", restarts)
    stages = [train.STAGES[1]._replace(steps=3, documents=2),
              train.STAGES[4]._replace(steps=2, tokens=512, shorter=(1, 2), documents=1)]
    monkeypatch.setattr(train, "STAGES", stages)
    monkeypatch.setattr(train, "train_tokenizer", lambda: bundled[1])
    states = []
    for name, stops in (("whole", [None]), ("in pieces", [0, 1, 3, 4, None])):
        monkeypatch.setattr(train, "FOLDER", tmp_path / name)
        monkeypatch.setattr(train, "STATE", tmp_path / f"{name}.safetensors")
        for stop in stops:
            train.train(stop)
            assert int(weights.load(train.STATE)["step"][0]) == (5 if stop is None else stop)
        states.append(weights.load(train.STATE))
        states[-1] |= weights.load(train.FOLDER)
    assert int(states[0]["step"][0]) == 5
    assert states[0].keys() == states[1].keys()
    for name, array in states[0].items():
        np.testing.assert_array_equal(array, states[1][name], err_msg=name)
    start = train.configuration(len(bundled[1]), 100)
    fresh = LEDForConditionalGeneration(start, seed=train.SEED).params
    for name in fresh:  # every optimizer has its part
        if not name.endswith("embed_positions.weight"):
            moved = np.abs(states[0][f"params.{name}"] - fresh[name]).max()
            cancels = name.endswith((".k_proj.bias", ".key.bias", ".key_global.bias"))
            assert moved > 0 or cancels, name
    rows = states[0]["params.led.encoder.embed_positions.weight"]
    assert rows.shape == (512, 128)


def test_a_step_of_the_training(bundled, tmp_path, monkeypatch):
    """It is that of one process, with the mean of the gradients of the parts."""
    stage = train.STAGES[1]._replace(steps=2, documents=2)
    monkeypatch.setattr(train, "STAGES", [stage])
    monkeypatch.setattr(train, "train_tokenizer", lambda: bundled[1])
    monkeypatch.setattr(train, "FOLDER", tmp_path / "model")
    monkeypatch.setattr(train, "STATE", tmp_path / "state.safetensors")
    train.train()
    model = LEDForConditionalGeneration(train.configuration(4096, 100), seed=train.SEED)
    optimizers = train.make_optimizers(model.params)
    for step in range(2):
        grads = [model.value_and_grad(**train.training_batch(bundled[1], step, part))[1]
                 for part in range(2)]  # fmt: skip
        mean = {name: (grad + grads[1][name]) / 2 for name, grad in grads[0].items()}
        clip_gradients(mean, 1.0)
        for group, optimizer in optimizers.items():
            optimizer.lr = train.learning_rate(group, stage, step)
            optimizer.step(mean)
    written = weights.load(train.STATE)
    for name, p in model.params.items():
        np.testing.assert_allclose(written[f"params.{name}"], p, rtol=0, atol=2e-6)


def test_learning_rates():
    """A warm-up, a descent; also of a stage that ends within its warm-up"""
    for steps in (1, 30, 51, 500):
        stage = train.STAGES[0]._replace(steps=steps, first_rate=1e-3, last_rate=1e-4)
        rates = [train.learning_rate("others", stage, step) for step in range(steps)]
        assert np.isfinite(rates).all() and max(rates) <= 1e-3
        assert rates[0] == pytest.approx(1e-3 / 50)
        assert (np.diff(rates[:50]) > 0).all() and (np.diff(rates[50:]) < 0).all()
    assert rates[-1] == pytest.approx(1e-4, rel=0.03) and max(rates) > 0.99e-3
    assert train.learning_rate("matrices 1", stage, 100) == 10 * rates[100]


@pytest.mark.parametrize("shape", [(24, 7), (7, 24)])
def test_steps_of_matrices_are_nearly_orthogonal(shape):
    """All singular values of a step are about the learning rate (measured: 0.68 to 1.14 times), and
    larger for a high matrix; those of the gradient are not."""
    rng = np.random.default_rng(0)
    grads = {"w": rng.standard_normal(shape) * np.linspace(0.1, 3, shape[1])}
    params = {"w": np.zeros(shape)}
    optimizer = train.Muon(params)
    optimizer.lr = 0.5
    optimizer.step(grads)
    height, width = shape
    sizes = np.linalg.svd(params["w"], compute_uv=False) / (0.5 * max(1, height / width) ** 0.5)
    assert 0.5 < sizes.min() and sizes.max() < 1.3
    assert (params["w"] * grads["w"]).sum() < 0  # downhill
    assert np.ptp(np.linalg.svd(grads["w"], compute_uv=False)) > 3


def test_question_inputs_of_the_command_line(bundled):
    """The command line marks the same tokens as global that the training marked."""
    model, tokenizer = bundled
    chronicle = document("inputs", 300, 5)
    question = chronicle.questions[0].text
    ids, is_global, places = question_inputs(tokenizer, question, chronicle.text, 16384)
    asked = tokenizer(question)["input_ids"]
    assert ids[0, : len(asked)].tolist() == asked
    assert is_global[0].tolist() == [1] * len(asked) + [0] * (ids.shape[1] - len(asked))
    start, end = places[len(asked) + 1]
    assert chronicle.text[start:end] in tokenizer.decode(ids[0, len(asked) + 1 : len(asked) + 2])


def test_transformers_gives_the_same_answers(bundled):
    torch = pytest.importorskip("torch", reason="pip install -r requirements-parity.txt")
    transformers = pytest.importorskip("transformers")
    reference = transformers.LEDForConditionalGeneration.from_pretrained(FOLDER).eval().float()
    model, tokenizer = bundled
    for i in range(5):
        ids, asked, expected = example(tokenizer, f"beside {i}", 500, facts_in(500), "heldout")
        input_ids, labels = np.array([ids]), np.array([expected])
        is_global = np.zeros_like(input_ids)
        is_global[:, :asked] = 1
        ours = model(input_ids, global_attention_mask=is_global, labels=labels)
        tensors = [torch.tensor(array) for array in (input_ids, is_global, labels)]
        with torch.no_grad():
            theirs = reference(
                tensors[0], global_attention_mask=tensors[1], labels=tensors[2],
                attention_mask=torch.ones_like(tensors[0]))  # fmt: skip
            generated = reference.generate(
                tensors[0], global_attention_mask=tensors[1], max_length=16,
                attention_mask=torch.ones_like(tensors[0]))  # fmt: skip
        error = np.linalg.norm(ours.logits - theirs.logits.numpy())
        assert error <= 2e-5 * np.linalg.norm(theirs.logits.numpy())  # measured: 4e-7
        text = tokenizer.decode(generated[0].tolist(), skip_special_tokens=True).strip()
        assert text == answer(model, tokenizer, ids, asked)
