"""What a model has to beat: logistic regression on the same signals, and the plain rule 'balance fell'."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.metrics import Numbers


def logistic(rows: Numbers, y: Numbers, later: Numbers, c: float, seed: int) -> Numbers:
    """Probabilities for `later` by logistic regression fitted on `rows`.

    Missing values become the median, signals are standardised and cut at five standard deviations, without which a
    few very rich customers decide the fit.
    """
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, StandardScaler

    steps = make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True),
        StandardScaler(),
        FunctionTransformer(_cut),
        LogisticRegression(C=c, max_iter=1000, random_state=seed),
    )
    steps.fit(rows, y)
    return np.asarray(steps.predict_proba(later)[:, 1], dtype=np.float64)


def _cut(rows: Numbers) -> Numbers:
    return np.clip(rows, -5.0, 5.0)


def balance_fell(rows: Numbers, names: Sequence[str], signal: str) -> Numbers:
    """A ranking: the lower the signal, the sooner the customer leaves; customers without a value come last."""
    values = rows[:, list(names).index(signal)]
    lowest = np.nanmax(values, initial=0.0) + 1.0
    return -np.where(np.isnan(values), lowest, values)
