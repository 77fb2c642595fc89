"""Every file format, each known once."""
