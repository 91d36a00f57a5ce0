"""What a tokenizer of transformers takes and gives back: everything around the tokens themselves.

From top to bottom: texts are cut to length (`truncated`) and laid out in rows (`Encoding`), of
which a call makes a `BatchEncoding`. Arguments are checked. Files tell a tokenizer's settings in
words that changed over the years (`saved_settings`, `read_tokenizer_json`).
`PreTrainedTokenizerBase` has what every tokenizer can do: calls, padding, special tokens by name,
from_pretrained, save_pretrained.
"""

import codecs
import os
import warnings
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from led_support import hub
from led_support.files import (check_flag, check_number, check_type, expect, json_bytes, naming,
                               one_of, plain, read_json, write_file)

SPECIAL_TOKENS = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token",
                  "mask_token")
FILES = hub.TOKENIZER_FILES

MAX_ID = 2**31 - 1
NO_MAX_LENGTH = int(1e30)  # what the reference writes where a tokenizer has no model_max_length


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
    expect(stride < size, "stride", f"less than the {size} tokens that max_length leaves", stride)
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

class Options(NamedTuple):
    """The options of a call, checked, as far as they say how its rows are made."""

    cls: tuple                  # (id, token) of what surrounds a text, ...
    sep: tuple
    pad: tuple                  # ... and fills its row
    add_special_tokens: bool
    padding: str | None         # "longest", "max_length"
    truncation: str | None      # "longest_first", "only_first", "only_second"
    max_length: int | None
    stride: int
    is_split_into_words: bool
    pad_to_multiple_of: int | None
    padding_side: str
    overflow: bool
    verbose: bool


# Characters start to end - 1 of a text, and tokens start to end - 1 of a row
CharSpan = NamedTuple("CharSpan", [("start", int), ("end", int)])
TokenSpan = NamedTuple("TokenSpan", [("start", int), ("end", int)])


class Encoding:
    """One row of a BatchEncoding; each list has one entry per token.

    (Reference: tokenizers.Encoding.)
    """

    def __init__(self, sequences, spans, options):
        """Tokens spans[n] of sequences[n]: of one text, or of the two of a pair. Of a sequence are
        asked its ids, a list, and tokens, offsets and words from one place to another."""
        self.parts = [(sequence, *span) for sequence, span in zip(sequences, spans)]
        self.options = options
        self.padding = 0
        self.ids = self.lay_out([text.ids[start:stop] for text, start, stop in self.parts],
                                options.cls[0], options.sep[0], options.pad[0])

    def lay_out(self, texts, cls=None, sep=None, pad=None):
        """[cls] A [sep], or [cls] A [sep] [sep] B [sep], and padding: one value per token.

        texts: for each part its values, a list.
        """
        out = []
        for n, values in enumerate(texts):
            special = self.options.add_special_tokens
            out += [sep if n else cls, *values, sep] if special else values
        return self.filled(out, pad)

    def filled(self, values, pad):
        """The values of a row, with its padding."""
        padding = [pad] * self.padding
        return values + padding if self.options.padding_side == "right" else padding + values

    def pad(self, length):
        """Fills the row up to `length` tokens, once."""
        self.padding = max(0, length - len(self.ids))
        self.ids = self.filled(self.ids, self.options.pad[0])

    def __len__(self):
        return len(self.ids)

    @property
    def tokens(self):
        """The tokens as strings of symbols; an added token is its text, with spaces it stripped."""
        return self.lay_out([text.tokens(start, stop) for text, start, stop in self.parts],
                            self.options.cls[1], self.options.sep[1], self.options.pad[1])

    @property
    def offsets(self):
        """(start, end) of each token in its text or word; (0, 0) for what is not of the text."""
        return self.lay_out([text.offsets(start, stop) for text, start, stop in self.parts],
                            (0, 0), (0, 0), (0, 0))

    @property
    def word_ids(self):
        """The number of each token's word: its pre-token's, or that of the word that was given."""
        return self.lay_out([text.words(start, stop) for text, start, stop in self.parts])

    words = word_ids  # its older name

    @property
    def sequence_ids(self):
        """0 for tokens of the first text, 1 of the second, None of neither."""
        return self.lay_out([[n] * (stop - start) for n, (_, start, stop) in enumerate(self.parts)])

    @property
    def special_tokens_mask(self):
        """1 for tokens that stand around the texts, 0 for those of a text, whatever they are."""
        return self.lay_out([[0] * (stop - start) for _, start, stop in self.parts], 1, 1, 1)

    @property
    def attention_mask(self):
        """0 for padding, 1 for everything else."""
        return self.lay_out([[1] * (stop - start) for _, start, stop in self.parts], 1, 1, 0)

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


# The columns that a call can return, in the reference's order, and what they are of a row.
COLUMNS = {"input_ids": attrgetter("ids"), "token_type_ids": attrgetter("type_ids"),
           "attention_mask": attrgetter("attention_mask"),
           "special_tokens_mask": attrgetter("special_tokens_mask"),
           "offsets_mapping": attrgetter("offsets"), "length": len}


def to_array(name, rows):
    """A column of nested lists as an array of int64, or of float64 if there is a fraction. An array
    stays as it is. ValueError if the rows differ in length or are no numbers."""
    if isinstance(rows, np.ndarray):
        return rows
    inner = rows if isinstance(rows, (list, tuple)) else []
    lengths = {len(row) for row in inner if isinstance(row, (list, tuple))}
    if len(lengths) > 1:
        raise ValueError(
            f"{name} has rows of {min(lengths)} to {max(lengths)} tokens, which make no array: "
            "pass padding=True, and truncation=True if max_length is to hold")
    try:
        array = np.asarray(rows)
        whole = array.dtype.kind != "f" or not array.size
        return np.asarray(rows, dtype=np.int64) if whole else array
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{name} cannot be made an array of integers: {error}") from None


class BatchEncoding(dict):
    """What a tokenizer returns: {"input_ids": ..., "attention_mask": ..., ...}.

    Its entries are attributes as well (batch.input_ids). `encodings`, or batch[0], batch[1] and so
    on, are the rows as `Encoding`, None if it was not made of text. The methods translate between
    tokens, words and characters of a row. The row's number comes first, and may be left out: with
    one number alone, that is the token's, word's or character's in row 0.
    tensor_type, prepend_batch_axis: as in `convert_to_tensors`. n_sequences: 1 for rows of one
    text, 2 for pairs; None: as `encoding` has them. (Reference: BatchEncoding.)
    """

    def __init__(self, data=None, encoding=None, tensor_type=None, prepend_batch_axis=False,
                 n_sequences=None):
        super().__init__(data or {})
        self.encodings = [encoding] if isinstance(encoding, Encoding) else encoding
        if n_sequences is None and self.encodings:
            n_sequences = len(self.encodings[0].parts)
        self.n_sequences = n_sequences
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
        return BatchEncoding, (dict(self), self.encodings, None, False, self.n_sequences)

    @property
    def data(self):
        """The dictionary: this one."""
        return self

    @property
    def is_fast(self):
        """Whether it was made of text, and so has rows that can be asked for more than ids."""
        return self.encodings is not None

    def convert_to_tensors(self, tensor_type=None, prepend_batch_axis=False):
        """Turns the entries into arrays ("np") or leaves them (None), and returns itself.

        prepend_batch_axis: each entry becomes the only row of its array. ValueError if rows differ
        in length.
        """
        if one_of("tensor_type", tensor_type, (None, "np")) is not None:
            self.update({name: to_array(name, [value] if prepend_batch_axis else value)
                         for name, value in self.items()})
        return self

    def to(self, device):
        """Itself, for "cpu". ValueError for any other: a model there takes NumPy's arrays along."""
        one_of("device", str(device), ("cpu",))
        return self

    def tokens(self, batch_index=0):
        """Encoding.tokens of a row."""
        return self[batch_index].tokens

    def word_ids(self, batch_index=0):
        """Encoding.word_ids of a row."""
        return self[batch_index].word_ids

    words = word_ids  # its older name

    def sequence_ids(self, batch_index=0):
        """Encoding.sequence_ids of a row."""
        return self[batch_index].sequence_ids

    def token_to_sequence(self, batch_or_token_index, token_index=None):
        """Encoding.token_to_sequence of a row."""
        return self.ask("token_to_sequence", batch_or_token_index, token_index)

    def token_to_word(self, batch_or_token_index, token_index=None):
        """Encoding.token_to_word of a row."""
        return self.ask("token_to_word", batch_or_token_index, token_index)

    def token_to_chars(self, batch_or_token_index, token_index=None):
        """Encoding.token_to_chars of a row."""
        return self.ask("token_to_chars", batch_or_token_index, token_index)

    def word_to_tokens(self, batch_or_word_index, word_index=None, sequence_index=0):
        """Encoding.word_to_tokens of a row."""
        return self.ask("word_to_tokens", batch_or_word_index, word_index, sequence_index)

    def word_to_chars(self, batch_or_word_index, word_index=None, sequence_index=0):
        """Encoding.word_to_chars of a row."""
        return self.ask("word_to_chars", batch_or_word_index, word_index, sequence_index)

    def char_to_token(self, batch_or_char_index, char_index=None, sequence_index=0):
        """Encoding.char_to_token of a row."""
        return self.ask("char_to_token", batch_or_char_index, char_index, sequence_index)

    def char_to_word(self, batch_or_char_index, char_index=None, sequence_index=0):
        """Encoding.char_to_word of a row."""
        return self.ask("char_to_word", batch_or_char_index, char_index, sequence_index)

    def ask(self, method, batch_index, index, *sequence_index):
        """What a row's method answers; where one index alone is given, it is one in row 0."""
        if index is None:
            batch_index, index = 0, batch_index
        return getattr(self[batch_index], method)(index, *sequence_index)


# ------------------------------------------------------------------------------------------------
# Added tokens, as they are described
# ------------------------------------------------------------------------------------------------

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
        for field, value in vars(self).items():
            object.__setattr__(self, field, plain(value))  # the class is frozen to others
        expect(type(self.content) is str and is_utf8(self.content),
               "the content of an added token", "a string of UTF-8", self.content)
        for flag in ("single_word", "lstrip", "rstrip", "special", "normalized"):
            allowed = (True, False, None) if flag == "normalized" else (True, False)
            one_of(f"{flag} of the added token {self.content!r:.99}", getattr(self, flag), allowed)

    def __str__(self):
        return self.content


def as_token(token, name, **flags):
    """The AddedToken `token`, or that of its fields, as JSON has them, or of a string with these
    flags. name: for the message."""
    check_type(name, token, (str, AddedToken, dict), "a string or an AddedToken")
    if isinstance(token, dict):
        fields = {k: v for k, v in token.items() if k in AddedToken.__dataclass_fields__}
        with naming(name):
            return AddedToken(**{"content": None} | fields)
    return AddedToken(token, **flags) if isinstance(token, str) else token


# ------------------------------------------------------------------------------------------------
# Arguments
# ------------------------------------------------------------------------------------------------

def whole_number(name, value, least=0):
    """`value`, an integer of any library, as an int; ValueError unless it is at least `least`."""
    check_number(name, plain(value), least, NO_MAX_LENGTH)
    return plain(value)


def check_flags(**flags):
    """`check_flag` of several."""
    for name, value in flags.items():
        check_flag(name, value)


def row_of_ids(name, ids):
    """A row of token ids, a list or an array, or one id alone, as a list of ints."""
    ids = ids.tolist() if hasattr(ids, "tolist") else ids  # an array or number, of any library
    if isinstance(ids, int):
        ids = [ids]
    check_type(name, ids, (list, tuple, range), "a list of token ids, or one token id")
    expect(not any(isinstance(id, (list, tuple)) for id in ids), name,
           "one row of token ids (batch_decode takes several)", ids)
    return [whole_number("a token id (labels use -100 for what to ignore: leave those out)", id)
            for id in ids]


def is_text(value, split):
    """Whether a value is a text: a string, or where texts are `split` a list of words."""
    if not split:
        return isinstance(value, str)
    return isinstance(value, (list, tuple)) and all(isinstance(word, str) for word in value)


def one_sample(text, text_pair, split):
    """(text, pair or None) of the arguments of a method that takes no batch; a list of two texts
    is a pair, and an empty pair is none. ValueError for anything else."""
    text, text_pair = plain(text), plain(text_pair) or None
    if text_pair is None and isinstance(text, list) and len(text) == 2 and all(
            is_text(part, split) for part in text):
        return text
    expect(is_text(text, split), "text", f"{'a list of words' if split else 'a string'}, or a list "
           "of two, a pair (tokenizer(text) takes several)", text)
    return text, text_pair


def samples_of(name, text, text_pair, split):
    """([[text] or [text, pair], ...], whether it is a batch) of the arguments of a call.

    name: that of the argument, for messages. split: texts are lists of words.
    """
    batched = isinstance(text, (list, tuple)) and (
        not split or len(text) > 0 and isinstance(text[0], (list, tuple)))
    if not batched:
        samples = [[text, text_pair] if text_pair else [text]]
    elif not text:
        raise ValueError(f"{name} is an empty list: there is nothing to encode")
    elif text_pair is None:
        # A pair can stand in the batch itself: ("a", "b"), or of words (["a"], ["b"]).
        inner = (list, tuple) if split else str
        samples = [sample if isinstance(sample, (list, tuple)) and len(sample) == 2
                   and isinstance(sample[0], inner) else [sample] for sample in text]
    else:
        expect(isinstance(text_pair, (list, tuple)) and len(text_pair) == len(text),
               f"the pairs of {name}", f"a list of as many, {len(text)}", text_pair)
        samples = list(zip(text, text_pair))
    expected = f"{'a list of words' if split else 'a string'}, or a pair of such"
    for n, sample in enumerate(samples):
        for value in sample:
            expect(is_text(value, split), f"{name}[{n}]" if batched else name, expected, value)
    return samples, batched


def new_options(padding, truncation, max_length, old_options):
    """(padding, truncation) of a call that may say them as before 2020. TypeError for any other."""
    old = dict(old_options)
    if old.pop("pad_to_max_length", False) and padding is False:
        padding = "longest" if max_length is None else "max_length"
        truncation = True if truncation is None and max_length is not None else truncation
    strategy = old.pop("truncation_strategy", None)
    if old:
        raise TypeError(f"the tokenizer has no option {', '.join(old)}")
    return padding, strategy if truncation is None else truncation


def rounded_up(length, multiple):
    """The length, or the next one that is a multiple."""
    return length + -length % (multiple or 1)


def columns_of(encoded_inputs, main):
    """{name: values} of what `pad` is given: a dict, or a list of dicts of one row each."""
    if isinstance(encoded_inputs, (list, tuple)):
        expect(encoded_inputs and all(isinstance(row, Mapping) for row in encoded_inputs),
               "encoded_inputs", "a dict, or a list of at least one dict", encoded_inputs)
        missing = [key for key in encoded_inputs[0] if any(key not in row
                                                           for row in encoded_inputs)]
        if missing:
            raise ValueError(f"not all of encoded_inputs have {', '.join(missing)}")
        encoded_inputs = {key: [row[key] for row in encoded_inputs] for key in encoded_inputs[0]}
    expect(isinstance(encoded_inputs, Mapping) and main in encoded_inputs, "encoded_inputs",
           f"a dict with {main}, or a list of such", encoded_inputs)
    return dict(encoded_inputs)


# ---- settings of the tokenizer: a check returns the value as it is kept ----

def error_handler(name, value):
    try:
        codecs.lookup_error(value)
    except (LookupError, TypeError):
        expect(False, name, "a way to treat errors that bytes.decode knows, as 'replace'", value)
    return plain(value)


def number_of_tokens(name, value):
    value = plain(value)
    expect(type(value) in (int, float) and value > 0, name, "a number of tokens", value)
    return min(value, NO_MAX_LENGTH)  # JSON knows no infinity


def input_names(name, value):
    value = plain(value)
    expect(value and is_text(value, split=True), name, "a list of names", value)
    return value


FLAGS, SIDES = (False, True), ("right", "left")

# What can be said of padding and truncation, and what it means.
PADDING = {False: None, None: None, "do_not_pad": None, True: "longest", "longest": "longest",
           "max_length": "max_length"}
TRUNCATION = {False: None, None: None, "do_not_truncate": None, True: "longest_first",
              "longest_first": "longest_first", "only_first": "only_first",
              "only_second": "only_second"}

# Settings that are plain values: {name: (default, allowed values or a check)}; and all settings but
# special tokens.
SETTINGS = {
    "errors": ("replace", error_handler),
    "add_prefix_space": (False, FLAGS),
    "trim_offsets": (True, FLAGS),
    "model_max_length": (NO_MAX_LENGTH, number_of_tokens),
    "padding_side": ("right", SIDES),
    "truncation_side": ("right", SIDES),
    "clean_up_tokenization_spaces": (True, FLAGS),
    "model_input_names": (["input_ids", "attention_mask"], input_names),
}
ALL_SETTINGS = (*SETTINGS, "additional_special_tokens", "extra_special_tokens",
                "added_tokens_decoder")

# Options of the reference's from_pretrained that make no difference here, at these values.
HARMLESS = {"use_fast": (True,), "do_lower_case": (False, None), "from_slow": (False,),
            "trust_remote_code": (False, None), "resume_download": (False, True, None),
            "proxies": (None,), "tokenizer_type": (None, "led")}


# ------------------------------------------------------------------------------------------------
# Files. They come from strangers: whatever stands in one that is not as expected is an error
# ------------------------------------------------------------------------------------------------

def check_ids(ids, what):
    """ValueError unless the ids {token: id} are distinct numbers that an array can hold."""
    for token, id in ids.items():
        if type(token) is not str or type(id) is not int or not 0 <= id <= MAX_ID:
            raise ValueError(f"{what}: the id of {token!r:.99} should be a number from 0 to "
                             f"{MAX_ID}, not {str(id)[:99]}")
    if len(set(ids.values())) < len(ids):
        id, times = Counter(ids.values()).most_common(1)[0]
        raise ValueError(f"{what}: {times} tokens have the id {id}")


def saved_settings(path):
    """The settings of a tokenizer in a tokenizer_config.json or special_tokens_map.json."""
    config = read_json(path)
    expect(not config.get("split_special_tokens"), f"{path}: split_special_tokens",
           "false, as special tokens are found in texts", config.get("split_special_tokens"))
    settings = {name: config[name] for name in SPECIAL_TOKENS if name in config}
    settings.update({name: config[name] for name in ALL_SETTINGS if config.get(name) is not None})
    if config.get("max_len") is not None:
        settings.setdefault("model_max_length", config["max_len"])  # its name before 2020
    with naming(path):
        settings.update(additional_tokens(config))
    return settings


def additional_tokens(config):
    """{"additional_special_tokens": a list of special tokens without names,
    "extra_special_tokens": a dict of those with names of their own} of a configuration.

    transformers 4.47 to 4.57 have those with names in extra_special_tokens. 5 calls that
    model_specific_special_tokens, and knows any name that ends in _token; its extra_special_tokens
    is a list, of further ones without.
    """
    additional = config.get("additional_special_tokens") or []
    check_type("additional_special_tokens", additional, list, "a list")
    extra = {name: value for name, value in config.items() if name.endswith("_token")
             and name not in SPECIAL_TOKENS and isinstance(value, (str, dict))}
    for name in ("extra_special_tokens", "model_specific_special_tokens"):
        value = config.get(name) or {}
        check_type(name, value, (dict, list), "an object or a list")
        if isinstance(value, dict):
            extra |= value
        else:
            additional = additional + [token for token in value if token not in additional]
    return {"additional_special_tokens": additional, "extra_special_tokens": extra}


def settings_in(files):
    """The settings of a tokenizer in its `files`, {name: path}, but for tokenizer.json's."""
    saved = {}
    if "tokenizer_config.json" in files:
        saved = saved_settings(files["tokenizer_config.json"])
    # transformers up to 4.33 spread over two more files what is in added_tokens_decoder now.
    if "added_tokens_decoder" in saved:
        return saved
    if "special_tokens_map.json" in files:
        named = saved_settings(files["special_tokens_map.json"])
        saved.update({name: value for name, value in named.items() if name in SPECIAL_TOKENS
                      or name == "additional_special_tokens" and value})
    if "added_tokens.json" in files and "tokenizer.json" not in files:  # which says more
        added = read_json(files["added_tokens.json"])
        check_ids(added, files["added_tokens.json"])
        # It does not say how a token is found; these are the flags it would get by name.
        stripped = [token for token in saved.get("additional_special_tokens", ())
                    if isinstance(token, str)]
        mask = saved.get("mask_token", "<mask>")
        saved["added_tokens_decoder"] = {
            id: AddedToken(content, lstrip=content == mask or content in stripped,
                           rstrip=content in stripped)
            for content, id in added.items()}
    return saved


class TokenizerFile(NamedTuple):
    """What a tokenizer.json says."""

    path: str
    vocab: dict     # {token: id}
    merges: list    # ["left right" or [left, right], ...]
    added: dict     # {id: AddedToken}
    settings: dict  # the sides of truncation and padding
    frame: dict     # {"cls_token": [token, id], "sep_token": [token, id]}, as texts are surrounded


def read_tokenizer_json(path):
    """The TokenizerFile of a tokenizer.json.

    Its settings hold where nothing else says them; the reference takes add_prefix_space,
    trim_offsets and lengths from tokenizer_config.json and each call.
    """
    file = read_json(path)

    def section(name, of=file):
        check_type(name, of.get(name), dict, "an object")
        return of[name]

    with naming(path):
        model, before, after = map(section, ("model", "pre_tokenizer", "post_processor"))
        for found, wanted, name in (
                (model.get("type", "BPE"), "BPE", "model"),
                (before.get("type"), "ByteLevel", "pre_tokenizer"),
                (before.get("use_regex", True), True, "use_regex of the pre_tokenizer"),
                (section("decoder").get("type"), "ByteLevel", "decoder"),
                (after.get("type"), "RobertaProcessing", "post_processor"),
                (file.get("normalizer"), None, "normalizer"),
                (model.get("dropout") or None, None, "dropout of the model"),
                (model.get("continuing_subword_prefix") or None, None, "continuing_subword_prefix"),
                (model.get("end_of_word_suffix") or None, None, "end_of_word_suffix"),
                (model.get("byte_fallback", False), False, "byte_fallback of the model"),
                (model.get("ignore_merges", False), False, "ignore_merges of the model")):
            if found != wanted:
                raise ValueError(f"this is not the byte-level BPE of LED: its {name} is "
                                 f"{found!r:.99}, not {wanted!r}")
        for name in ("trim_offsets", "add_prefix_space"):
            check_type(name, after.get(name), bool, "true or false")
        check_type("merges", model.get("merges"), list, "a list")
        settings = {f"{name}_side": str(section(name).get("direction", "Right")).lower()
                    for name in ("truncation", "padding") if file.get(name) is not None}
        frame = {"cls_token": after.get("cls"), "sep_token": after.get("sep")}
        return TokenizerFile(path, section("vocab", model), model["merges"],
                             added_tokens_in(file.get("added_tokens", [])), settings, frame)


def added_tokens_in(listed):
    """{id: AddedToken} of those in a tokenizer.json."""
    check_type("added_tokens", listed, list, "a list")
    added = {}
    for value in listed:
        check_type("an added token", value, dict, "an object")
        token, id = as_token(value, "an added token"), value.get("id")
        expect(type(id) is int and id not in added, f"the added token {token.content!r:.99}",
               "an id of its own", id)
        added[id] = token
    return added


# ------------------------------------------------------------------------------------------------
# The tokenizer, but for the tokens
# ------------------------------------------------------------------------------------------------

class PreTrainedTokenizerBase:
    """What every tokenizer of transformers can do, given one that has these:

    encoder {token: id}, decoder {id: token} with the added ones, ranks {(left, right): rank}, added
    {content: (id, AddedToken)}, special (a set of contents), register(token), and
    sequence(text) -> the tokens of a text, as `Encoding` asks for them.

    Its settings are attributes, which may be set, and so are the special tokens by name and, with
    "_id" behind the name, their ids: tokenizer.pad_token = tokenizer.eos_token. That names a token
    but adds none: `add_special_tokens` does both.
    """

    is_fast = True
    pad_token_type_id = 0
    extra_names = ()  # of extra_special_tokens

    def take_settings(self, settings):
        """Makes attributes of the settings, or of their defaults. ValueError for any other name."""
        for name in settings:
            one_of("a setting of the tokenizer", name, ALL_SETTINGS)
        for name, (default, _) in SETTINGS.items():
            setattr(self, name, settings.get(name, default))

    def take_named_tokens(self, named, additional, extra):
        """Registers special tokens, {name: token or None}, and makes their names attributes."""
        if isinstance(extra, (list, tuple)) and isinstance(additional, (list, tuple, type(None))):
            additional, extra = [*(additional or ()), *extra], {}  # the list's name in 5
        check_type("extra_special_tokens", extra, dict, "a dict of names and tokens, or a list")
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
            expect(isinstance(name, str) and name.isidentifier() and not name.endswith("_id")
                   and not hasattr(self, name), "a name in extra_special_tokens",
                   "one that can be an attribute, is none yet and of no id", name)
        self.extra_names = tuple(extra)
        for name, token in extra.items():
            setattr(self, name, note(token, name, normalized=False))
        for token in special.values():
            self.register(token)

    # ---- settings and special tokens ----

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
                value = self.token_of_id(name, value)
            name = token_name
            value = None if value is None else as_token(value, name).content
            expect(value != "", name, "a token that is not empty", value)
        elif name in SETTINGS:
            check = SETTINGS[name][1]
            value = check(name, value) if callable(check) else one_of(name, value, check)
        object.__setattr__(self, name, value)

    def __getattr__(self, name):
        """The id of a special token, as in pad_token_id; None where the token is None."""
        token_name = name.removesuffix("_id")
        if token_name == name or token_name not in self.special_names:
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        return self.convert_tokens_to_ids(getattr(self, token_name))

    def token_of_id(self, name, id):
        """The token that has this id. name: for the message."""
        id = whole_number(name, id)
        expect(id in self.decoder, name, "the id of a token", id)
        return self.decoder[id]

    @property
    def additional_special_tokens(self):
        """The special tokens that have no name, a list. Setting it to None empties it."""
        return list(self.additional)

    @additional_special_tokens.setter
    def additional_special_tokens(self, tokens):
        tokens = [] if tokens is None else tokens
        check_type("additional_special_tokens", tokens, (list, tuple), "a list of tokens")
        self.additional = dict.fromkeys(  # a dict, to keep order and drop repeats
            as_token(token, "each of additional_special_tokens").content for token in tokens)

    @property
    def additional_special_tokens_ids(self):
        """The ids of additional_special_tokens, a list."""
        return self.convert_tokens_to_ids(self.additional_special_tokens)

    @additional_special_tokens_ids.setter
    def additional_special_tokens_ids(self, ids):
        self.additional_special_tokens = [
            self.token_of_id("each of additional_special_tokens_ids", id) for id in ids]

    @property
    def special_tokens_map(self):
        """{"bos_token": "<s>", ...}: the special tokens by name."""
        names = {name: getattr(self, name) for name in self.special_names}
        names["additional_special_tokens"] = self.additional_special_tokens
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

    def add_special_tokens(self, special_tokens_dict, replace_additional_special_tokens=False):
        """Adds special tokens under their names, {"pad_token": "[PAD]"} or the like, and returns
        how many are new or changed. Under "additional_special_tokens" stands a list of further
        ones, which extends that of before, or takes its place. (In the reference, it extends it
        always, whatever the argument says.)

        As in the reference, a token given as a string takes the white space on both sides along.
        """
        check_flag("replace_additional_special_tokens", replace_additional_special_tokens)
        tokens = {}
        for name, value in special_tokens_dict.items():
            one_of("a name of special tokens", name,
                   (*self.special_names, "additional_special_tokens"))
            several = name == "additional_special_tokens"
            if several:
                check_type(name, value, (list, tuple), "a list")
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

    @property
    def max_len_single_sentence(self):
        """How many tokens of a text fit into model_max_length, beside the special ones."""
        return self.model_max_length - self.num_special_tokens_to_add(pair=False)

    @property
    def max_len_sentences_pair(self):
        """How many tokens of a pair of texts fit into model_max_length, beside the special ones."""
        return self.model_max_length - self.num_special_tokens_to_add(pair=True)

    def __repr__(self):
        return (f"{type(self).__name__}(vocab_size={self.vocab_size}, "
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
                 padding_side=None, **old_options):
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
        old_options: pad_to_max_length and truncation_strategy, of before padding and truncation.
        """
        for name, value, pair in (("text", text, text_pair),
                                  ("text_target", text_target, text_pair_target)):
            if value is None and pair is not None:
                raise ValueError(f"a pair is given of {name}, but no {name}")
        if text is None and text_target is None:
            raise ValueError("text or text_target should be given")
        check_flags(add_special_tokens=add_special_tokens, is_split_into_words=is_split_into_words,
                    return_overflowing_tokens=return_overflowing_tokens)
        one_of("return_tensors", return_tensors, (None, "np"))
        columns = self.columns(
            input_ids=True, token_type_ids=return_token_type_ids,
            attention_mask=return_attention_mask, special_tokens_mask=return_special_tokens_mask,
            offsets_mapping=return_offsets_mapping, length=return_length)
        padding, truncation = new_options(padding, truncation, max_length, old_options)
        padding, truncation, max_length = self.plan(padding, truncation, max_length,
                                                    pad_to_multiple_of, verbose)
        if add_special_tokens and None in (self.cls_token, self.sep_token):
            raise ValueError("add_special_tokens needs a cls_token and a sep_token")
        options = Options(
            *[(self.convert_tokens_to_ids(token), token)
              for token in (self.cls_token, self.sep_token, self.pad_token)],
            bool(add_special_tokens), padding, truncation, max_length,
            whole_number("stride", stride), bool(is_split_into_words), plain(pad_to_multiple_of),
            one_of("padding_side", self.padding_side if padding_side is None else padding_side,
                   SIDES), bool(return_overflowing_tokens), verbose)
        if text is None:
            return self.encode_batch("text_target", text_target, text_pair_target, options, columns,
                                     return_tensors)
        encoding = self.encode_batch("text", text, text_pair, options, columns, return_tensors)
        if text_target is not None:
            encoding["labels"] = self.encode_batch("text_target", text_target, text_pair_target,
                                                   options, columns, return_tensors)["input_ids"]
        return encoding

    def columns(self, **asked):
        """The names of COLUMNS that are wanted, asked for by True, False or None: None for those
        that stand among model_input_names."""
        check_flags(**{f"return_{name}": value for name, value in asked.items()})
        return [name for name, value in asked.items()
                if (name in self.model_input_names if value is None else value)]

    def plan(self, padding, truncation, max_length, pad_to_multiple_of, verbose):
        """The options of __call__ in short: padding None, "longest" or "max_length", truncation
        None or a strategy, and max_length in numbers where one of them needs it."""
        check_flag("verbose", verbose)
        cuts_anyway = truncation is None and padding in (None, False)
        padding = PADDING[one_of("padding", padding, PADDING)]
        strategy = TRUNCATION[one_of("truncation", truncation, TRUNCATION)]
        max_length = None if max_length is None else whole_number("max_length", max_length)
        if pad_to_multiple_of is not None:
            pad_to_multiple_of = whole_number("pad_to_multiple_of", pad_to_multiple_of, least=1)
        if max_length is not None and cuts_anyway:
            if verbose:
                warnings.warn("max_length without truncation: the text is cut, as by "
                              "truncation=True; say so to silence this", stacklevel=3)
            strategy = "longest_first"
        if max_length is None and (strategy or padding == "max_length"):
            if self.model_max_length > 10**20:
                if verbose:
                    warnings.warn("neither max_length nor model_max_length is set: nothing is "
                                  "truncated, or padded to it", stacklevel=3)
                strategy = None
                padding = None if padding == "max_length" else padding
            else:
                max_length = int(self.model_max_length)
        if padding and self.pad_token is None:
            raise ValueError("padding needs a pad_token, and it is None")
        if padding and strategy and pad_to_multiple_of:
            expect(max_length % pad_to_multiple_of == 0, "max_length", "a multiple of "
                   f"pad_to_multiple_of, {pad_to_multiple_of}, to cut and to pad", max_length)
        return padding, strategy, max_length

    def encode_batch(self, name, text, text_pair, options, columns, return_tensors):
        """The BatchEncoding of a text or a list of them; `name` is that of the argument."""
        if options.is_split_into_words and not self.add_prefix_space:
            raise ValueError("is_split_into_words needs a tokenizer made with "
                             "add_prefix_space=True, or all words would run together")
        samples, batched = samples_of(name, text, text_pair, options.is_split_into_words)
        rows_of = [self.encode_sample(sample, options) for sample in samples]
        rows = [row for new in rows_of for row in new]
        if options.padding:
            # Rows of overflow are no longer than first ones, but for a text that is cut to nothing.
            length = (options.max_length if options.padding == "max_length"
                      else max(len(new[0]) for new in rows_of))
            for row in rows:
                row.pad(rounded_up(length, options.pad_to_multiple_of))

        result = {column.replace("offsets", "offset"): [COLUMNS[column](row) for row in rows]
                  for column in columns}
        if options.overflow:
            result["overflow_to_sample_mapping"] = [n for n, new in enumerate(rows_of) for _ in new]
        longest = max(map(len, rows))
        if options.verbose and options.max_length is None and longest > self.model_max_length:
            warnings.warn(f"{name} has {longest} tokens, more than the {self.model_max_length} "
                          "that the model was made for", stacklevel=3)
        if return_tensors is None and not batched and not options.overflow:
            result = {column: values[0] if isinstance(values[0], list) else values
                      for column, values in result.items()}
        return BatchEncoding(result, rows, return_tensors)

    def encode_sample(self, sample, options):
        """The rows, a list of Encoding, of a text or pair: `sample` is a list of one or two."""
        sequences = [self.sequence(text) for text in sample]
        lengths = [len(sequence.ids) for sequence in sequences]
        spans = [[(0, length) for length in lengths]]
        if options.truncation:
            room = options.max_length
            if options.add_special_tokens:
                room -= self.num_special_tokens_to_add(pair=len(sample) == 2)
            if room >= 0:
                spans = truncated(lengths, room, options.truncation, options.stride,
                                  self.truncation_side, options.overflow)
        return [Encoding(sequences, row, options) for row in spans]

    def encode_plus(self, text, text_pair=None, add_special_tokens=True, padding=False,
                    truncation=None, max_length=None, stride=0, is_split_into_words=False,
                    *arguments, **options):
        """One text or pair as a BatchEncoding: a list of two texts is a pair here, no batch of two.

        ValueError for a batch, which `__call__` takes, as it does all other options.
        """
        text, text_pair = one_sample(text, text_pair, is_split_into_words)
        return self(text, text_pair, None, None, add_special_tokens, padding, truncation,
                    max_length, stride, is_split_into_words, *arguments, **options)

    def batch_encode_plus(self, batch_text_or_text_pairs, *arguments, **options):
        """A list of texts, or of pairs of them, as a BatchEncoding. Options are those of a call."""
        batch, split = batch_text_or_text_pairs, options.get("is_split_into_words", False)
        expect(isinstance(batch, (list, tuple)) and batch and not (
            split and any(isinstance(text, str) for text in batch)),
            "batch_text_or_text_pairs", "a list of texts, or of pairs of them", batch)
        return self(batch, None, None, None, *arguments, **options)

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
        ids = [self.cls_token_id, *row_of_ids("token_ids_0", token_ids_0), self.sep_token_id]
        if token_ids_1 is not None:
            ids += [self.sep_token_id, *row_of_ids("token_ids_1", token_ids_1), self.sep_token_id]
        return ids

    def create_token_type_ids_from_sequences(self, token_ids_0, token_ids_1=None):
        """The token types of `build_inputs_with_special_tokens`: LED has none, so zeros."""
        return [0] * len(self.build_inputs_with_special_tokens(token_ids_0, token_ids_1))

    def get_special_tokens_mask(self, token_ids_0, token_ids_1=None,
                                already_has_special_tokens=False):
        """1 where `build_inputs_with_special_tokens` puts a special token, 0 elsewhere; or, with
        already_has_special_tokens, 1 where token_ids_0 itself has any special token."""
        check_flag("already_has_special_tokens", already_has_special_tokens)
        token_ids_0 = row_of_ids("token_ids_0", token_ids_0)
        if already_has_special_tokens:
            expect(token_ids_1 is None, "token_ids_1", "none with already_has_special_tokens",
                   token_ids_1)
            special = set(self.all_special_ids)
            return [1 if id in special else 0 for id in token_ids_0]
        mask = [1, *[0] * len(token_ids_0), 1]
        if token_ids_1 is not None:
            mask += [1, *[0] * len(row_of_ids("token_ids_1", token_ids_1)), 1]
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
        one_of("return_tensors", return_tensors, (None, "np"))
        padding_side = one_of("padding_side", self.padding_side if padding_side is None
                              else padding_side, SIDES)
        padding, _, max_length = self.plan(padding, False, max_length, pad_to_multiple_of, verbose)
        main = self.model_input_names[0]
        columns = columns_of(encoded_inputs, main)
        for key, value in columns.items():
            # Arrays, of any library, are padded as lists and come out as arrays.
            first = value[0] if isinstance(value, (list, tuple)) and value else value
            if getattr(first, "ndim", 0):
                return_tensors = "np"
            columns[key] = plain(value)
        single = not columns[main] or not isinstance(columns[main][0], list)
        if single:
            columns = {key: [value] for key, value in columns.items()}
        rows = columns[main]
        for key, value in columns.items():
            expect(isinstance(value, list) and len(value) == len(rows), key,
                   f"a list of {len(rows)} rows, as {main} is", value)

        length = 0
        if padding:
            length = rounded_up(max_length if padding == "max_length" else max(map(len, rows)),
                                plain(pad_to_multiple_of))
        fillings = {main: self.pad_token_id, "token_type_ids": self.pad_token_type_id,
                    "special_tokens_mask": 1}
        if self.columns(attention_mask=return_attention_mask):
            columns.setdefault("attention_mask", [[1] * len(row) for row in rows])
            fillings.update({"attention_mask": 0, "global_attention_mask": -1})
        lengths = [max(length, len(row)) for row in rows]
        for key in columns.keys() & fillings.keys():
            expect(all(isinstance(row, list) for row in columns[key]), key,
                   "a list of numbers for each row", columns[key])
            for n, row in enumerate(columns[key]):
                more = [fillings[key]] * (lengths[n] - len(row))
                columns[key][n] = row + more if padding_side == "right" else more + row
        if single:
            columns = {key: value[0] for key, value in columns.items()}
        return BatchEncoding(columns, tensor_type=return_tensors)

    def batch_decode(self, sequences, skip_special_tokens=False, clean_up_tokenization_spaces=None,
                     **options):
        """The texts of several rows of ids, a list. Options are those of `decode`."""
        try:
            rows = list(sequences)
        except TypeError:
            raise ValueError(f"sequences: expected rows of ids, found {sequences!r:.80}") from None
        return [self.decode(row, skip_special_tokens, clean_up_tokenization_spaces, **options)
                for row in rows]

    @staticmethod
    def clean_up_tokenization(out_string):
        """The text without the spaces that a word-by-word tokenization of English puts in."""
        for spaced in (" .", " ?", " !", " ,", " ' ", " n't", " 'm", " 's", " 've", " 're"):
            out_string = out_string.replace(spaced, spaced.strip())
        return out_string

    # ---- files ----

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path, *, cache_dir=None, force_download=False,
                        local_files_only=False, token=None, revision=None, subfolder=None,
                        **settings):
        """The tokenizer of a folder or of a model on huggingface.co.

        Read are tokenizer.json, or else vocab.json and merges.txt; and, where they are there,
        tokenizer_config.json, special_tokens_map.json and added_tokens.json. `settings` are those
        of the constructor, and hold over what the files say; options of the reference that make no
        difference (HARMLESS) may be among them. The others say where to look, as in `hub.find`.
        OSError if there is nothing to read, ValueError if it cannot be understood.
        """
        for name, values in HARMLESS.items():
            one_of(name, settings.pop(name, values[0]), values)
        unknown = [name for name in settings if name not in SPECIAL_TOKENS + ALL_SETTINGS]
        if unknown:
            raise ValueError(f"from_pretrained has no argument {', '.join(unknown)}")
        folder = hub.find(pretrained_model_name_or_path, revision=revision, cache_dir=cache_dir,
                          local_files_only=local_files_only, token=token,
                          force_download=force_download, subfolder=subfolder,
                          needed=("tokenizer.json", "vocab.json"), wanted=FILES)
        if not folder.is_dir():
            raise OSError(f"{str(folder)!r} is a file; give the folder that it is in")
        files = {name: folder / name for name in FILES if (folder / name).is_file()}
        saved = settings_in(files)
        if "tokenizer.json" in files:
            paths = {"tokenizer_file": read_tokenizer_json(files["tokenizer.json"])}
        elif {"vocab.json", "merges.txt"} <= set(files):
            paths = {"vocab_file": files["vocab.json"], "merges_file": files["merges.txt"]}
        else:
            raise OSError(f"no tokenizer in {str(folder)!r}: looked for vocab.json and merges.txt, "
                          f"or tokenizer.json, and found {', '.join(files) or 'none of them'}")
        with naming(f"the tokenizer in {pretrained_model_name_or_path}"):
            tokenizer = cls(**paths, **{**saved, **settings})
            if "tokenizer_file" in paths:
                tokenizer.surround_texts_as(paths["tokenizer_file"], settings)
        return tokenizer

    def surround_texts_as(self, file, given):
        """Has texts surrounded as a TokenizerFile says where its folder names other tokens, unless
        they are `given`: so 4.34 writes it once a token was set to another, and goes on to obey it.
        """
        for name, found in file.frame.items():
            is_token = type(found) is list and len(found) == 2 and type(found[1]) is int
            expect(is_token and self.decoder.get(found[1]) == found[0], f"{file.path}: its "
                   "post_processor", f"a {name} and its id", found)
            if found[0] != getattr(self, name) and name not in given:
                warnings.warn(f"{file.path}: {name} is {getattr(self, name)!r:.99} beside it, but "
                              f"texts that {found[0]!r:.99} surrounds, as here now: give "
                              f"{name}=... if it is to be the other", stacklevel=3)
                setattr(self, name, found[0])

    def save_pretrained(self, save_directory, legacy_format=None, filename_prefix=None,
                        push_to_hub=False):
        """Writes the tokenizer into a folder, which is made if need be: vocab.json, merges.txt,
        tokenizer.json, tokenizer_config.json and special_tokens_map.json; returns their paths.

        from_pretrained reads them back, of this class and of transformers, 4.34 and 5 alike.
        legacy_format: True for no tokenizer.json, False for no vocab.json and merges.txt.
        filename_prefix: what the names of the files begin with, and a "-"; take it away to load
        them. push_to_hub: False, as nothing is uploaded here.
        """
        legacy_format = one_of("legacy_format", legacy_format, (None, False, True))
        one_of("push_to_hub", push_to_hub, (False,))
        os.makedirs(save_directory, exist_ok=True)
        added = {token.content: asdict(token) for token in self.added_tokens_decoder.values()}
        files = {
            "tokenizer_config.json": {
                "tokenizer_class": "LEDTokenizer",
                "added_tokens_decoder": {str(id): asdict(token)
                                         for id, token in self.added_tokens_decoder.items()},
                **{name: getattr(self, name) for name in (*self.special_names, *SETTINGS)},
                "additional_special_tokens": self.additional_special_tokens,
                "extra_special_tokens": {
                    name: {"__type": "AddedToken", **added[token]} if token in added else token
                    for name, token in self.extra_special_tokens.items()}},
            "special_tokens_map.json": {
                name: token if name == "additional_special_tokens" else added.get(token, token)
                for name, token in self.special_tokens_map.items()}}
        if legacy_format is not True:
            files["tokenizer.json"] = self.tokenizer_json()
        prefix = os.path.join(save_directory, f"{filename_prefix}-" if filename_prefix else "")
        for name, content in files.items():
            write_file(prefix + name, json_bytes(content, sort_keys=False, ensure_ascii=False))
        vocabulary = () if legacy_format is False else self.save_vocabulary(save_directory,
                                                                            filename_prefix)
        return (*(prefix + name for name in files), *vocabulary)

    def tokenizer_json(self):
        """The whole tokenizer as the tokenizers library describes it."""
        return {
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
        }
