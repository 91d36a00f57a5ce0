"""What the texts of the notebooks say of numbers, asserted.

An assertion in a notebook teaches: two ways of computing agree, a wrong one does not. One that
only holds a sentence to what was computed would be in the reader's way there, and stands here:
{notebook: [(code, assertions), ...]}. The assertions run in the notebook, after the cell that has
this code.
"""

CLAIMS = {}

CLAIMS["01_tokens"] = [
    ('for text in ("key", ', """
assert [len(character.encode()) for character in "eé鍵🗝"] == [1, 2, 3, 4]
"""),
    ("own = [chr(byte)", """
assert sum(own) == 188 == 256 - 68 and bpe.BYTE_TO_SYMBOL[ord(" ")] == "Ġ"
assert min(ord(bpe.BYTE_TO_SYMBOL[byte]) for byte in range(256) if not own[byte]) == 256
"""),
    ('"    four spaces"):', """
assert bpe.PRETOKEN.findall(text) == ["   ", " four", " spaces"]
"""),
    ("corpus = [chronicle]", """
assert 4.5 < sum(len(text) for text in corpus) / len(pretokens) < 5.5  # letters to a word
"""),
    ('steps = [list(bpe.to_symbols(" silver"))]', """
assert [len(step) for step in steps] == [7, 6, 5, 4, 3, 2, 1]
assert set(steps[1]) - set(steps[0]) == {"er"} and steps[-1] == ["Ġsilver"]
"""),
    ("per_token = ", """
assert per_token[0] == 1 and per_token[-1] > 4
assert per_token[1] - 1 > 5 * 44 * (per_token[-1] - per_token[-2]) / 250  # gains for each token
"""),
    ("tokenizer = bpe.LEDTokenizer.train(", """
assert tokenizer.convert_ids_to_tokens([0, 1, 2, 3]) == ["<s>", "<pad>", "</s>", "<unk>"]
assert tokenizer.convert_ids_to_tokens([1499]) == ["<mask>"]
assert set(tokenizer.convert_ids_to_tokens(list(range(4, 260)))) == set(bpe.SYMBOL_TO_BYTE)
assert [token.removeprefix("Ġ") for token in inputs.tokens()] == TOKENS
"""),
    ("print(tokenizer.decode(ids))", """
assert tokenizer.decode(ids) == "Où est la clé?"
"""),
    ("print(pair.sequence_ids())", """
assert [token for token in pair.tokens() if token in ("<s>", "</s>")] == ["<s>"] + 3 * ["</s>"]
"""),
    ("padded = tokenizer.pad(", """
assert (padded[1] == [1, 0, 0, 0, 0] + 7 * [-1]).all()
"""),
    ('for text in (sentence, " unbelievable"', """
if official:
    found = [len(official.tokenize(text)) for text in (" unbelievable", "Où est la clé ?", "🗝")]
    assert found == [1, 8, 3] and len(official) == 50265
"""),
]

CLAIMS["02_band"] = [
    ("for length in (12, 1024, 4096, 16384):", """
assert 0.25e9 < 16384**2 < 0.27e9  # "a quarter of a billion" scores in each head
"""),
    ("pairs = in_band.sum()", """
assert list(np.array(TOKENS)[in_band[1]]) == ["<s>", "The", "old", "map"]
"""),
    ("out = model.encode(IDS, output_attentions=True)", """
assert model.config.attention_window == [4, 4, 4] and out.attentions[0].shape[-1] == 5
"""),
    ('print("shape  ", k_padded.shape)', """
assert k_padded.strides == (40, 8)
"""),
    ("k_windows = as_strided(", """
assert k_windows.strides == (160, 40, 8) and np.shares_memory(k_windows, k_padded)
"""),
    ("step_through(TOKENS, W, places)", """
assert all((places[i // C, i % C : i % C + 2 * W + 1] == np.arange(i, i + 2 * W + 1)).all()
           for i in range(S))
"""),
    ("band = led.diagonals(scores, W)", """
assert (band < led.REMOVED / 2).sum(axis=-1).tolist() == [[2, 1, 0, 0], [0] * 4, [0, 0, 1, 2]]
"""),
    ("scores_in_band = ", """
assert (abs(scores_in_band[1:] / scores_in_band[:-1] - 2) < 0.07).all()
assert (all_pairs[1:] == 4 * all_pairs[:-1]).all()
"""),
    ("growth = memory[1:]", """
assert (abs(banded[1:, 1] / banded[:-1, 1] - 2) < 0.2).all()
assert (abs(naive[1:, 1] / naive[:-1, 1] - 4) < 0.2).all()
assert naive[-1, 1] * 8**2 > 3 * 1024
"""),
    ("with_global = changes(", """
assert with_global[1, 0] and with_global[2].all() and not reach[2].all()
"""),
    ("for layers, window, length in", """
assert 6 * 512 == 3072 and 3072 < 16384 / 5
"""),
]

CLAIMS["03_global_attention"] = [
    ("masked, marked = led.token_masks(", """
assert list(masked[0]) == [0, 0, 1, 1, 1] and list(marked[0]) == [1, 0, 0, 0, 0]
"""),
    ("ids, asked, places = question_inputs(", """
assert model.config.encoder_layers * model.config.attention_window[0] // 2 == 48
assert 3900 < ids.shape[1] < 4000  # "nearly four thousand positions"
"""),
    ("first_only = np.zeros_like(asked)", """
assert answer(ids, asked) == "Upper Marling"
assert "Upper Marling" not in (answer(ids, first_only), answer(ids, 0 * asked))
"""),
    ("shares = np.array([accuracy(", """
assert shares[:, 0].min() >= 0.8
assert shares[:, 1].max() == shares[1, 2] == 0 and shares[0, 2] <= 0.25  # guesses
"""),
    ("copies = {", """
for words_of, asked_words, of_words in ((sentence, columns, paid),
                                        (who_sentence, who_columns, who_paid)):
    for word in ("silver", "key"):
        assert of_words[1, words_of.index(word), asked_words.index(word)] > 0.55
    assert (of_words[1][:, asked_words.index("silver") : asked_words.index("key") + 1].max(axis=1)
            > 0.15).sum() >= 6  # "many words"
    assert (of_words[0][:, [0, -1]].max(axis=1) > 0.3).sum() >= 6  # "most look at the markers"
for words_paid, of_silver, least in ((paid[1], 1, 0.85), (who_paid[1], 8, 0.8)):
    assert min(words_paid[of_silver, 4], words_paid[of_silver + 1, 5]) > least
assert columns[4:6] == who_columns[4:6] == ["silver", "key"]
assert max(paid[2].max(), who_paid[2].max()) < 1 / 3
assert who_columns[who_paid[0, who_sentence.index("Kemp")].argmax()] == "Who"
for (seen, last), (seen_crown, last_crown), (seen_golden, last_golden) in [copies.values()]:
    assert all(sum(pair) > 0.9 and pair[0] < 0.45 for pair in (seen, last, seen_crown, last_golden))
    assert min(seen[0], last[0], seen_crown[0], last_golden[0]) > 0.15
    assert max(last_crown[0], seen_golden[0]) < 0.08 < 0.9 < min(last_crown[1], seen_golden[1])
"""),
    ('table(["right without head"', """
assert right[1, 3] == 0 and 4 <= right[1, 0] <= 6 and 4 <= right[2, 0] <= 6
assert np.sort(right.ravel())[3] >= 7
"""),
    ("to_previous = ", """
assert to_previous.mean() < 0.3
assert all(to_previous[[place for place in range(1, len(words))
                        if words[place - 1] in documents.ANSWERS[kind][0]
                        and words[place] in documents.ANSWERS[kind][1]]].mean() > 0.5
           for kind in ("where", "how many", "colour"))
"""),
    ("neighbours = np.lib", """
assert [words[place] for place in of_key] == "silver key silver key silver key".split()
assert np.sum(np.diff(of_key) > 100) == 2 and np.sum(np.diff(of_key) > 1) == 3  # four places
assert to_copies[np.abs(np.arange(len(words))[:, None] - of_key).min(axis=1) > window].max() == 0
assert to_copies[of_key[3] : of_key[3] + 10].max() > 0.5
"""),
    ("firsts = [", """
assert all(max(to_first[:2]) < 0.05 < 0.15 < min(to_first[2:]) for to_first in firsts[:2])
assert firsts[2][0] > 0.2 > 0.05 > max(firsts[2][1:])  # names
assert who_encoded.attentions[1].shape == encoded.attentions[1].shape
"""),
    ("looked = out.cross_attentions[-1][0].mean(axis=0)  # (H, T, S)", """
assert written_words == ["Upper", "Marling", "</s>"]
assert (looked[:2].argmax(axis=1) == [position["Upper"], position["Marling"]]).all()
assert looked[[0, 1], [position["Upper"], position["Marling"]]].min() > 0.7
"""),
    ("decisions = {", """
assert [asked_question for asked_question, (_, _, given, _) in decisions.items() if given] == [
    "Where is the silver key?", "How many ducks did Tilda Nash have?"]
assert decisions["Where is the silver key?"][1] > 0.7  # "nearly all of the attention"
"""),
    ("unheard = ", """
assert given == "Ivo Kemp" and "nobody but Ivo Kemp could have made the silver key" in text
for table_of_questions in (documents.QUESTIONS, documents.TRAINING_QUESTIONS, documents.NOT_TOLD,
                           documents.TRAINING_NOT_TOLD, documents.FURTHER_QUESTIONS,
                           documents.FURTHER_NOT_TOLD):
    for questions in table_of_questions.values():
        assert not any(" not " in one for one in questions)
assert at_end < 0.1  # "sure of it"
"""),
]

CLAIMS["04_whole_model"] = [
    ("def sizes(post", """
assert abs(sizes(post=True)[1:] - 1).max() < 0.01 and 4 < sizes(post=False)[-1] < 6
"""),
    ("of_base = sum(", """
assert round(of_base / 1e6, 1) == 161.8 and round(saved / 1e6, 1) == 38.6
"""),
    ("probs = led.softmax(logits[0])  # (T, V)", """
assert abs(loss - math.log(V)) < 0.5  # "near log V"
"""),
    ("out = trained(document", """
assert tokenizer.decode(written, skip_special_tokens=True).strip() == "Upper Marling"
"""),
]

CLAIMS["05_backward"] = [
    ('print(f"two-sided, h = 1e-5', """
assert np.isclose(steps[14], 1e-5) and two_sided[14] < 1e-9 and 1e-9 < one_sided[8] < 1e-7
assert 1e-7 < steps[np.argmin(two_sided)] < 1e-3 and 1e-10 < steps[np.argmin(one_sided)] < 1e-6
"""),
    ("x = np.linspace(-4, 4, 200)", """
assert abs(led.gelu(x).min() + 0.17) < 0.01 and abs(x[led.gelu(x).argmin()] + 0.75) < 0.05
"""),
    ("led.embedding_backward(", """
assert list(np.flatnonzero(dtable.any(axis=1))) == [4, 9]
"""),
    ("sizes = {True: [1.0], False: [1.0]}", """
assert 0.5 < sizes[True][-1] < 2 and sizes[False][-1] < 1e-9
"""),
    ('table(["gradient", "relative error"], checks)', """
assert len(checks) == 16
"""),
]

CLAIMS["06_attention_backward"] = [
    ("view += dwindows", """
assert (np.flatnonzero(abs(wrong - folded).max(axis=1) > 1e-9) == np.flatnonzero(times > 1)).all()
"""),
]

CLAIMS["07_checkpoints"] = [
    ("listed = ran.stdout", """
assert listed[-1].startswith("59 tensors") and ran.stderr == ""
assert [sum(line.startswith(name) for line in listed) for name in (
    "led.shared.weight", "led.encoder.embed_tokens.weight", "led.decoder.embed_tokens.weight",
    "lm_head.weight", "final_logits_bias", "led.encoder.layers.1")] == [1, 1, 1, 1, 1, 0]
assert len(list(Path(toy).glob("pytorch_model-*.bin"))) > 1
"""),
    ("shapes = led.LEDForConditionalGeneration.shapes(base)", """
assert round(sum(sizes.values()) / 1e6) == 162
"""),
    ("totals = dict.fromkeys(GROUPS, 0)", """
assert sum(totals.values()) == sum(sizes.values())
assert [round(total / 1e6, 1) for total in totals.values()] == [
    38.6, 12.6, 14.2, 10.6, 28.3, 14.2, 14.2, 28.3, 0.8, 0.0]
"""),
    ("loss = write_checkpoint(folder.name, steps=36)", """
assert loss < 0.5
"""),
    ("weights.load(bad.name)", """
try:
    weights.load(bad.name)
    assert False, "a pickle that calls os.system was read"
except ValueError as error:
    assert "system" in str(error)
"""),
    ("PARTS = {", """
assert [sum(parts) for parts in PARTS.values()] == [32, 16, 16]
"""),
    ("rounded = {", """
assert np.finfo(np.float16).max == 65504
"""),
    ("moved, size = (np.sqrt(", """
assert float(rows[0][1]) < 2**-11 and float(rows[1][1]) < 2**-8  # half of the last bit
assert abs(float(rows[0][3]) - reference) < 1e-4 and abs(float(rows[1][3]) - reference) < 1e-3
"""),
    ("weight = from_halves(", """
assert weight[0] == 1.0
"""),
    ("narrow = led.LEDForConditionalGeneration", """
assert set(narrow.config.attention_window) == {8}
"""),
]

CLAIMS["08_generation"] = [
    ("written = tokenizer.batch_decode(greedy", """
assert set(written) == {REPORTS[1][1]}
"""),
    ("num_beams=4", """
assert written == [summary for _, summary in REPORTS]
"""),
    ("leaders = [", """
assert leaders == ["The", " rich", " harvest", " lower", "ed", " the"]
for row, least, most in ((0, 0, 0.5), (1, 3, np.inf)):  # row 0 is "The", row 1 "A"
    assert least < -np.diff([total for total, of, *_ in history[2] if of == row])[0] < most
assert [sum(fate == "kept" for *_, fate in candidates) for candidates in history[:5]] == 5 * [4]
assert [fate for candidates in history[:5] for *_, fate in candidates].count("ends") == 1
assert [fate for *_, fate in history[0]].count("ends") == 1
"""),
    ("for name, array in zip((\"keys\"", """
assert past[0][0].shape[2] == 5 and past[0][2].shape[2] == inputs["input_ids"].shape[1]
"""),
    ("layers, E, T, length = 12", """
assert T * (T + 1) // 2 == 32896 and 2 * layers * length * E * 4 / 2**20 == 1536
"""),
    ("among = int(", """
assert rows[0][2] <= rows[1][2] < rows[2][2]
"""),
    ("for name, text in others.items():\n    shared", """
assert reference == REPORTS[2][1]
assert [round(rouge_1(reference, text) * (14 + len(text.split())) / 2)
        for text in others.values()] == [10, 13]
"""),
    ("rows = [[name, *(", """
assert [float(number) for number in rows[0][1:]] == [0.69, 0.52, 0.48]
assert [float(number) for number in rows[1][1:]] == [0.93, 0.85, 0.93]
"""),
    ("for name, written in candidates.items()", """
assert rows[2][1:] == 3 * ["1.000"] and rows[0][1] < rows[1][1] < "0.6"
assert abs(float(rows[1][1]) - 0.5) < 0.05
"""),
]

CLAIMS["09_fine_tuning"] = [
    ("losses = train(model, lambda: documents", """
assert round(guess, 2) == 0.90 and abs(np.mean(losses[40:60]) - guess) < 0.15
assert losses[0] > 3.9 and losses[-1] < 0.1
"""),
    ("rates = [5e-3", """
assert rates[0] == rates[160] == 0 and max(rates) == rates[20] == 5e-3
"""),
    ("right = exact_match(model, lambda: documents(test, 100, 16))", """
assert right > 0.9
"""),
    ("right = exact_match(model, lambda: documents(test, 100, 64))", """
assert config.max_encoder_position_embeddings == 16 and len(params[name]) == 64 == 4 * 16
assert right > 0.9
"""),
    ("fresh_losses = train(", """
assert np.mean(tuned_losses[-5:]) < 0.2 and abs(np.mean(fresh_losses[-5:]) - guess) < 0.2
assert 10 < np.flatnonzero(np.array(tuned_losses) < guess)[0] < 30
"""),
    ('for what, trained in (("fine-tuned", model)', """
assert exact_match(model, lambda: place_first(np.random.default_rng(3), 100, 64)) > 0.9
assert right < 0.1  # from random weights
"""),
    ("np.mean(curves[is_global][-10:])", """
assert shares[True] > 0.9 and shares[False] < 0.4
assert np.mean(curves[True][-10:]) < 0.2 and 0.8 < np.mean(curves[False][-10:]) < 1.6
"""),
]

CLAIMS["10_scaling"] = [
    ("assert max(difference(kept[name], again[name])", """
assert measured[6][1][2] < 0.6 * measured[6][0][2]  # MiB, with six layers
"""),
    ("grown = [", """
assert grown[1] < 0.25 * grown[0]
"""),
    ("careless = ", """
assert largest > 0.001
"""),
    ("ran = subprocess.run([mpiexec", """
if has_mpi:
    assert "weights equal to the bit: True" in ran.stdout
"""),
    ("found = np.array(ring_allreduce(", """
assert (found == 5).all() and (np.array(ring_allreduce(np.ones((5, 5)), 4)[0]) == 5).sum() == 5
"""),
    ("base = 161_844_480 * 4", """
for n in (2, 4, 8, 64):
    assert 2 * (n - 1) / n < 2 and 0.5 < 2 * (n - 1) / n * base * 8 / 10e9 < 1.1
"""),
    ("kept_plain = ", """
assert kept_plain > 8 * kept_fast
"""),
    ("many, few_products = ", """
for G in (1, 16, 63, 64, 256):
    assert (2 * H * G * S * E < 2 * S * E * E) == (G < 64)
"""),
]
