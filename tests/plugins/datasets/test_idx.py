"""The IDX reader, on files written here byte by byte."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

import glassnet as gn
from glassnet_datasets.idx import read_idx

# Two images of 2 x 3 pixels.
IMAGES = bytes.fromhex("00000803 00000002 00000002 00000003") + bytes([1, 2, 3, 4, 5, 6, 250, 251, 252, 253, 254, 255])
LABELS = bytes.fromhex("00000801 00000003") + bytes([7, 0, 9])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "train-images-idx3-ubyte"


def refused(path: Path, content: bytes, *, dtype: str = "uint8", dimensions: int = 3) -> str:
    """Return the message with which `content` is refused."""
    path.write_bytes(content)
    with pytest.raises(gn.DataError) as caught:
        read_idx(path, dtype, dimensions)
    return str(caught.value)


# --- what is read ----------------------------------------------------------------------------------------------


def test_images_are_read_with_the_last_index_changing_fastest(path: Path) -> None:
    path.write_bytes(IMAGES)
    images = read_idx(path, "uint8", 3)
    assert images.dtype == np.uint8
    assert images.tolist() == [[[1, 2, 3], [4, 5, 6]], [[250, 251, 252], [253, 254, 255]]]


def test_labels_are_read(path: Path) -> None:
    path.write_bytes(LABELS)
    assert read_idx(path, "uint8", 1).tolist() == [7, 0, 9]


def test_a_packed_file_is_read_whatever_its_name(path: Path) -> None:
    path.write_bytes(gzip.compress(LABELS))
    assert read_idx(path, "uint8", 1).tolist() == [7, 0, 9]


def test_a_plain_file_is_read_though_its_name_says_it_is_packed(tmp_path: Path) -> None:
    path = tmp_path / "labels.gz"
    path.write_bytes(LABELS)
    assert read_idx(path, "uint8", 1).tolist() == [7, 0, 9]


def test_a_file_packed_in_several_pieces_is_read(path: Path) -> None:
    path.write_bytes(gzip.compress(LABELS[:6]) + gzip.compress(LABELS[6:]))
    assert read_idx(path, "uint8", 1).tolist() == [7, 0, 9]


def test_no_elements_make_an_empty_array(path: Path) -> None:
    path.write_bytes(bytes.fromhex("00000803 00000000 0000001c 0000001c"))
    assert read_idx(path, "uint8", 3).shape == (0, 28, 28)


@pytest.mark.parametrize(
    ("code", "form", "dtype", "values"),
    [
        (0x08, ">B", "uint8", [0, 200]),
        (0x09, ">b", "int8", [-128, 127]),
        (0x0B, ">h", "int16", [-2, 513]),
        (0x0C, ">i", "int32", [-70_000, 16_909_060]),
        (0x0D, ">f", "float32", [-1.5, 0.25]),
        (0x0E, ">d", "float64", [1e300, -0.1]),
    ],
)
def test_every_element_type_comes_in_the_byte_order_of_this_machine(
    path: Path, code: int, form: str, dtype: str, values: list[float]
) -> None:
    path.write_bytes(bytes([0, 0, code, 1]) + struct.pack(">I", 2) + b"".join(struct.pack(form, v) for v in values))
    array = read_idx(path, dtype, 1)
    assert array.tolist() == values
    assert array.dtype == np.dtype(dtype)
    assert array.dtype.isnative


def test_bytes_are_not_copied_and_so_are_read_only(path: Path) -> None:
    path.write_bytes(IMAGES)
    images = read_idx(path, "uint8", 3)
    assert not images.flags.owndata
    assert not images.flags.writeable


# --- what is refused -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dimensions", [1, 3])
def test_an_empty_file_is_cut_short(path: Path, dimensions: int) -> None:
    assert refused(path, b"", dimensions=dimensions) == (
        f"{path} is cut short: it has 0 bytes, and its header takes {4 + 4 * dimensions}; download or unpack it again"
    )


def test_a_header_that_ends_early_is_cut_short(path: Path) -> None:
    assert refused(path, IMAGES[:15]) == (
        f"{path} is cut short: it has 15 bytes, and its header takes 16; download or unpack it again"
    )


@pytest.mark.parametrize("lost", [1, 12])
def test_missing_bytes_are_counted_against_the_header(path: Path, lost: int) -> None:
    assert refused(path, IMAGES[:-lost]) == (
        f"{path} is cut short: its header announces 2 x 2 x 3 elements in 12 bytes, and {12 - lost} bytes follow; "
        "download or unpack it again"
    )


def test_bytes_of_wide_elements_are_counted_as_bytes(path: Path) -> None:
    message = refused(path, bytes.fromhex("00000e01 00000002") + bytes(15), dtype="float64", dimensions=1)
    assert "announces 2 elements in 16 bytes, and 15 bytes follow" in message


def test_bytes_behind_the_end_are_refused(path: Path) -> None:
    assert refused(path, IMAGES + b"\n") == (
        f"{path} has bytes behind its end: its header announces 2 x 2 x 3 elements in 12 bytes, and 13 bytes follow; "
        "download or unpack it again"
    )


def test_sizes_too_large_are_refused_before_memory_is_taken(path: Path) -> None:
    damaged = IMAGES[:4] + b"\xff" * 12 + IMAGES[16:]
    assert "4294967295 x 4294967295 x 4294967295 elements" in refused(path, damaged)


@pytest.mark.parametrize("magic", ["01000803", "00010803", "00000703", "00000a03", "89504e47"])
def test_another_magic_number_is_no_idx_file(path: Path, magic: str) -> None:
    message = refused(path, bytes.fromhex(magic) + IMAGES[4:])
    shown = bytes.fromhex(magic).hex(" ")
    assert message.startswith(
        f"{path} is not an IDX file: it begins with the bytes {shown}, and an IDX file begins with 00 00"
    )


def test_labels_in_the_place_of_images_are_refused(path: Path) -> None:
    assert refused(path, LABELS + bytes(8)) == (
        f"{path} holds uint8 in 1 dimension (expected uint8 in 3 dimensions); "
        "check that it is the file that its name says"
    )


def test_another_element_type_is_refused(path: Path) -> None:
    assert "holds int32 in 3 dimensions (expected uint8 in 3 dimensions)" in refused(
        path, bytes.fromhex("00000c03") + IMAGES[4:]
    )


def test_packed_data_that_end_early_are_cut_short(path: Path) -> None:
    packed = gzip.compress(IMAGES)
    for length in (3, 12, len(packed) - 9, len(packed) - 1):
        assert refused(path, packed[:length]) == (
            f"{path} is cut short: its gzip data have no end; download or unpack it again"
        )


def test_a_changed_byte_in_packed_data_is_found_by_its_checksum(path: Path) -> None:
    packed = bytearray(gzip.compress(IMAGES, compresslevel=0, mtime=0))
    packed[packed.index(254)] ^= 1
    message = refused(path, bytes(packed))
    assert message.startswith(f"{path} has damaged gzip data (CRC check failed")
    assert message.endswith("; download or unpack it again")


def test_packed_data_that_cannot_be_unpacked_are_damaged(path: Path) -> None:
    packed = bytearray(gzip.compress(IMAGES, mtime=0))
    packed[10] = 0xFF
    assert refused(path, bytes(packed)).startswith(f"{path} has damaged gzip data (")


def test_bytes_behind_packed_data_are_refused(path: Path) -> None:
    assert refused(path, gzip.compress(IMAGES) + b"more").startswith(f"{path} has damaged gzip data (")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(gn.FileError) as caught:
        read_idx(tmp_path / "absent", "uint8", 1)
    assert str(caught.value) == (
        f"cannot read {tmp_path / 'absent'}: No such file or directory; check that it is a file and may be read"
    )


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(gn.FileError, match="Is a directory; check that it is a file"):
        read_idx(tmp_path, "uint8", 1)


def test_a_packed_file_that_announces_far_more_than_it_holds_is_refused(path: Path) -> None:
    """Three megabytes of gzip may stand for three gigabytes of zeros: nothing of that is unpacked."""
    header = bytes([0, 0, 8, 3]) + (10**6).to_bytes(4, "big") + (28).to_bytes(4, "big") * 2
    packed = gzip.compress(header + bytes(1000))
    assert "more than the" in refused(path, packed)


def test_a_packed_file_with_a_bomb_behind_its_end_is_not_unpacked(path: Path) -> None:
    message = refused(path, gzip.compress(IMAGES + bytes(50_000_000)))
    assert "has bytes behind its end" in message
    assert "and more follow" in message


def test_several_gzip_members_are_one_file(path: Path) -> None:
    path.write_bytes(gzip.compress(IMAGES[:10]) + gzip.compress(IMAGES[10:]))
    assert read_idx(path, "uint8", 3).tobytes() == IMAGES[16:]
