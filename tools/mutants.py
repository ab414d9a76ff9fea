"""Measure the conformance kit: change one place of a shipped component's code, and see whether a check fails.

``python tools/mutants.py --most 200`` draws that many mutants, and prints the share caught and each survivor.
A survivor is either equivalent to the original, or something that no check asks for. With ``--least 0.7`` the exit code
is 1 if a smaller share is caught.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import importlib
import inspect
import multiprocessing
import random
import sys
import types
from collections import Counter
from collections.abc import Iterator, Sequence

import attrs

import glassnet_testing as kit
from glassnet_testing.runner.check import NotChecked
from glassnet_testing.runner.subject import Subject

KINDS = ("activation", "layer", "loss", "regularizer", "optimizer", "schedule", "constraint", "initializer", "metric")
_SWAPS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult}
_TURNED = {ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Gt: ast.LtE, ast.GtE: ast.Lt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}
# Checks that take long, and do not depend on what a method computes.
_NOT_OF_NUMBERS = frozenset({"two_threads", "toml_round_trip", "model_file_round_trip", "spec_round_trip"})
# Their two arguments may be swapped.
_SYMMETRIC = frozenset(
    {"maximum", "minimum", "add", "multiply", "logaddexp", "max", "min", "array_equal", "swapaxes", "dot"}
)


def changes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what may stand for a node: another sign, constant, comparison or order, or one term less."""
    if isinstance(node, ast.BinOp):
        if type(node.op) in _SWAPS:
            yield ast.BinOp(node.left, _SWAPS[type(node.op)](), node.right)
        yield node.left
        if isinstance(node.op, ast.MatMult | ast.Sub | ast.Div):
            yield ast.BinOp(node.right, node.op, node.left)
    elif isinstance(node, ast.AugAssign) and type(node.op) in _SWAPS:
        yield ast.AugAssign(node.target, _SWAPS[type(node.op)](), node.value)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not):
        yield node.operand
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in _TURNED:
        yield ast.Compare(node.left, [_TURNED[type(node.ops[0])](), *node.ops[1:]], node.comparators)
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield ast.Constant(node.value + 1)
        yield ast.Constant(-node.value if node.value else 2)
    elif isinstance(node, ast.Call) and len(node.args) == 2 and _called(node.func) not in _SYMMETRIC:
        yield ast.Call(node.func, node.args[::-1], node.keywords)


def _called(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def computing(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and those in it, but for annotations and what is raised: a change there changes no result."""
    if isinstance(node, ast.Raise):
        return
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from computing(child)


@attrs.frozen
class Mutant:
    """One change of the code of a component.

    Attributes
    ----------
    subject, tree
        The component, and the module that it is from.
    node, changed
        A node of the tree, and what stands for it.
    """

    subject: Subject
    tree: ast.Module
    node: ast.AST
    changed: ast.AST

    def __str__(self) -> str:
        line = getattr(self.node, "lineno", 0)
        return f"{self.subject.title}  line {line}: {ast.unparse(self.node)} -> {ast.unparse(self.changed)}"

    def module(self) -> ast.Module:
        """Return the tree with the change."""
        mutated = copy.deepcopy(self.tree, memo := {})
        twin = memo[id(self.node)]
        for parent in ast.walk(mutated):
            for field, value in ast.iter_fields(parent):
                if value is twin:
                    setattr(parent, field, copy.deepcopy(self.changed))
                elif isinstance(value, list):
                    value[:] = [copy.deepcopy(self.changed) if each is twin else each for each in value]
        return ast.fix_missing_locations(mutated)


def mutants(subject: Subject, tree: ast.Module) -> Iterator[Mutant]:
    """Yield each change of the methods of a component's class, if the class is in the module itself."""
    for body in tree.body:
        if isinstance(body, ast.ClassDef) and body.name == subject.component.__name__:
            methods = [method for method in body.body if isinstance(method, ast.FunctionDef)]
            nodes = [node for method in methods for statement in method.body for node in computing(statement)]
            yield from (Mutant(subject, tree, node, changed) for node in nodes for changed in changes(node))


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
        if check.name in known or check.name in _NOT_OF_NUMBERS:
            continue
        try:
            if check.failure(subject) is not None:
                found.add(check.name)
        except NotChecked:
            continue
        if found and first:
            break
    return frozenset(found)


# What is drawn is made before the processes, which share it.
DRAWN: list[Mutant] = []


def known(number: int) -> tuple[str, frozenset[str]]:
    """Return a component and the checks that fail for it as it is, since its name is another one."""
    mutant = DRAWN[number]
    return mutant.subject.title, failing(made(mutant.tree, mutant.subject))


def caught(task: tuple[int, frozenset[str]]) -> tuple[int, str]:
    """Return the number of a mutant and the name of a check that fails for it, besides those known, or nothing."""
    number, besides = task
    mutant = DRAWN[number]
    try:
        found = failing(made(mutant.module(), mutant.subject), besides, first=True)
    except Exception:  # a module that cannot be imported is caught as well
        return number, "import"
    return number, next(iter(found), "")


def all_mutants(kinds: Sequence[str]) -> Iterator[Mutant]:
    """Yield every mutant of the shipped components of some kinds."""
    for subject in kit.installed("glassnet"):
        if subject.kind.name in kinds and subject.component is not None:
            yield from mutants(subject, ast.parse(inspect.getsource(sys.modules[subject.component.__module__])))


def _import_counterparts() -> None:
    """Import once, for all processes, the libraries that components are compared with."""
    for mutant in {mutant.subject.title: mutant for mutant in DRAWN}.values():
        library = mutant.subject.component.checks.counterpart.partition(".")[0]
        if library:
            with contextlib.suppress(ImportError):
                importlib.import_module(library)


def main() -> None:
    """Draw mutants, check them, and print the share caught."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=200, help="how many mutants to draw")
    parser.add_argument("--kinds", nargs="*", default=KINDS)
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--least", type=float, default=0.0, help="the share that has to be caught")
    arguments = parser.parse_args()
    every = list(all_mutants(arguments.kinds))
    DRAWN[:] = random.Random(0).sample(every, min(arguments.most, len(every)))
    total: Counter[str] = Counter()
    survived: Counter[str] = Counter()
    _import_counterparts()
    # A mutant may leave something behind in its process, so none has many.
    with multiprocessing.get_context("fork").Pool(arguments.jobs, maxtasksperchild=50) as pool:
        titles = {mutant.subject.title: number for number, mutant in enumerate(DRAWN)}
        besides = dict(pool.imap_unordered(known, titles.values()))
        tasks = [(number, besides[mutant.subject.title]) for number, mutant in enumerate(DRAWN)]
        for done, (number, check) in enumerate(pool.imap_unordered(caught, tasks), 1):
            kind = DRAWN[number].subject.kind.name
            total[kind] += 1
            if not check:
                survived[kind] += 1
                print(f"survived  {DRAWN[number]}", flush=True)
            if done % 50 == 0:
                print(f"{done - survived.total()} of {done} caught", flush=True)
    for kind in sorted(total):
        print(f"{kind}: {total[kind] - survived[kind]} of {total[kind]} caught")
    share = 1 - survived.total() / max(total.total(), 1)
    print(f"{total.total() - survived.total()} of {total.total()} caught, {share:.1%} ({len(every)} mutants in all)")
    sys.exit(share < arguments.least)


if __name__ == "__main__":
    main()
