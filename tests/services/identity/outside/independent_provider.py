"""An OpenID provider by other authors (idpyoidc, whose library is certified), as a process of its own.

``python -m tests.services.identity.outside.independent_provider PORT CLIENT_ID SECRET RETURN_ADDRESS``: everybody who
comes is signed in as Diana. Only the HTTP around the library is ours.
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from idpyoidc.server import Server
from idpyoidc.server.configure import OPConfiguration
from idpyoidc.server.oauth2.add_on.pkce import CC_METHOD
from idpyoidc.server.oidc.authorization import Authorization
from idpyoidc.server.oidc.provider_config import ProviderConfiguration
from idpyoidc.server.oidc.token import Token
from idpyoidc.server.oidc.userinfo import UserInfo

DIANA = {"name": "Diana Krall", "email": "diana@ailleurs.example", "email_verified": True}
KEYS = [
    {"type": "RSA", "key": "", "use": ["sig"]},
    {"type": "EC", "crv": "P-256", "use": ["sig"]},
]
ENCRYPTER = {
    "kwargs": {
        "keys": {
            "key_defs": [
                {"type": "OCT", "use": ["enc"], "kid": "password"},
                {"type": "OCT", "use": ["enc"], "kid": "salt"},
            ]
        },
        "iterations": 1,
    }
}


def provider(issuer: str, client_id: str, secret: str, return_address: str) -> Server:
    """The library, told about one client."""
    server = Server(
        OPConfiguration(
            {
                "issuer": issuer,
                "keys": {"uri_path": "jwks.json", "key_defs": KEYS, "read_only": False},
                "token_handler_args": {
                    "jwks_def": {"key_defs": [{"type": "oct", "bytes": 24, "use": ["enc"], "kid": "code"}]},
                    "code": {"lifetime": 60, "kwargs": {"crypt_conf": ENCRYPTER}},
                    "token": {"class": "idpyoidc.server.token.jwt_token.JWTToken", "kwargs": {"lifetime": 300}},
                    "id_token": {"class": "idpyoidc.server.token.id_token.IDToken", "kwargs": {}},
                },
                "endpoint": {
                    "provider_config": {"path": ".well-known/openid-configuration", "class": ProviderConfiguration},
                    "authorization": {"path": "authorization", "class": Authorization},
                    "token": {
                        "path": "token",
                        "class": Token,
                        "kwargs": {"client_authn_method": ["client_secret_basic"]},
                    },
                    "userinfo": {"path": "userinfo", "class": UserInfo},
                },
                "userinfo": {"class": "idpyoidc.server.user_info.UserInfo", "kwargs": {"db": {"diana": DIANA}}},
                "authentication": {
                    "anon": {
                        "acr": "0",
                        "class": "idpyoidc.server.user_authn.user.NoAuthn",
                        "kwargs": {"user": "diana"},
                    }
                },
                "add_ons": {
                    "pkce": {
                        "function": "idpyoidc.server.oauth2.add_on.pkce.add_support",
                        "kwargs": {"essential": True, "code_challenge_methods": {"S256": CC_METHOD["S256"]}},
                    }
                },
                "session_params": {"encrypter": ENCRYPTER},
            }
        )
    )
    server.context.cdb[client_id] = {
        "client_secret": secret,
        "redirect_uris": [(return_address, {})],
        "client_salt": "salted",
        "response_types_supported": ["code"],
        "token_endpoint_auth_method": "client_secret_basic",
        "allowed_scopes": ["openid", "profile", "email"],
        "scopes_to_claims": None,
    }
    server.context.keyjar.add_symmetric(client_id, secret)
    return server


class Handler(BaseHTTPRequestHandler):
    """The library over HTTP."""

    server_: Server

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/jwks.json":
            self._answer(200, self.server_.context.keyjar.export_jwks_as_json(), "application/json")
            return
        names = {
            "/.well-known/openid-configuration": "provider_config",
            "/authorization": "authorization",
            "/userinfo": "userinfo",
        }
        self._ask(names.get(parts.path, ""), dict(parse_qsl(parts.query)))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self._ask({"/token": "token"}.get(urlsplit(self.path).path, ""), dict(parse_qsl(body)))

    def _ask(self, name: str, sent: dict[str, str]) -> None:
        endpoint = self.server_.get_endpoint(name)
        if endpoint is None:
            self._answer(404, "{}", "application/json")
            return
        info = {"headers": {key.lower(): value for key, value in self.headers.items()}, "method": self.command,
                "url": self.path, "cookie": []}  # fmt: skip
        asked: Any = endpoint.parse_request(sent, http_info=info)
        found = asked if "error" in asked else endpoint.process_request(asked, http_info=info)
        if "error" in found:
            said = found.to_dict() if hasattr(found, "to_dict") else dict(found)
            self._answer(400, json.dumps(said), "application/json")
            return
        answer = endpoint.do_response(request=asked, **found)
        if endpoint.response_placement == "url":
            self._answer(303, "", "text/plain", {"Location": str(answer["response"])})
            return
        self._answer(answer.get("response_code", 200), str(answer["response"]), "application/json")

    def _answer(self, status: int, text: str, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for key, value in {**(headers or {}), "Content-Type": kind, "Content-Length": str(len(text.encode()))}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(text.encode())


if __name__ == "__main__":
    port, client_id, secret, return_address = sys.argv[1:]
    listening = ThreadingHTTPServer(("127.0.0.1", int(port)), Handler)
    issuer = f"http://127.0.0.1:{listening.server_port}"
    Handler.server_ = provider(issuer, client_id, secret, return_address)
    print(issuer, flush=True)
    listening.serve_forever()
