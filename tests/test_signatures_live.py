"""Every public name of 4.34's LED, and every argument by its name and its place, read off the
installed reference: configurations, models, tokenizer.

    python -m pytest tests/test_signatures_live.py    # in an environment with 4.34
"""

import inspect
import json

import numpy as np
import pytest

import bpe
import led

for library in ("torch", "transformers"):
    pytest.importorskip(library, reason="pip install -r requirements-parity.txt")

import torch  # noqa: E402
import transformers  # noqa: E402

from tests.reference import IS_4, NEEDS_4  # noqa: E402
from tests.surface import SETTINGS, tiny_vocabulary  # noqa: E402

pytestmark = [
    pytest.mark.skipif(not IS_4, reason=NEEDS_4),
    pytest.mark.filterwarnings("ignore")]  # fmt: skip

UPLOADS = "nothing is uploaded"
AUTO = "there are no Auto classes"
TORCH = "of torch's modules, devices and training"

# What the reference has and we have not on purpose: {reason: names}. README and bpe.py name those
# that a user would call.
NOT_HERE = {
    "LEDConfig": {
        UPLOADS: "push_to_hub", AUTO: "register_for_auto_class is_composition",
        "ALIASES here": "attribute_map", "read_json and from_dict do it": "get_config_dict",
        "settings are set by name": "update_from_string",
        "where it was found is not kept": "name_or_path", TORCH: "dict_torch_dtype_to_str"},
    "GenerationConfig": {UPLOADS: "push_to_hub", TORCH: "dict_torch_dtype_to_str"},
    "LEDModel": {
        UPLOADS: "push_to_hub", AUTO: "register_for_auto_class",
        "adapters of PEFT: merge them first": (
            "active_adapter active_adapters add_adapter disable_adapters enable_adapters "
            "get_adapter_state_dict load_adapter set_adapter"),
        TORCH: (
            "add_memory_hooks reset_memory_hooks_state disable_input_require_grads "
            "enable_input_require_grads estimate_tokens floating_point_ops to_bettertransformer "
            "reverse_bettertransformer retrieve_modules_from_names init_weights post_init "
            "tie_weights get_memory_footprint framework dummy_inputs is_parallelizable "
            "supports_gradient_checkpointing"),
        "how the reference makes its masks": (
            "create_extended_attention_mask_for_decoder get_extended_attention_mask get_head_mask "
            "invert_attention_mask warn_if_padding_and_no_attention_mask"),
        "the reference has them for other models, of LED they raise errors": (
            "get_position_embeddings resize_position_embeddings prune_heads"),
        "params has the arrays by name": (
            "base_model base_model_prefix set_output_embeddings get_output_embeddings"),
        "searches are settings of generate": (
            "assisted_decoding beam_sample beam_search constrained_beam_search contrastive_search "
            "greedy_search group_beam_search sample compute_transition_scores "
            "prepare_inputs_for_generation generate")},
    "LEDTokenizerFast": {
        UPLOADS: "push_to_hub", AUTO: "register_for_auto_class slow_tokenizer_class",
        "tables of the reference's own": (
            "SPECIAL_TOKENS_ATTRIBUTES can_save_slow_tokenizer deprecation_warnings init_inputs "
            "init_kwargs max_model_input_sizes name_or_path pretrained_init_configuration "
            "pretrained_vocab_files_map vocab_files_names verbose"),
        "of the tokenizers library": (
            "backend_tokenizer convert_added_tokens set_truncation_and_padding "
            "train_new_from_iterator"),
        "chats": "apply_chat_template default_chat_template chat_template",
        "deprecated, or of slow tokenizers": (
            "as_target_tokenizer prepare_for_model prepare_seq2seq_batch truncate_sequences "
            "sanitize_special_tokens all_special_tokens_extended special_tokens_map_extended "
            "split_special_tokens")},
    "BatchEncoding": {},
}  # fmt: skip
# What only some of the models have: generate and the head, which LEDForConditionalGeneration has.
OF_GENERATION = {"generate", "get_output_embeddings"}
KINDS = ["LEDModel", "LEDForConditionalGeneration", "LEDForSequenceClassification",
         "LEDForQuestionAnswering"]  # fmt: skip


def both(name, folder):
    """(the reference's object, ours, names that are not compared) of a class"""
    if name == "LEDConfig":
        theirs = transformers.LEDConfig()
        return theirs, led.LEDConfig(), vars(theirs)  # the settings: see test_interface_live.py
    if name == "GenerationConfig":
        theirs = transformers.GenerationConfig()
        return theirs, led.GenerationConfig(), vars(theirs)
    if name in KINDS:
        theirs = getattr(transformers, name)(transformers.LEDConfig(**SETTINGS))
        ours = getattr(led, name)(led.LEDConfig(**SETTINGS))
        torchs = {*dir(torch.nn.Module), *theirs._modules, *vars(theirs)} - {"to", "eval"}
        return theirs, ours, torchs
    theirs = transformers.LEDTokenizerFast.from_pretrained(folder)
    ours = bpe.LEDTokenizerFast.from_pretrained(folder)
    if name == "BatchEncoding":
        return theirs("the key"), ours("the key"), dir(dict)
    return theirs, ours, ()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("led")
    for name, text in zip(("vocab.json", "merges.txt"), tiny_vocabulary()):
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps({"model_max_length": 640}))
    return folder


def misplaced(theirs, ours):
    """What of the reference's arguments ours does not take, by name or at its place -> [words]"""
    parameters = inspect.signature(theirs).parameters.values()
    places = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    if not names and any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return []  # to(*args, **kwargs) does not say what it takes
    signature = inspect.signature(ours)
    try:
        bound = signature.bind(*places).arguments
        signature.bind(**dict.fromkeys(names))
    except TypeError as error:
        return [f"{error}: {signature} for {names}"]
    return [f"{found!r} stands at the place of {place}" for place, found in bound.items()
            if place != found and not isinstance(found, tuple)]  # fmt: skip


@pytest.mark.parametrize("name, least", [
    ("LEDConfig", 17), ("GenerationConfig", 14), *((kind, 40) for kind in KINDS),
    ("LEDTokenizerFast", 90), ("BatchEncoding", 20)])  # fmt: skip
def test_every_argument_of_the_reference_has_its_name_and_place(name, least, folder):
    theirs, ours, skipped = both(name, folder)
    absent = {word for names in NOT_HERE["LEDModel" if name in KINDS else name].values()
              for word in names.split()}  # fmt: skip
    if name == "LEDForConditionalGeneration":
        absent -= OF_GENERATION
    missing, wrong, count = set(), {}, 0
    names = [n for n in dir(theirs) if not n.startswith("_") and n not in skipped]
    for word in ["__init__", "__call__", *names]:
        if not hasattr(theirs, word):
            continue
        if not hasattr(ours, word):
            missing.add(word)
            continue
        method = getattr(theirs, "forward" if word == "__call__" and name in KINDS else word)
        try:
            inspect.signature(method)
        except (TypeError, ValueError):  # no method, or one of a builtin
            continue
        found = misplaced(method, getattr(ours, word))
        if found:
            wrong[word] = found
        count += len(inspect.signature(method).parameters)
    print(f"{name}: {len(names)} names, {count} arguments, {len(missing)} names not here")
    assert wrong == {}
    assert missing == absent & set(dir(theirs))
    assert count >= least


def test_what_finds_misplaced_arguments_finds_them():
    def reference(first, second=None, *, third=None):
        pass

    assert misplaced(reference, lambda first, second=None, fourth=0, third=None: None) == []
    assert misplaced(reference, lambda first, second=None, **rest: None) == []
    for wrong, message in ((lambda second, first, third: None, "missing a required"),
                           (lambda second=None, first=None, third=None: None, "at the place of"),
                           (lambda first, second=None: None, "unexpected keyword"),
                           (lambda first, *, second=None, third=None: None, "too many")):
        assert message in " ".join(misplaced(reference, wrong)), message


def test_places_of_the_configuration():
    places = list(inspect.signature(transformers.LEDConfig).parameters)[:-1]
    values = [11 + place for place in range(len(places))]
    values[places.index("activation_function")] = "relu"
    for name in ("use_cache", "is_encoder_decoder"):
        values[places.index(name)] = True
    theirs, ours = transformers.LEDConfig(*values), led.LEDConfig(*values)
    for name in places:
        assert getattr(ours, name) == getattr(theirs, name), name
    with pytest.raises(TypeError, match="25 arguments with places, 26"):
        led.LEDConfig(*values, 1)


def test_methods_of_generation_settings(tmp_path):
    given = {"num_beams": 3, "do_sample": True, "top_k": 7, "eos_token_id": 2}
    theirs, ours = transformers.GenerationConfig(**given), led.GenerationConfig(**given)
    for ignored in (False, True):
        expected = json.loads(theirs.to_json_string(ignore_metadata=ignored))
        expected.pop("transformers_version", None)
        assert json.loads(ours.to_json_string(ignore_metadata=ignored)) == expected
    full = json.loads(ours.to_json_string(use_diff=False))
    assert all(full[name] == value for name, value in ours.to_dict().items())
    assert full.keys() >= {"max_length", "num_beams", "top_p"}
    theirs.to_json_file(tmp_path / "theirs.json")
    ours.to_json_file(tmp_path / "ours.json", use_diff=True)
    read = [json.loads((tmp_path / name).read_text()) for name in ("theirs.json", "ours.json")]
    assert read[1] == {k: v for k, v in read[0].items() if k != "transformers_version"}
    for kind in (transformers.GenerationConfig, led.GenerationConfig):
        made = kind.from_dict(read[0], num_beams=4)
        assert (made.num_beams, made.top_k, made.max_length) == (4, 7, 20)
        assert made.update(max_length=9) == {} and made.max_length == 9
        made.validate()
        made.num_return_sequences = 5
        with pytest.raises(ValueError, match="num_return_sequences"):
            made.validate()
    for wrong in ({"num_beams": 0}, {"early_stopping": "x", "num_beams": 2}, {"typical_p": 0.5}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            led.GenerationConfig(wrong).validate(is_init=False)


def test_generate_takes_the_documents_first():
    ours = led.LEDForConditionalGeneration(led.LEDConfig(**SETTINGS))
    ids = np.array([[5, 6, 7, 2]])
    expected = ours.generate(ids, {"max_length": 5}, None, None, None, False)
    np.testing.assert_array_equal(ours.generate(input_ids=ids, max_length=5), expected)
    for name in ("logits_processor", "streamer", "negative_prompt_ids"):
        with pytest.raises(ValueError, match=f"{name}: not supported"):
            ours.generate(ids, **{name: [1]})
    assert (ours.device, ours.vocab_size, ours.is_gradient_checkpointing) == ("cpu", 31, False)
