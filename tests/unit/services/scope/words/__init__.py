"""Tests of `services.scope.words`."""
