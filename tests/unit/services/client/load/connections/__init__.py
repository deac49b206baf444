"""Tests of `services.client.load.connections`."""
