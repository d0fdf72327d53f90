import { execFileSync } from "node:child_process";
import { createPrivateKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { loadCertificateFiles } from "../../src/certificates/certificate-files.ts";
import type { ServedName } from "../../src/config/served-name.ts";
import { makeAuthority, makeCertificate } from "../support/certificates.ts";
import { hasOpenssl } from "../support/openssl.ts";
import { scratchDirectory } from "../support/scratch.ts";

const named = (value: string): ServedName => ({ kind: "name", value });
const address = (value: string): ServedName => ({ kind: "ip", value });

const authority = await makeAuthority();
const good = await makeCertificate({ names: ["ai.example.com"], issuer: authority });
const other = await makeCertificate({ names: ["ai.example.com"], issuer: authority });

async function load(
  certificate: string | Uint8Array,
  key: string | Uint8Array,
  names: readonly ServedName[] = [named("ai.example.com")],
  now?: Date,
) {
  const directory = await scratchDirectory();
  const files = { certificate: join(directory, "cert.pem"), key: join(directory, "key.pem") };
  await writeFile(files.certificate, certificate);
  await writeFile(files.key, key, { mode: 0o600 });
  const loaded = await loadCertificateFiles(files, names, now);
  return {
    files,
    loaded,
    problems: loaded.kind === "refused" ? loaded.problems : [],
    warnings: loaded.kind === "loaded" ? loaded.warnings : [],
  };
}

describe("a pair that fits", () => {
  it("is loaded as it is, without a warning", async () => {
    const { loaded } = await load(good.chain, good.key);
    expect(loaded).toMatchObject({
      kind: "loaded",
      warnings: [],
      material: { expires: new X509Certificate(good.certificate).validToDate },
    });
  });

  it.each([
    ["CR LF", (pem: string) => pem.replaceAll("\n", "\r\n")],
    ["a byte order mark", (pem: string) => `\uFEFF${pem}`],
    ["a byte order mark and CR LF", (pem: string) => `\uFEFF${pem.replaceAll("\n", "\r\n")}`],
    ["text around the blocks", (pem: string) => `subject=CN = x\n\n${pem}\nBag Attributes - none -\n`],
  ])("may have %s", async (_, spoil) => {
    expect((await load(spoil(good.chain), spoil(good.key))).loaded.kind).toBe("loaded");
  });

  it("may be one file with both", async () => {
    expect((await load(good.key + good.chain, good.key + good.chain)).loaded.kind).toBe("loaded");
  });

  it("may be RSA, and may have its key in the old PKCS #1 form", async () => {
    const rsa = await makeCertificate({ names: ["ai.example.com"], keyType: "rsa", issuer: authority });
    const old = createPrivateKey(rsa.key).export({ type: "pkcs1", format: "pem" }).toString();
    expect(old).toContain("BEGIN RSA PRIVATE KEY");
    expect((await load(rsa.chain, old)).loaded.kind).toBe("loaded");
  });
});

describe("files that are not there or not what they should be", () => {
  it("names both at once when both are missing", async () => {
    const loaded = await loadCertificateFiles({ certificate: "/nowhere/c.pem", key: "/nowhere/k.pem" }, [named("a.example")]);
    expect(loaded).toMatchObject({
      kind: "refused",
      problems: [
        { where: "--cert /nowhere/c.pem", what: "There is no such file." },
        { where: "--key /nowhere/k.pem", what: "There is no such file." },
      ],
    });
  });

  it("says that a directory is one, and that a link points at nothing", async () => {
    const directory = await scratchDirectory();
    await mkdir(join(directory, "live"));
    await symlink("gone", join(directory, "key.pem"));
    const loaded = await loadCertificateFiles({ certificate: join(directory, "live"), key: join(directory, "key.pem") }, [
      named("a.example"),
    ]);
    expect(loaded).toMatchObject({
      problems: [{ what: "It is a directory." }, { mend: expect.stringContaining("link may point at nothing") }],
    });
  });

  it("does not read a device", async () => {
    const loaded = await loadCertificateFiles({ certificate: "/dev/zero", key: "/dev/zero" }, [named("a.example")]);
    expect(loaded).toMatchObject({ problems: [{ what: "It is not a regular file." }, { what: "It is not a regular file." }] });
  });

  it("names swapped files as swapped, with the right command", async () => {
    const { problems, files } = await load(good.key, good.chain);
    expect(problems).toEqual([
      {
        where: `--cert ${files.certificate} --key ${files.key}`,
        what: expect.stringContaining("swapped"),
        mend: `Use: --cert ${files.key} --key ${files.certificate}`,
      },
    ]);
  });

  it.each([
    ["an empty certificate", "", good.key, "--cert", "no PEM certificate"],
    ["a truncated certificate", good.certificate.slice(0, 300), good.key, "--cert", "no PEM certificate"],
    ["a damaged certificate", good.certificate.replace(/\n[^-]{40}/, "\nAAAA"), good.key, "--cert", "Certificate 1 in it is damaged"],
    ["a key in place of the certificate", good.key, good.key, "--cert", "private key and no certificate"],
    ["a DER certificate", new X509Certificate(good.certificate).raw, good.key, "--cert", "binary (DER"],
    ["a certificate in place of the key", good.chain, good.certificate, "--key", "holds a certificate, not a private key"],
    ["an empty key", good.chain, "", "--key", "no PEM private key"],
    ["a damaged key", good.chain, good.key.replace(/\n[^-]{30}/, "\nAAAA"), "--key", "damaged"],
    ["somebody else's key", good.chain, other.key, "--key", "does not belong to the certificate"],
  ])("refuses %s", async (_, certificate, key, where, what) => {
    const { problems } = await load(certificate, key);
    expect(problems).toEqual([
      { where: expect.stringMatching(`^${where} `), what: expect.stringContaining(what), mend: expect.stringMatching(/\w+/) },
    ]);
  });

  it.each(["pkcs8", "sec1"] as const)("says that a key is encrypted (%s), and how to mend it", async (type) => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const key = privateKey.export({ type, format: "pem", cipher: "aes-256-cbc", passphrase: "secret" } as never).toString();
    const { problems } = await load(good.chain, key);
    expect(problems).toMatchObject([{ what: "The key is encrypted with a passphrase.", mend: expect.stringContaining("openssl pkey") }]);
  });

  it.skipIf(!hasOpenssl)("refuses a key that OpenSSL finds too weak, in its words", async () => {
    const directory = await scratchDirectory();
    const at = (name: string): string => join(directory, name);
    const subject = ["-subj", "/CN=x", "-addext", "subjectAltName=DNS:ai.example.com"];
    execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:1024", "-nodes", "-keyout", at("k"), "-out", at("c"), ...subject], {
      stdio: "ignore",
    });
    const loaded = await loadCertificateFiles({ certificate: at("c"), key: at("k") }, [named("ai.example.com")]);
    expect(loaded).toMatchObject({
      problems: [{ what: expect.stringContaining("key too small"), mend: expect.stringContaining("RSA 2048") }],
    });
  });

  it("tells every problem of the certificate at once", async () => {
    const old = await makeCertificate({ names: ["b.example"], notBefore: new Date("2020-01-01"), days: 10 });
    const { problems } = await load(old.chain, good.key);
    expect(problems.map(({ what }) => what)).toEqual([
      "The key does not belong to the certificate.",
      "It expired on 2020-01-11.",
      "It does not cover ai.example.com; it is for DNS:b.example.",
    ]);
  });
});

describe("time", () => {
  it("refuses an expired certificate and one that is not valid yet", async () => {
    const { validFromDate, validToDate } = new X509Certificate(good.certificate);
    const after = await load(good.chain, good.key, undefined, new Date(validToDate.getTime() + 1_000));
    expect(after.problems).toMatchObject([{ what: expect.stringContaining("It expired on") }]);
    const before = await load(good.chain, good.key, undefined, new Date(validFromDate.getTime() - 1_000));
    expect(before.problems).toMatchObject([{ what: expect.stringContaining("not valid before"), mend: "Check the clock, or wait." }]);
  });

  it("warns in the last week, and for a certificate of six days in its last third alone", async () => {
    const inDays = async (lifetime: number, left: number) => {
      const certificate = await makeCertificate({ names: ["ai.example.com"], days: lifetime, issuer: authority });
      const now = new Date(new X509Certificate(certificate.certificate).validToDate.getTime() - left * 86_400_000);
      return (await load(certificate.chain, certificate.key, undefined, now)).warnings.length;
    };
    expect([await inDays(90, 8), await inDays(90, 6), await inDays(6, 3), await inDays(6, 1)]).toEqual([0, 1, 0, 1]);
  });
});

describe("names (RFC 9525 §6.3)", () => {
  const wild = makeCertificate({ names: ["*.example.com", "w*.example.org", "192.0.2.7", "2001:db8::7"], issuer: authority });
  const covered = async (name: ServedName) => {
    const { chain, key } = await wild;
    return (await load(chain, key, [name])).problems.length === 0;
  };

  it("lets a wildcard stand for one whole left-most label", async () => {
    expect(await covered(named("ai.example.com"))).toBe(true);
    for (const name of ["example.com", "a.b.example.com", "www.example.org", "other.com"])
      expect([name, await covered(named(name))]).toEqual([name, false]);
  });

  it("takes IP addresses from the SAN's addresses", async () => {
    expect(await covered(address("192.0.2.7"))).toBe(true);
    expect(await covered(address("2001:db8::7"))).toBe(true);
    expect(await covered(address("192.0.2.8"))).toBe(false);
  });

  it.skipIf(!hasOpenssl)("does not look at the subject's common name", async () => {
    const directory = await scratchDirectory();
    const at = (name: string): string => join(directory, name);
    const args = [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-nodes",
      "-keyout",
      at("k"),
      "-out",
      at("c"),
      "-subj",
      "/CN=ai.example.com",
    ];
    execFileSync("openssl", args, { stdio: "ignore" });
    const loaded = await loadCertificateFiles({ certificate: at("c"), key: at("k") }, [named("ai.example.com")]);
    expect(loaded).toMatchObject({ problems: [{ what: expect.stringContaining("no name at all") }] });
  });

  it("names all that are not covered in one problem", async () => {
    const { problems } = await load(good.chain, good.key, [named("ai.example.com"), named("b.example"), address("127.0.0.1")]);
    expect(problems).toMatchObject([{ what: "It does not cover b.example, 127.0.0.1; it is for DNS:ai.example.com." }]);
  });
});

describe("the chain's order", () => {
  it("says that the server's certificate must come first", async () => {
    const intermediate = await makeAuthority({ name: "Intermediate", issuer: authority });
    const leaf = await makeCertificate({ names: ["ai.example.com"], issuer: intermediate });
    expect((await load(leaf.chain, leaf.key)).loaded).toMatchObject({ kind: "loaded", warnings: [] });
    const { problems } = await load(intermediate.certificate + leaf.certificate, leaf.key);
    expect(problems).toMatchObject([
      { what: expect.stringContaining("number 2 and must be the first"), mend: expect.stringContaining("first") },
    ]);
  });

  it("warns where a certificate did not sign the one before it (RFC 5246 §7.4.2)", async () => {
    const stranger = await makeAuthority({ name: "Stranger" });
    const { warnings } = await load(good.certificate + stranger.root, good.key);
    expect(warnings).toMatchObject([{ what: expect.stringContaining("Certificate 2 did not sign certificate 1") }]);
  });

  it("warns where a public CA's certificate comes without the one that signed it: cert.pem in place of fullchain.pem", async () => {
    const intermediate = await makeAuthority({ name: "R11", issuer: authority });
    const leaf = await makeCertificate({ names: ["ai.example.com"], issuer: intermediate, issuerUrl: "http://r11.i.example.org/" });
    expect((await load(leaf.certificate, leaf.key)).warnings).toMatchObject([
      { what: expect.stringContaining('without the one that signed it ("CN=R11")'), mend: expect.stringContaining("fullchain.pem") },
    ]);
    expect((await load(leaf.chain, leaf.key)).warnings).toEqual([]);
    // A CA of one's own says nothing of the kind, and its clients have its root.
    const own = await makeCertificate({ names: ["ai.example.com"], issuer: authority });
    expect((await load(own.certificate, own.key)).warnings).toEqual([]);
  });
});

describe("the key's mode", () => {
  it.each([
    [0o600, 0],
    [0o640, 0],
    [0o644, 1],
  ])("%o brings %i warnings", async (mode, count) => {
    const { files } = await load(good.chain, good.key);
    await chmod(files.key, mode);
    const loaded = await loadCertificateFiles(files, [named("ai.example.com")]);
    expect(loaded.kind === "loaded" && loaded.warnings.length).toBe(count);
    if (count === 1) expect(loaded).toMatchObject({ warnings: [{ where: `--key ${files.key}`, mend: `Run: chmod o= ${files.key}` }] });
  });
});
