"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading

import pytest

from glassnet.errors import FileError
from glassnet_files.files import atomic_write, ensure_directory, new_part, remove_parts


def test_a_file_is_written_and_replaced_and_nothing_else_is_left(tmp_path):
    for content in (b"first", b"", b"a longer second"):
        atomic_write(tmp_path / "file", content)
        assert (tmp_path / "file").read_bytes() == content
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("failing", ["fsync", "replace"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["full", "ctrl-c"])
def test_what_fails_half_way_leaves_the_old_file_and_no_other(tmp_path, monkeypatch, failing, error):
    (tmp_path / "file").write_bytes(b"old")

    def fail(*_):
        raise error

    monkeypatch.setattr(os, failing, fail)
    with pytest.raises(FileError if isinstance(error, OSError) else KeyboardInterrupt) as caught:
        atomic_write(tmp_path / "file", b"new")
    if isinstance(error, OSError):
        assert str(caught.value).endswith("file: No space left on device; choose a folder that can be written")
    assert (tmp_path / "file").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_readers_of_a_replaced_file_see_no_part(tmp_path):
    contents = [bytes([letter]) * 100_000 for letter in b"abc"]
    atomic_write(tmp_path / "file", contents[0])
    done = threading.Event()
    seen = []

    def read():
        while not done.is_set():
            seen.append((tmp_path / "file").read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    for content in contents * 20:
        atomic_write(tmp_path / "file", content)
    done.set()
    reader.join()
    assert seen
    assert set(seen) <= set(contents)


def test_a_file_has_the_permissions_of_new_files(tmp_path):
    before = os.umask(0o027)
    try:
        threads = [threading.Thread(target=atomic_write, args=(tmp_path / str(n), b"x")) for n in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {0o640}
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(before)


def test_a_name_as_long_as_names_can_be_is_written(tmp_path):
    name = "n" * 255
    atomic_write(tmp_path / name, b"x")
    assert os.listdir(tmp_path) == [name]


@pytest.mark.parametrize("path", ["missing/file", "file/below-a-file", "folder", ""])
def test_where_nothing_can_be_written_the_error_says_where_and_why(tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "folder").mkdir()
    with pytest.raises(FileError, match=r"cannot write .*: .*; choose a folder that can be written"):
        atomic_write(path, b"x")
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"]
    assert (tmp_path / "file").read_bytes() == b"old"


def test_a_folder_is_made_with_those_above_it_and_may_be_there(tmp_path):
    for _ in range(2):
        assert ensure_directory(tmp_path / "a" / "b") == tmp_path / "a" / "b"
    assert os.listdir(tmp_path / "a" / "b") == []


def test_a_folder_that_cannot_be_made_or_written_is_refused(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(FileError, match=r"cannot write into .*; choose another folder"):
            ensure_directory(path)


KILLED_WHILE_WRITING = """
import os, signal, sys
from glassnet_files.files import atomic_write
os.fsync = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
atomic_write(sys.argv[1], b"half")
"""


def test_the_part_that_a_killed_process_left_is_gone_after_the_next_write(tmp_path):
    for _ in range(3):
        killed = subprocess.run([sys.executable, "-c", KILLED_WHILE_WRITING, str(tmp_path / "file")], check=False)
        assert killed.returncode == -signal.SIGKILL
    assert len(os.listdir(tmp_path)) == 1
    atomic_write(tmp_path / "file", b"new")
    assert os.listdir(tmp_path) == ["file"]
    assert (tmp_path / "file").read_bytes() == b"new"


def test_the_part_of_another_that_writes_the_same_file_is_left_to_it(tmp_path, monkeypatch):
    def write_meanwhile(descriptor):
        monkeypatch.setattr(os, "fsync", fsync)
        atomic_write(tmp_path / "file", b"second")
        remove_parts(tmp_path)
        assert (tmp_path / "file").read_bytes() == b"second"
        fsync(descriptor)

    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", write_meanwhile)
    atomic_write(tmp_path / "file", b"first")
    assert os.listdir(tmp_path) == ["file"]
    assert (tmp_path / "file").read_bytes() == b"first"


def test_a_part_that_is_a_link_is_not_written_through(tmp_path):
    (tmp_path / "precious").write_bytes(b"precious")
    part = new_part(tmp_path / "file")
    part.close()
    os.unlink(part.name)
    os.symlink(tmp_path / "precious", part.name)
    atomic_write(tmp_path / "file", b"new")
    assert (tmp_path / "precious").read_bytes() == b"precious"
    assert (tmp_path / "file").read_bytes() == b"new"


def test_many_threads_write_one_file_and_leave_no_part(tmp_path):
    errors = []

    def write(letter):
        try:
            for _ in range(30):
                atomic_write(tmp_path / "file", letter * 1000)
                remove_parts(tmp_path)
        except FileError as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(bytes([letter]),)) for letter in b"abcdefgh"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert os.listdir(tmp_path) == ["file"]
    assert len(set((tmp_path / "file").read_bytes())) == 1
