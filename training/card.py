"""The model card: a page made from the training's report, in plain HTML with a few plots beside it.

Its headings follow M. Mitchell et al., *Model cards for model reporting*, 2019.
"""

import base64
import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import image, rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .data import Mnist

INK, GREY, ACCENT, SHEET = "#1c1a17", "#8c8272", "#a8401c", "#fffdf9"  # of site/styles.css, by day

RECIPES = {
    "article": "The article's: plain MNIST, 12 epochs of Adadelta at learning rate 1.",
    "robust": (
        "MNIST's digits, in each epoch some as they are, some bent a little, some warped, some drawn again along their "
        "centre lines with a pen 1.5 to 4.5 pixels wide, at times with a slash, base, flag or cross; a tenth as many "
        "digits drawn from forms by hand; and letters, scribbles and shapes, for which all answers are to be equally "
        "likely. SGD with Nesterov momentum, label smoothing 0.02 and the weights' moving average. A third of what is "
        "taught are the labels, two thirds the mean answer of three deeper networks that learnt the same for 16 "
        "epochs. In training the layers are followed by normalisations, which are then folded into them."
    ),
}

CANNOT = (
    "It knows ten digits and nothing else: not letters, not several digits at once, not signs or fractions.",
    "Half of its training digits come from employees of a U.S. office, half from pupils (MNIST). Ways of writing that "
    "are rare there, such as a 1 like an upturned V or a 9 like a g, it may misread.",
    "Some drawings are digits in two ways; no network can know which one was meant.",
    "It was made to be drawn on. Do not let it decide about money, marks or people.",
)


def write(report: dict[str, Any], mnist: Mnist, folder: Path) -> None:
    """Writes `card.html` and its plots, `*.svg`, to the folder."""
    plots: dict[str, Callable[[Figure], None]] = {
        "course": lambda figure: _plot_course(figure, report["history"]),
        "calibration": lambda figure: _plot_calibration(figure, report["calibration"]["bins"]),
        "robustness": lambda figure: _plot_robustness(figure, report["robustness"]),
    }
    for name, plot in plots.items():
        figure = Figure(
            figsize=(7.5, 3.2) if name != "robustness" else (7.5, 5.5), layout="constrained", facecolor=SHEET
        )
        plot(figure)
        with rc_context({"svg.hashsalt": name}):  # the same ids each time: a plot differs only where its figures do
            figure.savefig(folder / f"{name}.svg", metadata={"Date": None})
    (folder / "card.html").write_text(_page(report, mnist), encoding="utf-8")


def wilson(right: int, n: int) -> tuple[float, float]:
    """The 95 % confidence interval of a share (E. B. Wilson, *Probable inference*, 1927)."""
    z = 1.959964
    share = right / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * float(np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)))
    return middle - half, middle + half


def _page(report: dict[str, Any], mnist: Mnist) -> str:
    confusion = np.array(report["confusion"])
    right, n = int(np.trace(confusion)), int(confusion.sum())
    doubt = report["doubt"]
    parts = [
        "<h1>Model card</h1>",
        f"<p>The network behind Kerata's page: the article's CNN, 1,199,882 parameters, trained by the recipe "
        f"<b>{report['recipe']}</b> from seed {report['seed']} in {report['epochs']} epochs, with Keras "
        f"{report['keras']} and TensorFlow {report['tensorflow']}. It reads {right / n:.2%} of MNIST's {n:,} test "
        f"digits right ({_interval(right, n)}).</p>",
        "<h2>Data and recipe</h2>",
        f"<p>{RECIPES[report['recipe']]}</p>",
        "<p>MNIST: Y. LeCun, C. Cortes, C. J. C. Burges, 1998. Letters: A. V. Hershey's stroke fonts, 1967. The test "
        "set chose nothing.</p>",
        _image("course.svg", "Accuracy and loss over the epochs"),
        "<h2>Right, digit by digit</h2>",
        _table(
            ("digit", "right", "of", "accuracy", "95 % interval"),
            [
                (digit, row[digit], row.sum(), f"{row[digit] / row.sum():.2%}", _interval(row[digit], row.sum()))
                for digit, row in enumerate(confusion)
            ],
        ),
        "<h2>Taken for what</h2>",
        "<p>Rows: written. Columns: read.</p>",
        _confusion(confusion),
        "<h2>The mistakes it was surest of</h2>",
        _mistakes(report["worst"], mnist),
        "<h2>Sure, maybe, no digit</h2>",
        f"<p>Logits are divided by a temperature of {doubt['temperature']}. An answer without “maybe” needs a "
        f"probability of at least {doubt['sure']:.1%}; below {doubt['digit']:.1%} the drawing is said to be no digit. "
        f"{_chosen(report['held_back'])}</p>",
        _table(
            ("digits", "accuracy", "answered for sure", "right when sure", "refused"),
            [
                (name, *(f"{shares[key]:.2%}" for key in ("accuracy", "sure", "right_when_sure", "refused")))
                for name, shares in (("MNIST's test set", report["verdicts"]), ("held back", report["held_back"]))
                if shares
            ],
        ),
        f"<p>Expected calibration error on the test set: {report['calibration']['expected_error']:.2%}.</p>",
        _image("calibration.svg", "How often answers of a confidence are right"),
        "<h2>Moved, scaled, turned, drawn with other pens</h2>",
        _image("robustness.svg", "Accuracy on 1,000 test digits, changed"),
        "<h2>Sizes</h2>",
        _table(
            ("weights", "bytes", "accuracy", "largest change of a probability"),
            [
                (name, f"{row['bytes']:,}", f"{row['accuracy']:.2%}", f"{row['drift']:.1e}")
                for name, row in report["formats"].items()
            ],
        ),
        f"<p>The page carries the int8 file; against Keras in float32 it changes "
        f"{report['predictions_changed_by_int8']} of {n:,} answers.</p>",
        "<h2>What it cannot do</h2>",
        "<ul>" + "".join(f"<li>{sentence}</li>" for sentence in CANNOT) + "</ul>",
        '<p><a href="report.json">All figures, as JSON</a> · <a href="../">Back to the pad</a></p>',
    ]
    return _FRAME.format(body="\n".join(parts))


_FRAME = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'self'; img-src 'self' data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Kerata: model card</title>
<link rel="icon" href="../favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="../styles.css">
<link rel="stylesheet" href="../card.css">
</head>
<body class="card">
<main>
{body}
</main>
</body>
</html>
"""


def _chosen(held_back: dict[str, float]) -> str:
    if not held_back:
        return "Nothing was held back to choose them on."
    return (
        f"Chosen on {held_back['digits']:,} digits that were held back from training, half of them drawn again, and on "
        f"{held_back['outliers']:,} letters of other fonts, scribbles and shapes, of which "
        f"{held_back['outliers_taken_for_sure']:.1%} are taken for a digit for sure."
    )


def _interval(right: int, n: int) -> str:
    low, high = wilson(int(right), int(n))
    return f"{low:.2%} to {high:.2%}"


def _table(head: Iterable[Any], rows: Iterable[Iterable[Any]]) -> str:
    names = "".join(f"<th>{name}</th>" for name in head)
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<table tabindex="0"><thead><tr>{names}</tr></thead>{lines}</table>'  # it may have to be scrolled


def _confusion(confusion: np.ndarray) -> str:
    rows = []
    for written, row in enumerate(confusion):
        cells = [
            f'<td class="{"right" if read == written else "wrong" if count else "never"}">{count}</td>'
            for read, count in enumerate(row)
        ]
        rows.append(f"<tr><th>{written}</th>{''.join(cells)}</tr>")
    head = "".join(f"<th>{digit}</th>" for digit in range(10))
    return f'<table class="confusion" tabindex="0"><thead><tr><th>digit</th>{head}</tr></thead>{"".join(rows)}</table>'


def _mistakes(worst: list[dict[str, Any]], mnist: Mnist) -> str:
    figures = []
    for mistake in worst:
        words = f"{mistake['written']} read as {mistake['read']}"
        source = _png(mnist.x_test[mistake["index"]])
        figures.append(
            f'<figure><img src="{source}" alt="{words}"><figcaption>{words}<br>{mistake["confidence"]:.1%} sure'
            "</figcaption></figure>"
        )
    return f'<div class="mistakes">{"".join(figures)}</div>'


def _png(digit: np.ndarray) -> str:
    data = io.BytesIO()
    image.imsave(data, digit, cmap="gray", format="png", vmin=0, vmax=255)
    return "data:image/png;base64," + base64.b64encode(data.getvalue()).decode()


def _image(file: str, words: str) -> str:
    return f'<p><img class="plot" src="{file}" alt="{words}"></p>'


def _plot_course(figure: Figure, history: list[dict[str, float]]) -> None:
    epochs = range(1, len(history) + 1)
    for axes, metric in zip(figure.subplots(1, 2), ("accuracy", "loss"), strict=True):
        axes.plot(epochs, [entry[f"val_{metric}"] for entry in history], color=ACCENT)
        _dress(axes, "epoch", f"validation {metric}")


def _plot_calibration(figure: Figure, bins: list[dict[str, float]]) -> None:
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="dotted", label="perfect")
    axes.plot(
        [row["confidence"] for row in bins], [row["accuracy"] for row in bins], "o-", color=ACCENT, label="measured"
    )
    _dress(axes, "confidence", "share of right answers")
    axes.legend()


_CHANGES = {
    "shift": "shift, in pixels of 28",
    "scale": "size, relative",
    "turn": "turn, in degrees",
    "pen": "width of the pen, in pixels of 28",
}


def _plot_robustness(figure: Figure, curves: dict[str, Any]) -> None:
    for axes, (change, words) in zip(figure.subplots(2, 2, sharey=True).flat, _CHANGES.items(), strict=True):
        curve = curves[change]
        axes.plot(curve["values"], curve["network"], "o-", color=GREY, label="the network alone")
        axes.plot(curve["values"], curve["page"], "o-", color=ACCENT, label="after the page's reduction")
        _dress(axes, words, "accuracy")
        axes.set_ylim(0, 1.02)
    axes.legend()


def _dress(axes: Axes, x: str, y: str) -> None:
    axes.set(xlabel=x, ylabel=y, facecolor=SHEET)
    axes.tick_params(colors=INK)
    axes.grid(alpha=0.3)
