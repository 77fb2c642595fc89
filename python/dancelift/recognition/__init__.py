"""The whole way from 2D keypoints to a named dance, and why it is named so."""
