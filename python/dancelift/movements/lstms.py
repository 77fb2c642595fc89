"""The LSTMs of all body parts in one pass: each predicts which of its part's movements take place in every frame.

The network of Hu & Ahuja (2021, Unsupervised 3D Pose Estimation for Hierarchical Dance Video Recognition, sec. 2.3),
with the cell of Hochreiter & Schmidhuber (1997, Long Short-Term Memory) and the forget gate of Gers et al. (2000).
A frame is predicted a few frames later (delay), when the network has seen how the movement goes on.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from dancelift.movements.taxonomy import Taxonomy

_MIN_STD = 1e-3  # of a channel; one that varies less is constant but for rounding, which division would amplify


@dataclass(frozen=True)
class Architecture:
    """Sizes of the LSTMs, which are the same for every part.

    Attributes:
        n_channels: F, of a part's features.
        hidden: H, size of a part's hidden state.
        layers: of LSTM, one on top of the other.
        delay: frames that are seen after the one that is predicted.
        dropout: share of the last hidden state's entries that training sets to 0.
    """

    n_channels: int
    hidden: int = 64
    layers: int = 1
    delay: int = 8
    dropout: float = 0.2


class PartLSTMs(nn.Module):
    """The LSTMs of P parts for M movements. Weights are stacked over the parts; gates are input, forget, output, cell.

    The output layer reads the hidden state and, by a skip connection, the features themselves: thresholds are near the
    features, and the LSTM has more room for what they leave open.

    Attributes:
        architecture: of every part's LSTM.
        mean: (P, F) of the features, which is subtracted from them.
        scale: (P, F) by which they are then divided.
    """

    mean: Tensor
    scale: Tensor
    _output_index: Tensor

    def __init__(self, taxonomy: Taxonomy, architecture: Architecture) -> None:
        super().__init__()
        self.architecture = architecture
        of_parts = [taxonomy.of_part(part.name) for part in taxonomy.parts]
        n_parts, width, hidden = len(of_parts), max(map(len, of_parts)), architecture.hidden
        sizes = [architecture.n_channels] + [hidden] * (architecture.layers - 1)
        self.input_weight = nn.ParameterList(_uniform(n_parts, size, 4 * hidden, within=hidden) for size in sizes)
        self.recurrent_weight = nn.ParameterList(_uniform(n_parts, hidden, 4 * hidden, within=hidden) for _ in sizes)
        self.bias = nn.ParameterList(nn.Parameter(_open_forget_gates(n_parts, hidden)) for _ in sizes)
        self.dropout = nn.Dropout(architecture.dropout)
        self.output_weight = _uniform(n_parts, hidden, width, within=hidden)
        self.skip_weight = nn.Parameter(torch.zeros(n_parts, architecture.n_channels, width))
        self.output_bias = nn.Parameter(torch.zeros(n_parts, width))
        self.register_buffer("mean", torch.zeros(n_parts, architecture.n_channels))
        self.register_buffer("scale", torch.ones(n_parts, architecture.n_channels))
        index = torch.zeros(len(taxonomy), dtype=torch.long)
        for part, movements in enumerate(of_parts):
            index[list(movements)] = part * width + torch.arange(len(movements))
        self.register_buffer("_output_index", index, persistent=False)

    def fit_standardizer(self, mean: Tensor, std: Tensor) -> None:
        """Standardize by the features' mean and standard deviation, (P, F) each; constant channels are only shifted."""
        self.mean.copy_(mean)
        self.scale.copy_(torch.where(std > _MIN_STD, std, torch.ones_like(std)))

    def fit_base_rates(self, log_odds: Tensor) -> None:
        """Set the output bias to the log odds (M,) of the movements: the prediction of an untrained network."""
        with torch.no_grad():
            self.output_bias.view(-1)[self._output_index] = log_odds

    def initial_state(self, n: int) -> Tensor:
        """The hidden states and cells of L layers before the first frame of `n` clips, (L, 2, P, N, H)."""
        a = self.architecture
        return self.mean.new_zeros(a.layers, 2, len(self.mean), n, a.hidden)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (B, T, M) of whole clips (B, T, P, F)."""
        return self.step(self.pad(x))[0][:, self.architecture.delay :]

    def pad(self, x: Tensor) -> Tensor:
        """Pad clips (B, T, P, F) with their last frame to (B, T + delay, P, F), so that all frames are predicted."""
        return torch.cat([x, x[:, -1:].expand(-1, self.architecture.delay, -1, -1)], dim=1)

    def step(self, x: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Process the next frames, from the state in which the frames before have left the network.

        Args:
            x: (B, T, P, F) features of the next T frames.
            state: returned for the frames before; None: there are none.

        Returns:
            (B, T, M) logits, of the frames `delay` frames earlier; and the new state.
        """
        batch, n_frames, n_parts, _ = x.shape
        state = self.initial_state(batch) if state is None else state
        standardized = ((x - self.mean) / self.scale).permute(2, 1, 0, 3)
        y, states = standardized, []
        layers = zip(self.input_weight, self.recurrent_weight, self.bias, state, strict=True)
        for input_weight, recurrent_weight, bias, (hidden, cell) in layers:
            y, last = _run_layer(y, input_weight, recurrent_weight, bias, hidden, cell)
            states.append(last)
        out = _affine(self.dropout(y), self.output_weight, self.output_bias)
        out = out + torch.bmm(standardized.flatten(1, 2), self.skip_weight).view_as(out)
        logits = out.permute(2, 1, 0, 3).reshape(batch, n_frames, -1)[..., self._output_index]
        return logits, torch.stack(states)


def _run_layer(
    x: Tensor, input_weight: Tensor, recurrent_weight: Tensor, bias: Tensor, hidden: Tensor, cell: Tensor
) -> tuple[Tensor, Tensor]:
    """Run one layer over time, a part at a time by torch's own kernel, which is three times as fast as a loop here.

    Args:
        x: (P, T, B, F).
        input_weight: (P, F, 4 H).
        recurrent_weight: (P, H, 4 H).
        bias: (P, 4 H).
        hidden: (P, B, H) before the first frame, and so is `cell`.

    Returns:
        (P, T, B, H) hidden states, and (2, P, B, H) the last and its cell.
    """
    of_input, of_hidden = (_in_torchs_order(w).transpose(1, 2) for w in (input_weight, recurrent_weight))
    biases = _in_torchs_order(bias)
    none = torch.zeros_like(biases[0])
    ys, states = [], []
    for part, frames in enumerate(x.unbind()):
        before = (hidden[part, None].contiguous(), cell[part, None].contiguous())
        parameters = [of_input[part].contiguous(), of_hidden[part].contiguous(), biases[part], none]
        y, last, last_cell = torch.lstm(
            frames.contiguous(), before, parameters, True, 1, 0.0, torch.is_grad_enabled(), False, False
        )
        ys.append(y)
        states.append(torch.cat([last, last_cell]))
    return torch.stack(ys), torch.stack(states, dim=1)


def _in_torchs_order(gates: Tensor) -> Tensor:
    """The last axis, gates input, forget, output, cell, in torch's order: input, forget, cell, output."""
    input_gate, forget_gate, output_gate, cell = gates.chunk(4, dim=-1)
    return torch.cat([input_gate, forget_gate, cell, output_gate], dim=-1)


def _affine(y: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Map (P, T, B, F) by each part's weight (P, F, G) and bias (P, G) to (P, T, B, G)."""
    return torch.baddbmm(bias[:, None], y.flatten(1, 2), weight).view(*y.shape[:3], -1)


def _uniform(*shape: int, within: int) -> nn.Parameter:
    """A parameter, uniform within +-1 / sqrt(within), as is usual for an LSTM of that hidden size."""
    return nn.Parameter(torch.empty(shape).uniform_(-(within**-0.5), within**-0.5))


def _open_forget_gates(n_parts: int, hidden: int) -> Tensor:
    """Biases (P, 4 H) with which the forget gates start out open (Jozefowicz et al. 2015)."""
    bias = torch.zeros(n_parts, 4 * hidden)
    bias[:, hidden : 2 * hidden] = 1
    return bias
