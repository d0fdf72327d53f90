import { execFile, execFileSync, spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { chmod, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { describe, expect, it } from "vitest";

import { openLocalCertificate } from "../../src/certificates/local-ca.ts";
import { makeLeaf } from "../../src/certificates/x509.ts";
import type { ServedName } from "../../src/config/served-name.ts";
import { hasOpenssl } from "../support/openssl.ts";
import { recordingLog } from "../support/recording-log.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { handshake, tlsServer } from "../support/tls.ts";

const name = (value: string): ServedName => ({ kind: "name", value });
const ip = (value: string): ServedName => ({ kind: "ip", value });
const NAMES = [name("localhost"), name("ai.test"), ip("127.0.0.1"), ip("::1")];
const DAY = 86_400_000;

async function open(names: readonly ServedName[] = NAMES, state?: string, now?: Date) {
  const directory = state ?? (await scratchDirectory());
  const log = recordingLog();
  const local = await openLocalCertificate(directory, names, log, now);
  const at = (file: string): string => join(directory, "local-ca", file);
  return { state: directory, log, local, at, ca: await readFile(at("ca.pem"), "utf8") };
}

describe("what the local CA makes", () => {
  it("has its key and leaf closed to others, in a closed directory", async () => {
    const { at } = await open();
    const modes = await Promise.all(
      [".", "ca.key", "leaf.pem", "ca.pem"].map(async (file) => ((await stat(at(file))).mode & 0o777).toString(8)),
    );
    expect(modes).toEqual(["700", "600", "600", "644"]);
  });

  it.skipIf(!hasOpenssl)("is a certificate authority with critical constraints, for ten years (RFC 5280 §4.2.1)", async () => {
    const { at } = await open();
    const text = execFileSync("openssl", ["x509", "-in", at("ca.pem"), "-noout", "-text"]).toString();
    expect(text).toMatch(/Basic Constraints: critical\s+CA:TRUE, pathlen:0/);
    expect(text).toMatch(/Key Usage: critical\s+Certificate Sign, CRL Sign\n/);
    expect(text).toMatch(/Name Constraints: critical\s+Permitted:\s+DNS:localhost/);
    expect(text).toContain("IP:127.0.0.0/255.0.0.0");
    expect(text).toContain("ASN1 OID: prime256v1");
    const years = new X509Certificate(await readFile(at("ca.pem"))).validToDate.getTime() - Date.now();
    expect(Math.round(years / DAY)).toBe(3_650);
  });

  it.skipIf(!hasOpenssl)("passes OpenSSL's strict verification for every name", async () => {
    const { at, state, local } = await open();
    const leaf = join(state, "leaf-only.pem");
    await writeFile(leaf, local.certificate);
    for (const check of [
      ["-verify_hostname", "localhost"],
      ["-verify_hostname", "ai.test"],
      ["-verify_ip", "127.0.0.1"],
      ["-verify_ip", "::1"],
    ]) {
      const { stdout, stderr } = spawnSync("openssl", [
        "verify",
        "-x509_strict",
        "-purpose",
        "sslserver",
        "-CAfile",
        at("ca.pem"),
        ...check,
        leaf,
      ]);
      expect(`${stdout}${stderr}`).toBe(`${leaf}: OK\n`);
    }
  });

  it("is a leaf for servers alone, with its names in the SAN alone, for 90 days", async () => {
    const { local } = await open();
    const leaf = new X509Certificate(local.certificate);
    expect(leaf.subjectAltName).toBe("DNS:localhost, DNS:ai.test, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1");
    expect(leaf.subject).toBe("O=openclaw-edge\nCN=openclaw-edge (local)");
    expect([leaf.ca, leaf.keyUsage]).toEqual([false, ["1.3.6.1.5.5.7.3.1"]]);
    expect(Math.round((local.expires.getTime() - Date.now()) / DAY)).toBe(90);
  });

  it("convinces a verifying TLS client that trusts ca.pem, by name and by address", async () => {
    const { local, ca } = await open();
    const { port } = await tlsServer({ cert: local.certificate, key: local.key });
    expect(await handshake(port, { ca, servername: "localhost" })).toMatchObject({ version: "TLSv1.3" });
    expect(await handshake(port, { ca })).toMatchObject({ version: "TLSv1.3" }); // verified as 127.0.0.1
  });
});

describe("the stolen CA key", () => {
  const forge = async (names: readonly ServedName[], served: readonly ServedName[] = NAMES) => {
    const { at, state, ca } = await open(served);
    const combined = await readFile(at("ca.key"), "utf8");
    const authority = { certificate: ca, key: combined };
    const forged = await makeLeaf(names, authority, { notBefore: new Date(Date.now() - DAY), notAfter: new Date(Date.now() + DAY) });
    const path = join(state, "forged.pem");
    await writeFile(path, forged.certificate);
    const openssl = spawnSync("openssl", ["verify", "-CAfile", at("ca.pem"), path]);
    return { forged, ca, openssl: `${openssl.stdout}${openssl.stderr}` };
  };

  it.each([
    ["example.com", [name("example.com")], { servername: "example.com" }],
    ["example.com hidden behind a permitted name", [name("localhost"), name("example.com")], { servername: "example.com" }],
    ["a public address", [ip("8.8.8.8")], { servername: "", checkServerIdentity: () => undefined }],
    ["a public IPv6 address", [ip("2001:db8::1")], { servername: "", checkServerIdentity: () => undefined }],
  ])("forges %s, and no client believes it", async (_, names, client) => {
    const { forged, ca, openssl } = await forge(names);
    if (hasOpenssl) expect(openssl).toContain("permitted subtree violation");
    const { port } = await tlsServer({ cert: forged.certificate, key: forged.key });
    await expect(handshake(port, { ca, ...client })).rejects.toThrow("permitted subtree violation");
  });

  it.skipIf(!hasOpenssl)("forges what the CA may issue, and is believed (so the test above can fail)", async () => {
    expect((await forge([name("ai.test")])).openssl).toContain("OK");
    expect((await forge([name("ai.example.com")], [name("ai.example.com")])).openssl).toContain("OK");
  });

  it.skipIf(!hasOpenssl)("makes an intermediate CA, and the path length forbids it", async () => {
    const { at, state } = await open();
    const config = join(state, "x.cnf");
    await writeFile(config, "[x]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n[y]\nsubjectAltName=DNS:localhost\n");
    const run = (...args: string[]) => execFileSync("openssl", args, { cwd: state, stdio: ["ignore", "pipe", "ignore"] });
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    run("req", ...key, "-keyout", "i.key", "-out", "i.csr", "-subj", "/CN=intermediate");
    run(
      "x509",
      "-req",
      "-in",
      "i.csr",
      "-CA",
      at("ca.pem"),
      "-CAkey",
      at("ca.key"),
      "-extfile",
      config,
      "-extensions",
      "x",
      "-out",
      "i.pem",
    );
    run("req", ...key, "-keyout", "l.key", "-out", "l.csr", "-subj", "/CN=leaf");
    run("x509", "-req", "-in", "l.csr", "-CA", "i.pem", "-CAkey", "i.key", "-extfile", config, "-extensions", "y", "-out", "l.pem");
    const { stdout, stderr } = spawnSync("openssl", ["verify", "-CAfile", at("ca.pem"), "-untrusted", "i.pem", "l.pem"], { cwd: state });
    expect(`${stdout}${stderr}`).toContain("path length constraint exceeded");
  });
});

describe("the next start", () => {
  it("uses CA and leaf again", async () => {
    const first = await open();
    const second = await open(NAMES, first.state);
    expect(second.local).toEqual(first.local);
    expect(second.ca).toBe(first.ca);
    expect(second.log.entries).toEqual([]);
  });

  it("keeps the CA and makes a leaf when other private names are served", async () => {
    const first = await open();
    const second = await open([name("ai.lan")], first.state);
    expect(second.ca).toBe(first.ca);
    expect(new X509Certificate(second.local.certificate).subjectAltName).toBe("DNS:ai.lan");
  });

  it.each([
    [59, true],
    [61, false],
  ])("after %i days the leaf is still right: %s (a third of its life is left)", async (days, same) => {
    const first = await open();
    const later = await open(NAMES, first.state, new Date(Date.now() + days * DAY));
    expect(later.local.certificate === first.local.certificate).toBe(same);
    expect(later.ca).toBe(first.ca);
  });

  it("makes a new CA for a name that the old one may not issue for, keeps the old one, and says so", async () => {
    const first = await open();
    const second = await open([...NAMES, name("ai.example.com")], first.state);
    expect(second.ca).not.toBe(first.ca);
    const kept = (await readdir(first.at("."))).filter((file) => file.includes(".replaced-"));
    expect(kept.map((file) => file.slice(0, 6)).sort()).toEqual(["ca.key", "ca.pem"]);
    expect(await readFile(first.at(kept.find((file) => file.startsWith("ca.pem"))!), "utf8")).toBe(first.ca);
    expect(second.log.said("warn")).toContain("it may not issue for ai.example.com. Every device has to trust the new one");
    const { port } = await tlsServer({ cert: second.local.certificate, key: second.local.key });
    await handshake(port, { ca: second.ca, servername: "ai.example.com" });
    const third = await open([name("ai.example.com")], first.state);
    expect(third.ca).toBe(second.ca);
  });

  it("makes a new CA where a clock that was years ahead made the one there is, which nobody could use", async () => {
    const ahead = await open(NAMES, undefined, new Date(Date.now() + 3_650 * DAY));
    const right = await open(NAMES, ahead.state);
    expect(right.ca).not.toBe(ahead.ca);
    expect(right.log.said("warn")).toContain("not valid yet: the clock was ahead when it was made");
    const { port } = await tlsServer({ cert: right.local.certificate, key: right.local.key });
    expect(await handshake(port, { ca: right.ca, servername: "localhost" })).toMatchObject({ version: "TLSv1.3" });
  });

  it("keeps the CA, and makes a leaf, where a clock that was months ahead made the leaf", async () => {
    const first = await open();
    const ahead = await open(NAMES, first.state, new Date(Date.now() + 200 * DAY));
    const right = await open(NAMES, first.state);
    expect([ahead.ca, right.ca]).toEqual([first.ca, first.ca]);
    expect(right.local.expires.getTime()).toBeLessThan(Date.now() + 91 * DAY);
  });

  it("makes a new CA in its last 90 days", async () => {
    const first = await open();
    const last = await open(NAMES, first.state, new Date(Date.now() + 3_600 * DAY));
    expect(last.ca).not.toBe(first.ca);
    expect(last.log.said("warn")).toContain("nears its end");
  });
});

describe("damaged files", () => {
  const damage = async (file: string, spoil: (text: string) => string) => {
    const first = await open();
    const spoilt = spoil(await readFile(first.at(file), "utf8"));
    await writeFile(first.at(file), spoilt);
    const second = await open(NAMES, first.state);
    const aside = (await readdir(first.at("."))).filter((entry) => entry.includes(".damaged-"));
    const { port } = await tlsServer({ cert: second.local.certificate, key: second.local.key });
    await handshake(port, { ca: second.ca, servername: "localhost" });
    return { first, second, spoilt, aside, read: (entry: string) => readFile(first.at(entry), "utf8") };
  };
  const truncated = (text: string): string => text.slice(0, text.length / 2);

  it.each([
    ["truncated", truncated],
    ["empty", () => ""],
    ["garbage", () => "\0\xff garbage"],
  ])("ca.key %s: both CA files are kept aside, a new CA is made, and the log says so", async (_, spoil) => {
    const { first, second, spoilt, aside, read } = await damage("ca.key", spoil);
    expect(second.ca).not.toBe(first.ca);
    expect(aside.map((entry) => entry.slice(0, 6)).sort()).toEqual(["ca.key", "ca.pem"]);
    expect(await read(aside.find((entry) => entry.startsWith("ca.key"))!)).toBe(spoilt);
    expect(second.log.said("error")).toContain("The local CA on disk is damaged");
  });

  it.each([
    ["truncated", truncated],
    ["another certificate", () => "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"],
  ])("ca.pem %s: it is written anew from ca.key, and nobody has to trust anything again", async (_, spoil) => {
    const { first, second, aside } = await damage("ca.pem", spoil);
    expect(second.ca).toBe(first.ca);
    expect(second.local).toEqual(first.local);
    expect(aside).toHaveLength(1);
    expect(second.log.said("warn")).toContain("written anew");
  });

  it("leaf.pem truncated: only the leaf is new", async () => {
    const { first, second, aside } = await damage("leaf.pem", truncated);
    expect(second.ca).toBe(first.ca);
    expect(second.local.certificate).not.toBe(first.local.certificate);
    expect(aside).toHaveLength(1);
  });

  it("leaf.pem of another CA is replaced", async () => {
    const stranger = await open();
    const first = await open();
    await writeFile(first.at("leaf.pem"), await readFile(stranger.at("leaf.pem")));
    const second = await open(NAMES, first.state);
    expect(new X509Certificate(second.local.certificate).verify(new X509Certificate(first.ca).publicKey)).toBe(true);
  });

  it("a key that others can read is closed, and the log says so", async () => {
    const first = await open();
    await chmod(first.at("ca.key"), 0o644);
    const second = await open(NAMES, first.state);
    expect((await stat(first.at("ca.key"))).mode & 0o777).toBe(0o600);
    expect(second.log.said("warn")).toContain("Others could read a private key");
  });
});

describe("several processes at once", () => {
  it("agree on one CA and one leaf", async () => {
    const state = await scratchDirectory();
    const module = new URL("../../src/certificates/local-ca.ts", import.meta.url).href;
    const script = `
      import { openLocalCertificate } from ${JSON.stringify(module)};
      const quiet = () => {};
      const log = { info: quiet, warn: quiet, error: quiet };
      const local = await openLocalCertificate(${JSON.stringify(state)}, [{ kind: "name", value: "localhost" }], log);
      process.stdout.write(local.certificate);`;
    const run = () => promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]);
    const leaves = (await Promise.all([run(), run(), run()])).map(({ stdout }) => stdout);
    expect(new Set(leaves).size).toBe(1);
    expect((await readdir(join(state, "local-ca"))).sort()).toEqual(["ca.key", "ca.pem", "leaf.pem"]);
  });
});
