"""Modules and functions of PyTorch as specs of layers."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import torch
from torch import fx, nn

import glassnet as gn
from glassnet_frameworks import torch_parts as parts

_F = nn.functional
_PARTS = (
    parts.AvgPool2d,
    parts.ChannelsLast,
    parts.Concat,
    parts.Recurrent,
    parts.Reshape,
    parts.Residual,
    parts.SelfAttention,
    parts.StepsLast,
)


class Reading:
    """What was read: tensors by place and name, in the order of the layers."""

    def __init__(self) -> None:
        self.tensors: dict[str, Any] = {}
        self._modules = 0

    def keep(self, module: nn.Module) -> None:
        """Keep the tensors of a module as those of the next layer."""
        self.tensors |= {f"{self._modules}.{name}": tensor for name, tensor in module.state_dict().items()}
        self._modules += 1

    def layers_of(self, module: nn.Module, name: str) -> list[str]:
        """Return a module as specs.

        Raises
        ------
        OptionError
            If it has no counterpart.
        """
        if type(module) in READERS:
            spec = READERS[type(module)](module, self, name)
            return [spec] if spec else []
        if type(module) is nn.Sequential:
            return _joined([self.layers_of(each, f"{name}.{key}") for key, each in module.named_children()])
        if type(module).__module__.startswith("torch.nn"):
            raise unknown(name, module)
        return _Chain(self, module, name).specs


def unknown(name: str, what: Any) -> gn.OptionError:
    """Return the error that names what has no counterpart."""
    told = f"a {type(what).__name__}" if isinstance(what, nn.Module) else str(what)
    return gn.OptionError(
        f"{name} is {told}, which has no counterpart in glassnet; use modules that glassnet knows in a row, or write "
        "a layer of your own: glassnet new layer NAME"
    )


class _Tracer(fx.Tracer):
    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return isinstance(m, _PARTS) or super().is_leaf_module(m, module_qualified_name)


class _Chain:
    """The calls in the forward of a module, one after another."""

    def __init__(self, reading: Reading, module: nn.Module, name: str) -> None:
        self.specs: list[str] = []
        self._reading, self._module, self._name = reading, module, name
        # What a node is: the array that flows, or a part of what a recurrent layer or attention returned.
        self._is: dict[fx.Node, str] = {}
        try:
            graph = _Tracer().trace(module)
        except Exception as error:  # the code of the module meets symbols in place of tensors
            raise gn.OptionError(
                f"the forward of {name} cannot be followed ({error}); write it as calls of modules one after another"
            ) from None
        for node in graph.nodes:
            self._read(node)

    def _read(self, node: fx.Node) -> None:
        if node.op == "placeholder":
            if "flow" not in self._is.values():
                self._is[node] = "flow"
            return
        given = node.args[0] if node.args else None
        state = self._is.get(given) if isinstance(given, fx.Node) else None
        if node.op == "output":
            if state != "flow":
                raise unknown(f"the output of {self._name}", "not the result of the last call")
            return
        others = [each for each in node.all_input_nodes if each is not given]
        if state is None or others:
            raise unknown(self._place(node), "not a call on the result of the one before")
        if state != "flow" or node.target is operator.getitem:
            self._part(node, state)
            return
        self._is = {}
        if node.op == "call_module":
            self._call(node, self._module.get_submodule(str(node.target)))
        else:
            reader = FUNCTIONS.get(node.target)
            if reader is None:
                raise unknown(self._place(node), "a function")
            try:
                self.specs += reader(*node.args[1:], **node.kwargs)
            except TypeError:
                raise unknown(self._place(node), f"{node.format_node()}") from None
            self._is[node] = "flow"

    def _call(self, node: fx.Node, module: nn.Module) -> None:
        self.specs += self._reading.layers_of(module, f"{self._name}.{node.target}")
        kinds = {nn.LSTM: "lstm", nn.GRU: "gru", nn.MultiheadAttention: "attention"}
        self._is[node] = kinds.get(type(module), "flow")

    def _part(self, node: fx.Node, state: str) -> None:
        """Read a part of the outputs: ``outputs, (h, c) = lstm(x)``, ``outputs[:, -1]``, ``h[-1]``."""
        index = node.args[1] if len(node.args) > 1 else None
        if state in ("lstm", "gru", "attention") and index == 0:
            self._is = {each: kind for each, kind in self._is.items() if kind == state} | {node: "flow"}
        elif (state, index) in (("lstm", 1), ("gru", 1)):
            self._is[node] = "states" if state == "lstm" else "hidden"
        elif state == "states":
            self._is[node] = "hidden" if index == 0 else "cell"
        elif (state == "hidden" and index in (0, -1)) or (state == "flow" and self.specs and _is_last_step(index)):
            self._last(node)
        else:
            raise unknown(self._place(node), "a part of an array that is not the last step")

    def _last(self, node: fx.Node) -> None:
        if ", return_sequences=True" not in self.specs[-1]:
            raise unknown(self._place(node), "a part of an array that is not the last step of a recurrent layer")
        self.specs[-1] = self.specs[-1].replace(", return_sequences=True", "")
        self._is = {node: "flow"}

    def _place(self, node: fx.Node) -> str:
        return f"{node.name!r} in the forward of {self._name}"


def _is_last_step(index: Any) -> bool:
    """Return whether an index is ``[:, -1]`` or ``[:, -1, :]``."""
    whole = slice(None)
    return isinstance(index, tuple) and index[:2] == (whole, -1) and index[2:] in ((), (whole,))


Reader = Callable[[Any, Reading, str], str]
READERS: dict[type[nn.Module], Reader] = {}


def _reader(*kinds: type[nn.Module]) -> Callable[[Reader], Reader]:
    def register(function: Reader) -> Reader:
        READERS.update(dict.fromkeys(kinds, function))
        return function

    return register


@_reader(nn.Linear)
def _linear(module: nn.Linear, reading: Reading, name: str) -> str:
    reading.keep(module)
    return f"dense({module.out_features}, bias={module.bias is not None})"


@_reader(nn.Conv2d)
def _conv2d(module: nn.Conv2d, reading: Reading, name: str) -> str:
    if module.padding_mode != "zeros":
        raise unknown(name, f"a {type(module).__name__} that does not pad with zeros")
    reading.keep(module)
    padding = f"{module.padding!r}" if isinstance(module.padding, str) else f"{list(module.padding)}"
    return (
        f"conv2d({module.out_channels}, {list(module.kernel_size)}, stride={list(module.stride)}, padding={padding}, "
        f"dilation={list(module.dilation)}, groups={module.groups}, bias={module.bias is not None})"
    )


@_reader(nn.ZeroPad2d, nn.ConstantPad2d)
def _pad(module: Any, reading: Reading, name: str) -> str:
    return "same"


@_reader(nn.MaxPool2d, nn.AvgPool2d)
def _pool(module: Any, reading: Reading, name: str) -> str:
    kind = "max" if isinstance(module, nn.MaxPool2d) else "avg"
    if module.ceil_mode or getattr(module, "dilation", 1) not in (1, (1, 1)):
        raise unknown(name, module)
    if kind == "avg" and module.count_include_pad and module.padding not in (0, (0, 0)):
        raise unknown(name, f"a {type(module).__name__} whose added pixels count")
    return f"{kind}_pool2d({_pair(module.kernel_size)}, stride={_pair(module.stride)}, padding={_pair(module.padding)})"


@_reader(parts.AvgPool2d)
def _uneven_pool(module: parts.AvgPool2d, reading: Reading, name: str) -> str:
    return f"avg_pool2d({_pair(module.size)}, stride={_pair(module.stride)}, padding='same')"


@_reader(nn.AdaptiveAvgPool2d)
def _global_pool(module: nn.AdaptiveAvgPool2d, reading: Reading, name: str) -> str:
    if module.output_size not in (1, (1, 1)):
        raise unknown(name, module)
    return "global_avg_pool2d"


@_reader(nn.BatchNorm1d, nn.BatchNorm2d)
def _batch_norm(module: nn.BatchNorm1d, reading: Reading, name: str) -> str:
    if not module.affine or module.running_mean is None or module.momentum is None:
        raise unknown(name, f"a {type(module).__name__} without running statistics or scale")
    reading.keep(module)
    return f"batch_norm(momentum={1 - module.momentum!r}, epsilon={module.eps!r})"


@_reader(nn.LayerNorm)
def _layer_norm(module: nn.LayerNorm, reading: Reading, name: str) -> str:
    if len(module.normalized_shape) != 1 or module.weight is None or module.bias is None:
        raise unknown(name, f"a {type(module).__name__} that is not over one axis with scale and shift")
    reading.keep(module)
    return f"layer_norm(epsilon={module.eps!r})"


@_reader(nn.Embedding)
def _embedding(module: nn.Embedding, reading: Reading, name: str) -> str:
    reading.keep(module)
    padding = module.padding_idx
    is_zero = padding is not None and not bool(module.weight[padding].any())
    return f"embedding({module.num_embeddings}, {module.embedding_dim}{f', padding={padding}' if is_zero else ''})"


@_reader(nn.LSTM, nn.GRU)
def _recurrent(module: nn.LSTM, reading: Reading, name: str) -> str:
    plain = module.num_layers == 1 and not module.bidirectional and module.batch_first and module.bias
    if not plain or module.proj_size:
        raise unknown(name, f"a {type(module).__name__} that is not one layer with batch_first=True")
    reading.keep(module)
    return f"{type(module).__name__.lower()}({module.hidden_size}, return_sequences=True)"


@_reader(parts.Recurrent)
def _outputs_of_recurrent(module: parts.Recurrent, reading: Reading, name: str) -> str:
    (spec,) = reading.layers_of(module.recurrent, name)
    return spec if module.return_sequences else spec.replace(", return_sequences=True", "")


@_reader(nn.MultiheadAttention)
def _attention(module: nn.MultiheadAttention, reading: Reading, name: str) -> str:
    if not module.batch_first or module.bias_k is not None or module.in_proj_weight is None:
        raise unknown(name, f"a {type(module).__name__} that is not attention of one input with batch_first=True")
    reading.keep(module)
    return f"self_attention({module.num_heads}, bias={module.in_proj_bias is not None})"


@_reader(parts.SelfAttention)
def _self_attention(module: parts.SelfAttention, reading: Reading, name: str) -> str:
    (spec,) = reading.layers_of(module.attention, name)
    return f"{spec[:-1]}, causal={module.causal})"


@_reader(parts.Residual)
def _residual(module: parts.Residual, reading: Reading, name: str) -> str:
    return f"residual([{', '.join(reading.layers_of(nn.Sequential(*module), name))}])"


@_reader(parts.Concat)
def _concat(module: parts.Concat, reading: Reading, name: str) -> str:
    branches = [reading.layers_of(each, f"{name}.{key}") for key, each in module.named_children()]
    joined = [each[0] if len(each) == 1 else f"sequential([{', '.join(each)}])" for each in branches]
    return f"concat([{', '.join(joined)}])"


@_reader(parts.ChannelsLast, parts.StepsLast)
def _turned(module: Any, reading: Reading, name: str) -> str:
    return ", ".join(reading.layers_of(module.module, name))


@_reader(parts.Reshape)
def _reshape(module: parts.Reshape, reading: Reading, name: str) -> str:
    return f"reshape({list(module.shape)})"


@_reader(nn.Flatten)
def _flatten(module: nn.Flatten, reading: Reading, name: str) -> str:
    if (module.start_dim, module.end_dim) != (1, -1):
        raise unknown(name, module)
    return "flatten"


@_reader(nn.Identity)
def _identity(module: nn.Identity, reading: Reading, name: str) -> str:
    return "linear"


@_reader(nn.Dropout)
def _dropout(module: nn.Dropout, reading: Reading, name: str) -> str:
    return f"dropout({module.p!r})"


@_reader(nn.PReLU)
def _prelu(module: nn.PReLU, reading: Reading, name: str) -> str:
    reading.keep(module)
    return "prelu"


_PLAIN = {
    nn.ReLU: "relu",
    nn.Tanh: "tanh",
    nn.Sigmoid: "sigmoid",
    nn.SiLU: "silu",
    nn.Mish: "mish",
    nn.SELU: "selu",
    nn.Softmax: "softmax",
    nn.LogSoftmax: "log_softmax",
}
READERS.update({kind: lambda module, reading, name: _PLAIN[type(module)] for kind in _PLAIN})
READERS.update(
    {
        nn.ELU: lambda module, reading, name: f"elu({module.alpha!r})",
        nn.LeakyReLU: lambda module, reading, name: f"leaky_relu({module.negative_slope!r})",
        nn.GELU: lambda module, reading, name: f"gelu(approximate={module.approximate!r})",
        nn.Softplus: lambda module, reading, name: f"softplus({float(module.beta)!r})",
    }
)


def _pair(value: Any) -> list[int]:
    return [value, value] if isinstance(value, int) else list(value)


def _joined(each: list[list[str]]) -> list[str]:
    """Return specs in a row; padding belongs to the layer behind it, and a pooled image is flat already."""
    specs: list[str] = []
    for spec in (spec for some in each for spec in some):
        if specs and specs[-1] == "same":
            specs[-1] = _padded(spec)
        elif not (spec == "flatten" and specs and specs[-1] == "global_avg_pool2d"):
            specs.append(spec)
    return specs


def _padded(spec: str) -> str:
    head, _, rest = spec.partition("padding=[0, 0]")
    return f"{head}padding='same'{rest}"


def _mean(dim: Any = None, **_: Any) -> list[str]:
    if dim not in ((2, 3), [2, 3], (-2, -1), [-2, -1]):
        raise unknown("mean", f"over {dim}")
    return ["global_avg_pool2d"]


def _flat(start_dim: int = 0, end_dim: int = -1) -> list[str]:
    if (start_dim, end_dim) != (1, -1):
        raise unknown("flatten", f"from {start_dim} to {end_dim}")
    return ["flatten"]


def _max_pool(kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, **given: Any) -> list[str]:
    if dilation not in (1, (1, 1)) or any(given.values()):
        raise unknown("max_pool2d", "dilated, rounded up or with indices")
    stride = kernel_size if stride is None else stride
    return [f"max_pool2d({_pair(kernel_size)}, stride={_pair(stride)}, padding={_pair(padding)})"]


def _named(spec: str) -> Callable[..., list[str]]:
    return lambda *_, **__: [spec]


FUNCTIONS: dict[Any, Callable[..., list[str]]] = {
    torch.flatten: _flat,
    "flatten": _flat,
    "mean": _mean,
    torch.mean: _mean,
    _F.max_pool2d: _max_pool,
    _F.gelu: lambda approximate="none": [f"gelu(approximate={approximate!r})"],
    _F.leaky_relu: lambda negative_slope=0.01, inplace=False: [f"leaky_relu({negative_slope!r})"],
    _F.elu: lambda alpha=1.0, inplace=False: [f"elu({alpha!r})"],
    _F.dropout: lambda p=0.5, training=True, inplace=False: [f"dropout({p!r})"],
}
for _name in ("relu", "tanh", "sigmoid", "softmax", "log_softmax", "silu", "mish", "selu"):
    for _function in (getattr(torch, _name, None), getattr(_F, _name, None), _name):
        if _function is not None:
            FUNCTIONS[_function] = _named(_name)
