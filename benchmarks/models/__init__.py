"""Speed of the models beside their peers; one file a model, each with its `BENCHES`."""
