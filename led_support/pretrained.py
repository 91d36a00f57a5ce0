"""What every model can: come from a checkpoint and go into one, change its device or its
vocabulary, check the arguments of calls. And an LED that begins as a BART: from_bart."""

import inspect
import warnings

import numpy as np

from led_support.arrays import array_module, check_arrays, check_shape, to_host
from led_support.files import (
    check_flag, check_number, expect, json_bytes, naming, one_of, plain, read_json)  # fmt: skip
from led_support.hub import find
from led_support.inputs import (
    Inputs, Run, check_inputs, check_sources, chosen, of_documents, one_given, step_seed)
from led_support.outputs import LEDDecoderOutput, LEDSeq2SeqLMOutput
from led_support.settings import (
    GENERATION_SETTINGS, GenerationConfig, as_generation_config, check_generation, float_dtype,
    hub_options, with_defaults)  # fmt: skip
from led_support.twins import all_cores, keep_memory, training_step


# Second names of the shared embedding in checkpoint files.
TIED = ("encoder.embed_tokens.weight", "decoder.embed_tokens.weight", "lm_head.weight")


def first_names(names):
    """The first ten of a list, for a message"""
    return ", ".join(names[:10]) + (f", and {len(names) - 10} more" if len(names) > 10 else "")


def same_numbers(a, b):
    """Whether two arrays are equal; of one memory, as torch stores tied weights, they need not be
    looked through"""
    place = a.shape, a.strides, a.__array_interface__["data"]
    return place == (b.shape, b.strides, b.__array_interface__["data"]) or np.array_equal(a, b)


def memory_of(array):
    """The place of its first byte in memory, and that behind its last"""
    start = array.__array_interface__["data"][0]
    steps = sum((size - 1) * stride for size, stride in zip(array.shape, array.strides))
    return start, start + steps + array.itemsize


def match_parameters(model_class, config, tensors, source, dtype, seed,
                     ignore_mismatched_sizes=False, info=None, tied=None):  # fmt: skip
    """Sorts a file's tensors into a model's parameters -> params, final_logits_bias or None

    Names are taken with or without the `led.` prefix, and under any one prefix that all have. In
    the original files of the Longformer authors it is `model.`; these have two position rows more,
    which BART reserves; they are cut. No two parameters share memory, though two tensors may.
    A head that differs from the embedding was trained by itself: it is kept, whatever the
    configuration says, which then follows; unless the caller has asked for it to be `tied`.
    """
    prefix, shapes = model_class.prefix, model_class.shapes(config)
    core = {*TIED[:2], *(name.removeprefix(prefix) for name in shapes)}
    weights, found = model_class.checkpoint_files(), {}
    for name, official in weights.inner_names(tensors, core, bases=("led", "model")).items():
        if official.startswith(("shared.", "encoder.", "decoder.")):
            official = prefix + official
        if official in found:
            raise ValueError(f"{source}: expected one {official}, found a second one, {name}")
        found[official] = tensors[name]

    for alias in TIED:
        alias = alias if alias.startswith("lm_head") else prefix + alias
        if alias in found and alias not in shapes:
            tensor = found.pop(alias)
            shared = found.setdefault(prefix + "shared.weight", tensor)
            if tied or same_numbers(tensor, shared):
                continue
            if alias != "lm_head.weight":  # transformers 5 can give each of these its own
                raise ValueError(f"{source}: expected {alias} to equal {prefix}shared.weight: "
                                 "encoder and decoder have one embedding")  # fmt: skip
            found[alias] = tensor
            config.tie_word_embeddings = False
            shapes = model_class.shapes(config)
            if alias in shapes:
                warnings.warn(f"{source}: lm_head.weight differs from {prefix}shared.weight: both "
                              "are kept, with tie_word_embeddings=False", stacklevel=3)  # fmt: skip

    for name, tensor in found.items():
        expect(name not in shapes or tensor.dtype.kind == "f", f"{source}: {name}",
               "weights, floating-point numbers, and no quantized ones", str(tensor.dtype))
    wrong = []  # (name, shape, shape as it has to be)
    for name, shape in (shapes | {"final_logits_bias": (1, config.vocab_size)}).items():
        tensor = found.get(name)
        if name.endswith("embed_positions.weight") and np.shape(tensor) == (shape[0] + 2, shape[1]):
            tensor = found[name] = tensor[2:]
        if tensor is not None and tensor.shape != shape:
            wrong.append((name, tensor.shape, shape))
    mismatched = wrong if ignore_mismatched_sizes else []
    for name, _, _ in mismatched:
        del found[name]
    bias = found.pop("final_logits_bias", None)
    missing = [name for name in shapes if name not in found]
    unexpected = [name for name in found if name not in shapes]
    others = {name for name, _, _ in mismatched}
    if info is not None:
        info |= {"missing_keys": [name for name in missing if name not in others],
                 "unexpected_keys": unexpected, "mismatched_keys": mismatched, "error_msgs": []}
    if not {*missing} <= {*model_class.head_shapes(config)} | others:
        others = f"; {len(unexpected)} not known: {first_names(unexpected)}" if unexpected else ""
        raise ValueError(f"{source}: {len(missing)} tensors are missing: {first_names(missing)}"
                         + others)  # fmt: skip
    if unexpected:
        warnings.warn(f"{source}: not used: {first_names(unexpected)}", stacklevel=3)
    if wrong and not mismatched:
        lines = [f"{name}: expected {shape}, found {found}" for name, found, shape in wrong]
        raise ValueError(f"{source}: tensors of the wrong shape: {first_names(lines)}")
    params = dict.fromkeys(shapes)
    if missing:
        warnings.warn(f"{source}: no {', '.join(missing)}: drawn anew, to be trained", stacklevel=3)
        fresh = {name: shapes[name] for name in missing}
        params |= model_class.initial_parameters(fresh, config, seed, dtype)
    params |= {name: found[name].astype(dtype, copy=False) for name in shapes if name in found}
    end = 0
    for (start, stop), name in sorted((memory_of(params[name]), name) for name in found
                                      if name in shapes):  # fmt: skip
        if start < end:  # one memory in torch's file, but each is trained by itself
            params[name] = params[name].copy()
        end = max(end, stop)
    return params, None if bias is None else bias.astype(dtype, copy=False)


class PreTrainedModel:
    """What every model can beside its mathematics. (Same name in the reference.)

    A model's own classes have
      config_class, prefix of the names of parameters, output_class, target_names
      shapes(config), head_shapes(config)   {official name: shape} of all parameters, of the head's
      initial_parameters(shapes, config, seed, dtype)   fresh ones: {name: array}
      checkpoint_files()        a module with load, save and inner_names, as weights.py
      encode_tokens(**inputs), encoder_decoder(**inputs)    checked inputs -> output, cache
      head(hidden, inputs, targets)        -> {field of output_class: array}, cache
      check_targets(targets, arguments)    -> {name: array}
      loss_and_gradients(inputs, targets, seed, label_smoothing, checkpointing)
    """

    main_input_name = "input_ids"

    def __init__(self, config, seed=0, dtype=np.float32, params=None):
        config.check()
        config.attention_window = config.windows()  # as in the reference
        self.config = config
        self.dtype = float_dtype(dtype)
        shapes = self.shapes(config)
        if params is None:
            params = self.initial_parameters(shapes, config, seed, self.dtype)
        check_arrays("params", params, shapes)
        for name, array in params.items():
            expect(array.dtype in ("f4", "f8"), f"params: dtype of {name}", "float32 or float64",
                   str(array.dtype))  # fmt: skip
        self.params = params
        self.generation_config = GenerationConfig.from_model_config(config)
        self.first_settings = with_defaults(self.generation_config)  # of generation, in the config
        self.final_logits_bias = None  # LEDForConditionalGeneration has one

    @property
    def generation_config(self):
        """The settings of generate, where they are not given: a GenerationConfig.

        A dict, or the reference's GenerationConfig, can be put there; the token ids that a dict
        lacks are those of the configuration.
        """
        return self._generation_config

    @generation_config.setter
    def generation_config(self, settings):
        self._generation_config = as_generation_config(settings)

    def current_generation_config(self, given=None):
        """The given settings or else the model's, by the legacy rule those of the configuration. If
        they did not come with a model, the token ids that they lack are those of this one."""
        found = as_generation_config(chosen(given, self.generation_config))
        if given is None and found.is_of_model_config():
            return GenerationConfig.from_model_config(self.config)
        with_model = "original" in vars(found)
        return found if with_model else GenerationConfig(self.special_tokens() | found)

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path, *, config=None, dtype=None,
                        torch_dtype=None, seed=0, ignore_mismatched_sizes=False,
                        output_loading_info=False, **overrides):  # fmt: skip
        """The model that a checkpoint holds, in any format that weights.py reads.

        overrides replace fields of config.json or generation_config.json, as in
        attention_window=512; `config` (a configuration, or where one is to be found) replaces
        config.json. Those of HUB_OPTIONS say where to look. dtype or torch_dtype: float32, float64,
        or "auto", the larger one if the file has it. A head that the checkpoint lacks is drawn from
        `seed`, with a warning; with ignore_mismatched_sizes also what has another shape.
        -> the model; with output_loading_info also {"missing_keys": [names], ...}
        Raises OSError where there is no such checkpoint, ValueError where names or shapes do not
        fit, listing them.
        """
        expect(dtype is None or torch_dtype is None, "torch_dtype", "alone, or dtype", dtype)
        dtype = chosen(chosen(dtype, torch_dtype), np.float32)
        is_auto = isinstance(dtype, str) and dtype == "auto"
        dtype = float_dtype(np.float32 if is_auto else dtype)
        folder = find(pretrained_model_name_or_path, **hub_options(overrides))
        # First: it can tell what a folder is that holds no model.
        tensors = cls.checkpoint_files().load(folder)
        if isinstance(config, cls.config_class):
            if overrides:
                raise ValueError(f"{next(iter(overrides))}: expected as a field of config")
        else:
            config = cls.config_class.from_pretrained(chosen(config, folder), **overrides)
        if is_auto and any(tensor.dtype == np.float64 for tensor in tensors.values()):
            dtype = np.dtype(np.float64)
        info = {}
        found = match_parameters(cls, config, tensors, folder, dtype, seed, ignore_mismatched_sizes,
                                 info, overrides.get("tie_word_embeddings"))  # fmt: skip
        model = cls.of_checkpoint(config, *found, folder, overrides)
        return (model, info) if output_loading_info else model

    @classmethod
    def of_checkpoint(cls, config, params, final_logits_bias, folder, overrides):
        """The model of these parameters, with the generation_config.json of a folder"""
        model = cls(config, dtype=params[cls.prefix + "shared.weight"].dtype, params=params)
        if model.final_logits_bias is not None and final_logits_bias is not None:
            model.final_logits_bias = final_logits_bias
        model.read_generation_config(folder, overrides)
        return model

    def read_generation_config(self, folder, overrides):
        """Takes over a folder's generation_config.json, if there is one, and what overrides it."""
        path = find(folder, file="generation_config.json")
        if path.exists():
            settings = read_json(path)  # judged when generate uses it
            settings |= plain({k: v for k, v in overrides.items() if k in GENERATION_SETTINGS})
            settings.pop("transformers_version", None)  # of the one that wrote the file
            self.generation_config = GenerationConfig.of_model(settings, path)

    @classmethod
    def can_generate(cls):
        """Whether it has `generate`, and so a generation_config.json."""
        return hasattr(cls, "generate")

    def save_pretrained(self, save_directory, is_main_process=True, state_dict=None,
                        save_function=None, push_to_hub=False, max_shard_size=None,
                        safe_serialization=True, variant=None, token=None,
                        save_peft_format=True):  # fmt: skip
        """Writes config.json, generation_config.json and model.safetensors (or its shards of
        max_shard_size, bytes or like "5GB"), which the reference loads. The other arguments are the
        reference's, at the only values that make sense here; the last two make no difference.

        Each file is replaced in one step, the two small ones right after the weights. A process
        killed in the moment between leaves new weights beside the old configuration; loading
        says so if the sizes differ. ValueError if the configuration is not that of the weights.
        """
        for name, value, only in (("is_main_process", is_main_process, True),
                                  ("state_dict", state_dict, None),
                                  ("save_function", save_function, None),
                                  ("push_to_hub", push_to_hub, False),
                                  ("safe_serialization", safe_serialization, True),
                                  ("variant", variant, None)):  # fmt: skip
            one_of(name, value, [only])
        self.config.check()
        tensors = {name: to_host(array) for name, array in self.params.items()}
        check_arrays("params", tensors, self.shapes(self.config))
        dtype = str(tensors[self.prefix + "shared.weight"].dtype)
        if self.final_logits_bias is not None:
            tensors["final_logits_bias"] = to_host(self.final_logits_bias)
        if not self.config.tie_word_embeddings:  # then transformers 5 asks for each by its name
            for alias in TIED[:2]:
                tensors[self.prefix + alias] = tensors[self.prefix + "shared.weight"]
        current = self.current_generation_config()
        generation = current.to_diff_dict()
        check_generation(current.changes(), self.config.vocab_size)
        settings = self.config.to_diff_dict()
        settings |= {"architectures": [type(self).__name__], "torch_dtype": dtype}
        if "dtype" in settings:  # what transformers 5 calls it
            settings["dtype"] = dtype
        files = {"config.json": settings}
        if self.can_generate():
            files["generation_config.json"] = generation
        beside = {name: json_bytes(content) for name, content in files.items()}
        self.checkpoint_files().save(save_directory, tensors, max_shard_size=max_shard_size,
                                     beside=beside)  # fmt: skip

    def special_tokens(self):
        """The token ids that generation needs, of generation_config or else of the configuration"""
        names = ("bos_token_id", "eos_token_id", "pad_token_id", "decoder_start_token_id")
        own = self.generation_config
        return {name: chosen(own.get(name), getattr(self.config, name)) for name in names}

    @property
    def array_module(self):
        """numpy or cupy: where the parameters are"""
        return array_module(self.params[self.prefix + "shared.weight"])

    def to(self, device):
        """Moves the parameters to "cuda" (CuPy arrays) or "cpu" (NumPy arrays); returns self."""
        move = to_host
        if one_of("device", device, ("cpu", "cuda")) == "cuda":
            try:
                import cupy
            except ImportError as error:
                raise ValueError("device 'cuda' needs CuPy: pip install cupy-cuda12x") from error
            move = cupy.asarray
        for name, array in self.params.items():  # in the dict that an optimizer has too
            self.params[name] = move(array)
        if self.final_logits_bias is not None:
            self.final_logits_bias = move(self.final_logits_bias)
        return self

    @property
    def device(self):
        """Where the parameters are, as `to` takes it: "cpu" or "cuda" """
        return "cpu" if self.array_module is np else "cuda"

    @property
    def vocab_size(self):
        """How many tokens it knows, V: that of its configuration"""
        return self.config.vocab_size

    @property
    def is_gradient_checkpointing(self):
        """Whether value_and_grad computes layers again, where it is not told"""
        return self.config.gradient_checkpointing

    def eval(self):
        """Nothing changes, since calls always infer; returns self, as in the reference."""
        return self

    def gradient_checkpointing_enable(self):
        """From now on value_and_grad computes layers again instead of keeping them."""
        self.config.gradient_checkpointing = True

    def gradient_checkpointing_disable(self):
        """From now on value_and_grad keeps what the backward of every layer needs."""
        self.config.gradient_checkpointing = False

    def encode(self, input_ids=None, attention_mask=None, global_attention_mask=None,
               head_mask=None, inputs_embeds=None, output_attentions=None,
               output_hidden_states=None, return_dict=None, on_layer=None):  # fmt: skip
        """The encoder alone -> LEDEncoderBaseModelOutput, which calls take as encoder_outputs.

        The arguments are those of a call. on_layer(i, count) is called when layer i of `count` is
        done; i counts from 1.
        """
        arguments = locals()
        del arguments["on_layer"]
        inputs, _, how, return_dict = self.prepare(arguments)
        one_given("input_ids", input_ids, "inputs_embeds", inputs_embeds)
        with all_cores(self.array_module):
            out = self.run_encoder(Inputs(**inputs), Run(**how, on_layer=on_layer))
        return out if return_dict else out.to_tuple()

    def get_encoder(self):
        """What is called like the reference's encoder: `encode`."""
        return self.encode

    def decode(self, input_ids=None, attention_mask=None, encoder_hidden_states=None,
               encoder_attention_mask=None, head_mask=None, cross_attn_head_mask=None,
               past_key_values=None, inputs_embeds=None, use_cache=None, output_attentions=None,
               output_hidden_states=None, return_dict=None):  # fmt: skip
        """The decoder alone, reading encoder_hidden_states (B, S, E) -> LEDDecoderOutput

        Names and order are those of the reference's LEDDecoder: input_ids, attention_mask,
        head_mask and inputs_embeds are the decoder's own. ValueError as in a call.
        """
        one_given("input_ids", input_ids, "inputs_embeds", inputs_embeds)
        if encoder_hidden_states is None:
            raise ValueError("encoder_hidden_states: expected, what the encoder has made")
        inputs, _, how, return_dict = self.prepare({
            "self": self, "attention_mask": encoder_attention_mask,
            "encoder_outputs": encoder_hidden_states, "decoder_input_ids": input_ids,
            "decoder_attention_mask": attention_mask, "decoder_head_mask": head_mask,
            "cross_attn_head_mask": cross_attn_head_mask, "past_key_values": past_key_values,
            "decoder_inputs_embeds": inputs_embeds, "use_cache": use_cache,
            "output_attentions": output_attentions, "output_hidden_states": output_hidden_states,
            "return_dict": return_dict})  # fmt: skip
        with all_cores(self.array_module):
            out = self.run_decoder(Inputs(**inputs), Run(**how))
        out = LEDDecoderOutput(out.last_hidden_state, out.past_key_values,
                               out.decoder_hidden_states, out.decoder_attentions,
                               out.cross_attentions)  # fmt: skip
        return out if return_dict else out.to_tuple()

    def get_decoder(self):
        """What is called like the reference's decoder: `decode`."""
        return self.decode

    def prepare(self, arguments):
        """A method's locals() -> checked inputs of encoder and decoder, the targets of the loss
        (empty unless all are given), return_dict"""
        del arguments["self"]
        return_dict = chosen(arguments.pop("return_dict", None), self.config.return_dict)
        check_flag("return_dict", return_dict)
        targets = {name: arguments.pop(name, None) for name in self.target_names}
        missing = [name for name, value in targets.items() if value is None]
        if len(missing) == len(targets):
            targets = {}
        elif missing:
            raise ValueError(f"{missing[0]}: expected, since {self.target_names} make one loss")
        else:
            arguments["use_cache"] = False
            targets = self.check_targets(targets, arguments)
        inputs = check_inputs(self.config, self.dtype, self.array_module, arguments)
        how = {}
        for name in ("use_cache", "output_attentions", "output_hidden_states"):
            how[name] = chosen(inputs.pop(name, None), getattr(self.config, name))
        return inputs, targets, how, return_dict

    def infer(self, arguments):
        """What a call with these arguments, its locals(), returns"""
        inputs, targets, how, return_dict = self.prepare(arguments)
        check_sources(inputs)
        with all_cores(self.array_module):
            out, _ = self.forward(Inputs(**inputs), targets, Run(**how))
        return out if return_dict else out.to_tuple()

    def value_and_grad(self, *positional, dropout_rng=None, gradient_checkpointing=None,
                       label_smoothing=0.0, **named):  # fmt: skip
        """Loss and gradients of one training step; the arguments are those of a call, and

        dropout_rng: None for no dropout, or a seed or numpy Generator, with which the config's
        dropout rates and layerdrop apply. gradient_checkpointing keeps only each layer's input
        and computes the layer again in the backward: same numbers, less memory, more time; None:
        as the configuration says. label_smoothing: the part of the target that is spread evenly
        over the vocabulary.
        -> loss, a number of the model's dtype, grads {name: array} with the keys of params
        """
        bound = inspect.signature(type(self).__call__).bind(self, *positional, **named)
        bound.apply_defaults()
        arguments = bound.arguments
        for name in ("past_key_values", "use_cache", "output_attentions", "output_hidden_states"):
            if arguments.pop(name, None):
                raise ValueError(f"{name}: a step of training has none")
        smoothing, checkpointing = plain(label_smoothing), plain(gradient_checkpointing)
        is_text = self.output_class is LEDSeq2SeqLMOutput
        check_number("label_smoothing", smoothing, 0, 1 if is_text else 0, whole=False)
        check_flag("gradient_checkpointing", checkpointing)
        seed = step_seed(dropout_rng)
        inputs, targets, _, _ = self.prepare(arguments)
        check_sources(inputs)
        if not targets:
            names = " and ".join(self.target_names) or f"{type(self).__name__}: a class with a loss"
            raise ValueError(f"{names}: expected for a loss")
        checkpointing = bool(chosen(checkpointing, self.config.gradient_checkpointing))
        run = Run(seed, training=True, checkpointing=checkpointing, label_smoothing=smoothing)

        def step(part, targets):
            out, cache = self.forward(Inputs(**part), targets, run)
            loss = out.loss
            del out  # the backward needs the memory
            return loss, self.backward(cache)

        def step_of(documents, tokens):
            labels = targets["labels"][documents]
            return step(of_documents(inputs, documents, tokens), {"labels": labels})

        with all_cores(self.array_module, training=True):
            if is_text and seed is None and "input_ids" in inputs and "encoder_outputs" not in inputs:
                text = inputs.get("decoder_input_ids", inputs.get("decoder_inputs_embeds"))
                check_shape("labels", targets["labels"], text.shape[:2])
                ids = inputs["input_ids"]
                mask = inputs.get("attention_mask", self.array_module.ones(ids.shape))
                loss, grads = training_step(step_of, targets["labels"], mask, self.num_parameters())
            else:
                loss, grads = step(inputs, targets)
            keep_memory(grads[self.prefix + "shared.weight"])
        return self.dtype.type(loss), grads

    def num_parameters(self, only_trainable=False, exclude_embeddings=False):
        """Number of weights. All are trainable; tied ones count once, final_logits_bias not at all.
        exclude_embeddings leaves out those of tokens and positions."""
        embeddings = ("shared.weight", "embed_positions.weight") if exclude_embeddings else ()
        return sum(array.size for name, array in self.params.items()
                   if not name.endswith(embeddings))  # fmt: skip

    def get_input_embeddings(self):
        """The shared embedding (V, E), the array itself."""
        return self.params[self.prefix + "shared.weight"]

    def set_input_embeddings(self, value):
        """Puts another embedding (V, E) in place of the shared one."""
        check_shape("value", value, (self.config.vocab_size, self.config.d_model))
        self.params[self.prefix + "shared.weight"] = self.array_module.asarray(value, self.dtype)

    def resize_token_embeddings(self, new_num_tokens=None, pad_to_multiple_of=None, seed=0):
        """Gives the vocabulary new_num_tokens entries (None: as many as it has), rounded up to
        pad_to_multiple_of: new rows are drawn with init_std, new logits have no bias, what is
        beyond is cut. -> the embedding (new_num_tokens, E)

        In transformers 4.34 the padding token then starts to get lookup gradients; here, as in
        5.x, it does not.
        """
        xp, config = self.array_module, self.config
        old, new = config.vocab_size, plain(chosen(new_num_tokens, config.vocab_size))
        multiple = plain(chosen(pad_to_multiple_of, 1))
        check_number("new_num_tokens", new, 1, 2**31)
        check_number("pad_to_multiple_of", multiple, 1, 2**31)
        new += -new % multiple
        check_generation(self.special_tokens(), new)
        config.vocab_size = new
        shapes = self.shapes(config)
        fresh = {name: shapes[name] for name in shapes if shapes[name] != self.params[name].shape}
        for name, grown in self.initial_parameters(fresh, config, seed, self.dtype).items():
            grown = xp.asarray(grown)
            grown[: min(old, new)] = self.params[name][:new]
            self.params[name] = grown
        if self.final_logits_bias is not None:
            bias = xp.zeros((1, new), self.dtype)
            bias[:, : min(old, new)] = self.final_logits_bias[:, :new]
            self.final_logits_bias = bias
        return self.get_input_embeddings()


def from_bart(cls, folder_or_hub_name, attention_window=1024,
              max_encoder_position_embeddings=16384, dtype=np.float32):  # fmt: skip
    """An LED that starts from a BART checkpoint, as the Longformer authors made theirs.

    The global projections are copies of the local ones; the encoder's position embeddings are
    BART's, side by side as often as they fit. Settings of generation and labels stay. The
    result has to be trained on long documents.
    (paper section 7; convert_bart_to_longformerencoderdecoder.py of allenai/longformer)
    """
    folder = find(folder_or_hub_name)
    path = folder / "config.json"
    settings = {"forced_eos_token_id": 2} | read_json(path)  # BART's default
    if settings.get("id2label") is None:
        settings.setdefault("num_labels", 3)
    expected = {"model_type": "bart", "scale_embedding": False, "normalize_before": False,
                "add_final_layer_norm": False, "normalize_embedding": True,
                "static_position_embeddings": False}  # fmt: skip
    for name, value in expected.items():
        one_of(f"{path}: {name}", settings.pop(name, value), [value])
    if settings.pop("force_bos_token_to_be_generated", False):  # an older name
        settings["forced_bos_token_id"] = settings.get("bos_token_id", 0)
    settings |= {
        "attention_window": attention_window,
        "max_encoder_position_embeddings": max_encoder_position_embeddings,
        "max_decoder_position_embeddings": settings.pop("max_position_embeddings", 1024),
    }
    with naming(path):
        config = cls.config_class(**settings)
        config.check()
    positions = config.max_encoder_position_embeddings
    tensors = {}
    for name, tensor in cls.checkpoint_files().load(folder).items():
        name = name.removeprefix("model.")
        if name == "encoder.embed_positions.weight":
            tensor = tensor[2:]  # the first two rows are not positions in BART
            tensor = np.tile(tensor, (-(-positions // len(tensor)), 1))[:positions]
        if name.startswith("encoder.layers.") and ".self_attn." in name:
            layer, projection = name.split(".self_attn.")
            name = f"{layer}.self_attn." + projection.replace("out_proj", "output")
            for short, kind in (("q_proj", "query"), ("k_proj", "key"), ("v_proj", "value")):
                if projection.startswith(short):
                    name = name.replace(short, f"longformer_self_attn.{kind}")
                    # a copy: trained apart from the local projection
                    tensors[name.replace(kind, kind + "_global")] = tensor.copy()
        tensors[name] = tensor
    found = match_parameters(cls, config, tensors, folder, float_dtype(dtype), seed=0)
    return cls.of_checkpoint(config, *found, folder, {})
