"""Tests of `services.scope.tcp`."""
