"""The tokenizer of LED: byte-level BPE, from text to token ids and back.

    tokenizer = LEDTokenizer.from_pretrained("allenai/led-base-16384")   # or a folder
    tokenizer("Hello world")["input_ids"]                                # [0, 31414, 232, 2]
    tokenizer.decode([31414, 232])                                       # "Hello world"
    $ python bpe.py "Hello world"                                        # shows every merge

A text becomes ids in four steps. This file has them from the inside out: 3, 2, 4, 1.
  1. Added tokens that stand in the text, such as `</s>` or `<mask>`, are cut out: `Matcher`.
  2. What is between them is cut by one regular expression into pre-tokens, about one per word, each
     with the space before it: `PRETOKEN`. No token crosses from one pre-token to the next.
  3. Each pre-token is written as UTF-8 bytes, every byte as one printable character, so that any
     text whatsoever can be encoded and nothing is lost: `to_symbols`.
  4. Neighbouring symbols are merged, the best-ranked pair first, until no pair of the merge list is
     left: `merge`. Each symbol then is a token of the vocabulary. `learn_merges` makes such a list.
What is made of the ids, rows that are cut to length, with `<s>` and `</s>` around one text or two,
and padded, is the same for all tokenizers of transformers: led_support/encoding.py.

Ids, offsets and options are those of LEDTokenizerFast in transformers 4.34, and under that name,
too, the class is found. Different on purpose, where the reference loses something without a word:
  - a byte that the vocabulary lacks becomes `<unk>`; there it vanishes (the official one has all);
  - an added token decodes to its own text; there the é of an added `<é>` decodes to U+FFFD;
  - added tokens are saved with their flags; there some special ones lose them on the way;
  - a cls_token or sep_token that is set later surrounds the texts; there the first one goes on to
    (what was saved there after that is loaded as there, with a warning);
  - additional_special_tokens that are set take the place of those before; there they follow them;
  - a merges.txt keeps its first line if that is a merge, and its last; there both may be lost;
  - rows of unequal length are no arrays: return_tensors="np" without padding is an error.
transformers 5.23 differs from 4.34: decoding does not clean up spaces, special tokens named by a
plain string keep the spaces around them, lone surrogates are refused, `encode` takes a batch where
4.34 takes a pair, and `pad` forgets global_attention_mask. The letters and digits are those of the
Unicode version that the `regex` module has; in characters younger than a tokenizers library, it may
cut elsewhere.

Not here: chat templates, prepare_for_model and prepare_seq2seq_batch, train_new_from_iterator (see
`train`), truncate_sequences, push_to_hub, and what belongs to slow tokenizers.
"""

import heapq
import itertools
import json
import os
import re
import sys
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

# Before the others: with the first of these begins that Ctrl-C ends a command in one line.
from led_support.encoding import (
    MAX_ID, AddedToken, BatchEncoding, CharSpan, Encoding, PreTrainedTokenizerBase, TokenizerFile,
    TokenSpan, as_token, check_flags, check_ids, is_utf8, read_tokenizer_json, row_of_ids,
    whole_number)
from led_support.files import (check_flag, check_type, exit_status, expect, plain, read_input,
                               read_json, read_text, write_file)

import numpy as np
import regex

__all__ = ["LEDTokenizer", "LEDTokenizerFast", "AddedToken", "BatchEncoding", "Encoding",
           "CharSpan", "TokenSpan", "PRETOKEN", "BYTE_TO_SYMBOL", "SYMBOL_TO_BYTE", "to_symbols",
           "merge", "learn_merges"]

# ------------------------------------------------------------------------------------------------
# The alphabet: bytes as characters
# ------------------------------------------------------------------------------------------------

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
# Pre-tokens
# ------------------------------------------------------------------------------------------------

# Contractions; letters, numbers, or other characters with at most one space before them; white
# space. `\s+(?!\S)` leaves the last space of a run to the word that follows it. \s is Unicode's
# White_Space, to which U+001C to U+001F do not belong, though Python's own `re` thinks they do.
PRETOKEN = regex.compile(
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")


# ------------------------------------------------------------------------------------------------
# Merging
# ------------------------------------------------------------------------------------------------

def merge(symbols, ranks, on_merge=None):
    """The tokens that a pre-token's symbols merge into, a list of strings.

    Of all pairs of neighbours that `ranks` {(left, right): rank} knows, the one of the lowest rank
    merges, the leftmost first where it stands several times, and so on until none is left:
    merge("hello", {("l", "l"): 0, ("h", "e"): 1, ("he", "ll"): 2}) -> ["hell", "o"].
    `on_merge(rank, tokens)` is called after each, with a list that stays as it is then.

    To look for the best pair anew after each merge would be simpler, and quicker for most words
    (4.6 microseconds instead of 6.2, over a page of English); but it takes n squared steps, and a
    line of a million letters is a word, too. The queue takes n log n.
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
        # The new token has new neighbours.
        for left, right in ((before[place], place), (place, after)):
            if left >= 0 and right < end and (tokens[left], tokens[right]) in ranks:
                heapq.heappush(queue, (ranks[tokens[left], tokens[right]], left))
        if on_merge:
            on_merge(rank, [token for token in tokens if token])
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


def pair_statistics(words, frequencies):
    """{pair: how often it occurs} and {pair: the indices of the words that hold it}: only these
    change when it merges."""
    pair_counts = Counter()
    places = defaultdict(set)
    for index, word in enumerate(words):
        for pair in zip(word, word[1:]):
            pair_counts[pair] += frequencies[index]
            places[pair].add(index)
    return pair_counts, places


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

    pair_counts, places = pair_statistics(words, frequencies)

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
# Added tokens: found in the text before anything else
# ------------------------------------------------------------------------------------------------

# White_Space of Unicode, and letters, digits, marks and underscores
WHITE_SPACE = ("\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
               "\u2009\u200a\u2028\u2029\u202f\u205f\u3000")
WORD_CHARACTER = regex.compile(r"\w")

MAX_BRANCHES = 64  # alternatives side by side in a regular expression of added tokens, ...
MAX_NESTING = 20   # ... and groups within groups: Python's `re` bears some hundred


class Piece(NamedTuple):
    """text[start:stop]: the added token `id` and the spaces it strips, or text if id is None."""

    id: int | None
    start: int
    stop: int


def any_of(strings, nesting=0):
    """A regular expression for the longest of the strings that stands at a place.

    What several of them begin with is written once, any_of(["<a>", "<ab>", "x"]) -> "x|<a(?:b>|>)",
    and where many different characters may follow, these are halved until few are left. So looking
    for thousands of strings takes hardly longer than for one. (The named lists of `regex` find the
    same; for 5,000 words in a page of English they took 5 s, this 8 ms.)
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
# From text to ids, and where in the text they are
# ------------------------------------------------------------------------------------------------

MAX_CACHE = 10_000_000  # bytes of memory for pre-tokens whose ids are remembered, ...
MAX_CACHED_LENGTH = 64  # ... of this many characters at most


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
        ids = tuple([self.vocab.get(token, self.unknown) for token in merge(symbols, self.ranks)])
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
    trim_offsets: bool


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
        self.is_split = not isinstance(text, str)
        self.texts = [without_surrogates(word) for word in (text if self.is_split else [text])]
        self.method = method
        self.trim_offsets = method.trim_offsets
        self.add_prefix_space = method.add_prefix_space
        ids = [ids_of_text(text, method) for text in self.texts]
        self.ids = ids[0] if len(ids) == 1 else list(itertools.chain.from_iterable(ids))

    @cached_property
    def details(self):
        """[(token, start, stop, word), ...] for the ids: start, stop in the text or in the word."""
        return [(token, start, stop, number if self.is_split else word)
                for number, text in enumerate(self.texts)
                for token, start, stop, word in describe_text(text, self.method)]

    def tokens(self, start, stop):
        """The tokens from one place to another, as strings."""
        return [token for token, _, _, _ in self.details[start:stop]]

    def words(self, start, stop):
        """The numbers of their pre-tokens, or of the words that were given."""
        return [word for _, _, _, word in self.details[start:stop]]

    def offsets(self, start, stop):
        """Where they are, [(start, stop), ...]."""
        details = self.details[start:stop]
        if self.trim_offsets:
            return trimmed(details, self.add_prefix_space)
        return [(start, stop) for _, start, stop, _ in details]

    def __getstate__(self):
        """What is copied and pickled: all that can be asked for, without the vocabulary."""
        return {"ids": self.ids, "details": self.details, "trim_offsets": self.trim_offsets,
                "add_prefix_space": self.add_prefix_space}


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


# ------------------------------------------------------------------------------------------------
# The vocabulary and its files
# ------------------------------------------------------------------------------------------------

def check_model(vocab, merges, vocab_name, merges_name):
    """{(left, right): rank} of a merge list that fits its vocabulary, ValueError if it does not.

    A merge is a pair of tokens, or the two with a space between them.
    """
    expect(type(vocab) is dict and vocab, vocab_name, "{token: id} with at least one token", vocab)
    check_ids(vocab, vocab_name)
    expect(is_utf8("".join(vocab)), vocab_name, "tokens that UTF-8 can hold", "others")
    ranks = {}
    for merged in merges:
        try:
            left, right = merged.split() if isinstance(merged, str) else merged
            missing = None
            if not (left in vocab and right in vocab and left + right in vocab):
                missing = next(part for part in (left, right, left + right) if part not in vocab)
        except (TypeError, ValueError):
            raise ValueError(f"{merges_name}: a merge should be two tokens, "
                             f"not {merged!r:.99}") from None
        if missing is not None:
            raise ValueError(f"{merges_name} merges {left!r:.99} and {right!r:.99}, but "
                             f"{vocab_name} has no token {missing!r:.99}")
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


def read_model(vocab_file, merges_file, tokenizer_file):
    """(vocab {token: id}, ranks {(left, right): rank}, {id: AddedToken}, settings) of a tokenizer's
    files: a tokenizer.json, or else vocab.json and merges.txt, or what these two hold."""
    if tokenizer_file is not None:
        file = tokenizer_file
        if not isinstance(file, TokenizerFile):
            file = read_tokenizer_json(file)
        ranks = check_model(file.vocab, file.merges, file.path, file.path)
        return file.vocab, ranks, file.added, file.settings
    if vocab_file is None or merges_file is None:
        raise ValueError("vocab_file and merges_file should be given, or tokenizer_file")
    vocab, vocab_name = plain(vocab_file), "the vocabulary"
    if not isinstance(vocab_file, dict):
        vocab, vocab_name = read_json(vocab_file), vocab_file
    merges, merges_name = merges_file, "the list of merges"
    if not isinstance(merges_file, (list, tuple)):
        merges, merges_name = read_merges(merges_file), merges_file
    return vocab, check_model(vocab, merges, vocab_name, merges_name), {}, {}


# ------------------------------------------------------------------------------------------------
# The tokenizer
# ------------------------------------------------------------------------------------------------

class LEDTokenizer(PreTrainedTokenizerBase):
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
    ValueError where anything does not fit, OSError if a file cannot be read.
    (Reference: LEDTokenizerFast of transformers 4.34.)
    """

    def __init__(self, vocab_file=None, merges_file=None, tokenizer_file=None, errors="replace",
                 bos_token="<s>", eos_token="</s>", sep_token="</s>", cls_token="<s>",
                 unk_token="<unk>", pad_token="<pad>", mask_token="<mask>",
                 add_prefix_space=False, trim_offsets=True, *, additional_special_tokens=(),
                 extra_special_tokens=None, added_tokens_decoder=None, **settings):
        vocab, ranks, added, saved = read_model(vocab_file, merges_file, tokenizer_file)
        self.take_settings({**saved, **settings, "errors": errors,
                            "add_prefix_space": add_prefix_space, "trim_offsets": trim_offsets})
        self.ranks = ranks                                         # {(left, right): rank}
        self.encoder = dict(vocab)                                 # {token: id}
        self.decoder = {id: token for token, id in vocab.items()}  # {id: token}, with the added
        self.added = {}                                            # {content: (id, AddedToken)}
        self.special = set()           # contents: once special, a token always is
        self.next_id = max(self.decoder) + 1
        self.known_matchers = None     # `matchers` and `cache`, made when they are needed
        self.known_cache = None

        listed = added_tokens_decoder or {}
        check_type("added_tokens_decoder", listed, dict, "a dict of ids and tokens")
        listed = {whole_number("each id of added_tokens_decoder",  # in JSON they are strings
                               int(id) if str(id).isdecimal() else id): token
                  for id, token in listed.items()}
        self.add_listed_tokens(added, {id: listed[id] for id in sorted(listed)})
        self.take_named_tokens({
            "bos_token": bos_token, "eos_token": eos_token, "unk_token": unk_token,
            "sep_token": sep_token, "pad_token": pad_token, "cls_token": cls_token,
            "mask_token": mask_token}, additional_special_tokens, extra_special_tokens or {})

    # ---- vocabulary ----

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
        check_type("new_tokens", new_tokens, (list, tuple), "a token or a list of tokens")
        check_flag("special_tokens", special_tokens)
        tokens = [as_token(token, "each of new_tokens") for token in new_tokens]
        if special_tokens:
            tokens = [replace(token, special=True) for token in tokens]
        return sum([self.register(token) for token in tokens if token.content])

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

    # ---- text to ids ----

    def sequence(self, text):
        """The tokens of a text, or of a list of words."""
        return Sequence(text, Method(self.matchers, self.cache, self.decoder,
                                     self.add_prefix_space, self.trim_offsets))

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
        expect(isinstance(tokens, (list, tuple, np.ndarray))
               and all([isinstance(token, str) for token in tokens]),
               "tokens", "a string or a list of strings", tokens)
        return [self.convert_tokens_to_ids(token) for token in tokens]

    def convert_ids_to_tokens(self, ids, skip_special_tokens=False):
        """The token of an id, or the list of those of a list; None for an id that there is not."""
        if isinstance(plain(ids), int):
            return self.decoder.get(row_of_ids("ids", ids)[0])
        ids = row_of_ids("ids", ids)
        check_flag("skip_special_tokens", skip_special_tokens)
        if skip_special_tokens:
            special = set(self.all_special_ids)
            ids = [id for id in ids if id not in special]
        return [self.decoder.get(id) for id in ids]

    def convert_tokens_to_string(self, tokens):
        """The text of a list of tokens. What is not UTF-8 is treated as `errors` says."""
        data = bytearray()
        for token in [tokens] if isinstance(plain(tokens), (str, int)) else tokens:
            check_type("each of the tokens", token, str, "a string")
            if token in self.added or not SYMBOL_TO_BYTE.keys() >= set(token):
                data += token.encode()  # not written in symbols
            else:
                data += bytes([SYMBOL_TO_BYTE[symbol] for symbol in token])
        return data.decode("utf-8", self.errors)

    def decode(self, token_ids, skip_special_tokens=False, clean_up_tokenization_spaces=None, *,
               spaces_between_special_tokens=True):
        """The text of ids: a list or array of one row, or one id. Ids that there are not are
        skipped.

        clean_up_tokenization_spaces: whether to take out the space before a full stop, a comma,
        an n't and the like, so that the text is not always the one that was encoded. None: as the
        tokenizer was made, which is True if nothing else was said. spaces_between_special_tokens
        makes no difference, as in the reference's fast tokenizers.
        """
        check_flags(skip_special_tokens=skip_special_tokens,
                    clean_up_tokenization_spaces=clean_up_tokenization_spaces,
                    spaces_between_special_tokens=spaces_between_special_tokens)
        tokens = [self.decoder.get(id) for id in row_of_ids("token_ids", token_ids)]
        text = self.convert_tokens_to_string([
            token for token in tokens
            if token is not None and not (skip_special_tokens and token in self.special)])
        if clean_up_tokenization_spaces is None:
            clean_up_tokenization_spaces = self.clean_up_tokenization_spaces
        return self.clean_up_tokenization(text) if clean_up_tokenization_spaces else text

    # ---- files ----

    def save_vocabulary(self, save_directory, filename_prefix=None):
        """Writes vocab.json and merges.txt, without the added tokens; returns their paths."""
        prefix = f"{filename_prefix}-" if filename_prefix else ""
        vocab_file = os.path.join(save_directory, prefix + "vocab.json")
        merges_file = os.path.join(save_directory, prefix + "merges.txt")
        by_id = dict(sorted(self.encoder.items(), key=lambda item: item[1]))
        write_file(vocab_file, json.dumps(by_id, ensure_ascii=False).encode())
        write_file(merges_file, ("#version: 0.2\n" + "".join(
            f"{left} {right}\n" for left, right in self.ranks)).encode())
        return vocab_file, merges_file

    @classmethod
    def train(cls, texts, vocab_size, **settings):
        """A tokenizer of `vocab_size` tokens, learnt from texts, an iterable of strings.

        The ids: <s> 0, <pad> 1, </s> 2, <unk> 3, then the 256 bytes, then the merged tokens, the
        most frequent first, and <mask> last. There are fewer if every pair left occurs but once.
        The same texts give the same tokenizer. `settings` are those of the constructor.
        """
        first, last = ["<s>", "<pad>", "</s>", "<unk>"], ["<mask>"]
        least = len(first) + len(BYTE_TO_SYMBOL) + len(last)
        vocab_size = whole_number("vocab_size", vocab_size, least)
        counts = Counter()
        expect(isinstance(texts, Iterable) and not isinstance(texts, str), "texts",
               "a list of strings", texts)
        for text in texts:
            check_type("each of the texts", text, str, "a string")
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


def run_command(arguments):
    """Does what the command line says."""
    import argparse

    parser = argparse.ArgumentParser(
        description="Shows how LED's tokenizer turns a text into tokens, merge by merge.",
        epilog='example: python bpe.py "Where is the silver key?" --model chronicles/model')
    parser.add_argument("text", metavar="TEXT", help="what to cut; - reads standard input")
    parser.add_argument("--model", default="allenai/led-base-16384", metavar="FOLDER_OR_NAME",
                        help="a folder with vocab.json and merges.txt, or the name of a model on "
                             "huggingface.co (default: %(default)s)")
    options = parser.parse_args(arguments)
    text = read_input("-") if options.text == "-" else options.text
    if os.path.isfile(options.text):
        print(f"note: {text} is also a file; python bpe.py - < FILE reads it", file=sys.stderr)
    show(LEDTokenizer.from_pretrained(options.model), text)


def main(arguments=None):
    """The command line; returns the exit status."""
    return exit_status("bpe.py", run_command, arguments)


if __name__ == "__main__":
    sys.exit(main())
