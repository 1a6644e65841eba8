"""Functions of TensorFlow, which models of Keras 2 call as layers. Each module registers what it holds."""
