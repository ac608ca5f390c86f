"""Names as rows of the artefact store."""

from __future__ import annotations

from typing import Any

from explorer_engine.naming.values import Name
from explorer_engine.sites import FeatureRef

__all__ = ["name_row"]


def name_row(ref: FeatureRef, name: Name) -> dict[str, Any]:
    """A feature's row of `feature_name`."""
    return {
        "site": str(ref.site),
        "feature": ref.index,
        "name": name.text,
        "accuracy": name.score.accuracy,
        "correlation": name.score.correlation,
        "n_documents": name.score.n_documents,
    }
