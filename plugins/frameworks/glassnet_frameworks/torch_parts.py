"""Modules of PyTorch that it does not have itself: outputs of recurrent layers, attention of one input, branches."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class Recurrent(nn.Module):
    """An LSTM or a GRU that returns its outputs alone: those of all steps, or the last one."""

    def __init__(self, recurrent: nn.Module, return_sequences: bool) -> None:
        super().__init__()
        self.recurrent = recurrent
        self.return_sequences = return_sequences

    def forward(self, x: Tensor) -> Tensor:
        outputs: Tensor = self.recurrent(x)[0]
        return outputs if self.return_sequences else outputs[:, -1]


class SelfAttention(nn.Module):
    """Attention of a sequence to itself, to earlier steps alone if it is causal."""

    def __init__(self, attention: nn.MultiheadAttention, causal: bool) -> None:
        super().__init__()
        self.attention = attention
        self.causal = causal

    def forward(self, x: Tensor) -> Tensor:
        time = x.shape[1]
        later = torch.ones(time, time, dtype=torch.bool, device=x.device).triu(1) if self.causal else None
        mixed: Tensor = self.attention(x, x, x, attn_mask=later, need_weights=False)[0]
        return mixed


class Residual(nn.Sequential):
    """Adds its input to the output of its layers."""

    def forward(self, x: Tensor) -> Tensor:
        change: Tensor = super().forward(x)
        return x + change


class Concat(nn.ModuleList):
    """Joins the outputs of its branches along the axis of channels."""

    def __init__(self, branches: Any, axis: int) -> None:
        super().__init__(branches)
        self.axis = axis

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([branch(x) for branch in self], dim=self.axis)


class ChannelsLast(nn.Module):
    """Gives a module its channels as the last axis, and returns them as the first one."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.module(x.movedim(1, -1))
        return y.movedim(-1, 1)


class StepsLast(nn.Module):
    """Gives a module of sequences the channels before the steps."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.module(x.movedim(-1, 1))
        return y.movedim(1, -1)


class Reshape(nn.Module):
    """Gives samples another shape, in the order of elements that glassnet has: images have their channels last."""

    def __init__(self, shape: tuple[int, ...], from_image: bool, to_image: bool) -> None:
        super().__init__()
        self.shape = shape
        self.from_image = from_image
        self.to_image = to_image

    def forward(self, x: Tensor) -> Tensor:
        rows = x.movedim(1, -1) if self.from_image else x
        y = rows.reshape(len(x), *self.shape)
        return y.movedim(-1, 1) if self.to_image else y


class AvgPool2d(nn.Module):
    """Means of windows with other numbers of added pixels on both sides; added pixels do not count."""

    def __init__(self, size: tuple[int, int], stride: tuple[int, int], around: tuple[int, int, int, int]) -> None:
        super().__init__()
        self.size, self.stride, self.around = size, stride, around

    def forward(self, x: Tensor) -> Tensor:
        padded = [nn.functional.pad(each, self.around) for each in (x, torch.ones_like(x[:1]))]
        means, shares = (nn.functional.avg_pool2d(each, self.size, self.stride) for each in padded)
        return means / shares
