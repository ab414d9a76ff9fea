"""Write exports/: networks as PyTorch and Keras export them, and what these frameworks answer.

``python tests/plugins/onnx/make_exports.py`` needs the extra ``bench``. The files in the repository are of PyTorch
2.13.0 and Keras 3.15.1, without the exporters' remarks.
"""

import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
import onnx
import torch
from torch import nn

FOLDER = Path(__file__).parent / "exports"


class Recurrent(nn.Module):
    """A recurrent layer and a dense one behind all its steps, its last step or its last state."""

    def __init__(self, layer, read="last", words=False):
        super().__init__()
        self.embedding = nn.Embedding(9, 4) if words else nn.Identity()
        self.layer, self.read = layer, read
        self.dense = nn.Linear(layer.hidden_size * (1 + layer.bidirectional), 3)

    def forward(self, x):
        y, state = self.layer(self.embedding(x))
        if self.read == "state":
            return self.dense((state[0] if isinstance(state, tuple) else state)[-1])
        return self.dense(y if self.read == "all" else y[:, -1])


def of_torch():
    """Return modules of PyTorch, and samples."""
    steps, rows, words = torch.randn(5, 7, 4), torch.randn(5, 4), torch.randint(0, 9, (5, 7))
    lstm, gru = (lambda **o: nn.LSTM(4, 5, batch_first=True, **o)), (lambda **o: nn.GRU(4, 5, batch_first=True, **o))
    small = [nn.Conv2d(2, 4, 3, stride=2, bias=False), nn.BatchNorm2d(4), nn.SiLU(), nn.Conv2d(4, 4, 1, groups=2)]
    image = [nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2)]
    wide = [nn.Linear(4, 8), nn.BatchNorm1d(8), nn.GELU(), nn.Dropout(), nn.Linear(8, 8), nn.LayerNorm(8), nn.PReLU()]
    smooth = [nn.Linear(4, 8), nn.SiLU(), nn.Linear(8, 8), nn.Mish(), nn.SELU(), nn.Softplus(), nn.GELU("tanh")]
    return {
        "lstm": (Recurrent(lstm()), steps),
        "lstm_all": (Recurrent(lstm(), "all"), steps),
        "lstm_state": (Recurrent(lstm(), "state"), steps),
        "lstm_two": (Recurrent(lstm(num_layers=2)), steps),
        "lstm_both_ways": (Recurrent(lstm(bidirectional=True)), steps),
        "gru": (Recurrent(gru()), steps),
        "gru_all": (Recurrent(gru(), "all"), steps),
        "gru_state": (Recurrent(gru(), "state"), steps),
        "words": (Recurrent(lstm(), words=True), words),
        "images": (nn.Sequential(*image, nn.Flatten(), nn.Linear(24, 3)), torch.randn(5, 2, 6, 4)),
        "pooled": (
            nn.Sequential(*small, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3)),
            torch.randn(5, 2, 9, 9),
        ),
        "rows": (nn.Sequential(*wide, nn.Linear(8, 2), nn.LogSoftmax(1)), rows),
        "smooth": (nn.Sequential(*smooth), rows),
        "attention": (nn.TransformerEncoderLayer(4, 2, 8, batch_first=True), steps),
    }


def of_keras():
    """Return models of Keras, and samples."""
    draw, of = np.random.default_rng(0), keras.layers
    steps = draw.normal(size=(5, 7, 4)).astype(np.float32)
    image = [of.Input((6, 4, 2)), of.Conv2D(4, 3, padding="same", activation="relu"), of.BatchNormalization()]
    pooled = [of.Input((9, 9, 2)), of.Conv2D(4, 3, strides=2, padding="same", use_bias=False), of.BatchNormalization()]
    pooled += [of.Activation("silu"), of.Conv2D(4, 1), of.AveragePooling2D(2), of.GlobalAveragePooling2D(), of.Dense(3)]
    rows = [of.Input((4,)), of.Dense(8, activation="relu"), of.BatchNormalization(), of.Dropout(0.3)]
    rows += [of.Dense(8, activation="gelu"), of.Dense(3, activation="softmax")]
    words = [of.Input((7,), dtype="int32"), of.Embedding(9, 4), of.LSTM(5), of.Dense(3)]
    models = {
        "rows": (rows, draw.normal(size=(5, 4)).astype(np.float32)),
        "images": ([*image, of.MaxPooling2D(2), of.Flatten(), of.Dense(3)], draw.normal(size=(5, 6, 4, 2))),
        "pooled": (pooled, draw.normal(size=(5, 9, 9, 2))),
        "lstm": ([of.Input((7, 4)), of.LSTM(5), of.Dense(3)], steps),
        "lstm_all": ([of.Input((7, 4)), of.LSTM(5, return_sequences=True), of.Dense(3)], steps),
        "gru": ([of.Input((7, 4)), of.GRU(5), of.Dense(3)], steps),
        "words": (words, draw.integers(0, 9, (5, 7)).astype(np.int32)),
    }
    return {name: (keras.Sequential(layers), x) for name, (layers, x) in models.items()}


def write_torch(name, module, x):
    """Export a module and return its answers."""
    for part in module.modules():
        if isinstance(part, nn.BatchNorm1d | nn.BatchNorm2d):
            part.running_mean.normal_()
            part.running_var.uniform_(0.5, 2)
    batch = ({0: torch.export.Dim("batch")},)
    path = FOLDER / f"torch_{name}.onnx"
    torch.onnx.export(module.eval(), (x,), path, dynamo=True, external_data=False, dynamic_shapes=batch)
    without_remarks(path)
    with torch.no_grad():
        return module(x).numpy()


def write_keras(name, model, x):
    """Export a model and return its answers."""
    model(x)
    draw = np.random.default_rng(1)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.moving_mean.assign(draw.normal(size=layer.moving_mean.shape))
            layer.moving_variance.assign(draw.uniform(0.5, 2, layer.moving_variance.shape))
            layer.gamma.assign(draw.uniform(0.5, 2, layer.gamma.shape))
    path = FOLDER / f"keras_{name}.onnx"
    model.export(path, format="onnx", verbose=False)
    without_remarks(path)
    return model.predict(x, verbose=0)


def without_remarks(path):
    """Take the names of files and lines out of an export."""
    model = onnx.load(path)
    for part in (model, model.graph, *model.graph.node, *model.graph.value_info, *model.graph.input):
        for field in ("metadata_props", "doc_string"):
            if field in part.DESCRIPTOR.fields_by_name:
                part.ClearField(field)
    onnx.save(model, path)


def main():
    FOLDER.mkdir(exist_ok=True)
    torch.manual_seed(0)
    keras.utils.set_random_seed(0)
    values = {}
    for name, (module, x) in of_torch().items():
        values |= {f"torch_{name}.x": x.numpy(), f"torch_{name}.y": write_torch(name, module, x)}
    for name, (model, x) in of_keras().items():
        x = x.astype(np.float32) if x.dtype == np.float64 else x
        values |= {f"keras_{name}.x": x, f"keras_{name}.y": write_keras(name, model, x)}
    np.savez_compressed(FOLDER / "values.npz", **values)


if __name__ == "__main__":
    main()
