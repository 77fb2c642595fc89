"""Muon: directions that are orthogonal, and weights that are learnt faster for it."""

import pytest

torch = pytest.importorskip("torch", reason="training needs the extra 'train'")

from dancelift.training.muon import Muon, orthogonal  # noqa: E402


@pytest.mark.parametrize("shape", [(3, 8, 8), (2, 6, 20), (2, 20, 6)])
def test_singular_values_are_made_about_one(shape):
    matrices = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    u, values, vh = torch.linalg.svd(matrices, full_matrices=False)
    found = orthogonal(matrices)
    assert found.shape == matrices.shape
    well = values > 0.1 * values.max(dim=1, keepdim=True).values  # the iteration has no time for smaller ones
    now = torch.einsum("nij,nik,nkj->nj", u, found, vh.mT)
    assert ((now > 0.6) & (now < 1.3))[well].all()
    assert torch.allclose(u * now[:, None] @ vh, found, atol=1e-4)  # the singular vectors are the same


def test_a_step_is_as_large_whatever_the_gradient_and_larger_for_more_outputs():
    moved = []
    for shape, scale in (((16, 16), 1.0), ((16, 16), 1e-4), ((64, 16), 1.0)):
        weight = torch.zeros(shape, requires_grad=True)
        weight.grad = scale * torch.randn(shape, generator=torch.Generator().manual_seed(1))
        Muon([weight], lr=0.1, weight_decay=0.0, precision=torch.float32).step()
        moved.append(torch.linalg.matrix_norm(weight.detach(), 2).item())
    assert moved[1] == pytest.approx(moved[0], rel=1e-3)
    assert moved[2] == pytest.approx(2 * moved[0], rel=0.2)


def test_directions_that_hardly_count_are_learnt_as_fast():
    """A linear map of inputs of very unlike sizes, most of which gradient descent learns slowly."""
    inputs = torch.randn(200, 16, generator=torch.Generator().manual_seed(2)) * torch.logspace(0, -2, 16)
    target = torch.randn(8, 16, 3, generator=torch.Generator().manual_seed(3))

    def left(make) -> float:
        weight = torch.zeros(8, 16, 3, requires_grad=True)
        optimizer = make([weight])
        for step in range(150):
            for group in optimizer.param_groups:
                group["lr"] = group["initial"] * (1 - step / 150)
            loss = torch.einsum("bi,oit->bot", inputs, weight - target).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return (weight - target).square().mean().item()

    def muon(weights):
        return Muon([{"params": weights, "initial": 0.5}], lr=0.5, weight_decay=0.0, precision=torch.float32)

    def descent(weights):
        return torch.optim.SGD([{"params": weights, "initial": 2.0}], lr=2.0, momentum=0.95)

    assert left(muon) < 0.5 * left(descent)


def test_weights_decay_and_those_without_a_gradient_stay():
    learnt, idle = torch.ones(4, 4, requires_grad=True), torch.ones(4, 4, requires_grad=True)
    learnt.grad = torch.zeros(4, 4)
    Muon([learnt, idle], lr=0.1, weight_decay=0.5, precision=torch.float32).step()
    assert torch.allclose(learnt, torch.full((4, 4), 0.95))
    assert (idle == 1).all()
