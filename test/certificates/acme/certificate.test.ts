import { describe, expect, it } from "vitest";

import { checkedChain } from "../../../src/certificates/acme/certificate.ts";
import type { ServedName } from "../../../src/config/served-name.ts";
import { makeAuthority, makeCertificate, type CertificateRequest } from "../../support/certificates.ts";
import { ip, name } from "./support.ts";

const NAMES = [name("ai.test"), ip("192.0.2.7"), ip("2001:db8::7")];

async function made(request: Partial<CertificateRequest> = {}) {
  const root = await makeAuthority();
  const issuer = await makeAuthority({ name: "Intermediate", issuer: root });
  return makeCertificate({ names: NAMES.map(({ value }) => value), issuer, ...request });
}

const check = (answer: string, key: string, names: readonly ServedName[] = NAMES): string => checkedChain(answer, key, names, new Date());
const code = (value: string) => expect.objectContaining({ problem: expect.objectContaining({ code: value }) });

describe("the certificate that a CA answers", () => {
  it("is taken with its chain, and nothing of what stood around it", async () => {
    const { chain, key } = await made();
    expect(check(`junk\n${chain.replaceAll("\n", "\r\n")}-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n`, key)).toBe(chain);
  });

  it("is refused when it is for another key", async () => {
    const [one, other] = [await made(), await made()];
    expect(() => check(one.chain, other.key)).toThrow(code("certificateWrongKey"));
  });

  it.each([
    ["a name", ["192.0.2.7", "2001:db8::7"]],
    ["an address", ["ai.test", "192.0.2.7"]],
    ["all of them", ["elsewhere.test"]],
  ])("is refused when it lacks %s", async (_, names) => {
    const { chain, key } = await made({ names });
    expect(() => check(chain, key)).toThrow(code("certificateWrongNames"));
  });

  it("is refused when it is not valid now", async () => {
    const expired = await made({ notBefore: new Date(Date.now() - 40 * 86_400_000) });
    expect(() => check(expired.chain, expired.key)).toThrow(code("certificateUnusable"));
    const early = await made({ notBefore: new Date(Date.now() + 86_400_000) });
    expect(() => check(early.chain, early.key)).toThrow(code("certificateUnusable"));
  });

  it("is refused when it is not for servers", async () => {
    const { chain, key } = await makeAuthority({ name: "ai.test", issuer: await makeAuthority() });
    expect(() => checkedChain(chain, key, [], new Date())).toThrow(code("certificateUnusable"));
  });

  it.each(["", "<html></html>", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])(
    "is refused when it is %j",
    async (answer) => {
      const { key } = await made();
      expect(() => check(answer, key)).toThrow(code("certificateUnusable"));
    },
  );

  it("is refused when its chain is longer than any CA's", async () => {
    const { chain, key } = await made();
    expect(() => check(chain.repeat(6), key)).toThrow(code("certificateUnusable"));
  });
});
