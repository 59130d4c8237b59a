"""A token service as the distribution project specifies it: over TLS, by GET and by POST, with signed tokens.

usage: token_service.py CONFIGURATION    a JSON file, see `Service`; prints `listening on ADDR`, then one line for each
                                         request: its method, who asked, what was asked for and what was granted
"""

import base64
import fnmatch
import http.server
import json
import secrets
import ssl
import subprocess
import sys
import time
import urllib.parse


class Service:
    """Who may do what. The configuration has

    certificate, key    of the service, for TLS and for tokens, as PEM files
    issuer, service     what the registry calls this service, and itself
    life                for how many seconds a token is good at the registry
    told                for how many seconds the client is told that it is
    leeway              the seconds that the registry grants in addition, and that are taken off for it
    accounts            {NAME: {"password": P, "refresh": TOKEN, "allows": {PATTERN: [ACTION]}}}; NAME may be empty
    """

    def __init__(self, configuration):
        self.__dict__.update(configuration)
        lines = open(self.certificate).read().split("-----")
        self.chain = ["".join(lines[2].split())]

    def by_password(self, name, password):
        account = self.accounts.get(name)
        return name if account and name and account.get("password") == password else None

    def by_refresh_token(self, token):
        return next((name for name, account in self.accounts.items() if account.get("refresh") == token), None)

    def granted(self, name, scopes):
        """What of some scopes an account may have: a list as tokens hold it."""
        access = []
        for scope in scopes:
            kind, rest = scope.split(":", 1)
            resource, wanted = rest.rsplit(":", 1)
            allowed = {
                action
                for pattern, actions in self.accounts[name]["allows"].items()
                if fnmatch.fnmatchcase(resource, pattern)
                for action in actions
            }
            actions = [action for action in wanted.split(",") if action in allowed]
            access.append({"type": kind, "name": resource, "actions": actions})
        return access

    def token(self, name, access):
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": name,
            "aud": self.service,
            "exp": now + self.life - self.leeway,
            "nbf": now - 2 * self.leeway,
            "iat": now,
            "jti": secrets.token_hex(8),
            "access": access,
        }
        header = {"typ": "JWT", "alg": "RS256", "x5c": self.chain}
        text = ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))
        command = ["openssl", "dgst", "-sha256", "-sign", self.key]
        signed = subprocess.run(command, input=text.encode(), stdout=subprocess.PIPE, check=True)
        return text + "." + base64url(signed.stdout)


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        name = ""
        if header := self.headers.get("Authorization"):
            user, _, password = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
            name = service.by_password(user, password)
        self.decide(name, query, "token")

    def do_POST(self):
        form = urllib.parse.parse_qs(self.body().decode())
        if form["grant_type"] == ["refresh_token"]:
            name = service.by_refresh_token(form["refresh_token"][0])
        else:
            name = service.by_password(form["username"][0], form["password"][0])
        self.decide(name, form, "access_token")

    def body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers["Content-Length"]))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def decide(self, name, asked, field):
        scopes = " ".join(asked.get("scope", [])).split()
        if name not in service.accounts or asked.get("service") != [service.service]:
            return self.answer(401, {"details": "incorrect username or password"}, name, scopes, "nothing")
        access = service.granted(name, scopes)
        granted = [",".join(entry["actions"]) or "nothing" for entry in access]
        body = {field: service.token(name, access), "expires_in": service.told}
        self.answer(200, body, name, scopes, " ".join(granted) or "nothing")

    def answer(self, status, body, name, scopes, granted):
        print(self.command, name or "nobody", *scopes, "->", granted, flush=True)
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *arguments):
        """What there is to tell was told by `answer`."""


service = Service(json.load(open(sys.argv[1])))
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
# Whoever connects and says nothing must not hold up the others, so nothing is read before it has a thread.
if not service.plain:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(service.certificate, service.key)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print("listening on 127.0.0.1:%d" % server.server_port, flush=True)
server.serve_forever()
