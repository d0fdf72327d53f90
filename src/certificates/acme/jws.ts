/** Signed requests (RFC 8555 §6.2). The only file that knows jose. */
import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";

import { calculateJwkThumbprint, FlattenedSign } from "jose";

/** JWS in flattened JSON serialization (RFC 7515 §7.2.2), as text. */
export type SignedText = string;

/** Who signs: by account URL, or by the key itself where there is no account yet. */
export type Signatory = { readonly accountUrl: string } | "key";

export interface Signer {
  /** Of the public key (RFC 7638): the second half of every key authorization (RFC 8555 §8.1). */
  readonly thumbprint: string;
  /** `payload` undefined: POST-as-GET (§6.3). */
  sign(payload: object | undefined, header: { readonly url: string; readonly nonce: string; readonly by: Signatory }): Promise<SignedText>;
  /** External account binding (§7.3.4): the account's public key, signed with the MAC key. */
  bind(external: { readonly keyIdentifier: string; readonly macKey: Uint8Array }, url: string): Promise<object>;
}

/** A new ECDSA P-256 key: PEM, PKCS #8. */
export function makePrivateKey(): string {
  return generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

/** Whether `openSigner` will take it: PEM cut short, or of another kind, is not. */
export function isPrivateKey(privateKey: string): boolean {
  try {
    return createPrivateKey(privateKey).asymmetricKeyDetails?.namedCurve === "prime256v1";
  } catch {
    return false;
  }
}

/** @throws where the PEM holds no EC P-256 key (`isPrivateKey`). */
export async function openSigner(privateKey: string): Promise<Signer> {
  const key = createPrivateKey(privateKey);
  const { kty, crv, x, y } = createPublicKey(key).export({ format: "jwk" });
  if (kty !== "EC" || crv !== "P-256" || x === undefined || y === undefined) throw new Error("It is no ECDSA P-256 key.");
  const jwk = { kty, crv, x, y };
  return {
    thumbprint: await calculateJwkThumbprint(jwk, "sha256"),
    async sign(payload, { url, nonce, by }) {
      const identity = by === "key" ? { jwk } : { kid: by.accountUrl };
      const jws = await new FlattenedSign(encode(payload)).setProtectedHeader({ alg: "ES256", nonce, url, ...identity }).sign(key);
      return JSON.stringify(jws);
    },
    bind: ({ keyIdentifier, macKey }, url) =>
      new FlattenedSign(encode(jwk)).setProtectedHeader({ alg: "HS256", kid: keyIdentifier, url }).sign(macKey),
  };
}

const encode = (payload: object | undefined): Uint8Array => new TextEncoder().encode(payload === undefined ? "" : JSON.stringify(payload));
