"""How often the bundled checkpoint answers exactly right, with its global attention and without.

    python chronicles/evaluate.py                                # the table: about ten minutes
    python chronicles/evaluate.py --lengths 1024 --questions 20

The documents are of the held-out split: keys, answers and combinations of wordings that training
never saw. There is one question to a document. An answer counts if the generated text is the
answer, letter by letter.
"""

import argparse
import sys
from pathlib import Path

if __name__ == "__main__":  # first of all: --help needs none of the libraries below
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default=Path(__file__).resolve().parent / "model",
                        help="checkpoint folder (default: the bundled one)")  # fmt: skip
    parser.add_argument("--lengths", type=int, nargs="+", default=[256, 1024, 4096, 16384],
                        metavar="TOKENS", help="of the documents (default: %(default)s)")
    parser.add_argument("--questions", type=int, default=200,
                        help="at each length (default: %(default)s)")  # fmt: skip
    arguments = parser.parse_args()

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

try:
    import numpy as np

    from bpe import LEDTokenizer
    from chronicles.train import example
    from led import LEDForConditionalGeneration
except ImportError as error:
    sys.exit(f"{error}: pip install -r requirements.txt")


def facts_in(length):
    """The number of facts in a document for the evaluation: one in about a hundred tokens."""
    return max(4, length // 100)


def answers(model, tokenizer, ids, asked):
    """The answers with global attention on the first `asked` tokens, and without -> two strings"""
    input_ids = np.array([ids])
    texts = []
    for count in (asked, 0):
        is_global = np.zeros_like(input_ids)
        is_global[:, :count] = 1
        out = model.generate(input_ids, global_attention_mask=is_global, max_length=16)
        texts.append(tokenizer.decode(out[0], skip_special_tokens=True).strip())
    return texts


def exact_match(model, tokenizer, length, questions):
    """The shares of right answers with and without global attention, over held-out documents."""
    right = np.zeros(2)
    for i in range(questions):
        ids, asked, expected = example(
            tokenizer, f"evaluation {length} {i}", length, facts_in(length), "heldout"
        )
        expected = tokenizer.decode(expected, skip_special_tokens=True).strip()
        right += [text == expected for text in answers(model, tokenizer, ids, asked)]
    return right / questions


def main(arguments):
    model = LEDForConditionalGeneration.from_pretrained(arguments.model)
    tokenizer = LEDTokenizer.from_pretrained(arguments.model)
    print(
        "| tokens | facts | exact match | without global attention |\n| ---: | ---: | ---: | ---: |"
    )
    for length in arguments.lengths:
        on, off = exact_match(model, tokenizer, length, arguments.questions)
        print(f"| {length:,} | {facts_in(length)} | {on:.1%} | {off:.1%} |", flush=True)


if __name__ == "__main__":
    main(arguments)
