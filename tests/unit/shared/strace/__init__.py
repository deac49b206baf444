"""Mirrors shared/strace."""
