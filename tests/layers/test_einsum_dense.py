import pytest
from hypothesis import strategies as st

import kerata
from kerata import graph
from kerata.errors import UnsupportedError
from tests.support.cases import Case, sequential_config
from tests.support.draw import activation, sizes

CASES = [
    Case("dense", "EinsumDense", (5,), {"equation": "ab,bc->ac", "output_shape": 4, "bias_axes": "c"}),
    Case("glu", "EinsumDense", (3, 5), {"equation": "abc,cd->abd", "output_shape": [None, 4], "activation": "glu"}),
    Case("steps", "EinsumDense", (3, 5), {"equation": "abc,cd->abd", "output_shape": [None, 4], "activation": "tanh"}),
    Case(
        "heads", "EinsumDense", (3, 4), {"equation": "abc,cde->abde", "output_shape": [None, 2, 3], "bias_axes": "de"}
    ),
    Case(
        "heads_joined",
        "EinsumDense",
        (3, 2, 4),
        {"equation": "abcd,cde->abe", "output_shape": [None, 5], "bias_axes": "e"},
    ),
    Case("elided_left", "EinsumDense", (3, 2, 4), {"equation": "...x,xy->...y", "output_shape": 5, "bias_axes": "y"}),
    Case(
        "elided_right", "EinsumDense", (3, 2, 4), {"equation": "ab...,bc->ac...", "output_shape": 5, "bias_axes": "c"}
    ),
    Case(
        "a_kernel_a_step", "EinsumDense", (3, 4), {"equation": "abc,bcd->abd", "output_shape": [3, 2], "bias_axes": "b"}
    ),
    Case(
        "nothing_summed",
        "EinsumDense",
        (3, 4),
        {"equation": "abc,bd->abcd", "output_shape": [3, 4, 2], "bias_axes": "bd"},
    ),
    Case("summed_without_kernel", "EinsumDense", (3, 4), {"equation": "abc,cd->ad", "output_shape": [2]}),
    Case("diagonal", "EinsumDense", (3, 3, 4), {"equation": "abbc,cd->abd", "output_shape": [3, 2]}),
    Case(
        "open",
        "EinsumDense",
        (3, 5),
        {"equation": "abc,cd->adb", "output_shape": [4, None], "bias_axes": "d"},
        open=(0,),
    ),
]


@st.composite
def _drawn(draw: st.DrawFn) -> Case:
    """Each letter is in x, in the kernel and in the output, or in two of them, or in x alone."""
    kinds = draw(st.lists(st.sampled_from(["shared", "alone", "summed", "units", "dropped"]), max_size=5))
    letters = dict(zip("bcdef", kinds, strict=False)) | {"g": "alone", "h": "units"}
    size = {letter: draw(sizes(1, 4)) for letter in letters}

    def those(*kinds: str) -> str:
        return "".join(draw(st.permutations([letter for letter, kind in letters.items() if kind in kinds])))

    x, kernel = those("shared", "alone", "summed", "dropped"), those("shared", "summed", "units")
    output = those("shared", "alone", "units")
    left, right = draw(st.sampled_from([("", ""), ("...", ""), ("", "...")]))
    inner, more = tuple(size[letter] for letter in x), tuple(draw(st.lists(sizes(1, 3), max_size=2)))
    shape = (*more, *inner) if left else (*inner, *more) if right else inner
    batch = "" if left else "a"  # otherwise it is the first of the axes that are left out
    config = {
        "equation": f"{left}{batch}{x}{right},{kernel}->{left}{batch}{output}{right}",
        "output_shape": [size[letter] for letter in output],
    }
    if len(output) + len(more) < 5:  # TensorFlow has no softmax over more axes than that and the batch
        config["activation"] = draw(activation)
    axes = draw(st.sets(st.sampled_from(output)))
    full = [*(more if left else ()), *config["output_shape"], *(more if right else ())]
    if axes and not _added_elsewhere([size[letter] for letter in output if letter in axes], full):
        config["bias_axes"] = "".join(sorted(axes))
    return Case("drawn", "EinsumDense", shape, config)


def _added_elsewhere(bias: list[int], output: list[int]) -> bool:
    """Whether TensorFlow may add the bias along a wrong axis: Keras gives it a bias of one axis as if that were the
    channels', wherever there is an axis of that size, and not the one that the equation says.
    """
    vector = [size for size in bias if size > 1]
    return len(vector) == 1 and output.count(vector[0]) > 1


DRAWN = {"EinsumDense": _drawn()}


@pytest.mark.parametrize("equation", ["ab,bc", "...a...,ab->...b...", "abc,cd->abd", "ab,bc->aac"])
def test_what_is_no_equation_is_told(equation: str) -> None:
    config = {"name": "e", "equation": equation, "output_shape": [2]}
    with pytest.raises(UnsupportedError, match="'e': expected"):
        graph.read(sequential_config((3,), ("EinsumDense", config)), {})


@pytest.mark.parametrize(
    ("equation", "mode", "sentence"),
    [
        ("ab,bc->ac", "gptq/4/128", "expected quantisation to be int8 or int4 or float8, received gptq"),
        ("abd,bc->ac", "int8", "expected a quantized equation whose inputs have each axis once"),
    ],
)
def test_what_quantisation_cannot_be_is_told(equation: str, mode: str, sentence: str) -> None:
    config = {"name": "e", "equation": equation, "output_shape": 2, "dtype": f"{mode}_from_float32"}
    with pytest.raises(UnsupportedError, match=f"'e': {sentence}"):
        kerata.Model(graph.read(sequential_config((3,) * (equation.index(",") - 1), ("EinsumDense", config)), None))
