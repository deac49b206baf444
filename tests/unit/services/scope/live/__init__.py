"""Tests of the scope at work."""
