"""Tests of `services.client.report.page`."""
