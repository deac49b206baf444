"""Tests of `services.scope.capture.layers`."""
