"""`python led.py` and `python bpe.py` as a user meets them: what they print and where, and that
what goes wrong ends in one line on stderr. Small random models, and the bundled one; offline."""

import ast
import codecs
import contextlib
import io
import itertools
import json
import os
import re
import runpy
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import bpe
import led
from led_support.command_line import answer_source, progress, write_text
from led_support.twins import PLAIN
import weights
from chronicles.train import FOLDER
from tests.surface import ARTICLE, QUESTION, page_checkpoint, tiny_vocabulary

ROOT = Path(__file__).parent.parent
BPE_FOLDER = Path(__file__).parent / "fixtures" / "tokenizer"
CHRONICLE = ROOT / "chronicles" / "chronicle.txt"
ASKED = "Where is the silver key?"
ANSWERED = ('Upper Marling\n  read in: "The silver key could be seen at Upper Marling while the '
            'rain fell."\n')  # fmt: skip
posix = pytest.mark.skipif(os.name != "posix", reason="closes a stream as a POSIX shell does")
# Each of the scripts with arguments that make it print a result
RESULTS = {"led.py": ["ask", ASKED, CHRONICLE], "bpe.py": ["the key", "--model", BPE_FOLDER]}
# ... and with arguments of which one is -, standing for a text that can be read from stdin
READING = {"led.py": ["ask", ASKED, "-"], "bpe.py": ["-", "--model", BPE_FOLDER]}


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    def shapes_of(settings):
        config = led.LEDConfig(**settings | {"model_type": "led"})
        return led.LEDForConditionalGeneration.shapes(config)

    return page_checkpoint(
        tmp_path_factory.mktemp("page"), tiny_vocabulary(), shapes_of, weights.save, "arxiv"
    )


def command(*arguments, script="led.py", environment=(), **options):
    """A finished run of a script, offline: returncode, stdout, stderr"""
    variables = os.environ | {"HF_HUB_OFFLINE": "1"}
    options = {"capture_output": True, "encoding": "utf-8", "timeout": 300, "cwd": ROOT} | options
    return subprocess.run([sys.executable, ROOT / script, *map(str, arguments)],
                          env=variables | dict(environment), **options)  # fmt: skip


def check_one_line(done, script, *words, returncode=1):
    """That a run failed with nothing but one line on stderr, which has these words"""
    assert done.returncode == returncode, done
    assert not done.stdout, done
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.startswith(script + ": "), done.stderr
    for word in words:
        assert word in done.stderr
    # "--num-beams: num_beams: expected ..." would name it twice
    names = [name.lstrip("-").replace("-", "_") for name in done.stderr.split(": ")]
    assert len(names) == len(set(names)), done.stderr


# ------------------------------------------------------------------------------------------------
# summarize
# ------------------------------------------------------------------------------------------------


def by_hand(checkpoint, text, **settings):
    """What the command should print"""
    tokenizer = bpe.LEDTokenizer.from_pretrained(checkpoint)
    model = led.LEDForConditionalGeneration.from_pretrained(checkpoint)
    ids = np.array([tokenizer(text)["input_ids"]])
    is_global = np.zeros_like(ids)
    is_global[:, 0] = 1
    out = model.generate(ids, global_attention_mask=is_global, **settings)
    return tokenizer.decode(out[0], skip_special_tokens=True).strip() + "\n"


def test_summarize(checkpoint, tmp_path):
    (tmp_path / "text.txt").write_text(ARTICLE, encoding="utf-8")
    done = command("summarize", tmp_path / "text.txt", "--model", checkpoint)
    assert done.returncode == 0, done.stderr
    assert done.stdout == by_hand(checkpoint, ARTICLE)
    # progress is told elsewhere, and nothing is cut or warned of
    assert done.stderr == "reading 364 tokens\n31 tokens\n"


def test_summarize_standard_input_with_options(checkpoint):
    text = "naïve café – “quoted” 😀\nnext line"
    options = ["--num-beams", 2, "--max-length", 12, "--min-length", 4, "--length-penalty", 0.5,
               "--no-repeat-ngram-size", 2, "--dtype", "float64"]  # fmt: skip
    done = command("summarize", "-", "--model", checkpoint, *options, input=text)
    assert done.returncode == 0, done.stderr
    expected = by_hand(checkpoint, text, num_beams=2, max_length=12, min_length=4,
                       length_penalty=0.5, no_repeat_ngram_size=2)  # fmt: skip
    assert done.stdout == expected
    assert by_hand(checkpoint, text) != expected


def test_a_document_that_is_too_long(checkpoint, tmp_path):
    (tmp_path / "long.txt").write_text(ARTICLE * 3, encoding="utf-8")
    tokenizer = bpe.LEDTokenizer.from_pretrained(checkpoint, model_max_length=10**6)
    ids = tokenizer(ARTICLE * 3)["input_ids"]
    done = command("summarize", tmp_path / "long.txt", "--model", checkpoint, "--max-length", 8)
    assert done.returncode == 0, done.stderr
    warned = [line for line in done.stderr.splitlines() if line.startswith("warning:")]
    assert len(warned) == 1
    assert all(str(n) in warned[0] for n in (640, len(ids), len(ids) - 640))
    assert "reading 640 tokens" in done.stderr
    cut = np.array([ids[:639] + [2]])
    is_global = np.zeros_like(cut)
    is_global[:, 0] = 1
    model = led.LEDForConditionalGeneration.from_pretrained(checkpoint)
    out = model.generate(cut, global_attention_mask=is_global, max_length=8)
    assert done.stdout == tokenizer.decode(out[0], skip_special_tokens=True).strip() + "\n"


def test_a_model_for_questions_does_not_summarize(checkpoint, tmp_path):
    """It says so in its configuration, by the reference's setting for the tasks of a model."""
    check_one_line(command("summarize", CHRONICLE, "--model", FOLDER), "led.py", "questions only")
    (tmp_path / "text.txt").write_text("A text.")
    model = shutil.copytree(checkpoint, tmp_path / "model")
    arguments = ["summarize", tmp_path / "text.txt", "--max-length", 3, "--model", model]
    for tasks, refused in (({"question-answering": {"num_beams": 2}}, True), (None, False),
                           ({"question-answering": {}, "summarization": {}}, False),
                           ({}, False), (7, False)):  # fmt: skip
        settings = json.loads((model / "config.json").read_text())
        settings["task_specific_params"] = tasks
        (model / "config.json").write_text(json.dumps(settings))
        done = command(*arguments)
        assert (done.returncode, "questions only" in done.stderr) == (refused, refused), done


# ------------------------------------------------------------------------------------------------
# ask
# ------------------------------------------------------------------------------------------------


def test_ask():
    done = command("ask", ASKED, CHRONICLE)
    assert (done.returncode, done.stdout) == (0, ANSWERED), done.stderr
    assert done.stderr == "reading 3975 tokens\n3 tokens\n"


def test_what_no_sentence_says_is_not_claimed(checkpoint):
    """A model of random weights answers with words that stand nowhere."""
    done = command("ask", QUESTION, "-", "--model", checkpoint, "--max-length", 9, input=ARTICLE)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "no answer found in this document\n"


@pytest.mark.parametrize("text", ["", " \n"])
def test_ask_an_empty_document(checkpoint, text):
    done = command("ask", "Why?", "-", "--model", checkpoint, input=text)
    check_one_line(done, "led.py", "-: the document is empty")


@pytest.mark.parametrize("question", ["", " ", "\t\n", "?", " ... "])
def test_an_empty_question_is_refused(question, checkpoint):
    """As an argument and on standard input; what has no word asks for nothing."""
    done = command("ask", question, "-", "--model", checkpoint, input=ARTICLE)
    check_one_line(done, "led.py", "QUESTION: expected words, found", repr(question))
    done = command("ask", "-", CHRONICLE, "--model", checkpoint, input=question)
    check_one_line(done, "led.py", "QUESTION: expected words, found", repr(question.strip()))


def test_question_and_file_in_each_others_place(checkpoint, tmp_path):
    """Said before anything is read: standard input would never end, and there is no model."""
    (tmp_path / "a text.txt").write_text(ARTICLE, encoding="utf-8")
    (tmp_path / "question.txt").write_text(QUESTION, encoding="utf-8")
    swapped = f'"{QUESTION}" is no file; did you mean: python led.py ask "{QUESTION}" "{{}}"'
    order = "is no file; the order is: python led.py ask QUESTION FILE"
    endless, other_end = os.pipe()
    a_file = 'QUESTION: expected a question, found the file "question.txt"'
    for words, message in (
            (["a text.txt", QUESTION], swapped.format("a text.txt")),
            ([tmp_path / "a text.txt", QUESTION], swapped.format(tmp_path / "a text.txt")),
            (["a text.txt", QUESTION * 99], f'"{QUESTION * 99}" is no file; did you mean'),
            (["-", QUESTION], f'"{QUESTION}" {order}'),  # the text is on standard input
            (["nothing.txt", QUESTION], f'"{QUESTION}" {order}'),
            ([QUESTION, "nothing.txt"], f'"nothing.txt" {order}'),
            ([".", QUESTION], f'"{QUESTION}" {order}'),
            (["question.txt", "-"], a_file), (["question.txt", "a text.txt"], a_file),
            ([QUESTION, "."], ".: Is a directory")):  # fmt: skip
        done = command("ask", *words, "--model", "no/such/model", cwd=tmp_path, stdin=endless)
        check_one_line(done, "led.py", message)
    os.close(endless)
    os.close(other_end)
    # what the messages advise
    for words, given in ((["-", "a text.txt"], QUESTION), ([QUESTION, "-"], ARTICLE),
                         ([QUESTION, "a text.txt"], ""), ([QUESTION * 9, "a text.txt"], "")):
        done = command("ask", *words, "--model", checkpoint, cwd=tmp_path, input=given)
        assert done.returncode == 0 and "no answer" in done.stdout, done


TALE = ("Once upon a time there was a miller who had three sons. He left them his mill, his donkey "
        "and his cat. The youngest got the cat, and thought himself badly treated.\n")


@pytest.mark.parametrize("text, is_known", [
    (TALE, False), (ARTICLE, False), ((ROOT / "LICENSE").read_text(encoding="utf-8"), False),
    (TALE * 400, False),  # more than the model reads
    (CHRONICLE.read_text(encoding="utf-8"), True), ("The silver key was at Upper Marling.", True),
], ids=["tale", "article", "licence", "long", "chronicle", "fact"])  # fmt: skip
def test_no_answer_in_unknown_words(text, is_known, checkpoint):
    """The bundled model says that it does not know them. Other models may know any."""
    asked = ["ask", "Where is the tin soldier?", "-"]
    note = "note: the bundled model knows few words"
    for words in ([], ["--model", "chronicles/model"]):
        done = command(*asked, *words, input=text)
        assert (done.returncode, done.stdout) == (0, "no answer found in this document\n"), done
        assert len(re.findall(f"^{note}", done.stderr, re.MULTILINE)) == (not is_known), done
    done = command(*asked, "--model", checkpoint, input=text[:999])
    assert "no answer" in done.stdout and note not in done.stderr, done




def test_ask_more_than_the_model_reads(checkpoint):
    long = command("ask", QUESTION, "-", "--model", checkpoint, input=ARTICLE * 3)
    assert long.returncode == 0 and "warning: " in long.stderr, long.stderr
    assert "reading 640 tokens" in long.stderr
    done = command("ask", QUESTION * 40, "-", "--model", checkpoint, input=ARTICLE)
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr


TEXT = ("The oak chest is red. It rained for a week! The chest was,\n once, at Upper\nMarling; who "
        "knows?\nMr. Brook paid $5.20 for the NEW BELL. No boats came\nNobody saw the bell.\n\n"
        "the end of it")


class Reader:
    """Stands for a model whose cross-attention rests on words of TEXT, the first one most."""

    def __init__(self, *words):
        self.words = words

    def __call__(self, decoder_input_ids, encoder_outputs, output_attentions):
        weight = np.zeros((2, 3, decoder_input_ids.shape[1], len(PLACES)))
        for rank, word in enumerate(self.words):
            at = TEXT.index(word)
            (token,) = [i for i, place in enumerate(PLACES) if place and place[0] == at]
            weight[-1, :, :, token] = 1 / (2 + rank)
        weight[-1, :, :, 1] = 5  # a token of the question, which is no place to read an answer
        return SimpleNamespace(cross_attentions=tuple(weight[:, None]))


PLACES = [None, None, None, *(match.span() for match in re.finditer(r"\w+|[^\w\s]", TEXT)), None]
SENTENCES = {
    "rained": "It rained for a week!", "once": "The chest was, once, at Upper",
    "knows": "The chest was, once, at Upper Marling; who knows?",
    "paid": "Brook paid $5.20 for the NEW BELL.", "boats": "No boats came",
    "Mr": "Mr. Brook paid $5.20 for the NEW BELL.", "saw": "Nobody saw the bell.",
    "end": "the end of it"}  # fmt: skip


@pytest.mark.parametrize("words, answer, found", [
    (["rained"], "a week", ("a week", "rained")),
    (["rained"], "A  Week.", ("a week", "rained")),  # case, spaces, punctuation
    (["once"], "chest, at", None),  # the words, but not side by side
    (["once"], "was once at", ("was, once, at", "once")),
    (["once"], "Upper Marling", ("Upper Marling", "knows")),  # over the end of a line
    (["knows"], "upper marling", ("Upper Marling", "knows")),
    (["boats"], "no boats", ("No boats", "boats")), (["end"], "end of it", ("end of it", "end")),
    (["once"], "Marl", None), (["once"], "pper", None),  # no words of the sentence
    (["paid"], "$5.20", ("$5.20", "paid")),  # written as it was answered
    (["paid"], "new bell", ("NEW BELL", "paid")),
    (["paid"], "mr brook", ("Mr. Brook", "Mr")),  # over what looks like a sentence's end
    (["rained", "saw", "paid"], "bell", ("bell", "saw")),  # the second most attended
    (["rained", "week", "for", "saw"], "bell", ("bell", "saw")),  # a sentence counts once
    (["rained", "boats", "saw"], "bell", ("bell", "saw")),
    (["rained", "boats", "once", "saw"], "bell", None),  # too far down
    (["rained"], "", None), (["rained"], " .?", None), (["rained"], "Wick", None),
])  # fmt: skip
def test_the_answer_stands_in_the_sentence_quoted(words, answer, found):
    ids = np.array([[2, 0, 9, 2]])
    source = answer_source(Reader(*words), None, ids, PLACES, TEXT, answer)
    if found is None:
        assert source is None
        return
    printed, sentence = source
    assert printed == found[0] and printed in sentence
    assert sentence == SENTENCES[found[1]]


# ------------------------------------------------------------------------------------------------
# Texts and where they come from
# ------------------------------------------------------------------------------------------------


def test_a_byte_order_mark_is_no_text(tmp_path):
    marked = codecs.BOM_UTF8 + CHRONICLE.read_bytes()
    (tmp_path / "marked.txt").write_bytes(marked)
    for name, given in ((tmp_path / "marked.txt", None), ("-", marked)):
        done = command("ask", ASKED, name, input=given, encoding=None)
        assert done.stdout.decode() == ANSWERED, done
        assert b"reading 3975 tokens" in done.stderr  # as many as without
    plain, marked = (command(*READING["bpe.py"], script="bpe.py", input=mark + b" the key",
                             encoding=None).stdout for mark in (b"", codecs.BOM_UTF8))  # fmt: skip
    assert plain == marked and b"' the'" in plain


def test_lines_that_end_as_on_windows(tmp_path):
    (tmp_path / "dos.txt").write_bytes(CHRONICLE.read_bytes().replace(b"\n", b"\r\n"))
    done = command("ask", ASKED, tmp_path / "dos.txt")
    assert done.stdout == ANSWERED and "reading 3975 tokens" in done.stderr, done


@pytest.mark.parametrize("script", READING)
@pytest.mark.parametrize("data, words", [
    ("The key.".encode("utf-16"), "UTF-16"), ("The key.".encode("utf-16-le"), "UTF-16"),
    (codecs.BOM_UTF16_BE + "Schlüssel".encode("utf-16-be"), "UTF-16"),
    ("The key.".encode("utf-32"), "UTF-16"), (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "no text"),
    ("caf\xe9 au lait".encode("latin-1"), "not UTF-8 (byte 3"),
], ids=["utf-16", "no mark", "big-endian", "utf-32", "png", "latin-1"])  # fmt: skip
def test_texts_in_another_encoding(script, data, words, tmp_path):
    done = command(*READING[script], script=script, input=data, encoding=None)
    done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
    check_one_line(done, script, "-: ", words)
    (tmp_path / "a file.txt").write_bytes(data)
    with pytest.raises(ValueError, match=re.escape(words)):
        bpe.read_input(tmp_path / "a file.txt")


def test_a_question_on_standard_input():
    done = command("ask", "-", CHRONICLE, input=ASKED + "\n")
    assert (done.returncode, done.stdout) == (0, ANSWERED), done.stderr
    check_one_line(command("ask", "-", "-", input=ASKED), "led.py", "cannot be both")


@pytest.mark.parametrize("script", RESULTS)
@pytest.mark.parametrize("environment", [
    {"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "cp1252"}, {"PYTHONIOENCODING": "utf-16"},
    {"LC_ALL": "C"},
])  # fmt: skip
def test_a_terminal_of_another_encoding(script, environment, checkpoint, tmp_path):
    """What is printed is UTF-8 everywhere: the result, and what a message quotes."""
    text = "naïve “café”, 😀"
    if script == "led.py":
        arguments = ["summarize", "-", "--model", checkpoint, "--max-length", 9]
        expected = by_hand(checkpoint, text, max_length=9)
    else:
        arguments, expected = [text, "--model", BPE_FOLDER], "'naïve'"
    arguments[-3:] = map(str, arguments[-3:])
    done = command(*arguments, script=script, input=text.encode(), encoding=None,
                   environment=environment)  # fmt: skip
    assert done.returncode == 0, done
    assert expected in done.stdout.decode()
    arguments += ["--model", tmp_path / "naïve – 😀"]
    done = command(*arguments, script=script, input=text.encode(), encoding=None,
                   environment=environment)  # fmt: skip
    done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
    check_one_line(done, script, "naïve – 😀")


def test_bytes_that_are_no_text_in_an_argument():
    done = command(b"a\xff key".decode(errors="surrogateescape"), "--model", BPE_FOLDER,
                   script="bpe.py")  # fmt: skip
    assert done.returncode == 0 and "input_ids: " in done.stdout, done


# ------------------------------------------------------------------------------------------------
# Streams that are closed
# ------------------------------------------------------------------------------------------------


def shell(script, arguments, redirection):
    """A finished run of a script with redirections as a shell does them"""
    words = [sys.executable, ROOT / script, *arguments]
    line = ["/bin/sh", "-c", f'"$@" {redirection}', "sh", *map(str, words)]
    return subprocess.run(line, cwd=ROOT, env=os.environ | {"HF_HUB_OFFLINE": "1"},
                          capture_output=True, encoding="utf-8", timeout=300)  # fmt: skip


@posix
@pytest.mark.parametrize("script", RESULTS)
def test_standard_output_is_closed(script):
    done = shell(script, RESULTS[script], ">&-")
    check_one_line(done, script, "standard output is closed")


@posix
@pytest.mark.parametrize("script", RESULTS)
def test_standard_error_is_closed(script):
    """What belongs there does not appear in the result instead."""
    expected = command(*RESULTS[script], script=script).stdout
    done = shell(script, RESULTS[script], "2>&-")
    assert (done.returncode, done.stdout, done.stderr) == (0, expected, ""), done
    done = shell(script, [*RESULTS[script], "--model", "no/such/folder"], "2>&-")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")


@posix
@pytest.mark.parametrize("script", READING)
def test_standard_input_is_closed(script):
    done = shell(script, READING[script], "<&-")
    check_one_line(done, script, "standard input is closed")


@posix
@pytest.mark.parametrize("script", RESULTS)
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_the_reader_of_the_output_has_gone(script, unbuffered):
    """As in `| head`, which leaves after the first lines"""
    arguments = RESULTS[script]
    if script == "bpe.py":
        arguments = ["the key " * 9000, *arguments[1:]]  # more than a buffer holds
    for words in (arguments, ["--help"]):
        if unbuffered and words == ["--help"]:
            continue  # argparse passes over it
        end, start = os.pipe()
        os.close(end)
        try:
            done = command(*words, script=script, environment={"PYTHONUNBUFFERED": unbuffered},
                           capture_output=False, stdout=start, stderr=subprocess.PIPE)  # fmt: skip
        finally:
            os.close(start)
        said = [line for line in done.stderr.splitlines() if not line.endswith(" tokens")]
        assert said == [f"{script}: standard output was closed before all was written"], done
        assert done.returncode == 1


@posix
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk without space: /dev/full")
@pytest.mark.parametrize("script", RESULTS)
def test_no_space_for_the_output(script):
    done = shell(script, RESULTS[script], "> /dev/full")
    said = [line for line in done.stderr.splitlines() if not line.endswith(" tokens")]
    assert done.returncode == 1 and said == [f"{script}: [Errno 28] No space left on device"], done


# ------------------------------------------------------------------------------------------------
# Ctrl-C
# ------------------------------------------------------------------------------------------------


def start(script, arguments, redirection="", **options):
    """A running script, its three streams in pipes but for what the redirection says"""
    words = [sys.executable, ROOT / script, *arguments]
    line = ["/bin/sh", "-c", f'exec "$@" {redirection}', "sh", *map(str, words)]
    # What is started in the background of a shell ignores Ctrl-C, and so would this process.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(line, cwd=ROOT, encoding="utf-8", stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
    finally:
        signal.signal(signal.SIGINT, before)


def check_interrupted(process, *said):
    """That it ends at once, with this on stderr and the status that shells give to Ctrl-C"""
    output, error = process.communicate(timeout=120)
    assert (process.returncode, output, error.splitlines()) == (130, "", list(said))


@posix
@pytest.mark.parametrize("script, module", [
    *itertools.product(RESULTS, ["argparse", "numpy", "regex", "huggingface_hub"]),
    pytest.param("led.py", "threadpoolctl", marks=pytest.mark.skipif(
        PLAIN, reason="led.py as it reads has no threads of its own"))])  # fmt: skip
def test_interrupted_while_importing(script, module, tmp_path):
    """A module that presses Ctrl-C and then waits is found in the place of the real one."""
    (tmp_path / f"{module}.py").write_text(
        f"import os, time\nos.kill(os.getpid(), {signal.SIGINT:d})\ntime.sleep(100)\n")
    process = start(script, [*RESULTS[script], "--model", "some/name"],
                    env=os.environ | {"PYTHONPATH": str(tmp_path)})  # fmt: skip
    check_interrupted(process, f"{script}: interrupted")


@posix
@pytest.mark.parametrize("script", READING)
@pytest.mark.parametrize("redirection, said", [("", ["{}: interrupted"]), ("2>&-", [])])
def test_interrupted_while_reading(script, redirection, said):
    """It waits for the rest of a text."""
    process = start(script, READING[script], redirection)
    process.stdin.write("a" * 300_000)  # more than a pipe holds: this returns when it reads
    process.stdin.flush()
    process.send_signal(signal.SIGINT)
    check_interrupted(process, *(line.format(script) for line in said))


@posix
def test_interrupted_while_computing():
    process = start("led.py", RESULTS["led.py"])
    assert process.stderr.readline() == "reading 3975 tokens\n"
    process.send_signal(signal.SIGINT)
    check_interrupted(process, "led.py: interrupted")


@posix
@pytest.mark.parametrize("name", ["led.py", "bpe.py", "weights.py", "other.py"])
def test_a_users_program_keeps_its_own_ctrl_c(name, tmp_path):
    """Also one that has the name of one of ours."""
    (tmp_path / name).write_text(
        f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nimport led_support.arrays, signal\n"
        "assert signal.getsignal(signal.SIGINT) is signal.default_int_handler\n")
    subprocess.run([sys.executable, tmp_path / name], check=True, timeout=100)


# ------------------------------------------------------------------------------------------------
# Progress
# ------------------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_on_a_terminal(checkpoint, monkeypatch, capsys):
    """One line, overwritten: the layers with the share that is done, then the tokens"""
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(ARTICLE.encode())))
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert led.main(["summarize", "-", "--model", str(checkpoint), "--max-length", "5"]) == 0
    states = [state.rstrip(" ") for state in terminal.getvalue().split("\r")]
    assert states == ["reading 364 tokens\n", "encoder layer 1 of 2, 50%",
                      "encoder layer 2 of 2, 100%", "1 tokens", "2 tokens", "3 tokens",
                      f"{'4 tokens':40}\n"]  # fmt: skip
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_share_of_the_layers(monkeypatch):
    """Of 12 layers and of 9, without waiting for them"""
    def encode(model, ids, global_attention_mask, on_layer):
        on_layer(3, 12)
        on_layer(7, 9)

    def generate(model, ids, encoder_outputs, on_step):
        on_step(2, ids)

    monkeypatch.setattr(led.LEDForConditionalGeneration, "encode", encode)
    monkeypatch.setattr(led.LEDForConditionalGeneration, "generate", generate)
    model = object.__new__(led.LEDForConditionalGeneration)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    write_text(model, np.ones((1, 5), int), None, {})
    said, layer, other, tokens = terminal.getvalue().split("\r")
    assert said == "reading 5 tokens\n"
    assert layer.rstrip() == "encoder layer 3 of 12, 25%"
    assert other.rstrip() == "encoder layer 7 of 9, 77%"
    # what a longer state leaves on the line is overwritten
    assert tokens.startswith("2 tokens ") and tokens.endswith("\n")
    assert len(tokens.rstrip("\n")) >= len("encoder layer 7 of 9, 77%")


def test_progress_elsewhere_is_the_last_state(monkeypatch):
    for steps, expected in ((0, ""), (3, "3 tokens\n")):
        stream = io.StringIO()
        monkeypatch.setattr(sys, "stderr", stream)
        with pytest.raises(ValueError):
            with progress() as show:
                for step in range(1, steps + 1):
                    show(f"{step} tokens")
                raise ValueError
        assert stream.getvalue() == expected


# ------------------------------------------------------------------------------------------------
# Options and help
# ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options, settings", [
    (["--num-beams", "3"], {"num_beams": 3}), (["--max-length", "7"], {"max_length": 7}),
    (["--min-length", "4"], {"min_length": 4}),
    (["--length-penalty", "-1"], {"length_penalty": -1}),
    (["--length-penalty=1e-1"], {"length_penalty": 0.1}),
    (["--no-repeat-ngram-size", "2"], {"no_repeat_ngram_size": 2}),
    (["--early-stopping", "true"], {"early_stopping": True}),
    (["--early-stopping", "false"], {"early_stopping": False}),
    (["--early-stopping", "never"], {"early_stopping": "never"}),
])  # fmt: skip
def test_options_reach_generate(options, settings, checkpoint, tmp_path, monkeypatch, capsys):
    (tmp_path / "text.txt").write_text("A text.")
    told = {}

    def generate(model, ids, encoder_outputs, on_step, **settings):
        told.update(settings)
        return np.array([[2, 0, 2]])

    monkeypatch.setattr(led.LEDForConditionalGeneration, "generate", generate)
    arguments = [str(tmp_path / "text.txt"), "--model", str(checkpoint), *options]
    for words in (["summarize"], ["ask", "Who?"]):
        told.clear()
        assert led.main(words + arguments) == 0
        # the checkpoint's max_length; and max_new_tokens, which would win, is switched off
        assert told == {"max_length": 32, "max_new_tokens": None} | settings


@pytest.mark.parametrize("options, words", [
    (["--num-beams", "0"], ": expected an integer in 1..10000, found 0"),
    (["--num-beams", "two"], "found 'two'"), (["--max-length", "8.5"], "found 8.5"),
    (["--max-length", "-3"], "found -3"), (["--max-length", "97"], "in 1..96, found 97"),
    (["--min-length", "-1"], "found -1"), (["--min-length", "33"], "in 0..32, found 33"),
    (["--min-length", "9", "--max-length", "8"], "in 0..8, found 9"),
    (["--length-penalty", "nan"], "found nan"), (["--length-penalty", "1e400"], "found inf"),
    (["--no-repeat-ngram-size", ""], "found ''"), (["--early-stopping", "1"], "found '1'"),
    (["--early-stopping", "True"], "'true' or 'false' or 'never', found 'True'"),
    (["--device", "tpu"], "'cpu' or 'cuda'"),
    (["--dtype", "float16"], "'float32' or 'float64'"),
])  # fmt: skip
def test_wrong_values_are_named_with_their_option(options, words, checkpoint, tmp_path):
    (tmp_path / "text.txt").write_text("A text.")
    done = command("ask", "Who?", tmp_path / "text.txt", "--model", checkpoint, *options)
    check_one_line(done, "led.py", options[0], words)
    assert re.match(r"led\.py: --[a-z-]+( \([^)]+\))?: expected ", done.stderr), done


def test_a_model_of_few_positions_ends_with_them(checkpoint, tmp_path, capsys):
    """The default max_length is 20, and this model has positions for 7 tokens"""
    model = led.LEDForConditionalGeneration.from_pretrained(checkpoint)
    model.config.max_decoder_position_embeddings = 7
    name = "led.decoder.embed_positions.weight"
    model.params[name] = model.params[name][:7]
    model.final_logits_bias[0, 2] = -1e4  # it never ends by itself
    model.generation_config = {}
    shutil.copytree(checkpoint, tmp_path / "few")
    model.save_pretrained(tmp_path / "few")
    (tmp_path / "text.txt").write_text("A text.")
    arguments = ["summarize", str(tmp_path / "text.txt"), "--model", str(tmp_path / "few")]
    assert led.main(arguments) == 0
    assert capsys.readouterr().err.endswith("\n6 tokens\n")  # the start token is the seventh

    path = tmp_path / "few" / "generation_config.json"
    settings = json.loads(path.read_text())
    for own, options, said in (
            ({"max_new_tokens": 4}, [], "\n4 tokens\n"),
            ({"max_new_tokens": 4}, ["--max-length", "4"], "\n3 tokens\n"),
            ({"max_new_tokens": 40}, [], "\n6 tokens\n"),
            ({"max_new_tokens": 4}, ["--min-length", "6"], "in 0..5, found 6"),
            ({"max_length": None}, [], "\n6 tokens\n"),
            ({"max_length": "many"}, [], "max_length: expected an integer"),
            ({"num_beams": [4]}, [], "num_beams: expected an integer")):  # fmt: skip
        path.write_text(json.dumps(settings | own))
        led.main(arguments + options)
        assert said in capsys.readouterr().err


def failures(checkpoint, folder):
    """{case: (arguments, what the message has to say)}"""
    (folder / "text.txt").write_text("A text.", encoding="utf-8")
    (folder / "empty.txt").write_text(" \n")
    (folder / "latin1.txt").write_bytes("caf\xe9".encode("latin-1"))
    broken = shutil.copytree(checkpoint, folder / "broken")
    (broken / "model.safetensors").write_bytes(b"\xff" * 100)
    config = shutil.copytree(checkpoint, folder / "config")
    (config / "config.json").write_text("[")
    tokenizer = shutil.copytree(checkpoint, folder / "tokenizer")
    (tokenizer / "merges.txt").unlink()
    (folder / "nothing in it").mkdir()
    good = folder / "text.txt"
    return {
        "no file": ([folder / "nothing.txt", "--model", checkpoint], "nothing.txt: No such file"),
        "a folder": ([folder, "--model", checkpoint], folder.name),
        "nothing to read": ([folder / "empty.txt", "--model", checkpoint], "empty.txt"),
        "not UTF-8": ([folder / "latin1.txt", "--model", checkpoint], "latin1.txt"),
        "no model": ([good, "--model", "allenai/nothing-here"], "allenai/nothing-here"),
        "no such folder": ([good, "--model", folder / "no-folder"], "no-folder"),
        "an empty folder": ([good, "--model", folder / "nothing in it"], "nothing in it"),
        "a file": ([good, "--model", good], "text.txt"),
        "weights": ([good, "--model", broken], "model.safetensors"),
        "configuration": ([good, "--model", config], "config.json"),
        "vocabulary": ([good, "--model", tokenizer], "merges.txt"),
    }


def test_failures_are_one_line(checkpoint, tmp_path):
    for arguments, message in failures(checkpoint, tmp_path).values():
        check_one_line(command("summarize", *arguments), "led.py", message)


@pytest.mark.parametrize("script", RESULTS)
def test_without_a_network(script, tmp_path):
    """Behind a proxy that hangs up. That is found out at once, and not for each file anew."""
    calls = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        def hang_up():
            with contextlib.suppress(OSError):  # until the server is closed
                while True:
                    connection, _ = server.accept()
                    calls.append(connection.close())

        threading.Thread(target=hang_up, daemon=True).start()
        proxy = f"http://127.0.0.1:{server.getsockname()[1]}"
        done = command(*RESULTS[script], "--model", "allenai/led-base-16384", script=script,
                       environment={"HTTPS_PROXY": proxy, "https_proxy": proxy,
                                    "HF_HUB_OFFLINE": "0", "HF_HOME": str(tmp_path)})  # fmt: skip
    check_one_line(done, script, "'allenai/led-base-16384'", "huggingface.co")
    assert 1 <= len(calls) <= 2


def test_other_errors_are_one_line(monkeypatch, capsys):
    """What else a run may end with: messages of several lines, or none"""
    for error, line in ((MemoryError(), "MemoryError"), (ImportError("no 'x'"), "no 'x'"),
                        (RuntimeError("no\n GPU"), "no GPU")):  # fmt: skip
        def show(*arguments):
            raise error

        monkeypatch.setattr(bpe, "show", show)
        assert bpe.main(["--model", str(BPE_FOLDER), "the key"]) == 1
        assert capsys.readouterr() == ("", f"bpe.py: {line}\n")


def test_a_graphics_card_that_is_not_there(tmp_path):
    """Whether CuPy is missing or the card: CuPy says the latter in an error of its own"""
    for module, words in (("raise ImportError('no CuPy')", "pip install cupy-cuda12x"),
                          ("class Error(RuntimeError): pass\n"
                           "def asarray(array): raise Error('driver\\nversion')\n"
                           "def get_array_module(array): raise Error('none')",
                           "driver version")):  # fmt: skip
        (tmp_path / "cupy.py").write_text(module)
        done = command(*RESULTS["led.py"], "--device", "cuda",
                       environment={"PYTHONPATH": str(tmp_path)})  # fmt: skip
        check_one_line(done, "led.py", words)


def test_wrong_usage():
    for arguments in ((), ("summarise", "x"), ("summarize",), ("summarize", "x", "--beams", "2")):
        done = command(*arguments)
        assert done.returncode == 2 and done.stdout == "" and "usage" in done.stderr


def test_help():
    """Says each option, and each with what holds when it is not given"""
    for script, words in (("led.py", ["ask"]), ("led.py", ["summarize"]), ("bpe.py", [])):
        done = command(*words, "--help", script=script, environment={"COLUMNS": "300"})
        assert (done.returncode, done.stderr) == (0, "")
        text = done.stdout.split("\nexample: ")[0]
        arguments, options = text.split("positional arguments:")[1].split("options:")
        options = re.split(r"^ +(?=-)", options, flags=re.MULTILINE)[1:]
        assert len(options) == {"led.py": 10, "bpe.py": 2}[script]
        for option in options:
            assert option.startswith("-h") or re.search(r"\w \(default: .+\)$", option), option
        for line in arguments.split("\n\n")[0].splitlines()[1:]:
            assert len(line.split()) > 2, line
    text = " ".join(command("--help").stdout.split())
    assert "answers questions only" in text and "It knows few words" in text


@pytest.mark.parametrize("script, words", [
    ("led.py", []), ("led.py", ["ask"]), ("led.py", ["summarize"]), ("bpe.py", []),
    ("weights.py", [])])
def test_examples_of_the_help_run(script, words):
    """On the bundled chronicle and the bundled model, without a network; but for `summarize`, which
    needs a model that is not here, and says so."""
    text = command(*words, "--help", script=script).stdout
    examples = re.findall(r"^(?:example:)? +python (\w+\.py) (.+)$", text, re.MULTILINE)
    assert {name for name, _ in examples} == {script}
    for _, line in examples:
        done = command(*shlex.split(line), script=script)
        if line.startswith("summarize"):
            check_one_line(done, script, "'allenai/led-large-16384-arxiv'")
            continue
        assert done.returncode == 0, done
        if line.startswith("ask"):
            assert "chronicles/chronicle.txt" in line and done.stdout == ANSWERED
        else:
            assert "chronicles/model" in line and done.stdout


# ------------------------------------------------------------------------------------------------
# bpe.py
# ------------------------------------------------------------------------------------------------


def test_bpe_shows_the_merges(capsys):
    assert bpe.main(["--model", str(BPE_FOLDER), " the<mask>"]) == 0
    lines = capsys.readouterr().out.split("\n")
    tokenizer = bpe.LEDTokenizer.from_pretrained(BPE_FOLDER)
    assert lines[0] == "' the'" and lines[1].split() == list("Ġthe")
    merges = [line.split() for line in lines if line.strip().startswith("merge")]
    for _, rank, *tokens in merges:
        left, right = list(tokenizer.ranks)[int(rank)]
        assert left + right in tokens
    assert merges[-1][2:] == ["Ġthe"]
    assert len(merges) == 3 and "'<mask>' is an added token" in "\n".join(lines)
    assert lines[-2] == f"input_ids: 0 {tokenizer.encoder['Ġthe']} {tokenizer.mask_token_id} 2"


def test_bpe_reads_standard_input():
    given = command("the key\n", "--model", BPE_FOLDER, script="bpe.py")
    read = command("-", "--model", BPE_FOLDER, script="bpe.py", input="the key\n")
    assert given.returncode == read.returncode == 0
    assert given.stdout == read.stdout and "'the'" in read.stdout


def test_bpe_given_the_name_of_a_file(tmp_path):
    """It cuts the name, which is a text as well, and says how to cut what stands in the file."""
    (tmp_path / "key.txt").write_text("the key\n")
    model = ["--model", BPE_FOLDER]
    done = command("key.txt", *model, script="bpe.py", cwd=tmp_path)
    assert done.returncode == 0 and "'key'" in done.stdout, done
    assert done.stderr == "note: key.txt is also a file; python bpe.py - < FILE reads it\n"
    for words, given in ((["key"], ""), (["-"], "key.txt"), (["the key " * 999], "")):
        done = command(*words, *model, script="bpe.py", cwd=tmp_path, input=given)
        assert (done.returncode, done.stderr) == (0, ""), done


# ------------------------------------------------------------------------------------------------
# The scripts
# ------------------------------------------------------------------------------------------------

SCRIPTS = sorted(str(path.relative_to(ROOT)) for folder in ("chronicles", "notebooks", "tests")
                 for path in (ROOT / folder).glob("*.py")
                 if re.search("^if __name__", path.read_text(encoding="utf-8"), re.MULTILINE))


def without_libraries(*arguments):
    """A finished run of a Python that has nothing but its own library"""
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run([sys.executable, "-S", *arguments], cwd=ROOT, env=variables, timeout=120,
                          capture_output=True, encoding="utf-8")  # fmt: skip


def test_there_are_scripts():
    assert {"notebooks/build.py", "tests/parity.py", "tests/make_fixtures.py"} <= set(SCRIPTS)


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_help_without_their_libraries(script):
    """As a module and as a file; and without --help each says which library it lacks."""
    for words in ([script], ["-m", script[:-3].replace("/", ".")]):
        done = without_libraries(*words, "--help")
        assert done.returncode == 0 and done.stdout.startswith("usage: "), done
        # no options without a text, and no default that is not told
        options = re.split(r"^  (?=-)", done.stdout.split("options:")[1], flags=re.MULTILINE)[1:]
        for option in options:
            option = " ".join(option.split())
            assert len(option.split()) > 3, option
            if re.match(r"--[a-z-]+ [A-Z{]", option):
                assert "(default: " in option, option
    more = {"parity": ["x"], "make_weights_fixtures": ["torch"], "documents": ["--help"]}
    done = without_libraries("-m", script[:-3].replace("/", "."), *more.get(Path(script).stem, []))
    if script != "chronicles/documents.py":  # it needs no library
        assert done.returncode == 1 and len(done.stderr.splitlines()) == 1, done
        assert re.match("No (module|package).*: pip install ", done.stderr), done


def test_build_knows_its_notebooks():
    done = without_libraries("notebooks/build.py", "7_nothing")
    assert done.returncode == 2 and "no notebook '7_nothing'" in done.stderr, done


# ------------------------------------------------------------------------------------------------
# Old Pythons
# ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("script", ["led.py", "bpe.py", "weights.py"])
def test_old_pythons_are_refused_in_a_sentence(script, monkeypatch):
    """By the first import, of led_support; Python 3.8 and 3.9 can parse it, and the script."""
    for file in (script, "led_support/__init__.py"):
        ast.parse((ROOT / file).read_text(encoding="utf-8"), feature_version=(3, 8))
    with pytest.raises(SyntaxError):  # this parser would tell
        ast.parse("match x:\n    case 1: pass", feature_version=(3, 8))
    monkeypatch.setattr(sys, "version_info", (3, 9, 18, "final", 0))
    monkeypatch.setattr(sys, "version", "3.9.18 (main, some day)")
    for name in [name for name in sys.modules if name.startswith("led_support")]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("__main__", "imported"):
        with pytest.raises(SystemExit) as refused:
            runpy.run_path(str(ROOT / script), run_name=name)
        assert refused.value.code.endswith("needs Python 3.10 or newer, this is Python 3.9.18")


def test_pyproject_asks_for_the_same_python():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert 'requires-python = ">=3.10"' in text
    needed = re.search(r"^dependencies = (\[.*\])$", text, re.MULTILINE)[1]
    requirements = (ROOT / "requirements.txt").read_text(encoding="utf-8").split("\n\n")[0]
    assert ast.literal_eval(needed) == requirements.splitlines()[1:]  # without the heading
