"""From the code of LLVM to a function that Python calls."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from functools import cache, partial
from typing import Any

from llvmlite import binding

from glassnet_machine_code.code_cache import cached
from glassnet_machine_code.large_stack import on_large_stack

_LEVEL = 2

# LLVM is given one module at a time.
_lock = threading.Lock()
# Code, and what Python calls it by, is there as long as what holds it.
_kept: list[Any] = []

# An array of arguments and their number: METH_FASTCALL in methodobject.h.
_FASTCALL = 0x80
_make_function = ctypes.pythonapi.PyCFunction_NewEx
_make_function.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
_make_function.restype = ctypes.py_object


class _Method(ctypes.Structure):
    """PyMethodDef in methodobject.h: what Python makes a built-in function of."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("address", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    )


def function_of(module: Any, name: str) -> Callable[..., int]:
    """Compile a module of code of LLVM, and return one of its functions, which Python calls as a built-in one."""
    (address,) = addresses_of(module, name)
    return builtin_at(address, name)


def addresses_of(module: Any, *names: str) -> tuple[int, ...]:
    """Compile a module of LLVM's code, or read it from the cache, and return where some of its functions are.

    Rounding is that of each single operation: nothing in the code allows LLVM to contract, reorder or approximate.
    """
    return on_large_stack(partial(_addresses_of, str(module), names))


def _addresses_of(text: str, names: tuple[str, ...]) -> tuple[int, ...]:
    with _lock:
        machine_code = cached("\n".join((*machine(), text)), lambda: _compiled(text))
        empty = binding.parse_assembly("")
        engine = binding.create_mcjit_compiler(empty, binding.Target.from_default_triple().create_target_machine())
        engine.add_object_file(binding.ObjectFileRef.from_data(machine_code))
        engine.finalize_object()
        _kept.append(engine)
        return tuple(engine.get_function_address(name) for name in names)


def builtin_at(address: int, name: str) -> Callable[..., int]:
    """Return compiled code at an address as a function for Python."""
    method = _Method(name.encode(), address, _FASTCALL, None)
    _kept.append(method)
    return _make_function(ctypes.byref(method), None, None)  # type: ignore[no-any-return]


def _compiled(text: str) -> bytes:
    module = binding.parse_assembly(text)
    module.triple = binding.get_default_triple()
    module.verify()
    machine = _target_machine()
    # More of its passes doubled the time of the compiler, and made nothing faster.
    options = binding.create_pipeline_tuning_options(speed_level=_LEVEL)
    options.loop_vectorization, options.slp_vectorization = True, False
    options.loop_interleaving = options.loop_unrolling = False
    builder = binding.create_pass_builder(machine, options)
    passes = builder.getModulePassManager()
    passes.run(module, builder)
    code: bytes = machine.emit_object(module)
    return code


@cache
def machine() -> tuple[str, ...]:
    """Return what compiled code depends on besides its text."""
    import llvmlite

    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    features = binding.get_host_cpu_features().flatten()
    return llvmlite.__version__, binding.get_default_triple(), binding.get_host_cpu_name(), features


def _target_machine() -> Any:
    _, _, processor, features = machine()
    return binding.Target.from_default_triple().create_target_machine(cpu=processor, features=features, opt=_LEVEL)
