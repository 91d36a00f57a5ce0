"""Answers to the exercises, and the check that compares yours with them.

`check(yours, arguments, ...)` calls your function and the one of the same name in this file with
each tuple of arguments. Look below only when you have tried.
"""

import json
import math
import sys
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import bpe  # noqa: E402


def check(yours, *cases):
    """Prints whether yours(*case) agrees with the solution for every case; -> True, False or None
    where there is no answer yet."""
    name = yours.__name__
    solution = getattr(sys.modules[__name__], name)
    solved = [solution(*case) for case in cases]
    for case, expected in zip(cases, solved):
        answer = yours(*case)
        if answer is None or answer is Ellipsis:
            print(f"{name}: no answer yet")
            return None
        answer = list(answer) if isinstance(answer, tuple) else answer
        if np.shape(answer) != np.shape(expected):
            print(f"{name}: not yet. The shape is {np.shape(answer)}, not {np.shape(expected)}")
            return False
        if isinstance(expected, (str, list)) and answer != expected:
            print(f"{name}: not yet. Found {answer!r}, should be {expected!r}")
            return False
        if not isinstance(expected, (str, list)) and not np.allclose(answer, expected, atol=1e-9):
            shown = answer if np.ndim(answer) == 0 else "numbers that differ"
            print(f"{name}: not yet. Found {shown}")
            return False
    print(f"{name}: right")
    return True


# ------------------------------------------------------------------------------------------------
# 1. Tokens
# ------------------------------------------------------------------------------------------------


def from_symbols(symbols):
    """Each symbol's byte, and UTF-8 read backwards."""
    return bytes([bpe.SYMBOL_TO_BYTE[symbol] for symbol in symbols]).decode()


def most_frequent_pair(words):
    """A pair counts as often as the word does, for each place where it stands in the word."""
    pairs = Counter()
    for word, count in words.items():
        for pair in zip(word, word[1:]):
            pairs[pair] += count
    return list(max(pairs, key=pairs.get))


def pretokens_of_words(text):
    """A new pre-token starts at each space."""
    pretokens = []
    for character in text:
        if character == " " or not pretokens:
            pretokens.append(character)
        else:
            pretokens[-1] += character
    return pretokens


# ------------------------------------------------------------------------------------------------
# 2. The band
# ------------------------------------------------------------------------------------------------


def pairs_in_band(S, W):
    """Each of S rows has 2W + 1 keys, but the first and last rows lack W, W - 1, ... 1 of them."""
    W = min(W, S - 1)
    return S * (2 * W + 1) - W * (W + 1)


def diagonals_by_index(scores, W):
    """Row i of a block keeps columns i .. i + 2W."""
    C = scores.shape[0]
    return np.stack([scores[i, i : i + 2 * W + 1] for i in range(C)])


def layers_to_cross(S, W):
    """W tokens a layer, for S - 1 steps from the first token to the last, rounded up."""
    return -(-(S - 1) // W)


# ------------------------------------------------------------------------------------------------
# 3. Global attention
# ------------------------------------------------------------------------------------------------


def who_sees_whom(S, W, is_global):
    """Near each other, or the key is global, or the query is."""
    distance = np.abs(np.arange(S)[:, None] - np.arange(S))
    return (distance <= W) | is_global[None] | is_global[:, None]


def probabilities_of_a_head(S, W, G):
    """The rows of the band with the global columns, and the global rows."""
    return S * (G + 2 * W + 1) + G * S


def global_mask_for_question(tokens):
    """The first </s> ends the question."""
    end = tokens.index("</s>")
    return [1] * (end + 1) + [0] * (len(tokens) - end - 1)


# ------------------------------------------------------------------------------------------------
# 4. The backward pass
# ------------------------------------------------------------------------------------------------


def squared_relu_backward(dout, x):
    """The derivative of x^2 is 2x, and there is none where the relu is 0."""
    return dout * 2 * np.maximum(x, 0)


def rms_norm_backward(dout, x, epsilon=1e-5):
    """A small d moves the root mean square by mean(normed * d): as in layer norm, without the step
    through the mean, and again the map is symmetric."""
    inverse = 1 / np.sqrt((x * x).mean(axis=-1, keepdims=True) + epsilon)
    normed = x * inverse
    return (dout - normed * (dout * normed).mean(axis=-1, keepdims=True)) * inverse


def fold_windows(dwindows, C, W):
    """Each padded row gathers the gradients of all windows in which it stands."""
    N, rows, D = dwindows.shape
    folded = np.zeros((N * C + 2 * W, D))
    for n in range(N):
        folded[n * C : n * C + rows] += dwindows[n]
    return folded


# ------------------------------------------------------------------------------------------------
# 5. Official checkpoints
# ------------------------------------------------------------------------------------------------


def parameters_of_encoder_layer(E, F):
    """Seven square matrices with biases, two norms, and the two matrices of the feed forward."""
    return 7 * (E * E + E) + 2 * 2 * E + (E * F + F) + (F * E + E)


def names_in_order(data):
    """The header follows eight bytes with its length; data_offsets tell the order."""
    header_size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + header_size])
    header.pop("__metadata__", None)
    return sorted(header, key=lambda name: header[name]["data_offsets"])


def winner(sums, lengths, length_penalty):
    """Log-probabilities are negative: dividing by more makes them better."""
    scores = [total / length**length_penalty for total, length in zip(sums, lengths)]
    return scores.index(max(scores))


# ------------------------------------------------------------------------------------------------
# 6. Fine-tuning
# ------------------------------------------------------------------------------------------------


def cosine_schedule(step, warmup_steps, total_steps):
    """cos goes from 1 to -1 while its argument goes from 0 to pi."""
    if step < warmup_steps:
        return step / warmup_steps
    return 0.5 * (1 + math.cos(math.pi * (step - warmup_steps) / (total_steps - warmup_steps)))


def plateau(n, k):
    """ln k for each of n words, nothing for <s> and </s>; the mean over n + 2 tokens."""
    return n * math.log(k) / (n + 2)


def combined_gradient(first, tokens_in_first, second, tokens_in_second):
    """Each mean counts in proportion to its tokens."""
    total = tokens_in_first + tokens_in_second
    return (first * tokens_in_first + second * tokens_in_second) / total
