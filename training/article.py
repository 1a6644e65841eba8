"""The article's recipe: a small CNN on plain MNIST, as in Keras's old `mnist_cnn.py` example."""

import keras

BATCH_SIZE = 128
EPOCHS = 12
SEED = 2018


def build_model() -> keras.Model:
    """The article's network, compiled: (n, 28, 28, 1) float32 in 0..1 → (n, 10) probabilities; 1,199,882 parameters."""
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(32, kernel_size=(3, 3), activation="relu"),
            keras.layers.Conv2D(64, (3, 3), activation="relu"),
            keras.layers.MaxPooling2D(pool_size=(2, 2)),
            keras.layers.Dropout(0.25),
            keras.layers.Flatten(),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        loss="categorical_crossentropy",
        # Keras 2's default, which the article relied on. Keras 3's default of 0.001 learns almost nothing.
        optimizer=keras.optimizers.Adadelta(learning_rate=1.0),
        metrics=["accuracy"],
    )
    return model
