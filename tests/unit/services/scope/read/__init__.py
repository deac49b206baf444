"""Tests of `services.scope.read`."""
