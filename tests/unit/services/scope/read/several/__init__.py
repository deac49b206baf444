"""Tests of reading several captures."""
