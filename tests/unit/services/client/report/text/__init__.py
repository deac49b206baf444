"""Tests of `services.client.report.text`."""
