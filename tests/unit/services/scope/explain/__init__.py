"""Tests of `services.scope.explain`."""
