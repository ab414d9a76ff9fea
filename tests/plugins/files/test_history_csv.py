"""Histories that are read again from their files."""

import pytest

import glassnet as gn
from glassnet_files.history_csv import read_epochs


def test_epochs_come_back_without_their_empty_cells(tmp_path):
    (tmp_path / "h.csv").write_text("epoch,loss,val_loss\n1,0.5,\n2,inf,0.25\n")
    epochs = [{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": float("inf"), "val_loss": 0.25}]
    assert read_epochs(tmp_path / "h.csv") == epochs


@pytest.mark.parametrize(
    "content",
    [
        b"e\xffpoch,loss\n1,2\n",
        b"loss\n1\n",
        b"epoch,loss\n,2\n",
        b"epoch,loss\n1,low\n",
        b"epoch,loss\n1,2,3\n",
        b"epoch,loss\ninf,2\n",
        b"epoch,loss\nnan,2\n",
        b'epoch,loss\n1,"2"3\n',
        b"epoch,loss\n1," + b"2" * 200_000 + b"\n",
    ],
)
def test_a_damaged_history_is_one_sentence(tmp_path, content):
    (tmp_path / "h.csv").write_bytes(content)
    with pytest.raises(gn.FileError, match=r"cannot read .*h\.csv .*restore it, or remove it") as caught:
        read_epochs(tmp_path / "h.csv")
    assert len(str(caught.value)) < 1000
