"""Tests of `services.scope`."""
