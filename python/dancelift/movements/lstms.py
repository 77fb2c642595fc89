"""One LSTM per body part, all in one pass: which of its movements take place at every frame.

The network of Hu & Ahuja (2021, Unsupervised 3D Pose Estimation for Hierarchical Dance Video Recognition, sec. 2.3),
with the cell of Hochreiter & Schmidhuber (1997, Long Short-Term Memory) and the forget gate of Gers et al. (2000).
What it says of a frame it says a few frames later, so that it has seen how the movement goes on.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from dancelift.movements.taxonomy import Taxonomy

_LEAST_SPREAD = 1e-3  # of a channel, below which it is not spread out further


@dataclass(frozen=True)
class Architecture:
    """Of the LSTMs.

    Attributes:
        n_channels: F, of a part's features.
        hidden: H, size of a part's hidden state.
        layers: of LSTM, one on top of the other.
        delay: frames that are seen after the one that is answered for.
        dropout: share of the last hidden state's entries that training leaves out.
    """

    n_channels: int
    hidden: int = 64
    layers: int = 1
    delay: int = 8
    dropout: float = 0.2


class PartLSTMs(nn.Module):
    """The LSTMs of P parts for M movements. Weights are stacked over the parts; gates are input, forget, output, cell.

    What is read out of a frame is told by the hidden state and, past it, by the features themselves: thresholds are
    near the features, and the LSTM has more room for what they leave open.

    Attributes:
        architecture: of every part's LSTM.
        mean: (P, F) of the features, which is taken off them.
        spread: (P, F) by which they are then divided.
    """

    mean: Tensor
    spread: Tensor
    _places: Tensor

    def __init__(self, taxonomy: Taxonomy, architecture: Architecture) -> None:
        super().__init__()
        self.architecture = architecture
        of_parts = [taxonomy.of_part(part.name) for part in taxonomy.parts]
        n_parts, width, hidden = len(of_parts), max(map(len, of_parts)), architecture.hidden
        sizes = [architecture.n_channels] + [hidden] * (architecture.layers - 1)
        self.read_in = nn.ParameterList(_uniform(n_parts, size, 4 * hidden, within=hidden) for size in sizes)
        self.recur = nn.ParameterList(_uniform(n_parts, hidden, 4 * hidden, within=hidden) for _ in sizes)
        self.bias = nn.ParameterList(nn.Parameter(_remembering(n_parts, hidden)) for _ in sizes)
        self.dropout = nn.Dropout(architecture.dropout)
        self.read_out = _uniform(n_parts, hidden, width, within=hidden)
        self.pass_on = nn.Parameter(torch.zeros(n_parts, architecture.n_channels, width))
        self.out_bias = nn.Parameter(torch.zeros(n_parts, width))
        self.register_buffer("mean", torch.zeros(n_parts, architecture.n_channels))
        self.register_buffer("spread", torch.ones(n_parts, architecture.n_channels))
        places = torch.zeros(len(taxonomy), dtype=torch.long)
        for part, movements in enumerate(of_parts):
            places[list(movements)] = part * width + torch.arange(len(movements))
        self.register_buffer("_places", places, persistent=False)

    def expect_inputs_like(self, mean: Tensor, deviation: Tensor) -> None:
        """Set by how much features are shifted and divided, from their mean and standard deviation, (P, F) each."""
        self.mean.copy_(mean)
        self.spread.copy_(torch.where(deviation > _LEAST_SPREAD, deviation, torch.ones_like(deviation)))

    def expect_answers_like(self, log_odds: Tensor) -> None:
        """Start from how common the movements are, (M,) log odds: what is said before anything has been learnt."""
        with torch.no_grad():
            self.out_bias.view(-1)[self._places] = log_odds

    def initial_state(self, n: int) -> Tensor:
        """(L, 2, P, N, H): hidden states and cells of L layers before the first frame of `n` clips."""
        a = self.architecture
        return self.mean.new_zeros(a.layers, 2, len(self.mean), n, a.hidden)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (B, T, M) of whole clips (B, T, P, F)."""
        return self.advance(self.go_on(x))[0][:, self.architecture.delay :]

    def go_on(self, x: Tensor) -> Tensor:
        """(B, T + delay, P, F): clips (B, T, P, F) that go on with their last frame until all is answered for."""
        return torch.cat([x, x[:, -1:].expand(-1, self.architecture.delay, -1, -1)], dim=1)

    def advance(self, x: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Read on from where the network is.

        Args:
            x: (B, T, P, F) features of the next T frames.
            state: that the frames before have led to; None: there are none.

        Returns:
            (B, T, M) logits, of the frames `delay` frames earlier; and the state now.
        """
        batch, n_frames, n_parts, _ = x.shape
        state = self.initial_state(batch) if state is None else state
        given = ((x - self.mean) / self.spread).permute(2, 1, 0, 3)
        y, states = given, []
        for read_in, recur, bias, (hidden, cell) in zip(self.read_in, self.recur, self.bias, state, strict=True):
            y, last = _run_layer(_affine(y, read_in, bias), recur, hidden, cell)
            states.append(last)
        out = _affine(self.dropout(y), self.read_out, self.out_bias)
        out = out + torch.bmm(given.flatten(1, 2), self.pass_on).view_as(out)
        logits = out.permute(2, 1, 0, 3).reshape(batch, n_frames, -1)[..., self._places]
        return logits, torch.stack(states)


def _run_layer(given: Tensor, recur: Tensor, hidden: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
    """One layer over time.

    Args:
        given: (P, T, B, 4 H), what the input says to the gates.
        recur: (P, H, 4 H).
        hidden: (P, B, H) before the first frame, and so is `cell`.

    Returns:
        (P, T, B, H) hidden states, and (2, P, B, H) the last and its cell.
    """
    size = hidden.shape[-1]
    found = []
    for given_now in given.unbind(1):
        gates = torch.baddbmm(given_now, hidden, recur)
        write, keep, show = gates[..., : 3 * size].sigmoid().chunk(3, dim=-1)
        cell = keep * cell + write * gates[..., 3 * size :].tanh()
        hidden = show * cell.tanh()
        found.append(hidden)
    return torch.stack(found, dim=1), torch.stack([hidden, cell])


def _affine(y: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """(P, T, B, F) by each part's weight (P, F, G) and bias (P, G) to (P, T, B, G)."""
    return torch.baddbmm(bias[:, None], y.flatten(1, 2), weight).view(*y.shape[:3], -1)


def _uniform(*shape: int, within: int) -> nn.Parameter:
    """Uniform within +-1 / sqrt(within), as is usual for an LSTM of that hidden size."""
    return nn.Parameter(torch.empty(shape).uniform_(-(within**-0.5), within**-0.5))


def _remembering(n_parts: int, hidden: int) -> Tensor:
    """Biases with which the forget gate starts out open (Jozefowicz et al. 2015)."""
    bias = torch.zeros(n_parts, 4 * hidden)
    bias[:, hidden : 2 * hidden] = 1
    return bias
