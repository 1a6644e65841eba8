"""Makes the table of all layers in pysrc/kerata/layers/README.md: `python -m training.coverage`."""

import inspect
import re
from pathlib import Path

import keras

from kerata import layers
from kerata.backends.lowering import KINDS
from kerata.graph import deserialize
from kerata.layers.common.unsupported import LEFT_OUT

README = Path(layers.__file__).with_name("README.md")
_TABLE = re.compile(r"(?<=<!-- made by `python -m training.coverage` -->\n).*?(?=<!-- end -->)", re.DOTALL)


def keras_layers() -> set[str]:
    """The class names of all layers of the installed Keras."""
    classes = [each for _, each in inspect.getmembers(keras.layers, inspect.isclass)]
    return {each.__name__ for each in classes if issubclass(each, keras.Layer)}


def table() -> str:
    rows = [
        f"Of {len(keras_layers())} in Keras {keras.__version__}:",
        "",
        "| layer | file | kernels |",
        "|---|---|---|",
    ]
    for kind in sorted(keras_layers() - LEFT_OUT.keys()):
        is_unrolled = kind in deserialize.UNROLLED
        file = "../graph/deserialize.py" if is_unrolled else Path(inspect.getfile(layers.find(kind, kind).build)).name
        rows.append(f"| {kind} | [{file}]({file}) | {'yes' if kind in KINDS else ''} |")
    rows += ["", "| left out | because |", "|---|---|"]
    rows += [f"| {kind} | {reason} |" for kind, reason in sorted(LEFT_OUT.items())]
    operators = [kind.removeprefix("ops.") for kind in layers.kinds() if kind.startswith("ops.")]
    rows += ["", f"Operators (`a + b`, `keras.ops`), {len(operators)}: {', '.join(sorted(operators))}.", ""]
    functions = {kind.replace("compat.v1.", "") for kind in layers.kinds() if kind.startswith("tf.")}
    names = ", ".join(sorted(name.removeprefix("tf.") for name in functions))
    rows += [f"Functions of TensorFlow (`tf.…`) in files of Keras 2, {len(functions)}: {names}.", ""]
    return "\n".join(rows)


def with_table(text: str) -> str:
    return _TABLE.sub(lambda _: table(), text)


if __name__ == "__main__":
    README.write_text(with_table(README.read_text()))
