"""Tests of what is told of clients."""
