/** openclaw-edge trust: what it tells, and what it does to a Debian system, with the system's own tool in a namespace of its own. */
import { spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";

import { describe, expect, test } from "vitest";

import { readAuthority } from "../../src/certificates/authority.ts";
import { openLocalCertificate } from "../../src/certificates/local-ca.ts";
import { encodeNameConstraints, permittedSubtrees, type Subtree } from "../../src/certificates/name-constraints.ts";
import { makeAuthority as makeBounded } from "../../src/certificates/x509.ts";
import { installAuthority } from "../../src/cli/trust/debian.ts";
import { SYSTEMS } from "../../src/cli/trust/systems.ts";
import type { ConfigurationError } from "../../src/errors.ts";
import { makeAuthority } from "../support/certificates.ts";
import { recordingLog } from "../support/recording-log.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { BIN, run } from "./run-command.ts";

const validity = { notBefore: new Date(Date.now() - 3_600_000), notAfter: new Date(Date.now() + 86_400_000) };
const PRIVATE = permittedSubtrees([]);
const CONSTRAINTS = Buffer.from(encodeNameConstraints(PRIVATE));
/** A CA with these bounds, and not the edge's. */
const bounded = async (permitted: readonly Subtree[]): Promise<string> =>
  (await makeBounded("openclaw-edge", permitted, validity)).certificate;
const withExtension = async (type: string, critical: boolean, value: Uint8Array): Promise<string> =>
  (await makeAuthority({ extensions: [{ type, critical, value }] })).root;

const flat = (text: string): string => stripVTControlCharacters(text).replaceAll(/\s+/g, " ");

async function stateWithAuthority(): Promise<string> {
  const state = join(await scratchDirectory(), "state");
  await openLocalCertificate(state, [{ kind: "name", value: "gateway.lan" }], recordingLog());
  return state;
}

describe("what it tells", () => {
  test("the CA's file, name, end and fingerprint as OpenSSL has it, and the steps for every system with how to undo them", async () => {
    const state = await stateWithAuthority();
    const { code, stdout, stderr } = await run(["trust", "--state", state]);
    expect([code, stderr]).toEqual([0, ""]);
    const file = join(state, "local-ca", "ca.pem");
    const { stdout: openssl } = spawnSync("openssl", ["x509", "-in", file, "-noout", "-fingerprint", "-sha256"], { encoding: "utf8" });
    expect(stdout.replaceAll(/\s+/g, "")).toContain(openssl.trim().split("=")[1]);
    expect(stdout).toContain(file);
    for (const { title } of Object.values(SYSTEMS)) expect(stdout).toContain(title);
    expect(stdout.match(/To undo:/g)).toHaveLength(Object.keys(SYSTEMS).length);
    // Commands stay whole, to be copied; everything else has 80 columns.
    const prose = stdout.split("\n").filter((line) => !line.startsWith("    ") && !line.includes(state));
    expect(prose.filter((line) => line.length > 80)).toEqual([]);
  });

  test("--for tells about one system", async () => {
    const { stdout } = await run(["trust", "--state", await stateWithAuthority(), "--for", "ios"]);
    expect(stdout).toContain("Certificate Trust Settings");
    expect(stdout).not.toContain("Debian");
  });

  test.each<[string[], string]>([
    [["--for", "beos"], '"beos" is not known.'],
    [["--install", "--uninstall"], "--uninstall is written as well."],
  ])("%j is refused", async (more, told) => {
    const { code, stderr } = await run(["trust", "--state", await stateWithAuthority(), ...more]);
    expect([code, flat(stderr)]).toEqual([2, expect.stringContaining(told)]);
  });

  test("where there is no local CA it says when there is one, with exit code 2", async () => {
    const { code, stdout, stderr } = await run(["trust", "--state", await scratchDirectory()]);
    expect([code, stdout, flat(stderr)]).toEqual([2, "", expect.stringContaining("There is no local CA in this state directory.")]);
  });
});

describe("attack: somebody puts another certificate in the place of the CA's", () => {
  test.each<[string, () => Promise<string>]>([
    ["a CA without bounds, which could vouch for every site", async () => (await makeAuthority()).root],
    ["no certificate", async () => "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"],
    ["a flood", async () => "x".repeat(100_000)],
    ["a CA whose bounds are every name", async () => bounded([...PRIVATE, { kind: "name", base: "" }])],
    ["a CA whose bounds are every address", async () => bounded([...PRIVATE, { kind: "ip", base: Buffer.alloc(8) }])],
    ["a CA whose bounds say nothing of names", async () => bounded(PRIVATE.filter(({ kind }) => kind === "ip"))],
    ["a CA whose bounds say nothing of addresses", async () => bounded(PRIVATE.filter(({ kind }) => kind === "name"))],
    ["a CA whose bounds may be overlooked (they are not critical)", async () => withExtension("2.5.29.30", false, CONSTRAINTS)],
    [
      "a CA whose bounds stand in another extension, where nobody looks for them",
      async () =>
        withExtension(
          "1.2.3.4",
          true,
          Buffer.concat([Buffer.from("0603551d1e0101ff0481", "hex"), Buffer.of(CONSTRAINTS.length), CONSTRAINTS]),
        ),
    ],
  ])("%s: it is neither shown nor installed", async (_name, forged) => {
    const state = await scratchDirectory();
    await mkdir(join(state, "local-ca"));
    await writeFile(join(state, "local-ca", "ca.pem"), await forged());
    // Both what is told and what is installed begin here.
    await expect(readAuthority(state)).rejects.toThrow("Move it away");
  });
});

test("attack: a CA that may vouch for somebody else's name is installed only by whoever names that", async () => {
  const state = await scratchDirectory();
  await mkdir(join(state, "local-ca"));
  await writeFile(join(state, "local-ca", "ca.pem"), await bounded(permittedSubtrees([{ kind: "name", value: "bank.example" }])));
  const authority = await readAuthority(state);
  expect(authority.beyond).toEqual(["bank.example"]);
  expect(flat((await run(["trust", "--state", state])).stdout)).toContain("vouches for private names and addresses, bank.example");
  if (process.getuid?.() !== 0 || !isPossible) return; // whoever is not root is refused before
  const around = { directory: "/", home: "/root", uid: 0, environment: {} };
  for (const named of [new Set<string>(), new Set(["example"])]) {
    await expect(installAuthority(authority, around, named)).rejects.toMatchObject({
      problems: [{ what: expect.stringContaining("bank.example"), mend: expect.stringContaining("--domain bank.example") }],
    });
  }
});

test("whoever is not root is told the command for root, with the state directory in it", async () => {
  const state = await stateWithAuthority();
  const around = { directory: "/", home: "/home/alice", uid: 1000, environment: {} };
  const refused = (await installAuthority(await readAuthority(state), around, new Set()).catch(
    (error: unknown) => error,
  )) as ConfigurationError;
  // Elsewhere than on Debian it is not even root's business.
  const told = refused.problems.map(({ what, mend }) => `${what} ${mend}`).join();
  expect(told).toMatch(new RegExp(`sudo openclaw-edge trust --install --state ${state}$|work on Debian and Ubuntu`));
});

/** A mount namespace in which the system has one CA in place of a hundred: nothing is changed outside, and little has to be read. */
const unshare = process.getuid?.() === 0 ? ["--mount"] : ["--user", "--map-root-user", "--mount"];
const SCRIPT = `set -e
for directory in /usr/local/share/ca-certificates /usr/share/ca-certificates /etc/ssl/certs; do mount -t tmpfs none $directory; done
cp "$1/other.crt" /usr/share/ca-certificates/
echo other.crt >"$1/list" && mount --bind "$1/list" /etc/ca-certificates.conf
bundle=/etc/ssl/certs/ca-certificates.crt
known() { openssl verify -CAfile $bundle "$2/local-ca/leaf.pem" >/dev/null 2>&1 && echo "$1: trusted" || echo "$1: not trusted"; }
known before "$2"
"$3" "$4" trust --install --state "$2" >/dev/null
"$3" "$4" trust --install --state "$2" >/dev/null
known installed "$2"
ls /usr/local/share/ca-certificates
rm -rf "$2/local-ca/ca.pem"
"$3" "$4" trust --uninstall --state "$2"
known uninstalled "$2"
ls /usr/local/share/ca-certificates
"$3" "$4" trust --uninstall --state "$2"
`;
const trial = spawnSync("unshare", [
  ...unshare,
  "sh",
  "-c",
  "mount -t tmpfs none /usr/local/share/ca-certificates && command -v update-ca-certificates openssl",
]);
const isPossible = trial.status === 0;
if (!isPossible)
  console.warn(
    `SKIPPED: installing the CA with update-ca-certificates, which needs Debian and a mount namespace (${String(trial.stderr).trim()}).`,
  );

test.skipIf(!isPossible)(
  "on Debian --install makes the system trust the edge's certificates, once, and --uninstall ends it, even without the CA",
  { timeout: 60_000 },
  async () => {
    const state = await stateWithAuthority();
    const { label } = await readAuthority(state);
    const scratch = await scratchDirectory();
    await writeFile(join(scratch, "other.crt"), (await makeAuthority()).root);
    const { status, stdout, stderr } = spawnSync("unshare", [...unshare, "sh", "-c", SCRIPT, "sh", scratch, state, process.execPath, BIN], {
      encoding: "utf8",
    });
    expect([status, stderr.split("\n").filter((line) => line.includes("openclaw"))]).toEqual([0, []]);
    expect(stdout.trim().split("\n")).toEqual([
      "before: not trusted",
      "installed: trusted",
      `${label}.crt`,
      `No longer trusted: /usr/local/share/ca-certificates/${label}.crt`,
      "uninstalled: not trusted",
      "This machine trusts no local CA of an edge. Nothing was changed.",
    ]);
  },
);
