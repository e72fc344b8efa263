"""Burgrave, the program that an enterprise's information-security office runs on."""

__version__ = "0.1.0"
