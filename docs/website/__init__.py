"""The documentation as a site, made of the pages that a code host shows: `make docs`."""
