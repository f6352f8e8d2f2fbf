"""Claim and release (签收、释放): take a step out of the pool of the group, or put it back."""

from engine.verbs.claims import claim, release

__all__ = ["claim", "release"]
