"""The parts of `burgrave rules`: linting, testing with samples, and what a rule set hears."""
