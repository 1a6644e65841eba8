"""Keras's layers in NumPy, one a file. The folder is the registry: every module in it registers what it holds."""

import importlib
import pkgutil

from .registry import Call, Layer, Mask, find, kinds, register_layer

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["Call", "Layer", "Mask", "find", "kinds", "register_layer"]
