"""bpe.py against frozen answers of the reference tokenizer, by its properties, and against files
that are broken or made to do harm. Needs neither transformers nor tokenizers.

LED_SWEEP=10 python -m pytest tests/test_bpe.py     # ten times as many random inputs
"""

import base64
import copy
import json
import os
import pickle
import re
import shutil
import socket
import subprocess
import sys
import time
import tracemalloc
import warnings
from collections import Counter, UserDict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import bpe  # noqa: E402
from bpe import AddedToken, BatchEncoding, LEDTokenizer  # noqa: E402
from led_support import hub  # noqa: E402
from led_support.encoding import (  # noqa: E402
    ALL_SETTINGS, FILES, SPECIAL_TOKENS, sizes_after_truncation, windows)

FIXTURES = Path(__file__).parent / "fixtures" / "tokenizer"
OFFICIAL = ROOT.parent / "shared" / "tokenizer"
SWEEP = float(os.environ.get("LED_SWEEP", "1"))
EXPECTED = json.loads((FIXTURES / "expected.json").read_text())
EXPECTED_5 = json.loads((FIXTURES / "expected_5.json").read_text())
QUICK = settings(max_examples=int(100 * SWEEP), deadline=None,
                 suppress_health_check=list(HealthCheck))

any_text = st.text(alphabet=st.characters(), max_size=60)  # lone surrogates included
words = st.lists(st.sampled_from(
    ["the", " silver", " key", "<mask>", "</s>", " ", "\n", "'s", "é", "😀", "12", ".", " harbour"]),
    max_size=12).map("".join)


@pytest.fixture(scope="module")
def tokenizer():
    return LEDTokenizer.from_pretrained(FIXTURES)


def listed(value):
    """JSON has no tuples."""
    return json.loads(json.dumps(value))


# ---- what the reference answered ----

def check_described(tokenizer, expected):
    text = expected["text"]
    encoding = tokenizer(text, return_offsets_mapping=True)
    assert encoding["input_ids"] == expected["ids"]
    assert listed(encoding["offset_mapping"]) == expected["offsets"]
    assert encoding.tokens() == expected["tokens"]
    assert encoding.word_ids() == expected["words"]
    assert tokenizer.decode(expected["ids"], skip_special_tokens=True,
                            clean_up_tokenization_spaces=False) == expected["plain"]
    assert tokenizer.decode(expected["ids"], clean_up_tokenization_spaces=True) == (
        LEDTokenizer.clean_up_tokenization(
            tokenizer.decode(expected["ids"], clean_up_tokenization_spaces=False)))


@pytest.mark.parametrize("name", EXPECTED["texts"])
def test_texts_as_the_reference_encodes_them(name):
    group = EXPECTED["texts"][name]
    tokenizer = LEDTokenizer.from_pretrained(FIXTURES, **group["settings"])
    assert len(group["texts"]) > 150
    for expected in group["texts"]:
        check_described(tokenizer, expected)
        assert tokenizer.decode(expected["ids"]) == expected["decoded"]


@pytest.mark.parametrize("number", range(len(EXPECTED["calls"])))
def test_calls_as_the_reference_answers_them(number):
    expected = EXPECTED["calls"][number]
    tokenizer = LEDTokenizer.from_pretrained(FIXTURES, **expected["settings"])
    if "error" in expected:
        # It refuses a stride above max_length - 2 even where nothing is cut; we where it is.
        if "stride" in expected["error"]:
            return
        with pytest.raises(ValueError):
            tokenizer(**expected["arguments"], verbose=False)
        return
    encoding = tokenizer(**expected["arguments"], verbose=False)
    if "token_type_ids" in expected["columns"]:
        # LED has no token types, but the reference forgets that in rows of overflow without
        # special tokens: there it numbers the second text 1.
        types = expected["columns"]["token_type_ids"]
        expected["columns"]["token_type_ids"] = (
            [[0] * len(row) for row in types] if isinstance(types[0], list) else [0] * len(types))
    assert listed(encoding) == expected["columns"]
    assert list(encoding) == list(expected["columns"])  # in the same order
    assert [row.word_ids for row in encoding.encodings] == expected["words"]
    assert [row.sequence_ids for row in encoding.encodings] == expected["sequences"]


def test_training_as_the_reference_trains():
    """Same tokens in the same order, same merges, as tokenizers.trainers.BpeTrainer."""
    corpus = json.loads((FIXTURES / "corpus.json").read_text())
    vocab = json.loads((FIXTURES / "vocab.json").read_text())
    ours = LEDTokenizer.train(corpus, 577)
    assert ours.encoder == vocab
    assert list(ours.ranks) == bpe.read_merges(FIXTURES / "merges.txt")


@pytest.mark.parametrize("folder, expected", [("saved_4", EXPECTED), ("saved_5", EXPECTED_5)])
def test_folders_that_the_reference_saved(folder, expected):
    """tokenizer.json in both notations of merges, with tokens and settings of its own."""
    tokenizer = LEDTokenizer.from_pretrained(FIXTURES / folder)
    assert (tokenizer.padding_side, tokenizer.truncation_side) == ("left", "left")
    assert tokenizer.model_max_length == 77
    assert tokenizer.pad_token == "<PAD>"
    assert tokenizer.additional_special_tokens == expected["additional"]
    for described in expected["saved"]:
        check_described(tokenizer, described)


FOLDERS = {f"{value['versions']['transformers']}: {name}": folder
           for value in [json.loads(path.read_text()) for path in FIXTURES.glob("folders_*.json")]
           for name, folder in value["folders"].items()}


def write_folder(folder, files):
    """A folder with the small vocabulary and these files {name: text}."""
    for name in ("vocab.json", "merges.txt"):
        shutil.copyfile(FIXTURES / name, folder / name)
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")


@pytest.mark.parametrize("name", sorted(FOLDERS))
def test_folders_of_many_versions(tmp_path, name):
    """Saved by the slow and by the fast class of transformers 4.46 to 5.23, with and without
    special tokens that have names of their own: the same ids as that version. So, too, saved by us.
    """
    expected = FOLDERS[name]
    write_folder(tmp_path, expected["files"])
    tokenizer = LEDTokenizer.from_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path / "again")
    for tokenizer in (tokenizer, LEDTokenizer.from_pretrained(tmp_path / "again")):
        assert [[text, tokenizer.encode(text)] for text, _ in expected["ids"]] == expected["ids"]
        assert [tokenizer.decode(ids, True, False) for _, ids in expected["ids"]] == (
            expected["skipped"])
        assert len(tokenizer) == expected["length"]
        assert tokenizer.get_added_vocab() == expected["added"]
        assert sorted(tokenizer.all_special_tokens) == expected["special"]
        assert {name: getattr(tokenizer, name, None) for name in expected["named"]} == (
            expected["named"])
        assert tokenizer.model_max_length == 64


def test_special_tokens_with_names_of_their_own(tokenizer, tmp_path):
    size = len(tokenizer)
    tokenizer = LEDTokenizer.from_pretrained(
        FIXTURES, additional_special_tokens=["<q>"],
        extra_special_tokens={"image_token": "<image>",
                              "box_token": AddedToken("<b>", lstrip=True)})
    assert (tokenizer.image_token, tokenizer.image_token_id) == ("<image>", size + 1)
    assert tokenizer.extra_special_tokens == {"image_token": "<image>", "box_token": "<b>"}
    assert tokenizer.special_tokens_map["box_token"] == "<b>"
    assert tokenizer.tokenize("a <image> <b>") == ["a", "Ġ", "<image>", " <b>"]
    assert tokenizer.decode([4, size + 1, size + 2], skip_special_tokens=True) == "!"
    tokenizer.add_special_tokens({"image_token": AddedToken("<i>")})
    assert tokenizer.image_token_id == size + 3
    tokenizer.image_token_id = 5
    tokenizer.box_token = "</s>"
    assert (tokenizer.image_token, tokenizer.box_token_id) == ('"', 2)
    tokenizer.save_pretrained(tmp_path)
    again = pickle.loads(pickle.dumps(LEDTokenizer.from_pretrained(tmp_path)))
    assert (again.image_token, again.box_token, again.box_token_id) == ('"', "</s>", 2)
    # transformers 5 has a list under this name.
    listed = LEDTokenizer.from_pretrained(FIXTURES, extra_special_tokens=["<q>", "<r>"])
    assert listed.additional_special_tokens == ["<q>", "<r>"] and listed.extra_special_tokens == {}
    with pytest.raises(AttributeError, match="image_token_id"):
        listed.image_token_id
    for wrong in ({"pad_token": "<x>"}, {"encode": "<x>"}, {"a b": "<x>"}, {"x_id": "<x>"},
                  {3: "<x>"}, "<x>", {"image_token": 3}):
        with pytest.raises(ValueError, match="extra_special_tokens|image_token"):
            LEDTokenizer.from_pretrained(FIXTURES, extra_special_tokens=wrong)


@pytest.mark.skipif(not (OFFICIAL / "vocab.json").exists(),
                    reason=f"needs the official vocab.json and merges.txt in {OFFICIAL}")
def test_the_official_vocabulary():
    tokenizer = LEDTokenizer.from_pretrained(OFFICIAL)
    assert tokenizer("Hello world")["input_ids"] == [0, 31414, 232, 2]  # from the documentation
    assert tokenizer(" Hello world")["input_ids"] == [0, 20920, 232, 2]
    assert tokenizer("</s> <mask>")["input_ids"] == [0, 2, 50264, 2]
    assert (tokenizer.vocab_size, tokenizer.mask_token_id) == (50265, 50264)
    offsets = tokenizer(" Hello  world, naïve 😀", return_offsets_mapping=True)["offset_mapping"]
    assert offsets[1:4] == [(1, 6), (7, 7), (8, 13)]


# ---- properties ----

@QUICK
@given(any_text)
def test_decode_inverts_encode(tokenizer, text):
    text = bpe.without_surrogates(text)
    ids = tokenizer.encode(text, add_special_tokens=False)
    if not any(token in text for token in tokenizer.added):
        assert tokenizer.decode(ids, clean_up_tokenization_spaces=False) == text


@QUICK
@given(any_text)
def test_offsets_are_of_the_text(tokenizer, text):
    """Untrimmed offsets cover the text in order without gaps, and each token's bytes are there."""
    whole = LEDTokenizer(tokenizer.encoder, list(tokenizer.ranks), trim_offsets=False)
    encoding = whole(text, add_special_tokens=False, return_offsets_mapping=True)
    text = bpe.without_surrogates(text)
    end = 0
    for (start, stop), token in zip(encoding["offset_mapping"], encoding.tokens()):
        assert start <= end <= stop and start < stop
        end = stop
        if token not in whole.added and not token.strip() == "":
            assert bytes(bpe.SYMBOL_TO_BYTE[s] for s in token) in text[start:stop].encode()
    assert end == len(text)


def merge_by_definition(symbols, ranks):
    """The naive twin of bpe.merge: look everywhere, merge once, start again."""
    symbols = list(symbols)
    while True:
        candidates = [(ranks[pair], place) for place, pair in enumerate(zip(symbols, symbols[1:]))
                      if pair in ranks]
        if not candidates:
            return symbols
        place = min(candidates)[1]
        symbols[place:place + 2] = ["".join(symbols[place:place + 2])]


@QUICK
@given(st.text("abc", max_size=30), st.lists(st.tuples(
    st.text("abc", min_size=1, max_size=3), st.text("abc", min_size=1, max_size=3)), unique=True))
def test_merge_equals_its_definition(word, pairs):
    ranks = {pair: rank for rank, pair in enumerate(pairs)}
    steps = []
    merged = bpe.merge(word, ranks, lambda rank, tokens: steps.append(tokens))
    assert merged == merge_by_definition(word, ranks)
    assert "".join(merged) == word
    assert (steps[-1] if steps else list(word)) == merged
    assert [len(step) for step in steps] == [len(word) - n - 1 for n in range(len(steps))]


def test_merge_example():
    ranks = {("l", "l"): 0, ("h", "e"): 1, ("he", "ll"): 2}
    assert bpe.merge("hello", ranks) == ["hell", "o"]
    assert bpe.merge("", ranks) == []


def test_each_step_of_merging_is_a_list_of_its_own():
    steps = []
    ranks = {("l", "l"): 0, ("h", "e"): 1, ("he", "ll"): 2}
    merged = bpe.merge("hello", ranks, on_merge=lambda rank, tokens: steps.append(tokens))
    assert steps == [["h", "e", "ll", "o"], ["he", "ll", "o"], ["hell", "o"]]
    steps[-1].append("x")
    assert merged == ["hell", "o"]


def test_a_pretoken_of_any_length_is_quick():
    ranks = {("a", "a"): 0, ("aa", "aa"): 1, ("b", "aa"): 2, ("aaaa", "aaaa"): 3}
    began = time.process_time()
    assert len(bpe.merge("a" * 200_000 + "b", ranks)) == 25_001
    assert time.process_time() - began < 10  # 0.5 s measured; by definition it would take an hour
    tokenizer = LEDTokenizer.from_pretrained(FIXTURES)
    began = time.process_time()
    text = "the" * 50_000
    assert tokenizer.decode(tokenizer.encode(text), skip_special_tokens=True) == text
    assert time.process_time() - began < 10  # 0.5 s measured


def learn_by_definition(counts, num_tokens):
    """The naive twin of bpe.learn_merges: count all pairs anew after each merge."""
    tokens = sorted(bpe.BYTE_TO_SYMBOL.values())
    words_ = {tuple(word): count for word, count in counts.items()}
    merges = []
    while len(tokens) < num_tokens:
        pairs = Counter()
        for word, count in words_.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += count
        pairs = {pair: count for pair, count in pairs.items() if count > 1}
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], *map(tokens.index, pair)))
        if best not in merges:
            merges.append(best)
        if "".join(best) not in tokens:
            tokens.append("".join(best))
        merged = Counter()
        for word, count in words_.items():
            out, place = [], 0
            while place < len(word):
                both = word[place:place + 2] == best
                out.append("".join(best) if both else word[place])
                place += 1 + both
            merged[tuple(out)] += count
        words_ = merged
    return tokens, merges


@QUICK
@given(st.dictionaries(st.text("abcd", min_size=1, max_size=12), st.integers(1, 9), max_size=12))
def test_learning_equals_its_definition(counts):
    assert bpe.learn_merges(counts, 256 + 17) == learn_by_definition(counts, 256 + 17)


def test_learning_reserves_tokens():
    tokens, merges = bpe.learn_merges({"<s>": 5, "<s>x": 3}, 300, reserved=["<s>"])
    assert "<s>" not in tokens and ("<", "s") in merges


@QUICK
@given(st.integers(0, 40), st.integers(1, 9), st.integers(0, 8), st.sampled_from(["right", "left"]))
def test_windows_cover_everything(length, size, stride, side):
    if stride >= size:
        if length > size:
            with pytest.raises(ValueError, match="stride"):
                windows(length, size, stride, side)
        return
    spans = windows(length, size, stride, side)
    assert {n for start, stop in spans for n in range(start, stop)} == set(range(length))
    assert spans[0] == ((0, min(size, length)) if side == "right"
                        else (max(0, length - size), length))
    for (start, stop), (start_2, stop_2) in zip(spans, spans[1:]):
        assert (stop - start_2 if side == "right" else stop_2 - start) == stride
        assert stop - start == size


@pytest.mark.parametrize("lengths, max_length, strategy, sizes", [
    ([5, 5], 7, "longest_first", [3, 4]), ([6, 5], 7, "longest_first", [4, 3]),
    ([5, 6], 7, "longest_first", [3, 4]), ([2, 9], 7, "longest_first", [2, 5]),
    ([9, 2], 7, "longest_first", [5, 2]), ([9, 8], 1, "longest_first", [1, 0]),
    ([9], 7, "longest_first", [7]), ([9, 2], 0, "only_first", [0, 0]),
    ([9, 2], 7, "only_first", [5, 2]), ([3, 9], 7, "only_second", [3, 4]),
    ([3, 4], 7, "only_second", [3, 4])])
def test_sizes_after_truncation(lengths, max_length, strategy, sizes):
    assert sizes_after_truncation(lengths, max_length, strategy) == sizes


def test_truncation_leaves_one_token():
    assert sizes_after_truncation([3, 9], 10, "only_first") == [1, 9]
    with pytest.raises(ValueError, match="2 tokens have to go, from a text of 2"):
        sizes_after_truncation([2, 9], 9, "only_first")


@QUICK
@given(st.lists(words, min_size=1, max_size=5), st.integers(1, 7),
       st.sampled_from(["right", "left"]))
def test_padding(tokenizer, texts, multiple, side):
    padded = LEDTokenizer(tokenizer.encoder, list(tokenizer.ranks), padding_side=side)
    rows = padded(texts)
    batch = padded(texts, padding=True, pad_to_multiple_of=multiple, return_tensors="np",
                   return_special_tokens_mask=True)
    assert batch["input_ids"].dtype == np.int64
    longest = max(map(len, rows["input_ids"]))
    assert batch["input_ids"].shape[1] == -(-longest // multiple) * multiple
    for ids, mask, special, alone in zip(*(batch[name] for name in (
            "input_ids", "attention_mask", "special_tokens_mask")), rows["input_ids"]):
        assert ids[mask == 1].tolist() == alone
        assert (ids[mask == 0] == padded.pad_token_id).all() and (special[mask == 0] == 1).all()
        assert (np.diff(mask) <= 0).all() if side == "right" else (np.diff(mask) >= 0).all()
    # The same by way of `pad`.
    again = padded.pad(dict(padded(texts, return_special_tokens_mask=True)),
                       pad_to_multiple_of=multiple, return_tensors="np")
    for name in batch:
        np.testing.assert_array_equal(again[name], batch[name])


@QUICK
@given(words, st.integers(5, 9), st.integers(0, 2))
def test_overflow_keeps_every_token(tokenizer, text, max_length, stride):
    whole = tokenizer(text, add_special_tokens=False)["input_ids"]
    parts = tokenizer(text, truncation=True, max_length=max_length, stride=stride,
                      return_overflowing_tokens=True)["input_ids"]
    joined = parts[0][1:-1]
    for part in parts[1:]:
        joined += part[1 + stride:-1]
    assert joined == whole
    assert all(len(part) <= max_length for part in parts)


def test_the_two_spans_of_a_word_agree(tokenizer):
    encoding = tokenizer("the lighthouse's 😀 <mask>", "a silver key")
    for sequence in (0, 1):
        text = ["the lighthouse's 😀 <mask>", "a silver key"][sequence]
        for place, character in enumerate(text):
            token = encoding.char_to_token(place, sequence_index=sequence)
            if character == " ":
                assert token is None
                continue
            start, end = encoding.token_to_chars(token)
            assert start <= place < end
            assert encoding.token_to_sequence(token) == sequence
            word = encoding.char_to_word(place, sequence_index=sequence)
            assert encoding.token_to_word(token) == word
            span = encoding.word_to_tokens(word, sequence_index=sequence)
            assert span.start <= token < span.end
            chars = encoding.word_to_chars(word, sequence_index=sequence)
            assert chars.start <= place < chars.end
    assert encoding.token_to_chars(0) is None and encoding.token_to_word(0) is None
    assert encoding.word_to_tokens(99) is None and encoding.word_to_chars(99) is None
    assert encoding.n_sequences == 2
    assert encoding[0].ids == encoding.input_ids


def test_batch_encoding_is_a_dict(tokenizer):
    encoding = tokenizer(["the key", "the silver key"])
    assert isinstance(encoding, dict) and set({**encoding}) == {"input_ids", "attention_mask"}
    assert encoding.attention_mask is encoding["attention_mask"]
    with pytest.raises(AttributeError, match="global"):
        encoding.global_attention_mask
    with pytest.raises(KeyError, match="no rows"):
        BatchEncoding({"input_ids": [1]})[0]
    assert encoding.is_fast and not BatchEncoding({"input_ids": [1]}).is_fast
    assert encoding.data == dict(encoding) and encoding.n_sequences == 1
    encoding.data["extra"] = 1
    assert encoding["extra"] == 1
    assert encoding[0:2] == encoding.encodings
    assert BatchEncoding({"input_ids": [[1, 2], [3], [4]]})[1:] == {"input_ids": [[3], [4]]}
    assert BatchEncoding() == {} and BatchEncoding().n_sequences is None
    assert BatchEncoding({"a": [1]}, encoding[1])[0] is encoding[1]


def test_batch_encoding_to_arrays(tokenizer):
    encoding = tokenizer(["the key", "a lantern"], padding=True)
    rows = encoding["input_ids"]
    assert encoding.convert_to_tensors() is encoding and encoding["input_ids"] is rows
    assert encoding.convert_to_tensors("np") is encoding
    assert encoding["input_ids"].dtype == np.int64 and encoding["input_ids"].tolist() == rows
    ids = encoding["input_ids"]
    assert encoding.convert_to_tensors("np")["input_ids"] is ids
    scores = BatchEncoding({"input_ids": [[1, 2]], "scores": np.array([0.5])}, tensor_type="np")
    assert scores["scores"].dtype == float and scores["input_ids"].shape == (1, 2)
    single = tokenizer("the key").convert_to_tensors("np", prepend_batch_axis=True)
    np.testing.assert_array_equal(single["input_ids"],
                                  tokenizer("the key", return_tensors="np").input_ids)
    mixed = BatchEncoding({"labels": 3, "scores": [0.5, 2], "none": []}, tensor_type="np")
    assert mixed["labels"].dtype == mixed["none"].dtype == np.int64
    assert mixed["scores"].tolist() == [0.5, 2.0]
    assert tokenizer.pad({"input_ids": [[5], [6]], "scores": [0.5, 1.5]}, return_tensors="np")[
        "scores"].tolist() == [0.5, 1.5]
    assert encoding.to("cpu") is encoding
    with pytest.raises(ValueError, match="device"):
        encoding.to("cuda")
    with pytest.raises(ValueError, match="words"):
        BatchEncoding({"words": ["a"]}, tensor_type="np")
    with pytest.raises(ValueError, match="tensor_type"):
        encoding.convert_to_tensors("pt")
    with pytest.raises(ValueError, match="padding=True"):
        tokenizer(["the key", "a"]).convert_to_tensors("np")


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))],
                         ids=["deepcopy", "pickle"])
def test_copies(tokenizer, copied):
    text = "the silver key</s> 😀"
    other = copied(tokenizer)
    other.add_tokens(["silver"])
    assert tokenizer(text)["input_ids"] == other.__class__.from_pretrained(FIXTURES)(text).input_ids
    assert other(text)["input_ids"] != tokenizer(text)["input_ids"]
    encoding = copied(tokenizer(text))
    assert encoding["input_ids"] == tokenizer(text)["input_ids"]


def test_a_pickled_encoding_is_small(tokenizer):
    """The vocabulary does not travel with it."""
    encoding = tokenizer("the silver key</s> 😀", "a lantern")
    data = pickle.dumps(encoding)
    assert len(data) < 3000 < len(pickle.dumps(tokenizer))
    assert pickle.loads(data)[0].offsets == encoding[0].offsets
    assert pickle.loads(data).word_ids() == encoding.word_ids()


def test_what_was_encoded_before_keeps_its_offsets(tokenizer):
    """Offsets are made when asked for, but with the tokens of then."""
    tokenizer = copy.deepcopy(tokenizer)
    encoding = tokenizer("the silver key")
    tokenizer.add_tokens(["silver key"])
    assert len(encoding[0].offsets) == len(encoding["input_ids"])
    assert encoding[0].offsets != tokenizer("the silver key")[0].offsets


def test_the_cache_is_bounded(tokenizer, monkeypatch):
    monkeypatch.setattr(bpe, "MAX_CACHE", 7 * 400)
    tokenizer = copy.deepcopy(tokenizer)
    text = " ".join(f"word{n}" for n in range(50)) + " " + "x" * 100
    expected = [id for token in bpe.PRETOKEN.findall(text) for id in
                [tokenizer.encoder[t] for t in bpe.merge(bpe.to_symbols(token), tokenizer.ranks)]]
    assert tokenizer.encode(text, add_special_tokens=False) == expected
    assert 0 < len(tokenizer.cache) <= 9
    assert "x" * 100 not in tokenizer.cache


@pytest.mark.parametrize("alphabet, length", [
    ("abcdefghij", 5), ("中文字符日本語東京的地圖", 60), ("😀🗝🇩🇪é", 31)])
def test_the_cache_takes_no_more_memory_than_it_may(tokenizer, monkeypatch, alphabet, length):
    """By what is allocated: words of few characters, and words of many tokens."""
    monkeypatch.setattr(bpe, "MAX_CACHE", 300_000)
    chance = np.random.RandomState(3)
    words = ["".join(chance.choice(list(alphabet), length)) for _ in range(2000)]
    cache = bpe.PretokenCache(tokenizer.encoder, tokenizer.ranks, 3)
    most = kept = 0
    tracemalloc.start()
    try:
        for n, word in enumerate(words):
            cache[word[:1] + word[1:]]  # a string of its own
            kept = max(kept, len(cache))
            if n % 7 == 0:
                most = max(most, tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert most < 300_000
    # Not by their memory, part of which Python may have had before: 1,194, 173 and 314 words.
    assert kept > 150


# ---- tokens that are added ----

def test_added_tokens(tokenizer):
    tokenizer = copy.deepcopy(tokenizer)
    size = len(tokenizer)
    assert tokenizer.add_tokens(["newtok", "newtok", AddedToken("alone", single_word=True)]) == 2
    assert len(tokenizer) == size + 2 and tokenizer.vocab_size == size
    assert tokenizer.convert_tokens_to_ids(["newtok", "alone"]) == [size, size + 1]
    assert size in tokenizer.encode("xnewtoky")
    assert size + 1 in tokenizer.encode("is alone, alone")
    assert size + 1 not in tokenizer.encode("aloneness, balone, _alone, alone_, éalone")
    # Strings among the special tokens take white space along, AddedToken as they say.
    assert tokenizer.add_special_tokens({"additional_special_tokens": [
        "<q>", AddedToken("<l>", lstrip=True)]}) == 2
    assert tokenizer.tokenize("a <q> b <l> c")[1:4] == [" <q> ", "b", " <l>"]
    # What one has taken, the next one cannot.
    assert tokenizer.tokenize("a <q> <q> <l> b")[1:] == [" <q> ", "<q> ", "<l>", "Ġ", "b"]
    assert tokenizer.additional_special_tokens_ids == [size + 2, size + 3]
    ids = tokenizer.encode("newtok <q>x")
    assert tokenizer.decode(ids, skip_special_tokens=True) == "newtokx"
    assert tokenizer.all_special_tokens[-2:] == ["<q>", "<l>"]
    tokenizer.add_special_tokens({"pad_token": "<PAD>"})
    assert (tokenizer.pad_token, tokenizer.pad_token_id) == ("<PAD>", size + 4)
    assert tokenizer(["a", "the silver key"], padding=True)["input_ids"][0][-1] == size + 4


def test_the_longest_of_several_added_tokens_wins(tokenizer):
    tokenizer = copy.deepcopy(tokenizer)
    tokenizer.add_tokens(["ab", "abc", "bcd"])
    assert tokenizer.tokenize("abcd ab bcd") == ["abc", "d", "Ġ", "ab", "Ġ", "bcd"]
    # ... but one that is not normalized comes before all that are.
    tokenizer.add_tokens([AddedToken("cd", normalized=False)])
    assert tokenizer.tokenize("abcd") == ["ab", "cd"]


@QUICK
@given(any_text)
def test_an_added_token_decodes_to_its_own_text(tokenizer, text):
    """The reference turns the é of an added token into U+FFFD."""
    text = bpe.without_surrogates(text)
    if text:
        tokenizer = LEDTokenizer(tokenizer.encoder, list(tokenizer.ranks))
        tokenizer.add_tokens([text])
        ids = tokenizer.encode(text, add_special_tokens=False)
        assert tokenizer.decode(ids, clean_up_tokenization_spaces=False) == text


def longest_first(strings):
    """What `any_of` stands for: one alternative after the other, the longest first."""
    return re.compile("|".join(map(re.escape, sorted(strings, key=len, reverse=True))))


@QUICK
@given(st.lists(st.text("ab<[]^-\\ \n中", min_size=1, max_size=6), min_size=1, max_size=12,
                unique=True),
       st.text("ab<[]^-\\ \n中", max_size=40), st.integers(2, 5), st.integers(0, 3))
def test_any_of_finds_what_an_alternation_finds(strings, text, branches, nesting):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bpe, "MAX_BRANCHES", branches)
        patch.setattr(bpe, "MAX_NESTING", nesting)
        found = [match.span() for match in re.finditer(bpe.any_of(strings), text)]
    assert found == [match.span() for match in longest_first(strings).finditer(text)]


def widest(pattern):
    """The most alternatives that stand side by side in a regular expression."""
    counts, most, place = [1], 1, 0
    while place < len(pattern):
        if pattern[place] == "\\":
            place += 1
        elif pattern[place] == "(":
            counts.append(1)
        elif pattern[place] == "|":
            counts[-1] += 1
            most = max(most, counts[-1])
        elif pattern[place] == ")":
            counts.pop()
        place += 1
    return most


THOUSANDS = {"numbered": [f"<extra_id_{n}>" for n in range(5000)],
             "words": ["".join(chr(97 + n // 26**k % 26) for k in range(5)) for n in range(5000)],
             "Chinese": [chr(0x4e00 + n) + chr(0x5e00 + n * 7 % 4999) for n in range(5000)]}


@pytest.mark.parametrize("name", THOUSANDS)
def test_thousands_of_added_tokens(tokenizer, monkeypatch, name):
    """Added one by one: nothing is made anew for each, and no place of a text has thousands of
    alternatives to go through."""
    made = []
    any_of = bpe.any_of
    monkeypatch.setattr(bpe, "any_of", lambda strings, nesting=0: (
        made.append(len(strings)) if not nesting else None, any_of(strings, nesting))[1])
    tokenizer = copy.deepcopy(tokenizer)
    size = len(tokenizer)
    tokens = THOUSANDS[name]
    assert sum(tokenizer.add_tokens(token) for token in tokens) == len(tokens)
    assert made == []
    ids = tokenizer.encode(" ".join(tokens[-300:]), add_special_tokens=False)
    assert [id for id in ids if id >= size] == list(range(size, size + len(tokens)))[-300:]
    calls = len(made)
    for token in tokens[:3]:
        tokenizer.add_special_tokens({"additional_special_tokens": [token]})
    assert tokenizer.additional_special_tokens == tokens[:3] and len(made) == calls
    tokenizer(tokens[7])
    calls = len(made)
    tokenizer(tokens[7])
    assert len(made) == calls  # the pattern is kept
    assert max(widest(matcher.pattern.pattern) for matcher in tokenizer.matchers) <= 64


def test_added_tokens_that_begin_with_each_other():
    """Python's own limit of groups within groups is not met."""
    pattern = re.compile(bpe.any_of(["ab" * n for n in range(1, 700)]))
    assert pattern.match("ab" * 650 + "x").end() == 1300
    assert pattern.match("ababa").end() == 4


def test_adding_a_token_keeps_the_cache(tokenizer):
    tokenizer = copy.deepcopy(tokenizer)
    tokenizer("the silver key")
    tokenizer.add_tokens(["newtok"])
    assert " silver" in tokenizer.cache
    tokenizer.unk_token = "<pad>"  # what a byte that is not in the vocabulary becomes
    assert " silver" not in tokenizer.cache


def test_white_space_that_is_a_token_is_taken_once(tokenizer):
    """A token that strips may take what would be the next one."""
    tokenizer = copy.deepcopy(tokenizer)
    size = len(tokenizer)
    tokenizer.add_tokens([AddedToken("\n", lstrip=True, rstrip=True)])
    assert tokenizer.encode("a\n\n \nb", add_special_tokens=False) == [68, size, 69]
    tokenizer.add_tokens([AddedToken("\t", lstrip=True)])  # there may be nothing left for it
    assert tokenizer.encode("a\n\t\tb", add_special_tokens=False) == [68, size, 69]
    # A run of white space is gone through once: for each of its tokens it would take an hour.
    assert tokenizer.encode("a" + "\n" * 200_000, add_special_tokens=False) == [68, size]


# What transformers 4.34.0 answers: the counts, and the tokens of TEXT.
TEXT = "a <mask> b  </s> new  newer"
READDED = {
    "string": ([("<mask>", False)], [1], "a|Ġ|<mask>|Ġ|b|ĠĠ|</s>|Ġn|e|w|Ġ|Ġn|e|w|er"),
    "special string": ([("<mask>", True)], [1], "a|Ġ|<mask>|Ġ|b|ĠĠ|</s>|Ġn|e|w|Ġ|Ġn|e|w|er"),
    "same flags, not special": ([(AddedToken("<mask>", lstrip=True), False)], [1],
                                "a| <mask>|Ġ|b|ĠĠ|</s>|Ġn|e|w|Ġ|Ġn|e|w|er"),
    "same flags, special": ([(AddedToken("<mask>", lstrip=True, normalized=True), True)], [0],
                            "a| <mask>|Ġ|b|ĠĠ|</s>|Ġn|e|w|Ġ|Ġn|e|w|er"),
    "other flags": ([(AddedToken("<mask>", rstrip=True), False)], [1],
                    "a|Ġ|<mask> |b|ĠĠ|</s>|Ġn|e|w|Ġ|Ġn|e|w|er"),
    "plain, then special, then plain": (
        [("new", False), ("new", True), ("new", False), ("new", False)], [1, 1, 1, 0],
        "a| <mask>|Ġ|b|ĠĠ|</s>|Ġ|new|ĠĠ|new|er"),
    "special, then plain": ([("new", True), ("new", False)], [1, 1],
                            "a| <mask>|Ġ|b|ĠĠ|</s>|Ġ|new|ĠĠ|new|er"),
    "special, then stripping": ([("new", True), (AddedToken("new", lstrip=True), False)], [1, 1],
                                "a| <mask>|Ġ|b|ĠĠ|</s>| new|  new|er"),
}


@pytest.mark.parametrize("name", READDED)
def test_tokens_that_are_added_again(tokenizer, tmp_path, name):
    steps, counts, tokens = READDED[name]
    tokenizer = copy.deepcopy(tokenizer)
    size = len(tokenizer)
    assert [tokenizer.add_tokens([token], special_tokens=special)
            for token, special in steps] == counts
    assert tokenizer.tokenize(TEXT) == tokens.split("|")
    assert len(tokenizer) == size + ("new" in name or steps[0][0] == "new")
    # Once special, always left out; and nothing of it is lost on the way through files.
    skipped = tokenizer.decode(tokenizer.encode(TEXT), skip_special_tokens=True)
    assert "<mask>" not in skipped and ("new" in skipped) == (steps[0][0] != "new")
    tokenizer.save_pretrained(tmp_path)
    again = LEDTokenizer.from_pretrained(tmp_path)
    assert again.tokenize(TEXT) == tokens.split("|")
    assert again.decode(again.encode(TEXT), skip_special_tokens=True) == skipped


def test_special_tokens_that_are_added_again(tokenizer):
    tokenizer = copy.deepcopy(tokenizer)
    size = len(tokenizer)
    add = tokenizer.add_special_tokens
    assert add({"pad_token": AddedToken("<pad>", normalized=True)}) == 0
    assert add({"eos_token": AddedToken("</s>", rstrip=True)}) == 1
    assert add({"additional_special_tokens": ["</s>", "<x>"]}) == 2
    assert add({"additional_special_tokens": ["<x>"]}) == 0
    assert add({"additional_special_tokens": ["<y>"]}) == 1
    assert tokenizer.additional_special_tokens == ["</s>", "<x>", "<y>"]
    assert add({"additional_special_tokens": ["<z>"]}, replace_additional_special_tokens=True) == 1
    assert tokenizer.additional_special_tokens == ["<z>"]
    assert tokenizer.additional_special_tokens_ids == [size + 2]
    assert add({}) == 0 and tokenizer.add_tokens([]) == 0
    for wrong in (None, {"a"}, (token for token in ["a"]), 3, np.array(["a"])):
        with pytest.raises(ValueError, match="new_tokens"):
            tokenizer.add_tokens(wrong)
    with pytest.raises(ValueError, match="mask_token"):  # and then nothing has changed
        add({"pad_token": "<p>", "mask_token": 3})
    assert tokenizer.pad_token == "<pad>" and len(tokenizer) == size + 3


def with_ids(folder, ids):
    """The small vocabulary with "aaa", "bbb", "ccc" under these ids, in each kind of file."""
    for name in ("vocab.json", "merges.txt"):
        shutil.copyfile(FIXTURES / name, folder / name)
    listed = {id: {"content": token} for id, token in zip(ids, ["aaa", "bbb", "ccc"])}
    (folder / "added_tokens.json").write_text(json.dumps(
        {token["content"]: id for id, token in listed.items()}))
    yield
    (folder / "added_tokens.json").unlink()
    (folder / "tokenizer_config.json").write_text(json.dumps({"added_tokens_decoder": listed}))
    yield
    (folder / "tokenizer_config.json").unlink()
    value = copy.deepcopy(GOOD_JSON)
    value["model"]["vocab"] = json.loads((FIXTURES / "vocab.json").read_text())
    value["added_tokens"] = [{"id": id, **token} for id, token in listed.items()]
    (folder / "tokenizer.json").write_text(json.dumps(value))
    yield


@pytest.mark.parametrize("ids, expected", [
    ([470, 471, 472], ["aaa", "bbb", "ccc"]), ([470, 472, 475], ["aaa", "bbb", "ccc"]),
    ([475, 480, 490], ["aaa", "bbb", "ccc"]), ([471, 480, 475], ["aaa", "ccc", "bbb"])])
def test_ids_with_holes_are_closed(tmp_path, ids, expected):
    """As the reference does in each of its versions; and it says so."""
    for n, _ in enumerate(with_ids(tmp_path, ids)):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            tokenizer = LEDTokenizer.from_pretrained(tmp_path)
        order = ["aaa", "bbb", "ccc"] if n == 2 else expected  # tokenizer.json: as they stand there
        assert tokenizer.convert_tokens_to_ids(order) == [470, 471, 472]
        assert tokenizer.add_tokens(["later"]) == 1
        assert tokenizer.convert_tokens_to_ids("later") == 473 and len(tokenizer) == 474
        messages = [str(warning.message) for warning in caught]
        assert len(messages) == (ids[0] != 470 or ids[1] != 471)
        assert all(re.search("'(aaa|bbb)' has 47[01] and not", message) for message in messages)


def test_bytes_the_vocabulary_lacks_are_unknown():
    tokenizer = LEDTokenizer({"a": 0, "b": 1, "ab": 2, "<unk>": 3}, [("a", "b")])
    encoding = tokenizer("abcabé", add_special_tokens=False, return_offsets_mapping=True)
    assert encoding["input_ids"] == [2, 3, 2, 3, 3]
    assert encoding["offset_mapping"] == [(0, 2), (2, 3), (3, 5), (5, 6), (5, 6)]
    assert encoding.tokens() == ["ab", "<unk>", "ab", "<unk>", "<unk>"]
    with pytest.raises(ValueError, match="unk_token"):
        LEDTokenizer({"a": 0}, [], unk_token=None)("b")


def test_added_tokens_never_take_an_id_in_use():
    tokenizer = LEDTokenizer({"a": 0, "b": 3, "</s>": 5}, [])
    assert sorted(tokenizer.decoder) == [0, 3, 5, 6, 7, 8, 9]


def test_a_special_token_stays_special(tokenizer):
    """New flags may come, but decode goes on to leave it out."""
    tokenizer = copy.deepcopy(tokenizer)
    assert tokenizer.add_tokens([AddedToken("</s>", lstrip=True)]) == 1
    assert tokenizer.tokenize("a </s>") == ["a", " </s>"]
    assert tokenizer.decode([0, 4, 2], skip_special_tokens=True) == "!"


# ---- pad and the small methods ----

def test_pad_fills_global_attention_mask_with_minus_one(tokenizer):
    rows = {"input_ids": [[0, 5], [0, 5, 6]], "global_attention_mask": [[1, 0], [1, 0, 0]]}
    padded = tokenizer.pad(rows)
    assert padded["global_attention_mask"] == [[1, 0, -1], [1, 0, 0]]
    assert padded["attention_mask"] == [[1, 1, 0], [1, 1, 1]]
    assert rows["input_ids"] == [[0, 5], [0, 5, 6]]  # the argument is as it was
    assert tokenizer.pad(rows, return_attention_mask=False) == {
        "input_ids": [[0, 5, 1], [0, 5, 6]], "global_attention_mask": [[1, 0], [1, 0, 0]]}
    # It is made as long as input_ids, even where those are padded already.
    assert tokenizer.pad({"input_ids": [[0, 5, 1]], "global_attention_mask": [[1]]},
                         padding=False)["global_attention_mask"] == [[1, -1, -1]]
    left = LEDTokenizer.from_pretrained(FIXTURES, padding_side="left")
    assert left.pad(rows)["global_attention_mask"] == [[-1, 1, 0], [1, 0, 0]]


def test_pad_takes_rows_and_arrays(tokenizer):
    rows = [{"input_ids": np.array([0, 5]), "labels": 3}, {"input_ids": np.array([5]), "labels": 4}]
    padded = tokenizer.pad(rows)
    np.testing.assert_array_equal(padded["input_ids"], [[0, 5], [5, 1]])
    np.testing.assert_array_equal(padded["labels"], [3, 4])
    np.testing.assert_array_equal(
        tokenizer.pad({"input_ids": np.array([[0, 5, 2]])}, pad_to_multiple_of=4)["input_ids"],
        [[0, 5, 2, 1]])
    assert tokenizer.pad({"input_ids": [0, 5], "labels": 3}, pad_to_multiple_of=3) == {
        "input_ids": [0, 5, 1], "attention_mask": [1, 1, 0], "labels": 3}
    assert tokenizer.pad({"input_ids": [0, 5]}, padding="max_length", max_length=4) == {
        "input_ids": [0, 5, 1, 1], "attention_mask": [1, 1, 0, 0]}
    assert tokenizer.pad({"input_ids": [[], [5]]})["input_ids"] == [[1], [5]]
    assert tokenizer.pad({"input_ids": []})["input_ids"] == []
    assert tokenizer.pad({"input_ids": [[5], [5, 6]]}, padding=False)["input_ids"] == [[5], [5, 6]]
    assert tokenizer.pad({"input_ids": ((5,), (5, 6))})["input_ids"] == [[5, 1], [5, 6]]
    padded = tokenizer.pad(UserDict(input_ids=[[np.int64(5)], [5, np.int32(6)]],
                                    labels=[np.int64(3), 4]))
    assert padded == {"input_ids": [[5, 1], [5, 6]], "attention_mask": [[1, 0], [1, 1]],
                      "labels": [3, 4]}
    json.dumps(padded["input_ids"])
    for wrong, message in (({"input_ids": [[5], [6]], "x": np.int64(3)}, "x"), ("x", "dict"),
                           ([[5], [6]], "dict"), (None, "dict"), ([5, 6], "dict")):
        with pytest.raises(ValueError, match=message):
            tokenizer.pad(wrong)


def test_special_token_methods(tokenizer):
    build = tokenizer.build_inputs_with_special_tokens
    assert build([5]) == [0, 5, 2] and build([5], [6, 7]) == [0, 5, 2, 2, 6, 7, 2]
    assert tokenizer.create_token_type_ids_from_sequences([5], [6, 7]) == [0] * 7
    assert tokenizer.get_special_tokens_mask([5], [6, 7]) == [1, 0, 1, 1, 0, 0, 1]
    assert tokenizer.get_special_tokens_mask([5, 9]) == [1, 0, 0, 1]
    assert tokenizer.get_special_tokens_mask([0, 5, 2], already_has_special_tokens=True) == [1, 0, 1]
    assert tokenizer.num_special_tokens_to_add() == 2
    assert tokenizer.num_special_tokens_to_add(pair=True) == 4
    assert tokenizer.all_special_tokens == ["<s>", "</s>", "<unk>", "<pad>", "<mask>"]
    assert tokenizer.special_tokens_map["sep_token"] == "</s>"
    assert [tokenizer.bos_token_id, tokenizer.pad_token_id, tokenizer.eos_token_id,
            tokenizer.unk_token_id, tokenizer.cls_token_id, tokenizer.sep_token_id] == [
                0, 1, 2, 3, 0, 2]
    assert tokenizer.mask_token_id == tokenizer.vocab_size - 1
    assert tokenizer.convert_tokens_to_ids(["Ġthe", "no such token"]) == [tokenizer.encoder["Ġthe"], 3]
    assert tokenizer.convert_ids_to_tokens([0, 99999]) == ["<s>", None]
    assert tokenizer.convert_ids_to_tokens([0, 4, 2], skip_special_tokens=True) == ["!"]
    assert tokenizer.convert_tokens_to_string(["Ġthe", "Ã", "©", "</s>"]) == " theé</s>"


def test_decode(tokenizer):
    ids = tokenizer.encode("the key . n't </s>")
    assert tokenizer.decode(ids) == "<s>the key.n't </s></s>"
    assert tokenizer.decode(np.array(ids), skip_special_tokens=True) == "the key.n't "
    assert tokenizer.decode(ids, clean_up_tokenization_spaces=False) == "<s>the key . n't </s></s>"
    assert tokenizer.batch_decode([ids, ids[:2]]) == [tokenizer.decode(ids), tokenizer.decode(ids[:2])]
    assert tokenizer.batch_decode(np.array([ids, ids]))[1] == tokenizer.decode(ids)
    assert tokenizer.decode(4) == tokenizer.decode(np.int64(4)) == "!"
    assert tokenizer.decode([99999, 4]) == "!"
    half = tokenizer.convert_tokens_to_ids(["Ã"])
    assert tokenizer.decode(half) == "\ufffd"
    assert LEDTokenizer.from_pretrained(FIXTURES, errors="ignore").decode(half) == ""
    with pytest.raises(UnicodeDecodeError):
        LEDTokenizer.from_pretrained(FIXTURES, errors="strict").decode(half)


# What transformers 4.34.0 answers: one text or one pair, whose two texts may stand in a list.
ONE_SAMPLE = [
    (("the key",), [0, 261, 388, 2]), ((np.str_("the key"),), [0, 261, 388, 2]),
    (("",), [0, 2]), (("the", ""), [0, 261, 2]), ((["the", "key"], ""), [0, 261, 2, 2, 78, 385, 2]),
    ((["the", "key"],), [0, 261, 2, 2, 78, 385, 2]),
    ((("the", "key"),), [0, 261, 2, 2, 78, 385, 2]),
    ((np.array(["the", "key"]),), [0, 261, 2, 2, 78, 385, 2]),
    ((np.array(["the", "key"], dtype=object),), [0, 261, 2, 2, 78, 385, 2]),
    (("the", "key"), [0, 261, 2, 2, 78, 385, 2])]
ONE_SPLIT_SAMPLE = [
    ((["the"],), [0, 262, 2]), ((["the", "key"],), [0, 262, 388, 2]), (([],), [0, 2]),
    ((("the", "key"),), [0, 262, 388, 2]), ((np.array(["the", "key"]),), [0, 262, 388, 2]),
    (([["the"], ["key"]],), [0, 262, 2, 2, 388, 2]),
    (((["the"], ["key"]),), [0, 262, 2, 2, 388, 2]),
    (([["the", "key"], ["a", "b"]],), [0, 262, 388, 2, 2, 281, 224, 69, 2]),
    ((["the"], ["a", "b"]), [0, 262, 2, 2, 281, 224, 69, 2])]


@pytest.mark.parametrize("split", [False, True])
def test_one_text_or_pair(split):
    tokenizer = LEDTokenizer.from_pretrained(FIXTURES, add_prefix_space=split)
    for arguments, ids in ONE_SPLIT_SAMPLE if split else ONE_SAMPLE:
        assert tokenizer.encode(*arguments, is_split_into_words=split) == ids
        encoding = tokenizer.encode_plus(*arguments, is_split_into_words=split)
        assert encoding["input_ids"] == ids
        assert tokenizer.tokenize(*arguments, is_split_into_words=split) == [
            token for token in encoding.tokens() if token not in ("<s>", "</s>")]


@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize("method", ["encode", "encode_plus", "tokenize"])
def test_batches_where_one_text_is_expected(method, split):
    tokenizer = LEDTokenizer.from_pretrained(FIXTURES, add_prefix_space=split)
    wrong = [(["a", "b", "c"],), (("a",),), (["a"],), ([["a", "b"]],), ([("a", "b")],),
             (["a", ("b", "c")],), ([],), (3,), ([4, 5],), (["a", None],), ("a", ["b"]),
             (["a", "b"], "c"),
             (["a", "b"], ["c", "d"]), ([["a", "b"], ["c"], ["d"]],), (b"a",), ({"a": 1},),
             (np.array([["a", "b"], ["c", "d"]]),)]
    if split:
        wrong = [("a",), ([["a"]],), ([["a"], ["b"], ["c"]],), (["a", ["b"]],), ([3],),
                 (["a"], "b"), (np.array([["a", "b"]]),)]
    for arguments in wrong:
        with pytest.raises(ValueError, match="text: expected"):
            getattr(tokenizer, method)(*arguments, is_split_into_words=split)


def test_batches_of_batch_encode_plus(tokenizer):
    assert tokenizer.batch_encode_plus(["the", ("a", "b")])["input_ids"] == [
        [0, 261, 2], [0, 68, 2, 2, 69, 2]]
    split = LEDTokenizer.from_pretrained(FIXTURES, add_prefix_space=True)
    assert split.batch_encode_plus([["the"], ["key"]], is_split_into_words=True)["input_ids"] == [
        [0, 262, 2], [0, 388, 2]]
    for wrong in ("the key", np.str_("a"), 3, None, np.array(["a"]), []):
        with pytest.raises(ValueError, match="batch_text_or_text_pairs"):
            tokenizer.batch_encode_plus(wrong)
    with pytest.raises(ValueError, match="batch_text_or_text_pairs"):
        split.batch_encode_plus(["the", "key"], is_split_into_words=True)


def test_arguments_by_position(tokenizer):
    """In the reference's order."""
    text = "the silver key"
    assert tokenizer.encode(text, None, False) == tokenizer(text)["input_ids"][1:-1]
    assert tokenizer.encode(text, None, True, "max_length", True, 4, 0, "np").tolist() == [
        tokenizer(text, truncation=True, max_length=4)["input_ids"]]
    found = tokenizer.encode_plus(text, None, True, False, True, 4, 1, False,
                                  return_overflowing_tokens=True)
    assert found == tokenizer(text, truncation=True, max_length=4, stride=1,
                              return_overflowing_tokens=True)
    padded = tokenizer.pad({"input_ids": [5]}, "max_length", 3, None, False)
    assert padded == {"input_ids": [5, 1, 1]}


@pytest.mark.parametrize("side, ids", [("left", [1, 0, 261, 2]), ("right", [0, 261, 2, 1])])
def test_the_side_of_padding_can_be_given(tokenizer, side, ids):
    """An argument of transformers 4.46 and later."""
    options = {"padding": "max_length", "max_length": 4, "padding_side": side}
    assert tokenizer("the", **options)["input_ids"] == ids
    assert tokenizer.encode("the", **options) == ids
    assert tokenizer.pad({"input_ids": [0, 261, 2]}, **options)["input_ids"] == ids
    assert tokenizer.padding_side == "right"
    with pytest.raises(ValueError, match="padding_side"):
        tokenizer("the", padding_side="top")


IDS = [(5, '"'), (np.int64(5), '"'), (np.array(5), '"'), (np.uint8(5), '"'), ([5, 6], '"#'),
       ((5, 6), '"#'), (np.array([5, 6]), '"#'), (np.array([5, 6], dtype=np.int32), '"#'),
       (range(5, 7), '"#'),
       ([np.int64(5), 6], '"#'), ([np.array(5), np.array(6)], '"#'), ([], ""), (np.array([]), "")]


@pytest.mark.parametrize("number", range(len(IDS)))
def test_kinds_of_ids(tokenizer, number):
    ids, text = IDS[number]
    assert tokenizer.decode(ids) == text
    tokens = tokenizer.convert_ids_to_tokens(ids)
    assert tokens == (text if np.ndim(ids) == 0 else list(text))


def test_kinds_of_ids_that_are_refused(tokenizer):
    for wrong in (5.0, "5", ["5"], None, [None], {5}, iter([5, 6]), {"input_ids": [5]},
                  np.array([5.0]), True, np.bool_(True), [-1], np.array([[5, 6]]), [[5]],
                  [np.array([5])], np.array("5")):
        for method in (tokenizer.decode, tokenizer.convert_ids_to_tokens):
            with pytest.raises(ValueError, match="token id|batch_decode"):
                method(wrong)
    for wrong in (None, 5, np.int64(5), np.array(5), 5.0, True):
        with pytest.raises(ValueError, match="sequences"):
            tokenizer.batch_decode(wrong)
    with pytest.raises(ValueError, match="token_ids"):
        tokenizer.batch_decode({"input_ids": [[5]]})
    assert tokenizer.batch_decode([5, 6]) == ['"', "#"]
    assert tokenizer.batch_decode(np.array([[5], [6]])) == ['"', "#"]
    for wrong in (5, [5], [None], [["Ġthe"]], {"Ġthe": 1}):
        with pytest.raises(ValueError, match="tokens"):
            tokenizer.convert_tokens_to_ids(wrong)
    for wrong in (5, [5], [None], [["Ġthe"]], [b"a"]):
        with pytest.raises(ValueError, match="tokens"):
            tokenizer.convert_tokens_to_string(wrong)
    assert tokenizer.convert_tokens_to_ids(np.array(["Ġthe"])) == [262]
    assert tokenizer.convert_tokens_to_string(np.array(["Ġthe"])) == " the"


def test_targets(tokenizer):
    both = tokenizer("the key", text_target="a lantern")
    assert both["labels"] == tokenizer("a lantern")["input_ids"]
    assert tokenizer(text_target="a lantern") == tokenizer("a lantern")


BAD_CALLS = {
    "text or text_target": dict(text=None),
    "text: expected a string": dict(text=3),
    r"text\[1\]: expected a string": dict(text=["a", None]),
    "text is an empty list": dict(text=[]),
    "pairs of text": dict(text=["a", "b"], text_pair="c"),
    "as many, 2": dict(text=["a", "b"], text_pair=["c"]),
    "return_tensors": dict(text="a", return_tensors="pt"),
    "padding": dict(text="a", padding="yes"),
    "truncation: expected": dict(text="a", truncation="no"),
    "max_length: expected": dict(text="a", max_length=-1),
    "max_length": dict(text="a", max_length=2.5),
    "stride": dict(text="the silver key", truncation=True, max_length=4, stride=2),
    "pad_to_multiple_of": dict(text="a", padding=True, pad_to_multiple_of=0),
    "multiple of": dict(text="a", padding=True, truncation=True, max_length=5,
                        pad_to_multiple_of=4),
    "needs a pair": dict(text="the silver key", truncation="only_second", max_length=4),
    "only_first": dict(text="the", text_pair="the silver key", truncation="only_first",
                       max_length=6),
    "add_prefix_space=True": dict(text=["a", "b"], is_split_into_words=True),
    "padding=True": dict(text=["a", "the silver key"], return_tensors="np"),
    "pair is given of text,": dict(text_pair="a", text_target="b"),
    "pair is given of text_target": dict(text="a", text_pair_target="b"),
    **{f"{name}: expected True or False": {"text": "a", name: value} for name, value in {
        "add_special_tokens": "no", "return_token_type_ids": "x", "return_attention_mask": 2,
        "return_overflowing_tokens": "x", "return_special_tokens_mask": [1], "verbose": "no",
        "return_offsets_mapping": np.str_("x"), "return_length": 3.5}.items()},
}


@pytest.mark.parametrize("message", BAD_CALLS)
def test_bad_calls_name_what_is_wrong(tokenizer, message):
    with pytest.raises(ValueError, match=message):
        tokenizer(**BAD_CALLS[message])


def test_other_bad_arguments(tokenizer):
    tokenizer = copy.deepcopy(tokenizer)
    for wrong, message in (
            (lambda: tokenizer.decode([-100]), "-100"),
            (lambda: tokenizer.decode([[4]]), "batch_decode"),
            (lambda: tokenizer.decode([1.5]), "1.5"),
            (lambda: tokenizer.decode([None]), "None"),
            (lambda: tokenizer.convert_ids_to_tokens([-1]), "-1"),
            (lambda: tokenizer.decode("4"), "'4'"),
            (lambda: tokenizer.add_tokens([3]), "3"),
            (lambda: tokenizer.add_special_tokens({"no_token": "x"}), "no_token"),
            (lambda: tokenizer.add_special_tokens({"additional_special_tokens": "x"}), "list"),
            (lambda: tokenizer.pad({"ids": [1]}), "input_ids"),
            (lambda: tokenizer.pad([]), "at least one"),
            (lambda: tokenizer.pad({"input_ids": [[1], [2]], "attention_mask": [1, 1]}), "a list"),
            (lambda: tokenizer.pad([{"input_ids": [1], "x": 1}, {"input_ids": [1]}]), "x"),
            (lambda: tokenizer.pad({"input_ids": [[1], [2]], "labels": [1]}), "labels"),
            (lambda: tokenizer.get_special_tokens_mask([1], [2], True), "token_ids_1"),
            (lambda: tokenizer.get_special_tokens_mask([[1]]), "token_ids_0"),
            (lambda: tokenizer.get_special_tokens_mask([1], "x"), "token_ids_1"),
            (lambda: tokenizer.build_inputs_with_special_tokens(None), "token_ids_0"),
            (lambda: tokenizer.get_special_tokens_mask([1], None, "x"), "already_has"),
            (lambda: tokenizer.decode([4], skip_special_tokens="no"), "skip_special_tokens"),
            (lambda: tokenizer.decode([4], False, "no"), "clean_up_tokenization_spaces"),
            (lambda: tokenizer.batch_decode([[4]], "no"), "skip_special_tokens"),
            (lambda: tokenizer.convert_ids_to_tokens([4], "no"), "skip_special_tokens"),
            (lambda: tokenizer.add_tokens(["x"], special_tokens="no"), "special_tokens"),
            (lambda: tokenizer.pad({"input_ids": [1]}, return_attention_mask="no"), "return_att"),
            (lambda: LEDTokenizer.train(None, 300), "texts"),
            (lambda: LEDTokenizer.train("text", 300), "a list of strings"),
            (lambda: LEDTokenizer.train([3], 300), "texts"),
            (lambda: LEDTokenizer.train(["x"], 260), "vocab_size"),
            (lambda: LEDTokenizer.from_pretrained(FIXTURES, padding_side="top"), "padding_side"),
            (lambda: LEDTokenizer.from_pretrained(FIXTURES, errors="whatever"), "errors"),
            (lambda: LEDTokenizer.from_pretrained(FIXTURES, pad_token=3), "pad_token"),
            (lambda: LEDTokenizer.from_pretrained(FIXTURES, model_max_length=0), "model_max_length"),
            (lambda: LEDTokenizer.from_pretrained(FIXTURES, pad_token=None)(["a"], padding=True),
             "pad_token"),
            (lambda: LEDTokenizer(), "vocab_file")):
        with pytest.raises(ValueError, match=message):
            wrong()


def test_warnings(tokenizer):
    with pytest.warns(UserWarning, match="max_length without truncation"):
        tokenizer("the silver key", max_length=4)
    with pytest.warns(UserWarning, match="nothing is"):
        tokenizer("the silver key", padding="max_length")
    short = LEDTokenizer.from_pretrained(FIXTURES, model_max_length=3)
    with pytest.warns(UserWarning, match="more than the 3"):
        short("the silver key")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        short("the silver key", verbose=False)
        tokenizer("the silver key", max_length=4, verbose=False)


# ---- settings ----

def test_settings_of_numpy_become_pythons_own(tmp_path):
    tokenizer = LEDTokenizer(
        {np.str_(token): np.int64(id) for token, id in
         json.loads((FIXTURES / "vocab.json").read_text()).items()}, [],
        model_max_length=np.int64(60), padding_side=np.str_("left"), trim_offsets=np.bool_(False),
        add_prefix_space=np.array(True), clean_up_tokenization_spaces=np.False_,
        errors=np.str_("ignore"), model_input_names=(np.str_("input_ids"), "attention_mask"),
        pad_token=np.str_("<pad>"),
        additional_special_tokens=[np.str_("<q>"), AddedToken(np.str_("<r>"), lstrip=np.True_)],
        added_tokens_decoder={np.int64(470): AddedToken("new", normalized=np.True_)})
    tokenizer.add_tokens([AddedToken("x", single_word=np.True_, special=np.bool_(1))])
    tokenizer.truncation_side = np.str_("left")
    assert tokenizer.padding_side == "left" and tokenizer.trim_offsets is False
    assert type(tokenizer.encoder["!"]) is int
    tokenizer.save_pretrained(tmp_path)
    again = LEDTokenizer.from_pretrained(tmp_path)
    for name in ALL_SETTINGS + SPECIAL_TOKENS:
        assert getattr(again, name) == getattr(tokenizer, name), name
        json.dumps(getattr(tokenizer, name), default=vars)
    assert (again.model_max_length, again.truncation_side) == (60, "left")
    tokenizer.model_max_length = np.float64(70.0)
    assert type(tokenizer.model_max_length) is float
    tokenizer.model_max_length = float("inf")
    tokenizer.save_pretrained(tmp_path)
    assert "Infinity" not in (tmp_path / "tokenizer_config.json").read_text()
    # Options of a call, too, and what they make.
    encoding = tokenizer(["the key", "a"], padding=np.str_("max_length"), max_length=np.int64(9),
                         stride=np.int8(0), truncation=np.True_, pad_to_multiple_of=np.int64(3))
    assert [len(row) for row in encoding["input_ids"]] == [9, 9]
    json.dumps(dict(encoding))


def test_settings_can_be_set(tokenizer):
    tokenizer = copy.deepcopy(tokenizer)
    tokenizer.pad_token = tokenizer.eos_token
    assert (tokenizer.pad_token, tokenizer.pad_token_id) == ("</s>", 2)
    assert tokenizer(["a", "a b"], padding=True)["input_ids"][0] == [0, 68, 2, 2, 2]
    tokenizer.pad_token_id = np.int64(3)
    assert (tokenizer.pad_token, tokenizer.pad_token_id) == ("<unk>", 3)
    tokenizer.pad_token = AddedToken("<not there>", lstrip=True)  # named, and not added
    assert (tokenizer.pad_token, tokenizer.pad_token_id, len(tokenizer)) == ("<not there>", 3, 470)
    tokenizer.mask_token_id = None
    assert tokenizer.mask_token is None and tokenizer.mask_token_id is None
    tokenizer.cls_token = "<pad>"
    assert tokenizer("a")["input_ids"] == [1, 68, 2]
    tokenizer.additional_special_tokens = ["!", AddedToken("<s>"), "!"]
    assert tokenizer.additional_special_tokens_ids == [4, 0]
    tokenizer.additional_special_tokens_ids = [5, 6]
    assert tokenizer.additional_special_tokens == ['"', "#"]
    tokenizer.additional_special_tokens = None
    assert tokenizer.additional_special_tokens == []
    tokenizer.padding_side = "left"
    assert tokenizer(["a", "a b"], padding="longest")["attention_mask"][0] == [0, 0, 1, 1, 1]
    assert tokenizer.vocab == tokenizer.get_vocab()
    assert tokenizer.added_tokens_encoder == tokenizer.get_added_vocab()
    for name, wrong in (
            ("pad_token", 3), ("pad_token", ""), ("pad_token_id", 99999), ("pad_token_id", "x"),
            ("pad_token_id", [5]), ("additional_special_tokens", "<x>"),
            ("additional_special_tokens", [3]), ("additional_special_tokens_ids", [99999]),
            ("padding_side", "top"), ("truncation_side", None), ("trim_offsets", 1),
            ("model_max_length", 0), ("model_max_length", True), ("model_max_length", float("nan")),
            ("errors", "whatever"), ("errors", None), ("model_input_names", "input_ids"),
            ("clean_up_tokenization_spaces", "yes"), ("add_prefix_space", None)):
        before = getattr(tokenizer, name)
        with pytest.raises(ValueError, match=name if wrong != "" else "empty"):
            setattr(tokenizer, name, wrong)
        assert getattr(tokenizer, name) == before
    with pytest.raises(AttributeError, match="no_such"):
        tokenizer.no_such


def test_what_is_public():
    assert set(bpe.__all__) >= {"LEDTokenizer", "LEDTokenizerFast", "AddedToken", "BatchEncoding"}
    for name in bpe.__all__:
        assert getattr(bpe, name) is not None
    namespace = {}
    exec("from bpe import *", namespace)
    assert namespace["LEDTokenizerFast"] is LEDTokenizer and "np" not in namespace


# ---- files ----

def test_round_trip(tmp_path):
    tokenizer = LEDTokenizer.from_pretrained(
        FIXTURES, add_prefix_space=True, trim_offsets=False, padding_side="left",
        truncation_side="left", clean_up_tokenization_spaces=False, model_max_length=77,
        errors="ignore", model_input_names=["input_ids"], unk_token="<what>",
        mask_token=AddedToken("<MASK>", rstrip=True))
    tokenizer.add_tokens(["newtok", AddedToken("né", single_word=True)])
    tokenizer.add_special_tokens({"additional_special_tokens": ["<q>", AddedToken("<e>", lstrip=True)],
                                  "pad_token": "<PAD>"})
    paths = tokenizer.save_pretrained(tmp_path / "a" / "b")
    assert sorted(os.listdir(tmp_path / "a" / "b")) == sorted(Path(path).name for path in paths)
    text = "Hello <MASK> world <q> a <e> newtok né nés <PAD> <pad> . 😀"
    expected = tokenizer(text, return_offsets_mapping=True)
    for drop in ([], ["tokenizer.json"]):
        for name in drop:
            os.remove(tmp_path / "a" / "b" / name)
        again = LEDTokenizer.from_pretrained(tmp_path / "a" / "b")
        for name in (*SPECIAL_TOKENS, *ALL_SETTINGS, "special_tokens_map", "ranks", "encoder",
                     "all_special_ids", "added"):
            assert getattr(again, name) == getattr(tokenizer, name), name
        assert again(text, return_offsets_mapping=True) == expected
        assert again.decode(expected["input_ids"]) == tokenizer.decode(expected["input_ids"])


def test_a_token_that_is_not_set_stays_so(tmp_path):
    LEDTokenizer.from_pretrained(FIXTURES, pad_token=None).save_pretrained(tmp_path)
    tokenizer = LEDTokenizer.from_pretrained(tmp_path)
    assert tokenizer.pad_token is None and tokenizer.pad_token_id is None
    assert "pad_token" not in tokenizer.special_tokens_map


def test_files_of_older_transformers(tmp_path):
    """No added_tokens_decoder: special_tokens_map.json and added_tokens.json, as the hub has them."""
    for name in ("vocab.json", "merges.txt"):
        shutil.copyfile(FIXTURES / name, tmp_path / name)
    size = LEDTokenizer.from_pretrained(FIXTURES).vocab_size
    (tmp_path / "added_tokens.json").write_text(json.dumps({"newtok": size, "<x>": size + 1}))
    (tmp_path / "special_tokens_map.json").write_text(json.dumps({
        "additional_special_tokens": ["<x>"], "pad_token": "<P>",
        "bos_token": {"content": "<s>", "lstrip": True, "rstrip": False, "normalized": False,
                      "single_word": False}}))
    (tmp_path / "tokenizer_config.json").write_text('{"model_max_length": 16384}')
    tokenizer = LEDTokenizer.from_pretrained(tmp_path)
    assert tokenizer.model_max_length == 16384
    assert tokenizer.convert_tokens_to_ids(["newtok", "<x>", "<P>"]) == [size, size + 1, size + 2]
    assert tokenizer.tokenize("a <x> b newtok <s>") == ["a", " <x> ", "b", "Ġ", "newtok", " <s>"]
    assert LEDTokenizer.from_pretrained(tmp_path, pad_token="<pad>").pad_token_id == 1


VOCABULARY = ["<s>", "<pad>", "</s>", "<unk>", "a", "b", "c", "d", "ab", "cd", "#", "##"]
MERGES = {
    "as it should be": "#version: 0.2\na b\nc d\n", "no version": "a b\nc d\n",
    "no newline at the end": "#version: 0.2\na b\nc d", "neither": "a b\nc d",
    "CRLF": "#version: 0.2\r\na b\r\nc d\r\n", "CRLF, neither": "a b\r\nc d", "CR": "a b\rc d\r",
    "byte order mark": "\ufeff#version: 0.2\na b\nc d\n", "mark, no version": "\ufeffa b\nc d",
    "blank lines at the end": "a b\nc d\n\n \r\n", "comment": "# made by hand, once\na b\nc d\n",
    "another version": "#version: 0.3 - made by x\na b\nc d\n"}


@pytest.mark.parametrize("name", MERGES)
def test_no_merge_is_lost(tmp_path, name):
    """As the tokenizers library reads them, whose text neither has nor needs a first line."""
    vocabulary = {token: id for id, token in enumerate(VOCABULARY)}
    (tmp_path / "vocab.json").write_text(json.dumps(vocabulary))
    (tmp_path / "merges.txt").write_bytes(MERGES[name].encode())
    tokenizer = LEDTokenizer.from_pretrained(tmp_path)
    assert list(tokenizer.ranks) == [("a", "b"), ("c", "d")]
    assert tokenizer.tokenize("abcd") == ["ab", "cd"]
    tokenizer.save_pretrained(tmp_path)
    assert (tmp_path / "merges.txt").read_bytes() == b"#version: 0.2\na b\nc d\n"


@pytest.mark.parametrize("text, merges", [("", []), ("#version: 0.2\n", []), ("#version: 0.2", []),
                                          ("# #\na b\n", [("#", "#"), ("a", "b")])])
def test_first_lines_of_merges(tmp_path, text, merges):
    (tmp_path / "merges.txt").write_text(text)
    assert bpe.read_merges(tmp_path / "merges.txt") == merges


@pytest.mark.parametrize("text, line", [("\na b\n", 1), ("a b\n\nc d\n", 2), ("a b\nc d\ne\n", 3),
                                        ("ab", 1), ("a b\nc d", 0)])
def test_lines_that_are_no_merges(tmp_path, text, line):
    (tmp_path / "merges.txt").write_text(text)
    if not line:
        assert len(bpe.read_merges(tmp_path / "merges.txt")) == 2
        return
    with pytest.raises(ValueError, match=f"line {line} of "):
        bpe.read_merges(tmp_path / "merges.txt")


@pytest.mark.parametrize("folder", [".", "saved_4", "saved_5"])
def test_a_byte_order_mark_is_no_text(tmp_path, folder):
    for path in (FIXTURES / folder).iterdir():
        if path.name in FILES:
            (tmp_path / path.name).write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    found = LEDTokenizer.from_pretrained(tmp_path)
    expected = LEDTokenizer.from_pretrained(FIXTURES / folder)
    assert found.get_vocab() == expected.get_vocab() and found.ranks == expected.ranks
    assert found.special_tokens_map == expected.special_tokens_map
    assert found("the silver key") == expected("the silver key")


def test_older_and_newer_settings_in_files(tmp_path):
    config = '{"max_len": 77, "extra_special_tokens": null}'
    write_folder(tmp_path, {"tokenizer_config.json": config})
    assert LEDTokenizer.from_pretrained(tmp_path).model_max_length == 77
    for config, message in (('{"split_special_tokens": true}', "split_special_tokens"),
                            ('{"extra_special_tokens": "<x>"}', "extra_special_tokens"),
                            ('{"extra_special_tokens": {"encode": "<x>"}}', "encode"),
                            ('{"extra_special_tokens": {"x_token": 3}}', "x_token"),
                            ('{"extra_special_tokens": {"x_token": {"lstrip": true}}}', "x_token")):
        write_folder(tmp_path, {"tokenizer_config.json": config})
        with pytest.raises(ValueError, match=message):
            LEDTokenizer.from_pretrained(tmp_path)


def test_what_is_saved_can_be_chosen(tokenizer, tmp_path):
    paths = tokenizer.save_pretrained(tmp_path / "a", legacy_format=True)
    assert sorted(Path(path).name for path in paths) == sorted(os.listdir(tmp_path / "a")) == [
        "merges.txt", "special_tokens_map.json", "tokenizer_config.json", "vocab.json"]
    tokenizer.save_pretrained(tmp_path / "b", False, "mine")
    assert sorted(os.listdir(tmp_path / "b")) == [
        "mine-special_tokens_map.json", "mine-tokenizer.json", "mine-tokenizer_config.json"]
    for name in ("push_to_hub", "legacy_format"):
        with pytest.raises(ValueError, match=name):
            tokenizer.save_pretrained(tmp_path / "c", **{name: "x"})
    with pytest.raises(TypeError, match="no_such"):
        tokenizer.save_pretrained(tmp_path / "c", no_such=1)
    assert not (tmp_path / "c").exists()


def test_saved_files_are_whole_or_not_there(tokenizer, tmp_path, monkeypatch):
    def fail(*arguments):
        raise OSError("disk full")
    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        tokenizer.save_pretrained(tmp_path)
    assert os.listdir(tmp_path) == []


def cache_of_hub(tmp_path, files):
    """A folder laid out as huggingface_hub's cache, holding the repository some/led."""
    root = tmp_path / "hub" / "models--some--led"
    (root / "refs").mkdir(parents=True)
    (root / "refs" / "main").write_text("0" * 40)
    (root / "snapshots" / ("0" * 40)).mkdir(parents=True)
    for name in files:
        shutil.copyfile(FIXTURES / name, root / "snapshots" / ("0" * 40) / name)
    return {**os.environ, "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"}


def test_hub_names_offline(tmp_path):
    environment = cache_of_hub(tmp_path, ["vocab.json", "merges.txt"])
    run = subprocess.run([sys.executable, ROOT / "bpe.py", "--model", "some/led", "the key"],
                         env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    ids = LEDTokenizer.from_pretrained(FIXTURES)("the key")["input_ids"]
    assert run.stdout.splitlines()[-1] == "input_ids: " + " ".join(map(str, ids))
    run = subprocess.run([sys.executable, ROOT / "bpe.py", "--model", "no/such", "the key"],
                         env=environment, capture_output=True, text=True)
    assert run.returncode == 1 and "no/such" in run.stderr and "Traceback" not in run.stderr


def test_arguments_that_choose_files(tmp_path, monkeypatch):
    """All of them reach huggingface_hub, and `subfolder` is obeyed in a folder, too."""
    asked = []

    def download(*name, **options):
        asked.append((name, options))
        return str(tmp_path if "inner" in options["allow_patterns"][0] else FIXTURES)

    huggingface_hub = pytest.importorskip("huggingface_hub")
    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    monkeypatch.setattr(hub, "files_of_repository", lambda name, revision, token: (
        asked.append((name, revision, token)) or ["vocab.json", "inner/vocab.json", "x.bin"]))
    (tmp_path / "inner").mkdir()
    write_folder(tmp_path / "inner", {})
    options = {"revision": "v2", "cache_dir": tmp_path, "token": "secret", "force_download": True}
    tokenizer = LEDTokenizer.from_pretrained("some/led", **options, subfolder="inner",
                                             use_fast=True, model_max_length=9)
    assert (tokenizer.model_max_length, tokenizer.vocab_size) == (9, 470)
    inner = sorted(f"inner/{file}" for file in FILES)
    assert asked == [("some/led", "v2", "secret"),
                     (("some/led",), options | {"allow_patterns": inner})]
    LEDTokenizer.from_pretrained("some/led")
    assert asked[2:] == [("some/led", None, None), (("some/led",), {
        "allow_patterns": sorted(FILES), "revision": None, "cache_dir": None, "token": None,
        "force_download": False})]

    assert LEDTokenizer.from_pretrained(tmp_path, subfolder="inner").vocab_size == 470
    for wrong, name in (({"use_fast": False}, "use_fast"), ({"no_such": 1}, "no_such"),
                        ({"vocab_file": "x"}, "vocab_file"),
                        ({"local_files_only": True, "force_download": True}, "force_download")):
        with pytest.raises(ValueError, match=name):
            LEDTokenizer.from_pretrained(tmp_path, subfolder="inner", **wrong)


def test_options_that_make_no_difference():
    """The reference's from_pretrained takes them, at these values to no effect."""
    expected = LEDTokenizer.from_pretrained(FIXTURES)("the silver key")
    tokenizer = LEDTokenizer.from_pretrained(
        pretrained_model_name_or_path=FIXTURES, do_lower_case=False, trust_remote_code=False,
        resume_download=True, proxies=None, use_fast=True)
    assert tokenizer("the silver key") == expected
    for name in ("do_lower_case", "trust_remote_code", "proxies"):
        with pytest.raises(ValueError, match=name):
            LEDTokenizer.from_pretrained(FIXTURES, **{name: "x"})


def test_where_there_is_no_tokenizer(tmp_path, monkeypatch):
    """One sentence each, which names what was given, and nobody is asked about what is no name."""
    monkeypatch.setattr(hub, "files_of_repository", None)  # would be a TypeError
    (tmp_path / "some.json").write_text("{}")
    (tmp_path / "empty").mkdir()
    (tmp_path / "half").mkdir()
    shutil.copyfile(FIXTURES / "vocab.json", tmp_path / "half" / "vocab.json")
    for where, message in (
            (tmp_path / "some.json", "is a file; give the folder"),
            (tmp_path / "typo", "no file or folder"), ("./typo", "'./typo' is no file or folder"),
            ("a/b/c", "no file or folder"), ("~/led", "no file or folder"),
            (" led", "no file or folder"), ("", "no file or folder"),
            (tmp_path / "empty", "found none of them"), (tmp_path / "half", "found vocab.json")):
        for kind in (where, str(where)):
            with pytest.raises(OSError, match=message) as caught:
                LEDTokenizer.from_pretrained(kind)
            assert str(where) in str(caught.value) and "\n" not in str(caught.value)
    with pytest.raises(OSError, match="empty.*found none"):
        LEDTokenizer.from_pretrained(tmp_path, subfolder="empty")
    for wrong in (None, 3, ["x"]):
        with pytest.raises(ValueError, match="folder"):
            LEDTokenizer.from_pretrained(wrong)


@pytest.mark.parametrize("folder", ["saved_4", "saved_5"])
@pytest.mark.parametrize("name, side", [("truncation", "left"), ("padding", "left"),
                                        ("truncation", "right"), ("padding", "right")])
def test_sides_that_stand_in_tokenizer_json_alone(tmp_path, folder, name, side):
    """As both versions of the reference write a side that was set and used: in no other file."""
    for path in (FIXTURES / folder).iterdir():
        shutil.copyfile(path, tmp_path / path.name)
    config = json.loads((tmp_path / "tokenizer_config.json").read_text())
    del config[f"{name}_side"]
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config))
    content = json.loads((tmp_path / "tokenizer.json").read_text())
    content["truncation"] = {"direction": side.title(), "max_length": 6, "strategy": "LongestFirst",
                             "stride": 0}
    content["padding"] = {"strategy": "BatchLongest", "direction": side.title(), "pad_id": 1,
                          "pad_to_multiple_of": None, "pad_type_id": 0, "pad_token": "<pad>"}
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    tokenizer = LEDTokenizer.from_pretrained(tmp_path)
    assert getattr(tokenizer, f"{name}_side") == side
    other = {"truncation": "padding", "padding": "truncation"}[name]
    assert getattr(tokenizer, f"{other}_side") == "left"  # what tokenizer_config.json says, wins
    content[name]["direction"] = 5
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    with pytest.raises(ValueError, match=f"{name}_side: expected .* found '5'"):
        LEDTokenizer.from_pretrained(tmp_path)


SILENCE = """if 1:
    import socket, sys, time
    from led_support import hub
    from bpe import LEDTokenizer
    hub.PATIENCE = 0.5
    began = time.monotonic()
    try:
        print(LEDTokenizer.from_pretrained(sys.argv[1])("the key")["input_ids"])
    except OSError as error:
        print(error)
    assert time.monotonic() - began < 60
"""


def test_a_hub_that_takes_connections_and_never_answers(tmp_path):
    """After PATIENCE seconds the cache's copy, or an error. By itself huggingface_hub takes minutes."""
    environment = cache_of_hub(tmp_path, ["vocab.json", "merges.txt"])
    del environment["HF_HUB_OFFLINE"]
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        environment["HF_ENDPOINT"] = f"http://127.0.0.1:{silent.getsockname()[1]}"
        for name, answer in (("some/led", "[0, 261, 388, 2]"),
                             ("no/such", "cannot be reached (no answer within 0.5 seconds)")):
            run = subprocess.run([sys.executable, "-c", SILENCE, name], env=environment, cwd=ROOT,
                                 capture_output=True, text=True, timeout=100)
            assert answer in run.stdout, run.stderr


def test_added_tokens_are_their_text():
    assert str(AddedToken("[X]", lstrip=True)) == "[X]"


def test_empty_tokens_are_not_added(tokenizer):
    tokenizer = copy.deepcopy(tokenizer)
    size = len(tokenizer)
    assert tokenizer.add_tokens("") == tokenizer.add_tokens([AddedToken(""), ""]) == 0
    assert len(tokenizer) == size and tokenizer("the key")["input_ids"] == [0, 261, 388, 2]


def test_options_of_older_calls(tokenizer):
    """pad_to_max_length and truncation_strategy, which padding and truncation replaced in 2020."""
    def call(**options):
        return tokenizer("the silver key", verbose=False, **options)["input_ids"]

    assert call(pad_to_max_length=True, max_length=9) == call(padding="max_length", max_length=9)
    assert call(pad_to_max_length=True, max_length=4) == call(truncation=True, max_length=4)
    assert call(pad_to_max_length=False) == call(pad_to_max_length=True) == call()
    assert call(truncation_strategy="only_first", max_length=4) == call(truncation=True, max_length=4)
    with pytest.raises(TypeError, match="no_such"):
        call(no_such=1)
    assert tokenizer.decode([261, 2], spaces_between_special_tokens=False) == "the</s>"
    encoding = tokenizer("the key")
    assert encoding.words() == encoding.word_ids() == encoding[0].words == [None, 0, 1, None]


def test_a_folder_without_a_tokenizer(tmp_path):
    with pytest.raises(OSError, match="no tokenizer in"):
        LEDTokenizer.from_pretrained(tmp_path)


# ---- files that are broken, or made to do harm ----

def write_files(folder, **changes):
    """The good files, with changes: {"vocab.json": text or bytes, ...}; None leaves one out."""
    files = {"vocab.json": (FIXTURES / "vocab.json").read_bytes(),
             "merges.txt": (FIXTURES / "merges.txt").read_bytes(), **changes}
    for name, data in files.items():
        if data is not None:
            (folder / name).write_bytes(data.encode("utf-8", "surrogatepass")
                                        if isinstance(data, str) else data)


DEEP = "[" * 100_000 + "]" * 100_000
GOOD_JSON = json.loads((FIXTURES / "saved_4" / "tokenizer.json").read_text())


def altered(**changes):
    """tokenizer.json with changes, {"model.vocab": value} for what lies deeper."""
    value = copy.deepcopy(GOOD_JSON)
    for path, new in changes.items():
        *outer, last = path.split("__")
        inner = value
        for name in outer:
            inner = inner[name]
        inner[last] = new
    return json.dumps(value)


HOSTILE = [
    ("vocab.json", "", "not JSON"), ("vocab.json", "{", "not JSON"), ("vocab.json", b"\xff\xfe", "utf-8"),
    ("vocab.json", DEEP, "nested"), ("vocab.json", '{"a": ' * 50_000, "nested"),
    ("vocab.json", "[1, 2]", "object"), ("vocab.json", "{}", "at least one"),
    ("vocab.json", '{"a": "0"}', "'a'"), ("vocab.json", '{"a": -1}', "'a'"),
    ("vocab.json", '{"a": true}', "'a'"), ("vocab.json", '{"a": 1.0}', "'a'"),
    ("vocab.json", '{"a": 1e999}', "'a'"), ("vocab.json", '{"a": NaN}', "'a'"),
    ("vocab.json", '{"a": %d}' % 10**30, "'a'"), ("vocab.json", '{"a": ' + "9" * 10**6 + "}", "vocab.json"),
    ("vocab.json", '{"a": [[[]]]}', "'a'"), ("vocab.json", '{"a": null}', "'a'"),
    ("vocab.json", '{"a": 0, "b": 0}', "id 0"), ("vocab.json", '{"a": 0, "a": 1}', "twice"),
    ("vocab.json", '{"\\ud800": 0}', "UTF-8"),
    ("merges.txt", b"\xff\n\xff\n", "UTF-8"), ("merges.txt", "#\nh e\nnot there\n", "there"),
    ("merges.txt", "#\nĠ t h\n", "line 2"), ("merges.txt", "#\n\nĠ t\n", "line 2"),
    ("merges.txt", "#\nz q\n", "'zq'"), ("merges.txt", "#\n" + "a" * 10**6 + "\n", "line 2"),
    ("tokenizer_config.json", DEEP, "nested"), ("tokenizer_config.json", "3", "object"),
    ("tokenizer_config.json", '{"model_max_length": "x"}', "model_max_length"),
    ("tokenizer_config.json", '{"model_max_length": -5}', "model_max_length"),
    ("tokenizer_config.json", '{"padding_side": []}', "padding_side"),
    ("tokenizer_config.json", '{"add_prefix_space": "yes"}', "add_prefix_space"),
    ("tokenizer_config.json", '{"errors": {}}', "errors"),
    ("tokenizer_config.json", '{"pad_token": 7}', "pad_token"),
    ("tokenizer_config.json", '{"pad_token": {"content": 7}}', "pad_token"),
    ("tokenizer_config.json", '{"pad_token": {"lstrip": true}}', "content"),
    ("tokenizer_config.json", '{"pad_token": {"content": "x", "lstrip": 3}}', "lstrip"),
    ("tokenizer_config.json", '{"pad_token": ""}', "empty"),
    ("tokenizer_config.json", '{"additional_special_tokens": "abc"}', "additional"),
    ("tokenizer_config.json", '{"additional_special_tokens": [1]}', "additional"),
    ("tokenizer_config.json", '{"additional_special_tokens": ["\\ud800"]}', "UTF-8"),
    ("tokenizer_config.json", '{"added_tokens_decoder": [1]}', "added_tokens_decoder"),
    ("tokenizer_config.json", '{"added_tokens_decoder": {"x": {}}}', "added_tokens_decoder"),
    ("tokenizer_config.json", '{"added_tokens_decoder": {"600": 5}}', "added_tokens_decoder"),
    ("tokenizer_config.json", '{"added_tokens_decoder": {"0": {"content": "new"}}}', "'new'"),
    ("tokenizer_config.json", '{"added_tokens_decoder": {"600": {"content": "<s>"}}}', "'<s>'"),
    ("tokenizer_config.json", '{"added_tokens_decoder": {"9999999999": {"content": "x"}}}', "'x'"),
    ("tokenizer_config.json", '{"model_input_names": "input_ids"}', "model_input_names"),
    ("tokenizer_config.json", '{"model_input_names": []}', "model_input_names"),
    ("special_tokens_map.json", '{"bos_token": [1]}', "bos_token"),
    ("special_tokens_map.json", "nul", "not JSON"),
    ("added_tokens.json", '{"x": "y"}', "'x'"), ("added_tokens.json", '{"x": 3}', "'x'"),
    ("added_tokens.json", '{"x": 700, "y": 700}', "700"),
    ("tokenizer.json", "{}", "model"), ("tokenizer.json", DEEP, "nested"),
    ("tokenizer.json", altered(model=3), "model"),
    ("tokenizer.json", altered(model__type="WordPiece"), "WordPiece"),
    ("tokenizer.json", altered(model__vocab=[]), "token"),
    ("tokenizer.json", altered(model__merges=3), "merges"),
    ("tokenizer.json", altered(model__merges=["a"]), "'a'"),
    ("tokenizer.json", altered(model__merges=[["a", "b", "c"]]), "two tokens"),
    ("tokenizer.json", altered(model__merges=[["a", 3]]), "two tokens"),
    ("tokenizer.json", altered(model__merges=[["", "a"]]), "no token ''"),
    ("tokenizer.json", altered(model__merges=[["a", ["b"]]]), "two tokens"),
    ("tokenizer.json", altered(model__merges=[["z", "q"]]), "'zq'"),
    ("tokenizer.json", altered(model__dropout=0.1), "dropout"),
    ("tokenizer.json", altered(model__byte_fallback=True), "byte_fallback"),
    ("tokenizer.json", altered(normalizer={"type": "NFC"}), "normalizer"),
    ("tokenizer.json", altered(pre_tokenizer={"type": "Whitespace"}), "pre_tokenizer"),
    ("tokenizer.json", altered(post_processor=None), "post_processor"),
    ("tokenizer.json", altered(decoder=[]), "decoder"),
    ("tokenizer.json", altered(added_tokens={}), "added_tokens"),
    ("tokenizer.json", altered(added_tokens=[7]), "added token"),
    ("tokenizer.json", altered(added_tokens=[{"id": 4, "content": "x"}]), "'x'"),
    ("tokenizer.json", altered(added_tokens=[{"id": None, "content": "x"}]), "'x'"),
    ("tokenizer.json", altered(added_tokens=[{"id": 2**40, "content": "x"}]), "'x'"),
    ("tokenizer.json", altered(added_tokens=[{"id": 700, "content": ["x"]}]), "content"),
]


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_hostile_files(tmp_path, number):
    name, data, message = HOSTILE[number]
    write_files(tmp_path, **{name: data})
    began = time.process_time()
    with pytest.raises((OSError, ValueError), match=re.escape(message)) as caught:
        LEDTokenizer.from_pretrained(tmp_path)
    assert time.process_time() - began < 1
    assert str(tmp_path) in str(caught.value)  # the file, or the folder it is in
    assert len(str(caught.value)) < 1000


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner,
                                                                 max_size=4), max_leaves=8)


@QUICK
@given(st.data())
def test_json_files_with_anything_in_them(tmp_path_factory, data):
    """Any value in any place: understood or refused, and never anything else."""
    folder = tmp_path_factory.mktemp("fuzz")
    name = data.draw(st.sampled_from(["vocab.json", "tokenizer.json", "tokenizer_config.json",
                                      "special_tokens_map.json", "added_tokens.json"]))
    if name == "tokenizer.json":
        value = copy.deepcopy(GOOD_JSON)
    elif name == "vocab.json":
        value = json.loads((FIXTURES / "vocab.json").read_text())
    else:
        value = json.loads((FIXTURES / "saved_4" / name).read_text())
    place = value
    while True:
        key = data.draw(st.sampled_from(list(place) if isinstance(place, dict) else
                                        list(range(len(place)))))
        if not isinstance(place[key], (dict, list)) or not place[key] or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = data.draw(json_values)
    write_files(folder, **{name: json.dumps(value)})
    try:
        tokenizer = LEDTokenizer.from_pretrained(folder)
        # A file may also be understood and name no <s>, which this call then asks for.
        tokenizer(["the silver <mask>", "key"], padding=True, return_tensors="np", verbose=False)
    except (ValueError, OSError):
        return
    tokenizer.save_pretrained(folder)
    assert LEDTokenizer.from_pretrained(folder)("key </s>") == tokenizer("key </s>")


@QUICK
@given(st.sampled_from(["vocab.json", "merges.txt", "tokenizer.json"]), st.data())
def test_files_with_bytes_changed(tmp_path_factory, name, data):
    folder = tmp_path_factory.mktemp("fuzz")
    source = FIXTURES / "saved_4" / name
    changed = bytearray(source.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(changed) - 1))
        if data.draw(st.booleans()):
            changed[place] = data.draw(st.integers(0, 255))
        else:
            del changed[place:place + data.draw(st.integers(1, 50))]
            changed = changed or bytearray(b" ")
    write_files(folder, **{name: bytes(changed)})
    try:
        LEDTokenizer.from_pretrained(folder)("the silver key")
    except (ValueError, OSError):
        pass


# ---- training ----

def test_training_is_deterministic_and_quick():
    noise = base64.b64encode(np.random.RandomState(0).bytes(70_000)).decode()
    texts = [noise[n:n + 7] + " the silver key 😀\n" for n in range(0, len(noise), 7)]
    began = time.process_time()
    first = LEDTokenizer.train(texts, 1000)  # 0.4 MB, all of whose words differ
    # 2 s measured. 1.5 MB of Python's sources, with a vocabulary of 2000, take 4.5 s.
    assert time.process_time() - began < 60
    assert first.vocab_size == 1000
    second = LEDTokenizer.train(iter(texts), 1000)
    assert second.encoder == first.encoder and second.ranks == first.ranks
    assert [first.bos_token_id, first.pad_token_id, first.eos_token_id, first.unk_token_id,
            first.mask_token_id] == [0, 1, 2, 3, 999]
    text = "the silver key, and others 😀"
    ids = first.encode(text, add_special_tokens=False)
    assert first.decode(ids, clean_up_tokenization_spaces=False) == text
    assert len(ids) < 20


def test_training_learns_whole_words():
    tokenizer = LEDTokenizer.train(["the silver key"] * 3, 300, add_prefix_space=True)
    assert tokenizer.tokenize("the silver key") == ["Ġthe", "Ġsilver", "Ġkey"]
    assert tokenizer.vocab_size < 300  # there was no more to learn


def test_training_takes_the_text_of_special_tokens_for_text():
    tokenizer = LEDTokenizer.train(["<s><mask></s>"] * 9, 400)
    assert Counter(tokenizer.encoder.values()).most_common(1)[0][1] == 1
    assert tokenizer.tokenize("<s>x<mask>") == ["<s>", "x", "<mask>"]
