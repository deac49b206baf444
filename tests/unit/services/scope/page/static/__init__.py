"""Tests of `services.scope.page.static`."""
