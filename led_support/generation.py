"""generate: greedy search, beams, sampling, and the rules for tokens.

The model runs where its parameters are, the search over texts runs on the host.
"""

import math
import time
import warnings

import numpy as np

from led_support.arrays import log_softmax, to_host
from led_support.files import naming, plain
from led_support.inputs import (
    INPUT_AXES, Inputs, Run, check_inputs, chosen, random_generator, warn_once)  # fmt: skip
from led_support.outputs import GenerateOutput
from led_support.settings import (
    GENERATION_DEFAULTS, GENERATION_NOT_HERE, GenerationConfig, check_generation, check_used,
    with_defaults)  # fmt: skip
from led_support.twins import all_cores


def followers(ids, ngram_size):
    """{the n - 1 tokens before: [tokens that followed them]} in a list of ids"""
    found = {}
    for start in range(len(ids) - ngram_size + 1):
        ngram = ids[start : start + ngram_size]
        found.setdefault(tuple(ngram[:-1]), []).append(ngram[-1])
    return found


def process_scores(decoding, scores, ids):
    """Applies the rules that forbid or force tokens, in the reference's order, in place.

    scores (rows, V) logits, or log-probabilities in beam search; ids (rows, length) so far.
    (logits_process.py)
    """
    settings, encoder_ngrams = decoding.settings, decoding.encoder_ngrams
    (rows, length), prompt_length = ids.shape, decoding.prompt_length
    eos = settings["eos_token_ids"]

    penalty = settings["repetition_penalty"]
    if penalty != 1:
        seen = np.take_along_axis(scores, ids, axis=1)  # (rows, length), the start token included
        seen = np.where(seen < 0, seen * penalty, seen / penalty).astype(scores.dtype)
        np.put_along_axis(scores, ids, seen, axis=1)

    n = settings["no_repeat_ngram_size"]
    if n and length + 1 >= n:
        for row in range(rows):
            text = ids[row].tolist()
            last = tuple(text[length - n + 1 :])
            scores[row, followers(text, n).get(last, [])] = -math.inf

    n = settings["encoder_no_repeat_ngram_size"]
    if n and length + 1 >= n:
        for row in range(rows):
            last = tuple(ids[row, length - n + 1 :].tolist())
            table = encoder_ngrams[row * len(encoder_ngrams) // rows]
            scores[row, table.get(last, [])] = -math.inf

    for words in settings["bad_words_ids"] or []:
        if len(words) > length and len(words) > 1 or [words[0]] == words and words[0] in eos:
            continue
        before = words[:-1]
        matches = (ids[:, length - len(before) :] == np.array(before, ids.dtype)).all(axis=1)
        scores[matches, words[-1]] = -math.inf

    new_length = length - prompt_length
    if length < settings["min_length"] or new_length < (settings["min_new_tokens"] or 0):
        scores[:, eos] = -math.inf

    last_length = settings["max_length"] - 1
    for name, when in (("forced_bos_token_id", 1), ("forced_eos_token_id", last_length)):
        if settings[name] is not None and length == when:
            scores[...] = -math.inf
            scores[:, settings[name]] = 0

    if settings["remove_invalid_values"]:
        scores[np.isnan(scores)] = 0
        scores[scores == math.inf] = np.finfo(scores.dtype).max

    if settings["suppress_tokens"] is not None:
        scores[:, settings["suppress_tokens"]] = -math.inf
    begin = prompt_length
    if prompt_length == 1 and settings["forced_bos_token_id"] is not None:
        begin += 1
    if settings["begin_suppress_tokens"] is not None and length == begin:
        scores[:, settings["begin_suppress_tokens"]] = -math.inf
    return log_softmax(scores) if settings["renormalize_logits"] else scores


def warp_scores(scores, settings):
    """Temperature, top_k and top_p: what sampling leaves to choose from. (rows, V) -> (rows, V)"""
    keep_at_least = 2 if settings["num_beams"] > 1 else 1
    if settings["temperature"] != 1:
        scores = scores / settings["temperature"]
    if settings["top_k"]:
        k = min(max(settings["top_k"], keep_at_least), scores.shape[1])
        kth = np.partition(scores, -k, axis=1)[:, -k, None]
        scores = np.where(scores < kth, -math.inf, scores).astype(scores.dtype)
    if settings["top_p"] < 1:
        order = np.argsort(scores, axis=1, kind="stable")  # ascending
        in_order = np.take_along_axis(scores, order, axis=1)
        with np.errstate(invalid="ignore"):  # a row of -inf gives nan, which removes nothing
            mass = np.exp(log_softmax(in_order)).cumsum(axis=1, dtype=scores.dtype)
        removed = mass <= 1 - settings["top_p"]
        removed[:, -keep_at_least:] = False
        np.put_along_axis(in_order, order, np.where(removed, -math.inf, in_order), axis=1)
        scores = in_order
    return log_softmax(scores) if settings["renormalize_logits"] else scores


def probabilities(scores):
    """softmax of each row, to draw from; ValueError where the rules have left no token"""
    if (scores.max(axis=1) == -math.inf).any():
        raise ValueError("generate: the settings forbid every token, no token is left to draw")
    return np.exp(log_softmax(scores))


def draw(probs, count, rng):
    """`count` different columns for each row of probabilities (rows, V) -> (rows, count)

    The count largest of p / e with e exponentially distributed are a draw without replacement
    (Efraimidis & Spirakis 2006).
    """
    keys = probs / rng.standard_exponential(probs.shape)
    return np.argsort(-keys, axis=1, kind="stable")[:, :count]


def largest(scores, count):
    """Indices of the `count` largest of scores (n,), descending; the lower index first if equal"""
    count = min(count, len(scores))
    tops = np.maximum.reduceat(scores, np.arange(0, len(scores), 1 + len(scores) // 2**10))
    if len(tops) < count:
        tops = scores
    threshold = np.partition(tops, -count)[-count]  # at least so many are as large
    candidates = np.flatnonzero(scores >= threshold)
    return candidates[np.argsort(-scores[candidates], kind="stable")][:count]


class BeamHypotheses:
    """The best finished texts of one document. (Same class in the reference, 4.34)"""

    def __init__(self, settings):
        self.capacity, self.max_length = settings["num_beams"], settings["max_length"]
        self.length_penalty = settings["length_penalty"]
        self.early_stopping = settings["early_stopping"]
        self.texts = []  # (score, ids, beam indices), in the order of their coming
        self.worst = 1e9

    def add(self, ids, sum_logprobs, beam_indices):
        """ids counts the start token but not eos, the sum counts eos too"""
        score = sum_logprobs / float(len(ids)) ** self.length_penalty
        if len(self.texts) < self.capacity or score > self.worst:
            self.texts.append((score, ids, beam_indices))
            if len(self.texts) > self.capacity:
                lowest = min(range(len(self.texts)), key=lambda i: self.texts[i][0])
                del self.texts[lowest]
            self.worst = min(score for score, _, _ in self.texts)

    def is_done(self, best_sum_logprobs, length):
        """Whether no open beam can still win; `length` is that of the texts after this step."""
        if len(self.texts) < self.capacity:
            return False
        if self.early_stopping is True:
            return True
        if self.early_stopping == "never" and self.length_penalty > 0:
            length = self.max_length
        return self.worst >= best_sum_logprobs / float(length) ** self.length_penalty


class Decoding:
    """The decoder's side of generate: encoder output, cached keys and values, next scores, and
    `steps`, what GenerateOutput has of each step."""

    def __init__(self, model, settings, inputs, encoder_ngrams, prompt_length, on_step):
        """inputs: encoder_outputs and masks, checked;
        encoder_ngrams: `followers` of each document, which stands for rows / B rows"""
        self.model, self.inputs, self.past = model, inputs, None
        self.settings, self.encoder_ngrams = settings, encoder_ngrams
        flags = "use_cache", "output_attentions", "output_hidden_states"
        self.run = Run(**{name: settings[name] for name in flags})
        self.prompt_length, self.on_step = prompt_length, on_step
        self.deadline = time.monotonic() + chosen(settings["max_time"], math.inf)
        self.steps = {"scores": [], "decoder_attentions": [], "cross_attentions": [],
                      "decoder_hidden_states": []}  # fmt: skip

    def next_logits(self, ids):
        """ids (rows, length) in host memory -> logits (rows, V) of the next token, host memory"""
        model, past = self.model, self.past
        new = ids if past is None else ids[:, past[0][0].shape[2] :]
        ids = model.array_module.asarray(new)
        inputs = Inputs(**self.inputs, decoder_input_ids=ids, past_key_values=past)
        out = model.run_decoder(inputs, self.run)
        self.past = out.pop("past_key_values", None)
        for name, parts in self.steps.items():
            if name in out:
                parts.append(out[name])
        logits, _ = model.logits(out.last_hidden_state[:, -1:])
        return to_host(logits)[:, -1]

    def keep(self, scores):
        """Keeps what a choice is made from, if the user wants to see it."""
        if self.settings["output_scores"]:
            self.steps["scores"].append(scores)

    def is_over(self, ids, finished):
        """Tells of a step -> whether it was the last"""
        if self.on_step:
            self.on_step(ids.shape[1] - self.prompt_length, ids)
        is_full = ids.shape[1] >= self.settings["max_length"]
        return finished or is_full or time.monotonic() > self.deadline

    def reorder(self, rows):
        """Row i goes on from what was row rows[i]; the documents' keys and values stay."""
        if self.past is not None and (rows != np.arange(len(rows))).any():
            index = self.model.array_module.asarray(rows)
            self.past = tuple((k[index], v[index], *cross) for k, v, *cross in self.past)


def sample_or_greedy(decoding, ids, settings, rng):
    """One text per row: the most likely next token each time, or a drawn one."""
    eos, pad = settings["eos_token_ids"], settings["pad_token_id"]
    finished, ends = np.zeros(len(ids), bool), np.array(eos, int)
    while True:
        scores = process_scores(decoding, decoding.next_logits(ids), ids)
        if settings["do_sample"]:
            scores = warp_scores(scores, settings)
            tokens = draw(probabilities(scores), 1, rng)[:, 0]
        else:
            tokens = scores.argmax(axis=1)
        decoding.keep(scores)
        tokens = np.where(finished, pad, tokens) if eos else tokens
        ids = np.concatenate([ids, tokens[:, None]], axis=1)
        finished |= (tokens[:, None] == ends).any(axis=1)
        if decoding.is_over(ids, finished.all()):
            return {"sequences": ids}


def beam_search(decoding, ids, settings, rng):
    """num_beams open texts for each document, of which the likeliest continuations go on.

    ids (B * beams, length). With do_sample the continuations are drawn instead. (BeamSearchScorer
    and beam_search of 4.34; later versions divide by another length and stop by another rule.)
    """
    beams, eos, pad = settings["num_beams"], settings["eos_token_ids"], settings["pad_token_id"]
    sampling = settings["do_sample"]
    B = len(ids) // beams
    hypotheses = [BeamHypotheses(settings) for _ in range(B)]
    done = [False] * B
    sums = np.zeros((B, beams), decoding.model.dtype)
    if not sampling:
        sums[:, 1:] = -1e9  # all beams start alike: at first only one of them may choose
    paths = [()] * len(ids)
    while True:
        scores = process_scores(decoding, log_softmax(decoding.next_logits(ids)), ids)
        V = scores.shape[1]
        candidates = scores + sums.reshape(-1, 1)  # (B * beams, V)
        if sampling:
            candidates = warp_scores(candidates, settings)
        decoding.keep(warp_scores(scores, settings) if sampling else scores)
        candidates = candidates.reshape(B, beams * V)

        tokens, parents = np.full((B, beams), pad or 0), np.zeros((B, beams), np.int64)
        length = ids.shape[1] + 1
        for b in range(B):
            if done[b]:
                sums[b] = 0
                continue
            if sampling:
                cells = draw(probabilities(candidates[b : b + 1]), 2 * beams, rng)[0]
                cells = cells[np.argsort(-candidates[b, cells], kind="stable")]
            else:
                cells = largest(candidates[b], max(2, 1 + len(eos)) * beams)
            totals, going_on = candidates[b, cells], []
            for rank, (cell, total) in enumerate(zip(cells.tolist(), totals)):
                row, token = b * beams + cell // V, cell % V
                if token not in eos:
                    going_on.append((total, token, row))
                elif rank < beams:  # only the best may end a text
                    hypotheses[b].add(ids[row], float(total), (*paths[row], row))
                if len(going_on) == beams:
                    break
            if len(going_on) < beams:
                raise ValueError(f"num_beams: too few tokens left for {beams} beams to go on")
            sums[b], tokens[b], parents[b] = zip(*going_on)
            done[b] = hypotheses[b].is_done(float(totals.max()), length)

        parents, tokens = parents.reshape(-1), tokens.reshape(-1)
        ids = np.concatenate([ids[parents], tokens[:, None]], axis=1)
        decoding.reorder(parents)
        paths = [(*paths[parent], int(parent)) for parent in parents]
        if decoding.is_over(ids, all(done)):
            break

    best = []
    for b in range(B):
        if not done[b]:
            for row in range(b * beams, (b + 1) * beams):
                hypotheses[b].add(ids[row], float(sums.reshape(-1)[row]), paths[row])
        # From equal scores the reference takes the one that came last.
        ranked = sorted(hypotheses[b].texts, key=lambda text: text[0])[::-1]
        best += ranked[: settings["num_return_sequences"]]
    width = min(max(len(text) for _, text, _ in best) + 1, settings["max_length"])
    sequences = np.full((len(best), width), pad if pad is not None else 0, np.int64)
    beam_indices = np.full((len(best), width), -1, np.int64)
    for row, (_, text, path) in enumerate(best):
        sequences[row, : len(text)] = text
        beam_indices[row, : len(path)] = path
        if len(text) < width and eos:
            sequences[row, len(text)] = eos[0]
    return {
        "sequences": sequences,
        "sequences_scores": np.array([score for score, _, _ in best], np.float32),
        "beam_indices": beam_indices,
    }


def mask_of_padding(ids, settings):
    """attention_mask (B, S) that leaves out the padding; None where there is none to be seen, also
    where it cannot be told from eos."""
    pad = settings["pad_token_id"]
    if pad is None or pad in settings["eos_token_ids"] or not (ids == pad).any():
        return None
    return (ids != pad).astype(np.int64)


def first_ids(prompt, settings):
    """What the texts begin with: the start token (1, 1), or a prompt (B, length) after it.

    Sets max_length where max_new_tokens is given."""
    start = chosen(settings["decoder_start_token_id"], settings["bos_token_id"])
    if start is None:
        raise ValueError("decoder_start_token_id: expected, or bos_token_id, to begin the texts")
    ids = np.array([[start]])
    if prompt is not None:
        ids = to_host(prompt)
        if (ids[:, 0] != start).all():  # the reference asks all rows to lack it
            ids = np.concatenate([np.full((len(ids), 1), start), ids], axis=1)
    length = ids.shape[1]
    if settings["max_new_tokens"] is not None:
        settings["max_length"] = settings["max_new_tokens"] + length
    if length >= settings["max_length"]:
        message = f"max_length {settings['max_length']}: the decoder starts with {length} tokens"
        if settings["num_beams"] > 1:
            raise ValueError(message)
        warnings.warn(message + ", one more is generated", stacklevel=3)
    return ids


class GenerationMixin:
    """generate, for a PreTrainedModel that has `logits`, from the decoder's hidden states to scores
    of the next token. (Same name in the reference.)"""

    def generate(self, inputs=None, generation_config=None, logits_processor=None,
                 stopping_criteria=None, prefix_allowed_tokens_fn=None, synced_gpus=None,
                 assistant_model=None, streamer=None, negative_prompt_ids=None,
                 negative_prompt_attention_mask=None, *, input_ids=None, attention_mask=None,
                 global_attention_mask=None, decoder_input_ids=None, encoder_outputs=None,
                 inputs_embeds=None, head_mask=None, decoder_head_mask=None,
                 cross_attn_head_mask=None, seed=None, on_step=None, **settings):  # fmt: skip
        """Texts for documents: greedy, beam search, sampling, or beam sampling, as 4.34 does them.

        inputs or input_ids (B, S), two names of one thing; attention_mask is inferred from padding
        if it is not given; decoder_input_ids (B, length) is a prompt that the texts begin with. The
        settings are those of GENERATION_DEFAULTS; what is not given comes from generation_config (a
        GenerationConfig, or a dict) or the model's own, or the defaults. logits_processor to
        negative_prompt_attention_mask have the reference's places and are not supported.
        `seed` makes sampling repeatable. on_step(step, ids) is called after each token with all
        open texts.
        The encoder runs once; the beams of a document share its cross-attention keys and values.
        -> ids (B * num_return_sequences, T) from the start token on, padded; a GenerateOutput with
        return_dict_in_generate. Raises ValueError that names a wrong argument or setting.
        """
        arguments = locals()
        given = {name: value for name, value in arguments.items() if name in INPUT_AXES}
        settings |= {name: value for name, value in arguments.items()
                     if name in GENERATION_NOT_HERE and value is not None}  # fmt: skip
        if inputs is not None and input_ids is not None:
            raise ValueError("inputs: expected either inputs or input_ids, found both")
        given["input_ids"] = input_ids = chosen(input_ids, inputs)
        settings = self.all_settings(generation_config, settings)
        if input_ids is None and inputs_embeds is None and encoder_outputs is None:
            if settings["bos_token_id"] is None:
                raise ValueError("input_ids: expected, since there is no bos_token_id")
            given["input_ids"] = [[settings["bos_token_id"]]]
        checked = check_inputs(self.config, self.dtype, self.array_module, given)
        texts = first_ids(checked.pop("decoder_input_ids", None), settings)  # (B or 1, length)
        ids, size = checked.pop("input_ids", None), settings["encoder_no_repeat_ngram_size"]
        if size and ids is None:
            raise ValueError("encoder_no_repeat_ngram_size: expected input_ids, to be looked up")
        ngrams = [followers(document, size) for document in to_host(ids).tolist()] if size else []

        encoder_inputs = {name: checked.pop(name, None)
                          for name in ("inputs_embeds", "global_attention_mask", "head_mask")}
        flags = {name: settings[name] for name in ("output_attentions", "output_hidden_states")}
        if encoder_outputs is None:
            if attention_mask is None and ids is not None:
                checked["attention_mask"] = mask_of_padding(ids, settings)
            if global_attention_mask is None:
                warn_once("generate without global_attention_mask: no token sees all others. "
                          "For summaries set it to 1 at the first token")  # fmt: skip
            encoder_inputs |= {"input_ids": ids, "attention_mask": checked.get("attention_mask")}
            with all_cores(self.array_module):
                checked["encoder_outputs"] = self.run_encoder(
                    Inputs(**encoder_inputs), Run(**flags))  # fmt: skip

        encoded, beams = checked["encoder_outputs"], settings["num_beams"]
        texts = np.repeat(texts, len(encoded.last_hidden_state) // len(texts), axis=0)
        if len(texts) * settings["num_return_sequences"] > 1:
            with naming(settings["source"]):  # of one text, nothing is ever padded
                check_generation({"pad_token_id": settings["pad_token_id"]}, self.config.vocab_size)
        texts = np.repeat(texts, beams if beams > 1 else settings["num_return_sequences"], axis=0)
        decoding = Decoding(self, settings, checked, ngrams, texts.shape[1], on_step)
        search = beam_search if beams > 1 else sample_or_greedy
        rng = random_generator("seed", seed)
        with all_cores(self.array_module):
            found = search(decoding, texts, settings, rng)
        if not settings["return_dict_in_generate"]:
            return found["sequences"]
        steps = {name: tuple(parts) or None for name, parts in decoding.steps.items()}
        return GenerateOutput(
            **found, **steps,
            encoder_attentions=encoded.attentions if flags["output_attentions"] else None,
            encoder_hidden_states=encoded.hidden_states if flags["output_hidden_states"] else None)

    def all_settings(self, generation_config, given):
        """All settings of a call of generate: what is given wins over generation_config or the
        model's own, that over the defaults. Raises ValueError at the first that cannot be."""
        unknown = [name for name in given if name not in GENERATION_DEFAULTS | GENERATION_NOT_HERE]
        if unknown:
            raise ValueError(f"generate: unknown arguments {', '.join(unknown)}")
        base, own = self.current_generation_config(generation_config), self.generation_config
        settings = with_defaults(base)
        if generation_config is None:
            if own.is_of_model_config() and settings != with_defaults(own):
                self.generation_config = base  # as in the reference
            of_config = with_defaults(GenerationConfig.from_model_config(self.config))
            for name, value in of_config.items():
                if value not in (self.first_settings[name], settings[name]):
                    warn_once(f"config.{name} = {value!r:.80} makes no difference, since the model "
                              f"has settings of its own: set generation_config.{name}")  # fmt: skip
        settings = with_defaults(settings | plain(given))
        source = vars(base).get("source", "generation_config")
        check_used(settings, self.config.vocab_size, source, given)
        settings["source"] = source
        eos = settings["eos_token_id"]
        settings["eos_token_ids"] = eos if isinstance(eos, list) else [] if eos is None else [eos]
        if settings["pad_token_id"] is None and eos is not None:
            settings["pad_token_id"] = settings["eos_token_ids"][0]
        for name in ("decoder_start_token_id", "bos_token_id"):
            settings[name] = chosen(settings[name], own.get(name))
        for name in ("output_scores", "output_attentions", "output_hidden_states"):
            settings[name] = settings[name] and settings["return_dict_in_generate"]
        return settings
