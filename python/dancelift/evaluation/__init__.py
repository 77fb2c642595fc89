"""How well dancelift lifts, measured on datasets with true 3D motion."""

from dancelift.evaluation.datasets import DATASETS, open_dataset
from dancelift.evaluation.lift import (
    METRICS,
    LiftProtocol,
    LiftScore,
    LiftSummary,
    chosen_clips,
    evaluate_clip,
    evaluate_sequence,
    summarise,
    summarise_groups,
)
from dancelift.evaluation.sequence import Dataset, EvaluationSequence

__all__ = [
    "DATASETS",
    "METRICS",
    "Dataset",
    "EvaluationSequence",
    "LiftProtocol",
    "LiftScore",
    "LiftSummary",
    "chosen_clips",
    "evaluate_clip",
    "evaluate_sequence",
    "open_dataset",
    "summarise",
    "summarise_groups",
]
