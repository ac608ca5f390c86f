"""A small server that answers as the Hugging Face hub does, and its real client in a process of its own."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).parents[1]
SCRIPT = """
import contextlib, io, json, sys
from precompute.cli import main
for line in json.loads(sys.argv[1]):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(line)
    print("@@" + json.dumps([code, out.getvalue(), err.getvalue()]))
"""


MEMBER = "hf_member"


class Hub:
    """Repositories of models, and of data sets as `datasets/OWNER/NAME`, one revision `main` each.

    Every request is kept. `MEMBER` is a token of somebody who accepted no licence, other tokens are unknown.
    """

    def __init__(self) -> None:
        self.repositories: dict[str, Mapping[str, bytes]] = {}
        self.gated: dict[str, tuple[str, ...]] = {}
        """Behind a licence, with the files that are shown all the same."""
        self.asked: list[tuple[str, str]] = []

    def add(self, name: str, folder: Path) -> None:
        """All files of a folder."""
        files = sorted(file for file in folder.rglob("*") if file.is_file())
        content = {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}
        self.repositories[name] = {
            ".gitattributes": b"",
            "README.md": b"---\nlicense: mit\n---\n# small\n",
            **content,
        }

    def fetched(self) -> list[str]:
        """Names of the files whose content was sent since the last look, but `.gitattributes`."""
        found = [re.sub(r".*/resolve/\w+/", "", path) for method, path in self.asked if method == "GET"]
        self.asked.clear()
        return sorted(name for name in found if not name.startswith(("/api/", ".git")))

    def __enter__(self) -> Hub:
        handler = type("Handler", (_Handler,), {"hub": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def commands(self, home: Path, *lines: list[str], **more: str) -> list[tuple[int, str, str]]:
        """Exit code, output and errors of each command of `python -m precompute`, all in one process.

        Its cache is in `home`.
        """
        environment = {
            "PATH": os.environ["PATH"], "HF_HOME": str(home), "HOME": str(home), "HF_ENDPOINT": self.url,
            "NO_PROXY": "127.0.0.1", "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1", "OMP_NUM_THREADS": "1", **more,
        }  # fmt: skip
        command = [sys.executable, "-c", SCRIPT, json.dumps(lines)]
        done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        return [tuple(json.loads(line[2:])) for line in done.stdout.splitlines() if line.startswith("@@")]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, *_: object) -> None: ...

    def do_GET(self) -> None:
        self.hub.asked.append((self.command, unquote(urlsplit(self.path).path)))
        path = self.hub.asked[-1][1]
        found = re.fullmatch(
            r"(?:/api/models|/api(?=/datasets))?/((?:datasets/)?[^/]+/[^/]+?)"
            r"(?:/(revision|tree|resolve|auth-check)(?:/([^/]+)(?:/(.+))?)?)?",
            path,
        )
        name = found[1] if found else ""
        files, token = self.hub.repositories.get(name), self.headers.get("authorization")
        commit = hashlib.sha1(name.encode()).hexdigest()
        if token not in (None, f"Bearer {MEMBER}"):
            return self._error(401, "", "Invalid credentials in Authorization header")
        if found is None or files is None:
            return self._error(404 if token else 401, "RepoNotFound")
        if found[3] not in (None, "main", commit):
            return self._error(404, "RevisionNotFound")
        if found[2] == "resolve" and found[4] not in files:
            return self._error(404, "EntryNotFound")
        closed = name in self.hub.gated and found[4] not in self.hub.gated[name]
        if closed and found[2] in ("resolve", "auth-check"):
            return self._error(403 if token else 401, "GatedRepo")
        if found[2] == "resolve":
            content = files[found[4]]
            return self._answer(content, {"X-Repo-Commit": commit, "ETag": f'"{_oid(found[4], content)}"'})
        if found[2] == "tree":
            tree = [
                {"type": "file", "path": path, "size": len(content), "oid": _oid(path, content)}
                for path, content in files.items()
            ]
            return self._answer(json.dumps(tree).encode())
        return self._answer(json.dumps({"id": name, "sha": commit}).encode())

    do_HEAD = do_GET

    def _answer(self, content: bytes, headers: Mapping[str, str] = {}, status: int = 200) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _error(self, status: int, code: str, message: str = "") -> None:
        known = {"X-Error-Code": code} if code else {}
        self._answer(b"{}", {**known, "X-Error-Message": message or code}, status)


def _oid(path: str, content: bytes) -> str:
    """The path counts, so that no two files are kept as one."""
    return hashlib.sha1(path.encode() + content).hexdigest()
