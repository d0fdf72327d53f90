import { createPublicKey, verify, createHmac } from "node:crypto";

import { describe, expect, it } from "vitest";

import { isPrivateKey, makePrivateKey, openSigner } from "../../../src/certificates/acme/jws.ts";
import { makeCertificate } from "../../support/certificates.ts";

interface Jws {
  readonly protected: string;
  readonly payload: string;
  readonly signature: string;
}

const decoded = (text: string): unknown => JSON.parse(Buffer.from(text, "base64url").toString());
const url = "https://ca.test/order";

describe("signed requests (RFC 8555 §6.2)", () => {
  it("name the account, the URL and the nonce under an ES256 signature", async () => {
    const key = makePrivateKey();
    const signer = await openSigner(key);
    const jws = JSON.parse(await signer.sign({ a: 1 }, { url, nonce: "n", by: { accountUrl: "https://ca.test/7" } })) as Jws;
    expect(decoded(jws.protected)).toEqual({ alg: "ES256", nonce: "n", url, kid: "https://ca.test/7" });
    expect(decoded(jws.payload)).toEqual({ a: 1 });
    const signed = Buffer.from(`${jws.protected}.${jws.payload}`);
    const publicKey = { key: createPublicKey(key), dsaEncoding: "ieee-p1363" } as const;
    expect(verify("sha256", signed, publicKey, Buffer.from(jws.signature, "base64url"))).toBe(true);
  });

  it("carry the public key, and nothing of the private one, where there is no account yet", async () => {
    const signer = await openSigner(makePrivateKey());
    const jws = JSON.parse(await signer.sign({}, { url, nonce: "n", by: "key" })) as Jws;
    expect(Object.keys((decoded(jws.protected) as { jwk: object }).jwk)).toEqual(["kty", "crv", "x", "y"]);
  });

  it("have an empty payload as POST-as-GET (§6.3)", async () => {
    const signer = await openSigner(makePrivateKey());
    expect(JSON.parse(await signer.sign(undefined, { url, nonce: "n", by: "key" }))).toMatchObject({ payload: "" });
  });

  it("bind an external account: the public key under its HS256 (§7.3.4)", async () => {
    const signer = await openSigner(makePrivateKey());
    const macKey = Buffer.alloc(32, 7);
    const jws = (await signer.bind({ keyIdentifier: "kid-1", macKey }, url)) as Jws;
    expect(decoded(jws.protected)).toEqual({ alg: "HS256", kid: "kid-1", url });
    expect(decoded(jws.payload)).toMatchObject({ kty: "EC", crv: "P-256" });
    expect(jws.signature).toBe(createHmac("sha256", macKey).update(`${jws.protected}.${jws.payload}`).digest("base64url"));
  });

  it("are not made with a key that is cut short, or of another kind", async () => {
    const key = makePrivateKey();
    expect(isPrivateKey(key)).toBe(true);
    expect(isPrivateKey(key.slice(0, 120))).toBe(false);
    expect(isPrivateKey((await makeCertificate({ names: ["x.test"], keyType: "rsa" })).key)).toBe(false);
  });
});
