"""A program in Python: one text that needs NumPy alone."""

from __future__ import annotations

import base64
import inspect
import textwrap
from collections.abc import Iterator
from typing import Any

import numpy as np

import glassnet as gn
from glassnet_standalone import python_kernels
from glassnet_standalone.expression import INFIX, infix, lines_of, negative
from glassnet_standalone.linker import Linker, NotSelfContainedError
from glassnet_standalone.lowering import program_of, scales_bytes
from glassnet_standalone.program import Call, Program, Value
from glassnet_standalone.python_rows import rows_source
from glassnet_standalone.sample import sample_of
from glassnet_standalone.sources import docstring_of, explanation_of
from glassnet_standalone.texts import in_docstring

# Kernels whose second argument is a mask.
_MASKED = ("lstm", "gru", "self_attention")

_CONTEXT = '''
class Context:
    """What a layer is given beside its parameters and its input."""

    training = False
    mask = None

    def __init__(self, state):
        self.state = state

    def buffer(self, name, shape, dtype=None):
        return np.empty(shape, dtype or W[next(iter(W))].dtype)
'''
_INSIDE = '''
def unpacked(text, names_and_shapes):
    """Return the weights by name, from base64 of their bytes one after another."""
    numbers = np.frombuffer(base64.b64decode(text), "{type}").astype(np.{dtype})
    weights, start = {{}}, 0
    for name, shape in names_and_shapes.items():
        size = int(np.prod(shape))
        weights[name] = numbers[start : start + size].reshape(shape)
        start += size
    return weights


SHAPES = {shapes}

W = unpacked(
    """
{text}
""",
    SHAPES,
)
'''
_BESIDE = """
with np.load(pathlib.Path(__file__).with_name({name!r})) as file:
    W = dict(file)
"""


def python_source(
    network: gn.Network, classes: tuple[str, ...] = (), weights_file: str = ""
) -> tuple[str, dict[str, gn.Array]]:
    """Return a network as the text of a module, and its arrays.

    Parameters
    ----------
    network
        A network that is built.
    classes
        The names of the classes, if the network itself does not know them.
    weights_file
        The name of the file beside it that holds the weights; none to have them in the text.

    Raises
    ------
    OptionError
        If a layer has no kernel.
    """
    program = program_of(network, links=True)
    arrays = {name: np.ascontiguousarray(array, network.dtype) for name, array in program.arrays.items()}
    linker = Linker()
    linked = _linked(program, linker)
    rows = rows_source(network, classes, linker)
    parts = [*_functions(program), *linker.definitions.values(), _outputs(program, linked), *rows]
    if linked:
        imports = _imports(linker, "import base64")
        _check_same(program, "\n\n\n".join([imports, *parts, _weights(arrays, network.dtype, "")]), linked)
    imports = _imports(linker, "import pathlib" if weights_file else "import base64")
    parts = [f"{_heading(network)}\n\n{imports}", *parts, _weights(arrays, network.dtype, weights_file)]
    return "\n\n\n".join(part.strip("\n") for part in parts if part) + "\n", arrays


def _imports(linker: Linker, own: str) -> str:
    lines = {own, *linker.imports} - {"import numpy as np"}
    in_order = sorted(lines, key=lambda line: (line.startswith("from"), line))
    return "\n".join([*in_order, "", "import numpy as np"])


def _check_same(program: Program, text: str, linked: dict[int, str]) -> None:
    """Raise `OptionError` if layers do something else in a file of their own, where they have a small context.

    Their code is that of installed packages, which is run as by `predict`.
    """
    network = program.network
    x = sample_of(program)
    named: dict[str, Any] = {}
    try:
        exec(text, named)
        found, problem = named["outputs"](x), ""
    except Exception as error:  # the code was written for more than this file has
        found, problem = None, f" ({error})"
    if found is None or not np.allclose(found, network.predict(x), rtol=1e-4, atol=1e-4):
        layers = ", ".join(repr(call.layer) for call in program.calls if call.output.number in linked)
        raise gn.OptionError(
            f"{layers} does not compute in one file of Python what it does in the network{problem}; "
            "write its forward with its parameters, its state and NumPy alone"
        )


def _heading(network: gn.Network) -> str:
    shape = ", ".join(["batch", *map(str, network.input_shape)])
    return (
        f'"""A network that glassnet {gn.__version__} trained, as one file that needs only NumPy.\n\n'
        f"{textwrap.fill(in_docstring(str(gn.Network(network.layers)).splitlines()[0]), 110)}\n\n"
        f"Its samples are ({shape}), and predict(x) returns what net.predict(x) does in glassnet.\n"
        '"""'
    )


def _functions(program: Program) -> Iterator[str]:
    """Yield the kernels that a program calls, each once, with the formula and the source of its layer."""
    seen: dict[str, None] = {}
    for call in program.calls:
        name = name_in_python(call, program)
        if call.kernel in ("reshape", "linked") or name in seen:
            continue
        if call.expression is not None:
            seen[name] = None
            yield _elementwise(call, name)
            continue
        for needed in _with_helpers(name):
            if needed not in seen:
                seen[needed] = None
                yield _kernel(needed, call.layer if needed == name else None)


def name_in_python(call: Call, program: Program) -> str:
    """Return the name of the function of a call: one for each formula, with a number where options differ."""
    if call.expression is None:
        return call.kernel
    same_name = {repr(each.layer): None for each in program.calls if each.expression and each.kernel == call.kernel}
    place = list(same_name).index(repr(call.layer))
    return f"{call.kernel}_{place + 1}" if len(same_name) > 1 else call.kernel


def _with_helpers(name: str) -> list[str]:
    """Return the functions that a kernel calls, and itself."""
    names = getattr(python_kernels, name).__code__.co_names
    helpers = [each for each in names if inspect.isfunction(getattr(python_kernels, each, None))]
    return [*helpers, name]


def _kernel(name: str, layer: gn.Layer | None) -> str:
    function = getattr(python_kernels, name)
    text = inspect.getsource(function).rstrip()
    if layer is None or function.__doc__:
        return text
    head, _, body = text.partition("\n")
    return f"{head}\n{_docstring(layer)}\n{body}"


def _docstring(layer: gn.Layer) -> str:
    return docstring_of(explanation_of(layer) or [repr(layer)])


def _elementwise(call: Call, name: str) -> str:
    assert call.expression is not None
    variables, result = lines_of(call.expression, _python_text, _python_number)
    lines = [f"    {variable} = {value}" for variable, value in variables]
    return "\n".join([f"def {name}(x):", _docstring(call.layer), *lines, f"    return {result}"])


def _python_text(function: str, arguments: list[str]) -> str:
    if function in INFIX:
        return infix(function, *arguments)
    return negative(*arguments) if function == "negative" else f"np.{function}({', '.join(arguments)})"


def _python_number(number: float) -> str:
    return str(int(number)) if number == int(number) and abs(number) < 1e6 else repr(float(number))


def _linked(program: Program, linker: Linker) -> dict[int, str]:
    """Return the text of each layer that is called by its own code, by the number of its value.

    Raises
    ------
    OptionError
        If its code needs more than NumPy and its own module.
    """
    found = {}
    for call in program.calls:
        if call.kernel == "linked":
            try:
                found[call.output.number] = linker.component(call.layer, "forward")
            except (NotSelfContainedError, OSError) as error:
                raise gn.OptionError(
                    f"layer {call.place}, {call.layer!r}, cannot be written as one file of Python: it needs {error}; "
                    "write its forward with NumPy and functions of its own module"
                ) from None
    if any(call.kernel == "linked" and call.layer.kind == "layer" for call in program.calls):
        linker.definitions["Context"] = _CONTEXT.strip()
    return found


def _linked_call(call: Call, linked: dict[int, str]) -> str:
    made, given = linked[call.output.number], _name(call.inputs[0])
    if call.layer.kind == "activation":
        return f"{made}.forward({given})"
    arrays = ", ".join(f'"{array.name.rpartition(".")[2]}": W["{array.name}"]' for array in call.arrays if array)
    return f"{made}.forward({{{arrays}}}, {given}, Context({{{arrays}}}))[0]"


def _outputs(program: Program, linked: dict[int, str]) -> str:
    network = program.network
    lines = ["def outputs(x):", '    """Return the outputs of the network for an array of samples."""']
    lines += [f"    {line}" for line in _conversion(network)]
    place = None
    for call in program.calls:
        if call.place != place:
            place = call.place
            lines.append(f"    # {place}: {call.layer!r}")
        made = _linked_call(call, linked) if call.kernel == "linked" else _call(call, program)
        lines.append(f"    x{call.output.number} = {made}")
    return "\n".join([*lines, f"    return x{program.output.number}"])


def _conversion(network: gn.Network) -> list[str]:
    """Return the lines that check the shape of samples and make floating-point numbers of them."""
    shape = tuple(network.input_shape)
    expected = ", ".join(["batch", *map(str, shape)])
    lines = [
        "x = np.asarray(x)",
        f"if x.shape[1:] != {shape}:",
        f'    raise ValueError(f"x has the shape {{x.shape}}; give samples of shape ({expected})")',
    ]
    if network.integer_input:
        return [*lines, "x0 = x"]
    if scales_bytes(network):
        lines += ["if x.dtype == np.uint8:  # pixels are read as 0 to 1", f"    x = x * np.{network.dtype}(1 / 255)"]
    return [*lines, f"x0 = x.astype(np.{network.dtype})"]


def _call(call: Call, program: Program) -> str:
    given = [_name(value) for value in call.inputs]
    if call.kernel == "reshape":
        return f"{given[0]}.reshape(len({given[0]}), {', '.join(map(str, call.output.shape))})"
    if call.kernel in _MASKED and len(given) == 1:
        given.append("None")
    given += [f'W["{array.name}"]' if array is not None else "None" for array in call.arrays]
    given += [f"{name}={value!r}" for name, value in call.options.items()]
    return f"{name_in_python(call, program)}({', '.join(given)})"


def _name(value: Value) -> str:
    return f"x{value.number}"


def _weights(arrays: dict[str, gn.Array], dtype: Any, weights_file: str) -> str:
    if weights_file:
        return _BESIDE.format(name=weights_file)
    type_of_numbers = np.dtype(dtype).newbyteorder("<")
    joined = b"".join(array.astype(type_of_numbers).tobytes() for array in arrays.values())
    shapes = "".join(f'    "{name}": {array.shape},\n' for name, array in arrays.items())
    return _INSIDE.format(
        type=type_of_numbers.str,
        dtype=np.dtype(dtype).name,
        shapes=f"{{\n{shapes}}}" if shapes else "{}",
        text="\n".join(textwrap.wrap(base64.b64encode(joined).decode(), 116)),
    )
