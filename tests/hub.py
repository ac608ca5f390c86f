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
from pathlib import Path, PurePosixPath
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


MEMBER, LICENSED = "hf_member", "hf_licensed"
STORED = (".safetensors", ".bin", ".npz", ".zip", ".parquet", ".zst")
"""Ends of files that lie elsewhere: the hub answers with their place, as it does for all large ones."""
Files = Mapping[str, bytes]


class Hub:
    """Repositories of models, and of data sets as `datasets/OWNER/NAME`, each with one revision or several.

    Every answer is kept. `MEMBER` is a token of somebody who accepted no licence, `LICENSED` of one who
    accepted all, other tokens are unknown.
    """

    def __init__(self) -> None:
        self.repositories: dict[str, dict[str, Files]] = {}
        """Name → revision → what it holds."""
        self.gated: dict[str, tuple[str, ...]] = {}
        """Behind a licence, with the files that are shown all the same."""
        self.asked: list[tuple[str, str, int]] = []
        """Method, path and status."""

    def add(self, name: str, folder: Path, revision: str = "main") -> None:
        """All files of a folder."""
        files = sorted(file for file in folder.rglob("*") if file.is_file())
        content = {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}
        self.repositories.setdefault(name, {})[revision] = {
            ".gitattributes": b"",
            "README.md": b"---\nlicense: mit\n---\n# small\n",
            **content,
        }

    def fetched(self) -> list[str]:
        """Names of the files whose content was sent since the last look, but `.gitattributes`."""
        sent = [path for method, path, status in self.asked if method == "GET" and status in (200, 206)]
        self.asked.clear()
        found = [re.sub(r".*/resolve/\w+/", "", path) for path in sent]
        return sorted(name for name in found if not name.startswith(("/api/", ".git")))

    def __enter__(self) -> Hub:
        self._servers = [self._serve(stores) for stores in (False, True)]
        self.url, self.store = (f"http://127.0.0.1:{server.server_port}" for server in self._servers)
        return self

    def _serve(self, stores: bool) -> ThreadingHTTPServer:
        handler = type("Handler", (_Handler,), {"hub": self, "stores": stores})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return server

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def environment(self, home: Path, **more: str) -> dict[str, str]:
        """Of a process whose client asks this hub; its cache is in `home`."""
        return {
            "PATH": os.environ["PATH"], "HF_HOME": str(home), "HOME": str(home), "HF_ENDPOINT": self.url,
            "NO_PROXY": "127.0.0.1", "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_UPDATE_DOWNLOAD_COUNTS": "0",
            "OMP_NUM_THREADS": "1", **more,
        }  # fmt: skip

    def commands(self, home: Path, *lines: list[str], **more: str) -> list[tuple[int, str, str]]:
        """Exit code, output and errors of each command of `python -m precompute`, all in one process."""
        command, where = [sys.executable, "-c", SCRIPT, json.dumps(lines)], self.environment(home, **more)
        done = subprocess.run(command, env=where, cwd=ROOT, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        return [tuple(json.loads(line[2:])) for line in done.stdout.splitlines() if line.startswith("@@")]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    hub: Hub
    stores: bool
    """Is it where the large files lie? There nobody may show a token."""

    def log_message(self, *_: object) -> None: ...

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        found = re.fullmatch(
            r"(?:/api/models|/api(?=/datasets))?/((?:datasets/)?[^/]+/[^/]+?)"
            r"(?:/(revision|tree|resolve|auth-check)(?:/([^/]+)(?:/(.+))?)?)?",
            path,
        )
        name, asked, revision, inside = found.groups() if found else ("", None, None, None)
        revisions, token = self.hub.repositories.get(name), self.headers.get("authorization")
        if token not in (None, f"Bearer {MEMBER}", f"Bearer {LICENSED}") or (token and self.stores):
            return self._error(401, "", "Invalid credentials in Authorization header")
        if revisions is None:
            return self._error(404 if token else 401, "RepoNotFound")
        commits = {branch: hashlib.sha1(f"{name}@{branch}".encode()).hexdigest() for branch in revisions}
        at = next((one for one, commit in commits.items() if (revision or "main") in (one, commit)), None)
        if at is None:
            return self._error(404, "RevisionNotFound")
        files = revisions[at]
        if asked == "resolve" and inside not in files:
            return self._error(404, "EntryNotFound")
        closed = name in self.hub.gated and inside not in self.hub.gated[name] and not self.stores
        if closed and asked in ("resolve", "auth-check") and token != f"Bearer {LICENSED}":
            return self._error(403 if token else 401, "GatedRepo")
        if asked == "resolve":
            return self._file(inside, files[inside], commits[at])
        if asked == "tree":
            tree = _tree(files, f"{inside}/" if inside else "", "recursive=true" in self.path.lower())
            return self._answer(json.dumps(tree).encode()) if tree else self._error(404, "EntryNotFound")
        return self._answer(json.dumps({"id": name, "sha": commits[at]}).encode())

    do_HEAD = do_GET

    def _file(self, path: str, content: bytes, commit: str) -> None:
        """The content, or where it lies; of a range only that."""
        known = {"ETag": f'"{_oid(path, content)}"'} | ({} if self.stores else {"X-Repo-Commit": commit})
        if path.endswith(STORED) and not self.stores:
            linked = {"X-Linked-ETag": known["ETag"], "X-Linked-Size": str(len(content))}
            return self._answer(b"", {**known, **linked, "Location": f"{self.hub.store}{self.path}"}, 302)
        part = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("range") or "")
        if part is None:
            return self._answer(content, known)
        first, last = int(part[1]), min(int(part[2] or len(content)), len(content) - 1)
        if first > last:
            return self._answer(b"", {"Content-Range": f"bytes */{len(content)}"}, 416)
        known["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
        return self._answer(content[first : last + 1], known, 206)

    def _answer(self, content: bytes, headers: Mapping[str, str] = {}, status: int = 200) -> None:
        self.hub.asked.append((self.command, unquote(urlsplit(self.path).path), status))
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _error(self, status: int, code: str, message: str = "") -> None:
        known = {"X-Error-Code": code} if code else {}
        self._answer(b"{}", {**known, "X-Error-Message": message or code}, status)


def _tree(files: Files, inside: str, deep: bool) -> list[dict[str, object]]:
    """The files and folders below a folder, which ends with a slash; all of them, or those just below."""
    folders = {parent.as_posix() for path in files for parent in PurePosixPath(path).parents} - {"."}
    entries: list[dict[str, object]] = [
        {"type": "directory", "path": path, "size": 0, "oid": _oid(path, b"")} for path in sorted(folders)
    ]
    for path, content in files.items():
        oid, size = _oid(path, content), len(content)
        large = {"lfs": {"oid": oid, "size": size, "pointerSize": 130}} if path.endswith(STORED) else {}
        entries.append({"type": "file", "path": path, "size": size, "oid": oid, **large})
    below = [(str(entry["path"]), entry) for entry in entries if str(entry["path"]).startswith(inside)]
    return [entry for path, entry in below if deep or "/" not in path[len(inside) :]]


def _oid(path: str, content: bytes) -> str:
    """The path counts, so that no two files are kept as one."""
    kind = hashlib.sha256 if path.endswith(STORED) else hashlib.sha1
    return kind(path.encode() + content).hexdigest()
