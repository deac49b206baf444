"""Tests of `services.scope.page`."""
