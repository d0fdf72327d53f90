import { stripVTControlCharacters } from "node:util";

import { describe, expect, onTestFinished, test, vi } from "vitest";

import type { Status } from "../../src/admin/status.ts";
import { banner, facts } from "../../src/cli/banner.ts";
import { decode } from "../../src/config/decode.ts";
import type { EdgeConfig } from "../../src/config/edge-config.ts";
import type { Flags } from "../../src/config/written.ts";

const SURROUNDINGS = { directory: "/srv", home: "/home/alice", uid: 1000, environment: {} };

function config(domains: readonly string[], flags: Flags = {}): EdgeConfig {
  const decoding = decode({ domain: domains, htpasswd: ["users"], state: ["state"], tls: ["internal"], ...flags }, SURROUNDINGS);
  if ("problems" in decoding) throw new Error(JSON.stringify(decoding.problems));
  return decoding.settings.edge;
}

const CERTIFICATES = { describe: () => "a local CA (/srv/ca.pem)", authority: "/srv/ca.pem" };
const EDGE = {
  addresses: { https: [{ address: "::", port: 8443 }], http: [], metrics: [] },
  certificates: CERTIFICATES,
} as unknown as Parameters<typeof banner>[0];

function status(domains: readonly string[], more: Partial<Status> = {}): Status {
  return {
    names: domains,
    certificates: domains.map((name) => ({ name, expires: "2030-01-01T00:00:00Z" })),
    users: { file: "/srv/users", count: 2 },
    gateway: { target: "", state: "ready", detail: "", milliseconds: 1 },
    notices: [],
    ...more,
  } as unknown as Status;
}

function printed(domains: readonly string[], more: Partial<Status> = {}, file?: string): readonly string[] {
  const text = stripVTControlCharacters(banner(EDGE, config(domains), status(domains, more), { version: "1.2.3", file }));
  return text.trimEnd().split("\n");
}

describe("the start-up banner", () => {
  test("says in five lines who we are, what is served, to whom, with which certificate, and what is missing", () => {
    expect(printed(["gateway.lan"], {}, "/srv/edge.json5")).toEqual([
      "openclaw-edge 1.2.3, configured by /srv/edge.json5, state in /srv/state",
      "  serves       the Gateway (http://127.0.0.1:18789) at https://gateway.lan:8443",
      "  to           2 users (/srv/users), signed in on a page",
      "  certificate  a local CA (/srv/ca.pem)",
      "  missing      nothing",
    ]);
  });

  test("what is missing is named: the Gateway, certificates that are being obtained, trust in the local CA", () => {
    const gateway = { target: "", state: "down", detail: "", milliseconds: 1 } as const;
    const lines = printed(["gateway.lan"], { gateway, authority: "/srv/ca.pem", certificates: [] }).slice(4);
    expect(lines.join(" ").replaceAll(/\s+/g, " ")).toBe(
      " missing the Gateway (no answer), a certificate for gateway.lan (it is being obtained), trust in the CA (openclaw-edge trust)",
    );
  });

  test("a certificate that the CA refused so far is missing once, with what was said", () => {
    const notice = { where: "b.lan", what: 'There is no certificate yet: letsencrypt failed once, last with "dns".', mend: "" };
    const lines = printed(["a.lan", "b.lan"], { certificates: [], notices: [notice] }).join(" ");
    expect(lines.replaceAll(/\s+/g, " ")).toContain(
      'missing a certificate for a.lan (it is being obtained), b.lan: There is no certificate yet: letsencrypt failed once, last with "dns".',
    );
  });

  test("the first start of most people has five lines, in colours too", () => {
    const gateway = { target: "", state: "down", detail: "", milliseconds: 1 } as const;
    vi.stubEnv("FORCE_COLOR", "1");
    onTestFinished(() => void vi.unstubAllEnvs());
    const text = banner(EDGE, config(["gateway.lan"]), status(["gateway.lan"], { gateway, authority: "/srv/ca.pem" }), {
      version: "1.2.3",
      file: undefined,
    });
    expect(text).toContain("\u001b[36m");
    expect(text.trimEnd().split("\n")).toHaveLength(5);
  });

  test("an international name is shown as it is served and as it is read, many names are counted, and no line has more than 80 columns", () => {
    const lines = printed(["bücher.lan", ...Array.from({ length: 20 }, (_, index) => `name-${index}.lan`), "fd00::1"]);
    const text = lines.join(" ").replaceAll(/\s+/g, " ");
    expect(text).toContain("https://xn--bcher-kva.lan:8443 (bücher.lan), https://name-0.lan:8443");
    expect(text).toContain("and 18 more");
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });

  test("what is open to strangers is never left out, and routes are counted", () => {
    const plain = config(["gateway.lan"], { expose: ["share,hooks"] });
    const opening = { path: "/slack/second", strip: false, identity: true, expose: "slack" } as const;
    const open = { ...plain, routes: [opening, { ...opening, path: "/slack/third" }] };
    const text = stripVTControlCharacters(banner(EDGE, open, status(["gateway.lan"]), { version: "1.2.3", file: undefined }));
    expect(text.replaceAll(/\s+/g, " ")).toContain("the Gateway (http://127.0.0.1:18789) and 2 routes at https://gateway.lan:8443");
    expect(text.replaceAll(/\s+/g, " ")).toContain(
      "signed in on a page; without a sign-in to strangers: share, hooks, slack (openclaw-edge routes says what that is)",
    );
    expect(facts(EDGE, open, undefined)).toMatchObject({ routes: 2, open: ["share", "hooks", "slack"] });
    expect(Object.keys(facts(EDGE, config(["gateway.lan"]), undefined))).not.toContain("open");
  });

  test("the log has the same facts, with the configuration file where there is one", () => {
    expect(facts(EDGE, config(["gateway.lan", "fd00::1"]), "/etc/x.json5")).toMatchObject({
      urls: ["https://gateway.lan:8443", "https://[fd00::1]:8443"],
      https: ["[::]:8443"],
      configuration: "/etc/x.json5",
    });
    expect(facts(EDGE, config(["gateway.lan"]), undefined)).not.toHaveProperty("configuration");
  });
});
