"""Mirrors shared/feeding."""
