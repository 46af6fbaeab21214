"""Pictures and their readings, one file a model."""
