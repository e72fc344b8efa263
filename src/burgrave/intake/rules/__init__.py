"""Decisions of the domain, without Django."""
