"""Trains the bundled checkpoint: a small LED that answers questions about long chronicles.

    python chronicles/train.py    # writes chronicles/model/; continues an interrupted training

An example is `<s> question </s></s> chronicle </s>`, and the tokens up to the first `</s>` carry
global attention. The document's tokens can only see the question through these global columns:
local attention reaches a few words.

From an ordinary random start, a model of this size soon learns the form of an answer and then, for
thousands of steps, names any of the document's facts: finding the right one takes a chain of three
attention layers, and no link of the chain earns anything before the others are there. So training
begins with something easier (`STAGES`): documents of two facts and ten words of each table, and a
question that is nothing but the words of a key; what is to be written is the whole sentence that
states the fact, of which every word is a lesson in finding and copying. Then half of the steps ask
ordinary questions, and a hundred steps later most of these are answered. Then words come in, and
documents grow. Two things were tried together with this and not taken apart: the matrices' steps
are made orthogonal (`Muon`), and batches are of many short documents.

Once all words are in, four questions in ten are not answered by their document: then the model is
to write nothing but the end. And from documents of 256 tokens on the narrative misleads: half of
its words that could be of a key are of one, so that both words of "ebony horn" may stand close
together and belong to two other things.

A model that knows chronicles alone fails with the first document that somebody else writes: facts
without narrative between them, a new line in the place of a space, "Tell me where". So six
documents in ten are no chronicles but of any layout (`documents.draw_layout`), some keys are of one
word, and questions are asked in some five hundred ways for training alone, in American spelling,
without an article, and, three in ten, in lower case, in upper case or with a letter doubled. Words
that the document has are then spelled as there, as `led.py ask` does.

From documents of 256 tokens on, a quarter of the facts' words are others in some of them, made-up
ones among them. They are of several tokens. With all words replaced in three documents of ten the
loss was 2.6 for each token of their answers, and 0.17 for those of the others: most of the gradient
then taught what was not learned.

It can be learned by a model that finds facts already, from short documents: in six of ten all words
are others. The loss of 3.5 was 1.1 after 900 steps, and 0.5 after 1,600. With this a second
training begins (`RESTARTS`), of the model as the first one has saved it, in half precision, and
with new optimizers. When words are copied in pieces, it goes through longer documents again,
with further ways to state the facts and to ask (`further.py`), and with documents nearly all of
whose facts are about the same or similar keys. At last it often learns to leave unanswered what a
fact nearly answers: where a thing is, if the text tells where it was made.

A third training, begun in the same way, has documents whose sentences go on about what the one
before named: "It is kept at Wick", "She has nine geese", "Brook lives at Orford" (`linked.py`); and
years, months and numbers that no table has. It makes the model too willing to answer, so that in
the end more than half of the questions have no answer.

The documents of `GROUP` steps are drawn together, and each step has those of about one length: much
less of a batch is padding. When documents get longer, the position embeddings are copied side by
side, as in the Longformer paper (arXiv 2004.05150, section 5), but for those of the question.

Two processes walk in step: each computes the gradients of its part of the documents, in memory that
both see, and moves its share of the parameters by the mean. Every document is a function of the
seed, the step and the part, and the optimizers' state is saved with the parameters, so that an
interrupted training that is taken up again gives the same weights. The bundled ones took about 85
minutes of two cores, 105 more in the second training, and 70 of slower ones in the third. The later
stages were settled when the first ones had been seen.
"""

import argparse
import functools
import itertools
import mmap
import multiprocessing
import random
import sys
import time
from pathlib import Path
from typing import NamedTuple

if __name__ == "__main__":  # first of all: --help needs none of the libraries below
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stop", type=int,
                        help="stop after this step, to go on later (default: at the end)")
    arguments = parser.parse_args()

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

try:
    import numpy as np
    from threadpoolctl import threadpool_limits

    import weights
    from bpe import LEDTokenizer
    from chronicles.documents import (
        ALL_KINDS, ANSWERS, KINDS, SPELLINGS, SUBJECTS, Question, american, document,
        draw_layout, draw_wording, new_word, renamed, respelled, shortened, without_a_word,
        worded)  # fmt: skip
    from led import AdamW, LEDConfig, LEDForConditionalGeneration, clip_gradients
    from led_support.command_line import spelled_as_in
except ImportError as error:
    sys.exit(f"{error}: pip install -r requirements.txt")

SEED = 0
FOLDER = Path(__file__).resolve().parent / "model"
STATE = Path(__file__).resolve().parent / "training.safetensors"


class Stage(NamedTuple):
    """A part of the training."""

    steps: int
    tokens: int  # of a document, at most
    shorter: tuple  # by what these are divided, in turn for the documents of some steps
    fact_tokens: int  # at least for each fact of a document that is no chronicle, and so many
    adorned_tokens: int  # more if all have openings and closings
    words: int | None  # of each table of words that it may have
    misleading: float  # how misleading its narrative is
    copying: float  # the part of the steps in which the answer is a sentence
    new_words: float  # the part of the documents with words of other documents, or made-up ones
    documents: int  # in a part of a step, if they are of `tokens`
    first_rate: float  # after the warm-up
    last_rate: float
    new_part: float = 0.25  # of the facts' words in the documents with new words
    split: str = "train"
    near: float = 0  # of the questions without an answer: those that a fact nearly answers
    unanswerable: float = 0.4  # of the questions: without an answer in their document


STAGES = [
    # steps tokens shorter fact adorned words misleading copying new documents first last rate
    Stage(500, 100, (), 24, 0, 10, 0, 1, 0, 16, 1e-3, 2e-4),
    Stage(500, 100, (), 24, 0, 10, 0, 0.5, 0, 16, 1e-3, 2e-4),
    Stage(800, 100, (), 24, 0, 40, 0, 0.5, 0, 16, 8e-4, 2e-4),
    Stage(8000, 144, (1, 2, 4, 8), 24, 0, None, 0, 0.2, 0, 12, 6e-4, 2e-4),
    Stage(6500, 256, (1, 1, 2, 4), 18, 12, None, 0.5, 0, 0.15, 10, 5e-4, 2.5e-4),
    Stage(5500, 1024, (1, 2, 2, 4, 4, 8), 18, 12, None, 0.5, 0, 0.1, 4, 2.5e-4, 1e-6),
    Stage(120, 4096, (1, 2, 4, 8), 18, 12, None, 0.5, 0, 0, 2, 3e-5, 1e-6),
    # The second training, with new_part, split and near: first words of several tokens,
    # then further wordings and dense documents, at last questions that a fact nearly answers
    Stage(1600, 100, (), 24, 0, None, 0, 0.3, 0.6, 16, 5e-4, 4e-4, 1),
    Stage(1800, 144, (1, 1, 2), 24, 0, None, 0, 0.2, 0.5, 12, 5e-4, 4e-4, 1),
    Stage(3480, 256, (1, 1, 2, 4), 18, 12, None, 0.5, 0, 0.3, 10, 5e-4, 4.13819e-4, 0.5, "further"),
    Stage(5200, 256, (1, 1, 2, 4), 18, 12, None, 0.5, 0, 0.15, 10, 4e-4, 2.5e-4, 0.5, "further"),
    Stage(3300, 1024, (1, 2, 2, 4, 4, 8), 18, 12, None, 0.5, 0, 0.1, 4, 2.5e-4, 1.18908e-4, 0.5,
          "further"),
    Stage(3400, 1024, (1, 2, 2, 4, 4, 8), 18, 12, None, 0.5, 0, 0.1, 4, 1.2e-4, 1e-5, 0.5,
          "further", 0.4),
    Stage(300, 4096, (1, 2, 4, 8), 18, 12, None, 0.5, 0, 0.05, 2, 5e-5, 1e-6, 0.5, "further", 0.4),
    Stage(2400, 1024, (1, 2, 2, 4, 4, 8), 18, 12, None, 0.5, 0, 0.1, 4, 1.5e-4, 1e-6, 0.5,
          "further", 0.4),
    Stage(120, 4096, (1, 2, 4, 8), 18, 12, None, 0.5, 0, 0.05, 2, 3e-5, 1e-6, 0.5, "further", 0.4),
    # The third training: sentences that refer to the one before
    Stage(4600, 256, (1, 1, 2, 4), 20, 12, None, 0.5, 0, 0.15, 10, 4e-4, 2.5e-4, 0.5,
          "linked", 0.4),
    Stage(1480, 1024, (1, 2, 2, 4, 4, 8), 20, 12, None, 0.5, 0, 0.1, 4, 2.5e-4, 1.49699e-4, 0.5,
          "linked", 0.4),
    Stage(2400, 1024, (1, 2, 2, 4, 4, 8), 20, 12, None, 0.5, 0, 0.1, 4, 1.5e-4, 1e-6, 0.5,
          "linked", 0.5, 0.55),
    Stage(100, 4096, (1, 2, 4, 8), 20, 12, None, 0.5, 0, 0.05, 2, 3e-5, 1e-6, 0.5, "linked",
          0.5, 0.55),
]
RESTARTS = 7, 16  # the stages with which the second training and the third one begin
PARTS = 2  # of a step's documents: each is computed by a process of its own
MATRIX_PART = 10  # times the learning rate, for matrices
WARMUP = 50
SAVE_EVERY = 100
POSITIONS = 16384
TARGET_POSITIONS = 48
QUESTION = 32  # positions that the question may take: the first ones
VOCABULARY = 4096
GROUP = 4  # steps whose documents are drawn together
UNANSWERABLE_PARTS = {
    "apart": 6,  # the hardest: many facts of a long document have each word of the key
    "missing": 4,
    "strange": 2,
    "another kind": 4,
    "no kind": 4,
    "no word": 1,
}
LAYOUT_PART = 0.6  # of the documents: no chronicles
RESPELLED_PART = 0.3  # of the questions
SHORT_QUESTION_PART = 0.1  # of the questions: without an article or the like
SHORTENED_PART = 0.15  # of the keys: of one word
AMERICAN_PART = 0.25  # of the documents or questions


def configuration(vocab_size, positions):
    return LEDConfig(
        vocab_size=vocab_size,
        d_model=128,
        encoder_layers=3,
        decoder_layers=2,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=256,
        decoder_ffn_dim=256,
        attention_window=32,
        max_encoder_position_embeddings=positions,
        max_decoder_position_embeddings=TARGET_POSITIONS,
        dropout=0.0,
        task_specific_params={"question-answering": {}},  # led.py summarize refuses it
    )


def train_tokenizer():
    """The BPE of the documents: large enough that each of their words is one token, and so is each
    word of the questions in lower case."""
    texts = []
    for i in range(3000):
        rng = random.Random(i)
        layout = draw_layout(rng) if i % 3 else None
        made = document(f"tokenizer {i}", 300, 6, ALL_KINDS, layout=layout)
        questions = [question.text for question in made.questions + made.unanswerable
                     if question.kind not in ("strange", "no word")]  # made-up words stay in pieces
        texts += [made.text, *questions, *map(str.lower, questions)]
        if i % 4 == 0:
            texts.append(american(made.text))
        if i % 20 == 0:
            texts += [new_word(rng, rng.random() < 0.5, "train") for _ in range(500)]
    return LEDTokenizer.train(texts, VOCABULARY)


# --------------------------------------------------------------------------------------------------


def chronicle_of(tokenizer, seed, length, facts, split, **options):
    """A document that has at most `length` tokens together with a question.

    options: of `document`. Documents into which the facts do not fit, or that leave nothing to ask,
    are passed over.
    """

    def count(text):
        return len(tokenizer(text, add_special_tokens=False)["input_ids"])

    for attempt in itertools.count():
        try:
            chronicle = document(f"{seed} {attempt}", length - QUESTION, facts, split=split,
                                 count=count, **options)  # fmt: skip
        except ValueError:
            continue
        if chronicle.questions:
            return chronicle


def encode(tokenizer, question, answer, text):
    """-> token ids of question and text, number of global tokens among them, answer ids"""
    ids = tokenizer(question, text)["input_ids"]
    # With a space before it the answer has the tokens that it has within the document. Where there
    # is none, the end comes at once.
    words = " " + answer if answer else ""
    answer_ids = tokenizer(words, add_special_tokens=False)["input_ids"]
    return ids, ids.index(tokenizer.eos_token_id) + 1, answer_ids + [tokenizer.eos_token_id]


def example(tokenizer, seed, length, facts, split):
    """A document of at most `length` tokens with one of its questions, and the answer.

    -> token ids, number of global tokens among them, answer ids
    """
    chronicle = chronicle_of(tokenizer, seed, length, facts, split)
    question = random.Random(f"question {seed}").choice(chronicle.questions)
    return encode(tokenizer, question.text, question.answer, chronicle.text)


def training_example(tokenizer, seed, stage, copying, length):
    """As `example`, but the document may be no chronicle, the question may have no answer in it, or
    another spelling, and words of all three may be others than the tables'.

    copying: the question is nothing but the words of a key, and the answer the sentence with them
    """
    for attempt in itertools.count():
        rng = random.Random(f"question {seed} {attempt}")
        texts = training_texts(tokenizer, rng, f"{seed} {attempt}", stage, copying, length)
        ids, asked, answer_ids = encode(tokenizer, *texts)
        if len(ids) <= length and len(answer_ids) <= TARGET_POSITIONS:
            return ids, asked, answer_ids


def near_miss(rng, chronicle, split):
    """A question that the document does not answer, about the key of a fact that could be taken for
    its answer: where a thing is, if the text tells where it was made. If there is no such fact, one
    that no document answers. In the third training it is often about a key of which the document
    has all words apart."""
    apart = [question for question in chronicle.unanswerable if question.kind == "apart"]
    if split == "linked" and apart and rng.random() < 0.5:
        return apart[0]
    told = {(question.kind, question.key) for question in chronicle.questions}
    near = [(kind, key) for other, key in sorted(told) for kind in ALL_KINDS
            if SUBJECTS[kind] == SUBJECTS[other] and ANSWERS[kind] is ANSWERS[other]
            and (kind, key) not in told]  # fmt: skip
    if not near:
        return next(question for question in chronicle.unanswerable if question.kind == "no kind")
    kind, key = rng.choice(near)
    asked = worded(rng, kind, key, draw_wording(rng, kind, split), split)
    return Question(asked, "", "another kind")


def training_texts(tokenizer, rng, seed, stage, copying, length):
    """-> question, answer, document"""
    layout = draw_layout(rng) if rng.random() < LAYOUT_PART else None
    has_new_words = rng.random() < stage.new_words
    # Words that are not of the tables are of several tokens: the document is shorter to begin with.
    room = length * 7 // 8 if has_new_words else length
    each = 32 if layout is None else stage.fact_tokens + stage.adorned_tokens * layout.adorned
    most = max(2, int((room - QUESTION) / each))
    facts = rng.randint(1 if stage.words is None else 2, most)
    # The five kinds of a chronicle are asked for more often than the others.
    chronicle = chronicle_of(tokenizer, seed, room, facts, stage.split, kinds=KINDS + ALL_KINDS,
                             misleading=stage.misleading, words=stage.words,
                             layout=layout)  # fmt: skip
    question = rng.choice(chronicle.questions)
    if copying:
        keys = [question.key for question in chronicle.questions]
        if keys.count(question.key) > 1:
            question = rng.choice([one for one in chronicle.questions
                                   if keys.count(one.key) == 1] or [question])  # fmt: skip
        texts = " ".join(question.key), question.sentence, chronicle.text
    else:
        if stage.words is None and rng.random() < stage.unanswerable:
            questions = chronicle.unanswerable
            parts = [UNANSWERABLE_PARTS[question.kind] for question in questions]
            (question,) = rng.choices(questions, parts)
            # A number drawn in the other stages, too, would change all that they draw after it.
            if stage.near and rng.random() < stage.near:
                question = near_miss(rng, chronicle, stage.split)
        texts = question.text, question.answer, chronicle.text
        if question.key and rng.random() < SHORTENED_PART:
            texts = shortened(question.key, texts)
    if has_new_words:
        texts = renamed(rng, chronicle.questions, texts, stage.new_part)
    asked, answer, text = texts
    if stage.words is None and rng.random() < AMERICAN_PART:
        asked = american(asked)
        if rng.random() < 0.5:
            answer, text = american(answer), american(text)
    if stage.words is None and not copying:
        if rng.random() < SHORT_QUESTION_PART:
            asked = without_a_word(rng, asked)
        is_respelled = rng.random() < RESPELLED_PART
        if is_respelled:
            asked = respelled(rng, asked, rng.choice(SPELLINGS))
        if is_respelled or rng.random() < 0.5:
            asked = spelled_as_in(text, asked)  # as `led.py ask` does
    return asked, answer, text


@functools.lru_cache(maxsize=1)
def training_group(tokenizer, first, count, part):
    """The examples of one part of `count` steps from `first` on: each step has those of about one
    length, so that little of a batch is padding."""
    stage, _ = stage_of(first)
    rng = random.Random(f"{SEED} {first}")  # the same for all parts, which take as long then
    copying = rng.random() < stage.copying
    shorter = rng.choice(stage.shorter) if stage.shorter else 1
    length = max(stage.tokens // shorter, STAGES[0].tokens)
    documents = stage.documents * stage.tokens // length  # shorter ones are more
    examples = [
        training_example(tokenizer, f"{SEED} {first} {part} {row}", stage, copying, length)
        for row in range(documents * count)
    ]
    examples.sort(key=lambda one: len(one[0]))
    steps = [examples[i : i + documents] for i in range(0, len(examples), documents)]
    rng.shuffle(steps)
    return steps


def training_batch(tokenizer, step, part):
    """The arguments of a call for one part of a step of the training"""
    stage, within = stage_of(step)
    at = within % GROUP
    count = min(GROUP, stage.steps - within + at)
    return batch(tokenizer, training_group(tokenizer, step - at, count, part)[at])


def batch(tokenizer, examples):
    """The arguments of a call, padded: ids, masks and labels."""
    rows, S = len(examples), max(len(ids) for ids, _, _ in examples)
    T = max(len(answer) for _, _, answer in examples)
    input_ids = np.full((rows, S), tokenizer.pad_token_id)
    attention_mask, global_attention_mask = np.zeros((rows, S), int), np.zeros((rows, S), int)
    labels = np.full((rows, T), -100)
    for i, (ids, asked, answer) in enumerate(examples):
        input_ids[i, : len(ids)] = ids
        attention_mask[i, : len(ids)] = 1
        global_attention_mask[i, :asked] = 1
        labels[i, : len(answer)] = answer
    return {
        "input_ids": input_ids,
        "attention_mask": attention_mask,
        "global_attention_mask": global_attention_mask,
        "labels": labels,
    }


# --------------------------------------------------------------------------------------------------


def shared(arrays):
    """The arrays, in memory that this process shares with those that it forks."""
    copies = {}
    for name, array in arrays.items():
        memory = mmap.mmap(-1, array.nbytes)
        copies[name] = np.frombuffer(memory, array.dtype).reshape(array.shape)
        copies[name][...] = array
    return copies


class Muon:
    """Steps of matrices in the direction of their momentum, with all singular values made about 1,
    so that what is rare in a batch moves as far as what is frequent.

    (Keller Jordan, https://kellerjordan.github.io/posts/muon, also for the three coefficients)
    """

    def __init__(self, params, momentum=0.95):
        self.params, self.momentum, self.lr = params, momentum, None
        self.sums = shared({name: np.zeros_like(p) for name, p in params.items()})

    def step(self, grads):
        for name, p in self.params.items():
            total = self.sums[name]  # in place: other processes see it
            total *= self.momentum
            total += grads[name]
            x = grads[name] + self.momentum * total
            x /= np.linalg.norm(x) + 1e-7
            is_high = len(x) > x.shape[1]
            x = x.T if is_high else x
            for _ in range(5):  # Newton-Schulz iterations
                square = x @ x.T
                x = 3.4445 * x + (-4.775 * square + 2.0315 * square @ square) @ x
            x = x.T if is_high else x
            p -= self.lr * max(1, len(x) / x.shape[1]) ** 0.5 * x

    def state(self):
        """A dictionary of arrays, which load_state takes"""
        return dict(self.sums)

    def load_state(self, state):
        for name, total in self.sums.items():
            total[...] = state[name]


def make_optimizers(params):
    """{group: optimizer}: Muon for the matrices of the layers, a group for each part, and AdamW for
    all else"""
    matrices = sorted(name for name, p in params.items() if p.ndim == 2 and "layers." in name)
    optimizers = {}
    for part in range(PARTS):
        optimizers[f"matrices {part}"] = Muon({n: params[n] for n in matrices[part::PARTS]})
    others = {name: p for name, p in params.items() if name not in matrices}
    return optimizers | {"others": AdamW(others, betas=(0.9, 0.98))}


def lengthened(tensors, rows):
    """The tensors with encoder position embeddings for `rows` tokens: those after the question's
    are copied side by side."""

    def longer(array):
        rest = np.resize(array[QUESTION:], (rows - QUESTION, array.shape[1]))
        return np.concatenate([array[:QUESTION], rest])

    name = "encoder.embed_positions.weight"
    return {key: longer(array) if key.endswith(name) else array for key, array in tensors.items()}


def save_state(path, step, model, optimizers):
    """Writes what an interrupted training needs to go on as if nothing had happened."""
    state = {f"params.{name}": p for name, p in model.params.items()}
    for group, optimizer in optimizers.items():
        state |= {f"optimizer {group}.{name}": array for name, array in optimizer.state().items()}
    weights.save(path, state | {"step": np.array([step])})


def load_state(path, config):
    """Model and optimizers as save_state wrote them, with positions as the config asks, the
    parameters in shared memory."""
    state = lengthened(weights.load(path), config.max_encoder_position_embeddings)

    def part(prefix):
        names = [name for name in state if name.startswith(prefix)]
        return {name.removeprefix(prefix): np.array(state[name]) for name in names}

    model = LEDForConditionalGeneration(config, params=shared(part("params.")))
    optimizers = make_optimizers(model.params)
    for group, optimizer in optimizers.items():
        optimizer.load_state(part(f"optimizer {group}."))
    return model, optimizers


def stage_of(step):
    """The stage of a step (from 0) and the step within it; None at the end."""
    for stage in STAGES:
        if step < stage.steps:
            return stage, step
        step -= stage.steps
    return None, 0


def learning_rate(group, stage, step):
    """A linear warm-up, then a linear descent."""
    descent = max(0, step - WARMUP) / max(1, stage.steps - WARMUP)
    rate = stage.first_rate + (stage.last_rate - stage.first_rate) * descent
    rate *= min(1, (step + 1) / WARMUP)
    return rate if group == "others" else rate * MATRIX_PART


def save_model(folder, tokenizer, model):
    """Writes the model with positions for 16,384 tokens, in half precision, and its tokenizer."""
    config = configuration(model.config.vocab_size, POSITIONS)
    params = lengthened(model.params, POSITIONS)
    saved = LEDForConditionalGeneration(config, params=params)
    saved.params = {name: p.astype(np.float16) for name, p in params.items()}
    saved.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def start():
    """Writes the tokenizer and the state before the first step."""
    tokenizer = train_tokenizer()
    tokenizer.save_pretrained(FOLDER)
    config = configuration(len(tokenizer), STAGES[0].tokens)
    model = LEDForConditionalGeneration(config, seed=SEED)
    save_state(STATE, 0, model, make_optimizers(model.params))


def start_again(step):
    """Writes the state before the first step of another training: the model as the one before has
    saved it, in half precision, and new optimizers."""
    model = LEDForConditionalGeneration.from_pretrained(FOLDER)
    save_state(STATE, step, model, make_optimizers(model.params))


def train_part(part, step, last, tokenizer, model, optimizers, grads, together):
    """One of PARTS processes, which do this side by side: the steps from `step` to `last`.

    Parameters, the sums of Muon, and `grads` (a dictionary for each part) are shared. Each process
    computes the gradients of its part of the documents, and moves its share of the parameters.
    """
    mine = [f"matrices {part}"] + (["others"] if part == 0 else [])
    losses, began = [], time.time()
    while step < last:
        loss, own = model.value_and_grad(**training_batch(tokenizer, step, part))
        for name, total in grads[part].items():
            total[...] = own[name]
        losses.append(loss)
        together.wait()  # all gradients are there
        mean = {name: sum(one[name] for one in grads) / PARTS for name in grads[part]}
        clip_gradients(mean, 1.0)
        for group in mine:
            optimizers[group].lr = learning_rate(group, *stage_of(step))
            optimizers[group].step(mean)
        step += 1
        together.wait()  # all parameters are moved
        if part == 0 and (step % SAVE_EVERY == 0 or step == last):
            save_state(STATE, step, model, optimizers)
            save_model(FOLDER, tokenizer, model)
            seconds = time.time() - began
            print(f"step {step}  loss {np.mean(losses):.4f}  {seconds:.0f} s", flush=True)
            losses = []


def train_stage(tokenizer, step, last):
    """The steps from `step`, where the state on disk stands, to `last`, all of one stage"""
    stage, _ = stage_of(step)
    model, optimizers = load_state(STATE, configuration(len(tokenizer), stage.tokens))
    grads = [shared(model.params) for _ in range(PARTS)]
    fork = multiprocessing.get_context("fork")
    together = fork.Barrier(PARTS, timeout=600)  # seconds, should another process have died
    arguments = step, last, tokenizer, model, optimizers, grads, together
    others = [fork.Process(target=train_part, args=(part, *arguments), daemon=True)
              for part in range(1, PARTS)]  # fmt: skip
    for process in others:
        process.start()
    try:
        train_part(0, *arguments)
    finally:
        for process in others:
            process.terminate()


# Products this small gain nothing from more threads.
@threadpool_limits.wrap(limits=1, user_api="blas")
def train(stop=None):
    """Trains on from the state on disk, up to step `stop` or to the end of the last stage."""
    if not STATE.exists():
        start()
    tokenizer = LEDTokenizer.from_pretrained(FOLDER)
    step, end = int(weights.load(STATE)["step"][0]), 0
    for number, stage in enumerate(STAGES):
        begin, end = end, end + stage.steps
        last = end if stop is None else min(end, stop)
        if step < last:
            if number in RESTARTS and step == begin:
                start_again(step)
            train_stage(tokenizer, step, last)
            step = last


if __name__ == "__main__":
    train(arguments.stop)
