"""Every stage of a checkpoint's LED beside transformers', one printed row each.

    python -m tests.parity CHECKPOINT [--tokens 600] [--float64]

CHECKPOINT is a folder or a hub name, such as allenai/led-base-16384. Compared are the embeddings,
the hidden states and attentions of all layers, the decoder's cached keys and values, logits, loss,
and the ids that greedy and (with transformers 4.34) beam search generate. The documents are random
ids, the second one padded, with global attention on the first token and two more.
Needs torch and transformers: pip install -r requirements-parity.txt
"""

import argparse
import sys

if __name__ == "__main__":  # first of all: --help needs none of the libraries below
    parser = argparse.ArgumentParser(prog="python -m tests.parity", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", metavar="CHECKPOINT", help="folder or hub name")
    parser.add_argument("--tokens", type=int, default=600,
                        help="length of the documents (default: %(default)s)")  # fmt: skip
    parser.add_argument("--float64", action="store_true", help="compare in true float64")
    arguments = parser.parse_args()

try:
    import numpy as np
    import torch
    import transformers
    from transformers.models.led import modeling_led

    import led
    from tests.common import FLOAT32, FLOAT64, HEADER, compare, flat
    from tests.reference import IS_4, outputs_in_float64, outputs_of, tensors
except ImportError as error:
    sys.exit(f"{error}: pip install -r requirements-parity.txt")


def versions():
    """The versions of what is compared, one line"""
    return (f"transformers {transformers.__version__}, torch {torch.__version__}, "
            f"numpy {np.__version__}")  # fmt: skip


def two_documents(config, tokens):
    """Arguments of a call with labels: random ids, the second document a third shorter"""
    random = np.random.RandomState(0)
    ids = random.randint(3, config.vocab_size, (2, tokens))
    mask, is_global = np.ones_like(ids), np.zeros_like(ids)
    mask[1, tokens - tokens // 3 :] = 0
    ids[mask == 0] = config.pad_token_id
    is_global[:, 0] = is_global[0, [tokens // 2, tokens - 1]] = 1
    most = config.max_decoder_position_embeddings
    decoder_ids = random.randint(3, config.vocab_size, (2, min(17, most)))
    return {"input_ids": ids, "attention_mask": mask, "global_attention_mask": is_global,
            "decoder_input_ids": decoder_ids, "labels": np.roll(decoder_ids, -1, axis=1)}


def stages(name, tokens, dtype):
    """Rows of all arrays that a call with labels returns, and the cache of one without"""
    ours = led.LEDForConditionalGeneration.from_pretrained(name, dtype=dtype)
    reference = modeling_led.LEDForConditionalGeneration.from_pretrained(name).float().eval()
    batch = two_documents(ours.config, tokens)
    theirs = outputs_of if dtype == np.float32 else outputs_in_float64
    bound = FLOAT32 if dtype == np.float32 else FLOAT64
    wanted = {"output_hidden_states": True, "output_attentions": True}
    rows = compare(flat(ours(**batch, **wanted)), theirs(reference, batch), bound)
    del batch["labels"]
    cached = {"past_key_values": ours(**batch, use_cache=True).past_key_values}
    expected = theirs(reference, batch, use_cache=True)
    expected = {key: array for key, array in expected.items() if key.startswith("past")}
    rows += compare(flat(cached), expected, bound)
    return rows, ours, reference, batch


def generations(ours, reference, batch):
    """Lines about whole texts: [(search, whether the ids are the same)]"""
    del batch["decoder_input_ids"]
    results = []
    for search in [{"num_beams": 1}, {"num_beams": 4, "no_repeat_ngram_size": 3}]:
        if search["num_beams"] > 1 and not IS_4:
            print("beam search: later versions than 4.34 have other rules, not compared")
            continue
        most = ours.config.max_decoder_position_embeddings
        settings = search | {"max_length": min(24, most), "min_length": 0}
        texts = ours.generate(**batch, **settings), reference.generate(**tensors(batch), **settings)
        results.append((search, texts[0].tolist() == texts[1].tolist()))
    return results


def main(arguments):
    dtype = np.float64 if arguments.float64 else np.float32
    rows, ours, reference, batch = stages(arguments.checkpoint, arguments.tokens, dtype)
    print(versions(), HEADER, *rows, sep="\n")
    wrong = sum(row.verdict != "ok" for row in rows)
    if not arguments.float64:
        for search, same in generations(ours, reference, batch):
            print(f"ids of {search}: {'the same' if same else 'different'}")
            wrong += not same
    print(f"{len(rows)} arrays, {wrong} differences; largest relative difference "
          f"{max(row.relative for row in rows):.1e}")  # fmt: skip
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(arguments))
