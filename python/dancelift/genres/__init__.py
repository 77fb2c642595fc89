"""The genre of a dance: its features and the model."""
