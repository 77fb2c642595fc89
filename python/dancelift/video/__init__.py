"""Videos: their frames, the keypoints that a detector finds in them, and writing new ones."""
