"""The format safetensors: the model files of glassnet."""

from __future__ import annotations

from pathlib import Path

from glassnet.network import Network
from glassnet_persistence import model_file
from glassnet_persistence.format import Format


class Safetensors(Format):
    """One file with parameters, state, and what it takes to make the network again; see `model_file`.

    The format of the arrays is that of Hugging Face (2022), https://github.com/huggingface/safetensors.
    """

    def save(self, network: Network, path: Path) -> None:
        model_file.save(network, path)

    def load(self, path: Path) -> Network:
        return model_file.load(path)
