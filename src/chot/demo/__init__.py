"""A believable Vietnamese company with planted problems, for trying things on and for testing the guards."""
