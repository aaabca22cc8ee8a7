"""OpenID Connect: people sign in at the provider of their company.

Authlib has the rules of the protocol (PKCE, claims of an ID token), joserfc, of the same authors,
signatures and keys. Both are kept up and take 2 MB. Authlib's own HTTP client is left out: it asks
for another library than the one that all else here speaks HTTP with.
"""

from integrations.oidc.provider import OidcProvider, ProviderAccess

__all__ = ["OidcProvider", "ProviderAccess"]
