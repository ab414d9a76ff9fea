"""Large arrays that come and go do so without page faults, once a network has been trained."""

import os
import subprocess
import sys

import pytest

# Each round fills and frees two arrays of 8 MB: 4,096 pages.
COUNT = """
import resource
import numpy as np
import glassnet as gn

gn.Network("dense(1)").fit(np.ones((4, 2)), np.ones(4), loss="mse", optimizer="sgd", progress=False)

def round():
    for array in [np.empty(2**20) for _ in range(2)]:
        array[...] = 1

for _ in range(3):
    round()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    round()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def page_faults(**variables):
    environment = {**os.environ, **variables}
    return int(subprocess.run([sys.executable, "-c", COUNT], env=environment, capture_output=True, check=True).stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="mallopt is glibc's")
def test_memory_is_there_when_it_is_needed_again():
    assert page_faults() < 1000


@pytest.mark.skipif(sys.platform != "linux", reason="mallopt is glibc's")
def test_what_the_user_set_stays():
    # Every array of more than 128 KiB is given back: 4,096 pages, or a few huge ones, in each of ten rounds.
    assert page_faults(MALLOC_MMAP_THRESHOLD_="131072") > page_faults() + 30
