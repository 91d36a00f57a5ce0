"""Writes the notebooks from their sources: 02_band.py -> 02_band.ipynb, with outputs.

    python notebooks/build.py              # runs every notebook
    python notebooks/build.py 02_band      # runs those that are named
    python notebooks/build.py --html       # pages of the notebooks as they are, and one to explore:
                                           # open notebooks/html/index.html

The sources are plain text in the percent format, which editors and jupytext know. Cells that draw
have the metadata by which Jupyter folds their code, and so do the pages. What the texts say of
numbers is asserted in tests/notebook_claims.py, so that no reader has to read it. The official
vocabulary is not part of the repository: notebook 1 takes it from the folder that LED_OFFICIAL
names (with all the tokenizer's files of the hub), or else from the hub or its cache; without it,
some of its cells only say what they lack.
"""

import argparse
import base64
import html
import json
import os
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

HTML, TEMPLATE = HERE / "html", HERE / "template"
NAMES = sorted(path.stem for path in HERE.glob("[0-9][0-9]_*.py"))


def read_source(name):
    """The notebook that a source describes, without outputs."""
    import jupytext

    notebook = jupytext.read(HERE / f"{name}.py")
    notebook.metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3",
                                        "language": "python"},
                         "language_info": {"name": "python"}}  # fmt: skip
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"  # random ones would make every build a change
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def execute(notebook):
    """Runs all cells from the top, in place; an exception in a cell is raised."""
    from nbclient import NotebookClient

    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(HERE)}},
                            record_timing=False, coalesce_streams=True)  # fmt: skip
    # One thread, as the results of sums depend on it in the last digit; no progress bars.
    client.execute(env=os.environ | {"OMP_NUM_THREADS": "1", "TQDM_DISABLE": "1",
                                     "PYTHONWARNINGS": "ignore:IProgress not found"})  # fmt: skip
    return notebook


def title_of(notebook):
    """The first heading, as text."""
    return notebook.cells[0].source.splitlines()[0].lstrip("# ")


def read_kept(name):
    """The notebook as it is kept, with outputs."""
    import nbformat

    return nbformat.read(HERE / f"{name}.ipynb", as_version=4)


def set_formulas(notebook):
    """Puts a word in place of each formula of the texts, for Markdown to leave alone
    -> {word: MathML}. Browsers set MathML by themselves, so the pages need no script for it."""
    from latex2mathml.converter import convert

    formulas = {}

    def replace(match):
        code, display, inline = match.groups()
        if code is not None:
            return code
        word = f"FORMULA{len(formulas)}X"
        formula = (display or inline).replace("{aligned}", "{align*}")  # the name it knows
        formulas[word] = convert(formula, display="block" if display else "inline")
        return word

    # Code comes first, so that a dollar sign in it stays one.
    either = r"(```.*?```|`[^`\n]+`)|\$\$(.+?)\$\$|\$([^$\n]+(?:\n[^$\n]+)?)\$"
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = re.sub(either, replace, cell.source, flags=re.DOTALL)
    return formulas


def navigation(name):
    """Links to the page before, the index, and the page after; the page to explore is the last.
    The page for teachers is in no order."""
    if name == "teaching":
        return '<nav class="pages" aria-label="Pages"><a href="index.html">Contents</a></nav>\n'
    place = NAMES.index(name) if name in NAMES else len(NAMES)
    links = ['<a href="index.html">Contents</a>']
    if place > 0:
        before = NAMES[place - 1]
        links.insert(0, f'<a href="{before}.html" rel="prev">← {title_of(read_kept(before))}</a>')
    if place + 1 < len(NAMES):
        after = NAMES[place + 1]
        links.append(f'<a href="{after}.html" rel="next">{title_of(read_kept(after))} →</a>')
    elif name in NAMES:
        links.append('<a href="explore.html" rel="next">Explore →</a>')
    return f'<nav class="pages" aria-label="Pages">{" ".join(links)}</nav>\n'


def read_teaching():
    """The page for teachers, as a notebook of one cell; its links lead to the pages."""
    import nbformat

    text = (HERE / "teaching.md").read_text(encoding="utf-8").replace(".ipynb)", ".html)")
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text)])


def write_html(name, notebook):
    """notebooks/html/NAME.html, with this folder's template."""
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(extra_template_basedirs=[str(HERE)], template_name="template")
    notebook.metadata["title"] = title_of(notebook)
    notebook.metadata["style"] = (TEMPLATE / "style.css").read_text(encoding="utf-8")
    notebook.metadata["navigation"] = navigation(name)
    formulas = set_formulas(notebook)
    page, _ = exporter.from_notebook_node(notebook)
    page = re.sub(r"FORMULA\d+X", lambda match: formulas[match[0]], page)
    headings = re.findall(r'<h2 id="([^"]*)">(.*?)<a class="anchor-link"', page)
    items = "".join(f'<li><a href="#{place}">{re.sub("^[0-9]+[.] ", "", text)}</a></li>'
                    for place, text in headings)  # which the list numbers itself
    contents = f'<nav class="contents" aria-label="On this page"><ol>{items}</ol></nav>'
    page = page.replace("</h1>", f"</h1>{contents}", 1)
    (HTML / f"{name}.html").write_text(page, encoding="utf-8")


def write_index():
    """notebooks/html/index.html: the notebooks in order, each with its first paragraph."""
    items = []
    for name in NAMES:
        notebook = read_kept(name)
        paragraph = notebook.cells[0].source.split("\n\n")[1].replace("\n", " ")
        text = re.sub(r"\*(.+?)\*", r"<em>\1</em>", html.escape(paragraph))
        text = re.sub(r"`(.+?)`", r"<code>\1</code>", text)
        items.append(f'<h2><a href="{name}.html">{title_of(notebook)}</a></h2>\n<p>{text}</p>')
    page = (TEMPLATE / "contents.html").read_text(encoding="utf-8")
    page = page.replace("{{style}}", (TEMPLATE / "style.css").read_text(encoding="utf-8"))
    (HTML / "index.html").write_text(page.replace("{{items}}", "\n".join(items)), encoding="utf-8")


# The questions of the page to explore, and the word of each at which it starts.
QUESTIONS = {
    "Where is the silver key?": "silver", "Who made the silver key?": "silver",
    "How many hounds did Fulk Archer have?": "hounds",
    "When was the tower at Old Hexley built?": "tower",
    "What colour was the cloak of Gwen Ingle?": "cloak", "Where is the silver crown?": "silver",
}  # fmt: skip
HALF = 128  # of 255: a byte from here on is more than half of a head's attention


def to_bytes(probabilities):
    """Probabilities as bytes, 255 for a probability of one"""
    return (255 * probabilities).round().astype("uint8")


def in_text(numbers):
    """Bytes as text"""
    return base64.b64encode(numbers.tobytes()).decode()


def caption_of_encoder(attention, words, G):
    """What a layer does, counted. attention (G + S, G), bytes, of all words to the question's."""
    question, found = words[:G], []
    for g, word in enumerate(question):
        places = [place for place in range(G, len(words)) if words[place] == word]
        if places and word.isalpha():
            itself = sum(int(attention[place, g] >= HALF) for place in places)
            found.append(f"“{word}” {itself} of {len(places)} times")
    followers = {g: int((attention[G:, g] >= HALF).sum()) for g in range(G)}
    most = [g for g in sorted(followers, key=lambda g: -followers[g])[:3] if followers[g]]
    text = ("A word of the question, where it stands in the document, gives more than half of one "
            f"head's attention to itself in the question: {', '.join(found)}. ")  # fmt: skip
    return text + "So many words of the document look at a word of the question like this: " + (
        ", ".join(f"“{question[g]}” {followers[g]}" for g in most) or "none") + "."


def caption_of_decoder(attention, words, answer, G):
    """What a layer reads, word by word. attention (T, G + S), bytes"""
    found = []
    for word, row in zip(answer, attention):
        place = int(row.argmax())
        where = "question" if place < G else "document"
        found.append(f"writing “{word}”, {round(100 * int(row[place]) / 255)}% on "
                     f"“{words[place]}” in the {where}")  # fmt: skip
    return "Where one head looks most: " + "; ".join(found) + "."


def attention_to_questions():
    """What the bundled model looks at while it answers questions about the bundled chronicle.

    -> {"words": of the document, S tokens; "questions": one dictionary each, with its words (G),
    those of the answer (T), the word to start at, and as bytes, of the strongest head of each
    layer, the attention of question and document to the question (layers, G + S, G), and of the
    answer to question and document (layers, T, G + S); captions: what each layer does}
    """
    import numpy as np

    import bpe
    import led
    from led_support.command_line import question_inputs

    folder = HERE.parent / "chronicles"
    model = led.LEDForConditionalGeneration.from_pretrained(folder / "model")
    tokenizer = bpe.LEDTokenizer.from_pretrained(folder / "model")
    text = (folder / "chronicle.txt").read_text(encoding="utf-8")
    questions = []
    for question, start in QUESTIONS.items():
        ids, asked, _ = question_inputs(tokenizer, question, text, limit=16384)
        G = int(asked.sum())
        encoded = model.encode(ids, global_attention_mask=asked, output_attentions=True)
        answer = model.generate(encoder_outputs=encoded, max_length=16)
        answer = answer[:, : max(2, answer.shape[1] - 1)]  # without its end, if it is not all
        written = model(decoder_input_ids=answer, encoder_outputs=encoded, output_attentions=True)
        words = [tokenizer.decode([i]).strip() for i in ids[0]]
        answer = [tokenizer.decode([i]).strip() for i in answer[0, 1:]]
        encoder, decoder = [], []
        for local, of_question in zip(encoded.attentions, encoded.global_attentions):
            rows = local[0, :, :, :G]  # (H, G + S, G), of the document's words
            rows[:, :G] = of_question[0, :, :G].swapaxes(-1, -2)  # and of the question's own
            encoder.append(to_bytes(rows.max(axis=0)))
        for layer in written.cross_attentions:
            decoder.append(to_bytes(layer[0, :, : len(answer)].max(axis=0)))  # (T, G + S)
        captions = {f"encoder {i}": caption_of_encoder(layer, words, G)
                    for i, layer in enumerate(encoder)}  # fmt: skip
        captions |= {f"decoder {i}": caption_of_decoder(layer, words, answer, G)
                     for i, layer in enumerate(decoder)}  # fmt: skip
        questions.append({
            "words": words[:G], "answer": answer, "start": words[:G].index(start),
            "encoder": in_text(np.stack(encoder)), "decoder": in_text(np.stack(decoder)),
            "captions": captions})  # fmt: skip
    words = [tokenizer.decode([i], clean_up_tokenization_spaces=False) for i in ids[0, G:]]
    return {"words": words, "questions": questions}


def write_explore():
    """notebooks/html/explore.html: the pattern and the bundled model, to play with."""
    page = (TEMPLATE / "explore.html").read_text(encoding="utf-8")
    page = page.replace("{{style}}", (TEMPLATE / "style.css").read_text(encoding="utf-8"))
    page = page.replace("{{navigation}}", navigation("explore"))
    data = json.dumps(attention_to_questions(), ensure_ascii=False).replace("</", "<\\/")
    (HTML / "explore.html").write_text(page.replace("{{data}}", data), encoding="utf-8")


def write_pictures():
    """In the folder images: who sees whom, and the parts of the model."""
    from drawing import architecture_picture, attention_picture

    images = HERE.parent / "images"
    images.mkdir(exist_ok=True)
    attention_picture().savefig(images / "attention.png", dpi=110)
    architecture_picture().savefig(images / "architecture.png", dpi=110)


def build(names):
    """Writes the pictures, and runs and writes the notebooks that are named."""
    import nbformat

    write_pictures()
    for name in names:
        nbformat.write(execute(read_source(name)), HERE / f"{name}.ipynb")
        print(f"notebooks/{name}.ipynb")


def build_html(names):
    """Writes the pages of the notebooks that are named, as they are, and those beside them."""
    HTML.mkdir(exist_ok=True)
    for name in names:
        write_html(name, read_kept(name))
    write_html("teaching", read_teaching())
    write_index()
    write_explore()
    print("notebooks/html/index.html")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME",
                        help=f"of {', '.join(NAMES)} (default: all)")  # fmt: skip
    parser.add_argument("--html", action="store_true", help="pages of the notebooks as they are")
    arguments = parser.parse_args()
    names = [Path(name).stem for name in arguments.names] or NAMES
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        parser.error(f"no notebook {unknown[0]!r}: expected one of {', '.join(NAMES)}")
    try:
        build_html(names) if arguments.html else build(names)
    except ImportError as error:
        sys.exit(f"{error}: pip install -r requirements.txt -r requirements-notebooks.txt")


if __name__ == "__main__":
    main()
