/** What an edge carries in its memory while its certificates are as they should be. */
import { spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { hash } from "bcryptjs";
import { expect, it, onTestFinished } from "vitest";

import type { EdgeConfig } from "../../src/config/edge-config.ts";
import { makeAuthority, makeCertificate } from "../support/certificates.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { SILENT_CA, wholeAcmeSettings, wholeConfig } from "../support/whole-config.ts";

const at = (path: string): string => JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href);

/** Starts an edge, waits a moment, and prints every module that it has loaded, the runtime's own included. */
const program = (config: EdgeConfig): string => `
  import { registerHooks } from "node:module";
  const loaded = [];
  registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
  const { createEdge } = await import(${at("edge.ts")});
  const { createLog } = await import(${at("log/logger.ts")});
  const edge = await createEdge(${JSON.stringify(config)}, { log: createLog({ format: "json", destination: 2, buffer: 0 }) });
  await new Promise((resolve) => setTimeout(resolve, 300));
  console.log(JSON.stringify({ states: edge.certificates.status().map(({ state }) => state), loaded: [...loaded, ...process.moduleLoadList] }));
  process.exit(0);`;

it("an edge whose certificate is obtained and not due carries nothing of ACME: no client, no errand, no fetch", async () => {
  const directory = await scratchDirectory();
  const [certificates, htpasswd, state] = ["certs", "users", "state"].map((name) => join(directory, name)) as [string, string, string];
  const name = { kind: "name", value: "ai.example.com" } as const;
  await Promise.all([join(certificates, name.value), state].map((path) => mkdir(path, { recursive: true, mode: 0o700 })));
  const { chain, key, certificate } = await makeCertificate({ names: [name.value], issuer: await makeAuthority(), days: 90 });
  await writeFile(join(certificates, name.value, "certificate.pem"), key + chain, { mode: 0o600 });
  const { fingerprint256 } = new X509Certificate(certificate);
  const record = { certificate: fingerprint256, issuer: SILENT_CA.directory, pollAt: Date.now() + 3_600_000 };
  await writeFile(join(certificates, name.value, "renewal.json"), JSON.stringify(record));
  await writeFile(htpasswd, `alice:${await hash("correct horse", 4)}\n`, { mode: 0o600 });
  const settings = wholeAcmeSettings({ names: [name], certificates, notify: { url: "http://127.0.0.1:9/hook", token: undefined } });
  const config = wholeConfig({
    domains: [name],
    upstream: { kind: "tcp", host: "127.0.0.1", port: 9 },
    htpasswd,
    tls: { kind: "acme", ...settings },
    state,
  });
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program(config)], { stdio: ["ignore", "pipe", "ignore"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  expect(await once(child, "close")).toEqual([0, null]);
  const { states, loaded } = JSON.parse(said) as { readonly states: readonly string[]; readonly loaded: readonly string[] };
  expect(states).toEqual(["valid"]);
  const carried = /jose|peculiar|reflect-metadata|undici|\/acme\/(?!failure)|\/errand\/|notify\.ts|preflight\.ts/;
  expect(loaded.filter((module) => carried.test(module))).toEqual([]);
  // And the list is one: what looks after the certificate is there.
  expect(loaded.some((module) => module.endsWith("/renewal/custodian.ts"))).toBe(true);
});
