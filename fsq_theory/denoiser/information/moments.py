"""Running means and variances of samples, and standard errors that do not trust samples blindly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...arrays import Array


class Moments:
    """Mean and sum of squared deviations of several columns, from batches; memory does not grow with their number.

    Args:
        columns: how many.
        group: samples that depend on each other, in runs of so many: their means are what varies independently.

    Attributes:
        count: samples so far.
        mean: of each column.
    """

    def __init__(self, columns: int, group: int = 1) -> None:
        self.count = 0
        self._group = group
        self.mean: Array = np.zeros(columns)
        self._squares: Array = np.zeros(columns)

    def add(self, values: Array) -> None:
        """Take in a batch of whole groups, shape (columns, S)."""
        size = values.shape[1]
        values = values.reshape(len(values), -1, self._group).mean(axis=2)
        mean = values.mean(axis=1)
        squares = self._group * np.sum((values - mean[:, None]) ** 2, axis=1)
        total = self.count + size
        step = mean - self.mean
        self._squares = self._squares + squares + step**2 * (self.count * size / total)
        self.mean = self.mean + step * (size / total)
        self.count = total

    def stderr(self, ranges: Sequence[float] | Array, samples: int | None = None) -> Array:
        """Standard errors of the means, as they are or as they would be for another number of samples.

        Rare values may not have been seen: one more sample is supposed to lie in the middle of the range of values,
        which adds (range/2 − mean)²/N² to the square of the error.

        Args:
            ranges: the largest value that each column can take, the least being 0; 0 where the spread of samples is
                trusted.
            samples: how many, instead of those drawn.
        """
        count = self.count if samples is None else max(samples, 1)
        half = np.asarray(ranges) / 2
        unseen = np.where(half > 0, half - self.mean, 0.0)
        spread = self._squares / max(self.count // self._group - 1, 1)
        return np.asarray(np.sqrt(spread / count + (unseen / (count + 1)) ** 2))
