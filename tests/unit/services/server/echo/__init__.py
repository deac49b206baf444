"""Tests of `services.server.echo`."""
