"""Folders of clips with the truth, for training and evaluation alike."""
