"""Everything that needs TensorFlow: data, recipes, training, golden data. Never shipped to a browser."""

import os

# TensorFlow logs each start of its CPU kernels; only errors are worth a line. Must be set before its import.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
# On processors of some makers TensorFlow leaves oneDNN off; without it, it refuses images whose channels come first,
# and dilated transposed convolutions.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
