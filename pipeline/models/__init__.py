"""Models: a frame and a spec go in, a Fit comes out. No files, no database, no screen."""
