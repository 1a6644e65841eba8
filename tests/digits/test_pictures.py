"""Pictures of digits on paper that were misread once; MNIST's digits (CC BY-SA 3.0), ink and paper made up."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digits import recognizer
from tests.conftest import SHIPPED

PICTURES = Path(__file__).resolve().parents[1] / "pictures"
LONGEST = 448  # pixels that the page hands over


@pytest.fixture(scope="module")
def reader():
    return recognizer.load(SHIPPED.read_bytes())


def read(reader, file):
    with Image.open(PICTURES / file) as picture:
        picture.thumbnail((LONGEST, LONGEST))
        return reader.predict_frame(picture.convert("RGBA").tobytes(), *picture.size)


@pytest.mark.parametrize(
    ("file", "digit"),
    [
        ("zero_with_crumbs.png", 0),
        ("dotted_paper_7.png", 7),
        ("frame_inside.png", 7),
        ("green_on_red_isoluminant.png", 7),
        ("grid_shadow_037_6.jpg", 6),
        ("grid_shadow_persp_040_2.jpg", 2),
        ("shadow_039_4.jpg", 4),
    ],
)
def test_specks_frames_lines_and_shadows_are_no_ink_and_any_color_is(reader, file, digit):
    answer = read(reader, file)
    assert (answer["digit"], answer["verdict"]) == (digit, "sure")


def test_a_picture_of_nothing_is_none(reader):
    assert read(reader, "blank.png") is None


@pytest.mark.parametrize("light", [0.6, 0.35])
def test_a_shadow_alone_is_none(reader, light):
    y, x = np.mgrid[:300, :224]
    edge = light + (0.95 - light) / (1 + np.exp((y + 0.4 * x - 200) / 3))
    rgba = np.repeat(np.rint(255 * np.clip(edge, 0, 1))[..., None], 4, 2).astype(np.uint8)
    rgba[..., 3] = 255
    assert reader.predict_frame(rgba.tobytes(), 224, 300) is None
