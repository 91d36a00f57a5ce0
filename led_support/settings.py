"""Settings of models and of generate: defaults, other names, checks, config.json and
generation_config.json as all versions write them."""

import math
from pathlib import Path

import numpy as np

from led_support.files import (
    check_flag, check_number, check_type, expect, json_bytes, naming, one_of, plain, read_json,
    write_file)
from led_support.hub import find

# What the configurations of all models have; the reference saves these only if they differ.
COMMON_DEFAULTS = {
    "output_attentions": False, "output_hidden_states": False, "return_dict": True,
    "tie_word_embeddings": True, "problem_type": None,
    "id2label": {0: "LABEL_0", 1: "LABEL_1"}, "label2id": {"LABEL_0": 0, "LABEL_1": 1},
}  # fmt: skip

PROBLEM_TYPES = ("regression", "single_label_classification", "multi_label_classification")

# The places of LEDConfig's arguments in the reference
PLACES = (
    "vocab_size", "max_encoder_position_embeddings", "max_decoder_position_embeddings",
    "encoder_layers", "encoder_ffn_dim", "encoder_attention_heads", "decoder_layers",
    "decoder_ffn_dim", "decoder_attention_heads", "encoder_layerdrop", "decoder_layerdrop",
    "use_cache", "is_encoder_decoder", "activation_function", "d_model", "dropout",
    "attention_dropout", "activation_dropout", "init_std", "decoder_start_token_id",
    "classifier_dropout", "pad_token_id", "bos_token_id", "eos_token_id", "attention_window",
)  # fmt: skip

GENERATION_DEFAULTS = {
    "max_length": 20,  # of the decoder's tokens, the start token included
    "max_new_tokens": None,  # without the start token or prompt; wins over max_length
    "min_length": 0, "min_new_tokens": None,
    "max_time": None,  # seconds
    "do_sample": False, "num_beams": 1, "num_return_sequences": 1, "length_penalty": 1.0,
    "early_stopping": False,  # True, False or "never"
    "temperature": 1.0, "top_k": 50, "top_p": 1.0, "repetition_penalty": 1.0,
    "no_repeat_ngram_size": 0, "encoder_no_repeat_ngram_size": 0, "bad_words_ids": None,
    "forced_bos_token_id": None, "forced_eos_token_id": None, "remove_invalid_values": False,
    "suppress_tokens": None, "begin_suppress_tokens": None, "renormalize_logits": False,
    "pad_token_id": None, "bos_token_id": None, "eos_token_id": None,
    "decoder_start_token_id": None, "use_cache": True, "output_attentions": False,
    "output_hidden_states": False, "output_scores": False, "return_dict_in_generate": False,
}  # fmt: skip

# The numbers among them: (lowest, highest, whether whole)
GENERATION_NUMBERS = {
    "max_length": (1, 10**6, True), "max_new_tokens": (1, 10**6, True),
    "min_length": (0, 10**6, True), "min_new_tokens": (0, 10**6, True),
    "max_time": (0, 1e9, False), "num_beams": (1, 10**4, True),
    "length_penalty": (-100, 100, False), "num_return_sequences": (1, 10**4, True),
    "temperature": (0, 1e9, False), "top_k": (0, 10**9, True), "top_p": (0, 1, False),
    "repetition_penalty": (1e-6, 1e6, False), "no_repeat_ngram_size": (0, 10**6, True),
    "encoder_no_repeat_ngram_size": (0, 10**6, True),
}  # fmt: skip

# The token ids among them of which there may be several
SEVERAL_TOKENS = ("forced_eos_token_id", "suppress_tokens", "begin_suppress_tokens", "eos_token_id")

# Settings of the reference that this file leaves out, with the value that means "off".
GENERATION_NOT_HERE = {
    "penalty_alpha": 0, "num_beam_groups": 1, "diversity_penalty": 0.0, "constraints": None,
    "force_words_ids": None, "assistant_model": None, "low_memory": False, "typical_p": 1.0,
    "epsilon_cutoff": 0.0, "eta_cutoff": 0.0, "encoder_repetition_penalty": 1.0,
    "guidance_scale": 1, "sequence_bias": None, "exponential_decay_length_penalty": None,
    "forced_decoder_ids": None, "logits_processor": None, "stopping_criteria": None,
    "prefix_allowed_tokens_fn": None, "streamer": None, "synced_gpus": False,
    "negative_prompt_ids": None, "negative_prompt_attention_mask": None,
    # of later versions
    "min_p": None, "top_h": None, "stop_strings": None, "token_healing": False,
    "dola_layers": None, "watermarking_config": None, "prompt_lookup_num_tokens": None,
}  # fmt: skip

GENERATION_SETTINGS = GENERATION_DEFAULTS | GENERATION_NOT_HERE | {"_from_model_config": False}

# Where from_pretrained looks: passed on to `find`.
HUB_OPTIONS = ("cache_dir", "force_download", "local_files_only", "token", "revision", "subfolder")

# Options of the reference's from_pretrained that make no difference here, at these values.
HARMLESS_OPTIONS = {
    "use_safetensors": (None, True), "low_cpu_mem_usage": (None, True, False), "variant": (None,),
    "trust_remote_code": (None, False), "from_tf": (False,), "from_flax": (False,),
    "device_map": (None, "cpu"), "resume_download": (None, True, False), "proxies": (None,),
    "attn_implementation": (None, "eager"), "load_in_8bit": (False,), "load_in_4bit": (False,),
    "quantization_config": (None,), "weights_only": (None, True), "state_dict": (None,),
}  # fmt: skip


def check_token_ids(name, value, vocab_size, several=True):
    """Raises ValueError unless `value` is a token id or, where `several` are allowed, a list."""
    is_list = several and isinstance(value, (list, tuple)) and (value or name != "eos_token_id")
    for token in value if is_list else [value]:
        check_number(name, token, 0, vocab_size - 1)


def check_generation(settings, vocab_size):
    """Raises ValueError at the first setting of generation that cannot be; None is off."""
    for name, value in settings.items():
        if value is None or (name == "early_stopping" and value == "never"):
            continue
        if name in GENERATION_NUMBERS:
            check_number(name, value, *GENERATION_NUMBERS[name])
        elif name in GENERATION_DEFAULTS and name.endswith(("token_id", "suppress_tokens")):
            check_token_ids(name, value, vocab_size, name in SEVERAL_TOKENS)
        elif name == "bad_words_ids":
            are_lists = isinstance(value, list) and all(isinstance(w, list) and w for w in value)
            expect(are_lists, name, "lists of token ids", value)
            for words in value:
                check_token_ids(name, words, vocab_size)
        elif isinstance(GENERATION_DEFAULTS.get(name), bool):
            check_flag(name, value)


def unused_settings(settings):
    """The names of those settings of generation that this search does not read."""
    sampling = () if settings["do_sample"] else ("temperature", "top_k", "top_p")
    return *sampling, *(("length_penalty", "early_stopping") if settings["num_beams"] == 1 else ())


def check_used(settings, vocab_size, source, given=()):
    """Raises ValueError at the first setting that cannot be, if generate would read it or it is
    `given`. The others come from `source`, which the message names. A pad_token_id of another
    number (-1) is judged where there are several texts, as only then it is read."""
    for name, off in GENERATION_NOT_HERE.items():
        if settings[name] is not None and settings[name] != off:
            raise ValueError(f"{name}: not supported, found {settings[name]!r:.80}")
    unused = unused_settings(settings)
    if isinstance(settings["pad_token_id"], int) and abs(settings["pad_token_id"]) < 2**31:
        unused += ("pad_token_id",)
    for name, value in settings.items():
        if name in given:
            check_generation({name: value}, vocab_size)
        elif name not in unused:
            with naming(source):
                check_generation({name: value}, vocab_size)
    beams, wanted = settings["num_beams"], settings["num_return_sequences"]
    if settings["do_sample"]:
        expect(settings["temperature"] > 0, "temperature", "a number above 0", 0)
    most = beams if beams > 1 else math.inf if settings["do_sample"] else 1
    expect(wanted <= most, "num_return_sequences", f"at most {most}, as there are beams", wanted)


def hub_options(options):
    """Takes what is no setting out of from_pretrained's `options` -> those of HUB_OPTIONS.
    ValueError for one of the reference's that is not supported."""
    for name, harmless in HARMLESS_OPTIONS.items():
        one_of(name, options.pop(name, harmless[0]), harmless)
    return {name: options.pop(name) for name in HUB_OPTIONS if name in options}


def settings_of_original(settings):
    """The config.json of the Longformer authors' own files (longformer-encdec-*) in LED's terms.

    There attention_window counts one side only, and BART's names stand for the dropout and label
    settings. Dilated and autoregressive windows have no LED.
    """
    dilation, sides = settings.get("attention_dilation") or [], settings.get("attention_window")
    if not isinstance(dilation, list) or not isinstance(sides, list):
        raise ValueError("attention_dilation and attention_window: expected lists")
    if any(step != 1 for step in dilation) or settings.get("autoregressive"):
        raise ValueError("dilated or autoregressive attention is not part of LED")
    dropped = ("attention_mode", "attention_dilation", "autoregressive", "model_type")
    settings = {name: value for name, value in settings.items() if name not in dropped}
    for side in sides:
        check_number("attention_window", side, 1, 2**31)
    settings["attention_window"] = [2 * side for side in sides]
    return settings


class Settings:
    """What configurations of models and of generation have in common: they go into JSON files."""

    def to_json_string(self, use_diff=True, ignore_metadata=False):
        """A file's content; with use_diff=False all settings. ignore_metadata: without those that
        tell where they come from."""
        settings = self.to_diff_dict() if use_diff else self.to_dict()
        ignored = ("_from_model_config", "transformers_version") if ignore_metadata else ()
        return json_bytes({k: v for k, v in settings.items() if k not in ignored}).decode()

    def to_json_file(self, json_file_path, use_diff=True):
        """Writes to_json_string in one step: under another name first, then renamed."""
        write_file(json_file_path, self.to_json_string(use_diff).encode())

    def save_pretrained(self, save_directory, config_file_name, push_to_hub=False):
        """Writes a file of a folder, which is made if need be; nothing is uploaded here."""
        one_of("push_to_hub", push_to_hub, [False])
        Path(save_directory).mkdir(parents=True, exist_ok=True)
        self.to_json_file(Path(save_directory) / config_file_name)

    def __repr__(self):
        return f"{type(self).__name__} {self.to_json_string()}"


class PretrainedConfig(Settings):
    """A model's settings; those of generation that were never set read as their defaults. A model's
    own class has its SIZES, its RATES of dropout, all its DEFAULTS and ALIASES {name: official
    name}. (Same name in the reference.)"""

    DEFAULTS = COMMON_DEFAULTS

    def __init__(self, /, *values, **settings):
        if len(values) > len(PLACES):
            raise TypeError(f"a configuration has {len(PLACES)} arguments with places, "
                            f"{len(values)} were given")  # fmt: skip
        self.update(self.DEFAULTS)
        self.update(dict(**dict(zip(PLACES, values)), **settings))  # TypeError for one given twice

    def update(self, config_dict):
        """Sets several settings, of which the order does not matter."""
        settings = dict(config_dict)
        one_of("model_type", settings.pop("model_type", self.model_type), [self.model_type])
        if "encoder_layers" in settings:
            settings.pop("num_hidden_layers", None)
        labels, count = settings.get("id2label"), settings.get("num_labels")
        if isinstance(labels, dict) and count is not None:
            expect(count == len(labels), "num_labels", f"{len(labels)} as in id2label", count)
        # Those that decide about others come last, and null leaves the others as they are.
        last = [*self.ALIASES, "num_labels", "id2label", "label2id"]
        names = [name for name in settings if name not in last]
        for name in names + [name for name in last if settings.get(name) is not None]:
            setattr(self, name, settings[name])

    def __setattr__(self, name, value):
        name, value = self.ALIASES.get(name, name), plain(value)
        if name == "num_labels":
            check_number(name, value, 1, 10**5)
            if value != self.num_labels:  # else the labels keep their names
                self.id2label = {i: f"LABEL_{i}" for i in range(value)}
            return
        if hasattr(type(self), name):
            raise ValueError(f"{name}: a setting cannot have this name")
        if name == "problem_type":
            one_of(name, value, (None, *PROBLEM_TYPES))
        if name == "id2label":
            number_names = isinstance(value, dict) and all(str(i).isdecimal() for i in value)
            expect(number_names and value, name, "{number: label}", value)
            value = {int(i): label for i, label in value.items()}  # JSON has no integer keys
            self.label2id = {str(label): i for i, label in value.items()}
        if name == "label2id":
            check_type(name, value, dict, "{label: number}")
        object.__setattr__(self, name, value)

    def __getattr__(self, name):  # called for names that are not attributes
        if name == "num_labels":
            return len(self.id2label)
        if name in self.ALIASES:
            return getattr(self, self.ALIASES[name])
        if name in GENERATION_DEFAULTS:
            return GENERATION_DEFAULTS[name]
        raise AttributeError(f"{type(self).__name__} has no setting {name!r}")

    def __eq__(self, other):
        return isinstance(other, type(self)) and self.to_diff_dict() == other.to_diff_dict()

    @property
    def use_return_dict(self):
        """Whether calls return a ModelOutput where they are not told."""
        return self.return_dict

    def to_dict(self):
        """All settings, with model_type. Not transformers_version, the one that wrote a file."""
        settings = {"model_type": self.model_type, "num_hidden_layers": self.encoder_layers}
        settings |= vars(self)
        settings.pop("transformers_version", None)
        return settings

    def to_diff_dict(self):
        """What config.json holds: all settings but those that every model's configuration has and
        that are the defaults"""
        usual = {k: v for k, v in GENERATION_DEFAULTS.items() if k not in self.DEFAULTS}
        usual |= COMMON_DEFAULTS
        return {name: value for name, value in self.to_dict().items()
                if name not in usual or value != usual[name]}  # fmt: skip

    def save_pretrained(self, save_directory, push_to_hub=False):
        """Writes save_directory/config.json. push_to_hub: False, as nothing is uploaded here."""
        super().save_pretrained(save_directory, "config.json", push_to_hub)

    @classmethod
    def from_dict(cls, config_dict, **overrides):
        """The configuration that config.json holds, some of it overridden. ValueError for overrides
        that neither this class nor `config_dict` know."""
        known = {*cls.DEFAULTS, *cls.ALIASES, *GENERATION_SETTINGS, "num_labels", *config_dict}
        for name in overrides:
            if name not in known:
                raise ValueError(f"{name}: not a setting of {cls.__name__}, or of this one")
        config = cls(**config_dict)
        config.update(overrides)
        return config

    @classmethod
    def from_json_file(cls, json_file):
        """The configuration in a file."""
        return cls.from_dict(read_json(json_file))

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path, cache_dir=None, force_download=False,
                        local_files_only=False, token=None, revision=None,
                        **overrides):  # fmt: skip
        """Reads config.json; `overrides` replace what it says, the others, or a subfolder, say
        where to look. OSError if there is none, ValueError that names the file if it cannot be."""
        path = find(pretrained_model_name_or_path, file="config.json", cache_dir=cache_dir,
                    force_download=force_download, local_files_only=local_files_only, token=token,
                    revision=revision, **hub_options(overrides))  # fmt: skip
        settings = read_json(path)
        with naming(path):
            if "attention_mode" in settings:
                settings = settings_of_original(settings)
            config = cls.from_dict(settings, **overrides)
            config.check()
        return config

    def check(self, activations):
        """Raises ValueError at the first setting that no model can have."""
        for name in self.SIZES:
            # A thousand layers are a broken file, which nobody should wait for.
            check_number(name, getattr(self, name), 1, 1000 if name.endswith("_layers") else 2**31)
        for name in self.RATES:
            check_number(name, getattr(self, name), 0, 1, whole=False)
        check_number("init_std", self.init_std, 0, 1e6, whole=False)
        for name in ("tie_word_embeddings", "return_dict", "gradient_checkpointing"):
            check_flag(name, getattr(self, name))
        one_of("is_encoder_decoder", self.is_encoder_decoder, [True])
        one_of("activation_function", self.activation_function, activations)
        unused = unused_settings(with_defaults(vars(self)))
        check_generation({k: v for k, v in vars(self).items() if k not in unused}, self.vocab_size)
        if vars(self).get("quantization_config") is not None:
            raise ValueError("quantization_config: expected none, since quantized numbers are no "
                             "weights: load the model in transformers, model.dequantize(), and "
                             "save it again")  # fmt: skip
        self.windows()
        for name in ("encoder_attention_heads", "decoder_attention_heads"):
            width, heads = self.d_model, getattr(self, name)
            expect(width % heads == 0, name, f"a divisor of d_model {width}", heads)

    def windows(self):
        """attention_window as a list of one number for each encoder layer; else ValueError"""
        windows, layers = self.attention_window, self.encoder_layers
        if isinstance(windows, int):
            windows = [windows] * layers
        expect(isinstance(windows, list) and len(windows) == layers, "attention_window",
               f"one number, or a list of one for each of {layers} encoder layers", windows)
        for window in windows:
            check_number("attention_window", window, 2, 2**31)
            expect(window % 2 == 0, "attention_window", "an even number", window)
        return windows


def with_defaults(settings):
    """{name: value} of all settings of generation, with numbers for None, which means off"""
    found = GENERATION_SETTINGS | {k: v for k, v in settings.items() if k in GENERATION_SETTINGS}
    off = GENERATION_DEFAULTS | {"top_k": 0}
    return {k: off[k] if v is None and k in off else v for k, v in found.items()}


class GenerationConfig(Settings, dict):
    """Settings of generate, those that were set, as items or attributes; others read as their
    defaults. (Same name in the reference.) ValueError for names that generate does not know, and
    for values that cannot be when they are used, or by `validate`.

    `original`, of one that came with a model, is a copy of all settings as they were then.
    """

    def __init__(self, settings=(), /, **more):
        self.update(settings, **more)

    def update(self, settings=(), /, **more):
        """Sets several settings -> {}, the names that are left over in the reference."""
        for name, value in (dict(settings) | more).items():
            self[name] = value
        return {}

    def validate(self, is_init=False):
        """Raises ValueError at the first setting that cannot be, of those that generate reads."""
        check_used(with_defaults(self), 2**31, "generation_config")

    def __setitem__(self, name, value):
        if name not in GENERATION_SETTINGS:
            raise ValueError(f"{name}: not a setting of generate, see GENERATION_DEFAULTS")
        super().__setitem__(name, plain(value))

    def __setattr__(self, name, value):
        self[name] = value

    def __getattr__(self, name):
        if name in GENERATION_SETTINGS:
            return self.get(name, GENERATION_SETTINGS[name])
        raise AttributeError(f"{name} is not a setting of generate")

    @classmethod
    def of_any_names(cls, settings):
        """One of settings among which there may be some that are not known."""
        config = cls()
        dict.update(config, settings)
        return config

    def __reduce__(self):  # for copies and pickles
        return self.of_any_names, (dict(self),), dict(vars(self))

    @classmethod
    def of_model(cls, settings, source="the model's configuration"):
        """One that came with a model, from a file: names that are not known are kept."""
        config = cls.of_any_names(settings)
        vars(config).update(original=with_defaults(config), source=source)
        return config

    @classmethod
    def from_dict(cls, config_dict, **overrides):
        """One that came with a model, some of it overridden."""
        config = cls.of_model(config_dict)
        config.update(overrides)
        return config

    @classmethod
    def from_pretrained(cls, pretrained_model_name, config_file_name=None, cache_dir=None,
                        force_download=False, local_files_only=False, token=None, revision=None,
                        **overrides):  # fmt: skip
        """Reads generation_config.json; `overrides` replace what it says, the others, or a
        subfolder, say where to look. OSError if there is none."""
        path = find(pretrained_model_name, file=config_file_name or "generation_config.json",
                    cache_dir=cache_dir, force_download=force_download, token=token,
                    local_files_only=local_files_only, revision=revision,
                    **hub_options(overrides))  # fmt: skip
        config = cls.of_model(read_json(path), path)
        config.update(overrides)
        return config

    def save_pretrained(self, save_directory, config_file_name=None, push_to_hub=False):
        """Writes save_directory/generation_config.json; nothing is uploaded here."""
        super().save_pretrained(save_directory, config_file_name or "generation_config.json",
                                push_to_hub)  # fmt: skip

    def to_dict(self):
        """All settings, the defaults among them."""
        return GENERATION_SETTINGS | self

    def changes(self):
        """{name: value} of the settings that somebody has set since they came with a model."""
        original = vars(self).get("original", {})
        return {k: v for k, v in self.items() if k not in original or v != original[k]}

    @classmethod
    def from_model_config(cls, model_config):
        """The settings of generation in a model's configuration, which config.json may hold."""
        settings = {k: v for k, v in vars(model_config).items() if k in GENERATION_SETTINGS}
        return cls.of_model(settings | {"_from_model_config": True})

    def to_diff_dict(self):
        """What generation_config.json holds: names that are not known, and what is not the default.
        Once changed, the settings are no longer those of the model's configuration."""
        changed = {k: v for k, v in self.items() if v != GENERATION_SETTINGS.get(k, ())}
        if not self.is_of_model_config():
            changed.pop("_from_model_config", None)
        return changed

    def is_of_model_config(self):
        """Whether the model's configuration decides: this was made from it, and nobody has changed
        it since. (The legacy rule of 4.34)"""
        original = vars(self).get("original")
        return bool(original and self._from_model_config) and with_defaults(self) == original


def as_generation_config(settings):
    """A GenerationConfig from a dict or from the reference's class; one of ours stays the same."""
    if isinstance(settings, GenerationConfig):
        return settings
    if hasattr(settings, "to_dict"):
        settings = {k: v for k, v in settings.to_dict().items() if k in GENERATION_SETTINGS}
    check_type("generation_config", settings, dict, "settings by name")
    return GenerationConfig(settings)


def float_dtype(dtype):
    """float32 or float64 as NumPy's dtype, from its name, NumPy's or torch's; else ValueError"""
    name = getattr(dtype, "__name__", str(dtype).removeprefix("torch."))
    return np.dtype(one_of("dtype", name, ("float32", "float64")))
