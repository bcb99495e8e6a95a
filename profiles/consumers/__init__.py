"""What files do when something happened, here or elsewhere."""

from profiles.consumers import names, needs, supply, tags, visits

__all__ = ["names", "needs", "supply", "tags", "visits"]
