"""How the notebooks draw and print: nothing of the model is in here."""

import html
import io
import json
from pathlib import Path

import matplotlib
import numpy as np
from IPython.display import display

matplotlib.use("agg")
import matplotlib.pyplot as plt  # noqa: E402  the backend has to be chosen first

# Colours that differ in every kind of colour vision (Okabe & Ito), and in grey.
BAND, COLUMN, ROW = "#56b4e9", "#e69f00", "#009e73"
LINE, EMPTY, INK = "#0072b2", "#f0f0f0", "#222222"
WIDTH = 5  # inches: what a phone can still show with letters of a size to be read

plt.rcParams.update({
    "figure.facecolor": "white", "savefig.facecolor": "white", "font.size": 9,
    "axes.titlesize": 10, "axes.spines.top": False, "axes.spines.right": False,
    "figure.constrained_layout.use": True,
    "savefig.bbox": "tight", "savefig.pad_inches": 0.1,  # nothing is clipped
    "lines.linewidth": 1.8,
})  # fmt: skip


def figure(height, columns=1, rows=1, width=WIDTH, **settings):
    """An empty figure -> figure, axes"""
    return plt.subplots(rows, columns, figsize=(width, height), **settings)


def show(fig, alt):
    """Displays a figure, with `alt` for those who cannot see it."""
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", dpi=160)
    plt.close(fig)
    width = int.from_bytes(buffer.getvalue()[16:20], "big") * 96 // 160  # from the PNG's header
    display({"image/png": buffer.getvalue(), "text/plain": f"[figure] {alt}"}, raw=True,
            metadata={"image/png": {"alt": alt, "width": width}})  # fmt: skip


def table_texts(header, rows):
    """Rows of texts and numbers under a header -> as HTML, as plain text"""
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(line[i]) for line in [header, *rows]) for i in range(len(header))]
    lines = ["  ".join(f"{cell:{w}}" for cell, w in zip(line, widths)) for line in [header, *rows]]

    def html_row(cells, tag):
        return "<tr>" + "".join(f"<{tag}>{html.escape(c)}</{tag}>" for c in cells) + "</tr>"

    body = "".join(html_row(row, "td") for row in rows)
    text = f"<table><thead>{html_row(header, 'th')}</thead><tbody>{body}</tbody></table>"
    return text, "\n".join(line.rstrip() for line in lines)


def table(header, rows):
    """Displays rows of texts and numbers under a header."""
    text, plain = table_texts(header, rows)
    display({"text/html": text, "text/plain": plain}, raw=True)


def step_through(tokens, W, windows):
    """Displays a window that moves over the tokens row by row, by buttons or arrow keys.

    `windows` (N, C + 2W) says which padded row stands in each cell of led.windows, with W rows of
    padding on either side. Where scripts are not run, a table of all rows is shown instead.
    """
    windows = np.asarray(windows)
    C = windows.shape[1] - 2 * W
    padded = ["pad"] * W + list(tokens) + ["pad"] * W
    rows = []
    for i, token in enumerate(tokens):
        block, row = divmod(i, C)
        read = windows[block, row : row + 2 * W + 1]
        rows.append([i, token, block, f"{row} to {row + 2 * W}", f"{read[0]} to {read[-1]}",
                     " ".join(padded[place] for place in read)])  # fmt: skip
    text, plain = table_texts(
        ["row", "query", "block", "columns of the window", "padded rows", "keys"], rows)
    data = {"tokens": list(tokens), "W": W, "C": C, "windows": windows.tolist()}
    page = Path(__file__).with_name("template").joinpath("steps.html").read_text(encoding="utf-8")
    page = page.replace("{{data}}", json.dumps(data).replace("</", "<\\/"))
    display({"text/html": page.replace("{{table}}", text), "text/plain": plain}, raw=True)


def grid(axes, colours, texts=None, title="", row_labels=None, column_labels=None,
         row_name="", column_name="", size=8):  # fmt: skip
    """Draws cells: colours (rows, columns) of colour names, texts the same or None."""
    rows, columns = np.shape(colours)
    for i in range(rows):
        for j in range(columns):
            axes.add_patch(plt.Rectangle((j, i), 1, 1, facecolor=colours[i][j], edgecolor="white"))
            if texts is not None:
                axes.text(j + 0.5, i + 0.5, texts[i][j], ha="center", va="center", size=size,
                          color=INK)  # fmt: skip
    axes.set(xlim=(0, columns), ylim=(rows, 0), aspect="equal", title=title,
             xlabel=column_name, ylabel=row_name)  # fmt: skip
    column_labels = range(columns) if column_labels is None else column_labels
    row_labels = range(rows) if row_labels is None else row_labels
    rotation = 90 if max(len(str(label)) for label in column_labels) > 3 else 0
    axes.set_xticks(np.arange(columns) + 0.5, column_labels, rotation=rotation, size=size)
    axes.set_yticks(np.arange(rows) + 0.5, row_labels, size=size)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def choose(*conditions, otherwise=EMPTY):
    """Colours by condition: choose((mask, colour), ...), the first that holds wins."""
    masks, colours = zip(*conditions)
    return np.select(np.broadcast_arrays(*masks), list(colours), otherwise).tolist()


def legend(axes, *entries):
    """A legend of (colour, text) beside the axes."""
    patches = [plt.Rectangle((0, 0), 1, 1, color=colour) for colour, _ in entries]
    axes.legend(patches, [text for _, text in entries], loc="upper left", frameon=False,
                bbox_to_anchor=(1.02, 1), borderaxespad=0)  # fmt: skip


def attention_picture():
    """Who sees whom in the encoder: 24 tokens, W = 2, two of them global. -> figure"""
    S, W, global_tokens = 24, 2, [0, 14]
    query, key = np.arange(S)[:, None], np.arange(S)
    fig, axes = figure(3.4)
    colours = choose((np.isin(query, global_tokens), ROW), (np.isin(key, global_tokens), COLUMN),
                     (abs(query - key) <= W, BAND))  # fmt: skip
    labels = [i if i in (0, 5, 10, 14, 20) else "" for i in range(S)]
    grid(axes, colours, None, "What each token attends to", labels, labels, "query", "key")
    legend(axes, (BAND, f"band: {W} tokens to either side"), (COLUMN, "global keys: seen by all"),
           (ROW, "global queries: see all"))  # fmt: skip
    return fig


# What stands at the arrows of the picture below, from the bottom up.
ENCODER_SHAPES = ["(B, S)", "(B, S, E)", "(B, S, E)", "(B, S, E)"]
DECODER_SHAPES = ["(B, T)", "(B, T, E)", "(B, T, E)", "(B, T, E)", "(B, T, E)", "(B, T, V)"]


def architecture_picture():
    """The model: its parts, and the shape of what goes from one to the next. -> figure"""
    fig, axes = figure(6)
    axes.set(xlim=(0.1, 10.1), ylim=(-0.1, 11.7))
    axes.axis("off")
    step, height, half = 1.75, 1.0, 1.75  # from box to box; of a box; half the width of one

    def box(x, y, text, colour=EMPTY, left=-half, right=half, height=height):
        axes.add_patch(plt.Rectangle((x + left, y), right - left, height, facecolor=colour,
                                     edgecolor=INK, linewidth=0.8))  # fmt: skip
        axes.text(x + (left + right) / 2, y + height / 2, text, ha="center", va="center",
                  color=INK, size=8.5)  # fmt: skip

    def arrow(points, **style):
        for start, stop in zip(points[:-2], points[1:]):
            axes.plot(*zip(start, stop), color=INK, linewidth=1.2, **style)
        axes.annotate("", points[-1], points[-2],
                      arrowprops=dict(arrowstyle="->", color=INK, linewidth=1.2, **style))

    def column(x, boxes, shapes):
        for row, (text, colour) in enumerate(boxes):
            box(x, row * step, text, colour)
        for row, shape in enumerate(shapes):
            if row + 1 < len(boxes):
                arrow([(x, row * step + height), (x, (row + 1) * step)])
                axes.text(x + 0.12, row * step + height + 0.37, shape, va="center", size=8.5)

    def frame(x, first, last, text):
        low, high = first * step - 0.2, last * step + height + 0.2
        axes.add_patch(plt.Rectangle((x - half - 0.2, low), 2 * half + 0.4, high - low, fill=False,
                                     edgecolor=LINE, linestyle="--"))  # fmt: skip
        axes.text(x - half - 0.2, low - 0.1, text, color=LINE, size=8.5, va="top")

    left, right = 2.1, 7.2
    embedding, feed = "embedding + positions,\nnorm", "feed forward, F wide,\n+ x, norm"
    column(left, [("token ids\nof the source", EMPTY), (embedding, EMPTY), ("", EMPTY),
                  (feed, EMPTY)], ENCODER_SHAPES)  # fmt: skip
    box(left, 2.5 * step - 0.375, "self-attention, + x, norm", height=0.5)
    box(left, 2 * step, "band: 2W + 1", BAND, right=0.1, height=0.5)
    box(left, 2 * step, "global: all S", ROW, left=0.1, height=0.5)
    column(right, [("token ids: the labels,\nshifted right", EMPTY), (embedding, EMPTY),
                   ("causal self-attention,\n+ x, norm", COLUMN),
                   ("cross-attention,\n+ x, norm", COLUMN), (feed, EMPTY),
                   ("logits: times\nthe embedding", EMPTY),
                   ("loss against\nthe labels", EMPTY)], DECODER_SHAPES)  # fmt: skip
    frame(left, 2, 3, "encoder layers")
    frame(right, 2, 4, "decoder layers")
    across = 3 * step + height / 2
    arrow([(left, 3 * step + height), (left, across + 1.6), (4.65, across + 1.6),
           (4.65, across), (right - half, across)])  # fmt: skip
    axes.text(left + 0.12, across + 1.72, f"keys, values: {ENCODER_SHAPES[-1]}", size=8.5)
    edge = right + half
    arrow([(edge, step + height / 2), (edge + 0.7, step + height / 2),
           (edge + 0.7, 5 * step + height / 2), (edge, 5 * step + height / 2)],
          linestyle=":")  # fmt: skip
    axes.text(edge + 0.8, 3 * step + height / 2, "the same matrix (V, E)", rotation=90,
              va="center", size=8.5)  # fmt: skip
    return fig
