"""What models return: ModelOutput and its classes."""


class ModelOutput(dict):
    """What a model returns: `fields` by name, as items, attributes or in their order, without those
    that are None. out.logits, out["logits"], out[0], out[:2], out.to_tuple(), "loss" in out, **out

    (Same name in the reference.)
    """

    fields = ()

    def __init__(self, *values, **named):
        given = dict(zip(self.fields, values)) | named
        unknown = [name for name in given if name not in self.fields]
        if unknown or len(values) > len(self.fields):
            raise TypeError(f"{type(self).__name__} has the fields {', '.join(self.fields)}")
        super().__init__((k, given[k]) for k in self.fields if given.get(k) is not None)

    def __getattr__(self, name):
        if name in self.fields:
            return self.get(name)
        raise AttributeError(f"{type(self).__name__} has no field {name!r}")

    def __setattr__(self, name, value):
        self[name] = value

    def __getitem__(self, key):
        return super().__getitem__(key) if isinstance(key, str) else self.to_tuple()[key]

    def to_tuple(self):
        """The fields that are not None, in their order"""
        return tuple(self.values())


class LEDEncoderBaseModelOutput(ModelOutput):
    """What the encoder returns. (Same name and fields in the reference.)

    hidden_states: a tuple of encoder_layers + 1 arrays, the first one after the embedding;
    attentions: a tuple of (B, H, S, G + 2W + 1) arrays, G global columns and then the band;
    global_attentions: a tuple of (B, H, S', G) arrays, S' being S rounded up to a multiple of the
    largest attention_window, as the reference pads; None where no token is global.
    """

    fields = ("last_hidden_state", "hidden_states", "attentions", "global_attentions")


class LEDDecoderOutput(ModelOutput):
    """What the decoder returns (BaseModelOutputWithPastAndCrossAttentions in the reference).

    last_hidden_state (B, T, E); past_key_values: per layer (self_k, self_v, cross_k, cross_v), each
    (B, H, length, D); hidden_states: decoder_layers + 1 arrays (B, T, E); attentions and
    cross_attentions: per layer (B, H, T, past + T) and (B, H, T, S).
    """

    fields = ("last_hidden_state", "past_key_values", "hidden_states", "attentions",
              "cross_attentions")  # fmt: skip


# Behind what a head makes of the hidden state: the fields of the two classes above
SEQ2SEQ_FIELDS = (
    "past_key_values", "decoder_hidden_states", "decoder_attentions", "cross_attentions",
    "encoder_last_hidden_state", "encoder_hidden_states", "encoder_attentions",
    "encoder_global_attentions")  # fmt: skip


class LEDSeq2SeqModelOutput(ModelOutput):
    """What LEDModel returns: last_hidden_state (B, T, E)"""

    fields = ("last_hidden_state", *SEQ2SEQ_FIELDS)

    @classmethod
    def of(cls, encoded, decoded):
        """The fields of LEDEncoderBaseModelOutput and LEDDecoderOutput together"""
        return cls(
            decoded.last_hidden_state, decoded.past_key_values, decoded.hidden_states,
            decoded.attentions, decoded.cross_attentions, encoded.last_hidden_state,
            encoded.hidden_states, encoded.attentions, encoded.global_attentions)  # fmt: skip


class LEDSeq2SeqLMOutput(ModelOutput):
    """What LEDForConditionalGeneration returns: loss a number or None, logits (B, T, V)"""

    fields = ("loss", "logits", *SEQ2SEQ_FIELDS)


class LEDSeq2SeqSequenceClassifierOutput(ModelOutput):
    """What LEDForSequenceClassification returns: loss a number or None, logits (B, num_labels)"""

    fields = ("loss", "logits", *SEQ2SEQ_FIELDS)


class LEDSeq2SeqQuestionAnsweringModelOutput(ModelOutput):
    """What LEDForQuestionAnswering returns: loss, start_logits and end_logits (B, T)"""

    fields = ("loss", "start_logits", "end_logits", *SEQ2SEQ_FIELDS)


class GenerateOutput(ModelOutput):
    """What generate returns with return_dict_in_generate.

    sequences (B * num_return_sequences, T); sequences_scores (B * num_return_sequences,) and
    beam_indices, the beam of each token or -1, with beams; scores: per step (rows, V), as the
    choice was made from, if output_scores. encoder_attentions and encoder_hidden_states as in
    LEDEncoderBaseModelOutput; the others per step what LEDDecoderOutput has for each row's new
    tokens: with output_attentions and output_hidden_states.
    """

    fields = ("sequences", "sequences_scores", "scores", "beam_indices", "encoder_attentions",
              "encoder_hidden_states", "decoder_attentions", "cross_attentions",
              "decoder_hidden_states")  # fmt: skip
