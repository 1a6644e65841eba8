"""RNN: any cell run over the steps of its input."""

from .common.rnn import register_recurrent
from .registry import Inner

register_recurrent("RNN", lambda config: Inner.of("cell", config["cell"]))
