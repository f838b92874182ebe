"""Every command: where it is defined and what it is for, so that listing them loads none."""

from __future__ import annotations

import click

from reftel import __version__
from reftel.cli.program import EPILOG, Commands

INDEX: dict[str, dict[str, tuple[str, str]]] = {
    "Cables": {},
    "The post and its people": {
        "init": ("post:init", "Make a post, with its first administrator."),
        "card": ("post:card", "Show this post's public card and its fingerprint."),
        "know": ("post:know", "Admit another post's card after its fingerprint was compared."),
        "posts": ("posts:posts", "List the posts known here, and what passed on each link."),
        "people": ("people:people", "List, admit and dismiss people; rules; the authority list."),
        "keys": ("keys:keys", "List, rotate and destroy the post's dated opening keys."),
        "shift": ("people:shift", "Hand the shift over to the next on duty."),
        "unlock": ("locks:unlock", "Keep keys unlocked for a while."),
        "lock": ("locks:lock", "Forget every unlocked key at once."),
    },
    "The register": {
        "register": ("register:register", "Verify the register, sign it, prove and serve it."),
        "audit": ("care:audit", "Check everything against the register, and name what does not fit."),
        "backup": ("care:backup", "Write a backup of the post."),
        "restore": ("care:restore", "Restore a post from its backup."),
    },
    "Trying it out": {
        "demo": ("demo:demo", "Play a story of four posts."),
        "bench": ("bench:bench", "Measure speed and memory."),
    },
}

program = Commands(
    "reftel",
    help="A cable office: sealed cables between posts, a register that keeps every act, every copy counted.",
    epilog=EPILOG,
    index=INDEX,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
click.version_option(__version__, message="reftel %(version)s")(program)
