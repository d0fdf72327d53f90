import { describe, expect, test } from "vitest";

import { decode, type Flags, type Settings } from "../../src/config/decode.ts";
import { DEFAULT_LIMITS, DEFAULT_TIMEOUTS } from "../../src/config/limits.ts";
import type { Surroundings } from "../../src/config/surroundings.ts";
import type { Problem } from "../../src/errors.ts";

const SURROUNDINGS: Surroundings = { directory: "/srv/edge", home: "/home/alice", uid: 1000, environment: {} };
const GOOD: Flags = { domain: ["gateway.lan"], htpasswd: ["users"] };

function problems(flags: Flags, surroundings = SURROUNDINGS): readonly Problem[] {
  const decoding = decode({ ...GOOD, ...flags }, surroundings);
  return "problems" in decoding ? decoding.problems : [];
}

function settings(flags: Flags = {}, surroundings = SURROUNDINGS): Settings {
  const decoding = decode({ ...GOOD, ...flags }, surroundings);
  if ("problems" in decoding) throw new Error(JSON.stringify(decoding.problems));
  return decoding.settings;
}

const CERTIFICATE = { cert: ["c.pem"], key: ["k.pem"] };

test("two flags are enough in a private network, and everything else has its default", () => {
  expect(settings()).toEqual({
    logFormat: "auto",
    edge: {
      domains: [{ kind: "name", value: "gateway.lan" }],
      upstream: { kind: "tcp", host: "127.0.0.1", port: 18789 },
      routes: [],
      expose: [],
      htpasswd: "/srv/edge/users",
      tls: { kind: "internal" },
      hosts: undefined,
      httpsPort: 443,
      httpPort: 80,
      state: "/home/alice/.local/state/openclaw-edge",
      trustedHops: [],
      proxyProtocol: [],
      login: "page",
      sessions: { idle: 7 * 86_400_000, lifetime: 30 * 86_400_000 },
      userHeader: "x-forwarded-user",
      hsts: 86_400,
      timeouts: DEFAULT_TIMEOUTS,
      limits: DEFAULT_LIMITS,
    },
  });
});

describe("names", () => {
  test.each([
    ["AI.Example.COM", "name", "ai.example.com"],
    ["ai.example.com.", "name", "ai.example.com"],
    ["bücher.example", "name", "xn--bcher-kva.example"],
    ["BÜCHER.example", "name", "xn--bcher-kva.example"],
    ["xn--bcher-kva.example", "name", "xn--bcher-kva.example"],
    ["localhost", "name", "localhost"],
    [`${"a".repeat(63)}.example`, "name", `${"a".repeat(63)}.example`],
    ["192.0.2.7", "ip", "192.0.2.7"],
    ["2001:DB8:0:0::1", "ip", "2001:db8::1"],
    ["[2001:db8::1]", "ip", "2001:db8::1"],
    ["::ffff:192.0.2.7", "ip", "192.0.2.7"],
  ])("%s is served as the %s %s", (text, kind, value) => {
    expect(settings({ domain: [text], ...CERTIFICATE }).edge.domains).toEqual([{ kind, value }]);
  });

  test("a name that is written twice is served once", () => {
    expect(settings({ domain: ["a.lan", "A.LAN.", "b.lan"] }).edge.domains.map(({ value }) => value)).toEqual(["a.lan", "b.lan"]);
  });

  test.each([
    ["", "empty", "--domain ai.example.com"],
    ["https://ai.example.com", "URL", "--domain ai.example.com."],
    ["https://user@ai.example.com:8443/x", "URL", "--domain ai.example.com."],
    ["ai.example.com/path", "path", "--domain ai.example.com."],
    ["user@ai.example.com", "user name", "--domain ai.example.com."],
    ["ai.example.com:8443", "port", "--domain ai.example.com --https-port 8443"],
    ["[2001:db8::1]:8443", "port", "--domain [2001:db8::1] --https-port 8443"],
    ["a_b.example.com", "underscore", "--domain a-b.example.com"],
    ["*.example.com", "wildcard", "--domain ai.example.com"],
    ["a.lan,b.lan", "more than one", "--domain a.lan --domain b.lan"],
    ["a..example.com", "empty label", "--domain a.example.com"],
    [".example.com", "empty label", "--domain example.com"],
    [".", "empty label", "--domain ai.example.com"],
    ["-a.example.com", "no host name", "hyphens"],
    ["a!.example.com", "no host name", "letters"],
    ["ex%61mple.com", "%", "plain name"],
    ["fe80::1%eth0", "%", "without a zone"],
    [`${"a".repeat(64)}.example`, "64 characters", "63"],
    [`${"abcdefgh.".repeat(32)}example`, "characters", "253"],
    ["256.1.1.1", "IPv4", "192.0.2.10"],
    ["127.1", "IPv4", "192.0.2.10"],
    ["0x7f.1", "IPv4", "192.0.2.10"],
    ["0.0.0.0", "every address", "--host 0.0.0.0"],
    ["::", "every address", "--host ::"],
  ])("--domain %j is refused, with the right value in the mend", (text, what, mend) => {
    expect(problems({ domain: [text], ...CERTIFICATE })).toEqual([
      { where: "--domain", what: expect.stringContaining(what), mend: expect.stringContaining(mend) },
    ]);
  });
});

describe("certificates", () => {
  test("a certificate and its key are taken as absolute paths", () => {
    expect(settings({ domain: ["ai.example.com"], cert: ["c.pem"], key: ["/k.pem"] }).edge.tls).toEqual({
      kind: "files",
      certificate: "/srv/edge/c.pem",
      key: "/k.pem",
    });
  });

  test.each([
    "localhost",
    "gateway",
    "gateway.lan",
    "gw.home.arpa",
    "x.internal",
    "127.0.0.1",
    "192.168.1.20",
    "10.0.0.1",
    "::1",
    "fd00::1",
  ])("%s gets a certificate of the local CA without asking", (name) =>
    expect(settings({ domain: [name] }).edge.tls).toEqual({ kind: "internal" }),
  );

  test.each(["ai.example.com", "203.0.113.9", "2606:4700::1"])("%s is public and gets one from a CA, never from the local one", (name) => {
    const { tls } = settings({ domain: ["gateway.lan", name] }).edge;
    expect(tls).toMatchObject({ kind: "acme", names: [{ value: name }], servers: [{ name: "letsencrypt" }] });
    expect(settings({ domain: [name], tls: ["internal"] }).edge.tls).toEqual({ kind: "internal" });
  });

  test.each<[Flags, string]>([
    [{ cert: ["c"] }, "--cert"],
    [{ key: ["k"] }, "--key"],
    [{ ...CERTIFICATE, tls: ["internal"] }, "--tls"],
    [{ tls: ["acme"] }, "--tls"],
    [{ ...CERTIFICATE, tls: ["acme"] }, "--tls"],
    [{ tls: ["letsencrypt"] }, "--tls"],
    [{ cert: ["c1", "c2"], key: ["k"] }, "--cert"],
    [{ cert: [""], key: ["k"] }, "--cert"],
  ])("%j is refused at %s", (flags, where) => {
    expect(problems(flags).map((problem) => problem.where)).toEqual([where]);
  });
});

describe("the upstream", () => {
  test.each([
    ["http://127.0.0.1:18789", { kind: "tcp", host: "127.0.0.1", port: 18789 }],
    ["http://localhost:18789/", { kind: "tcp", host: "localhost", port: 18789 }],
    ["http://[::1]:18789", { kind: "tcp", host: "::1", port: 18789 }],
    ["http://gateway:18789", { kind: "tcp", host: "gateway", port: 18789 }],
    ["HTTP://192.168.1.20:8080", { kind: "tcp", host: "192.168.1.20", port: 8080 }],
    ["unix:/run/gateway.sock", { kind: "unix", path: "/run/gateway.sock" }],
    ["unix:///run/gateway.sock", { kind: "unix", path: "/run/gateway.sock" }],
  ])("%s is taken", (text, target) => expect(settings({ upstream: [text] }).edge.upstream).toEqual(target));

  test.each([
    ["https://127.0.0.1:18789", "plain HTTP", "http://127.0.0.1:18789"],
    ["ws://127.0.0.1:18789", "WebSockets", "http://127.0.0.1:18789"],
    ["ftp://127.0.0.1:18789", "scheme", "http://127.0.0.1:18789"],
    ["127.0.0.1:18789", "no scheme", "http://127.0.0.1:18789"],
    ["http://127.0.0.1", "no port", "http://127.0.0.1:18789"],
    ["http://127.0.0.1:0", "port 0", ":18789"],
    ["http://127.0.0.1:99999", "no URL", "18789"],
    ["http://127.0.0.1:18789/base", "path", "http://127.0.0.1:18789."],
    ["http://127.0.0.1:18789/?x=1", "query", "http://127.0.0.1:18789."],
    ["http://ai.example.com:18789", "public", "--upstream http://127.0.0.1:18789"],
    ["http://203.0.113.9:18789", "public", "--upstream http://127.0.0.1:18789"],
    // A mend that would be refused is none.
    ["https://203.0.113.9:18789", "https is not supported", "--upstream http://127.0.0.1:18789"],
    ["http://203.0.113.9", "no port", "Run the edge beside the Gateway (--upstream http://127.0.0.1:18789)"],
    ["https://127.0.0.1", "https is not supported", "http://127.0.0.1:18789; that is the Gateway's default"],
    ["http://0.0.0.0:18789", "listen", "http://127.0.0.1:18789"],
    ["http://127.0.0.1:443", "edge itself", "18789"],
    ["unix:run/gateway.sock", "not absolute", "unix:/"],
    [`unix:/${"a".repeat(107)}`, "108 octets", "107"],
    ["/run/gateway.sock", "path", "unix:/run/gateway.sock"],
    ["", "no scheme", "http://127.0.0.1:18789"],
  ])("%j is refused", (text, what, mend) => {
    expect(problems({ upstream: [text] })).toEqual([
      { where: "--upstream", what: expect.stringContaining(what), mend: expect.stringContaining(mend) },
    ]);
  });

  test("a password in the URL is refused without being repeated", () => {
    const [problem] = problems({ upstream: ["http://alice:hunter2@127.0.0.1:18789"] });
    expect(problem?.what).toContain("user name or password");
    expect(JSON.stringify(problem)).not.toContain("hunter2");
  });
});

describe("values", () => {
  test.each<[string, string, string]>([
    ["https-port", "70000", "65535"],
    ["https-port", "-1", "65535"],
    ["https-port", "https", "65535"],
    ["http-port", "none", "off"],
    ["http-port", "443", "off"],
    ["host", "localhost", "127.0.0.1"],
    ["host", "eth0", "0.0.0.0"],
    ["hsts", "1d", "315360000"],
    ["log-format", "xml", "json"],
    ["idle-timeout", "75", "75s"],
    ["idle-timeout", "1 week", "10s"],
    ["idle-timeout", "10ms", "100ms"],
    ["idle-timeout", "25h", "24h"],
    ["head-size", "16kilo", "16k"],
    ["head-size", "1", "1k"],
    ["head-fields", "many", "10"],
    ["connections", "0", "1"],
    ["user-header", "Host", "x-forwarded-user"],
    ["user-header", "authorization", "x-forwarded-user"],
    ["user-header", "Cookie", "x-forwarded-user"],
    ["user-header", "X-Forwarded-For", "x-forwarded-user"],
    ["user-header", "x-openclaw-scopes", "x-forwarded-user"],
    ["user-header", "sec-fetch-mode", "x-forwarded-user"],
    ["user-header", "x user", "x-forwarded-user"],
    ["user-header", "x_forwarded_user", "x-forwarded-user"],
    ["state", "", "path"],
  ])("--%s %j is refused, with what to write in the mend", (flag, text, mend) => {
    const more: Flags = flag === "cert" ? { key: ["k"] } : {};
    expect(problems({ ...more, [flag]: [text] })).toEqual([
      { where: `--${flag}`, what: expect.any(String), mend: expect.stringContaining(mend) },
    ]);
  });

  test("a flag that is not repeatable is refused when it is written twice", () => {
    expect(problems({ hsts: ["1", "2"] })).toEqual([{ where: "--hsts", what: "It is written more than once.", mend: "Write it once." }]);
  });

  test("units are understood", () => {
    const { edge } = settings({
      "idle-timeout": ["2m"],
      "head-timeout": ["500ms"],
      "body-timeout": ["1.5s"],
      "drain-timeout": ["1h"],
      "head-size": ["32k"],
      "pipelined-size": ["1m"],
      "minimum-body-rate": ["512"],
    });
    expect(edge.timeouts).toMatchObject({ idle: 120_000, head: 500, body: 1_500, drain: 3_600_000 });
    expect(edge.limits).toMatchObject({ headSize: 32_768, pipelined: 1_048_576, minimumBodyRate: 512 });
  });

  test("ports, addresses and paths are decoded", () => {
    const { edge } = settings({
      "https-port": ["8443"],
      "http-port": ["off"],
      host: ["[::1]", "127.0.0.1", "::1"],
      state: ["~/edge"],
      "user-header": ["X-Auth-User"],
    });
    expect(edge).toMatchObject({
      httpsPort: 8443,
      httpPort: false,
      hosts: ["::1", "127.0.0.1"],
      state: "/home/alice/edge",
      userHeader: "x-auth-user",
    });
  });
});

test.each<[string, Partial<Surroundings>, string]>([
  ["root", { uid: 0, environment: { XDG_STATE_HOME: "/x" } }, "/var/lib/openclaw-edge"],
  ["a user with XDG_STATE_HOME", { environment: { XDG_STATE_HOME: "/x" } }, "/x/openclaw-edge"],
  [
    "a user with a relative XDG_STATE_HOME, which the specification ignores",
    { environment: { XDG_STATE_HOME: "x" } },
    "/home/alice/.local/state/openclaw-edge",
  ],
])("the state of %s has its usual place", (_, surroundings, state) => {
  expect(settings({}, { ...SURROUNDINGS, ...surroundings }).edge.state).toBe(state);
});

test("where no users file is named, it is the state directory's own", () => {
  expect(settings({ htpasswd: [] }).edge.htpasswd).toBe("/home/alice/.local/state/openclaw-edge/users");
  expect(settings({ htpasswd: [], state: ["/srv/state"] }).edge.htpasswd).toBe("/srv/state/users");
});

test("every mistake is reported at once", () => {
  const found = problems({
    domain: ["https://x", "a_b"],
    htpasswd: [""],
    upstream: ["https://x"],
    "https-port": ["x"],
    hsts: ["x"],
    cert: ["c"],
    "idle-timeout": ["x"],
    "head-size": ["x"],
  });
  expect(found.map(({ where }) => where).toSorted()).toEqual([
    "--cert",
    "--domain",
    "--domain",
    "--head-size",
    "--hsts",
    "--htpasswd",
    "--https-port",
    "--idle-timeout",
    "--upstream",
  ]);
});

test("a mistake's message can't move the cursor", () => {
  const [problem] = problems({ domain: ["a\u001b[2Jb"] });
  expect(JSON.stringify(problem)).not.toMatch(/\\u001b/);
});
