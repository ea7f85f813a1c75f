import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { parseAllDocuments } from "yaml";
import { readConfig, VARIABLES } from "../../lib/config.ts";
import { TABLE } from "../../lib/config/variables.ts";
import { GAUGES } from "../../lib/metrics/instruments.ts";
import { prometheusName } from "../../lib/metrics/prometheus.ts";
import { flags } from "../../lib/permissions.ts";
import { environmentOf, parseDockerfile, textsOf } from "../support/dockerfile.ts";
import { startService } from "../support/service.ts";

type Labels = Readonly<Record<string, string>>;
interface Selector {
  matchLabels: Labels;
}
interface Peer {
  ipBlock?: { cidr: string; except?: string[] };
  namespaceSelector?: Selector;
  podSelector?: Selector;
}
interface Rule {
  from?: Peer[];
  to?: Peer[];
  ports: { protocol: string; port: number }[];
}
interface Manifest {
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Labels };
  // deno-lint-ignore no-explicit-any
  [field: string]: any;
}

const read = (path: string) => Deno.readTextFileSync(new URL(`../../${path}`, import.meta.url));
const documents = parseAllDocuments(read("deploy/kubernetes.yaml"));
const manifests: Manifest[] = documents.map((document) => document.toJS());
const dockerfile = parseDockerfile(read("Dockerfile"));

function only(kind: string): Manifest {
  const [manifest, ...others] = manifests.filter((each) => each.kind === kind);
  assert(manifest && others.length === 0, `Not one ${kind}`);
  return manifest;
}
const deployment = only("Deployment");
const pod = deployment.spec.template.spec;
const [container, ...others] = pod.containers;
const data: Record<string, string> = only("ConfigMap").data;
const config = readConfig({ ...environmentOf(dockerfile), ...data, OPENAI_API_KEY: "sk-test" });
const policy: { podSelector: Selector; policyTypes: string[]; ingress: Rule[]; egress: Rule[] } =
  only("NetworkPolicy").spec;

Deno.test("kubernetes: every document parses, no two have one name, all are in the namespace", () => {
  assertEquals(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings]), []);
  const names = manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
  assertEquals(new Set(names).size, names.length);
  const space = only("Namespace").metadata;
  for (const { kind, metadata } of manifests) {
    if (kind !== "Namespace") assertEquals(metadata.namespace, space.name, kind);
  }
  assertEquals(space.labels!["pod-security.kubernetes.io/enforce"], "restricted");
});

Deno.test("kubernetes: no secret is in the file, and the key comes from one", () => {
  assertEquals(manifests.filter(({ kind }) => kind === "Secret"), []);
  const secret = /KEY|TOKEN|SECRET|PASSWORD/;
  assertEquals(Object.keys(data).filter((name) => secret.test(name)), []);
  for (const { name, value, valueFrom } of container.env) {
    assertEquals([value, valueFrom.secretKeyRef.key], [undefined, name]);
  }
  const needed = container.env.filter((each: Manifest) => !each.valueFrom.secretKeyRef.optional);
  assertEquals(needed.map(({ name }: { name: string }) => name), ["OPENAI_API_KEY"]);
  assertEquals(container.envFrom, [{ configMapRef: { name: only("ConfigMap").metadata.name } }]);
});

Deno.test("kubernetes: what selects pods finds Parley's, and nothing else of the namespace is one", () => {
  const labels: Labels = deployment.spec.template.metadata.labels;
  const selectors: Labels[] = [
    deployment.spec.selector.matchLabels,
    only("Service").spec.selector,
    only("PodDisruptionBudget").spec.selector.matchLabels,
    policy.podSelector.matchLabels,
    ...pod.topologySpreadConstraints.map((each: { labelSelector: Selector }) =>
      each.labelSelector.matchLabels
    ),
  ];
  assertEquals(selectors.length, 6);
  for (const selector of selectors) {
    assertGreater(Object.keys(selector).length, 0);
    for (const [label, value] of Object.entries(selector)) assertEquals(labels[label], value);
  }
  const { kind, name, apiVersion } = only("HorizontalPodAutoscaler").spec.scaleTargetRef;
  assertEquals([apiVersion, kind, name], [deployment.apiVersion, "Deployment", deployment.metadata.name]);
});

Deno.test("kubernetes: each variable is one that Parley knows, and it starts with them without a word", () => {
  const known = new Set<string>(VARIABLES.flatMap(({ name, alias }) => alias ? [name, alias] : [name]));
  for (const name of [...Object.keys(data), ...container.env.map((each: { name: string }) => each.name)]) {
    assert(known.has(name), `Unknown variable: ${name}`);
  }
  for (const [name, value] of Object.entries(data)) assertEquals(typeof value, "string", name);
  assertEquals(config.warnings, []);
  assertEquals(config.simulator, false);
});

Deno.test("kubernetes: calls, probes and policy meet at the port that Parley listens on", () => {
  const [port] = container.ports;
  assertEquals(port.containerPort, config.port);
  const [{ targetPort, port: outside }] = only("Service").spec.ports;
  assertEquals([targetPort, outside], [port.name, config.port]);
  for (const probe of ["startupProbe", "readinessProbe", "livenessProbe"]) {
    assertEquals(container[probe].httpGet.port, port.name, probe);
  }
  assertEquals(deployment.spec.template.metadata.annotations["prometheus.io/port"], String(config.port));
});

Deno.test("kubernetes: what the probes ask for is answered by the service", async () => {
  await using it = startService();
  const paths = ["startupProbe", "readinessProbe", "livenessProbe"].map((each) =>
    container[each].httpGet.path
  );
  assertEquals(paths, ["/healthz", "/readyz", "/healthz"]);
  for (const path of paths) {
    const answer = await fetch(it.url.replace("ws:", "http:") + path);
    await answer.body?.cancel();
    assertEquals(answer.status, 200, path);
  }
});

Deno.test("kubernetes: a pod that goes has the time for its drain, and none goes before its successor is there", () => {
  const [, beforeS = "0"] = container.lifecycle.preStop.exec.command;
  const leastS = Number(beforeS) + config.drainMs / 1000 + 10;
  assertLess(leastS, pod.terminationGracePeriodSeconds);
  assertLess(pod.terminationGracePeriodSeconds, leastS + 60);
  const { rollingUpdate } = deployment.spec.strategy;
  assertEquals(rollingUpdate.maxUnavailable, 0);
  assertEquals(only("PodDisruptionBudget").spec.maxUnavailable, 1);
  assertGreater(only("HorizontalPodAutoscaler").spec.minReplicas, 1);
  // A new pod is tried for long enough to be up, and a busy one is not killed for a slow answer.
  assertGreater(container.startupProbe.failureThreshold * container.startupProbe.periodSeconds, 30);
  assertGreater(container.livenessProbe.failureThreshold * container.livenessProbe.periodSeconds, 30);
});

Deno.test("kubernetes: pods are counted by a metric that there is, and are full later than others are made", () => {
  const { metrics, behavior } = only("HorizontalPodAutoscaler").spec;
  const [{ pods }] = metrics.filter((each: { type: string }) => each.type === "Pods");
  const gauge = GAUGES["parley.calls.live"];
  assertEquals(pods.metric.name, prometheusName("parley.calls.live", gauge, false));
  assertLess(Number(pods.target.averageValue), 0.8 * config.limits.calls!);
  assertGreater(behavior.scaleDown.stabilizationWindowSeconds, config.drainMs / 1000);
  // A share of the CPU is of what is asked for; a limit would have it throttled.
  assertEquals([container.resources.requests.cpu, container.resources.limits.cpu], ["1", undefined]);
});

Deno.test("kubernetes: the pod may do no more than the image's user, and can write nowhere", () => {
  const [uid] = textsOf(dockerfile, "USER");
  assertEquals(pod.securityContext, {
    runAsNonRoot: true,
    runAsUser: Number(uid),
    runAsGroup: Number(uid),
    seccompProfile: { type: "RuntimeDefault" },
  });
  assertEquals(container.securityContext, {
    allowPrivilegeEscalation: false,
    privileged: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  });
  assertEquals(others, []);
  assertEquals([pod.automountServiceAccountToken, pod.enableServiceLinks], [false, false]);
  for (
    const field of ["hostNetwork", "hostPID", "hostIPC", "volumes", "initContainers", "serviceAccountName"]
  ) {
    assertEquals(pod[field], undefined, field);
  }
});

Deno.test("kubernetes: the image is a version of one's own registry", () => {
  assert(/^[a-z0-9.-]+\/parley:\d+\.\d+\.\d+$/.test(container.image), container.image);
});

Deno.test("kubernetes: the network policy lets through what the permissions let through, and names", () => {
  const granted = flags(config).find((flag) => flag.startsWith("--allow-net="))!;
  const [listening, model, ami] = granted.slice("--allow-net=".length).split(",");
  assertEquals(listening, `0.0.0.0:${config.port}`);
  const portsOf = (rules: Rule[]) => rules.flatMap(({ ports }) => ports.map(({ port }) => port));
  assertEquals(policy.policyTypes, ["Ingress", "Egress"]);
  assertEquals(new Set(portsOf(policy.ingress)), new Set([config.port]));
  const portOf = (address: string) => Number(address.split(":").at(-1));
  assertEquals(granted.split(",").length, 3);
  assertEquals(portsOf(policy.egress), [53, 53, portOf(model!), portOf(ami!)]);
  // No rule without a peer: that would be everybody.
  for (const { from, to } of [...policy.ingress, ...policy.egress]) assertGreater((from ?? to)!.length, 0);
  const [, space] = new URL(config.amiUrl).hostname.split(".");
  const [names, internet, away] = policy.egress.map(({ to }) => to!);
  assertEquals(away!.map((each) => Object.values(each.namespaceSelector!.matchLabels)), [[space]]);
  assertEquals(away!.map((each) => Object.values(each.podSelector!.matchLabels)), [["avr-ami"]]);
  assert(names!.every(({ namespaceSelector, podSelector }) => namespaceSelector && podSelector));
  // Cloud's metadata, the cluster, the office: the model is none of these.
  const [four, six] = internet!.map(({ ipBlock }) => ipBlock!);
  assertEquals([four!.cidr, six!.cidr], ["0.0.0.0/0", "::/0"]);
  for (const network of ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8"]) {
    assert(four!.except!.includes(network), network);
  }
  for (const network of ["fc00::/7", "fe80::/10", "::1/128"]) assert(six!.except!.includes(network), network);
});

Deno.test("kubernetes: the defaults that are not told are those that it was written for", () => {
  assertEquals([TABLE.HOST.default, TABLE.PORT.default], ["0.0.0.0", "6030"]);
  assertEquals(environmentOf(dockerfile).SIMULATOR, "never");
});
