"""Every command: where it is defined and what it is for, so that listing them loads none."""

from __future__ import annotations

import click

from reftel import __version__
from reftel.cli.program import EPILOG, Commands

INDEX: dict[str, dict[str, tuple[str, str]]] = {
    "Before a cable goes": {
        "draft": ("drafting:draft", "Enter a draft from its sheet."),
        "edit": ("drafting:edit", "Put another text in place of a draft's."),
        "clear": ("drafting:clear", "Give your clearance to a draft as it now stands."),
        "adopt": ("drafting:adopt", "Record that a body adopted a draft."),
        "void": ("drafting:void", "Record that a body voided its decision."),
        "release": ("drafting:release", "Let drafts go: number, date-time group, register."),
        "withdraw": ("drafting:withdraw", "Withdraw a draft that will not be released."),
    },
    "What goes and comes": {
        "dispatch": ("traffic:dispatch", "Seal what waits into bags for the courier."),
        "receive": ("traffic:receive", "Take in every bag that lies in the courier's folder."),
        "decipher": ("traffic:decipher", "Open, prove and enter what waits."),
        "enter": ("paper:enter", "Enter a cable from paper, or a foreign system's mail."),
        "number": ("paper:number", "Give a cable further numbers of this office."),
        "annotate": ("paper:annotate", "Write a mark or a reading beside a cable."),
        "acknowledge": ("traffic:acknowledge", "Acknowledge a cable."),
        "readdress": ("changes:readdress", "Carry a cable on, with proof."),
        "cancel": ("changes:cancel", "Cancel a cable by another of its originator."),
        "correct": ("changes:correct", "Note that a cable is corrected by another."),
        "downgrade": ("changes:downgrade", "Lower a cable's marking."),
        "destroy-text": ("paper:destroy_text", "Destroy a cable's text for good."),
        "shed": ("paper:shed", "Let the office's own text go; readers keep their sealed copies."),
    },
    "Numbered copies": {
        "print": ("copies:print_command", "Print numbered copies, as PDFs too."),
        "verify": ("copies:verify", "Compare the sheet with the deciphered text."),
        "issue": ("copies:issue", "Issue copies to named holders."),
        "open": ("copies:open_command", "Read the copy that you hold."),
        "pass": ("copies:pass_command", "Pass the copy that you hold to another."),
        "return": ("copies:return_command", "Take a copy back into the office."),
        "destroy": ("copies:destroy", "Destroy copies before two witnesses."),
        "lost": ("copies:lost", "Report a copy lost."),
        "found": ("copies:found", "Put a copy back that was lost."),
        "inventory": ("copies:inventory", "Compare the ledger with what lies there."),
        "copies": ("copies:copies", "Show the ledger of a cable's copies, or what is missing."),
        "holdings": ("copies:holdings", "Show who holds which copy, and what is overdue."),
    },
    "What was asked": {
        "tasks": ("tasking:tasks", "List what was asked: open, overdue, to be chased."),
        "task": ("tasking:task", "Add a tasking that a cable implies."),
        "chase": ("tasking:chase", "Chase an open tasking."),
        "fulfil": ("tasking:fulfil", "Close a tasking by its fulfilment cable."),
        "drop-task": ("tasking:drop_task", "Close a tasking that is no longer wanted."),
    },
    "Reading": {
        "show": ("reading:show", "Show a cable and all that is known of it."),
        "list": ("reading:list_command", "List a tray, or what is cited and not held."),
        "find": ("reading:find", "Find cables by any number, time or reference on a sheet."),
        "knew": ("knew:knew", "Show who knew what at a moment, and the entries that prove it."),
    },
    "The docket": {
        "docket": (
            "docket:docket",
            "The negotiation as the cables have it, line by line.",
        ),
    },
    "The post and its people": {
        "init": ("post:init", "Make a post, with its first administrator."),
        "card": ("post:card", "Show this post's public card and its fingerprint."),
        "know": ("post:know", "Admit another post's card after its fingerprint was compared."),
        "posts": ("posts:posts", "List the posts known here, and what passed on each link."),
        "people": ("people:people", "List, admit, invite and dismiss people; passkeys; rules; names."),
        "keys": ("keys:keys", "List, rotate and destroy the post's dated opening keys."),
        "shift": ("people:shift", "Hand the shift over to the next on duty."),
        "unlock": ("locks:unlock", "Keep keys unlocked for a while."),
        "lock": ("locks:lock", "Forget every unlocked key at once."),
    },
    "The web office": {
        "serve": ("serve:serve", "Serve the post's web office."),
        "office": ("office:office", "Lock, unlock or look at the served office."),
        "tls": ("tls:tls", "Make the certificates of the web office."),
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
