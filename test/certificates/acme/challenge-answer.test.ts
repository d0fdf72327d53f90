import { createHash, X509Certificate } from "node:crypto";

import { describe, expect, it } from "vitest";

import { answerTo } from "../../../src/certificates/acme/challenge-answer.ts";
import { ip, name } from "./support.ts";

const [TOKEN, THUMBPRINT] = ["evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA", "9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI"];

describe("the answer to a challenge", () => {
  it("over http-01 is token and thumbprint (RFC 8555 §8.1)", async () => {
    const keyAuthorization = `${TOKEN}.${THUMBPRINT}`;
    expect(await answerTo("http-01", name("ai.test"), TOKEN, THUMBPRINT)).toEqual({
      type: "http-01",
      identifier: name("ai.test"),
      token: TOKEN,
      keyAuthorization,
    });
  });

  it.each([name("ai.test"), ip("192.0.2.7"), ip("2001:db8::7")])(
    "over tls-alpn-01 for %j is a certificate for it alone, with the digest in a critical extension (RFC 8737 §3)",
    async (identifier) => {
      const answer = await answerTo("tls-alpn-01", identifier, TOKEN, THUMBPRINT);
      if (answer.type !== "tls-alpn-01") throw new Error("another type");
      const certificate = new X509Certificate(answer.certificate);
      expect(certificate.verify(certificate.publicKey)).toBe(true);
      expect(certificate.subjectAltName?.split(", ")).toHaveLength(1);
      if (identifier.kind === "name") expect(certificate.checkHost(identifier.value, { subject: "never" })).toBe(identifier.value);
      else expect(certificate.checkIP(identifier.value)).toBe(identifier.value);
      const digest = createHash("sha256").update(`${TOKEN}.${THUMBPRINT}`).digest("hex");
      // OID 1.3.6.1.5.5.7.1.31, critical TRUE, OCTET STRING of an OCTET STRING of 32
      expect(certificate.raw.toString("hex")).toContain(`06082b0601050507011f0101ff04220420${digest}`);
    },
  );
});
