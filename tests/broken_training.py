"""A training that breaks off, as when the power fails."""

from types import ModuleType

import pytest


def break_off(monkeypatch: pytest.MonkeyPatch, training: ModuleType, epoch: int) -> None:
    """Let the training of a module fail with "no power" in the second step of an epoch, until the patch is undone."""
    lesson = training._Lesson
    step = lesson.training_step

    def fall_over(self, batch, index):
        if self.current_epoch == epoch and index == 1:
            raise OSError("no power")
        return step(self, batch, index)

    monkeypatch.setattr(lesson, "training_step", fall_over)
