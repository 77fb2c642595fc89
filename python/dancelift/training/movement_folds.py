"""Movement models that have not seen a dancer: their predictions are as good as those of dancers to come.

What is trained on a model's predictions, as the genre networks are (Hu & Ahuja 2021, sec. 2.4), must not see those of
clips that the model was trained on: they are better than others, and the network would rely on that. So each clip is
predicted by a model that was trained on all other dancers (cross-fitting, as in Wolpert 1992, Stacked generalization).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from dancelift.errors import InputError
from dancelift.movements.model import MovementModel
from dancelift.movements.taxonomy import Taxonomy
from dancelift.training.movement_data import TrainingClip
from dancelift.training.movement_training import TrainingOptions, train_movements


def train_without_each(
    clips: Sequence[TrainingClip],
    dancers: Sequence[Sequence[str]],
    taxonomy: Taxonomy,
    input: str,
    folder: Path,
    options: TrainingOptions | None = None,
    random_seed: int = 0,
    accelerator: str = "auto",
    progress: Callable[[str], object] | None = None,
) -> dict[str, MovementModel]:
    """Train a movement model without each dancer in turn.

    Args:
        clips: to train on.
        dancers: names of each one's clips; clips of no dancer, such as other motion, are learnt from in every training.
        taxonomy: of the movements.
        input: that the features were computed from.
        folder: of checkpoints. Where it holds a run that was stopped, that is resumed.
        options: None: the defaults.
        random_seed: of all random numbers.
        accelerator: of Lightning.
        progress: called with the name of each step that begins.

    Returns:
        The model that has not seen a clip's dancer, by the clip's name.

    Raises:
        InputError: all clips are of one dancer.
    """
    if len(dancers) < 2:
        raise InputError("all clips are of one dancer, expected at least two: one to predict, others to learn from")
    report = progress or (lambda _: None)
    found: dict[str, MovementModel] = {}
    for k, names in enumerate(dancers):
        report(f"movements without dancer {k + 1} of {len(dancers)}")
        rest = [clip for clip in clips if clip.name not in names]
        model = train_movements(
            rest,
            taxonomy,
            input,
            folder / f"without dancer {k + 1}",
            options,
            random_seed=random_seed,
            accelerator=accelerator,
            progress=False,
        )
        found |= dict.fromkeys(names, model)
    return found
