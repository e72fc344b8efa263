"""Policies, norms and procedures: written, approved, published, and what applied when."""
