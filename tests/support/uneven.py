"""Networks of random weights whose normalisation is as uneven as a trained one's."""

import keras
import numpy as np


def make_uneven(model: keras.Model, seed: int) -> np.random.Generator:
    """Sets what Keras begins with all ones or zeros. Returns the generator, to go on with."""
    random = np.random.default_rng(seed)
    for weight in model.weights:
        if weight.name in ("gamma", "moving_variance"):
            weight.assign(random.uniform(0.6, 1.4, weight.shape))
        elif weight.name in ("beta", "moving_mean", "bias"):
            weight.assign(random.normal(0, 0.2, weight.shape))
    return random
