"""Write tests/fixtures/weights from the reference libraries. Run once for each part:

    python tests/make_weights_fixtures.py torch          # torch, safetensors
    python tests/make_weights_fixtures.py transformers   # torch, transformers==4.34.0
    python tests/make_weights_fixtures.py tensorflow     # tensorflow==2.14.*, transformers==4.34.0

Each part records the versions it ran with beside the expected values (the entry "versions").
"""

import argparse
import json
import os
import sys
from pathlib import Path

if __name__ == "__main__":  # first of all: --help needs none of the libraries below
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["torch", "transformers", "tensorflow"],
                        help="which fixtures to write, named after what writes them")  # fmt: skip
    arguments = parser.parse_args()

try:
    import numpy as np
except ImportError as error:
    sys.exit(f"{error}: pip install what is named above")

FOLDER = Path(__file__).parent / "fixtures" / "weights"


def save_expected(path, arrays, *libraries):
    versions = {library.__name__: library.__version__ for library in (np, *libraries)}
    np.savez_compressed(path, versions=json.dumps(versions), **arrays)


def torch_part():
    """One state_dict with every dtype, as torch writes it in both formats and as safetensors."""
    import safetensors
    import safetensors.torch
    import torch

    generator = torch.Generator().manual_seed(3)
    base = torch.randn(3, 4, 5, generator=generator)
    tensors = {
        "layer.weight": torch.randn(5, 3, generator=generator),
        "layer_norm.gamma": torch.randn(7, generator=generator),  # the old spelling
        "layer_norm.beta": torch.randn(7, generator=generator),
        "shared.whole": base,
        "shared.slice": base[1:, ::2, 1:4],
        "shared.permuted": base.permute(2, 0, 1),
        "half": torch.randn(3, 7, generator=generator).half(),
        "bfloat16": torch.randn(2, 9, generator=generator).bfloat16(),
        "double": torch.randn(2, 3, generator=generator, dtype=torch.float64),
        "scalar": torch.tensor(3.5),
        "empty": torch.zeros(0, 3),
        "int64": torch.arange(-2, 4),
        "int32": torch.arange(-2, 3, dtype=torch.int32),
        "int16": torch.arange(-2, 5, dtype=torch.int16),
        "int8": torch.arange(-2, 2, dtype=torch.int8),
        "uint8": torch.arange(250, 256, dtype=torch.uint8),
        "bool": torch.tensor([True, False, True]),
    }
    half = torch.arange(6.0).half()
    tensors["half.shared.a"], tensors["half.shared.b"] = half, half[2:5]
    uint16 = torch.arange(65530, 65536).to(torch.uint16)  # stored without a type of its own

    state_dict = torch.nn.Module().state_dict()  # an OrderedDict with attributes, as a model gives
    state_dict.update(tensors)
    zipped = {**state_dict, "uint16": uint16, "parameter": torch.nn.Parameter(base[0])}
    torch.save(zipped, FOLDER / "zip.bin")
    torch.save(state_dict, FOLDER / "legacy.bin", _use_new_zipfile_serialization=False)
    contiguous = {name: tensor.clone().contiguous() for name, tensor in tensors.items()}
    safetensors.torch.save_file(contiguous, FOLDER / "library.safetensors")

    expected = {}
    for name, tensor in zipped.items():
        tensor = tensor.detach()
        if tensor.dtype in (torch.float16, torch.bfloat16):
            tensor = tensor.float()
        expected[name] = tensor.numpy()
    save_expected(FOLDER / "expected.npz", expected, torch, safetensors)


def transformers_part():
    """A tiny LED in four folders: .bin and safetensors, whole and sharded."""
    import torch
    import transformers
    from transformers import LEDConfig, LEDForConditionalGeneration

    torch.manual_seed(5)
    model = LEDForConditionalGeneration(LEDConfig(
        vocab_size=11, d_model=6, encoder_layers=1, decoder_layers=1, encoder_attention_heads=3,
        decoder_attention_heads=2, encoder_ffn_dim=7, decoder_ffn_dim=5, attention_window=4,
        max_encoder_position_embeddings=8, max_decoder_position_embeddings=9))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_()
        model.final_logits_bias.normal_()
    for safe, limit, folder in ((False, "2KB", "led_bin_sharded"), (True, "2KB", "led_sharded"),
                                (True, "1GB", "led")):
        model.save_pretrained(FOLDER / folder, safe_serialization=safe, max_shard_size=limit)
    expected = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    save_expected(FOLDER / "led_expected.npz", expected, torch, transformers)


def tensorflow_part():
    """A tiny TensorFlow LED with reference outputs: tf_model.h5 and outputs.npz."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import h5py
    import tensorflow
    import transformers
    from transformers import LEDConfig, TFLEDForConditionalGeneration

    model = TFLEDForConditionalGeneration(LEDConfig(
        vocab_size=29, d_model=12, encoder_layers=2, decoder_layers=1, encoder_attention_heads=3,
        decoder_attention_heads=2, encoder_ffn_dim=20, decoder_ffn_dim=14, attention_window=[4, 8],
        max_encoder_position_embeddings=40, max_decoder_position_embeddings=24))
    rng = np.random.default_rng(7)
    input_ids = rng.integers(3, 29, (2, 19))
    input_ids[:, 0] = 0
    input_ids[0, -1] = 2
    input_ids[1, 12:] = [2, 1, 1, 1, 1, 1, 1]  # padded
    attention_mask = (input_ids != 1).astype(np.int64)
    global_attention_mask = np.zeros_like(input_ids)
    global_attention_mask[:, 0] = 1
    global_attention_mask[0, 7] = 1  # unequal numbers of global tokens
    decoder_input_ids = np.concatenate([np.full((2, 1), 2), rng.integers(3, 29, (2, 4))], axis=1)
    inputs = {"input_ids": input_ids, "attention_mask": attention_mask,
              "global_attention_mask": global_attention_mask,
              "decoder_input_ids": decoder_input_ids}
    model(inputs)  # TensorFlow creates the weights at the first call
    for weight in model.weights:
        weight.assign(0.3 * rng.standard_normal(weight.shape).astype(np.float32)
                      + (1.0 if "gamma" in weight.name else 0.0))
    outputs = model(inputs, training=False)
    model.save_pretrained(FOLDER / "tensorflow")
    expected = {**inputs, "encoder_last_hidden_state": outputs.encoder_last_hidden_state.numpy(),
                "logits": outputs.logits.numpy()}
    save_expected(FOLDER / "tensorflow" / "outputs.npz", expected, tensorflow, transformers, h5py)


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    parts = {"torch": torch_part, "transformers": transformers_part, "tensorflow": tensorflow_part}
    try:
        parts[arguments.part]()
    except ImportError as error:
        sys.exit(f"{error}: pip install what is named above")
