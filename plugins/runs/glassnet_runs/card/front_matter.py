"""The head of a card, in YAML, as Hugging Face reads it: https://huggingface.co/docs/hub/model-cards."""

from __future__ import annotations

import json
from typing import Any

from glassnet_images.preprocessing import ImagePreprocessing
from glassnet_runs.card.facts import Facts
from glassnet_tables.preprocessing import TablePreprocessing

# Their names for our metrics, where they differ.
_METRICS = {
    "mean_absolute_error": "mae",
    "mean_squared_error": "mse",
    "root_mean_squared_error": "rmse",
    "r2": "r_squared",
}


def front_matter(facts: Facts) -> str:
    """Return the head with its lines of dashes."""
    task = task_tag(facts)
    head: dict[str, Any] = {
        "library_name": "glassnet",
        "tags": ["glassnet", "numpy", *([facts.task] if facts.task else [])],
    }
    if task:
        head["pipeline_tag"] = task
    if facts.measured:
        head["metrics"] = [_METRICS.get(name, name) for name in facts.measured if name != "loss"]
        head["model-index"] = [{"name": facts.run.resolve().name, "results": [_results(facts, task)]}]
    return f"---\n{yaml_text(head)}---\n"


def task_tag(facts: Facts) -> str:
    """Return the task in the words of Hugging Face; empty if they have none for it."""
    network = facts.saved.network
    if isinstance(network.preprocessing, TablePreprocessing) or len(network.input_shape) == 1:
        return f"tabular-{facts.task}" if facts.task else ""
    if facts.task == "classification" and (
        isinstance(network.preprocessing, ImagePreprocessing) or len(network.input_shape) == 3
    ):
        return "image-classification"
    return ""


def _results(facts: Facts, task: str) -> dict[str, Any]:
    dataset = str(facts.summary.get("dataset") or "data")
    return {
        "task": {"type": task or facts.task or "other"},
        "dataset": {"name": dataset, "type": dataset.partition("(")[0], "split": "test"},
        "metrics": [
            {"type": _METRICS.get(name, name), "name": name, "value": value} for name, value in facts.measured.items()
        ],
    }


def yaml_text(value: dict[str, Any], indent: int = 0) -> str:
    """Return a dictionary as YAML; text is quoted as in JSON, which YAML contains."""
    lines = []
    for name, each in value.items():
        lines += _lines(f"{' ' * indent}{name}:", each, indent)
    return "\n".join(lines) + "\n"


def _lines(begun: str, value: Any, indent: int) -> list[str]:
    if isinstance(value, dict):
        return [begun, yaml_text(value, indent + 2).rstrip("\n")]
    if not isinstance(value, list):
        return [f"{begun} {json.dumps(value)}"]
    lines = [begun]
    for each in value:
        if isinstance(each, dict):
            inner = yaml_text(each, indent + 2).rstrip("\n")
            lines.append(f"{' ' * indent}- {inner[indent + 2 :]}")
        else:
            lines.append(f"{' ' * indent}- {json.dumps(each)}")
    return lines
