"""Without scikit-learn, the estimators name the extra, and everything else works."""

import subprocess
import sys

PROGRAM = """
import sys
sys.modules["sklearn"] = None  # as if it were not installed
from glassnet import *
import glassnet as gn
gn.Network("dense(1)").fit([[1.0]], [1.0], loss="mse", optimizer="sgd", progress=False)
try:
    gn.Classifier
except ImportError as error:
    print(type(error).__name__, error)
"""


def test_the_message_names_the_extra_and_nothing_else_needs_it():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout == (
        "MissingExtraError gn.Classifier and gn.Regressor need scikit-learn 1.6 or newer: "
        'pip install "glassnet[sklearn]"\n'
    )


def test_scikit_learn_is_imported_with_the_estimators_alone():
    found = "print('sklearn' in sys.modules)"
    program = f"import sys, glassnet as gn; gn.Network; {found}; gn.Regressor; {found}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
