"""Write tests/fixtures/tokenizer from the reference tokenizer. Run once with each version:

    python tests/make_tokenizer_fixtures.py      # transformers==4.34.0: everything but what follows
    python tests/make_tokenizer_fixtures.py      # transformers==5.23.0: saved_5, expected_5.json,
                                                 # fields_5.json and folders_5.23.0.json
    python tests/make_tokenizer_fixtures.py      # transformers==4.46.3, 4.47.1, 4.51.3, 4.57.1:
                                                 # folders_4.46.3.json and so on

The vocabulary is a small one, trained by the reference on a made-up corpus, so that the official
files, which do not belong here, are not needed. Each expected*.json says which versions wrote it.
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
import unicodedata
import warnings
from pathlib import Path

if __name__ == "__main__":  # first of all: --help needs none of the libraries below
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()

try:
    import tokenizers
    import transformers
    from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers, trainers
    from transformers import LEDTokenizerFast
except ImportError as error:
    sys.exit(f"{error}: pip install transformers==4.34.0, or another version named above")

FOLDER = Path(__file__).parent / "fixtures" / "tokenizer"
VOCAB_SIZE = 577
VERSIONS = {"transformers": transformers.__version__, "tokenizers": tokenizers.__version__}

STRANGE = [
    "", " ", "  ", "\n", " \n ", "Hello world", " Hello world", "Hello  world, naïve 😀",
    "I'm, you're, he'd, we'll, they've, can't, it's 'S 'T", "x . n't , ! ? ' 's 'm 've 're",
    "<s>", "</s><s>x", "Hello <mask> x", "a<mask>b", "<mask><mask>  <mask>", "a \n\t <mask>",
    "a\x1c<mask>", "a\u00a0<mask>b", " </s> <s>x", "<mask", "< mask>", "<s", "</s></s>", "<pad> <unk>",
    "a\x1cb\x1db\x1eb\x1f b", "a\x85b", "a\u00a0\u00a0b", "\u3000全角\u3000スペース", "中文字符，日本語。",
    "e\u0301e\u0302\u0303 Å\u030a", "² ½ Ⅷ ١٢٣ 1234567890", "👨‍👩‍👧‍👦 🇩🇪 👍🏽", "\u200b\ufeff\u2028\u2029x",
    "tab\ttab\t\ttab", "line\nline\n\nline\r\nline", "trailing   ", "   leading", "_under_score_",
    "a\ud800b", "\udc00", "\ude00\ud83d x", "\x00\x01\x7f\x80\x9f\xad\xff", "ſtraße İstanbul ﬁn",
    "https://example.org/a?b=c&d=e#f", "f(x) = {y: [1, 2]} // z", "aaaaaaaaaaaaaaaaaaaaaaaaa",
]


def corpus():
    """A few thousand words that make sense to nobody, the same each time."""
    chance = random.Random(1)
    subjects = ["the keeper", "a sailor", "the old captain", "my sister", "nobody", "Ærøskøbing's mayor"]
    verbs = ["found", "didn't see", "has hidden", "will be looking for", "'s lost", "they've sold"]
    things = ["the silver key", "a lantern", "seventeen letters", "the map of 1842", "naïve café menus",
              "das größte Schiff", "東京の地図", "an emoji 😀😀", "x = [1, 2, 3];\n\ty += x"]
    places = ["in the harbour", "under the lighthouse", "behind the mill", "on the 3rd of May", "nowhere"]
    ends = [".", "!", "...", "?", ",\n", ";  "]
    sentences = []
    for _ in range(400):
        words = [chance.choice(part) for part in (subjects, verbs, things, places)]
        sentences.append(" ".join(words) + chance.choice(ends))
    return [" ".join(sentences[n:n + 20]) for n in range(0, len(sentences), 20)]


def write_vocabulary():
    """vocab.json and merges.txt as LED has them: <s> <pad> </s> <unk>, ..., <mask>."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=VOCAB_SIZE - 1, min_frequency=2, show_progress=False,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(corpus(), trainer)
    model = json.loads(tokenizer.to_str())["model"]
    model["vocab"]["<mask>"] = len(model["vocab"])
    (FOLDER / "vocab.json").write_text(json.dumps(model["vocab"], ensure_ascii=False), "utf-8")
    (FOLDER / "merges.txt").write_text("\n".join(["#version: 0.2", *model["merges"], ""]), "utf-8")
    (FOLDER / "corpus.json").write_text(json.dumps(corpus(), indent=0), "utf-8")


def draw_text(chance):
    """A text of everything that might be treated in its own way."""
    parts = []
    for _ in range(chance.randrange(1, 12)):
        kind = chance.randrange(5)
        if kind == 0:
            parts.append(chance.choice(STRANGE))
        elif kind == 1:
            parts.append(chr(chance.randrange(0x250)))
        elif kind == 2:
            character = chr(chance.randrange(0x110000))
            # What Unicode 14 does not know yet, libraries disagree on. Surrogates: above alone.
            parts.append(character if unicodedata.category(character) not in ("Cn", "Cs")
                         else " ")
        else:
            letters = "abcdefghijklmnop ABC 0123 .,'<>"
            parts.append("".join(chance.choices(letters, k=chance.randrange(1, 9))))
    return "".join(parts)


def draw_sentence(chance):
    words = ["the", "silver", "key", "harbour", "I'm", "<mask>", "naïve", "😀", "12", ",", "lighthouse"]
    return " ".join(chance.choices(words, k=chance.randrange(0, 9)))


def draw_call(chance):
    """(settings of the tokenizer, arguments of a call): any options together."""
    settings = {}
    for name, choices in (("padding_side", ["left"]), ("truncation_side", ["left"]),
                          ("trim_offsets", [False]), ("model_max_length", [7, 12])):
        if chance.random() < 0.4:
            settings[name] = chance.choice(choices)
    split = chance.random() < 0.25
    settings["add_prefix_space"] = split or chance.random() < 0.2

    def text():
        return draw_sentence(chance).split(" ") if split else draw_sentence(chance)

    arguments = {"is_split_into_words": split}
    batch = chance.randrange(4)  # 0: one text
    if batch:
        arguments["text"] = [text() for _ in range(batch)]
    else:
        arguments["text"] = text()
    if chance.random() < 0.4:
        arguments["text_pair"] = [text() for _ in range(batch)] if batch else text()
    if chance.random() < 0.15:
        arguments["text_target"] = [text() for _ in range(batch)] if batch else text()
    for name, choices in (
            ("add_special_tokens", [False]),
            ("padding", [True, "longest", "max_length", "do_not_pad"]),
            ("truncation", [True, "longest_first", "only_first", "only_second", False]),
            ("max_length", [0, 1, 2, 3, 4, 5, 6, 8, 9, 11, 15]),
            ("stride", [0, 1, 1, 2]),
            ("pad_to_multiple_of", [1, 2, 4, 5]),
            ("return_token_type_ids", [True]),
            ("return_attention_mask", [False, True]),
            ("return_overflowing_tokens", [True]),
            ("return_special_tokens_mask", [True]),
            ("return_offsets_mapping", [True]),
            ("return_length", [True])):
        if chance.random() < 0.45:
            arguments[name] = chance.choice(choices)
    return settings, arguments


def describe(tokenizer, text):
    """Everything that the reference knows about a text."""
    encoding = tokenizer(text, return_offsets_mapping=True)
    ids = encoding["input_ids"]
    return {"text": text, "ids": ids, "offsets": encoding["offset_mapping"],
            "tokens": encoding.tokens(), "words": encoding.word_ids(),
            "decoded": tokenizer.decode(ids),
            "plain": tokenizer.decode(ids, skip_special_tokens=True,
                                      clean_up_tokenization_spaces=False)}


def call(settings, arguments):
    """What the reference answers; None if it refuses."""
    try:
        tokenizer = LEDTokenizerFast.from_pretrained(FOLDER, **settings)
        encoding = tokenizer(**arguments, verbose=False)
    except (ValueError, Exception) as error:
        return {"error": f"{type(error).__name__}: {error}"}
    except BaseException as error:  # Rust's panics are no Exceptions
        return {"error": f"{type(error).__name__}"}
    return {"columns": dict(encoding),
            "words": [row.word_ids for row in encoding.encodings],
            "sequences": [row.sequence_ids for row in encoding.encodings]}


SAVED = {"add_prefix_space": True, "trim_offsets": False, "padding_side": "left",
         "truncation_side": "left", "clean_up_tokenization_spaces": False, "model_max_length": 77}
SAVED_TEXTS = ["Hello <e> x <q> y <é>  z", "newtok snewtok single  single a_single", "<mask> <PAD>"]


def save_tokenizer(folder):
    """A tokenizer with tokens of its own, saved by the reference, and what it does."""
    tokenizer = LEDTokenizerFast.from_pretrained(FOLDER, **SAVED)
    tokenizer.add_tokens(["newtok", AddedToken("single", single_word=True, lstrip=True)])
    tokenizer.add_special_tokens({"additional_special_tokens": ["<q>"]})
    tokenizer.add_special_tokens({"additional_special_tokens": [AddedToken("<e>", rstrip=True)],
                                  "pad_token": "<PAD>"})
    shutil.rmtree(FOLDER / folder, ignore_errors=True)
    tokenizer.save_pretrained(FOLDER / folder)
    # The name of the list in 4, and in 5
    additional = (tokenizer.additional_special_tokens if folder == "saved_4"
                  else tokenizer.extra_special_tokens)
    return {"saved": [describe(tokenizer, text) for text in SAVED_TEXTS], "additional": additional}


FOLDER_TEXTS = ["the <image> key <q>  in </s> <mask> x", "newtok snewtok <image><box> the",
                "<e> a <e>"]


def folders():
    """Folders as the class of this version saves them, and what it does with each of them.

    {name: {"files": {name: text}, "ids": [...], ...}}; vocab.json and merges.txt are FOLDER's.
    """
    slow = getattr(transformers, "LEDTokenizer", LEDTokenizerFast)
    extra = {"image_token": "<image>", "box_token": AddedToken("<box>", lstrip=True, special=True)}
    made = {"plain": {}, "additional": {"additional_special_tokens": ["<q>", "<image>"]}}
    if not transformers.__version__.startswith("4.46."):  # it has no such argument
        made |= {"named": {"extra_special_tokens": extra},
                 "both": {"extra_special_tokens": extra, "additional_special_tokens": ["<q>"]}}
    result = {}
    for kind in (slow, LEDTokenizerFast):
        for name, settings in made.items():
            tokenizer = kind.from_pretrained(FOLDER, **settings, model_max_length=64)
            if name == "both":
                tokenizer.add_tokens(["newtok"])
            with tempfile.TemporaryDirectory() as folder:
                tokenizer.save_pretrained(folder)
                again = LEDTokenizerFast.from_pretrained(folder)
                files = {path.name: path.read_text("utf-8")
                         for path in sorted(Path(folder).iterdir())
                         if path.name not in ("vocab.json", "merges.txt")}
            if "tokenizer.json" in files:  # as it is, but on one line
                files["tokenizer.json"] = json.dumps(json.loads(files["tokenizer.json"]))
            result[f"{name}, {'fast' if kind is LEDTokenizerFast else 'slow'}"] = {
                "files": files,
                "ids": [[text, again(text)["input_ids"]] for text in FOLDER_TEXTS],
                "skipped": [again.decode(again(text)["input_ids"], skip_special_tokens=True,
                                         clean_up_tokenization_spaces=False)
                            for text in FOLDER_TEXTS],
                "length": len(again), "added": again.get_added_vocab(),
                "special": sorted(again.all_special_tokens),
                "named": {name: getattr(again, name, None) for name in (
                    "image_token", "image_token_id", "box_token", "box_token_id")}}
        if slow is LEDTokenizerFast:  # 5 has one class for both
            break
    return result


def fields(folder):
    """What the reference makes of every change of one field in a folder, see test_bpe_fields.py."""
    from test_bpe_fields import changes, outcome, probe

    load = LEDTokenizerFast.from_pretrained
    before = probe(load(folder))
    return {"before": before, "changes": [[change, outcome(load, folder, change, before)]
                                          for change in changes(folder)]}


def write(name, value):
    text = json.dumps({"versions": VERSIONS, **value}, separators=(",", ":"))
    (FOLDER / name).write_text(text + "\n", "utf-8")


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore")
    transformers.logging.set_verbosity_error()
    if transformers.__version__ != "4.34.0":
        write(f"folders_{transformers.__version__}.json", {"folders": folders()})
    if transformers.__version__.startswith("5."):
        # 5.23 forgets lstrip of <mask> without this file
        special = FOLDER / "special_tokens_map.json"
        special.write_text(json.dumps({"mask_token": {
            "content": "<mask>", "single_word": False, "lstrip": True, "rstrip": False,
            "normalized": True}}))
        try:
            write("expected_5.json", save_tokenizer("saved_5"))
        finally:
            special.unlink()
        write("fields_5.json", fields(FOLDER / "saved_5"))
    if transformers.__version__ != "4.34.0":
        return

    write_vocabulary()
    chance = random.Random(2)
    texts = STRANGE + [draw_text(chance) for _ in range(150)]
    described = {}
    for name, settings in (("default", {}), ("add_prefix_space", {"add_prefix_space": True}),
                           ("trim_offsets", {"trim_offsets": False})):
        tokenizer = LEDTokenizerFast.from_pretrained(FOLDER, **settings)
        described[name] = {"settings": settings,
                           "texts": [describe(tokenizer, text) for text in texts]}
    calls = []
    for _ in range(250):
        settings, arguments = draw_call(chance)
        calls.append({"settings": settings, "arguments": arguments, **call(settings, arguments)})
    write("expected.json", {"texts": described, "calls": calls, **save_tokenizer("saved_4")})
    write("fields_4.json", fields(FOLDER / "saved_4"))


if __name__ == "__main__":
    main()
