"""From 2D keypoints and a prior to K starting motions."""
