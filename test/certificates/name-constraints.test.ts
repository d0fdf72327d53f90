import { X509Certificate } from "node:crypto";

import { expect, it } from "vitest";

import {
  beyondPrivate,
  encodeNameConstraints,
  permits,
  permittedSubtrees,
  readNameConstraints,
} from "../../src/certificates/name-constraints.ts";
import { makeAuthority as makeConstrained } from "../../src/certificates/x509.ts";
import type { ServedName } from "../../src/config/served-name.ts";

const name = (value: string): ServedName => ({ kind: "name", value });
const ip = (value: string): ServedName => ({ kind: "ip", value });

it("permits what is private and what was configured, and nothing else (RFC 5280 §4.2.1.10)", () => {
  const permitted = permittedSubtrees([name("ai.example.com"), name("nas"), ip("192.0.2.7"), ip("2001:db8::ff")]);
  for (const inside of ["ai.example.com", "nas", "localhost", "a.b.localhost", "x.test", "pi.lan"])
    expect([inside, permits(permitted, name(inside))]).toEqual([inside, true]);
  for (const outside of ["example.com", "bai.example.com", "nas.example", "com"])
    expect([outside, permits(permitted, name(outside))]).toEqual([outside, false]);
  for (const inside of ["192.0.2.7", "2001:db8::ff", "127.9.9.9", "::1", "fd12:3456::1", "100.100.1.1"])
    expect([inside, permits(permitted, ip(inside))]).toEqual([inside, true]);
  for (const outside of ["192.0.2.8", "2001:db8::fe", "8.8.8.8", "::2", "::ffff:127.0.0.1"])
    expect([outside, permits(permitted, ip(outside))]).toEqual([outside, false]);
});

it("adds nothing for names that are private anyway", () => {
  expect(permittedSubtrees([name("ai.test"), ip("10.0.0.1")])).toEqual(permittedSubtrees([]));
});

it("reads back from a certificate exactly what it wrote", async () => {
  const permitted = permittedSubtrees([name(`${"long-label-".repeat(5)}x.example.com`), ip("2001:db8::1")]);
  const { certificate } = await makeConstrained("test", permitted, { notBefore: new Date(), notAfter: new Date(Date.now() + 86_400_000) });
  const read = readNameConstraints(new X509Certificate(certificate).raw);
  expect(Buffer.from(encodeNameConstraints(read!))).toEqual(Buffer.from(encodeNameConstraints(permitted)));
  expect(read).toHaveLength(permitted.length);
});

it("takes a certificate that is cut short anywhere, or has anything left over, for unconstrained, and never throws", async () => {
  const { certificate } = await makeConstrained("test", permittedSubtrees([]), {
    notBefore: new Date(),
    notAfter: new Date(Date.now() + 86_400_000),
  });
  const whole = new X509Certificate(certificate).raw;
  expect(readNameConstraints(whole)).toHaveLength(permittedSubtrees([]).length);
  for (let length = 0; length < whole.length; length++) expect(readNameConstraints(whole.subarray(0, length))).toBeUndefined();
  expect(readNameConstraints(Buffer.concat([whole, Buffer.of(5, 0)]))).toBeUndefined();
});

it("tells what lies beyond private names", () => {
  const permitted = permittedSubtrees([name("ai.example.com"), name("ai.lan"), ip("192.0.2.7"), ip("2001:db8::1")]);
  expect(beyondPrivate([...permitted, { kind: "name", base: "" }])).toEqual(["ai.example.com", "192.0.2.7", "2001:db8::1", ""]);
  expect(beyondPrivate([{ kind: "ip", base: Buffer.from([203, 0, 113, 0, 255, 255, 255, 0]) }])).toEqual(["203.0.113.0/24"]);
});
