"""Whose calls count together: an address, or the network that somebody with one line has."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import Request

UNKNOWN = "unknown"  # of whoever comes through a socket, or through a proxy that names no address
_PREFIX = 64  # bits: an ordinary line with IPv6 has all addresses of such a network


def caller_network(request: Request) -> str:
    """The address of the caller, by which its calls are counted; of IPv6 the /64."""
    return network_of(request.client.host if request.client else "")


def network_of(host: str) -> str:
    """`203.0.113.7`, `2001:db8:1:2::/64`; what is no address counts as one."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return UNKNOWN
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ip_network((address, _PREFIX), strict=False))
