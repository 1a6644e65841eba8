"""What the page's worker calls: a recognizer that is fed with frames or strokes and answers with plain data.

Errors leave as KerataError; the worker shows the visitor their sentence.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from kerata import load_model
from kerata.browser import to_javascript, to_python
from kerata.coroutines import begin
from kerata.errors import InputError, KerataError
from kerata.model import Model

from . import calibration, preprocessing

if TYPE_CHECKING:
    from kerata.rehearsed import Rehearsed

_MAX_PIXELS = 2**24  # of an image, which takes some 40 B of memory for each
_INPUT_SHAPE = (None, preprocessing.SIZE, preprocessing.SIZE, 1)

rehearsed: "Rehearsed | None" = None  # where this is a snapshot's memory


def load(data: Any) -> "Recognizer":
    """With the model in `data`, the bytes of its file. Raises what `load_model` and `Recognizer` raise."""
    data = bytes(to_python(data))
    if rehearsed is not None:
        try:
            return Recognizer(rehearsed.begin(data))
        except KerataError:
            """Another model, or another kind of engine: it is loaded like any."""
    return Recognizer(load_model(data, "numpy"))


class Recognizer:
    """Reads digits with a model. Raises InputError for a model of something else."""

    def __init__(self, model: Model) -> None:
        if model.input_shapes != [_INPUT_SHAPE]:
            raise InputError(f"Model: expected one input of shape {_INPUT_SHAPE}, received {model.input_shapes}.")
        self._model = model
        self._doubt = calibration.of_notes(model.notes)

    @property
    def backend(self) -> str:
        """The name of the backend in use, which changes when its device fails."""
        return self._model.backend

    def trials(self) -> Any:
        """Of each backend that was tried: {name, milliseconds, difference, reason}; the middle two may be missing."""
        return to_javascript([trial._asdict() for trial in self._model.backends()])

    async def upgrade_backend(self) -> None:
        """Leaves NumPy, where it began with it to be ready sooner, for the backend that `load_model` takes."""
        if self.backend == "numpy":
            await self._model.switch("auto", compare=False)

    async def switch(self, backend: str) -> None:
        """Goes on with another backend; raises what `Model.switch` raises."""
        await self._model.switch(backend)

    def predict_frame(self, buffer: Any, width: int, height: int) -> Any:
        """RGBA bytes of an ImageData → what is read in it, or a promise of that; None when it is blank.

        {digit: the most probable, second: the next, verdict: "sure", "maybe" or "none" where it looks like no digit,
        probabilities: ten, pixels: the 784 values that the network saw, 0 to 1}
        """
        if width * height > _MAX_PIXELS:
            raise InputError(f"Image: expected at most {_MAX_PIXELS} pixels, received {width} × {height}: shrink it.")
        rgba = np.frombuffer(to_python(buffer), np.uint8)
        if rgba.size != width * height * 4:
            raise InputError(f"Image: expected {width} × {height} × 4 B, received {rgba.size} B.")
        return begin(self._answer(preprocessing.picture_of_image(rgba.reshape(height, width, 4))))

    def predict_strokes(self, strokes: Any) -> Any:
        """[[[x, y], …], …] in any unit → the same answer as for a frame of them."""
        return begin(self._answer(preprocessing.picture_of_strokes(to_python(strokes))))

    async def _answer(self, picture: np.ndarray | None) -> Any:
        if picture is None:
            return None
        probabilities = self._doubt.calibrated((await self._model.apredict(picture[None, :, :, None]))[0])
        *_, second, digit = np.argsort(probabilities)
        verdict = self._doubt.verdict(float(probabilities[digit]))
        if verdict == "sure" and calibration.has_dot(picture):
            verdict = "maybe"
        return to_javascript(
            {
                "digit": int(digit),
                "second": int(second),
                "verdict": verdict,
                "probabilities": probabilities,
                "pixels": picture.ravel(),
            }
        )
