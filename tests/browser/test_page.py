"""The page in a real browser: drawing, answers, loading, failures, and the people and hosts it has to suit."""

import gzip
import io
import re
from collections.abc import Iterator

import numpy as np
import pytest
from matplotlib import image
from playwright.sync_api import CDPSession, Page, Request, Route, expect
from stage import DIGITS, Stroke, change_worker, draw, line, on_screen, press, wait_answered, wait_ready, wait_until

import build

WASM = "**/{python.hot,pyodide.asm}.wasm"  # what Python starts from, with its snapshot and without
NUMPY = next(file.name for file in build.FILES if file.name.startswith("numpy-"))
WITHOUT_SNAPSHOT = ("numpy", "pyodide.asm", "python_stdlib")  # what is only then fetched before the first answer
PHONE = {"viewport": {"width": 360, "height": 640}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}


def sequence(page: Page) -> int:
    return int(page.locator("#answer").get_attribute("data-seq") or 0)


def ink_strokes(page: Page) -> int:
    """How many strokes the pad holds, as undo sees it: pressed until the pad is blank."""
    count = 0
    while page.locator("#sheet.blank").count() == 0:
        page.locator("#undo").click()
        count += 1
    return count


# Drawing and answers


@pytest.mark.parametrize("digit", DIGITS)
def test_reads_a_digit_drawn_with_the_mouse(page: Page, digit: int) -> None:
    draw(page, DIGITS[digit])
    assert wait_answered(page) == digit
    assert float(page.locator("#answer").get_attribute("data-confidence") or 0) > 0.7
    expect(page.locator("#answer .digit")).to_have_text(str(digit))


def test_answers_come_from_the_kernels(page: Page) -> None:
    expect(page.locator("#answer")).to_have_attribute("data-backend", "wasm")
    expect(page.locator("#status .stage")).to_contain_text("WebAssembly")


def test_predicts_while_the_pen_is_down(page: Page) -> None:
    before = sequence(page)
    press(page, DIGITS[3][0])
    assert wait_answered(page) == 3
    assert sequence(page) > before


def test_each_finished_prediction_is_counted_once(page: Page) -> None:
    before = sequence(page)
    page.evaluate("strokes => kerata.predictStrokes(strokes)", DIGITS[7])
    assert sequence(page) == before + 1


def test_ten_bars_show_the_probabilities(page: Page) -> None:
    draw(page, DIGITS[7])
    wait_answered(page)
    bars = page.locator("#bars li")
    assert [text[0] for text in bars.all_inner_texts()] == list("0123456789")
    shares = [float(text.rstrip("%")) for text in page.locator("#bars .share").all_inner_texts()]
    assert sum(shares) == pytest.approx(100, abs=0.6)
    assert bars.evaluate_all("items => items.findIndex(item => item.classList.contains('best'))") == 7


def test_shows_what_the_network_sees(page: Page) -> None:
    read = "canvas => Array.from(canvas.getContext('2d').getImageData(0, 0, 28, 28).data.filter((_, i) => i % 4 === 0))"
    assert max(page.locator("#seen").evaluate(read)) == 0
    draw(page, DIGITS[1])
    wait_answered(page)
    pixels = page.locator("#seen").evaluate(read)
    inked = [i // 28 for i, value in enumerate(pixels) if value > 64]
    assert max(pixels) == 255
    assert (min(inked), max(inked)) == (4, 23), "MNIST's digits are 20 pixels tall, in the middle of 28"


def test_a_blank_pad_has_no_digit(page: Page) -> None:
    answer = page.locator("#answer")
    expect(answer).to_have_attribute("data-digit", "")
    expect(answer).to_have_attribute("aria-busy", "false")
    nothing = {"digit": None, "verdict": None, "probabilities": None}
    assert page.evaluate("kerata.predictStrokes([])") == nothing
    assert page.evaluate("kerata.predictStrokes([[]])") == nothing


def test_clear_takes_ink_and_answer_away(page: Page) -> None:
    draw(page, DIGITS[4])
    wait_answered(page)
    page.locator("#clear").click()
    assert wait_answered(page) is None
    assert ink_strokes(page) == 0
    assert set(page.locator("#bars .share").all_inner_texts()) == {""}


def test_undo_brings_the_previous_answer_back(page: Page) -> None:
    draw(page, DIGITS[1])
    wait_answered(page)
    before = page.locator("#answer").get_attribute("data-confidence")
    draw(page, [line((0.2, 0.25), (0.5, 0.2)), line((0.25, 0.8), (0.75, 0.8))])
    wait_answered(page)
    page.locator("#undo").click()
    page.locator("#undo").click()
    assert wait_answered(page) == 1
    assert page.locator("#answer").get_attribute("data-confidence") == before
    page.locator("#undo").click()
    assert wait_answered(page) is None


def test_redo_brings_again_what_undo_took_back(page: Page) -> None:
    redo = page.locator("#redo")
    draw(page, DIGITS[4])
    for _ in range(2):
        page.locator("#undo").click()
    assert wait_answered(page) is None
    for _ in DIGITS[4]:
        redo.click()
    assert wait_answered(page) == 4
    page.locator("#undo").click()
    draw(page, [line((0.2, 0.2), (0.2, 0.8))])
    redo.click()  # after new ink there is nothing to bring again
    assert ink_strokes(page) == 2


def test_undo_takes_back_clear(page: Page) -> None:
    draw(page, DIGITS[7])
    page.locator("#clear").click()
    page.locator("#clear").click()  # a blank pad is cleared already
    page.locator("#undo").click()
    assert wait_answered(page) == 7
    page.locator("#redo").click()
    assert wait_answered(page) is None


def test_a_scribble_is_said_to_be_no_digit(page: Page) -> None:
    draw(page, [line(*((0.2 if turn % 2 else 0.8, 0.3 + 0.05 * turn) for turn in range(9)))])
    wait_answered(page)
    expect(page.locator("#answer")).to_have_attribute("data-verdict", "none")
    expect(page.locator("#answer .digit")).to_have_text("?")
    expect(page.locator("#answer .verdict")).to_have_text("That doesn’t look like a digit")
    expect(page.locator("#announcer")).to_have_text("That doesn’t look like a digit.")


def between_4_and_9(opening: float) -> list[Stroke]:
    """From a 9, closed at its top, to a 4, as open as the number says."""
    return [line((0.62 - opening, 0.2), (0.35, 0.4), (0.62, 0.5)), line((0.63, 0.2), (0.6, 0.85))]


def test_a_doubtful_digit_is_named_with_what_else_it_may_be(page: Page) -> None:
    # Far from both thresholds, for the mouse moves by whole pixels: too much doubt, and it is no digit.
    drawings = [between_4_and_9(step / 100) for step in range(0, 30, 2)]
    answers = [page.evaluate("strokes => kerata.predictStrokes(strokes)", drawing) for drawing in drawings]
    doubtful = [place for place, answer in enumerate(answers) if answer["verdict"] == "maybe"]
    draw(page, drawings[min(doubtful, key=lambda place: abs(max(answers[place]["probabilities"]) - 0.7))])
    digit = wait_answered(page)
    assert digit in (4, 9)
    other = 13 - digit
    expect(page.locator("#answer")).to_have_attribute("data-verdict", "maybe")
    expect(page.locator("#answer .verdict")).to_have_text(re.compile(rf"^maybe {other} \(\d+\.\d%\)$"))
    expect(page.locator("#announcer")).to_have_text(f"Looks like a {digit}, maybe a {other}.")


def test_an_answer_to_ink_that_is_gone_is_not_shown(page: Page) -> None:
    draw(page, DIGITS[3])
    page.locator("#clear").click()
    # Asked after the drawing and answered in order, so the drawing's own answer is in by then.
    page.evaluate("kerata.predictStrokes([])")
    expect(page.locator("#answer")).to_have_attribute("data-digit", "")


def test_automation_reads_strokes_as_if_they_were_drawn(page: Page) -> None:
    draw(page, DIGITS[4])
    wait_answered(page)
    answer = page.evaluate("strokes => kerata.predictStrokes(strokes)", DIGITS[4])
    assert answer["digit"] == 4
    assert sum(answer["probabilities"]) == pytest.approx(1, abs=1e-5)
    drawn = float(page.locator("#answer").get_attribute("data-confidence") or 0)
    assert answer["probabilities"][4] == pytest.approx(drawn, abs=0.02), "the mouse moves by whole pixels"


def test_automation_may_ask_for_several_at_once(page: Page) -> None:
    digits = list(DIGITS)
    answers = page.evaluate(
        "all => Promise.all(all.map(strokes => kerata.predictStrokes(strokes)))", [DIGITS[digit] for digit in digits]
    )
    assert [answer["digit"] for answer in answers] == digits


def test_size_and_place_of_the_drawing_do_not_matter(page: Page) -> None:
    ask = "strokes => kerata.predictStrokes(strokes)"
    small = [[(0.8 + x / 10, 0.1 + y / 10) for x, y in stroke] for stroke in DIGITS[7]]
    large, little = (page.evaluate(ask, strokes)["probabilities"] for strokes in (DIGITS[7], small))
    assert little == pytest.approx(large, abs=0.01)


# Pictures instead of drawings


def png(grey: np.ndarray) -> bytes:
    data = io.BytesIO()
    image.imsave(data, grey, cmap="gray", vmin=0, vmax=1, format="png")
    return data.getvalue()


def open_picture(page: Page, name: str, data: bytes, kind: str = "image/png") -> None:
    page.locator("#picture").set_input_files({"name": name, "mimeType": kind, "buffer": data})


def test_a_picture_is_opened_shown_and_read(page: Page, article_three) -> None:
    paper = 0.8 - 0.6 * np.kron(np.pad(article_three, 20), np.ones((12, 12)))
    open_picture(page, "three.png", png(paper))
    page.locator("#answer:not([data-digit=''])").wait_for()
    assert wait_answered(page) == 3
    expect(page.locator("#sheet")).not_to_have_class("blank")
    draw(page, DIGITS[7])
    assert wait_answered(page) == 7, "who draws wants the drawing read"
    page.locator("#undo").click()
    assert wait_answered(page) == 3, "the picture is there again"
    page.locator("#undo").click()
    assert wait_answered(page) is None
    page.locator("#redo").click()
    assert wait_answered(page) == 3


def test_a_refused_file_changes_nothing_but_says_why(page: Page) -> None:
    draw(page, DIGITS[7])
    wait_answered(page)
    notice = page.get_by_role("status").and_(page.locator(".notice"))
    for name in ("a.txt", "a.png"):
        open_picture(page, name, b"seven", "image/png" if name == "a.png" else "text/plain")
        expect(notice).to_have_text(f"{name} is not a picture that this browser can read: try a PNG or JPEG file.")
        assert wait_answered(page) == 7
        expect(page.locator("html")).to_have_attribute("data-state", "ready")
        expect(page.locator("#status .error")).to_be_hidden()
    draw(page, [DIGITS[7][0][:12]])
    expect(notice).to_be_empty()
    assert ink_strokes(page) == 2


@pytest.mark.parametrize("ground", [0.0, 0.9])
def test_nothing_found_in_a_picture_is_said(page: Page, ground: float) -> None:
    draw(page, DIGITS[7])
    wait_answered(page)
    open_picture(page, "empty.png", png(np.full((60, 50), ground)))
    expect(page.locator("#answer .verdict")).to_have_text("Nothing found in this picture")
    assert wait_answered(page) is None
    expect(page.locator("#announcer")).to_have_text("Nothing found in this picture.")
    assert set(page.locator("#bars .share").all_inner_texts()) == {""}
    page.locator("#clear").click()
    expect(page.locator("#answer .verdict")).to_have_text("Draw a digit to begin")


HOLD = """() => {
  window.held = {};
  window.read = createImageBitmap;
  window.createImageBitmap = async (file) => {
    await new Promise((release) => { held[file.name] = { release }; });
    return read(file);
  };
}"""
# And gives the page the time to do what it would do.
RELEASE = """async (name) => {
  held[name].release();
  await read(new ImageData(1, 1));
  await new Promise((done) => setTimeout(done, 50));
}"""


@pytest.fixture
def held(page: Page) -> Iterator[Page]:
    """A page on which no picture is read before it is released."""
    page.evaluate(HOLD)
    yield page
    page.evaluate("() => { window.createImageBitmap = read; }")


def test_the_last_action_counts_and_not_a_late_picture(held: Page, article_three) -> None:
    page, three = held, png(0.8 - 0.6 * np.kron(np.pad(article_three, 20), np.ones((4, 4))))
    answer, notice = page.locator("#answer"), page.locator("#status .notice")
    open_picture(page, "three.png", three)
    expect(notice).to_have_text("Opening three.png …")
    expect(answer).to_have_attribute("aria-busy", "true")
    draw(page, DIGITS[7])
    expect(notice).to_be_empty()
    page.evaluate(RELEASE, "three.png")
    assert wait_answered(page) == 7
    assert ink_strokes(page) == 1

    open_picture(page, "three.png", three)
    page.locator("#clear").click()
    expect(answer).to_have_attribute("aria-busy", "false")
    page.evaluate(RELEASE, "three.png")
    expect(page.locator("#sheet")).to_have_class("blank")

    open_picture(page, "three.png", three)
    open_picture(page, "empty.png", png(np.ones((9, 9))))
    page.evaluate(RELEASE, "empty.png")
    page.evaluate(RELEASE, "three.png")
    expect(answer).to_have_text("Nothing found in this picture")
    page.locator("#undo").click()
    expect(page.locator("#sheet")).to_have_class("blank")


GIVE = """([how, data, files]) => {
  const given = new DataTransfer();
  for (const [type, text] of Object.entries(data)) given.setData(type, text);
  for (const [name, type, text] of files) given.items.add(new File([text], name, { type }));
  const event = { drop: DragEvent, paste: ClipboardEvent }[how];
  dispatchEvent(new event(how, { dataTransfer: given, clipboardData: given, cancelable: true }));
}"""
SVG_SEVEN = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 12 12">
  <path d="M3 3H9L5 10" fill="none" stroke="black"/></svg>"""
LINK = "https://example.org/7.png"


@pytest.mark.parametrize("how", ["drop", "paste"])
def test_what_is_dropped_or_pasted_is_read_or_answered_with_a_sentence(page: Page, how: str) -> None:
    notice = page.locator("#status .notice")
    elsewhere = "This page loads nothing from other sites: save the picture there, then open its file here."
    no_picture = "That is no picture: open, drop or paste a PNG or JPEG file."
    for data, sentence in (
        ({"text/plain": "seven"}, no_picture),
        ({"text/uri-list": LINK, "text/html": f"<img src={LINK}>"}, elsewhere),
        ({"text/plain": LINK}, elsewhere),
        ({}, no_picture),
    ):
        page.evaluate(GIVE, [how, data, []])
        expect(notice).to_have_text(sentence)
        expect(page.locator("#answer")).to_have_attribute("aria-busy", "false")
    page.evaluate(GIVE, [how, {}, [["a.txt", "text/plain", "seven"], ["7.svg", "image/svg+xml", SVG_SEVEN]]])
    page.locator("#answer:not([data-digit=''])").wait_for()
    assert wait_answered(page) == 7
    expect(notice).to_be_empty()
    page.evaluate(GIVE, [how, {}, [["7.svg", "image/svg+xml", SVG_SEVEN[:80]]]])
    expect(notice).to_contain_text("7.svg is not a picture")
    assert wait_answered(page) == 7


# Pointers


def test_a_stroke_goes_on_outside_the_pad_and_ends_there(page: Page) -> None:
    press(page, line((0.5, 0.3), (0.5, 0.9)))
    page.mouse.move(5, 5)
    page.mouse.up()
    page.mouse.move(*on_screen(page, [(0.5, 0.5)])[0])
    wait_answered(page)
    assert ink_strokes(page) == 1


def test_only_the_main_button_draws(page: Page) -> None:
    page.mouse.move(*on_screen(page, [(0.5, 0.5)])[0])
    page.mouse.down(button="right")
    page.mouse.up(button="right")
    assert ink_strokes(page) == 0


@pytest.mark.parametrize("begins_at", [(0.5, 0.2), (0.2, 0.5)])
def test_selected_text_is_not_dragged_away_by_a_stroke(page: Page, begins_at: tuple[float, float]) -> None:
    page.keyboard.press("Control+a")
    assert page.evaluate("String(getSelection())").startswith("Kerata")
    press(page, line(begins_at, (0.5, 0.5), (0.5, 0.8)))
    page.mouse.move(*on_screen(page, [(0.9, 0.9)])[0])
    assert page.evaluate(EXTENT)[2:] == pytest.approx([0.9, 0.9], abs=0.04), "the stroke goes to where the mouse is"
    page.mouse.up()
    assert ink_strokes(page) == 1


EXTENT = """() => {
  const canvas = document.getElementById('pad');
  const { data, width } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let [left, top, right, bottom] = [1, 1, 0, 0];
  for (let i = 3; i < data.length; i += 4) {
    if (data[i] <= 128) continue;
    const [x, y] = [((i - 3) / 4 % width) / width, Math.floor((i - 3) / 4 / width) / width];
    [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x), Math.max(bottom, y)];
  }
  return [left, top, right, bottom];
}"""  # of the ink, in 0..1


def pen(page: Page, points: Stroke) -> None:
    """One stroke of a pen."""
    session = page.context.new_cdp_session(page)
    pen = {"button": "left", "buttons": 1, "pointerType": "pen", "force": 0.5}
    first, *rest = ({"x": x, "y": y} for x, y in on_screen(page, points))
    session.send("Input.dispatchMouseEvent", {"type": "mousePressed", **pen, **first, "clickCount": 1})
    for point in rest:
        session.send("Input.dispatchMouseEvent", {"type": "mouseMoved", **pen, **point})
    session.send("Input.dispatchMouseEvent", {"type": "mouseReleased", **pen, **rest[-1], "clickCount": 1})


def test_a_pen_draws(page: Page) -> None:
    pen(page, DIGITS[7][0])
    assert wait_answered(page) == 7


def touch(session: CDPSession, kind: str, *points: tuple[float, float]) -> None:
    """The finger with index 0 is the first that came down."""
    fingers = [{"x": x, "y": y, "id": index} for index, (x, y) in enumerate(points)]
    session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})


def drag(session: CDPSession, points: list[tuple[float, float]], end: str = "touchEnd") -> None:
    touch(session, "touchStart", points[0])
    for point in points[1:]:
        touch(session, "touchMove", point)
    touch(session, end)


def test_a_finger_draws_on_a_small_phone_and_the_page_stays_where_it_is(new_page) -> None:
    page = new_page(**PHONE)
    page.goto("")
    wait_ready(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    box = page.locator("#pad").bounding_box()
    assert box["width"] >= 300
    assert box["y"] + box["height"] <= 640
    session = page.context.new_cdp_session(page)
    for stroke in DIGITS[7]:
        drag(session, on_screen(page, stroke))
    assert wait_answered(page) == 7
    assert page.evaluate("scrollY") == 0
    drag(session, [(180, y) for y in range(60, 5, -5)])
    wait_until(page, "scrollY > 0")  # beside the pad, the same finger does scroll


def test_a_second_finger_does_not_disturb_and_a_tap_is_a_dot(new_page) -> None:
    page = new_page(**PHONE)
    page.goto("")
    session = page.context.new_cdp_session(page)
    one, two, three = on_screen(page, [(0.3, 0.3), (0.7, 0.3), (0.3, 0.7)])
    touch(session, "touchStart", one)
    touch(session, "touchMove", three)
    touch(session, "touchStart", three, two)
    touch(session, "touchMove", three, one)
    touch(session, "touchEnd")
    drag(session, [one])
    assert wait_answered(page) is not None
    left, _, right, _ = page.evaluate(EXTENT)
    assert right - left < 0.1, "the second finger's way was no stroke"
    assert ink_strokes(page) == 2


@pytest.mark.parametrize("rolls", [0, 0.2], ids=["still", "moved"])
def test_a_resting_palm_yields_to_the_pen(page: Page, rolls: float) -> None:
    session = page.context.new_cdp_session(page)
    palm, rolled = on_screen(page, [(0.6, 0.9), (0.6 + rolls, 0.9)])
    touch(session, "touchStart", palm)
    touch(session, "touchMove", rolled)
    pen(page, DIGITS[7][0])
    touch(session, "touchMove", palm)
    touch(session, "touchEnd")
    assert wait_answered(page) == 7
    assert ink_strokes(page) == 1


def test_a_still_palm_yields_to_a_finger_and_leaves_no_ink_when_it_is_cancelled(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    palm, finger, lower = on_screen(page, [(0.7, 0.9), (0.3, 0.3), (0.3, 0.7)])
    touch(session, "touchStart", palm)
    touch(session, "touchStart", palm, finger)
    touch(session, "touchMove", palm, lower)
    touch(session, "touchEnd")
    assert page.evaluate(EXTENT)[2] < 0.4, "the palm's dot, on the right, is gone"
    drag(session, [palm], end="touchCancel")
    assert wait_answered(page) is not None
    assert ink_strokes(page) == 1


ERASE = """(points) => {
  const { left, top, width } = document.getElementById('pad').getBoundingClientRect();
  const send = (type, [x, y], buttons) => document.getElementById('pad').dispatchEvent(new PointerEvent(type, {
    pointerId: 7, pointerType: 'pen', button: type === 'pointermove' ? -1 : 5, buttons,
    clientX: left + x * width, clientY: top + y * width, bubbles: true,
  }));
  send('pointerdown', points[0], 32);
  for (const point of points) send('pointermove', point, 32);
  send('pointerup', points.at(-1), 0);
}"""  # buttons as Pointer Events, level 2, has them for an eraser; the browser's own tools make none


def test_a_pens_eraser_takes_the_strokes_it_touches(page: Page) -> None:
    draw(page, [*DIGITS[1], line((0.2, 0.2), (0.2, 0.8)), line((0.8, 0.2), (0.8, 0.8))])
    page.evaluate(ERASE, [(0.35, 0.5), (0.35, 0.6)])
    wait_answered(page)
    assert page.evaluate(EXTENT)[0] < 0.25, "nothing lies where it was"
    page.evaluate(ERASE, line((0.1, 0.5), (0.35, 0.5)) + line((0.65, 0.5), (0.9, 0.5)))
    assert wait_answered(page) == 1
    left, _, right, _ = page.evaluate(EXTENT)
    assert right - left < 0.1, "the strokes on both sides are gone"
    page.locator("#undo").click()
    wait_answered(page)
    assert page.evaluate(EXTENT)[2] > 0.75, "an erasure can be undone"


def test_a_cancelled_pointer_ends_its_stroke(new_page) -> None:
    page = new_page(**PHONE)
    page.goto("")
    session = page.context.new_cdp_session(page)
    drag(session, on_screen(page, DIGITS[1][0]), end="touchCancel")
    assert wait_answered(page) == 1
    drag(session, on_screen(page, DIGITS[1][0]))
    assert ink_strokes(page) == 2


def test_ink_stays_when_the_window_changes_its_size(new_page) -> None:
    page = new_page(viewport={"width": 1000, "height": 800})
    page.goto("")
    draw(page, DIGITS[3])
    page.set_viewport_size({"width": 340, "height": 700})
    coverage = """canvas => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return data.filter((value, i) => i % 4 === 3 && value > 128).length / (canvas.width * canvas.height);
    }"""
    wait_until(page, "document.getElementById('pad').width < 340")
    assert 0.03 < page.locator("#pad").evaluate(coverage) < 0.2
    assert wait_answered(page) == 3


def test_ink_is_sharp_after_a_zoom_or_on_another_screen(new_page) -> None:
    page = new_page()
    page.goto("")
    draw(page, DIGITS[3])
    session = page.context.new_cdp_session(page)
    for scale in (3, 1.5):
        # With another width, as a zoom has: without, Chromium's tools change the number alone, and no page hears of it.
        screen = {"width": 1300 + int(scale * 10), "height": 720, "deviceScaleFactor": scale, "mobile": False}
        session.send("Emulation.setDeviceMetricsOverride", screen)
        wait_until(page, f"pad.width === Math.round(pad.clientWidth * {scale}) && pad.height === pad.width")
        left, top, right, bottom = page.evaluate(EXTENT)
        assert (right - left, bottom - top) == pytest.approx((0.40, 0.70), abs=0.05)


def test_a_long_drawing_makes_no_event_slow(page: Page) -> None:
    """Of a stroke of 5,000 points, a next one draws some hundred anew, on the pad and in the frame."""
    page.evaluate(SCRIBBLE)
    assert wait_answered(page) is not None
    assert 0 < page.evaluate("oneMore()") < 1200
    before = page.evaluate(EXTENT)
    page.evaluate("document.documentElement.style.setProperty('--ink', '#1d1a17')")
    page.evaluate("oneMore()")  # in another color, all is drawn again
    assert page.evaluate(EXTENT) == before
    page.evaluate("document.documentElement.style.removeProperty('--ink')")


SCRIBBLE = """() => {
  const { quadraticCurveTo } = CanvasRenderingContext2D.prototype;
  let curves = 0;
  CanvasRenderingContext2D.prototype.quadraticCurveTo = function (...points) {
    curves += 1;
    quadraticCurveTo.apply(this, points);
  };
  const { left, top, width } = pad.getBoundingClientRect();
  let count = 0;
  const send = (type) => pad.dispatchEvent(new PointerEvent(type, {
    pointerId: 7, button: type === 'pointermove' ? -1 : 0, buttons: 1, bubbles: true,
    clientX: left + width * (0.5 + 0.3 * Math.sin(count)), clientY: top + width * (0.5 + 0.4 * Math.cos(count++ * 0.3)),
  }));
  send('pointerdown');
  for (let i = 0; i < 5000; i += 1) send('pointermove');
  window.oneMore = async () => {
    curves = 0;
    const seen = answer.dataset.seq;
    send('pointermove');
    while (answer.dataset.seq === seen) await new Promise(requestAnimationFrame);
    return curves;
  };
}"""


# Loading and failing

CALLS = """async (seven) => {
  const gone = new ImageData(9, 9);
  structuredClone(gone.data.buffer, { transfer: [gone.data.buffer] });
  const strokes = [null, 'text', [null], [[null]], [[0.5, 0.1], [0.5, 0.9]], [[[0.5, NaN]]], [[[0.5, 0.1, 1]]]];
  const images = [null, {}, gone, new ImageData(5000, 5000)];
  const results = await Promise.allSettled([
    ...strokes.map(kerata.predictStrokes),
    ...images.map(kerata.predictImage),
    kerata.predictStrokes(seven),
  ]);
  return results.map(({ reason, value }) => reason?.message ?? value.digit);
}"""


def test_a_refused_call_rejects_its_own_promise_alone(page: Page) -> None:
    draw(page, DIGITS[3])
    *refused, digit = page.evaluate(CALLS, DIGITS[7])
    points = "predictStrokes: expected [[[x, y], …], …], a list of points for each stroke."
    assert refused[:7] == [points] * 7
    assert refused[7:10] == ["predictImage: expected an ImageData with its pixels."] * 3
    assert refused[10] == "Image: expected at most 16777216 pixels, received 5000 × 5000: shrink it."
    assert digit == 7
    assert wait_answered(page) == 3
    expect(page.locator("html")).to_have_attribute("data-state", "ready")
    expect(page.locator("#status .notice")).to_be_empty()


def test_a_drawing_of_very_many_points_is_read(page: Page) -> None:
    ring = "Array.from({ length: 130_000 }, (_, i) => [Math.cos(i / 20_000), 1.4 * Math.sin(i / 20_000)])"
    assert page.evaluate(f"kerata.predictStrokes([{ring}])")["digit"] == 0


# Python fails at drawings until it is asked about a picture of 9×9.
FAILS = """{
  let failing = true;
  self.Uint8ClampedArray = new Proxy(Uint8ClampedArray, {
    construct(type, values) {
      const bytes = values[0]?.byteLength;
      if (bytes === 9 * 9 * 4) failing = false;
      if (failing && bytes === 140 * 140 * 4) throw Object.assign(new Error('failed'), MORE);
      return Reflect.construct(type, values);
    },
  });
}"""


def test_ink_that_python_refuses_is_not_waited_for(new_page, problems) -> None:
    page = new_page()
    change_worker(page, FAILS.replace("MORE", "{}"))
    page.goto("")
    draw(page, DIGITS[3])
    expect(page.locator("#status .notice")).to_have_text("Something went wrong in the recogniser. Reload the page.")
    expect(page.locator("#answer .verdict")).to_have_text("Not read")
    expect(page.locator("#answer")).to_have_attribute("aria-busy", "false")
    expect(page.locator("html")).to_have_attribute("data-state", "ready")
    page.evaluate("kerata.predictImage(new ImageData(9, 9))")
    assert problems
    problems.clear()
    page.locator("#clear").click()
    draw(page, DIGITS[7])
    assert wait_answered(page) == 7
    expect(page.locator("#status .notice")).to_be_empty()


def test_ink_from_before_python_is_answered_when_it_is_ready(new_page) -> None:
    page = new_page()
    held: list[Route] = []
    page.route(WASM, lambda route: held.append(route))
    with page.expect_request(WASM):
        page.goto("")
    draw(page, DIGITS[7])
    answer = page.locator("#answer")
    expect(answer).to_have_attribute("aria-busy", "true")
    expect(answer).to_contain_text("Waiting for Python")
    expect(page.locator("html")).to_have_attribute("data-state", "loading")
    asked = page.evaluate_handle("strokes => ({ answer: kerata.predictStrokes(strokes) })", DIGITS[3])
    held[0].continue_()
    assert wait_answered(page) == 7
    assert asked.evaluate("({ answer }) => answer")["digit"] == 3


def test_an_example_is_shown_until_python_runs_or_a_pen_is_put_down(new_page) -> None:
    page = new_page()
    held: list[Route] = []
    page.route(WASM, lambda route: held.append(route))
    page.goto("")
    answer = page.locator("#answer")
    expect(answer).to_contain_text(re.compile(r"3\s*Stored: \d+\.\d% sure"))
    expect(answer).to_have_attribute("data-digit", "")
    draw(page, DIGITS[7])
    expect(answer).to_have_text("Waiting for Python")
    page.locator("#clear").click()
    expect(answer).to_have_text("Draw a digit to begin")
    held[0].continue_()
    wait_ready(page)
    expect(answer).to_have_text("Draw a digit to begin")


def test_progress_is_shown_in_megabytes_with_its_stage(new_page) -> None:
    page = new_page()
    held: list[Route] = []
    page.route(WASM, lambda route: held.append(route))
    with page.expect_request(WASM):
        page.goto("")
    status = page.locator("#status")
    expect(status.locator(".amount")).to_have_text(re.compile(r"^\d+\.\d of \d+\.\d MB$"))
    expect(status.locator(".stage")).to_have_text("Downloading Python")
    expect(status.get_by_role("progressbar")).to_be_visible()
    held[0].continue_()
    expect(status.locator(".stage")).to_have_text(re.compile(r"^Ready · \w+"), timeout=60_000)
    expect(status.get_by_role("progressbar")).to_be_hidden()


@pytest.mark.parametrize("file", ["pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "numpy-*.whl", "*.safetensors"])
def test_a_failed_download_says_so_and_can_be_tried_again(new_page, problems, file: str) -> None:
    page = new_page()
    page.route(f"**/{file}", lambda route: route.abort())
    if file.startswith(WITHOUT_SNAPSHOT):
        page.route("**/snapshot-digits.bin", lambda route: route.abort())
    page.goto("")
    draw(page, DIGITS[7])
    name = file.replace("*", r"\S*")
    sentence = re.compile(rf"^Could not download {name}: check the connection and try again\.$")
    expect(page.get_by_role("alert").locator(".sentence")).to_have_text(sentence)
    expect(page.locator("html")).to_have_attribute("data-state", "error")
    page.unroute(f"**/{file}")
    page.get_by_role("button", name="Try again").click()
    wait_ready(page)
    assert wait_answered(page) == 7
    expect(page.locator("#status .error")).to_be_hidden()
    problems.clear()  # the browser's own notes on the failed download


@pytest.mark.parametrize(
    ("file", "status", "remedy"),
    [
        ("pyodide.asm.wasm", 503, "check the connection and try again"),
        ("*.safetensors", 503, "check the connection and try again"),
        ("*.safetensors", 404, "reload the page"),
    ],
)
def test_a_server_that_refuses_a_file_is_quoted(new_page, problems, file: str, status: int, remedy: str) -> None:
    page = new_page()
    page.route(f"**/{file}", lambda route: route.fulfill(status=status))
    if file.startswith(WITHOUT_SNAPSHOT):
        page.route("**/snapshot-digits.bin", lambda route: route.abort())
    page.goto("")
    expect(page.locator("#status .sentence")).to_contain_text(f"(the server answered {status}): {remedy}.")
    problems.clear()


def test_without_the_list_of_sizes_only_the_progress_is_missing(new_page, problems) -> None:
    page = new_page()
    page.route("**/runtime.json", lambda route: route.fulfill(status=503))
    page.goto("")
    draw(page, DIGITS[7])
    assert wait_answered(page) == 7
    problems.clear()


@pytest.mark.parametrize("file", ["pyodide.asm.wasm", "python_stdlib.zip", NUMPY, "mnist.safetensors"])
def test_a_download_that_breaks_off_is_named(new_page, problems, file: str) -> None:
    page = new_page()
    for script in ("worker.js", "fetcher.js"):
        change_worker(page, BREAK_OFF.replace("FILE", file), script)
    if file.startswith(WITHOUT_SNAPSHOT):
        page.route("**/snapshot-digits.bin", lambda route: route.abort())
    page.goto("")
    expect(page.locator("#status .sentence")).to_contain_text(f"Could not download {file}: ", timeout=60_000)
    page.close()
    problems.clear()  # Pyodide's own notes, the last of which come when it has failed already


BREAK_OFF = """
  const whole = self.fetch;
  self.fetch = async (url, options) => {
    const response = await whole(url, options);
    if (!String(url).endsWith('FILE')) return response;
    const part = new ReadableStream({
      start: (controller) => controller.enqueue(new Uint8Array(8)),
      pull: (controller) => controller.error(new TypeError('cut')),
    });
    return new Response(part, response);
  };
"""


def with_flipped_bits(route: Route) -> None:
    """Where the host sends the file as it is, and in its packed form."""
    response = route.fetch()
    body = bytearray(response.body())
    for share in (0.3, 0.5, 0.7):
        body[int(share * len(body))] ^= 4
    route.fulfill(response=response, body=bytes(body))


def test_flipped_bits_in_the_model_are_noticed(new_page) -> None:
    page = new_page()
    page.route("**/mnist.safetensors", with_flipped_bits)
    page.goto("")
    expect(page.locator("#status .sentence")).to_have_text("mnist.safetensors was damaged on its way: try again.")
    expect(page.locator("html")).to_have_attribute("data-state", "error")
    page.unroute_all()
    page.get_by_role("button", name="Try again").click()
    draw(page, DIGITS[7])
    assert wait_answered(page) == 7


def test_flipped_bits_in_webassembly_are_noticed(new_page) -> None:
    page = new_page()
    page.route("**/python.hot.wasm", with_flipped_bits)
    page.goto("")
    wait_ready(page)
    expect(page.locator("#engine .start")).to_contain_text("python.hot.wasm was damaged on its way")


def test_a_damaged_library_is_refused_in_one_sentence(new_page, problems) -> None:
    page = new_page()
    page.route("**/snapshot-digits.bin", lambda route: route.abort())
    page.route("**/python_stdlib.zip", lambda route: route.fulfill(body=b"not a zip"))
    page.route("**/python_stdlib.zip.gz", lambda route: route.fulfill(body=gzip.compress(b"not a zip")))
    page.goto("")
    expect(page.locator("#status .sentence")).to_contain_text(
        "python_stdlib.zip was damaged on its way: try again.", timeout=60_000
    )
    page.close()
    problems.clear()  # the browser's, of the snapshot that it did not get


def test_a_browser_without_webassembly_is_told_so(new_page) -> None:
    page = new_page()
    change_worker(page, "delete self.WebAssembly;")
    page.goto("")
    expect(page.get_by_role("alert")).to_contain_text("no WebAssembly")


DIES = """self.addEventListener('message', (event) => {
  if (!event.data.id) return; // which only what is asked has
  event.stopImmediatePropagation();
  throw new Error('died');
});"""
PYTHON_DIES = FAILS.replace("MORE", "{ pyodide_fatal_error: true }")
ASK_FOR_BOTH = """(drawings) => Promise.all(
  drawings.map((strokes) => kerata.predictStrokes(strokes).catch(({ message }) => message)),
)"""


@pytest.mark.parametrize("fault", [DIES, PYTHON_DIES], ids=["worker", "Python"])
def test_after_a_death_all_is_refused_until_it_is_started_again(new_page, problems, fault: str) -> None:
    page = new_page()
    change_worker(page, fault)
    page.goto("")
    wait_ready(page)
    for sentence in page.evaluate(ASK_FOR_BOTH, [DIGITS[3], DIGITS[7]]):
        assert "stopped unexpectedly" in sentence
    draw(page, DIGITS[7])
    expect(page.get_by_role("alert")).to_contain_text("stopped unexpectedly")
    expect(page.locator("#answer .verdict")).to_have_text("Not read")
    expect(page.locator("#answer")).to_have_attribute("aria-busy", "false")
    page.unroute("**/worker.js")
    page.get_by_role("button", name="Try again").click()
    wait_ready(page)
    assert wait_answered(page) == 7
    problems.clear()  # the death itself


# People and hosts


def test_each_stroke_is_announced_once(page: Page) -> None:
    page.evaluate("""() => {
      window.spoken = [];
      const region = document.getElementById('announcer');
      new MutationObserver(() => region.textContent && spoken.push(region.textContent))
        .observe(region, { childList: true });
    }""")
    draw(page, DIGITS[3])
    wait_answered(page)
    (first,) = page.evaluate("spoken")
    assert re.fullmatch(r"Looks like a 3, \d+ percent sure\.", first)
    page.locator("#clear").click()
    draw(page, DIGITS[3])
    wait_answered(page)
    assert page.evaluate("spoken") == [first, first]
    expect(page.locator("#announcer")).to_have_attribute("aria-live", "polite")


def test_the_keyboard_reaches_everything(page: Page) -> None:
    page.locator("h1").click()
    reached = []
    for _ in range(4):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert reached == ["pad", "undo", "redo", "clear"]


def test_shortcuts_undo_and_clear(page: Page) -> None:
    draw(page, DIGITS[4])
    page.keyboard.press("Control+z")
    page.keyboard.press("Meta+z")
    assert wait_answered(page) is None
    page.keyboard.press("Control+y")
    page.keyboard.press("Meta+Shift+z")
    assert wait_answered(page) == 4
    assert ink_strokes(page) == 2
    for key in ("Delete", "Escape"):
        draw(page, DIGITS[4])
        page.keyboard.press(key)
        assert wait_answered(page) is None
    for button in ("#undo", "#redo", "#clear"):
        page.locator(button).click()  # which then has the focus
        draw(page, DIGITS[4])
        page.locator(button).focus()
        page.keyboard.press("Escape")
        assert wait_answered(page) is None
    draw(page, DIGITS[1])
    page.get_by_role("combobox").focus()
    page.keyboard.press("Escape")  # closes the list
    assert wait_answered(page) == 1
    page.keyboard.press("Alt+Delete")  # not ours
    assert ink_strokes(page) == 1


def test_everything_has_a_name(page: Page) -> None:
    expect(page.get_by_role("img", name=re.compile("^Draw one digit"))).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("^What the network sees"))).to_be_visible()
    expect(page.get_by_role("list", name="How probable each digit is")).to_be_visible()
    expect(page.get_by_role("combobox", name="Runs on")).to_be_visible()
    for name in ("Undo", "Redo", "Clear"):
        box = page.get_by_role("button", name=name).bounding_box()
        assert min(box["width"], box["height"]) >= 44


CONTRASTS = """() => {
  const luminance = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map((value) => value / 255)
      .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const page = luminance(getComputedStyle(document.body).backgroundColor);
  return [...document.querySelectorAll('h1, p, li, button, figcaption')].map((element) => {
    const text = luminance(getComputedStyle(element).color);
    return [element.textContent, (Math.max(text, page) + 0.05) / (Math.min(text, page) + 0.05)];
  });
}"""


def test_light_and_dark_differ_and_both_can_be_read(page: Page) -> None:
    pictures = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        pictures.append(page.screenshot())
        assert [pair for pair in page.evaluate(CONTRASTS) if pair[1] < 4.5] == []
    page.emulate_media(color_scheme="light")
    assert pictures[0] != pictures[1]


@pytest.mark.parametrize("width", [320, 360])
def test_a_narrow_window_needs_no_sideways_scrolling(page: Page, width: int) -> None:
    size = page.viewport_size
    page.set_viewport_size({"width": width, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.set_viewport_size(size)


SCREENS = {
    "a small phone": (320, 568, 1),
    "large letters": (375, 667, 2),
    "large letters on a small phone": (320, 568, 2),
    "a phone on its side": (667, 375, 1),
    "a larger one on its side": (844, 390, 1),
    "large letters on its side": (844, 390, 2),
    "a tablet": (768, 1024, 1),
}


@pytest.mark.parametrize("screen", SCREENS)
def test_nothing_overlaps_or_is_cut_off(page: Page, screen: str) -> None:
    before = page.viewport_size
    width, height, letters = SCREENS[screen]
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate("size => { document.documentElement.style.fontSize = size }", f"{letters * 100}%")
    for drawing in (DIGITS[7], [line(*((0.2 if turn % 2 else 0.8, 0.3 + 0.05 * turn) for turn in range(9)))]):
        page.locator("#clear").click()
        page.locator("#pad").scroll_into_view_if_needed()
        draw(page, drawing)
        assert wait_answered(page) is not None
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(OVERLAPS) == []
    if height < width and letters == 1:
        page.evaluate("scrollTo(0, 0)")
        boxes = page.evaluate(
            "['pad', 'undo'].map((id) => document.getElementById(id).getBoundingClientRect().toJSON())"
        )
        assert max(box["bottom"] for box in boxes) - boxes[0]["top"] <= height, (
            "the pad and its buttons are seen at once"
        )
    page.evaluate("document.documentElement.style.fontSize = ''")
    page.set_viewport_size(before)


OVERLAPS = """() => {
  const shown = 'h1, header p, #pad, button, label, select, .line, .digit, .verdict, #seen, figcaption, #bars li > *';
  const boxes = [...document.querySelectorAll(shown + ', footer p')].filter((element) => element.checkVisibility())
    .map((element) => [element, element.getBoundingClientRect()]);
  const found = [];
  for (const [one, a] of boxes) {
    if (a.left < 0 || a.right > innerWidth) found.push([one.textContent || one.id, 'the edge of the window']);
    for (const [other, b] of boxes) {
      const apart = a.right <= b.left + 1 || b.right <= a.left + 1 || a.bottom <= b.top + 1 || b.bottom <= a.top + 1;
      if (one !== other && !apart && !one.contains(other) && !other.contains(one)) {
        found.push([one.textContent || one.id, other.textContent || other.id]);
      }
    }
  }
  return found;
}"""


def test_nothing_moves_from_the_first_paint_to_an_answer(new_page) -> None:
    page = new_page()
    page.add_init_script("""
      window.shifts = [];
      new PerformanceObserver((list) => shifts.push(...list.getEntries().map((entry) => entry.value)))
        .observe({ type: 'layout-shift', buffered: true });
    """)
    page.goto("")
    wait_ready(page)
    draw(page, DIGITS[3])
    wait_answered(page)
    assert sum(page.evaluate("shifts")) < 0.001, "only the megabytes, aligned to the right, grow by a figure"


def test_pad_takes_ink_before_python_and_the_marks_say_so(new_page) -> None:
    page = new_page()
    page.goto("")
    draw(page, DIGITS[1])
    wait_answered(page)
    names = ["kerata:paint", "kerata:pad", "kerata:runtime", "kerata:ready", "kerata:first-prediction"]
    times = page.evaluate(
        "names => names.map(name => performance.getEntriesByName(name).map(mark => mark.startTime))", names
    )
    assert [len(time) for time in times] == [1] * 5
    paint, *rest = times
    assert rest == sorted(rest), "the pad takes ink before Python runs"
    assert paint < times[2], "and is seen before"


def test_everything_comes_from_where_the_page_is(new_page, address: str) -> None:
    page = new_page()
    requests: list[Request] = []
    page.context.on("request", lambda request: requests.append(request))
    page.goto("")
    draw(page, DIGITS[7])
    assert wait_answered(page) == 7
    elsewhere = [request.url for request in requests if not request.url.startswith((address, "data:"))]
    assert elsewhere == []
    assert any(request.url.endswith("pyodide.mjs") for request in requests), "the worker's requests are seen, too"


SCRAMBLE = """
  const { getImageData } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.getImageData = function (...area) {
    const image = getImageData.apply(this, area);
    image.data.forEach((value, i, data) => { data[i] = NOISE; });
    return image;
  };
"""
HIDDEN = (
    "This browser hides the pixels of pictures, as a protection against fingerprinting: "
    "draw the digit, or allow this page to read canvases."
)


@pytest.mark.parametrize(("noise", "reads_pictures"), [("Math.random() * 256", False), ("value ^ (i & 1)", True)])
def test_a_browser_that_scrambles_canvases_is_answered_from_strokes(new_page, noise: str, reads_pictures: bool) -> None:
    page = new_page()
    page.add_init_script(SCRAMBLE.replace("NOISE", noise))
    page.goto("")
    draw(page, DIGITS[4])
    assert wait_answered(page) == 4
    expect(page.locator("html")).to_have_attribute("data-readback", "strokes")
    assert page.evaluate("strokes => kerata.predictStrokes(strokes)", DIGITS[7])["digit"] == 7
    page.evaluate(GIVE, ["drop", {}, [["7.svg", "image/svg+xml", SVG_SEVEN]]])
    if reads_pictures:
        page.locator("#answer[data-digit='7']").wait_for()
    else:
        expect(page.locator("#status .notice")).to_have_text(HIDDEN)
        assert wait_answered(page) == 4


def test_a_browser_that_reads_canvases_sends_pixels(page: Page) -> None:
    expect(page.locator("html")).to_have_attribute("data-readback", "pixels")


def test_the_article_s_three_is_a_three(page: Page, article_three) -> None:
    """Its 784 values as a picture, by the page's own path."""
    rgba = [int(value) for gray in (255 * article_three).round().ravel() for value in (gray, gray, gray, 255)]
    answer = page.evaluate("(rgba) => kerata.predictImage(new ImageData(new Uint8ClampedArray(rgba), 28, 28))", rgba)
    assert answer["digit"] == 3
    assert answer["probabilities"][3] > 0.99
