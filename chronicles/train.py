"""Trains the bundled checkpoint: a small LED that answers questions about long chronicles.

    python chronicles/train.py    # writes chronicles/model/; continues an interrupted training

An example is `<s> question </s></s> chronicle </s>`, and the tokens up to the first `</s>` carry
global attention. The document's tokens can only see the question through these global columns:
local attention reaches a few words.

Training starts from weights in which a chain of three attention layers that finds a fact is
sketched (`sketch`), and with a smaller learning rate for the encoder, so that the decoder's first,
noisy steps do not wipe the sketch out. The sketch answers nothing by itself: which words matter,
what kind of answer a question asks for and how it is spelled out are learned.

From an ordinary random start, trained like this, a model of this size soon learns the form of an
answer and then, for thousands of steps, names any of the document's facts: no link of the chain
earns anything before the others are there. What does find the chain from there is another
curriculum, tried on documents with an answer alone: orthogonalised steps for the matrices (Muon),
100 tokens with two facts, 24 of them a step, ten words of each table; for 900 steps the question is
the bare words of a key and the answer the sentence that holds them, then half of the questions are
ordinary ones. A hundred steps later most of these are answered (loss 0.33 for a token, 1.8 if the
question is exchanged for another); then 40 words, all words, 144 tokens: 0.07 after 6,200 steps and
25 minutes.

Four questions in ten are not answered by their document: then the model is to write nothing but the
end. Three in ten are in lower case, in upper case or have a letter doubled; words with the same
letters start with similar embeddings (`letter_embeddings`), so that they match from the first step
on.

After the first stage the narrative misleads: half of its words that could be of a key are of one,
so that both words of "ebony horn" may stand close together and belong to two other things. A window
shows which words are close; their order is sketched, too, as a head that looks at the token before.
Without that head the loss is as small at last, but of the questions that fail most get the right
first word and the second word of a neighbouring sentence.

Documents start short. When they get longer, the position embeddings are copied side by side, as
in the Longformer paper (arXiv 2004.05150, section 5), but for those of the question. Every document
is a function of the seed and the step, and the optimizer's state is saved with the parameters, so
an interrupted training that is taken up again gives the same weights.
"""

import argparse
import itertools
import random
import re
import sys
import time
from collections import defaultdict
from pathlib import Path

if __name__ == "__main__":  # first of all: --help needs none of the libraries below
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stop", type=int,
                        help="stop after this step, to go on later (default: at the end)")
    arguments = parser.parse_args()

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

try:
    import numpy as np

    import weights
    from bpe import LEDTokenizer
    from chronicles.documents import SPELLINGS, document, respelled
    from led import AdamW, LEDConfig, LEDForConditionalGeneration, clip_gradients
except ImportError as error:
    sys.exit(f"{error}: pip install -r requirements.txt")

SEED = 0
FOLDER = Path(__file__).resolve().parent / "model"
STATE = Path(__file__).resolve().parent / "training.safetensors"

# Steps, tokens of a document, facts in it, how misleading its narrative is, documents in a batch,
# learning rate at the first step after the warm-up and at the last, the encoder's part of it.
STAGES = [
    (600, 256, 6, 0, 16, 1e-3, 1e-4, 0.1),
    (10000, 256, 6, 0.5, 16, 6e-4, 1e-5, 0.5),
    (900, 1024, 24, 0.5, 8, 1e-4, 1e-6, 0.5),
    (200, 4096, 80, 0.5, 4, 3e-5, 1e-6, 0.5),
]
EMBEDDING_PART = 0.3  # of the learning rate, as the encoder's
WARMUP = 50
SAVE_EVERY = 100
POSITIONS = 16384
# The first positions are the question's. Those after them repeat; where in a period a token stands
# is read from a clock whose hands turn so often in it. (Of all such hands these differ most between
# a position and any other one in a window around it.)
QUESTION, PERIOD, TURNS = 24, 232, (12, 35, 64, 89)
VOCABULARY = 4096
UNANSWERABLE_PART = 0.4  # of the questions: without an answer in their document
RESPELLED_PART = 0.3  # in another spelling


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
        max_decoder_position_embeddings=16,
        dropout=0.0,
        task_specific_params={"question-answering": {}},  # led.py summarize refuses it
    )


def train_tokenizer():
    """The BPE of the chronicles: large enough that each of their words is one token, and so is each
    word of the questions in lower and upper case."""
    texts = []
    for i in range(3000):
        rng, chronicle = random.Random(i), document(f"tokenizer {i}", 300, 6)
        texts.append(chronicle.text)
        for question in chronicle.questions + chronicle.unanswerable:
            if question.kind not in ("strange", "no word"):  # made-up words stay in pieces
                texts.append(question.text)
                texts += [respelled(rng, question.text, spelling) for spelling in SPELLINGS]
    return LEDTokenizer.train(texts, VOCABULARY)


# --------------------------------------------------------------------------------------------------


def orthogonal(rng, size):
    return np.linalg.qr(rng.standard_normal((size, size)))[0]


def letter_embeddings(tokens, size, rng):
    """Embeddings (tokens, size) of unit variance that are alike where the letters are.

    Most of one is of the token's letters in lower case, doubled ones taken once; half of that is
    the token's as a whole and half the sum over its runs of three letters, so that the pieces of a
    word with a fault in it resemble the word. The rest is the token's own.
    """
    directions = defaultdict(lambda: rng.standard_normal(size))  # of a string, drawn when first met
    rows = []
    for token in tokens:
        letters = re.sub(r"(.)\1+", r"\1", token.removeprefix("Ġ").lower())
        runs = [letters[i : i + 3] for i in range(max(1, len(letters) - 2))]
        of_runs = sum(directions[run] for run in runs) / np.sqrt(len(runs))
        own = rng.standard_normal(size)
        rows.append(0.64 * (directions[f"<{letters}>"] + of_runs) + 0.42 * own)
    return np.array(rows)


def sketch(params, config, tokens, rng):
    """Writes the start of the training into freshly drawn parameters, in place.

    Some directions of the hidden space are kept free of everything else. Four of them are marks:
        asked      on the question's tokens. Global rows have projections of their own, and in
                   layer 0 a bias of value_global writes the mark.
        matching   on tokens of the document that stand in the question too. In layer 1 half of
                   the heads have the same weights for query and key, so that a token attends to
                   its copies: to itself in its window and to the question's in the global columns.
                   A bias of the query prefers the copy that is marked `asked`, and the head turns
                   that mark into this one.
        following  on tokens that come after such a token. Layer 0's last head finds the token
                   before and copies it, turned into other directions; a head of layer 1 looks for
                   what was copied and does the same with the marks.
        near       on tokens that have matching or following ones in their window. A head of layer
                   2 for each of the two prefers them and turns their mark into this one.
    The others are the clock's, two for each hand: layer 0's last head compares nothing else. Its
    queries have the hands turned back by one position.

    The decoder's cross-attention prefers tokens marked `near`, and one of its heads in layer 0
    those that come after the token just written; which of them are the answer it has still to
    learn. Everything else is random, with two rules in all layers: queries and keys of half of the
    heads start equal, and values and outputs start as each other's transpose, so that a token
    copies what it attends to.
    """
    E, H = config.d_model, config.encoder_attention_heads
    D = E // H
    heads = [slice(head * D, (head + 1) * D) for head in range(H)]  # the rows of each
    first_rows = np.arange(H) * D  # one row of each head is set apart for the marks
    is_matching = np.arange(E) < E // 2
    kept = rng.standard_normal((E, 4 + 2 * len(TURNS)))
    kept, _ = np.linalg.qr(kept - kept.mean(0))  # layer norm takes away a mean
    asked, matching, following, near = kept[:, :4].T
    clock = kept[:, 4:].T
    others = np.eye(E) - kept @ kept.T
    unit = np.sqrt(E)  # the norm of a hidden state after layer norm

    def prefer(name, key_name, mark, strength, chosen_heads):
        """A bias of the query that adds about `strength` to the score of keys with the mark."""
        for head in chosen_heads:
            direction = (params[key_name + ".weight"] @ mark)[heads[head]] * unit * 0.4
            direction *= strength * np.sqrt(D) / (direction @ direction)
            params[name + ".bias"][heads[head]] = direction

    params["led.shared.weight"][...] = 0.08 * letter_embeddings(tokens, E, rng) @ others
    params["led.shared.weight"][config.pad_token_id] = 0
    for name, scale in (("encoder", 0.0016), ("decoder", 0.04)):
        weight = params[f"led.{name}.embed_positions.weight"]
        weight[...] = scale * rng.standard_normal(weight.shape) @ others
    step = 2 * np.pi * np.array(TURNS) / PERIOD  # from one position to the next, in radians
    angles = np.outer(np.arange(PERIOD), step)
    hands = np.concatenate([np.cos(angles), np.sin(angles)], axis=1)
    params["led.encoder.embed_positions.weight"][QUESTION:] += 0.125 * hands @ clock

    # The two rules.
    layers = [f"led.encoder.layers.{i}" for i in range(config.encoder_layers)]
    attentions = [f"{layer}.self_attn.longformer_self_attn" for layer in layers]
    copies = [orthogonal(rng, E) for _ in layers]
    for attention, layer, copy in zip(attentions, layers, copies):
        for suffix in ("", "_global"):
            equal = orthogonal(rng, E) * np.sqrt(2.0)
            params[f"{attention}.query{suffix}.weight"] += equal * is_matching[:, None]
            params[f"{attention}.key{suffix}.weight"] += equal
        params[f"{attention}.value.weight"] += copy @ others
        params[f"{attention}.value_global.weight"] += copy @ others
        params[f"{layer}.self_attn.output.weight"] += 0.5 * others @ copy.T
    cross_attentions = [
        f"led.decoder.layers.{i}.encoder_attn" for i in range(config.decoder_layers)
    ]
    for attention in cross_attentions:
        equal, copy = orthogonal(rng, E), orthogonal(rng, E)
        params[f"{attention}.q_proj.weight"] += equal * is_matching[:, None]
        params[f"{attention}.k_proj.weight"] += equal
        params[f"{attention}.v_proj.weight"] += copy
        params[f"{attention}.out_proj.weight"] += 0.5 * copy.T
    for name, weight in params.items():
        if name.endswith("fc1.weight"):
            weight[...] = 0.09 * rng.standard_normal(weight.shape)

    # The head that looks at the token before, and the two that look for what it copied.
    cos, sin = np.diag(np.cos(step)), np.diag(np.sin(step))
    back = np.block([[cos, sin], [-sin, cos]])  # hands at a position -> at the one before
    params[f"{attentions[0]}.query.weight"][heads[-1]] = 0
    params[f"{attentions[0]}.query.weight"][heads[-1]][: len(clock)] = 2.65 * back @ clock
    params[f"{attentions[0]}.key.weight"][heads[-1]][: len(clock)] = 2.65 * clock
    as_token = copies[0][heads[-1]]  # what the head takes from a token
    as_before = orthogonal(rng, E)[:, :D]  # where it writes it
    params[f"{layers[0]}.self_attn.output.weight"][:, heads[-1]] = others @ as_before
    params[f"{attentions[1]}.query.weight"][heads[2]] = 2 * as_before.T @ others
    params[f"{attentions[1]}.key.weight"][heads[2]] = np.sqrt(2.0) * as_token
    params[f"{cross_attentions[0]}.q_proj.weight"][heads[1]] = np.sqrt(2.0) * as_token
    params[f"{cross_attentions[0]}.k_proj.weight"][heads[1]] = 2 * as_before.T

    # The chain of marks: asked, matching and following, near, and the decoder that looks for it.
    for suffix in ("", "_global"):
        params[f"{attentions[0]}.value{suffix}.weight"][first_rows] = 0
    params[f"{attentions[0]}.value_global.bias"][first_rows] = 1
    share = np.full(H, 0.5 * unit / H)
    params[f"{layers[0]}.self_attn.output.weight"][:, first_rows] = np.outer(asked, share)

    for i, chosen_heads, source, target in (
        (1, [0, 1], asked, matching),
        (1, [2], asked, following),
        (2, [2], matching, near),
        (2, [3], following, near),
    ):
        rows = first_rows[chosen_heads]
        params[f"{attentions[i]}.value_global.weight"][rows] = 0
        params[f"{attentions[i]}.value.weight"][rows] = source / unit
        share = np.full(len(rows), 1.5 * unit / len(rows))
        params[f"{layers[i]}.self_attn.output.weight"][:, rows] = np.outer(target, share)
        prefer(f"{attentions[i]}.query", f"{attentions[i]}.key", source, 2.0, chosen_heads)
    for attention, chosen_heads in zip(cross_attentions, ([1, 2, 3], [2, 3])):
        prefer(f"{attention}.q_proj", f"{attention}.k_proj", near, 2.0, chosen_heads)


# --------------------------------------------------------------------------------------------------


def chronicle_of(tokenizer, seed, length, facts, split, misleading=0):
    """A document that has at most `length` tokens together with a question.

    Documents into which the facts do not fit, or that leave nothing to ask, are passed over.
    """

    def count(text):
        return len(tokenizer(text, add_special_tokens=False)["input_ids"])

    for attempt in itertools.count():
        try:
            chronicle = document(f"{seed} {attempt}", length - 32, facts, split=split, count=count,
                                 misleading=misleading)  # fmt: skip
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


def training_example(tokenizer, seed, length, facts, misleading):
    """As `example`, but the question may have no answer in the document, or another spelling."""
    chronicle = chronicle_of(tokenizer, seed, length, facts, "train", misleading)
    rng = random.Random(f"question {seed}")
    without_answer = rng.random() < UNANSWERABLE_PART
    question = rng.choice(chronicle.unanswerable if without_answer else chronicle.questions)
    text = question.text
    if rng.random() < RESPELLED_PART:
        text = respelled(rng, text, rng.choice(SPELLINGS))
    return encode(tokenizer, text, question.answer, chronicle.text)


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


def make_optimizers(params):
    """An AdamW for each of the three groups of parameters with a learning rate of their own."""
    groups = {"encoder": {}, "embedding": {}, "decoder": {}}
    for name, p in params.items():
        group = "embedding" if name == "led.shared.weight" else name.split(".")[1]
        groups[group][name] = p
    return {group: AdamW(members, betas=(0.9, 0.98)) for group, members in groups.items()}


def lengthened(tensors, rows):
    """The tensors with encoder position embeddings for `rows` tokens: whole periods of those after
    the question's are copied side by side."""

    def longer(array):
        if len(array) == rows:
            return array
        periods = (len(array) - QUESTION) // PERIOD
        repeated = array[QUESTION : QUESTION + periods * PERIOD]
        rest = np.resize(repeated, (rows - QUESTION, array.shape[1]))
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
    """Model and optimizers as save_state wrote them, with positions as the config asks."""
    state = lengthened(weights.load(path), config.max_encoder_position_embeddings)

    def part(prefix):
        names = [name for name in state if name.startswith(prefix)]
        return {name.removeprefix(prefix): np.array(state[name]) for name in names}

    model = LEDForConditionalGeneration(config, params=part("params."))
    optimizers = make_optimizers(model.params)
    for group, optimizer in optimizers.items():
        optimizer.load_state(part(f"optimizer {group}."))
    return model, optimizers


def stage_of(step):
    """The stage of a step (from 0) and the step within it; None at the end."""
    for stage in STAGES:
        if step < stage[0]:
            return stage, step
        step -= stage[0]
    return None, 0


def learning_rates(stage, step):
    """{group: learning rate}: a linear warm-up, then a linear descent."""
    steps, *_, first, last, encoder_part = stage
    descent = (step - WARMUP) / (steps - WARMUP)
    rate = min(first * (step + 1) / WARMUP, first + (last - first) * descent)
    return {"encoder": rate * encoder_part, "embedding": rate * EMBEDDING_PART, "decoder": rate}


def save_model(folder, tokenizer, model):
    """Writes the model with positions for 16,384 tokens, in half precision, and its tokenizer."""
    config = configuration(model.config.vocab_size, POSITIONS)
    params = lengthened(model.params, POSITIONS)
    half = {name: p.astype(np.float16) for name, p in params.items()}
    LEDForConditionalGeneration(config, params=half).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def start():
    """Writes the tokenizer and the state before the first step."""
    tokenizer = train_tokenizer()
    tokenizer.save_pretrained(FOLDER)
    config = configuration(len(tokenizer), STAGES[0][1])
    model = LEDForConditionalGeneration(config, seed=SEED)
    tokens = tokenizer.convert_ids_to_tokens(range(len(tokenizer)))
    sketch(model.params, config, tokens, np.random.default_rng(SEED))
    save_state(STATE, 0, model, make_optimizers(model.params))


def train(stop=None):
    """Trains on from the state on disk, up to step `stop` or to the end of the last stage."""
    if not STATE.exists():
        start()
    tokenizer = LEDTokenizer.from_pretrained(FOLDER)
    step = int(weights.load(STATE)["step"][0])
    model, losses, began = None, [], time.time()
    while step != stop:
        stage, within = stage_of(step)
        if stage is None:
            break
        _, length, facts, misleading, rows, *_ = stage
        if model is None or within == 0:
            model, optimizers = load_state(STATE, configuration(len(tokenizer), length))

        seeds = [f"{SEED} {step} {row}" for row in range(rows)]
        examples = [training_example(tokenizer, seed, length, facts, misleading) for seed in seeds]
        loss, grads = model.value_and_grad(**batch(tokenizer, examples))
        clip_gradients(grads, 1.0)
        for group, rate in learning_rates(stage, within).items():
            optimizers[group].lr = rate
            optimizers[group].step(grads)
        losses.append(loss)
        step += 1
        if step % SAVE_EVERY == 0 or stage_of(step)[1] == 0 or step == stop:
            save_state(STATE, step, model, optimizers)
            save_model(FOLDER, tokenizer, model)
            seconds = time.time() - began
            print(f"step {step}  loss {np.mean(losses):.4f}  {seconds:.0f} s", flush=True)
            losses = []


if __name__ == "__main__":
    train(arguments.stop)
