# SPDX-License-Identifier: Apache-2.0
"""The programs that are measured, each set up on private directories below one work directory.

What is not installed is left out of the table.  Everything runs in a host of its own
(tests/helper/host), so nothing of the machine is touched; what a host cannot undo by itself (a
daemon, cgroups) is undone by close().
"""
import glob
import json
import os
import shutil
import subprocess
import sys
import time

IMAGE = "busybox"
# Where CAP_SYS_RESOURCE is missing podman's own defaults cannot be set.
PODMAN_LIMITS = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"]


def which(name):
    # A distribution's package before what was installed by hand: client and daemon fit.
    for directory in ["/usr/bin", "/usr/sbin"] + os.environ["PATH"].split(":"):
        path = os.path.join(directory, name)
        if os.access(path, os.X_OK):
            return path
    return None


def run(args, **options):
    done = subprocess.run(args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False, **options)
    if done.returncode != 0:
        sys.exit(f"bench: {' '.join(args)}: exit {done.returncode}: {done.stderr.strip()}")
    return done.stdout.strip()


class Rivals:
    def __init__(self, build, work):
        self.build, self.work = build, work
        self.tar = f"{build}/share/sdocker/images/busybox.tar"
        self.daemon = None
        self.bundles = 0
        self.base = [] # cgroups that were there before
        os.makedirs(work, exist_ok=True)
        self.base = self.cgroups()
        self.lower = f"{work}/lower"
        os.mkdir(self.lower)
        run(["tar", "-xf", self.tar, "-C", self.lower])
        self.floor = f"{build}/bench/floor"
        self.crun, self.runc = which("crun"), which("runc")
        self.unshare, self.bwrap = which("unshare"), which("bwrap")
        self.podman = self.setup_podman() if which("podman") else None
        self.docker = self.setup_docker() if which("docker") and which("dockerd") else None

    @staticmethod
    def cgroups():
        return glob.glob("/sys/fs/cgroup/*/*/") + glob.glob("/sys/fs/cgroup/*/*/*/")

    # ---- one by one

    def setup_podman(self):
        w = self.work
        podman = [which("podman"), "--root", f"{w}/podman", "--runroot", f"{w}/podman.run",
                  "--tmpdir", f"{w}/podman.tmp", "--cgroup-manager", "cgroupfs",
                  "--events-backend", "none"]
        run(podman + ["import", self.tar, IMAGE])
        return podman

    def setup_docker(self):
        w = self.work
        with open(f"{w}/dockerd.log", "w", encoding="utf-8") as log:
            self.daemon = subprocess.Popen(
                [which("dockerd"), "--data-root", f"{w}/docker", "--exec-root", f"{w}/docker.run",
                 "--pidfile", f"{w}/docker.pid", "-H", f"unix://{w}/docker.sock",
                 "--bridge=none", "--iptables=false"], stdout=log, stderr=log)
        docker = [which("docker"), "-H", f"unix://{w}/docker.sock"]
        for _ in range(300):
            if subprocess.run(docker + ["version"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, check=False).returncode == 0:
                run(docker + ["import", self.tar, IMAGE])
                return docker
            if self.daemon.poll() is not None:
                break
            time.sleep(0.1)
        print(f"bench: dockerd did not start, see {w}/dockerd.log", file=sys.stderr)
        return None

    def bundle(self, *args, seccomp=True):
        """An OCI bundle with the very config that sdocker makes; its root is a plain directory."""
        path = f"{self.work}/bundle{self.bundles}"
        self.bundles += 1
        os.mkdir(path)
        config = json.loads(run([f"{self.build}/bin/sd-spec", "--config", IMAGE, *args]))
        config["root"]["path"] = self.lower
        if not seccomp:
            del config["linux"]["seccomp"]
        config["ociVersion"] = "1.0.2"  # what Debian's crun and runc know
        with open(f"{path}/config.json", "w", encoding="utf-8") as f:
            json.dump(config, f)
        return path

    def floor_dir(self, i=0):
        path = f"{self.work}/floor{i}"
        os.makedirs(path, exist_ok=True)
        return path

    # ---- what is measured

    def starts(self):
        """{name: function of a number that gives a command line}"""
        true = "/bin/true"
        whole, bare = self.bundle(true), self.bundle(true, seccomp=False)
        table = {"floor": lambda i: [self.floor, self.lower, self.floor_dir(i), true]}
        if self.unshare:
            table["unshare"] = lambda i: [self.unshare, "-muinpCf", "--mount-proc",
                                          f"--root={self.lower}", true]
        if self.bwrap:
            table["bwrap"] = lambda i: [self.bwrap, "--unshare-all", "--ro-bind", self.lower, "/",
                                        "--proc", "/proc", "--dev", "/dev", true]
        table["sdocker run"] = lambda i: [f"{self.build}/bin/sdocker", "run", "--rm", "--network",
                                          "none", IMAGE, true]
        for name, program in (("crun run", self.crun), ("runc run", self.runc)):
            if program:
                table[name] = lambda i, p=program: [p, "run", "--bundle", whole, f"bench{i}"]
                table[f"{name}, no seccomp"] = lambda i, p=program: [p, "run", "--bundle", bare,
                                                                    f"bench{i}"]
        if self.podman:
            table["podman run"] = lambda i: self.podman + ["run", "--rm", "--network", "none",
                                                           *PODMAN_LIMITS, IMAGE, true]
        if self.docker:
            table["docker run"] = lambda i: self.docker + ["run", "--rm", "--network", "none",
                                                           IMAGE, true]
        return table

    def sleepers(self):
        """(name, program, with the seccomp filter?)"""
        return [(f"{os.path.basename(program)}-{seccomp}", program, seccomp)
                for program in filter(None, (self.crun, self.runc)) for seccomp in (True, False)]

    def enters(self):
        """The same for entering a container that sleeps."""
        true, sleep = "/bin/true", ["/bin/sleep", "100000"]
        own = run([f"{self.build}/bin/sdocker", "run", "-d", "--network", "none", IMAGE, *sleep])
        table = {"sdocker exec": lambda i: [f"{self.build}/bin/sdocker", "exec", own, true],
                 "sd-nsenter": lambda i: [f"{self.build}/bin/sd-nsenter", "--container", own,
                                          "--", true]}
        for name, program, seccomp in self.sleepers():
            # Not run(): the container would keep its pipes open.
            subprocess.run([program, "run", "--detach", "--bundle",
                            self.bundle(*sleep, seccomp=seccomp), name],
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
            row = f"{os.path.basename(program)} exec" + ("" if seccomp else ", no seccomp")
            table[row] = lambda i, p=program, n=name: [p, "exec", n, true]
        for name, engine, limits in (("podman", self.podman, PODMAN_LIMITS),
                                     ("docker", self.docker, [])):
            if engine:
                run(engine + ["run", "-d", "--name", "sleeper", "--network", "none", *limits,
                              IMAGE, *sleep])
                table[f"{name} exec"] = lambda i, e=engine: e + ["exec", "sleeper", true]
        self.sleeper = own
        return table

    def end_sleepers(self):
        run([f"{self.build}/bin/sdocker", "rm", "-f", self.sleeper])
        for name, program, _ in self.sleepers():
            run([program, "delete", "--force", name])
        for engine in filter(None, (self.podman, self.docker)):
            run(engine + ["rm", "-f", "sleeper"])

    def close(self):
        if self.daemon:
            self.daemon.terminate()
            self.daemon.wait()
        for path in sorted(set(self.cgroups()) - set(self.base), reverse=True):
            try:
                os.rmdir(path)
            except OSError:
                pass  # a child of it was not ours, or it is gone; the host's audit tells
        with open("/proc/self/mountinfo", encoding="utf-8") as f:
            points = [line.split()[4] for line in f]
        for point in reversed(points):
            if point.startswith(self.work + "/"):
                run(["umount", "--lazy", point])
        shutil.rmtree(self.work, ignore_errors=True)
