"""From the code of LLVM to a function that Python calls."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache
from typing import Any

from llvmlite import binding

from glassnet_accelerators.built_in import built_in
from glassnet_fusion.code_cache import cached

_LEVEL = 2

# LLVM is given one module at a time.
_lock = threading.Lock()
# Code is there as long as what holds it.
_kept: list[Any] = []


def function_of(module: Any, name: str) -> Callable[..., int]:
    """Compile a module of LLVM's code, or read it from the cache, and return one of its functions.

    Rounding is that of each single operation: nothing in the code allows LLVM to contract, reorder or approximate.
    """
    text = str(module)
    with _lock:
        machine_code = cached("\n".join((*_machine(), text)), lambda: _compiled(text))
        empty = binding.parse_assembly("")
        engine = binding.create_mcjit_compiler(empty, binding.Target.from_default_triple().create_target_machine())
        engine.add_object_file(binding.ObjectFileRef.from_data(machine_code))
        engine.finalize_object()
        _kept.append(engine)
    return built_in(name, engine.get_function_address(name))


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
def _machine() -> tuple[str, ...]:
    """Return what compiled code depends on besides its text."""
    import llvmlite

    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    features = binding.get_host_cpu_features().flatten()
    return llvmlite.__version__, binding.get_default_triple(), binding.get_host_cpu_name(), features


def _target_machine() -> Any:
    _, _, processor, features = _machine()
    return binding.Target.from_default_triple().create_target_machine(cpu=processor, features=features, opt=_LEVEL)
