"""Tests of `services.scope.draw`."""
