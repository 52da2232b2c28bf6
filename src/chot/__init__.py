"""Chốt: a call centre in which every đồng of KPI pay opens to the calls behind it."""

__version__ = "0.1.0"
