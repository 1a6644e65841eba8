"""The tests of the page's Python, run on the Python of the built page: from its modules, and restored from its
snapshot, where for the first answers nothing can be imported. Whatever those tests reach has to be in the build.
"""

import base64
import inspect
import marshal
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import remote
from playwright.sync_api import Browser, Worker

from digits import recognizer
from kerata import errors
from tests.conftest import SHIPPED
from tests.digits.test_calibration import test_a_question_mark_is_no_sure_seven
from tests.digits.test_pictures import *  # noqa: F403
from tests.digits.test_preprocessing import *  # noqa: F403
from tests.digits.test_segmentation import *  # noqa: F403
from tests.digits.test_stroke_width import *  # noqa: F403

__all__ = ["test_a_question_mark_is_no_sure_seven"]

del test_a_recognizer_begins_on_numpy  # noqa: F821  # the snapshot's begins on WebAssembly
del test_a_digit_of_mnist_comes_out_as_it_went_in  # noqa: F821  # 500 pictures of one kind
del test_the_recognizer_refuses_a_frame_of_the_wrong_size_and_a_foreign_model  # noqa: F821  # the page has one model

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="no Node.js found, so the build is not lean")

# A worker of the page's that has Python, and nothing more: it may wait for late code as the page's own does.
WORKER = """
import { Counter, Downloads } from './downloads.js';
import { Parts, sendParts } from './parts.js';
import { restorePython, startFromModules } from './python.js';
import { DIGITS } from './scenarios.js';
const parts = new Parts(DIGITS);
const sendModules = sendParts({ postMessage: (message) => parts.receive(message) }, new Counter(() => {}), DIGITS);
const restored = async () => (await restorePython(new Downloads(), parts)).pyodide;
const fromModules = () => (sendModules(), startFromModules(new Downloads(), parts));
self.python = HOW();
"""


@pytest.fixture(scope="module", params=["restored", "fromModules"])
def worker(request: pytest.FixtureRequest, browser: Browser, address: str, lock: str) -> Iterator[Worker]:
    page = browser.new_context(base_url=address).new_page()
    script = WORKER.replace("HOW", request.param)
    page.route("**/lean-python.js", lambda route: route.fulfill(body=script, content_type="text/javascript"))
    page.goto(lock)
    with page.expect_worker() as found:
        page.evaluate("new Worker(new URL('../lean-python.js', location.href), { type: 'module' })")
    source = Path(remote.__file__).read_text(encoding="utf-8")
    found.value.evaluate("async (source) => { self.python = await python; python.runPython(source); }", source)
    yield found.value
    page.context.close()


def call(worker: Worker, owner: str | int, name: str, *arguments: Any) -> Any:
    data = marshal.dumps((owner, name, remote.packed(arguments)), 4)
    code = """(data) => {
      const answer = python.globals.get('called')(Uint8Array.from(atob(data), (c) => c.charCodeAt(0)));
      return btoa(Array.from(answer.toJs(), (byte) => String.fromCharCode(byte)).join(''));
    }"""
    kind, *answer = marshal.loads(base64.b64decode(worker.evaluate(code, base64.b64encode(data).decode())))
    if kind == "error":
        name, text = answer
        raise getattr(errors, name, RuntimeError)(text)
    return remote.unpacked(answer[0])


class Recognizer:
    """One of the browser's."""

    def __init__(self, worker: Worker, index: int) -> None:
        self._worker, self._index = worker, index

    @property
    def backend(self) -> Any:
        return call(self._worker, self._index, "backend")

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments: call(self._worker, self._index, name, *arguments)


def there(worker: Worker, module: str, name: str) -> Callable[..., Any]:
    """The function of the browser's Python that takes the place of this one's."""

    def function(*arguments: Any) -> Any:
        answer = call(worker, module, name, *arguments)
        return Recognizer(worker, answer[1]) if (module, name) == (recognizer.__name__, "load") else answer

    return function


@pytest.fixture(scope="module", autouse=True)
def in_the_browser(worker: Worker) -> Iterator[None]:
    """All functions of these modules that the tests call are the browser's."""
    with pytest.MonkeyPatch.context() as patch:
        for owner, module in remote.MODULES.items():
            for name, value in vars(module).copy().items():
                if inspect.isfunction(value) and value.__module__ == owner:
                    patch.setattr(module, name, there(worker, owner, name))
        yield


@pytest.fixture(scope="module")
def reader(in_the_browser: None) -> Any:
    """In place of the tests' own, which would outlive its worker."""
    return recognizer.load(SHIPPED.read_bytes())
