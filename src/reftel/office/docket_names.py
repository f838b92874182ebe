"""Which printed names are one: by the authority list of this post, and by the aliases in its docket."""

from __future__ import annotations

from sqlalchemy import Connection

from reftel.docket.items import issue_key
from reftel.office import docket
from reftel.office.docket import Lens
from reftel.office.naming import authorities


class Names:
    """The authority list, and the aliases that stand in the docket, as one person may see them."""

    def __init__(self, connection: Connection, lens: Lens) -> None:
        self.listed = authorities(connection, until=lens.until)
        self._of: dict[str, str] = {}
        for one in self.listed:
            for name in (one["name"], *one.get("as_printed", []), *one.get("misprints", [])):
                self._of.setdefault(issue_key(name), one["name"])
        found = docket.of_kinds(connection, lens, ("alias",))
        self.aliases = docket.fold(connection, lens, found).of_kind("alias")
        for state in self.aliases:
            name = state.item.get("name")
            self._of[issue_key(state.item.get("printed"))] = self._of.get(issue_key(name), name)

    def of(self, printed: str) -> str:
        """The name under which somebody so printed is listed; as printed where nobody is."""
        return self._of.get(issue_key(printed), printed)

    def same(self, one: str, other: str) -> bool:
        """Whether two printed names are of one person, party or place."""
        return issue_key(self.of(one)) == issue_key(self.of(other))
