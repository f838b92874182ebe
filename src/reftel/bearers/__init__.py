"""What carries bags from post to post: ``base`` says what a bearer does, ``courier`` is a folder."""
