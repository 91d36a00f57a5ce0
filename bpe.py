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
  - a cls_token or sep_token that is set later surrounds the texts; there the first one goes on to;
  - additional_special_tokens that are set take the place of those before; there they follow them;
  - a merges.txt keeps its first line if that is a merge, and its last; there both may be lost;
  - rows of unequal length are no arrays: return_tensors="np" without padding is an error.
transformers 5.23 differs from 4.34: decoding does not clean up spaces, special tokens named by a
plain string keep the spaces around them, lone surrogates are refused, `encode` takes a batch where
4.34 takes a pair, and `pad` forgets global_attention_mask. The letters and digits are those of the
Unicode version that the `regex` module has; in characters younger than a tokenizers library, it may
cut elsewhere.

This file stands alone; it needs numpy, regex, and huggingface_hub for names that are not folders.
"""

import sys

if sys.version_info < (3, 10):
    sys.exit("bpe.py needs Python 3.10 or newer, this is Python " + sys.version.split()[0])

import os

if __name__ == "__main__":  # Ctrl-C ends the command in one line, during the imports below, too
    import signal

    def interrupted(*_):
        try:
            os.write(sys.stderr.fileno(), b"\n" * sys.stderr.isatty() + b"bpe.py: interrupted\n")
        finally:
            os._exit(130)

    signal.signal(signal.SIGINT, interrupted)

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
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import regex

__all__ = ["LEDTokenizer", "LEDTokenizerFast", "AddedToken", "BatchEncoding", "Encoding",
           "CharSpan", "TokenSpan", "PRETOKEN", "BYTE_TO_SYMBOL", "SYMBOL_TO_BYTE", "to_symbols",
           "merge", "merge_long", "learn_merges"]

SPECIAL_TOKENS = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token",
                  "mask_token")
SETTINGS = ("errors", "add_prefix_space", "trim_offsets", "additional_special_tokens",
            "extra_special_tokens", "added_tokens_decoder", "model_max_length", "padding_side",
            "truncation_side", "clean_up_tokenization_spaces", "model_input_names")
FILES = ("tokenizer_config.json", "tokenizer.json", "vocab.json", "merges.txt",
         "special_tokens_map.json", "added_tokens.json")

# A repository of the hub: owner/model, or model alone for some of old
HUB_NAME = re.compile(r"\w[\w.-]*(/[\w.-]+)?", re.ASCII)

MAX_ID = 2**31 - 1
NO_MAX_LENGTH = int(1e30)  # what the reference writes where a tokenizer has no model_max_length
MAX_SHORT = 40             # symbols up to which `merge` is quicker than `merge_long`
MAX_CACHE = 10_000_000     # bytes of memory for pre-tokens whose ids are remembered, ...
MAX_CACHED_LENGTH = 64     # ... of this many characters at most
MAX_BRANCHES = 64          # alternatives side by side in a regular expression of added tokens, ...
MAX_NESTING = 20           # ... and groups within groups: Python's `re` bears some hundred


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


def plain(value):
    """A scalar of NumPy, or an array without axes, as Python's own number, truth value or string;
    anything else as it is. So whatever is set can be saved."""
    return value.item() if getattr(value, "ndim", None) == 0 else value


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
        for field, value in vars(self).items():
            object.__setattr__(self, field, plain(value))  # the class is frozen to others
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


def any_of(strings, nesting=0):
    """A regular expression for the longest of the strings that stands at a place.

    What several of them begin with is written once, any_of(["<a>", "<ab>", "x"]) -> "x|<a(?:b>|>)",
    and where many different characters may follow, these are halved until few are left. So looking
    for thousands of strings takes hardly longer than for one.
    """
    if nesting == MAX_NESTING:
        return "|".join(map(re.escape, sorted(strings, key=len, reverse=True)))
    groups = defaultdict(list)
    for string in strings:
        groups[string[:1]].append(string)
    firsts = sorted(groups, reverse=True)  # the empty string is last: whatever is longer wins
    if len(firsts) > MAX_BRANCHES and "" not in groups:
        middle = firsts[len(firsts) // 2]
        upper = any_of([string for string in strings if string[0] >= middle], nesting)
        lower = any_of([string for string in strings if string[0] < middle], nesting)
        from_middle = f"[{re.escape(middle)}-\U0010ffff]"
        return f"(?={from_middle})(?:{upper})|(?!{from_middle})(?:{lower})"
    branches = []
    for first in firsts:
        stem = os.path.commonprefix(groups[first])
        rests = [string[len(stem):] for string in groups[first]]
        tail = f"(?:{any_of(rests, nesting + 1)})" if len(rests) > 1 else ""
        branches.append(re.escape(stem) + tail)
    return "|".join(branches)


class Matcher:
    """Finds added tokens in a text: the leftmost, and of several there the longest."""

    def __init__(self, tokens):
        """tokens: {content: (id, AddedToken)}, not empty."""
        self.tokens = tokens
        self.pattern = re.compile(any_of(list(tokens)))

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
            # A token that is white space may begin before `end`, in what the one before has taken.
            if token.lstrip:
                while start > end and text[start - 1] in WHITE_SPACE:
                    start -= 1
                start = max(start, end)
            if token.rstrip:
                stop = max(stop, end)
                while stop < high and text[stop] in WHITE_SPACE:
                    stop += 1
            if start > end:
                pieces.append(Piece(None, end, start))
            if stop > start:
                pieces.append(Piece(id, start, stop))
            end = max(end, stop)
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
    `on_merge(rank, tokens)` is called after each, with a list that stays as it is then.
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
            on_merge(rank, list(tokens))
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
    """{pre-token: its ids}. What is missing is worked out; language repeats itself, so not much.

    What it holds takes MAX_CACHE bytes of memory at most. An emoji or a Chinese character counts:
    it takes four bytes or two, and up to as many tokens, of eight bytes each.
    """

    def __init__(self, vocab, ranks, unknown):
        """unknown: the id of bytes that are not in the vocabulary."""
        super().__init__()
        self.size = 0  # in bytes
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
            # The ids themselves are the vocabulary's; the dict takes up to 120 bytes an entry.
            size = sys.getsizeof(pretoken) + sys.getsizeof(ids) + 120
            if self.size + size > MAX_CACHE:
                self.clear()
                self.size = 0
            self[pretoken] = ids
            self.size += size
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
    """{name: array} of {name: nested lists}, of int64, or of float64 if there is a fraction.

    Arrays stay as they are. ValueError if the rows differ in length or are no numbers.
    """
    arrays = {}
    for name, rows in columns.items():
        if isinstance(rows, np.ndarray):
            arrays[name] = rows
            continue
        lists = [row for row in rows if isinstance(row, (list, tuple))] if isinstance(
            rows, (list, tuple)) else []
        lengths = {len(row) for row in lists}
        if len(lengths) > 1:
            raise ValueError(
                f"{name} has rows of {min(lengths)} to {max(lengths)} tokens, which make no array: "
                "pass padding=True, and truncation=True if max_length is to hold")
        try:
            array = np.asarray(rows)
            if array.dtype.kind != "f" or not array.size:
                array = np.asarray(rows, dtype=np.int64)
        except (TypeError, ValueError, OverflowError) as error:
            raise ValueError(f"{name} cannot be made an array of integers: {error}") from None
        arrays[name] = array
    return arrays


class BatchEncoding(dict):
    """What a tokenizer returns: {"input_ids": ..., "attention_mask": ..., ...}.

    Its entries are attributes as well (batch.input_ids). `encodings`, or batch[0], batch[1] and so
    on, are the rows as `Encoding`, None if it was not made of text. The methods translate between
    tokens, words and characters of a row; batch_index may be left out, and is 0 then.
    tensor_type, prepend_batch_axis: as in `convert_to_tensors`. (Reference: BatchEncoding.)
    """

    def __init__(self, data=None, encoding=None, tensor_type=None, prepend_batch_axis=False):
        super().__init__(data or {})
        self.encodings = [encoding] if isinstance(encoding, Encoding) else encoding
        self.convert_to_tensors(tensor_type, prepend_batch_axis)

    def __getitem__(self, key):
        if isinstance(key, str):
            return super().__getitem__(key)
        if self.encodings is not None:
            return self.encodings[key]
        if isinstance(key, slice):
            return {name: value[key] for name, value in self.items()}
        raise KeyError(f"{key!r}: this BatchEncoding was not made of text and has no rows")

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"there is no {name!r}, but {', '.join(self)}") from None

    def __reduce__(self):
        return BatchEncoding, (dict(self), self.encodings)

    @property
    def data(self):
        """The dictionary: this one."""
        return self

    @property
    def is_fast(self):
        """Whether it was made of text, and so has rows that can be asked for more than ids."""
        return self.encodings is not None

    @property
    def n_sequences(self):
        """1 if the rows are of one text, 2 if of a pair, None if it was not made of text."""
        return len(self[0].sequences) if self.encodings else None

    def convert_to_tensors(self, tensor_type=None, prepend_batch_axis=False):
        """Turns the entries into arrays ("np") or leaves them (None), and returns itself.

        prepend_batch_axis: each entry becomes the only row of its array. ValueError if rows differ
        in length.
        """
        if one_of(tensor_type, (None, "np"), "tensor_type") is not None:
            self.update(to_arrays({name: [value] if prepend_batch_axis else value
                                   for name, value in self.items()}))
        return self

    def to(self, device):
        """Itself, for "cpu". ValueError for any other: a model there takes NumPy's arrays along."""
        one_of(str(device), ("cpu",), "device")
        return self

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
    """The text of a UTF-8 file, with "\\n" for every end of line, and no byte order mark."""
    try:
        return Path(path).read_text(encoding="utf-8-sig")
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

    The first line may be a comment: "#version: 0.2", or anything that starts with "#" and is not
    two tokens, as a merge is ("# #" is one of the official list). Blank lines at the end are none.
    """
    merges = []
    text = read_text(path).rstrip()
    for number, line in enumerate(text.split("\n") if text else [], start=1):
        pair = tuple(line.split())
        if number == 1 and line.startswith("#") and (len(pair) != 2 or pair[0] == "#version:"):
            continue
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
    def tokens(value, what):
        """`value` with an AddedToken for each JSON object, in a list of tokens or as it is."""
        if isinstance(value, list):
            return [tokens(token, what) for token in value]
        return token_from_json(value, f"{what} in {path}") if isinstance(value, dict) else value

    if config.get("split_special_tokens"):
        raise ValueError(f"{path}: split_special_tokens should be false: special tokens that stand "
                         "in a text are found here")
    settings = {name: tokens(config[name], name) for name in SPECIAL_TOKENS if name in config}
    settings.update({name: config[name] for name in SETTINGS if config.get(name) is not None})
    if "model_max_length" not in settings and config.get("max_len") is not None:
        settings["model_max_length"] = config["max_len"]  # its name before 2020
    # transformers 4.47 to 4.57 have special tokens with names of their own in a dict. 5 calls that
    # model_specific_special_tokens; its extra_special_tokens is a list, of further ones without.
    additional = tokens(settings.get("additional_special_tokens", []), "additional_special_tokens")
    extra = {}
    for name in ("extra_special_tokens", "model_specific_special_tokens"):
        value = config.get(name) or {}
        if isinstance(value, dict):
            extra.update({token_name: tokens(token, token_name)
                          for token_name, token in value.items()})
        elif isinstance(value, list) and isinstance(additional, list):
            additional += [token for token in tokens(value, name) if token not in additional]
        else:
            raise ValueError(f"{path}: {name} should be an object or a list, not {value!r:.99}")
    settings.update(additional_special_tokens=additional, extra_special_tokens=extra)
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


def find_files(folder_or_hub_name, subfolder=None, **download):
    """{name: path} of those FILES that a folder or a repository of the hub has, or its subfolder.

    From the hub they are fetched into the cache that huggingface_hub shares with transformers; what
    is there already is not fetched again, and with HF_HUB_OFFLINE=1 nothing is. download: further
    arguments of snapshot_download. OSError if there is no such folder or repository, or no
    vocabulary in it.
    """
    name = os.fspath(folder_or_hub_name) if isinstance(folder_or_hub_name, os.PathLike) else (
        folder_or_hub_name)
    if not isinstance(name, str) or not name:
        raise ValueError("folder_or_hub_name should be the path of a folder or the name of a model "
                         f"on huggingface.co, not {name!r:.99}")
    folder = Path(name, subfolder or "")
    reason = ""
    if Path(name).is_dir():
        files = {file: folder / file for file in FILES if (folder / file).is_file()}
        where = f"the folder {str(folder)!r}"
    elif Path(name).exists():
        raise OSError(f"{name!r} is a file; give the folder that it is in")
    elif not HUB_NAME.fullmatch(name):
        raise OSError(f"there is no folder {name!r} (looked under {Path.cwd()})")
    else:
        from huggingface_hub import snapshot_download

        where = f"the model {name!r} of huggingface.co (no such folder is under {Path.cwd()})"
        wanted = {"repo_id": name, **download,
                  "allow_patterns": [Path(subfolder or "", file).as_posix() for file in FILES]}
        try:
            folder = Path(snapshot_download(**wanted), subfolder or "")
        except Exception as error:  # of huggingface_hub, requests or httpx, as its version has it
            reason = f": {error}"
            try:  # whatever the reason is, a missing connection for one, it may be there already
                wanted["local_files_only"] = True
                folder = Path(snapshot_download(**wanted), subfolder or "")
            except (OSError, ValueError):
                pass
        files = {file: folder / file for file in FILES if (folder / file).is_file()}
    if "tokenizer.json" not in files and not {"vocab.json", "merges.txt"} <= set(files):
        raise OSError(f"no tokenizer in {where}: looked for vocab.json and merges.txt, or "
                      f"tokenizer.json, and found {', '.join(files) or 'none of them'}{reason}")
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
    """That of the allowed values which `value` is, also as a string or truth value of NumPy."""
    value = plain(value)
    for choice in allowed:
        if value is choice or isinstance(value, str) and value == choice:
            return choice
    raise ValueError(f"{name} should be one of {', '.join(map(repr, allowed))}, not {value!r:.99}")


def check_flags(**flags):
    """ValueError unless each is true or false, as a 0 or 1 is, or None; a string is neither."""
    for name, value in flags.items():
        if type(value) is not bool and (isinstance(value, str)
                                        or plain(value) not in (False, True, None)):
            raise ValueError(f"{name} should be true or false, not {value!r:.99}")


def row_of_ids(ids, name):
    """A row of token ids, a list or an array, or one id alone, as a list of ints."""
    ids = ids.tolist() if hasattr(ids, "tolist") else ids  # an array or number, of any library
    if isinstance(ids, int):
        ids = [ids]
    if not isinstance(ids, (list, tuple, range)):
        raise ValueError(f"{name} should be a list of token ids, or one, not {ids!r:.99}")
    if any(isinstance(id, (list, tuple)) for id in ids):
        raise ValueError(f"{name} should be one row of token ids; batch_decode takes several")
    return [whole_number(id, "a token id (labels use -100 for what to ignore: leave those out)")
            for id in ids]


def as_lists(value):
    """`value` with lists for arrays and tuples, and Python's numbers for those of NumPy."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, (list, tuple)):
        return [entry if type(entry) is int else as_lists(entry) for entry in value]
    return value


# ---- settings of the tokenizer: each check returns the value as it is kept ----

def true_or_false(value, name):
    return one_of(value, (False, True), name)


def side(value, name):
    return one_of(value, ("right", "left"), name)


def error_handler(value, name):
    try:
        codecs.lookup_error(value)
    except (LookupError, TypeError):
        raise ValueError(f"{name} should be a way to treat errors that bytes.decode knows, such "
                         f"as 'replace', not {value!r:.99}") from None
    return plain(value)


def number_of_tokens(value, name):
    value = plain(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
        raise ValueError(f"{name} should be a number of tokens, not {value!r:.99}")
    return min(value, NO_MAX_LENGTH)  # JSON knows no infinity


def input_names(value, name):
    if (not isinstance(value, (list, tuple)) or not value
            or not all(isinstance(column, str) for column in value)):
        raise ValueError(f"{name} should be a list of names, not {value!r:.99}")
    return [plain(column) for column in value]


CHECKS = {
    "errors": error_handler,
    "add_prefix_space": true_or_false,
    "trim_offsets": true_or_false,
    "model_max_length": number_of_tokens,
    "padding_side": side,
    "truncation_side": side,
    "clean_up_tokenization_spaces": true_or_false,
    "model_input_names": input_names,
    "pad_token_type_id": whole_number,
}


def one_sample(text, text_pair, split):
    """(text, pair or None) of the arguments of a method that takes no batch; a list of two texts
    is a pair, and an empty pair is none. split: texts are lists of words. ValueError for anything
    else."""
    text, text_pair = as_lists(text), as_lists(text_pair) or None

    def is_text(value):
        if split:
            return isinstance(value, list) and all(isinstance(word, str) for word in value)
        return isinstance(value, str)

    if text_pair is None and isinstance(text, list) and len(text) == 2 and all(map(is_text, text)):
        return text
    if not is_text(text) or text_pair is not None and not is_text(text_pair):
        raise ValueError(f"text should be {'a list of words' if split else 'a string'}, or a list "
                         f"of two, a pair, not {text!r:.99}" + (
                             f" with the pair {text_pair!r:.99}" if text_pair is not None else "")
                         + "; the tokenizer itself takes several: tokenizer(text)")
    return text, text_pair


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


class LEDTokenizer:
    """Text to ids and back. Made by from_pretrained, by train, or of the paths of its files.

    vocab_file, merges_file: paths of vocab.json and merges.txt, or what they hold, {token: id} and
    [(left, right), ...]; or else tokenizer_file: the path of a tokenizer.json, which has both.
    errors: what decode does with bytes that are not UTF-8, as in bytes.decode. The special tokens
    are strings or AddedToken (as a string, mask_token takes the white space before it along) and,
    where the vocabulary lacks them, added to it. add_prefix_space: puts a space before each text,
    so that its first word is like any other. trim_offsets: leaves the space before a word out of
    its offsets. extra_special_tokens: special tokens with names of their own, {"image_token":
    "<image>"}. added_tokens_decoder: further tokens, {id: AddedToken}; those that the vocabulary
    lacks are numbered on behind it in the order of their ids. model_max_length: what
    truncation=True and padding="max_length" mean where no max_length is given.

    The settings are attributes, which may be set, and so are the special tokens by name and, with
    "_id" behind the name, their ids: tokenizer.pad_token = tokenizer.eos_token. That names a token
    but adds none: `add_special_tokens` does both.
    ValueError where anything does not fit, OSError if a file cannot be read.
    (Reference: LEDTokenizerFast of transformers 4.34.)
    """

    is_fast = True
    pad_token_type_id = 0
    extra_names = ()  # of extra_special_tokens

    def __init__(self, vocab_file=None, merges_file=None, tokenizer_file=None, errors="replace",
                 bos_token="<s>", eos_token="</s>", sep_token="</s>", cls_token="<s>",
                 unk_token="<unk>", pad_token="<pad>", mask_token="<mask>",
                 add_prefix_space=False, trim_offsets=True, additional_special_tokens=(),
                 added_tokens_decoder=None, model_max_length=NO_MAX_LENGTH,
                 padding_side="right", truncation_side="right",
                 clean_up_tokenization_spaces=True,
                 model_input_names=("input_ids", "attention_mask"), extra_special_tokens=None):
        self.errors = errors
        self.add_prefix_space = add_prefix_space
        self.trim_offsets = trim_offsets
        self.model_max_length = model_max_length
        self.padding_side = padding_side
        self.truncation_side = truncation_side
        self.clean_up_tokenization_spaces = clean_up_tokenization_spaces
        self.model_input_names = model_input_names

        added = {}
        if tokenizer_file is not None:
            vocab, merges, added = read_tokenizer_json(tokenizer_file)
            vocab_name = merges_name = str(tokenizer_file)
        elif vocab_file is None or merges_file is None:
            raise ValueError("vocab_file and merges_file should be given, or tokenizer_file")
        else:
            vocab, vocab_name = vocab_file, "the vocabulary"
            if isinstance(vocab_file, dict):
                vocab = {plain(token): plain(id) for token, id in vocab_file.items()}
            else:
                vocab, vocab_name = read_json(vocab_file), str(vocab_file)
            merges, merges_name = merges_file, "the list of merges"
            if not isinstance(merges_file, (list, tuple)):
                merges, merges_name = read_merges(merges_file), str(merges_file)
        self.ranks = check_model(vocab, merges, vocab_name, merges_name)
        self.encoder = dict(vocab)                                 # {token: id}
        self.decoder = {id: token for token, id in vocab.items()}  # {id: token}, with the added
        self.added = {}                                            # {content: (id, AddedToken)}
        self.special = set()           # contents: once special, a token always is
        self.next_id = max(self.decoder) + 1
        self.known_matchers = None     # `matchers` and `cache`, made when they are needed
        self.known_cache = None

        listed = added_tokens_decoder or {}
        if not isinstance(listed, dict):
            raise ValueError("added_tokens_decoder should be a dict of ids and tokens, not "
                             f"{listed!r:.99}")
        listed = {whole_number(id, "each id of added_tokens_decoder"): token
                  for id, token in listed.items()}
        self.add_listed_tokens(added, {id: listed[id] for id in sorted(listed)})
        self.add_named_tokens({
            "bos_token": bos_token, "eos_token": eos_token, "unk_token": unk_token,
            "sep_token": sep_token, "pad_token": pad_token, "cls_token": cls_token,
            "mask_token": mask_token}, additional_special_tokens, extra_special_tokens or {})

    def add_listed_tokens(self, *lists):
        """Registers tokens that files list under their ids, dicts {id: AddedToken}.

        As in the reference, those that the vocabulary lacks get the ids that follow it, without
        holes, in the order of the lists.
        """
        listed, moved = {}, {}
        for id, token in itertools.chain.from_iterable(tokens.items() for tokens in lists):
            token = as_token(token, "each of added_tokens_decoder")
            content = token.content
            known = self.encoder.get(content, listed.setdefault(content, id))
            owner = self.decoder.get(id)
            if known != id:
                raise ValueError(f"the added token {content!r:.99} has the id {known} in the "
                                 f"vocabulary, but {id} where it is listed")
            if not 0 <= id <= MAX_ID or owner in self.encoder and owner != content:
                raise ValueError(f"the added token {content!r:.99} cannot have the id {id}, which "
                                 + (f"is that of {owner!r:.99}" if owner else "is no id"))
            self.register(token)
            if self.added[content][0] != id:
                moved[content] = id
        if moved:
            content, id = next(iter(moved.items()))
            warnings.warn(f"added tokens get the ids that follow the vocabulary, as in the "
                          f"reference: {content!r:.99} has {self.added[content][0]} and not {id}, "
                          f"where it is listed ({len(moved)} such tokens)", stacklevel=4)

    def add_named_tokens(self, named, additional, extra):
        """Registers the special tokens of the constructor and makes their names attributes."""
        if isinstance(extra, (list, tuple)) and isinstance(additional, (list, tuple, type(None))):
            additional, extra = [*(additional or ()), *extra], {}  # the list's name in 5
        if not isinstance(extra, dict):
            raise ValueError("extra_special_tokens should be a dict of names and tokens, or a "
                             f"list, not {extra!r:.99}")
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
        self.additional_special_tokens = additional
        for token in additional or ():
            # The reference's choice: such a token takes the white space around it along.
            note(token, "additional_special_tokens", lstrip=True, rstrip=True, normalized=False)
        for name in extra:
            if (not isinstance(name, str) or not name.isidentifier() or name.endswith("_id")
                    or hasattr(self, name)):
                raise ValueError("extra_special_tokens should have names that can be attributes, "
                                 f"are none yet and of no ids, not {name!r:.99}")
        self.extra_names = tuple(extra)
        for name, token in extra.items():
            setattr(self, name, note(token, name, normalized=False))
        for token in special.values():
            self.register(token)

    # ---- settings ----

    @property
    def special_names(self):
        """The attributes that are special tokens."""
        return *SPECIAL_TOKENS, *self.extra_names

    @property
    def extra_special_tokens(self):
        """{name: token} of the special tokens that have names of their own."""
        return {name: getattr(self, name) for name in self.extra_names}

    def __setattr__(self, name, value):
        """Checks settings and special tokens. What is set to an id becomes the token of that id."""
        token_name = name.removesuffix("_id")
        if token_name in self.special_names:
            if name != token_name and value is not None:
                value = self.token_of_id(value, name)
            name = token_name
            value = None if value is None else as_token(value, name).content
        elif name in CHECKS:
            value = CHECKS[name](value, name)
        object.__setattr__(self, name, value)

    def __getattr__(self, name):
        """The id of a special token, as in pad_token_id; None where the token is None."""
        token_name = name.removesuffix("_id")
        if token_name == name or token_name not in self.special_names:
            raise AttributeError(f"LEDTokenizer has no attribute {name!r}")
        return self.convert_tokens_to_ids(getattr(self, token_name))

    def token_of_id(self, id, name):
        """The token that has this id. name: for the message."""
        id = whole_number(plain(id), name)
        if id not in self.decoder:
            raise ValueError(f"{name} should be the id of a token, not {id!r:.99}")
        return self.decoder[id]

    @property
    def additional_special_tokens(self):
        """The special tokens that have no name, a list. Setting it to None empties it."""
        return list(self.additional)

    @additional_special_tokens.setter
    def additional_special_tokens(self, tokens):
        tokens = [] if tokens is None else tokens
        if not isinstance(tokens, (list, tuple)):
            raise ValueError("additional_special_tokens should be a list of strings or AddedToken, "
                             f"not {tokens!r:.99}")
        self.additional = dict.fromkeys(  # a dict, to keep order and drop repeats
            as_token(token, "each of additional_special_tokens").content for token in tokens)

    @property
    def additional_special_tokens_ids(self):
        """The ids of additional_special_tokens, a list."""
        return self.convert_tokens_to_ids(self.additional_special_tokens)

    @additional_special_tokens_ids.setter
    def additional_special_tokens_ids(self, ids):
        self.additional_special_tokens = [
            self.token_of_id(id, "each of additional_special_tokens_ids") for id in ids]

    # ---- vocabulary ----

    def register(self, token):
        """Makes an AddedToken known; True if it is new, or its flags are.

        A token of the vocabulary keeps its id; others are numbered on behind the vocabulary.
        """
        content = token.content
        id, old = self.added.get(content, (self.encoder.get(content, self.next_id), None))
        if token.normalized is None:
            token = replace(token, normalized=not token.special)
        if token.special:
            self.special.add(content)
        self.added[content] = id, token
        self.decoder[id] = content
        self.next_id = max(self.next_id, id + 1)
        self.known_matchers = None
        return token != old

    @property
    def matchers(self):
        """The Matcher of the added tokens that are not normalized, and that of the others."""
        if self.known_matchers is None:
            first, then = {}, {}
            for content, entry in self.added.items():
                (then if entry[1].normalized else first)[content] = entry
            self.known_matchers = [Matcher(tokens) for tokens in (first, then) if tokens]
        return self.known_matchers

    @property
    def cache(self):
        """The PretokenCache."""
        unknown = self.convert_tokens_to_ids(self.unk_token)
        if self.known_cache is None or self.known_cache.unknown != unknown:
            self.known_cache = PretokenCache(self.encoder, self.ranks, unknown)
        return self.known_cache

    def add_tokens(self, new_tokens, special_tokens=False):
        """Adds a string or AddedToken, or a list of them; returns how many are new or changed.

        They are found in the text before anything else. A model that is to use them needs
        embeddings for them: as many as `len(tokenizer)`.
        """
        if isinstance(new_tokens, (str, AddedToken)):
            new_tokens = [new_tokens]
        if not isinstance(new_tokens, (list, tuple)):
            raise ValueError("new_tokens should be a string, an AddedToken or a list of them, not "
                             f"{new_tokens!r:.99}")
        check_flags(special_tokens=special_tokens)
        tokens = [as_token(token, "each of new_tokens") for token in new_tokens]
        if special_tokens:
            tokens = [replace(token, special=True) for token in tokens]
        return sum([self.register(token) for token in tokens])

    def add_special_tokens(self, special_tokens_dict, replace_additional_special_tokens=False):
        """Adds special tokens under their names, {"pad_token": "[PAD]"} or the like, and returns
        how many are new or changed. Under "additional_special_tokens" stands a list of further
        ones, which extends that of before, or takes its place. (In the reference, it extends it
        always, whatever the argument says.)

        As in the reference, a token given as a string takes the white space on both sides along.
        """
        check_flags(replace_additional_special_tokens=replace_additional_special_tokens)
        tokens = {}
        for name, value in special_tokens_dict.items():
            one_of(name, (*self.special_names, "additional_special_tokens"),
                   "a name of special tokens")
            several = name == "additional_special_tokens"
            if several and not isinstance(value, (list, tuple)):
                raise ValueError(f"{name} should be a list, not {value!r:.99}")
            tokens[name] = [as_token(token, name, lstrip=True, rstrip=True)
                            for token in (value if several else [value])]
        for name, new in tokens.items():
            if name != "additional_special_tokens":
                setattr(self, name, new[0])
            elif replace_additional_special_tokens:
                self.additional_special_tokens = new
            else:
                self.additional.update(dict.fromkeys(token.content for token in new))
        return self.add_tokens([token for new in tokens.values() for token in new],
                               special_tokens=True)

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

    vocab = property(get_vocab)

    def get_added_vocab(self):
        """{token: id} of the added tokens, to which the special ones belong, in order of ids."""
        return {token.content: id for id, token in self.added_tokens_decoder.items()}

    added_tokens_encoder = property(get_added_vocab)

    @property
    def added_tokens_decoder(self):
        """{id: AddedToken} of the added tokens, to which the special ones belong."""
        return {id: replace(token, special=token.content in self.special)
                for id, token in sorted(self.added.values(), key=lambda entry: entry[0])}

    @property
    def special_tokens_map(self):
        """{"bos_token": "<s>", ...}: the special tokens by name."""
        names = {name: getattr(self, name) for name in self.special_names}
        names["additional_special_tokens"] = list(self.additional_special_tokens)
        return {name: value for name, value in names.items() if value}

    @property
    def all_special_tokens(self):
        """The special tokens, each once."""
        named = [getattr(self, name) for name in self.special_names]
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
                 return_offsets_mapping=False, return_length=False, verbose=True,
                 padding_side=None):
        """A text, or a list of them, as a BatchEncoding of input_ids and attention_mask.

        text, text_pair: a string or a list of strings; with is_split_into_words, a list of words
        or a list of such lists. text_target: the same, of which input_ids become "labels".
        add_special_tokens: <s> A </s>, or <s> A </s></s> B </s>.
        padding: True or "longest" for the longest of the batch, "max_length", or False; on
        padding_side, or the tokenizer's if that is None, and rounded up to pad_to_multiple_of.
        truncation: True or "longest_first" takes from the longer of a pair, "only_first",
        "only_second", or False; on truncation_side. max_length alone truncates as well. A
        max_length that has no room for the special tokens is not kept: nothing is cut.
        return_overflowing_tokens: what is cut off makes further rows, which overlap by `stride`
        tokens; overflow_to_sample_mapping tells which text each row is of.
        return_tensors: "np" for int64 arrays (rows, tokens), None for lists.
        The other return_...: whether to add token_type_ids, attention_mask, special_tokens_mask,
        offset_mapping (in characters), length. ValueError for what cannot be had.
        """
        for name, value, pair in (("text", text, text_pair),
                                  ("text_target", text_target, text_pair_target)):
            if value is None and pair is not None:
                raise ValueError(f"a pair is given of {name}, but no {name}")
        if text is None and text_target is None:
            raise ValueError("text or text_target should be given")
        check_flags(add_special_tokens=add_special_tokens, is_split_into_words=is_split_into_words,
                    return_token_type_ids=return_token_type_ids,
                    return_attention_mask=return_attention_mask,
                    return_overflowing_tokens=return_overflowing_tokens,
                    return_special_tokens_mask=return_special_tokens_mask,
                    return_offsets_mapping=return_offsets_mapping, return_length=return_length,
                    verbose=verbose)
        one_of(return_tensors, (None, "np"), "return_tensors")
        padding_side = self.padding_side if padding_side is None else side(padding_side,
                                                                           "padding_side")
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
                                         stride, return_overflowing_tokens, padding_side)
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
            if return_tensors is not None:
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

    def encode_plus(self, text, text_pair=None, add_special_tokens=True, padding=False,
                    truncation=None, max_length=None, stride=0, is_split_into_words=False,
                    **options):
        """One text or pair as a BatchEncoding: a list of two texts is a pair here, no batch of two.

        ValueError for a batch, which `__call__` takes, as it does all other options.
        """
        text, text_pair = one_sample(text, text_pair, is_split_into_words)
        return self(text, text_pair, None, None, add_special_tokens, padding, truncation,
                    max_length, stride, is_split_into_words, **options)

    def batch_encode_plus(self, batch_text_or_text_pairs, *arguments, **options):
        """A list of texts, or of pairs of them, as a BatchEncoding. Options are those of a call."""
        batch, split = batch_text_or_text_pairs, options.get("is_split_into_words", False)
        if not isinstance(batch, (list, tuple)) or not batch or split and any(
                isinstance(text, str) for text in batch):
            raise ValueError("batch_text_or_text_pairs should be a list of texts or of pairs, not "
                             f"{batch!r:.99}")
        return self(batch, None, None, None, *arguments, **options)

    def wants(self, name, asked):
        """Whether a column is returned: as asked, or else if it is among model_input_names."""
        return name in self.model_input_names if asked is None else asked

    def plan(self, padding, truncation, max_length, pad_to_multiple_of, verbose):
        """The options of __call__ in short: padding None, "longest" or "max_length", truncation
        None or a strategy, and max_length in numbers where one of them needs it."""
        padding = one_of(padding, (False, True, None, "longest", "max_length", "do_not_pad"),
                         "padding")
        truncation = one_of(truncation, (None, False, True, "longest_first", "only_first",
                                         "only_second", "do_not_truncate"), "truncation")
        if max_length is not None:
            max_length = whole_number(max_length, "max_length")
        if pad_to_multiple_of is not None:
            pad_to_multiple_of = whole_number(pad_to_multiple_of, "pad_to_multiple_of", least=1)
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

    def encode_sample(self, sample, add_special_tokens, truncation, max_length, stride, overflow,
                      padding_side):
        """The rows, a list of Encoding, of a text or pair: `sample` is a list of one or two."""
        frame = Frame(*[(self.convert_tokens_to_ids(token), token)
                        for token in (self.cls_token, self.sep_token, self.pad_token)],
                      bool(add_special_tokens), padding_side, self.trim_offsets,
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

    def encode(self, text, text_pair=None, add_special_tokens=True, padding=False,
               truncation=None, max_length=None, stride=0, return_tensors=None, **options):
        """The input_ids of one text or pair. Options are those of a call."""
        return self.encode_plus(text, text_pair, add_special_tokens, padding, truncation,
                                max_length, stride, return_tensors=return_tensors,
                                **options)["input_ids"]

    def tokenize(self, text, pair=None, add_special_tokens=False, **options):
        """The tokens of one text or pair as strings of symbols. Options are those of a call."""
        return self.encode_plus(text, pair, add_special_tokens, **options).tokens()

    def num_special_tokens_to_add(self, pair=False):
        """How many special tokens surround a text, or a pair of texts."""
        return 4 if pair else 2

    def build_inputs_with_special_tokens(self, token_ids_0, token_ids_1=None):
        """<s> A </s>, or <s> A </s></s> B </s>, of lists of ids."""
        ids = [self.cls_token_id, *row_of_ids(token_ids_0, "token_ids_0"), self.sep_token_id]
        if token_ids_1 is not None:
            ids += [self.sep_token_id, *row_of_ids(token_ids_1, "token_ids_1"), self.sep_token_id]
        return ids

    def create_token_type_ids_from_sequences(self, token_ids_0, token_ids_1=None):
        """The token types of `build_inputs_with_special_tokens`: LED has none, so zeros."""
        return [0] * len(self.build_inputs_with_special_tokens(token_ids_0, token_ids_1))

    def get_special_tokens_mask(self, token_ids_0, token_ids_1=None,
                                already_has_special_tokens=False):
        """1 where `build_inputs_with_special_tokens` puts a special token, 0 elsewhere; or, with
        already_has_special_tokens, 1 where token_ids_0 itself has any special token."""
        check_flags(already_has_special_tokens=already_has_special_tokens)
        token_ids_0 = row_of_ids(token_ids_0, "token_ids_0")
        if already_has_special_tokens:
            if token_ids_1 is not None:
                raise ValueError("token_ids_1 should be None with already_has_special_tokens: the "
                                 "pair is in token_ids_0 already")
            special = set(self.all_special_ids)
            return [1 if id in special else 0 for id in token_ids_0]
        mask = [1, *[0] * len(token_ids_0), 1]
        if token_ids_1 is not None:
            mask += [1, *[0] * len(row_of_ids(token_ids_1, "token_ids_1")), 1]
        return mask

    # ---- padding ----

    def pad(self, encoded_inputs, padding=True, max_length=None, pad_to_multiple_of=None,
            return_attention_mask=None, return_tensors=None, verbose=True, padding_side=None):
        """Pads what is encoded already: {"input_ids": ...} of one row or of a list of rows, or a
        list of such, each of one row. Returns a BatchEncoding.

        input_ids, attention_mask, token_type_ids and special_tokens_mask are padded, and
        global_attention_mask with -1 (0 would mean "local", not "padding"; the model takes -1 for
        masked). Other entries stay as they are. Options as in a call.
        """
        one_of(return_tensors, (None, "np"), "return_tensors")
        check_flags(return_attention_mask=return_attention_mask, verbose=verbose)
        padding_side = self.padding_side if padding_side is None else side(padding_side,
                                                                           "padding_side")
        if isinstance(encoded_inputs, (list, tuple)):
            if not encoded_inputs or not all(isinstance(row, Mapping) for row in encoded_inputs):
                raise ValueError("encoded_inputs should be a dict, or a list of at least one dict")
            missing = [key for key in encoded_inputs[0] if any(key not in row
                                                               for row in encoded_inputs)]
            if missing:
                raise ValueError(f"not all of encoded_inputs have {', '.join(missing)}")
            encoded_inputs = {key: [row[key] for row in encoded_inputs]
                              for key in encoded_inputs[0]}
        main = self.model_input_names[0]
        if not isinstance(encoded_inputs, Mapping) or main not in encoded_inputs:
            found = list(encoded_inputs) if isinstance(encoded_inputs, Mapping) else encoded_inputs
            raise ValueError(f"encoded_inputs should be a dict with {main}, or a list of such, "
                             f"not {found!r:.99}")
        columns = {}
        for key, value in encoded_inputs.items():
            # Arrays, of any library, are padded as lists and come out as arrays.
            first = value[0] if isinstance(value, (list, tuple)) and value else value
            if getattr(first, "ndim", 0):
                return_tensors = "np"
            columns[key] = as_lists(value)
        padding, _, max_length = self.plan(padding, False, max_length, pad_to_multiple_of, verbose)
        single = not columns[main] or not isinstance(columns[main][0], (list, tuple))
        if single:
            columns = {key: [value] for key, value in columns.items()}
        rows = columns[main]
        for key, value in columns.items():
            if not isinstance(value, list) or len(value) != len(rows):
                raise ValueError(f"{key} should be a list of {len(rows)}, one entry for each row "
                                 f"of {main}, not {value!r:.99}")

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
            columns[key] = [[*row, *more] if padding_side == "right" else [*more, *row]
                            for row, more in zip(columns[key], fill)]
        if single:
            columns = {key: value[0] for key, value in columns.items()}
        return BatchEncoding(to_arrays(columns) if return_tensors else columns)

    # ---- ids to text ----

    def convert_tokens_to_ids(self, tokens):
        """The id of a token, or the list of those of a list; that of unk_token if it is unknown."""
        if tokens is None:
            return None
        if isinstance(tokens, str):
            for token in (tokens, self.unk_token):
                if token in self.encoder:
                    return self.encoder[token]
                if token in self.added:
                    return self.added[token][0]
            return None
        if not isinstance(tokens, (list, tuple, np.ndarray)) or not all(
                [isinstance(token, str) for token in tokens]):
            raise ValueError(f"tokens should be a string or a list of strings, not {tokens!r:.99}")
        return [self.convert_tokens_to_ids(token) for token in tokens]

    def convert_ids_to_tokens(self, ids, skip_special_tokens=False):
        """The token of an id, or the list of those of a list; None for an id that there is not."""
        if isinstance(plain(ids), int):
            return self.decoder.get(row_of_ids(ids, "ids")[0])
        ids = row_of_ids(ids, "ids")
        check_flags(skip_special_tokens=skip_special_tokens)
        if skip_special_tokens:
            special = set(self.all_special_ids)
            ids = [id for id in ids if id not in special]
        return [self.decoder.get(id) for id in ids]

    def convert_tokens_to_string(self, tokens):
        """The text of a list of tokens. What is not UTF-8 is treated as `errors` says."""
        data = bytearray()
        for token in [tokens] if isinstance(plain(tokens), (str, int)) else tokens:
            if not isinstance(token, str):
                raise ValueError(f"tokens should be a list of strings, not {tokens!r:.99}")
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
        check_flags(skip_special_tokens=skip_special_tokens,
                    clean_up_tokenization_spaces=clean_up_tokenization_spaces)
        tokens = []
        for id in row_of_ids(token_ids, "token_ids"):
            token = self.decoder.get(id)
            if token is None or skip_special_tokens and token in self.special:
                continue
            tokens.append(token)
        text = self.convert_tokens_to_string(tokens)
        if clean_up_tokenization_spaces is None:
            clean_up_tokenization_spaces = self.clean_up_tokenization_spaces
        return self.clean_up_tokenization(text) if clean_up_tokenization_spaces else text

    def batch_decode(self, sequences, skip_special_tokens=False, clean_up_tokenization_spaces=None):
        """The texts of several rows of ids, a list."""
        try:
            rows = list(sequences)
        except TypeError:
            raise ValueError("sequences should be a list of rows of ids, not "
                             f"{sequences!r:.99}") from None
        return [self.decode(row, skip_special_tokens, clean_up_tokenization_spaces) for row in rows]

    @staticmethod
    def clean_up_tokenization(text):
        """The text without the spaces that a word-by-word tokenization of English puts in."""
        for spaced in (" .", " ?", " !", " ,", " ' ", " n't", " 'm", " 's", " 've", " 're"):
            text = text.replace(spaced, spaced.strip())
        return text

    # ---- files ----

    @classmethod
    def from_pretrained(cls, folder_or_hub_name, revision=None, cache_dir=None,
                        local_files_only=False, token=None, force_download=False, subfolder=None,
                        use_fast=True, **settings):
        """The tokenizer of a folder or of a model on huggingface.co.

        Read are tokenizer.json, or else vocab.json and merges.txt; and, where they are there,
        tokenizer_config.json, special_tokens_map.json and added_tokens.json. `settings` are those
        of the constructor, and hold over what the files say. revision: a branch, tag or commit.
        cache_dir, local_files_only, token, force_download: as in huggingface_hub.snapshot_download;
        a folder needs none of them. subfolder: where in the folder or the repository the files are.
        OSError if there is nothing to read, ValueError if it cannot be understood.
        """
        unknown = [name for name in settings if name not in SPECIAL_TOKENS + SETTINGS]
        if unknown:
            raise ValueError(f"from_pretrained has no argument {', '.join(unknown)}")
        check_flags(local_files_only=local_files_only, force_download=force_download)
        if use_fast is not True:
            raise ValueError("use_fast should be True: ids and offsets here are those of the fast "
                             f"tokenizer, not {use_fast!r:.99}")
        files = find_files(folder_or_hub_name, subfolder, revision=revision, cache_dir=cache_dir,
                           local_files_only=local_files_only, token=token,
                           force_download=force_download)
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
                              if name in SPECIAL_TOKENS
                              or name == "additional_special_tokens" and value})
            if "added_tokens.json" in files:
                added = read_json(files["added_tokens.json"])
                check_ids(added, files["added_tokens.json"])
                # It does not say how a token is found; these are the flags it would get by name.
                stripped = {token for token in saved.get("additional_special_tokens", ())
                            if isinstance(token, str)}
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

    def save_pretrained(self, save_directory, legacy_format=None, filename_prefix=None,
                        push_to_hub=False):
        """Writes the tokenizer into a folder, which is made if need be: vocab.json, merges.txt,
        tokenizer.json, tokenizer_config.json and special_tokens_map.json; returns their paths.

        from_pretrained reads them back, of this class and of transformers, 4.34 and 5 alike.
        legacy_format: True for no tokenizer.json, False for no vocab.json and merges.txt.
        filename_prefix: what the names of the files begin with, and a "-"; take it away to load
        them. push_to_hub: False, as nothing is uploaded here.
        """
        legacy_format = one_of(legacy_format, (None, False, True), "legacy_format")
        one_of(push_to_hub, (False,), "push_to_hub")
        os.makedirs(save_directory, exist_ok=True)
        prefix = f"{filename_prefix}-" if filename_prefix else ""
        paths = {name: os.path.join(save_directory, prefix + name) for name in FILES}
        added = {token.content: asdict(token) for token in self.added_tokens_decoder.values()}
        named = {name: added.get(token, token) for name, token in self.special_tokens_map.items()
                 if name != "additional_special_tokens"}
        if self.additional_special_tokens:
            named["additional_special_tokens"] = list(self.additional_special_tokens)
        write_json(paths["special_tokens_map.json"], named)
        write_json(paths["tokenizer_config.json"], {
            "tokenizer_class": "LEDTokenizer",
            "added_tokens_decoder": {str(id): asdict(token)
                                     for id, token in self.added_tokens_decoder.items()},
            **{name: getattr(self, name) for name in self.special_names},
            **{name: getattr(self, name) for name in SETTINGS if name != "added_tokens_decoder"},
            "extra_special_tokens": {
                name: {"__type": "AddedToken", **added[token]} if token in added else token
                for name, token in self.extra_special_tokens.items()},
        })
        written = {"special_tokens_map.json", "tokenizer_config.json"}
        if legacy_format is not False:
            self.save_vocabulary(save_directory, filename_prefix)
            written |= {"vocab.json", "merges.txt"}
        if legacy_format is not True:
            self.save_tokenizer_json(paths["tokenizer.json"])
            written.add("tokenizer.json")
        return tuple(paths[name] for name in FILES if name in written)

    def save_tokenizer_json(self, path):
        """Writes the whole tokenizer into one file, as the tokenizers library reads it."""
        write_json(path, {
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
        if isinstance(texts, str) or not isinstance(texts, Iterable):
            found = "one string" if isinstance(texts, str) else f"{texts!r:.99}"
            raise ValueError(f"texts should be a list of strings, not {found}")
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


def run_command(arguments):
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
    return exit_status("bpe.py", run_command, arguments)


if __name__ == "__main__":
    sys.exit(main())
