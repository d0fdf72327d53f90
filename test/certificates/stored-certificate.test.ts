import { expect, it } from "vitest";

import { readStatus } from "../../src/certificates/renewal/read-status.ts";
import { openFileStore } from "../../src/certificates/file-store.ts";
import { certificateKey, loadStored, saveStored } from "../../src/certificates/stored-certificate.ts";
import type { ServedName } from "../../src/config/served-name.ts";
import { makeCertificate } from "../support/certificates.ts";
import { scratchDirectory } from "../support/scratch.ts";

it.each<[ServedName["kind"], string, string]>([
  ["name", "ai.example.com", "ai.example.com"],
  ["ip", "203.0.113.7", "203.0.113.7"],
  ["ip", "2001:db8::7", "2001_db8__7"],
  ["ip", "fd00::", "fd00__"],
  ["ip", "::1", "0__1"],
])("a certificate has its place in the store, and its name is known from there (%s %s)", async (kind, value, place) => {
  const name = { kind, value };
  const directory = await scratchDirectory();
  const store = await openFileStore(directory);
  const { chain, key } = await makeCertificate({ names: [value] });
  await saveStored(store, name, { certificate: chain, key });
  expect(certificateKey(name)).toBe(`${place}/certificate.pem`);
  expect(await loadStored(store, name)).toMatchObject({ kind: "stored" });
  expect(await readStatus(directory)).toMatchObject([{ names: [value], state: "valid" }]);
});
