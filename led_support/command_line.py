"""Answers from long documents, and summaries of them.

examples:
  python led.py ask "Where is the silver key?" chronicles/chronicle.txt
  python led.py summarize README.md --num-beams 4

The bundled model, which ask uses, answers questions only, in English, and
eleven of them: where a thing is, who made it, where, when and of what, its
colour; when a building was built, and by whom; where somebody lives, the colour
of a garment, how many animals they have. It knows few words. For other questions
and documents name another with --model.
"""
# --help prints this. Results go to stdout, progress and notes to stderr.

import argparse
import bisect
import collections
import contextlib
import os
import re
import sys
from pathlib import Path

import numpy as np

from led_support.arrays import to_host
from led_support.files import check_number, exit_status, one_of, read_input
from led_support.hub import find
from led_support.settings import GENERATION_DEFAULTS, GENERATION_NUMBERS, check_generation


@contextlib.contextmanager
def progress():
    """`with progress() as show`: show(state) says on stderr how far the work has come, on one line
    that is overwritten; where stderr is no terminal, only the last state is written, at the end."""
    last = ""

    def show(state):
        nonlocal last
        last = state
        if sys.stderr.isatty():
            print(f"\r{state:<40}", end="", file=sys.stderr, flush=True)

    try:
        yield show
    finally:
        if last:
            print("" if sys.stderr.isatty() else last, file=sys.stderr)


# The model that was trained for `ask`, in the repository and where it was installed
BUNDLED = Path(__file__).resolve().parent.parent / "chronicles" / "model"

# The settings of generate that the command line has as options
OPTIONS = {
    "num_beams": "texts that beam search keeps open; 1 is greedy search",
    "max_length": "tokens of the result at most, the start token included",
    "min_length": "tokens of the result at least, the start token included",
    "length_penalty": "of beam search: the larger, the longer its results",
    "no_repeat_ngram_size": "no run of so many tokens comes twice; 0 allows all",
    "early_stopping": "whether beam search ends with the first num-beams results: true, false, or "
                      "never, which looks on until none can be better",
}  # fmt: skip


def option_value(text):
    """What is written after an option: an int, a float, or else the text itself"""
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            pass
    return text


def chosen_settings(arguments):
    """The generation settings that were given on the command line; ValueError names the option"""
    given = {k: getattr(arguments, k) for k in OPTIONS if getattr(arguments, k) is not None}
    for name, value in given.items():
        option = f"--{name.replace('_', '-')}"
        if name in GENERATION_NUMBERS:
            check_number(option, value, *GENERATION_NUMBERS[name])
        else:
            word = one_of(option, value, ("true", "false", "never"))
            given[name] = {"true": True, "false": False}.get(word, word)
    return given


def fit_lengths(settings, model):
    """Sets max_length, at most as many as the model has positions; ValueError if more was asked
    for, or more as min_length."""
    most = model.config.max_decoder_position_embeddings
    given = settings.get("max_length", most)
    check_number("--max-length (the model's positions are its limit)", given, 1, most)
    own = {k: v for k, v in model.current_generation_config().items() if v is not None}
    check_generation(GENERATION_DEFAULTS | own, model.config.vocab_size)
    longest = own.get("max_length", GENERATION_DEFAULTS["max_length"])
    if "max_new_tokens" in own:  # without the start token
        longest = own["max_new_tokens"] + 1
    settings.setdefault("max_length", min(longest, most))
    settings["max_new_tokens"] = None  # the checkpoint's would win
    shortest, longest = settings.get("min_length", 0), settings["max_length"]
    check_number("--min-length (max_length is its limit)", shortest, 0, longest)


def read_question(question, file):
    """The question, which - reads from standard input. ValueError if it is none, or if it and the
    name of the file stand in each other's place."""
    if file != "-" and not os.path.exists(file):
        order = "the order is: python led.py ask QUESTION FILE"
        if os.path.isfile(question):
            order = f'did you mean: python led.py ask "{file}" "{question}"'
        raise ValueError(f'"{file}" is no file; {order}')
    if os.path.isfile(question):
        raise ValueError(f'QUESTION: expected a question, found the file "{question}"; to ask what '
                         "stands in one: python led.py ask - FILE < QUESTION")  # fmt: skip
    if question == "-":
        if file == "-":
            raise ValueError("-: standard input cannot be both QUESTION and FILE")
        question = read_input("-").strip()
    if not re.search(r"\w", question):
        raise ValueError(f"QUESTION: expected words, found {question!r:.80}")
    return question


def read_document(name):
    """The text of a file, or of standard input where the name is -; ValueError if there is none"""
    text = read_input(name)
    if not text.strip():
        raise ValueError(f"{name}: the document is empty")
    return text.replace("\r\n", "\n")


def load_for(arguments):
    """The tokenizer and model that the command line names"""
    if arguments.model == BUNDLED and not BUNDLED.exists():
        raise ValueError(f"{BUNDLED}: the bundled model was not installed; name a checkpoint with "
                         "--model, as chronicles/model of this project's sources")  # fmt: skip
    folder = find(arguments.model)  # of a name, all files at once
    tokenizer = arguments.tokenizer_class.from_pretrained(folder)
    model = arguments.model_class.from_pretrained(folder, dtype=np.dtype(arguments.dtype))
    return tokenizer, model.to(arguments.device)


def cut_to(tokenizer, limit, *texts):
    """The tokens of a text, or of a question and a text, the text cut with a warning to what the
    model has positions for -> what the tokenizer returns, for one example"""
    inputs = tokenizer(*texts, return_offsets_mapping=True)
    length = len(inputs["input_ids"])
    if length > limit:
        print(f"warning: the model reads {limit} of {length} tokens; the document's last "
              f"{length - limit} are cut", file=sys.stderr)  # fmt: skip
        strategy = "only_first" if len(texts) == 1 else "only_second"
        inputs = tokenizer(*texts, return_offsets_mapping=True, truncation=strategy,
                           max_length=limit)  # fmt: skip
    return inputs


def write_text(model, ids, is_global, settings):
    """Encodes and generates, with progress on stderr -> the encoder's output, ids (1, T)"""
    print(f"reading {ids.shape[1]} tokens", file=sys.stderr)
    with progress() as show:
        encoded = model.encode(
            ids, global_attention_mask=is_global, on_layer=lambda i, count: show(
                f"encoder layer {i} of {count}, {100 * i // count}%"))  # fmt: skip
        out = model.generate(ids, encoder_outputs=encoded, **settings,
                             on_step=lambda step, texts: show(f"{step} tokens"))  # fmt: skip
    return encoded, out


def summarize(arguments, text, tokenizer, model, settings):
    """python led.py summarize FILE: prints the summary of a text"""
    # the reference's setting for what a model is meant to do, with settings for each task
    tasks = getattr(model.config, "task_specific_params", None)
    if isinstance(tasks, dict) and list(tasks) == ["question-answering"]:
        raise ValueError(f"{arguments.model}: this model answers questions only (so says its "
                         "config.json): python led.py ask QUESTION FILE")  # fmt: skip
    inputs = cut_to(tokenizer, model.config.max_encoder_position_embeddings, text)
    ids = np.array([inputs["input_ids"]])
    is_global = np.zeros_like(ids)
    is_global[:, 0] = 1
    _, out = write_text(model, ids, is_global, settings)
    print(tokenizer.decode(out[0], skip_special_tokens=True).strip())


def spelled_as_in(text, question):
    """The question with its words spelled as the text spells them, where they differ in case or in
    doubled letters alone, and with its mark: "WHO MADE THE SILLVER KEY" -> "Who made the silver
    key?".

    Of several spellings, as Bell and bell, the question's own is chosen, unless it is all in one
    case; else that which stands before the same word in the text, or the most frequent.
    """

    def with_single_letters(word):
        return re.sub(r"([^\W\d_])\1+", r"\1", word.lower())

    words, spellings = collections.Counter(re.findall(r"\w+", text)), {}
    for word in words:
        spellings.setdefault(with_single_letters(word), []).append(word)
    in_two_cases = not question.isupper() and not question.islower()
    parts = re.split(r"(\w+)", question)  # every second one is a word
    for i in reversed(range(1, len(parts), 2)):
        word, following = parts[i], "".join(parts[i + 1 : i + 3])

        def likeness(spelling):
            same, own = spelling.lower() == word.lower(), spelling == word and in_two_cases
            return same, own, spelling + following in text, words[spelling]

        similar = spellings.get(with_single_letters(word), [])
        similar = [spelling for spelling in similar if len(spelling) <= len(word)]  # not of -> off
        unknown = word.lower() if question.isupper() else word
        parts[i] = max(similar, key=likeness, default=unknown)
    question = "".join(parts).rstrip()
    mark = "?" if question and not question.endswith("?") else ""
    return question[:1].upper() + question[1:] + mark


def question_inputs(tokenizer, question, text, limit):
    """<s> question </s></s> text </s>, where the tokens up to the first </s> are global.

    -> ids (1, S), global_attention_mask (1, S), the tokens' places in the text: a list of
    (start, end), None for the tokens that are not of the text
    """
    inputs = cut_to(tokenizer, limit, question, text)
    ids = np.array([inputs["input_ids"]])
    of_text = [sequence == 1 for sequence in inputs.sequence_ids()]
    is_global = np.zeros_like(ids)
    is_global[0, : inputs["input_ids"].index(tokenizer.eos_token_id) + 1] = 1
    places = [place if own else None for own, place in zip(of_text, inputs["offset_mapping"])]
    return ids, is_global, places


# An answer is looked for in so many sentences, those that the cross-attention rests on most.
FEW_SENTENCES = 3


def answer_source(model, encoded, ids, places, text, answer):
    """Where the decoder read its answer: the sentence that its cross-attention rested on, or the
    next one of the FEW_SENTENCES, that has the answer's words, in any case and punctuation.

    ids (1, T) of the answer, places as of question_inputs
    -> the answer as it stands in the text, the sentence; None if it is in none of them
    """
    words = re.findall(r"\w+", answer)
    if not words:
        return None
    pattern = r"(?<!\w)" + r"\W+".join(map(re.escape, words)) + r"(?!\w)"
    found = [match.span() for match in re.finditer(pattern, text, re.IGNORECASE)]
    # A sentence ends at its mark, or with its line unless the next one goes on in lower case.
    ends = re.finditer(r"""[.?!]["'”’)\]]*\s+|\n(?![ \t]*[a-z])\s*""", text)
    bounds = [0, *(match.end() for match in ends), len(text)]

    def sentence(start, end):
        """(first, last) of the sentence around a place, or of several that it reaches into"""
        first = bounds[bisect.bisect_right(bounds, start) - 1]
        return first, bounds[bisect.bisect_left(bounds, end, lo=1)]

    out = model(decoder_input_ids=ids[:, :-1], encoder_outputs=encoded, output_attentions=True)
    # (1, H, T, S) of each layer: the last layer's mean over heads and the answer's tokens
    weight = to_host(out.cross_attentions[-1]).mean(axis=(0, 1, 2))  # (S,)
    candidates = {place: sentence(*place) for place in found}
    attended = set()
    for token in np.argsort(-weight, kind="stable"):
        if places[token] is None:
            continue
        start, end = places[token]
        for place, (first, last) in candidates.items():
            if first <= start < last:
                source, written = (re.sub(r"\s*\n\s*", " ", part)
                                   for part in (text[first:last].strip(), text[slice(*place)]))
                return answer if answer in source else written, source
        attended.add(sentence(start, end))
        if len(attended) == FEW_SENTENCES:
            return None
    return None


def has_known_words(text, places):
    """Whether the bundled model knows the words of a text; places as of question_inputs"""
    ends = [place[1] for place in places if place is not None]
    words = re.findall(r"\w+", text[: max(ends, default=0)])
    # Documents as in its training take 1.13 to 1.36 of its tokens a word; other texts, many of
    # whose words it lacks, 1.4 (a tale for children) to 5 (a program).
    return len(ends) <= 1.4 * len(words)


def ask(arguments, text, tokenizer, model, settings):
    """python led.py ask QUESTION FILE: prints the answer, and where in the text it was read"""
    limit = model.config.max_encoder_position_embeddings
    question = spelled_as_in(text, arguments.question)
    ids, is_global, places = question_inputs(tokenizer, question, text, limit)
    encoded, out = write_text(model, ids, is_global, settings)
    answer = tokenizer.decode(out[0], skip_special_tokens=True).strip()
    source = answer_source(model, encoded, out, places, text, answer)
    if source is None:
        print("no answer found in this document")
        if Path(arguments.model).resolve() == BUNDLED and not has_known_words(text, places):
            print("note: the bundled model knows few words, and this document has many others; "
                  "name another with --model", file=sys.stderr)  # fmt: skip
    else:
        print('{}\n  read in: "{}"'.format(*source))


def add_options(command, model):
    """The file and the options that both commands have."""
    command.add_argument("file", metavar="FILE", help="text file in UTF-8; - reads standard input")
    command.add_argument("--model", default=model,
                         help="checkpoint folder or hub name (default: %(default)s)")  # fmt: skip
    for name, meaning in OPTIONS.items():
        default = str(GENERATION_DEFAULTS[name]).lower()
        command.add_argument(f"--{name.replace('_', '-')}", metavar="VALUE",
                             type=str if name == "early_stopping" else option_value,
                             help=f"{meaning} (default: the checkpoint's, or else {default})")
    command.add_argument("--device", default="cpu", metavar="{cpu,cuda}",
                         help="where to compute; cuda needs CuPy (default: %(default)s)")
    command.add_argument("--dtype", default="float32", metavar="{float32,float64}",
                         help="of weights and arithmetic (default: %(default)s)")  # fmt: skip


def run_command(model_class, tokenizer_class, arguments):
    """Does what the command line says, with a model and a tokenizer of these classes."""
    layout = {"description": __doc__, "formatter_class": argparse.RawDescriptionHelpFormatter}
    parser = argparse.ArgumentParser(**layout)
    parser.set_defaults(model_class=model_class, tokenizer_class=tokenizer_class)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("summarize", help="summarize a text file", **layout)
    add_options(command, "allenai/led-large-16384-arxiv")
    command.set_defaults(run=summarize)
    command = commands.add_parser("ask", help="answer a question from a text file", **layout)
    command.add_argument("question", metavar="QUESTION",
                         help="what to ask, in quotes; - reads standard input")  # fmt: skip
    add_options(command, BUNDLED)
    command.set_defaults(run=ask)
    arguments = parser.parse_args(arguments)
    for name, allowed in (("device", ("cpu", "cuda")), ("dtype", ("float32", "float64"))):
        one_of(f"--{name}", getattr(arguments, name), allowed)
    settings = chosen_settings(arguments)
    if arguments.run == ask:
        arguments.question = read_question(arguments.question, arguments.file)
    text = read_document(arguments.file)
    tokenizer, model = load_for(arguments)
    fit_lengths(settings, model)
    arguments.run(arguments, text, tokenizer, model, settings)


def main(model_class, tokenizer_class, arguments=None):
    """The command line; returns the exit status."""
    return exit_status("led.py", run_command, model_class, tokenizer_class, arguments)
