"""Keras's layers that Kerata does not run, and why."""

_CODE = "its computation is Python code, which is not run from a file"

LEFT_OUT = {
    "FlaxLayer": "its computation is a Flax module, which needs JAX",
    "JaxLayer": "its computation is a JAX function, which needs JAX",
    "Lambda": f"{_CODE}; use keras.ops in a Functional model, or a layer of your own and kerata.register_layer",
    "Layer": "it is the base of all layers and computes nothing",
    "TFSMLayer": "its computation is a TensorFlow SavedModel, which needs TensorFlow",
    "TorchModuleWrapper": "its computation is a PyTorch module, which needs PyTorch",
    "Wrapper": "it is the base of layers that hold one, and computes nothing",
}
