"""Tests of `services.client.load`."""
