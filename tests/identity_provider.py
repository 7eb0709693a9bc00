"""A small OpenID Connect provider on this computer: it believes everybody, and signs what the test says of them."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Route

CLIENT = {"client_id": "dyadscope", "client_secret": "a-secret-of-the-test-and-of-nobody-else"}


class Provider:
    """Signs in whoever comes; `claims` are what its identity tokens say beside issuer, audience and nonce."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.key = RSAKey.generate_key(2048, parameters={"kid": "test", "use": "sig", "alg": "RS256"})
        self.signing = self.key
        self.claims: dict[str, object] = {}
        self.nonces: dict[str, str] = {}
        roads = {"/authorize": self.authorize, "/jwks": self.keys, "/.well-known/openid-configuration": self.about}
        routes = [Route(path, road) for path, road in roads.items()]
        self.app = Starlette(routes=[*routes, Route("/token", self.token, methods=["POST"])])

    def about(self, _: Request) -> JSONResponse:
        places = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks"}
        algorithms = {"id_token_signing_alg_values_supported": ["RS256"]}
        return JSONResponse({"issuer": self.url, **algorithms} | {k: f"{self.url}/{v}" for k, v in places.items()})

    def authorize(self, request: Request) -> RedirectResponse:
        said = request.query_params
        code = f"code{len(self.nonces)}"
        self.nonces[code] = said["nonce"]
        return RedirectResponse(f"{said['redirect_uri']}?code={code}&state={said['state']}", 302)

    async def token(self, request: Request) -> JSONResponse:
        code = (await request.form())["code"]
        now = int(time.time())
        said = {"iss": self.url, "aud": CLIENT["client_id"], "iat": now, "exp": now + 600, "nonce": self.nonces[code]}
        signed = jwt.encode({"alg": "RS256", "kid": "test"}, said | self.claims, self.signing)
        return JSONResponse({"access_token": "unused", "token_type": "Bearer", "id_token": signed})

    def keys(self, _: Request) -> JSONResponse:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})


@contextmanager
def provided() -> Iterator[Provider]:
    """The provider, answering on a free port of this computer."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        provider = Provider(listening.getsockname()[1])
        server = uvicorn.Server(uvicorn.Config(provider.app, log_level="error", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield provider
        server.should_exit = True
        thread.join(5)
