"""glassnet in a notebook: its cells are run by the kernel that Jupyter uses."""

import nbformat
import pytest
from nbclient import NotebookClient

CELLS = {
    "data": """
import glassnet as gn, numpy as np
data = gn.datasets.xor().load()
data
""",
    "train": """
net = gn.Network("dense(4) tanh dense(1) sigmoid")
class Slow(gn.Callback):
    def on_batch_end(self, run):
        import time; time.sleep(0.05)
history = net.fit(data.train, loss="bce", optimizer="adam", epochs=12, callbacks=[Slow()])
""",
    "watched": """
import IPython.display
original, seen = IPython.display.HTML, []
IPython.display.HTML = lambda html: seen.append(html) or original(html)
net.fit(data.train, loss="bce", optimizer="adam", epochs=12, callbacks=[Slow()])
IPython.display.HTML = original
print([html for html in seen if "<progress" in html][-1])
""",
    "quiet": "net.fit(data.train, loss='bce', optimizer='adam', progress=False)\nNone",
    "plot": "history.plot()",
    "plot with pyplot": "import matplotlib.pyplot as plt\nhistory.plot()",
    "network": "net",
    "summary": "net.summary()",
    "parameters": "net.parameters",
    "difference": "net.difference(net.copy())",
    "trace": "net.trace(data.train, loss='bce')",
    "mistake": "net.fit(data.train, loss='bcee', optimizer='adam')",
    "mistake in data": "net.predict(np.zeros((3, 7)))",
    "interrupted": """
class Stop(gn.Callback):
    def on_batch_end(self, run):
        if run.step == 3:
            raise KeyboardInterrupt
try:
    net.fit(data.train, loss="bce", optimizer="adam", epochs=9, callbacks=[Stop()])
except KeyboardInterrupt:
    pass
print(len(net.history["loss"]))
""",
    "interrupted by the user": """
import os, signal
class Press(gn.Callback):
    def on_batch_end(self, run):
        if run.step == 3:
            os.kill(os.getpid(), signal.SIGINT)
net.fit(data.train, loss="bce", optimizer="adam", epochs=9, callbacks=[Press()])
""",
    "after it": "len(net.history['loss'])",
    "help": "help(gn.schedules)",
}


@pytest.fixture(scope="module")
def outputs():
    """Return the outputs of each cell."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS.values()])
    NotebookClient(notebook, timeout=300, kernel_name="python3", allow_errors=True).execute()
    return {name: cell.outputs for name, cell in zip(CELLS, notebook.cells, strict=True)}


def html_of(found):
    return [each["data"]["text/html"] for each in found if "text/html" in each.get("data", {})]


@pytest.mark.filterwarnings("default")
def test_data_networks_and_differences_are_tables(outputs):
    for name in ("data", "network", "parameters", "difference"):
        assert ["<table>" in html for html in html_of(outputs[name])] == [True], outputs[name]
    (shown,) = outputs["data"]
    assert shown["data"]["text/plain"].startswith("<Dataset for classification of 2 classes")


@pytest.mark.filterwarnings("default")
def test_a_summary_is_a_table_with_a_bold_head_and_no_escapes(outputs):
    table, size = html_of(outputs["summary"])
    assert "x1b" not in table
    assert '<span style="font-weight: bold">' in table
    assert "dense(4)" in table
    assert "sigmoid" in table
    assert "17 parameters" in size


@pytest.mark.filterwarnings("default")
def test_progress_is_a_bar_that_is_gone_in_the_end(outputs):
    (shown,) = html_of(outputs["train"])  # as it was updated last
    assert "epoch 12/12" in shown
    assert "<progress" not in shown
    assert len(outputs["train"]) == 1
    assert outputs["quiet"] == []
    bar = outputs["watched"][-1]["text"]
    assert '<progress value="' in bar
    assert 'max="12">' in bar


@pytest.mark.filterwarnings("default")
def test_a_plot_is_one_picture_and_a_trace_too(outputs):
    for name in ("plot", "plot with pyplot"):
        pictures = [each for each in outputs[name] if "image/png" in each.get("data", {})]
        assert len(outputs[name]) == len(pictures) == 1, outputs[name]
    assert "<svg" in outputs["trace"][0]["data"]["image/svg+xml"]


@pytest.mark.filterwarnings("default")
def test_a_mistake_is_one_sentence(outputs):
    (error,) = outputs["mistake"]
    assert error["ename"] == "UnknownComponentError"
    assert len(error["traceback"]) == 1
    assert "did you mean 'bce'?" in error["traceback"][0]
    (error,) = outputs["mistake in data"]
    assert error["traceback"] == [f"ShapeError: {error['evalue']}"]


@pytest.mark.filterwarnings("default")
def test_an_interrupted_training_keeps_its_history(outputs):
    assert outputs["interrupted"][-1]["text"] == "2\n"
    assert outputs["after it"][0]["data"]["text/plain"] == "2"


@pytest.mark.filterwarnings("default")
def test_an_interruption_is_one_sentence(outputs):
    error = outputs["interrupted by the user"][-1]
    assert error["ename"] == "KeyboardInterrupt"
    assert error["traceback"] == [
        "KeyboardInterrupt: training was interrupted in epoch 3 of 9; net.history has the 2 before it, and net the "
        "parameters of step 3"
    ]


@pytest.mark.filterwarnings("default")
def test_help_lists_the_components(outputs):
    text = outputs["help"][0]["text"]
    assert "cosine" in text
    assert "Cosine annealing over the whole run" in text
