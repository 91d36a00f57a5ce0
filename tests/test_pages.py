"""The HTML pages of the notebooks: complete in themselves, with formulas set and links that lead
somewhere; and the page to explore, whose numbers are led.py's, tried in a browser.

The browser is Chromium, driven by Selenium: `pip install -r requirements-notebooks.txt`, and
`apt-get install chromium chromium-driver` or the like.
"""

import base64
import html
import importlib
import json
import os
import re
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

import bpe
import led
from led_support.command_line import question_inputs

for library in ("jupytext", "latex2mathml", "matplotlib", "nbconvert", "nbformat"):
    pytest.importorskip(library, reason="pip install -r requirements-notebooks.txt")

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
NAMES = sorted(path.stem for path in NOTEBOOKS.glob("[0-9][0-9]_*.py"))
WIDTHS = (390, 1280)


@pytest.fixture(scope="module")
def build():
    sys.path.insert(0, str(NOTEBOOKS))
    yield importlib.import_module("build")
    sys.path.remove(str(NOTEBOOKS))


@pytest.fixture(scope="module")
def pages(build, tmp_path_factory):
    """The folder of all pages, as the command writes them"""
    kept, build.HTML = build.HTML, tmp_path_factory.mktemp("pages") / "html"
    try:
        build.build_html(build.NAMES)
        yield build.HTML
    finally:
        build.HTML = kept


def read(pages, name):
    return (pages / f"{name}.html").read_text(encoding="utf-8")


# ------------------------------------------------------------------------------------------------
# Without a browser
# ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_page(name, pages, build):
    """Complete in itself: nothing fetched, alt texts, dark mode, code that scrolls; no script but
    the one that steps the window of notebook 2"""
    page = read(pages, name)
    assert page.count("<script") == page.count("<script>") == (name == "02_band")
    assert 'src="http' not in page and "@import" not in page
    assert "prefers-color-scheme: dark" in page and 'name="viewport"' in page
    images = re.findall(r"<img[^>]*>", page)
    figures = [output for cell in build.read_kept(name).cells for output in cell.get("outputs", [])
               if "image/png" in output.get("data", {})]  # fmt: skip
    assert len(images) == len(figures) >= 2
    assert all(re.search(r'alt="[^"]{40,}"', image) for image in images)
    folded = [cell for cell in build.read_kept(name).cells
              if cell.metadata.get("jupyter", {}).get("source_hidden")]  # fmt: skip
    assert page.count('<details class="folded">') == page.count("</details>") == len(folded) >= 2
    assert re.search(r"pre \{[^}]*white-space: pre;[^}]*overflow-x: auto", page)
    assert re.search(r"img \{[^}]*invert", page)  # in the dark


@pytest.mark.parametrize("name", [*NAMES, "index", "explore", "teaching"])
def test_links_lead_somewhere(name, pages):
    page = read(pages, name)
    ids = set(re.findall(r'id="([^"]+)"', page))
    for link in re.findall(r'href="([^"]+)"', page):
        if link.startswith("#"):
            assert link[1:] in ids, link
        elif not link.startswith("https://"):
            assert (pages / link).exists(), link


def test_pages_in_order(pages, build):
    """From the index to each page; from each page to the one before, the next, and its parts"""
    links = re.findall(r'<h2><a href="([^"]+)">', read(pages, "index"))
    assert links == [f"{name}.html" for name in NAMES] + ["explore.html", "teaching.html"]
    taught = re.findall(r'href="(\d[^"#]+)"', read(pages, "teaching"))
    assert taught == links[: len(NAMES)]
    last = re.findall('<a href="([^"]+)" rel="prev">', read(pages, "explore"))
    assert last == [f"{NAMES[-1]}.html"]
    for place, name in enumerate(NAMES):
        page = read(pages, name)
        for kind, link in (("prev", ([None] + links)[place]), ("next", links[place + 1])):
            found = re.findall(f'<a href="([^"]+)" rel="{kind}">', page)
            assert found == (2 * [link] if link else [])  # above and below
        contents = re.search('<nav class="contents".*?</nav>', page)[0]
        source = "\n".join(
            cell.source for cell in build.read_kept(name).cells if cell.cell_type == "markdown")
        assert contents.count("<li>") == len(re.findall("^## ", source, re.MULTILINE)) >= 4


@pytest.mark.parametrize("name", NAMES)
def test_formulas_are_set(name, pages, build):
    page = read(pages, name)
    source = "\n".join(
        cell.source for cell in build.read_kept(name).cells if cell.cell_type == "markdown")
    assert page.count('display="block"') - page.count('math[display="block"]') == (
        source.count("$$") // 2)
    assert not re.search(r"FORMULA\d", page)
    for formula in re.findall("<math.*?</math>", page, re.DOTALL):
        assert not re.search(">(&|&amp;|&#x00026;|\\\\.*)</", formula), formula  # not understood
    assert source.count("begin{aligned}") == page.count('<mtable displaystyle="true"')
    texts = re.sub(r"<(pre|style|script)\b.*?</\1>|<code>.*?</code>", "", page, flags=re.DOTALL)
    assert "$" not in texts and "\\frac" not in texts
    if name in ("05_backward", "06_attention_backward"):
        assert source.count("$$") // 2 >= 7


def test_the_window_without_scripts(pages):
    """A table of all rows: block, columns of the window, keys, as led.windows has them"""
    page = read(pages, "02_band")
    steps = page[page.index(' class="steps"') : page.index("<script>")]
    rows = [re.findall("<td>(.*?)</td>", row) for row in re.findall("<tr>(.*?)</tr>", steps)[1:]]
    S, W, C, tokens, seen = rows_of_windows(page)
    assert len(rows) == S and [row[1] for row in rows] == [html.escape(token) for token in tokens]
    padded = W * ["pad"] + tokens + W * ["pad"]
    for i, (row, _, block, columns, places, keys) in enumerate(rows):
        first, stop = int(columns.split(" to ")[0]), int(columns.split(" to ")[1]) + 1
        found = list(seen[int(block), first:stop])
        assert int(row) == i and found == list(range(i, i + 2 * W + 1))  # W keys on either side
        assert first == i % C and int(block) == i // C
        assert places == f"{found[0]} to {found[-1]}"
        assert html.unescape(keys).split() == [padded[place] for place in found]


def rows_of_windows(page):
    """S, W, C, the tokens, and (N, C + 2W) the padded rows in led.windows: by led.py"""
    data = json.loads(re.search(r"data = (\{.*?\});\n", page)[1])
    tokens, W, C = data["tokens"], data["W"], data["C"]
    S = len(tokens)
    seen = led.windows(np.arange(S + 2 * W)[:, None], C, W)[:, :, 0]
    assert data["windows"] == seen.tolist() and S % C == 0
    return S, W, C, tokens, seen


def test_formulas_leave_code_alone(build):
    import nbformat

    text = "`a $x$ b` costs $x^2$\n\n```\n$$ no $$\n```\n\n$$\n\\sum_i x_i\n$$\n"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text)])
    formulas = build.set_formulas(notebook)
    (first, inline), (second, block) = formulas.items()
    assert notebook.cells[0].source == (
        f"`a $x$ b` costs {first}\n\n```\n$$ no $$\n```\n\n{second}\n")
    assert "<msup>" in inline and 'display="inline"' in inline
    assert "<munder>" in block or "<msub>" in block and 'display="block"' in block


def explored(pages):
    """What the page to explore has: the document's words, and of each question its words with those
    of the document, its G, and its bytes (layers, G + S, G) and (layers, T, G + S)"""
    data = json.loads(re.search('id="data">(.*?)</script>', read(pages, "explore"), re.DOTALL)[1])
    document = [word.strip() for word in data["words"]]
    for question in data["questions"]:
        G, T = len(question["words"]), len(question["answer"])
        question["all"] = question["words"] + document
        shapes = (("encoder", (G + len(document), G)), ("decoder", (T, G + len(document))))
        for side, shape in shapes:
            numbers = np.frombuffer(base64.b64decode(question[side]), np.uint8)
            question[side] = numbers.reshape(-1, *shape).astype(int)
        assert len(question["encoder"]) == 3 and len(question["decoder"]) == 2
    return data


def test_the_page_to_explore(pages, build):
    """One small file without a server; its numbers are those of led.py, to a byte each"""
    page = read(pages, "explore")
    assert len(page.encode()) < 2e6
    assert 'src="' not in page and "@import" not in page and "fetch(" not in page
    data = explored(pages)
    chronicle = (NOTEBOOKS.parent / "chronicles" / "chronicle.txt").read_text(encoding="utf-8")
    words, S = data["words"], len(data["words"])
    assert words[0] == "</s>" and words[-1] == "</s>"
    assert "".join(words[1:-1]).strip() == chronicle.strip()
    answers = [" ".join(question["answer"]) for question in data["questions"]]
    assert answers == ["Upper Marling", "Ivo Kemp", "seventy six", "winter of 1346", "dark red",
                       "</s>"]  # fmt: skip

    folder = NOTEBOOKS.parent / "chronicles" / "model"
    model = led.LEDForConditionalGeneration.from_pretrained(folder)
    tokenizer = bpe.LEDTokenizer.from_pretrained(folder)
    question = data["questions"][1]
    ids, asked, _ = question_inputs(tokenizer, list(build.QUESTIONS)[1], chronicle, limit=16384)
    G = int(asked.sum())
    assert len(question["words"]) == G and ids.shape[1] == G + S
    answer = tokenizer(" Ivo Kemp", add_special_tokens=False)["input_ids"]
    out = model(ids, global_attention_mask=asked, decoder_input_ids=[[2, *answer]],
                output_attentions=True)  # fmt: skip
    for layer, found in enumerate(question["encoder"]):
        local, of_question = out.encoder_attentions[layer][0], out.encoder_global_attentions[layer]
        assert np.abs(found[G:] / 255 - local[:, G:, :G].max(axis=0)).max() < 0.5 / 255 + 1e-5
        # (H, keys, queries), of the question's tokens, which see each other by projections apart
        expected = of_question[0, :, :G].max(axis=0).T
        assert np.abs(found[:G] / 255 - expected).max() < 0.5 / 255 + 1e-5
    for layer, found in enumerate(question["decoder"]):
        expected = out.cross_attentions[layer][0, :, : len(answer)].max(axis=0)
        assert np.abs(found / 255 - expected).max() < 0.5 / 255 + 1e-5


def test_captions_say_what_is_so(pages):
    """Every number and word of every caption, for every question, read off the page's numbers"""
    data = explored(pages)
    for question in data["questions"]:
        words, G = question["all"], len(question["words"])
        for layer, attention in enumerate(question["encoder"]):
            caption = question["captions"][f"encoder {layer}"]
            itself, followed = caption.split(". So many words")
            claims = re.findall("“([^”]+)” ([0-9]+) of ([0-9]+) times", itself)
            assert {word for word, _, _ in claims} == {
                word for word in words[:G] if word.isalpha() and word in words[G:]}
            for word, count, places in claims:
                column = attention[G:, words.index(word)]
                here = np.array([other == word for other in words[G:]])
                assert (int(count), int(places)) == ((column[here] >= 128).sum(), here.sum())
            counts = sorted((attention[G:] >= 128).sum(axis=0), reverse=True)
            claims = re.findall("“([^”]+)” ([0-9]+)", followed)
            assert [int(count) for _, count in claims] == [n for n in counts[:3] if n]
            for word, count in claims:
                columns = [g for g in range(G) if words[g] == word]
                assert int(count) in [(attention[G:, g] >= 128).sum() for g in columns]
        for layer, attention in enumerate(question["decoder"]):
            caption = question["captions"][f"decoder {layer}"]
            claims = re.findall(
                "writing “([^”]+)”, ([0-9]+)% on “([^”]+)” in the (question|document)", caption)
            assert [claim[0] for claim in claims] == question["answer"]
            for row, (_, percent, word, where) in zip(attention, claims):
                assert abs(row.max() / 2.55 - int(percent)) <= 0.5
                part = words[:G] if where == "question" else words[G:]
                numbers = row[:G] if where == "question" else row[G:]
                assert word in [part[i] for i in np.flatnonzero(numbers == row.max())]


def test_what_the_page_says_of_all_questions(pages):
    """How many words look at the question in which layer; the words of the answers"""
    page = " ".join(read(pages, "explore").split())
    assert "where 49 to 69% of the document's words look at one of the question's" in page
    assert "in layer 0 no more than 5% do and in layer 2 no more than 1%" in page
    assert "reads every word of an answer where it stands, layer 0 none" in page
    reading = np.zeros((2, 2), int)  # layer, whether it reads the word
    for question in explored(pages)["questions"]:
        words, G = question["all"], len(question["words"])
        ends = {0, *(i for i, word in enumerate(question["words"]) if word == "</s>")}
        inner = [i for i in range(G) if i not in ends]
        looking = [(layer[G:, inner] >= 128).any(axis=1).mean() for layer in question["encoder"]]
        assert looking[0] < 0.05 and 0.49 < looking[1] < 0.69 and looking[2] < 0.015
        for layer, attention in enumerate(question["decoder"]):
            for word, row in zip(question["answer"], attention):
                if word != "</s>":
                    reads = any(words[place] == word for place in np.flatnonzero(row >= 128))
                    reading[layer, int(reads)] += 1
    assert reading.tolist() == [[11, 0], [0, 11]]


# ------------------------------------------------------------------------------------------------
# In a browser
# ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser():
    webdriver = pytest.importorskip("selenium.webdriver", reason="pip install selenium")
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser",
                                                    "google-chrome"))), None)  # fmt: skip
    chromedriver = shutil.which("chromedriver")
    if not chromium or not chromedriver:
        pytest.skip("there is no Chromium: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in ("--headless=new", "--disable-gpu", "--hide-scrollbars"):
        options.add_argument(argument)
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # which it cannot have as root
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options,
                              service=webdriver.ChromeService(executable_path=chromedriver))
    yield driver
    driver.quit()


def look(browser, path, width=1280, scheme="light"):
    """Opens a page at a width, light or dark."""
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
        "features": [{"name": "prefers-color-scheme", "value": scheme}]})
    browser.get(path.as_uri())


def element(browser, selector):
    return browser.find_element("css selector", selector)


def number(browser, selector):
    return int(element(browser, selector).text.replace(",", ""))


def set_slider(browser, name, value):
    """Moves a slider with the keyboard."""
    from selenium.webdriver.common.keys import Keys

    slider = element(browser, f"#{name}")
    for _ in range(60):
        at = int(slider.get_property("value"))
        if at == value:
            return
        slider.send_keys(Keys.ARROW_RIGHT if at < value else Keys.ARROW_LEFT)
    raise AssertionError(f"{name} stays at {at}")


def settings_of(browser):
    return [int(element(browser, f"#{name}").get_property("value"))
            for name in ("window", "layers", "length")]  # fmt: skip


def spread(S, W, layers, is_global):
    """By led.py: (layers + 1, S, S), whether token i's state after some layers changes when the
    embedding of token j is moved"""
    config = led.LEDConfig(
        vocab_size=9, d_model=6, encoder_layers=layers, decoder_layers=1, dropout=0.0,
        encoder_attention_heads=2, decoder_attention_heads=1, encoder_ffn_dim=8,
        decoder_ffn_dim=4, attention_window=2 * W, max_encoder_position_embeddings=S,
        max_decoder_position_embeddings=4, init_std=0.5)  # fmt: skip
    model = led.LEDModel(config, seed=0, dtype=np.float64)
    embeds = np.random.default_rng(0).standard_normal((S + 1, S, 6))
    embeds[1:] = embeds[0]
    embeds[np.arange(1, S + 1), np.arange(S), 0] += 1
    mask = np.tile(is_global.astype(int), (S + 1, 1))
    out = model.encode(inputs_embeds=embeds, output_hidden_states=True,
                       global_attention_mask=mask if is_global.any() else None)  # fmt: skip
    states = np.array(out.hidden_states)  # (layers + 1, S + 1, S, E)
    return (np.abs(states[:, 1:] - states[:, :1]).max(axis=-1) > 0).swapaxes(1, 2)


@pytest.mark.parametrize("W, layers, length, pressed, chosen", [
    (2, 3, 24, [0], 12), (1, 2, 11, [], 4), (3, 1, 17, [0, 9], 16), (1, 5, 13, [], 0),
    (4, 2, 9, [5], 5)])  # fmt: skip
def test_the_pattern_is_that_of_led(browser, pages, W, layers, length, pressed, chosen):
    """Sliders and tokens, by keyboard: what a token reads, what reaches it, and the counts"""
    from selenium.webdriver.common.keys import Keys

    look(browser, pages / "explore.html")
    for name, value in (("window", W), ("layers", layers), ("length", length)):
        set_slider(browser, name, value)
        assert element(browser, f"#{name}-value").text == str(value)
    tokens = browser.find_elements("css selector", "#tokens button")
    assert len(tokens) == length
    for token in {0}.symmetric_difference(pressed):  # at the start token 0 is global
        tokens[token].send_keys(Keys.ENTER)
    browser.execute_script("arguments[0].focus()", tokens[chosen])

    is_global = np.isin(np.arange(length), pressed)
    changed = spread(length, W, layers, is_global)
    states = [token.get_attribute("aria-pressed") == "true" for token in tokens]
    assert states == list(is_global)
    reads = [token.get_attribute("data-reads") == "1" for token in tokens]
    assert reads == list(changed[1, chosen])
    needed = [token.get_attribute("data-layers") for token in tokens]
    for j in range(length):
        reached = np.flatnonzero(changed[:, chosen, j])
        assert int(needed[j]) == reached[0] if len(reached) else int(needed[j]) > layers
        colours = tokens[j].get_attribute("class").split()
        assert ("far" in colours) == (len(reached) > 0 and not reads[j])
    assert number(browser, "#pairs") == changed[1].sum()
    assert number(browser, "#all-pairs") == length**2
    assert element(browser, "#share").text == f"{changed[1].sum() / length**2:.1%}"
    text = element(browser, "#reading").text
    assert f"reads {sum(reads)} of {length} tokens" in text
    assert f"{changed[layers, chosen].sum()} of {length} have reached it" in text

    classes = ("return [...document.querySelectorAll(arguments[0])].map("
               "(cell) => cell.className.baseVal.trim())")  # fmt: skip
    cells = browser.execute_script(classes, "#matrix rect")
    drawn = np.array([bool({"band", "column", "row"} & set(cell.split())) for cell in cells])
    assert (drawn.reshape(length, length) == changed[1]).all()
    framed = np.array(["chosen" in cell for cell in cells]).reshape(length, length)
    assert framed[chosen].all() and framed.sum() == length
    cells = browser.execute_script(classes, "#cone rect")
    drawn = np.array([cell != "cell" for cell in cells])
    assert (drawn.reshape(layers + 1, length) == changed[:, chosen]).all()


def test_tokens_by_mouse_and_keyboard(browser, pages):
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.keys import Keys

    look(browser, pages / "explore.html")
    tokens = browser.find_elements("css selector", "#tokens button")
    before = number(browser, "#pairs")
    ActionChains(browser).move_to_element(tokens[3]).perform()
    assert "Token 3 reads" in element(browser, "#reading").text
    tokens[3].click()
    assert tokens[3].get_attribute("aria-pressed") == "true"
    assert number(browser, "#pairs") > before
    tokens[3].send_keys(Keys.ARROW_RIGHT)
    assert browser.switch_to.active_element == tokens[4]
    assert "Token 4 reads" in element(browser, "#reading").text
    tokens[4].send_keys(Keys.ARROW_LEFT)
    browser.switch_to.active_element.send_keys(Keys.SPACE)
    assert tokens[3].get_attribute("aria-pressed") == "false"
    assert number(browser, "#pairs") == before
    row = browser.find_elements("css selector", "#matrix rect")[24 * 20]
    ActionChains(browser).move_to_element(row).perform()
    assert "Token 20 reads" in element(browser, "#reading").text
    ActionChains(browser).move_to_element(element(browser, "h1")).perform()
    set_slider(browser, "length", 15)  # the chosen token is gone
    assert "Token 14 reads" in element(browser, "#reading").text


def test_a_global_token_reads_green(browser, pages):
    """Token 0 is global at the start: what it reads has the legend's colour for that, everywhere"""
    look(browser, pages / "explore.html")
    browser.execute_script("arguments[0].focus()", element(browser, "#tokens button"))
    legend = element(browser, ".key[style*='--row']").value_of_css_property("background-color")
    tokens = browser.find_elements("css selector", "#tokens button")
    assert {token.value_of_css_property("background-color") for token in tokens} == {legend}
    fills = browser.execute_script(
        "return ['#matrix rect', '#cone rect'].map((cells) => [...document.querySelectorAll(cells)]"
        ".map((cell) => getComputedStyle(cell).fill))")  # fmt: skip
    rgb = re.findall(r"\d+", legend)[:3]
    assert all(re.findall(r"\d+", fill)[:3] == rgb for fill in fills[0][:24])  # the first row
    for layer in range(1, 4):
        cells = fills[1][24 * layer : 24 * layer + 24]
        assert all(re.findall(r"\d+", fill)[:3] == rgb for fill in cells)


def test_the_model_at_work(browser, pages):
    """By keyboard through questions, views and words: strongest places, text, captions, numbers"""
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.select import Select

    look(browser, pages / "explore.html")
    data = explored(pages)
    first = data["questions"][0]

    def pressed():
        chips = browser.find_elements("css selector", "#chips button")
        return [chip.text for chip in chips if chip.get_attribute("aria-pressed") == "true"]

    def check_strongest(question, numbers):
        buttons = browser.find_elements("css selector", "#strongest button")
        places = [int(button.get_attribute("data-place")) for button in buttons]
        assert places == list(np.argsort(-numbers, kind="stable")[:6])
        assert [button.text for button in buttons] == [
            f"{question['all'][place]} {numbers[place] / 255:.0%}" for place in places]
        return buttons, places

    assert number(browser, "#words-count") == len(data["words"])
    assert element(browser, "#answer").text == "Upper Marling"
    assert "The silver key could be seen at Upper Marling" in element(browser, "#text").text
    chips = browser.find_elements("css selector", "#chips button")
    assert [chip.text for chip in chips] == ["any"] + first["words"] and pressed() == ["silver"]
    check_strongest(first, first["encoder"][1][:, 4])

    chips[6].send_keys(Keys.ENTER)  # the word "key"
    buttons, places = check_strongest(first, first["encoder"][1][:, 5])
    buttons[3].send_keys(Keys.ENTER)
    place = 1 + places[3] - number(browser, "#place-value")
    shown = element(browser, f"#text span:nth-child({place})")
    assert shown.text.strip() == first["all"][places[3]]
    element(browser, "#place").send_keys(Keys.HOME)  # the question's own words come first
    spans = browser.find_elements("css selector", "#text span.asked")
    assert [span.text.strip() for span in spans] == first["words"]

    Select(element(browser, "#view")).select_by_value("decoder 0")
    assert pressed() == ["Upper"]
    check_strongest(first, first["decoder"][0][0])
    Select(element(browser, "#view")).select_by_value("decoder 1")
    chips = browser.find_elements("css selector", "#chips button")
    assert [chip.text for chip in chips] == ["any", "Upper", "Marling"]
    chips[2].send_keys(Keys.ENTER)
    assert element(browser, "#strongest button").text.startswith("Marling ")
    Select(element(browser, "#view")).select_by_value("encoder 1")
    for i, question in enumerate(data["questions"]):  # each at its word, with its captions
        Select(element(browser, "#question")).select_by_value(str(i))
        assert pressed() == [question["words"][question["start"]]]
        assert element(browser, "#text").text
        for view, caption in question["captions"].items():
            Select(element(browser, "#view")).select_by_value(view)
            assert element(browser, "#meaning").text == caption
        Select(element(browser, "#view")).select_by_value("encoder 1")
    element(browser, "#question").send_keys(Keys.HOME)
    element(browser, "#question").send_keys(Keys.ARROW_DOWN)
    assert element(browser, "#answer").text == "Ivo Kemp" and pressed() == ["silver"]
    assert "nobody but Ivo Kemp could have made the silver key" in element(browser, "#text").text
    before = number(browser, "#place-value")
    element(browser, "#place").send_keys(Keys.ARROW_RIGHT)
    assert number(browser, "#place-value") == before + 1
    ink = "return document.getElementById('map').toDataURL()"
    drawn = browser.execute_script(ink)
    element(browser, "#question").send_keys(Keys.ARROW_DOWN)
    assert browser.execute_script(ink) != drawn


def texts_of(browser, selector):
    return browser.execute_script(
        "return [...document.querySelectorAll(arguments[0])].map((text) => text.textContent)",
        selector)  # fmt: skip


def test_the_views_of_memory(browser, pages):
    """Step by step by keyboard: the cells that led.diagonals reads, the sums of windows_backward"""
    from selenium.webdriver.common.keys import Keys

    look(browser, pages / "explore.html")
    block = np.arange(32).reshape(4, 8)
    view = led.diagonals(block, 2)  # (C, 2W + 1)
    box = element(browser, "#diagonals")
    browser.execute_script("arguments[0].focus()", box)
    for step, read in enumerate(view.ravel()):
        words = element(browser, "#diagonals .words").text
        row, column = divmod(step, 5)
        assert words.startswith(f"Row {row}, column {column} of the view is cell {read} of memory")
        numbers = texts_of(browser, "#diagonals .grids text")
        assert numbers[:32] == [str(cell) for cell in range(32)]
        assert numbers[32:] == [str(cell) for cell in view.ravel()[: step + 1]] + [""] * (19 - step)
        cells = browser.execute_script(
            "return [...document.querySelectorAll('#diagonals .memory rect')].map("
            "(cell) => cell.className.baseVal.trim())")  # fmt: skip
        assert [place for place, kind in enumerate(cells) if kind == "cell column"] == [read]
        assert {place for place, kind in enumerate(cells) if kind == "cell band"} == set(
            view.ravel()[:step])
        box.send_keys(Keys.ARROW_RIGHT)
    assert box.get_attribute("data-step") == "19"  # there is none after the last
    box.send_keys(Keys.HOME)
    assert box.get_attribute("data-step") == "0"

    box = element(browser, "#folding")
    for step in range(4):
        dwindows = (np.arange(3) < step)[:, None, None] * np.ones((3, 8, 1))
        sums = led.windows_backward(dwindows, 4)[:, 0]
        assert texts_of(browser, "#folding .grids text")[24:] == [str(int(n)) for n in sums]
        words = element(browser, "#folding .words").text
        if (sums == 2).any():
            assert f"{(sums == 2).sum()} rows hold the gradients of two windows" in words
        if step:
            assert f"Window {step - 1} is added to rows {4 * step - 4} to {4 * step + 3}." in words
        box.send_keys(Keys.ARROW_RIGHT)
    buttons = browser.find_elements("css selector", "#folding button")
    assert [button.is_enabled() for button in buttons[:2]] == [True, False]
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", buttons[0])
    buttons[0].click()
    assert box.get_attribute("data-step") == "2"


@pytest.mark.parametrize("name", ["diagonals", "folding"])
def test_motion_where_it_is_wanted(browser, pages, name):
    """"play" moves on step by step, a key stops it; where less motion is wanted there is no such
    button, and nothing moves"""
    import time

    from selenium.webdriver.common.keys import Keys

    def step():
        return int(element(browser, f"#{name}").get_attribute("data-step"))

    look(browser, pages / "explore.html")
    play = browser.find_elements("css selector", f"#{name} button")[2]
    assert step() == 0 and play.is_displayed()
    play.send_keys(Keys.ENTER)
    deadline = time.monotonic() + 20
    while step() < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert step() >= 2
    element(browser, f"#{name}").send_keys(Keys.ARROW_LEFT)
    assert play.text == "play"
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
        "features": [{"name": "prefers-reduced-motion", "value": "reduce"}]})
    browser.get((pages / "explore.html").as_uri())
    play = browser.find_elements("css selector", f"#{name} button")[2]
    assert not play.is_displayed() and step() == 0
    element(browser, f"#{name}").send_keys(Keys.ARROW_RIGHT)
    assert step() == 1


def test_drawing_is_folded(browser, pages):
    """The figure is there, its code is not, until it is asked for by keyboard or mouse"""
    from selenium.webdriver.common.keys import Keys

    look(browser, pages / "08_generation.html", width=390)
    for place, details in enumerate(browser.find_elements("css selector", "details.folded")):
        code, summary = (details.find_element("css selector", one) for one in ("pre", "summary"))
        assert not code.is_displayed() and summary.is_displayed()
        for shown in (True, False):
            if place % 2:
                browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", summary)
                summary.click()
            else:
                summary.send_keys(Keys.ENTER)
            assert code.is_displayed() == shown
    image = element(browser, "img[alt^='Five columns of eight boxes']")
    assert image.is_displayed() and image.size["width"] > 330


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_window_is_stepped_through(browser, pages, width, scheme):
    """By keyboard and by mouse: the row, the keys that it reads, and where they are in the view"""
    from selenium.webdriver.common.keys import Keys

    look(browser, pages / "02_band.html", width, scheme)
    S, W, C, tokens, seen = rows_of_windows(read(pages, "02_band"))
    box = element(browser, ".steps")
    previous, forward = browser.find_elements("css selector", ".steps button")
    assert not browser.find_elements("css selector", ".steps table")  # for those without scripts

    def shown():
        """What is coloured, in both rows of cells"""
        return browser.execute_script(
            "return ['.tokens', '.view'].map((row) => [...document.querySelectorAll("
            "`.steps ${row} span`)].map((cell) => cell.className))")

    def check(i):
        block, row = divmod(i, C)
        keys = list(seen[block, row : row + 2 * W + 1])
        above, below = shown()
        assert [place for place, kind in enumerate(above) if "query" in kind] == [i + W]
        assert [place for place, kind in enumerate(above) if "read" in kind] == keys
        assert [place for place, kind in enumerate(above) if kind] == list(seen[block])
        cells = np.array(below).reshape(seen.shape)
        assert [tuple(cell) for cell in np.argwhere(cells == "read")] == [
            (block, column) for column in range(row, row + 2 * W + 1)]
        assert (cells[block] != "").all() and (np.delete(cells, block, axis=0) == "").all()
        words = element(browser, ".steps p").text
        assert words.startswith(f"Row {i}, “{tokens[i]}”, is row {row} of block {block}.")
        assert f"padded rows {keys[0]} to {keys[-1]}" in words
        assert (previous.is_enabled(), forward.is_enabled()) == (i > 0, i < S - 1)

    check(0)
    browser.execute_script("arguments[0].focus()", box)
    for i in range(1, S):
        browser.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
        check(i)
    box.send_keys(Keys.ARROW_RIGHT)  # there is no row after the last
    check(S - 1)
    box.send_keys(Keys.ARROW_LEFT)
    check(S - 2)
    box.send_keys(Keys.HOME)
    check(0)
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", forward)
    forward.click()
    forward.click()
    check(2)
    previous.click()
    check(1)
    read_cell, other = (element(browser, f".steps .view {kind}") for kind in
                        ("span.read", "span:not([class]), span[class='']"))  # fmt: skip
    colours = [one.value_of_css_property("background-color") for one in (read_cell, other)]
    assert colours[0] != colours[1]
    inside = browser.execute_script(
        "const edge = arguments[0].getBoundingClientRect().right;"
        "return [...arguments[0].querySelectorAll('*')].every("
        "(part) => part.getBoundingClientRect().right <= edge + 1)", box)
    assert inside


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", [*NAMES, "index", "explore", "teaching"])
def test_fits_the_screen(browser, pages, name, width, scheme):
    """Nothing sticks out to the side, no error in the console, text that stands out"""
    look(browser, pages / f"{name}.html", width, scheme)
    shown = browser.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
    assert shown == [width, width]
    assert not [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    colours = browser.execute_script(
        "const style = getComputedStyle(document.body);"
        "return [style.color, style.backgroundColor]")
    text, page = (np.mean(list(map(int, re.findall(r"\d+", colour)[:3]))) for colour in colours)
    assert (text - page > 150) if scheme == "dark" else (page - text > 150)
    formulas = browser.execute_script(  # of several lines: room between them, and none cut off
        "return [...document.querySelectorAll('math:has(mtable)')].map((formula) => ["
        "formula.scrollWidth - formula.clientWidth,"
        "parseFloat(getComputedStyle(formula.querySelector('mtd')).paddingTop)])")
    assert all(over <= 0 and room >= 4 for over, room in formulas), formulas
    if name in NAMES:
        scrolls = browser.execute_script(
            "return [...document.querySelectorAll('.input_area pre')].filter("
            "(block) => block.scrollWidth > block.clientWidth).length")
        assert (scrolls > 0) == (width == 390)  # lines of 100 columns fit a screen
