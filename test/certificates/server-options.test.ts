/** Mozilla guideline 6.0, intermediate, over real sockets. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { ConnectionOptions } from "node:tls";

import { describe, expect, it } from "vitest";

import { baseOptions } from "../../src/certificates/server-options.ts";
import { makeCertificate } from "../support/certificates.ts";
import { hasOpenssl } from "../support/openssl.ts";
import { handshake, tlsServer } from "../support/tls.ts";

const pairs = { ec: await makeCertificate({ names: ["localhost"] }), rsa: await makeCertificate({ names: ["localhost"], keyType: "rsa" }) };

async function serve(keyType: "ec" | "rsa" = "ec") {
  const { certificate, key } = pairs[keyType];
  const { port } = await tlsServer({ ...baseOptions(), cert: certificate, key });
  return { port, shake: (options: ConnectionOptions) => handshake(port, { ca: certificate, servername: "localhost", ...options }) };
}

const tls12 = (ciphers: string): ConnectionOptions => ({ maxVersion: "TLSv1.2", ciphers: `${ciphers}:@SECLEVEL=0` });

describe("versions", () => {
  it.each(["TLSv1.2", "TLSv1.3"] as const)("%s is spoken", async (version) => {
    const { shake } = await serve();
    expect(await shake({ minVersion: version, maxVersion: version })).toMatchObject({ version });
  });

  it.each(["TLSv1", "TLSv1.1"] as const)("%s is refused (RFC 8996)", async (version) => {
    const { shake } = await serve();
    await expect(shake({ minVersion: version, maxVersion: version, ciphers: "DEFAULT@SECLEVEL=0" })).rejects.toThrow(
      /alert protocol version/,
    );
  });
});

describe("suites", () => {
  it.each(["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"])("%s works", async (cipher) => {
    expect(await (await serve()).shake({ ciphers: cipher, minVersion: "TLSv1.3" })).toMatchObject({ cipher });
  });

  it.each([
    ["ec", "ECDHE-ECDSA-AES128-GCM-SHA256"],
    ["ec", "ECDHE-ECDSA-AES256-GCM-SHA384"],
    ["ec", "ECDHE-ECDSA-CHACHA20-POLY1305"],
    ["rsa", "ECDHE-RSA-AES128-GCM-SHA256"],
    ["rsa", "ECDHE-RSA-AES256-GCM-SHA384"],
    ["rsa", "ECDHE-RSA-CHACHA20-POLY1305"],
  ] as const)("with an %s key %s works", async (keyType, cipher) => {
    expect(await (await serve(keyType)).shake(tls12(cipher))).toMatchObject({ version: "TLSv1.2", cipher });
  });

  it.each([
    ["ec", "ECDHE-ECDSA-AES128-SHA256"],
    ["ec", "ECDHE-ECDSA-AES256-SHA"],
    ["ec", "ECDHE-ECDSA-AES128-CCM8"],
    ["ec", "ECDHE-ECDSA-ARIA128-GCM-SHA256"],
    ["rsa", "ECDHE-RSA-AES128-SHA256"],
    ["rsa", "ECDHE-RSA-AES128-SHA"],
    ["rsa", "DHE-RSA-AES128-GCM-SHA256"],
    ["rsa", "AES128-GCM-SHA256"],
    ["rsa", "AES128-SHA"],
  ] as const)("with an %s key %s is refused", async (keyType, cipher) => {
    await expect((await serve(keyType)).shake(tls12(cipher))).rejects.toThrow(/handshake failure/);
  });

  it("TLS_AES_128_CCM_SHA256 is refused", async () => {
    await expect((await serve()).shake({ ciphers: "TLS_AES_128_CCM_SHA256", minVersion: "TLSv1.3" })).rejects.toThrow(/handshake failure/);
  });

  it("the client's order counts", async () => {
    const { shake } = await serve();
    const [a, b] = ["TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"];
    expect(await shake({ ciphers: `${a}:${b}` })).toMatchObject({ cipher: a });
    expect(await shake({ ciphers: `${b}:${a}` })).toMatchObject({ cipher: b });
  });
});

describe("groups", () => {
  it("the post-quantum hybrid comes first for a client that has it", async () => {
    expect(await (await serve()).shake({ ecdhCurve: "X25519MLKEM768:X25519:prime256v1" })).toMatchObject({ group: "X25519MLKEM768" });
  });

  it.each(["X25519", "prime256v1", "secp384r1"])("%s works", async (group) => {
    expect(await (await serve()).shake({ ecdhCurve: group })).toMatchObject({ group });
  });

  it.each(["secp521r1", "X448"])("%s is refused", async (ecdhCurve) => {
    await expect((await serve()).shake({ ecdhCurve })).rejects.toThrow(/handshake failure/);
  });

  it("are listed without the hybrid for an OpenSSL that does not know it", () => {
    const curves = (openssl: string) => String(baseOptions(openssl).ecdhCurve);
    expect([curves("3.0.15"), curves("3.4.9"), curves("1.1.1w+quic")]).toEqual(Array(3).fill("X25519:prime256v1:secp384r1"));
    for (const openssl of ["3.5.0", "3.5.2+quic", "3.10.1", "4.0.0"])
      expect(curves(openssl)).toBe("X25519MLKEM768:X25519:prime256v1:secp384r1");
  });
});

describe("ALPN (RFC 7301)", () => {
  it("http/1.1 is chosen beside h2, and h2 alone is refused", async () => {
    const { shake } = await serve();
    expect(await shake({ ALPNProtocols: ["h2", "http/1.1"] })).toMatchObject({ alpn: "http/1.1" });
    expect(await shake({})).toMatchObject({ alpn: false });
    await expect(shake({ ALPNProtocols: ["h2"] })).rejects.toThrow(/no application protocol/);
  });
});

describe("renegotiation", () => {
  it.skipIf(!hasOpenssl)("started by the client is refused: openssl s_client types R on a TLS 1.2 connection", async () => {
    const { port } = await serve();
    const client = spawn("openssl", ["s_client", "-connect", `127.0.0.1:${port}`, "-servername", "localhost", "-tls1_2"]);
    let output = "";
    client.stdout.on("data", (chunk) => (output += chunk));
    client.stderr.on("data", (chunk) => (output += chunk));
    setTimeout(() => client.stdin.write("R\n"), 300);
    const end = setTimeout(() => client.kill(), 15_000);
    await once(client, "close");
    clearTimeout(end);
    expect(output).toContain("Secure Renegotiation IS supported"); // RFC 5746: it says so, and refuses
    expect(output).toContain("RENEGOTIATING");
    expect(output).toMatch(/no renegotiation/);
  });
});
