"""Cost as work grows, Kerata's and its peers'."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot
from matplotlib.ticker import LogLocator

from .arena import Result, Task


def draw(results: Sequence[Result], panels: Mapping[str, Sequence[Task]], file: Path) -> None:
    """A panel each: milliseconds an image over what the tasks differ in, which is how many images or their size."""
    figure, axes = pyplot.subplots(1, len(panels), figsize=(5 * len(panels), 4), layout="constrained")
    for axis, (label, tasks) in zip(axes, panels.items(), strict=True):
        amounts = {task.name: task.batch if len({each.size for each in tasks}) == 1 else task.size for task in tasks}
        shown = [result for result in results if result.task in amounts]
        for engine in dict.fromkeys(result.engine for result in shown):
            points = [(amounts[result.task], result.median) for result in shown if result.engine == engine]
            axis.plot(*zip(*points, strict=True), marker="o", label=engine)
        axis.set(xlabel=label, ylabel="ms an image", title=tasks[0].name.partition(",")[0], xscale="log", yscale="log")
        axis.set_xticks(list(amounts.values()), [str(amount) for amount in amounts.values()], minor=False)
        axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.yaxis.set_major_formatter("{x:g}")
        axis.minorticks_off()
        axis.grid(alpha=0.3)
        axis.legend(frameon=False)
    figure.savefig(file, metadata={"Date": None})
