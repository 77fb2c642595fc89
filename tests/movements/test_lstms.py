"""The LSTMs of the body parts: each has its own part, clips and streams are predicted alike, files are checked."""

import dataclasses
import json

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

torch = pytest.importorskip("torch", reason="movement networks need the extra 'train'")

from safetensors import safe_open  # noqa: E402
from safetensors.torch import save_file  # noqa: E402

from dancelift.errors import InputError  # noqa: E402
from dancelift.movements.features import by_definition, features_3d  # noqa: E402
from dancelift.movements.lstms import Architecture, PartLSTMs  # noqa: E402
from dancelift.movements.model import MovementModel, MovementStream, load_movement_model  # noqa: E402
from dancelift.movements.taxonomy import standard_taxonomy  # noqa: E402
from fixtures.movement_weights import write_weights  # noqa: E402
from fixtures.movements import dancing, features, taxonomy  # noqa: E402

TAXONOMY = taxonomy()
X = features(70, 0, TAXONOMY)
M, F = len(TAXONOMY), X.shape[-1]


def network(**options) -> PartLSTMs:
    """With weights large enough that every input matters."""
    torch.manual_seed(0)
    found = PartLSTMs(TAXONOMY, Architecture(F, **({"hidden": 12} | options))).eval()
    with torch.no_grad():
        for parameter in found.parameters():
            parameter.normal_(0, 0.4)
    found.fit_standardizer(torch.full((3, F), 0.1), torch.full((3, F), 0.8))
    return found


def model(**options) -> MovementModel:
    return MovementModel(
        network(**options), "3d", TAXONOMY, np.linspace(0.3, 0.7, M, dtype=np.float32), np.arange(M), {"F": 0.75}
    )


@pytest.mark.parametrize("layers", [1, 2])
def test_every_part_is_pytorchs_lstm_on_its_own_features(layers):
    ours = network(layers=layers, delay=3)
    logits = ours(torch.from_numpy(X)[None])[0].detach()
    for p, part in enumerate(TAXONOMY.parts):
        reference = torch.nn.LSTM(F, 12, layers)
        order = np.r_[0:12, 12:24, 36:48, 24:36]  # PyTorch's gates are input, forget, cell, output
        with torch.no_grad():
            for layer in range(layers):
                getattr(reference, f"weight_ih_l{layer}").copy_(ours.input_weight[layer][p].T[order])
                getattr(reference, f"weight_hh_l{layer}").copy_(ours.recurrent_weight[layer][p].T[order])
                getattr(reference, f"bias_ih_l{layer}").copy_(ours.bias[layer][p][order])
                getattr(reference, f"bias_hh_l{layer}").zero_()
            x = torch.from_numpy((X[:, p] - np.float32(0.1)) / np.float32(0.8))
            x = torch.cat([x, x[-1:].expand(3, -1)])
            expected = (reference(x)[0] @ ours.output_weight[p] + x @ ours.skip_weight[p] + ours.output_bias[p])[3:]
        of_part = list(TAXONOMY.of_part(part.name))
        assert_allclose(logits[:, of_part].numpy(), expected[:, : len(of_part)].numpy(), atol=1e-5)


def test_a_parts_movements_depend_on_no_other_part():
    other = np.array(X)
    other[:, 1] += 1
    same = list(TAXONOMY.of_part("left arm") + TAXONOMY.of_part("whole body"))
    a, b = (model().probabilities(x, 27) for x in (X, other))
    assert_array_equal(a[:, same], b[:, same])
    assert (a[:, list(TAXONOMY.of_part("head"))] != b[:, list(TAXONOMY.of_part("head"))]).all()


@pytest.mark.parametrize("delay", [0, 5])
def test_a_frame_is_predicted_once_delay_more_frames_are_seen(delay):
    other = np.array(X)
    other[40:] += 0.5
    a, b = (model(delay=delay).probabilities(x, 27) for x in (X, other))
    assert_array_equal(a[: 40 - delay], b[: 40 - delay])
    assert (a[40 - delay] != b[40 - delay]).all()


def test_clips_of_a_batch_do_not_mix():
    ours = network()
    both = torch.from_numpy(np.stack([X, X[::-1]]))
    with torch.no_grad():
        together, apart = ours(both), torch.cat([ours(both[:1]), ours(both[1:])])
    assert_allclose(together.numpy(), apart.numpy(), atol=1e-5)


def test_an_untrained_network_predicts_the_base_rates():
    fresh = PartLSTMs(TAXONOMY, Architecture(F))
    odds = torch.linspace(-4, 4, M)
    before = fresh.output_bias.detach().clone()
    fresh.fit_base_rates(odds)
    with torch.no_grad():
        fresh.output_weight.zero_()
        assert_allclose(fresh(torch.from_numpy(X)[None])[0, 5].numpy(), odds.numpy(), atol=1e-6)
    assert before.abs().sum() == 0


def test_a_channel_that_never_varies_does_no_harm():
    ours = network()
    ours.fit_standardizer(torch.zeros(3, F), torch.zeros(3, F))
    assert_array_equal(ours.scale.numpy(), 1)


@pytest.mark.parametrize("fps", [9, 12.5, 25, 27, 30, 50, 60, 120])
@pytest.mark.parametrize("n_frames", [1, 3, 70])
def test_stream_predicts_what_the_whole_clip_does(fps, n_frames):
    ours = model(delay=4)
    expected = ours.probabilities(X[:n_frames], fps)
    stream = MovementStream(ours, fps)
    predictions = [prediction for x in X[:n_frames] if (prediction := stream.push(x)) is not None]
    rest = stream.finish()
    assert len(predictions) + len(rest) == n_frames == len(expected)
    assert_allclose(np.concatenate([*(a[None] for a in predictions), rest]), expected, atol=1e-5)
    assert len(stream.finish()) == 0


def test_stream_predicts_as_soon_as_it_can():
    stream = MovementStream(model(delay=4), 60)
    first = next(i for i, x in enumerate(X) if stream.push(x) is not None)
    assert first == 2 * 4


def test_stream_of_no_frames_has_no_predictions():
    assert MovementStream(model(), 27).finish().shape == (0, M)


@pytest.mark.parametrize("times", [2, 4])
def test_a_clip_of_a_higher_frame_rate_is_predicted_as_one_of_the_usual_rate(times):
    ours = model()
    usual = ours.probabilities(X, 27)
    higher = ours.probabilities(np.repeat(X, times, axis=0), 27 * times)
    assert_allclose(higher[::times], usual, atol=1e-6)


def test_a_clip_of_a_lower_frame_rate_is_interpolated():
    ours = model()
    fine, coarse = (ours.probabilities(features(70 * n, 0, TAXONOMY, 13.5 * n), 13.5 * n) for n in (2, 1))
    assert np.abs(coarse[2:-8] - fine[::2][2:-8]).max() < 0.2
    assert np.corrcoef(coarse[2:-8].ravel(), fine[::2][2:-8].ravel())[0, 1] > 0.97


def test_a_long_clip_processed_in_pieces_is_predicted_as_a_whole(monkeypatch):
    ours = model()
    whole = ours.probabilities(X, 27)
    monkeypatch.setattr("dancelift.movements.model._FRAMES_AT_ONCE", 11)
    assert_allclose(ours.probabilities(X, 27), whole, atol=1e-6)


def test_movements_take_place_from_their_thresholds_on():
    ours = model()
    labels = ours.label(X, 30)
    assert_array_equal(labels.active, ours.probabilities(X, 30) >= ours.thresholds)
    assert labels.known.all()
    assert labels.fps == 30
    assert labels.taxonomy is TAXONOMY


def test_poses_become_what_the_network_reads():
    assert_array_equal(model().features(dancing(70), 27), X)


@pytest.mark.parametrize("x", [X[0], X[:, :2], X[..., 1:], X[:0]])
def test_features_of_another_shape_are_refused(x):
    with pytest.raises(InputError, match=rf"expected \(frames, 3, {F}\)"):
        model().probabilities(x, 27)


def test_a_saved_model_predicts_as_before(tmp_path):
    before = model(layers=2, delay=3)
    before.save(tmp_path / "m.safetensors")
    after = load_movement_model(tmp_path / "m.safetensors", taxonomy=TAXONOMY, device="cpu")
    assert_allclose(after.probabilities(X, 27), before.probabilities(X, 27), atol=2e-3)  # half precision
    assert_array_equal(after.thresholds, before.thresholds)
    assert (after.input, after.figures) == (before.input, before.figures)
    assert after.network.architecture == before.network.architecture
    assert not after.network.training


def test_large_weights_take_8_bits_and_saving_them_again_changes_nothing(tmp_path):
    before, first, second = model(hidden=60), tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    before.save(first)
    with safe_open(first, "pt") as file:
        kinds = {key: file.get_tensor(key).dtype for key in file.keys()}
    assert kinds["recurrent_weight.0"] == torch.int8 and kinds["bias.0"] == torch.float16
    after = load_movement_model(first, taxonomy=TAXONOMY, device="cpu")
    error = after.probabilities(X, 27) - before.probabilities(X, 27)
    assert 0 < np.sqrt(np.mean(error**2)) < 0.01
    after.save(second)
    assert second.read_bytes() == first.read_bytes()
    assert after.hash == before.hash


def test_scales_of_other_weights_are_refused(tmp_path):
    path = tmp_path / "m.safetensors"
    model(hidden=60).save(path)
    with safe_open(path, "pt") as file:
        tensors, about = {key: file.get_tensor(key) for key in file.keys()}, file.metadata()
    save_file(tensors | {"recurrent_weight.0.scale": torch.ones(100, 1, 1, 240)}, path, about)
    with pytest.raises(InputError, match=r"scale is \(100, 1, 1, 240\), expected \(3, 1, 240\)"):
        load_movement_model(path, taxonomy=TAXONOMY)


def test_weights_of_another_taxonomy_are_refused(tmp_path):
    model().save(tmp_path / "m.safetensors")
    with pytest.raises(InputError, match="weights of another taxonomy"):
        load_movement_model(tmp_path / "m.safetensors", taxonomy=taxonomy("left arm", "head"))


def damage(name, tensors, about):
    if name == "tensor missing":
        del tensors["output_weight"]
    elif name == "tensor too many":
        tensors["more"] = torch.zeros(1)
    elif name == "tensor of another shape":
        tensors["output_bias"] = torch.zeros(2, 2)
    elif name == "no thresholds":
        del tensors["thresholds"]
    elif name == "too few thresholds":
        tensors["thresholds"] = torch.zeros(1)
    elif name == "another format":
        about["format"] = "dancelift movements 1"
    elif name == "unknown input":
        about["input"] = "4d"
    elif name == "unknown option":
        about["architecture"]["heads"] = 4
    elif name == "about is a list":
        return tensors, []
    return tensors, about


@pytest.mark.parametrize(
    "name",
    [
        "tensor missing", "tensor too many", "tensor of another shape", "no thresholds", "too few thresholds",
        "another format", "unknown input", "unknown option", "about is a list",
    ],
)  # fmt: skip
def test_a_file_that_does_not_fit_is_refused(tmp_path, name):
    path = tmp_path / "m.safetensors"
    model().save(path)
    with safe_open(path, "pt") as file:
        tensors, about = {key: file.get_tensor(key) for key in file.keys()}, json.loads(file.metadata()["about"])
    tensors, about = damage(name, tensors, about)
    save_file(tensors, path, {"about": json.dumps(about)})
    with pytest.raises(InputError, match=r"m\.safetensors"):
        load_movement_model(path, taxonomy=TAXONOMY)


@pytest.mark.parametrize("content", [None, b"", b"not tensors at all", "cut short", "no metadata"])
def test_a_file_that_is_no_model_is_refused(tmp_path, content):
    path = tmp_path / "m.safetensors"
    model().save(path)
    whole = path.read_bytes()
    path.unlink()
    if content == "no metadata":
        save_file({"a": torch.zeros(1)}, path)
    elif content is not None:
        path.write_bytes(whole[:-100] if content == "cut short" else content)
    with pytest.raises(InputError, match="not a movement model"):
        load_movement_model(path, taxonomy=TAXONOMY)


def test_a_device_that_is_not_there_is_refused(tmp_path):
    model().save(tmp_path / "m.safetensors")
    with pytest.raises(InputError, match="device 'abacus'"):
        load_movement_model(tmp_path / "m.safetensors", taxonomy=TAXONOMY, device="abacus")


def test_torch_has_as_many_threads_afterwards_as_before():
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        model().probabilities(X, 27)
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


def test_the_models_that_ship_are_for_their_input():
    for source in ("3d", "2d"):
        assert load_movement_model(source).input == source
    with pytest.raises(
        InputError, match="weights for 2d input, expected those of `dancelift train movements --input 3d`"
    ):
        load_movement_model("2d", input="3d")


@pytest.mark.parametrize("fps", [25, 60])
def test_what_the_definitions_say_is_part_of_a_prediction_from_3d(fps, tmp_path):
    whole = standard_taxonomy()
    ours = load_movement_model(write_weights(tmp_path / "3d.safetensors", "3d"), device="cpu")
    x = features_3d(dancing(90), fps, whole)
    predicted = ours.probabilities(x, fps)
    met = by_definition(x, whole) == 1
    assert (predicted[met] >= 0.3).all() and (predicted[~met] <= 0.7).all()
    flat = dataclasses.replace(ours, input="2d")  # whose definitions say nothing
    assert_allclose(predicted, 0.7 * flat.probabilities(x, fps) + 0.3 * met, atol=1e-6)
    stream = MovementStream(ours, fps)
    pushed = [prediction for frame in x if (prediction := stream.push(frame)) is not None]
    assert_allclose(np.concatenate([*(a[None] for a in pushed), stream.finish()]), predicted, atol=1e-5)
