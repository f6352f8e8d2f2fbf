"""The approval engine: process definitions, work items, audit log. It knows nothing of cities or evidence."""
