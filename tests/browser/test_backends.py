"""What the page computes on: the visitor's choice, and devices that fail. The answer always goes on."""

import re

import pytest
from playwright.sync_api import Page, expect
from stage import DIGITS, change_worker, draw, wait_answered, wait_ready

GPUS = {"webgpu": "WebGPU", "webgl": "WebGL"}


def choose(page: Page, backend: str) -> None:
    """Chooses a backend and waits until that is done, or has failed."""
    page.locator("#engine select").select_option(backend)
    page.locator("#engine select:enabled").wait_for(timeout=60_000)


def runs_on(page: Page, backend: str) -> None:
    expect(page.locator("#answer")).to_have_attribute("data-backend", backend)
    expect(page.locator("#engine select")).to_have_value(backend)


def why(page: Page) -> str:
    return page.locator("#engine .why").inner_text()


@pytest.fixture
def opened(new_page):
    """Opens a page whose worker begins with some JavaScript, and draws a seven."""

    def opened(script: str = "", *routes: str) -> Page:
        page = new_page()
        change_worker(page, script)
        for route in routes:
            page.route(route, lambda route: route.fulfill(body="no shader"))
        page.goto("")
        wait_ready(page)
        draw(page, DIGITS[7])
        assert wait_answered(page) == 7
        return page

    return opened


@pytest.mark.parametrize("backend", ["webgpu", "webgl", "numpy"])
def test_the_visitor_chooses_what_it_runs_on(opened, backend: str) -> None:
    page = opened()
    runs_on(page, "wasm")
    before = page.evaluate("strokes => kerata.predictStrokes(strokes)", DIGITS[4])
    choose(page, backend)
    runs_on(page, backend)
    assert why(page) == ""
    after = page.evaluate("strokes => kerata.predictStrokes(strokes)", DIGITS[4])
    assert after["probabilities"] == pytest.approx(before["probabilities"], abs=1e-5)
    page.locator("#clear").click()
    draw(page, DIGITS[3])
    assert wait_answered(page) == 3
    choose(page, "wasm")
    runs_on(page, "wasm")


def test_the_fastest_is_found_by_trying_all(opened) -> None:
    page = opened()
    choose(page, "auto")
    names = page.locator("#engine option").all_inner_texts()
    for name in ("WebAssembly", "WebGPU", "WebGL", "NumPy"):
        assert any(re.fullmatch(rf"{name} · \d+\.\d ms", each) for each in names), names
    times = {each.split(" · ")[0]: float(each.split()[-2]) for each in names if each.endswith(" ms")}
    chosen = page.locator("#engine option:checked").inner_text().split(" · ")[0]
    assert times[chosen] == min(times.values())


LOST = {
    "webgl": """
      const { getContext } = OffscreenCanvas.prototype;
      OffscreenCanvas.prototype.getContext = function (...options) {
        const gl = getContext.apply(this, options);
        const { drawArrays } = gl;
        gl.drawArrays = (...range) => {
          if (self.predicting) gl.getExtension('WEBGL_lose_context')?.loseContext();
          drawArrays.apply(gl, range);
        };
        return gl;
      };
    """,
    "webgpu": """
      const { requestDevice } = GPUAdapter.prototype;
      GPUAdapter.prototype.requestDevice = async function () {
        const device = await requestDevice.apply(this);
        const { submit } = device.queue;
        device.queue.submit = (commands) => {
          submit.call(device.queue, commands);
          if (self.predicting) device.destroy();
        };
        return device;
      };
    """,
}
PREDICTING = "self.addEventListener('message', ({ data }) => { self.predicting = data.type === 'frame'; });"


@pytest.mark.parametrize("backend", GPUS)
def test_a_device_lost_in_a_prediction_loses_nothing(opened, backend: str) -> None:
    page = opened(LOST[backend] + PREDICTING)
    page.locator("#clear").click()
    choose(page, backend)
    runs_on(page, backend)
    draw(page, DIGITS[3])
    assert wait_answered(page) == 3
    runs_on(page, "wasm")
    assert why(page) == f"Backend '{backend}': the device was lost."


@pytest.mark.parametrize("backend", GPUS)
def test_a_shader_that_does_not_compile_is_named(opened, problems, backend: str) -> None:
    page = opened("", "**/gpu/*/softmax.*")
    choose(page, backend)
    assert re.match(f"Backend '{backend}': the shader softmax does not compile: .+", why(page))
    runs_on(page, "wasm")
    assert page.evaluate("strokes => kerata.predictStrokes(strokes)", DIGITS[4])["digit"] == 4
    problems.clear()  # the browser's own notes on the shader


@pytest.mark.parametrize(
    ("backend", "script", "sentence"),
    [
        (
            "webgl",
            "OffscreenCanvas.prototype.getContext = () => null;",
            "expected a browser with WebGL 2, received none",
        ),
        (
            "webgl",
            "WebGL2RenderingContext.prototype.getExtension = () => null;",
            "expected WebGL 2 that draws to float32, received none",
        ),
        (
            "webgpu",
            "GPU.prototype.requestAdapter = async () => null;",
            "expected a browser with a WebGPU adapter, received none",
        ),
        ("webgpu", "delete WorkerNavigator.prototype.gpu;", "expected a browser with a WebGPU adapter, received none"),
    ],
)
def test_a_device_that_is_denied_is_said_to_be(opened, backend: str, script: str, sentence: str) -> None:
    page = opened(script)
    choose(page, backend)
    assert why(page) == f"Backend '{backend}': {sentence}."
    runs_on(page, "wasm")


def test_without_simd_numpy_answers(opened) -> None:
    """The kernels' modules are refused, as by a browser that does not know vector instructions."""
    page = opened("""
      WebAssembly.Module = new Proxy(WebAssembly.Module, {
        construct(Module, [bytes]) {
          const text = new TextDecoder('latin1').decode(bytes);
          if (/fused|stretch0/.test(text)) throw new WebAssembly.CompileError('no SIMD here');
          return new Module(bytes);
        },
      });
    """)
    runs_on(page, "numpy")
    expect(page.locator("#engine .start")).to_be_empty()  # from the snapshot, in which is what NumPy is lent
    assert page.evaluate("strokes => kerata.predictStrokes(strokes)", DIGITS[4])["digit"] == 4
