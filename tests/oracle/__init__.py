"""A second, naive reading of the KPI contract, to compare the product with: plain rows and fractions, no speed."""

from tests.oracle.groups import metrics
from tests.oracle.plan import NoTargetError
from tests.oracle.scoring import pay

__all__ = ["NoTargetError", "metrics", "pay"]
