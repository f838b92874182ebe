"""The web office: pages and an API over the front doors of the office, and nothing of its own."""
