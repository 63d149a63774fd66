"""How a system knows who asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, StrictBool, StrictInt, StrictStr

from core.config.base import EntityName, Line, Settings, setting
from core.links.model.templates import Template

if TYPE_CHECKING:
    from collections.abc import Mapping


class NoAuth(Settings):
    """The system asks nobody who he is."""

    kind: Literal["none"] = setting(title="Kind")


class BasicAuth(Settings):
    """HTTP Basic (RFC 7617)."""

    kind: Literal["basic"] = setting(title="Kind")
    username: Template = setting(title="User name", help="With the fields of the link: {username}.")
    password: Template = setting(title="Password")


class NtlmAuth(Settings):
    """NTLM over HTTP (MS-NTHT), as Windows servers ask for: one connection, which is signed in to once."""

    kind: Literal["ntlm"] = setting(title="Kind")
    username: Template = setting("{username}", title="User name", help="DOMAIN\\\\name, or name@domain.")
    password: Template = setting("{password}", title="Password")


class ApiKeyAuth(Settings):
    """A key that goes along with every request."""

    kind: Literal["api_key"] = setting(title="Kind")
    place: Literal["header", "query", "body"] = setting(
        "header", title="Where", help="A header, a parameter of the address, or a member of the JSON body."
    )
    name: Line = setting(title="Name")
    value: Template = setting(title="Value", help="Such as {api_key}, or Token {api_key}.")


class _OAuth2(Settings):
    token_url: Template = setting(title="Address for tokens")
    client_id: Template = setting("{client_id}", title="Client id")
    client_secret: Template | None = setting("{client_secret}", title="Client secret")
    client_auth: Literal["body", "basic"] = setting(
        "body", title="Client id and secret go", help="Into the form, or into an HTTP Basic header."
    )
    scopes: list[Template] = setting(list, title="Scopes", help="With a field of the link: any number, with blanks.")
    token_type: Line = setting("Bearer", title="Word before the token")
    margin_seconds: StrictInt = setting(
        30,
        title="Renewed before it ends",
        help="A token is not used in its last seconds.",
        unit="seconds",
        ge=0,
        le=3600,
    )
    lifetime_seconds: StrictInt = setting(
        3600, title="Life of a token", help="Where the reply does not say expires_in.", unit="seconds", ge=30
    )
    calls_a_day: StrictInt | None = setting(
        None, title="Token calls a day", help="More are not made; empty: any number.", ge=1
    )
    on_401: Literal["fail", "renew"] = setting(
        "renew",
        title="On status 401",
        help="Get a new token once and ask again; or fail, where a 401 says more than that a token is over.",
    )


class ClientOAuth2(_OAuth2):
    """OAuth 2 by client credentials (RFC 6749, section 4.4)."""

    kind: Literal["oauth2_client"] = setting(title="Kind")


class _Refreshed(_OAuth2):
    refresh: Literal["none", "static", "rotating"] = setting(
        "static",
        title="Refresh token",
        help="rotating: each is used once, and its reply has the next one. none: it gives no refresh token.",
    )
    refresh_not_before_seconds: StrictInt = setting(
        0,
        title="Refreshed not sooner than",
        help="After the last token; some systems refuse sooner.",
        unit="seconds",
        ge=0,
    )


class CodeOAuth2(_Refreshed):
    """OAuth 2 by authorization code (RFC 6749, section 4.1): a person signs in with a browser once."""

    kind: Literal["oauth2_code"] = setting(title="Kind")
    authorize_url: Template = setting(title="Address for signing in")
    redirect_uri: Template = setting(
        "{redirect_uri}", title="Address it leads back to", help="As it is registered with the system."
    )
    parameters: dict[StrictStr, StrictStr] = setting(
        dict, title="Further parameters", help="Of the address for signing in."
    )
    pkce: StrictBool = setting(False, title="PKCE", help="RFC 7636, method S256.")


class PasswordOAuth2(_Refreshed):
    """OAuth 2 by user name and password (RFC 6749, section 4.3): older systems only."""

    kind: Literal["oauth2_password"] = setting(title="Kind")
    username: Template = setting("{username}", title="User name")
    password: Template = setting("{password}", title="Password")


OAuth2 = ClientOAuth2 | CodeOAuth2 | PasswordOAuth2


class SystemUserAuth(Settings):
    """The system user of SuperOffice CRM Online: what the application signs becomes a ticket."""

    kind: Literal["superoffice_system_user"] = setting(title="Kind")
    url: Template = setting(title="Address for tickets")
    system_token: Template = setting("{system_token}", title="System user token", help="Of the tenant.")
    application_token: Template = setting("{client_secret}", title="Application token")
    context: Template = setting("{customer}", title="Tenant")
    private_key: Template = setting("{private_key}", title="Private key", help="Of the application.")
    certificate: Template = setting("{certificate}", title="Certificate", help="The file of that of SuperOffice.")


_OneAuth = NoAuth | BasicAuth | NtlmAuth | ApiKeyAuth | ClientOAuth2 | CodeOAuth2 | PasswordOAuth2 | SystemUserAuth


GIVEN, EMPTY = "given", "empty"
"""The two ways, where it is not the value of a field that decides, but whether it has one."""


class ChosenAuth(Settings):
    """One of several ways, by a field of the link."""

    kind: Literal["choice"] = setting(title="Kind")
    field: EntityName = setting(
        title="Field",
        help="The field of the link that says which: its choices are the ways; of another field, whether it is given "
        "or empty.",
    )
    ways: dict[Line, Annotated[_OneAuth, Field(discriminator="kind")]] = setting(title="Ways", min_length=2)

    def way(self, values: Mapping[str, Any]) -> _OneAuth:
        """Return the way for the values of a link."""
        value = values.get(self.field)
        if self.ways.keys() == {GIVEN, EMPTY}:
            return self.ways[GIVEN if value else EMPTY]
        return self.ways[str(value)]


Auth = Annotated[
    NoAuth
    | BasicAuth
    | NtlmAuth
    | ApiKeyAuth
    | ClientOAuth2
    | CodeOAuth2
    | PasswordOAuth2
    | SystemUserAuth
    | ChosenAuth,
    Field(discriminator="kind"),
]
"""One way, told apart by its ``kind``."""
