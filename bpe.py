"""The tokenizer of LED: byte-level BPE, from text to token ids and back.

    tokenizer = LEDTokenizer.from_pretrained("allenai/led-base-16384")   # or a folder
    tokenizer("Hello world")["input_ids"]                                # [0, 31414, 232, 2]
    tokenizer.decode([31414, 232])                                       # "Hello world"
    $ python bpe.py "Hello world"                                        # shows every merge

A text becomes ids in four steps, and the file has them in this order.
  1. Added tokens that stand in the text, such as `</s>` or `<mask>`, are cut out: `Matcher`.
  2. What is between them is cut by one regular expression into pre-tokens, about one per word, each
     with the space before it: `PRETOKEN`. No token crosses from one pre-token to the next.
  3. Each pre-token is written as UTF-8 bytes, every byte as one printable character, so that any
     text whatsoever can be encoded and nothing is lost: `to_symbols`.
  4. Neighbouring symbols are merged, the best-ranked pair first, until no pair of the merge list is
     left: `merge`. Each symbol then is a token of the vocabulary. `learn_merges` makes such a list.
Then rows are made: cut to length, with `<s>` and `</s>` around the ids of one text or two, padded:
`Encoding`. What reads and writes the files, and the class that has it all, `LEDTokenizer`, follow.

Ids, offsets and options are those of LEDTokenizerFast in transformers 4.34, and under that name,
too, the class is found. Different on purpose, where the reference loses something without a word:
  - a byte that the vocabulary lacks becomes `<unk>`; there it vanishes (the official one has all);
  - an added token decodes to its own text; there the é of an added `<é>` decodes to U+FFFD;
  - added tokens are saved with their flags; there some special ones lose them on the way;
  - rows of unequal length are no arrays: return_tensors="np" without padding is an error.
transformers 5.23 differs from 4.34: decoding does not clean up spaces, special tokens named by a
plain string keep the spaces around them, lone surrogates are refused, and `pad` forgets
global_attention_mask. The letters and digits are those of the Unicode version that the `regex`
module has; in characters younger than a tokenizers library, it may cut elsewhere.

This file stands alone; it needs numpy, regex, and huggingface_hub for names that are not folders.
"""

import sys

if sys.version_info < (3, 10):
    sys.exit("bpe.py needs Python 3.10 or newer, this is Python " + sys.version.split()[0])

import os

if __name__ == "__main__":  # from here on, as importing the rest takes its time, too
    def interrupted(*_):
        """Ends the command at Ctrl-C, whatever it is doing: in one line, without a traceback."""
        try:
            os.write(sys.stderr.fileno(), b"\n" * sys.stderr.isatty() + b"bpe.py: interrupted\n")
        finally:
            os._exit(130)

    try:
        import signal

        signal.signal(signal.SIGINT, interrupted)
    except KeyboardInterrupt:
        interrupted()

import argparse
import codecs
import functools
import heapq
import io
import itertools
import json
import math
import operator
import re
import secrets
import warnings
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import regex

SPECIAL_TOKENS = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token",
                  "mask_token")
SETTINGS = ("errors", "add_prefix_space", "trim_offsets", "additional_special_tokens",
            "added_tokens_decoder", "model_max_length", "padding_side", "truncation_side",
            "clean_up_tokenization_spaces", "model_input_names")
FILES = ("tokenizer_config.json", "tokenizer.json", "vocab.json", "merges.txt",
         "special_tokens_map.json", "added_tokens.json")

MAX_ID = 2**31 - 1
NO_MAX_LENGTH = int(1e30)  # what the reference writes where a tokenizer has no model_max_length
MAX_SHORT = 40             # symbols up to which `merge` is quicker than `merge_long`
MAX_CACHE = 1 << 16        # pre-tokens whose ids are remembered, ...
MAX_CACHED_LENGTH = 64     # ... of this many characters at most: together some 10 MB


# ------------------------------------------------------------------------------------------------
# Added tokens: found in the text before anything else
# ------------------------------------------------------------------------------------------------

# White_Space of Unicode, and letters, digits, marks and underscores
WHITE_SPACE = ("\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
               "\u2009\u200a\u2028\u2029\u202f\u205f\u3000")
WORD_CHARACTER = regex.compile(r"\w")


def is_utf8(text):
    """Whether UTF-8 can hold the text: not if it has lone surrogates, halves of a character, as a
    damaged file or JSON leaves them."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@dataclass(frozen=True)
class AddedToken:
    """A token that is found in the raw text as it is written, and how.

    single_word: only where no letter, digit or underscore touches it. lstrip, rstrip: together with
    all white space before it, after it. special: left out by decode(skip_special_tokens=True).
    normalized: tokens for which this is False are looked for first, those for which it is True in
    what is left; None means True for all but special ones. (LED normalizes nothing otherwise.)
    ValueError if a field has the wrong type. (Reference: tokenizers.AddedToken.)
    """

    content: str
    single_word: bool = False
    lstrip: bool = False
    rstrip: bool = False
    normalized: bool | None = None
    special: bool = False

    def __post_init__(self):
        if type(self.content) is not str or not self.content or not is_utf8(self.content):
            raise ValueError("the content of an added token should be a string of UTF-8 and not "
                             f"empty; it is {self.content!r:.99}")
        for flag in ("single_word", "lstrip", "rstrip", "normalized", "special"):
            value = getattr(self, flag)
            if type(value) is not bool and not (flag == "normalized" and value is None):
                raise ValueError(f"{flag} of the added token {self.content!r:.99} should be true "
                                 f"or false, not {value!r:.99}")


def as_token(token, name, **flags):
    """The AddedToken `token`; of a string, one with these flags. name: for the message."""
    if isinstance(token, AddedToken):
        return token
    if isinstance(token, str):
        return AddedToken(token, **flags)
    raise ValueError(f"{name} should be a string or an AddedToken, not {token!r:.99}")


class Piece(NamedTuple):
    """text[start:stop]: the added token `id` and the spaces it strips, or text if id is None."""

    id: int | None
    start: int
    stop: int


class Matcher:
    """Finds added tokens in a text: the leftmost, and of several there the longest."""

    def __init__(self, tokens):
        """tokens: {content: (id, AddedToken)}, not empty."""
        self.tokens = tokens
        longest_first = sorted(tokens, key=len, reverse=True)
        self.pattern = re.compile("|".join(map(re.escape, longest_first)))

    def split(self, text, low, high):
        """The Pieces of text[low:high], from left to right. Nothing outside it is looked at."""
        pieces = []
        end = low
        for match in self.pattern.finditer(text, low, high):
            id, token = self.tokens[match.group()]
            start, stop = match.span()
            if token.single_word and (
                    start > low and WORD_CHARACTER.match(text, start - 1)
                    or stop < high and WORD_CHARACTER.match(text, stop)):
                continue
            if token.lstrip:
                while start > end and text[start - 1] in WHITE_SPACE:
                    start -= 1
            if token.rstrip:
                while stop < high and text[stop] in WHITE_SPACE:
                    stop += 1
            if start > end:
                pieces.append(Piece(None, end, start))
            pieces.append(Piece(id, start, stop))
            end = stop
        if end < high:
            pieces.append(Piece(None, end, high))
        return pieces


# ------------------------------------------------------------------------------------------------
# Pre-tokens, and their bytes as characters
# ------------------------------------------------------------------------------------------------

# Contractions; letters, numbers, or other characters with at most one space before them; white
# space. `\s+(?!\S)` leaves the last space of a run to the word that follows it. \s is Unicode's
# White_Space, to which U+001C to U+001F do not belong, though Python's own `re` thinks they do.
PRETOKEN = regex.compile(
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")


def byte_to_symbol():
    """{byte: the printable character that stands for it}, as GPT-2 chose them.

    The 188 bytes that print in Latin-1 stand for themselves; the others, among them the space and
    the newline, take the characters from U+0100 on in order. So a space reads Ġ, a newline Ċ.
    """
    table = {byte: chr(byte) for byte in (*range(33, 127), *range(161, 173), *range(174, 256))}
    others = (byte for byte in range(256) if byte not in table)
    table.update((byte, chr(256 + n)) for n, byte in enumerate(list(others)))
    return table


BYTE_TO_SYMBOL = byte_to_symbol()
SYMBOL_TO_BYTE = {symbol: byte for byte, symbol in BYTE_TO_SYMBOL.items()}
SPACE = BYTE_TO_SYMBOL[ord(" ")]


def to_symbols(text):
    """The UTF-8 bytes of a text as symbols: " né" -> "ĠnÃ©"."""
    return "".join([BYTE_TO_SYMBOL[byte] for byte in text.encode()])


def without_surrogates(text):
    """The text as UTF-8 can hold it.

    Like the reference we take the three bytes of a lone surrogate for damage and put U+FFFD for
    each: offsets after it count three characters.
    """
    if is_utf8(text):
        return text
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


# ------------------------------------------------------------------------------------------------
# Merging
# ------------------------------------------------------------------------------------------------

def merge(symbols, ranks, on_merge=None):
    """The tokens that a pre-token's symbols merge into, a list of strings.

    Of all pairs of neighbours that `ranks` {(left, right): rank} knows, the one of the lowest rank
    merges, the leftmost first where it stands several times, and so on until none is left:
    merge("hello", {("l", "l"): 0, ("h", "e"): 1, ("he", "ll"): 2}) -> ["hell", "o"].
    `on_merge(rank, tokens)` is called after each.
    """
    tokens = list(symbols)
    rank_with_next = [ranks.get(pair, math.inf) for pair in zip(tokens, tokens[1:])]
    while rank_with_next:
        rank = min(rank_with_next)
        if rank == math.inf:
            break
        place = rank_with_next.index(rank)
        tokens[place] += tokens.pop(place + 1)
        del rank_with_next[place]
        # The new token has new neighbours: itself to its left one, and the next one to it.
        for left in (place - 1, place):
            if 0 <= left < len(rank_with_next):
                rank_with_next[left] = ranks.get((tokens[left], tokens[left + 1]), math.inf)
        if on_merge:
            on_merge(rank, tokens)
    return tokens


def merge_long(symbols, ranks):
    """The same as `merge`, in n log n steps for n symbols where that takes n squared.

    Words are short, and `merge` is quicker for them; but a line of a million letters is a word,
    too.
    """
    tokens = list(symbols)
    end = len(tokens)
    # A token stands at the place of its first symbol, and the places of its others are empty. So
    # the next token is found from its length, and only the one before has to be noted.
    before = list(range(-1, end - 1))
    queue = [(ranks[pair], place) for place, pair in enumerate(zip(tokens, tokens[1:]))
             if pair in ranks]
    heapq.heapify(queue)
    while queue:
        rank, place = heapq.heappop(queue)
        after = place + len(tokens[place])
        # Since this entry was made, either of the two may have merged with another neighbour.
        if after == end or ranks.get((tokens[place], tokens[after])) != rank:
            continue
        tokens[place] += tokens[after]
        tokens[after] = ""
        after = place + len(tokens[place])
        if after < end:
            before[after] = place
        for left, right in ((before[place], place), (place, after)):
            if left >= 0 and right < end and (tokens[left], tokens[right]) in ranks:
                heapq.heappush(queue, (ranks[tokens[left], tokens[right]], left))
    return [token for token in tokens if token]


def merge_pair(word, pair, merged):
    """`word`, a list of numbers, with `merged` for every `pair` in it, from left to right."""
    out = []
    place = 0
    while place < len(word):
        if word[place] == pair[0] and word[place + 1:place + 2] == [pair[1]]:
            out.append(merged)
            place += 2
        else:
            out.append(word[place])
            place += 1
    return out


def learn_merges(counts, num_tokens, reserved=()):
    """The merge list that shortens a corpus fastest: byte-pair encoding (Sennrich et al. 2016).

    counts: {pre-token in symbols: how often it occurs}. Starting from single symbols, the pair of
    neighbours that occurs most often becomes a token, until there are `num_tokens` or every pair
    occurs only once. Of equally frequent pairs the one of the older tokens is taken, so that the
    result depends on nothing but the counts. No token will read as one of `reserved`.
    Returns ([token, ...], [(left, right), ...]), the 256 single symbols first among the tokens.
    """
    tokens = sorted(BYTE_TO_SYMBOL.values())
    number = {token: n for n, token in enumerate(tokens)}  # pairs are compared by these numbers
    merges = {}                                            # a dict, to keep order and drop repeats
    frequencies = list(counts.values())
    words = [[number[symbol] for symbol in word] for word in counts]

    # How often each pair occurs, and where: only words that hold a pair change when it merges.
    pair_counts = Counter()
    places = defaultdict(set)
    for index, word in enumerate(words):
        for pair in zip(word, word[1:]):
            pair_counts[pair] += frequencies[index]
            places[pair].add(index)

    # The counts in the queue may be outdated: too high, and they are put right when they come up,
    # never too low, as each rise makes a new entry.
    queue = [(-count, pair) for pair, count in pair_counts.items()]
    heapq.heapify(queue)
    while queue and len(tokens) < num_tokens:
        negative, pair = heapq.heappop(queue)
        count = pair_counts[pair]
        if count < 2:
            continue
        if count != -negative:
            heapq.heappush(queue, (-count, pair))
            continue
        left, right = tokens[pair[0]], tokens[pair[1]]
        if left + right in reserved:
            del pair_counts[pair]
            continue
        merges[left, right] = None
        # Two pairs can read the same, a+bc and ab+c; they make one token.
        if left + right not in number:
            number[left + right] = len(tokens)
            tokens.append(left + right)

        risen = set()
        for index in places.pop(pair):
            old = words[index]
            words[index] = new = merge_pair(old, pair, number[left + right])
            for neighbours in zip(old, old[1:]):
                pair_counts[neighbours] -= frequencies[index]
            for neighbours in zip(new, new[1:]):
                pair_counts[neighbours] += frequencies[index]
                places[neighbours].add(index)
                risen.add(neighbours)
        for neighbours in risen:
            heapq.heappush(queue, (-pair_counts[neighbours], neighbours))
    return tokens, list(merges)


# ------------------------------------------------------------------------------------------------
# From text to tokens
# ------------------------------------------------------------------------------------------------

class PretokenCache(dict):
    """{pre-token: its ids}. What is missing is worked out; language repeats itself, so not much."""

    def __init__(self, vocab, ranks, unknown):
        """unknown: the id of bytes that are not in the vocabulary."""
        super().__init__()
        self.vocab = vocab
        self.ranks = ranks
        self.unknown = unknown

    def __missing__(self, pretoken):
        symbols = to_symbols(pretoken)
        tokens = (merge if len(symbols) <= MAX_SHORT else merge_long)(symbols, self.ranks)
        ids = tuple([self.vocab.get(token, self.unknown) for token in tokens])
        if None in ids:
            raise ValueError(f"the vocabulary has not all the bytes of {pretoken!r:.99}, and there "
                             "is no unk_token to stand for the missing ones")
        if len(pretoken) <= MAX_CACHED_LENGTH:
            if len(self) >= MAX_CACHE:
                self.clear()
            self[pretoken] = ids
        return ids


class Method(NamedTuple):
    """How the texts of one call are tokenized, whatever the tokenizer learns afterwards."""

    matchers: list          # of the added tokens; each looks where those before found nothing
    cache: PretokenCache
    tokens: dict            # {id: token}
    add_prefix_space: bool


def split(text, matchers):
    """The Pieces of a text: the added tokens, and what is between them."""
    pieces = [Piece(None, 0, len(text))] if text else []
    for matcher in matchers:
        pieces = [part for piece in pieces for part in (
            matcher.split(text, piece.start, piece.stop) if piece.id is None else [piece])]
    return pieces


def with_prefix_space(text, add_prefix_space):
    """The text with a space before it, if it is to have one and has none."""
    return " " + text if add_prefix_space and not text.startswith(" ") else text


def ids_of_text(text, method):
    """The ids of a text, a list."""
    ids = []
    for id, start, stop in split(text, method.matchers):
        if id is not None:
            ids.append(id)
            continue
        part = with_prefix_space(text[start:stop], method.add_prefix_space)
        pretokens = PRETOKEN.findall(part)
        ids.extend(itertools.chain.from_iterable(map(method.cache.__getitem__, pretokens)))
    return ids


def describe_text(text, method):
    """[(token, start, stop, word), ...] for the ids of `ids_of_text`, in the same order.

    start, stop: the characters of the text that the token has bytes of. All the tokens of one
    character, such as an emoji, have the same. word: the number of the pre-token.
    """
    details = []
    word = 0
    for id, start, stop in split(text, method.matchers):
        if id is not None:
            details.append((text[start:stop], start, stop, word))
            word += 1
            continue
        part = with_prefix_space(text[start:stop], method.add_prefix_space)
        # The place in the text of each character of the part. A space that was put before it has
        # the place of the first one.
        places = range(start, stop)
        if len(part) > len(places):
            places = [start, *places]
        for match in PRETOKEN.finditer(part):
            pretoken = match.group()
            of_byte = places[match.start():match.end()]
            if not pretoken.isascii():
                of_byte = [place for place, character in zip(of_byte, pretoken)
                           for _ in character.encode()]
            byte = 0
            for id in method.cache[pretoken]:
                token = method.tokens[id]
                next_byte = byte + (1 if id == method.cache.unknown else len(token))
                details.append((token, of_byte[byte], of_byte[next_byte - 1] + 1, word))
                byte = next_byte
            word += 1
    return details


class Sequence:
    """One text in tokens: the ids at once, what else is known of them when it is asked for."""

    def __init__(self, text, method):
        """text: a string, or a list of strings for words that are tokenized each for itself."""
        self.text = (without_surrogates(text) if isinstance(text, str)
                     else [without_surrogates(word) for word in text])
        self.method = method
        if isinstance(text, str):
            self.ids = ids_of_text(self.text, method)
        else:
            self.ids = [id for word in self.text for id in ids_of_text(word, method)]

    @functools.cached_property
    def details(self):
        """[(token, start, stop, word), ...] for the ids: start, stop in the text or in the word."""
        if isinstance(self.text, str):
            return describe_text(self.text, self.method)
        return [(token, start, stop, number) for number, word in enumerate(self.text)
                for token, start, stop, _ in describe_text(word, self.method)]

    def __getstate__(self):
        """What is copied and pickled: all that can be asked for, without the vocabulary."""
        return {"ids": self.ids, "details": self.details}


# ------------------------------------------------------------------------------------------------
# Cutting to length
# ------------------------------------------------------------------------------------------------

def windows(length, size, stride, side):
    """The spans (start, stop) into which a text of `length` tokens is cut: `size` tokens or fewer.

    Neighbours overlap by `stride`. The first span is the one that is kept; on the "left" side
    tokens are cut off the left, so the last tokens are kept and the spans go backwards.
    windows(7, 3, 1, "right") -> [(0, 3), (2, 5), (4, 7)]
    """
    if length <= size:
        return [(0, length)]
    if size == 0:
        return [(0, 0), (0, length)]  # the reference's answer: nothing kept, all of it left over
    if stride >= size:
        raise ValueError(f"stride ({stride}) should be less than the {size} tokens of text that "
                         "max_length leaves room for")
    spans = []
    for cut in range(0, length, size - stride):
        start, stop = cut, min(cut + size, length)
        spans.append((start, stop) if side == "right" else (length - stop, length - start))
        if stop == length:
            break
    return spans


def sizes_after_truncation(lengths, max_length, strategy):
    """How many tokens one text or each of a pair keeps, together `max_length` at most.

    lengths: number of tokens of each text. strategy: "longest_first", "only_first", "only_second".
    """
    excess = sum(lengths) - max_length
    if excess <= 0:
        return lengths
    if max_length == 0:
        return [0] * len(lengths)
    if strategy == "longest_first":
        if len(lengths) == 1:
            return [max_length]
        # The longer text is cut, down to the shorter one at most; then both, to one half each.
        shorter = min(lengths)
        longer = max(shorter, max_length - shorter)
        if shorter + longer > max_length:
            shorter = max_length // 2
            longer = max_length - shorter
        return [shorter, longer] if lengths[0] <= lengths[1] else [longer, shorter]
    cut = {"only_first": 0, "only_second": 1}[strategy]
    if cut >= len(lengths):
        raise ValueError("truncation 'only_second' needs a pair of texts, but there is one text")
    if lengths[cut] <= excess:
        raise ValueError(f"truncation {strategy!r} cannot reach max_length: {excess} tokens have "
                         f"to go, from a text of {lengths[cut]}")
    return [length - excess if n == cut else length for n, length in enumerate(lengths)]


def truncated(lengths, max_length, strategy, stride, side, overflow):
    """The rows that one text or a pair is cut into: each a list of spans, one span per text.

    The first row is what is kept. With `overflow` the others follow, so that every token is in
    some row: of a pair, each span of one text with each of the other, in the reference's order.
    """
    sizes = sizes_after_truncation(lengths, max_length, strategy)
    spans = [windows(length, size, stride, side) for length, size in zip(lengths, sizes)]
    if not overflow:
        return [[kept[0] for kept in spans]]
    if len(spans) == 1:
        return [[span] for span in spans[0]]
    first, second = spans
    return ([[first[0], second[0]]] + [[a, b] for a in first[1:] for b in second]
            + [[first[0], b] for b in second[1:]])


# ------------------------------------------------------------------------------------------------
# What comes out
# ------------------------------------------------------------------------------------------------

class Frame(NamedTuple):
    """What surrounds and fills the rows of one call, (id, token) of each; and how."""

    cls: tuple
    sep: tuple
    pad: tuple
    add_special_tokens: bool
    padding_side: str
    trim_offsets: bool
    add_prefix_space: bool


def trimmed(details, add_prefix_space):
    """The offsets [(start, stop), ...] of tokens, without the white space at either end of each.

    add_prefix_space: a single space at the start was not in the text, and is not there to trim.
    """
    spaces = WHITE_SPACE + SPACE
    offsets = []
    for n, (token, start, stop, _) in enumerate(details):
        if token[0] in spaces or token[-1] in spaces:
            leading = len(token) - len(token.lstrip(spaces))
            trailing = len(token) - len(token.rstrip(spaces))
            if leading == 1 and add_prefix_space and (n == 0 or start == 0):
                leading = 0
            start = min(start + leading, stop)
            stop = max(stop - trailing, start)
        offsets.append((start, stop))
    return offsets


class CharSpan(NamedTuple):
    """Characters start to end - 1 of a text."""

    start: int
    end: int


class TokenSpan(NamedTuple):
    """Tokens start to end - 1 of a row."""

    start: int
    end: int


class Encoding:
    """One row of a BatchEncoding; each list has one entry per token.

    (Reference: tokenizers.Encoding.)
    """

    def __init__(self, sequences, spans, frame):
        """Tokens spans[n] of sequences[n]: of one text, or of the two of a pair."""
        self.sequences = sequences
        self.spans = spans
        self.frame = frame
        self.padding = 0
        self.ids = self.lay_out(lambda n, sequence, start, stop: sequence.ids[start:stop],
                                frame.cls[0], frame.sep[0], frame.pad[0])

    def lay_out(self, values, cls, sep, pad):
        """[cls] A [sep], or [cls] A [sep] [sep] B [sep], and padding: one value per token.

        values(n, sequence, start, stop): the values of tokens start to stop - 1 of text n.
        """
        out = []
        for n, (sequence, (start, stop)) in enumerate(zip(self.sequences, self.spans)):
            if self.frame.add_special_tokens:
                out.append(cls if n == 0 else sep)
            out += values(n, sequence, start, stop)
            if self.frame.add_special_tokens:
                out.append(sep)
        padding = [pad] * self.padding
        return out + padding if self.frame.padding_side == "right" else padding + out

    def pad(self, length):
        """Fills the row up to `length` tokens, once."""
        self.padding = max(0, length - len(self.ids))
        padding = [self.frame.pad[0]] * self.padding
        self.ids = (self.ids + padding if self.frame.padding_side == "right"
                    else padding + self.ids)

    def __len__(self):
        return len(self.ids)

    @property
    def tokens(self):
        """The tokens as strings of symbols; an added token is its text, with spaces it stripped."""
        return self.lay_out(lambda n, sequence, start, stop:
                            [token for token, _, _, _ in sequence.details[start:stop]],
                            self.frame.cls[1], self.frame.sep[1], self.frame.pad[1])

    @property
    def offsets(self):
        """(start, end) of each token in its text or word; (0, 0) for what is not of the text."""
        def values(n, sequence, start, stop):
            details = sequence.details[start:stop]
            if self.frame.trim_offsets:
                return trimmed(details, self.frame.add_prefix_space)
            return [(start, stop) for _, start, stop, _ in details]
        return self.lay_out(values, (0, 0), (0, 0), (0, 0))

    @property
    def word_ids(self):
        """The number of each token's word: its pre-token's, or that of the word that was given."""
        return self.lay_out(lambda n, sequence, start, stop:
                            [word for _, _, _, word in sequence.details[start:stop]],
                            None, None, None)

    @property
    def sequence_ids(self):
        """0 for tokens of the first text, 1 of the second, None of neither."""
        return self.lay_out(lambda n, sequence, start, stop: [n] * (stop - start),
                            None, None, None)

    @property
    def special_tokens_mask(self):
        """1 for tokens that stand around the texts, 0 for those of a text, whatever they are."""
        return self.lay_out(lambda n, sequence, start, stop: [0] * (stop - start), 1, 1, 1)

    @property
    def attention_mask(self):
        """0 for padding, 1 for everything else."""
        return self.lay_out(lambda n, sequence, start, stop: [1] * (stop - start), 1, 1, 0)

    @property
    def type_ids(self):
        """LED knows no token types: 0 everywhere."""
        return [0] * len(self.ids)

    def token_to_sequence(self, token_index):
        """Which text the token is of, 0 or 1; None if of neither."""
        return self.sequence_ids[token_index] if token_index < len(self) else None

    def token_to_word(self, token_index):
        """Which word the token is of; None if of none."""
        return self.word_ids[token_index] if token_index < len(self) else None

    def token_to_chars(self, token_index):
        """The CharSpan of the token in its text; None if it is of none."""
        if self.token_to_sequence(token_index) is None:
            return None
        return CharSpan(*self.offsets[token_index])

    def word_to_tokens(self, word_index, sequence_index=0):
        """The TokenSpan of the word; None if there is no such word."""
        places = zip(self.sequence_ids, self.word_ids)
        tokens = [n for n, place in enumerate(places) if place == (sequence_index, word_index)]
        return TokenSpan(tokens[0], tokens[-1] + 1) if tokens else None

    def word_to_chars(self, word_index, sequence_index=0):
        """The CharSpan of the word; None if there is no such word."""
        span = self.word_to_tokens(word_index, sequence_index)
        if span is None:
            return None
        return CharSpan(self.offsets[span.start][0], self.offsets[span.end - 1][1])

    def char_to_token(self, char_index, sequence_index=0):
        """The first token that covers the character; None if none does, as at a trimmed space."""
        for n, (sequence, (start, stop)) in enumerate(zip(self.sequence_ids, self.offsets)):
            if sequence == sequence_index and start <= char_index < stop:
                return n
        return None

    def char_to_word(self, char_index, sequence_index=0):
        """The word that covers the character; None if none does."""
        token = self.char_to_token(char_index, sequence_index)
        return None if token is None else self.word_ids[token]


def to_arrays(columns):
    """{name: int64 array} of {name: nested lists}. ValueError if the rows differ in length."""
    arrays = {}
    for name, rows in columns.items():
        lengths = {len(row) for row in rows if isinstance(row, (list, tuple))}
        if len(lengths) > 1:
            raise ValueError(
                f"{name} has rows of {min(lengths)} to {max(lengths)} tokens, which make no array: "
                "pass padding=True, and truncation=True if max_length is to hold")
        try:
            arrays[name] = np.asarray(rows, dtype=np.int64)
        except (TypeError, ValueError, OverflowError) as error:
            raise ValueError(f"{name} cannot be made an array of integers: {error}") from None
    return arrays


class BatchEncoding(dict):
    """What a tokenizer returns: {"input_ids": ..., "attention_mask": ..., ...}.

    Its entries are attributes as well (batch.input_ids). `encodings`, or batch[0], batch[1] and so
    on, are the rows as `Encoding`. The methods translate between tokens, words and characters of a
    row; batch_index may be left out, and is 0 then. (Reference: BatchEncoding.)
    """

    def __init__(self, columns, encodings=None):
        super().__init__(columns)
        self.encodings = encodings

    def __getitem__(self, key):
        if isinstance(key, str):
            return super().__getitem__(key)
        if self.encodings is None:
            raise KeyError(f"{key!r}: this BatchEncoding was not made of text and has no rows")
        return self.encodings[key]

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"there is no {name!r}, but {', '.join(self)}") from None

    def __reduce__(self):
        return BatchEncoding, (dict(self), self.encodings)

    @property
    def n_sequences(self):
        """1 if the rows are of one text, 2 if of a pair."""
        return len(self[0].sequences)

    def tokens(self, batch_index=0):
        """Encoding.tokens of a row."""
        return self[batch_index].tokens

    def word_ids(self, batch_index=0):
        """Encoding.word_ids of a row."""
        return self[batch_index].word_ids

    def sequence_ids(self, batch_index=0):
        """Encoding.sequence_ids of a row."""
        return self[batch_index].sequence_ids

    def token_to_sequence(self, batch_index, token_index=None):
        """Encoding.token_to_sequence of a row."""
        row, index = self.locate(batch_index, token_index)
        return row.token_to_sequence(index)

    def token_to_word(self, batch_index, token_index=None):
        """Encoding.token_to_word of a row."""
        row, index = self.locate(batch_index, token_index)
        return row.token_to_word(index)

    def token_to_chars(self, batch_index, token_index=None):
        """Encoding.token_to_chars of a row."""
        row, index = self.locate(batch_index, token_index)
        return row.token_to_chars(index)

    def word_to_tokens(self, batch_index, word_index=None, sequence_index=0):
        """Encoding.word_to_tokens of a row."""
        row, index = self.locate(batch_index, word_index)
        return row.word_to_tokens(index, sequence_index)

    def word_to_chars(self, batch_index, word_index=None, sequence_index=0):
        """Encoding.word_to_chars of a row."""
        row, index = self.locate(batch_index, word_index)
        return row.word_to_chars(index, sequence_index)

    def char_to_token(self, batch_index, char_index=None, sequence_index=0):
        """Encoding.char_to_token of a row."""
        row, index = self.locate(batch_index, char_index)
        return row.char_to_token(index, sequence_index)

    def char_to_word(self, batch_index, char_index=None, sequence_index=0):
        """Encoding.char_to_word of a row."""
        row, index = self.locate(batch_index, char_index)
        return row.char_to_word(index, sequence_index)

    def locate(self, batch_index, index):
        """The row, and the index in it; with one argument that is the index, in row 0."""
        return (self[0], batch_index) if index is None else (self[batch_index], index)


# ------------------------------------------------------------------------------------------------
# Files. They come from strangers: whatever stands in one that is not as expected is a ValueError
# ------------------------------------------------------------------------------------------------

def read_text(path):
    """The text of a UTF-8 file, with "\\n" for every end of line."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8: {error}") from None


def read_json(path):
    """The JSON object in a file. A name that stands twice is an error: which one would hold?"""
    def unique(pairs):
        result = dict(pairs)
        if len(result) < len(pairs):
            raise ValueError("a name stands twice in one JSON object")
        return result

    try:
        value = json.loads(read_text(path), object_pairs_hook=unique)
    except RecursionError:
        raise ValueError(f"{path} is nested too deeply") from None
    except ValueError as error:  # json.JSONDecodeError is one, as is a number of too many digits
        raise ValueError(f"{path} is not JSON as expected: {error}") from None
    if type(value) is not dict:
        raise ValueError(f"{path} should hold a JSON object, not {type(value).__name__}")
    return value


def check_ids(ids, what):
    """ValueError unless the ids {token: id} are distinct numbers that an array can hold."""
    for token, id in ids.items():
        if type(token) is not str or type(id) is not int or not 0 <= id <= MAX_ID:
            raise ValueError(f"{what}: the id of {token!r:.99} should be a number from 0 to "
                             f"{MAX_ID}, not {str(id)[:99]}")
    if len(set(ids.values())) < len(ids):
        id, times = Counter(ids.values()).most_common(1)[0]
        raise ValueError(f"{what}: {times} tokens have the id {id}")


def check_model(vocab, merges, vocab_name, merges_name):
    """{(left, right): rank} of a merge list that fits its vocabulary, ValueError if it does not."""
    if type(vocab) is not dict or not vocab:
        raise ValueError(f"{vocab_name} should hold {{token: id}} with at least one token")
    check_ids(vocab, vocab_name)
    if not is_utf8("".join(vocab)):
        raise ValueError(f"{vocab_name} has tokens that UTF-8 cannot hold")
    ranks = {}
    for left, right in merges:
        for token in (left, right, left + right):
            if token not in vocab:
                raise ValueError(f"{merges_name} merges {left!r:.99} and {right!r:.99}, but "
                                 f"{vocab_name} has no token {token!r:.99}")
        ranks.setdefault((left, right), len(ranks))  # of a pair that stands twice, the first holds
    return ranks


def read_merges(path):
    """The merges of a merges.txt: [(left, right), ...], the best first.

    The first line is a version and always dropped, and so is what follows the last newline.
    """
    merges = []
    for number, line in enumerate(read_text(path).split("\n")[1:-1], start=2):
        pair = tuple(line.split())
        if len(pair) != 2:
            raise ValueError(f"line {number} of {path} should be two tokens, not {line!r:.99}")
        merges.append(pair)
    return merges


def token_from_json(value, what):
    """The AddedToken that a JSON object describes."""
    if type(value) is not dict:
        raise ValueError(f"{what}: an added token should be an object, not {value!r:.99}")
    fields = {name: value[name] for name in AddedToken.__dataclass_fields__ if name in value}
    try:
        return AddedToken(**fields)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{what}: {error}") from None


def saved_settings(config, path):
    """The settings of LEDTokenizer in a tokenizer_config.json or special_tokens_map.json."""
    settings = {name: config[name] for name in SPECIAL_TOKENS if name in config}
    settings.update({name: config[name] for name in SETTINGS if config.get(name) is not None})
    if "additional_special_tokens" not in settings and "extra_special_tokens" in config:
        settings["additional_special_tokens"] = config["extra_special_tokens"]  # the name in 5
    for name in SPECIAL_TOKENS:
        if isinstance(settings.get(name), dict):
            settings[name] = token_from_json(settings[name], f"{name} in {path}")
    extra = settings.get("additional_special_tokens", [])
    if isinstance(extra, list):
        settings["additional_special_tokens"] = [
            token_from_json(token, f"additional_special_tokens in {path}")
            if isinstance(token, dict) else token for token in extra]
    added = settings.get("added_tokens_decoder", {})
    if not isinstance(added, dict) or not all(re.fullmatch("[0-9]{1,10}", id) for id in added):
        raise ValueError(f"{path}: added_tokens_decoder should be an object whose names are ids, "
                         f"not {added!r:.99}")
    if "added_tokens_decoder" in settings:
        settings["added_tokens_decoder"] = {
            int(id): token_from_json(token, f"added_tokens_decoder in {path}")
            for id, token in added.items()}
    return settings


def read_tokenizer_json(path):
    """(vocab, merges, {id: AddedToken}) of a tokenizer.json, which holds them all.

    Its truncation, padding, add_prefix_space and trim_offsets are not looked at: the reference
    takes these from tokenizer_config.json and from each call.
    """
    file = read_json(path)

    def section(name, default=None):
        value = file.get(name, default)
        if type(value) is not dict:
            raise ValueError(f"{path}: {name} should be an object, not {type(value).__name__}")
        return value

    model = section("model")
    expected = [
        (model.get("type", "BPE"), "BPE", "model"),
        (section("pre_tokenizer").get("type"), "ByteLevel", "pre_tokenizer"),
        (section("pre_tokenizer").get("use_regex", True), True, "use_regex of the pre_tokenizer"),
        (section("decoder").get("type"), "ByteLevel", "decoder"),
        (section("post_processor").get("type"), "RobertaProcessing", "post_processor"),
        (file.get("normalizer"), None, "normalizer"),
        (model.get("dropout") or None, None, "dropout of the model"),
        (model.get("continuing_subword_prefix") or None, None, "continuing_subword_prefix"),
        (model.get("end_of_word_suffix") or None, None, "end_of_word_suffix"),
        (model.get("byte_fallback", False), False, "byte_fallback of the model"),
        (model.get("ignore_merges", False), False, "ignore_merges of the model"),
    ]
    for found, wanted, name in expected:
        if found != wanted:
            raise ValueError(f"{path} is not the byte-level BPE of LED: its {name} is "
                             f"{found!r:.99}, not {wanted!r}")

    merges = []
    if type(model.get("merges")) is not list:
        raise ValueError(f"{path}: the merges should be a list")
    for pair in model["merges"]:
        # "a b" was written until version 0.19 of tokenizers, ["a", "b"] since.
        parts = pair.split(" ") if type(pair) is str else pair
        if (type(parts) is not list or len(parts) != 2
                or not all(type(part) is str and part.split() == [part] for part in parts)):
            raise ValueError(f"{path}: a merge should be two tokens, not {pair!r:.99}")
        merges.append(tuple(parts))

    added = {}
    if type(file.get("added_tokens", [])) is not list:
        raise ValueError(f"{path}: added_tokens should be a list")
    for value in file.get("added_tokens", []):
        token = token_from_json(value, path)
        id = value.get("id")
        if type(id) is not int or id in added:
            raise ValueError(f"{path}: the added token {token.content!r:.99} should have an id of "
                             f"its own, not {id!r:.99}")
        added[id] = token
    return model.get("vocab"), merges, added


def find_files(folder_or_hub_name, revision=None):
    """{name: path} of those FILES that a folder or a repository of the hub has.

    From the hub they are fetched into the cache that huggingface_hub shares with transformers; what
    is there already is not fetched again, and with HF_HUB_OFFLINE=1 nothing is. OSError if there is
    no such folder or repository, or no vocabulary in it.
    """
    folder, reason = Path(folder_or_hub_name), ""
    if not folder.is_dir():
        from huggingface_hub import snapshot_download

        wanted = {"repo_id": str(folder_or_hub_name), "revision": revision, "allow_patterns": FILES}
        try:
            folder = Path(snapshot_download(**wanted))
        except Exception as error:  # of huggingface_hub, requests or httpx, as its version has it
            reason = error
            try:  # whatever the reason is, a missing connection for one, it may be there already
                folder = Path(snapshot_download(**wanted, local_files_only=True))
            except (OSError, ValueError):
                pass
    files = {name: folder / name for name in FILES if (folder / name).is_file()}
    if "tokenizer.json" not in files and not {"vocab.json", "merges.txt"} <= set(files):
        raise OSError(
            f"no tokenizer in {str(folder_or_hub_name)!r}: looked for vocab.json and merges.txt, "
            f"or tokenizer.json, and found {', '.join(files) or 'none of them'}. Give a folder "
            f"that has them (it would be under {Path.cwd()}), or the name of a model on "
            "huggingface.co, such as allenai/led-base-16384, with a connection at the first use. "
            f"{reason}")
    return files


def write_text(path, text):
    """Writes a file under a temporary name and renames it: it is there as a whole or not at all."""
    temporary = f"{path}.{secrets.token_hex(4)}.tmp"
    try:
        with open(temporary, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.replace(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)


def write_json(path, value):
    """Writes `value` as the reference formats its JSON files."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


# ------------------------------------------------------------------------------------------------
# The tokenizer
# ------------------------------------------------------------------------------------------------

def whole_number(value, name, least=0):
    """`value`, an integer of any library, as an int; ValueError unless it is at least `least`."""
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if number < least or isinstance(value, bool):
        raise ValueError(f"{name} should be a whole number from {least} on, not {value!r:.99}")
    return number


def one_of(value, allowed, name):
    """`value`, if it is one of those allowed."""
    if not any(value is choice or type(value) is str and value == choice for choice in allowed):
        raise ValueError(f"{name} should be one of {', '.join(map(repr, allowed))}, "
                         f"not {value!r:.99}")
    return value


def samples_of(name, text, text_pair, split):
    """([[text] or [text, pair], ...], whether it is a batch) of the arguments of a call.

    name: that of the argument, for messages. split: texts are lists of words.
    """
    def check(value, what):
        """`value`, if it is a text."""
        good = isinstance(value, str) if not split else (
            isinstance(value, (list, tuple)) and all(isinstance(word, str) for word in value))
        if not good:
            raise ValueError(f"{what} should be {'a list of words' if split else 'a string'}, "
                             f"not {value!r:.99}")
        return value

    is_list = isinstance(text, (list, tuple))
    if not is_list or split and not (text and isinstance(text[0], (list, tuple))):
        pair = [check(text_pair, f"the pair of {name}")] if text_pair else []
        return [[check(text, name), *pair]], False

    if not text:
        raise ValueError(f"{name} is an empty list: there is nothing to encode")
    if text_pair is not None:
        if not isinstance(text_pair, (list, tuple)) or len(text_pair) != len(text):
            raise ValueError(f"the pairs of {name} should be a list of as many, {len(text)}, "
                             f"not {text_pair!r:.99}")
        samples = list(zip(text, text_pair))
    else:
        # A pair can stand in the batch itself: ("a", "b"), or of words (["a"], ["b"]).
        inner = (list, tuple) if split else str
        samples = [sample if isinstance(sample, (list, tuple)) and len(sample) == 2
                   and isinstance(sample[0], inner) else (sample,) for sample in text]
    return [[check(value, f"{name}[{n}]") for value in sample]
            for n, sample in enumerate(samples)], True


def id_of(name):
    """The property that holds the id of the special token `name`."""
    return property(lambda self: self.convert_tokens_to_ids(getattr(self, name)),
                    doc=f"The id of {name}, None where that is None.")


class LEDTokenizer:
    """Text to ids and back. Made by from_pretrained, by train, or of the paths of its files.

    vocab_file, merges_file: paths of vocab.json and merges.txt, or what they hold, {token: id} and
    [(left, right), ...]; or else tokenizer_file: the path of a tokenizer.json, which has both.
    errors: what decode does with bytes that are not UTF-8, as in bytes.decode. The special tokens
    are strings or AddedToken (as a string, mask_token takes the white space before it along) and,
    where the vocabulary lacks them, added to it. add_prefix_space: puts a space before each text,
    so that its first word is like any other. trim_offsets: leaves the space before a word out of
    its offsets. added_tokens_decoder: further tokens, {id: AddedToken}. model_max_length: what
    truncation=True and padding="max_length" mean where no max_length is given.
    ValueError where anything does not fit, OSError if a file cannot be read.
    (Reference: LEDTokenizerFast of transformers 4.34.)
    """

    is_fast = True
    pad_token_type_id = 0

    bos_token_id = id_of("bos_token")
    eos_token_id = id_of("eos_token")
    unk_token_id = id_of("unk_token")
    sep_token_id = id_of("sep_token")
    pad_token_id = id_of("pad_token")
    cls_token_id = id_of("cls_token")
    mask_token_id = id_of("mask_token")
    additional_special_tokens_ids = id_of("additional_special_tokens")

    def __init__(self, vocab_file=None, merges_file=None, tokenizer_file=None, errors="replace",
                 bos_token="<s>", eos_token="</s>", sep_token="</s>", cls_token="<s>",
                 unk_token="<unk>", pad_token="<pad>", mask_token="<mask>",
                 add_prefix_space=False, trim_offsets=True, additional_special_tokens=(),
                 added_tokens_decoder=None, model_max_length=NO_MAX_LENGTH,
                 padding_side="right", truncation_side="right",
                 clean_up_tokenization_spaces=True,
                 model_input_names=("input_ids", "attention_mask")):
        try:
            codecs.lookup_error(errors)
        except (LookupError, TypeError):
            raise ValueError("errors should be a way to treat errors that bytes.decode knows, such "
                             f"as 'replace', not {errors!r:.99}") from None
        if not isinstance(model_max_length, (int, float)) or not model_max_length > 0:
            raise ValueError("model_max_length should be a number of tokens, not "
                             f"{model_max_length!r:.99}")
        if (not isinstance(model_input_names, (list, tuple)) or not model_input_names
                or not all(isinstance(name, str) for name in model_input_names)):
            raise ValueError("model_input_names should be a list of names, not "
                             f"{model_input_names!r:.99}")
        self.errors = errors
        self.add_prefix_space = one_of(add_prefix_space, (False, True), "add_prefix_space")
        self.trim_offsets = one_of(trim_offsets, (False, True), "trim_offsets")
        self.model_max_length = model_max_length
        self.padding_side = one_of(padding_side, ("right", "left"), "padding_side")
        self.truncation_side = one_of(truncation_side, ("right", "left"), "truncation_side")
        self.clean_up_tokenization_spaces = one_of(clean_up_tokenization_spaces, (False, True),
                                                   "clean_up_tokenization_spaces")
        self.model_input_names = list(model_input_names)

        added = {}
        if tokenizer_file is not None:
            vocab, merges, added = read_tokenizer_json(tokenizer_file)
            vocab_name = merges_name = str(tokenizer_file)
        elif vocab_file is None or merges_file is None:
            raise ValueError("vocab_file and merges_file should be given, or tokenizer_file")
        else:
            vocab, vocab_name = vocab_file, "the vocabulary"
            if not isinstance(vocab_file, dict):
                vocab, vocab_name = read_json(vocab_file), str(vocab_file)
            merges, merges_name = merges_file, "the list of merges"
            if not isinstance(merges_file, (list, tuple)):
                merges, merges_name = read_merges(merges_file), str(merges_file)
        self.ranks = check_model(vocab, merges, vocab_name, merges_name)
        self.encoder = dict(vocab)                                 # {token: id}
        self.decoder = {id: token for token, id in vocab.items()}  # {id: token}, with the added
        self.added = {}                                            # {content: (id, AddedToken)}
        self.next_id = max(self.decoder) + 1

        for id, token in sorted({**added, **(added_tokens_decoder or {})}.items()):
            self.register(token, id)
        self.add_named_tokens({
            "bos_token": bos_token, "eos_token": eos_token, "unk_token": unk_token,
            "sep_token": sep_token, "pad_token": pad_token, "cls_token": cls_token,
            "mask_token": mask_token}, additional_special_tokens)

    def add_named_tokens(self, named, additional):
        """Registers the special tokens of the constructor and makes their names attributes."""
        if not isinstance(additional, (list, tuple)):
            raise ValueError("additional_special_tokens should be a list of strings or AddedToken, "
                             f"not {additional!r:.99}")
        special = {}  # {content: AddedToken}; a token may have two names: the flags of the first
        def note(token, name, **flags):
            """The content of a token, noted with its flags: its own, or as listed, or these."""
            if isinstance(token, str) and token in self.added:
                token = self.added[token][1]
            token = as_token(token, name, **flags)
            special.setdefault(token.content, replace(
                token, special=True, normalized=token.normalized is not False))
            return token.content

        for name, token in named.items():
            setattr(self, name, None if token is None else
                    note(token, name, lstrip=name == "mask_token"))
        # The reference's choice: such a token takes the white space around it along.
        self.additional_special_tokens = [
            note(token, "additional_special_tokens", lstrip=True, rstrip=True, normalized=False)
            for token in additional]
        for token in special.values():
            self.register(token)
        self.refresh()

    # ---- vocabulary ----

    def register(self, token, id=None):
        """Makes an AddedToken known, under `id` if that is given; True if it is new or changed.

        A token of the vocabulary keeps its id; others are numbered on behind the vocabulary.
        `refresh` has to follow.
        """
        content = token.content
        old_id, old = self.added.get(content, (self.encoder.get(content), None))
        if old_id is None:
            id = self.next_id if id is None else id
            if type(id) is not int or not 0 <= id <= MAX_ID or id in self.decoder:
                raise ValueError(
                    f"the added token {content!r:.99} cannot have the id {str(id):.99}, which is "
                    + (f"that of {self.decoder[id]!r:.99}" if id in self.decoder else "no id"))
        elif id in (None, old_id):
            id = old_id
        else:
            raise ValueError(f"the added token {content!r:.99} has the id {old_id} in the "
                             f"vocabulary, but {str(id):.99} where it is listed")
        special = token.special or old is not None and old.special  # once special, always special
        normalized = not special if token.normalized is None else token.normalized
        token = replace(token, special=special, normalized=normalized)
        self.added[content] = id, token
        self.decoder[id] = content
        self.next_id = max(self.next_id, id + 1)
        return token != old

    def refresh(self):
        """Prepares what depends on the added tokens."""
        first = {content: entry for content, entry in self.added.items() if not entry[1].normalized}
        then = {content: entry for content, entry in self.added.items() if entry[1].normalized}
        self.matchers = [Matcher(tokens) for tokens in (first, then) if tokens]
        self.cache = PretokenCache(self.encoder, self.ranks, self.unk_token_id)

    def add_tokens(self, new_tokens, special_tokens=False):
        """Adds a string or AddedToken, or a list of them; returns how many are new or changed.

        They are found in the text before anything else. A model that is to use them needs
        embeddings for them: as many as `len(tokenizer)`.
        """
        if isinstance(new_tokens, (str, AddedToken)):
            new_tokens = [new_tokens]
        tokens = [as_token(token, "each of new_tokens") for token in new_tokens]
        if special_tokens:
            tokens = [replace(token, special=True) for token in tokens]
        changed = sum([self.register(token) for token in tokens])
        self.refresh()
        return changed

    def add_special_tokens(self, special_tokens_dict):
        """Adds special tokens under their names, {"pad_token": "[PAD]"} or the like, and returns
        how many are new or changed. Under "additional_special_tokens" stands a list of further
        ones, which extends that of before.

        As in the reference, a token given as a string takes the white space on both sides along.
        """
        tokens = []
        for name, value in special_tokens_dict.items():
            one_of(name, (*SPECIAL_TOKENS, "additional_special_tokens"), "a name of special tokens")
            several = name == "additional_special_tokens"
            if several and not isinstance(value, (list, tuple)):
                raise ValueError(f"{name} should be a list, not {value!r:.99}")
            tokens += [(name, as_token(token, name, lstrip=True, rstrip=True))
                       for token in (value if several else [value])]
        for name, token in tokens:
            if name != "additional_special_tokens":
                setattr(self, name, token.content)
            elif token.content not in self.additional_special_tokens:
                self.additional_special_tokens.append(token.content)
        return self.add_tokens([token for _, token in tokens], special_tokens=True)

    def __len__(self):
        """Number of tokens, the added ones included."""
        return len(self.decoder)

    @property
    def vocab_size(self):
        """Number of tokens without the added ones."""
        return len(self.encoder)

    def get_vocab(self):
        """{token: id}, the added ones included."""
        return {**self.encoder, **self.get_added_vocab()}

    def get_added_vocab(self):
        """{token: id} of the added tokens, to which the special ones belong, in order of ids."""
        return {token.content: id for id, token in self.added_tokens_decoder.items()}

    @property
    def added_tokens_decoder(self):
        """{id: AddedToken} of the added tokens, to which the special ones belong."""
        return dict(sorted(self.added.values(), key=lambda entry: entry[0]))

    @property
    def special_tokens_map(self):
        """{"bos_token": "<s>", ...}: the special tokens by name."""
        names = {name: getattr(self, name) for name in SPECIAL_TOKENS}
        names["additional_special_tokens"] = list(self.additional_special_tokens)
        return {name: value for name, value in names.items() if value}

    @property
    def all_special_tokens(self):
        """The special tokens, each once."""
        named = [getattr(self, name) for name in SPECIAL_TOKENS]
        return list(dict.fromkeys(token for token in named + self.additional_special_tokens
                                  if token is not None))

    @property
    def all_special_ids(self):
        """The ids of `all_special_tokens`."""
        return self.convert_tokens_to_ids(self.all_special_tokens)

    @property
    def max_len_single_sentence(self):
        """How many tokens of a text fit into model_max_length, beside the special ones."""
        return self.model_max_length - self.num_special_tokens_to_add(pair=False)

    @property
    def max_len_sentences_pair(self):
        """How many tokens of a pair of texts fit into model_max_length, beside the special ones."""
        return self.model_max_length - self.num_special_tokens_to_add(pair=True)

    def __repr__(self):
        return (f"LEDTokenizer(vocab_size={self.vocab_size}, "
                f"model_max_length={self.model_max_length}, padding_side={self.padding_side!r}, "
                f"truncation_side={self.truncation_side!r}, "
                f"special_tokens={self.special_tokens_map})")

    # ---- text to ids ----

    def __call__(self, text=None, text_pair=None, text_target=None, text_pair_target=None,
                 add_special_tokens=True, padding=False, truncation=None, max_length=None,
                 stride=0, is_split_into_words=False, pad_to_multiple_of=None,
                 return_tensors=None, return_token_type_ids=None, return_attention_mask=None,
                 return_overflowing_tokens=False, return_special_tokens_mask=False,
                 return_offsets_mapping=False, return_length=False, verbose=True):
        """A text, or a list of them, as a BatchEncoding of input_ids and attention_mask.

        text, text_pair: a string or a list of strings; with is_split_into_words, a list of words
        or a list of such lists. text_target: the same, of which input_ids become "labels".
        add_special_tokens: <s> A </s>, or <s> A </s></s> B </s>.
        padding: True or "longest" for the longest of the batch, "max_length", or False; on
        padding_side, and rounded up to pad_to_multiple_of.
        truncation: True or "longest_first" takes from the longer of a pair, "only_first",
        "only_second", or False; on truncation_side. max_length alone truncates as well. A
        max_length that has no room for the special tokens is not kept: nothing is cut.
        return_overflowing_tokens: what is cut off makes further rows, which overlap by `stride`
        tokens; overflow_to_sample_mapping tells which text each row is of.
        return_tensors: "np" for int64 arrays (rows, tokens), None for lists.
        The other return_...: whether to add token_type_ids, attention_mask, special_tokens_mask,
        offset_mapping (in characters), length. ValueError for what cannot be had.
        """
        if text is None and text_target is None:
            raise ValueError("text or text_target should be given")
        one_of(return_tensors, (None, "np"), "return_tensors")
        padding, truncation, max_length = self.plan(padding, truncation, max_length,
                                                    pad_to_multiple_of, verbose)
        stride = whole_number(stride, "stride")
        if is_split_into_words and not self.add_prefix_space:
            raise ValueError("is_split_into_words needs a tokenizer made with "
                             "add_prefix_space=True, or all words would run together")

        def encode(name, text, text_pair):
            """The BatchEncoding of a text or batch."""
            samples, batched = samples_of(name, text, text_pair, is_split_into_words)
            first_rows, rows, sample_of_row = [], [], []
            for number, sample in enumerate(samples):
                new = self.encode_sample(sample, add_special_tokens, truncation, max_length,
                                         stride, return_overflowing_tokens)
                first_rows.append(new[0])
                rows += new
                sample_of_row += [number] * len(new)
            if padding:
                # Rows of overflow are no longer, but for a text of which nothing is kept.
                length = max_length if padding == "max_length" else max(map(len, first_rows))
                if pad_to_multiple_of:
                    length += -length % pad_to_multiple_of
                for row in rows:
                    row.pad(length)

            columns = {"input_ids": [row.ids for row in rows]}
            if self.wants("token_type_ids", return_token_type_ids):
                columns["token_type_ids"] = [row.type_ids for row in rows]
            if self.wants("attention_mask", return_attention_mask):
                columns["attention_mask"] = [row.attention_mask for row in rows]
            if return_special_tokens_mask:
                columns["special_tokens_mask"] = [row.special_tokens_mask for row in rows]
            if return_offsets_mapping:
                columns["offset_mapping"] = [row.offsets for row in rows]
            if return_length:
                columns["length"] = [len(row) for row in rows]
            if return_overflowing_tokens:
                columns["overflow_to_sample_mapping"] = sample_of_row
            longest = max(map(len, rows))
            if verbose and max_length is None and longest > self.model_max_length:
                warnings.warn(f"{name} has {longest} tokens, more than the {self.model_max_length} "
                              "that the model was made for", stacklevel=3)
            if return_tensors == "np":
                columns = to_arrays(columns)
            elif not batched and not return_overflowing_tokens:
                columns = {key: column[0] if isinstance(column[0], list) else column
                           for key, column in columns.items()}
            return BatchEncoding(columns, rows)

        if text is None:
            return encode("text_target", text_target, text_pair_target)
        encoding = encode("text", text, text_pair)
        if text_target is not None:
            encoding["labels"] = encode("text_target", text_target, text_pair_target)["input_ids"]
        return encoding

    # Older names of the same.
    encode_plus = batch_encode_plus = __call__

    def wants(self, name, asked):
        """Whether a column is returned: as asked, or else if it is among model_input_names."""
        return name in self.model_input_names if asked is None else asked

    def plan(self, padding, truncation, max_length, pad_to_multiple_of, verbose):
        """The options of __call__ in short: padding None, "longest" or "max_length", truncation
        None or a strategy, and max_length in numbers where one of them needs it."""
        one_of(padding, (False, True, None, "longest", "max_length", "do_not_pad"), "padding")
        one_of(truncation, (None, False, True, "longest_first", "only_first", "only_second",
                            "do_not_truncate"), "truncation")
        one_of(self.padding_side, ("right", "left"), "padding_side")
        one_of(self.truncation_side, ("right", "left"), "truncation_side")
        if max_length is not None:
            max_length = whole_number(max_length, "max_length")
        if pad_to_multiple_of is not None:
            whole_number(pad_to_multiple_of, "pad_to_multiple_of", least=1)
        if max_length is not None and truncation is None and not padding:
            if verbose:
                warnings.warn("max_length without truncation: the text is cut, as by "
                              "truncation=True; say so to silence this", stacklevel=3)
            truncation = True
        padding = {True: "longest", False: None, "do_not_pad": None}.get(padding, padding)
        truncation = {True: "longest_first", False: None, "do_not_truncate": None}.get(truncation,
                                                                                     truncation)
        if max_length is None and (truncation or padding == "max_length"):
            if self.model_max_length > 10**20:
                if verbose:
                    warnings.warn("neither max_length nor model_max_length is set: nothing is "
                                  "truncated, or padded to it", stacklevel=3)
                truncation = None
                padding = None if padding == "max_length" else padding
            else:
                max_length = int(self.model_max_length)
        if padding and self.pad_token is None:
            raise ValueError("padding needs a pad_token, and it is None")
        if padding and truncation and pad_to_multiple_of and max_length % pad_to_multiple_of:
            raise ValueError(
                f"max_length ({max_length}) should be a multiple of pad_to_multiple_of "
                f"({pad_to_multiple_of}) where rows are both cut and padded")
        return padding, truncation, max_length

    def encode_sample(self, sample, add_special_tokens, truncation, max_length, stride, overflow):
        """The rows, a list of Encoding, of a text or pair: `sample` is a list of one or two."""
        frame = Frame(*[(self.convert_tokens_to_ids(token), token)
                        for token in (self.cls_token, self.sep_token, self.pad_token)],
                      bool(add_special_tokens), self.padding_side, self.trim_offsets,
                      self.add_prefix_space)
        if add_special_tokens and None in (self.cls_token, self.sep_token):
            raise ValueError("add_special_tokens needs a cls_token and a sep_token")
        method = Method(self.matchers, self.cache, self.decoder, self.add_prefix_space)
        sequences = [Sequence(text, method) for text in sample]
        lengths = [len(sequence.ids) for sequence in sequences]
        spans = [[(0, length) for length in lengths]]
        if truncation:
            room = max_length
            if add_special_tokens:
                room -= self.num_special_tokens_to_add(pair=len(sample) == 2)
            if room >= 0:
                spans = truncated(lengths, room, truncation, stride, self.truncation_side, overflow)
        return [Encoding(sequences, row, frame) for row in spans]

    def encode(self, text, text_pair=None, **options):
        """The input_ids of a text. Options are those of a call."""
        return self(text, text_pair, **options)["input_ids"]

    def tokenize(self, text, pair=None, add_special_tokens=False, **options):
        """The tokens of a text as strings of symbols. Options are those of a call."""
        return self(text, pair, add_special_tokens=add_special_tokens, **options).tokens()

    def num_special_tokens_to_add(self, pair=False):
        """How many special tokens surround a text, or a pair of texts."""
        return 4 if pair else 2

    def build_inputs_with_special_tokens(self, token_ids_0, token_ids_1=None):
        """<s> A </s>, or <s> A </s></s> B </s>, of lists of ids."""
        ids = [self.cls_token_id, *token_ids_0, self.sep_token_id]
        if token_ids_1 is not None:
            ids += [self.sep_token_id, *token_ids_1, self.sep_token_id]
        return ids

    def create_token_type_ids_from_sequences(self, token_ids_0, token_ids_1=None):
        """The token types of `build_inputs_with_special_tokens`: LED has none, so zeros."""
        return [0] * len(self.build_inputs_with_special_tokens(token_ids_0, token_ids_1))

    def get_special_tokens_mask(self, token_ids_0, token_ids_1=None,
                                already_has_special_tokens=False):
        """1 where `build_inputs_with_special_tokens` puts a special token, 0 elsewhere; or, with
        already_has_special_tokens, 1 where token_ids_0 itself has any special token."""
        if already_has_special_tokens:
            if token_ids_1 is not None:
                raise ValueError("token_ids_1 should be None with already_has_special_tokens: the "
                                 "pair is in token_ids_0 already")
            special = set(self.all_special_ids)
            return [1 if id in special else 0 for id in token_ids_0]
        mask = [1, *[0] * len(token_ids_0), 1]
        if token_ids_1 is not None:
            mask += [1, *[0] * len(token_ids_1), 1]
        return mask

    # ---- padding ----

    def pad(self, encoded_inputs, padding=True, max_length=None, pad_to_multiple_of=None,
            return_attention_mask=None, return_tensors=None, verbose=True):
        """Pads what is encoded already: {"input_ids": ...} of one row or of a list of rows, or a
        list of such, each of one row. Returns a BatchEncoding.

        input_ids, attention_mask, token_type_ids and special_tokens_mask are padded, and
        global_attention_mask with -1 (0 would mean "local", not "padding"; the model takes -1 for
        masked). Other entries stay as they are. Options as in a call.
        """
        one_of(return_tensors, (None, "np"), "return_tensors")
        if isinstance(encoded_inputs, (list, tuple)):
            if not encoded_inputs or not all(isinstance(row, dict) for row in encoded_inputs):
                raise ValueError("encoded_inputs should be a dict, or a list of at least one dict")
            missing = [key for key in encoded_inputs[0] if any(key not in row
                                                               for row in encoded_inputs)]
            if missing:
                raise ValueError(f"not all of encoded_inputs have {', '.join(missing)}")
            encoded_inputs = {key: [row[key] for row in encoded_inputs]
                              for key in encoded_inputs[0]}
        main = self.model_input_names[0]
        if main not in encoded_inputs:
            raise ValueError(f"encoded_inputs should have {main}, found "
                             f"{', '.join(encoded_inputs) or 'nothing'}")
        columns = {}
        for key, value in encoded_inputs.items():
            # Arrays, of any library, are padded as lists and come out as arrays.
            if isinstance(value, (list, tuple)) and value and hasattr(value[0], "tolist"):
                return_tensors, value = "np", [row.tolist() for row in value]
            elif hasattr(value, "tolist"):
                return_tensors, value = "np", value.tolist()
            columns[key] = value
        padding, _, max_length = self.plan(padding, False, max_length, pad_to_multiple_of, verbose)
        single = not columns[main] or not isinstance(columns[main][0], (list, tuple))
        if single:
            columns = {key: [value] for key, value in columns.items()}
        rows = columns[main]
        for key, value in columns.items():
            if len(value) != len(rows):
                raise ValueError(f"{key} has {len(value)} rows, and {main} {len(rows)}")

        length = 0
        if padding:
            length = max_length if padding == "max_length" else max(map(len, rows))
            if pad_to_multiple_of:
                length += -length % pad_to_multiple_of
        lengths = [max(length, len(row)) for row in rows]
        fillings = {main: self.pad_token_id, "token_type_ids": self.pad_token_type_id,
                    "special_tokens_mask": 1}
        if self.wants("attention_mask", return_attention_mask):
            columns.setdefault("attention_mask", [[1] * len(row) for row in rows])
            fillings.update({"attention_mask": 0, "global_attention_mask": -1})
        for key in columns.keys() & fillings.keys():
            if not all(isinstance(row, (list, tuple)) for row in columns[key]):
                raise ValueError(f"{key} should have a list of numbers for each row")
            fill = [[fillings[key]] * (length - len(row))
                    for row, length in zip(columns[key], lengths)]
            columns[key] = [[*row, *more] if self.padding_side == "right" else [*more, *row]
                            for row, more in zip(columns[key], fill)]
        if single:
            columns = {key: value[0] for key, value in columns.items()}
        return BatchEncoding(to_arrays(columns) if return_tensors else columns)

    # ---- ids to text ----

    def convert_tokens_to_ids(self, tokens):
        """The id of a token, or the list of those of a list; that of unk_token if it is unknown."""
        if tokens is None:
            return None
        if not isinstance(tokens, str):
            return [self.convert_tokens_to_ids(token) for token in tokens]
        for token in (tokens, self.unk_token):
            if token in self.encoder:
                return self.encoder[token]
            if token in self.added:
                return self.added[token][0]
        return None

    def convert_ids_to_tokens(self, ids, skip_special_tokens=False):
        """The token of an id, or the list of those of a list; None for an id that there is not."""
        if isinstance(ids, (int, np.integer)):
            return self.decoder.get(whole_number(ids, "a token id"))
        ids = [whole_number(id, "a token id") for id in ids]
        if skip_special_tokens:
            special = set(self.all_special_ids)
            ids = [id for id in ids if id not in special]
        return [self.decoder.get(id) for id in ids]

    def convert_tokens_to_string(self, tokens):
        """The text of a list of tokens. What is not UTF-8 is treated as `errors` says."""
        data = bytearray()
        for token in tokens:
            try:
                if token in self.added:
                    data += token.encode()
                else:
                    data += bytes([SYMBOL_TO_BYTE[symbol] for symbol in token])
            except KeyError:  # not in symbols, so it stands for itself
                data += token.encode()
        return data.decode("utf-8", self.errors)

    def decode(self, token_ids, skip_special_tokens=False, clean_up_tokenization_spaces=None):
        """The text of ids: a list or array of one row, or one id. Ids that there are not are
        skipped.

        clean_up_tokenization_spaces: whether to take out the space before a full stop, a comma,
        an n't and the like, so that the text is not always the one that was encoded. None: as the
        tokenizer was made, which is True if nothing else was said.
        """
        if isinstance(token_ids, (int, np.integer)):
            token_ids = [token_ids]
        elif getattr(token_ids, "ndim", 1) != 1 or any(
                isinstance(id, (list, tuple)) for id in token_ids):
            raise ValueError("token_ids should be one row of ids; batch_decode takes several")
        tokens = []
        for id in token_ids:
            token = self.decoder.get(whole_number(
                id, "a token id (labels use -100 for what to ignore: leave those out)"))
            if token is None or (skip_special_tokens and token in self.added
                                 and self.added[token][1].special):
                continue
            tokens.append(token)
        text = self.convert_tokens_to_string(tokens)
        if clean_up_tokenization_spaces is None:
            clean_up_tokenization_spaces = self.clean_up_tokenization_spaces
        return self.clean_up_tokenization(text) if clean_up_tokenization_spaces else text

    def batch_decode(self, sequences, skip_special_tokens=False, clean_up_tokenization_spaces=None):
        """The texts of several rows of ids, a list."""
        return [self.decode(row, skip_special_tokens, clean_up_tokenization_spaces)
                for row in sequences]

    @staticmethod
    def clean_up_tokenization(text):
        """The text without the spaces that a word-by-word tokenization of English puts in."""
        for spaced in (" .", " ?", " !", " ,", " ' ", " n't", " 'm", " 's", " 've", " 're"):
            text = text.replace(spaced, spaced.strip())
        return text

    # ---- files ----

    @classmethod
    def from_pretrained(cls, folder_or_hub_name, revision=None, **settings):
        """The tokenizer of a folder or of a model on huggingface.co.

        Read are tokenizer.json, or else vocab.json and merges.txt; and, where they are there,
        tokenizer_config.json, special_tokens_map.json and added_tokens.json. `settings` are those
        of the constructor, and hold over what the files say. `revision`: a branch, tag or commit.
        OSError if there is nothing to read, ValueError if it cannot be understood.
        """
        files = find_files(folder_or_hub_name, revision)
        saved = {}
        if "tokenizer_config.json" in files:
            saved = saved_settings(read_json(files["tokenizer_config.json"]),
                                   files["tokenizer_config.json"])
        # transformers up to 4.33 spread over two more files what is in added_tokens_decoder now.
        if "added_tokens_decoder" not in saved:
            if "special_tokens_map.json" in files:
                path = files["special_tokens_map.json"]
                named = saved_settings(read_json(path), path)
                saved.update({name: value for name, value in named.items()
                              if name in (*SPECIAL_TOKENS, "additional_special_tokens")})
            if "added_tokens.json" in files:
                added = read_json(files["added_tokens.json"])
                check_ids(added, files["added_tokens.json"])
                # It does not say how a token is found; these are the flags it would get by name.
                stripped = saved.get("additional_special_tokens", ())
                mask = saved.get("mask_token", "<mask>")
                saved["added_tokens_decoder"] = {
                    id: AddedToken(content, lstrip=content == mask or content in stripped,
                                   rstrip=content in stripped)
                    for content, id in added.items()}
        if "tokenizer.json" in files:
            paths = {"tokenizer_file": files["tokenizer.json"]}
        else:
            paths = {"vocab_file": files["vocab.json"], "merges_file": files["merges.txt"]}
        try:
            return cls(**paths, **{**saved, **settings})
        except ValueError as error:
            raise ValueError(f"the tokenizer in {folder_or_hub_name}: {error}") from None

    def save_vocabulary(self, save_directory, filename_prefix=None):
        """Writes vocab.json and merges.txt, without the added tokens; returns their paths."""
        prefix = f"{filename_prefix}-" if filename_prefix else ""
        vocab_file = os.path.join(save_directory, prefix + "vocab.json")
        merges_file = os.path.join(save_directory, prefix + "merges.txt")
        by_id = dict(sorted(self.encoder.items(), key=lambda item: item[1]))
        write_text(vocab_file, json.dumps(by_id, ensure_ascii=False))
        write_text(merges_file, "#version: 0.2\n" + "".join(
            f"{left} {right}\n" for left, right in self.ranks))
        return vocab_file, merges_file

    def save_pretrained(self, save_directory):
        """Writes the tokenizer into a folder, which is made if need be: vocab.json, merges.txt,
        tokenizer.json, tokenizer_config.json and special_tokens_map.json; returns their paths.

        from_pretrained reads them back, of this class and of transformers, 4.34 and 5 alike.
        """
        os.makedirs(save_directory, exist_ok=True)
        paths = {name: os.path.join(save_directory, name) for name in FILES}
        named = {name: asdict(self.added[token][1]) if token in self.added else token
                 for name, token in self.special_tokens_map.items()
                 if name != "additional_special_tokens"}
        if self.additional_special_tokens:
            named["additional_special_tokens"] = list(self.additional_special_tokens)
        write_json(paths["special_tokens_map.json"], named)
        write_json(paths["tokenizer_config.json"], {
            "tokenizer_class": "LEDTokenizer",
            "added_tokens_decoder": {str(id): asdict(token)
                                     for id, token in self.added_tokens_decoder.items()},
            **{name: getattr(self, name) for name in SPECIAL_TOKENS},
            **{name: getattr(self, name) for name in SETTINGS if name != "added_tokens_decoder"},
        })
        write_json(paths["tokenizer.json"], {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": [{"id": id, **asdict(token)}
                             for id, token in self.added_tokens_decoder.items()],
            "normalizer": None,
            "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": self.add_prefix_space,
                              "trim_offsets": True, "use_regex": True},
            "post_processor": {"type": "RobertaProcessing",
                               "sep": [self.sep_token, self.sep_token_id],
                               "cls": [self.cls_token, self.cls_token_id],
                               "trim_offsets": self.trim_offsets,
                               "add_prefix_space": self.add_prefix_space},
            "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True,
                        "use_regex": True},
            "model": {"type": "BPE", "dropout": None, "unk_token": None,
                      "continuing_subword_prefix": "", "end_of_word_suffix": "",
                      "fuse_unk": False, "byte_fallback": False,
                      "vocab": dict(sorted(self.encoder.items(), key=lambda item: item[1])),
                      "merges": [f"{left} {right}" for left, right in self.ranks]},
        })
        self.save_vocabulary(save_directory)
        return tuple(paths[name] for name in FILES if name != "added_tokens.json")

    @classmethod
    def train(cls, texts, vocab_size, **settings):
        """A tokenizer of `vocab_size` tokens, learnt from texts, an iterable of strings.

        The ids: <s> 0, <pad> 1, </s> 2, <unk> 3, then the 256 bytes, then the merged tokens, the
        most frequent first, and <mask> last. There are fewer if every pair left occurs but once.
        The same texts give the same tokenizer. `settings` are those of the constructor.
        """
        first, last = ["<s>", "<pad>", "</s>", "<unk>"], ["<mask>"]
        least = len(first) + len(BYTE_TO_SYMBOL) + len(last)
        vocab_size = whole_number(vocab_size, "vocab_size", least)
        counts = Counter()
        if isinstance(texts, str):
            raise ValueError("texts should be a list of strings, not one string")
        for text in texts:
            if not isinstance(text, str):
                raise ValueError(f"texts should be strings, not {text!r:.99}")
            text = with_prefix_space(without_surrogates(text), settings.get("add_prefix_space"))
            counts.update(PRETOKEN.findall(text))
        words = {to_symbols(pretoken): count for pretoken, count in counts.items()}
        tokens, merges = learn_merges(words, vocab_size - len(first) - len(last),
                                      reserved=first + last)
        vocab = {token: id for id, token in enumerate(first + tokens + last)}
        return cls(vocab, merges, **settings)


LEDTokenizerFast = LEDTokenizer


# ------------------------------------------------------------------------------------------------
# Command line
# ------------------------------------------------------------------------------------------------

def show(tokenizer, text):
    """Prints how a text becomes tokens, merge by merge."""
    text = without_surrogates(text)
    for id, start, stop in split(text, tokenizer.matchers):
        if id is not None:
            print(f"{text[start:stop]!r} is an added token: {id}\n")
            continue
        part = with_prefix_space(text[start:stop], tokenizer.add_prefix_space)
        for pretoken in PRETOKEN.findall(part):
            symbols = to_symbols(pretoken)
            print(f"{pretoken!r}\n  {'':>10}  {' '.join(symbols)}")
            merge(symbols, tokenizer.ranks,
                  lambda rank, tokens: print(f"  {'merge ' + str(rank):>10}  {' '.join(tokens)}"))
            print(f"  {'ids':>10}  {' '.join(map(str, tokenizer.cache[pretoken]))}\n")
    print("input_ids:", *tokenizer(text, verbose=False)["input_ids"])


def read_input(name):
    """The text of a file, or of standard input where `name` is -, without a byte order mark.

    ValueError names what cannot be read as a text in UTF-8.
    """
    try:
        if name != "-":
            data = Path(name).read_bytes()
        elif sys.stdin is not None:
            data = sys.stdin.buffer.read()
        else:
            raise ValueError("-: standard input is closed")
    except OSError as error:
        raise ValueError(f"{name}: {error.strerror}") from error
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in data:
        raise ValueError(f"{name}: not UTF-8 but UTF-16, or no text at all; save it as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{name}: not UTF-8 (byte {error.start}: {error.reason})") from error


def exit_status(program, command, *arguments):
    """Runs a command. What its user can cause ends it in one line on stderr -> 0 or 1"""
    if sys.stderr is None:  # closed: what is said there must not go to the result instead
        sys.stderr = open(os.devnull, "w", encoding="utf-8")
    try:
        if sys.stdout is None:
            raise OSError("standard output is closed")
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):  # a notebook's is something else
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")
        try:
            command(*arguments)
        finally:  # also after --help, which leaves by SystemExit
            try:
                sys.stdout.flush()
            except OSError:  # Python flushes once more at its end, and would say more
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                raise
    except (ImportError, MemoryError, OSError, RuntimeError, ValueError) as error:
        message = " ".join(str(error).split()) or type(error).__name__
        if isinstance(error, BrokenPipeError):
            message = "standard output was closed before all was written"
        print(f"{program}: {message}", file=sys.stderr)
        return 1
    return 0


def run(arguments):
    """Does what the command line says."""
    parser = argparse.ArgumentParser(
        description="Shows how LED's tokenizer turns a text into tokens, merge by merge.")
    parser.add_argument("text", metavar="TEXT", help="what to cut; - reads standard input")
    parser.add_argument("--model", default="allenai/led-base-16384", metavar="FOLDER_OR_NAME",
                        help="a folder with vocab.json and merges.txt, or the name of a model on "
                             "huggingface.co (default: %(default)s)")
    options = parser.parse_args(arguments)
    text = read_input("-") if options.text == "-" else options.text
    show(LEDTokenizer.from_pretrained(options.model), text)


def main(arguments=None):
    """The command line; returns the exit status."""
    return exit_status("bpe.py", run, arguments)


if __name__ == "__main__":
    sys.exit(main())
