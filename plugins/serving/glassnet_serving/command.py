"""``glassnet serve``: answer requests with a trained network."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Any

import click

from glassnet_commands.completed import runs
from glassnet_commands.echoed import echo

_OWN_NAMES = ("localhost", "127.0.0.1", "[::1]")


@click.command()
@click.argument("run_or_model", type=click.Path(path_type=Path), shell_complete=runs(".safetensors"))
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    metavar="N",
    default=8000,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="The port; 0 for a free one.",
)
@click.option(
    "--max-bytes",
    metavar="N",
    default=10_000_000,
    show_default=True,
    type=click.IntRange(1),
    help="Largest request, in bytes.",
)
@click.option(
    "--max-rows", metavar="N", default=10_000, show_default=True, type=click.IntRange(1), help="Most rows of a request."
)
@click.option(
    "--max-requests",
    metavar="N",
    default=100,
    show_default=True,
    type=click.IntRange(1),
    help="Most requests at the same time.",
)
@click.option(
    "--timeout",
    metavar="SECONDS",
    default=30.0,
    show_default=True,
    type=click.FloatRange(0, min_open=True),
    help="Seconds to send a request, and seconds to answer it.",
)
@click.option(
    "--batch-rows",
    metavar="N",
    default=1,
    show_default=True,
    type=click.IntRange(1),
    help="Join requests that wait to batches with at most this number of rows. Above 1, the last digits of the answers "
    "may differ from those of glassnet predict.",
)
def serve(run_or_model: Path, host: str, port: int, **given: Any) -> None:
    """Answer requests over HTTP with a trained network.

    RUN_OR_MODEL is the folder of a run, or a model file. Post JSON, CSV or an image to /predict: the answer is that of
    glassnet predict --json. The page at / describes it and has a form to try it. Ctrl-C, SIGTERM and SIGHUP end the
    server when all requests are answered; the exit code is 129 after SIGHUP, else 0.
    """
    # Late: to list this command is not to need what it opens.
    from glassnet_serving.library import check_libraries

    check_libraries()
    import glassnet as gn
    from glassnet_commands.saved_run import open_saved
    from glassnet_commands.termination import HungUp
    from glassnet_serving.app import Service
    from glassnet_serving.limits import Limits
    from glassnet_serving.openapi import describe
    from glassnet_serving.server import Server, listening, url_of

    limits = Limits(**given)
    with contextlib.redirect_stdout(sys.stderr):
        saved = open_saved(run_or_model)
    listener = listening(host, port)
    is_private = host in ("localhost", "127.0.0.1", "::1")
    service = Service(saved, limits, describe(saved, limits, gn.__version__))
    server = Server(service, _OWN_NAMES if is_private else ())
    echo(f"serving {run_or_model} on {url_of(listener)}; Ctrl-C ends it")
    if not is_private:
        echo("warning: everyone who reaches this address can ask; see docs/serving.md", err=True)
    hung_up = None
    try:
        server.run([listener])
    except HungUp as error:
        hung_up = error
    except KeyboardInterrupt:  # uvicorn raises the signal again when all requests are answered
        pass
    echo(f"ended; {service.answered:,} requests answered", err=True)
    if hung_up is not None:
        raise hung_up
