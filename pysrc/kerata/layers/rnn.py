"""RNN: any cell run over the steps of its input."""

from .recurrence import register_recurrent
from .registry import Inner

register_recurrent("RNN", lambda config: Inner.of("cell", config["cell"]))
