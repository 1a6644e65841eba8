"""Keras's layers in NumPy, one a file. The folder is the registry: every module in it registers what it holds."""

from .registry import Call, Layer, Mask, find, has, kinds, register_layer

__all__ = ["Call", "Layer", "Mask", "find", "has", "kinds", "register_layer"]
