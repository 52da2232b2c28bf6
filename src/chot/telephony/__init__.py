"""The telephone exchange: Asterisk fetched, written, supervised and driven; every call recorded, journalled and ended exactly once."""
