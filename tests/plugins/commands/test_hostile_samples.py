"""Images and arrays that are not what they seem."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

import glassnet as gn
from glassnet_commands.sample_files import read_samples


@pytest.fixture
def network():
    return gn.Network("flatten dense(2)").build((8, 8, 1))


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@pytest.mark.parametrize("name", ["digit.png", "digit.eps"])
def test_eps_is_never_given_to_ghostscript(network, name, tmp_path, monkeypatch):
    from PIL import EpsImagePlugin

    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", lambda *_, **__: pytest.fail("Ghostscript was started"))
    (tmp_path / name).write_bytes(
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EndComments\n0 0 8 8 rectfill\n%%EOF\n"
    )
    with pytest.raises(gn.DataError, match="is not a readable image"):
        read_samples(tmp_path / name, network, {})


@pytest.mark.parametrize("kind", ["PPM", "PCX", "TGA", "ICO", "SGI"])
def test_formats_that_are_not_listed_are_not_opened(network, kind, tmp_path):
    Image.new("L", (8, 8)).save(tmp_path / "digit.png", kind)
    with pytest.raises(gn.DataError, match="is not a readable image"):
        read_samples(tmp_path / "digit.png", network, {})


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF"])
def test_formats_that_are_listed_are_read(network, kind, tmp_path):
    Image.new("L", (8, 8), 200).save(tmp_path / "digit.img", kind)
    samples = read_samples(tmp_path / "digit.img", network, {})
    assert samples.shape == (1, 8, 8, 1)
    assert abs(float(samples.mean()) - 200) < 2


def test_an_image_that_announces_a_billion_pixels_is_refused(network, tmp_path):
    header = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 0, 0, 0, 0)
    content = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", zlib.compress(bytes(100)))
    (tmp_path / "bomb.png").write_bytes(content + png_chunk(b"IEND", b""))
    with pytest.raises((gn.DataError, gn.ShapeError)):
        read_samples(tmp_path / "bomb.png", network, {})


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': '<f8', 'fortran_order': False, 'shape': (100000000000,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (8,",
        "{'descr': '<f8', 'fortran_order': False, 'shape': " + "(" * 300 + ")" * 300 + "}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': [], 'fortran_order': False, 'shape': 8L}",
        "'''",
        "",
    ],
)
def test_an_array_with_a_damaged_header_is_a_data_error(network, header, tmp_path):
    content = io.BytesIO()
    np.save(content, np.zeros(8))
    text = header.encode() + b"\n"
    (tmp_path / "a.npy").write_bytes(content.getvalue()[:8] + struct.pack("<H", len(text)) + text + bytes(64))
    with pytest.raises(gn.DataError, match="is not an array of numbers"):
        read_samples(tmp_path / "a.npy", network, {})
