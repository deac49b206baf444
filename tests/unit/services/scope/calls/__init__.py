"""Tests of `services.scope.calls`."""
