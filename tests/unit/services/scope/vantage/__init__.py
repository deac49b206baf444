"""Tests of `services.scope.vantage`."""
