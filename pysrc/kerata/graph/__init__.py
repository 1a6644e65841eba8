"""From a model's config, as any version of Keras wrote it, and its weights to nodes in the order in which they run."""

from .build import Graph, missing, output_shapes, read, weight_shapes

__all__ = ["Graph", "missing", "output_shapes", "read", "weight_shapes"]
