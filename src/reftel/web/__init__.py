"""The web office: pages and an API over the front doors of the office, and nothing of its own."""

from starlette.convertors import IntegerConvertor, register_url_convertor


class _Number(IntegerConvertor):
    """A number in an address: one that an entry can have; a longer one is no page's."""

    regex = "[0-9]{1,15}"


register_url_convertor("int", _Number())
