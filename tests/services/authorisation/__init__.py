"""Tests of the authorisation server: each grant, each row of its failures, and who attacks it."""
