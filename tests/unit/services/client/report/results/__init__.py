"""Tests of `services.client.report.results`."""
