"""CAM++: the network that turns a stretch of speech into a voice print, in plain torch.

Written from the paper (Wang et al., "CAM++: A Fast and Efficient Network for Speaker Verification Using Context-Aware
Masking", Interspeech 2023, arXiv:2303.00332) and after the published code of 3D-Speaker (Apache-2.0,
github.com/modelscope/3D-Speaker), whose names of layers are kept, so that its checkpoints load strictly. A front of 2-D
convolutions over the mel bins, three blocks of densely connected time-delay layers, each gated by the context that it
hears, then mean and deviation over time. For listening only: nothing here is made for training.

Shapes: B stretches, T frames of 10 ms, T/2 after the front's stride, C channels.
"""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional

MEL_BINS = 80
DIMENSION = 192
GROWTH = 32
"""Channels that every layer of a dense block adds."""

BOTTLENECK = 128
FRONT_CHANNELS = 32
BLOCKS = ((12, 1), (24, 2), (16, 2))
"""(layers, dilation) of each dense block."""

CONTEXT_FRAMES = 100
"""Frames (of 20 ms) over which a gate's near context is averaged."""


def normed(channels: int, *, affine: bool = True) -> nn.Sequential:
    """Batch normalisation under the name by which the checkpoints know it."""
    return nn.Sequential(OrderedDict(batchnorm=nn.BatchNorm1d(channels, affine=affine)))


class FrontBlock(nn.Module):
    """Residual block over (B, C, mel, T); `stride` thins out the mel axis only."""

    def __init__(self, stride: int) -> None:
        super().__init__()
        size, step = FRONT_CHANNELS, (stride, 1)
        self.conv1 = nn.Conv2d(size, size, 3, step, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(size)
        self.conv2 = nn.Conv2d(size, size, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(size)
        shortcut = (nn.Conv2d(size, size, 1, step, bias=False), nn.BatchNorm2d(size)) if stride > 1 else ()
        self.shortcut = nn.Sequential(*shortcut)

    def forward(self, sound: Tensor) -> Tensor:
        """(B, C, mel, T) to (B, C, mel / stride, T)."""
        inner = functional.relu(self.bn1(self.conv1(sound)))
        return functional.relu(self.bn2(self.conv2(inner)) + self.shortcut(sound))


class Front(nn.Module):
    """The front-end convolution module: sees which mel bins belong together, whatever the pitch."""

    def __init__(self) -> None:
        super().__init__()
        size = FRONT_CHANNELS
        self.conv1 = nn.Conv2d(1, size, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(size)
        self.layer1 = nn.Sequential(FrontBlock(2), FrontBlock(1))
        self.layer2 = nn.Sequential(FrontBlock(2), FrontBlock(1))
        self.conv2 = nn.Conv2d(size, size, 3, (2, 1), padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(size)

    def forward(self, mels: Tensor) -> Tensor:
        """(B, mel, T) to (B, C * mel / 8, T)."""
        sound = functional.relu(self.bn1(self.conv1(mels.unsqueeze(1))))
        sound = self.layer2(self.layer1(sound))
        return functional.relu(self.bn2(self.conv2(sound))).flatten(1, 2)


class Context(nn.Module):
    """Context-aware masking: a gate between 0 and 1 for each channel, from the whole stretch and from what is near."""

    def __init__(self, dilation: int) -> None:
        super().__init__()
        self.linear_local = nn.Conv1d(BOTTLENECK, GROWTH, 3, padding=dilation, dilation=dilation, bias=False)
        self.linear1 = nn.Conv1d(BOTTLENECK, BOTTLENECK // 2, 1)
        self.linear2 = nn.Conv1d(BOTTLENECK // 2, GROWTH, 1)

    def forward(self, sound: Tensor) -> Tensor:
        """(B, bottleneck, T/2) to (B, growth, T/2)."""
        near = functional.avg_pool1d(sound, CONTEXT_FRAMES, CONTEXT_FRAMES, ceil_mode=True)
        gates: Tensor = self.linear2(functional.relu(self.linear1(near + sound.mean(-1, keepdim=True)))).sigmoid()
        local: Tensor = self.linear_local(sound)
        return local * gates.repeat_interleave(CONTEXT_FRAMES, dim=-1)[..., : sound.shape[-1]]


class DenseLayer(nn.Module):
    """One gated time-delay layer; what it hears is appended to what the layers before it heard."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.nonlinear1 = normed(channels)
        self.linear1 = nn.Conv1d(channels, BOTTLENECK, 1, bias=False)
        self.nonlinear2 = normed(BOTTLENECK)
        self.cam_layer = Context(dilation)

    def forward(self, sound: Tensor) -> Tensor:
        """(B, C, T/2) to (B, C + growth, T/2)."""
        inner = self.linear1(functional.relu(self.nonlinear1(sound)))
        return torch.cat((sound, self.cam_layer(functional.relu(self.nonlinear2(inner)))), dim=1)


class Projection(nn.Module):
    """A linear layer over channels with a batch normalisation before or after it."""

    def __init__(self, linear: nn.Conv1d, nonlinear: nn.Sequential, *, norm_first: bool = False) -> None:
        super().__init__()
        self.linear, self.nonlinear, self.norm_first = linear, nonlinear, norm_first

    def forward(self, sound: Tensor) -> Tensor:
        """(B, C, T) to (B, C', T')."""
        if self.norm_first:
            return self.linear(functional.relu(self.nonlinear(sound)))  # type: ignore[no-any-return]
        return self.nonlinear(self.linear(sound))  # type: ignore[no-any-return]


def trunk(channels: int) -> nn.Sequential:
    """Everything between the front and the statistics, under the checkpoints' names."""
    parts: OrderedDict[str, nn.Module] = OrderedDict()
    parts["tdnn"] = Projection(nn.Conv1d(channels, BOTTLENECK, 5, 2, padding=2, bias=False), normed(BOTTLENECK))
    channels = BOTTLENECK
    for number, (layers, dilation) in enumerate(BLOCKS, 1):
        widths = range(channels, channels + layers * GROWTH, GROWTH)
        dense = (DenseLayer(width, dilation) for width in widths)
        parts[f"block{number}"] = nn.Sequential(OrderedDict((f"tdnnd{i}", layer) for i, layer in enumerate(dense, 1)))
        channels += layers * GROWTH
        linear = nn.Conv1d(channels, channels // 2, 1, bias=False)
        parts[f"transit{number}"] = Projection(linear, normed(channels), norm_first=True)
        channels //= 2
    parts["out_nonlinear"] = normed(channels)
    parts["dense"] = Projection(nn.Conv1d(2 * channels, DIMENSION, 1, bias=False), normed(DIMENSION, affine=False))
    return nn.Sequential(parts)


class CamPlusPlus(nn.Module):
    """The whole network: mels of a stretch of speech to its voice print."""

    def __init__(self) -> None:
        super().__init__()
        self.head = Front()
        self.xvector = trunk(FRONT_CHANNELS * MEL_BINS // 8)

    def forward(self, mels: Tensor) -> Tensor:
        """(B, T, mel), mean over T removed, T at least 4, to (B, 192). Compare voice prints by their cosine."""
        sound = self.head(mels.transpose(1, 2))
        for name, part in self.xvector.named_children():
            if name == "tdnn":
                sound = functional.relu(part(sound))
            elif name == "dense":
                statistics = torch.cat((sound.mean(-1), sound.std(-1)), dim=-1)
                return part(statistics.unsqueeze(-1)).squeeze(-1)  # type: ignore[no-any-return]
            else:
                sound = functional.relu(part(sound)) if name == "out_nonlinear" else part(sound)
        raise AssertionError("the trunk ends with its dense layer")
