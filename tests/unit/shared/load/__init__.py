"""Mirrors shared/load."""
