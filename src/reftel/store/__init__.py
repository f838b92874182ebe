"""The embedded database of one post, encrypted at rest: ``engine`` opens it, ``tables`` names it."""
