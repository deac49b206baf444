"""Tests of `services.scope.ladder`."""
