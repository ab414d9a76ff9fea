"""Measure the conformance kit: change one place of a shipped component's code, and see whether a check fails.

``python tools/mutants.py --most 200`` draws that many mutants, and prints the share caught and each survivor.
A survivor is either equivalent to the original, or something that no check asks for.
"""

from __future__ import annotations

import argparse
import ast
import copy
import inspect
import random
import sys
import types
from collections.abc import Iterator

import glassnet_testing as kit
from glassnet_testing.check import NotChecked
from glassnet_testing.subject import Subject

KINDS = ("activation", "layer", "loss", "regularizer", "optimizer", "schedule", "constraint", "initializer", "metric")
_SWAPS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult}
_TURNED = {ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Gt: ast.LtE, ast.GtE: ast.Lt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}


def changes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what may stand for a node: another sign, constant, comparison or order, or one term less."""
    if isinstance(node, ast.BinOp):
        if type(node.op) in _SWAPS:
            yield ast.BinOp(node.left, _SWAPS[type(node.op)](), node.right)
        yield node.left
        if isinstance(node.op, ast.MatMult | ast.Sub | ast.Div):
            yield ast.BinOp(node.right, node.op, node.left)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not):
        yield node.operand
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in _TURNED:
        yield ast.Compare(node.left, [_TURNED[type(node.ops[0])](), *node.ops[1:]], node.comparators)
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield ast.Constant(node.value + 1)
        yield ast.Constant(-node.value if node.value else 2)
    elif isinstance(node, ast.Call) and len(node.args) == 2:
        yield ast.Call(node.func, node.args[::-1], node.keywords)


def mutants(tree: ast.Module, name: str) -> Iterator[tuple[str, ast.Module]]:
    """Yield each change of the methods of a class, with the line and what was changed."""
    body = next(part for part in tree.body if isinstance(part, ast.ClassDef) and part.name == name)
    methods = [method for method in body.body if isinstance(method, ast.FunctionDef)]
    nodes = [node for method in methods for statement in method.body for node in ast.walk(statement)]
    for node in nodes:
        for changed in changes(node):
            mutated = copy.deepcopy(tree, memo := {})
            twin = memo[id(node)]
            for parent in ast.walk(mutated):
                for field, value in ast.iter_fields(parent):
                    if value is twin:
                        setattr(parent, field, copy.deepcopy(changed))
                    elif isinstance(value, list):
                        value[:] = [copy.deepcopy(changed) if each is twin else each for each in value]
            told = f"line {node.lineno}: {ast.unparse(node)} -> {ast.unparse(changed)}"
            yield told, ast.fix_missing_locations(mutated)


def made(tree: ast.Module, subject: Subject) -> Subject:
    """Return the subject of a changed module; the class has no name of its own in the registry."""
    original = sys.modules[subject.component.__module__]
    module = types.ModuleType("mutated")
    module.__dict__.update(__package__=original.__package__, __file__=original.__file__)
    sys.modules["mutated"] = module
    exec(compile(tree, "mutated", "exec"), module.__dict__)
    return Subject(subject.kind, "mutant", getattr(module, subject.component.__name__))


def failing(subject: Subject, known: frozenset[str] = frozenset(), *, first: bool = False) -> frozenset[str]:
    """Return the names of the checks that fail, besides those known to; of one if `first` is set."""
    found = set()
    for check in kit.checks_of(subject):
        if check.name in known:
            continue
        try:
            if check.failure(subject) is not None:
                found.add(check.name)
        except NotChecked:
            continue
        if found and first:
            break
    return frozenset(found)


def main() -> None:
    """Draw mutants, check them, and print the share caught."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=200)
    parser.add_argument("--kinds", nargs="*", default=KINDS)
    arguments = parser.parse_args()
    drawn = []
    for subject in kit.installed():
        if subject.kind.name in arguments.kinds and subject.component is not None:
            tree = ast.parse(inspect.getsource(sys.modules[subject.component.__module__]))
            if any(isinstance(part, ast.ClassDef) and part.name == subject.component.__name__ for part in tree.body):
                drawn += [(subject, tree, *each) for each in mutants(tree, subject.component.__name__)]
    chosen = random.Random(0).sample(drawn, min(arguments.most, len(drawn)))
    known: dict[str, frozenset[str]] = {}
    caught = 0
    for number, (subject, tree, told, mutated) in enumerate(chosen, 1):
        if subject.title not in known:
            known[subject.title] = failing(made(tree, subject))
        try:
            is_caught = bool(failing(made(mutated, subject), known[subject.title], first=True))
        except Exception:  # a module that cannot be imported is caught as well
            is_caught = True
        caught += is_caught
        if not is_caught:
            print(f"survived  {subject.title}  {told}", flush=True)
        if number % 20 == 0 or number == len(chosen):
            print(f"{caught} of {number} caught ({len(drawn)} mutants in all)", flush=True)


if __name__ == "__main__":
    main()
