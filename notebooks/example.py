"""The example of all notebooks: twelve tokens, attention_window 4, one global token."""

import numpy as np

from bpe import LEDTokenizer
from led import AdamW, LEDConfig, LEDForConditionalGeneration, clip_gradients

TOKENS = "<s> The old map shows where the silver key lies . </s>".split()
IDS = np.array([[0, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 2]])  # (B, S) = (1, 12); 1 and 3 pad and unk
IS_GLOBAL = (IDS == 0).astype(np.int64)  # the first token sees, and is seen by, all others
S = len(TOKENS)
W = 2  # one-sided window: attention_window is 2W = 4, a token sees 2W + 1 = 5 keys


def small_model(**settings):
    """A model of the example's vocabulary, in float64, with pairwise different sizes.

    Biases and norms are random, too: zeros and ones would hide mistakes. All weights are numbers
    that float32 can hold, so that a file in float32 has exactly these.
    """
    sizes = dict(
        vocab_size=14, d_model=10, encoder_layers=3, decoder_layers=2, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=16, decoder_ffn_dim=18, attention_window=2 * W,
        max_encoder_position_embeddings=20, max_decoder_position_embeddings=8, init_std=0.5,
        dropout=0.0)  # fmt: skip
    model = LEDForConditionalGeneration(LEDConfig(**sizes | settings), seed=0, dtype=np.float64)
    rng = np.random.default_rng(0)
    for param in model.params.values():
        param += 0.1 * rng.standard_normal(param.shape)
        param[...] = param.astype(np.float32)
    return model


def difference(a, b):
    """The largest absolute difference of two arrays."""
    if np.shape(a) != np.shape(b):
        raise ValueError(f"arrays of shapes {np.shape(a)} and {np.shape(b)}")
    return float(np.abs(np.asarray(a) - np.asarray(b)).max())


# Three short reports with their summaries: for notebooks 7, 8 and 10, where a small model learns
# them.
REPORTS = [
    ("The bridge over the river was closed on Monday after a farmer saw a crack in the second "
     "arch. Two engineers came from the city and looked at it for a whole day. They found that "
     "the spring flood had carried away the stones around one pier. Carts have to go by the "
     "ferry, which takes an hour longer. The council voted to pay for new stones, and the work "
     "is to be done before the first snow.",
     "The bridge is closed until winter because the flood damaged a pier."),
    ("For three weeks nobody knew where the silver key of the chapel was. The priest asked in "
     "every house, and the children searched the churchyard. On Sunday the baker cut a loaf and "
     "there it was, a little black but whole. His son had let it fall into the dough on the "
     "morning of the fair and was afraid to say so. The priest laughed and gave the boy an "
     "apple.",
     "The lost silver key of the chapel was found in a loaf of bread."),
    ("The harvest of this year was the best since the old mill burned down. The barns were full "
     "by the end of August, and wheat was piled up in the school. Merchants came from three "
     "towns, but the price fell with every cart. In the end the farmers agreed to keep half of "
     "the grain until spring. The miller bought a second stone and works at night.",
     "A rich harvest lowered the price of wheat, so half of it is kept."),
]


def reports():
    """What learns the reports, and from what -> tokenizer, model in float64, batch.

    The batch has the arguments of value_and_grad: three reports, the first token of each global,
    and their summaries as labels, with -100 in place of padding.
    """
    tokenizer = LEDTokenizer.train(2 * [text for report in REPORTS for text in report], 600)
    batch = dict(tokenizer([text for text, _ in REPORTS], padding=True, return_tensors="np"))
    summaries = tokenizer([summary for _, summary in REPORTS], padding=True, return_tensors="np")
    batch["labels"] = np.where(summaries["attention_mask"] == 1, summaries["input_ids"], -100)
    batch["global_attention_mask"] = np.zeros_like(batch["input_ids"])
    batch["global_attention_mask"][:, 0] = 1
    config = LEDConfig(
        vocab_size=len(tokenizer), d_model=48, encoder_layers=2, decoder_layers=2,
        encoder_attention_heads=4, decoder_attention_heads=4, encoder_ffn_dim=96,
        decoder_ffn_dim=96, attention_window=32, max_encoder_position_embeddings=512,
        max_decoder_position_embeddings=64, dropout=0.0)  # fmt: skip
    return tokenizer, LEDForConditionalGeneration(config, seed=0, dtype=np.float64), batch


def write_checkpoint(folder, steps=36):
    """Teaches the small model the three reports by heart, and saves it in float32 with its
    tokenizer -> the loss of the last step."""
    tokenizer, model, batch = reports()
    optimizer = AdamW(model.params, lr=5e-3)
    for _ in range(steps):
        loss, grads = model.value_and_grad(**batch)
        clip_gradients(grads, 1.0)
        optimizer.step(grads)
    params = {name: param.astype(np.float32) for name, param in model.params.items()}
    LEDForConditionalGeneration(model.config, params=params).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return loss
