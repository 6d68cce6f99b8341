#!/usr/bin/env python3
"""What is in deploy/: settings are read by the program, the chart is rendered by helm, and so on.

deploy_test.py EYRIE TOOLS: the program, and the folder that helm is fetched into. Cases whose tool
cannot be had are skipped.
"""

import argparse
import functools
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import traceback

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/lint"), str(ROOT / "scripts")]

import deploy_files  # noqa: E402
import results  # noqa: E402

try:
    import yaml
except ImportError:
    yaml = None

ROLES = ("coordinator", "proxy", "streaming", "query", "data")
WRONG_USE = 2
# Everything that the default values leave out.
ALL_ON = ("etcd.tls.enabled=true", "etcd.tls.existingSecret=etcd-tls",
          "etcd.tls.clientCertificate=true", "s3.tls.enabled=true", "s3.tls.existingSecret=s3-tls",
          "s3.bucketInHost=true", "credentials.existingSecret=keys", "nodeSelector.disk=fast",
          "imagePullSecrets[0].name=registry", "proxy.service.annotations.a=b",
          "tolerations[0].key=k", "tls.enabled=true", "tls.existingSecret=nodes-tls",
          "settings.streaming\\.segment_rows_max=1000000")


class Missing(Exception):
    """A tool that cannot be had here."""


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def run(*command, environment=None):
    return subprocess.run([str(part) for part in command], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, env=environment, check=False)


class Deploy:
    def __init__(self, eyrie, tools):
        self.eyrie, self.tools = pathlib.Path(eyrie).resolve(), tools

    @functools.cached_property
    def helm(self):
        fetched = run(sys.executable, "-B", ROOT / "scripts/fetch_helm.py", self.tools)
        if fetched.returncode != 0 or yaml is None:
            raise Missing(fetched.stdout.strip() if yaml else "no python3-yaml here")
        return fetched.stdout.strip()

    def render(self, *values, exit_code=0, release="eyrie"):
        """The chart's objects by (kind, name); with another exit code, what helm says."""
        done = run(self.helm, "template", release, deploy_files.CHART, "--namespace", "eyrie",
                   *(word for value in values for word in ("--set-string" if "settings" in value
                                                           else "--set", value)))
        expect(done.returncode == exit_code, done.stdout)
        if exit_code != 0:
            return done.stdout
        return {(one["kind"], one["metadata"]["name"]): one
                for one in yaml.safe_load_all(done.stdout) if one}

    def check_config(self, text, variables):
        """Files of certificates, which a pod has, are others here."""
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "eyrie.yaml"
            path.write_text(with_own_files(text, pathlib.Path(folder)))
            inherited = {name: value for name, value in os.environ.items()
                         if not name.startswith("EYRIE_")}
            return run(self.eyrie, "status", "--check-config", "--config", path,
                       environment={**inherited, **variables})


def with_own_files(text, folder):
    named = re.compile(r"^([a-z0-9.]+\.tls_(?:ca|certificate|key)_file): (?!\"\"$)\S.*$", re.M)
    if not named.search(text):
        return text
    if shutil.which("openssl") is None:
        raise Missing("no openssl here")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    made = run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
               "-nodes", "-days", "1", "-subj", "/CN=node", "-keyout", key, "-out", certificate)
    expect(made.returncode == 0, made.stdout)
    return named.sub(lambda found: f"{found[1]}: {key if 'key' in found[1] else certificate}", text)


def deployments(objects):
    return {one["metadata"]["labels"]["app.kubernetes.io/component"]: one
            for (kind, _), one in objects.items() if kind == "Deployment"}


def container(deployment):
    (only,) = deployment["spec"]["template"]["spec"]["containers"]
    return only


def variables_of(deployment):
    """As a pod would have them: its address, and something for each secret."""
    return {one["name"]: one.get("value", "10.1.2.3").replace("$(POD_IP)", "10.1.2.3")
            for one in container(deployment)["env"]}


# --- settings ---

def the_example_is_of_this_programs_settings(deploy):
    text = (ROOT / "deploy/eyrie.yaml").read_text()
    expect(text == deploy_files.example_settings(deploy.eyrie),
           "deploy/eyrie.yaml is not what scripts/deploy_files.py makes")
    everything = re.sub(r"^#(?=[a-z_]+\.[a-z_]+: )", "", text, flags=re.M)
    expect(everything != text, "nothing is commented out")
    for content in (text, everything):
        checked = deploy.check_config(content, {})
        expect(checked.returncode == 0, checked.stdout)
    named = set(deploy_files.names_in(text))
    named |= set(re.findall(r"^#?([a-z_0-9]+\.[a-z_0-9]+): ", text, re.M))
    told = run(deploy.eyrie, "query", "--help").stdout
    expect(named == set(re.findall(r"^  ([a-z_0-9]+\.[a-z_0-9]+)=", told, re.M)),
           "the example and the program do not have the same settings")
    wrong = deploy.check_config(everything.replace("log.segment_age", "log.segment_ages"), {})
    expect(wrong.returncode == WRONG_USE and "segment_ages" in wrong.stdout, wrong.stdout)


def every_pod_reads_its_settings(deploy):
    for values in ((), ALL_ON, ("s3.tls.enabled=true",)):
        objects = deploy.render(*values)
        text = objects["ConfigMap", "eyrie"]["data"]["eyrie.yaml"]
        for role, one in deployments(objects).items():
            checked = deploy.check_config(text, variables_of(one))
            expect(checked.returncode == 0, f"{role} with {values}: {checked.stdout}")
        wrong = deploy.check_config(text, {"EYRIE_NODE_ADVERTISE": "10.1.2.3"})
        expect(wrong.returncode == WRONG_USE, "an address without a port is taken")


# --- the chart ---

def helm_finds_nothing(deploy):
    for values in ((), ALL_ON):
        linted = run(deploy.helm, "lint", "--strict", deploy_files.CHART,
                     *(word for value in values for word in ("--set-string" if "settings" in value
                                                             else "--set", value)))
        expect(linted.returncode == 0, linted.stdout)


def every_role_is_a_deployment_of_its_own(deploy):
    counts = {role: 3 + i for i, role in enumerate(ROLES)}
    found = deployments(deploy.render(*(f"{role}.replicas={n}" for role, n in counts.items())))
    expect(set(found) == set(ROLES), f"roles: {sorted(found)}")
    for role, one in found.items():
        expect(one["spec"]["replicas"] == counts[role], f"{role}: {one['spec']['replicas']}")
        args = container(one)["args"]
        expect(args[0] == role and "--config=/etc/eyrie/eyrie.yaml" in args
               and "--listen=0.0.0.0:19531" in args, f"{role}: {args}")
        expect(variables_of(one)["EYRIE_NODE_ADVERTISE"] == "10.1.2.3:19531", f"{role}: {one}")


def one_count_changes_one_deployment(deploy):
    before = deploy.render()
    for role in ROLES:
        after = deploy.render(f"{role}.replicas=9")
        expect(after.keys() == before.keys(), "other objects")
        changed = [key for key in before if before[key] != after[key]]
        expect(changed == [("Deployment", f"eyrie-{role}")], f"{role}: {changed}")
        after["Deployment", f"eyrie-{role}"]["spec"]["replicas"] = 2 - (role == "data")
        expect(after == before, f"{role}: more than its count changes")


def changed_settings_start_pods_anew(deploy):
    before, after = deployments(deploy.render()), deployments(deploy.render("s3.bucket=other"))
    for role in ROLES:
        expect(before[role] != after[role], f"{role} goes on with old settings")


def pods_are_probed_and_confined(deploy):
    for enabled in ("true", "false"):
        for role, one in deployments(deploy.render(f"http.enabled={enabled}", *ALL_ON)).items():
            pod, inner = one["spec"]["template"]["spec"], container(one)
            ports = {port["name"]: port["containerPort"] for port in inner["ports"]}
            for probe, path in (("livenessProbe", "/livez"), ("readinessProbe", "/readyz")):
                asked = inner[probe].get("httpGet") or inner[probe]["tcpSocket"]
                expect(asked["port"] in ports, f"{role}: {probe} asks {asked}")
                expect(asked.get("path") == (path if enabled == "true" else None), f"{asked}")
            http = variables_of(one).get("EYRIE_NODE_HTTP")
            expect(http == (f"0.0.0.0:{ports['http']}" if enabled == "true" else ""), f"{http}")
            notes = one["spec"]["template"]["metadata"]["annotations"]
            scraped = notes.get("prometheus.io/port")
            expect(scraped == (str(ports["http"]) if enabled == "true" else None), f"{notes}")
            expect(pod["enableServiceLinks"] is False, f"{role}: services in the environment")
            expect(pod["automountServiceAccountToken"] is False, f"{role}: a token")
            expect(pod["terminationGracePeriodSeconds"] >= 30, f"{role}: killed too soon")
            expect(pod["securityContext"]["runAsNonRoot"] is True, f"{role}: may be root")
            expect(inner["securityContext"] == {
                "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]}}, f"{role}: {inner['securityContext']}")
            expect({"cpu", "memory"} <= set(inner["resources"]["requests"]), f"{role}: resources")


def files_are_where_the_settings_say(deploy):
    objects = deploy.render(*ALL_ON)
    text = objects["ConfigMap", "eyrie"]["data"]["eyrie.yaml"]
    named = re.findall(r"_file: (\S+)/[^/\s]+$", text, re.M)
    expect(len(named) == 7, f"files: {named}")
    for role, one in deployments(objects).items():
        pod = one["spec"]["template"]["spec"]
        mounts = {mount["mountPath"]: mount["name"] for mount in container(one)["volumeMounts"]}
        expect(set(named) <= set(mounts), f"{role}: {mounts}, not {named}")
        expect(sorted(mounts.values()) == sorted(volume["name"] for volume in pod["volumes"]),
               f"{role}: volumes and mounts differ")
        # A volume of settings is read-only: nothing can be mounted into it.
        expect(not any(path.startswith(f"{other}/") for path in mounts for other in mounts),
               f"{role}: nested mounts")


def selectors_find_pods(deploy):
    releases = {name: deploy.render(release=name) for name in ("eyrie", "second")}
    pods = {(name, role): one["spec"]["template"]["metadata"]["labels"]
            for name, objects in releases.items() for role, one in deployments(objects).items()}

    def expect_chosen(selector, release, *roles):
        chosen = {pod for pod, labels in pods.items() if selector.items() <= labels.items()}
        expect(chosen == {(release, role) for role in roles}, f"{selector} chooses {chosen}")

    for release, objects in releases.items():
        for (kind, name), one in objects.items():
            if kind in ("Deployment", "PodDisruptionBudget"):
                role = one["metadata"]["labels"]["app.kubernetes.io/component"]
                expect_chosen(one["spec"]["selector"]["matchLabels"], release, role)
            if kind == "Service":
                roles = ("proxy",) if name.endswith("-proxy") else ROLES
                expect_chosen(one["spec"]["selector"], release, *roles)
        budgets = [name for kind, name in objects if kind == "PodDisruptionBudget"]
        expect(len(budgets) == len(ROLES), f"budgets: {budgets}")


def wrong_values_are_refused(deploy):
    for value, part in (("proxy.replica=3", "replica"), ("query.replicas=-1", "replicas"),
                        ("s3.endpoint=s3", "endpoint"), ("logLevel=loud", "logLevel"),
                        ("etcd.endpoints=a:1\\,\\,b:2", "endpoints"), ("s3.bucket=a/b", "bucket")):
        said = deploy.render(value, exit_code=1)
        expect(part in said, f"{value}: {said}")


def the_manifests_are_the_chart(deploy):
    folder = ROOT / "deploy/kubernetes"
    kept = {path.name: path.read_text() for path in folder.glob("*")}
    made = deploy_files.manifests(deploy.helm)
    different = sorted(name for name in kept.keys() | made if kept.get(name) != made.get(name))
    expect(not different, f"not what scripts/deploy_files.py makes: {different}")
    objects = [one for text in kept.values() for one in yaml.safe_load_all(text) if one]
    expect({one["metadata"].get("namespace", "eyrie") for one in objects} == {"eyrie"}, "namespace")
    expect(len(objects) == 1 + len(deploy.render()), "an object is lost")


# --- the unit and the image ---

def systemd_takes_the_unit(deploy):
    if not shutil.which("systemd-analyze"):
        raise Missing("no systemd-analyze here")
    text = (ROOT / "deploy/systemd/eyrie@.service").read_text()
    expect(f"RestartPreventExitStatus={WRONG_USE}\n" in text, "wrong use is tried again")
    with tempfile.TemporaryDirectory() as folder:
        unit = pathlib.Path(folder) / "eyrie@query.service"
        unit.write_text(text.replace("/usr/bin/eyrie", str(deploy.eyrie)))
        verified = run("systemd-analyze", "verify", "--man=no", unit)
        expect(verified.returncode == 0 and not verified.stdout, verified.stdout)
        rated = run("systemd-analyze", "security", "--offline=true", "--threshold=20", unit)
        expect(rated.returncode == 0, rated.stdout[-200:])


def the_image_has_every_library(deploy):
    if not shutil.which("dpkg-query"):
        raise Missing("this is not Debian")
    script = ROOT / "scripts/runtime_packages.sh"
    expect(str(script.relative_to(ROOT)) in (ROOT / "deploy/Containerfile").read_text(),
           "the image does not ask for them")
    listed = run(script, deploy.eyrie)
    expect(listed.returncode == 0, listed.stdout)
    packages = listed.stdout.split()
    files = run("dpkg-query", "-L", *packages).stdout.splitlines()
    names = {os.path.basename(file) for file in files}
    loaded = re.findall(r"=> \S*/(\S+) \(", run("ldd", deploy.eyrie).stdout)
    expect(len(loaded) > 5, f"loaded: {loaded}")
    expect(set(loaded) <= names, f"in no package: {set(loaded) - names}")
    expect(run(script, script).returncode != 0, "what is no program has libraries")


CASES = [the_example_is_of_this_programs_settings, every_pod_reads_its_settings, helm_finds_nothing,
         every_role_is_a_deployment_of_its_own, one_count_changes_one_deployment,
         changed_settings_start_pods_anew, pods_are_probed_and_confined,
         files_are_where_the_settings_say, selectors_find_pods, wrong_values_are_refused,
         the_manifests_are_the_chart, systemd_takes_the_unit, the_image_has_every_library]


def outcome_of(case, deploy):
    try:
        case(deploy)
        return None
    except Missing as missing:
        return results.Skipped(missing)
    except AssertionError as failure:
        return str(failure)
    except (KeyError, TypeError, ValueError) as failure:  # an object is not formed as it should be
        return f"{failure!r}: {traceback.format_exc()}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("eyrie")
    parser.add_argument("tools")
    parser.add_argument("--results", help="where to write each case's result")
    options = parser.parse_args()
    deploy = Deploy(options.eyrie, options.tools)
    return results.report(options.results, "Deploy",
                          [("".join(word.capitalize() for word in case.__name__.split("_")),
                            outcome_of(case, deploy)) for case in CASES])


if __name__ == "__main__":
    sys.exit(main())
