"""Tests of `services.client`."""
