import { readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import type { IssueRequest, Notice } from "../../../src/certificates/acme/contract.ts";
import { makePrivateKey } from "../../../src/certificates/acme/jws.ts";
import { orderFile, type SavedOrder } from "../../../src/certificates/acme/order-file.ts";
import { makeCertificate } from "../../support/certificates.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { ip, name, requestFor } from "./support.ts";

const DIRECTORY = { url: "https://ca.test/dir" };

async function left(more: Partial<IssueRequest> = {}) {
  const request = await requestFor(DIRECTORY, [name("ai.test"), ip("192.0.2.7")], { state: await scratchDirectory(), ...more });
  const notices: Notice[] = [];
  const open = (change: Partial<IssueRequest> = {}) => orderFile({ ...request, ...change }, (notice) => void notices.push(notice));
  const { intent, save } = open();
  const saved: SavedOrder = {
    version: 1,
    ...intent,
    key: makePrivateKey(),
    url: "https://ca.test/order/1",
    tried: { "name:ai.test": ["http-01"] },
  };
  await save(saved);
  const files = (): readonly string[] => readdirSync(request.folder);
  return { request, open, saved, files, notices };
}

describe("an order left behind", () => {
  it("is taken up when the same is wanted, the names in whatever order, and nobody else can read it", async () => {
    const { request, open, saved, files } = await left();
    expect(await open({ names: [ip("192.0.2.7"), name("ai.test")] }).load()).toEqual(saved);
    expect(statSync(join(request.folder, files()[0] ?? "")).mode & 0o777).toBe(0o600);
  });

  it("is forgotten when something else is wanted: other names, another profile, a renewal", async () => {
    const { certificate } = await makeCertificate({ names: ["ai.test"] });
    for (const change of [
      { names: [name("ai.test")] as const, profile: undefined },
      { profile: "shortlived" },
      { replaces: certificate },
    ]) {
      const { open, files } = await left();
      const { profile, ...rest } = { profile: undefined, ...change };
      expect(await open({ ...rest, ...(profile !== undefined && { profile }) }).load()).toBeUndefined();
      expect(files()).toEqual([]);
    }
  });

  it("of one CA is no other CA's, and outlives it", async () => {
    const { open, saved } = await left();
    expect(await open({ directory: { url: "https://other.test/dir" } }).load()).toBeUndefined();
    expect(await open().load()).toEqual(saved);
  });

  it.each([
    ["is empty", () => ""],
    ["is cut short", (text: string) => text.slice(0, 300)],
    ["is of a later version", (text: string) => text.replace('"version": 1', '"version": 2')],
    ["has a URL that is not https", (text: string) => text.replace("https://ca.test/order/1", "http://ca.test/order/1")],
    ["has a key that is cut short", (text: string) => text.replace(/(?<=KEY-----\\n.{20}).*?(?=")/, "")],
    ["is a list", () => "[]"],
  ])("in a file that %s is moved aside and told", async (_, damage) => {
    const { request, open, saved, files, notices } = await left();
    const path = join(request.folder, files()[0] ?? "");
    writeFileSync(path, damage(JSON.stringify(saved, undefined, 2)));
    expect(await open().load()).toBeUndefined();
    expect(notices).toEqual([{ code: "damagedFile", path, movedTo: expect.stringContaining(`${path}.damaged-`) }]);
    expect(files()).toHaveLength(1);
  });
});
