"""The whole way from 2D keypoints to the genre of a dance, and why it is that."""
