"""Functions of `keras.ops` as layers, and those of TensorFlow in `tf`. Each module registers what it holds."""
