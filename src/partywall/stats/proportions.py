"""The exact interval of a proportion."""

from scipy.special import betaincinv

__all__ = ["proportion_interval"]


def proportion_interval(hits: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Interval of the probability behind ``hits`` of ``trials`` (Clopper & Pearson, Biometrika 26, 1934).

    It holds with at least ``confidence`` for every probability.  Raises ValueError unless 0 <= hits <= trials,
    trials >= 1 and 0 < confidence < 1.
    """
    if not (0 <= hits <= trials and trials >= 1):
        raise ValueError(f"{hits} of {trials} is no proportion")
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence {confidence} does not lie between 0 and 1")
    tail = (1.0 - confidence) / 2.0
    low = float(betaincinv(hits, trials - hits + 1, tail)) if hits else 0.0
    high = float(betaincinv(hits + 1, trials - hits, 1.0 - tail)) if hits < trials else 1.0
    return low, high
