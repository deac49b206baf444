"""Tests of `services.scope.capture`."""
