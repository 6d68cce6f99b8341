#!/usr/bin/env python3
"""`./x cluster` as its user meets it: real servers and nodes, on ports and a folder of its own.

The cases share the folder, in their order. Whatever the outcome of one, `stop` ends what it began.
Skipped where a server is not installed.
"""

import argparse
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lint"))

import results  # noqa: E402

EYRIE = ROOT / "build/release/bin/eyrie"
WORDS = ROOT / "scenarios/data/glove100-10k"
ROWS = 1000
RECORD_BYTES = 4 + 4 * 100
PORTS = 80  # that a cluster may take, from its first on
SECONDS_MAX = 60
SKIPPED = 77
# So that a thousand words fill some segments, which query nodes load.
SMALL_SEGMENTS = {"EYRIE_STREAMING_SEGMENT_ROWS_MIN": "100",
                  "EYRIE_STREAMING_SEGMENT_ROWS_MAX": "300"}


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def until(condition, what):
    end = time.monotonic() + SECONDS_MAX
    while not condition():
        expect(time.monotonic() < end, f"it did not come about: {what}")
        time.sleep(0.1)


def is_quiet(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def quiet_ports():
    """The first of PORTS ports in a row, below those that the kernel gives to connections."""
    while True:
        first = random.randrange(20_000, 32_000)
        if all(is_quiet(port) for port in range(first, first + PORTS)):
            return first


class Cluster:
    def __init__(self, folder):
        self.folder = folder / "cluster"
        self.port = quiet_ports()
        self.out = folder / "x.out"
        # Outlives a test that is killed, whose pipe ends with it.
        self.watchdog = subprocess.Popen(
            ["sh", "-c", 'cat; exec "$@"', "watchdog", *self.command("stop")],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True)

    def command(self, verb):
        arguments = [ROOT / "x", "cluster", verb, "--folder", self.folder]
        return arguments + (["--port", str(self.port)] if verb == "start" else [])

    def x(self, verb, exit_code=0):
        ended = subprocess.run(self.command(verb), text=True, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False,
                               env=dict(os.environ, **SMALL_SEGMENTS))
        expect(ended.returncode == exit_code, f"{verb}: {ended.returncode}: {ended.stdout}")
        return ended.stdout

    def begin(self):
        """A start in a process group of its own, as a terminal has it."""
        with self.out.open("w") as out:
            return subprocess.Popen(
                self.command("start"), stdout=out, stderr=out, stdin=subprocess.DEVNULL,
                start_new_session=True,
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))

    def eyrie(self, command, *arguments, proxy=0):
        return subprocess.run([EYRIE, command, "--address", f"127.0.0.1:{self.port + proxy}",
                               "--collection", "words", *arguments], text=True,
                              capture_output=True, check=False)

    def nearest(self, proxy=0):
        """The words nearest to `king`, or None while it cannot be told."""
        found = self.eyrie("search", "--like", "king", "--limit", "5", proxy=proxy)
        return found.stdout if found.returncode == 0 else None

    def status(self, *settings):
        """`eyrie status` by itself."""
        return subprocess.run([EYRIE, "status", "--config", self.folder / "eyrie.yaml",
                               *(word for one in settings for word in ("--set", one))],
                              text=True, capture_output=True, check=False)

    def pid(self, name):
        return int((self.folder / f"{name}.pid").read_text())

    def who_searches(self):
        """A query node that has loaded a segment, if there is one."""
        return next((name for name in ("query-1", "query-2") if "event=query.segment_loaded"
                     in (self.folder / f"{name}.log").read_text()), None)

    def left(self):
        """Processes that name the folder, but this test and what it is run by."""
        own = {os.getpid(), os.getppid(), self.watchdog.pid}
        found = []
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue  # it has just ended
            if str(self.folder) in line and int(process.name) not in own:
                found.append(line)
        return found


def import_words(cluster, folder):
    vectors, names = folder / "some.fvecs", folder / "some.words"
    vectors.write_bytes(WORDS.with_suffix(".fvecs").read_bytes()[:ROWS * RECORD_BYTES])
    names.write_text("".join(
        WORDS.with_suffix(".words").read_text().splitlines(keepends=True)[:ROWS]))
    imported = cluster.eyrie("import", vectors, "--names", names)
    expect(imported.returncode == 0, imported.stderr)


def starts_serves_and_stops(cluster, folder):
    said = cluster.x("start")
    for part in ("the cluster is ready", f"127.0.0.1:{cluster.port}", "cluster stop"):
        expect(part in said, f"no '{part}' in {said}")
    expect("runs already" in cluster.x("start"), "a second start knows nothing of the first")
    import_words(cluster, folder)
    before = cluster.nearest()
    expect(before and len(before.splitlines()) == 5, f"found: {before}")
    status = cluster.x("status")
    expect(len(re.findall(r" leads$", status, re.M)) == 1, status)
    expect(len(re.findall(r" owner", status)) == 1 and "streaming node" in status, status)
    until(cluster.who_searches, "a query node has a segment")
    killed = cluster.who_searches()
    os.kill(cluster.pid(killed), signal.SIGKILL)
    until(lambda: re.search(rf"^{killed} +ended", cluster.x("status"), re.M), "status tells it")
    until(lambda: cluster.nearest(proxy=1) == before, "all is found without the query node")
    expect("a part of the cluster" in cluster.x("start", 5), "it starts over a part of itself")
    cluster.x("stop")
    expect(not cluster.left(), f"left behind: {cluster.left()}")
    expect("is stopped" in cluster.x("status"), "status does not tell that it is stopped")
    expect("nothing" in cluster.x("stop"), "a second stop finds something")
    cluster.x("start")
    until(lambda: cluster.nearest() == before, "what was imported is found after a restart")


def expect_refusal(ended, exit_code, *parts):
    expect(ended.returncode == exit_code and not ended.stdout and
           all(part in ended.stderr for part in parts), f"{ended}")


def status_tells_what_is_wrong(cluster, _):
    """Beside what starts_serves_and_stops sees."""
    cluster.x("start")
    expect_refusal(cluster.status("cluster.name=other"), 5, "belongs to the cluster 'eyrie'",
                   "'other' (cluster.name)")
    expect_refusal(cluster.status("etcd.endpoints=nowhere"), 2, "etcd.endpoints: 'nowhere'")
    s3 = cluster.port + 12
    expect_refusal(cluster.status(f"etcd.endpoints=127.0.0.1:{s3}"), 5, f"127.0.0.1:{s3}",
                   "it is no etcd server")
    etcd = [ROOT / "scripts/servers/etcd", "ctl", cluster.folder / "etcd"]
    subprocess.run([*etcd, "put", "channel/ch-0", "\x0a\x7f"], check=True, capture_output=True)
    expect_refusal(cluster.status(), 5, "channel/ch-0")
    subprocess.run([*etcd, "del", "--prefix", ""], check=True, capture_output=True)
    expect_refusal(cluster.status(), 5, "no cluster has begun in this etcd (etcd.endpoints)")
    cluster.x("stop")
    expect_refusal(cluster.status(), 5, f"127.0.0.1:{cluster.port + 10}", "onnection refused")


def interrupt(cluster, start):
    """As a terminal does: everything that runs in the foreground gets it."""
    os.killpg(start.pid, signal.SIGINT)
    expect(start.wait() == 130, f"it ended with {start.returncode}: {cluster.out.read_text()}")
    expect(not cluster.left(), f"left behind: {cluster.left()}")


def leaves_nothing_when_interrupted(cluster, _):
    start = cluster.begin()
    until(lambda: "radosgw\n" in cluster.out.read_text(), "the S3 store begins")
    interrupt(cluster, start)
    # Of the nodes none gets ready where etcd is silent.
    start = cluster.begin()
    until(lambda: "radosgw\n" in cluster.out.read_text(), "the S3 store begins again")
    os.kill(int((cluster.folder / "etcd/n1.pid").read_text()), signal.SIGSTOP)
    until((cluster.folder / "data-1.pid").exists, "the last node begins")
    interrupt(cluster, start)


def refuses_a_port_in_use(cluster, _):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", cluster.port + 6))
        taken.listen()
        said = cluster.x("start", 5)
        expect(f"port {cluster.port + 6} of 127.0.0.1, for query-1, is in use" in said, said)
        expect(not cluster.left(), f"left behind: {cluster.left()}")


def tells_why_a_node_ended(cluster, _):
    os.environ["EYRIE_MEMBERSHIP_LEASE"] = "soon"
    try:
        said = cluster.x("start", 5)
    finally:
        del os.environ["EYRIE_MEMBERSHIP_LEASE"]
    expect("proxy-1 has ended" in said and "'soon'" in said, said)
    expect(not cluster.left(), f"left behind: {cluster.left()}")


CASES = [refuses_a_port_in_use, leaves_nothing_when_interrupted, tells_why_a_node_ended,
         starts_serves_and_stops, status_tells_what_is_wrong]


def failure_of(case, cluster, folder):
    try:
        case(cluster, folder)
        return None
    except AssertionError as failure:
        return str(failure)
    finally:
        subprocess.run(cluster.command("stop"), stdout=subprocess.DEVNULL, check=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", help="where to write each case's result")
    parser.add_argument("--only", help="the one case to run")
    options = parser.parse_args()
    for server in ("etcd", "radosgw"):
        needs = subprocess.run([ROOT / f"scripts/servers/{server}", "needs"], capture_output=True,
                               text=True, check=False)
        if needs.returncode != 0:
            print(needs.stdout)
            return SKIPPED
    cases = [case for case in CASES if options.only in (None, case.__name__)]
    with tempfile.TemporaryDirectory() as name:
        cluster = Cluster(pathlib.Path(name))
        outcomes = [("".join(word.capitalize() for word in case.__name__.split("_")),
                     failure_of(case, cluster, pathlib.Path(name))) for case in cases]
        cluster.watchdog.communicate()
    return results.report(options.results, "XCluster", outcomes)


if __name__ == "__main__":
    sys.exit(main())
