"""Stored recordings of calls: encoded, sealed, replayed, deleted in time."""
