"""The press room: sheets on paper."""
