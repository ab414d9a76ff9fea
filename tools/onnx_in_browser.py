"""Run the networks of the ONNX tests in a browser, by onnxruntime-web, and compare its answers with ours.

::

    npm install --prefix somewhere onnxruntime-web@1.30.0
    python -m tools.onnx_in_browser somewhere/node_modules/onnxruntime-web/dist

It starts Chromium without a window, and needs no network. The last result is in docs/onnx.md. It is not part of the
tests, since neither onnxruntime-web nor a browser is a package of Python.
"""

from __future__ import annotations

import argparse
import json
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np

from tests.plugins.onnx.networks import NETWORKS, built, drawn, samples

MOST = 1e-6
_ROUNDING = 10
SECONDS = 300
PAGE = """<!doctype html>
<script type="module">
const told = [];
try {
  const ort = await import("/dist/ort.wasm.min.mjs");
  ort.env.wasm.wasmPaths = "/dist/";
  ort.env.wasm.numThreads = 1;
  for (const { file, type, inputs } of await (await fetch("/cases.json")).json()) {
    const session = await ort.InferenceSession.create(`/${file}`);
    for (const { values, dims } of inputs) {
      const data = type === "int64" ? BigInt64Array.from(values, BigInt) : Float32Array.from(values);
      const { y } = await session.run({ x: new ort.Tensor(type, data, dims) });
      told.push([...y.data]);
    }
  }
  await fetch("/answers", { method: "POST", body: JSON.stringify({ told, browser: navigator.userAgent }) });
} catch (error) {
  await fetch("/answers", { method: "POST", body: JSON.stringify({ error: String(error) }) });
}
</script>
"""


class Server(SimpleHTTPRequestHandler):
    """Serves a folder, and takes the answers of the page."""

    answers: queue.Queue[bytes] = queue.Queue()

    def do_POST(self) -> None:
        self.answers.put(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def write_cases(folder: Path, number: int) -> list[tuple[np.ndarray, float]]:
    """Write networks and samples into a folder; return our answers in float64, and how much float32 may differ."""
    rng = np.random.default_rng(0)
    cases, expected = [], []
    for place, (kind, layers) in enumerate([*NETWORKS, *(drawn(rng) for _ in range(number))]):
        net, inputs = built(kind, layers, seed=place), []
        net.save(folder / f"{place}.onnx")
        for count in (1, 33):
            x = samples(kind, count)
            inputs.append({"values": x.ravel().tolist(), "dims": x.shape})
            exact = net.copy("float64").predict(x)
            # As in the tests: where our float32 is less exact than 1e-6, another order of sums is so, too.
            expected.append((exact, max(MOST, _ROUNDING * difference(net.predict(x), exact))))
        is_integer = kind == "words" and "embedding" in str(layers)
        cases.append({"file": f"{place}.onnx", "type": "int64" if is_integer else "float32", "inputs": inputs})
    (folder / "cases.json").write_text(json.dumps(cases))
    (folder / "index.html").write_text(PAGE)
    return expected


def difference(got: np.ndarray, expected: np.ndarray) -> float:
    """Return the largest difference, compared with the largest number, or with 1."""
    return float(np.abs(np.reshape(got, expected.shape) - expected).max() / max(1, np.abs(expected).max()))


def in_browser(folder: Path, browser: str) -> dict[str, object]:
    """Open the page of a folder, and return what it tells."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Server, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}/"
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}", address]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        told: dict[str, object] = json.loads(Server.answers.get(timeout=SECONDS))
    finally:
        process.terminate()
        process.wait()
        server.shutdown()
    return told


def main() -> int:
    """Compare, print the largest difference, and return 1 if it is too large."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dist", type=Path, help="the folder dist of the package onnxruntime-web")
    parser.add_argument("--browser", default="chromium")
    parser.add_argument("--drawn", type=int, default=200, help="number of random networks beside those of the tests")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(options.dist, folder / "dist", ignore=shutil.ignore_patterns("*.map"))
        expected = write_cases(folder, options.drawn)
        told = in_browser(folder, options.browser)
    if "error" in told:
        print(told["error"])
        return 1
    found = [difference(got, exact) for got, (exact, _) in zip(told["told"], expected, strict=True)]
    print(told["browser"])
    print(f"{len(found) // 2} networks, with 1 and with 33 samples: the largest difference is {max(found):.2g}")
    times = [each / most * _ROUNDING for each, (_, most) in zip(found, expected, strict=True) if each > MOST]
    print(f"{len(times)} of {len(found)} answers differ by more than {MOST:g}; in units of our own error in float32:")
    print(*(f"{each:.2g}" for each in times))
    return int(any(each > most for each, (_, most) in zip(found, expected, strict=True)))


if __name__ == "__main__":
    sys.exit(main())
