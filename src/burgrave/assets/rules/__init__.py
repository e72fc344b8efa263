"""Decisions about assets: inherited need, phases of life, reviews."""
