"""Movement models that have not seen a dancer: each is trained on all the others, and on what is nobody's."""

import dataclasses

import pytest

pytest.importorskip("lightning", reason="training needs the extra 'train'")

from dancelift.errors import InputError
from dancelift.training import movement_folds
from dancelift.training.movement_data import TrainingClip
from dancelift.training.movement_training import TrainingOptions
from fixtures.movements import dancing, features, labelled, taxonomy

TAXONOMY = taxonomy()
QUICK = TrainingOptions(hidden=4, window=20, batch_size=2, delay=2, validation_share=0, max_epochs=1)


def clip(name: str, random_seed: int, n_frames: int = 40) -> TrainingClip:
    labels = labelled(dancing(n_frames, random_seed), TAXONOMY)
    return TrainingClip(name, features(n_frames, random_seed, TAXONOMY), labels)


CLIPS = [clip(name, i) for i, name in enumerate(["a1", "a1", "a2", "b", "a walk"])]


def test_each_clip_has_a_model_that_was_trained_without_its_dancer(tmp_path, monkeypatch):
    trained_on = []
    train = movement_folds.train_movements

    def spy(clips, *arguments, **options):
        trained_on.append([clip.name for clip in clips])
        return train(clips, *arguments, **options)

    monkeypatch.setattr(movement_folds, "train_movements", spy)
    steps: list[str] = []
    models = movement_folds.train_without_each(
        CLIPS, [["a1", "a2"], ["b"]], TAXONOMY, "3d", tmp_path, QUICK, accelerator="cpu", progress=steps.append
    )
    assert trained_on == [["b", "a walk"], ["a1", "a1", "a2", "a walk"]]
    assert models["a1"] is models["a2"] and models["a1"] is not models["b"] and set(models) == {"a1", "a2", "b"}
    assert steps == ["movements without dancer 1 of 2", "movements without dancer 2 of 2"]
    again = movement_folds.train_without_each(CLIPS, [["a1", "a2"], ["b"]], TAXONOMY, "3d", tmp_path, QUICK)
    x = CLIPS[0].features
    assert (again["b"].probabilities(x, 27.0) == models["b"].probabilities(x, 27.0)).all()
    with pytest.raises(InputError, match="other random_seed"):
        movement_folds.train_without_each(CLIPS, [["a1", "a2"], ["b"]], TAXONOMY, "3d", tmp_path, QUICK, random_seed=1)


def test_one_dancer_alone_is_refused(tmp_path):
    with pytest.raises(InputError, match="all clips are of one dancer, expected at least two"):
        movement_folds.train_without_each(CLIPS, [["a1", "a2", "b"]], TAXONOMY, "3d", tmp_path, QUICK)


def test_options_of_another_run_are_refused(tmp_path):
    movement_folds.train_without_each(CLIPS, [["a1"], ["b"]], TAXONOMY, "3d", tmp_path, QUICK)
    with pytest.raises(InputError, match="other options"):
        movement_folds.train_without_each(
            CLIPS, [["a1"], ["b"]], TAXONOMY, "3d", tmp_path, dataclasses.replace(QUICK, hidden=5)
        )
