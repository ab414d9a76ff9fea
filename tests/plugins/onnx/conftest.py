"""What the tests of ONNX share: the answers of onnxruntime, an implementation that is not ours."""

import numpy as np
import onnxruntime
import pytest


@pytest.fixture
def answers():
    """Return a function that runs a file with onnxruntime."""

    def run(path, x):
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        (given,) = session.get_inputs()
        kinds = {"tensor(float)": np.float32, "tensor(int64)": np.int64, "tensor(uint8)": np.uint8}
        (result,) = session.run(None, {given.name: np.asarray(x, kinds[given.type])})
        return result

    return run
