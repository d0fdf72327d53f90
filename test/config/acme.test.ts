import { describe, expect, test } from "vitest";

import type { TlsSource } from "../../src/config/edge-config.ts";
import { decode, type Flags } from "../../src/config/decode.ts";
import type { Surroundings } from "../../src/config/surroundings.ts";
import type { Problem } from "../../src/errors.ts";

const SURROUNDINGS: Surroundings = { directory: "/srv/edge", home: "/home/alice", uid: 1000, environment: {} };
const GOOD: Flags = { domain: ["ai.example.com"], htpasswd: ["users"] };

function tls(flags: Flags = {}): Extract<TlsSource, { kind: "acme" }> {
  const decoding = decode({ ...GOOD, ...flags }, SURROUNDINGS);
  if ("problems" in decoding) throw new Error(JSON.stringify(decoding.problems));
  const source = decoding.settings.edge.tls;
  if (source.kind !== "acme") throw new Error(source.kind);
  return source;
}

function problems(flags: Flags): readonly Problem[] {
  const decoding = decode({ ...GOOD, ...flags }, SURROUNDINGS);
  return "problems" in decoding ? decoding.problems : [];
}

const URL_OF_CA = "https://ca.lan:9000/acme/directory";
const MAC = "bWFjLWtleS13aXRoLTMyLW9jdGV0cw";

test("a public name needs nothing else", () => {
  expect(tls()).toEqual({
    kind: "acme",
    names: [{ kind: "name", value: "ai.example.com" }],
    certificates: "/home/alice/.local/state/openclaw-edge/certs",
    servers: [
      {
        name: "letsencrypt",
        directory: "https://acme-v02.api.letsencrypt.org/directory",
        staging: "https://acme-staging-v02.api.letsencrypt.org/directory",
        caFile: undefined,
        externalAccount: undefined,
      },
    ],
    email: undefined,
    profile: undefined,
    challenges: ["http-01", "tls-alpn-01"],
    notify: undefined,
    validation: { http: 80, https: 443 },
  });
});

test("private names beside public ones are left to the local CA", () => {
  const { names } = tls({ domain: ["gateway.lan", "ai.example.com", "192.168.1.20", "203.0.113.7"] });
  expect(names.map(({ value }) => value)).toEqual(["ai.example.com", "203.0.113.7"]);
});

test("several CAs keep their order, and each has what is meant for it", () => {
  const { servers, certificates } = tls({
    "acme-server": ["zerossl", "LetsEncrypt", URL_OF_CA, "zerossl"],
    "acme-ca": ["ca.lan=roots.pem"],
    "acme-eab": [`# from the dashboard\nzerossl kid-1 ${MAC}=\nca.lan:9000 kid-2 ${MAC}`],
    certs: ["certs"],
  });
  expect(certificates).toBe("/srv/edge/certs");
  expect(servers).toMatchObject([
    { name: "zerossl", caFile: undefined, externalAccount: { keyIdentifier: "kid-1", macKey: MAC } },
    { name: "letsencrypt", externalAccount: undefined },
    { name: "ca.lan:9000", caFile: "/srv/edge/roots.pem", staging: undefined, externalAccount: { keyIdentifier: "kid-2" } },
  ]);
});

test("--tls acme asks a CA of one's own for private names too", () => {
  const { names } = tls({ domain: ["gateway.lan"], tls: ["acme"], "acme-server": [URL_OF_CA] });
  expect(names).toEqual([{ kind: "name", value: "gateway.lan" }]);
});

test("without port 80 there is tls-alpn-01 alone", () => {
  expect(tls({ "http-port": ["off"] }).challenges).toEqual(["tls-alpn-01"]);
  expect(tls({ challenge: ["http-01"] }).challenges).toEqual(["http-01"]);
});

test("the operator can be told at the Gateway's own hooks", () => {
  expect(tls({ notify: ["http://127.0.0.1:18789/hooks/wake"], "notify-token": ["s3cret-token"] }).notify).toEqual({
    url: "http://127.0.0.1:18789/hooks/wake",
    token: "s3cret-token",
  });
});

describe("refused, with the mend:", () => {
  test.each<[Flags, string, string, string]>([
    [{ domain: ["co.uk"] }, "--domain", "suffix", "--domain ai.co.uk"],
    [{ domain: ["com.au"] }, "--domain", "suffix", "--domain ai.com.au"],
    [{ domain: ["duckdns.org"] }, "--domain", "suffix", "--domain ai.duckdns.org"],
    [{ domain: ["ai.example.com:443"] }, "--domain", "port", "--domain ai.example.com"],
    [{ "acme-server": ["letsencript"] }, "--acme-server", "no CA", "letsencrypt"],
    [{ "acme-server": ["http://ca.lan/directory"] }, "--acme-server", "not https", "https://ca.lan/directory"],
    [{ "acme-server": ["https://u:p@ca.lan/directory"] }, "--acme-server", "password", "https://ca.lan/directory"],
    [{ "acme-ca": ["other=x.pem"] }, "--acme-ca", "none of the CAs", "letsencrypt"],
    [{ "acme-ca": ["x.pem"], "acme-server": ["zerossl", "google"] }, "--acme-ca", "which CA", "zerossl=FILE"],
    [{ "acme-ca": ["x.pem", "y.pem"] }, "--acme-ca", "more than one", "one for each"],
    [{ "acme-eab": ["kid"] }, "--acme-eab", "HMAC key", "zerossl KEYID HMACKEY"],
    [{ "acme-eab": [" \n"] }, "--acme-eab", "no key", "zerossl KEYID HMACKEY"],
    [{ challenge: ["dns-01"] }, "--challenge", "not supported yet", "http-01"],
    [{ challenge: ["http-02"] }, "--challenge", "no challenge", "tls-alpn-01"],
    [{ challenge: ["http-01"], "http-port": ["off"] }, "--challenge", "port 80", "tls-alpn-01"],
    [{ email: ["mailto:a@example.com"] }, "--email", "link", "--email a@example.com"],
    [{ email: ["nobody"] }, "--email", "no e-mail", "you@example.com"],
    [{ "acme-profile": ["short lived"] }, "--acme-profile", "no profile", "shortlived"],
    [{ notify: ["http://example.com/hook"] }, "--notify", "without encryption", "https://example.com/hook"],
    [{ notify: ["ftp://example.com"] }, "--notify", "no http", "https://"],
    [{ notify: ["https://u:p@example.com/"] }, "--notify", "password", "--notify-token-file"],
    [{ domain: ["gateway.lan"], email: ["a@example.com"] }, "--email", "no effect", "--tls acme"],
    [{ tls: ["internal"], "acme-server": ["zerossl"] }, "--acme-server", "no effect", "--tls acme"],
    [{ cert: ["c"], key: ["k"], challenge: ["http-01"] }, "--challenge", "no effect", "Leave it out"],
    [{ domain: ["gateway.lan"], tls: ["acme"] }, "--tls", "can't vouch", "Leave out --tls acme"],
  ])("%j", (flags, where, what, mend) => {
    expect(problems(flags)).toEqual([{ where, what: expect.stringContaining(what), mend: expect.stringContaining(mend) }]);
  });

  test("a key that can't be read is not repeated", () => {
    const said = JSON.stringify(problems({ "acme-eab": ["zerossl kid s3cret!"], notify: ["https://x/"], "notify-token": ["to ken"] }));
    expect(said).not.toMatch(/s3cret|to ken/);
    expect(said).toContain("--notify-token");
  });
});
