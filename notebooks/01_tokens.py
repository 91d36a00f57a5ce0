# %% [markdown]
# # 1. Tokens
#
# A model computes with numbers; a text has to become a row of integers first, and the answer, a
# row of integers, a text again. LED's tokenizer does this by *byte-level byte-pair encoding*, in
# four steps: text → pre-tokens → bytes → merges. We go through them one by one with the functions
# of `bpe.py`, train a vocabulary, and at the end compare with the official one.
#
# It needs Python and nothing of the other notebooks.
#
# The sentence of all notebooks is this:

# %%
import sys

sys.path.insert(0, "..")
from pathlib import Path

import numpy as np

import bpe
from drawing import BAND, COLUMN, EMPTY, LINE, figure, grid, legend, plt, show, table
from example import TOKENS
from solutions import check

sentence = "The old map shows where the silver key lies."

# %% [markdown]
# ## Why not words, why not letters
#
# With one number for each *word*, a text is short, but no list of words is ever complete: names,
# typing errors and other languages would all become one number that means "unknown". With one
# number for each *letter*, nothing is unknown, but the text becomes five times as long, and a
# model must spend its layers on spelling. Byte-pair encoding stands between: frequent words are
# one token, rare ones are put together from pieces, and the smallest pieces are bytes, of which
# there are only 256. So *every* text can be written, and read back without loss.

# %%
for text in ("key", "clé", "鍵", "🗝"):
    print(f"{text}: {len(text)} characters, {len(text.encode())} bytes:", *text.encode())

# %% [markdown]
# UTF-8 writes a character as one to four bytes: those of English as one, é as two, most of the
# world's scripts as three, and emoji as four.
#
# ## Bytes as symbols
#
# Bytes are awkward to read and to keep in text files: some are spaces, some end lines, some have
# no picture at all. GPT-2's trick, which LED inherits, is to write each byte as one *printable*
# character, a symbol. The 188 bytes that print in Latin-1 stand for themselves. The other 68 take
# the characters from number 256 on. The table is `BYTE_TO_SYMBOL`:

# %%
own = [chr(byte) == symbol for byte, symbol in sorted(bpe.BYTE_TO_SYMBOL.items())]
print(sum(own), "bytes stand for themselves,", 256 - sum(own), "have another character")
print("space:", bpe.BYTE_TO_SYMBOL[ord(" ")], " new line:", bpe.BYTE_TO_SYMBOL[ord("\n")])

# %% jupyter={"source_hidden": true}
fig, axes = figure(4.6)
symbols = [bpe.BYTE_TO_SYMBOL[byte].replace("$", r"\$") for byte in range(256)]
colours = np.where(np.reshape(own, (16, 16)), BAND, COLUMN)
grid(axes, colours, np.reshape(symbols, (16, 16)), "The symbol of each byte",
     [f"{16 * i}" for i in range(16)], row_name="byte", column_name="+")
legend(axes, (BAND, "stands for\nitself"), (COLUMN, "another\ncharacter"))
show(fig, "A 16 by 16 table of the symbols of all bytes. Bytes 33 to 126, 161 to 172 "
          "and 174 to 255 stand for themselves; the others, such as the space, have "
          "characters from 256 on.")

# %% [markdown]
# So a space reads `Ġ`, and you will meet this letter in every vocabulary of this family. As a loop
# over bytes, and as the call:

# %%
looped = ""
for byte in " clé".encode():
    looped += bpe.BYTE_TO_SYMBOL[byte]
print(looped, bpe.to_symbols(" clé"))
assert looped == bpe.to_symbols(" clé")

# %% [markdown]
# ## Pre-tokens
#
# If merges could cross from word to word, the vocabulary would fill up with pairs like "of the",
# and with a word in all its surroundings: "key.", "key,", "key?". So a text is cut first, by one
# regular expression. Its alternatives are tried in order:
#
# | alternative | what it takes |
# | --- | --- |
# | `'s`, `'t`, `'re`, … | English contractions |
# | `[ ]?\p{L}+` | letters, with at most one space before them |
# | `[ ]?\p{N}+` | digits, likewise |
# | `[ ]?[^\s\p{L}\p{N}]+` | other characters, likewise |
# | `\s+(?!\S)` | white space, but for the last of it, if something follows |
# | `\s+` | white space |
#
# (`[ ]` is a space that can be seen: in the code there is just the space.)
#
# The space before a word belongs to the word. That saves tokens, since most words have one, and it
# makes decoding trivial: tokens are written one after the other, with nothing between them.

# %%
for text in (sentence, "It's  the dragon's 2nd key!", "    four spaces"):
    print(bpe.PRETOKEN.findall(text))

# %% [markdown]
# Look at the last line: of four spaces, three are one pre-token and the last goes with the word,
# so that "spaces" is the same token whatever the indentation. And nothing is lost: joined
# together, the pre-tokens are the text.

# %%
assert "".join(bpe.PRETOKEN.findall(sentence)) == sentence

# %% [markdown]
# ## Merging, step by step
#
# A vocabulary comes with a list of **merges**, pairs of symbols in the order of their rank. To
# turn a pre-token into tokens, start from its symbols. Find, among all pairs of neighbours, the
# one of the lowest rank, and merge it. Repeat until no pair of neighbours is in the list. As a
# loop:

# %%
def merge_slowly(symbols, ranks):
    """Looks through all pairs before each merge."""
    symbols = list(symbols)
    while True:
        pairs = list(zip(symbols, symbols[1:]))
        known = [(ranks[pair], i) for i, pair in enumerate(pairs) if pair in ranks]
        if not known:
            return symbols
        _, i = min(known)  # the lowest rank, the leftmost of equals
        symbols[i : i + 2] = [symbols[i] + symbols[i + 1]]


# %%
ranks = {("l", "l"): 0, ("h", "e"): 1, ("he", "ll"): 2, ("l", "o"): 3}
print(merge_slowly("hello", ranks), bpe.merge("hello", ranks))
assert merge_slowly("hello", ranks) == bpe.merge("hello", ranks) == ["hell", "o"]

# %% [markdown]
# "l" and "o" could have merged, too, but "ll" came first and took the l away. The order of the
# merges decides, not the length of the pieces.
#
# The loop looks up every pair again after every merge: for n symbols about n² steps. That is no
# trouble for words, but a line of a million letters without a space would take hours. `bpe.merge`
# keeps the pairs in a *queue* that has the lowest rank always in front, and looks up only the two
# pairs that a merge makes new: about n · log n steps. Both give the same tokens, and we will check
# that on every word of a long text, once we have merges.
#
# ## Training: where the merges come from
#
# The list is learnt from texts by a greedy rule: *count all pairs of neighbours, merge the most
# frequent one everywhere, repeat.* Our corpus is the chronicle of this repository and our
# sentence, three times, so that its words are known.

# %%
chronicle = Path("../chronicles/chronicle.txt").read_text(encoding="utf-8")
corpus = [chronicle] + 3 * [sentence]
pretokens = [pretoken for text in corpus for pretoken in bpe.PRETOKEN.findall(text)]
print(f"{len(pretokens):,} pre-tokens, {len(set(pretokens)):,} different ones")

# %% [markdown]
# Since merges never cross pre-tokens, it is enough to keep each different pre-token once, with its
# count. Here are the most frequent pairs at the start:

# %%
from collections import Counter

counts = Counter(bpe.to_symbols(pretoken) for pretoken in pretokens)
words = {tuple(word): count for word, count in counts.items()}


def pairs_of(words):
    """How often each pair of neighbours occurs."""
    pairs = Counter()
    for word, count in words.items():
        for pair in zip(word, word[1:]):
            pairs[pair] += count
    return pairs


print(*pairs_of(words).most_common(5), sep="\n")

# %% [markdown]
# The first round merges the pair at the top. After it, the pairs around the new symbol are new, so
# they have to be counted again. Ten rounds:

# %%
learnt = []
for _ in range(10):
    pair = max(pairs_of(words).items(), key=lambda item: item[1])[0]
    learnt.append(pair)
    words = {tuple(merge_slowly(word, {pair: 0})): count for word, count in words.items()}
print(*("+".join(pair) for pair in learnt))

# %% [markdown]
# Counting everything again in each round is what makes this slow. `learn_merges` remembers in
# which words each pair occurs, and touches only those. Its first ten merges are the same:

# %%
tokens, merges = bpe.learn_merges(counts, num_tokens=1500)
assert merges[:10] == learnt
print(f"{len(tokens):,} tokens, {len(merges):,} merges; the last ones:", *tokens[-5:])

# %% [markdown]
# What remains open in the rule are ties. `learn_merges` takes, of equally frequent pairs, that of
# the older tokens, so the result depends on the counts alone and can be reproduced.
#
# Now the promised comparison, on every word of the corpus, and on 2,000 letters of it without a
# space:

# %%
ranks = {pair: rank for rank, pair in enumerate(merges)}
for word in counts:
    assert merge_slowly(word, ranks) == bpe.merge(word, ranks)
print(f"{len(counts):,} words: the same tokens by the loop and by bpe.merge")
line = bpe.to_symbols(chronicle.replace(" ", "")[:2000])
assert merge_slowly(line, ranks) == bpe.merge(line, ranks)

# %% [markdown]
# `bpe.merge` calls `on_merge` after each step, so we can watch a word being put together. (The
# command `python bpe.py "a text"` prints the same for the official vocabulary.)

# %%
steps = [list(bpe.to_symbols(" silver"))]
bpe.merge(steps[0], ranks, on_merge=lambda rank, symbols: steps.append(list(symbols)))
for step in steps:
    print(*step)

# %% jupyter={"source_hidden": true}
fig, axes = figure(2.9)
for level, step in enumerate(steps):
    start = 0
    for symbol in step:
        fresh = level and symbol not in steps[level - 1]
        colour = COLUMN if fresh else BAND if len(symbol) > 1 else EMPTY
        axes.add_patch(plt.Rectangle((start, level), len(symbol), 0.9, fc=colour, ec="white"))
        axes.text(start + len(symbol) / 2, level + 0.45, symbol, ha="center", va="center")
        start += len(symbol)
axes.set(xlim=(0, 7), ylim=(len(steps), 0), title="How “ silver” is merged", xlabel="byte",
         ylabel="merges so far")
axes.set_yticks(np.arange(7) + 0.45, range(7))
axes.spines[:].set_visible(False)
show(fig, "The word silver with the space before it, seven symbols. Row by row two "
          "neighbours merge, first e and r, until after six merges one token is left.")

# %% [markdown]
# ## How large a vocabulary
#
# More merges make texts shorter, but each token needs a row in the model's embedding, and rare
# tokens are seen too rarely to be learnt. The effect of the first merges is large, that of later
# ones small:

# %%
sizes = [256, 300, 400, 600, 800, 1000, 1250, 1500]
lengths = []
for size in sizes:
    first = {pair: rank for pair, rank in ranks.items() if rank < size - 256}
    lengths.append(sum(count * len(bpe.merge(word, first)) for word, count in counts.items()))
per_token = sum(len(text) for text in corpus) / np.array(lengths)

# %% jupyter={"source_hidden": true}
fig, axes = figure(2.6)
axes.plot(sizes, per_token, "o-", color=LINE, markersize=4)
axes.set(title="Length of a token", xlabel="tokens in the vocabulary",
         ylabel="characters per token", ylim=(0, None))
show(fig, "A curve that rises steeply from 1 character per token with 256 tokens and "
          "flattens towards 4 characters per token with 1,500.")
print(" ".join(f"{size}: {length:.2f}" for size, length in zip(sizes, per_token)))

# %% [markdown]
# ## The tokenizer
#
# `LEDTokenizer.train` does all this and adds the special tokens: `<s>` 0, `<pad>` 1, `</s>` 2,
# `<unk>` 3, then the 256 bytes, the merged tokens, and `<mask>`. A call turns a text into ids,
# with `<s>` before and `</s>` after it. Here are the twelve tokens of all notebooks:

# %%
tokenizer = bpe.LEDTokenizer.train(corpus, vocab_size=1500)
inputs = tokenizer(sentence, return_offsets_mapping=True)
rows = []
for token, id, (start, end) in zip(inputs.tokens(), inputs["input_ids"], inputs["offset_mapping"]):
    rows.append([token, id, f"{start} to {end}", repr(sentence[start:end])])
table(["token", "id", "characters", "of the text"], rows)

# %% [markdown]
# (The models of the other notebooks know these twelve tokens only, and number them 4 to 13, so
# that their embeddings stay small.)
#
# The *offsets* say where in the text each token was read. The command `ask` uses them to quote the
# sentence in which it found an answer.
#
# The way back is a table look-up, the symbols' bytes, and UTF-8. Any text survives, also what the
# corpus never had:

# %%
for text in (sentence, "Où est la clé ?", "鍵 🗝 \t\n  ok", "\x00 zero"):
    ids = tokenizer.encode(text, add_special_tokens=False)
    back = tokenizer.decode(ids, clean_up_tokenization_spaces=False)
    print(f"{len(ids):3} tokens for {text!r}")
    assert back == text

# %% [markdown]
# One surprise of the reference is kept here: `decode` as a default "cleans up", it takes out the
# space before a full stop, a comma or a question mark. Then the French sentence above comes back
# without its space. Switch it off, as we did, where every character counts.

# %%
ids = tokenizer.encode("Où est la clé ?", add_special_tokens=False)
print(tokenizer.decode(ids))

# %% [markdown]
# ## Batches and masks
#
# The rows of an array are of one length, so shorter texts are filled up with `<pad>`. The model
# must not look at padding: `attention_mask` is 0 there. A pair of texts, such as a question and a
# document, is written `<s> A </s></s> B </s>`.

# %%
batch = tokenizer([sentence, "The key."], padding=True, return_tensors="np")
print(batch["input_ids"], batch["attention_mask"], sep="\n")
assert ((batch["attention_mask"] == 0) == (batch["input_ids"] == tokenizer.pad_token_id)).all()

# %%
pair = tokenizer("Where is the key?", sentence)
print(*pair.tokens())
print(pair.sequence_ids())

# %% [markdown]
# LED needs a third row of numbers, and forgetting it is the most frequent mistake that users of
# LED make: `global_attention_mask`, 1 for the tokens that see, and are seen by, all others
# (notebook 3). No tokenizer can know which these should be. For a summary it is the first token;
# for a question, all tokens up to the document. `pad` fills it with −1, which the model takes for
# padding:

# %%
examples = [{"input_ids": row, "global_attention_mask": [1] + [0] * (len(row) - 1)}
            for row in tokenizer([sentence, "The key."])["input_ids"]]
padded = tokenizer.pad(examples, return_tensors="np")["global_attention_mask"]
print(padded)

# %% [markdown]
# ## Files
#
# `save_pretrained` writes what transformers reads as well: `vocab.json`, {token: id}, and
# `merges.txt`, one pair a line, which two files are all there is to this kind of tokenizer; and
# the same in the newer `tokenizer.json`.

# %%
import tempfile

folder = tempfile.TemporaryDirectory()
print(*(Path(path).name for path in tokenizer.save_pretrained(folder.name)))
lines = Path(folder.name, "merges.txt").read_text(encoding="utf-8").splitlines()
print(lines[:4])
assert [tuple(line.split(" ")) for line in lines[1:11]] == learnt

# %% tags=["needs-torch"]
import importlib.util

has_transformers = importlib.util.find_spec("transformers") is not None
if not has_transformers:
    print("transformers is not installed: pip install -r requirements-parity.txt")

# %% tags=["needs-torch"]
if has_transformers:
    import transformers

    reference = transformers.LEDTokenizerFast.from_pretrained(folder.name)
    lines = [line for line in chronicle.splitlines() if line] + ["Où est la clé ? 鍵 🗝", "  a  b"]
    assert reference(lines)["input_ids"] == tokenizer(lines)["input_ids"]
    print(f"{len(lines)} lines: the same ids in transformers")

# %% [markdown]
# ## The official vocabulary
#
# The official checkpoints all have the vocabulary of RoBERTa and GPT-2: 50,265 tokens. Here it is
# read from the hub or its local cache, or from the folder that the variable `LED_OFFICIAL` names.
# If it cannot be had, the cells say so.

# %% tags=["needs-official"]
import os

name = os.environ.get("LED_OFFICIAL", "allenai/led-base-16384")
official = None
try:
    official = bpe.LEDTokenizer.from_pretrained(name)
    print(f"{len(official):,} tokens")
except OSError as error:
    print("The official vocabulary could not be had:", str(error)[:200])

# %% tags=["needs-official"]
if official:
    assert [token.removeprefix("Ġ") for token in official(sentence).tokens()] == TOKENS
    for text in (sentence, " unbelievable", "Où est la clé ?", "🗝"):
        print(official.encode(text), *official.tokenize(text))

# %% [markdown]
# Our sentence is twelve tokens there, too. Even a long word is one token if it is frequent in
# English; the French sentence takes eight tokens for four words and a question mark, and the emoji,
# of four bytes, three that are no text by themselves.
#
# Is `bpe.py` the same function as the official implementation? The claim is about all texts, so we
# draw random ones, from a set of characters that is made to hurt: spaces of several kinds, accents
# that combine, digits of other scripts, emoji, quotes, and special tokens written out.

# %% tags=["needs-official"]
rng = np.random.default_rng(0)
pieces = [*"aAbB 019'.,!?\n\t-_", "  ", "'s", "é", "e\u0301", "ß", "ſ", "鍵", "٣", "½", "🗝",
          "\u200d", "\xa0", "\u3000", "\ufeff", "<s>", "</s>", "<mask>", "the", " key"]
texts = ["".join(rng.choice(pieces, rng.integers(1, 40))) for _ in range(2000)]
if official and has_transformers:
    reference = transformers.LEDTokenizerFast.from_pretrained(name)
    same = sum(a == b for a, b in zip(reference(texts)["input_ids"], official(texts)["input_ids"]))
    print(f"{same:,} of {len(texts):,} random texts have the same ids")
    assert same == len(texts)

# %% [markdown]
# ## Exercises
#
# Replace each `...` by your answer and run the cell below it. The solutions are in `solutions.py`.
#
# **1.** Write the inverse of `to_symbols`: symbols in, text out.

# %%
def from_symbols(symbols):
    return ...


# %%
check(from_symbols, ("ĠnÃ©",), (bpe.to_symbols("Où est\nla clé ? 🗝"),))

# %% [markdown]
# **2.** Training merges the most frequent pair. Given words as tuples of symbols with their
# counts, which pair is it? (In the cases below there are no ties.)

# %%
def most_frequent_pair(words):
    return ...


# %%
check(most_frequent_pair, ({("l", "o", "w"): 5, ("l", "o", "t"): 2, ("n", "e", "w"): 6},),
      ({("a", "a", "a"): 2, ("a", "b"): 3},))

# %% [markdown]
# **3.** Cut a text of letters and single spaces into pre-tokens without a regular expression: each
# word with the space before it. Joined, the pre-tokens have to be the text.

# %%
def pretokens_of_words(text):
    return ...


# %%
check(pretokens_of_words, ("The old map",), (" shows where",), ("key",))

# %% [markdown]
# **4.** (An open one, of ten lines and more.) Merges are greedy. Given a pre-token in symbols and a
# set of tokens, write it with as *few* tokens as possible. Several answers may be equally short, so
# only their number is compared, and that together they are the word. When it is right: on which
# words of the chronicle do the merges need more tokens, how many is that in all, and why does LED
# use merges nevertheless?
#
# *Hint.* Go through the word from left to right and keep, for every place, the shortest way to get
# there: it is the shortest way to some earlier place, and one token from there.

# %%
def fewest_tokens(word, vocabulary):
    return ...


# %%
vocabulary = set(tokens[:600])
check(fewest_tokens, *((word, vocabulary) for word in list(counts)[:200]),
      measure=lambda answer: ["".join(answer), len(answer)])
