"""A whole summary at the official size beside transformers 4.34: a checkpoint as large as
led-base-16384 with random weights, the real vocabulary, a document of 10,000 tokens, 4 beams.

    python -m tests.big_check [--tokens 10000] [--length 48] [--folder DIR]

Needs transformers 4.34.0 and the vocab.json and merges.txt of an official checkpoint in
../shared/tokenizer. The text is the reference of the Python language, as pydoc has it. Compared are
the ids of the text, the ids of model.generate, and what `python led.py summarize` prints.
Takes 5 GB of memory and some minutes.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from pydoc_data.topics import topics

if __name__ == "__main__":  # first of all: --help needs none of the libraries below
    parser = argparse.ArgumentParser(prog="python -m tests.big_check", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokens", type=int, default=10000,
                        help="length of the document (default: %(default)s)")  # fmt: skip
    parser.add_argument("--length", type=int, default=48,
                        help="tokens of the summary (default: %(default)s)")  # fmt: skip
    parser.add_argument("--folder", type=Path,
                        help="keep the checkpoint here (default: nowhere)")  # fmt: skip
    arguments = parser.parse_args()

try:
    import numpy as np
    import torch
    import transformers

    import led
    from bpe import LEDTokenizer
except ImportError as error:
    sys.exit(f"{error}: pip install -r requirements.txt transformers==4.34.0 torch 'numpy<2'")

ROOT = Path(__file__).parent.parent
VOCABULARY = ROOT.parent / "shared" / "tokenizer"
SETTINGS = {
    "vocab_size": 50265, "d_model": 768, "encoder_layers": 6, "decoder_layers": 6,
    "encoder_attention_heads": 12, "decoder_attention_heads": 12, "encoder_ffn_dim": 3072,
    "decoder_ffn_dim": 3072, "max_encoder_position_embeddings": 16384,
    "max_decoder_position_embeddings": 1024, "attention_window": [1024] * 6}  # fmt: skip


def make_checkpoint(folder):
    """Weights larger than those of a fresh model, so that attention has peaks and texts vary"""
    model = led.LEDForConditionalGeneration(led.LEDConfig(**SETTINGS), seed=0)
    rng = np.random.default_rng(1)
    for name, param in model.params.items():
        if param.ndim == 1:
            param += rng.normal(0, 0.1, param.shape).astype(param.dtype)
        else:
            param *= 40 if "embed_positions" in name else 3
    model.final_logits_bias += rng.normal(0, 0.5, (1, 50265)).astype(np.float32)
    model.save_pretrained(folder)
    for name in ("vocab.json", "merges.txt"):
        shutil.copy(VOCABULARY / name, folder / name)
    (folder / "tokenizer_config.json").write_text(json.dumps({"model_max_length": 16384}))


def make_document(tokenizer, tokens):
    """Text that has `tokens` tokens with the two special ones"""
    text = "\n\n".join(topics[name].strip() for name in sorted(topics))
    ids = tokenizer(text)["input_ids"][1 : tokens - 1]
    assert len(ids) == tokens - 2
    text = tokenizer.decode(ids, clean_up_tokenization_spaces=False)
    assert len(tokenizer(text)["input_ids"]) == tokens
    return text


def main(arguments):
    assert transformers.__version__ == "4.34.0", "later versions search with beams by other rules"
    warnings.simplefilter("ignore")
    folder = arguments.folder or Path(tempfile.mkdtemp())
    folder.mkdir(exist_ok=True)
    if not (folder / "config.json").exists():
        make_checkpoint(folder)

    tokenizer = LEDTokenizer.from_pretrained(folder)
    their_tokenizer = transformers.LEDTokenizer.from_pretrained(folder)
    text = make_document(tokenizer, arguments.tokens)
    (folder / "document.txt").write_text(text, encoding="utf-8")
    ids = np.array([tokenizer(text)["input_ids"]])
    same = {"ids of the text": ids[0].tolist() == their_tokenizer(text)["input_ids"]}

    is_global = np.zeros_like(ids)
    is_global[0, 0] = 1
    search = {"num_beams": 4, "max_length": arguments.length, "no_repeat_ngram_size": 3}
    start = time.monotonic()
    model = led.LEDForConditionalGeneration.from_pretrained(folder)
    ours = model.generate(ids, global_attention_mask=is_global, **search,
                          return_dict_in_generate=True, output_scores=True)  # fmt: skip
    print(f"ours: {time.monotonic() - start:.0f} s", ours.sequences[0].tolist(), flush=True)
    del model

    start = time.monotonic()
    reference = transformers.LEDForConditionalGeneration.from_pretrained(folder).eval()
    with torch.no_grad():
        theirs = reference.generate(
            torch.from_numpy(ids), global_attention_mask=torch.from_numpy(is_global), **search,
            return_dict_in_generate=True, output_scores=True)  # fmt: skip
    print(f"theirs: {time.monotonic() - start:.0f} s", theirs.sequences[0].tolist(), flush=True)
    del reference
    same["ids of the summary"] = ours.sequences.tolist() == theirs.sequences.tolist()
    score, their_score = float(ours.sequences_scores[0]), float(theirs.sequences_scores[0])
    same["score of the summary"] = abs(score - their_score) < 1e-4 * abs(their_score)

    options = [word for name, value in search.items()
               for word in (f"--{name.replace('_', '-')}", str(value))]  # fmt: skip
    run = subprocess.run(
        [sys.executable, ROOT / "led.py", "summarize", folder / "document.txt",
         "--model", folder, *options], capture_output=True, text=True, check=True)  # fmt: skip
    expected = their_tokenizer.decode(theirs.sequences[0], skip_special_tokens=True)
    same["text of the command line"] = run.stdout.strip() == expected.strip()
    print(expected.strip(), run.stdout.strip(), sep="\n")
    print(f"score {score:.6f}, {their_score:.6f} in the reference")
    for name, equal in same.items():
        print(f"{name}: {'the same' if equal else 'DIFFERENT'}")
    distinct = len(set(ours.sequences[0].tolist()))
    print(f"{distinct} different tokens in a summary of {ours.sequences.shape[1]}")
    if not arguments.folder:
        shutil.rmtree(folder)
    return 0 if all(same.values()) else 1


if __name__ == "__main__":
    sys.exit(main(arguments))
