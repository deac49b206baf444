"""Tests of `services.tap`."""
