"""Decisions without tables: the way of a version, its number, its canonical text."""
