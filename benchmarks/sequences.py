"""Training steps on sequences: characters with a GRU, waves with an LSTM, and a small transformer."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import glassnet as gn
from benchmarks.cases import Case, Samples
from benchmarks.peers import DEFAULT_ADAM, FUSED_ADAM, JAX, OURS, PLAIN, available
from benchmarks.peers.peer import Peer
from benchmarks.training import compared

_CHARACTERS = 75
_ATTENTION = "residual([layer_norm, self_attention(4, causal=True)])"
_DENSE = "residual([layer_norm, dense(512), gelu, dense(128)])"


@dataclass(frozen=True)
class SequenceCase(Case):
    """A network on sequences; its layers are specs of glassnet.

    Attributes
    ----------
    model
        The name of the same network among the models of the other libraries.
    """

    model: str = ""


SEQUENCES = {
    "characters": SequenceCase(
        "characters: embedding, gru(256), dense; batch 16 of 100 steps, 20 batches",
        (100,),
        (f"embedding({_CHARACTERS}, 32)", "gru(256, return_sequences=True)", f"dense({_CHARACTERS})"),
        "softmax",
        batch=16,
        samples=320,
        model="Characters",
    ),
    "sine": SequenceCase(
        "sine: lstm(32), dense; batch 32 of 40 steps, 100 batches",
        (40, 1),
        ("lstm(32)", "dense(1)"),
        "linear",
        batch=32,
        samples=3200,
        model="Waves",
    ),
    "transformer": SequenceCase(
        "transformer: two blocks of 128 features, 4 heads; batch 32 of 64 steps, 20 batches",
        (64,),
        (f"embedding({_CHARACTERS}, 128)", *[_ATTENTION, _DENSE] * 2, "layer_norm", f"dense({_CHARACTERS})"),
        "softmax",
        batch=32,
        samples=640,
        model="Transformer",
    ),
}
# Who trains on sequences: each class is in a module of the peers, which imports one library.
_CLASSES = {
    OURS: "sequences_ours:SequenceGlassnet",
    PLAIN: "sequences_ours:PlainSequenceGlassnet",
    DEFAULT_ADAM: "sequences_pytorch:SequenceDefaultAdam",
    FUSED_ADAM: "sequences_pytorch:SequenceFusedAdam",
    JAX: "sequences_jax:SequenceJax",
}


def cases() -> dict[str, Any]:
    """Return what measures each case, given the number of rounds."""
    return {name: partial(trained, name) for name in SEQUENCES}


def trained(name: str, rounds: int) -> dict[str, Any]:
    """Return everybody's seconds for some steps, and their losses after them."""
    case, samples = SEQUENCES[name], samples_of(name)
    return compared(case, samples, *made(case, samples), rounds)


def made(case: SequenceCase, samples: Samples) -> tuple[dict[str, Peer], dict[str, str]]:
    """Return the peers, and why others are left out."""
    first = importlib.import_module("benchmarks.peers.sequences_ours").first_parameters(case)
    classes, missing = available(_CLASSES, _CLASSES)
    return {name: peer(case, samples, first) for name, peer in classes.items()}, missing


@cache
def samples_of(name: str) -> Samples:
    """Return as many samples as an epoch of the case has, of the dataset that ships."""
    case = SEQUENCES[name]
    source = gn.datasets.sine() if name == "sine" else gn.datasets.characters(length=case.input_shape[0])
    split = source.load().train
    return Samples(split.x[: case.samples], split.y[: case.samples])
