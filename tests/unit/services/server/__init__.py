"""Tests of `services.server`."""
